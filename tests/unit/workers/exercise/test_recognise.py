"""Whether a movement looks like an exercise: signature and posture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_exercise_statistics import features_of, of

from workers.exercise.recognise import in_posture, signature_match


def test_inside_all_bounds_is_a_full_match() -> None:
    squat = of(knee_left=[0, 50, 100, 50, 0], knee_right=[0, 50, 100, 50, 0], trunk=[0, 20, 40, 20, 0])
    assert signature_match({"knee.peak": (80, 140), "trunk.max": (0, 60), "knee.range": (50, 180)}, squat) == 1.0
    assert signature_match({}, squat) == 1.0


def test_far_outside_one_bound_is_no_match() -> None:
    assert signature_match({"trunk.max": (0, 20), "knee.peak": (0, 10)}, of(trunk=90)) == 0.0
    assert signature_match({"hip_over_knee.rest": (0.5, 2)}, of(hip_over_knee=-0.5)) == 0.0


@given(st.floats(0, 60), st.floats(0, 60))
def test_the_match_falls_with_the_distance_from_the_bounds(one: float, other: float) -> None:
    near, far = sorted((one, other))
    bounds = {"trunk.max": (0.0, 30.0)}
    assert 0.0 <= signature_match(bounds, of(trunk=30 + far)) <= signature_match(bounds, of(trunk=30 + near)) <= 1.0


def test_a_few_degrees_count_less_than_a_few_tenths_of_a_torso() -> None:
    assert signature_match({"trunk.max": (0, 30)}, of(trunk=32)) > 0.5
    assert signature_match({"knee_asymmetry.max": (0, 10)}, of(knee_left=12)) > 0.5
    assert signature_match({"hip_over_knee.max": (0, 1)}, of(hip_over_knee=3)) == 0.0


def test_what_is_not_seen_speaks_neither_for_nor_against_but_seen_is_better() -> None:
    bounds = {"elbow.peak": (100.0, 180.0)}
    hidden = {"elbow_visibility_left": 0.0, "elbow_visibility_right": 0.0}
    unseen = signature_match(bounds, of(elbow_left=0, elbow_right=0, **hidden))
    assert 0.5 < unseen < signature_match(bounds, of(elbow_left=120, elbow_right=120)) == 1.0


@pytest.mark.parametrize(("trunk", "fits"), [(20, True), (70, True), (78, True), (100, False), (-30, False)])
def test_posture_holds_within_its_bounds_and_the_error_of_the_model(trunk: float, fits: bool) -> None:
    assert in_posture({"trunk": (0, 75)}, features_of(1, trunk=trunk)[0]) is fits


def test_posture_needs_every_bound() -> None:
    lying = features_of(1, trunk=90, chest_up=-1)[0]
    assert in_posture({"trunk": (60, 120), "chest_up": (-1.1, -0.6)}, lying)
    assert not in_posture({"trunk": (60, 120), "chest_up": (0.6, 1.1)}, lying)
    assert in_posture({}, lying)
