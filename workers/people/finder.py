"""Frame in, people out: the detector's search, the landmarks and the tracker of one camera or recording together.

Keeps the order of things and nothing else: where to search stands in ``regions``, who is who in ``tracker``. One
finder belongs to one camera or recording, its frames come in order.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.frame import Frame
from workers.models.catalogue import Variant
from workers.people.appearance import Clothing
from workers.people.detection import Detection, PersonDetector, Window
from workers.people.hiding import hide
from workers.people.motion import Motion, MotionWatch
from workers.people.regions import Look, LostPlace, SearchPlan, Situation, turn, turn_back
from workers.people.track import Track
from workers.people.tracked import TrackedPerson
from workers.people.tracker import Tracker, TrackerOptions
from workers.pose.pose import Pose, PoseBackend, Region


@dataclass(frozen=True, slots=True)
class FinderOptions:
    """How people are searched for and tracked."""

    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    new_per_frame: int = 4
    """Detections whose landmarks are estimated in one frame, best first; the others wait for the next look. More makes
    single frames late, fewer finds a group more slowly."""


SECOND_TRY_PRESENCE = 0.1
"""A detector's region may be off by a third of a body; landmarks found in it with little presence still tell where the
body is, and the second try there succeeds. Below this there was nothing."""

COVER_MARGIN = 0.12
"""Of the region's side, around the landmarks' box: hands, feet and clothes beyond the landmarks, and a shadow. Wider
hides the neighbour's movement."""

VISIBLE = 0.5


class PeopleFinder:
    """Follows the people in front of one camera or in one recording."""

    def __init__(
        self, backend: PoseBackend, detector: PersonDetector | None, options: FinderOptions | None = None
    ) -> None:
        if detector is None and not backend.finds_people:
            raise ValueError("a pose backend that does not find people by itself needs a person detector")
        self._backend = backend
        self._detector = detector
        self._options = options or FinderOptions()
        self.restart()

    def restart(self) -> None:
        """Forget everything but the models: another recording begins, and numbers count from 1 again."""
        self._tracker = Tracker(self._options.tracker)
        self._motion = MotionWatch()
        self._plan: SearchPlan | None = None
        self._plan_size = (0, 0)

    def update(self, frame: Frame) -> list[TrackedPerson]:
        """The confirmed people seen in this frame, in the order of their numbers."""
        now_s = frame.captured_ns / 1e9
        motion = self._motion.update(frame.pixels, now_s)
        if motion.cut:
            self._tracker.cut(now_s)
        if self._backend.finds_people:
            self._tracker.assign(frame.pixels, now_s, self._backend.poses(frame.pixels, frame.captured_ns, []))
        else:
            self._follow(frame, now_s)
            self._search(frame, now_s, motion)
        return [_tracked(track, frame) for track in self._tracker.people()]

    def known(self) -> set[int]:
        """Numbers of the people who are seen or may still come back as the same ones."""
        return {track.number for track in (*self._tracker.live, *self._tracker.lost) if track.number is not None}

    def clothing(self, number: int) -> Clothing | None:
        """Colours of a person's clothes as far as seen; None where nothing is known."""
        return next((track.clothing for track in self._tracker.live if track.number == number), None)

    def search(self, frame: Frame, looks: Sequence[Look]) -> list[Pose]:
        """Search these parts of a frame at once, whatever the plan says; gives everyone who is followed afterwards.

        For single pictures and for measuring; people who are not believed yet are among them.
        """
        now_s = frame.captured_ns / 1e9
        for look in looks:
            self._take(frame, now_s, self._detect(frame.pixels, look))
        return [track.pose for track in self._tracker.live]

    def close(self) -> None:
        """Release backend and detector; the finder is not used afterwards."""
        self._backend.close()
        if self._detector is not None:
            self._detector.close()

    def _follow(self, frame: Frame, now_s: float) -> None:
        targets = self._tracker.targets(now_s)
        near = [self._tracker.neighbours(track.region, track) for track in targets]
        alone = [track.region for track, others in zip(targets, near, strict=True) if not others]
        easy = iter(self._backend.poses(frame.pixels, frame.captured_ns, alone) if alone else [])
        poses = [
            self._pose_among(frame, track.region, others, track.pose) if others else next(easy)
            for track, others in zip(targets, near, strict=True)
        ]
        self._tracker.advance(frame.pixels, now_s, poses)

    def _pose_among(self, frame: Frame, region: Region, others: Sequence[Pose], own: Pose | None) -> Pose:
        """The pose in a region with the bodies of the others painted out."""
        return self._backend.poses(hide(frame.pixels, others, own), frame.captured_ns, [region])[0]

    def _search(self, frame: Frame, now_s: float, motion: Motion) -> None:
        height, width = frame.pixels.shape[:2]
        if self._plan is None or self._plan_size != (width, height):
            self._plan, self._plan_size = SearchPlan(width, height), (width, height)
        elif motion.cut:
            self._plan.restart()
        for look in self._plan.next(now_s, self._situation(motion, width, height)):
            self._plan.found(now_s, self._take(frame, now_s, self._detect(frame.pixels, look)))

    def _situation(self, motion: Motion, width: int, height: int) -> Situation:
        lost = self._tracker.lost
        return Situation(
            live=len(self._tracker.live),
            known=motion.known,
            unexplained=motion.moving & ~covered_cells(self._tracker.live, motion.moving.shape, width, height),
            lost=tuple(LostPlace(t.region, t.lost_s, t.key) for t in lost if t.lost_s is not None),
        )

    def _detect(self, pixels: NDArray[np.uint8], look: Look) -> list[Detection]:
        if self._detector is None:
            return []
        if look.quarter_turns == 0:
            return self._detector.detect(pixels, [look.window])
        window = look.window
        part = pixels[math.floor(window.y0) : math.ceil(window.y1), math.floor(window.x0) : math.ceil(window.x1)]
        turned = turn(part, look.quarter_turns)
        all_of_it = Window(0.0, 0.0, float(turned.shape[1]), float(turned.shape[0]))
        return [turn_back(found, look) for found in self._detector.detect(turned, [all_of_it])]

    def _take(self, frame: Frame, now_s: float, found: Sequence[Detection]) -> int:
        """Estimate the landmarks of who is not tracked yet; returns the number of new people."""
        best = sorted(found, key=lambda detection: -detection.score)
        regions = [d.region for d in best if not self._tracker.explains(d.region)][: self._options.new_per_frame]
        if not regions:
            return 0
        poses = self._backend.poses(frame.pixels, frame.captured_ns, regions)
        enough = self._options.tracker.start_presence
        again = [
            i for i, p in enumerate(poses) if SECOND_TRY_PRESENCE <= p.presence < enough and is_usable(p.next_region)
        ]
        if again:
            tried = self._backend.poses(frame.pixels, frame.captured_ns, [poses[i].next_region for i in again])
            for i, pose in zip(again, tried, strict=True):
                poses[i] = max(poses[i], pose, key=lambda p: p.presence)
        for i, pose in enumerate(poses):
            # The detector saw somebody where no track is, and the landmarks slid onto a neighbour who is tracked.
            if pose.presence >= enough and self._tracker.is_taken(pose):
                others = self._tracker.neighbours(pose.region)
                poses[i] = self._pose_among(frame, pose.region, others, None) if others else pose
        return self._tracker.propose(frame.pixels, now_s, poses)


def open_finder(
    *, backend: str = "onnx", detector: str = "blazepose", variant: Variant = "full", max_people: int = 16
) -> PeopleFinder:
    """Open the models by name and wire them together.

    Args:
        backend: ``onnx``, or ``mediapipe`` to compare with, which finds people by itself.
        detector: ``blazepose``, or the name of a YOLOX that ``spotter models add`` registered.
        variant: Of BlazePose: ``lite``, ``full`` or ``heavy``.
        max_people: Most people to follow at a time.

    Raises ModelError if weights are missing or unusable, ConfigError for an unknown backend.
    """
    opened = open_models(backend=backend, detector=detector, variant=variant)
    return PeopleFinder(*opened, FinderOptions(tracker=TrackerOptions(max_people=max_people)))


def open_models(
    *, backend: str = "onnx", detector: str = "blazepose", variant: Variant = "full"
) -> tuple[PoseBackend, PersonDetector | None]:
    """Open the models by name, as ``open_finder`` does; the finders of one thread may share them.

    The backend ``mediapipe`` remembers what it saw and belongs to one finder.
    """
    if backend == "mediapipe":
        from workers.models.task_bundle import task_bundle
        from workers.pose.mediapipe_backend import MediapipePoseBackend

        return MediapipePoseBackend(task_bundle(variant)), None
    if backend != "onnx":
        raise ConfigError(f"there is no pose backend {backend!r}; choose onnx or mediapipe")
    from workers.models.store import pose_models
    from workers.pose.onnx_backend import OnnxPoseBackend

    paths = pose_models(variant)
    found = _open_detector(detector, paths.detector)
    return OnnxPoseBackend(paths.landmarks), found


def _open_detector(name: str, blazepose: Path) -> PersonDetector:
    if name == "blazepose":
        from workers.people.blazepose_detector import BlazePoseDetector

        return BlazePoseDetector(blazepose)
    from workers.models.detectors import added_model
    from workers.people.yolox_detector import YoloxDetector

    return YoloxDetector(added_model(name))


def is_usable(region: Region) -> bool:
    """Whether landmarks can be looked for in a region that came out of a doubtful pose."""
    return all(map(math.isfinite, (region.x, region.y, region.size, region.rotation))) and 16.0 < region.size < 1e5


def covered_cells(tracks: Sequence[Track], shape: tuple[int, ...], width: int, height: int) -> NDArray[np.bool_]:
    """The cells, of a grid of this (rows, columns) shape over the frame, whose movement tracks explain."""
    covered = np.zeros(shape, np.bool_)
    rows, columns = shape
    for track in tracks:
        x0, y0, x1, y1 = landmarks_box(track.pose)
        margin = COVER_MARGIN * track.size_px
        left, right = math.floor((x0 - margin) / width * columns), math.ceil((x1 + margin) / width * columns)
        top, bottom = math.floor((y0 - margin) / height * rows), math.ceil((y1 + margin) / height * rows)
        covered[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = True
    return covered


def landmarks_box(pose: Pose) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 around all landmarks of a pose, frame pixels."""
    low, high = pose.landmarks[:, :2].min(axis=0), pose.landmarks[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _tracked(track: Track, frame: Frame) -> TrackedPerson:
    landmarks, world = track.smoother.update(track.pose, frame.captured_ns)
    height, width = frame.pixels.shape[:2]
    seen = landmarks[landmarks[:, 3] >= VISIBLE, :2]
    points = seen if len(seen) else landmarks[:, :2]
    limits = np.array([width, height], np.float32)
    (x0, y0), (x1, y1) = (np.clip(edge, 0, limits) for edge in (points.min(axis=0), points.max(axis=0)))
    return TrackedPerson(
        track=track.number or 0,
        landmarks=landmarks,
        world=world,
        presence=track.pose.presence,
        box_px=(float(x0), float(y0), float(x1), float(y1)),
    )
