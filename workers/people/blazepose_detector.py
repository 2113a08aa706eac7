"""The default person detector: BlazePose's own, run on parts of the frame.

It sees a 224x224 picture and finds people of at least about an eighth of it, so distant people need small windows.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.people.detection import Detection, Window
from workers.pose.blazepose import (
    DETECTOR_SIZE,
    Candidates,
    box_iou,
    crop,
    decode_detections,
    letterbox_square,
    region_from_points,
    region_to_frame,
    suppress_weighted,
)
from workers.pose.onnx_session import OnnxModel

SAME_FACE_IOU = 0.4
"""Face boxes from different windows that overlap more are one person. Measured on 76 real pictures of several people,
288 pairs of findings of one person and 165 of two: .4 joins 98 % of the first (with the rule below) and 1.2 % of the
second; .3 joins all of the first and 2.4 % of the second; .5 gains nothing. Who is kept twice is recognised later by
the landmarks, who is merged is lost."""
SAME_POINTS_DISTANCE = 0.1
"""So are findings whose four points are on average closer than this part of the region's side (0.2 m on an adult):
.2 joins 3 % of pairs of two people, .05 leaves a tenth of the people there twice."""
_BATCH = 2
"""Windows in one run of the network: on one thread two cost about 3 % less each than one, and more nothing less
(docs/decisions/0004-pose-backends.md)."""
_SHAPES = {"boxes": (2254, 12), "scores": (2254, 1)}


class BlazePoseDetector:
    """BlazePose's person detector over windows of a frame; keeps no memory of earlier frames."""

    def __init__(self, detector_model: Path, *, score_threshold: float = 0.5, threads: int = 1) -> None:
        """Open the detector network; raises ModelError if the file cannot be used.

        Args:
            detector_model: The converted network (``workers.models.store.pose_models``).
            score_threshold: 0-1; MediaPipe's is .5. Lower finds more people and more furniture.
            threads: Within one operator of the network.
        """
        self._model = OnnxModel(detector_model, _SHAPES, side_px=DETECTOR_SIZE, threads=threads)
        self._threshold = score_threshold

    def detect(self, pixels: NDArray[np.uint8], windows: Sequence[Window]) -> list[Detection]:
        """People in the windows of one frame, (height, width, 3) uint8 BGR, best first, each once.

        A window is seen as the square around its centre, so a long window also shows what lies beside it.
        """
        found = [
            candidates
            for start in range(0, len(windows), _BATCH)
            for candidates in self._search(pixels, windows[start : start + _BATCH])
        ]
        return [
            Detection(region_from_points(points[0], points[1]), float(score))
            for points, score in _each_person_once(found)
        ]

    def _search(self, pixels: NDArray[np.uint8], windows: Sequence[Window]) -> list[Candidates]:
        squares = [letterbox_square((window.x0, window.y0, window.x1, window.y1)) for window in windows]
        pictures = np.empty((len(squares), DETECTOR_SIZE, DETECTOR_SIZE, 3), np.float32)
        for picture, square in zip(pictures, squares, strict=True):
            np.multiply(crop(pixels, square, DETECTOR_SIZE, cv2.BORDER_CONSTANT), np.float32(2 / 255), out=picture)
        pictures -= 1
        boxes, scores = self._model.run(pictures)
        return [
            _to_frame(
                suppress_weighted(decode_detections(boxes[i], scores[i], self._threshold)),
                region_to_frame(square, DETECTOR_SIZE),
            )
            for i, square in enumerate(squares)
        ]

    def close(self) -> None:
        """Release the network; the detector is not used afterwards."""
        del self._model


def _to_frame(candidates: Candidates, to_frame: NDArray[np.float64]) -> Candidates:
    """Candidates of an upright window in frame pixels."""
    scale, offset = np.float32(to_frame[0, 0]), to_frame[:, 2].astype(np.float32)
    boxes = candidates.boxes * scale + np.tile(offset, 2)
    return Candidates(boxes, candidates.points * scale + offset, candidates.scores)


def _each_person_once(
    found: Sequence[Candidates],
) -> list[tuple[NDArray[np.float32], np.float32]]:
    """Points (4, 2) and score of each person, best first.

    Over windows the best candidate is kept and not averaged: a person whom another window cuts off is located badly
    there.
    """
    if not found:
        return []
    boxes = np.concatenate([candidates.boxes for candidates in found])
    points = np.concatenate([candidates.points for candidates in found])
    scores = np.concatenate([candidates.scores for candidates in found])
    people = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        first = left[0]
        people.append((points[first], scores[first]))
        distance = np.linalg.norm(points[left] - points[first], axis=2).mean(axis=1)
        side = region_from_points(points[first, 0], points[first, 1]).size
        same = (distance < SAME_POINTS_DISTANCE * side) | (box_iou(boxes[first], boxes[left]) > SAME_FACE_IOU)
        same[0] = True
        left = left[~same]
    return people
