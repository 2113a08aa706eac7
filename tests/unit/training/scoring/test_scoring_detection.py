"""Recall by height, precision, and errors of key-points."""

import numpy as np
import pytest

from training.scoring import detection
from training.scoring.detection import HEIGHTS_PX, PointErrors, Sighted
from training.scoring.intervals import ratio
from training.scoring.matching import FoundPeople, FramePairs, Matches, TruePeople


def people(heights, clear, by_pose, by_either=None):
    n = len(heights)
    found = np.array(by_pose, np.bool_)
    return Sighted(
        tuple(("cam", at % 3) for at in range(n)),
        np.array(heights, np.float64),
        ("squat",) * n,
        np.array(clear, np.bool_),
        found,
        found if by_either is None else np.array(by_either, np.bool_),
    )


def upright(shift=0.0):
    """(33, 2) a person with shoulders at y = 100 and hips at y = 160, moved to the right."""
    points = np.zeros((33, 2))
    points[[11, 12], 1], points[[23, 24], 1] = 100, 160
    return points + np.array([50 + shift, 0])


def one_person(shift, visible=None, covered=0.0, matched=True, found_shift=None):
    landmarks = upright()[None]
    seen = np.ones((1, 33), np.bool_) if visible is None else visible[None]
    box = np.array([[0.0, 0.0, 100.0, 200.0]])
    zero = np.zeros(1, np.int64)
    true = TruePeople(zero, zero + 1, landmarks, seen, np.array([covered]), box, np.array([200.0]))
    found = FoundPeople(zero, zero + 7, upright(shift)[None], box)
    return true, found, Matches(zero if matched else zero - 1, np.array([matched]), [])


def test_bins_are_by_height_and_cover_apart():
    seen = people([99, 100, 149, 150, 249, 250], [1, 1, 0, 1, 1, 1], [0, 1, 1, 1, 1, 1])
    chosen = [detection.in_bin(seen, heights, is_clear=True).sum() for heights in HEIGHTS_PX]
    assert chosen == [1, 1, 2, 1]
    assert detection.in_bin(seen, HEIGHTS_PX[1], is_clear=False).tolist() == [0, 0, 1, 0, 0, 0]


def test_recall_is_the_share_found_of_the_chosen():
    seen = people([200] * 8, [1] * 8, [1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0])
    half = np.arange(8) < 4
    assert detection.recall(seen, half, by_pose=True).value == 0.75
    assert detection.recall(seen, half, by_pose=False).value == 1.0
    assert detection.recall(seen, half, by_pose=True).n == 4


def test_recall_of_nobody_is_no_number():
    figure = detection.recall(people([200], [1], [1]), np.zeros(1, np.bool_), by_pose=True)
    assert np.isnan(figure.value)
    assert figure.n == 0


def test_rows_of_people_who_need_not_be_found_are_left_out():
    hidden = np.zeros(33, np.bool_)
    true, _, matches = one_person(0, hidden)
    assert len(detection.sighted("cam", true, ["squat"], matches).cluster) == 0


def test_a_row_tells_person_camera_cover_and_activity():
    true, _, matches = one_person(0, covered=0.3)
    row = detection.sighted("cam-2", true, ["squat"], matches)
    assert row.cluster == (("cam-2", 1),)
    assert row.doing == ("squat",)
    assert row.by_pose.tolist() == [True]
    assert row.is_clear.tolist() == [False]


def test_errors_are_pixels_and_shares_of_the_torso():
    true, found, matches = one_person(6)
    errors = detection.point_errors("cam", true, found, matches)
    assert len(errors.error_px) == 17
    assert errors.error_px == pytest.approx(6)
    assert errors.of_torso == pytest.approx(0.1)


def test_errors_of_hidden_points_and_of_unfound_people_do_not_count():
    visible = np.ones(33, np.bool_)
    visible[[0, 2, 15]] = False
    assert len(detection.point_errors("cam", *one_person(6, visible)).error_px) == 14
    assert len(detection.point_errors("cam", *one_person(6, matched=False)).error_px) == 0


def test_a_torso_seen_from_its_end_has_a_length_all_the_same():
    flat = np.zeros((1, 33, 2))
    assert detection.torso_px(flat, np.array([200.0])) == pytest.approx(30.0)


def test_correct_points_lie_within_a_fifth_of_the_torso():
    errors = PointErrors((("cam", 1),) * 4, np.array([1.0, 2.0, 3.0, 90.0]), np.array([0.1, 0.19, 0.2, 0.5]))
    assert detection.correct_points(errors).value == 0.5
    assert detection.median_error_px(errors).value == 2.5
    assert detection.median_error_of_torso(errors).value == pytest.approx(0.195)


def test_joining_keeps_all_rows():
    seen = people([200, 90], [1, 0], [1, 0])
    both = detection.joined_sightings([seen, seen])
    assert both.height_px.tolist() == [200, 90, 200, 90]
    assert len(both.cluster) == len(both.doing) == len(both.by_either) == 4
    errors = PointErrors((("cam", 1),), np.array([1.0]), np.array([0.1]))
    assert detection.joined_errors([errors, errors]).error_px.tolist() == [1, 1]


def test_precision_is_the_share_of_found_people_who_are_somebody():
    good = FramePairs(np.array([1]), np.array([7, 8]), np.array([[0.9, 0.1]]))
    empty = FramePairs(np.zeros(0, np.int64), np.array([8]), np.zeros((0, 1)))
    parts = detection.precision_parts([good, good, empty])
    assert parts.tolist() == [[2, 2], [0, 3]]
    assert ratio(parts.sum(0)) == pytest.approx(0.4)
    assert detection.precision_parts([]).shape == (0, 2)
