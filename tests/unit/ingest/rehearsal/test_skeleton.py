import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rehearsal.skeleton import (
    DOFS,
    FOREARM,
    SHANK,
    THIGH,
    UPPER_ARM,
    Build,
    Stance,
    angles,
    blended,
    body,
    mirrored,
    one_sided,
    settled,
    two_bones,
)

BUILD = Build(1.80)
PLACE = np.zeros(2)
BONES = [(11, 13, UPPER_ARM), (13, 15, FOREARM), (23, 25, THIGH), (25, 27, SHANK)]


def _landmarks(given_angles, **kinds):
    return body(BUILD, settled(BUILD, angles(given_angles), **kinds), PLACE, 0.0).landmarks


def test_someone_who_stands_is_as_tall_as_the_fractions_of_stature_say():
    p = _landmarks({})
    assert p[11:13, 2] == pytest.approx(0.818 * 1.80, abs=0.005)
    assert p[23:25, 2] == pytest.approx(0.530 * 1.80, abs=0.005)
    assert p[29:33, 2].min() > 0
    assert p[29:33, 2].max() < 0.05


def test_left_is_west_for_someone_who_faces_north():
    p = _landmarks({})
    assert p[11, 0] < 0 < p[12, 0]
    assert p[0, 1] > p[7, 1]


@pytest.mark.parametrize(
    ("name", "joint", "axis", "sign"),
    [
        ("shoulder_flex", 15, 1, 1),
        ("elbow", 15, 1, 1),
        ("hip_flex", 25, 1, 1),
        ("knee", 27, 1, -1),
        ("shoulder_abd", 16, 0, 1),
        ("shoulder_abd", 15, 0, -1),
        ("hip_abd", 28, 0, 1),
        ("hip_abd", 27, 0, -1),
        ("pitch", 11, 1, 1),
        ("lumbar", 11, 1, 1),
    ],
)
def test_each_angle_moves_its_joint_the_way_its_name_says(name, joint, axis, sign):
    hip = (23, 24)
    bent, straight = _landmarks({name: 40}), _landmarks({})
    moved = (bent[joint] - bent[hip, :].mean(axis=0)) - (straight[joint] - straight[hip, :].mean(axis=0))
    assert moved[axis] * sign > 0.1


@given(st.lists(st.floats(-60, 120), min_size=len(DOFS), max_size=len(DOFS)), st.booleans())
def test_bones_keep_their_length_whatever_the_angles(values, hands_on_floor):
    stance = settled(BUILD, np.array(values), hands_on_floor=hands_on_floor)
    p = body(BUILD, stance, PLACE, 33.0).landmarks
    for first, second, fraction in BONES:
        for side in (0, 1):
            length = np.linalg.norm(p[first + side] - p[second + side])
            assert length == pytest.approx(fraction * BUILD.height_m, abs=1e-6)


@given(st.lists(st.floats(-60, 120), min_size=len(DOFS), max_size=len(DOFS)))
def test_a_mirrored_posture_is_the_mirror_image(values):
    vector = np.array(values)
    p = body(BUILD, settled(BUILD, vector), PLACE, 0.0).landmarks
    q = body(BUILD, settled(BUILD, mirrored(vector)), PLACE, 0.0).landmarks
    np.testing.assert_allclose(q[11:33:2], p[12:33:2] * [-1, 1, 1], atol=1e-6)
    np.testing.assert_array_equal(mirrored(mirrored(vector)), vector)


def test_one_side_moves_and_the_other_stays():
    start, end = angles({"elbow": 10}), angles({"elbow": 140})
    assert dict(zip(DOFS, one_sided(start, end, 0), strict=True))["left_elbow"] == 140
    assert dict(zip(DOFS, one_sided(start, end, 0), strict=True))["right_elbow"] == 10
    assert dict(zip(DOFS, one_sided(start, end, 1), strict=True))["right_elbow"] == 140


def test_an_angle_that_does_not_exist_is_refused():
    with pytest.raises(KeyError):
        angles({"tail": 10})


@given(st.tuples(*[st.floats(-1, 1)] * 3), st.tuples(*[st.floats(-1, 1)] * 3))
def test_two_bones_reach_what_is_in_reach_and_bend_towards_the_hint(target, hint):
    target, hint = np.array(target), np.array(hint)
    middle, end = two_bones(np.zeros(3), target, 0.5, 0.4, hint)
    assert np.linalg.norm(middle) == pytest.approx(0.5, abs=1e-6)
    assert np.linalg.norm(end - middle) == pytest.approx(0.4, abs=1e-4)
    distance = np.linalg.norm(target)
    if 0.11 < distance < 0.89:
        np.testing.assert_allclose(end, target, atol=1e-6)
    if distance > 1e-3:
        along = target / distance
        sideways = hint - along * (hint @ along)
        assert sideways @ middle >= -1e-6


def test_feet_that_are_fixed_stay_when_the_body_sinks():
    high, low = (
        settled(BUILD, angles({"hip_abd": 8})),
        settled(BUILD, angles({"hip_abd": 8, "knee": 90, "hip_flex": 45})),
    )
    low = Stance(low.pelvis, low.angles, high.balls, 1.0, low.wrists, 0.0)
    feet = [body(BUILD, blended(high, low, share), PLACE, 0.0).landmarks[27:] for share in np.linspace(0, 1, 9)]
    assert np.ptp(feet, axis=0).max() < 0.002


def test_a_body_moves_and_turns_as_one():
    stance = settled(BUILD, angles({"elbow": 50, "turn": 20}))
    here = body(BUILD, stance, PLACE, 0.0).landmarks
    there = body(BUILD, stance, np.array([2.0, 3.0]), 90.0).landmarks
    # A quarter turn to the left: what was north is west.
    np.testing.assert_allclose(there, here[:, [1, 0, 2]] * [-1, 1, 1] + [2.0, 3.0, 0.0], atol=1e-9)
