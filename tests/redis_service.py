"""A real Redis for tests: started on a Unix socket in a folder of its own, killed, stopped and started again."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from core.secrets import Address
from spotter.redis_server import find_redis_server, server_address, server_command, stop_server, wait_until_ready


class RedisService:
    """One server that a test may do anything to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.address: Address = server_address(self.socket)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        line = server_command(find_redis_server(), self.folder, self.socket) + list(options)
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
        if "--requirepass" not in options:
            wait_until_ready(self.address, self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.resume()
            stop_server(self.process)
            self.process = None

    def kill(self) -> None:
        """As a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def empty(self) -> None:
        """Forget everything; only while it does not run."""
        assert self.process is None
        shutil.rmtree(self.folder)

    def pause(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)

    def flush(self) -> None:
        assert self.process is not None
        import redis

        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            client.flushall()
