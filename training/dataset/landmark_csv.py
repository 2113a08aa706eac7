"""Landmark CSVs of other tools as tracks of ours; see docs/datasets.md.

Decides what the numbers are: shares of the picture, pixels, or lengths from the hips; and guesses what is not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.names import shown_name
from training.dataset.body_guess import CORE, TORSO_M, fill, metres
from training.dataset.findings import Findings
from training.dataset.label_reading import LabelReader
from training.dataset.landmark_rows import LabelTable, Rows, read_rows
from training.dataset.landmarks import LANDMARKS, Track

UNREADABLE = "files that cannot be used were left out"
KINDS = ("shares", "pixels", "centred")
ASSUMED_SIZE = (640, 480)
_TORSO_SHARE = 0.25
"""Of the picture's height: how large a person is drawn whose place in the picture is not known."""
_CORE = list(CORE)
_MILLISECONDS_FROM = 5.0
"""A larger step between two rows is no step in seconds."""


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How to read the files."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Names of columns by role (``landmark_columns.ROLES``) where they are not the usual ones."""
    labels: LabelTable | None = None
    size: tuple[int, int] | None = None
    """Width and height of the pictures, pixels."""
    fps: float = 30.0
    """Frames a second, for files that give no time."""
    kind: str | None = None
    """One of ``KINDS``; None finds it out."""


def read_landmark_csvs(
    paths: Sequence[Path], options: CsvOptions, reader: LabelReader, findings: Findings
) -> Iterator[Track]:
    """A track for each person in each recording of each file.

    What is wrong is added to ``findings`` and the rest goes on; files that cannot be used stand under ``UNREADABLE``.
    """
    stems = [path.stem for path in paths]
    for path in paths:
        prefix = path.stem if stems.count(path.stem) == 1 else str(path.with_suffix(""))
        try:
            columns, recordings = read_rows(path, options.columns, findings)
        except ConfigError as error:
            findings.add(UNREADABLE, str(error))
            continue
        name = shown_name(path)
        _note_absent(columns.image, name, findings)
        if options.labels is None and "label" not in columns.roles:
            findings.add("files without labels; say --labels FILE or --column label=NAME", name)
        numbers: dict[str, int] = {}
        kind = options.kind or _kind_of(recordings)
        for rows in recordings:
            person = numbers[rows.video] = numbers.get(rows.video, 0) + 1
            yield from _tracks(rows, (prefix, name, kind, person), options, reader, findings)


def _note_absent(image: Mapping[tuple[int, int], int], name: str, findings: Findings) -> None:
    absent = [joint for joint in range(LANDMARKS) if (joint, 0) not in image or (joint, 1) not in image]
    if absent:
        findings.add("landmarks without a column were guessed", f"{name}: landmark {absent[0]}", len(absent))
    if not any(axis == 2 for _, axis in image):
        findings.add("files without z were read as flat", name)
    if not any(axis == 3 for _, axis in image):
        findings.add("files without visibility: what they hold counts as seen", name)


def _kind_of(recordings: Sequence[Rows]) -> str:
    """What the coordinates of a file are, by where the hips are and how large the numbers are."""
    values = np.stack([row for rows in recordings for row in rows.values[:: max(1, len(rows.values) // 50)]])
    points = values[np.isfinite(values[:, _CORE, :2]).all(axis=(1, 2))][..., :2]
    if not len(points):
        return "shares"
    hips, shoulders = points[:, 23:25].mean(axis=1), points[:, 11:13].mean(axis=1)
    torso = float(np.median(np.linalg.norm(shoulders - hips, axis=1)))
    if float(np.median(np.linalg.norm(hips, axis=1))) <= 0.05 * torso:
        return "centred"
    return "shares" if float(np.percentile(np.abs(points[:, _CORE]), 95)) <= 2.0 else "pixels"


def _tracks(
    rows: Rows, place: tuple[str, str, str, int], options: CsvOptions, reader: LabelReader, findings: Findings
) -> Iterator[Track]:
    prefix, name, kind, person = place
    values, times = np.stack(rows.values), np.asarray(rows.times)
    order, frames = _order(rows, values, name, findings)
    if not len(order):
        return
    values, times = values[order], _times(times[order], frames, options.fps, name, findings)
    later = np.concatenate([[True], np.diff(np.maximum.accumulate(times)) > 0])
    findings.add(f"{name}: rows that are not later than the one before were left out", rows.video, int((~later).sum()))
    values, times, frames, order = values[later], times[later], frames[later], order[later]
    labels = _labels(rows, order, frames, options.labels, reader, findings)
    landmarks, world, size = _placed(values, kind, options.size, name, findings)
    source = rows.video if rows.video == prefix else f"{prefix}/{rows.video}"
    yield Track(
        source=source,
        group=f"{prefix}/{rows.group}" if rows.group else source,
        person=person,
        frames=frames.astype(np.int32),
        times=times,
        labels=labels,
        landmarks=landmarks,
        world=world,
        view=rows.view,
        width=size[0],
        height=size[1],
    )


def _order(
    rows: Rows, values: NDArray[np.float64], name: str, findings: Findings
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Positions of the rows to keep, in order of their frames, and the frames."""

    def note(kind: str, wrong: NDArray[np.bool_]) -> None:
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            findings.add(f"{name}: {kind}", f"line {rows.lines[first]}, recording {rows.video}", int(wrong.sum()))

    numberless = np.array([frame is None for frame in rows.frames])
    if numberless.all():
        frames = np.arange(len(values))
    else:
        note("rows without a frame number were left out", numberless)
        frames = np.array([-1 if frame is None else frame for frame in rows.frames])
    core = values[:, _CORE, :2]
    broken = np.asarray(~np.isfinite(core).all(axis=(1, 2)))
    note("rows with a landmark that is no number were left out", broken)
    nobody = np.asarray(~broken & (np.ptp(np.nan_to_num(core), axis=1).max(axis=1) <= 0))
    note("rows whose landmarks all lie on one point were left out", nobody)
    kept = np.flatnonzero(~(broken | nobody | (numberless & ~numberless.all())))
    numbers = frames[kept]
    back = np.zeros(len(values), np.bool_)
    back[kept[1:]] = np.diff(numbers) < 0
    note("rows were out of order and were sorted by frame", back)
    order = kept[np.argsort(numbers, kind="stable")]
    again = np.zeros(len(values), np.bool_)
    again[order[1:]] = np.diff(frames[order]) == 0
    note(
        "rows of a frame that was there already were left out (several people? name the column: --column person=NAME)",
        again,
    )
    order = order[~again[order]]
    return order, frames[order]


def _times(
    times: NDArray[np.float64], frames: NDArray[np.int64], fps: float, name: str, findings: Findings
) -> NDArray[np.float64]:
    """Seconds from the first row on."""
    if not np.isfinite(times).all():
        return np.asarray((frames - frames[0]) / fps, np.float64)
    steps = np.diff(times)
    if len(steps) and float(np.median(steps)) > _MILLISECONDS_FROM:
        findings.add("files whose times are taken for milliseconds", name)
        times = times / 1000.0
    return np.asarray(times - times[0])


def _labels(
    rows: Rows,
    order: NDArray[np.intp],
    frames: NDArray[np.int64],
    table: LabelTable | None,
    reader: LabelReader,
    findings: Findings,
) -> tuple[str, ...]:
    if table is None:
        texts = [rows.labels[position] for position in order.tolist()]
    else:
        found = [table.label(rows.video, frame) for frame in frames.tolist()]
        if None in found:
            findings.add(f"frames without a label in {table.name}", f"recording {rows.video}", found.count(None))
        texts = [text or "" for text in found]
    names = {text: reader.name(text) for text in sorted(set(texts))}
    return tuple(names[text] for text in texts)


def _placed(
    values: NDArray[np.float64], kind: str, told: tuple[int, int] | None, name: str, findings: Findings
) -> tuple[NDArray[np.float32], NDArray[np.float32], tuple[int, int]]:
    """Landmarks (N, 33, 4) in pixels, world landmarks (N, 33, 3) in metres, and the picture's width and height."""
    known = np.asarray(np.isfinite(values[..., :2]).all(axis=2))
    flat = not np.isfinite(values[..., 2]).any()
    points = fill(np.nan_to_num(values[..., :3]), known)
    if points is None:
        raise ValueError("rows without a trunk must be left out before")
    size = told or ASSUMED_SIZE
    lengths = points
    if kind == "shares":
        if told is None:
            findings.add("recordings in shares of the picture, taken for 640x480; say --size WxH", name)
        lengths = points = points * np.array([size[0], size[1], size[0]])
    elif kind == "centred":
        lengths, up = _upright(points)
        findings.add("recordings whose y points upwards were turned over", name, int(up))
        points = lengths * (_TORSO_SHARE * size[1] / _torso(lengths)) + np.array([size[0] / 2, size[1] / 2, 0.0])
        findings.add("recordings without a place in the picture were put into its middle", name)
    elif told is None:
        right, lower = np.ceil(points[..., :2].max(axis=(0, 1)) + 1)
        size = max(int(right), 1), max(int(lower), 1)
    world = _world(values, lengths, kind, flat=flat)
    seen = np.where(known, 1.0, 0.0)
    if np.isfinite(values[..., 3]).any():
        seen = np.where(known, np.clip(np.nan_to_num(values[..., 3]), 0.0, 1.0), 0.0)
    landmarks = np.concatenate([points, seen[..., None]], axis=2)
    return landmarks.astype(np.float32), world, size


def _world(values: NDArray[np.float64], lengths: NDArray[np.float64], kind: str, *, flat: bool) -> NDArray[np.float32]:
    """The file's own world landmarks where it has them, else an approximation from those of the picture."""
    own = values[..., 4:7]
    known = np.asarray(np.isfinite(own).all(axis=2))
    if known[:, _CORE].all():
        filled = fill(np.nan_to_num(own), known)
        if filled is not None:
            return filled.astype(np.float32)
    # Metres already: what grown-ups measure.
    if kind == "centred" and 0.7 * TORSO_M <= _torso(lengths) <= 1.4 * TORSO_M:
        return lengths.astype(np.float32)
    return metres(lengths, flat=flat)


def _upright(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Points with y down, and whether they had to be turned: people's heads are above their hips most of the time."""
    height = points[:, 0, 1] - points[:, 23:25, 1].mean(axis=1)
    if float(np.median(height)) <= 0.5 * _torso(points):
        return points, False
    return points * np.array([1.0, -1.0, 1.0]), True


def _torso(points: NDArray[np.float64]) -> float:
    """Usual length from between the shoulders to between the hips, never 0."""
    spine = points[:, 11:13].mean(axis=1) - points[:, 23:25].mean(axis=1)
    return max(float(np.median(np.linalg.norm(spine, axis=1))), 1e-9)
