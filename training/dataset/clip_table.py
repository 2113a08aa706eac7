"""The table of clips: a CSV with a row for each clip, or for each labelled part of one.

Columns: ``clip`` or ``path`` (from the table's folder on, from the root, or an address), ``label``; optional ``name``,
``group``, ``view``, ``start_s``, ``end_s``, ``bytes``, ``sha256``. A bad row is told and the others are read.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from core.errors import ConfigError
from training.dataset.clip import Clip, ClipList, Part, Reading, group_of
from training.dataset.label_reading import LabelReader
from training.dataset.storage import chunks, is_address, joined, local_path, shown_place

COLUMNS = ("name", "clip", "label", "group", "view", "start_s", "end_s", "bytes", "sha256")


def read_table(place: str, reading: Reading, labels: LabelReader) -> ClipList:
    """The clips of a CSV; raises ConfigError that names what is missing in the whole of it."""
    found = ClipList()
    clips: dict[str, Clip] = {}
    used: dict[str, str] = {}
    for row in _rows(place, reading):
        try:
            clip = _clip_of(place, row, reading, labels)
            before = clips.get(clip.location)
            if before is not None:
                clip = _merged(before, clip)
            elif clip.name in used:
                clip = replace(clip, name=_free_name(clip, used))
        except ValueError as problem:
            found.left_out.append(f"{shown_place(place)}:{row['line']}: {problem}; the row is left out")
            continue
        used[clip.name] = clip.location
        clips[clip.location] = clip
    found.clips = list(clips.values())
    return found


def cells(place: str | Path) -> tuple[list[str], list[dict[str, str]]]:
    """Columns, in small letters, and rows of a CSV; each row has its line number under ``line``.

    Raises ConfigError if it cannot be read or is no CSV.
    """
    try:
        text = b"".join(chunks(str(place))).decode("utf-8-sig")
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), restval="", strict=True)
        columns = [(name or "").strip().casefold() for name in table.fieldnames or []]
        table.fieldnames = columns
        named = [name for name in columns if name]
        return columns, [{**{n: (row[n] or "").strip() for n in named}, "line": str(table.line_num)} for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{shown_place(str(place))}: is no table of clips (CSV in UTF-8): {error}") from None


def _delimiter(text: str) -> str:
    """Comma, or what a spreadsheet of another language writes in its place."""
    heading = text.partition("\n")[0]
    return max(",;\t", key=heading.count)


def _rows(place: str, reading: Reading) -> list[dict[str, str]]:
    """The rows; raises ConfigError that names the columns that are missing."""
    columns, rows = cells(place)
    missing = [] if {"clip", "path"} & set(columns) else ["clip"]
    missing += [name for name in ("label",) if name not in columns]
    if reading.group_column != "group" and reading.group_column.casefold() not in columns:
        missing.append(reading.group_column)
    if missing:
        there = ", ".join(filter(None, columns)) or "none"
        raise ConfigError(
            f"{shown_place(place)}: the column{'s' * (len(missing) > 1)} {', '.join(missing)} "
            f"{'are' if len(missing) > 1 else 'is'} missing (there are: {there}); a table of clips has clip (or path) "
            "and label, and may have name, group, view, start_s, end_s"
        )
    return rows


def _clip_of(place: str, row: Mapping[str, str], reading: Reading, labels: LabelReader) -> Clip:
    """The clip of one row; raises ValueError that says what is wrong with it."""
    told = row.get("clip") or row.get("path") or ""
    if not told:
        raise ValueError("no clip is named")
    location, size = _found(joined(_above(place), told), row.get("bytes", ""))
    name = row.get("name") or _name_of(told)
    start_s, end_s = _seconds(row, "start_s", 0.0), _seconds(row, "end_s", math.inf)
    if end_s <= start_s:
        raise ValueError(f"end_s {end_s:g} is not after start_s {start_s:g}")
    group = row.get(reading.group_column.casefold()) or name
    return Clip(
        name=name,
        location=location,
        group=group_of(name, group, reading),
        parts=(Part(labels.name(row["label"]), start_s, end_s),),
        view=row.get("view", ""),
        size=size,
        sha256=row.get("sha256", ""),
    )


def _found(location: str, told_bytes: str) -> tuple[str, int | None]:
    """A clip's place, with .mp4 added where that is the file, and its size; raises ValueError if it is not there."""
    if is_address(location):
        return location, int(told_bytes) if told_bytes.isdecimal() else None
    path = local_path(location)
    if not path.suffix and not path.exists():
        path = path.with_name(f"{path.name}.mp4")
    try:
        return str(path), path.stat().st_size
    except (OSError, ValueError):
        raise ValueError(f"the clip {shown_place(location)} is not there") from None


def _name_of(told: str) -> str:
    """A clip's name: as the table has it, without the suffix; of a path from the root its last two parts."""
    path = PurePosixPath(told.split("://", 1)[-1]).with_suffix("")
    steps_out = is_address(told) or path.is_absolute() or ".." in path.parts or told.startswith("file://")
    return "/".join(path.parts[-2:]) if steps_out else str(path)


def _free_name(clip: Clip, used: Mapping[str, str]) -> str:
    """Another name for a clip whose name is taken: with its suffix, or a number."""
    whole = f"{clip.name}{PurePosixPath(clip.location).suffix}"
    names = (whole, *(f"{clip.name}-{number}" for number in range(2, len(used) + 3)))
    return next(name for name in names if name not in used)


def _above(place: str) -> str:
    """The folder of a file."""
    return place.rsplit("/", 1)[0] if is_address(place) else str(local_path(place).parent)


def _seconds(row: Mapping[str, str], column: str, default: float) -> float:
    text = row.get(column, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{column} {text!r} is no number of seconds")
    return value


def _merged(before: Clip, clip: Clip) -> Clip:
    """Two rows of one clip as one clip with more parts; raises ValueError if they contradict each other."""
    part = clip.parts[0]
    for other in before.parts:
        if part.start_s < other.end_s and other.start_s < part.end_s:
            what = "the same part twice" if other == part else f"a time that is {other.label or 'unlabelled'} already"
            raise ValueError(f"names {what} of {before.name}")
    if clip.group not in (before.group, clip.name):
        raise ValueError(f"puts {before.name} into the group {clip.group}, but an earlier row into {before.group}")
    return replace(before, parts=(*before.parts, part))


def table_rows(clip: Clip, folder: Path) -> list[dict[str, str]]:
    """The rows of a clip in a table that lies in ``folder``, one for each part."""
    rows = []
    for part in clip.parts:
        start_s = "" if part.start_s == 0 else f"{part.start_s:g}"
        end_s = "" if math.isinf(part.end_s) else f"{part.end_s:g}"
        size = "" if clip.size is None else str(clip.size)
        where = _from_folder(clip.location, folder)
        values = (clip.name, where, part.label, clip.group, clip.view, start_s, end_s, size, clip.sha256)
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def write_table(path: Path, rows: Iterable[Mapping[str, str]], extra: tuple[str, ...] = ()) -> None:
    """Write a table of clips with these further columns; raises OSError."""
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, (*COLUMNS, *extra), restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    part = path.with_name(f".{path.name}.part")
    part.write_text(lines.getvalue(), encoding="utf-8", newline="")
    part.replace(path)


def _from_folder(location: str, folder: Path) -> str:
    path = local_path(location).absolute()
    return path.relative_to(folder.absolute()).as_posix() if path.is_relative_to(folder.absolute()) else str(path)
