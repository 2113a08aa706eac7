import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConfigError, OutputError
from spotter.places import LONGEST_SOCKET_FOLDER, locked, network_file_system, places_of


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    (tmp_path / "gym").mkdir()
    return tmp_path / "gym" / "gym.toml"


def test_files_lie_beside_the_config_and_sockets_in_a_short_private_folder(config):
    places = places_of(config)
    assert places.data == config.parent / ".spotter"
    for folder in (places.data, places.redis, places.spool, places.logs, places.sockets):
        assert folder.is_dir()
        assert folder.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(places.sockets)) <= LONGEST_SOCKET_FOLDER
    assert places.redis_socket.parent == places.sockets
    places.sockets.rmdir()


def test_two_gyms_have_two_socket_folders(config, tmp_path):
    (tmp_path / "other").mkdir()
    other = places_of(tmp_path / "other" / "gym.toml")
    assert other.sockets != places_of(config).sockets
    assert places_of(config).sockets == places_of(config).sockets


def test_a_runtime_folder_with_a_long_path_is_passed_over(config, tmp_path, monkeypatch):
    long = tmp_path / ("x" * 60)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    places = places_of(config)
    assert places.sockets.parent == Path("/tmp")
    places.sockets.rmdir()


def test_data_may_lie_elsewhere(config, tmp_path):
    assert places_of(config, data=tmp_path / "data").data == tmp_path / "data"


def test_a_folder_that_cannot_be_made(config, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="name another with --data"):
        places_of(config, data=tmp_path / "file" / "data")


def test_a_socket_folder_that_was_put_there_by_somebody(config):
    places = places_of(config)
    places.sockets.rmdir()
    places.sockets.symlink_to("/tmp")
    with pytest.raises(OutputError, match="belongs to somebody else"):
        places_of(config)
    places.sockets.unlink()


def test_kinds_have_locks_and_configs_of_their_own(config):
    run, ingest = places_of(config), places_of(config, "ingest-door")
    assert run.lock != ingest.lock
    assert run.running_config != ingest.running_config
    with locked(run), locked(ingest):
        pass


def test_a_second_run_is_refused_and_told_of_the_first(config):
    places = places_of(config)
    script = (
        "import sys, pathlib; from spotter.places import *\n"
        "with locked(places_of(pathlib.Path(sys.argv[1]))): print('held', flush=True); sys.stdin.read()\n"
    )
    line = [sys.executable, "-c", script, str(config)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout.readline() == b"held\n"
        with (
            pytest.raises(ConfigError, match=rf"spotter run runs already \(process {first.pid}\); stop that one"),
            locked(places),
        ):
            pass
        first.kill()
        first.communicate()
    with locked(places):
        assert places.lock.read_text() == f"{os.getpid()}\n"


def test_a_local_disk_is_no_network(tmp_path):
    assert network_file_system(tmp_path / "not" / "there.db") is None


def test_a_network_file_system_is_named(tmp_path, monkeypatch):
    import psutil

    class Part:
        def __init__(self, mountpoint, fstype):
            self.mountpoint, self.fstype = mountpoint, fstype

    parts = [Part("/", "ext4"), Part(str(tmp_path), "nfs4")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: parts)  # as the library has it
    assert network_file_system(tmp_path / "gym.db") == "nfs4"
    assert network_file_system(Path("/gym.db")) is None
