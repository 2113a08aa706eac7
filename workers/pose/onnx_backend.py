"""The default pose backend: BlazePose's landmark network on ONNX Runtime, region by region."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.pose.blazepose import LANDMARK_SIZE, MODEL_LANDMARKS, crop, pose_from_outputs
from workers.pose.onnx_session import OnnxModel
from workers.pose.pose import Pose, Region

AUTO_BATCH = 2
"""Regions in one run. Measured on one thread: two cost about 4 % less each than one, four and more cost more, because
the activations outgrow the cache (docs/decisions/0004-pose-backends.md)."""

_SHAPES = {"landmarks": (MODEL_LANDMARKS * 5,), "presence": (1,), "world": (MODEL_LANDMARKS * 3,)}
_HEATMAP_SHAPE = (64, 64, MODEL_LANDMARKS)


class OnnxPoseBackend:
    """Estimates one pose per region; keeps no memory of earlier frames."""

    finds_people = False

    def __init__(
        self,
        landmark_model: Path,
        *,
        refine_heatmap: bool = True,
        threads: int = 1,
        batch: int | Literal["auto"] = "auto",
    ) -> None:
        """Open the landmark network.

        Args:
            landmark_model: The converted network (``workers.models.store.pose_models``): with ``refine_heatmap`` the
                one with the heat map, else either, the one without being faster.
            refine_heatmap: Refine landmarks by the heat map as MediaPipe does. Without it they are up to 7 % cheaper
                and about 4 px (at 640x480) away from MediaPipe's.
            threads: Within one operator of the network.
            batch: Most regions in one run of the network.

        Raises ModelError if the file cannot be used.
        """
        shapes: dict[str, tuple[int, ...]] = dict(_SHAPES)
        if refine_heatmap:
            shapes["heatmap"] = _HEATMAP_SHAPE
        self._model = OnnxModel(landmark_model, shapes, side_px=LANDMARK_SIZE, threads=threads)
        self._batch = AUTO_BATCH if batch == "auto" else max(1, batch)
        self._pictures = np.empty((self._batch, LANDMARK_SIZE, LANDMARK_SIZE, 3), np.float32)

    def poses(self, pixels: NDArray[np.uint8], captured_ns: int, regions: Sequence[Region]) -> list[Pose]:
        """One pose per region of the frame, (height, width, 3) uint8 BGR, in order, whatever its presence."""
        found: list[Pose] = []
        for start in range(0, len(regions), self._batch):
            found += self._estimate(pixels, regions[start : start + self._batch])
        return found

    def _estimate(self, pixels: NDArray[np.uint8], regions: Sequence[Region]) -> list[Pose]:
        pictures = self._pictures[: len(regions)]
        for picture, region in zip(pictures, regions, strict=True):
            np.multiply(crop(pixels, region, LANDMARK_SIZE, cv2.BORDER_REPLICATE), np.float32(1 / 255), out=picture)
        landmarks, presence, world, *heatmap = self._model.run(pictures)
        return [
            pose_from_outputs(landmarks[i], float(presence[i, 0]), world[i], heatmap[0][i] if heatmap else None, region)
            for i, region in enumerate(regions)
        ]

    def close(self) -> None:
        """Release the network; the backend is not used afterwards."""
        del self._model
