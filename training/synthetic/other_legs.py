"""What is done on the feet or on machines and is none of the fifteen exercises, as data."""

from typing import Any

from training.synthetic.arms import (
    AT_SIDES,
    BEHIND_HEAD,
    CLASPED,
    CROSSED,
    FORWARD,
    HANGING,
    ON_BACK,
    ON_HIPS,
    OVERHEAD,
    PRONE,
    RUNNER,
    SEATED,
    STAND,
    STRAIGHT_PLANK,
    Posture,
)
from training.synthetic.movement import Keys, Movement
from training.synthetic.other_building import FLOW, LOW, other, with_other_side


def _on_feet() -> tuple[Movement, ...]:
    run: Keys = with_other_side(
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
        other("calf_raise", {**STAND, **AT_SIDES}, {"foot_pitch": 36}, (1.0, 2.8), weight=1.5),
        other("calf_raise", {**STAND, **ON_HIPS}, {"foot_pitch": 36}, (1.0, 2.8)),
        other("tibialis_raise", {**STAND, "pitch": -6}, {"foot_pitch": -24}, (1.0, 2.4)),
        other("good_morning", {**STAND, **ON_BACK}, hinge, held="light_barbell"),
        other("good_morning", {**STAND, **BEHIND_HEAD}, {**hinge, "knee": 8, "hip_flex": 74}),
        other("romanian_deadlift", {**STAND, "shoulder_flex": 10, "elbow": 4}, {**hinge, "shoulder_flex": 66}, (2.0,
               4.5), held="barbell", weight=1.5),
        other("step_up", {**STAND, **HANGING}, step_up, (1.8, 3.6), sides="alternate", **FLOW, **LOW),
        other("box_jump", {**STAND, **HANGING}, box, (2.4, 4.5), **FLOW, **LOW),
        other("squat_jump", {**STAND, **HANGING}, squat_jump, (1.2, 2.4), **FLOW, **LOW),
        other("burpee", {**STAND, **HANGING}, burpee, (2.6, 5.0), **FLOW, **LOW, weight=2.0),
        other("run", {**STAND, **RUNNER, "pitch": 6}, run, (0.55, 0.85), **FLOW, **LOW, weight=2.0),
        other("high_knees", {**STAND, **RUNNER}, knees, (0.55, 1.1), **FLOW, **LOW, weight=1.5),
        other("high_knees", {**STAND, **ON_HIPS}, knees, (1.2, 2.4), **FLOW, **LOW),
        other("butt_kicks", {**STAND, **RUNNER}, butt, (0.55, 1.0), **FLOW, **LOW),
        other("side_leg_raise", stand_leg, {"left_hip_abd": 44, "roll": -8}, sides="one", **LOW),
        other("leg_swings", {**STAND, **HANGING}, ((0.3, {"left_hip_flex": 62, "left_knee": 10}), (0.75,
               {"left_hip_flex": -34, "left_knee": 20})), (1.0, 2.0), sides="one", **FLOW, **LOW),
        other("standing_leg_raise", stand_leg, {"left_hip_flex": 84, "left_knee": 12}, sides="alternate", **LOW),
        other("standing_leg_raise", {**STAND, **HANGING}, {"left_hip_flex": 96, "left_knee": 100},
               sides="alternate", **LOW),
        other("leg_curl", stand_leg, {"left_knee": 100, "left_foot_pitch": 100}, sides="one", **LOW),
        other("bulgarian_split_squat", {**STAND, **AT_SIDES, "left_hip_flex": 24, "left_knee": 10,
               "right_hip_flex": -20, "right_knee": 70, "right_foot_pitch": 120},
               {"pitch": 14, "left_hip_flex": 100, "left_knee": 96, "right_knee": 104, "right_hip_flex": 0},
                      sides="one", **LOW, weight=0.7),
        other("wall_sit", {**STAND, "hip_flex": 90, "knee": 90, "shoulder_abd": 10}, (), (20.0, 40.0)),
        other("wall_sit", {**STAND, **CROSSED, "hip_flex": 90, "knee": 90}, (), (20.0, 40.0)),
        other("side_bend", {**STAND, **AT_SIDES}, {"roll": 26, "left_shoulder_abd": 4}, sides="alternate",
               held="dumbbells"),
        other("side_bend", {**STAND, **BEHIND_HEAD}, {"roll": 24}, sides="alternate"),
        other("standing_twist", {**STAND, **CLASPED}, {"twist": 48, "turn": 20}, (1.0, 2.4), sides="alternate"),
        other("march", {**STAND, **HANGING}, {"left_hip_flex": 62, "left_knee": 70, "right_shoulder_flex": 28},
               (0.9, 1.8), sides="alternate", **LOW),
        other("skater", {**STAND, **RUNNER, "pitch": 24, "hip_flex": 46, "knee": 40}, ((0.25, {"aside": -0.2,
               "hop": 0.03}), (0.5, {"aside": -0.34, "right_hip_flex": 10, "right_knee": 70, "roll": -14}), (0.75,
               {"aside": -0.2, "hop": 0.03})), (1.2, 2.4), **FLOW, **LOW),
        other("neck_stretch", {**STAND, **HANGING}, {"neck": 24, "turn": 34}, (3.0, 8.0)),
        other("toe_touch", {**STAND, **OVERHEAD}, {"pitch": 86, "lumbar": 22, "hip_flex": 92, "shoulder_flex": 88,
               "knee": 6}, (2.2, 5.0)),
        other("chest_expansion", {**STAND, **FORWARD}, {"shoulder_flex": 0, "shoulder_abd": 82, "elbow": 70}, (1.4,
               3.0)),
        other("elbow_to_knee", {**STAND, **BEHIND_HEAD}, {"left_hip_flex": 92, "left_knee": 96, "twist": 28,
               "pitch": 14}, (1.2, 2.6), sides="alternate", **LOW),
    )  # fmt: skip


def _on_machines() -> tuple[Movement, ...]:
    press: Posture = {"pitch": -38, "hip_flex": 106, "knee": 100, "hip_abd": 8, "foot_pitch": -40, "elbow": 20}
    rower: Keys = (
        (0.3, {"hip_flex": 60, "knee": 24, "pitch": -16, "shoulder_flex": 70}),
        (0.42, {"hip_flex": 62, "knee": 16, "pitch": -20, "shoulder_flex": -10, "elbow": 96}),
        (0.6, {"hip_flex": 72, "knee": 20, "pitch": 4, "shoulder_flex": 82, "elbow": 8}),
    )
    catch: Posture = {"pitch": 22, "hip_flex": 128, "knee": 116, "shoulder_flex": 92, "elbow": 6, "neck": -10}
    cycle: Keys = with_other_side(
        ((0.25, {"left_hip_flex": 96, "left_knee": 100, "right_hip_flex": 56, "right_knee": 36}), (0.49, {}))
    )
    sat: dict[str, Any] = {"anchor": "pelvis", "seat_m": 0.5}
    return (
        other("leg_press", press, {"hip_flex": 62, "knee": 14}, **sat),
        other("leg_extension", {**SEATED, "pitch": -8}, {"knee": 12}, **sat),
        other("leg_curl", {**PRONE, "knee": 8}, {"knee": 104}, **LOW),
        other("leg_curl", {**SEATED, "pitch": -6, "knee": 8}, {"knee": 92}, **sat),
        other("seated_leg_raise", SEATED, {"left_knee": 10, "left_hip_flex": 96}, **sat, sides="alternate"),
        other("hip_adduction", {**SEATED, "hip_abd": 34}, {"hip_abd": 4}, **sat),
        other("seated_calf_raise", SEATED, {"foot_pitch": 34, "hip_flex": 92}, (1.0, 2.4), **sat),
        other("rowing_machine", catch, rower, (1.6, 3.0), anchor="pelvis", seat_m=0.3, **FLOW),
        other("cycling", {**SEATED, "pitch": 32, "hip_flex": 78, "knee": 68, "shoulder_flex": 74}, cycle, (0.6,
               1.3), anchor="pelvis", seat_m=0.9, **FLOW),
        other("hanging_leg_raise", {"shoulder_flex": 176, "shoulder_abd": 12, "elbow": 4, "knee": 8},
               {"hip_flex": 88, "knee": 20, "pitch": -8}, anchor="bar", grip=0.17),
        other("dead_hang", {"shoulder_flex": 176, "shoulder_abd": 12, "elbow": 4, "knee": 20}, (), (10.0, 30.0),
               anchor="bar", grip=0.17),
    )  # fmt: skip


OF_LEGS: tuple[Movement, ...] = (
    *_on_feet(),
    *_on_machines(),
)
