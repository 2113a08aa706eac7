"""Counts, times and names of clips of one person."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from training import scoring
from training.scoring import ClipScore, Figure


def clip(true=10, counted=10, found=10, exercise="squat", named=("squat",), origin="a", latencies=()):
    return ClipScore("clip", origin, true, counted, found, exercise, named, latencies)


def test_events_match_within_the_tolerance_and_not_beyond():
    assert scoring.matched_events([1.0, 2.0], [1.5, 2.51], tolerance_s=0.5) == 1


def test_an_event_matches_at_most_once():
    assert scoring.matched_events([1.0], [0.9, 1.0, 1.1]) == 1
    assert scoring.matched_events([0.9, 1.0, 1.1], [1.0]) == 1


def test_order_does_not_matter():
    assert scoring.matched_events([3.0, 1.0, 2.0], [2.1, 3.1, 1.1], tolerance_s=0.2) == 3


def test_nothing_matches_nothing():
    assert scoring.matched_events([], [1.0]) == 0
    assert scoring.matched_events([1.0], []) == 0


seconds = st.lists(st.integers(0, 60).map(lambda tenths: tenths / 10), max_size=7)


@given(seconds, seconds)
def test_no_pairing_matches_more_events(true_s, counted_s):
    near = np.abs(np.subtract.outer(np.array(true_s), np.array(counted_s))) <= 0.5
    rows, columns = linear_sum_assignment(near, maximize=True)
    assert scoring.matched_events(true_s, counted_s, 0.5) == near[rows, columns].sum()


def test_off_by_one_allows_one_in_either_direction():
    assert scoring.off_by_one([clip(counted=9), clip(counted=11), clip(counted=12), clip()]) == 0.75


def test_exact_allows_none():
    assert scoring.exact([clip(counted=9), clip(), clip(), clip(counted=11)]) == 0.5


def test_mean_error_does_not_cancel():
    assert scoring.mean_error([clip(counted=8), clip(counted=12), clip()]) == pytest.approx(4 / 3)


def test_event_f1_counts_missed_and_extra_ones_of_all_clips_together():
    # 6 hits; 14 true and 8 counted ones.
    assert scoring.event_f1([clip(10, 4, 4), clip(4, 4, 2)]) == pytest.approx(2 * 6 / (14 + 8))


def test_event_f1_of_nothing_is_perfect():
    assert scoring.event_f1([clip(0, 0, 0)]) == 1.0


def test_named_right_leaves_out_what_has_no_name():
    clips = [clip(), clip(named=("lunge", "squat")), clip(named=()), clip(exercise="idle", named=("lunge",))]
    assert scoring.named_right(clips) == pytest.approx(2 / 3)
    assert math.isnan(scoring.named_right([clip(exercise="idle")]))


def test_macro_f1_is_the_mean_over_exercises_of_their_first_names():
    clips = [clip(), clip(named=("lunge", "squat")), clip(exercise="lunge", named=("lunge",)), clip(exercise="row")]
    # squat: 1 hit of 2 performed and 2 named; lunge: 1 of 1 and 2; row: named squat.
    assert scoring.macro_f1(clips) == pytest.approx((2 / 4 + 2 / 3 + 0) / 3)


def test_macro_f1_of_nothing_named_is_no_number():
    assert math.isnan(scoring.macro_f1([]))


def test_latency_is_median_and_95th_percentile_of_all_repetitions():
    assert scoring.latency([clip(latencies=(0.1, 0.2)), clip(latencies=(0.3,))]) == pytest.approx((0.2, 0.29))
    assert all(math.isnan(value) for value in scoring.latency([clip()]))


def test_a_figure_of_no_clips_is_no_number():
    figure = scoring.figure([], scoring.exact)
    assert math.isnan(figure.value)
    assert figure.n == 0


def test_clips_of_one_origin_are_drawn_together():
    clips = [clip(origin="a") for _ in range(50)] + [clip(counted=0, origin="b") for _ in range(50)]
    figure = scoring.figure(clips, scoring.exact)
    # Two origins: a resample often has only one of them, however many clips each has.
    assert (figure.value, figure.low, figure.high, figure.n, figure.clusters) == (0.5, 0.0, 1.0, 100, 2)


def test_clips_of_many_origins_give_a_narrow_interval():
    clips = [clip(origin=str(i), counted=10 * (i % 2)) for i in range(100)]
    figure = scoring.figure(clips, scoring.exact)
    assert 0.38 < figure.low < 0.44
    assert 0.56 < figure.high < 0.62


def test_a_figure_is_the_same_for_the_same_seed_only():
    clips = [clip(origin=str(i), counted=i) for i in range(20)]
    assert scoring.figure(clips, scoring.mean_error, 3) == scoring.figure(clips, scoring.mean_error, 3)
    assert scoring.figure(clips, scoring.mean_error, 3) != scoring.figure(clips, scoring.mean_error, 4)


def test_a_figure_shows_its_interval():
    assert str(Figure(0.5, 0.25, 0.75, 4)) == "0.500 [0.250, 0.750]"
