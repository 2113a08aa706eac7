"""Whether a new track is somebody who was lost before: by place, time and clothes. Pure; decides about one pair."""

import math
from dataclasses import dataclass

from aggregator.seen_track import SeenTrack
from core.clock import NANOSECONDS

BREAK_S = 8.0
"""A track that breaks off for so long was hidden, not away: the person still is where somebody on foot can be."""
WALK_M_PER_S = 1.3
WALK_BODIES_PER_S = 0.8
NEAR_M = 1.3
NEAR_BODIES = 0.8
"""How far from the place where somebody was lost the same person turns up, standing still: what hiding and lying down
do to the point between the feet. Wider takes the next one at the rack for the one who left."""
FARTHEST_M = 4.0
FARTHEST_BODIES = 2.5
ALIKE = 0.7
"""Likeness of clothes in one camera: 97 % of later looks at the same person are above, 80 % of other people below."""
ALIKE_ELSEWHERE = 0.5
"""The same between cameras, whose colours differ."""
OVERLAP_S = 0.5
"""A new track may begin so long before the old one is given up."""


@dataclass(frozen=True, slots=True)
class Sameness:
    """What decides about a return that is not one of floor positions."""

    same_zone: bool
    """Lost and found again in the same zone, other than a door."""


def return_cost(new: SeenTrack, lost: SeenTrack, sameness: Sameness, within_s: float) -> float | None:
    """How badly ``new`` fits as the return of ``lost``; None if it does not fit at all."""
    away_s = (new.started_utc_ns - lost.last_utc_ns) / NANOSECONDS
    if not -OVERLAP_S <= away_s <= within_s:
        return None
    distance = _distance(new, lost, max(away_s, 0.0), sameness)
    if distance is None:
        return None
    same_camera = new.who.camera == lost.who.camera
    alike = new.likeness(lost)
    if alike is None:
        return distance + 1.0 if away_s <= BREAK_S else None
    if alike < (ALIKE if same_camera else ALIKE_ELSEWHERE):
        return None
    return distance + 3 * (1 - alike) + 0.2 * math.log1p(max(away_s, 0.0)) + (0.0 if same_camera else 0.3)


def _distance(new: SeenTrack, lost: SeenTrack, away_s: float, sameness: Sameness) -> float | None:
    """0-1: distance as a share of how far the person can be; None for farther."""
    walked_s = away_s if away_s <= BREAK_S else 0.0
    first, last = new.cells[0].place if new.cells else None, lost.place
    if first is not None and last is not None:
        metres = math.hypot(first.x - last.x, first.y - last.y)
        share = metres / min(NEAR_M + WALK_M_PER_S * walked_s, FARTHEST_M)
        if share <= 1:
            return share
    elif new.who.camera == lost.who.camera and new.feet is not None and lost.feet is not None:
        body = max(new.body, lost.body, 0.05)
        bodies = math.hypot((new.feet[0] - lost.feet[0]) * new.aspect, new.feet[1] - lost.feet[1]) / body
        share = bodies / min(NEAR_BODIES + WALK_BODIES_PER_S * walked_s, FARTHEST_BODIES)
        if share <= 1:
            return share
    return 1.0 if sameness.same_zone else None
