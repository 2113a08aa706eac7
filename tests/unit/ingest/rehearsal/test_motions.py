import numpy as np
import pytest

from ingest.rehearsal.motions import BACK_AT, CROUCH, EXERCISES, phase_progress, stance, standing, walking
from ingest.rehearsal.skeleton import Build, angles, body, settled

BUILD = Build(1.75)
PLACE = np.zeros(2)
CASES = [(name, side) for name in EXERCISES for side in ((0, 1) if EXERCISES[name].steps else (None,))]


def _landmarks(name, progress, **options):
    return body(BUILD, stance(name, BUILD, progress, **options), PLACE, 0.0).landmarks


def _bend(p, joint, side=0):
    """Degrees by which a joint is bent: 13 elbow, 25 knee."""
    first, middle, last = p[joint - 2 + side], p[joint + side], p[joint + 2 + side]
    cosine = (first - middle) @ (last - middle) / np.linalg.norm(first - middle) / np.linalg.norm(last - middle)
    return 180 - np.degrees(np.arccos(np.clip(cosine, -1, 1)))


@pytest.mark.parametrize(("name", "side"), CASES)
def test_nobody_sinks_into_the_floor_or_floats(name, side):
    for progress in np.linspace(0, 1, 11):
        lowest = _landmarks(name, progress, side=side)[:, 2].min()
        hop = EXERCISES[name].hop * BUILD.height_m
        assert -0.02 < lowest < 0.05 + hop, (progress, lowest)


@pytest.mark.parametrize("name", [name for name in EXERCISES if not EXERCISES[name].steps and not EXERCISES[name].hop])
def test_feet_do_not_slide(name):
    toes = [_landmarks(name, progress)[31:33] for progress in np.linspace(0, 1, 11)]
    assert np.ptp(toes, axis=0).max() < 0.03


def test_hands_stay_on_the_floor_in_a_push_up():
    wrists = [_landmarks("push_up", progress)[15:17] for progress in np.linspace(0, 1, 11)]
    assert np.ptp(wrists, axis=0).max() < 0.02


@pytest.mark.parametrize(
    ("name", "joint", "least", "most"),
    [("squat", 25, 25, 110), ("push_up", 13, 25, 90), ("biceps_curl", 13, 30, 120), ("lunge", 25, 25, 80)],
)
def test_the_main_joint_goes_from_straight_to_bent(name, joint, least, most):
    side = 0 if EXERCISES[name].steps else None
    start = _landmarks(name, 0.0, side=side)
    end = _landmarks(name, 1.0, side=side)
    assert _bend(start, joint) < least
    assert _bend(end, joint) > most


def test_a_deep_squat_brings_the_hips_below_the_knees_and_a_shallow_one_does_not():
    deep, shallow = _landmarks("squat", 1.0), _landmarks("squat", 1.0, fault="shallow")
    assert deep[23, 2] < deep[25, 2] < shallow[23, 2] - 0.1


def test_knees_fall_in_under_that_fault():
    good, bad = _landmarks("squat", 1.0), _landmarks("squat", 1.0, fault="knees_in")
    assert bad[26, 0] - bad[25, 0] < 0.6 * (good[26, 0] - good[25, 0])


def test_hips_sag_below_the_line_from_shoulders_to_ankles_under_that_fault():
    def sag(p):
        shoulder, hip, ankle = p[11], p[23], p[27]
        share = (hip[1] - ankle[1]) / (shoulder[1] - ankle[1])
        return ankle[2] + share * (shoulder[2] - ankle[2]) - hip[2]

    assert abs(sag(_landmarks("push_up", 0.9))) < 0.06
    assert sag(_landmarks("push_up", 0.9, fault="hips_sag")) > 0.08


@pytest.mark.parametrize("name", EXERCISES)
def test_less_range_is_less_movement(name):
    side = 0 if EXERCISES[name].steps else None
    start = _landmarks(name, 0.0, side=side)
    whole = np.abs(_landmarks(name, 1.0, side=side) - start).max()
    half = np.abs(_landmarks(name, 1.0, side=side, range_=0.5) - start).max()
    assert 0.2 * whole < half < 0.95 * whole


def test_sides_take_turns():
    left, right = _landmarks("biceps_curl", 1.0, side=0), _landmarks("biceps_curl", 1.0, side=1)
    assert left[15, 2] > left[16, 2] + 0.3
    np.testing.assert_allclose(left[11:, 2].reshape(-1, 2), right[11:, 2].reshape(-1, 2)[:, ::-1], atol=1e-6)


def test_what_does_not_exist_is_refused():
    with pytest.raises(KeyError):
        stance("juggling", BUILD, 0.5)
    with pytest.raises(KeyError):
        stance("squat", BUILD, 0.5, fault="elbows_drift")


def test_a_repetition_goes_there_and_back_without_a_jump():
    phases = np.linspace(0, 1, 401)
    progress = np.array([phase_progress(phase) for phase in phases])
    assert progress[0] == 0
    assert progress.max() == 1
    assert np.all(progress[phases >= BACK_AT] < 1e-9)
    assert np.abs(np.diff(progress)).max() < 0.02


def test_who_stands_about_moves_little_and_walks_nowhere():
    seen = np.array([body(BUILD, standing(BUILD, t, 3), PLACE, 0.0).landmarks for t in np.linspace(0, 20, 101)])
    assert 0.02 < np.ptp(seen[:, 0], axis=0).max() < 0.4
    assert np.ptp(seen[:, 27:], axis=0).max() < 0.05


def test_a_walk_swings_the_legs_and_keeps_a_foot_on_the_floor():
    steps = np.array([body(BUILD, walking(BUILD, d), PLACE, 0.0).landmarks for d in np.linspace(0, 3, 61)])
    assert np.ptp(steps[:, 27, 1]) > 0.4
    assert np.abs(steps[:, 29:, 2].min(axis=1)).max() < 0.06


def test_in_the_crouch_the_hands_reach_the_floor():
    p = body(BUILD, settled(BUILD, angles(CROUCH), hands_on_floor=True), PLACE, 0.0).landmarks
    assert p[15:17, 2].max() < 0.06
    assert p[:, 2].min() > -0.02
