"""Stored key-points of a set as what is drawn at a time: whose frame, from where, and how far around; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.clock import NANOSECONDS
from core.history import Recording
from tui.skeleton import SEEN_FROM, WHOLE, Box

SHOWN_FOR_NS = NANOSECONDS
"""A frame stands for so long; past that nobody was seen, and nobody is drawn."""
MARGIN = 0.06
"""Around everything that the person did, as a share of the picture."""
LOOKED_AT = 400
"""Frames from which that is told."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of a set."""

    points: bytes
    """33 x (x, y, visibility) packed float32; empty where nobody was seen."""
    room: Box
    """The part of the picture that holds all of the set, so that the person moves and not the picture."""
    camera: str
    place: int
    """Of the frame, from 1; 0 before the first."""
    frames: int


class Kept:
    """All recordings of one set, one of them chosen."""

    def __init__(self, recordings: Sequence[Recording] = (), camera: str = "") -> None:
        """``camera``: the one to begin with, if it has any."""
        self._recordings = [each for each in recordings if len(each.times_utc_ns)]
        self._rooms = [_room(each) for each in self._recordings]
        named = (place for place, each in enumerate(self._recordings) if each.who.camera == camera)
        self._chosen = next(named, 0)

    def __bool__(self) -> bool:
        return bool(self._recordings)

    @property
    def cameras(self) -> int:
        """How many recordings there are."""
        return len(self._recordings)

    def next_camera(self) -> None:
        """Look from another side, where there is one."""
        self._chosen = (self._chosen + 1) % max(len(self._recordings), 1)

    def shot(self, at_utc_ns: int) -> Shot | None:
        """What was seen at a time; None where nothing is kept at all."""
        if not self._recordings:
            return None
        chosen = self._recordings[self._chosen]
        place = int(np.searchsorted(chosen.times_utc_ns, at_utc_ns, side="right"))
        seen = place > 0 and at_utc_ns - int(chosen.times_utc_ns[place - 1]) <= SHOWN_FOR_NS
        points = chosen.points[place - 1].astype("<f4").tobytes() if seen else b""
        return Shot(points, self._rooms[self._chosen], chosen.who.camera, place, len(chosen.times_utc_ns))

    def frame_beside(self, at_utc_ns: int, by: int) -> int | None:
        """When the next frame was, or the one before; None past the ends."""
        if not self._recordings:
            return None
        times = self._recordings[self._chosen].times_utc_ns
        # The newest frame that has come is the one that is shown, also between two.
        place = int(np.searchsorted(times, at_utc_ns, side="right")) - 1 + by
        return int(times[place]) if 0 <= place < len(times) else None


def _room(recording: Recording) -> Box:
    """The part of the picture in which the person moved, single wrong landmarks aside."""
    step = max(len(recording.points) // LOOKED_AT, 1)
    points = recording.points[::step].reshape(-1, 3)
    seen = points[np.isfinite(points).all(axis=1) & (points[:, 2] >= SEEN_FROM), :2]
    if len(seen) < 4:
        return WHOLE
    left, top = np.percentile(seen, 0.5, axis=0)
    right, bottom = np.percentile(seen, 99.5, axis=0)
    return float(left) - MARGIN, float(top) - MARGIN, float(right) + MARGIN, float(bottom) + MARGIN
