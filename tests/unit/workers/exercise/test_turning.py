"""Turning points: extremes of waves, what is too small to be one, and what thinning them out may do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.exercise.turning import HIGH, LOW, Turn, TurningPoints, evened, pruned

SIGNALS = st.lists(st.floats(-100, 100, allow_nan=False), max_size=80)
GAPS = st.lists(st.floats(0.05, 5.0), min_size=1, max_size=60)


def followed(values: np.ndarray | list[float], hysteresis: float, rate: float = 25.0) -> TurningPoints:
    points = TurningPoints(hysteresis)
    for i, value in enumerate(values):
        points.update(i / rate, float(value))
    return points


def alternating(values: list[float], gaps: list[float] | None = None) -> list[Turn]:
    """Turning points of a zigzag whose swings are ``values``, upwards first."""
    turns, height, kind, time_s = [], 0.0, LOW, 0.0
    for i, swing in enumerate([*values, 0.0]):
        turns.append(Turn(time_s, height, kind))
        height += swing if kind == LOW else -swing
        kind = -kind
        time_s += gaps[i % len(gaps)] if gaps else 1.0
    return turns


def test_the_extremes_of_a_sine_are_its_turning_points() -> None:
    times = np.arange(0, 6.4, 0.04)
    turns = followed(np.sin(np.pi * times), 0.3).confirmed
    assert [turn.kind for turn in turns] == [LOW] + [HIGH, LOW] * 3
    assert [turn.time_s for turn in turns] == pytest.approx([0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5], abs=0.03)
    assert [turn.value for turn in turns] == pytest.approx([0] + [1, -1] * 3, abs=0.01)


def test_a_wiggle_below_the_hysteresis_is_no_turning_point() -> None:
    times = np.arange(0, 10, 0.04)
    assert followed(0.14 * np.sin(5 * times), 0.3).turns() == []
    ramp = times + 0.14 * np.sin(5 * times)
    assert [turn.kind for turn in followed(ramp, 0.3).turns()] == [LOW, HIGH]


def test_an_extreme_counts_once_the_signal_has_left_it_by_the_hysteresis() -> None:
    points = TurningPoints(10.0)
    confirms = [points.update(t, v) for t, v in enumerate([0, 20, 40, 31, 30, 0])]
    assert confirms == [False, True, False, False, True, False]
    assert points.confirmed == [Turn(0, 0, LOW), Turn(2, 40, HIGH)]
    assert points.turns()[-1] == Turn(5, 0, LOW)


@given(SIGNALS, st.floats(0.1, 50))
def test_turning_points_alternate_in_time_and_kind_and_swing_by_the_hysteresis(
    values: list[float], hysteresis: float
) -> None:
    points = followed(values, hysteresis)
    turns = points.turns()
    for first, second in pairwise(turns):
        assert first.kind == -second.kind
        assert first.time_s < second.time_s
        assert (second.value - first.value) * second.kind >= hysteresis
    assert turns[: len(points.confirmed)] == points.confirmed
    assert len(turns) - len(points.confirmed) in (0, 1)


@given(SIGNALS, st.floats(0.1, 50), st.integers(0, 80))
def test_what_was_confirmed_stays(values: list[float], hysteresis: float, cut: int) -> None:
    earlier = followed(values[:cut], hysteresis).confirmed
    assert followed(values, hysteresis).confirmed[: len(earlier)] == earlier


def test_forgetting_keeps_the_turning_point_where_a_movement_may_start() -> None:
    points = followed(np.sin(np.pi * np.arange(0, 8, 0.04)), 0.3)
    before = list(points.confirmed)
    points.forget_before(4.0)
    assert points.confirmed == [turn for turn in before if turn.time_s >= 3.4]
    points.forget_before(100.0)
    assert len(points.confirmed) == 1
    for i in range(200, 300):
        points.update(i / 25, float(np.sin(np.pi * i / 25)))
    assert [turn.kind for turn in pruned(points.turns(), 0.3)][-2:] in ([HIGH, LOW], [LOW, HIGH])


def test_pruning_takes_the_small_swing_out_of_a_large_one() -> None:
    turns = alternating([100, 10, 12, 100])
    assert pruned(turns, 50) == [turns[0], turns[1], turns[4]] or pruned(turns, 50) == [turns[0], turns[3], turns[4]]


def test_pruning_takes_small_swings_off_the_ends() -> None:
    turns = alternating([5, 100, 100, 5])
    assert pruned(turns, 50) == turns[1:4]


@given(st.lists(st.floats(0.1, 100), max_size=40), st.floats(0.1, 120))
def test_what_pruning_leaves(swings: list[float], hysteresis: float) -> None:
    turns = alternating(swings)
    kept = pruned(turns, hysteresis)
    assert [turn for turn in turns if turn in kept] == kept
    assert all(first.kind == -second.kind for first, second in pairwise(kept))
    if len(kept) > 2:
        assert all(abs(second.value - first.value) >= hysteresis for first, second in pairwise(kept))
    assert pruned(kept, hysteresis) == kept


@given(st.lists(st.floats(60, 100), max_size=40))
def test_pruning_leaves_full_swings_alone(swings: list[float]) -> None:
    turns = alternating(swings)
    assert pruned(turns, 50) == turns


def test_a_gap_in_a_repetition_is_closed() -> None:
    swings = [100.0] * 10
    gaps = [1.0] * 10
    regular = alternating(swings, gaps)
    assert evened(regular, 0.3) == regular
    # The fifth and the sixth turning point, HIGH and LOW, and the next HIGH, within a tenth of a second.
    gaps[5] = gaps[6] = 0.05
    broken = alternating(swings, gaps)
    kept = evened(broken, 0.3)
    assert len(kept) == len(broken) - 2
    assert [turn.kind for turn in kept] == [LOW, HIGH] * 4 + [LOW]


@given(st.lists(st.floats(1, 100), max_size=40), GAPS, st.floats(0.05, 0.9))
def test_what_evening_leaves(swings: list[float], gaps: list[float], share: float) -> None:
    turns = alternating(swings, gaps)
    kept = evened(turns, share)
    assert [turn for turn in turns if turn in kept] == kept
    assert all(first.kind == -second.kind for first, second in pairwise(kept))
    assert evened(kept, share) == kept
