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
