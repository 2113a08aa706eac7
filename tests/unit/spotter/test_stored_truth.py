from ingest.rehearsal.truth import PersonTruth, SetTruth
from spotter.stored_truth import StoredSet, compare


def _person(number, name, *sets):
    return PersonTruth(number, name, 1.7, None, tuple(sets))


def _true(exercise, start_s, end_s, reps=5, **more):
    return SetTruth(exercise, start_s, end_s, tuple(start_s + i for i in range(reps)), {}, **more)


ADA = _person(1, "Ada", _true("squat", 0, 20, 8), _true("plank", 30, 46, 0, hold_s=16.0))
BEN = _person(2, "Ben", _true("biceps_curl", 1, 19, 7))


def test_everything_as_drawn():
    stored = [
        StoredSet(4, "squat", 1, 20, 8),
        StoredSet(4, "plank", 31, 46, 0, hold_s=15.2),
        StoredSet(9, "biceps_curl", 2, 19, 7),
    ]
    found = compare([ADA, BEN], stored)
    assert (found.near, found.exact, found.named, found.extra) == (3, 3, 3, ())
    assert (found.people_drawn, found.people_stored) == (2, 2)


def test_people_are_matched_by_what_they_did_when_and_not_by_number():
    stored = [StoredSet(1, "biceps_curl", 2, 19, 6), StoredSet(2, "squat", 1, 20, 10)]
    found = compare([ADA, BEN], stored)
    assert [(row.person, row.stored and row.stored.reps, row.is_near, row.is_exact) for row in found.rows] == [
        ("Ada", 10, False, False),
        ("Ada", None, False, False),
        ("Ben", 6, True, False),
    ]


def test_a_second_copy_of_a_set_is_extra_and_said_to_be_twice():
    stored = [StoredSet(1, "squat", 1, 20, 8), StoredSet(3, "squat", 1, 20, 8), StoredSet(5, "row", 50, 60, 4)]
    found = compare([ADA], stored)
    assert len(found.extra) == 2
    assert [each.exercise for each in found.twice] == ["squat"]


def test_a_wrong_name_counts_as_stored_but_not_as_named():
    found = compare([BEN], [StoredSet(1, "shoulder_press", 2, 18, 7)])
    assert (found.near, found.named) == (1, 0)


def test_nothing_stored_and_nobody_drawn():
    assert compare([ADA], []).near == 0
    assert compare([], [StoredSet(1, "squat", 0, 9, 3)]).extra


def test_where_a_set_was_done_tells_people_apart_who_do_the_same():
    left = _person(1, "Ada", _true("squat", 0, 20, 8, station="left rack"))
    right = _person(2, "Ben", _true("squat", 0, 20, 6, station="right rack"))
    stored = [StoredSet(1, "squat", 0, 20, 6, zone="right rack"), StoredSet(2, "squat", 0, 20, 8, zone="left rack")]
    found = compare([left, right], stored)
    assert [(row.person, row.stored and row.stored.reps) for row in found.rows] == [("Ada", 8), ("Ben", 6)]
