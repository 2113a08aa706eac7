"""How alike two repetitions are in all joints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.exercise.features import COUNT, INDEX, JOINTS
from workers.exercise.periodicity import course, self_similarity, similarity


def repetition(frames: int = 50, **joints: float) -> np.ndarray:
    """Features (N, COUNT) of a person all seen, of whom the named angles swing there and back by so many degrees."""
    features = np.zeros((frames, COUNT), np.float32)
    for joint in JOINTS:
        for side in ("left", "right"):
            features[:, INDEX[f"{joint}_visibility_{side}"]] = 1.0
    wave = 0.5 * (1 - np.cos(np.linspace(0, 2 * np.pi, frames)))
    for name, degrees in joints.items():
        features[:, INDEX[name]] = 20 + degrees * wave
    return features


def test_the_same_movement_is_alike_whatever_its_speed() -> None:
    slow, fast = course(repetition(90, knee_left=100, hip_left=80)), course(repetition(20, knee_left=100, hip_left=80))
    assert similarity(slow, slow) == pytest.approx(1.0)
    assert similarity(slow, fast) > 0.99


def test_opposite_movements_are_the_opposite_of_alike() -> None:
    there = repetition(knee_left=80, knee_right=80, hip_left=80, hip_right=80, trunk=40)
    assert similarity(course(there), course(-there)) < -0.5


def test_movements_of_other_joints_are_not_alike() -> None:
    legs = course(repetition(knee_left=80, knee_right=80))
    arms = course(repetition(elbow_left=80, elbow_right=80))
    assert similarity(legs, arms) < 0.2


def test_the_mirror_image_is_alike() -> None:
    left, right = course(repetition(elbow_left=110)), course(repetition(elbow_right=110))
    assert similarity(left, right) == pytest.approx(1.0)


def test_joints_that_are_not_seen_do_not_speak() -> None:
    first, second = repetition(knee_left=100), repetition(knee_left=100, elbow_left=100)
    seen = similarity(course(first), course(second))
    for table in (first, second):
        table[:, INDEX["elbow_visibility_left"]] = table[:, INDEX["elbow_visibility_right"]] = 0.05
    assert seen < 0.8
    assert similarity(course(first), course(second)) > 0.99


@given(st.integers(0, 2**16), st.integers(0, 2**16))
def test_alikeness_is_at_most_one_and_the_same_both_ways(one: int, other: int) -> None:
    def random(seed: int) -> np.ndarray:
        return np.random.default_rng(seed).uniform(0, 180, (30, COUNT)).astype(np.float32)

    first, second = course(random(one)), course(random(other))
    assert similarity(first, second) <= 1.0 + 1e-6
    assert similarity(first, second) == pytest.approx(similarity(second, first), abs=1e-4)


def test_someone_who_does_not_move_is_like_nothing() -> None:
    still = course(np.zeros((10, COUNT), np.float32))
    assert similarity(still, still) == 0.0


def test_a_set_of_one_movement_is_alike_and_gestures_are_not() -> None:
    squats = [course(repetition(n, knee_left=100, knee_right=100, hip_left=90, hip_right=90)) for n in (40, 45, 50)]
    gestures = [
        course(repetition(elbow_left=90)),
        course(repetition(shoulder_right=80, trunk=30)),
        course(repetition(knee_left=60)),
    ]
    assert self_similarity(squats) > 0.95
    assert self_similarity(gestures) < 0.4
    assert self_similarity(squats[:1]) == self_similarity([]) == 0.0


def test_alternating_sides_are_alike_even_where_one_is_seen_badly() -> None:
    left, right = repetition(elbow_left=110), repetition(elbow_right=70, shoulder_right=30)
    turns = [course(table) for table in (left, right, left, right, left)]
    assert self_similarity(turns) > 0.95
