"""Reads CSV files row by row into arrays: one for each person in each recording, and labels from a file of their own.

Owns what may be wrong with a row; what the numbers mean is told in ``landmark_csv``.
"""

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.names import shown_name
from training.dataset.findings import Findings
from training.dataset.landmark_columns import Columns, recognise

_LONGEST_CELL = 1 << 20
_DELIMITERS = ",;\t|"


@dataclass(slots=True)
class Rows:
    """The rows of one person in one recording, as they stand in the file."""

    video: str
    person: str
    lines: list[int] = field(default_factory=list)
    """Number of each row's line in the file."""
    frames: list[int | None] = field(default_factory=list)
    """Frame numbers; None where the file gives none that can be read."""
    times: list[float] = field(default_factory=list)
    """As they stand in the file; NaN where it gives none."""
    labels: list[str] = field(default_factory=list)
    group: str = ""
    view: str = ""
    values: list[NDArray[np.float64]] = field(default_factory=list)
    """(33, 7) each: x, y, z, visibility, world x, y, z; NaN where the file says nothing."""


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Labels from a file of their own, by recording, or by recording and frame."""

    name: str
    by_video: Mapping[str, str]
    by_frame: Mapping[tuple[str, int], str]

    def label(self, video: str, frame: int | None) -> str | None:
        """The label of a frame; None where the file has none. A file without recordings speaks of every one."""
        for key in (video, ""):
            if frame is not None and (key, frame) in self.by_frame:
                return self.by_frame[key, frame]
        return self.by_video.get(video)


def read_rows(path: Path, told: Mapping[str, str], findings: Findings) -> tuple[Columns, list[Rows]]:
    """The rows of a CSV of landmarks by person and recording, in the order of their first rows.

    ``told``: names of columns by role. Raises ConfigError for a file that cannot be used at all.
    """
    name = shown_name(path)
    with _opened(path) as (header, lines):
        columns = _recognised(header, told, name)
        missing = columns.missing()
        if len(missing) == 2 * 13:
            raise ConfigError(
                f"{name}: holds no landmark columns such as x0 or nose_x; give a file of labels with --labels"
            )
        if missing:
            raise ConfigError(f"{name}: lacks the columns {_briefly(missing)}")
        found: dict[tuple[str, str], Rows] = {}
        width = 1 + max([*columns.image.values(), *columns.world.values(), *columns.roles.values()])
        for line, cells in lines:
            if len(cells) < width:
                findings.add(f"{name}: rows with too few cells were left out", f"line {line}")
                continue
            _add(found, columns, line, cells, path.stem)
    if not found:
        raise ConfigError(f"{name}: holds no rows")
    return columns, list(found.values())


def read_labels(path: Path, told: Mapping[str, str]) -> LabelTable:
    """A file of labels: a column of labels, and one of recordings or of frames or both; raises ConfigError."""
    name = shown_name(path)
    by_video: dict[str, str] = {}
    by_frame: dict[tuple[str, int], str] = {}
    with _opened(path) as (header, lines):
        roles = _recognised(header, told, name).roles
        if "label" not in roles or not {"video", "frame"} & roles.keys():
            columns = ", ".join(repr(each) for each in header[:12])
            raise ConfigError(
                f"{name}: has no column of labels with one of recordings or frames (it has {columns}); "
                "name them: --column label=NAME --column video=NAME"
            )
        for _, cells in lines:
            cell = {role: cells[at].strip() if at < len(cells) else "" for role, at in roles.items()}
            video, frame = plain_id(cell.get("video", "")), frame_number(cell.get("frame", ""))
            if frame is not None:
                by_frame[video, frame] = cell["label"]
            elif video:
                by_video[video] = cell["label"]
    return LabelTable(name, by_video, by_frame)


def plain_id(text: str) -> str:
    """An identifier without the ``.0`` that tables of numbers give it."""
    return re.sub(r"^(\d+)\.0+$", r"\1", text.strip())


def frame_number(text: str) -> int | None:
    """``12``, ``12.0`` and ``frame_0012.jpg`` are 12; None for what has no number."""
    try:
        value = float(text)
        return round(value) if math.isfinite(value) and abs(value) < 2**31 else None
    except ValueError:
        digits = re.findall(r"\d+", re.sub(r"\.[A-Za-z]\w*$", "", text))
        return int(digits[-1]) if digits and len(digits[-1]) < 10 else None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[list[str], Iterator[tuple[int, list[str]]]]]:
    """The header of a CSV file and its other rows with their line numbers; raises ConfigError."""
    name = shown_name(path)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            if not first.strip():
                raise ConfigError(f"{name}: is empty")
            delimiter = max(_DELIMITERS, key=first.count)
            header = next(csv.reader([first], delimiter=delimiter))
            reader = csv.reader(file, delimiter=delimiter)
            yield header, ((reader.line_num + 1, cells) for cells in reader if any(cells))
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise ConfigError(f"{name}: is no CSV file in UTF-8; save it as one") from None


def _recognised(header: Sequence[str], told: Mapping[str, str], name: str) -> Columns:
    try:
        return recognise(header, told)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def _add(found: dict[tuple[str, str], Rows], columns: Columns, line: int, cells: Sequence[str], stem: str) -> None:
    roles = {role: cells[at].strip() for role, at in columns.roles.items()}
    video, person = plain_id(roles.get("video", "")) or stem, plain_id(roles.get("person", ""))
    rows = found.setdefault((video, person), Rows(video, person))
    rows.group = rows.group or roles.get("group", "")
    rows.view = rows.view or roles.get("view", "")
    rows.lines.append(line)
    rows.frames.append(frame_number(roles["frame"]) if "frame" in roles else None)
    in_ms = "time" not in roles and "time_ms" in roles
    rows.times.append(_number(roles.get("time", roles.get("time_ms", ""))) / (1000.0 if in_ms else 1.0))
    rows.labels.append(roles.get("label", ""))
    values = np.full((33, 7), np.nan)
    for (joint, axis), at in columns.image.items():
        values[joint, axis] = _number(cells[at])
    for (joint, axis), at in columns.world.items():
        if axis < 3:
            values[joint, 4 + axis] = _number(cells[at])
    rows.values.append(values)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if abs(value) < 1e9 else math.nan


def _briefly(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
