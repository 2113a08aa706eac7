r"""Answers as text: a table for people, CSV, JSON and one JSON object a line. Pure; takes pieces, gives pieces.

What a database holds is data here and never an order: control characters, and marks that turn the direction of text,
come out as escapes such as ``\x1b``, and no cell of a CSV begins like a formula of a spreadsheet.
"""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from spotter.query.questions import Column
from spotter.query.source import Answer, Batch

WIDEST = 40
"""Cells of a text in a table's column, but for the last; more is cut off, the other formats have all of it."""
_FORMULA = re.compile(r"[\s\x00-\x1f]*['=+\-@\uff0b\uff0d\uff1d\uff20]")
"""How a formula begins in some spreadsheet; an apostrophe too, so that taking one off gives the text back."""

Writer = Callable[[Answer, ZoneInfo], Iterator[str]]


def plain_text(text: str) -> str:
    r"""The text with everything that is not printed written as an escape, ``\n`` or ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def utc_text(at: datetime) -> str:
    """``2026-07-01T08:30:00.125000+00:00``, as the database writes it: sorts as the times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def local_text(at: datetime, zone: ZoneInfo) -> str:
    """``2026-07-01 10:30:00``; with its offset in the hour that clocks show twice."""
    here = at.astimezone(zone)
    text = f"{here:%Y-%m-%d %H:%M:%S}"
    if here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset():
        text += f"{here:%z}"
    return text


# Table ---------------------------------------------------------------------------------------------------------------


def table(answer: Answer, zone: ZoneInfo) -> Iterator[str]:
    """Columns side by side; the first piece says how wide they are, what is longer later pushes its line."""
    shown = [at for at, column in enumerate(answer.columns) if column.brief]
    columns = [answer.columns[at] for at in shown]
    widths: list[int] = []
    for batch in answer.batches:
        lines = [[_cell(row[at], zone) for at in shown] for row in batch]
        if not widths:
            heads = [_clipped(plain_text(column.name)) for column in columns]
            widths = [max(cell_len(line[at]) for line in [heads, *lines]) for at in range(len(columns))]
            yield _line(columns, heads, widths)
        yield "".join(_line(columns, line, widths) for line in lines)
    if not widths:
        yield "no rows\n"


def _cell(value: Any, zone: ZoneInfo) -> str:  # noqa: ANN401  # one of the plain types
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return local_text(value, zone)
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 1e15 else f"{value:g}"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return plain_text(value) if isinstance(value, str) else str(value)


def _clipped(text: str) -> str:
    return text if cell_len(text) <= WIDEST else set_cell_size(text, WIDEST - 1).rstrip() + "…"


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for at, (column, cell, width) in enumerate(zip(columns, cells, widths, strict=True)):
        last = at == len(columns) - 1
        text = cell if last else _clipped(cell)
        space = " " * (min(width, max(WIDEST, 0)) - cell_len(text))
        parts.append(space + text if column.kind in ("int", "float") else text + ("" if last else space))
    return "  ".join(parts).rstrip() + "\n"


# For programs --------------------------------------------------------------------------------------------------------


def comma_separated(answer: Answer, _zone: ZoneInfo) -> Iterator[str]:
    """CSV with a heading; times in UTC, yes and no as ``true`` and ``false``, what is empty as nothing."""
    yield _csv([[column.name for column in answer.columns]])
    for batch in answer.batches:
        yield _csv(batch)


def _csv(rows: Batch) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_csv_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _csv_cell(value: Any) -> str | int | float | None:  # noqa: ANN401  # one of the plain types
    if isinstance(value, str):
        safe = f"'{value}" if _FORMULA.match(value) else value
        return plain_text(safe)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, int | float) else str(value)


def json_array(answer: Answer, _zone: ZoneInfo) -> Iterator[str]:
    """One array of objects, an object a line."""
    mark = "[\n"
    for batch in answer.batches:
        yield mark + ",\n".join(_objects(answer.columns, batch))
        mark = ",\n"
    yield "[]\n" if mark == "[\n" else "\n]\n"


def json_lines(answer: Answer, _zone: ZoneInfo) -> Iterator[str]:
    """An object a line."""
    for batch in answer.batches:
        yield "\n".join(_objects(answer.columns, batch)) + "\n"


def _objects(columns: Sequence[Column], batch: Batch) -> Iterator[str]:
    names = [column.name for column in columns]
    for row in batch:
        values = {name: _json_value(value) for name, value in zip(names, row, strict=True)}
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        yield (
            text
            if text.isprintable()
            else "".join(
                char if char.isprintable() else json.dumps(char)[1:-1] if ord(char) != 0x7F else "\\u007f"
                for char in text
            )
        )


def _json_value(value: Any) -> Any:  # noqa: ANN401  # one of the plain types
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bytes):
        return value.hex()
    return None if isinstance(value, float) and not math.isfinite(value) else value


WRITERS: dict[str, Writer] = {
    "table": table,
    "csv": comma_separated,
    "json": json_array,
    "jsonl": json_lines,
}
"""By the name that ``--format`` takes."""
