"""YOLOX as the person detector: a stronger one than BlazePose's own for crowds, backs and people who lie.

Reads any YOLOX exported with its raw grid (https://github.com/Megvii-BaseDetection/YOLOX, ``demo/ONNXRuntime`` and
``yolox/utils/demo_utils.py``, Apache-2.0). It gives boxes; where the body lies in a box is not known, so a box gives
the regions that could hold it, and the landmarks decide.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.people.detection import Detection, Window
from workers.pose.onnx_session import OnnxModel
from workers.pose.pose import Region

SIDE_PX = 416
STRIDES = (8, 16, 32)
CELLS = sum((SIDE_PX // stride) ** 2 for stride in STRIDES)
VALUES = 85
"""Per cell: x, y, w, h, objectness, 80 classes of COCO of which the first is a person."""
BORDER_GREY = 114
"""What YOLOX fills the letterbox with."""
SUPPRESSION_IOU = 0.6
"""Boxes that overlap more are one person. Two people half a metre apart overlap by up to 0.55; the landmarks remove
what stays double here."""
REGION_PER_BOX = 1.3
"""Side of BlazePose's region over the longer side of a person's box: the circle around the body with its margin of
1.25, and the hips a little off the box's middle (measured on standing and lying people; docs/people.md)."""
LYING = 1.15
"""Boxes wider than this share of their height may hold somebody who lies: head left and head right are tried too."""


class YoloxDetector:
    """YOLOX over windows of a frame; keeps no memory of earlier frames."""

    def __init__(self, model: Path, *, score_threshold: float = 0.35, threads: int = 1) -> None:
        """Open the network; raises ModelError if the file cannot be used.

        Args:
            model: ONNX file with input (1, 3, 416, 416) and output (1, 3549, 85).
            score_threshold: 0-1, objectness times the class person. Lower finds more of who is half hidden, and more
                machines.
            threads: Within one operator of the network.
        """
        outputs = {"output": (CELLS, VALUES)}
        self._model = OnnxModel(model, outputs, side_px=SIDE_PX, threads=threads, channels_first=True)
        self._threshold = score_threshold

    def detect(self, pixels: NDArray[np.uint8], windows: Sequence[Window]) -> list[Detection]:
        """People in the windows of one frame, (height, width, 3) uint8 BGR, best first.

        A person who may lie gives three detections with one centre and different rotations.
        """
        boxes, scores = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
        for window in windows:
            picture, scale, (left, top) = letterbox(pixels, window)
            raw = self._model.run(picture)[0][0]
            found, sure = decode(raw, self._threshold)
            boxes.append(found / scale + np.array([left, top, left, top], np.float32))
            scores.append(sure)
        all_boxes, all_scores = np.concatenate(boxes), np.concatenate(scores)
        return [
            detection
            for i in suppress(all_boxes, all_scores)
            for detection in regions_of_box(all_boxes[i], float(all_scores[i]))
        ]

    def close(self) -> None:
        """Release the network; the detector is not used afterwards."""
        del self._model


def letterbox(pixels: NDArray[np.uint8], window: Window) -> tuple[NDArray[np.float32], float, tuple[int, int]]:
    """The window as the network wants it.

    Returns (1, 3, 416, 416) float32 BGR 0-255 with the picture at the top left and grey beside it, the scale from
    frame to network pixels, and the frame pixel (x, y) at the network's origin.
    """
    height, width = pixels.shape[:2]
    left, top = max(math.floor(window.x0), 0), max(math.floor(window.y0), 0)
    part = pixels[top : min(math.ceil(window.y1), height), left : min(math.ceil(window.x1), width)]
    scale = SIDE_PX / max(part.shape[:2])
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    picture = np.full((SIDE_PX, SIDE_PX, 3), BORDER_GREY, np.uint8)
    picture[: size[1], : size[0]] = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32), scale, (left, top)


def _cells() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Column and row (N, 2) and stride (N, 1) of each cell of the output, in its order."""
    places, strides = [], []
    for stride in STRIDES:
        steps = np.arange(SIDE_PX // stride, dtype=np.float32)
        x, y = np.meshgrid(steps, steps)
        places.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride, np.float32))
    return np.concatenate(places), np.concatenate(strides)


_PLACES, _STRIDES = _cells()


def decode(raw: NDArray[np.float32], threshold: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The people in a raw output, (3549, 85): boxes (N, 4) float32 x0, y0, x1, y1 in network pixels, scores (N,)."""
    scores = raw[:, 4] * raw[:, 5]
    keep = np.flatnonzero(scores >= threshold)
    centre = (raw[keep, :2] + _PLACES[keep]) * _STRIDES[keep]
    half = np.exp(np.clip(raw[keep, 2:4], -10, 10)) * _STRIDES[keep] / 2
    return np.concatenate([centre - half, centre + half], axis=1), scores[keep]


def suppress(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> list[int]:
    """Indices of the boxes, (N, 4), to keep, best first: each person once."""
    left, kept = list(np.argsort(-scores, kind="stable")), list[int]()
    while left:
        best = int(left.pop(0))
        kept.append(best)
        left = [i for i in left if _iou(boxes[best], boxes[i]) <= SUPPRESSION_IOU]
    return kept


def _iou(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    overlap = np.maximum(np.minimum(one[2:], two[2:]) - np.maximum(one[:2], two[:2]), 0.0).prod()
    union = (one[2:] - one[:2]).prod() + (two[2:] - two[:2]).prod() - overlap
    return float(overlap / union) if union > 0 else 0.0


def regions_of_box(box: NDArray[np.float32], score: float) -> list[Detection]:
    """Where the landmarks of the person in a box, x0, y0, x1, y1, may be: upright, and lying where it is wide."""
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    side = REGION_PER_BOX * max(width, height)
    x, y = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
    turns = (0.0, math.pi / 2, -math.pi / 2) if width > LYING * height else (0.0,)
    return [Detection(Region(x, y, side, rotation), score) for rotation in turns]
