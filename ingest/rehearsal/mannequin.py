"""What a body looks like: its limbs, head, clothes and what it holds, as capsules and ellipsoids.

Thicknesses are fractions of stature, chosen so that BlazePose finds the figure and puts its landmarks where the
skeleton has them.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.motions import Held
from ingest.rehearsal.raster import Barrel, Box, Capsule, Colour, Ellipsoid, Shape
from ingest.rehearsal.skeleton import BALL, PALM, Body, Build, cross

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of one person, blue, green, red."""

    skin: Colour = (140, 172, 222)
    hair: Colour = (32, 42, 62)
    shirt: Colour = (60, 70, 190)
    shorts: Colour = (70, 58, 48)
    shoes: Colour = (220, 220, 225)


_PLATE_RADIUS_M = {"barbell": 0.225, "light_barbell": 0.14}
"""Of the plates of a barbell: weightlifting's 450 mm for what is lifted from the floor."""
_STEEL: Colour = (60, 58, 56)
_BAR: Colour = (150, 148, 146)
_ROPE: Colour = (40, 40, 200)
_BOTTLE: Colour = (190, 150, 60)
_CHEST = 1.26
"""Width of the chest, 1 as the waist."""
_WHITE: Colour = (225, 230, 235)
_DARK: Colour = (30, 30, 34)


def _darker(colour: Colour, factor: float) -> Colour:
    blue, green, red = (min(255, round(value * factor)) for value in colour)
    return blue, green, red


def shapes(body: Body, build: Build, look: Look, *, held: Held | None = None) -> list[Shape]:
    """Everything to draw of one person and of what the hands hold."""
    parts = _trunk(body, build, look) + _head(body, build, look)
    for side in (0, 1):
        parts += _arm(body, build, look, side) + _leg(body, build, look, side)
    return parts + _held_things(body, build, held) if held else parts


def _trunk(body: Body, build: Build, look: Look) -> list[Shape]:
    p, height, girth, wide = (
        body.landmarks,
        build.height_m,
        build.height_m * build.girth,
        build.height_m * build.breadth,
    )
    hips, shoulders = (p[23] + p[24]) / 2, (p[11] + p[12]) / 2
    low, top = hips + 0.022 * height * body.pelvis_axes[:, 2], shoulders - 0.056 * height * body.chest_axes[:, 2]
    waist = (0.080 * wide, 0.057 * girth)
    parts: list[Shape] = [
        Ellipsoid(
            hips + 0.006 * (low - hips), body.pelvis_axes, (0.094 * wide, 0.067 * girth, 0.062 * height), look.shorts
        ),
        _barrel(low, body.waist, body.pelvis_axes, (0.096 * wide, 0.069 * girth), 0.80, look.shirt),
        Ellipsoid(body.waist, body.chest_axes, (*waist, 0.03 * height), look.shirt),
        _barrel(body.waist, top, body.chest_axes, waist, _CHEST, look.shirt),
        Ellipsoid(top, body.chest_axes, (_CHEST * waist[0], _CHEST * waist[1], 0.070 * height), look.shirt),
        Capsule(
            shoulders - 0.01 * height * body.chest_axes[:, 2],
            body.head - 0.03 * height * body.head_axes[:, 2],
            0.036 * girth,
            0.031 * girth,
            _darker(look.skin, 0.9),
        ),
    ]
    # A neckline: a front that looks like a back lets left and right be mistaken while the arms are overhead.
    front = top + body.chest_axes @ np.array([0.0, 0.70 * _CHEST * waist[1], 0.046 * height])
    parts.append(Ellipsoid(front, body.chest_axes, (0.030 * wide, 0.019 * girth, 0.038 * height), look.skin))
    # From the neck down over the shoulders: without it the head seems to stand on a board.
    neck = shoulders + 0.018 * height * body.chest_axes[:, 2]
    parts += [Capsule(neck, p[side], 0.032 * girth, 0.041 * girth, look.shirt) for side in (11, 12)]
    return parts


def _barrel(start: Array, end: Array, axes: Array, half_m: tuple[float, float], taper: float, colour: Colour) -> Barrel:
    """A barrel from one point to another whose sections are as near to the given axes as a right angle allows."""
    along = (end - start) / np.linalg.norm(end - start)
    right = axes[:, 0] - along * float(along @ axes[:, 0])
    right = right / np.linalg.norm(right)
    return Barrel(start, end, np.stack([right, cross(along, right), along], axis=1), half_m, taper, colour)


def _head(body: Body, build: Build, look: Look) -> list[Shape]:
    size = build.height_m
    axes, centre = body.head_axes, body.head

    def at(right: float, forward: float, up: float) -> Array:
        return np.asarray(centre + axes @ (np.array([right, forward, up]) * size))

    def ball(place: Array, half: tuple[float, float, float], colour: Colour) -> Ellipsoid:
        return Ellipsoid(place, axes, (half[0] * size, half[1] * size, half[2] * size), colour)

    p = body.landmarks
    parts: list[Shape] = [
        ball(at(0, 0.006, 0.012), (0.045, 0.056, 0.056), look.skin),
        ball(at(0, 0.020, -0.028), (0.034, 0.040, 0.036), look.skin),
        ball(at(0, -0.014, 0.020), (0.048, 0.052, 0.056), look.hair),
        ball(at(0, 0.063, -0.007), (0.009, 0.013, 0.014), _darker(look.skin, 0.94)),
        ball(at(0, 0.055, -0.029), (0.016, 0.007, 0.0045), (80, 80, 160)),
    ]
    for side, sign in ((0, -1), (1, 1)):
        parts += [
            ball(p[7 + side], (0.006, 0.012, 0.017), _darker(look.skin, 0.92)),
            ball(at(sign * 0.018, 0.050, 0.012), (0.0110, 0.007, 0.0068), _WHITE),
            ball(at(sign * 0.018, 0.0550, 0.012), (0.0060, 0.004, 0.0062), _DARK),
            ball(at(sign * 0.019, 0.050, 0.025), (0.013, 0.008, 0.0032), look.hair),
        ]
    return parts


def _arm(body: Body, build: Build, look: Look, side: int) -> list[Shape]:
    p, girth = body.landmarks, build.height_m * build.girth
    shoulder, elbow, wrist = p[11 + side], p[13 + side], p[15 + side]
    knuckles = (p[17 + side] + p[19 + side]) / 2
    tips = knuckles + 0.55 * (knuckles - wrist)
    return [
        Capsule(shoulder, elbow, 0.041 * girth, 0.026 * girth, look.shirt, look.skin, 0.5),
        Capsule(elbow, wrist, 0.027 * girth, 0.017 * girth, look.skin),
        Ellipsoid(
            (wrist + knuckles) / 2,
            body.hand_axes[side],
            (0.010 * girth, 0.024 * girth, 0.032 * build.height_m),
            look.skin,
        ),
        Capsule(knuckles, tips, 0.016 * girth, 0.011 * girth, look.skin),
        Capsule((wrist + p[21 + side]) / 2, p[21 + side], 0.010 * girth, 0.008 * girth, look.skin),
    ]


def _leg(body: Body, build: Build, look: Look, side: int) -> list[Shape]:
    p, height, girth = body.landmarks, build.height_m, build.height_m * build.girth
    hip, knee, ankle, heel, toe = (p[at + side] for at in (23, 25, 27, 29, 31))
    axes = body.foot_axes[side]
    calf = ankle + 0.68 * (knee - ankle)
    back = cross(axes[:, 0], ankle - knee)
    calf = calf - back / max(float(np.linalg.norm(back)), 1e-9) * 0.008 * height
    up, ball = axes[:, 2] * height, ankle + axes @ BALL * height
    return [
        Capsule(hip, knee, 0.058 * girth, 0.034 * girth, look.shorts, look.skin, 0.62),
        Capsule(knee, ankle, 0.033 * girth, 0.020 * girth, look.skin),
        Capsule(calf, ankle, 0.034 * girth, 0.018 * girth, look.skin),
        Capsule(heel + 0.018 * up, ball + 0.018 * up, 0.023 * height, 0.021 * height, look.shoes),
        Capsule(ball + 0.018 * up, toe + 0.006 * up, 0.021 * height, 0.015 * height, look.shoes),
        Capsule(ankle, heel + 0.03 * up, 0.022 * height, 0.022 * height, look.shoes),
        Capsule(heel + 0.004 * up, ball + 0.004 * up, 0.013 * height, 0.014 * height, _darker(look.shoes, 0.4)),
    ]


def _palm(body: Body, build: Build, side: int) -> Array:
    return np.asarray(body.landmarks[15 + side] - body.hand_axes[side][:, 2] * (PALM * build.height_m))


def _held_things(body: Body, build: Build, held: Held) -> list[Shape]:
    if held.kind == "dumbbells":
        return [*_dumbbell(body, build, 0), *_dumbbell(body, build, 1)]
    if held.kind in _PLATE_RADIUS_M:
        return _barbell(_palm(body, build, 0), _palm(body, build, 1), _PLATE_RADIUS_M[held.kind])
    if held.kind == "rope":
        return _rope(body, build, held.turn)
    palm, axes = _palm(body, build, 1), body.hand_axes[1]
    if held.kind == "bottle":
        top, cap = palm + 0.10 * axes[:, 1], palm + 0.13 * axes[:, 1]
        return [Capsule(palm - 0.09 * axes[:, 1], top, 0.034, 0.034, _BOTTLE), Capsule(top, cap, 0.014, 0.014, _WHITE)]
    if held.kind == "phone":
        return [Box(palm + 0.02 * axes[:, 0], axes, (0.006, 0.075, 0.037), _DARK)]
    middle = (palm + _palm(body, build, 0)) / 2
    return [Ellipsoid(middle, body.chest_axes, (0.19, 0.025, 0.19), _STEEL)]


def _dumbbell(body: Body, build: Build, side: int) -> list[Shape]:
    """A dumb-bell across the palm."""
    centre, along = _palm(body, build, side), body.hand_axes[side][:, 1]
    parts: list[Shape] = [Capsule(centre - 0.09 * along, centre + 0.09 * along, 0.014, 0.014, _STEEL)]
    for end in (-0.09, 0.09):
        outer, inner = centre + end * along, centre + 0.6 * end * along
        parts.append(Capsule(inner, outer, 0.045, 0.045, _STEEL))
    return parts


def _barbell(left: Array, right: Array, plate_m: float) -> list[Shape]:
    """A barbell through both palms: 2 m of bar and a pair of plates on each end."""
    middle, along = (left + right) / 2, (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    parts: list[Shape] = [Capsule(middle - along, middle + along, 0.014, 0.014, _BAR)]
    aside = cross(along, np.array([0.0, 0.0, 1.0]))
    aside = aside / max(float(np.linalg.norm(aside)), 1e-6)
    axes = np.stack([along, aside, cross(along, aside)], axis=1)
    for end in (-0.76, 0.76):
        parts.append(Ellipsoid(middle + end * along, axes, (0.034, plate_m, plate_m), _STEEL))
        parts.append(Ellipsoid(middle + 1.05 * end * along, axes, (0.026, 0.045, 0.045), _BAR))
    return parts


def _rope(body: Body, build: Build, turn: float) -> list[Shape]:
    """A rope that turns about the hands: forward under the feet at turn 0, above the head at 0.5."""
    palms = np.stack([_palm(body, build, side) for side in (0, 1)])
    middle, across = palms.mean(axis=0), (palms[1] - palms[0]) / 2
    up = np.array([0.0, 0.0, 1.0])
    forward = cross(up, across)
    forward = forward / max(float(np.linalg.norm(forward)), 1e-6)
    angle = 2 * np.pi * turn
    # It comes down in front of the body and goes up behind it.
    way = -np.cos(angle) * up - np.sin(angle) * forward
    feet = float(middle[2] - body.landmarks[27:, 2].min())
    reach = feet + 0.01 if np.cos(angle) > 0 else feet + 0.25 * (-np.cos(angle)) * build.height_m
    reach = min(reach, max(0.05, (middle[2] - 0.012) / max(float(np.cos(angle)), 1e-6)) if np.cos(angle) > 0 else reach)
    shares = np.linspace(-1, 1, 11)
    # Flat under the feet and steep at the sides, as a rope that is turned fast.
    points = middle + shares[:, None] * across * 1.15 + ((1 - shares**4) * reach)[:, None] * way
    points[0], points[-1] = palms
    return [Capsule(a, b, 0.008, 0.008, _ROPE) for a, b in itertools.pairwise(points)]
