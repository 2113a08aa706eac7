"""The table of recent features: nothing is lost, overwritten or kept for ever; and the signals read from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_exercise_statistics import features_of

from workers.exercise.features import COUNT, INDEX
from workers.exercise.history import History, signal_values, signal_visibility


def filled(count: int, history: History | None = None, start: int = 0) -> History:
    history = history or History()
    for i in range(start, start + count):
        history.append(i / 10, np.full(COUNT, i, np.float32))
    return history


@given(st.lists(st.tuples(st.integers(1, 700), st.floats(0, 1)), max_size=6))
def test_rows_are_those_that_were_added_and_not_forgotten(steps: list[tuple[int, float]]) -> None:
    history, added, kept_from = History(), 0, 0
    for count, share in steps:
        filled(count, history, added)
        added += count
        kept_from = max(kept_from, round(added * share))
        history.forget_before((kept_from - 0.5) / 10)
        np.testing.assert_allclose(history.times, np.arange(kept_from, added) / 10)
        np.testing.assert_array_equal(history.features[:, 0], np.arange(kept_from, added))


def test_a_slice_has_both_its_ends() -> None:
    times, features = filled(100).slice(1.0, 2.0)
    np.testing.assert_allclose(times, np.arange(10, 21) / 10)
    assert features.shape == (11, COUNT)
    assert len(filled(100).slice(20.0, 30.0)[0]) == len(History().slice(0.0, 1.0)[0]) == 0


def test_a_slice_is_not_overwritten_by_what_comes_later() -> None:
    history = filled(500)
    _, early = history.slice(0.0, 1.0)
    before = early.copy()
    history.forget_before(40.0)
    filled(3000, history, 500)
    np.testing.assert_array_equal(early, before)


def test_forgetting_keeps_the_table_small() -> None:
    history = History()
    for i in range(20):
        filled(200, history, i * 200)
        history.forget_before(i * 20.0)
    assert len(history.times) <= 200
    assert len(history._times) <= 1024


def test_a_joint_is_the_mean_of_its_sides_weighted_by_how_well_they_are_seen() -> None:
    table = features_of(2, knee_left=40, knee_right=100, knee_visibility_right=[1.0, 0.05])
    both = signal_values(table, "knee", "both")
    assert both == pytest.approx([70, 40], abs=1.0)
    assert signal_values(table, "knee", "left").tolist() == [40, 40]
    assert signal_values(table, "knee", "right").tolist() == [100, 100]
    assert signal_visibility(table, "knee", "both").tolist() == [1, 1]
    assert signal_visibility(table, "knee", "right") == pytest.approx([1.0, 0.05])


def test_a_plain_feature_is_the_same_for_all_sides() -> None:
    table = features_of(3, trunk=[10, 20, 30])
    for side in ("both", "left", "right"):
        np.testing.assert_array_equal(signal_values(table, "trunk", side), table[:, INDEX["trunk"]])


def test_rise_grows_upwards_in_metres() -> None:
    table = features_of(2, image_shoulder_y=[200, 160])
    assert np.diff(signal_values(table, "rise_m", "both")) == pytest.approx([40 / 200])


def test_what_has_no_joint_of_its_own_is_seen_as_well_as_the_hips() -> None:
    table = features_of(1, hip_visibility_left=0.4, hip_visibility_right=0.1)
    assert signal_visibility(table, "trunk", "both") == pytest.approx([0.4])
