import pytest

from core.errors import ConfigError
from training.dataset.landmark_columns import NAMES, landmark_of, recognise


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("x0", (0, 0, False)), ("y_32", (32, 1, False)), ("v12", (12, 3, False)), ("visibility_7", (7, 3, False)),
        ("12_z", (12, 2, False)), ("landmark_11_x", (11, 0, False)), ("lm23y", (23, 1, False)),
        ("pose_landmark_5_visibility", (5, 3, False)), ("x_nose", (0, 0, False)), ("nose_x", (0, 0, False)),
        ("LEFT_SHOULDER.y", (11, 1, False)), ("leftShoulderX", (11, 0, False)), ("NOSE_visibility", (0, 3, False)),
        ("x_left_pinky_1", (17, 0, False)), ("z_right_thumb_2", (22, 2, False)), ("mouth_left_x", (9, 0, False)),
        ("left_mouth_x", (9, 0, False)), ("right_foot_index_z", (32, 2, False)), ("l_knee_x", (25, 0, False)),
        ("shoulder_right_v", (12, 3, False)), ("world_x0", (0, 0, True)), ("nose_world_z", (0, 2, True)),
        ("wx3", (3, 0, True)), ("world_landmark_3_y", (3, 1, True)), ("left_index_y", (19, 1, False)),
    ],
)  # fmt: skip
def test_landmark_columns(name, found):
    assert landmark_of(name) == found


@pytest.mark.parametrize(
    "name",
    ["frame", "vid_id", "label", "x", "visibility", "", "x34", "right_elbow_right_shoulder", "pose", "score", "x_tail"],
)
def test_other_columns(name):
    assert landmark_of(name) is None


def test_numbers_from_one_are_those_from_zero():
    header = ["frame"] + [f"{axis}{number}" for number in range(1, 34) for axis in "xyzv"]
    columns = recognise(header, {})
    assert columns.image[0, 0] == 1
    assert columns.image[32, 3] == 132
    assert columns.missing() == []


def test_missing_columns_are_named():
    header = [f"{axis}_{name}" for name in NAMES if name != "left_hip" for axis in "xyz"]
    assert recognise(header, {}).missing() == ["left_hip x", "left_hip y"]


def test_other_columns_by_their_usual_names_and_by_told_ones():
    header = ["Vid_ID", "frame order", "class", "take", "x0"]
    assert recognise(header, {}).roles == {"video": 0, "frame": 1, "label": 2}
    assert recognise(header, {"video": "Take"}).roles["video"] == 3
    with pytest.raises(ConfigError, match=r"no column 'clip'; the columns are 'Vid_ID', .* and the landmarks"):
        recognise(header, {"video": "clip"})
