"""One person followed through frames by our path and by MediaPipe's, and how far the two agree.

Owns what "the same job" means for both: from a BGR frame to smoothed landmarks, the person detector only where nobody
is being followed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from workers.models.catalogue import Variant
from workers.models.store import pose_models
from workers.people.blazepose_detector import BlazePoseDetector
from workers.people.detection import Window
from workers.pose.mediapipe_backend import MediapipePoseBackend
from workers.pose.onnx_backend import OnnxPoseBackend
from workers.pose.pose import Region
from workers.pose.smoothing import PoseSmoother

Contender = Literal["onnx", "onnx without heat map", "mediapipe num_poses=1", "mediapipe num_poses=4"]
PRESENCE_THRESHOLD = 0.5
"""Below it MediaPipe gives the person up and searches again in the next frame."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A person in one frame."""

    landmarks: NDArray[np.float32]
    """(33, 4) float32: x, y, z in frame pixels, visibility 0-1; smoothed where the contender smooths."""
    world: NDArray[np.float32]
    """(33, 3) float32: metres."""


class Follower(Protocol):
    """Follows one person."""

    def step(self, pixels: NDArray[np.uint8], captured_ns: int) -> list[Followed]:
        """The people in the next frame, (height, width, 3) uint8 BGR; empty if lost."""
        ...

    def close(self) -> None:
        """Release the models."""
        ...


class OnnxFollower:
    """Our path for one person, with MediaPipe's rules for losing and finding one."""

    def __init__(self, models: Variant = "full", *, refine_heatmap: bool = True) -> None:
        paths = pose_models(models)
        landmarks = paths.landmarks if refine_heatmap else paths.landmarks_without_heatmap
        self._backend = OnnxPoseBackend(landmarks, refine_heatmap=refine_heatmap)
        self._detector = BlazePoseDetector(paths.detector)
        self._smoother = PoseSmoother()
        self._region: Region | None = None
        self.searches = 0
        """Frames in which the detector ran."""

    def step(self, pixels: NDArray[np.uint8], captured_ns: int) -> list[Followed]:
        """As in ``Follower``."""
        if self._region is None:
            self.searches += 1
            height, width = pixels.shape[:2]
            found = self._detector.detect(pixels, [Window(0, 0, width, height)])
            self._region = found[0].region if found else None
        if self._region is not None:
            pose = self._backend.poses(pixels, captured_ns, [self._region])[0]
            if pose.presence > PRESENCE_THRESHOLD:
                self._region = pose.next_region
                return [Followed(*self._smoother.update(pose, captured_ns))]
        self._region = None
        self._smoother.reset()
        return []

    def close(self) -> None:
        """Release the models."""
        self._backend.close()
        self._detector.close()


class MediapipeFollower:
    """MediaPipe's path, which smooths by itself with one pose and does not smooth with more."""

    def __init__(self, task_bundle: Path, num_poses: int) -> None:
        self._backend = MediapipePoseBackend(task_bundle, num_poses)

    def step(self, pixels: NDArray[np.uint8], captured_ns: int) -> list[Followed]:
        """As in ``Follower``."""
        return [Followed(pose.landmarks, pose.world) for pose in self._backend.poses(pixels, captured_ns, [])]

    def close(self) -> None:
        """Release the models."""
        self._backend.close()


def make_follower(contender: Contender, models: Variant, task_bundle: Path) -> Follower:
    """A contender of the benchmark, ready for its first frame; raises ModelError."""
    if contender == "onnx":
        return OnnxFollower(models)
    if contender == "onnx without heat map":
        return OnnxFollower(models, refine_heatmap=False)
    return MediapipeFollower(task_bundle, 1 if contender == "mediapipe num_poses=1" else 4)


def capture_time_ns(frame: int) -> int:
    """Capture time of a frame at 30 frames/s in whole milliseconds, which is all that MediaPipe takes.

    The first is not 0: MediaPipe's filter forgets a sample of that time.
    """
    return round((frame + 1) * 1000 / 30) * 1_000_000


def follow(follower: Follower, frames: NDArray[np.uint8]) -> list[list[Followed]]:
    """The people in each of (N, height, width, 3) uint8 BGR frames."""
    return [follower.step(pixels, capture_time_ns(number)) for number, pixels in enumerate(frames)]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Distance between two paths' landmarks, frame pixels."""

    mean_px: float
    p99_px: float
    within_2_px: float
    """Share of landmarks, 0-1."""
    world_mean_mm: float
    """Mean distance of the world landmarks."""
    visibility_max: float
    """Largest difference."""
    frames: int
    """Frames in which both found the person."""
    disputed_frames: int
    """Frames in which only one did."""


def agreement(one: list[list[Followed]], other: list[list[Followed]]) -> Agreement:
    """How far the first person of two paths agrees over the same frames; NaN where they have no frame in common."""
    both = [(a[0], b[0]) for a, b in zip(one, other, strict=True) if a and b]
    disputed = sum(bool(a) != bool(b) for a, b in zip(one, other, strict=True))
    if not both:
        nothing = float("nan")
        return Agreement(nothing, nothing, nothing, nothing, nothing, 0, disputed)
    apart = np.array([a.landmarks - b.landmarks for a, b in both])
    world_apart = np.linalg.norm([a.world - b.world for a, b in both], axis=2)
    distances = np.linalg.norm(apart[:, :, :2], axis=2)
    return Agreement(
        mean_px=float(distances.mean()),
        p99_px=float(np.percentile(distances, 99)),
        within_2_px=float((distances <= 2).mean()),
        world_mean_mm=1000 * float(world_apart.mean()),
        visibility_max=float(np.abs(apart[:, :, 3]).max()),
        frames=len(both),
        disputed_frames=disputed,
    )
