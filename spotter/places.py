"""Where a gym's files lie: the data folder, the folder of sockets, the lock; makes folders and nothing else.

Everything of one ``gym.toml`` is beside it in ``.spotter``, or under the working directory where that place is
read-only. Sockets have a folder of their own, because their paths must be short.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.errors import ConfigError, OutputError
from core.names import shown_name

DATA_FOLDER = ".spotter"
LONGEST_SOCKET_FOLDER = 48
"""Bytes; with the longest name of a socket in it, the path stays under 100 of the 107 that Unix allows."""
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "ncpfs", "davfs", "vboxsf"}
)
PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one run; the folders exist."""

    config: Path
    """gym.toml, absolute."""
    data: Path
    sockets: Path
    kind: str = "run"
    """Which command runs here: each has its lock and its copy of the config."""

    @property
    def folder(self) -> Path:
        """What relative paths in gym.toml start from."""
        return self.config.parent

    @property
    def redis(self) -> Path:
        """Append-only file of the embedded Redis."""
        return self.data / "redis"

    @property
    def redis_socket(self) -> Path:
        """Where the embedded Redis listens."""
        return self.sockets / "redis.sock"

    @property
    def spool(self) -> Path:
        """Events that wait for Redis."""
        return self.data / "spool"

    @property
    def logs(self) -> Path:
        """What the children write, unless it goes to standard error."""
        return self.data / "logs"

    @property
    def running_config(self) -> Path:
        """The last valid text of gym.toml, which the children read."""
        return self.data / ("gym.running.toml" if self.kind == "run" else f"gym.{self.kind}.toml")

    @property
    def lock(self) -> Path:
        """Held by the supervisor."""
        return self.data / ("lock" if self.kind == "run" else f"{self.kind}.lock")


def places_of(config: Path, kind: str = "run", data: Path | None = None) -> Places:
    """The places of a gym.toml; makes the folders. Raises ``OutputError`` that names what cannot be written."""
    config = config.absolute()
    folder = data.absolute() if data is not None else _data_folder(config.parent)
    places = Places(config, folder, _socket_folder(folder), kind)
    for each in (places.data, places.redis, places.spool, places.logs):
        _make(each)
    return places


def _data_folder(beside: Path) -> Path:
    """``.spotter`` beside gym.toml; in the working directory where gym.toml lies in a folder like /etc."""
    if os.access(beside / DATA_FOLDER, os.W_OK) or os.access(beside, os.W_OK):
        return beside / DATA_FOLDER
    return Path.cwd() / DATA_FOLDER


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{shown_name(folder)}: cannot be made ({error.strerror}); name another with --data"
        ) from None


def _socket_folder(data: Path) -> Path:
    """A short folder that is ours alone: in the user's runtime folder, else in /tmp."""
    name = f"spotter-{os.getuid()}-{hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:8]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    bases = [Path(runtime)] if runtime.startswith("/") and os.access(runtime, os.W_OK | os.X_OK) else []
    for base in (*bases, Path("/tmp")):  # ownership is checked
        folder = base / name
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            break
    _make(folder)
    _check_private(folder)
    return folder


def _check_private(folder: Path) -> None:
    """Anybody may write to /tmp: refuse a folder that another user has put there."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OutputError(f"{folder}: belongs to somebody else; remove it, or set XDG_RUNTIME_DIR to a folder of yours")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(PRIVATE)


@contextmanager
def locked(places: Places) -> Iterator[None]:
    """Hold the folder, so that no second run disturbs the first; raises ``ConfigError`` that names its process id."""
    try:
        file = places.lock.open("a+")
    except OSError as error:
        raise OutputError(f"{shown_name(places.lock)}: cannot be written ({error.strerror})") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise OutputError(
                    f"{shown_name(places.lock)}: cannot be locked ({error.strerror}); name a folder on a local disk "
                    "with --data"
                ) from None
            file.seek(0)
            holder = file.read().strip()
            raise ConfigError(
                f"{shown_name(places.config)}: spotter {places.kind} runs already"
                f"{f' (process {holder})' if holder.isdigit() else ''}; stop that one first"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)


def network_file_system(file: Path) -> str | None:
    """Kind of the network file system that a file lies on; None for a local disk, or if it cannot be told."""
    there = file.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    there = there.resolve()
    holding = [part for part in psutil.disk_partitions(all=True) if there.is_relative_to(part.mountpoint)]
    if not holding:
        return None
    kind = max(holding, key=lambda part: len(part.mountpoint)).fstype.lower()
    return kind if kind in NETWORK_FILE_SYSTEMS or kind.startswith("fuse.ssh") else None
