"""Files on local disk or in a bucket, by path or address; the only place that imports fsspec, and only for an address.

Maps what a bucket's library raises to our errors. Never writes to a bucket.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import ConfigError, OutOfReachError
from core.names import shown_name
from core.secrets import Address, without_secrets

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")
_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "http": "aiohttp", "https": "aiohttp"}
"""What fsspec needs for an address of this kind."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a folder."""

    path: PurePosixPath
    """From the folder on."""
    location: str
    """Local path or address."""
    size: int | None
    md5: str | None = None
    """Hexadecimal, where the storage knows it."""
    version: str = ""
    """What the storage tells to know a changed file by: a tag or a time; empty for local files."""


def is_address(place: str) -> bool:
    """Whether a place is in a bucket and not on local disk; ``file://`` is local."""
    return bool(_ADDRESS.match(place)) and not place.startswith("file://")


def local_path(place: str) -> Path:
    """The path of a place on local disk."""
    return Path(place.removeprefix("file://"))


def shown_place(place: str) -> str:
    """A place for a message: on one line, without a password."""
    return str(Address(place)) if is_address(place) else shown_name(local_path(place))


def joined(folder: str, name: str) -> str:
    """The place of a file named from a folder on; a whole path or address stands for itself."""
    if is_address(name) or name.startswith("file://"):
        return name
    if is_address(folder):
        return f"{folder.rstrip('/')}/{name.lstrip('/')}"
    return str(local_path(folder) / name)


def is_folder(place: str) -> bool:
    """Whether a place is a folder; raises ConfigError if there is nothing, OutOfReachError if nobody answers."""
    if not is_address(place):
        path = local_path(place)
        if not path.exists():
            raise ConfigError(f"{shown_name(path)}: there is no such file or folder")
        return path.is_dir()
    with _bucket_errors(place):
        system, path_there = _system(place)
        if system.isdir(path_there):
            return True
        if not system.exists(path_there):
            raise FileNotFoundError
        return False


def list_files(folder: str) -> list[StoredFile]:
    """All files below a folder in order of their names, hidden ones left out; raises as ``is_folder``."""
    found = _list_bucket(folder) if is_address(folder) else _list_local(local_path(folder))
    shown = [file for file in found if not any(part.startswith(".") for part in file.path.parts)]
    return sorted(shown, key=lambda file: file.path.parts)


def stored_file(place: str) -> StoredFile:
    """What is known of one file; raises as ``is_folder``."""
    if not is_address(place):
        path = local_path(place)
        return StoredFile(PurePosixPath(path.name), str(path), path.stat().st_size)
    with _bucket_errors(place):
        system, path_there = _system(place)
        info = system.info(path_there)
        name = PurePosixPath(PurePosixPath(path_there).name)
        return StoredFile(name, place, info.get("size"), _md5(info), _version(info))


def chunks(place: str, size: int = 1 << 20) -> Iterator[bytes]:
    """A file's bytes, piece by piece; raises ConfigError if it cannot be opened, OutOfReachError if nobody answers."""
    if not is_address(place):
        with _local_errors(place), local_path(place).open("rb") as file:
            while piece := file.read(size):
                yield piece
        return
    with _bucket_errors(place):
        system, path_there = _system(place)
        with system.open(path_there, "rb") as file:
            while piece := file.read(size):
                yield piece


def _list_local(folder: Path) -> list[StoredFile]:
    """Follows links to folders, each folder once."""
    found, visited = [], set()
    for root, folders, names in os.walk(folder, followlinks=True):
        status = Path(root).stat()
        if (status.st_dev, status.st_ino) in visited:
            folders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        for name in names:
            path = Path(root) / name
            if path.is_file():
                relative = PurePosixPath(path.relative_to(folder).as_posix())
                found.append(StoredFile(relative, str(path), path.stat().st_size))
    return found


def _list_bucket(folder: str) -> list[StoredFile]:
    with _bucket_errors(folder):
        system, root = _system(folder)
        entries = system.find(root, detail=True)
    base = PurePosixPath("/" + str(root).strip("/"))
    protocol = folder.split("://", 1)[0]
    found = []
    for path, info in entries.items():
        whole = PurePosixPath("/" + str(path).lstrip("/"))
        if not whole.is_relative_to(base):
            continue
        address = path if _ADDRESS.match(path) else f"{protocol}://{str(path).lstrip('/')}"
        found.append(StoredFile(whole.relative_to(base), address, info.get("size"), _md5(info)))
    return found


def _md5(info: dict[str, Any]) -> str | None:
    """An object's MD5 from what S3 and Google's storage tell of it; several parts uploaded as one have none."""
    tag = str(info.get("ETag", "")).strip('"')
    if re.fullmatch("[0-9a-f]{32}", tag):
        return tag
    encoded = info.get("md5Hash")
    if encoded:
        import base64

        return base64.b64decode(encoded).hex()
    return None


def _version(info: dict[str, Any]) -> str:
    """Kinds of storage call it differently; the most exact comes first."""
    told = (info.get(name) for name in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "updated", "created"))
    return next((str(each).strip('"') for each in told if each), f"{info.get('size', '')} bytes")


def _system(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise ConfigError(f"{shown_place(address)}: buckets need fsspec: pip install 'spotter[train]'") from None
    for library in ("fsspec", "s3fs", "gcsfs", "botocore", "aiobotocore"):
        # Without a handler Python prints their tracebacks; what went wrong comes to us as an exception.
        if not logging.getLogger(library).handlers:
            logging.getLogger(library).addHandler(logging.NullHandler())
    protocol = address.split("://", 1)[0]
    try:
        system, path = url_to_fs(address)
    except ImportError:
        package = _PACKAGES.get(protocol, f"the fsspec package for {protocol}")
        raise ConfigError(
            f"{shown_place(address)}: addresses of this kind need {package}: pip install {package}"
        ) from None
    except ValueError:
        known = "s3://, gs://, file:// and what else fsspec knows"
        raise ConfigError(f"{shown_place(address)}: {protocol}:// is no kind of storage; there are {known}") from None
    return system, path


@contextmanager
def _local_errors(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{shown_place(place)}: cannot be read ({error.strerror or error})") from error


@contextmanager
def _bucket_errors(address: str) -> Iterator[None]:
    """Map what goes wrong in a bucket; our own errors pass."""
    try:
        yield
    except (ConfigError, OutOfReachError):
        raise
    except FileNotFoundError:
        raise ConfigError(f"{shown_place(address)}: there is nothing of that name in the bucket") from None
    except PermissionError:
        raise ConfigError(f"{shown_place(address)}: the bucket refuses it; check your credentials for it") from None
    except Exception as error:  # every kind of bucket raises the errors of its own library
        reason = without_secrets(" ".join(str(error).split())) or type(error).__name__
        raise OutOfReachError(f"{shown_place(address)}: the bucket cannot be read ({reason})") from error
