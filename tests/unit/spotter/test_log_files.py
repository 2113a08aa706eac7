"""Logs stay bounded while somebody writes them."""

import subprocess
import sys
from pathlib import Path

from spotter.log_files import keep_small

WRITER = """
import sys
for line in sys.stdin:
    sys.stderr.write(line)
    sys.stderr.flush()
    print("written", flush=True)
"""


def test_a_log_that_is_being_written_is_put_aside_and_written_on(tmp_path: Path) -> None:
    file = tmp_path / "worker-1.log"
    with file.open("ab") as log:
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
    with writer:
        for number in range(500):
            writer.stdin.write(f"line {number:04d} of a log\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "written\n"
            keep_small(tmp_path, 1000)
            assert file.stat().st_size <= 1000
        writer.stdin.close()
    older = tmp_path / "worker-1.log.1"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["worker-1.log", "worker-1.log.1"]
    kept = (older.read_text() + file.read_text()).splitlines()
    assert kept == [f"line {number:04d} of a log" for number in range(500 - len(kept), 500)]
    assert len(kept) > 40
    assert older.stat().st_mode & 0o777 == 0o600


def test_of_one_that_is_far_too_large_the_newest_part_is_kept(tmp_path: Path) -> None:
    (tmp_path / "redis.log").write_bytes(b"a" * 5000 + b"b" * 100)
    keep_small(tmp_path, 50)
    assert (tmp_path / "redis.log").read_bytes() == b""
    assert (tmp_path / "redis.log.1").read_bytes() == b"b" * 100


def test_one_that_cannot_be_put_aside_is_emptied(tmp_path: Path) -> None:
    (tmp_path / "redis.log").write_bytes(b"a" * 5000)
    (tmp_path / "redis.log.part").mkdir()
    keep_small(tmp_path, 100)
    assert (tmp_path / "redis.log").read_bytes() == b""


def test_other_files_and_a_missing_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"a" * 5000)
    keep_small(tmp_path, 100)
    keep_small(tmp_path / "none", 100)
    assert (tmp_path / "notes.txt").stat().st_size == 5000
