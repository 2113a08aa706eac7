"""Where the feet are, who lies and who keeps still, on drawn people and on landmarks that are hidden."""

import numpy as np
import pytest
from drawn_people import frames, performance

from ingest.rehearsal.script import Rest, Train
from workers.exercise.features import INDEX, frame_features
from workers.people.appearance import Clothing
from workers.posture import body_points, feet, has_moved, is_lying, packed_clothing, packed_points


def seen(exercise: str, facing: float = 200.0) -> list:
    return list(frames(performance(Rest(1.0), Train(exercise, 2, facing=facing), Rest(1.0)), 12.0))


@pytest.fixture(scope="module")
def squats() -> list:
    return seen("squat")


def test_feet_are_between_the_feet(squats) -> None:
    _, landmarks, _ = squats[0]
    x, y = feet(landmarks, 640, 480)
    between = landmarks[[27, 28, 29, 30, 31, 32], :2].mean(axis=0) / (640, 480)
    assert (x, y) == pytest.approx(tuple(between))


def test_one_foot_is_enough_and_hidden_feet_are_not_guessed(squats) -> None:
    landmarks = squats[0][1].copy()
    landmarks[[27, 29, 31], 3] = 0.2
    assert feet(landmarks, 640, 480) == pytest.approx(tuple(landmarks[[28, 30, 32], :2].mean(axis=0) / (640, 480)))
    landmarks[27:33, 3] = 0.2
    assert feet(landmarks, 640, 480) is None


def test_feet_outside_of_the_picture_are_not_told(squats) -> None:
    landmarks = squats[0][1].copy()
    landmarks[27:33, 1] = 500.0
    assert feet(landmarks, 640, 480) is None


@pytest.mark.parametrize(("exercise", "facing", "lies"), [("squat", 200.0, False), ("push_up", 90.0, True)])
def test_who_does_push_ups_lies_and_who_squats_does_not(exercise: str, facing: float, lies: bool) -> None:
    middle = seen(exercise, facing)
    performed = performance(Rest(1.0), Train(exercise, 2, facing=facing), Rest(1.0)).sets[0]
    at = [frame_features(points, world) for t, points, world in middle if performed.rep_end_s[0] < t < performed.end_s]
    assert np.mean([is_lying(features) for features in at]) == pytest.approx(float(lies), abs=0.2)


def test_who_bends_over_a_bar_does_not_lie(squats) -> None:
    features = frame_features(*squats[0][1:])
    features[INDEX["trunk"]] = 85.0
    assert not is_lying(features)


def test_trembling_is_still_and_a_squat_is_not(squats) -> None:
    first = body_points(squats[0][1])
    scale = float(frame_features(*squats[0][1:])[INDEX["px_per_m"]])
    trembling = first.copy()
    trembling[:, :2] += np.random.default_rng(1).normal(0, 0.03 * scale, (13, 2))
    assert not has_moved(first, trembling, scale)
    assert any(has_moved(first, body_points(landmarks), scale) for _, landmarks, _ in squats)
    hidden = first.copy()
    hidden[:, 2] = 0.1
    assert has_moved(first, hidden, scale)


def test_points_and_clothing_are_packed_as_the_messages_say(squats) -> None:
    landmarks = squats[0][1]
    points = np.frombuffer(packed_points(landmarks, 640, 480), "<f4").reshape(33, 3)
    np.testing.assert_allclose(points, landmarks[:, [0, 1, 3]] / (640, 480, 1), rtol=1e-6)
    worn = np.frombuffer(packed_clothing(Clothing(np.full(80, 0.1), None)), "<f4").reshape(2, 80)
    assert worn[0, 0] == pytest.approx(0.1)
    assert np.isnan(worn[1]).all()
