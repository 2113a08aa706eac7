import numpy as np
import pytest

from ingest.rehearsal.equipment import BENCH_HEIGHT_M, PULL_UP_BAR_M
from ingest.rehearsal.motions import BACK_AT, EXERCISES, entry, faults_of, phase_progress, repetition, stance, tired
from ingest.rehearsal.motions.exercises import CROUCH
from ingest.rehearsal.skeleton import Build, angles, body, settled

BUILD = Build(1.75)
PLACE = np.zeros(2)
CASES = [(name, side) for name in EXERCISES for side in ((0, 1) if EXERCISES[name].steps else (None,))]
ON_FEET = [name for name in EXERCISES if not EXERCISES[name].steps and not EXERCISES[name].hop and name != "pull_up"]
PHASES = np.linspace(0, 1, 41)


def _landmarks(name, progress, build=BUILD, **options):
    return body(build, stance(name, build, progress, **options), PLACE, 0.0).landmarks


def _at(name, phase, build=BUILD, **options):
    return body(build, repetition(name, build, phase, **options).stance, PLACE, 0.0).landmarks


def _bend(p, joint, side=0):
    """Degrees by which a joint is bent: 13 elbow, 25 knee."""
    first, middle, last = p[joint - 2 + side], p[joint + side], p[joint + 2 + side]
    cosine = (first - middle) @ (last - middle) / np.linalg.norm(first - middle) / np.linalg.norm(last - middle)
    return 180 - np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def test_all_exercises_of_the_design_are_there():
    assert set(EXERCISES) == {
        *("squat", "lunge", "push_up", "sit_up", "pull_up", "jumping_jack", "bench_press", "clean_and_jerk"),
        *("jump_rope", "deadlift", "shoulder_press", "biceps_curl", "row", "lateral_raise", "plank"),
    }


@pytest.mark.parametrize(("name", "side"), CASES)
def test_nobody_sinks_into_the_floor_or_floats(name, side):
    for phase in PHASES:
        lowest = _at(name, phase, side=side)[:, 2].min()
        floats = EXERCISES[name].hop * BUILD.height_m + (1.0 if name == "pull_up" else 0.0)
        assert -0.02 < lowest < 0.05 + floats, (phase, lowest)


@pytest.mark.parametrize("name", ON_FEET)
def test_feet_do_not_slide(name):
    toes = [_at(name, phase)[31:33] for phase in PHASES]
    assert np.ptp(toes, axis=0).max() < 0.03


@pytest.mark.parametrize("build", [BUILD, Build(1.95, 1.1), Build(1.55, 0.9)])
@pytest.mark.parametrize("name", ["push_up", "plank", "pull_up"])
def test_hands_stay_where_they_hold(name, build):
    wrists = [_at(name, phase, build)[15:17] for phase in PHASES]
    assert np.ptp(wrists, axis=0).max() < 0.02


def test_the_hands_are_on_the_bar_and_the_chin_comes_over_it():
    hang, up = _landmarks("pull_up", 0.0), _landmarks("pull_up", 1.0)
    assert 0.0 < PULL_UP_BAR_M - hang[15:17, 2].mean() < 0.12
    assert _bend(hang, 13) < 30
    assert up[9:11, 2].mean() > PULL_UP_BAR_M - 0.05
    assert hang[0, 2] < PULL_UP_BAR_M - 0.3


@pytest.mark.parametrize("build", [BUILD, Build(1.95), Build(1.55)])
def test_who_presses_lies_on_the_bench_and_the_bar_comes_down_to_the_chest(build):
    up, down = _landmarks("bench_press", 0.0, build), _landmarks("bench_press", 1.0, build)
    for p in (up, down):
        assert np.ptp(p[[11, 12, 23, 24], 2]) < 0.05
        assert 0.05 < p[[11, 12, 23, 24], 2].mean() - BENCH_HEIGHT_M < 0.2
    assert up[15, 2] - up[11, 2] > 0.3 * build.height_m
    assert 0.05 < down[15, 2] - down[11, 2] < 0.14 * build.height_m
    # The bar ends over the lower chest, between the shoulders and the hips.
    assert down[11, 1] < down[15, 1] < down[23, 1]


def test_the_bar_of_a_deadlift_begins_on_the_floor_and_the_back_stays_flat():
    down, up = _at("deadlift", 0.0), _at("deadlift", 0.4)
    assert 0.15 < down[15, 2] - 0.09 < 0.35
    assert _bend(down, 13) < 10
    assert down[25, 2] < down[23, 2] < down[11, 2]
    assert up[11, 2] - up[23, 2] > 0.48


def test_the_bar_of_a_clean_and_jerk_goes_from_the_floor_by_the_shoulders_over_the_head():
    heights = [_at("clean_and_jerk", phase) for phase in (0.0, 0.45, 0.69, BACK_AT)]
    low, racked, high, back = (p[15, 2] for p in heights)
    assert low < 0.55
    assert back == pytest.approx(low, abs=0.01)
    assert abs(racked - heights[1][11, 2]) < 0.15
    assert high > heights[2][0, 2] + 0.25


@pytest.mark.parametrize(
    ("name", "joint", "least", "most"),
    [
        ("squat", 25, 25, 110),
        ("push_up", 13, 25, 90),
        ("biceps_curl", 13, 30, 120),
        ("lunge", 25, 25, 80),
        ("bench_press", 13, 30, 75),
        ("row", 13, 20, 80),
        ("pull_up", 13, 30, 110),
    ],
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


@pytest.mark.parametrize("name", ["push_up", "plank"])
def test_hips_sag_below_the_line_from_shoulders_to_ankles_under_that_fault(name):
    def sag(p):
        shoulder, hip, ankle = p[11], p[23], p[27]
        share = (hip[1] - ankle[1]) / (shoulder[1] - ankle[1])
        return ankle[2] + share * (shoulder[2] - ankle[2]) - hip[2]

    assert abs(sag(_landmarks(name, 0.9))) < 0.06
    assert sag(_landmarks(name, 0.9, fault="hips_sag")) > 0.08


@pytest.mark.parametrize("name", [name for name in EXERCISES if "asymmetric" in EXERCISES[name].faults])
def test_the_sides_differ_under_that_fault_and_only_then(name):
    def uneven(p):
        return np.abs(p[11::2, 2] - p[12::2, 2]).max()

    assert uneven(_landmarks(name, 1.0)) < 0.01
    assert uneven(_landmarks(name, 1.0, fault="asymmetric")) > 0.05


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name in EXERCISES for fault in faults_of(name)])
def test_every_fault_shows(name, fault):
    side = 0 if EXERCISES[name].steps else None
    good, bad = _landmarks(name, 1.0, side=side), _landmarks(name, 1.0, side=side, fault=fault)
    assert np.linalg.norm(good - bad, axis=1).max() > 0.08


@pytest.mark.parametrize("name", [name for name in EXERCISES if not EXERCISES[name].hold])
def test_less_range_is_less_movement(name):
    side = 0 if EXERCISES[name].steps else None
    start = _landmarks(name, 0.0, side=side)
    whole = np.abs(_landmarks(name, 1.0, side=side) - start).max()
    half = np.abs(_landmarks(name, 1.0, side=side, range_=0.5) - start).max()
    assert 0.2 * whole < half < 0.95 * whole


def test_a_plank_is_still():
    held = np.array([_at("plank", phase) for phase in PHASES])
    assert np.ptp(held, axis=0).max() < 0.05


def test_sides_take_turns():
    left, right = _landmarks("biceps_curl", 1.0, side=0), _landmarks("biceps_curl", 1.0, side=1)
    assert left[15, 2] > left[16, 2] + 0.3
    np.testing.assert_allclose(left[11:, 2].reshape(-1, 2), right[11:, 2].reshape(-1, 2)[:, ::-1], atol=1e-6)


def test_what_does_not_exist_is_refused():
    with pytest.raises(KeyError):
        stance("juggling", BUILD, 0.5)
    with pytest.raises(KeyError):
        repetition("squat", BUILD, 0.5, fault="elbows_drift")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_repetition_goes_there_and_back_without_a_jump(name):
    exercise = EXERCISES[name]
    phases = np.linspace(0, 1, 401)
    progress = np.array([phase_progress(phase, exercise) for phase in phases])
    assert progress[0] == 0
    assert progress.max() == 1
    assert np.all(progress[phases >= BACK_AT] < 1e-9)
    side = 0 if exercise.steps else None
    seen = np.array([_at(name, phase, side=side) for phase in phases])
    np.testing.assert_allclose(seen[0], seen[-1], atol=1e-6)
    speed_m_s = np.linalg.norm(np.diff(seen, axis=0), axis=2).max() * 400 / exercise.period_s
    assert speed_m_s < 9.0, speed_m_s


@pytest.mark.parametrize("name", [*EXERCISES, "sitting"])
def test_the_way_into_a_posture_stays_on_the_floor(name):
    for key in entry(name, BUILD):
        p = body(BUILD, key, PLACE, 0.0).landmarks
        assert -0.03 < p[:, 2].min() < 0.06


def test_in_the_crouch_the_hands_reach_the_floor():
    p = body(BUILD, settled(BUILD, angles(CROUCH), hands_on_floor=True), PLACE, 0.0).landmarks
    assert p[15:17, 2].max() < 0.06
    assert p[:, 2].min() > -0.02


def test_who_tires_gets_slower_and_shallower_and_most_at_the_end():
    tempo, reach = np.array([tired(rep, 10, 1.0) for rep in range(10)]).T
    assert np.all(np.diff(tempo) > 0)
    assert np.all(np.diff(reach) < 0)
    assert np.diff(tempo)[-1] > 3 * np.diff(tempo)[0]
    assert tired(9, 10, 0.0) == (1.0, 1.0)
