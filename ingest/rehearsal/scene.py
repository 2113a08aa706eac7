"""A scene: the floor, what stands on it, the cameras that look at it, and the people with their scripts.

Scenes are files; ``scene_file`` reads them. Knows nothing of time lines or pixels.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.equipment import fixed_solids, footprint, place_for
from ingest.rehearsal.raster import Box, Solid
from ingest.rehearsal.script import Performer, Spot

Array = NDArray[np.float64]
WALL_THICKNESS_M = 0.12
_WALL_COLOUR = (168, 176, 180)


@dataclass(frozen=True, slots=True)
class Wall:
    """A partition on the floor, straight from one point to another."""

    start_m: tuple[float, float]
    end_m: tuple[float, float]
    height_m: float = 2.5

    def corners(self) -> Array:
        """(4, 2) of its footprint, metres."""
        middle = np.add(self.start_m, self.end_m) / 2
        way = np.subtract(self.end_m, self.start_m)
        return _rectangle(middle, (WALL_THICKNESS_M, float(np.linalg.norm(way))), _heading(way))

    def solids(self) -> tuple[Solid, ...]:
        """What to draw."""
        way = np.subtract(self.end_m, self.start_m)
        x, y = np.add(self.start_m, self.end_m) / 2
        half = (WALL_THICKNESS_M / 2, float(np.linalg.norm(way)) / 2, self.height_m / 2)
        return (Box(np.array([x, y, self.height_m / 2]), _turn(_heading(way)), half, _WALL_COLOUR),)


@dataclass(frozen=True, slots=True)
class Floor:
    """A rectangle from (0, 0), its south-west corner, with walls all around."""

    size_m: tuple[float, float]
    """From west to east, from south to north."""
    wall_height_m: float = 3.2
    door_m: tuple[float, float] = (0.0, 0.0)
    """Where people go who leave."""
    walls: tuple[Wall, ...] = ()
    """Partitions inside the rectangle."""


@dataclass(frozen=True, slots=True)
class Station:
    """A piece of equipment on its place."""

    name: str
    kind: str
    position_m: tuple[float, float]
    heading: float

    def corners(self) -> Array:
        """(4, 2) of its footprint, metres."""
        return _rectangle(np.array(self.position_m), footprint(self.kind), self.heading)

    def spot(self, activity: str) -> Spot:
        """Where somebody does an exercise or an idle action here; raises ConfigError if it cannot be done here."""
        place, heading = place_for(self.kind, activity).on_floor(self.position_m, self.heading)
        return Spot(self.name, place, heading)

    def solids(self) -> tuple[Solid, ...]:
        """What to draw."""
        return fixed_solids(self.kind, self.position_m, float(np.radians(self.heading)))


@dataclass(frozen=True, slots=True)
class SceneCamera:
    """A camera of the scene: its name, its lens and place, and what is wrong with its clock and its light."""

    id: str
    camera: Camera
    clock_offset_s: float = 0.0
    """What its clock shows minus the scene's time."""
    light: float = 1.0
    """Brightness of its pictures, 1 as the colours are."""


@dataclass(frozen=True, slots=True)
class LightChange:
    """From a time on the lamps of the room shine at another level."""

    at_s: float
    level: float
    over_s: float
    """How long the change takes."""


@dataclass(frozen=True, slots=True)
class ScenePerson:
    """Somebody with a name."""

    name: str
    performer: Performer
    steps: tuple[int, ...]
    """Which step of the script in the file each action of the performer comes from."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All of it."""

    name: str
    title: str
    duration_s: float
    seed: int
    floor: Floor
    stations: tuple[Station, ...]
    cameras: tuple[SceneCamera, ...]
    people: tuple[ScenePerson, ...]
    lights: tuple[LightChange, ...] = field(default=())

    def solids(self) -> tuple[Solid, ...]:
        """Everything that stands still."""
        walls = tuple(solid for wall in self.floor.walls for solid in wall.solids())
        return walls + tuple(solid for station in self.stations for solid in station.solids())

    def light_level(self, time_s: float) -> float:
        """Level of the lamps at a time, 1 at the beginning."""
        level = 1.0
        for change in self.lights:
            share = min(1.0, max(0.0, (time_s - change.at_s) / max(change.over_s, 1e-9)))
            level += share * (change.level - level)
        return level


def _heading(way: Array) -> float:
    """Heading of a way on the floor: 0 is north (y), counter-clockwise, degrees."""
    return float(np.degrees(np.arctan2(-way[0], way[1])))


def _turn(heading: float) -> Array:
    c, s = float(np.cos(np.radians(heading))), float(np.sin(np.radians(heading)))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _rectangle(middle: Array, size: tuple[float, float], heading: float) -> Array:
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(size) / 2
    return np.asarray(half @ _turn(heading)[:2, :2].T + middle)
