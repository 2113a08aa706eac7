import numpy as np
import pytest

from ingest.rehearsal.clip import ClipTruth
from ingest.rehearsal.script import SetTruth
from spotter.analysis import ClipAnalysis, PersonAnalysis
from spotter.commands.demo import matched_ends, rows, same_people
from workers.exercise.results import ExerciseSet


def _true(exercise, start_s, end_s):
    return SetTruth(exercise, start_s, end_s, (end_s,), {})


def _done(exercise, start_s, end_s):
    return ExerciseSet(exercise, 1.0, start_s, end_s)


def _analysis(*people):
    return ClipAnalysis("drawn.mp4", 640, 480, 100, 25.0, 4.0, list(people), 0, None, [])


def _person(number, *sets):
    return PersonAnalysis(number, 0.0, 4.0, 100, list(sets))


def _told(lines):
    return [
        (row.person, row.truth.exercise if row.truth else None, row.counted.exercise if row.counted else None)
        for row in lines
    ]


def test_sets_stand_beside_the_true_ones_of_the_same_person_and_time():
    truth = ClipTruth(60.0, ((_true("squat", 0, 10), _true("row", 20, 30)), (_true("lunge", 0, 10),)))
    found = _analysis(_person(3, _done("lunge", 1, 9)), _person(7, _done("row", 21, 30), _done("squat", 0, 9)))
    assert _told(rows(truth, found, {3: 2, 7: 1})) == [(1, "squat", "squat"), (1, "row", "row"), (2, "lunge", "lunge")]


def test_what_was_missed_or_invented_has_a_row_of_its_own():
    truth = ClipTruth(60.0, ((_true("squat", 0, 10), _true("row", 20, 30)),))
    found = _analysis(_person(1, _done("squat", 1, 9), _done("plank", 12, 15)), _person(2, _done("lunge", 1, 9)))
    assert _told(rows(truth, found, {1: 1})) == [
        (1, "squat", "squat"),
        (1, "row", None),
        (1, None, "plank"),
        (0, None, "lunge"),
    ]


def test_a_person_whose_track_broke_is_one_person():
    truth = ClipTruth(60.0, ((_true("squat", 0, 10), _true("row", 20, 30)),))
    found = _analysis(_person(1, _done("squat", 1, 9)), _person(4, _done("row", 20, 29)))
    assert _told(rows(truth, found, {1: 1, 4: 1})) == [(1, "squat", "squat"), (1, "row", "row")]


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
    assert matched_ends([2.0, 4.0, 6.0], counted) == matched


def test_people_are_told_apart_by_where_their_hips_are(tmp_path):
    true = np.zeros((3, 2, 33, 2), np.float32)
    true[:, 1, :, 0] = 300
    found = np.zeros((5, 33, 4), np.float32)
    found[[0, 2, 4], :, 0] = 290
    np.savez(tmp_path / "true.npz", landmarks=true)
    np.savez(tmp_path / "found.npz", landmarks=found, person=[8, 9, 8, 9, 8], frame=[0, 0, 1, 1, 2])
    assert same_people(tmp_path / "true.npz", tmp_path / "found.npz") == {8: 2, 9: 1}
