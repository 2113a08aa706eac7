import numpy as np
import pytest

from benchmarks.bench_rehearsal import (
    FOUND_WITHIN,
    VIEWS,
    Cell,
    drawn,
    error_of,
    hidden_landmarks,
    measured,
    rows,
    subject,
)
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.motions import EXERCISES


def test_the_same_seed_draws_the_same_picture():
    pictures = []
    for _ in range(2):
        rng = np.random.default_rng(4)
        pictures += [each.frame.pixels for each in drawn(subject("squat", 30, rng), [0.0], rng)]
    np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize("name", EXERCISES)
def test_people_are_in_the_picture(name):
    rng = np.random.default_rng(2)
    who = subject(name, 30, rng)
    for each in drawn(who, [0.0, 0.7], rng):
        inside = (each.landmarks >= 0) & (each.landmarks < [640, 480])
        assert inside.all(axis=1).mean() > 0.85


def test_what_lies_behind_a_plate_or_outside_is_hidden():
    camera, others = Camera(), np.full((480, 640), np.inf, np.float32)
    landmarks = np.tile([[300.0, 200.0]], (33, 1))
    assert hidden_landmarks(camera, landmarks, np.full(33, 4.0), others) == 0
    landmarks[0] = -5, 3
    assert hidden_landmarks(camera, landmarks, np.full(33, 4.0), others) == 1
    others[150:250, 250:350] = 3.0
    # Fingers do not count: they are behind whatever the hand holds.
    assert hidden_landmarks(camera, landmarks, np.full(33, 4.0), others) == 27


def test_the_nearest_person_counts_and_somebody_else_does_not():
    truth = np.zeros((33, 2))
    near, far = np.full((33, 2), 3.0, np.float32), np.full((33, 2), 300.0, np.float32)
    assert error_of(truth, [far, near], 60.0) == pytest.approx(np.hypot(3, 3) / 60)
    assert np.isnan(error_of(truth, [far], 60.0))
    assert np.isnan(error_of(truth, [], 60.0))
    assert 0 < FOUND_WITHIN < 1


def test_the_table_has_a_row_for_each_exercise_and_one_for_all():
    class Half:
        def errors(self, who, rng):
            yield from (0.04, float("nan"))

        def close(self):
            pass

    names = ["squat", "plank"]
    lines = list(rows(measured(Half(), names, 1, 0), names))
    assert len(lines) == 5
    assert lines[-1].startswith("| all |")
    assert lines[-1].endswith(f"0.500, 4.0 % ({2 * 2 * sum(map(len, VIEWS.values()))}) |")


def test_a_cell_without_pictures_says_so():
    assert Cell().text() == "- (0)"
