import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import NANOSECONDS
from ingest.pacing import Backoff, Rate, Thinner

SECOND = NANOSECONDS


def passed(thinner, times_s):
    return [at for at in times_s if thinner.passes(round(at * SECOND))]


def test_without_a_limit_everything_passes():
    assert passed(Thinner(None), [0, 0.001, 0.002]) == [0, 0.001, 0.002]


@pytest.mark.parametrize(("source_fps", "limit"), [(25, 12.5), (30, 10), (25, 24), (12, 5), (60, 12)])
def test_so_many_frames_pass_as_are_wanted_and_evenly(source_fps, limit):
    times = passed(Thinner(limit), [number / source_fps for number in range(20 * source_fps)])
    assert len(times) == pytest.approx(20 * limit, rel=0.02, abs=1)
    steps = [after - before for before, after in pairwise(times)]
    assert max(steps) - min(steps) <= 1 / source_fps + 1e-9


def test_a_jittering_camera_of_just_the_wanted_rate_loses_nothing():
    draw = random.Random(1)
    times = [number / 12 + draw.uniform(-0.008, 0.008) for number in range(240)]
    assert len(passed(Thinner(12), times)) >= 238


def test_a_slow_camera_loses_nothing():
    times = [number / 5 for number in range(50)]
    assert passed(Thinner(12), times) == times


def test_after_a_pause_no_burst_makes_up_for_it():
    thinner = Thinner(10)
    assert passed(thinner, [0, 0.1]) == [0, 0.1]
    assert passed(thinner, [5.0, 5.01, 5.02, 5.03, 5.1]) == [5.0, 5.1]


def test_after_a_restart_the_next_frame_passes():
    thinner = Thinner(1)
    assert passed(thinner, [0.0, 0.2]) == [0.0]
    thinner.restart()
    assert passed(thinner, [0.3, 0.5]) == [0.3]


@given(st.lists(st.integers(0, SECOND), min_size=2, max_size=200), st.floats(0.5, 60))
def test_never_two_frames_closer_than_the_slack_allows(steps, fps):
    thinner, at, times = Thinner(fps), 0, []
    for step in steps:
        at += step
        if thinner.passes(at):
            times.append(at)
    # Over any stretch at most one frame more than the rate, and the slack.
    if len(times) > 1:
        assert (len(times) - 1) / fps <= (times[-1] - times[0]) / SECOND + 1.25 / fps + 1e-6


def test_the_rate_is_that_of_the_last_seconds():
    rate = Rate(5)
    assert rate.per_second(0) == 0
    for number in range(100):
        rate.count(number * SECOND // 10)
    assert rate.per_second(10 * SECOND) == pytest.approx(10, abs=0.3)
    assert rate.per_second(12 * SECOND) == pytest.approx(6, abs=0.3)
    assert rate.per_second(100 * SECOND) == 0


def test_the_rate_does_not_start_low():
    rate = Rate(5)
    for number in range(20):
        rate.count(number * SECOND // 10)
    assert rate.per_second(2 * SECOND) == pytest.approx(10, abs=0.1)


def test_waits_double_up_to_the_most_and_differ():
    waits = [Backoff(draw=random.Random(seed)) for seed in range(50)]
    first = [backoff.next_s() for backoff in waits]
    assert min(first) >= 0.5
    assert max(first) <= 1.0
    assert len(set(first)) > 40
    for _ in range(10):
        last = [backoff.next_s() for backoff in waits]
    assert min(last) >= 15
    assert max(last) <= 30
    waits[0].reset()
    assert waits[0].next_s() <= 1.0


def test_waits_stay_bounded_for_ever():
    backoff = Backoff()
    assert all(backoff.next_s() <= 30 for _ in range(5000))
