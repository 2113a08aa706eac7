"""Makes the ``.task`` bundle that mediapipe's Tasks read out of the TFLite files in the cache; for comparisons only.

The files of the wheel lack the metadata by which Tasks normalise the picture. It is added without the flatbuffer
schema: a new root table is put *before* the old file, because offsets in a flatbuffer only ever point forward.
"""

import io
import struct
import zipfile
from pathlib import Path

from core.errors import ModelError
from workers.models import store
from workers.models.catalogue import DETECTOR, Variant
from workers.models.tflite import FILE_IDENTIFIER, Table, read_tflite, root_table

METADATA_NAME = "TFLITE_METADATA"
_METADATA_IDENTIFIER = b"M001"
_MODEL_SLOTS = 8
_BUFFERS_SLOT, _METADATA_SLOT = 4, 6
_ALIGNMENT = 16


def task_bundle(variant: Variant = "full") -> Path:
    """Path of the ``.task`` bundle of a variant, made in the cache when it is not there yet.

    Raises ModelError when the weights are not in the cache.
    """
    detector, landmarks = store.weights_of(variant)
    store.pose_models(variant)
    target = store.models_dir() / f"pose_landmarker_{variant}.task"
    sources = [store.read_or_none(store.tflite_path(weights)) for weights in (detector, landmarks)]
    if sources[0] is None or sources[1] is None:
        raise ModelError(f"the TFLite files of {variant} are gone; get them again with: spotter models pull {variant}")
    bundle = bundle_of(sources[0], sources[1])
    if store.read_or_none(target) != bundle:
        with store.cache_lock():
            store.write_atomically(target, bundle)
    return target


def bundle_of(detector: bytes, landmarks: bytes) -> bytes:
    """Pack two TFLite files as Tasks want them: stored uncompressed, at offsets that can be mapped into memory."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as archive:
        for name, tflite, mean in (
            (DETECTOR.members[0], detector, 127.5),
            ("pose_landmarks_detector.tflite", landmarks, 0.0),
        ):
            content = with_metadata(tflite, mean, 127.5 if mean else 255.0)
            info = zipfile.ZipInfo(name)
            # A local header has 30 bytes and the name; 4 bytes head the filler, whose number is that of zipalign.
            start = result.tell() + 30 + len(name) + 4
            filler = -start % _ALIGNMENT
            info.extra = struct.pack("<HH", 0xD935, filler) + bytes(filler)
            archive.writestr(info, content)
    return result.getvalue()


def with_metadata(tflite: bytes, mean: float, std: float) -> bytes:
    """Return the file with normalisation metadata, (pixel - mean) / std; unchanged when it has metadata already."""
    model = root_table(tflite)
    if any(entry.text(0) == METADATA_NAME for entry in model.tables(_METADATA_SLOT)):
        return tflite
    metadata = _metadata(len(read_tflite(tflite).outputs), mean, std)
    return _with_buffer(tflite, model, metadata)


def _with_buffer(tflite: bytes, model: Table, data: bytes) -> bytes:
    """Prepend a new Model table whose vectors of buffers and of metadata have one entry more.

    All its other fields point into the old file, which follows unchanged.
    """
    extended = {
        _BUFFERS_SLOT: model.tables(_BUFFERS_SLOT),
        _METADATA_SLOT: model.tables(_METADATA_SLOT),
    }
    fields: list[bytes | None] = [struct.pack("<I", model.scalar(0, "I"))]
    fields += [b"" if _is_absent(model, slot) else None for slot in range(1, _MODEL_SLOTS)]
    prefix = _Prefix()
    prefix.extend(bytes(4) + FILE_IDENTIFIER)
    root = prefix.table(fields)
    vectors = {slot: prefix.vector(len(tables) + 1) for slot, tables in extended.items()}
    added = {
        _BUFFERS_SLOT: prefix.table([None]),
        _METADATA_SLOT: prefix.table([None, struct.pack("<I", len(extended[_BUFFERS_SLOT]))]),
    }
    prefix.point(added[_METADATA_SLOT] + 4, prefix.string(METADATA_NAME.encode()))
    prefix.align(_ALIGNMENT, before=4)
    prefix.point(added[_BUFFERS_SLOT] + 4, prefix.string(data))
    prefix.align(_ALIGNMENT)
    shift = len(prefix.data)

    prefix.point(0, root)
    for slot in range(1, _MODEL_SLOTS):
        target = model.target_or_none(slot)
        if slot in extended:
            prefix.point(root + 4 + 4 * slot, vectors[slot])
            targets = [shift + table.position for table in extended[slot]] + [added[slot]]
            for index, entry in enumerate(targets):
                prefix.point(vectors[slot] + 4 + 4 * index, entry)
        elif target is not None:
            prefix.point(root + 4 + 4 * slot, shift + target)
    return bytes(prefix.data) + tflite


def _is_absent(model: Table, slot: int) -> bool:
    return slot not in (_BUFFERS_SLOT, _METADATA_SLOT) and model.position_or_none(slot) is None


class _Prefix:
    """A flatbuffer written from front to back, with offsets filled in later."""

    def __init__(self) -> None:
        self.data = bytearray()

    def extend(self, data: bytes) -> int:
        """Append; returns where it starts."""
        start = len(self.data)
        self.data += data
        return start

    def align(self, to: int, before: int = 0) -> None:
        """Fill up so that what comes ``before`` bytes later starts at a multiple of ``to``."""
        self.data += bytes(-(len(self.data) + before) % to)

    def vector(self, count: int) -> int:
        """An empty vector of offsets."""
        self.align(4)
        return self.extend(struct.pack("<I", count) + bytes(4 * count))

    def string(self, text: bytes) -> int:
        """Bytes with their length before and a zero behind, which serves for strings and byte vectors."""
        self.align(4)
        return self.extend(struct.pack("<I", len(text)) + text + b"\0")

    def table(self, fields: list[bytes | None]) -> int:
        """A table with 4 bytes a field: None is an offset to be filled in, empty bytes an absent field."""
        self.align(4)
        places = [0 if value == b"" else 4 + 4 * slot for slot, value in enumerate(fields)]
        vtable = self.extend(struct.pack(f"<HH{len(fields)}H", 4 + 2 * len(fields), 4 + 4 * len(fields), *places))
        self.align(4)
        start = self.extend(struct.pack("<i", len(self.data) - vtable))
        for value in fields:
            self.extend(value or bytes(4))
        return start

    def point(self, at: int, target: int) -> None:
        """Fill in an offset, which counts from where it stands."""
        struct.pack_into("<I", self.data, at, target - at)


def _metadata(output_count: int, mean: float, std: float) -> bytes:
    """A ModelMetadata flatbuffer that says: one RGB picture, (pixel - mean) / std.

    Slots as in ``tensorflow_lite_support/metadata/metadata_schema.fbs``.
    """
    import flatbuffers

    builder = flatbuffers.Builder(256)
    rgb, image_properties, normalisation = 1, 2, 1

    def floats(value: float) -> int:
        builder.StartVector(4, 1, 4)
        builder.PrependFloat32(value)
        return int(builder.EndVector())

    def table(slots: int, *fields: tuple[str, int, int]) -> int:
        builder.StartObject(slots)
        for how, slot, value in fields:
            if how == "offset":
                builder.PrependUOffsetTRelativeSlot(slot, value, 0)
            else:
                builder.PrependUint8Slot(slot, value, 0)
        return int(builder.EndObject())

    def tables(items: list[int]) -> int:
        builder.StartVector(4, len(items), 4)
        for item in reversed(items):
            builder.PrependUOffsetTRelative(item)
        return int(builder.EndVector())

    options = table(2, ("offset", 0, floats(mean)), ("offset", 1, floats(std)))
    unit = table(2, ("number", 0, normalisation), ("offset", 1, options))
    content = table(3, ("number", 0, image_properties), ("offset", 1, table(2, ("number", 0, rgb))))
    name = int(builder.CreateString("image"))
    picture = table(7, ("offset", 0, name), ("offset", 3, content), ("offset", 4, tables([unit])))
    outputs = tables([table(7) for _ in range(output_count)])
    graph = table(10, ("offset", 2, tables([picture])), ("offset", 3, outputs))
    model = table(8, ("offset", 3, tables([graph])))
    builder.Finish(model, _METADATA_IDENTIFIER)
    return bytes(builder.Output())
