"""Which parts of the frame are searched for people, and when.

The detector shrinks whatever it is given to one small square, so a person far away is only found in a part of the
frame. Looking at all parts in every frame would cost many times what the landmarks cost; so the parts take turns, and
those turns come first where something moves that no track explains, or where a track was lost a moment ago. Pure:
time and the picture's state come in as arguments, nothing is read or detected here.
"""

import math
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.people.detection import Detection, Window
from workers.pose.pose import Region

FINE_TILES = 2.4
"""Short side of the frame over the side of the fine tiles. In a frame of 1920x1080 people of 120 px are found with a
recall of .83 at 2, .96 at 2.25 and .98 at 2.5; at 2.75 there are a third more tiles for nothing. With this one, tiles
also overlap by more than such a person."""
SMALLEST_TILE_PX = 320
LARGEST_TILE_PX = 640
"""Below 320 px tiles hold people too small for landmarks; above 640 px people of 160 px would be missed in large
frames."""

TILE_OVERLAP = 0.2
"""Share of a tile's side. A person who is cut by one tile has to be whole in the next; more costs more tiles."""

SAME_TILE = 1.35
"""A tile shows no more than a part of the frame that is up to this much longer, and is not worth its turn."""

MOVING_MARGIN = 1.6
"""Side of the window around something that moves, over the size of what moves: often only arms or legs move, and the
detector needs the head."""

MOVING_SMALLEST, MOVING_MIDDLE = 0.3, 0.65
"""Least side of that window, of the frame's short side; the two take turns. A smaller window enlarges noise; with the
small one alone, somebody near the camera who moves only in part does not fit in."""

LOST_MARGIN = 1.3
"""Side of the window around the last region of a lost track, over the region's side."""


@dataclass(frozen=True, slots=True)
class Look:
    """One run of the detector: a part of the frame, upright or turned."""

    window: Window
    quarter_turns: int = 0
    """-1, 0 or 1: for people whose head points left, up or right in the frame. The detector knows upright people well
    and people who lie hardly at all."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the parts of the frame get their turn, seconds."""

    whole_s: float
    round_s: float
    """In which all tiles and turned looks had their turn once."""
    shortest_s: float
    """Between two turns of tiles, however many there are."""


EMPTY_STILL = Pace(whole_s=4.0, round_s=30.0, shortest_s=2.0)
"""Nobody is tracked and nothing moves: only somebody who sits still since before the start could be there."""
EMPTY_MOVING = Pace(whole_s=0.2, round_s=0.6, shortest_s=0.1)
"""Nobody is tracked and something moves: look at nearly each frame, no landmarks are to be paid for."""
BUSY = Pace(whole_s=1.4, round_s=9.0, shortest_s=0.25)
"""People are tracked, and movement shows where others might be."""
BUSY_BLIND = Pace(whole_s=0.6, round_s=6.0, shortest_s=0.25)
"""People are tracked, and the camera moves, so that movement shows nothing."""

OPENING_LOOKS = 3
"""Per frame, until every part was seen once. More makes the first frames late, fewer finds people later in a clip."""

MOVING_EVERY_S = 0.25
SHORTEST_REST_S, LONGEST_REST_S = 0.4, 6.0
"""A fan, a screen or a running belt moves for ever; each look that finds nobody there doubles the time to the next."""
LOST_RETRIES_S = (0.0, 0.12, 0.3, 0.6, 1.0, 1.6, 2.4)
"""After a loss, when to look around the place; most losses are a blurred or hidden moment."""


@dataclass(frozen=True, slots=True)
class LostPlace:
    """Where and when a track was lost."""

    region: Region
    lost_s: float
    key: int
    """Tells one loss from another; any number that stays the same while the track is lost."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides where to look next."""

    live: int
    """How many people are tracked."""
    known: bool
    """Whether movement of parts of the picture is known (see :class:`workers.people.motion.Motion`)."""
    unexplained: NDArray[np.bool_]
    """(rows, columns): cells that move outside of all tracked people."""
    lost: tuple[LostPlace, ...] = ()


def whole(width: int, height: int) -> Window:
    """The whole frame."""
    return Window(0.0, 0.0, float(width), float(height))


def tiles(width: int, height: int) -> list[Window]:
    """Overlapping squares that cover the frame, large ones first; none where they would be the whole frame."""
    short = min(width, height)
    fine = float(np.clip(short / FINE_TILES, SMALLEST_TILE_PX, LARGEST_TILE_PX))
    if short < SAME_TILE * fine:
        fine = float(short)
    sides = [side for side in dict.fromkeys((float(short), fine)) if max(width, height) > SAME_TILE * side]
    return [window for side in sides for window in _cover(width, height, side)]


def _cover(width: int, height: int, side: float) -> list[Window]:
    def starts(length: float) -> NDArray[np.float64]:
        room = max(length - side, 0.0)
        return np.linspace(0.0, room, 1 + math.ceil(room / (side * (1.0 - TILE_OVERLAP)) - 1e-9))

    return [
        Window(float(x), float(y), min(float(x) + side, float(width)), min(float(y) + side, float(height)))
        for y in starts(height)
        for x in starts(width)
    ]


def square_around(x: float, y: float, side: float, width: int, height: int) -> Window:
    """A square of this side around a point, moved into the frame and cut to it where it is larger."""
    half = side / 2
    x = min(max(x, half), width - half) if side < width else width / 2
    y = min(max(y, half), height - half) if side < height else height / 2
    return Window(max(x - half, 0.0), max(y - half, 0.0), min(x + half, float(width)), min(y + half, float(height)))


def turn(window_pixels: NDArray[np.uint8], quarter_turns: int) -> NDArray[np.uint8]:
    """The picture turned so that a head that points left (-1) or right (1) points up."""
    return np.ascontiguousarray(np.rot90(window_pixels, quarter_turns))


def turn_back(detection: Detection, look: Look) -> Detection:
    """A detection in the turned picture of a look, in pixels of the frame."""
    region, window = detection.region, look.window
    x0, y0 = math.floor(window.x0), math.floor(window.y0)
    width, height = math.ceil(window.x1) - x0, math.ceil(window.y1) - y0
    x, y = region.x, region.y
    if look.quarter_turns == 1:
        x, y = width - y, x
    elif look.quarter_turns == -1:
        x, y = y, height - x
    rotation = region.rotation + look.quarter_turns * math.pi / 2
    rotation = (rotation + math.pi) % (2 * math.pi) - math.pi
    return Detection(Region(x + x0, y + y0, region.size, rotation), detection.score)


def moving_groups(cells: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Connected groups of moving cells, largest first; a gap of one cell does not part them.

    A lone cell is noise or a leaf and makes no group.
    """
    if cells.sum() < 2:
        return []
    joined = cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(joined)
    groups = [cells & (labels == label) for label in range(1, count)]
    return sorted((g for g in groups if g.sum() >= 2), key=lambda group: -int(group.sum()))


def moving_window(group: NDArray[np.bool_], width: int, height: int, least: float = MOVING_SMALLEST) -> Window:
    """The part of the frame to search for whoever moves the cells of one group.

    Its side is at least the share ``least`` of the frame's short side.
    """
    rows, columns = np.nonzero(group)
    cell_width, cell_height = width / group.shape[1], height / group.shape[0]
    x0, x1 = columns.min() * cell_width, (columns.max() + 1) * cell_width
    y0, y1 = rows.min() * cell_height, (rows.max() + 1) * cell_height
    side = max(MOVING_MARGIN * max(x1 - x0, y1 - y0), least * min(width, height))
    return square_around((x0 + x1) / 2, (y0 + y1) / 2, side, width, height)


class SearchPlan:
    """Gives each frame its looks; one plan belongs to one camera or recording."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        all_of_it = whole(width, height)
        self._whole = Look(all_of_it)
        self._round = deque([Look(tile) for tile in tiles(width, height)] + [Look(all_of_it, 1), Look(all_of_it, -1)])
        self._opening: deque[Look] = deque()
        self._whole_at_s = -math.inf
        self._round_at_s = -math.inf
        self._moving_at_s = -math.inf
        self._tries = deque(
            [(MOVING_MIDDLE, 0), (MOVING_SMALLEST, 0), (MOVING_MIDDLE, 1), (MOVING_SMALLEST, 0), (MOVING_MIDDLE, -1)]
        )
        self._rest_until_s = np.zeros((0, 0))
        self._rest_s = np.zeros((0, 0))
        self._retries: dict[int, int] = {}
        self._searched: NDArray[np.bool_] | None = None
        self.restart()

    def restart(self) -> None:
        """Look at everything soon, once: at the start and after a cut. A clip's first frames matter."""
        self._opening = deque([self._whole, *self._round])
        self._rest_s = np.zeros((0, 0))
        self._retries.clear()

    def next(self, now_s: float, situation: Situation) -> list[Look]:
        """The parts to search in this frame: mostly none, at most one except in the first frames."""
        self._searched = None
        if self._opening:
            self._whole_at_s = self._round_at_s = now_s
            return [self._opening.popleft() for _ in range(min(OPENING_LOOKS, len(self._opening)))]
        look = self._lost_look(now_s, situation.lost) or self._moving_look(now_s, situation)
        look = look or self._regular_look(now_s, self._pace(situation))
        return [] if look is None else [look]

    def found(self, now_s: float, new_people: int) -> None:
        """Tell what the last look brought: where it found nobody, nobody is looked for again for a while."""
        if self._searched is None:
            return
        # What moves does not keep to its cells; the cells beside rest with them.
        around = cv2.dilate(self._searched.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
        if new_people:
            self._rest_s[around] = 0.0
            return
        longer = np.clip(2.0 * self._rest_s[around], SHORTEST_REST_S, LONGEST_REST_S)
        self._rest_s[around] = longer
        self._rest_until_s[around] = now_s + longer

    @staticmethod
    def _pace(situation: Situation) -> Pace:
        if situation.live:
            return BUSY if situation.known else BUSY_BLIND
        moving = not situation.known or bool(situation.unexplained.any())
        return EMPTY_MOVING if moving else EMPTY_STILL

    def _lost_look(self, now_s: float, lost: tuple[LostPlace, ...]) -> Look | None:
        self._retries = {place.key: self._retries.get(place.key, 0) for place in lost}
        for place in lost:
            done = self._retries[place.key]
            if done < len(LOST_RETRIES_S) and now_s - place.lost_s >= LOST_RETRIES_S[done]:
                self._retries[place.key] = done + 1
                region = place.region
                window = square_around(region.x, region.y, LOST_MARGIN * region.size, *self._size)
                return Look(window, quarter_turns_of(region.rotation))
        return None

    def _moving_look(self, now_s: float, situation: Situation) -> Look | None:
        cells = situation.unexplained
        if self._rest_s.shape != cells.shape:
            self._rest_s, self._rest_until_s = np.zeros(cells.shape), np.zeros(cells.shape)
        if now_s - self._moving_at_s < MOVING_EVERY_S or not cells.any():
            return None
        for group in moving_groups(cells & (self._rest_until_s <= now_s)):
            self._moving_at_s = now_s
            self._searched = group
            least, turns = self._tries[0]
            self._tries.rotate(-1)
            return Look(moving_window(group, *self._size, least), turns)
        return None

    def _regular_look(self, now_s: float, pace: Pace) -> Look | None:
        if now_s - self._whole_at_s >= pace.whole_s:
            self._whole_at_s = now_s
            return self._whole
        if now_s - self._round_at_s >= max(pace.round_s / len(self._round), pace.shortest_s):
            self._round_at_s = now_s
            self._round.rotate(-1)
            return self._round[-1]
        return None


def quarter_turns_of(rotation: float) -> int:
    """The turn that brings a body with this rotation (radians, clockwise) closest to upright: -1, 0 or 1."""
    return int(np.clip(round(math.remainder(rotation, 2 * math.pi) / (math.pi / 2)), -1, 1))
