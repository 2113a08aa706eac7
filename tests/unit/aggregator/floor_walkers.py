"""People who walk a floor that drawn cameras see: observations without pictures, for tests of who is who."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.messages import Observation, ObservedPerson
from core.secrets import Address
from core.settings import Camera, FloorPoint, Settings

NS = 1_000_000_000
DAY = 1_700_000_000 * NS
WIDTH, HEIGHT = 640, 360
FOCAL, TILT, TALL_M = 0.7, math.radians(25), 2.6
Way = Callable[[float], tuple[float, float] | None]
"""Where somebody is at a time of the scene, metres; None for nowhere."""


@dataclass(frozen=True)
class Eye:
    """A camera at a place, looking along a heading (0: north)."""

    id: str
    x: float
    y: float
    heading: float
    clock_s: float = 0.0

    def sees(self, place: tuple[float, float]) -> tuple[tuple[float, float], float] | None:
        """Relative feet and body height; None outside the picture."""
        dx, dy = place[0] - self.x, place[1] - self.y
        ahead = dx * math.sin(self.heading) + dy * math.cos(self.heading)
        right = dx * math.cos(self.heading) - dy * math.sin(self.heading)
        depth = ahead * math.cos(TILT) + TALL_M * math.sin(TILT)
        if depth < 0.5:
            return None
        down = TALL_M * math.cos(TILT) - ahead * math.sin(TILT)
        u, v = 0.5 + FOCAL * right / depth, 0.5 + FOCAL * down / depth * WIDTH / HEIGHT
        if not (0 <= u <= 1 and 0 <= v <= 1.1):
            return None
        return (u, v), 1.75 * FOCAL / depth * WIDTH / HEIGHT

    def camera(self, with_floor: bool = True) -> Camera:
        """Its settings."""
        points = []
        for x in np.arange(0, 8.1, 1.0):
            for y in np.arange(0, 8.1, 1.0):
                seen = self.sees((float(x), float(y)))
                if seen is not None:
                    pixel = (seen[0][0] * WIDTH, seen[0][1] * HEIGHT)
                    points.append(FloorPoint(pixel=pixel, metre=(float(x), float(y))))
        return Camera(id=self.id, source=Address("usb:0"), floor=tuple(points) if with_floor else ())


SOUTH = Eye("south", 4.0, -3.0, 0.0)
NORTH = Eye("north", 4.0, 11.0, math.pi, clock_s=0.2)
WEST = Eye("west", -3.0, 4.0, math.pi / 2, clock_s=-0.15)


def settings_of(*eyes: Eye, with_floor: bool = True, **tables: object) -> Settings:
    return Settings(camera=tuple(eye.camera(with_floor) for eye in eyes), **tables)


def wearing(colour: int) -> bytes:
    """Packed clothing of one colour."""
    part = np.zeros(80, np.float32)
    for start, bins in ((0, 16), (16, 32), (48, 32)):
        part[start + colour % bins] = 1.0
    return np.stack([part, part]).astype("<f4").tobytes()


def watched(
    eye: Eye,
    at_s: float,
    people: dict[int, Way],
    *,
    epoch: str = "e1",
    noise: float = 0.0,
    clothes: dict[int, bytes] | None = None,
    blind: frozenset[int] = frozenset(),
    **told: object,
) -> Observation:
    """What one camera sees at a time of the scene; ``people``: way by number of the track."""
    rng = np.random.default_rng([round(at_s * 1000), len(eye.id)])
    seen_people = []
    for track, way in people.items():
        place = way(at_s)
        seen = eye.sees(place) if place is not None else None
        if seen is None or track in blind:
            continue
        (u, v), body = seen
        du, dv = rng.normal(0, noise, 2) * body
        feet = (u + du, v + dv)
        box = (feet[0] - 0.1 * body, feet[1] - body, feet[0] + 0.1 * body, feet[1])
        seen_people.append(
            ObservedPerson(
                track=track,
                points=b"",
                box=box,
                presence=0.9,
                feet=feet,
                clothing=(clothes or {}).get(track),
                **told,
            )
        )
    at = DAY + round((at_s + eye.clock_s) * NS)
    return Observation(
        sender="worker:1",
        camera=eye.id,
        epoch=epoch,
        boot="b1",
        sequence=round(at_s * 100),
        captured_ns=round(at_s * NS),
        captured_utc_ns=at,
        width=WIDTH,
        height=HEIGHT,
        people=tuple(seen_people),
    )


def still(x: float, y: float) -> Way:
    return lambda _: (x, y)


def walk(start: tuple[float, float], end: tuple[float, float], from_s: float, until_s: float) -> Way:
    """Stands, walks, stands."""

    def way(at_s: float) -> tuple[float, float]:
        share = min(max((at_s - from_s) / (until_s - from_s), 0.0), 1.0)
        return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])

    return way


def during(way: Way, from_s: float, until_s: float) -> Way:
    """There only for a time."""
    return lambda at_s: way(at_s) if from_s <= at_s < until_s else None
