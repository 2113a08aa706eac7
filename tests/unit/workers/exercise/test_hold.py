"""Held positions: seconds, not repetitions."""

import numpy as np
import pytest
from test_exercise_statistics import features_of

from workers.exercise.catalogue import load_catalogue
from workers.exercise.features import INDEX
from workers.exercise.hold import Hold, HoldLane

PLANK = load_catalogue().exercises["plank"]
IN_PLANK = features_of(1, trunk=88, chest_up=-1, body_line=8, hip_over_ankle=0.2, shoulder_left=85, shoulder_right=85)[
    0
]
STANDING = features_of(1, trunk=3, chest_up=0, hip_over_ankle=1.7)[0]


def held(*stretches: tuple[float, np.ndarray | None], rate: float = 25.0, sway: float = 1.5) -> list[Hold]:
    """The holds in stretches of seconds in a position; None where nobody is seen."""
    lane = HoldLane(PLANK)
    rng = np.random.default_rng(1)
    now_s = 0.0
    for seconds, features in stretches:
        for i in range(round(seconds * rate)):
            if features is not None:
                jitter = np.zeros_like(features)
                jitter[:9] = rng.uniform(-sway, sway, 9)
                lane.update(now_s + i / rate, features + jitter)
        now_s += seconds
    return lane.holds()


@pytest.mark.parametrize("rate", [12.0, 25.0, 30.0])
def test_the_seconds_of_a_plank(rate: float) -> None:
    [hold] = held((3.0, STANDING), (20.0, IN_PLANK), (3.0, STANDING), rate=rate)
    assert hold.duration_s == pytest.approx(20.0, abs=0.5)
    assert hold.start_s == pytest.approx(3.0, abs=0.3)
    np.testing.assert_allclose(hold.features, IN_PLANK, atol=1.0)


def test_a_plank_that_goes_on_is_already_known() -> None:
    [hold] = held((8.0, IN_PLANK))
    assert hold.duration_s == pytest.approx(8.0, abs=0.3)


def test_short_holds_do_not_count() -> None:
    assert held((2.0, STANDING), (PLANK.min_s - 1.0, IN_PLANK), (4.0, STANDING)) == []


def test_who_stands_holds_nothing() -> None:
    assert held((30.0, STANDING)) == []


def test_who_moves_in_the_position_holds_nothing() -> None:
    lane = HoldLane(PLANK)
    for i in range(25 * 20):
        moving = IN_PLANK.copy()
        moving[0:2] = 45 + 40 * np.sin(2 * np.pi * i / 50)
        lane.update(i / 25, moving)
    assert lane.holds() == []


def test_a_joint_that_is_not_seen_may_jump() -> None:
    lane = HoldLane(PLANK)
    rng = np.random.default_rng(2)
    for i in range(25 * 10):
        frame = IN_PLANK.copy()
        frame[INDEX["elbow_left"]] = rng.uniform(0, 120)
        frame[INDEX["elbow_visibility_left"]] = 0.1
        lane.update(i / 25, frame)
    assert [hold.duration_s for hold in lane.holds()] == pytest.approx([10.0], abs=0.3)


@pytest.mark.parametrize("between", [STANDING, None])
def test_a_short_gap_is_bridged_and_a_long_one_is_not(between: np.ndarray | None) -> None:
    [hold] = held((8.0, IN_PLANK), (1.0, between), (8.0, IN_PLANK), (3.0, STANDING))
    assert hold.duration_s == pytest.approx(17.0, abs=0.5)
    first, second = held((8.0, IN_PLANK), (6.0, between), (8.0, IN_PLANK), (3.0, STANDING))
    assert first.duration_s == pytest.approx(8.0, abs=0.5)
    assert second.duration_s == pytest.approx(8.0, abs=0.5)
    assert first.end_s < second.start_s
