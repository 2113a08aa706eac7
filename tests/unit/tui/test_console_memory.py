"""The saved view: kept whole, and never a reason not to start."""

import pytest

from tui import memory
from tui.memory import Memory


def test_what_is_saved_comes_back(tmp_path):
    file = tmp_path / "state" / "console.json"
    kept = Memory(theme="spotter-light", sort="reps", descending=True, group="zone", twelve_hours=True)
    assert memory.save(kept, file) == ""
    assert memory.load(file) == kept
    assert [each.name for each in file.parent.iterdir()] == ["console.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"sort": "colour"}', b'{"theme": 3}', b"\xff\xfe", b"[]"])
def test_a_file_that_is_wrong_is_as_none(tmp_path, content, caplog):
    file = tmp_path / "console.json"
    file.write_bytes(content)
    assert memory.load(file) == Memory()
    assert "is not used" in caplog.text


def test_options_of_a_newer_version_are_skipped(tmp_path):
    file = tmp_path / "console.json"
    file.write_bytes(b'{"sort": "reps", "hologram": true}')
    assert memory.load(file).sort == "reps"


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in memory.save(Memory(), tmp_path / "file" / "console.json")
