"""Log files of processes that write them themselves: bounded while they are written, without asking their writers.

Every writer appends (``O_APPEND``), so a file that is emptied under it is written on from its beginning. What is put
down between the copy and that moment, a line at most, may be missing in both.
"""

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

LARGEST_BYTES = 5_000_000
"""Of the file that is written; of what was put aside, one part is kept, with what was written until somebody looked."""


def keep_small(folder: Path, largest_bytes: int = LARGEST_BYTES) -> None:
    """Put aside the logs of a folder that have grown too large, as ``NAME.log.1``; never raises."""
    for file in folder.glob("*.log"):
        with suppress(FileNotFoundError):
            if file.stat().st_size > largest_bytes:
                _put_aside(file, largest_bytes)


def _put_aside(file: Path, largest_bytes: int) -> None:
    older, part = file.with_suffix(".log.1"), file.with_suffix(".log.part")
    try:
        # The one before goes first: with both, and a disk that is nearly full, there might be no room for the copy.
        older.unlink(missing_ok=True)
        with file.open("rb") as written, part.open("wb") as kept:
            os.fchmod(kept.fileno(), 0o600)
            written.seek(max(0, file.stat().st_size - 2 * largest_bytes))
            shutil.copyfileobj(written, kept)
        os.truncate(file, 0)
        part.replace(older)
    except OSError as error:
        # A log is worth less than the room that the database needs.
        with suppress(OSError):
            part.unlink(missing_ok=True)
        with suppress(OSError):
            os.truncate(file, 0)
        log.warning("the log %s is emptied, it cannot be put aside: %s", file.name, error.strerror)
