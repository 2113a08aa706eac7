"""Writes what a list shows to a CSV or JSON file: whole or not at all, and never over a file that is there."""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

from core.errors import OutputError
from core.history import Cell
from core.names import shown_name

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula, and names come from outside."""


def export(columns: Sequence[str], rows: Sequence[Sequence[Cell]], target: str, home: Path) -> Path:
    """Write the rows; relative names are taken from ``home``. Raises ``OutputError`` that says what is wrong."""
    if not target.strip():
        raise OutputError("name a file that ends in .csv or .json")
    path = Path(os.path.expanduser(target.strip()))  # noqa: PTH111  # Path.expanduser raises for unknown users
    path = path if path.is_absolute() else home / path
    kind = path.suffix.lower()
    if kind not in {".csv", ".json"}:
        raise OutputError(f"{shown_name(path)}: name a file that ends in .csv or .json")
    if path.exists():
        raise OutputError(f"{shown_name(path)} is there already; name another file")
    text = _csv(columns, rows) if kind == ".csv" else _json(columns, rows)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_text(text, "utf-8", newline="")
        # A link fails where another file has come meanwhile; a replacement would hide it.
        os.link(scratch, path)
    except FileExistsError as error:
        raise OutputError(f"{shown_name(path)} is there already; name another file") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise OutputError(f"{shown_name(path)}: cannot be written ({why}); name another folder") from error
    finally:
        _remove(scratch)
    return path


def _remove(scratch: Path) -> None:
    try:
        scratch.unlink(missing_ok=True)
    except (OSError, ValueError):
        return  # it was never written


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


def _json(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    return json.dumps(records, ensure_ascii=False, indent=1) + "\n"
