"""Events on the local disk while Redis is away: one file a worker, appended in order and read in order.

Knows bytes, not events. Each entry carries its length and checksum, so that what a crash tore off at the end is left
out and nothing else. The file is locked while its worker lives; who finds one without a lock takes its entries over.
"""

import fcntl
import logging
import os
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from core.clock import NANOSECONDS
from core.errors import OutputError

log = logging.getLogger(__name__)

SUFFIX = ".spool"
MAGIC = b"spotter spool 1\n"
_HEAD_BYTES = 8
LIMIT_BYTES = 256 << 20
"""Enough for a day of a busy gym; more is refused, so that the disk is left to others."""
LARGEST_ENTRY_BYTES = 16 << 20
SYNC_EVERY_NS = NANOSECONDS // 5


class Spool:
    """The spool file of one worker.

    Raises ``OutputError`` where the folder cannot be used or the disk is full; what was to be written is the caller's
    to keep, and writing may be tried again.
    """

    def __init__(self, folder: Path, name: str, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._path, self._file = _own_file(folder, stem)
            content = self._file.read()
            entries, end = parse(content)
            _tell_left_out(self._path, len(content) - end)
            self._read_at = len(MAGIC)
            self._end = max(end, len(MAGIC))
            self._file.truncate(end)
            if end == 0:
                self._write_at(0, MAGIC)
        except OSError as error:
            raise _unusable(folder, error) from error
        self._counts = len(entries)
        self.since_utc_ns = os.fstat(self._file.fileno()).st_mtime_ns if entries else 0
        """When the oldest entry was written; 0 without any."""
        self._unsynced = False
        self._synced_ns = 0

    @property
    def waiting(self) -> int:
        """How many entries have not been taken."""
        return self._counts

    def append(self, payloads: Sequence[bytes], utc_ns: int) -> None:
        """Add entries: all of them, or none and ``OutputError``."""
        content = b"".join(_framed(payload) for payload in payloads)
        if self._end + len(content) > self._limit_bytes:
            raise OutputError(
                f"the spool in {self._folder} holds {self._end >> 20} MB and takes no more; Redis must be back"
            )
        try:
            self._write_at(self._end, content)
        except OSError as error:
            raise _unusable(self._folder, error) from error
        self._end += len(content)
        if not self._counts:
            self.since_utc_ns = utc_ns
        self._counts += len(payloads)
        self._unsynced = True

    def sync(self, now_ns: int) -> None:
        """Make sure that what was written survives a power cut; at most five times a second."""
        if not self._unsynced or now_ns - self._synced_ns < SYNC_EVERY_NS:
            return
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unusable(self._folder, error) from error
        self._unsynced, self._synced_ns = False, now_ns

    def peek(self, count: int) -> list[bytes]:
        """The oldest entries, at most so many; they stay until ``done``."""
        try:
            self._file.seek(self._read_at)
            content = self._file.read(min(self._end - self._read_at, 4 << 20))
            entries, _ = parse(content, after_magic=True)
            if not entries and self._counts:
                content += self._file.read(LARGEST_ENTRY_BYTES)
                entries, _ = parse(content, after_magic=True)
        except OSError as error:
            raise _unusable(self._folder, error) from error
        if not entries and self._counts:
            # Keeping what is damaged would block what comes after.
            log.error("the spool %s is damaged: %d events in it cannot be read", self._path, self._counts)
            self._counts = 0
            self.done([])
        return entries[:count]

    def done(self, entries: Sequence[bytes]) -> None:
        """Let go of the oldest entries, as ``peek`` gave them."""
        self._read_at += sum(_HEAD_BYTES + len(entry) for entry in entries)
        self._counts -= len(entries)
        if self._counts > 0:
            return
        self._counts, self.since_utc_ns = 0, 0
        self._read_at = self._end = len(MAGIC)
        try:
            self._file.truncate(self._end)
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def adopt(self, utc_ns: int) -> int:
        """Take over what dead workers left in the folder; returns how many entries."""
        taken = 0
        try:
            for path in sorted(self._folder.glob(f"*{SUFFIX}")):
                if path != self._path:
                    taken += self._adopt(path, utc_ns)
        except OSError as error:
            raise _unusable(self._folder, error) from error
        return taken

    def _adopt(self, path: Path, utc_ns: int) -> int:
        left = _locked(path, create=False)
        if left is None:
            return 0
        with left:
            content = left.read()
            entries, end = parse(content)
            _tell_left_out(path, len(content) - end)
            if entries:
                self.append(entries, utc_ns)
                os.fsync(self._file.fileno())
            path.unlink(missing_ok=True)
        return len(entries)

    def close(self) -> None:
        """Unlock the file; an empty one is removed."""
        if self._file.closed:
            return
        if not self._counts:
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _write_at(self, position: int, content: bytes) -> None:
        """Write and flush; after a failure the file is as long as before."""
        descriptor = self._file.fileno()
        written = 0
        try:
            while written < len(content):
                written += os.pwrite(descriptor, content[written:], position + written)
        except OSError:
            os.ftruncate(descriptor, position)
            raise


def parse(content: bytes, *, after_magic: bool = False) -> tuple[list[bytes], int]:
    """The whole entries at the beginning of a spool's content, and where the last of them ends."""
    position = 0
    if not after_magic:
        if not content.startswith(MAGIC):
            return [], 0
        position = len(MAGIC)
    entries = []
    while position + _HEAD_BYTES <= len(content):
        length = int.from_bytes(content[position : position + 4], "little")
        checksum = int.from_bytes(content[position + 4 : position + 8], "little")
        payload = content[position + _HEAD_BYTES : position + _HEAD_BYTES + length]
        if length > LARGEST_ENTRY_BYTES or len(payload) < length or zlib.crc32(payload) != checksum:
            break
        entries.append(payload)
        position += _HEAD_BYTES + length
    return entries, position


def search(folder: Path, is_wanted: Callable[[bytes], bool], *, erase: bool) -> dict[Path, int]:
    """How many entries in each spool file of a folder are wanted; with ``erase``, without those of living workers.

    What a living worker holds it will send; its file is only read. Raises ``OutputError`` where it cannot be used.
    """
    found = {}
    try:
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            file = _locked(path, create=False) if erase else None
            if file is None:
                entries, _ = parse(path.read_bytes())
                found[path] = sum(map(is_wanted, entries))
                continue
            with file:
                entries, _ = parse(file.read())
                kept = [entry for entry in entries if not is_wanted(entry)]
                found[path] = len(entries) - len(kept)
                if found[path]:
                    _rewrite(file, kept)
    except OSError as error:
        raise _unusable(folder, error) from error
    return {path: count for path, count in found.items() if count}


def _rewrite(file: BinaryIO, entries: Sequence[bytes]) -> None:
    """Replace the content; what follows the end, also of a power cut in between, is nothing that was erased."""
    content = MAGIC + b"".join(map(_framed, entries))
    length = os.fstat(file.fileno()).st_size
    os.pwrite(file.fileno(), content + b"\0" * max(length - len(content), 0), 0)
    os.ftruncate(file.fileno(), len(content))
    os.fsync(file.fileno())


def _tell_left_out(path: Path, size: int) -> None:
    """Log how much of a file is no entry, or stands behind what is none."""
    if size:
        log.error("the last %d bytes of the spool %s are torn off or damaged: what they told is lost", size, path)


def _framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "little") + zlib.crc32(payload).to_bytes(4, "little") + payload


def _own_file(folder: Path, stem: str) -> tuple[Path, BinaryIO]:
    """The worker's file, locked; under another name where a worker of the same name still lives."""
    for path in (folder / f"{stem}{SUFFIX}", folder / f"{stem}-{os.getpid()}{SUFFIX}"):
        file = _locked(path)
        if file is not None:
            return path, file
    raise OutputError(f"another process uses the spool file {folder / stem}{SUFFIX}; name the worker otherwise")


def _locked(path: Path, *, create: bool = True) -> BinaryIO | None:
    """The file opened and locked; None if somebody else has it, or removed it meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0) | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    file = os.fdopen(descriptor, "r+b", buffering=0)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    if os.fstat(descriptor).st_nlink == 0:
        file.close()
        return None
    return file


def _unusable(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the spool folder {folder} cannot be used ({error.strerror or error}); make room or name another"
    )
