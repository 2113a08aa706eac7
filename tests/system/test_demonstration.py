"""The demonstration as a newcomer runs it: the whole system on a drawn scene, and the database beside the truth."""

import re
from pathlib import Path

import pytest
from gym_runs import spotter

SCENE = """
[scene]
title = "Two cameras that see the same two people"
duration = "24s"
seed = 4

[floor]
size = [6.0, 6.0]

[[station]]
name = "west mat"
kind = "mat"
position = [1.9, 3.6]
heading = 90

[[camera]]
id = "left"
position = [1.6, 0.2, 1.9]
look_at = [3.1, 3.6, 0.9]
field_of_view = 74
size = [512, 384]
fps = 10

[[camera]]
id = "right"
position = [5.2, 0.3, 1.9]
look_at = [3.0, 3.6, 0.9]
field_of_view = 74
size = [512, 384]
fps = 10
clock_offset = "150ms"

[[person]]
name = "Ada"
height = 1.7
colours = { skin = "tan", hair = "black", shirt = "teal", shorts = "navy", shoes = "white" }
start = [1.9, 3.6]
facing = 175
script = [{ rest = "1.5s" }, { exercise = "squat", reps = 7, tempo = "2.4s", facing = 175 }]

[[person]]
name = "Ben"
height = 1.82
colours = { skin = "fair", hair = "brown", shirt = "maroon", shorts = "grey", shoes = "black" }
start = [4.2, 3.7]
facing = 180
script = [{ rest = "2s" }, { exercise = "lateral_raise", reps = 6, tempo = "2.4s", facing = 180 }]
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    (folder / "pair.toml").write_text(SCENE)
    return folder, spotter("demo", "--scene", "pair.toml", "--out", "the result", "--headless", cwd=folder)


def test_every_set_is_stored_once_with_people_joined_across_cameras(shown):
    _, ran = shown
    assert ran.returncode == 0, ran.stderr
    text = " ".join(ran.stdout.split())
    assert "2 of 2 drawn sets are stored within one repetition" in text, ran.stdout
    assert "2 with the right name (synthetic)" in text, ran.stdout
    assert "2 people were drawn, 2 trained according to the database; 0 sets are nobody's, 0 stored twice" in text
    assert re.search(r"squat 7 squat [678] #\d+ west mat", text), ran.stdout


def test_it_leaves_a_gym_that_can_be_run_again(shown):
    folder, _ = shown
    assert {"gym.toml", "gym.db"} <= {path.name for path in (folder / "the result").iterdir()}
    checked = spotter("config", "check", "-c", "the result/gym.toml", cwd=folder)
    assert checked.returncode == 0, checked.stderr
    assert "2 cameras" in checked.stdout


def test_an_output_folder_that_cannot_be_made_is_one_line_and_code_4(tmp_path: Path):
    (tmp_path / "taken").write_text("")
    ran = spotter("demo", "--out", "taken", cwd=tmp_path)
    assert ran.returncode == 4
    assert ran.stderr.count("\n") == 1
    assert "taken" in ran.stderr
