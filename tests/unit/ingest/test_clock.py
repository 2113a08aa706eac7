import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import RESTART_FRAMES, Clock, is_credible_rate, typical_step_s

MS = 1_000_000


def stamps(positions_ms, step_s=0.04, trusted=True):
    clock = Clock(step_s, trusted=trusted)
    return [clock.stamp(position) / MS for position in positions_ms], clock


def test_uneven_steps_of_the_container_are_kept():
    times, clock = stamps([500, 540, 640, 650, 900])
    assert times == [0, 40, 140, 150, 400]
    assert clock.repaired == 0


def test_a_single_stamp_in_the_past_is_bridged_and_the_next_good_one_believed():
    times, clock = stamps([0, 40, 0, 120, 160])
    assert times == [0, 40, 80, 120, 160]
    assert clock.repaired == 1


def test_a_stamp_that_is_not_a_number_is_bridged():
    assert stamps([0, math.nan, 80])[0] == [0, 40, 80]
    assert stamps([math.nan, 1000, 1040])[0] == [0, 40, 80]


def test_a_clock_that_was_set_back_goes_on_in_its_own_steps():
    times, _clock = stamps([1000, 1040, *(100 * index for index in range(RESTART_FRAMES + 3))])
    expected_at_restart = 40 * (RESTART_FRAMES + 1)
    assert times[RESTART_FRAMES + 1] == expected_at_restart
    assert times[-1] == expected_at_restart + 300


def test_an_untrusted_clock_is_even():
    assert stamps([0, 1, 2, 3], trusted=False)[0] == [0, 40, 80, 120]


@given(st.lists(st.floats(), min_size=1, max_size=60), st.booleans())
def test_times_always_increase_strictly(positions_ms, trusted):
    times, _clock = stamps([p if abs(p) < 1e12 else math.nan for p in positions_ms], trusted=trusted)
    assert times[0] == 0
    assert all(b > a for a, b in pairwise(times))


@pytest.mark.parametrize(
    ("positions_ms", "step_s"), [([0, 40, 80, 120], 0.04), ([0, 0, 0, 0], None), ([0], None), ([0, 0, 0, 0, 7], None)]
)
def test_typical_step(positions_ms, step_s):
    assert typical_step_s(positions_ms) == step_s


@pytest.mark.parametrize(("fps", "credible"), [(25, True), (240, True), (1000, False), (0, False), (math.nan, False)])
def test_credible_rate(fps, credible):
    assert is_credible_rate(fps) is credible
