"""The file of landmarks: one Parquet file, a row for each person in each frame.

Columns: ``source`` (recording), ``group`` (who and where it was recorded: what must stay on one side of a split),
``person`` (number of the track in the recording), ``frame``, ``time_s``, ``label``, ``view`` (free text, for
breakdowns), ``synthetic``, ``width``, ``height`` (picture, pixels), ``image`` (33 x 3: x, y, z in pixels), ``world``
(33 x 3: metres, y down, from the middle of the hips), ``visibility`` (33). What is not known is NaN. Rows of a track
stand together, in order of time.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, OutputError
from core.names import shown_name

if TYPE_CHECKING:
    import pyarrow as pa

LANDMARKS = 33
FORMAT = "spotter-landmarks-1"
"""In the file's metadata under ``format``; another one is refused."""


@dataclass(frozen=True, slots=True)
class Track:
    """One person in one recording."""

    source: str
    group: str
    person: int
    frames: NDArray[np.int32]
    """(N,): number of each frame in the recording."""
    times: NDArray[np.float64]
    """(N,): seconds in the recording, increasing."""
    labels: tuple[str, ...]
    """Of each frame."""
    landmarks: NDArray[np.float32]
    """(N, 33, 4): x, y, z in pixels, visibility."""
    world: NDArray[np.float32]
    """(N, 33, 3): metres."""
    view: str = ""
    synthetic: bool = False
    width: int = 0
    height: int = 0

    def __len__(self) -> int:
        """How many frames it has."""
        return len(self.times)


class TrackWriter:
    """Writes tracks one after the other, in memory that does not grow with the file; use it as a context manager.

    The file appears under its name when all is written; an exception leaves nothing.
    """

    def __init__(self, path: Path, metadata: Mapping[str, str] | None = None) -> None:
        """``metadata``: what else the file says of itself, such as how it was made."""
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._metadata = {"format": FORMAT, **(metadata or {})}
        self._writer: Any = None

    def __enter__(self) -> "TrackWriter":
        """Open the file; raises OutputError where it cannot be written."""
        pa, pq = _arrow()
        schema = _schema(pa).with_metadata(self._metadata)
        try:
            self._writer = pq.ParquetWriter(self._part, schema, compression="zstd")
        except OSError as error:
            raise self._unwritable(error) from None
        return self

    def write(self, track: Track) -> None:
        """Append a track; one without frames leaves no trace."""
        if not len(track):
            return
        try:
            self._writer.write_table(_table(track, self._writer.schema))
        except OSError as error:
            raise self._unwritable(error) from None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close the file, and put it under its name if all went well."""
        try:
            self._writer.close()
            if kind is None:
                self._part.replace(self._path)
        except OSError as problem:
            raise self._unwritable(problem) from None
        finally:
            with suppress(OSError):  # Else it would stand in place of the reason.
                self._part.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> OutputError:
        """The reason in plain words: pyarrow's own sentence names a file that nobody has heard of."""
        folder = self._path.absolute().parent
        if not folder.is_dir():
            why = f"there is no folder {shown_name(folder)}; make it, or name another"
        else:
            why = os.strerror(error.errno) if error.errno else str(error)
        return OutputError(f"{shown_name(self._path)}: cannot be written ({why})")


def write_tracks(path: Path, tracks: Iterable[Track], metadata: Mapping[str, str] | None = None) -> None:
    """Write a whole file of landmarks."""
    with TrackWriter(path, metadata) as writer:
        for track in tracks:
            writer.write(track)


def read_tracks(path: Path) -> Iterator[Track]:
    """The tracks of a file, one after the other; raises ConfigError that says what is wrong with the file."""
    file = _opened(path)
    pa, _ = _arrow()
    waiting: list[Any] = []
    for batch in file.iter_batches(batch_size=4096):
        for piece in _pieces(pa.Table.from_batches([batch])):
            if waiting and _key(waiting[0]) != _key(piece):
                yield _track(pa.concat_tables(waiting))
                waiting = []
            waiting.append(piece)
    if waiting:
        yield _track(pa.concat_tables(waiting))


class TrackFile:
    """A file to take single recordings out of, without reading the others."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError that says what is wrong with the file."""
        import pyarrow.dataset

        read = _opened(path).schema_arrow.metadata
        self.metadata = {name.decode(): text.decode() for name, text in read.items() if name != b"ARROW:schema"}
        """What the file says of itself."""
        self._data = pyarrow.dataset.dataset(path)
        self._source = pyarrow.dataset.field("source")

    def tracks(self, source: str) -> list[Track]:
        """The people of one recording; none where the file lacks it."""
        return [_track(piece) for piece in _pieces(self._data.to_table(filter=self._source == source))]


def _opened(path: Path) -> Any:  # noqa: ANN401  # pyarrow has no types
    pa, pq = _arrow()
    name = shown_name(path)
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file; `spotter dataset extract` makes one") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise ConfigError(f"{name}: is no readable Parquet file; extract the landmarks again") from error
    if (file.schema_arrow.metadata or {}).get(b"format") != FORMAT.encode():
        raise ConfigError(f"{name}: is no file of landmarks of this version; extract the landmarks again")
    return file


def require_pyarrow() -> None:
    """Raise ConfigError where files of landmarks cannot be written at all; ask before long work."""
    _arrow()


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ConfigError("files of landmarks need pyarrow: pip install 'spotter[train]'") from None
    return pa, pq


def _schema(pa: Any) -> "pa.Schema":  # noqa: ANN401  # the module, imported late
    numbers = pa.float32()
    return pa.schema(
        [
            ("source", pa.string()), ("group", pa.string()), ("person", pa.int32()), ("frame", pa.int32()),
            ("time_s", pa.float64()), ("label", pa.string()), ("view", pa.string()), ("synthetic", pa.bool_()),
            ("width", pa.int32()), ("height", pa.int32()), ("image", pa.list_(numbers, LANDMARKS * 3)),
            ("world", pa.list_(numbers, LANDMARKS * 3)), ("visibility", pa.list_(numbers, LANDMARKS)),
        ]
    )  # fmt: skip


def _table(track: Track, schema: "pa.Schema") -> Any:  # noqa: ANN401  # pyarrow has no types
    pa, _ = _arrow()
    count = len(track)

    def lists(values: NDArray[np.float32]) -> Any:  # noqa: ANN401
        flat = np.ascontiguousarray(values, np.float32).reshape(count, -1)
        return pa.FixedSizeListArray.from_arrays(pa.array(flat.reshape(-1)), flat.shape[1])

    columns = [
        [track.source] * count, [track.group] * count, np.full(count, track.person, np.int32), track.frames,
        track.times, list(track.labels), [track.view] * count, np.full(count, track.synthetic),
        np.full(count, track.width, np.int32), np.full(count, track.height, np.int32), lists(track.landmarks[..., :3]),
        lists(track.world), lists(track.landmarks[..., 3]),
    ]  # fmt: skip
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _pieces(table: Any) -> Iterator[Any]:  # noqa: ANN401
    """A table cut where the track changes."""
    sources = table["source"].to_numpy(zero_copy_only=False)
    people = table["person"].to_numpy()
    cuts = np.flatnonzero((sources[1:] != sources[:-1]) | (people[1:] != people[:-1])) + 1
    edges = [0, *cuts.tolist(), len(sources)]
    for start, end in pairwise(edges):
        if end > start:
            yield table.slice(start, end - start)


def _key(table: Any) -> tuple[str, int]:  # noqa: ANN401
    return table["source"][0].as_py(), table["person"][0].as_py()


def _track(table: Any) -> Track:  # noqa: ANN401
    count = len(table)

    def numbers(name: str, width: int) -> NDArray[np.float32]:
        flat = table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return np.asarray(flat, np.float32).reshape(count, LANDMARKS, width)

    first = table.slice(0, 1).to_pylist()[0]
    landmarks = np.concatenate([numbers("image", 3), numbers("visibility", 1)], axis=2)
    return Track(
        source=first["source"],
        group=first["group"],
        person=first["person"],
        frames=table["frame"].to_numpy().astype(np.int32),
        times=table["time_s"].to_numpy().astype(np.float64),
        labels=tuple(table["label"].to_pylist()),
        landmarks=landmarks,
        world=numbers("world", 3),
        view=first["view"],
        synthetic=first["synthetic"],
        width=first["width"],
        height=first["height"],
    )
