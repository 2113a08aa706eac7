"""What stands in the gym: racks, benches, pull-up bars, mats and treadmills, and where people use them.

Everything is said in the equipment's own frame: origin in the middle of its footprint, x to the right, y forward along
its heading, z up. Knows nothing of rooms or scenes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from ingest.rehearsal.raster import Box, Capsule, Colour, Ellipsoid, Solid

Array = NDArray[np.float64]

BENCH_HEIGHT_M = 0.45
"""Top of a bench's pad, as competition benches have it (42-45 cm)."""
BENCH_LENGTH_M = 1.22
PULL_UP_BAR_M = 2.42
"""Height of a pull-up bar: somebody of 1.95 m hangs from it without touching the floor, somebody of 1.55 m jumps."""
DECK_HEIGHT_M = 0.18
"""Top of a treadmill's belt."""

_STEEL: Colour = (74, 70, 66)
_FRAME: Colour = (52, 46, 44)
_PAD: Colour = (42, 40, 92)
_MAT: Colour = (150, 110, 62)
_BELT: Colour = (44, 44, 46)
_PLASTIC: Colour = (96, 92, 88)
_SCREEN: Colour = (150, 120, 60)
_PLATE: Colour = (48, 46, 44)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of equipment."""

    footprint_m: tuple[float, float]
    solids: Callable[[], tuple[Solid, ...]]
    stand_m: tuple[float, float]
    """Where somebody stands to train beside or in it."""
    stand_heading: float
    """Which way they look, degrees from the equipment's heading."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody trains at a piece of equipment."""

    offset_m: tuple[float, float]
    """From the equipment's middle, in its own frame: right, forward."""
    heading: float
    """Degrees counter-clockwise from the equipment's heading."""

    def on_floor(self, position_m: tuple[float, float], heading: float) -> tuple[tuple[float, float], float]:
        """The place on the floor, metres, and the heading, degrees, for equipment that stands at a position."""
        c, s = float(np.cos(np.radians(heading))), float(np.sin(np.radians(heading)))
        x, y = self.offset_m
        return (position_m[0] + c * x - s * y, position_m[1] + s * x + c * y), heading + self.heading


def _box(centre: tuple[float, float, float], size: tuple[float, float, float], colour: Colour) -> Box:
    return Box(np.array(centre), np.eye(3), (size[0] / 2, size[1] / 2, size[2] / 2), colour)


def _tube(start: tuple[float, float, float], end: tuple[float, float, float], radius_m: float, colour: Colour) -> Solid:
    return Capsule(np.array(start), np.array(end), radius_m, radius_m, colour)


def _rack() -> tuple[Solid, ...]:
    """Two uprights with hooks on feet, a beam across the top, and plates on pegs."""
    parts: list[Solid] = []
    for x in (-0.60, 0.60):
        parts += [
            _box((x, -0.10, 1.05), (0.07, 0.07, 2.10), _FRAME),
            _box((x, -0.10, 0.04), (0.08, 0.70, 0.07), _FRAME),
            _box((x, -0.02, 1.35), (0.05, 0.12, 0.05), _STEEL),
        ]
        parts += [
            Ellipsoid(np.array([x + np.sign(x) * 0.09, -0.10, z]), np.eye(3), (0.03, r, r), _PLATE)
            for z, r in ((0.50, 0.22), (0.95, 0.16))
        ]
    return (*parts, _box((0.0, -0.10, 2.10), (1.27, 0.07, 0.07), _FRAME))


def _bench() -> tuple[Solid, ...]:
    """A flat pad on two legs, with the uprights of a bench press at its head."""
    parts: list[Solid] = [
        _box((0.0, 0.0, BENCH_HEIGHT_M - 0.04), (0.30, BENCH_LENGTH_M, 0.08), _PAD),
        _box((0.0, 0.0, BENCH_HEIGHT_M - 0.10), (0.06, 1.05, 0.05), _FRAME),
    ]
    for y in (-0.45, 0.45):
        parts += [
            _box((0.0, y, 0.18), (0.06, 0.06, 0.36), _FRAME),
            _box((0.0, y, 0.03), (0.50, 0.06, 0.06), _FRAME),
        ]
    for x in (-0.55, 0.55):
        parts += [
            _box((x, -0.72, 0.50), (0.05, 0.05, 1.00), _FRAME),
            _box((x, -0.70, 1.00), (0.05, 0.10, 0.04), _STEEL),
        ]
    return (*parts, _box((0.0, -0.72, 0.03), (1.15, 0.06, 0.06), _FRAME))


def _bar() -> tuple[Solid, ...]:
    """A bar that two posts hold out in front of them, so that they hide nobody who is seen from the side."""
    parts: list[Solid] = [_tube((-0.75, 0.0, PULL_UP_BAR_M), (0.75, 0.0, PULL_UP_BAR_M), 0.016, _STEEL)]
    for x in (-0.75, 0.75):
        parts += [
            _box((x, -0.55, PULL_UP_BAR_M / 2 + 0.03), (0.07, 0.07, PULL_UP_BAR_M + 0.06), _FRAME),
            _box((x, -0.27, PULL_UP_BAR_M + 0.01), (0.05, 0.60, 0.05), _FRAME),
            _box((x, -0.10, 0.03), (0.09, 1.10, 0.06), _FRAME),
        ]
    return tuple(parts)


def _mat() -> tuple[Solid, ...]:
    return (_box((0.0, 0.0, 0.006), (0.75, 1.95, 0.012), _MAT),)


def _treadmill() -> tuple[Solid, ...]:
    """A deck with a belt, two uprights with hand rails, and a console."""
    parts: list[Solid] = [
        _box((0.0, -0.10, DECK_HEIGHT_M / 2), (0.78, 1.70, DECK_HEIGHT_M - 0.01), _PLASTIC),
        _box((0.0, -0.10, DECK_HEIGHT_M - 0.005), (0.52, 1.62, 0.01), _BELT),
        _box((0.0, 0.72, 0.16), (0.76, 0.32, 0.32), _PLASTIC),
        _box((0.0, 0.80, 1.28), (0.62, 0.06, 0.30), _PLASTIC),
        _box((0.0, 0.765, 1.30), (0.34, 0.01, 0.18), _SCREEN),
    ]
    for x in (-0.37, 0.37):
        parts += [
            _tube((x, 0.72, 0.20), (x, 0.80, 1.25), 0.030, _FRAME),
            _tube((x, 0.78, 1.05), (x, 0.25, 0.98), 0.022, _STEEL),
        ]
    return tuple(parts)


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "rack": _Kind((1.50, 1.00), _rack, (0.0, 0.38), 0.0),
        "bench": _Kind((1.30, 1.50), _bench, (0.85, 0.25), 0.0),
        "bar": _Kind((1.65, 1.35), _bar, (0.0, 0.10), 0.0),
        "mat": _Kind((0.75, 1.95), _mat, (0.0, 0.0), 0.0),
        "treadmill": _Kind((0.80, 1.95), _treadmill, (0.95, -0.20), 0.0),
    }
)

EQUIPMENT: tuple[str, ...] = tuple(_KINDS)
"""The kinds of equipment that a scene may place."""

_ONLY_AT: Mapping[str, str] = MappingProxyType({"bench_press": "bench", "sitting": "bench", "pull_up": "bar"})
"""What needs a certain piece of equipment. ``sitting`` is an idle activity, the others are exercises."""
_LYING = frozenset({"push_up", "plank", "sit_up"})
"""What takes the whole length of a mat; beside other equipment people lie down in front of it."""
_IN_FRONT_M = 1.25
"""Forward of the equipment's front edge, to the middle of somebody who lies there: half a body and a hand's breadth."""


def footprint(kind: str) -> tuple[float, float]:
    """Width and depth, metres, of the floor that equipment takes, centred on its position; raises ConfigError."""
    return _kind(kind).footprint_m


def fixed_solids(kind: str, position_m: tuple[float, float], heading_rad: float) -> tuple[Solid, ...]:
    """The solids of one piece of equipment on its place; drawn with depth, they hide who is behind them.

    :param position_m: of its middle on the floor, metres
    :param heading_rad: where its forward axis points, 0 is north (y), counter-clockwise
    :raises ConfigError: for a kind that is not in ``EQUIPMENT``
    """
    c, s = float(np.cos(heading_rad)), float(np.sin(heading_rad))
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([position_m[0], position_m[1], 0.0])
    return tuple(_moved(solid, turn, shift) for solid in _kind(kind).solids())


def place_for(kind: str, exercise: str) -> Place:
    """Where somebody does an exercise at a piece of equipment: lies on it, hangs from it, stands in or beside it.

    :raises ConfigError: for a kind that does not exist, or an exercise that cannot be done there
    """
    found = _kind(kind)
    needs = _ONLY_AT.get(exercise)
    if needs is not None and needs != kind:
        raise ConfigError(f"{exercise} cannot be done at a {kind}; it needs a {needs}")
    if exercise == "sitting":
        # Across the bench, off its middle, so that the uprights are beside and not behind the head.
        return Place((0.0, 0.15), -90.0)
    if needs is not None:
        return Place((0.0, 0.0), 0.0)
    if exercise in _LYING and kind != "mat":
        return Place((0.0, found.footprint_m[1] / 2 + _IN_FRONT_M), 0.0)
    if kind == "treadmill" and exercise == "walking":
        return Place((0.0, -0.10), 0.0)
    return Place(found.stand_m, found.stand_heading)


def _kind(name: str) -> _Kind:
    found = _KINDS.get(name)
    if found is None:
        raise ConfigError(f"the rehearsal gym has no equipment {name!r}; it has {', '.join(EQUIPMENT)}")
    return found


def _moved(solid: Solid, turn: Array, shift: Array) -> Solid:
    if isinstance(solid, Capsule):
        return Capsule(
            turn @ solid.start + shift, turn @ solid.end + shift, solid.start_radius_m, solid.end_radius_m, solid.colour
        )
    if isinstance(solid, Ellipsoid):
        return Ellipsoid(turn @ solid.centre + shift, turn @ solid.axes, solid.half_m, solid.colour)
    if isinstance(solid, Box):
        return Box(turn @ solid.centre + shift, turn @ solid.axes, solid.half_m, solid.colour)
    raise TypeError(f"equipment is not made of {type(solid).__name__}")
