"""The demonstration as a newcomer runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def _demo(*arguments, cwd):
    command = [sys.executable, "-m", "spotter", "demo", *arguments]
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, _demo("--out", "the result", "--keep", cwd=folder)


def test_it_counts_what_was_drawn(shown):
    _, ran = shown
    assert ran.returncode == 0, ran.stderr
    rows = [" ".join(line.split()) for line in ran.stdout.splitlines()]
    for exercise, reps in (("squat", 8), ("biceps curl", 6), ("push up", 7), ("lateral raise", 3)):
        row = next(row for row in rows if row.startswith(f"{exercise} {reps} "))
        assert row.count(exercise) == 2, f"not recognised: {row}"
    assert ran.stdout.count("(rep 4, 7)") == 2, f"the shallow squats were drawn and not criticised: {ran.stdout}"
    assert any("counted 24 repetitions of 24 drawn ones (synthetic)" in row for row in rows), ran.stdout


def test_it_leaves_what_it_says_it_leaves(shown):
    folder, ran = shown
    names = {"demo.annotated.mp4", "demo.plot.png", "demo.keypoints.npz", "demo.mp4", "demo.json", "demo.npz"}
    assert {path.name for path in (folder / "the result").iterdir()} == names
    for name in names:
        assert name in ran.stdout
    assert json.loads((folder / "the result" / "demo.json").read_text())["people"]


def test_an_output_folder_that_cannot_be_made_is_one_line_and_code_4(tmp_path):
    (tmp_path / "taken").write_text("")
    ran = _demo("--out", "taken", cwd=tmp_path)
    assert ran.returncode == 4
    assert ran.stderr.count("\n") == 1
    assert "taken" in ran.stderr
