"""IDF1, HOTA and switches against cases that are worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.scoring import identity
from training.scoring.matching import FramePairs


def frame(true, found, same=(), similarity=1.0):
    """One frame: who is to be found, who was, and which pairs coincide."""
    matrix = np.zeros((len(true), len(found)))
    for one, other in same:
        matrix[true.index(one), found.index(other)] = similarity
    return FramePairs(np.array(true, np.int64), np.array(found, np.int64), matrix)


def scores(frames):
    sums = identity.hota_parts(frames).sum(0)
    return tuple(
        float(measure(sums)) for measure in (identity.hota, identity.detection_accuracy, identity.association_accuracy)
    )


def idf1(frames):
    return float(identity.idf1(identity.identity_parts(frames).sum(0)))


PERFECT = [frame([1, 2], [7, 9], [(1, 7), (2, 9)])] * 10
BROKEN = [frame([1], [7], [(1, 7)])] * 6 + [frame([1], [8], [(1, 8)])] * 4


def test_who_is_always_found_under_one_number_scores_one():
    assert idf1(PERFECT) == 1.0
    assert scores(PERFECT) == (1.0, 1.0, 1.0)
    assert identity.switches(PERFECT) == {1: 0, 2: 0}


def test_who_is_never_found_scores_nothing():
    frames = [frame([1], [])] * 5
    assert idf1(frames) == 0.0
    assert scores(frames) == (0.0, 0.0, 0.0)


def test_a_number_that_changes_after_six_of_ten_frames():
    # 6 frames right, 4 wrong, 4 missed. All are found; 6 hits have an association of 6 / (10 + 6 - 6), 4 of 4 / 10.
    assert idf1(BROKEN) == pytest.approx(2 * 6 / (2 * 6 + 4 + 4))
    association = (6 * 0.6 + 4 * 0.4) / 10
    assert scores(BROKEN) == pytest.approx((math.sqrt(association), 1.0, association))
    assert identity.switches(BROKEN) == {1: 1}


def test_two_people_who_swap_numbers_half_way():
    frames = PERFECT[:5] + [frame([1, 2], [7, 9], [(1, 9), (2, 7)])] * 5
    assert idf1(frames) == pytest.approx(0.5)
    # Of every hit: 5 frames together, 5 of the person elsewhere, 5 of the number elsewhere.
    assert scores(frames) == pytest.approx((math.sqrt(1 / 3), 1.0, 1 / 3))
    assert identity.switches(frames) == {1: 1, 2: 1}


def test_a_ghost_costs_detection_but_no_association():
    frames = [frame([1], [7, 8], [(1, 7)])] * 4
    assert idf1(frames) == pytest.approx(2 * 4 / (2 * 4 + 4))
    assert scores(frames) == pytest.approx((math.sqrt(0.5), 0.5, 1.0))


def test_who_is_missed_half_of_the_time():
    frames = [frame([1], [7], [(1, 7)])] * 5 + [frame([1], [])] * 5
    assert idf1(frames) == pytest.approx(2 * 5 / (2 * 5 + 5))
    # Each hit's association: 5 hits of 10 true and 5 found frames.
    assert scores(frames) == pytest.approx((0.5, 0.5, 0.5))
    assert identity.switches(frames) == {1: 0}


def test_hota_averages_over_thresholds_of_similarity():
    frames = [frame([1], [7], [(1, 7)], similarity=0.52)] * 3
    # 0.05 to 0.50 are passed, 0.55 to 0.95 are not.
    assert scores(frames) == pytest.approx((10 / 19, 10 / 19, 10 / 19))


def test_below_the_gate_nobody_is_the_same():
    assert idf1([frame([1], [7], [(1, 7)], similarity=0.49)]) == 0.0
    assert idf1([frame([1], [7], [(1, 7)], similarity=0.5)]) == 1.0


def test_a_number_is_kept_though_another_is_slightly_more_alike():
    near = FramePairs(np.array([1, 2]), np.array([7, 9]), np.array([[0.6, 0.7], [0.7, 0.6]]))
    assert identity.switches([PERFECT[0], near, PERFECT[0]]) == {1: 0, 2: 0}


def test_who_comes_back_under_another_number_has_switched():
    frames = [frame([1], [7], [(1, 7)]), frame([1], []), frame([1], [8], [(1, 8)])]
    assert identity.switches(frames) == {1: 1}


def test_switches_come_with_the_time_in_which_they_happened():
    parts = identity.switch_parts(BROKEN, fps=10)
    assert parts.tolist() == [[1, pytest.approx(1 / 600)]]


def test_wrong_frames_belong_to_the_person_who_is_followed():
    parts = identity.identity_parts(BROKEN + [frame([2], [9], [(2, 9)])] * 3 + [frame([], [5])] * 2)
    # Person 1 with the leftovers of number 8; person 2; the ghost 5.
    assert parts.tolist() == [[6, 4, 4], [3, 0, 0], [0, 2, 0]]


def test_clusters_of_hota_add_up_to_the_whole():
    frames = [*BROKEN, *PERFECT]
    parts = identity.hota_parts(frames).reshape(-1, 4, 19)
    assert parts[:, 1].sum(0).tolist() == [30] * 19
    assert parts[:, 2:].sum() == 0


def test_an_empty_sequence_has_no_clusters():
    assert identity.identity_parts([]).shape == (0, 3)
    assert identity.hota_parts([]).shape == (0, 76)
    assert identity.switches([]) == {}
    assert identity.switch_parts([], 10).shape == (0, 2)


def test_cameras_that_number_people_by_themselves_halve_the_identity_across_them():
    one = [frame([1], [7], [(1, 7)])] * 10
    both = one + identity.renumbered(one, 0, 100)
    assert idf1(one) == 1.0
    assert idf1(both) == pytest.approx(0.5)
    assert idf1(one + identity.renumbered(one, 0, 0)) == 1.0


@st.composite
def sequences(draw):
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    frames = []
    for _ in range(draw(st.integers(1, 12))):
        true, found = (np.flatnonzero(random.random(4) < 0.7) for _ in range(2))
        frames.append(FramePairs(true, found, random.random((len(true), len(found)))))
    return frames


@given(sequences())
def test_whatever_happens_all_frames_are_accounted_for(frames):
    right, wrong, missed = identity.identity_parts(frames).sum(0)
    assert right + missed == sum(len(each.true_ids) for each in frames)
    assert right + wrong == sum(len(each.found_ids) for each in frames)
    association, hits, extra, missing = identity.hota_parts(frames).sum(0).reshape(4, 19)
    assert (hits + missing == right + missed).all()
    assert (hits + extra == right + wrong).all()
    assert (association <= hits + 1e-9).all()
    assert (np.diff(hits) <= 0).all()


@given(sequences())
def test_numbers_are_names_only(frames):
    other = identity.renumbered(frames, 50, 90)
    assert identity.hota_parts(other) == pytest.approx(identity.hota_parts(frames))
    assert identity.identity_parts(other) == pytest.approx(identity.identity_parts(frames))
