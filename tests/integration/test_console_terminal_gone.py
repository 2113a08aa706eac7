"""A console whose terminal goes away ends, and does not stay behind as a process that nobody sees."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_ends_with_its_terminal(tmp_path):
    master, slave = os.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "spotter", "console", "--redis", "redis://127.0.0.1:1"]
    child = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    try:
        drawn = b""
        while b"Floor" not in drawn:
            drawn += os.read(master, 65536)
        os.close(master)
        child.wait(60)
    finally:
        child.kill()
        child.wait(10)
    assert "the terminal is gone" in (tmp_path / ".spotter" / "logs" / "console.log").read_text()
