"""Events on the disk: in order, torn, damaged, full, and left behind by a worker that died."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import OutputError
from workers.spool import MAGIC, Spool, parse


@pytest.fixture
def spool(tmp_path: Path):
    made = Spool(tmp_path, "worker:1")
    yield made
    made.close()


def drained(spool: Spool, count: int = 3) -> list[bytes]:
    taken = []
    while spool.waiting:
        entries = spool.peek(count)
        taken += entries
        spool.done(entries)
    return taken


def crash(spool: Spool) -> None:
    """Close the file as the kernel does for a killed process."""
    spool._file.close()


def test_what_goes_in_comes_out_in_order_and_the_file_is_empty_again(spool: Spool, tmp_path: Path) -> None:
    payloads = [bytes([number]) * number for number in range(10)]
    spool.append(payloads[:4], 77)
    spool.append(payloads[4:], 99)
    spool.sync(10**12)
    assert (spool.waiting, spool.since_utc_ns) == (10, 77)
    assert drained(spool) == payloads
    assert (spool.waiting, spool.since_utc_ns) == (0, 0)
    assert (tmp_path / "worker-1.spool").read_bytes() == MAGIC


def test_a_worker_of_the_same_name_goes_on_with_it(tmp_path: Path) -> None:
    first = Spool(tmp_path, "worker:1")
    first.append([b"a", b"b"], 1)
    crash(first)
    second = Spool(tmp_path, "worker:1")
    assert second.since_utc_ns > 0
    second.append([b"c"], 2)
    assert drained(second) == [b"a", b"b", b"c"]
    second.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", range(1, 14))
def test_a_torn_tail_is_left_out_and_written_over(tmp_path: Path, torn: int) -> None:
    first = Spool(tmp_path, "worker:1")
    first.append([b"first", b"torn!"], 1)
    crash(first)
    path = tmp_path / "worker-1.spool"
    os.truncate(path, path.stat().st_size - torn)
    second = Spool(tmp_path, "worker:1")
    second.append([b"next"], 2)
    assert drained(second) == [b"first", b"next"]
    second.close()


@given(st.binary(max_size=200))
def test_any_bytes_are_no_more_than_what_can_be_read_of_them(content: bytes) -> None:
    entries, end = parse(MAGIC + content)
    assert len(MAGIC) <= end <= len(MAGIC) + len(content)
    assert parse(content)[1] <= len(content)
    assert sum(len(entry) + 8 for entry in entries) == end - len(MAGIC)


def test_a_file_that_is_no_spool_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "worker-1.spool").write_bytes(b"something else")
    spool = Spool(tmp_path, "worker:1")
    spool.append([b"a"], 1)
    assert drained(spool) == [b"a"]
    spool.close()


def test_a_full_disk_is_named_and_what_was_there_stays(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spool.append([b"first"], 1)
    write = os.pwrite

    def half(descriptor: int, content: bytes, position: int) -> int:
        if len(content) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content[:150], position)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", half)
        with pytest.raises(OutputError, match="No space left on device"):
            spool.append([b"x" * 200], 2)
    spool.append([b"second"], 3)
    assert drained(spool) == [b"first", b"second"]


def test_it_takes_no_more_than_its_bound(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "worker:1", limit_bytes=100)
    spool.append([b"x" * 60], 1)
    with pytest.raises(OutputError, match="takes no more"):
        spool.append([b"y" * 60], 2)
    assert drained(spool) == [b"x" * 60]
    spool.append([b"y" * 60], 2)
    spool.close()


def test_what_a_dead_worker_left_is_taken_over_once(tmp_path: Path, spool: Spool) -> None:
    dead = Spool(tmp_path, "worker:2")
    dead.append([b"a", b"b"], 1)
    living = Spool(tmp_path, "worker:3")
    living.append([b"mine"], 1)
    assert spool.adopt(5) == 0
    crash(dead)
    assert spool.adopt(5) == 2
    assert spool.adopt(5) == 0
    assert drained(spool) == [b"a", b"b"]
    assert not (tmp_path / "worker-2.spool").exists()
    assert drained(living) == [b"mine"]
    living.close()


def test_two_workers_of_one_name_do_not_share_a_file(tmp_path: Path, spool: Spool) -> None:
    other = Spool(tmp_path, "worker:1")
    other.append([b"other"], 1)
    spool.append([b"mine"], 1)
    assert drained(spool) == [b"mine"]
    assert drained(other) == [b"other"]
    other.close()


def test_large_entries_and_many(spool: Spool) -> None:
    payloads = [os.urandom(3 << 20), b"", os.urandom(5 << 20), *(b"z" * 10 for _ in range(1000))]
    spool.append(payloads, 1)
    assert drained(spool, count=500) == payloads


def test_damage_in_the_middle_does_not_block_what_comes_later(spool: Spool, tmp_path: Path) -> None:
    spool.append([b"first", b"second", b"third"], 1)
    path = tmp_path / "worker-1.spool"
    content = bytearray(path.read_bytes())
    content[content.index(b"second")] ^= 1
    path.write_bytes(content)
    assert drained(spool) == [b"first"]
    spool.append([b"fourth"], 2)
    assert drained(spool) == [b"fourth"]


def test_damage_is_told_whoever_finds_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for finder in ("worker:1", "worker:2"):
        dead = Spool(tmp_path, "worker:1")
        dead.append([b"one", b"two", b"three"], 1)
        file = tmp_path / "worker-1.spool"
        dead.close()
        content = bytearray(file.read_bytes())
        content[-15] ^= 1  # in the second of three
        file.write_bytes(content)
        caplog.clear()
        found = Spool(tmp_path, finder)
        found.adopt(2)
        assert "damaged" in caplog.text
        assert found.peek(9) == [b"one"]
        found.done([b"one"])
        found.close()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        Spool(tmp_path / "file", "worker:1")
