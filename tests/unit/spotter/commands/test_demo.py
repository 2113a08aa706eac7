from pathlib import Path

import numpy as np
import pytest

from ingest.rehearsal.truth import FrameTruths, PersonTruth, SceneTruth, SetTruth
from spotter.commands.demo import END_TOLERANCE_S, Cell, cell_text, faults_text, rows, shared_s
from spotter.demonstration import CameraResult, all_cameras, busiest_s, owner, seen_share
from training.scoring import matched_events
from workers.exercise.results import ExerciseSet


def _true(exercise, start_s, end_s, **more):
    return SetTruth(exercise, start_s, end_s, more.pop("ends", (end_s,)), more.pop("faults", {}), **more)


def _done(exercise, start_s, end_s, **more):
    return ExerciseSet(exercise, 1.0, start_s, end_s, **more)


def _truths(frames, hips):
    """Frame truths of people, 100 px tall, whose hips are at (people, 2) pixels all the time."""
    people = len(hips)
    landmarks = np.zeros((frames, people, 33, 2), np.float32) + np.array(hips, np.float32)[None, :, None]
    box = np.zeros((frames, people, 4), np.float32)
    box[..., 3] = 100
    times = np.arange(frames) / 10
    share = np.zeros((frames, people), np.float32)
    yes = np.ones((frames, people), bool)
    return FrameTruths(
        times, times, yes, landmarks, np.ones((frames, people, 33)), np.ones((frames, people, 33), bool), box, share,
        share.copy(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("counted", "matched"),
    [
        ([2.0, 4.0, 6.0], 3),
        ([2.4, 4.0, 5.6], 3),
        ([2.0, 4.6, 6.0], 2),
        ([4.0], 1),
        ([], 0),
        ([1.9, 2.1, 4.0, 6.0], 3),
        ([9.0], 0),
    ],
)
def test_each_true_end_takes_one_counted_end_near_it(counted, matched):
    assert matched_events([2.0, 4.0, 6.0], counted, END_TOLERANCE_S) == matched


def test_a_clock_that_is_ahead_is_put_right():
    assert shared_s(_true("squat", 0, 10), _done("squat", 5, 15), 5.0) == 10
    assert shared_s(_true("squat", 0, 10), _done("squat", 5, 15), 0.0) == 5


def test_a_set_belongs_to_whoever_the_track_followed_during_it():
    truths = _truths(40, [(100, 100), (300, 100)])
    first = [(frame, frame / 10, 105.0, 100.0) for frame in range(20)]
    track = first + [(frame, frame / 10, 295.0, 100.0) for frame in range(20, 40)]
    assert owner(track, truths, _done("squat", 0.0, 1.4)) == 1
    assert owner(track, truths, _done("squat", 2.6, 3.9)) == 2


def test_a_set_of_nobody_is_nobodys():
    truths = _truths(20, [(100, 100)])
    track = [(frame, frame / 10, 190.0, 100.0) for frame in range(20)]
    assert owner(track, truths, _done("squat", 0.0, 1.9)) == 0
    assert owner([], truths, _done("squat", 0.0, 1.9)) == 0
    truths.truncation[:] = 1
    assert owner([(5, 0.5, 100.0, 100.0)], truths, _done("squat", 0.0, 1.9)) == 0


def test_who_is_hidden_for_long_is_not_seen_enough():
    truths = _truths(20, [(100, 100)])
    truths.occlusion[5:] = 0.8
    assert seen_share(_true("squat", 0.0, 1.9), truths, 1) == 0.25
    assert seen_share(_true("squat", 8.0, 9.0), truths, 1) == 0.0


def test_the_picture_is_of_the_middle_of_the_busiest_time():
    people = [
        PersonTruth(1, "Ada", 1.7, None, (_true("squat", 0, 6), _true("row", 10, 20))),
        PersonTruth(2, "Ben", 1.7, None, (_true("lunge", 12, 18),)),
    ]
    assert busiest_s(SceneTruth("s", 0, 30.0, tuple(people), ())) == pytest.approx(15, abs=0.3)
    assert 0 <= busiest_s(SceneTruth("s", 0, 30.0, (), ())) < 30


@pytest.mark.parametrize(
    ("true", "cell", "text"),
    [
        (_true("squat", 0, 9), Cell(None, 0, True), "[red]missed[/red]"),
        (_true("squat", 0, 9), Cell(None, 0, False), "[dim]()[/dim]"),
        (_true("squat", 0, 9), Cell(_done("lunge", 0, 9), 0, True), "[yellow]lunge 0[/yellow]"),
        (_true("squat", 0, 9, ends=()), Cell(_done("squat", 0, 9), 0, True), "[green]0[/green]"),
        (_true("plank", 0, 9, hold_s=9.0), Cell(_done("plank", 0, 9, hold_s=8.0), 0, True), "[green]8 s[/green]"),
        (_true("plank", 0, 9, hold_s=9.0), Cell(_done("plank", 0, 9, hold_s=4.0), 0, False), "[dim](4 s)[/dim]"),
    ],
)
def test_a_cell_says_what_a_camera_made_of_a_set(true, cell, text):
    assert cell_text(true, cell) == text


def test_faults_are_said_with_their_repetitions():
    assert faults_text(_true("squat", 0, 9, faults={4: "knees_in", 2: "shallow", 3: "shallow"})) == (
        "shallow (rep 2-3), knees in (rep 4)"
    )
    assert faults_text(_true("plank", 0, 9, hold_s=9.0, faults={1: "hips_sag"})) == "hips sag"


def _result(name, size, *sets):
    picture = np.full((*size, 3), 200, np.uint8)
    return CameraResult(name, 1, 1.0, list(sets), picture, picture // 2, [])


def test_all_cameras_stand_side_by_side_above_their_skeletons():
    picture = all_cameras([_result(str(at), (60, 80 + 20 * at)) for at in range(5)], 160)
    assert picture.shape[1] == 4 * 162
    middle = picture[10, 80], picture[130, 80]
    assert [tuple(pixel) for pixel in middle] == [(200, 200, 200), (100, 100, 100)]


def test_counted_sets_stand_beside_the_true_ones_of_the_same_person():
    class Recorded:
        folder = Path()
        truth = SceneTruth(
            "s",
            0,
            4.0,
            (
                PersonTruth(1, "Ada", 1.7, None, (_true("squat", 0, 1.9), _true("row", 2.0, 3.9))),
                PersonTruth(2, "Ben", 1.7, None, (_true("lunge", 0, 3.0),)),
            ),
            (type("Camera", (), {"id": "a", "clock_offset_s": 0.0})(),),
        )

        def frames(self, camera):
            return _truths(40, [(100, 100), (300, 100)])

    sets = [(2, _done("lunge", 0.1, 2.9)), (1, _done("row", 2.1, 3.8)), (0, _done("squat", 0.0, 1.9))]
    lines = rows(Recorded(), [_result("a", (60, 80), *sets)])
    told = [(row.person, row.truth.exercise, row.cells[0].counted and row.cells[0].counted.exercise) for row in lines]
    assert told == [("Ada", "squat", None), ("Ada", "row", "row"), ("Ben", "lunge", "lunge")]
