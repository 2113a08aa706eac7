"""One followed person, and how a skeleton is judged: whether it is one, whose it is, how well it was read.

Pure: knows of one or two tracks at a time and changes none of them; what follows from a judgement stands in
``tracker``.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workers.people.appearance import Clothing, clothing, likeness
from workers.people.oks import COCO_POINTS, oks, share_on
from workers.pose.pose import Pose, Region
from workers.pose.smoothing import PoseSmoother

CONTACT = 0.3
"""Two people whose middles are closer than this share of their region hide each other: about 0.7 m. Clothes seen then
may be the other's."""

SURE_PRESENCE = 0.97
SURE_STEADINESS = 0.65
DOUBTFUL_PRESENCE = 0.93
DOUBTFUL_STEADINESS = 0.85
"""Of a new track, averaged over its first frames; steadiness is the OKS from frame to frame, both moved onto each
other, so that who walks is as steady as who stands. On real clips people gave presence above .98 and steadiness .77 to
.99 (fast movement is less steady); machines, shadows and limbs taken for people mostly stay below both lines."""

CLEAR_PRESENCE = 0.99
CLEAR_VISIBILITY = 0.85
CLEAR_REGION_PX = 160.0
"""Mean visibility over the key-points, and side of the region: of a person of about 120 px. A whole upright person in
plain view is believed at once; hardly any machine gets there, and what is smaller may be anything."""

UPSIDE_DOWN = math.radians(130.0)
"""Rotation beyond which a skeleton stands on its head. That is a handstand once and a mistake of the model a hundred
times, so it is believed as slowly as a doubtful one."""

MIN_REGION_PX = 24.0
"""A region this small holds no person that landmarks can be found on (the network sees 256 px)."""
MAX_REGION_FRAMES = 4.0
"""Times the frame's long side; a larger region is a run-away scale."""
MIN_INSIDE = 5
"""Of 17 key-points; with fewer inside the frame the person has left."""
MIN_VISIBLE = 6
"""Of 17 key-points with visibility above one half, to start a track. An upper body at the frame's edge shows 11; a
random texture fewer than 5."""
MIN_SPREAD = 0.18
MAX_SPREAD = 1.3
"""Size of the skeleton over the side of its region: 0.3 for one who squats seen from the front, 1.1 for arms overhead.
Outside of these bounds it is a heap of points or one that has come apart."""

COMMON_LIKENESS = 0.6
"""What clothes of two people in one room usually have in common; only what is above tells them apart."""
TRAIL_S = 0.6
"""How far back a track remembers its skeletons, to tell who of two is the one that jumped."""


@dataclass(slots=True)
class Track:
    """One person as far as known."""

    key: int
    """Tells tracks apart inside the tracker, confirmed or not."""
    pose: Pose
    region: Region
    """Where to look next."""
    started_s: float
    seen_s: float
    number: int | None = None
    """What the outside knows the person as; None until the track is confirmed."""
    hits: int = 1
    """Frames in which the person was seen."""
    presence: float = 1.0
    """Mean of the model's, 0-1: over all frames but the first until the track is confirmed, then a moving one."""
    steadiness: float = 1.0
    """Mean likeness of the skeleton's shape from frame to frame until the track is confirmed, 0-1."""
    lost_s: float | None = None
    after_cut: bool = False
    """Lost because the recording was cut: only clothes and place together bring the person back."""
    clothing: Clothing | None = None
    clothed_s: float = -math.inf
    trail: deque[tuple[float, Pose]] = field(default_factory=deque)
    """Capture time and pose, only from frames in which the skeleton was clearly apart from all others."""
    retries: int = 0
    doubled: int = 0
    """Frames, less those without, in which the skeleton lay on that of a person known for longer."""
    smoother: PoseSmoother = field(default_factory=PoseSmoother)

    @property
    def size_px(self) -> float:
        """Side of the region: about 2.3 m."""
        return self.region.size


def in_contact(one: Track, two: Track) -> bool:
    """Whether two different people are so close that one may hide the other."""
    return one is not two and distance(one.region, two.region) < CONTACT


def gain_by_exchange(one: Track, two: Track, pixels: NDArray[np.uint8]) -> float | None:
    """How much better two people's clothes fit the other way round, -2 to 2; None if that cannot be told."""
    if one.clothing is None or two.clothing is None:
        return None
    at_one, at_two = clothing(pixels, one.pose.landmarks), clothing(pixels, two.pose.landmarks)
    fits = (
        likeness(one.clothing, at_one),
        likeness(two.clothing, at_two),
        likeness(one.clothing, at_two),
        likeness(two.clothing, at_one),
    )
    if any(fit is None for fit in fits):
        return None
    same_one, same_two, other_one, other_two = (fit or 0.0 for fit in fits)
    return other_one + other_two - same_one - same_two


def stack(poses: Sequence[Pose]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Landmarks (N, 33, 4) and the sides of the next regions (N,) in pixels, as ``oks`` takes them."""
    return np.stack([p.landmarks for p in poses]), np.array([p.next_region.size for p in poses], np.float64)


def distance(one: Region, two: Region) -> float:
    """Between the middles of two regions, in sides of the larger one."""
    return math.hypot(one.x - two.x, one.y - two.y) / max(one.size, two.size, 1e-6)


def is_sound(pose: Pose, shape: tuple[int, ...]) -> bool:
    """Whether the pose lies in the frame and its next region is one that landmarks can be looked for in."""
    height, width = shape[:2]
    region = pose.next_region
    numbers = (region.x, region.y, region.size, region.rotation)
    if not all(map(math.isfinite, numbers)) or not np.isfinite(pose.landmarks).all():
        return False
    if not MIN_REGION_PX <= region.size <= MAX_REGION_FRAMES * max(width, height):
        return False
    points = pose.landmarks[COCO_POINTS]
    inside = (points[:, 0] >= 0) & (points[:, 1] >= 0) & (points[:, 0] < width) & (points[:, 1] < height)
    return int(inside.sum()) >= MIN_INSIDE


def is_plausible(pose: Pose) -> bool:
    """Whether the skeleton looks like a person's: enough of it is visible, and it fills its region as bodies do."""
    points = pose.landmarks[COCO_POINTS]
    visible = points[points[:, 3] > 0.5]
    if len(visible) < MIN_VISIBLE:
        return False
    extent = points[:, :2].max(axis=0) - points[:, :2].min(axis=0)
    spread = float(np.hypot(*extent)) / max(pose.next_region.size, 1e-6)
    return MIN_SPREAD <= spread <= MAX_SPREAD


def share(pose: Pose, other: Pose) -> float:
    """Which share of a skeleton lies on another's body, 0-1."""
    return share_on(pose.landmarks, other.landmarks, other.next_region.size)


def shape_likeness(before: Pose, now: Pose) -> float:
    """OKS of two skeletons whose middles are laid onto each other."""
    moved = before.landmarks.copy()
    moved[:, :2] += (now.landmarks[COCO_POINTS, :2] - before.landmarks[COCO_POINTS, :2]).mean(axis=0)
    sizes = np.array([now.next_region.size], np.float64)
    return float(oks(moved[None], sizes, now.landmarks[None], sizes)[0, 0])


def standing(pose: Pose) -> float:
    """How well a skeleton reads a person, to compare two readings of one: presence, visibility, right way up."""
    seen = float(pose.landmarks[COCO_POINTS, 3].mean())
    upside_down = abs(math.remainder(pose.next_region.rotation, 2 * math.pi)) > UPSIDE_DOWN
    return pose.presence + seen - (0.3 if upside_down else 0.0)


def continuity(track: Track, now_s: float) -> float:
    """How well the track's skeleton lies where its last ones lead to, 0-1; half where nothing is known.

    The older the trail, the less it tells.
    """
    if len(track.trail) < 2:
        return 0.5
    (before_s, before), (last_s, last) = track.trail[0], track.trail[-1]
    speed = (last.landmarks[:, :2] - before.landmarks[:, :2]).mean(axis=0) / max(last_s - before_s, 1e-3)
    expected = last.landmarks.copy()
    expected[:, :2] += speed * (now_s - last_s)
    sizes = np.array([track.size_px], np.float64)
    trust = math.exp(-(now_s - last_s) / TRAIL_S)
    return trust * float(oks(expected[None], sizes, track.pose.landmarks[None], sizes)[0, 0]) + (1.0 - trust) * 0.5


def dressed(track: Track, now: Clothing) -> float:
    """How alike the clothes in the picture are to the track's, 0-1; half where nothing is known."""
    alike = None if track.clothing is None else likeness(track.clothing, now)
    return 0.5 if alike is None else min(max((alike - COMMON_LIKENESS) / (1.0 - COMMON_LIKENESS), 0.0), 1.0)
