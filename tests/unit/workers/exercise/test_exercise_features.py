"""Features of skeletons whose angles are known because they were put together by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stick_figures import PX_PER_M, mirrored, pictured, pitched, seen, standing

from workers.exercise.features import COUNT, INDEX, JOINTS, NAMES, frame_features, joint_flexions, paired
from workers.exercise.features import paired_visibility as seen_how_well

UP, DOWN, FORWARD = np.array([0.0, 1.0, 0.0]), np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def features_of(points: np.ndarray, yaw: float = 0.0) -> dict[str, float]:
    world = seen(points, yaw)
    return dict(zip(NAMES, map(float, frame_features(pictured(world), world)), strict=True))


def with_arms(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Standing, with both arms the same way: upper arm and forearm point along unit vectors."""
    points = standing()
    for side in (0, 1):
        points[13 + side] = points[11 + side] + 0.30 * upper
        points[15 + side] = points[13 + side] + 0.25 * lower
    return points


def test_every_feature_has_one_name_and_one_place() -> None:
    assert len(NAMES) == COUNT == len(set(NAMES)) == len(INDEX)
    world = seen(standing())
    features = frame_features(pictured(world), world)
    assert features.shape == (COUNT,)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def test_someone_who_stands_with_hanging_arms_is_straight_everywhere() -> None:
    features = features_of(standing())
    for joint in JOINTS:
        # The shoulders are wider than the hips, so that the trunk runs a little aslant to arm and thigh.
        assert features[f"{joint}_left"] == pytest.approx(0, abs=12)
        assert features[f"{joint}_right"] == features[f"{joint}_left"]
    assert features["elbow_left"] == pytest.approx(0, abs=0.1)
    assert features["knee_left"] == pytest.approx(0, abs=0.1)
    assert features["trunk"] == pytest.approx(0, abs=0.1)
    assert features["body_line"] == pytest.approx(0, abs=0.1)
    assert features["hip_sag"] == pytest.approx(0, abs=1e-6)
    assert features["arm_drift"] == pytest.approx(0, abs=0.1)


def test_a_forearm_square_to_the_upper_arm_is_a_right_angle() -> None:
    features = features_of(with_arms(DOWN, FORWARD))
    assert features["elbow_left"] == pytest.approx(90, abs=0.1)
    assert features["elbow_right"] == pytest.approx(90, abs=0.1)


def test_one_bent_elbow_is_the_elbow_of_its_side() -> None:
    points = standing()
    points[15] = points[13] + 0.25 * FORWARD
    features = features_of(points)
    assert features["elbow_left"] == pytest.approx(90, abs=0.1)
    assert features["elbow_right"] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(("upper", "flexion", "drift"), [(DOWN, 0, 0), (FORWARD, 90, 90), (UP, 180, 180)])
def test_arms_that_rise(upper: np.ndarray, flexion: float, drift: float) -> None:
    features = features_of(with_arms(upper, upper))
    assert features["shoulder_left"] == pytest.approx(flexion, abs=12)
    assert features["shoulder_left"] == pytest.approx(features["shoulder_right"], abs=0.1)
    assert features["arm_drift"] == pytest.approx(drift, abs=0.1)
    assert features["elbow_left"] == pytest.approx(0, abs=0.1)


def test_heights_of_hanging_and_of_raised_hands_in_torso_lengths() -> None:
    hanging, raised = features_of(standing()), features_of(with_arms(UP, UP))
    assert hanging["wrist_over_shoulder_left"] == pytest.approx(-1.1, abs=1e-3)
    assert hanging["wrist_over_hip"] == pytest.approx(-0.1, abs=1e-3)
    assert raised["wrist_over_shoulder_right"] == pytest.approx(1.1, abs=1e-3)
    assert raised["wrist_over_nose"] == pytest.approx(0.7, abs=1e-3)
    assert raised["elbow_over_shoulder"] == pytest.approx(0.6, abs=1e-3)
    assert hanging["hip_over_knee"] == pytest.approx(0.84, abs=1e-3)
    assert hanging["hip_over_ankle"] == pytest.approx(1.68, abs=1e-3)


def test_a_squat_with_level_thighs_folds_hips_and_knees_by_a_right_angle() -> None:
    points = standing()
    for side in (0, 1):
        hip = points[23 + side]
        points[25 + side] = hip + 0.42 * FORWARD
        points[27 + side] = points[25 + side] + 0.42 * DOWN
    features = features_of(points)
    assert features["knee_left"] == pytest.approx(90, abs=0.1)
    assert features["hip_left"] == pytest.approx(90, abs=0.5)
    assert features["hip_over_knee"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("yaw", [0.0, 50.0, 90.0, 180.0])
@pytest.mark.parametrize(
    ("pitch", "trunk", "chest_up"), [(0, 0, 0), (45, 45, -0.707), (90, 90, -1), (-90, 90, 1), (150, 150, -0.5)]
)
def test_where_trunk_and_chest_point(pitch: float, trunk: float, chest_up: float, yaw: float) -> None:
    features = features_of(pitched(standing(), pitch), yaw)
    assert features["trunk"] == pytest.approx(trunk, abs=0.1)
    assert features["chest_up"] == pytest.approx(chest_up, abs=1e-3)


@pytest.mark.parametrize(("turned", "yaw"), [(0, 0), (40, 40), (90, 90), (-90, 90), (180, 180), (-120, 120)])
def test_yaw_is_the_same_to_either_side(turned: float, yaw: float) -> None:
    assert features_of(standing(), turned)["yaw"] == pytest.approx(yaw, abs=0.1)


@pytest.mark.parametrize("yaw", [0.0, 90.0, 270.0])
def test_hips_sag_towards_the_chest_and_rise_away_from_it(yaw: float) -> None:
    plank = pitched(standing(), 85)
    sagging, piked = plank.copy(), plank.copy()
    sagging[23:25, 1] -= 0.12
    piked[23:25, 1] += 0.12
    straight = features_of(plank, yaw)["hip_sag"]
    assert straight == pytest.approx(0, abs=1e-4)
    assert features_of(sagging, yaw)["hip_sag"] > 0.1
    assert features_of(piked, yaw)["hip_sag"] < -0.1
    assert features_of(sagging, yaw)["body_line"] > 10


@pytest.mark.parametrize("yaw", [0.0, 35.0, 90.0, 180.0])
def test_feet_apart_and_feet_in_stride_are_told_apart_from_every_view(yaw: float) -> None:
    wide, stride = standing(), standing()
    wide[27] += (0.3, 0, 0)
    stride[27] += (0, 0, 0.6)
    assert features_of(wide, yaw)["ankle_spread"] == pytest.approx(1.0, abs=1e-3)
    assert features_of(wide, yaw)["ankle_split"] == pytest.approx(0.0, abs=1e-3)
    assert features_of(stride, yaw)["ankle_split"] == pytest.approx(1.2, abs=1e-3)
    assert features_of(stride, yaw)["ankle_spread"] == pytest.approx(0.4, abs=1e-3)


def test_knees_that_fall_in_are_closer_than_the_ankles() -> None:
    points = standing()
    points[25, 0], points[26, 0] = 0.05, -0.05
    assert features_of(points)["knee_ankle_width"] == pytest.approx(0.5, abs=1e-3)


def test_place_and_scale_in_the_picture() -> None:
    features = features_of(standing())
    assert features["image_x"] == pytest.approx(320)
    assert features["image_y"] == pytest.approx(240)
    assert features["image_shoulder_y"] == pytest.approx(240 - 0.5 * PX_PER_M)
    assert features["px_per_m"] == pytest.approx(PX_PER_M, rel=1e-3)


POSTURES = st.integers(0, 2**32 - 1).map(lambda seed: standing() + np.random.default_rng(seed).normal(0, 0.06, (33, 3)))
_IN_THE_PICTURE = [INDEX[name] for name in ("image_x", "image_y", "image_shoulder_y", "px_per_m")]


@given(POSTURES, st.floats(0.5, 2.0), st.tuples(*[st.floats(-3, 3)] * 3))
def test_size_and_place_of_the_body_change_no_feature(
    points: np.ndarray, scale: float, shift: tuple[float, float, float]
) -> None:
    world = seen(points, 30)
    moved = (world * scale + np.array(shift)).astype(np.float32)
    before, after = (np.delete(frame_features(pictured(world), w), _IN_THE_PICTURE) for w in (world, moved))
    np.testing.assert_allclose(after, before, atol=0.05, rtol=1e-3)


@given(POSTURES, st.floats(-180, 180))
def test_the_mirror_image_swaps_the_sides_and_nothing_else(points: np.ndarray, yaw: float) -> None:
    first = features_of(points, yaw)
    second = features_of(mirrored(points), -yaw)
    for name in set(NAMES) - {"image_x", "arm_drift"}:
        other = name.replace("_left", "_right") if name.endswith("_left") else name.replace("_right", "_left")
        assert second[other] == pytest.approx(first[name], abs=0.05), name


def test_a_joint_is_seen_as_well_as_its_worst_seen_landmark() -> None:
    world = seen(standing())
    landmarks = pictured(world)
    landmarks[15, 3] = 0.3
    features = frame_features(landmarks, world)
    left, right = seen_how_well(features, "elbow")
    assert (float(left), float(right)) == (pytest.approx(0.3), pytest.approx(1.0))
    assert float(seen_how_well(features, "knee")[0]) == pytest.approx(1.0)


def test_arm_drift_is_taken_from_the_arm_that_is_seen_better() -> None:
    points = standing()
    points[13] = points[11] + 0.3 * FORWARD
    world = seen(points)
    landmarks = pictured(world)
    landmarks[14, 3] = 0.2
    assert frame_features(landmarks, world)[INDEX["arm_drift"]] == pytest.approx(90, abs=0.1)
    landmarks[[13, 14], 3] = 0.2, 1.0
    assert frame_features(landmarks, world)[INDEX["arm_drift"]] == pytest.approx(0, abs=0.1)


def test_joint_flexions_of_many_frames_are_those_of_each() -> None:
    frames = np.stack([seen(standing()), seen(with_arms(DOWN, FORWARD)), seen(with_arms(UP, UP))]).astype(np.float64)
    together = joint_flexions(frames)
    assert together.shape == (3, 8)
    np.testing.assert_allclose(together, [joint_flexions(frame) for frame in frames])


def test_a_pair_of_joints_is_left_then_right() -> None:
    table = np.arange(2 * COUNT, dtype=np.float32).reshape(2, COUNT)
    left, right = paired(table, "knee")
    np.testing.assert_array_equal(left, table[:, INDEX["knee_left"]])
    np.testing.assert_array_equal(right, table[:, INDEX["knee_right"]])


def test_landmarks_that_fall_together_give_numbers_all_the_same() -> None:
    world = np.zeros((33, 3), np.float32)
    assert np.isfinite(frame_features(np.zeros((33, 4), np.float32), world)).all()
