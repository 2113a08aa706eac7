"""A camera whose pose estimator is perfect: drawn people through the real tracker, and frames without pictures."""

from collections.abc import Sequence

import numpy as np
from drawn_people import frames

from core.messages import FrameHeader, Gap
from ingest.rehearsal.script import Performance
from workers.camera import CameraPipeline
from workers.exercise.catalogue import load_catalogue
from workers.people.finder import PeopleFinder
from workers.pose.pose import Pose, Region

WIDTH, HEIGHT = 640, 480
UTC_NS = 1_790_000_000_000_000_000
BLACK = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


class TrueBackend:
    """Finds in every frame who was drawn at that time; people who are away are not found."""

    finds_people = True

    def __init__(self, *people: Performance, fps: float = 12.0, away: Sequence[tuple[float, float]] = ()) -> None:
        self._poses: dict[int, list[Pose]] = {}
        for performed in people:
            for time_s, landmarks, world in frames(performed, fps):
                if any(start_s <= time_s < end_s for start_s, end_s in away):
                    continue
                self._poses.setdefault(round(time_s * 1e9), []).append(pose(landmarks, world))

    def poses(self, pixels: np.ndarray, captured_ns: int, regions: Sequence[Region]) -> list[Pose]:
        return list(self._poses.get(captured_ns, []))

    def close(self) -> None:
        """Nothing is open."""


def pose(landmarks: np.ndarray, world: np.ndarray) -> Pose:
    x, y = (landmarks[23, :2] + landmarks[24, :2]) / 2
    size = 1.25 * float(np.ptp(landmarks[:, 1]) + 20)
    region = Region(float(x), float(y), size, 0.0)
    return Pose(landmarks.copy(), world.copy(), 0.999, region, region)


def pipeline(backend: object, sender: str = "worker:1", camera: str = "racks") -> CameraPipeline:
    return CameraPipeline(camera, sender, load_catalogue(), PeopleFinder(backend, None), cpu_ns=lambda: 0)


def header(number: int, fps: float = 12.0, boot: str = "b1", camera: str = "racks") -> FrameHeader:
    captured_ns = round(number / fps * 1e9)
    return FrameHeader(
        sender=f"ingest:{camera}", camera=camera, boot=boot, sequence=number, captured_ns=captured_ns,
        captured_utc_ns=UTC_NS + captured_ns, width=WIDTH, height=HEIGHT,
    )  # fmt: skip


def gap(number: int, reason: str, fps: float = 12.0, boot: str = "b1") -> Gap:
    captured_ns = round(number / fps * 1e9)
    return Gap(
        sender="ingest:racks", camera="racks", boot=boot, sequence=number, captured_ns=captured_ns,
        captured_utc_ns=UTC_NS + captured_ns, reason=reason,
    )  # fmt: skip


def newest_sets(events: Sequence[object]) -> dict[tuple[str, int, int], object]:
    """Of each set (epoch, track, number) the message of the highest revision."""
    newest: dict = {}
    for event in events:
        if type(event).__name__ == "SetChanged":
            key = (event.who.epoch, event.who.track, event.number)
            if key not in newest or newest[key].revision < event.revision:
                newest[key] = event
    return newest
