"""Copies of a SQLite file: made while others write to it, whole or not at all, and kept a few at a time.

Knows files and no tables. A copy is a database of its own, in one file, without a log beside it.
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from core.clock import utc_datetime, utc_ns
from core.errors import DatabaseError, OutputError
from core.names import shown_name

KEPT = 3
"""Copies of one kind that are kept beside the database."""
SUFFIX = ".backup"
STEP_PAGES = 2000
"""8 MB at a time; others write in between."""
BUSY_S = 10.0


def copy_file(source: Path, target: Path) -> None:
    """Copy a database that may be in use, check the copy, and put it in the target's place.

    Raises ``DatabaseError`` for a source that cannot be read whole, ``OutputError`` where the target cannot be written.
    """
    if target.exists() and not target.is_file():
        raise OutputError(
            f"{shown_name(target)}: is no ordinary file and cannot be replaced by a copy; name another one"
        )
    try:
        number, name = tempfile.mkstemp(prefix=".spotter-", suffix=SUFFIX, dir=target.absolute().parent)
        os.close(number)
    except OSError as error:
        raise OutputError(f"{shown_name(target)}: cannot be written ({error.strerror})") from None
    half = Path(name)
    try:
        _copy(source, half)
        _check(half, source)
        half.replace(target)
    except OSError as error:
        raise OutputError(f"{shown_name(target)}: cannot be written ({error.strerror})") from None
    finally:
        for left in (half, *(half.with_name(half.name + end) for end in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)


def _copy(source: Path, half: Path) -> None:
    try:
        with closing(_opened(source)) as reader, closing(sqlite3.connect(half, timeout=BUSY_S)) as writer:
            reader.backup(writer, pages=STEP_PAGES, sleep=0.01)
            # One file: the copy must not need a log beside it.
            writer.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if "full" in str(error) or "disk I/O" in str(error):
            raise OutputError(f"{shown_name(half.parent)}: has no room for a copy of {shown_name(source)}") from None
        raise DatabaseError(f"the database {shown_name(source)} cannot be copied: {error}") from None


def _opened(source: Path) -> sqlite3.Connection:
    if not source.is_file():
        raise DatabaseError(f"the database {shown_name(source)} is not there; name another one")
    return sqlite3.connect(f"file:{quote(str(source.absolute()))}?mode=ro", uri=True, timeout=BUSY_S)


def _check(half: Path, source: Path) -> None:
    with closing(sqlite3.connect(half)) as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DatabaseError(
            f"the database {shown_name(source)} is damaged ({' '.join(found.split())}); its copy is not kept"
        )


def copies(database: Path) -> list[Path]:
    """The copies that lie beside a database, the oldest first."""
    found = database.parent.glob(f"{_escaped(database.name)}.*{SUFFIX}")
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def keep_copy(database: Path, kind: str, kept: int = KEPT) -> Path:
    """Copy a database beside itself, and remove the oldest copies of the same kind beyond ``kept``."""
    stamp = utc_datetime(utc_ns()).strftime("%Y%m%dT%H%M%S%f")[:-3]
    target = database.with_name(f"{database.name}.{kind}.{stamp}Z{SUFFIX}")
    copy_file(database, target)
    mine = [path for path in copies(database) if path.name.startswith(f"{database.name}.{kind}.")]
    for old in mine[: max(len(mine) - kept, 0)]:
        old.unlink(missing_ok=True)
    return target
