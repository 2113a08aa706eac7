"""Real recordings of people who train as cameras, in a loop: each round gives what the analysis of the file gives.

The recordings are not part of the project: ``SPOTTER_CLIPS`` names a folder of them with its ``truth.csv``.
"""

import csv
import os
from collections import defaultdict
from pathlib import Path

import pytest
from gym_runs import Amounts, GymRun, analyzed, clip_camera

CLIPS = Path(os.environ.get("SPOTTER_CLIPS") or "/nowhere")
EXERCISES = ("squat", "push_up", "lunge")
CONFIG = '[workers]\ncount = 1\n\n[alerts]\nquiet_after_start = "1h"\n\n'

pytestmark = pytest.mark.skipif(
    not (CLIPS / "truth.csv").is_file(), reason="SPOTTER_CLIPS names no folder of recordings with a truth.csv"
)


def shortest(exercise: str) -> dict[str, str]:
    """The row of the shortest recording of one person who does 5 to 12 repetitions, all of the body seen."""
    with (CLIPS / "truth.csv").open(newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["label"], row["real"], row["cuts"], row["people_max"], row["full_body"])
            == (exercise, "True", "False", "1", "True")
            and row["confidence"] != "low"
            and 5 <= int(row["reps"] or 0) <= 12
        ]
    if not rows:
        pytest.skip(f"SPOTTER_CLIPS holds no recording of {exercise} with 5 to 12 repetitions")
    return min(rows, key=lambda row: float(row["seconds"]))


def rounds(gym: GymRun) -> list[Amounts]:
    """Sets of each round of the recording that began, in order."""
    epochs = [epoch for (epoch,) in gym.rows("select epoch from tracks group by epoch order by min(started_at)")]
    found: dict[str, Amounts] = defaultdict(list)
    for uid, exercise, reps in gym.rows("select uid, exercise, reps from sets"):
        found[uid.split("/")[1]].append((exercise, reps))
    return [sorted(found[epoch]) for epoch in epochs]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_round_of_a_real_recording_gives_what_its_analysis_gives(tmp_path, exercise):
    row = shortest(exercise)
    clip = CLIPS / f"{row['clip']}.mp4"
    wanted = analyzed(clip)
    with GymRun(tmp_path, CONFIG + clip_camera(clip, loop="true")) as gym:
        gym.wait(lambda: len(rounds(gym)) >= 4, 60 + 3 * float(row["seconds"]), "three rounds are over")
        gym.wait(
            lambda: gym.rows("select count(*) from tracks where ended_at is null")[0][0] <= 1, 15, "and stored"
        )  # fmt: skip
        camera, load = gym.camera(), gym.worker().cameras["front"]
        dropped = {"ingest": camera.dropped, "worker": load.dropped, "cost_ms": load.cost_ms, "fps": load.fps}
        whole = rounds(gym)[:3]
        if camera.dropped.get("no subscriber"):
            # The recording began before the worker was there.
            whole = whole[1:]
        assert all(each == wanted for each in whole), f"{clip.name}: {whole} instead of {wanted}; dropped: {dropped}"
        assert not camera.dropped.get("late"), dropped
        assert not load.dropped.get("late"), dropped
