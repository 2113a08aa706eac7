import pytest

from spotter.restarts import BUDGET, BUDGET_S, FIRST_WAIT_S, GIVEN_UP_FOR_S, LONGEST_WAIT_S, STABLE_AFTER_S, Restarts


@pytest.fixture
def restarts():
    made = Restarts(chance=lambda: 0.0)
    made.started(0.0)
    return made


def test_a_clean_exit_stays_stopped(restarts):
    assert restarts.ended(1.0, 0).state == "stopped"
    assert restarts.count == 0


def test_a_clean_exit_that_was_asked_for_starts_anew(restarts):
    assert restarts.ended(1.0, 0, asked=True).state == "waiting"


def test_waits_grow_and_begin_again_after_a_stable_run(restarts):
    waits = [restarts.ended(n * 100.0, 1).wait_s for n in range(1)]
    restarts.started(100.0)
    waits.append(restarts.ended(100.5, 1).wait_s)
    restarts.started(101.0)
    waits.append(restarts.ended(101.5, 1).wait_s)
    assert waits == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    restarts.started(110.0)
    assert restarts.ended(110.0 + STABLE_AFTER_S, -9).wait_s == FIRST_WAIT_S


def test_waits_are_bounded():
    restarts = Restarts(chance=lambda: 0.0)
    longest = 0.0
    for number in range(20):
        restarts.started(number * 1000.0)
        longest = max(longest, restarts.ended(number * 1000.0 + 1.0, 1).wait_s)
    assert longest == LONGEST_WAIT_S


def test_jitter_spreads_the_waits():
    waits = {Restarts(chance=lambda share=share: share).ended(0.0, 1).wait_s for share in (0.0, 0.5, 1.0)}
    assert len(waits) == 3
    assert min(waits) == FIRST_WAIT_S
    assert max(waits) == 1.5 * FIRST_WAIT_S


def test_the_budget_is_given_up_loudly_and_tried_again_later(restarts):
    states = [restarts.ended(float(n), 1).state for n in range(BUDGET + 1)]
    assert states == ["waiting"] * BUDGET + ["failed"]
    restarts.started(GIVEN_UP_FOR_S)
    assert restarts.ended(GIVEN_UP_FOR_S + 1, 1).state == "waiting"


def test_the_budget_counts_a_window_only(restarts):
    every_s = BUDGET_S / BUDGET + 1.0
    assert {restarts.ended(n * every_s, 1).state for n in range(30)} == {"waiting"}
