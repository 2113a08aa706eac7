import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from core.endpoints import IpcAddress, TcpAddress, check_reachable, parse_bind, remove_leftover
from core.errors import ConfigError, OutOfReachError


@pytest.mark.parametrize(
    ("text", "host", "ports"),
    [
        ("tcp://127.0.0.1:5555", "127.0.0.1", [5555]),
        ("tcp://localhost:5555", "127.0.0.1", [5555]),
        ("tcp://10.0.0.5:5555-5557", "10.0.0.5", [5555, 5556, 5557]),
        ("tcp://10.0.0.5", "10.0.0.5", [0]),
        ("tcp://*:*", "0.0.0.0", [0]),
        ("tcp://[::1]:5555", "::1", [5555]),
    ],
)
def test_reads_tcp_addresses(text: str, host: str, ports: list[int]) -> None:
    address = parse_bind(text)
    assert isinstance(address, TcpAddress)
    assert address.host == ip_address(host)
    assert list(address.ports) == ports


def test_writes_an_address_of_the_new_kind_in_brackets() -> None:
    address = parse_bind("tcp://[::1]:5555")
    assert isinstance(address, TcpAddress)
    assert address.endpoint(5555) == "tcp://[::1]:5555"
    assert address.endpoint(5555, "gym.example") == "tcp://gym.example:5555"


def test_reads_ipc_paths() -> None:
    assert parse_bind("ipc:///run/spotter/racks.sock") == IpcAddress(Path("/run/spotter/racks.sock"))


@pytest.mark.parametrize(
    "text",
    [
        "", "tcp://", "udp://127.0.0.1:5555", "tcp://127.0.0.1:", "tcp://127.0.0.1:99999", "tcp://127.0.0.1:9-5",
        "tcp://127.0.0.1:0-5", "tcp://gym.example:5555", "tcp://::1:5555", "ipc://", "ipc://racks.sock", "ipc:///run/",
        "ipc://*", "ipc://@racks", "tcp://127.0.0.1:5555 ",
    ],
)  # fmt: skip
def test_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_bind(text)


def test_a_path_that_is_too_long_is_named_with_its_length() -> None:
    parse_bind("ipc:///" + "a" * 106)
    with pytest.raises(OutOfReachError, match="108 bytes, and 107 are allowed"):
        parse_bind("ipc:///" + "é" * 53 + "a")


@pytest.mark.parametrize("bind", ["tcp://10.0.0.5:5555", "tcp://*:5555", "tcp://[2001:db8::1]:5555"])
def test_beyond_loopback_keys_are_needed(bind: str) -> None:
    with pytest.raises(ConfigError, match=r"unencrypted.*transport\.keys"):
        check_reachable(parse_bind(bind), has_keys=False, advertise="gym.example")
    check_reachable(parse_bind(bind), has_keys=True, advertise="gym.example")


@pytest.mark.parametrize("bind", ["tcp://127.0.0.1:5555", "tcp://127.8.8.8:5555", "tcp://[::1]:5555", "ipc:///run/a"])
def test_on_this_machine_no_keys_are_needed(bind: str) -> None:
    check_reachable(parse_bind(bind), has_keys=False, advertise=None)


def test_all_addresses_at_once_need_one_to_advertise() -> None:
    with pytest.raises(ConfigError, match=r"transport\.advertise"):
        check_reachable(parse_bind("tcp://0.0.0.0:5555"), has_keys=True, advertise=None)


def test_a_leftover_socket_file_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "racks.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    remove_leftover(IpcAddress(path))
    assert not path.exists()
    remove_leftover(IpcAddress(path))


def test_a_living_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "racks.sock"
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(path))
        living.listen()
        with pytest.raises(OutOfReachError, match="in use"):
            remove_leftover(IpcAddress(path))
    assert path.exists()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("do not lose this")
    with pytest.raises(OutOfReachError, match="no socket"):
        remove_leftover(IpcAddress(path))
    assert path.exists()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutOfReachError, match=r"missing for the socket racks\.sock does not exist"):
        remove_leftover(IpcAddress(tmp_path / "missing" / "racks.sock"))
