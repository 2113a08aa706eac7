"""What a repetition looked like, condensed, and which of it was seen."""

import numpy as np
import pytest

from workers.exercise.features import COUNT, INDEX, JOINTS
from workers.exercise.statistics import DERIVED, STATISTICS, RepStatistics, rep_statistics


def features_of(frames: int = 5, **columns: list[float] | float) -> np.ndarray:
    """Features (N, COUNT) of a person all seen, 200 pixels a metre; the named columns as given."""
    table = np.zeros((frames, COUNT), np.float32)
    for joint in JOINTS:
        for side in ("left", "right"):
            table[:, INDEX[f"{joint}_visibility_{side}"]] = 1.0
    table[:, INDEX["px_per_m"]] = 200.0
    for name, values in columns.items():
        table[:, INDEX[name]] = values
    return table


def of(peak: int = 2, side: str = "both", **columns: list[float] | float) -> RepStatistics:
    return rep_statistics(features_of(**columns), peak, side)


def test_rest_is_the_mean_of_both_ends_and_the_range_goes_over_all_frames() -> None:
    found = of(trunk=[10, 30, 60, 80, 20])
    assert found.value("trunk.rest") == 15
    assert found.value("trunk.peak") == 60
    assert 70 < found.value("trunk.max") <= 80
    assert 10 <= found.value("trunk.min") < 20
    assert found.value("trunk.range") == pytest.approx(found.value("trunk.max") - found.value("trunk.min"))


def test_one_jump_of_a_landmark_is_no_range_of_motion() -> None:
    steady = [20.0 + index % 3 for index in range(40)]
    jump = [*steady[:20], 150.0, *steady[21:]]
    assert of(frames=40, trunk=jump).value("trunk.range") <= of(frames=40, trunk=steady).value("trunk.range") + 1.0


def test_a_joint_stands_for_the_side_that_it_is_counted_on() -> None:
    columns: dict[str, list[float] | float] = {"elbow_left": 40, "elbow_right": 100, "wrist_over_shoulder_left": -1,
                                               "wrist_over_shoulder_right": 1}  # fmt: skip
    assert of(side="left", **columns).value("elbow.peak") == 40
    assert of(side="right", **columns).value("elbow.peak") == 100
    assert of(side="both", **columns).value("elbow.peak") == pytest.approx(70)
    assert of(side="right", **columns).value("wrist_over_shoulder.peak") == 1
    assert of(side="both", **columns).value("wrist_over_shoulder.peak") == pytest.approx(0)


def test_the_side_that_is_seen_better_weighs_more_where_both_count() -> None:
    hidden = of(elbow_left=40, elbow_right=100, elbow_visibility_right=0.1)
    assert hidden.value("elbow.peak") == pytest.approx(40, abs=2)


def test_the_larger_side_and_the_difference_of_the_sides() -> None:
    found = of(side="left", knee_left=[0, 50, 90, 50, 0], knee_right=[0, 60, 110, 60, 0])
    assert found.value("worst_knee.peak") == 110
    assert found.value("knee_asymmetry.peak") == 20
    assert 90 < found.value("knee_right.max") <= 110


def test_movement_in_the_picture_is_in_metres() -> None:
    found = of(image_x=[100, 100, 100, 140, 220], image_y=[50, 50, 50, 60, 140], image_shoulder_y=[80, 40, 20, 40, 80])
    assert found.value("moved_m.range") == pytest.approx(np.hypot(120, 90) / 200)
    assert found.value("rise_m.range") == pytest.approx(60 / 200)


def test_approach_is_the_change_of_size_either_way() -> None:
    towards = of(px_per_m=[100, 110, 120, 150, 200]).value("approach.range")
    away = of(px_per_m=[200, 150, 120, 110, 100]).value("approach.range")
    assert towards == pytest.approx(np.log(2))
    assert away == pytest.approx(np.log(2))


def test_every_statistic_has_a_value_and_is_seen_or_not() -> None:
    found = of()
    assert len(STATISTICS) == len(set(STATISTICS))
    for key in STATISTICS:
        assert np.isfinite(found.value(key)), key
        assert found.sees(key), key
    assert {key.split(".")[0] for key in STATISTICS} >= set(DERIVED)


@pytest.mark.parametrize(
    ("hidden", "key"),
    [
        ("knee", "knee.peak"), ("knee", "worst_knee.peak"), ("knee", "hip_sag.max"), ("knee", "ankle_split.peak"),
        ("elbow", "elbow_left.rest"), ("elbow", "wrist_over_shoulder.peak"), ("elbow", "arm_drift.max"),
        ("elbow", "wrist_over_shoulder_left.peak"), ("hip", "hip_over_knee.peak"), ("shoulder", "trunk.max"),
    ],
)  # fmt: skip
def test_what_rests_on_hidden_landmarks_is_not_seen(hidden: str, key: str) -> None:
    columns = {f"{hidden}_visibility_{side}": 0.05 for side in ("left", "right")}
    assert not of(**columns).sees(key)
    assert of().sees(key)


def test_one_side_is_enough_to_see_a_joint_but_not_to_compare_the_sides() -> None:
    found = of(knee_visibility_left=0.05)
    assert found.sees("knee.peak")
    assert not found.sees("knee_asymmetry.peak")


def test_statistics_do_not_change_with_the_table_that_they_were_taken_from() -> None:
    table = features_of(trunk=[10, 30, 60, 80, 20])
    found = rep_statistics(table, 2, "both")
    table[:] = -1
    assert found.value("trunk.peak") == 60
    assert 70 < found.value("trunk.max") <= 80
