"""The BlazePose pipeline as pure functions: detections, regions, crops, landmarks, their refinement and projection.

Owns the geometry and the arithmetic around the two BlazePose networks; must never run a network, read a file or keep
state. All constants come from MediaPipe (Apache-2.0); the file each comes from is named where it is used, relative to
``mediapipe/`` in google-ai-edge/mediapipe.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.pose.pose import Pose, Region

DETECTOR_SIZE = 224
"""Side of the detector's square input, pixels."""
LANDMARK_SIZE = 256
"""Side of the landmark network's square input, pixels."""
BODY_LANDMARKS = 33
MODEL_LANDMARKS = 39
"""33 of the body, 2 auxiliary (centre and scale point of the next region), 4 unused."""

REGION_MARGIN = 1.25
"""Side of the region over the diameter of the circle around the body: what the landmark network was trained with
(``scale_x`` of ``tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc``); less cuts off limbs, more wastes
resolution."""
SUPPRESSION_IOU = 0.5
"""Face boxes that overlap more than this are one person (``min_suppression_threshold`` of Tasks; the older graphs
have .3, which merges people whose heads are close)."""

_SCORE_CLIP = 100.0
_REFINE_RADIUS = 3
"""Half of the 7x7 window around a landmark in the heat map
(``ConfigureRefineLandmarksFromHeatmapCalculator``, ``pose_landmarks_detector_graph.cc``)."""
_WINDOW = np.stack(np.meshgrid(*2 * [np.arange(-_REFINE_RADIUS, _REFINE_RADIUS + 1)], indexing="xy"), axis=-1).reshape(
    -1, 2
)
"""(49, 2): column and row of the window's cells from its middle."""
_MOMENTS = np.column_stack([np.ones(len(_WINDOW)), _WINDOW]).astype(np.float32)
_REFINE_CONFIDENCE = 0.5
"""A weaker peak than this says nothing better than the regression does (default of
``calculators/util/refine_landmarks_from_heatmap_calculator.proto``)."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the detector found in one 224x224 input, in the input's pixels."""

    boxes: FloatArray
    """(N, 4) float32: x0, y0, x1, y1 of the face."""
    points: FloatArray
    """(N, 4, 2) float32: middle of the hips, top of the circle around the whole body, middle of the shoulders, top of
    the circle around the upper body."""
    scores: FloatArray
    """(N,) float32: 0-1."""


def detector_anchors() -> FloatArray:
    """Centres of the detector's 2254 anchors, (2254, 2) float32: x, y in 0-1, in the order of the network's output.

    Strides 8, 16, 32, 32, 32 with two anchors a layer, equal strides merged; all anchors have size 1
    (``calculators/tflite/ssd_anchors_calculator.cc``).
    """
    layers = []
    for cells, anchors_per_cell in ((28, 2), (14, 2), (7, 6)):
        centres = (np.arange(cells, dtype=np.float32) + np.float32(0.5)) / np.float32(cells)
        y, x = np.meshgrid(centres, centres, indexing="ij")
        layers.append(np.stack([x.ravel(), y.ravel()], axis=1).repeat(anchors_per_cell, axis=0))
    return np.concatenate(layers)


_ANCHORS_PX = detector_anchors() * np.float32(DETECTOR_SIZE)


def decode_detections(boxes: FloatArray, scores: FloatArray, score_threshold: float) -> Candidates:
    """Raw detector output to candidates that reach the threshold.

    Args:
        boxes: (2254, 12) float32: x, y, width, height and four points relative to the anchor, input pixels.
        scores: (2254,) or (2254, 1) float32: logits.
        score_threshold: 0-1.

    Boxes of negative size are dropped (``calculators/tensor/tensors_to_detections_calculator.cc``).
    """
    logits = np.clip(scores.reshape(-1), -_SCORE_CLIP, _SCORE_CLIP)
    # Comparing logits spares 2254 exponentials; nearly all anchors see nothing.
    keep = np.flatnonzero(logits >= _logit(score_threshold))
    keep = keep[(boxes[keep, 2] >= 0) & (boxes[keep, 3] >= 0)]
    anchors = _ANCHORS_PX[keep]
    centre = boxes[keep, 0:2] + anchors
    half = boxes[keep, 2:4] / 2
    points = boxes[keep, 4:12].reshape(-1, 4, 2) + anchors[:, None]
    return Candidates(np.concatenate([centre - half, centre + half], axis=1), points, _sigmoid(logits[keep]))


def suppress_weighted(candidates: Candidates, iou_threshold: float = SUPPRESSION_IOU) -> Candidates:
    """Merge candidates of one person: score-weighted mean of each overlapping group, with the best score of it.

    Best first (``WeightedNonMaxSuppression`` of ``calculators/util/non_max_suppression_calculator.cc``).
    """
    boxes, points, scores = [], [], []
    left = np.argsort(-candidates.scores, kind="stable")
    while left.size:
        first = left[0]
        together = box_iou(candidates.boxes[first], candidates.boxes[left]) > iou_threshold
        # A box without area overlaps nothing, not even itself; it stands alone.
        together[0] = True
        group = left[together]
        weight = candidates.scores[group] / candidates.scores[group].sum()
        boxes.append(weight @ candidates.boxes[group])
        points.append(np.tensordot(weight, candidates.points[group], axes=1))
        scores.append(candidates.scores[first])
        left = left[~together]
    return Candidates(
        np.asarray(boxes, np.float32).reshape(-1, 4),
        np.asarray(points, np.float32).reshape(-1, 4, 2),
        np.asarray(scores, np.float32),
    )


def box_iou(box: FloatArray, boxes: FloatArray) -> FloatArray:
    """Intersection over union of one box, (4,), with others, (N, 4): x0, y0, x1, y1; returns (N,) float32."""
    overlap = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    intersection: FloatArray = np.prod(np.maximum(overlap, 0), axis=1)
    union = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) - intersection
    iou = np.zeros_like(intersection)
    np.divide(intersection, union, out=iou, where=union > 0)
    return iou


def region_from_points(centre: NDArray[np.floating], scale_point: NDArray[np.floating]) -> Region:
    """The square around the circle with this centre and this point at its top, with the margin of the network.

    Args:
        centre: (2,) middle of the hips, frame pixels.
        scale_point: (2,) where the body's axis meets the circle around the body, frame pixels.

    (``calculators/util/alignment_points_to_rects_calculator.cc``, ``rect_transformation_calculator.cc``.)
    """
    x0, y0 = float(centre[0]), float(centre[1])
    dx, dy = float(scale_point[0]) - x0, float(scale_point[1]) - y0
    rotation = math.pi / 2 - math.atan2(-dy, dx)
    rotation -= 2 * math.pi * math.floor((rotation + math.pi) / (2 * math.pi))
    return Region(x0, y0, 2 * math.hypot(dx, dy) * REGION_MARGIN, rotation)


def letterbox_square(window: tuple[float, float, float, float]) -> Region:
    """The upright square around a window (x0, y0, x1, y1, frame pixels) that the detector sees."""
    x0, y0, x1, y1 = window
    return Region((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0), 0.0)


def region_to_frame(region: Region, side_px: int) -> NDArray[np.float64]:
    """Affine map from a ``side_px`` square picture of the region to the frame, (2, 3) float64.

    Corners map to corners: MediaPipe uses no half-pixel offset
    (``calculators/tensor/image_to_tensor_converter_opencv.cc``).
    """
    scale = region.size / side_px
    cos, sin = math.cos(region.rotation) * scale, math.sin(region.rotation) * scale
    half = side_px / 2
    return np.array(
        [[cos, -sin, region.x - (cos - sin) * half], [sin, cos, region.y - (sin + cos) * half]], dtype=np.float64
    )


def crop(pixels: NDArray[np.uint8], region: Region, side_px: int, border: int) -> NDArray[np.uint8]:
    """The region as an upright picture, (side_px, side_px, 3) uint8 RGB, bilinear.

    Args:
        pixels: (height, width, 3) uint8 BGR.
        region: Where to look.
        side_px: Side of the result.
        border: ``cv2.BORDER_CONSTANT`` (black, for the detector) or ``cv2.BORDER_REPLICATE`` (for landmarks) outside
            of the frame.

    MediaPipe's warp looks pixels up on a grid of 1/32 pixel. ``cv2.warpAffine`` does so in some versions of OpenCV and
    not in others, and the difference moves landmarks by more than a pixel where the network wavers; so the grid is
    asked for explicitly.
    """
    to_frame = region_to_frame(region, side_px).astype(np.float32)
    steps = np.arange(side_px, dtype=np.float32)
    x = np.add.outer(to_frame[0, 1] * steps + to_frame[0, 2], to_frame[0, 0] * steps)
    y = np.add.outer(to_frame[1, 1] * steps + to_frame[1, 2], to_frame[1, 0] * steps)
    on_grid, fraction = cv2.convertMaps(x, y, cv2.CV_16SC2)
    picture = cv2.remap(pixels, on_grid, fraction, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=picture), np.uint8)


def decode_landmarks(raw: FloatArray) -> FloatArray:
    """Landmark tensor to (39, 4) float32: x, y, z in input pixels, visibility 0-1.

    Args:
        raw: (195,) float32: 39 times x, y, z in input pixels, logit of visibility, logit of presence
            (``calculators/tensor/tensors_to_landmarks_calculator.cc``).
    """
    landmarks = raw.reshape(MODEL_LANDMARKS, 5)[:, :4].copy()
    landmarks[:, 3] = _sigmoid(landmarks[:, 3])
    return landmarks


def refine_by_heatmap(points_px: FloatArray, heatmap: FloatArray) -> FloatArray:
    """Move points to the centre of mass of the heat map around them, where the map is sure.

    Args:
        points_px: (39, 2) float32: x, y in input pixels (of 256).
        heatmap: (side, side, 39) float32: logits, row before column.

    Returns (39, 2) float32. As in ``calculators/util/refine_landmarks_from_heatmap_calculator.cc``, including its two
    oddities: coordinates are cut towards zero and carry no half-pixel offset, and a point below the picture is still
    refined while its window reaches into it.
    """
    side, _, channels = heatmap.shape
    cell_px = np.float32(LANDMARK_SIZE / side)
    cells = (points_px / cell_px).astype(np.intp)
    column, row = cells[:, :1] + _WINDOW[:, 0], cells[:, 1:] + _WINDOW[:, 1]
    # Seen as unsigned, a negative number is too large as well.
    within = (column.view(np.uintp) < side) & (row.view(np.uintp) < side)
    at = ((row * side + column) * channels + np.arange(channels)[:, None]) * within
    confidence = _sigmoid(heatmap.reshape(-1)[at]) * within
    moments = confidence @ _MOMENTS
    sure = confidence.max(axis=1) >= _REFINE_CONFIDENCE
    sure &= (cells[:, 0] >= 0) & (cells[:, 0] < side) & (cells[:, 1] >= 0)
    # Where the sum is smaller the peak is not sure either.
    shift = moments[:, 1:] / np.maximum(moments[:, :1], _REFINE_CONFIDENCE)
    return np.where(sure[:, None], (cells + shift) * cell_px, points_px).astype(np.float32)


def project_landmarks(landmarks: FloatArray, region: Region) -> FloatArray:
    """Landmarks in pixels of the 256x256 input to the frame, (N, 4) float32: x, y, z in frame pixels, visibility.

    (``calculators/util/landmark_projection_calculator.cc``: z is scaled by the region's size and not rotated.)
    """
    to_frame = region_to_frame(region, LANDMARK_SIZE)
    projected = landmarks.copy()
    projected[:, :2] = landmarks[:, :2] @ to_frame[:, :2].T + to_frame[:, 2]
    projected[:, 2] *= region.size / LANDMARK_SIZE
    return projected


def rotate_world(world: FloatArray, rotation: float) -> FloatArray:
    """World landmarks from the upright picture to the frame's upright, (N, 3) float32 metres.

    (``calculators/util/world_landmark_projection_calculator.cc``: z is kept.)
    """
    cos, sin = math.cos(rotation), math.sin(rotation)
    turned = world.copy()
    turned[:, :2] = world[:, :2] @ np.array([[cos, sin], [-sin, cos]], np.float32)
    return turned


def pose_from_outputs(
    raw_landmarks: FloatArray, presence: float, raw_world: FloatArray, heatmap: FloatArray | None, region: Region
) -> Pose:
    """Outputs of the landmark network for one region to a pose in the frame.

    Args:
        raw_landmarks: (195,) float32, see ``decode_landmarks``.
        presence: 0-1; the network's own probability.
        raw_world: (117,) float32: 39 times x, y, z, metres.
        heatmap: (64, 64, 39) float32 logits to refine by, or None to leave the regression as it is.
        region: Where the picture was taken.

    The next region comes from the unsmoothed auxiliary landmarks, as in MediaPipe Tasks (the older graphs smooth them).
    """
    landmarks = decode_landmarks(raw_landmarks)
    if heatmap is not None:
        landmarks[:, :2] = refine_by_heatmap(landmarks[:, :2], heatmap)
    landmarks = project_landmarks(landmarks, region)
    world = rotate_world(raw_world.reshape(MODEL_LANDMARKS, 3)[:BODY_LANDMARKS], region.rotation)
    following = region_from_points(landmarks[BODY_LANDMARKS, :2], landmarks[BODY_LANDMARKS + 1, :2])
    return Pose(landmarks[:BODY_LANDMARKS], world, presence, region, following)


def _sigmoid(logits: FloatArray) -> FloatArray:
    # By way of tanh, which cannot overflow.
    return np.asarray(np.tanh(logits * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5), np.float32)


def _logit(probability: float) -> float:
    if probability <= 0:
        return -math.inf
    if probability >= 1:
        return math.inf
    return math.log(probability / (1 - probability))
