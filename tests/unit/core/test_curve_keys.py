from pathlib import Path

import pytest

from core.errors import ConfigError, OutputError
from core.sockets import Keys, allowed_keys, new_keys, read_keys, write_keys


def test_come_back_as_they_were(tmp_path: Path) -> None:
    keys = new_keys()
    secret, public = write_keys(tmp_path / "keys", "worker", keys)
    assert read_keys(tmp_path / "keys", "worker") == keys
    assert secret.stat().st_mode & 0o777 == 0o600
    assert public.name == "worker.pub"


def test_the_secret_is_not_shown() -> None:
    keys = new_keys()
    assert keys.secret not in repr(keys)


def test_are_never_replaced(tmp_path: Path) -> None:
    keys = new_keys()
    write_keys(tmp_path, "worker", keys)
    with pytest.raises(ConfigError, match="holds keys of worker already"):
        write_keys(tmp_path, "worker", new_keys())
    (tmp_path / "worker.key").unlink()
    with pytest.raises(ConfigError, match="holds keys of worker already"):
        write_keys(tmp_path, "worker", new_keys())
    assert not (tmp_path / "worker.key").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_keys(tmp_path / "file" / "keys", "worker", new_keys())


def test_missing_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ingest\.key is missing"):
        read_keys(tmp_path, "ingest")


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret, _ = write_keys(tmp_path, "ingest", new_keys())
    secret.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_keys(tmp_path, "ingest")


@pytest.mark.parametrize("damaged", [b"", b"too short", b"\xff" * 40, b"~" * 40, b"a" * 41])
def test_a_damaged_one_is_named_without_showing_it(tmp_path: Path, damaged: bytes) -> None:
    secret, _ = write_keys(tmp_path, "ingest", new_keys())
    secret.write_bytes(damaged)
    with pytest.raises(ConfigError, match=r"ingest\.key holds no CURVE key") as caught:
        read_keys(tmp_path, "ingest")
    assert not damaged or damaged.decode("latin-1") not in str(caught.value)


def test_all_authorized_ones_are_read(tmp_path: Path) -> None:
    assert allowed_keys(tmp_path) == ()
    one, other = new_keys(), new_keys()
    write_keys(tmp_path / "authorized", "a", one)
    write_keys(tmp_path / "authorized", "b", other)
    assert allowed_keys(tmp_path) == (one.public, other.public)
    (tmp_path / "authorized" / "c.pub").write_text("nonsense")
    with pytest.raises(ConfigError, match=r"c\.pub holds no CURVE key"):
        allowed_keys(tmp_path)


def test_keys_are_equal_by_value() -> None:
    assert Keys("a", "b") == Keys("a", "b")
