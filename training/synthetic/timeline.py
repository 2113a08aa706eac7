"""What one drawn person does for some seconds, moment by moment, and what it is called: the truth of a track.

Everything is a function of time and of the random generator it was made from. Knows nothing of cameras or pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.motions import IDLE, Held
from ingest.rehearsal.skeleton import Body
from training.synthetic.arms import HANGING, HOOK, ON_FLOOR_LEGS_OUT, OVERHEAD, SEATED, STAND, Posture
from training.synthetic.exercise_variants import VARIANTS
from training.synthetic.movement import Anchor, Movement, key_poses, placed
from training.synthetic.other_movements import OTHER
from training.synthetic.segments import At, Shown, blended_way, danced, idled, pottered, repeated, walked
from training.synthetic.style import Style, styled

Array = NDArray[np.float64]

TRANSITION, IDLE_LABEL = "transition", "idle"
CLASSES: tuple[str, ...] = (*VARIANTS, IDLE_LABEL, "other")
"""What a track can be made for. Transitions lie at the edges of the sets."""

_CROUCH: Posture = {"pitch": 66, "neck": -26, "hip_flex": 160, "knee": 112, "hip_abd": 8, "shoulder_flex": 74,
                    "foot_pitch": 18}  # fmt: skip
_BENT_DOWN: Posture = {"pitch": 62, "lumbar": 8, "hip_flex": 104, "knee": 62, "shoulder_flex": 62, "elbow": 6}
_KNELT: Posture = {"pitch": 30, "hip_flex": 74, "knee": 96, "foot_pitch": 110, "shoulder_flex": 44, "elbow": 14}
_HALF_KNELT: Posture = {"pitch": 26, "left_hip_flex": 92, "left_knee": 96, "right_hip_flex": 20, "right_knee": 96,
                        "right_foot_pitch": 90, "shoulder_flex": 34}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Segment:
    start_s: float
    end_s: float
    label: str
    at: At


class Life:
    """One person's time line."""

    def __init__(self, segments: Sequence[_Segment], style: Style, movement: Movement | None = None) -> None:
        self.style = style
        self.movement = movement
        """What is done, where it is a movement with keys."""
        self._segments = tuple(segments)
        self._starts = np.array([segment.start_s for segment in segments])
        gone, self._before = 0.0, []
        for segment in segments:
            self._before.append(gone)
            gone += segment.at(segment.end_s - segment.start_s).gone_m

    @property
    def duration_s(self) -> float:
        """When it ends."""
        return self._segments[-1].end_s

    @property
    def middle_m(self) -> float:
        """About how high the middle of the body is, which a camera would look at."""
        if self.movement is None:
            return 0.85
        lies = abs(self.movement.base.get("pitch", 0.0)) > 50 and self.movement.anchor != "feet"
        return 1.5 if self.movement.anchor == "bar" else 0.5 if lies else 0.85

    @property
    def close_ups(self) -> float:
        """Share of recordings of this that show the upper body alone."""
        if self.movement is None:
            return 0.2
        legs_work = any("hip" in name or "knee" in name for _, key in self.movement.keys for name in key)
        if legs_work or self.movement.anchor not in ("feet", "pelvis"):
            return 0.04
        return 0.4 if self.middle_m == 0.85 else 0.25

    def body(self, time_s: float, heading: float) -> tuple[Body, Held | None]:
        """The body at a time, its way starting at the origin in the direction of the heading, degrees."""
        segment, number = self._segment(time_s)
        shown = segment.at(time_s - segment.start_s)
        gone, turn = self._before[number] + shown.gone_m, np.radians(heading)
        place = np.array([-np.sin(turn), np.cos(turn)]) * gone
        return placed(self.style.build, shown.vector, place, heading), shown.held

    def label(self, time_s: float) -> str:
        """What is done at a time."""
        return self._segment(time_s)[0].label

    def _segment(self, time_s: float) -> tuple[_Segment, int]:
        number = max(0, int(np.searchsorted(self._starts, time_s, side="right")) - 1)
        return self._segments[number], number


def life(kind: str, rng: np.random.Generator, seconds: float) -> Life:
    """Somebody who does one of ``CLASSES`` for most of the time; raises KeyError for another kind."""
    style = styled(rng)
    if kind == IDLE_LABEL:
        return _idle_life(style, rng, seconds)
    if kind == "other":
        return _other_life(style, rng, seconds)
    movement = _chosen(VARIANTS[kind], rng)
    return _trained(movement, style, rng, seconds)


def _chosen(movements: Sequence[Movement], rng: np.random.Generator) -> Movement:
    weights = np.array([movement.weight for movement in movements])
    return movements[int(rng.choice(len(movements), p=weights / weights.sum()))]


def _other_life(style: Style, rng: np.random.Generator, seconds: float) -> Life:
    if rng.random() < 0.07:
        return Life([_Segment(0.0, seconds, "other:dance", danced(style, rng))], style)
    names = sorted({movement.label for movement in OTHER})
    name = names[int(rng.integers(len(names)))]
    return _trained(_chosen([each for each in OTHER if each.label == name], rng), style, rng, seconds)


def _idle_life(style: Style, rng: np.random.Generator, seconds: float) -> Life:
    """Idle things one after the other."""
    segments: list[_Segment] = []
    now, last = 0.0, None
    while now < seconds:
        lasts = min(float(rng.uniform(3.0, 12.0)), seconds - now + 0.01)
        at, last = _idle_at(style, rng, lasts + 1, last)
        if segments:
            before = segments[-1].at(segments[-1].end_s - segments[-1].start_s)
            way = float(rng.uniform(0.6, 1.4))
            segments.append(_Segment(now, now + way, IDLE_LABEL, _way(before, (), at(0.0), [way])))
            now += way
        segments.append(_Segment(now, now + lasts, IDLE_LABEL, at))
        now += lasts
    return Life(segments, style)


_DOWN = ("bench", "floor", "lying")


def _idle_at(style: Style, rng: np.random.Generator, seconds: float, last: str | None = None) -> tuple[At, str]:
    """Something idle that goes with what was before: nobody sits down on a bench in no time and gets up again."""
    kinds = {"pottering": 3.0, "rehearsed": 3.0, "walking": 2.0, "bench": 1.2, "floor": 0.6, "lying": 0.35}
    if last in _DOWN:
        kinds = {last: 1.0}
    elif last is not None:
        kinds = {kind: weight for kind, weight in kinds.items() if kind not in _DOWN}
    weights = np.array(list(kinds.values()))
    kind = str(rng.choice(list(kinds), p=weights / weights.sum()))
    if kind == "walking":
        return walked(style, rng), kind
    if kind == "rehearsed":
        name = str(rng.choice([each for each in IDLE if each != "sitting"]))
        return idled(name, style, rng), kind
    return pottered(style, rng, seconds, where="feet" if kind == "pottering" else kind), kind


def _trained(movement: Movement, style: Style, rng: np.random.Generator, seconds: float) -> Life:
    """A set, alone or with the way into it or out of it."""
    scene = rng.choice(["set", "into", "out"], p=[0.56, 0.24, 0.20])
    longest = seconds + movement.period_s[1]
    at = repeated(movement, style, rng, longest)
    if scene == "set":
        since = float(rng.uniform(0, movement.period_s[1])) if movement.keys else float(rng.uniform(0, 9))
        return Life([_Segment(0.0, seconds, movement.label, _later(at, since))], style, movement)
    idle_s = float(rng.uniform(1.0, 0.3 * seconds))
    idle_at, _ = _idle_at(style, rng, idle_s + 1, "feet")
    nodes = _nodes(movement, style, rng)
    legs = [float(rng.uniform(0.45, 1.3)) for _ in range(len(nodes) + 1)]
    way_s = sum(legs)
    if scene == "into":
        way = _way(idle_at(idle_s), nodes, at(0.0), legs)
        parts = [(idle_s, IDLE_LABEL, idle_at), (way_s, TRANSITION, way), (seconds, movement.label, at)]
    else:
        set_s = max(2.0, seconds - idle_s - way_s)
        way = _way(at(set_s), nodes[::-1], idle_at(0.0), legs)
        parts = [(set_s, movement.label, at), (way_s, TRANSITION, way), (seconds, IDLE_LABEL, idle_at)]
    segments, now = [], 0.0
    for lasts, label, each in parts:
        segments.append(_Segment(now, now + lasts, label, each))
        now += lasts
    return Life(segments, style, movement)


def _later(at: At, since_s: float) -> At:
    return lambda t: at(since_s + t)


def _way(before: Shown, nodes: Sequence[Array], after: Shown, legs: list[float]) -> At:
    """From one moment to another by way of stances; who has walked stays where they got to."""
    return blended_way([before.vector, *nodes, after.vector], legs, None)


_WAYS: dict[Anchor, tuple[tuple[Posture, ...], ...]] = {
    "hands": ((_CROUCH,), (_KNELT,), (_HALF_KNELT, _KNELT), (_BENT_DOWN, _CROUCH)),
    "forearms": ((_CROUCH, _KNELT), (_KNELT,), (_HALF_KNELT, _KNELT)),
    "knees": ((_KNELT,), (_HALF_KNELT, _KNELT), (_CROUCH, _KNELT)),
    "bar": (({**STAND, **OVERHEAD, "neck": -20},), ({**STAND, **OVERHEAD}, {"knee": 40, "hip_flex": 40, **OVERHEAD})),
}
_ON_SEAT: dict[bool, tuple[tuple[Posture, ...], ...]] = {
    True: (({**SEATED},), ({**STAND, "pitch": 30, "hip_flex": 70, "knee": 60}, SEATED)),
    False: (
        (_CROUCH, ON_FLOOR_LEGS_OUT),
        (_HALF_KNELT, ON_FLOOR_LEGS_OUT),
        (_CROUCH, {**HOOK, "pitch": -30, "hip_flex": 104}),
    ),
}
_STANDING: tuple[tuple[Posture, ...], ...] = ((), (), ({**STAND, **HANGING},), (_BENT_DOWN,), (_CROUCH,))


def _nodes(movement: Movement, style: Style, rng: np.random.Generator) -> list[Array]:
    """Stances on the way from standing to the start of a movement."""
    lies = abs(movement.base.get("pitch", 0.0)) > 50
    if movement.anchor == "pelvis":
        ways = _ON_SEAT[movement.seat_m > 0.2]
    elif movement.anchor == "lowest" and lies:
        ways = _ON_SEAT[False] if movement.base.get("pitch", 0.0) < 0 else _WAYS["knees"]
    else:
        ways = _WAYS.get(movement.anchor, _STANDING)
    way = ways[int(rng.integers(len(ways)))]
    return [_stance(posture, movement, style, rng) for posture in way]


def _stance(posture: Posture, movement: Movement, style: Style, rng: np.random.Generator) -> Array:
    sits = movement.anchor == "pelvis" and posture.get("pitch", 0.0) < 25 and posture.get("hip_flex", 0.0) > 80
    anchor: Anchor = "pelvis" if sits else "lowest"
    made = Movement("", "", {**STAND, **posture}, (), (1, 1), anchor, movement.seat_m, feet_down=sits)
    return np.asarray(key_poses(made, style.build, style.key_habit(rng), 0)[1][0])
