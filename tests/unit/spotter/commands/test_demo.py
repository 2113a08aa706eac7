from pathlib import Path

import pytest

from core.errors import OutputError
from ingest.rehearsal.truth import PersonTruth, SetTruth
from spotter.commands.demo import MARK, _prepared, summary
from spotter.stored_truth import StoredSet, compare


def test_the_summary_says_how_much_is_right_and_that_all_is_synthetic():
    ada = PersonTruth(1, "Ada", 1.7, None, (SetTruth("squat", 0, 20, tuple(range(8)), {}),))
    lines = summary(compare([ada], [StoredSet(3, "squat", 1, 20, 7)]))
    assert "1 of 1 drawn sets are stored within one repetition" in lines[0]
    assert "0 exactly, 1 with the right name" in lines[0]
    assert all("synthetic" in line for line in lines)


def test_the_folder_of_an_earlier_demo_is_emptied(tmp_path: Path):
    folder = _prepared(tmp_path / "demo")
    (folder / "gym.toml").write_text("")
    (folder / "gym.db").write_text("old")
    assert [each.name for each in _prepared(folder).iterdir()] == [MARK]


def test_the_folder_of_a_real_gym_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "gym.toml").write_text("")
    (tmp_path / "gym.db").write_text("a year of a gym")
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, Path(), Path("../") / tmp_path.name):
        with pytest.raises(OutputError, match="something else in it than a demo"):
            _prepared(folder)
    assert (tmp_path / "gym.db").read_text() == "a year of a gym"


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="something else in it"):
        _prepared(tmp_path)
    assert (tmp_path / "thesis.txt").exists()
