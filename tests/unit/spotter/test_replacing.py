import os
import pathlib
import stat

import pytest

from core.errors import OutputError
from spotter.replacing import ReplacingFile


def test_the_target_appears_only_when_complete(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    replacing = ReplacingFile(target)
    replacing.path.write_text("new")
    assert target.read_text() == "old"
    assert replacing.path.parent == tmp_path
    assert replacing.path.suffix == ".txt"
    replacing.commit()
    replacing.discard()
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]
    assert target.stat().st_mode & 0o044 == 0o044


def test_discard_leaves_nothing(tmp_path):
    replacing = ReplacingFile(tmp_path / "out.txt")
    replacing.discard()
    replacing.discard()
    assert list(tmp_path.iterdir()) == []


def test_an_impossible_place_is_told_at_once(tmp_path):
    with pytest.raises(OutputError, match=r"missing/out.txt: cannot be written \(No such file or directory\)"):
        ReplacingFile(tmp_path / "missing" / "out.txt")
    with pytest.raises(OutputError, match="it is a folder"):
        ReplacingFile(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Not a directory"):
        ReplacingFile(tmp_path / "file" / "out.txt")
    with pytest.raises(OutputError, match="cannot be written"):
        ReplacingFile(tmp_path.__class__("/proc/out.txt"))


def test_what_is_no_file_stays_what_it_is(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match=r"pipe.csv: cannot be replaced by a result, it is no ordinary file"):
        ReplacingFile(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(OutputError, match="/dev/null: cannot be replaced"):
        ReplacingFile(pathlib.Path("/dev/null"))
    assert [each.name for each in tmp_path.iterdir()] == ["pipe.csv"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "kept").mkdir()
    link = tmp_path / "latest.csv"
    link.symlink_to("kept/today.csv")
    replacing = ReplacingFile(link)
    replacing.path.write_text("new")
    replacing.commit()
    assert link.is_symlink()
    assert (tmp_path / "kept" / "today.csv").read_text() == "new"
