"""Where an answer goes: standard output, or a file that appears under its name only when it is complete.

Every row that leaves the database by a command leaves through here.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from core.errors import ConfigError, OutputError
from core.names import shown_name
from spotter.query.arrow import need_arrow, write_parquet
from spotter.query.source import Answer
from spotter.query.text_formats import WRITERS
from spotter.replacing import ReplacingFile, output_errors

FORMATS = (*WRITERS, "parquet")
_BY_SUFFIX = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def format_for(wanted: str | None, out: Path | None) -> str:
    """What was asked for, else what the file's name says, else a table; raises ``ConfigError`` if it cannot be."""
    chosen = wanted or _BY_SUFFIX.get(out.suffix.lower() if out else "", "table")
    if chosen == "parquet":
        need_arrow()
        if out is None and sys.stdout.isatty():
            raise ConfigError("Parquet is not for a terminal; write it with --out FILE")
    return chosen


def refuse_to_replace(out: Path, ours: Sequence[Path]) -> None:
    """Raise ``ConfigError`` if the result would take the place of the database or of gym.toml."""
    for each in ours:
        for file in (each, Path(f"{each}-wal"), Path(f"{each}-shm")):
            same = file.absolute() == out.absolute() or (file.exists() and out.exists() and file.samefile(out))
            if same:
                raise ConfigError(f"--out {shown_name(out)} is a file that Spotter reads; give another name")


def deliver(
    answer: Answer,
    shape: str,
    out: Path | None,
    zone: ZoneInfo,
    note: Callable[[int], None] | None = None,
    *,
    name: Path | None = None,
) -> None:
    """Write all of it; raises ``OutputError`` in one sentence, and leaves no half file then.

    ``note`` is told the number of rows when all are written, and before a file appears under its name. ``name`` is what
    a sentence calls the file, if not ``out``.
    """
    with _open_stdout() if out is None else _open_whole(out, name or out) as target:
        if shape == "parquet":
            write_parquet(answer, target)
        else:
            for piece in WRITERS[shape](answer, zone):
                target.write(piece.encode("utf-8", "backslashreplace"))
        if note is not None:
            note(answer.given)


@contextmanager
def _open_whole(out: Path, name: Path) -> Iterator[IO[bytes]]:
    replacing = ReplacingFile(out)
    try:
        with output_errors(name), replacing.path.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        replacing.commit()
    finally:
        replacing.discard()


@contextmanager
def _open_stdout() -> Iterator[IO[bytes]]:
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # What could not be written would be tried again, and complained about, at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError(f"standard output cannot be written ({error.strerror or error})") from error
