"""What kinds of addresses gym.toml may name, and what is wrong with one; nothing is opened or looked up here."""

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

SourceKind = Literal["rtsp", "http", "usb", "rehearsal", "path"]

SOURCE_SCHEMES = ("rtsp", "rtsps", "http", "https", "usb", "rehearsal")
DATABASE_SCHEMES = ("sqlite", "postgresql+psycopg")
REDIS_SCHEMES = ("redis", "rediss", "unix")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?")
_USB = re.compile(r"usb:(?:[0-9]{1,3}|/dev/.+)")
_REHEARSAL = re.compile(r"rehearsal:[^#]+#[^#]+")
_BIND = re.compile(r"tcp://(\[[0-9A-Fa-f:.]+\]|[^:/\[\]\s]+)(?::([0-9]{1,6})(?:-([0-9]{1,6}))?)?")
LAST_PORT = 65535


def source_kind(text: str) -> SourceKind:
    """What a camera's source is; raises ``ValueError`` with the end of a sentence that says what is wrong with it."""
    found = _SCHEME.match(text)
    if found is None or (not found[2] and found[1].lower() not in SOURCE_SCHEMES):
        return "path"
    scheme = found[1].lower()
    if scheme in ("rtsp", "rtsps", "http", "https"):
        if not found[2]:
            raise ValueError(f"must go on with //, as in {scheme}://HOST/PATH")
        _check_host_and_port(text)
        return "rtsp" if scheme.startswith("rtsp") else "http"
    if scheme == "usb":
        if not _USB.fullmatch(text):
            raise ValueError("must be usb:NUMBER, such as usb:0, or usb:/dev/video0")
        return "usb"
    if scheme == "rehearsal":
        if not _REHEARSAL.fullmatch(text):
            raise ValueError("must be rehearsal:SCENE#CAMERA, such as rehearsal:floor#cam-1")
        return "rehearsal"
    if scheme == "file":
        raise ValueError("has a scheme that no file needs; write its path alone")
    raise ValueError(f"has a scheme that is not known; known are {', '.join(SOURCE_SCHEMES)} and the path of a file")


def check_database(text: str) -> None:
    """Raise ``ValueError`` with the end of a sentence if this is no address of a database."""
    found = _SCHEME.match(text)
    scheme = found[1].lower() if found and found[2] else ""
    if scheme in ("postgres", "postgresql", "postgresql+psycopg2"):
        raise ValueError(f"must begin with postgresql+psycopg:// instead of {scheme}://")
    if scheme not in DATABASE_SCHEMES:
        raise ValueError("must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    if scheme == "sqlite":
        if not text.startswith("sqlite:///") or sqlite_file(text) in ("", ":memory:"):
            raise ValueError("must name a file, as in sqlite:///gym.db; sqlite:////PATH for one from the root")
        return
    _check_host_and_port(text, host_needed=False)
    if not urlsplit(text).path.strip("/"):
        raise ValueError("must end with the name of the database, as in postgresql+psycopg://HOST/NAME")


def sqlite_file(text: str) -> str:
    """The file that an address of SQLite names, relative or from the root."""
    return text.removeprefix("sqlite:///").partition("?")[0]


def check_redis(text: str) -> None:
    """Raise ``ValueError`` with the end of a sentence if this is no address of a Redis."""
    found = _SCHEME.match(text)
    scheme = found[1].lower() if found and found[2] else ""
    if scheme not in REDIS_SCHEMES:
        raise ValueError("must be redis://HOST:PORT, rediss://HOST:PORT or unix://PATH")
    if scheme == "unix":
        if not urlsplit(text).path.startswith("/"):
            raise ValueError("must name a socket by its path from the root, as in unix:///run/redis.sock")
        return
    _check_host_and_port(text, host_needed=False)


def check_webhook(text: str) -> None:
    """Raise ``ValueError`` with the end of a sentence if this is no address that a request can be sent to."""
    found = _SCHEME.match(text)
    if found is None or not found[2] or found[1].lower() not in ("http", "https"):
        raise ValueError("must be https://HOST/PATH, or http://HOST/PATH in a network that nobody else listens to")
    if not text.isascii() or " " in text:
        raise ValueError("has a character that no address may have; write it as %XX")
    _check_host_and_port(text)


def check_bind(text: str) -> None:
    """Raise ``ValueError`` with the end of a sentence if frames cannot be published there."""
    if text == "ipc":
        return
    found = _BIND.fullmatch(text)
    if found is None:
        raise ValueError("must be ipc, tcp://ADDRESS, tcp://ADDRESS:PORT or tcp://ADDRESS:FIRST-LAST")
    ports = [int(port) for port in found.groups()[1:] if port is not None]
    if any(not 1 <= port <= LAST_PORT for port in ports):
        raise ValueError(f"has a port outside of 1 to {LAST_PORT}")
    if ports != sorted(ports):
        raise ValueError(f"has a range of ports that ends before it begins; write {ports[1]}-{ports[0]}")


def is_beyond_loopback(bind: str) -> bool:
    """Whether other machines reach what is published there; only of what ``check_bind`` accepts."""
    found = _BIND.fullmatch(bind)
    if found is None:
        return False
    host = found[1].strip("[]")
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() not in ("localhost", "lo")


def _check_host_and_port(text: str, *, host_needed: bool = True) -> None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        # The library's own message would repeat the address, password and all.
        raise ValueError(
            f"has a host or port that cannot be read; a port is 1 to {LAST_PORT}, and @ : / in a password are written "
            "%40 %3A %2F"
        ) from None
    if port == 0:
        raise ValueError(f"has a port outside of 1 to {LAST_PORT}")
    if host_needed and not parts.hostname:
        raise ValueError("names no host")
