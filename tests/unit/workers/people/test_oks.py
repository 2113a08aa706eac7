import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skeletons import REGION_M, person

from workers.people.oks import duplicates, oks, share_on


def likeness(one, two):
    sizes = [np.array([p.next_region.size]) for p in (one, two)]
    return float(oks(one.landmarks[None], sizes[0], two.landmarks[None], sizes[1])[0, 0])


def test_a_skeleton_is_itself():
    assert likeness(person(), person()) == pytest.approx(1.0)


def test_two_people_half_a_metre_apart_are_two_and_two_readings_five_centimetres_apart_are_one():
    assert likeness(person(320), person(370)) < 0.1
    assert likeness(person(320), person(325)) > 0.6


@given(st.floats(-200, 200), st.floats(20, 300))
def test_it_is_symmetric_and_does_not_depend_on_the_size_in_the_picture(shift, px_per_m):
    one, two = person(0, 0), person(shift, 10)
    scale = px_per_m / 100
    large_one, large_two = person(0, 0, px_per_m=px_per_m), person(shift * scale, 10 * scale, px_per_m=px_per_m)
    assert likeness(one, two) == pytest.approx(likeness(two, one), abs=1e-6)
    assert likeness(one, two) == pytest.approx(likeness(large_one, large_two), abs=1e-3)


def test_what_either_does_not_see_is_not_compared():
    one, two = person(), person()
    one.landmarks[25:, :2] += 300
    assert likeness(one, two) < 0.9
    one.landmarks[25:, 3] = 0.0
    assert likeness(one, two) == pytest.approx(1.0)


def test_nobody_is_like_nobody():
    assert oks(np.zeros((0, 33, 4)), np.zeros(0), person().landmarks[None], np.array([230.0])).shape == (0, 1)


def test_duplicates_are_told_by_skeleton_and_not_by_overlap():
    people = [person(320), person(370), person(322)]
    stacked = np.stack([p.landmarks for p in people]), np.array([REGION_M * 100] * 3)
    assert [(i, j) for i, j, _ in duplicates(*stacked, 0.5)] == [(0, 2)]


def test_a_reading_upside_down_lies_on_the_same_body_and_a_neighbour_does_not():
    upright, flipped = person(), person(y=235, turned=np.pi)
    assert likeness(upright, flipped) < 0.4
    assert share_on(flipped.landmarks, upright.landmarks, 230.0) > 0.65
    assert share_on(person(370).landmarks, upright.landmarks, 230.0) < 0.5


def test_a_skeleton_without_visible_points_lies_on_any_body():
    assert share_on(person(visibility=0.0).landmarks, person(900).landmarks, 230.0) == 1.0
