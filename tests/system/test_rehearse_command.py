"""Drawn scenes from the command line: recorded, listed, checked, analyzed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
SCENE = """
[scene]
duration = "13s"

[floor]
size = [6.0, 6.0]

[[camera]]
id = "left"
position = [2.0, 0.2, 1.7]
look_at = [3.0, 3.6, 0.9]
fps = 12

[[camera]]
id = "right"
position = [5.0, 0.2, 1.7]
look_at = [3.0, 3.6, 0.9]
fps = 12
clock_offset = "400ms"

[[person]]
name = "Ada"
start = [3.0, 3.6]
facing = 175
script = [{ rest = "1s" }, { exercise = "squat", reps = 4, tempo = "2.2s" }]
"""


def _spotter(*arguments, cwd, cache=None):
    environment = {**ENVIRONMENT, **({"SPOTTER_CACHE": str(cache)} if cache else {})}
    command = [sys.executable, "-m", "spotter", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_a_camera_of_the_gym_is_analyzed_as_a_recording_is(tmp_path):
    (tmp_path / "short.toml").write_text(SCENE)
    ran = _spotter("analyze", "rehearsal:short.toml#left", "--annotate", "seen.mp4", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "squat" in ran.stdout
    assert (tmp_path / "seen.mp4").stat().st_size > 10_000


def test_a_scene_is_recorded_listed_and_checked(tmp_path):
    (tmp_path / "short.toml").write_text(SCENE)
    ran = _spotter("rehearse", "short.toml", "--out", "out", "--camera", "right", "--seconds", "0.5", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "right.mp4", "right.npz", "truth.json", "floor.npz",
    }  # fmt: skip
    listed = _spotter("rehearse", "--list", cwd=tmp_path)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["crowd", "floor", "small"]
    checked = _spotter("rehearse", "short.toml", "--check", cwd=tmp_path)
    assert checked.returncode == 0
    assert "2 cameras, 1 person, 13 s" in checked.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bad.toml", "--check"], "bad.toml:9 camera[0].fsp: no such option; did you mean 'fps'?"),
        (["bad.toml", "--check"], 'bad.toml:25 person[0].script[1].exercise: "squatt" is not known'),
        (["floor", "--out", "x", "--camera", "cam-9"], "--camera cam-9: floor has no such camera"),
        (["flor", "--out", "x"], "there is no scene 'flor'; did you mean 'floor'?"),
        (["floor"], "say where to put the recordings: --out DIR"),
        ([], "name a scene, or see what there is with --list"),
    ],
)
def test_what_is_wrong_is_told_with_code_2(tmp_path, arguments, said):
    lines = SCENE.replace("fps = 12", "fsp = 12", 1).replace('"squat"', '"squatt"')
    (tmp_path / "bad.toml").write_text(lines)
    ran = _spotter("rehearse", *arguments, cwd=tmp_path)
    assert ran.returncode == 2
    assert said.split(" ", 1)[1] in ran.stderr
    assert not (tmp_path / "x").exists()
