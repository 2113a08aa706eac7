"""Person detectors that the user registers: checks what kind of network a file is and keeps it in the cache."""

import hashlib
import re
from pathlib import Path

from core.errors import ModelError
from workers.models import store

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SIZE_LIMIT_BYTES = 512 << 20
"""The largest YOLOX has 397 MB."""
YOLOX_STRIDES = (8, 16, 32)
YOLOX_VALUES = 85
"""Per cell: 4 of the box, 1 objectness, 80 classes of COCO of which the first is a person."""


def added_dir() -> Path:
    """Folder of the registered files."""
    return store.models_dir() / "added"


def added_names() -> list[str]:
    """Names of all registered detectors, in order."""
    return sorted(path.stem for path in added_dir().glob("*.onnx") if not path.name.startswith("."))


def added_model(name: str) -> Path:
    """Path of a registered detector; raises ModelError when there is none of that name or it is damaged."""
    path = added_dir() / f"{name}.onnx"
    record = store.read_record_or_none(path)
    if NAME_PATTERN.fullmatch(name) is None or record is None or not path.is_file():
        known = ", ".join(added_names()) or "none yet"
        raise ModelError(
            f"no person detector {name!r} is registered, only: {known}; register it with: spotter models add FILE"
        )
    if store.file_sha256(path) != record.sha256:
        raise ModelError(f"{path} is damaged; register it again with: spotter models add FILE --replace")
    return path


def add_model(path: Path, name: str | None = None, replace: bool = False) -> tuple[str, str]:
    """Check a person detector and copy it into the cache; returns its name and what kind of network it is.

    ``name`` is the file's by default. Raises ModelError when the file is none that is known, or the name is taken.
    """
    chosen = name if name is not None else re.sub(r"[^a-z0-9_-]+", "-", path.stem.lower()).strip("-_")[:64]
    if NAME_PATTERN.fullmatch(chosen) is None:
        raise ModelError(f"{chosen!r} is no usable name; give one of letters a-z, digits, - and _ with --name")
    try:
        size = path.stat().st_size
        if path.is_dir() or size > SIZE_LIMIT_BYTES:
            raise ModelError(f"{path} is a folder or larger than {SIZE_LIMIT_BYTES >> 20} MB; give an ONNX file")
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path} ({error.strerror}); check its name and rights") from error
    family = detector_family(content, str(path))
    digest = hashlib.sha256(content).hexdigest()
    target = added_dir() / f"{chosen}.onnx"
    with store.cache_lock():
        existing = store.read_record_or_none(target)
        if target.exists() and not replace and (existing is None or existing.sha256 != digest):
            raise ModelError(f"another detector is named {chosen}; choose a name with --name, or say --replace")
        record = store.Record(
            file=target.name,
            sha256=digest,
            size_bytes=len(content),
            kind="detector",
            variant=family,
            source=path.name,
            source_sha256=digest,
            licence="not stated",
            pinned=False,
        )
        store.install(target, content, record)
    return chosen, family


def detector_family(content: bytes, name: str) -> str:
    """Kind of a person detector, ``yolox`` so far: found by loading it and looking at its shapes.

    YOLOX: input (1 or N, 3, H, W) float32, output (1 or N, cells, 85), the raw grid over strides 8, 16 and 32
    (https://github.com/Megvii-BaseDetection/YOLOX, ``demo/ONNXRuntime``). Raises ModelError.
    """
    import onnxruntime as ort
    from onnxruntime.capi import onnxruntime_pybind11_state as failures

    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except (
        failures.InvalidArgument,
        failures.InvalidProtobuf,
        failures.InvalidGraph,
        failures.NoSuchFile,
        failures.NoModel,
        failures.NotImplemented,
        failures.RuntimeException,
        failures.Fail,
    ) as error:
        reason = str(error).splitlines()[0][:160]
        raise ModelError(f"{name} is no ONNX file that can be loaded ({reason}); give another file") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) == 1 and len(outputs) == 1 and _is_yolox(inputs[0].shape, inputs[0].type, outputs[0].shape):
        return "yolox"
    shapes = ", ".join(f"{tensor.name} {tensor.shape}" for tensor in [*inputs, *outputs])
    raise ModelError(
        f"{name} is no person detector of a known family (it has {shapes}); "
        "give a YOLOX with its raw grid, for example (1, 3, 416, 416) to (1, 3549, 85)"
    )


def _is_yolox(taken: list[object], kind: str, given: list[object]) -> bool:
    if len(taken) != 4 or len(given) != 3 or kind != "tensor(float)" or taken[1] != 3:
        return False
    height, width, cells = taken[2], taken[3], given[1]
    if not (isinstance(height, int) and isinstance(width, int) and isinstance(cells, int)):
        return False
    whole = height % YOLOX_STRIDES[-1] == 0 and width % YOLOX_STRIDES[-1] == 0
    expected = sum((height // stride) * (width // stride) for stride in YOLOX_STRIDES)
    return whole and cells == expected and given[2] == YOLOX_VALUES
