"""The file of crops: one Parquet file, a row for each square picture of one person, for models that look at pixels.

Columns: ``source``, ``group``, ``person``, ``frame``, ``time_s``, ``label``, ``view`` and ``synthetic`` as in a file of
landmarks, and ``jpeg``, the encoded picture. The side of the squares in pixels stands in the file's metadata under
``side_px``. Never decides who is labelled: that stands in the landmarks it is cut by.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, OutputError
from core.names import shown_name

FORMAT = "spotter-crops-1"
SIDE_PX = 128
MARGIN = 0.15
"""Of the longer side of the box, on each side: landmarks end at wrists, ankles and eyes, people and bars do not."""
JPEG_QUALITY = 90
BATCH_ROWS = 256
"""Crops held in memory at a time, about 1 MB."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One person in one frame, as a picture."""

    source: str
    group: str
    person: int
    frame: int
    time_s: float
    label: str
    jpeg: bytes
    view: str = ""
    synthetic: bool = False

    def pixels(self) -> NDArray[np.uint8]:
        """Decode to (side, side, 3) uint8 RGB; raises ConfigError if the bytes are no picture."""
        decoded = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR) if self.jpeg else None
        if decoded is None:
            raise ConfigError(f"the crop of {self.source}, frame {self.frame}, is no picture; cut the crops again")
        return np.ascontiguousarray(decoded[..., ::-1], np.uint8)


class CropWriter:
    """Writes crops one after the other, in bounded memory; use it as a context manager.

    The file appears under its name when all is written; an exception leaves nothing.
    """

    def __init__(self, path: Path, side_px: int = SIDE_PX, metadata: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._metadata = {**(metadata or {}), "format": FORMAT, "side_px": str(side_px)}
        self._waiting: list[Crop] = []
        self._writer: Any = None
        self.written = 0
        """How many crops were taken."""

    def __enter__(self) -> "CropWriter":
        """Open the file; raises OutputError where it cannot be written."""
        pa, pq = _arrow()
        try:
            self._writer = pq.ParquetWriter(self._part, _schema(pa).with_metadata(self._metadata), compression="none")
        except OSError as error:
            raise OutputError(f"{shown_name(self._path)}: cannot be written ({error.strerror or error})") from None
        return self

    def write(self, crop: Crop) -> None:
        """Append one crop."""
        self._waiting.append(crop)
        self.written += 1
        if len(self._waiting) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        pa, _ = _arrow()
        schema = self._writer.schema
        columns = {name: [getattr(crop, name) for crop in self._waiting] for name in schema.names}
        try:
            self._writer.write_table(pa.table(columns, schema=schema))
        except OSError as error:
            raise OutputError(f"{shown_name(self._path)}: cannot be written ({error.strerror or error})") from None
        self._waiting = []

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close the file, and put it under its name if all went well."""
        try:
            if kind is None:
                self._flush()
            self._writer.close()
            if kind is None:
                self._part.replace(self._path)
        except OSError as problem:
            raise OutputError(f"{shown_name(self._path)}: cannot be written ({problem.strerror or problem})") from None
        finally:
            self._part.unlink(missing_ok=True)


def read_crops(path: Path) -> Iterator[Crop]:
    """The crops of a file in its order; raises ConfigError that says what is wrong with the file."""
    for batch in _opened(path).iter_batches(batch_size=BATCH_ROWS):
        for row in batch.to_pylist():
            yield Crop(**row)


def crop_side(path: Path) -> int:
    """Side in pixels of the squares in a file; raises ConfigError as ``read_crops`` does."""
    return int(_opened(path).schema_arrow.metadata[b"side_px"])


def square_around(box_px: tuple[float, float, float, float], margin: float = MARGIN) -> tuple[int, int, int]:
    """Left, top and side, in whole pixels, of the square around a box x0, y0, x1, y1 with a margin of its longer side.

    The square may reach beyond the picture.
    """
    x0, y0, x1, y1 = box_px
    side = max(1, round(max(x1 - x0, y1 - y0) * (1 + 2 * margin)))
    return round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), side


def cut_square(pixels: NDArray[np.uint8], left: int, top: int, side: int, side_px: int = SIDE_PX) -> NDArray[np.uint8]:
    """Cut a square out of an (H, W, 3) picture and scale it to ``side_px``; what lies outside the picture is black."""
    height, width = pixels.shape[:2]
    x0, y0 = min(max(left, 0), width), min(max(top, 0), height)
    x1, y1 = min(max(left + side, x0), width), min(max(top + side, y0), height)
    square = np.zeros((side, side, 3), np.uint8)
    square[y0 - top : y1 - top, x0 - left : x1 - left] = pixels[y0:y1, x0:x1]
    way = cv2.INTER_AREA if side > side_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (side_px, side_px), interpolation=way), np.uint8)


def to_jpeg(pixels: NDArray[np.uint8], quality: int = JPEG_QUALITY) -> bytes:
    """Encode a BGR picture."""
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("a picture of this shape cannot be encoded as JPEG")
    return bytes(data)


def _opened(path: Path) -> Any:  # noqa: ANN401  # pyarrow has no types
    pa, pq = _arrow()
    name = shown_name(path)
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file; `spotter dataset crops` makes one") from None
    except (OSError, pa.ArrowInvalid):
        raise ConfigError(f"{name}: is no readable Parquet file; cut the crops again") from None
    if (file.schema_arrow.metadata or {}).get(b"format") != FORMAT.encode():
        raise ConfigError(f"{name}: is no file of crops of this version; `spotter dataset crops` makes one")
    return file


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ConfigError("files of crops need pyarrow: pip install 'spotter[train]'") from None
    return pa, pq


def _schema(pa: Any) -> Any:  # noqa: ANN401
    return pa.schema(
        [
            ("source", pa.string()), ("group", pa.string()), ("person", pa.int32()), ("frame", pa.int32()),
            ("time_s", pa.float64()), ("label", pa.string()), ("view", pa.string()), ("synthetic", pa.bool_()),
            ("jpeg", pa.binary()),
        ]
    )  # fmt: skip
