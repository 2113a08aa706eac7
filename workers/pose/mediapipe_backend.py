"""MediaPipe's own PoseLandmarker behind the interface of our backends, to compare with; imports mediapipe lazily."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from workers.pose.blazepose import region_from_points
from workers.pose.pose import LANDMARKS, Pose, Region

BODY_RADIUS = 1.03
"""Radius of the circle around the body over the distance from the middle of the hips to the landmark farthest from it.
Median over the frames of nine real clips, 90 % of them .91-1.24: the circle also holds what no landmark marks, above
all the top of the head."""

_SHOULDERS = [LANDMARKS.index("left_shoulder"), LANDMARKS.index("right_shoulder")]
_HIPS = [LANDMARKS.index("left_hip"), LANDMARKS.index("right_hip")]
_NS_PER_MS = 1_000_000


class MediapipePoseBackend:
    """PoseLandmarker of MediaPipe Tasks in VIDEO mode: searches the frame itself and follows people by itself.

    It does not say where it looked, nor how sure it was of a person. Both are rebuilt: the region from the landmarks
    (``region_around``), the presence as the mean of the landmarks' own, but at least the threshold that MediaPipe has
    already applied.
    """

    finds_people = True

    def __init__(
        self,
        task_path: Path,
        num_poses: int = 4,
        *,
        min_detection: float = 0.5,
        min_presence: float = 0.5,
        min_tracking: float = 0.5,
    ) -> None:
        """Open a ``.task`` bundle.

        Args:
            task_path: Bundle of detector and landmark network.
            num_poses: Most people to find. With 1 MediaPipe smooths the landmarks itself and cannot be told not to, so
                smooth them no further; with more it never does.
            min_detection: Threshold of the person detector, 0-1.
            min_presence: Threshold below which a followed person is lost, 0-1.
            min_tracking: Overlap of two regions above which they are taken for one person, 0-1.

        Raises ModelError if mediapipe is missing or too old, or the bundle cannot be used.
        """
        self._mediapipe = _import_mediapipe()
        if not task_path.is_file():
            raise ModelError(f"there is no bundle {task_path}; name a .task file of the pose landmarker")
        vision = self._mediapipe.tasks.vision
        options = vision.PoseLandmarkerOptions(
            base_options=self._mediapipe.tasks.BaseOptions(model_asset_path=str(task_path)),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=num_poses,
            min_pose_detection_confidence=min_detection,
            min_pose_presence_confidence=min_presence,
            min_tracking_confidence=min_tracking,
        )
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(options)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"mediapipe cannot use the bundle {task_path} ({_first_line(error)}); name another .task file"
            ) from error
        self._min_presence = min_presence
        self._last_ms: int | None = None

    def poses(self, pixels: NDArray[np.uint8], captured_ns: int, regions: Sequence[Region]) -> list[Pose]:
        """Poses found in one frame, (height, width, 3) uint8 BGR; the regions are ignored.

        Raises ModelError if MediaPipe fails. Times that are not later than the last are moved 1 ms past it, because
        MediaPipe refuses them.
        """
        captured_ms = captured_ns // _NS_PER_MS
        if self._last_ms is not None:
            captured_ms = max(captured_ms, self._last_ms + 1)
        self._last_ms = captured_ms
        image = self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB, data=cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        )
        try:
            result = self._landmarker.detect_for_video(image, captured_ms)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"mediapipe failed ({_first_line(error)}); use the backend onnx") from error
        height, width = pixels.shape[:2]
        return [
            self._pose(landmarks, world, width, height)
            for landmarks, world in zip(result.pose_landmarks, result.pose_world_landmarks, strict=True)
        ]

    def _pose(self, normalised: Sequence[Any], metric: Sequence[Any], width: int, height: int) -> Pose:
        landmarks = np.array([(p.x * width, p.y * height, p.z * width, p.visibility) for p in normalised], np.float32)
        world = np.array([(p.x, p.y, p.z) for p in metric], np.float32)
        presence = max(self._min_presence, float(np.mean([p.presence for p in normalised])))
        region = region_around(landmarks)
        return Pose(landmarks, world, presence, region, region)

    def close(self) -> None:
        """Release the models and threads; the backend is not used afterwards."""
        self._landmarker.close()


def region_around(landmarks: NDArray[np.float32]) -> Region:
    """The region that BlazePose's auxiliary points would give, from the 33 body landmarks, (33, 4) frame pixels.

    Centre: middle of the hips (on real clips within .3 % of the region's side). Rotation: from there to the middle of
    the shoulders (within 1.4 degrees). Size: the landmark farthest from the centre, see ``BODY_RADIUS``.
    """
    points = landmarks[:, :2].astype(np.float64)
    hips, shoulders = points[_HIPS].mean(axis=0), points[_SHOULDERS].mean(axis=0)
    radius = BODY_RADIUS * np.linalg.norm(points - hips, axis=1).max()
    up = shoulders - hips
    length = math.hypot(*up)
    # Without a torso to go by the region stays upright.
    direction = up / length if length > 0 else np.array([0.0, -1.0])
    return region_from_points(hips, hips + radius * direction)


def _import_mediapipe() -> Any:  # noqa: ANN401  (a module without types)
    try:
        import mediapipe
    except ImportError as error:
        raise ModelError(
            f"the pose backend mediapipe needs the package mediapipe ({error}); install it with:"
            " pip install --no-deps mediapipe, or use the backend onnx"
        ) from error
    tasks = getattr(mediapipe, "tasks", None)
    if not hasattr(getattr(tasks, "vision", None), "PoseLandmarker"):
        version = getattr(mediapipe, "__version__", "unknown")
        raise ModelError(
            f"mediapipe {version} has no PoseLandmarker; install mediapipe 0.10.5 or newer, or use the backend onnx"
        )
    return mediapipe


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
