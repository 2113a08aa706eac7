"""What a movement is, and how its key postures become stances that hold on to floor, bench or bar.

Movements are data; this file knows none of them. Nothing here depends on time, cameras or chance: who moves, with what
habits and how fast is ``style`` and ``timeline``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.motions import Held, Thing
from ingest.rehearsal.skeleton import (
    DOFS,
    Body,
    Build,
    Stance,
    angles,
    body,
    hanging,
    resting,
    settled,
    wrists_of,
)

Array = NDArray[np.float64]
Posture = Mapping[str, float]
"""Joint angles, degrees, as ``skeleton.angles`` takes them, and what ``EXTRAS`` names."""
Anchor = Literal["feet", "one_foot", "own_feet", "hands", "forearms", "knees", "pelvis", "bar", "lowest"]
"""What stays where it is: both feet; the foot that does not step; feet that move as the joints have it; hands and feet;
forearms and feet; hands and knees; the hips, on something to sit or lie on; hands on a bar above; or whatever is
lowest lies on the floor."""
Keys = tuple[tuple[float, Posture], ...]
"""Postures by phase, 0-1."""
Sides = Literal["both", "alternate", "one"]
"""Both sides as written; the written side and the other in turn; one side only, whichever it is."""

EXTRAS = ("hop", "ahead", "aside")
"""Besides joint angles: height of the whole body above the floor, and how far it is from its place; of stature."""
_LOOSE = len(EXTRAS)
_CENTRAL = ("pitch", "roll", "lumbar", "twist", "neck", "turn")
BAR_M = 2.4
"""Height at which hands hang."""
_HAND_HEIGHT, _BACK_THICKNESS = 0.018, 0.062


@dataclass(frozen=True, slots=True)
class Movement:
    """One way to do an exercise, or anything else that people repeat or hold."""

    label: str
    """What it is, in the words of files of landmarks."""
    name: str
    """Which way of doing it."""
    base: Posture
    """Where a repetition begins and ends."""
    keys: Keys = ()
    """Postures by phase, 0-1, each added to the base; none for what is held."""
    period_s: tuple[float, float] = (1.8, 4.0)
    """Usual range of the time of one repetition."""
    anchor: Anchor = "feet"
    seat_m: float = 0.0
    """Height of what the hips rest on, for the anchor ``pelvis``."""
    feet_down: bool = False
    """Whether the feet of who sits or lies stay on the floor."""
    hands_up_m: float = 0.0
    """Height of what the hands rest on, for the anchor ``hands``; negative where the feet are higher."""
    grip: float = 0.0
    """Half the distance of the hands, fraction of stature; 0 leaves them where the joints have them."""
    sides: Sides = "both"
    flow: bool = False
    """Goes through its postures without stopping in them."""
    held: Thing | None = None
    travel: float = 0.0
    """How far a repetition carries the body forward, fraction of stature."""
    least_range: float = 0.6
    """Factor on the way to the far postures in the shortest repetitions that are still the same exercise."""
    weight: float = 1.0
    """How often it is done, beside the other ways."""


def there_and_back(end: Posture, there: float = 0.42, back: float = 0.5) -> Keys:
    """Keys of a movement to an end posture and back, with a short pause in the base."""
    return ((there, end), (back, end), (0.93, {}))


@dataclass(frozen=True, slots=True)
class Pose:
    """A stance and what goes beyond it, as one vector that can be blended with another."""

    vector: Array
    """(52,): pelvis 3, angles 30, balls 6, feet fixed, wrists 6, hands fixed, flat hands, extras 3, loose."""

    def stance(self) -> Stance:
        """As the skeleton takes it."""
        v = self.vector
        return Stance(v[:3], v[3:33], v[33:39].reshape(2, 3), v[39], v[40:46].reshape(2, 3), v[46], v[47])


ANGLES = slice(3, 33)
EXTRA = slice(48, 51)
LOOSE = 51
SIZE = 52


def pose_of(stance: Stance, extras: Posture | None = None, *, loose: bool = False) -> Pose:
    """A stance as a vector; ``loose`` where the lowest landmark shall touch the floor."""
    given = [(extras or {}).get(name, 0.0) for name in EXTRAS]
    fixed = (stance.feet_fixed, stance.wrists.reshape(-1), stance.hands_fixed, stance.flat_hands)
    parts = [stance.pelvis, stance.angles, stance.balls.reshape(-1), *fixed, given, float(loose)]
    return Pose(np.concatenate([np.atleast_1d(np.asarray(part, float)) for part in parts]))


def placed(build: Build, vector: Array, place: Array, heading: float) -> Body:
    """The body of a pose vector, (52,), at a place, (2,) metres, with a heading in degrees."""
    extras = vector[EXTRA] * build.height_m
    turn = np.radians(heading)
    ahead, aside = extras[1], extras[2]
    moved = place + np.array(
        [-np.sin(turn) * ahead + np.cos(turn) * aside, np.cos(turn) * ahead + np.sin(turn) * aside]
    )
    made = body(build, Pose(vector).stance(), moved, heading)
    up = float(extras[0])
    if vector[LOOSE] > 0:
        up += float(vector[LOOSE]) * (0.02 * build.height_m - float(made.landmarks[:, 2].min()))
    if up == 0.0:
        return made
    lift = np.array([0.0, 0.0, up])
    return replace(made, landmarks=made.landmarks + lift, waist=made.waist + lift, head=made.head + lift)


def key_poses(movement: Movement, build: Build, habit: Callable[[int], Array], side: int) -> tuple[Array, Array]:
    """Phases, (K,), and pose vectors, (K, 52), of one repetition; the first at 0 and the last at 1 are the base.

    :param habit: joint angles, (30,) degrees, to add to the key of a number, the base being 0
    :param side: 1 to do it mirrored
    """
    postures = [movement.base, *({**movement.base, **written_out(posture)} for _, posture in movement.keys)]
    if side:
        postures = [_other_side(posture) for posture in postures]
    vectors = [_angles(posture) + habit(at) for at, posture in enumerate(postures)]
    for vector in vectors:
        _keep_possible(vector)
    stances = _anchored(movement, build, vectors, side)
    loose = movement.anchor == "lowest"
    poses = [pose_of(each, posture, loose=loose).vector for each, posture in zip(stances, postures, strict=True)]
    phases = [0.0, *(phase for phase, _ in movement.keys)]
    if phases[-1] < 1.0:
        phases.append(1.0)
        poses.append(poses[0])
    return np.array(phases), np.stack(poses)


def held_things(movement: Movement, phase: float) -> Held | None:
    """What the hands hold at a phase."""
    return Held(movement.held, phase % 1.0) if movement.held else None


def written_out(posture: Posture) -> dict[str, float]:
    """Paired angles written out by side, so that they replace what a base gives by side."""
    written: dict[str, float] = {}
    for name, degrees in posture.items():
        single = name.startswith(("left_", "right_")) or name in _CENTRAL or name in EXTRAS
        written.update({name: degrees} if single else {f"left_{name}": degrees, f"right_{name}": degrees})
    return written


def _angles(posture: Posture) -> Array:
    return angles({name: degrees for name, degrees in written_out(posture).items() if name not in EXTRAS})


def _other_side(posture: Posture) -> Posture:
    """A posture with left and right exchanged."""
    swapped: dict[str, float] = {}
    for name, degrees in written_out(posture).items():
        if name.startswith("left_"):
            swapped["right_" + name[5:]] = degrees
        elif name.startswith("right_"):
            swapped["left_" + name[6:]] = degrees
        else:
            swapped[name] = -degrees if name in ("roll", "twist", "turn", "aside") else degrees
    return swapped


_BENT = [at for at, name in enumerate(DOFS) if name.endswith(("_elbow", "_knee"))]


def _keep_possible(vector: Array) -> None:
    """Elbows and knees bend one way only."""
    vector[_BENT] = np.clip(vector[_BENT], 1.0, 158.0)


def _anchored(movement: Movement, build: Build, vectors: list[Array], side: int) -> list[Stance]:
    match movement.anchor:
        case "hands" | "forearms":
            stances = [_on_hands(movement, build, vector) for vector in vectors]
        case "bar":
            stances = [_hanging(movement, build, vector) for vector in vectors]
        case "pelvis":
            stances = [_seated(movement, build, vector) for vector in vectors]
        case "knees":
            stances = _on_knees(build, vectors)
        case "lowest":
            stances = [_free(build, vector) for vector in vectors]
        case _:
            stances = [settled(build, vector) for vector in vectors]
    first = stances[0]
    if movement.anchor in ("feet", "hands", "forearms"):
        stances = [first, *(_on_same_feet(each, first) for each in stances[1:])]
    elif movement.anchor == "one_foot":
        stances = [first, *(_on_one_foot(each, first, 0 if side else 1) for each in stances[1:])]
    return stances


def _on_same_feet(stance: Stance, first: Stance) -> Stance:
    back = np.array([0.0, (first.balls - stance.balls)[:, 1].mean(), 0.0])
    return replace(stance, pelvis=stance.pelvis + back, balls=first.balls, wrists=first.wrists)


def _on_one_foot(stance: Stance, first: Stance, stays: int) -> Stance:
    """Feet where the joints have them, moved so that one foot stays; the joints already say where the other is."""
    shift = first.balls[stays] - stance.balls[stays]
    return replace(stance, pelvis=stance.pelvis + shift, balls=stance.balls + shift)


def _on_hands(movement: Movement, build: Build, vector: Array) -> Stance:
    hands = movement.anchor == "hands"
    stance = settled(build, vector, hands_on_floor=hands, forearms_on_floor=not hands)
    wrists = stance.wrists.copy()
    wrists[:, 2] += movement.hands_up_m
    if movement.grip:
        wrists[:, 0] = np.array([-1.0, 1.0]) * movement.grip * build.height_m
    lift = np.array([0.0, 0.0, max(0.0, -movement.hands_up_m)])
    return replace(stance, pelvis=stance.pelvis + lift, balls=stance.balls + lift, wrists=wrists + lift)


def _hanging(movement: Movement, build: Build, vector: Array) -> Stance:
    across = movement.grip * build.height_m
    return hanging(build, vector, np.array([[-across, 0.0, BAR_M], [across, 0.0, BAR_M]]))


def _seated(movement: Movement, build: Build, vector: Array) -> Stance:
    """Hips on a seat, bench or the floor; feet on the floor before it, or where the joints have them."""
    height = build.height_m
    pelvis = np.array([0.0, 0.0, movement.seat_m + _BACK_THICKNESS * height])
    own = settled(build, vector)
    balls = own.balls - own.pelvis + pelvis
    if movement.feet_down:
        balls[:, 2] = 0.0
    wrists = None
    if movement.grip:
        wrists = wrists_of(build, vector) + pelvis
        wrists[:, 0] = np.array([-1.0, 1.0]) * movement.grip * height
    return replace(resting(build, vector, pelvis, balls, wrists), feet_fixed=float(movement.feet_down))


def _free(build: Build, vector: Array) -> Stance:
    """Hips above the place, limbs as the joints have them; what is lowest is found when the body is made."""
    return replace(settled(build, vector, feet_fixed=False), pelvis=np.array([0.0, 0.0, 1.0]))


def _on_knees(build: Build, vectors: list[Array]) -> list[Stance]:
    """Knees stay where they are, and so do hands where the first posture has them, flat on the floor."""
    stances = []
    wrists: Array | None = None
    for vector in vectors:
        free = _free(build, vector)
        points = body(build, free, np.zeros(2), 0.0).landmarks
        knees = points[[25, 26]].mean(axis=0)
        shift = np.array([0.0, 0.0, 0.05 * build.height_m]) - knees
        if wrists is None:
            wrists = points[[15, 16]] + shift
            wrists[:, 2] = _HAND_HEIGHT * build.height_m
        stances.append(
            replace(free, pelvis=free.pelvis + shift, balls=free.balls + shift, wrists=wrists, hands_fixed=1.0)
        )
    return stances
