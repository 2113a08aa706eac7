"""Waves of one signal: how many there are, which are too small, and that nothing looks ahead."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.exercise.counter import Cycle, WaveStream, refined, typical_swing
from workers.exercise.turning import HIGH, LOW, Turn

ALWAYS = -np.inf
Sample = tuple[float, float | None]


def waves(
    ranges: list[float], *, period_s: float = 2.0, rate: float = 25.0, rest_s: float = 1.0, at_s: float = 0.0
) -> list[Sample]:
    """Samples of one wave per range, from rest and back to rest, with rests before and after."""
    times = np.arange(0, 2 * rest_s + period_s * len(ranges), 1 / rate)
    phase = np.clip((times - rest_s) / period_s, 0, len(ranges) - 1e-9)
    values = np.array([*ranges, 0.0])[phase.astype(int)] * 0.5 * (1 - np.cos(2 * np.pi * phase))
    return [(at_s + float(t), float(v)) for t, v in zip(times, values, strict=True)]


def fed(samples: list[Sample], min_range: float = 40.0, *, either_end: bool = False) -> WaveStream:
    stream = WaveStream(min_range, either_end=either_end)
    for time_s, value in samples:
        stream.update(time_s, value)
    return stream


def counted(samples: list[Sample], min_range: float = 40.0, *, either_end: bool = False) -> list[Cycle]:
    stream = fed(samples, min_range, either_end=either_end)
    stream.finish()
    return stream.cycles(since_s=ALWAYS, ended=True)[0]


@settings(max_examples=60)
@given(
    st.integers(1, 12),
    st.floats(0.8, 4.0),
    st.sampled_from([12.0, 15.0, 25.0, 30.0, 60.0]),
    st.floats(0, 1),
    st.integers(0, 2**16),
)
def test_as_many_repetitions_as_waves(count: int, period_s: float, rate: float, phase: float, seed: int) -> None:
    ranges = list(np.random.default_rng(seed).uniform(80, 120, count))
    cycles = counted(waves(ranges, period_s=period_s, rate=rate, at_s=phase / rate))
    assert len(cycles) == count
    peaks = 1.0 + period_s * (np.arange(count) + 0.5)
    assert [cycle.peak_s for cycle in cycles] == pytest.approx(peaks, abs=0.1 * period_s + 2 / rate)
    assert all(cycle.start_s < cycle.peak_s < cycle.end_s for cycle in cycles)


@given(st.integers(0, 2**16), st.sampled_from([12.0, 25.0, 60.0]))
def test_noise_is_no_repetition(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    samples = [(i / rate, float(v)) for i, v in enumerate(rng.uniform(-9, 9, 300))]
    stream = fed(samples)
    assert stream.cycles(since_s=ALWAYS, ended=False) == ([], [])


@given(st.integers(0, 2**16))
def test_jitter_on_the_signal_changes_no_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noisy = [(t, (v or 0.0) + float(rng.normal(0, 3))) for t, v in waves([100] * 5)]
    assert len(counted(noisy)) == 5


def test_a_landmark_that_jumps_for_a_frame_makes_no_repetition() -> None:
    samples = waves([100] * 4)
    jumpy = [(t, 100.0 - (v or 0.0) if i % 17 == 0 else v) for i, (t, v) in enumerate(samples)]
    assert len(counted(jumpy)) == 4


def test_half_a_range_among_full_ones_is_too_small_to_count() -> None:
    stream = fed(waves([100, 100, 45, 100, 100]))
    stream.finish()
    full, small = stream.cycles(since_s=ALWAYS, ended=True)
    assert len(full) == 4
    assert [cycle.peak_s for cycle in small] == pytest.approx([6.0], abs=0.1)


def test_a_wiggle_in_the_middle_of_a_repetition_is_not_reported() -> None:
    steps = [0, 100, 0, 60, 35, 60, 35, 100, 75, 100, 40, 65, 0, 100, 0]
    times = np.arange(0, 2 * len(steps) - 2, 0.04)
    values = np.interp(times, 2.0 * np.arange(len(steps)), steps)
    stream = fed(list(zip(times.tolist(), values.tolist(), strict=True)))
    stream.finish()
    full, small = stream.cycles(since_s=ALWAYS, ended=True)
    assert (len(full), small) == (3, [])


def test_waves_below_the_smallest_range_are_reported_as_small() -> None:
    stream = fed(waves([30] * 3))
    stream.finish()
    full, small = stream.cycles(since_s=ALWAYS, ended=True)
    assert full == []
    assert len(small) == 3


def test_the_range_is_measured_on_the_way_there_and_on_the_way_back() -> None:
    [cycle] = counted(waves([90]))
    assert cycle.rise == pytest.approx(90, abs=1)
    assert cycle.fall == pytest.approx(90, abs=1)
    assert cycle.swing == min(cycle.rise, cycle.fall)
    assert cycle.duration_s == pytest.approx(cycle.end_s - cycle.start_s)


def test_a_repetition_counts_when_the_signal_is_back_and_not_before() -> None:
    samples = waves([100], rest_s=0.5)
    turned = [s for s in samples if s[0] <= 0.5 + 1.3]
    assert fed(turned).cycles(since_s=ALWAYS, ended=False)[0] == []
    back = [s for s in samples if s[0] <= 0.5 + 2.0]
    assert len(fed(back).cycles(since_s=ALWAYS, ended=False)[0]) == 1


def test_a_movement_that_does_not_come_back_is_none() -> None:
    samples = [s for s in waves([100]) if s[0] <= 2.0]
    stayed = [*samples, *((2.0 + i / 25, 100.0) for i in range(1, 200))]
    assert counted(stayed) == []


def test_a_set_may_start_at_the_active_side() -> None:
    upside_down = [(t, 100.0 - (v or 0.0)) for t, v in waves([100] * 4)]
    assert len(counted(upside_down, either_end=True)) == 4
    assert len(counted(upside_down, either_end=False)) == 3
    assert len(counted(waves([100] * 4), either_end=True)) == 4


@pytest.mark.parametrize("missing", [None, "no sample"])
def test_the_movement_is_interrupted_where_the_person_is_not_seen(missing: str | None) -> None:
    first, second = waves([100] * 3), waves([100] * 2, at_s=20.0)
    gap: list[Sample] = [(8.0 + i / 25, None) for i in range(300)] if missing is None else []
    cycles = counted([*first, *gap, *second])
    assert len(cycles) == 5
    assert not any(cycle.start_s < 10 < cycle.end_s for cycle in cycles)


def test_what_was_left_open_at_an_interruption_is_no_repetition() -> None:
    up = [s for s in waves([100]) if s[0] <= 2.0]
    down = [(t + 10.0, v) for t, v in waves([100]) if t > 2.0]
    assert counted([*up, *down]) == []


@settings(max_examples=40)
@given(st.sets(st.integers(0, 300), max_size=80))
def test_single_missing_samples_change_no_count(missing: set[int]) -> None:
    samples = waves([100] * 5)
    lonely = {i for i in missing if not {i - 1, i - 2} & missing}
    gappy = [(t, None if i in lonely else v) for i, (t, v) in enumerate(samples)]
    assert len(counted(gappy)) == 5


SIGNALS = st.lists(st.one_of(st.none(), st.floats(-100, 100)), max_size=120)


@settings(max_examples=60)
@given(SIGNALS, st.integers(0, 120))
def test_what_is_known_at_a_moment_rests_on_the_samples_up_to_it(values: list[float | None], cut: int) -> None:
    samples = [(i / 10, value) for i, value in enumerate(values)]
    asked, unasked = WaveStream(20.0), WaveStream(20.0)
    known = []
    for time_s, value in samples:
        asked.update(time_s, value)
        known.append(asked.cycles(since_s=ALWAYS, ended=False))
    for time_s, value in samples[: cut + 1]:
        unasked.update(time_s, value)
    if samples:
        assert unasked.cycles(since_s=ALWAYS, ended=False) == known[min(cut, len(samples) - 1)]
    for full, small in known:
        moments = [cycle.end_s for cycle in (*full, *small)]
        assert all(moment <= samples[-1][0] for moment in moments)


@settings(max_examples=60)
@given(SIGNALS)
def test_full_waves_run_in_order_and_small_ones_have_no_part_in_their_middles(values: list[float | None]) -> None:
    stream = fed([(i / 10, value) for i, value in enumerate(values)], 20.0)
    stream.finish()
    full, small = stream.cycles(since_s=ALWAYS, ended=True)
    for first, second in pairwise(full):
        assert first.end_s <= second.start_s
    for wave in small:
        assert not any(wave.start_s < other.peak_s < wave.end_s for other in full)


def test_finish_lets_the_last_samples_through() -> None:
    # Cut off at the lowest point: the median would still wait for what follows.
    samples = [s for s in waves([100] * 2, rate=12) if s[0] <= 4.75]
    before = fed(samples)
    ends_before = [cycle.end_s for cycle in before.cycles(since_s=ALWAYS, ended=True)[0]]
    before.finish()
    ends_after = [cycle.end_s for cycle in before.cycles(since_s=ALWAYS, ended=True)[0]]
    assert len(ends_after) == 2
    assert ends_after[-1] == pytest.approx(samples[-1][0])
    assert ends_before != ends_after


def test_finish_without_any_sample_does_nothing() -> None:
    stream = WaveStream(40.0)
    stream.finish()
    assert stream.cycles(since_s=ALWAYS, ended=True) == ([], [])


def test_only_what_starts_after_a_moment_is_asked_for() -> None:
    stream = fed(waves([100] * 6))
    # At 6.5 s the third repetition is past its middle, at 5.5 s it has only begun.
    assert [cycle.peak_s for cycle in stream.cycles(since_s=6.5, ended=False)[0]] == pytest.approx([8, 10, 12], abs=0.1)
    assert len(stream.cycles(since_s=5.5, ended=False)[0]) == 4


def test_half_an_hour_of_repetitions_is_counted_and_forgotten() -> None:
    stream = WaveStream(40.0)
    rate, period_s = 12, 3.0
    counted_until_s, total = ALWAYS, 0
    most = 0
    for i in range(30 * 60 * rate):
        time_s = i / rate
        stream.update(time_s, 50 * (1 - float(np.cos(2 * np.pi * time_s / period_s))))
        if i % (5 * rate) == 0:
            done = [c for c in stream.cycles(since_s=time_s - 30, ended=False)[0] if c.peak_s > counted_until_s]
            total += len(done)
            counted_until_s = max([counted_until_s, *(cycle.peak_s for cycle in done)])
            stream.forget_before(time_s - 30)
            most = max(most, len(stream.cycles(since_s=ALWAYS, ended=False)[0]))
    assert total == pytest.approx(30 * 60 / period_s, abs=2)
    assert most <= 12


def test_interruptions_are_forgotten_too() -> None:
    stream = WaveStream(40.0)
    for number in range(200):
        for sample in waves([100], at_s=number * 10.0):
            stream.update(*sample)
        stream.forget_before(number * 10.0 - 25)
        assert len(stream.cycles(since_s=ALWAYS, ended=False)[0]) <= 5


def test_the_typical_swing_is_that_of_the_larger_half() -> None:
    heights = [0, 100, 0, 100, 0, 10, 0, 10, 0]
    turns = [Turn(i, h, HIGH if h else LOW) for i, h in enumerate(heights)]
    assert typical_swing([turns]) == 100
    assert typical_swing([]) == 0
    assert typical_swing([turns[:1]]) == 0


def test_a_refined_repetition_leaves_out_the_rests_around_it() -> None:
    samples = waves([100], rest_s=3.0)
    times = np.array([t for t, _ in samples])
    values = np.array([v for _, v in samples], np.float32)
    exact = refined(Cycle(0.0, 4.0, 8.0, 100, 100), times, values)
    assert exact.start_s == pytest.approx(3.2, abs=0.15)
    assert exact.end_s == pytest.approx(4.9, abs=0.15)
    assert (exact.peak_s, exact.rise, exact.fall) == (4.0, 100, 100)


def test_two_samples_are_too_few_to_refine() -> None:
    cycle = Cycle(0.0, 1.0, 2.0, 50, 50)
    assert refined(cycle, np.array([0.0, 2.0]), np.zeros(2, np.float32)) == cycle
