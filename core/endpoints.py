"""Where a camera's frames are published: what a bind address may be, and what is in its way; opens no ZeroMQ socket."""

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError, OutOfReachError

IPC = "ipc://"
LONGEST_IPC_PATH = 107
"""Bytes that the address of a Unix socket has room for."""
PROBE_S = 0.2
_TCP = re.compile(r"tcp://(?P<host>\[[0-9a-fA-F:.%a-z]+\]|[^:\[\]/\s]+)(?::(?P<ports>\*|\d+(?:-\d+)?))?")


@dataclass(frozen=True, slots=True)
class IpcAddress:
    """A Unix socket on this machine."""

    path: Path

    @property
    def endpoint(self) -> str:
        """As ZeroMQ spells it."""
        return f"{IPC}{self.path}"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """An address of this machine and the ports to choose from."""

    host: ipaddress.IPv4Address | ipaddress.IPv6Address
    ports: Sequence[int]
    """0 stands for any free one."""

    def endpoint(self, port: int, host: str | None = None) -> str:
        """As ZeroMQ spells it."""
        return f"tcp://{_in_brackets(host or str(self.host))}:{port}"


def parse_bind(text: str) -> IpcAddress | TcpAddress:
    """Read ``ipc://PATH``, ``tcp://ADDRESS[:PORT]`` or ``tcp://ADDRESS:FIRST-LAST``; raises ``ConfigError``."""
    if text.startswith(IPC):
        return _parse_ipc(text)
    found = _TCP.fullmatch(text)
    if not found:
        raise ConfigError(f"{text!r} is no address to publish on; say ipc:///PATH, tcp://ADDRESS:PORT or …:FIRST-LAST")
    name = found["host"].strip("[]")
    name = {"localhost": "127.0.0.1", "*": "0.0.0.0"}.get(name, name)
    try:
        host = ipaddress.ip_address(name)
    except ValueError:
        raise ConfigError(
            f"{text!r}: {name!r} is no IP address of this machine; bind to an address, and name the host in "
            "transport.advertise"
        ) from None
    return TcpAddress(host, _parse_ports(text, found["ports"]))


def check_reachable(address: IpcAddress | TcpAddress, has_keys: bool, advertise: str | None) -> None:
    """Refuse an address beyond loopback without keys, or one that nobody could connect to; raises ``ConfigError``."""
    if isinstance(address, IpcAddress) or address.host.is_loopback:
        return
    if not has_keys:
        raise ConfigError(
            f"frames would leave this machine unencrypted through {address.host}: set transport.keys "
            "(make them with spotter keys new), or bind to ipc or tcp://127.0.0.1"
        )
    if address.host.is_unspecified and not advertise:
        raise ConfigError(
            f"{address.host} stands for all addresses of this machine: set transport.advertise to the one that workers "
            "connect to"
        )


def remove_leftover(address: IpcAddress) -> None:
    """Remove the socket file of a process that died; raises ``OutOfReachError`` if somebody listens there.

    ZeroMQ itself would take the address away from a living process without a word.
    """
    path = address.path
    if not path.parent.is_dir():
        raise OutOfReachError(f"the folder {path.parent} for the socket {path.name} does not exist; create it")
    if not path.is_socket():
        if path.exists():
            raise OutOfReachError(f"{path} is no socket but a file of another kind; remove it or publish elsewhere")
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except OSError:
            pass  # Somebody is there and too busy to answer, or it is not ours to touch.
    raise in_use(address.endpoint)


def in_use(endpoint: str) -> OutOfReachError:
    """That somebody else publishes there."""
    return OutOfReachError(f"{endpoint} is in use by another process; stop that one, or publish elsewhere")


def _parse_ipc(text: str) -> IpcAddress:
    path = text.removeprefix(IPC)
    if not path.startswith("/") or path.endswith("/"):
        raise ConfigError(f"{text!r}: ipc needs the absolute path of a file, such as ipc:///run/spotter/racks.sock")
    length = len(path.encode())
    if length > LONGEST_IPC_PATH:
        raise OutOfReachError(
            f"the socket's path {path} has {length} bytes, and {LONGEST_IPC_PATH} are allowed; use a shorter folder"
        )
    return IpcAddress(Path(path))


def _parse_ports(text: str, ports: str | None) -> Sequence[int]:
    if ports in (None, "*"):
        return (0,)
    first, _, last = ports.partition("-")
    low, high = int(first), int(last or first)
    if not (low <= high <= 65_535) or (last and low == 0):
        raise ConfigError(f"{text!r}: ports go from 1 to 65535, the lower one first")
    return range(low, high + 1)


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
