"""What a body looks like: its limbs, head, clothes and what it holds, as capsules and ellipsoids.

Thicknesses are fractions of stature, chosen so that BlazePose finds the figure and puts its landmarks where the
skeleton has them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.raster import Capsule, Colour, Ellipsoid, Shape
from ingest.rehearsal.skeleton import PALM, Body, Build

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of one person, blue, green, red."""

    skin: Colour = (140, 172, 222)
    hair: Colour = (32, 42, 62)
    shirt: Colour = (60, 70, 190)
    shorts: Colour = (70, 58, 48)
    shoes: Colour = (220, 220, 225)


_STEEL: Colour = (60, 58, 56)
_WHITE: Colour = (225, 230, 235)
_DARK: Colour = (30, 30, 34)


def _darker(colour: Colour, factor: float) -> Colour:
    blue, green, red = (min(255, round(value * factor)) for value in colour)
    return blue, green, red


def shapes(body: Body, build: Build, look: Look, *, dumbbells: bool = False) -> list[Shape]:
    """Everything to draw of one person."""
    parts = _trunk(body, build, look) + _head(body, build, look)
    for side in (0, 1):
        parts += _arm(body, build, look, side) + _leg(body, build, look, side)
        if dumbbells:
            parts += _dumbbell(body, build, side)
    return parts


def _trunk(body: Body, build: Build, look: Look) -> list[Shape]:
    p, height, girth = body.landmarks, build.height_m, build.height_m * build.girth
    hips, shoulders = (p[23] + p[24]) / 2, (p[11] + p[12]) / 2
    up, waist = body.chest_axes[:, 2], body.waist
    wide = build.breadth * height
    parts: list[Shape] = [
        Ellipsoid(
            shoulders - 0.085 * height * up, body.chest_axes, (0.098 * wide, 0.066 * girth, 0.122 * height), look.shirt
        ),
        Ellipsoid(
            (waist + hips) / 2 + 0.045 * height * up,
            body.pelvis_axes,
            (0.085 * wide, 0.060 * girth, 0.105 * height),
            look.shirt,
        ),
        Ellipsoid(
            hips + 0.012 * height * body.pelvis_axes[:, 2],
            body.pelvis_axes,
            (0.096 * wide, 0.066 * girth, 0.062 * height),
            look.shorts,
        ),
        Capsule(
            shoulders,
            body.head - 0.03 * height * body.head_axes[:, 2],
            0.036 * girth,
            0.031 * girth,
            _darker(look.skin, 0.9),
        ),
    ]
    for side in (0, 1):
        shoulder, hip = p[11 + side], p[23 + side]
        # From the neck down over the shoulder: without it the head seems to stand on a board.
        parts.append(Capsule(shoulders + 0.022 * height * up, shoulder, 0.030 * girth, 0.040 * girth, look.shirt))
        parts.append(
            Capsule(
                shoulder + 0.25 * (shoulders - shoulder) - 0.03 * height * up,
                hip + 0.1 * (hips - hip) + 0.03 * height * body.pelvis_axes[:, 2],
                0.048 * girth,
                0.050 * girth,
                look.shirt,
            )
        )
    return parts


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
        ball(at(0, -0.010, 0.022), (0.048, 0.056, 0.054), look.hair),
        ball(at(0, 0.062, -0.008), (0.008, 0.012, 0.012), _darker(look.skin, 0.97)),
        ball(at(0, 0.055, -0.029), (0.014, 0.006, 0.0035), (95, 95, 165)),
    ]
    for side, sign in ((0, -1), (1, 1)):
        parts += [
            ball(p[7 + side], (0.006, 0.012, 0.017), _darker(look.skin, 0.92)),
            ball(at(sign * 0.018, 0.050, 0.012), (0.0095, 0.006, 0.0058), _WHITE),
            ball(at(sign * 0.018, 0.0545, 0.012), (0.0045, 0.004, 0.0050), _DARK),
            ball(at(sign * 0.019, 0.050, 0.024), (0.012, 0.006, 0.0030), look.hair),
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
    back = np.cross(axes[:, 0], ankle - knee)
    calf = calf - back / max(float(np.linalg.norm(back)), 1e-9) * 0.008 * height
    up = axes[:, 2] * height
    return [
        Capsule(hip, knee, 0.058 * girth, 0.034 * girth, look.shorts, look.skin, 0.62),
        Capsule(knee, ankle, 0.033 * girth, 0.020 * girth, look.skin),
        Capsule(calf, ankle, 0.034 * girth, 0.018 * girth, look.skin),
        Capsule(heel + 0.018 * up, toe + 0.004 * up, 0.024 * height, 0.019 * height, look.shoes),
        Capsule(ankle, heel + 0.03 * up, 0.022 * height, 0.022 * height, look.shoes),
        Capsule(heel + 0.002 * up, toe - 0.006 * up, 0.014 * height, 0.012 * height, _darker(look.shoes, 0.4)),
    ]


def _dumbbell(body: Body, build: Build, side: int) -> list[Shape]:
    """A dumb-bell across the palm."""
    axes = body.hand_axes[side]
    centre = body.landmarks[15 + side] - axes[:, 2] * (PALM * build.height_m)
    along = axes[:, 1]
    parts: list[Shape] = [Capsule(centre - 0.09 * along, centre + 0.09 * along, 0.014, 0.014, _STEEL)]
    for end in (-0.09, 0.09):
        outer, inner = centre + end * along, centre + 0.6 * end * along
        parts.append(Capsule(inner, outer, 0.045, 0.045, _STEEL))
    return parts
