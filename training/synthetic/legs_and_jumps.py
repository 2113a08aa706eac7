"""Squats, lunges, jumping jacks and jump rope in the ways people do them, as data.

Derived from the joint angles of the rehearsal gym's ``EXERCISES``, which hold one way of each.
"""

from dataclasses import replace

from ingest.rehearsal.motions import EXERCISES
from training.synthetic.arms import (
    AT_SIDES,
    BEHIND_HEAD,
    CLASPED,
    CROSSED,
    FORWARD,
    FRONT_RACK,
    GOBLET,
    HANGING,
    ON_BACK,
    ON_HIPS,
    OVERHEAD,
    RUNNER,
    STAND,
    Posture,
)
from training.synthetic.movement import Keys, Movement, there_and_back


def squats() -> tuple[Movement, ...]:
    """Ways of doing them."""
    stand = {**STAND, "hip_abd": 7, "toe_out": 16}
    wide = {"hip_abd": 22, "toe_out": 38}
    deep: Posture = {"pitch": 38, "neck": -24, "hip_flex": 136, "hip_abd": 16, "knee": 126}
    upright: Posture = {"pitch": 20, "neck": -10, "hip_flex": 118, "hip_abd": 18, "knee": 124}
    low_bar: Posture = {"pitch": 52, "neck": -30, "hip_flex": 142, "hip_abd": 16, "knee": 112}
    half: Posture = {"pitch": 30, "neck": -16, "hip_flex": 92, "hip_abd": 12, "knee": 84}
    sumo: Posture = {"pitch": 22, "neck": -10, "hip_flex": 96, "hip_abd": 44, "knee": 104, "toe_out": 42}

    def squat(name: str, arms: Posture, down: Posture, low_arms: Posture | None = None, **more: object) -> Movement:
        base = {**stand, **arms}
        end = {**down, **(low_arms if low_arms is not None else {})}
        made = Movement("squat", name, base, there_and_back(end), (1.6, 4.2))
        return replace(made, **more)  # type: ignore[arg-type]  # fields of Movement by name

    reach = {"shoulder_flex": 116, "shoulder_abd": 4, "elbow": 8}
    still = {**FORWARD, "shoulder_flex": 116}
    return (
        squat("arms swing forward", HANGING, deep, reach, weight=3.0),
        squat("arms forward", FORWARD, deep, still, weight=2.5),
        squat("hands clasped", CLASPED, deep, weight=1.5),
        squat("hands meet below", HANGING, deep, {**CLASPED, "shoulder_flex": 62}, weight=1.5),
        squat("hands behind head", BEHIND_HEAD, deep),
        squat("hands on hips", ON_HIPS, deep),
        squat("arms crossed", CROSSED, deep, {"shoulder_flex": 66}),
        squat("arms hanging", HANGING, deep, {"shoulder_flex": 40}, weight=1.5),
        squat("barbell on back", ON_BACK, deep, held="barbell", weight=2.0),
        squat("low bar", ON_BACK, low_bar, held="barbell"),
        squat("front rack", FRONT_RACK, upright, held="barbell"),
        squat("goblet", GOBLET, upright, held="plate"),
        squat("dumbbells", AT_SIDES, deep, {"shoulder_flex": 38}, held="dumbbells"),
        squat("overhead", OVERHEAD, upright, {"shoulder_flex": 178}, held="light_barbell", weight=0.4),
        squat("half depth", HANGING, half, reach),
        squat("half depth, clasped", CLASPED, half),
        squat("half depth, barbell", ON_BACK, half, held="barbell"),
        replace(squat("sumo, clasped", CLASPED, sumo), base={**stand, **wide, **CLASPED}),
        replace(squat("sumo, weight hanging", HANGING, sumo, {"shoulder_flex": 22, "shoulder_abd": -4}),
                base={**stand, **wide, "shoulder_flex": 8, "shoulder_abd": -4, "elbow": 4}),
        replace(squat("narrow", HANGING, {**deep, "hip_abd": 5}, reach), base={**stand, **HANGING, "hip_abd": 1}),
    )  # fmt: skip


def lunges() -> tuple[Movement, ...]:
    """Ways of doing them."""
    down: Posture = {"pitch": 6, "left_hip_flex": 94, "left_knee": 92, "right_hip_flex": -6, "right_knee": 88,
                     "right_foot_pitch": 54}  # fmt: skip
    stride: Posture = {"left_hip_flex": 62, "left_knee": 54, "right_foot_pitch": 14}
    back_stride: Posture = {"right_hip_flex": 10, "right_knee": 62, "right_foot_pitch": 60, "pitch": 8, "left_knee": 18,
                            "left_hip_flex": 14}  # fmt: skip
    knee_up: Posture = {"right_hip_flex": 84, "right_knee": 92, "right_foot_pitch": 20}
    split: Posture = {"left_hip_flex": 30, "left_knee": 12, "right_hip_flex": -24, "right_knee": 22,
                      "right_foot_pitch": 46}  # fmt: skip
    aside: Posture = {"left_hip_flex": 96, "left_knee": 88, "left_hip_abd": 20, "right_hip_abd": 42, "pitch": 30,
                      "right_hip_flex": 30}  # fmt: skip
    forward: Keys = ((0.2, stride), (0.44, down), (0.52, down), (0.78, stride), (0.93, {}))
    reverse: Keys = ((0.2, back_stride), (0.44, down), (0.52, down), (0.76, back_stride), (0.93, {}))
    driving = ((0.2, back_stride), (0.42, down), (0.48, down), (0.7, back_stride), (0.86, knee_up))

    def lunge(name: str, arms: Posture, keys: Keys, **more: object) -> Movement:
        base = {**STAND, "toe_out": 3, **arms}
        made = Movement("lunge", name, base, keys, (1.8, 4.2), "one_foot", sides="alternate", least_range=0.75)
        return replace(made, **more)  # type: ignore[arg-type]

    def in_place(name: str, arms: Posture, **more: object) -> Movement:
        made = lunge(name, {**arms, **split}, there_and_back(down), anchor="feet", sides="one", period_s=(1.4, 3.4))
        return replace(made, **more)  # type: ignore[arg-type]

    return (
        lunge("forward", HANGING, forward, weight=1.5),
        lunge("forward, hands on hips", ON_HIPS, forward, weight=1.5),
        lunge("forward, dumbbells", AT_SIDES, forward, held="dumbbells"),
        lunge("forward, one side", ON_HIPS, forward, sides="one"),
        lunge("reverse", HANGING, reverse, weight=1.2),
        lunge("reverse, clasped", CLASPED, reverse),
        lunge("reverse, dumbbells, one side", AT_SIDES, reverse, held="dumbbells", sides="one"),
        lunge("reverse to knee drive", CLASPED, driving, sides="one", weight=1.5),
        lunge("reverse to knee drive, running arms", RUNNER, driving, sides="one", weight=2.0),
        lunge("walking", HANGING, forward, travel=0.42, weight=1.2),
        lunge("walking, hands on hips", ON_HIPS, forward, travel=0.42),
        lunge("barbell on back", ON_BACK, forward, held="barbell"),
        lunge("overhead", OVERHEAD, forward, held="plate", weight=0.3),
        in_place("in place", HANGING, weight=1.5),
        in_place("in place, hands on hips", ON_HIPS, weight=1.5),
        in_place("in place, clasped", CLASPED),
        in_place("in place, dumbbells", AT_SIDES, held="dumbbells", weight=1.2),
        lunge("to the side", CLASPED, there_and_back(aside), anchor="own_feet", weight=0.4),
    )


def jumping_jacks() -> tuple[Movement, ...]:
    """Ways of doing them."""
    together = {**STAND, "hip_abd": 2, "toe_out": 6}
    apart: Posture = {"hip_abd": 22, "shoulder_abd": 160, "elbow": 16}

    def jack(name: str, end: Posture, period: tuple[float, float], hop: float, **more: object) -> Movement:
        keys = (
            (0.08, {"knee": 22, "hip_flex": 13, "pitch": 3}), (0.26, {**_share(end, 0.55), "hop": hop}),
            (0.44, {**end, "knee": 16, "hip_flex": 8}), (0.54, {**end, "knee": 20, "hip_flex": 10}),
            (0.74, {**_share(end, 0.5), "hop": hop}), (0.93, {"knee": 14, "hip_flex": 8}),
        )  # fmt: skip
        made = Movement("jumping_jack", name, together, keys, period, "own_feet", flow=True, least_range=0.7)
        return replace(made, **more)  # type: ignore[arg-type]

    return (
        jack("full", apart, (0.8, 1.5), 0.035, weight=3.0),
        jack("arms straight out", {**apart, "elbow": 3, "shoulder_abd": 172}, (0.9, 1.6), 0.03),
        jack("arms bent", {**apart, "elbow": 46, "shoulder_abd": 140}, (0.8, 1.5), 0.03),
        jack("arms to the shoulders", {**apart, "shoulder_abd": 96}, (0.8, 1.4), 0.03),
        jack("half", {"hip_abd": 15, "shoulder_abd": 76, "elbow": 22}, (0.7, 1.3), 0.02, weight=0.7),
        jack("slow, stepping", apart, (1.4, 2.6), 0.0),
        jack("wide", {**apart, "hip_abd": 31}, (1.0, 1.7), 0.04),
    )


def _share(posture: Posture, share: float) -> Posture:
    """Part of the way from a base whose angles are small."""
    return {name: degrees * share for name, degrees in posture.items()}


def jump_ropes() -> tuple[Movement, ...]:
    """Ways of doing them."""
    base = {**EXERCISES["jump_rope"].start}
    up: Posture = {"hip_flex": 5, "knee": 10, "foot_pitch": 34, "shoulder_rot": 38, "elbow": 68}
    run: Keys = (
        (0.25, {"left_hip_flex": 34, "left_knee": 56, "left_foot_pitch": 40, "hop": 0.025, "right_foot_pitch": 20}),
        (0.5, {}),
        (0.75, {"right_hip_flex": 34, "right_knee": 56, "right_foot_pitch": 40, "hop": 0.025, "left_foot_pitch": 20}),
    )

    def rope(name: str, arms: Posture, hop: float, period: tuple[float, float], **more: object) -> Movement:
        keys = ((0.5, {**up, "hop": hop}),)
        made = Movement("jump_rope", name, {**base, **arms}, keys, period, "lowest", flow=True, held="rope")
        return replace(made, least_range=0.8, **more)  # type: ignore[arg-type]

    return (
        rope("small hops", {}, 0.04, (0.38, 0.6), weight=2.0),
        rope("high hops", {}, 0.07, (0.45, 0.75)),
        rope("wide arms", {"shoulder_abd": 34, "elbow": 46}, 0.04, (0.4, 0.65)),
        rope("arms forward", {"shoulder_flex": 16, "elbow": 84}, 0.04, (0.4, 0.65)),
        rope("no rope, wrists", {"elbow": 76, "shoulder_abd": 20}, 0.03, (0.38, 0.6)),
        replace(rope("running step", {}, 0.03, (0.55, 0.9), weight=1.5), keys=run),
        replace(rope("double bounce", {}, 0.05, (0.7, 1.1)),
                keys=((0.25, {**up, "hop": 0.05}), (0.5, {}), (0.75, {**up, "hop": 0.018}))),
    )  # fmt: skip
