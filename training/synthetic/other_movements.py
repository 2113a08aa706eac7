"""What people do in a gym that is none of the fifteen exercises, as data: what a recogniser must turn away.

The name after ``other:`` is the movement. Many differ from an exercise in one thing only, because such ones are what a
recogniser takes for it.
"""

from dataclasses import replace

from training.synthetic.arms import (
    ALL_FOURS,
    AT_SIDES,
    BEHIND_HEAD,
    BENT_OVER,
    CLASPED,
    CROSSED,
    FORWARD,
    GUARD,
    HANGING,
    HOOK,
    LYING,
    ON_BACK,
    ON_FLOOR_LEGS_OUT,
    ON_HIPS,
    OVERHEAD,
    PRONE,
    RUNNER,
    SEATED,
    STAND,
    STRAIGHT_PLANK,
    Posture,
)
from training.synthetic.movement import Movement, there_and_back

Keys = tuple[tuple[float, Posture], ...]


def _other(
    name: str, base: Posture, keys: Keys | Posture, period: tuple[float, float] = (1.6, 4.0), **more: object
) -> Movement:
    frames = keys if isinstance(keys, tuple) else there_and_back(keys)
    return replace(Movement(f"other:{name}", name, base, frames, period), **more)  # type: ignore[arg-type]


def _left(posture: Posture) -> Posture:
    return {f"left_{name}": degrees for name, degrees in posture.items()}


def _with_other_side(keys: Keys) -> Keys:
    """A cycle in which the other side does the same half a cycle later; angles are all of one side, or of neither."""
    swapped = tuple(
        (phase + 0.5, {name.replace("left_", "right_") if "left_" in name else name.replace("right_", "left_"): at
                       for name, at in posture.items()})
        for phase, posture in keys
    )  # fmt: skip
    return (*keys, *swapped)


_SAT = {"anchor": "pelvis", "seat_m": 0.45, "feet_down": True}
_LAID = {"anchor": "pelvis", "seat_m": 0.0}
_LOW = {"anchor": "lowest"}
_FLOW = {"flow": True}


def _arms() -> tuple[Movement, ...]:
    stand = {**STAND, **AT_SIDES}
    circle: Keys = ((0.25, {"shoulder_flex": 80, "elbow": 6}), (0.5, {"shoulder_flex": 172, "elbow": 6}),
                    (0.75, {"shoulder_abd": 120, "shoulder_flex": -10, "elbow": 6}))  # fmt: skip
    small: Keys = ((0.25, {"shoulder_flex": 14}), (0.5, {"shoulder_abd": 98}), (0.75, {"shoulder_flex": -14}))
    bent_over_head: Posture = {"shoulder_flex": 168, "shoulder_abd": 10, "elbow": 116}
    pushed: Posture = {"shoulder_flex": 8, "shoulder_abd": 8, "elbow": 96}
    open_: Posture = {"shoulder_flex": 30, "shoulder_abd": 84, "shoulder_rot": 0, "elbow": 20}
    return (
        _other("arm_circle", stand, circle, (1.0, 2.6), **_FLOW),
        _other("arm_circle", {**STAND, "shoulder_abd": 88, "elbow": 5}, small, (0.6, 1.6), **_FLOW, weight=0.7),
        _other("front_raise", stand, {"shoulder_flex": 92, "elbow": 8}, held="dumbbells", weight=1.5),
        _other("front_raise", stand, _left({"shoulder_flex": 92, "elbow": 8}), sides="alternate", held="dumbbells"),
        _other("front_raise", stand, {"shoulder_flex": 165, "elbow": 8}, held="plate", weight=0.6),
        _other("triceps_extension", {**STAND, **OVERHEAD}, bent_over_head, held="dumbbells", weight=1.5),
        _other("triceps_extension", {**SEATED, **OVERHEAD}, bent_over_head, held="dumbbells", **_SAT),
        _other("triceps_extension", {**STAND, "left_shoulder_flex": 168, "left_elbow": 8}, {"left_elbow": 118},
               sides="one", held="dumbbells"),
        _other("skull_crusher", {**LYING, "knee": 80, "hip_abd": 14, "shoulder_flex": 90, "elbow": 6},
               {"shoulder_flex": 100, "elbow": 104}, anchor="pelvis", seat_m=0.45, feet_down=True, held="light_barbell"),
        _other("triceps_pushdown", {**STAND, "pitch": 8, **pushed}, {"elbow": 8, "shoulder_flex": 2}, (1.2, 3.0)),
        _other("triceps_kickback", {**BENT_OVER, "shoulder_flex": -4, "elbow": 92}, {"elbow": 6}, held="dumbbells"),
        _other("face_pull", {**STAND, **FORWARD}, {"shoulder_abd": 82, "shoulder_flex": 16, "shoulder_rot": 50, "elbow": 118}),
        _other("pull_apart", {**STAND, **FORWARD}, {"shoulder_flex": 6, "shoulder_abd": 86, "elbow": 5}),
        _other("upright_row", {**STAND, "shoulder_flex": 14, "elbow": 8}, {"shoulder_abd": 82, "shoulder_flex": 18,
               "shoulder_rot": -72, "elbow": 122}, held="light_barbell"),
        _other("reverse_fly", {**BENT_OVER, "elbow": 16}, {"shoulder_flex": 20, "shoulder_abd": 82}, held="dumbbells"),
        _other("shrug", stand, {"neck": 12, "shoulder_abd": 12, "elbow": 16}, (1.0, 2.4), held="dumbbells"),
        _other("pulldown", {**SEATED, "shoulder_flex": 168, "shoulder_abd": 26, "elbow": 8},
               {"shoulder_flex": 34, "shoulder_abd": 48, "elbow": 128, "pitch": -12}, **_SAT),
        _other("pulldown_straight", {**STAND, "pitch": 20, "shoulder_flex": 130, "elbow": 8}, {"shoulder_flex": 22}),
        _other("chest_fly", {**LYING, "knee": 80, "hip_abd": 14, "shoulder_flex": 88, "elbow": 18},
               {"shoulder_flex": 6, "shoulder_abd": 84, "elbow": 26}, anchor="pelvis", seat_m=0.45, feet_down=True, held="dumbbells"),
        _other("cable_crossover", {**STAND, "pitch": 14, **open_}, {"shoulder_flex": 54, "shoulder_abd": -8, "elbow": 14}),
        _other("press_forward", {**STAND, **CLASPED}, {"shoulder_flex": 88, "shoulder_rot": 0, "elbow": 6}, (1.2, 3.0)),
        _other("press_forward", {**SEATED, "shoulder_flex": 10, "shoulder_abd": 60, "elbow": 110},
               {"shoulder_flex": 84, "shoulder_abd": 10, "elbow": 8}, **_SAT),
        _other("pullover", {**LYING, "knee": 80, "shoulder_flex": 88, "elbow": 14}, {"shoulder_flex": 170}, **_LAID, held="plate"),
        _other("wrist_curl", {**SEATED, "pitch": 24, "shoulder_flex": 44, "elbow": 66}, {"wrist": 50, "elbow": 72}, (1.0, 2.2), **_SAT),
        _other("external_rotation", {**STAND, "elbow": 90, "shoulder_rot": -40}, {"shoulder_rot": 58}),
        _other("kettlebell_swing", {**STAND, "pitch": 52, "lumbar": 4, "hip_flex": 84, "knee": 36, "hip_abd": 12, "shoulder_flex": 20},
               {"pitch": -3, "hip_flex": 0, "knee": 5, "shoulder_flex": 88, "elbow": 6}, (1.2, 2.2), **_FLOW),
        _other("battle_rope", {**STAND, "pitch": 24, "hip_flex": 52, "knee": 44, "shoulder_flex": 40, "elbow": 34},
               ((0.5, {"left_shoulder_flex": 84, "right_shoulder_flex": 10}),), (0.4, 0.8), sides="alternate", **_FLOW),
        _other("wall_angel", {**STAND, "shoulder_abd": 70, "shoulder_rot": 88, "elbow": 95}, {"shoulder_abd": 150, "elbow": 30}),
        _other("dip", {"pitch": 12, "hip_flex": 8, "knee": 70, "shoulder_flex": -4, "shoulder_abd": 14, "elbow": 6, "foot_pitch": 80},
               {"pitch": 26, "shoulder_flex": -56, "elbow": 92, "hop": -0.12}, **_LOW),
        _other("bench_dip", {**SEATED, "hip_flex": 70, "knee": 30, "shoulder_flex": -28, "elbow": 8},
               {"shoulder_flex": -66, "elbow": 92, "hip_flex": 92, "hop": -0.12}, **_LOW),
    )  # fmt: skip


def _strikes_and_sports() -> tuple[Movement, ...]:
    stance = {**STAND, **GUARD, "pitch": 8, "knee": 18, "hip_flex": 24, "left_hip_flex": 34, "turn": 10}
    jab: Keys = ((0.14, {"left_shoulder_flex": 88, "left_elbow": 6, "twist": -20}), (0.3, {}))
    hook: Keys = (
        (0.16, {"left_shoulder_flex": 60, "left_shoulder_abd": 70, "left_elbow": 84, "twist": -34}),
        (0.36, {}),
    )
    upper: Keys = (
        (0.12, {"left_shoulder_flex": 0, "left_elbow": 70, "knee": 34}),
        (0.26, {"left_shoulder_flex": 84, "left_elbow": 92, "twist": -24}),
        (0.42, {}),
    )
    front: Keys = (
        (0.25, {"left_hip_flex": 88, "left_knee": 88}),
        (0.4, {"left_hip_flex": 92, "left_knee": 8, "pitch": -14}),
        (0.6, {"left_hip_flex": 70, "left_knee": 80}),
        (0.8, {}),
    )
    side: Keys = (
        (0.3, {"left_hip_flex": 70, "left_knee": 92, "roll": -10}),
        (0.45, {"left_hip_abd": 78, "left_knee": 10, "roll": -34}),
        (0.7, {}),
    )
    golf: Keys = (
        (0.35, {"twist": -58, "turn": 40, "shoulder_flex": 70, "left_shoulder_abd": -30, "right_elbow": 80}),
        (0.55, {"twist": 20}),
        (0.72, {"twist": 70, "pitch": 4, "shoulder_flex": 120, "left_elbow": 80}),
        (0.9, {}),
    )
    tennis: Keys = (
        (0.3, {"twist": -54, "right_shoulder_abd": 80, "right_shoulder_flex": -20, "right_elbow": 50}),
        (0.5, {"twist": 10, "right_shoulder_flex": 60, "right_elbow": 14}),
        (0.66, {"twist": 50, "right_shoulder_flex": 110, "right_shoulder_abd": -20, "right_elbow": 80}),
        (0.95, {}),
    )
    serve: Keys = (
        (
            0.3,
            {
                "left_shoulder_flex": 160,
                "right_shoulder_abd": 90,
                "right_shoulder_rot": 80,
                "right_elbow": 100,
                "pitch": -12,
            },
        ),
        (0.5, {"right_shoulder_flex": 165, "right_elbow": 10, "hop": 0.04}),
        (0.68, {"right_shoulder_flex": 30, "pitch": 26, "twist": 34}),
        (0.9, {}),
    )
    shot: Keys = (
        (0.3, {"knee": 56, "hip_flex": 62, "pitch": 14}),
        (0.5, {"shoulder_flex": 158, "elbow": 30, "hop": 0.08}),
        (0.75, {}),
    )
    chop: Keys = (
        (0.4, {"shoulder_flex": 20, "twist": 46, "pitch": 34, "hip_flex": 50, "knee": 36}),
        (0.5, {"shoulder_flex": 20, "twist": 46, "pitch": 34, "hip_flex": 50, "knee": 36}),
        (0.93, {}),
    )
    return (
        _other("punches", stance, jab, (0.6, 1.4), sides="alternate", weight=1.5),
        _other("punches", {**stance, **HANGING}, jab, (0.6, 1.6), sides="alternate"),
        _other("boxing", stance, hook, (0.7, 1.6), sides="alternate"),
        _other("boxing", stance, upper, (0.8, 1.8), sides="alternate"),
        _other("backfist_punch", stance, ((0.2, {"left_shoulder_abd": 88, "left_elbow": 10, "twist": 30}), (0.45, {})), (0.8, 1.8), sides="one"),
        _other("front_kick", stance, front, (1.2, 2.6), sides="alternate", **_LOW),
        _other("side_kick", stance, side, (1.4, 3.0), sides="one", **_LOW),
        _other("golf_swing", {**STAND, "pitch": 30, "hip_flex": 42, "knee": 18, "shoulder_flex": 34, "shoulder_abd": -14, "elbow": 4, "neck": 10}, golf, (2.4, 5.0), **_FLOW),
        _other("tennis", {**STAND, "knee": 24, "hip_flex": 30, "pitch": 10, "elbow": 80}, tennis, (1.6, 3.6), **_FLOW),
        _other("tennis_serve", stance, serve, (2.0, 4.0), **_FLOW),
        _other("basketball", {**STAND, **GUARD, "knee": 20, "hip_flex": 22}, shot, (1.6, 3.4), **_FLOW),
        _other("football", {**STAND, "elbow": 40}, ((0.3, {"left_hip_flex": -30, "left_knee": 70}), (0.45, {"left_hip_flex": 60, "left_knee": 12, "right_shoulder_flex": 40}), (0.8, {})), (1.2, 2.6), sides="one", **_LOW, **_FLOW),
        _other("side_chop", {**STAND, "shoulder_flex": 150, "twist": -36, "elbow": 10}, chop, (1.6, 3.4), sides="one", held="plate"),
        _other("throw", {**STAND, **OVERHEAD}, ((0.3, {"shoulder_flex": 20, "pitch": 62, "hip_flex": 90, "knee": 50}), (0.55, {"shoulder_flex": 40, "pitch": 60, "hip_flex": 100, "knee": 70}), (0.95, {})), (1.8, 3.6), **_FLOW),
    )  # fmt: skip


def _on_feet() -> tuple[Movement, ...]:
    run: Keys = _with_other_side(
        (
            (
                0.12,
                {
                    "left_hip_flex": 46,
                    "left_knee": 70,
                    "left_foot_pitch": 40,
                    "right_shoulder_flex": 26,
                    "left_shoulder_flex": -26,
                    "hop": 0.03,
                },
            ),
            (0.34, {"left_hip_flex": 4, "left_knee": 18, "right_hip_flex": -12, "right_knee": 40, "hop": 0.0}),
        )
    )
    knees: Keys = (
        (0.25, {"left_hip_flex": 92, "left_knee": 94, "left_foot_pitch": 24, "right_shoulder_flex": 30, "hop": 0.02}),
        (0.5, {}),
        (0.75, {"right_hip_flex": 92, "right_knee": 94, "right_foot_pitch": 24, "left_shoulder_flex": 30, "hop": 0.02}),
    )
    butt: Keys = (
        (0.25, {"left_knee": 122, "left_hip_flex": -2, "left_foot_pitch": 110, "hop": 0.02}),
        (0.5, {}),
        (0.75, {"right_knee": 122, "right_hip_flex": -2, "right_foot_pitch": 110, "hop": 0.02}),
    )
    step_up: Keys = (
        (0.2, {"left_hip_flex": 76, "left_knee": 84}),
        (0.42, {"left_hip_flex": 20, "left_knee": 24, "hop": 0.12}),
        (0.5, {"hop": 0.2}),
        (0.62, {"hop": 0.2}),
        (0.8, {"left_hip_flex": 60, "left_knee": 66, "hop": 0.04}),
        (0.95, {}),
    )
    box: Keys = (
        (0.2, {"pitch": 40, "hip_flex": 100, "knee": 84, "shoulder_flex": -40}),
        (0.34, {"hop": 0.2, "shoulder_flex": 100, "hip_flex": 60, "knee": 70}),
        (0.46, {"hop": 0.26, "pitch": 30, "hip_flex": 96, "knee": 92, "shoulder_flex": 60}),
        (0.6, {"hop": 0.28}),
        (0.72, {"hop": 0.28}),
        (0.86, {"pitch": 10, "hip_flex": 30, "knee": 40}),
        (0.95, {}),
    )
    squat_jump: Keys = (
        (0.36, {"pitch": 38, "hip_flex": 126, "knee": 112, "shoulder_flex": 20}),
        (0.6, {"hop": 0.13, "shoulder_flex": 60, "foot_pitch": 40}),
        (0.82, {"pitch": 20, "hip_flex": 64, "knee": 62}),
        (0.97, {}),
    )
    burpee: Keys = (
        (0.14, {"pitch": 72, "hip_flex": 164, "knee": 116, "shoulder_flex": 80}),
        (0.3, {**STRAIGHT_PLANK, "hip_abd": 3}),
        (0.42, {**STRAIGHT_PLANK, "pitch": 84, "elbow": 92, "shoulder_flex": 22, "shoulder_abd": 40}),
        (0.54, {**STRAIGHT_PLANK}),
        (0.7, {"pitch": 70, "hip_flex": 160, "knee": 114, "shoulder_flex": 80}),
        (0.86, {**OVERHEAD, "hop": 0.12, "foot_pitch": 36}),
        (0.97, {}),
    )
    stand_leg = {**STAND, **ON_HIPS}
    hinge: Posture = {"pitch": 72, "lumbar": 6, "neck": -26, "hip_flex": 80, "knee": 18}
    return (
        _other("calf_raise", {**STAND, **AT_SIDES}, {"foot_pitch": 36}, (1.0, 2.8), weight=1.5),
        _other("calf_raise", {**STAND, **ON_HIPS}, {"foot_pitch": 36}, (1.0, 2.8)),
        _other("tibialis_raise", {**STAND, "pitch": -6}, {"foot_pitch": -24}, (1.0, 2.4)),
        _other("good_morning", {**STAND, **ON_BACK}, hinge, held="light_barbell"),
        _other("good_morning", {**STAND, **BEHIND_HEAD}, {**hinge, "knee": 8, "hip_flex": 74}),
        _other("romanian_deadlift", {**STAND, "shoulder_flex": 10, "elbow": 4}, {**hinge, "shoulder_flex": 66}, (2.0, 4.5), held="barbell", weight=1.5),
        _other("single_leg_deadlift", {**STAND, "elbow": 4}, {"pitch": 74, "left_hip_flex": 74, "left_knee": 14, "right_hip_flex": -6, "right_foot_pitch": 80, "shoulder_flex": 70}, sides="one", **_LOW),
        _other("step_up", {**STAND, **HANGING}, step_up, (1.8, 3.6), sides="alternate", **_FLOW, **_LOW),
        _other("box_jump", {**STAND, **HANGING}, box, (2.4, 4.5), **_FLOW, **_LOW),
        _other("squat_jump", {**STAND, **HANGING}, squat_jump, (1.2, 2.4), **_FLOW, **_LOW),
        _other("burpee", {**STAND, **HANGING}, burpee, (2.6, 5.0), **_FLOW, **_LOW, weight=2.0),
        _other("run", {**STAND, **RUNNER, "pitch": 6}, run, (0.55, 0.85), **_FLOW, **_LOW, weight=2.0),
        _other("high_knees", {**STAND, **RUNNER}, knees, (0.55, 1.1), **_FLOW, **_LOW, weight=1.5),
        _other("high_knees", {**STAND, **ON_HIPS}, knees, (1.2, 2.4), **_FLOW, **_LOW),
        _other("butt_kicks", {**STAND, **RUNNER}, butt, (0.55, 1.0), **_FLOW, **_LOW),
        _other("side_leg_raise", stand_leg, {"left_hip_abd": 44, "roll": -8}, sides="one", **_LOW),
        _other("leg_swings", {**STAND, **HANGING}, ((0.3, {"left_hip_flex": 62, "left_knee": 10}), (0.75, {"left_hip_flex": -34, "left_knee": 20})), (1.0, 2.0), sides="one", **_FLOW, **_LOW),
        _other("standing_leg_raise", stand_leg, {"left_hip_flex": 84, "left_knee": 12}, sides="alternate", **_LOW),
        _other("standing_leg_raise", {**STAND, **HANGING}, {"left_hip_flex": 96, "left_knee": 100}, sides="alternate", **_LOW),
        _other("leg_curl", stand_leg, {"left_knee": 100, "left_foot_pitch": 100}, sides="one", **_LOW),
        _other("bulgarian_split_squat", {**STAND, **AT_SIDES, "left_hip_flex": 24, "left_knee": 10, "right_hip_flex": -20, "right_knee": 70, "right_foot_pitch": 120},
               {"pitch": 14, "left_hip_flex": 100, "left_knee": 96, "right_knee": 104, "right_hip_flex": 0}, sides="one", **_LOW, weight=0.7),
        _other("wall_sit", {**STAND, "hip_flex": 90, "knee": 90, "shoulder_abd": 10}, (), (20.0, 40.0)),
        _other("wall_sit", {**STAND, **CROSSED, "hip_flex": 90, "knee": 90}, (), (20.0, 40.0)),
        _other("side_bend", {**STAND, **AT_SIDES}, {"roll": 26, "left_shoulder_abd": 4}, sides="alternate", held="dumbbells"),
        _other("side_bend", {**STAND, **BEHIND_HEAD}, {"roll": 24}, sides="alternate"),
        _other("standing_twist", {**STAND, **CLASPED}, {"twist": 48, "turn": 20}, (1.0, 2.4), sides="alternate"),
        _other("march", {**STAND, **HANGING}, {"left_hip_flex": 62, "left_knee": 70, "right_shoulder_flex": 28}, (0.9, 1.8), sides="alternate", **_LOW),
        _other("skater", {**STAND, **RUNNER, "pitch": 24, "hip_flex": 46, "knee": 40}, ((0.25, {"aside": -0.2, "hop": 0.03}), (0.5, {"aside": -0.34, "right_hip_flex": 10, "right_knee": 70, "roll": -14}), (0.75, {"aside": -0.2, "hop": 0.03})), (1.2, 2.4), **_FLOW, **_LOW),
        _other("neck_stretch", {**STAND, **HANGING}, {"neck": 24, "turn": 34}, (3.0, 8.0)),
        _other("toe_touch", {**STAND, **OVERHEAD}, {"pitch": 86, "lumbar": 22, "hip_flex": 92, "shoulder_flex": 88, "knee": 6}, (2.2, 5.0)),
        _other("chest_expansion", {**STAND, **FORWARD}, {"shoulder_flex": 0, "shoulder_abd": 82, "elbow": 70}, (1.4, 3.0)),
        _other("elbow_to_knee", {**STAND, **BEHIND_HEAD}, {"left_hip_flex": 92, "left_knee": 96, "twist": 28, "pitch": 14}, (1.2, 2.6), sides="alternate", **_LOW),
    )  # fmt: skip


def _on_floor() -> tuple[Movement, ...]:
    behind = {"shoulder_flex": 112, "shoulder_abd": 44, "elbow": 146}
    curled: Posture = {"pitch": -78, "lumbar": 34, "neck": 24, "hip_flex": 56}
    bicycle: Keys = (
        (0.25, {"left_hip_flex": 104, "left_knee": 96, "right_hip_flex": 24, "right_knee": 12, "twist": 26}),
        (0.75, {"right_hip_flex": 104, "right_knee": 96, "left_hip_flex": 24, "left_knee": 12, "twist": -26}),
    )
    flutter: Keys = (
        (0.25, {"left_hip_flex": 42, "right_hip_flex": 12}),
        (0.75, {"left_hip_flex": 12, "right_hip_flex": 42}),
    )
    climb: Keys = (
        (0.25, {"left_hip_flex": 102, "left_knee": 104, "left_foot_pitch": 60}),
        (0.5, {}),
        (0.75, {"right_hip_flex": 102, "right_knee": 104, "right_foot_pitch": 60}),
    )
    pike: Posture = {
        **STRAIGHT_PLANK,
        "pitch": 112,
        "hip_flex": 84,
        "shoulder_flex": 148,
        "neck": -10,
        "foot_pitch": 40,
    }
    elbows: Posture = {**STRAIGHT_PLANK, "pitch": 82, "shoulder_flex": 82, "elbow": 92}
    side: Posture = {
        "roll": 66,
        "pitch": 0,
        "right_shoulder_abd": 88,
        "right_elbow": 6,
        "left_shoulder_abd": 84,
        "left_elbow": 8,
        "foot_pitch": 40,
        "hip_flex": 2,
        "knee": 3,
    }
    v_sit: Posture = {"pitch": -42, "lumbar": 14, "hip_flex": 82, "knee": 66, "hip_abd": 4, "neck": 10}
    tucked: Posture = {
        "pitch": 80,
        "lumbar": 24,
        "neck": 10,
        "hip_flex": 150,
        "knee": 148,
        "foot_pitch": 150,
        "shoulder_flex": 150,
        "elbow": 12,
    }
    cobra: Posture = {
        **PRONE,
        "pitch": 62,
        "lumbar": -30,
        "neck": -30,
        "hip_flex": -16,
        "shoulder_flex": 36,
        "shoulder_abd": 14,
        "elbow": 24,
    }
    return (
        _other("crunch", {**HOOK, **behind}, curled, (1.2, 3.0), **_LAID, feet_down=True, weight=2.0),
        _other("crunch", {**HOOK, **CROSSED}, curled, (1.2, 3.0), **_LAID, feet_down=True),
        _other("crunch", {**HOOK, **behind, "hip_flex": 88, "knee": 90}, {**curled, "hip_flex": 100}, (1.2, 3.0), **_LAID),
        _other("reverse_crunch", {**LYING, "hip_flex": 60, "knee": 70}, {"hip_flex": 122, "knee": 100, "pitch": -112}, **_LAID),
        _other("bicycle_crunch", {**LYING, **behind, "lumbar": 24, "hip_flex": 60, "knee": 60}, bicycle, (1.0, 2.6), **_LAID, **_FLOW, weight=1.5),
        _other("leg_raise", LYING, {"hip_flex": 84}, **_LAID, weight=1.5),
        _other("leg_raise", {**LYING, "right_hip_flex": 46, "right_knee": 96}, {"left_hip_flex": 76}, **_LAID, sides="one"),
        _other("flutter_kicks", {**LYING, "hip_flex": 26, "lumbar": 12}, flutter, (0.5, 1.2), **_LAID, **_FLOW),
        _other("heel_slide", {**LYING}, {"left_hip_flex": 58, "left_knee": 108}, (2.0, 4.5), **_LAID, sides="one"),
        _other("v_up", {**LYING, **OVERHEAD}, {"pitch": -48, "lumbar": 22, "hip_flex": 92, "shoulder_flex": 88}, **_LAID),
        _other("glute_bridge", HOOK, {"pitch": -116, "hip_flex": 2, "knee": 94, "neck": 34}, **_LOW, weight=2.0),
        _other("superman", {**PRONE, "shoulder_flex": 166, "elbow": 8, "shoulder_abd": 14}, {"lumbar": -26, "hip_flex": -16, "neck": -30}, (1.8, 4.5), **_LOW),
        _other("superman", {**PRONE, "shoulder_flex": 166, "elbow": 8}, {"left_shoulder_flex": 186, "right_hip_flex": -20, "lumbar": -10}, (1.6, 3.4), **_LOW, sides="alternate"),
        _other("russian_twist", {**v_sit, **CLASPED}, {"twist": 48}, (0.9, 2.4), **_LAID, sides="alternate", weight=1.5),
        _other("pilates_balance_point", {**v_sit, "shoulder_flex": 60, "elbow": 6, "knee": 30, "hip_flex": 96}, {"pitch": -34}, (3.0, 8.0), **_LAID),
        _other("side_plank", side, (), (20.0, 40.0), **_LOW, sides="one", weight=1.5),
        _other("side_plank_dip", side, {"roll": 84, "hip_abd": -6}, **_LOW, sides="one"),
        _other("mountain_climber", STRAIGHT_PLANK, climb, (0.6, 1.6), anchor="own_feet", **_FLOW, weight=1.5),
        _other("mountain_climber", STRAIGHT_PLANK, climb, (0.6, 1.6), **_FLOW, **_LOW),
        _other("shoulder_taps", STRAIGHT_PLANK, ((0.3, {"left_shoulder_flex": 56, "left_shoulder_rot": -60, "left_elbow": 130}), (0.5, {})), (1.0, 2.2), **_LOW, sides="alternate"),
        _other("renegade_row", STRAIGHT_PLANK, {"left_shoulder_flex": -10, "left_elbow": 100}, (1.6, 3.4), **_LOW, sides="alternate"),
        _other("plank_leg_raise", STRAIGHT_PLANK, {"left_hip_flex": -26}, **_LOW, sides="alternate"),
        _other("plank_jump", STRAIGHT_PLANK, ((0.4, {"hip_abd": 24}), (0.5, {"hip_abd": 24}), (0.93, {})), (0.8, 1.6), **_LOW),
        _other("plank_up_down", STRAIGHT_PLANK, elbows, (1.8, 3.6), **_LOW),
        _other("elbow_pike", elbows, {"pitch": 104, "hip_flex": 62, "shoulder_flex": 120}, **_LOW),
        _other("pike_push_up", pike, {"elbow": 84, "shoulder_flex": 118, "shoulder_abd": 34, "pitch": 120}, **_LOW),
        _other("downward_dog", pike, (), (20.0, 40.0), **_LOW),
        _other("cobra_pose", cobra, {"pitch": 74, "lumbar": -20, "elbow": 70}, (4.0, 9.0), **_LOW, weight=1.5),
        _other("childs_pose", tucked, {"pitch": 74, "shoulder_flex": 144}, (5.0, 12.0), **_LOW, weight=1.5),
        _other("cat_cow", ALL_FOURS, {"lumbar": 26, "neck": 20}, (2.4, 6.0), **_LOW),
        _other("bird_dog", ALL_FOURS, {"left_shoulder_flex": 172, "right_hip_flex": 2, "right_knee": 8}, (2.2, 5.0), **_LOW, sides="alternate", weight=1.5),
        _other("donkey_kick", ALL_FOURS, {"left_hip_flex": 6, "left_knee": 88}, (1.2, 2.8), **_LOW, sides="one"),
        _other("yoga_forward_bend", {**ON_FLOOR_LEGS_OUT, "shoulder_flex": 60}, {"pitch": 40, "lumbar": 26, "hip_flex": 124, "shoulder_flex": 110}, (4.0, 10.0), **_LAID),
        _other("lying_still", LYING, (), (20.0, 60.0), **_LAID),
        _other("get_up", LYING, ((0.2, {"pitch": -30, "lumbar": 24, "hip_flex": 74}), (0.4, {"pitch": 30, "hip_flex": 118, "left_hip_flex": 96, "left_knee": 96, "right_knee": 96, "right_hip_flex": 30}), (0.56, {**STAND, "neck": 0, "pitch": 4, "foot_pitch": 0}), (0.7, {"pitch": 30, "hip_flex": 118, "left_hip_flex": 96, "left_knee": 96, "right_knee": 96, "right_hip_flex": 30, "foot_pitch": 20}), (0.86, {"pitch": -30, "lumbar": 24, "hip_flex": 74})), (5.0, 9.0), **_LOW),
        _other("hip_thrust", {**SEATED, "pitch": -40, "hip_flex": 44, "knee": 92}, {"pitch": -84, "hip_flex": 0, "knee": 88}, **_LOW),
    )  # fmt: skip


def _on_machines() -> tuple[Movement, ...]:
    press: Posture = {"pitch": -38, "hip_flex": 106, "knee": 100, "hip_abd": 8, "foot_pitch": -40, "elbow": 20}
    rower: Keys = (
        (0.3, {"hip_flex": 60, "knee": 24, "pitch": -16, "shoulder_flex": 70}),
        (0.42, {"hip_flex": 62, "knee": 16, "pitch": -20, "shoulder_flex": -10, "elbow": 96}),
        (0.6, {"hip_flex": 72, "knee": 20, "pitch": 4, "shoulder_flex": 82, "elbow": 8}),
    )
    catch: Posture = {"pitch": 22, "hip_flex": 128, "knee": 116, "shoulder_flex": 92, "elbow": 6, "neck": -10}
    cycle: Keys = _with_other_side(
        ((0.25, {"left_hip_flex": 96, "left_knee": 100, "right_hip_flex": 56, "right_knee": 36}), (0.49, {}))
    )
    sat = {"anchor": "pelvis", "seat_m": 0.5}
    return (
        _other("leg_press", press, {"hip_flex": 62, "knee": 14}, **sat),
        _other("leg_extension", {**SEATED, "pitch": -8}, {"knee": 12}, **sat),
        _other("leg_curl", {**PRONE, "knee": 8}, {"knee": 104}, **_LOW),
        _other("leg_curl", {**SEATED, "pitch": -6, "knee": 8}, {"knee": 92}, **sat),
        _other("seated_leg_raise", SEATED, {"left_knee": 10, "left_hip_flex": 96}, **sat, sides="alternate"),
        _other("hip_adduction", {**SEATED, "hip_abd": 34}, {"hip_abd": 4}, **sat),
        _other("seated_calf_raise", SEATED, {"foot_pitch": 34, "hip_flex": 92}, (1.0, 2.4), **sat),
        _other("rowing_machine", catch, rower, (1.6, 3.0), anchor="pelvis", seat_m=0.3, **_FLOW),
        _other("cycling", {**SEATED, "pitch": 32, "hip_flex": 78, "knee": 68, "shoulder_flex": 74}, cycle, (0.6, 1.3), anchor="pelvis", seat_m=0.9, **_FLOW),
        _other("hanging_leg_raise", {"shoulder_flex": 176, "shoulder_abd": 12, "elbow": 4, "knee": 8}, {"hip_flex": 88, "knee": 20, "pitch": -8}, anchor="bar", grip=0.17),
        _other("dead_hang", {"shoulder_flex": 176, "shoulder_abd": 12, "elbow": 4, "knee": 20}, (), (10.0, 30.0), anchor="bar", grip=0.17),
    )  # fmt: skip


OTHER: tuple[Movement, ...] = (*_arms(), *_strikes_and_sports(), *_on_feet(), *_on_floor(), *_on_machines())
"""Movements that are none of the fifteen exercises; ``timeline`` adds dancing, which has no keys."""
