import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.bench_detectors import (
    Score,
    annotated,
    box_of,
    height_class,
    iou,
    look_round,
    look_tiles,
    look_whole,
    main,
)
from workers.pose.pose import Pose, Region


def pose_at(x0, y0, x1, y1):
    landmarks = np.zeros((33, 4), np.float32)
    landmarks[:, :2] = (x0, y0)
    landmarks[0, :2] = (x1, y1)
    region = Region(0, 0, 100, 0)
    return Pose(landmarks, np.zeros((33, 3), np.float32), 1.0, region, region)


def test_boxes_overlap_by_their_common_area():
    assert iou((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou((0, 0, 10, 10), (20, 0, 30, 10)) == 0.0


def test_people_are_classed_by_height():
    assert [height_class(h) for h in (10, 60, 119, 240, 5000)] == [
        "0-60 px", "60-120 px", "60-120 px", "over 240 px", "over 240 px",
    ]  # fmt: skip


def test_a_pose_counts_for_one_person_only_and_the_rest_are_false():
    score = Score()
    people = [("near", (0.0, 0.0, 50.0, 100.0)), ("near", (5.0, 0.0, 55.0, 100.0)), ("far", (300.0, 0.0, 320.0, 40.0))]
    score.add(people, [pose_at(2, 5, 50, 95), pose_at(600, 0, 650, 90)], cpu_ms=12.0)
    assert score.people == {"near": 2, "far": 1}
    assert score.found == {"near": 1}
    assert score.false_people == 1
    assert score.row(["near", "far", "none"]) == "0.50 (2) | 0.00 (1) | - | 1.00 | 12"


def test_the_ways_of_searching_grow():
    counts = [len(way(1920, 1080)) for way in (look_whole, look_tiles, look_round)]
    assert counts[0] == 1
    assert counts[1] > 10
    assert counts[2] == counts[1] + 2


def test_annotations_are_read_with_their_pictures(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((100, 200, 3), np.uint8))
    people = [
        {"image_id": 1, "num_keypoints": 17, "bbox": [10, 20, 30, 70]},
        {"image_id": 1, "num_keypoints": 2, "bbox": [0, 0, 5, 5]},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"images": [{"id": 1, "file_name": "a.png"}], "annotations": people}))
    [(pixels, boxes)] = annotated(tmp_path)
    assert pixels.shape == (100, 200, 3)
    assert boxes == [("60-120 px", (10, 20, 40, 90))]
    assert box_of(pose_at(1, 2, 3, 4)) == (1, 2, 3, 4)


def test_what_is_absent_is_left_out_and_said(monkeypatch):
    monkeypatch.delenv("SPOTTER_CLIPS", raising=False)
    monkeypatch.delenv("SPOTTER_IMAGES", raising=False)
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    assert "SPOTTER_CLIPS names no folder" in result.output
    assert "SPOTTER_IMAGES names no folder" in result.output
