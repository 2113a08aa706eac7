import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.pose.blazepose import (
    Candidates,
    box_iou,
    crop,
    decode_detections,
    decode_landmarks,
    detector_anchors,
    letterbox_square,
    pose_from_outputs,
    project_landmarks,
    refine_by_heatmap,
    region_from_points,
    region_to_frame,
    rotate_world,
    suppress_weighted,
)
from workers.pose.pose import Region

regions = st.builds(
    Region,
    x=st.floats(-200, 2000),
    y=st.floats(-200, 2000),
    size=st.floats(10, 3000),
    rotation=st.floats(-math.pi, math.pi),
)


def candidates(*entries):
    """Candidates of (box, score); the first point is the box's corner."""
    boxes = np.array([box for box, _ in entries], np.float32).reshape(-1, 4)
    points = np.tile(boxes[:, None, :2], (1, 4, 1))
    return Candidates(boxes, points, np.array([score for _, score in entries], np.float32))


class TestAnchors:
    def test_there_are_as_many_as_the_network_has_outputs(self):
        assert detector_anchors().shape == (2254, 2)

    def test_they_run_row_by_row_and_twice_or_six_times_a_cell(self):
        anchors = detector_anchors() * 224
        np.testing.assert_allclose(anchors[[0, 1, 2, 56]], [[4, 4], [4, 4], [12, 4], [4, 12]], atol=1e-4)
        np.testing.assert_allclose(anchors[[1568, 1569, 1570]], [[8, 8], [8, 8], [24, 8]], atol=1e-4)
        np.testing.assert_allclose(
            anchors[[1960, 1965, 1966, -1]], [[16, 16], [16, 16], [48, 16], [208, 208]], atol=1e-4
        )


class TestDecodeDetections:
    def raw(self, at=None, box=(0,) * 12, logit=-9.0):
        boxes, scores = np.zeros((2254, 12), np.float32), np.full((2254, 1), -9.0, np.float32)
        if at is not None:
            boxes[at], scores[at] = box, logit
        return boxes, scores

    def test_adds_the_anchor_to_box_and_points(self):
        boxes, scores = self.raw(2, (1, 2, 10, 20, 0, 0, 0, -50, 3, 4, 5, 6), logit=0.0)
        found = decode_detections(boxes, scores, 0.5)
        np.testing.assert_allclose(found.boxes, [[13 - 5, 6 - 10, 13 + 5, 6 + 10]], atol=1e-4)
        np.testing.assert_allclose(found.points, [[[12, 4], [12, -46], [15, 8], [17, 10]]], atol=1e-4)
        np.testing.assert_allclose(found.scores, [0.5])

    def test_keeps_what_reaches_the_threshold_and_nothing_below(self):
        logit = math.log(0.3 / 0.7)
        above, below = self.raw(7, logit=logit + 1e-4), self.raw(7, logit=logit - 1e-4)
        assert len(decode_detections(*above, 0.3).scores) == 1
        assert len(decode_detections(*below, 0.3).scores) == 0

    @pytest.mark.parametrize(("threshold", "kept"), [(0.0, 2254), (1.0, 0)])
    def test_thresholds_at_the_ends_keep_all_or_nothing(self, threshold, kept):
        assert len(decode_detections(*self.raw(), threshold).scores) == kept

    def test_drops_boxes_of_negative_size(self):
        assert len(decode_detections(*self.raw(7, (0, 0, -1, 5, *[0] * 8), logit=5.0), 0.5).scores) == 0
        assert len(decode_detections(*self.raw(7, (0, 0, 5, -1, *[0] * 8), logit=5.0), 0.5).scores) == 0

    def test_survives_logits_that_would_overflow(self):
        assert decode_detections(*self.raw(7, logit=1e30), 0.5).scores == pytest.approx([1.0])


class TestSuppressWeighted:
    def test_overlapping_boxes_become_their_score_weighted_mean_with_the_best_score(self):
        merged = suppress_weighted(candidates(([0, 0, 10, 10], 0.6), ([1, 0, 11, 10], 0.9)))
        np.testing.assert_allclose(merged.boxes, [[0.6, 0, 10.6, 10]], rtol=1e-5)
        np.testing.assert_allclose(merged.points[0, :, 0], 0.6, rtol=1e-5)
        np.testing.assert_allclose(merged.scores, [0.9])

    def test_boxes_apart_stay_apart_best_first(self):
        kept = suppress_weighted(candidates(([0, 0, 10, 10], 0.6), ([50, 0, 60, 10], 0.9)))
        np.testing.assert_allclose(kept.scores, [0.9, 0.6])

    def test_groups_by_the_best_box_and_not_by_chains(self):
        # Each overlaps its neighbour by two thirds, the outer ones do not overlap enough.
        kept = suppress_weighted(candidates(([0, 0, 10, 10], 0.9), ([2, 0, 12, 10], 0.8), ([4, 0, 14, 10], 0.7)))
        np.testing.assert_allclose(kept.scores, [0.9, 0.7])

    def test_nothing_stays_nothing(self):
        kept = suppress_weighted(candidates())
        assert kept.boxes.shape == (0, 4)
        assert kept.points.shape == (0, 4, 2)

    def test_a_box_without_area_ends(self):
        assert len(suppress_weighted(candidates(([5, 5, 5, 5], 0.9), ([5, 5, 5, 5], 0.8))).scores) == 2


def test_iou_of_known_boxes():
    box = np.array([0, 0, 10, 10], np.float32)
    others = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [10, 0, 20, 10]], np.float32)
    np.testing.assert_allclose(box_iou(box, others), [1, 1 / 3, 0, 0], rtol=1e-6)


class TestRegionFromPoints:
    @pytest.mark.parametrize(
        ("direction", "rotation"), [((0, -1), 0.0), ((1, 0), math.pi / 2), ((-1, 0), -math.pi / 2), ((0, 1), -math.pi)]
    )
    def test_rotation_is_clockwise_from_upright(self, direction, rotation):
        centre = np.array([100, 50], np.float32)
        region = region_from_points(centre, centre + 40 * np.array(direction, np.float32))
        assert region.rotation == pytest.approx(rotation)
        assert (region.x, region.y, region.size) == pytest.approx((100, 50, 100))

    @given(regions)
    def test_is_undone_by_the_place_where_the_network_expects_the_points(self, region):
        """In the picture of a region the centre is in the middle and the scale point straight above it."""
        above = 128 - 256 / (2 * 1.25)
        points = region_to_frame(region, 256) @ np.array([[128, 128, 1], [128, above, 1]]).T
        again = region_from_points(points[:, 0], points[:, 1])
        assert (again.x, again.y, again.size) == pytest.approx((region.x, region.y, region.size), abs=1e-6)
        assert math.cos(again.rotation - region.rotation) == pytest.approx(1)


def test_letterbox_square_covers_the_window():
    assert letterbox_square((100, 50, 740, 410)) == Region(420, 230, 640, 0)


class TestCrop:
    def picture(self, height=256, width=256):
        return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)

    def test_the_whole_picture_comes_back_with_red_and_blue_exchanged(self):
        pixels = self.picture()
        np.testing.assert_array_equal(
            crop(pixels, Region(128, 128, 256, 0), 256, cv2.BORDER_CONSTANT), pixels[..., ::-1]
        )

    def test_a_person_whose_head_points_right_is_turned_upright(self):
        pixels = self.picture()
        upright = crop(pixels, Region(128, 128, 256, math.pi / 2), 256, cv2.BORDER_REPLICATE)
        # Corners map to corners, so a quarter turn shifts the rows by one.
        np.testing.assert_array_equal(upright[1:], np.rot90(pixels[..., ::-1])[:-1])

    def test_looks_up_on_a_grid_of_a_32nd_of_a_pixel(self):
        pixels = self.picture()
        here, near, next_ = (
            crop(pixels, Region(128 + d, 128, 256, 0), 256, cv2.BORDER_REPLICATE) for d in (0, 0.012, 1 / 32)
        )
        np.testing.assert_array_equal(here, near)
        assert np.abs(here.astype(int) - next_).max() in range(4, 9)

    def test_borders_are_black_or_repeated(self):
        pixels = np.full((50, 50, 3), 200, np.uint8)
        outside = Region(-100, 25, 50, 0)
        assert crop(pixels, outside, 224, cv2.BORDER_CONSTANT).max() == 0
        assert crop(pixels, outside, 256, cv2.BORDER_REPLICATE).min() == 200

    @pytest.mark.parametrize("region", [Region(0, 0, 1e-9, 0), Region(1e6, -1e6, 1e4, 1.0), Region(0.5, 0.5, 1, 0)])
    def test_frames_of_one_pixel_and_odd_regions_give_a_picture(self, region):
        assert crop(np.full((1, 1, 3), 7, np.uint8), region, 256, cv2.BORDER_REPLICATE).shape == (256, 256, 3)

    def test_the_frame_is_left_as_it_was(self):
        pixels = self.picture()
        before = pixels.copy()
        crop(pixels, Region(100, 90, 77, 0.3), 256, cv2.BORDER_REPLICATE)
        np.testing.assert_array_equal(pixels, before)


def test_decode_landmarks_reads_five_values_each():
    raw = np.zeros(195, np.float32)
    raw[5 * 3 : 5 * 4] = [10, 20, -30, math.log(3), 99]
    decoded = decode_landmarks(raw)
    assert decoded.shape == (39, 4)
    np.testing.assert_allclose(decoded[3], [10, 20, -30, 0.75], rtol=1e-6)
    np.testing.assert_allclose(decoded[0], [0, 0, 0, 0.5])


def refined_by_loops(points, heatmap):
    """RefineLandmarksFromHeatMap of MediaPipe, value by value."""
    rows, columns, count = heatmap.shape
    result = points.astype(np.float64).copy()
    for k in range(count):
        column, row = int(points[k, 0] / 256 * columns), int(points[k, 1] / 256 * rows)
        if column < 0 or column >= columns or row < 0:
            continue
        total = by_column = by_row = peak = 0.0
        for r in range(max(0, row - 3), min(rows, row + 4)):
            for c in range(max(0, column - 3), min(columns, column + 4)):
                confidence = 1 / (1 + math.exp(-float(heatmap[r, c, k])))
                total, peak = total + confidence, max(peak, confidence)
                by_column, by_row = by_column + c * confidence, by_row + r * confidence
        if peak >= 0.5 and total > 0:
            result[k] = by_column / columns / total * 256, by_row / rows / total * 256
    return result


class TestRefine:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.floats(-6, 2))
    def test_agrees_with_the_plain_loops_inside_at_the_border_and_outside(self, seed, level):
        rng = np.random.default_rng(seed)
        points = rng.uniform(-30, 290, (39, 2)).astype(np.float32)
        heatmap = rng.normal(level, 2, (64, 64, 39)).astype(np.float32)
        np.testing.assert_allclose(refine_by_heatmap(points, heatmap), refined_by_loops(points, heatmap), atol=2e-3)

    def test_a_weak_map_changes_nothing(self):
        points = np.full((39, 2), 100, np.float32)
        np.testing.assert_array_equal(refine_by_heatmap(points, np.full((64, 64, 39), -1, np.float32)), points)

    def test_a_sharp_peak_draws_the_point_to_its_cell(self):
        points = np.full((39, 2), 100, np.float32)
        heatmap = np.full((64, 64, 39), -30, np.float32)
        heatmap[27, 24] = 30
        np.testing.assert_allclose(refine_by_heatmap(points, heatmap), np.tile([96, 108], (39, 1)), atol=1e-3)


class TestProjection:
    def test_turns_shifts_and_scales_with_the_region(self):
        region = Region(500, 300, 512, math.pi / 2)
        landmarks = np.array([[128, 128, 8, 0.3], [128, 0, -8, 1], [256, 128, 0, 0]], np.float32)
        np.testing.assert_allclose(
            project_landmarks(landmarks, region), [[500, 300, 16, 0.3], [756, 300, -16, 1], [500, 556, 0, 0]], atol=1e-3
        )

    def test_world_landmarks_turn_the_same_way_and_keep_their_depth(self):
        turned = rotate_world(np.array([[0, -1, 0.5], [1, 0, 2]], np.float32), math.pi / 2)
        np.testing.assert_allclose(turned, [[1, 0, 0.5], [0, 1, 2]], atol=1e-6)

    @given(regions)
    def test_image_and_world_turn_alike(self, region):
        offsets = np.array([[3, 4], [-5, 1]], np.float32)
        image = project_landmarks(np.hstack([128 + offsets, np.zeros((2, 2), np.float32)]), region)[:, :2]
        image = (image - [region.x, region.y]) * 256 / region.size
        world = rotate_world(np.hstack([offsets, np.zeros((2, 1), np.float32)]), region.rotation)[:, :2]
        np.testing.assert_allclose(image, world, atol=0.05)


class TestPoseFromOutputs:
    def outputs(self):
        raw = np.zeros((39, 5), np.float32)
        raw[:, :2] = 128
        raw[34, :2] = 128, 128 - 51.2
        world = np.arange(117, dtype=np.float32)
        return raw.reshape(-1), world

    def test_next_region_follows_the_auxiliary_landmarks(self):
        raw, world = self.outputs()
        pose = pose_from_outputs(raw, 0.8, world, None, Region(100, 200, 300, 0.5))
        assert pose.next_region.x == pytest.approx(100, abs=1e-3)
        assert pose.next_region.size == pytest.approx(300 / 2, rel=1e-5)
        assert pose.next_region.rotation == pytest.approx(0.5, abs=1e-5)
        assert pose.presence == 0.8
        assert pose.landmarks.shape == (33, 4)
        assert pose.landmarks.dtype == np.float32

    def test_world_landmarks_are_the_first_33(self):
        raw, world = self.outputs()
        pose = pose_from_outputs(raw, 0.8, world, None, Region(0, 0, 10, 0))
        np.testing.assert_allclose(pose.world, world.reshape(39, 3)[:33])

    def test_the_heat_map_moves_the_next_region_too(self):
        raw, world = self.outputs()
        heatmap = np.full((64, 64, 39), -30, np.float32)
        heatmap[32, 34, 33] = 30
        pose = pose_from_outputs(raw, 0.8, world, heatmap, Region(128, 128, 256, 0))
        assert pose.next_region.x == pytest.approx(136, abs=1e-2)
        assert pose.landmarks[0, 0] == pytest.approx(128, abs=1e-3)
