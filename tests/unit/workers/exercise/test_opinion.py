"""What the classifier thinks of people over time: when it is asked, what it sees, what is decided, and what is kept."""

import numpy as np
import pytest

from workers.exercise.opinion import Opinion, ask_together
from workers.exercise.pose_features import BLOCKS, COUNT


class Reads:
    """A classifier whose squat is how well the nose is seen, so that a test can say what it sees."""

    labels = ("squat", "lunge", "idle")
    window_s = 2.0
    rate_hz = 10.0
    reject_below = 0.6

    def __init__(self) -> None:
        self.asked: list[np.ndarray] = []

    def probabilities(self, windows: np.ndarray) -> np.ndarray:
        self.asked.append(windows)
        squat = windows[:, -1, BLOCKS["visibility"].start]
        return np.stack([squat, 0.0 * squat, 1.0 - squat], axis=1).astype(np.float32)


def person(visibility: float) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks and world of somebody who stands, of a certain visibility."""
    world = np.random.default_rng(3).normal(scale=0.3, size=(33, 3)).astype(np.float32)
    landmarks = np.concatenate([200 + 100 * world, np.full((33, 1), visibility)], axis=1).astype(np.float32)
    return landmarks, world


def watch(opinion: Opinion, values: list[float], rate: float = 10.0, start_s: float = 0.0) -> None:
    for number, value in enumerate(values):
        time_s = start_s + number / rate
        opinion.see(time_s, *person(value))
        ask_together([opinion], time_s)


def test_it_is_asked_twice_a_second_about_the_last_seconds() -> None:
    opinion = Opinion(Reads())
    watch(opinion, [0.9] * 60)
    asked = opinion.classifier.asked  # type: ignore[attr-defined]
    assert 9 <= len(asked) <= 11
    assert all(windows.shape == (1, 20, COUNT) for windows in asked)


def test_nobody_is_judged_by_a_glance() -> None:
    opinion = Opinion(Reads())
    watch(opinion, [0.9] * 9)
    assert opinion.classifier.asked == []  # type: ignore[attr-defined]


def test_the_weight_is_the_mean_over_the_time_asked_for() -> None:
    opinion = Opinion(Reads())
    watch(opinion, [0.9] * 50 + [0.1] * 50)
    assert opinion.weight("squat", 0.0, 3.0) == 1.3
    assert opinion.weight("squat", 6.0, 9.0) == pytest.approx((0.1 / 0.5) ** 0.75, abs=0.01)
    assert opinion.weight("deadlift", 0.0, 3.0) == 1.0, "what the classifier does not know"
    assert opinion.weight("squat", 100.0, 101.0) == 1.0, "while it has not been asked"
    opinion.forget_before(6.0)
    assert opinion.weight("squat", 0.0, 3.0) == 1.0


def test_an_exercise_is_decided_on_when_it_is_likely_and_kept_while_it_is_not_unlikely() -> None:
    opinion = Opinion(Reads())
    watch(opinion, [0.5] * 30)
    assert opinion.decided == ""
    watch(opinion, [0.9] * 20, start_s=3.0)
    assert opinion.decided == "squat"
    watch(opinion, [0.45] * 40, start_s=5.0)
    assert opinion.decided == "squat", "0.45 would not have been enough to begin with"
    watch(opinion, [0.1] * 30, start_s=9.0)
    assert opinion.decided == ""


def test_a_single_odd_answer_changes_nothing() -> None:
    opinion = Opinion(Reads())
    watch(opinion, [0.9] * 40)
    watch(opinion, [0.0] + [0.9] * 9, start_s=4.0)
    assert opinion.decided == "squat"


def test_people_of_one_frame_are_asked_about_together() -> None:
    classifier = Reads()
    several = [Opinion(classifier) for _ in range(3)]
    for number in range(40):
        for position, opinion in enumerate(several):
            opinion.see(number / 10, *person(0.2 + 0.3 * position))
        ask_together(several, number / 10)
    assert {len(windows) for windows in classifier.asked} == {3}
    assert [opinion.decided for opinion in several] == ["", "", "squat"]


def test_a_frame_counts_once_and_frames_that_come_too_quickly_are_passed_over() -> None:
    opinion = Opinion(Reads())
    for number in range(200):
        for _ in range(2):
            opinion.see(number / 100, *person(0.9))
    opinion.window(2.0)
    assert 40 <= len(opinion._times) <= 51


def test_somebody_else_goes_on_from_its_state() -> None:
    whole, first, second = Opinion(Reads()), Opinion(Reads()), Opinion(Reads())
    values = [0.9] * 30 + [0.45] * 30
    watch(whole, values)
    watch(first, values[:33])
    second.restore(first.state())
    watch(second, values[33:], start_s=3.3)
    assert second.decided == whole.decided == "squat"
    assert second.weight("squat", 0.0, 9.0) == pytest.approx(whole.weight("squat", 0.0, 9.0))
    np.testing.assert_allclose(second.classifier.asked[-1], whole.classifier.asked[-1])  # type: ignore[attr-defined]
