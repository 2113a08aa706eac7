"""Figures over clusters."""

import math

import numpy as np
import pytest

from training.scoring import intervals
from training.scoring.intervals import f1, figure_of_mean, figure_of_percentile, figure_of_sums, ratio, sums_by_cluster


def test_sums_are_added_up_by_cluster_in_order_of_appearance():
    parts = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    assert sums_by_cluster(parts, ["b", "a", "b"]).tolist() == [[4, 40], [2, 20]]


def test_a_ratio_is_of_sums_and_not_a_mean_of_ratios():
    assert figure_of_sums(np.array([[1.0, 1.0], [0.0, 9.0]]), ratio, 10).value == pytest.approx(0.1)


def test_a_ratio_over_nothing_is_no_number():
    assert math.isnan(ratio(np.array([0.0, 0.0])))


def test_f1_of_hits_extra_and_missed():
    assert f1(np.array([6.0, 2.0, 8.0])) == pytest.approx(12 / 22)


def test_no_cluster_gives_no_number():
    figure = figure_of_sums(np.zeros((0, 2)), ratio, 0)
    assert math.isnan(figure.value)
    assert math.isnan(figure.low)


def test_a_cluster_that_adds_nothing_is_none():
    figure = figure_of_sums(np.array([[1.0, 2.0], [0.0, 0.0], [0.0, 3.0]]), ratio, 5)
    assert (figure.clusters, figure.value) == (2, 0.2)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(5)
    covered = 0
    for trial in range(100):
        person = random.normal(0.0, 1.0, 40)
        values = (person[:, None] + random.normal(0.0, 0.3, (40, 20))).ravel()
        figure = figure_of_mean(values, np.repeat(np.arange(40), 20).tolist(), seed=trial)
        covered += figure.low <= 0.0 <= figure.high
    # Resampling single values instead of people would cover it in about 40 of 100.
    assert covered >= 88


def test_the_seed_is_told_and_decides():
    values, clusters = np.arange(30.0), list(range(30))
    assert figure_of_mean(values, clusters, seed=4).seed == 4
    assert figure_of_mean(values, clusters, seed=4) == figure_of_mean(values, clusters, seed=4)
    assert figure_of_mean(values, clusters, seed=4).low != figure_of_mean(values, clusters, seed=5).low


def test_a_percentile_is_exact_and_inside_its_interval():
    values = np.random.default_rng(0).lognormal(0, 1, 2000)
    figure = figure_of_percentile(values, [at // 20 for at in range(2000)], 50)
    assert figure.value == np.median(values)
    assert figure.low < figure.value < figure.high
    assert figure.high - figure.low < 0.2
    assert (figure.n, figure.clusters) == (2000, 100)


def test_a_percentile_of_negative_and_zero_values():
    assert figure_of_percentile([-0.2, 0.0, 0.1], ["a", "b", "c"], 50).value == 0.0


def test_a_percentile_of_nothing_is_no_number():
    assert math.isnan(figure_of_percentile([], [], 50).value)


def test_every_resample_draws_as_many_clusters_as_there_are():
    drawn = intervals.draws(7, seed=1, resamples=50)
    assert drawn.shape == (50, 7)
    assert (drawn.sum(1) == 7).all()
