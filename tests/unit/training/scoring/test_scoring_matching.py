"""Who is who, frame by frame."""

import numpy as np
import pytest

from training.scoring.matching import (
    FoundPeople,
    TruePeople,
    assigned,
    box_overlap,
    key_point_similarity,
    match_people,
)
from workers.people.oks import COCO_POINTS, COCO_SIGMAS

HEIGHT_PX = 200.0


def skeleton(x=100.0, y=100.0):
    """(33, 2) somebody 200 px tall, 60 px wide."""
    points = np.stack([np.tile([-30.0, 0.0, 30.0], 11), np.linspace(-100, 100, 33)], 1)
    return points + np.array([x, y])


def around(landmarks):
    return np.concatenate([landmarks.min(-2), landmarks.max(-2)], -1)


def true_people(rows, visible=None, covered=0.0):
    """``rows``: frame, person, x."""
    landmarks = np.array([skeleton(x) for _, _, x in rows]).reshape(-1, 33, 2)
    return TruePeople(
        np.array([frame for frame, _, _ in rows], np.int64),
        np.array([person for _, person, _ in rows], np.int64),
        landmarks,
        np.ones((len(rows), 33), np.bool_) if visible is None else np.array(visible),
        np.full(len(rows), covered),
        around(landmarks),
        np.full(len(rows), HEIGHT_PX),
    )


def found_people(rows):
    landmarks = np.array([skeleton(x) for _, _, x in rows]).reshape(-1, 33, 2)
    frames, tracks = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
    return FoundPeople(frames, tracks, landmarks, around(landmarks))


def similarity(true, found, visible=None):
    seen = np.ones((1, 33), np.bool_) if visible is None else visible[None]
    return float(key_point_similarity(true[None], seen, np.array([HEIGHT_PX]), found[None])[0, 0])


def test_the_same_skeleton_is_fully_similar():
    assert similarity(skeleton(), skeleton()) == 1.0


def test_similarity_is_the_formula_of_coco():
    away_px = 12.0
    by_hand = np.exp(-(away_px**2) / (2 * 0.2 * HEIGHT_PX**2 * (2 * COCO_SIGMAS) ** 2)).mean()
    assert similarity(skeleton(100), skeleton(100 + away_px)) == pytest.approx(by_hand)


def test_people_half_a_metre_apart_are_not_similar():
    half_a_metre_px = HEIGHT_PX / 1.75 * 0.5
    assert similarity(skeleton(100), skeleton(100 + half_a_metre_px)) < 0.2


def test_points_that_cannot_be_seen_do_not_matter():
    visible, moved = np.ones(33, np.bool_), skeleton()
    visible[25:] = False
    moved[25:] += 500
    assert similarity(skeleton(), moved, visible) == 1.0
    assert similarity(skeleton(), moved) < 0.9


def test_of_whom_nothing_can_be_seen_all_points_are_compared():
    assert similarity(skeleton(), skeleton(), np.zeros(33, np.bool_)) == 1.0


def test_box_overlap_is_intersection_over_union():
    one = np.array([[0.0, 0.0, 10.0, 10.0]])
    two = np.array([[5.0, 0.0, 15.0, 10.0], [0.0, 0.0, 10.0, 10.0], [20.0, 20.0, 30.0, 30.0], [0.0, 0.0, 0.0, 0.0]])
    assert box_overlap(one, two)[0].tolist() == [pytest.approx(1 / 3), 1.0, 0.0, 0.0]


def test_boxes_without_area_overlap_nothing():
    assert box_overlap(np.zeros((1, 4)), np.zeros((1, 4))).tolist() == [[0.0]]


def test_pairs_are_chosen_for_all_together_and_pass_the_gate():
    # Taking the best pair first would leave the second person without any.
    assert sorted(assigned(np.array([[0.9, 0.8], [0.8, 0.1]]))) == [(0, 1), (1, 0)]
    assert assigned(np.array([[0.49]])) == []
    assert assigned(np.zeros((0, 3))) == []


def test_people_are_matched_in_their_own_frame():
    true = true_people([(0, 1, 100), (0, 2, 300), (2, 1, 100)])
    found = found_people([(0, 7, 302), (0, 8, 101), (1, 8, 100), (2, 9, 103)])
    matches = match_people(true, found)
    assert matches.found_row.tolist() == [1, 0, 3]
    assert matches.by_pose.tolist() == [True, True, True]
    assert [(frame.true_ids.tolist(), frame.found_ids.tolist()) for frame in matches.frames] == [
        ([1, 2], [7, 8]),
        ([], [8]),
        ([1], [9]),
    ]


def test_who_is_matched_by_the_box_only_has_no_pose():
    true = true_people([(0, 1, 100)])
    found = found_people([(0, 7, 100)])
    upside_down = FoundPeople(found.frame, found.track, found.landmarks[:, ::-1], found.box_px)
    matches = match_people(true, upside_down)
    assert matches.found_row.tolist() == [0]
    assert matches.by_pose.tolist() == [False]


def test_who_can_hardly_be_seen_need_not_be_found_and_may_be():
    few = np.zeros((2, 33), np.bool_)
    few[:, COCO_POINTS[:4]] = True
    true = true_people([(0, 1, 100), (1, 1, 100)], few)
    matches = match_people(true, found_people([(1, 7, 100)]))
    assert not true.countable.any()
    assert matches.found_row.tolist() == [-1, 0]
    assert matches.frames == []


def test_five_visible_points_are_enough_to_be_expected():
    five = np.zeros((1, 33), np.bool_)
    five[:, COCO_POINTS[:5]] = True
    assert true_people([(0, 1, 100)], five).countable.all()


def test_without_anybody_there_is_nothing_to_match():
    matches = match_people(true_people([]), found_people([]))
    assert (len(matches.found_row), matches.frames) == (0, [])
