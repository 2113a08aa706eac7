"""The kinematic tree: a body's 33 landmarks in space from its build, its joint angles and what hands and feet touch.

Knows nothing of exercises, cameras or pixels. Bone lengths are the fractions of stature of Drillis and Contini (1966)
as tabulated in D. A. Winter, *Biomechanics and Motor Control of Human Movement*, figure 4.1. Breadths are narrower than
theirs: BlazePose puts its shoulder and hip landmarks on the joints, not on the outside of the body.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

THIGH, SHANK, ANKLE_HEIGHT = 0.245, 0.246, 0.039
TRUNK, UPPER_ARM, FOREARM = 0.288, 0.186, 0.146
HIP_HALF_BREADTH, SHOULDER_HALF_BREADTH = 0.055, 0.103
WAIST = 0.38
"""Where the trunk bends, as a fraction of the way from the hips to the shoulders."""
BALL = np.array([0.0, 0.085, -ANKLE_HEIGHT])
"""The ball of the foot, seen from the ankle: what stays where it is while a heel is lifted."""
_HEEL = np.array([0.0, -0.042, -ANKLE_HEIGHT + 0.006])
_TOE = np.array([0.0, 0.027, 0.010])
"""The tip of the foot, seen from its ball; toes bend, so it stays level while the heel is lifted."""
HEAD_CENTRE = np.array([0.0, 0.014, 0.112])
"""Between the ears, seen from the middle of the shoulders (the ears are at 0.93 of stature, the shoulders at 0.818)."""
_FACE = np.array(
    [
        [0, 0.070, -0.010],  # nose
        [-0.010, 0.054, 0.013], [-0.018, 0.052, 0.013], [-0.025, 0.047, 0.013],  # left eye: inner, centre, outer
        [0.010, 0.054, 0.013], [0.018, 0.052, 0.013], [0.025, 0.047, 0.013],  # right eye
        [-0.044, -0.003, 0.0], [0.044, -0.003, 0.0],  # ears
        [-0.014, 0.056, -0.029], [0.014, 0.056, -0.029],  # corners of the mouth
    ]
)  # fmt: skip
"""Landmarks 0-10 seen from the head's centre, x to the person's right, y forward, z up; fractions of stature."""
_HAND = np.array([[0.004, -0.020, -0.055], [0.004, 0.016, -0.062], [-0.008, 0.026, -0.034]])
"""Little finger, index finger and thumb of a right hand that hangs with the thumb forward, seen from the wrist."""
PALM = 0.05
"""From the wrist to the middle of the palm, fraction of stature."""

_CENTRAL = ("pitch", "roll", "lumbar", "twist", "neck", "turn")
_PAIRED = (
    "shoulder_flex", "shoulder_abd", "shoulder_rot", "elbow", "pronation", "wrist",
    "hip_flex", "hip_abd", "hip_rot", "knee", "toe_out", "foot_pitch",
)  # fmt: skip
DOFS = (*_CENTRAL, *(f"{side}_{name}" for side in ("left", "right") for name in _PAIRED))
"""Degrees of freedom in the order of an angle vector, degrees; all zero is standing upright with hanging arms.

``pitch`` leans the whole trunk forward, ``lumbar`` bends it at the waist, ``foot_pitch`` lifts the heel and is measured
from the floor, not from the shank, so that a standing foot stays flat whatever the leg does. Abduction and outward
rotation are positive on both sides.
"""
_INDEX = {name: at for at, name in enumerate(DOFS)}


@dataclass(frozen=True, slots=True)
class Build:
    """Size and shape of one person."""

    height_m: float = 1.75
    breadth: float = 1.0
    """Factor on the width of the shoulders and hips; people differ by about 10 %."""
    girth: float = 1.0
    """Factor on the thickness of limbs and trunk; does not move a landmark."""


@dataclass(frozen=True, slots=True)
class Stance:
    """A body before it is put on its place: where the pelvis is, the joint angles, and what hands and feet touch.

    Metres in the person's own frame: origin at the station, x to the right, y forward, z up.
    """

    pelvis: Array
    """(3,) middle of the hips."""
    angles: Array
    """(30,) degrees, order of ``DOFS``."""
    balls: Array
    """(2, 3) balls of the left and the right foot."""
    feet_fixed: float
    """0-1: how far the feet are held at ``balls`` rather than where the joint angles leave them."""
    wrists: Array
    """(2, 3) left and right wrist."""
    hands_fixed: float
    """0-1: how far the wrists are held at ``wrists``."""
    flat_hands: float = 1.0
    """0-1: how far hands that are held lie flat on the floor, 0 for hands that grip a bar."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body in the world."""

    landmarks: Array
    """(33, 3) metres, world frame, the BlazePose landmarks in their order."""
    waist: Array
    """(3,) where the trunk bends, metres."""
    pelvis_axes: Array
    """(3, 3) columns: the person's right, forward and up at the pelvis, in the world."""
    chest_axes: Array
    """The same at the chest."""
    head_axes: Array
    """The same at the head."""
    head: Array
    """(3,) middle between the ears, metres."""
    hand_axes: Array
    """(2, 3, 3) the same at the left and the right hand; fingers point down the third axis."""
    foot_axes: Array
    """(2, 3, 3) the same at the left and the right foot; toes point along the second axis."""


def angles(given: Mapping[str, float]) -> Array:
    """Angle vector, (30,) degrees, from names; a paired name without a side sets both sides, what is not named is 0.

    :raises KeyError: for a name that is none of ``DOFS``
    """
    vector = np.zeros(len(DOFS))
    for name, degrees in given.items():
        for full in (f"left_{name}", f"right_{name}") if name in _PAIRED else (name,):
            vector[_INDEX[full]] = degrees
    return vector


def mirrored(vector: Array) -> Array:
    """The same posture, (30,) degrees, with left and right exchanged."""
    middle = len(_CENTRAL) + len(_PAIRED)
    swapped = np.concatenate([vector[: len(_CENTRAL)], vector[middle:], vector[len(_CENTRAL) : middle]])
    for name in ("roll", "twist", "turn"):
        swapped[_INDEX[name]] *= -1
    return swapped


def one_sided(start: Array, end: Array, side: int) -> Array:
    """The end posture in which only one side, 0 left or 1 right, has left the start posture; the trunk stays."""
    first = len(_CENTRAL) + side * len(_PAIRED)
    result = start.copy()
    result[first : first + len(_PAIRED)] = end[first : first + len(_PAIRED)]
    return result


def _about(axis: int, degrees: float) -> Array:
    """Rotation matrix, (3, 3), about a coordinate axis, counter-clockwise as seen against the axis."""
    c, s = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
    if axis == 0:
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if axis == 1:
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def cross(first: Array, second: Array) -> Array:
    """Cross product of two vectors, (3,); numpy's own takes ten times as long for so few numbers."""
    (a, b, c), (d, e, f) = first.tolist(), second.tolist()
    return np.array([b * f - c * e, c * d - a * f, a * e - b * d])


def heading_matrix(heading: float) -> Array:
    """Rotation, (3, 3), from a person's own frame to the world for a heading in degrees."""
    return _about(2, heading)


def _limb(parent: Array, flex: float, abduction: float, rotation: float, outward: int) -> Array:
    """Axes of an upper arm or thigh whose parent has the given axes; ``outward`` is -1 on the left, 1 on the right."""
    return parent @ _about(0, flex) @ _about(1, -outward * abduction) @ _about(2, -outward * rotation)


def two_bones(root: Array, target: Array, upper_m: float, lower_m: float, hint: Array) -> tuple[Array, Array]:
    """Middle joint and end of a chain of two bones that reaches for a target; law of cosines.

    ``hint`` is the direction, (3,), in which the middle joint lies from the line between root and target. A target out
    of reach is approached as far as the bones go.
    """
    way = target - root
    distance = float(np.linalg.norm(way))
    # A target at the root itself may be reached in any direction.
    along = way / distance if distance > 1e-9 else np.array([0.0, 0.0, -1.0])
    reach = float(np.clip(distance, abs(upper_m - lower_m) + 1e-6, upper_m + lower_m - 1e-6))
    cosine = (upper_m**2 + reach**2 - lower_m**2) / (2 * upper_m * reach)
    sideways = hint - along * float(hint @ along)
    norm = float(np.linalg.norm(sideways))
    if norm < 1e-9:
        sideways = cross(along, np.eye(3)[int(np.abs(along).argmin())])
        norm = float(np.linalg.norm(sideways))
    middle = root + upper_m * (along * cosine + sideways / norm * np.sqrt(max(0.0, 1 - cosine**2)))
    return middle, root + along * reach


def _turned(axes: Array, before: Array, after: Array) -> Array:
    """Axes, (3, 3), turned by the smallest rotation that takes one direction to another; Rodrigues' formula."""
    first, second = before / np.linalg.norm(before), after / np.linalg.norm(after)
    x, y, z = cross(first, second).tolist()
    cosine = float(first @ second)
    if cosine < -0.9999:
        return axes
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(axes + skew @ axes + skew @ (skew @ axes) / (1 + cosine))


def _between_axes(first: Array, second: Array, weight: float) -> Array:
    """Axes, (3, 3), between two, 0 the first and 1 the second: the mean made orthonormal again by Gram and Schmidt."""
    mean = first + (second - first) * weight
    if abs(float(np.linalg.det(mean))) < 0.05:
        return first if weight < 0.5 else second
    z = mean[:, 2] / np.linalg.norm(mean[:, 2])
    x = mean[:, 0] - z * float(z @ mean[:, 0])
    x = x / np.linalg.norm(x)
    return np.stack([x, cross(z, x), z], axis=1)


def _flat_hand(outward: int) -> Array:
    """Axes of a hand that lies on the floor in the person's own frame: fingers forward, thumb inwards."""
    thumb, fingers = np.array([-outward, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    return np.stack([cross(thumb, -fingers), thumb, -fingers], axis=1)


@dataclass(frozen=True, slots=True)
class _Trunk:
    pelvis: Array
    pelvis_axes: Array
    waist: Array
    chest_axes: Array
    neck: Array


def _trunk(build: Build, vector: Array, pelvis: Array) -> _Trunk:
    pitch, roll, lumbar, twist = vector[:4]
    pelvis_axes = _about(0, -pitch) @ _about(1, roll)
    waist = pelvis + pelvis_axes[:, 2] * (WAIST * TRUNK * build.height_m)
    chest_axes = pelvis_axes @ _about(0, -lumbar) @ _about(2, twist)
    return _Trunk(
        pelvis, pelvis_axes, waist, chest_axes, waist + chest_axes[:, 2] * ((1 - WAIST) * TRUNK * build.height_m)
    )


def _arm(build: Build, trunk: _Trunk, stance: Stance, side: int) -> tuple[Array, Array]:
    """Shoulder, elbow, wrist, little finger, index finger and thumb, (6, 3), and the axes of the hand, (3, 3)."""
    outward, height = 2 * side - 1, build.height_m
    first = len(_CENTRAL) + side * len(_PAIRED)
    flex, abduction, rotation, elbow_bend, pronation, wrist_bend = stance.angles[first : first + 6]
    shoulder = trunk.neck + trunk.chest_axes[:, 0] * (outward * SHOULDER_HALF_BREADTH * build.breadth * height)
    upper = _limb(trunk.chest_axes, flex, abduction, rotation, outward)
    elbow = shoulder - upper[:, 2] * (UPPER_ARM * height)
    fore = upper @ _about(0, elbow_bend)
    wrist = elbow - fore[:, 2] * (FOREARM * height)
    hand = fore @ _about(2, outward * pronation) @ _about(0, wrist_bend)
    if stance.hands_fixed > 0:
        target = wrist + stance.hands_fixed * (stance.wrists[side] - wrist)
        loose = wrist - elbow
        elbow, wrist = two_bones(shoulder, target, UPPER_ARM * height, FOREARM * height, elbow - (shoulder + wrist) / 2)
        # The hand goes on as the forearm does, or turns flat as it comes to the floor.
        hand = _turned(hand, loose, wrist - elbow)
        flat = stance.hands_fixed * stance.flat_hands
        if flat > 0:
            hand = _between_axes(hand, _flat_hand(outward), flat)
    fingers = _HAND * np.array([outward, 1.0, 1.0]) * height
    return np.vstack([shoulder, elbow, wrist, wrist + fingers @ hand.T]), hand


def _leg(build: Build, trunk: _Trunk, stance: Stance, side: int) -> tuple[Array, Array, Array]:
    """Hip, knee, ankle, heel and toe, (5, 3), the axes of the foot, (3, 3), and the ball of the foot, (3,)."""
    outward, height = 2 * side - 1, build.height_m
    first = len(_CENTRAL) + side * len(_PAIRED) + 6
    flex, abduction, rotation, bend, toe_out, foot_pitch = stance.angles[first : first + 6]
    hip = trunk.pelvis + trunk.pelvis_axes[:, 0] * (outward * HIP_HALF_BREADTH * build.breadth * height)
    thigh = _limb(trunk.pelvis_axes, flex, abduction, rotation, outward)
    knee = hip - thigh[:, 2] * (THIGH * height)
    ankle = knee - (thigh @ _about(0, -bend))[:, 2] * (SHANK * height)
    foot = _about(2, -outward * toe_out) @ _about(0, -foot_pitch)
    if stance.feet_fixed > 0:
        fixed = stance.balls[side] - foot @ BALL * height
        # A straight leg has no direction to bend in; knees bend forward.
        hint = knee - (hip + ankle) / 2 + 0.02 * thigh[:, 1]
        target = ankle + stance.feet_fixed * (fixed - ankle)
        knee, ankle = two_bones(hip, target, THIGH * height, SHANK * height, hint)
    ball = ankle + foot @ BALL * height
    toe = ball + _about(2, -outward * toe_out) @ _TOE * height
    return np.vstack([hip, knee, ankle, ankle + foot @ _HEEL * height, toe]), foot, ball


def body(build: Build, stance: Stance, place: Array, heading: float) -> Body:
    """Put a stance on its place, (2,) metres on the floor, with a heading in degrees."""
    trunk = _trunk(build, stance.angles, stance.pelvis)
    arms = [_arm(build, trunk, stance, side) for side in (0, 1)]
    legs = [_leg(build, trunk, stance, side) for side in (0, 1)]
    neck_bend, turn = stance.angles[4:6]
    head_axes = trunk.chest_axes @ _about(0, -neck_bend) @ _about(2, turn)
    head = trunk.neck + head_axes @ HEAD_CENTRE * build.height_m
    points = np.empty((33, 3))
    points[:11] = head + _FACE * build.height_m @ head_axes.T
    for side in (0, 1):
        points[11 + side : 23 : 2] = arms[side][0]
        points[23 + side : 33 : 2] = legs[side][0]
    turned = heading_matrix(heading)
    shift = np.array([place[0], place[1], 0.0])
    return Body(
        landmarks=points @ turned.T + shift,
        waist=turned @ trunk.waist + shift,
        pelvis_axes=turned @ trunk.pelvis_axes,
        chest_axes=turned @ trunk.chest_axes,
        head_axes=turned @ head_axes,
        head=turned @ head + shift,
        hand_axes=np.stack([turned @ arm[1] for arm in arms]),
        foot_axes=np.stack([turned @ leg[1] for leg in legs]),
    )


def _joints(build: Build, vector: Array) -> tuple[Array, Array]:
    """Balls of the feet, (2, 3), and shoulder, elbow and wrist of both arms, (2, 3, 3), the pelvis at the origin."""
    loose = Stance(np.zeros(3), vector, np.zeros((2, 3)), 0.0, np.zeros((2, 3)), 0.0)
    trunk = _trunk(build, vector, np.zeros(3))
    balls = np.stack([_leg(build, trunk, loose, side)[2] for side in (0, 1)])
    return balls, np.stack([_arm(build, trunk, loose, side)[0][:3] for side in (0, 1)])


def wrists_of(build: Build, vector: Array) -> Array:
    """Left and right wrist, (2, 3) metres, that joint angles, (30,) degrees, give with the pelvis at the origin."""
    return _joints(build, vector)[1][:, 2].copy()


def settled(
    build: Build,
    vector: Array,
    *,
    hands_on_floor: bool = False,
    forearms_on_floor: bool = False,
    feet_fixed: bool = True,
) -> Stance:
    """The stance that joint angles, (30,) degrees, give on the floor.

    The balls of the feet are centred on the station and the lower one touches the floor. With ``hands_on_floor`` the
    hands are put flat on the floor below the shoulders, with ``forearms_on_floor`` where straight forearms end; the
    station is then half way between hands and feet.
    """
    balls, arms = _joints(build, vector)
    shift = -np.array([balls[:, 0].mean(), balls[:, 1].mean(), balls[:, 2].min()])
    balls, arms = balls + shift, arms + shift
    wrists = arms[:, 2].copy()
    if hands_on_floor:
        wrists = arms[:, 0] + np.array([[-0.035, 0.0, 0.0], [0.035, 0.0, 0.0]]) * build.height_m
    if hands_on_floor or forearms_on_floor:
        wrists[:, 2] = 0.018 * build.height_m
        back = np.array([0.0, -wrists[:, 1].mean() / 2, 0.0])
        shift, balls, wrists = shift + back, balls + back, wrists + back
    return Stance(shift, vector, balls, float(feet_fixed), wrists, float(hands_on_floor or forearms_on_floor))


def resting(build: Build, vector: Array, pelvis: Array, balls: Array, wrists: Array | None = None) -> Stance:
    """The stance of a body whose pelvis rests on something: (3,) metres, the feet at ``balls``, (2, 3).

    ``wrists``, (2, 3), are held where they are given, as hands on a bar.
    """
    held = wrists is not None
    arms = wrists if wrists is not None else _joints(build, vector)[1][:, 2] + pelvis
    return Stance(pelvis, vector, balls, 1.0, arms, float(held), 0.0)


def hanging(build: Build, vector: Array, wrists: Array) -> Stance:
    """The stance of a body that hangs by its wrists, (2, 3) metres; the legs hang as the joint angles have them."""
    balls, arms = _joints(build, vector)
    shift = wrists.mean(axis=0) - arms[:, 2].mean(axis=0)
    return Stance(shift, vector, balls + shift, 0.0, wrists, 1.0, 0.0)


def blended(first: Stance, second: Stance, weight: float) -> Stance:
    """A stance between two, 0 for the first and 1 for the second.

    Joint angles, the pelvis and what hands and feet touch go straight from one to the other; inverse kinematics makes
    the limbs agree with both, so that a foot which is at one place in both stances never slides.
    """

    def between(a: Array, b: Array) -> Array:
        return a + (b - a) * weight

    return Stance(
        between(first.pelvis, second.pelvis),
        between(first.angles, second.angles),
        between(first.balls, second.balls),
        first.feet_fixed + (second.feet_fixed - first.feet_fixed) * weight,
        between(first.wrists, second.wrists),
        first.hands_fixed + (second.hands_fixed - first.hands_fixed) * weight,
        first.flat_hands + (second.flat_hands - first.flat_hands) * weight,
    )


def raised(stance: Stance, by: Array, feet_m: tuple[float, float]) -> Stance:
    """The stance with the pelvis moved by a vector, (3,) metres, and the left and right foot lifted by metres."""
    balls = stance.balls.copy()
    balls[:, 2] += feet_m
    return replace(stance, pelvis=stance.pelvis + by, balls=balls)
