"""What is done on the floor and is none of the fifteen exercises, as data."""

from training.synthetic.arms import (
    ALL_FOURS,
    CLASPED,
    CROSSED,
    HOOK,
    LYING,
    ON_FLOOR_LEGS_OUT,
    OVERHEAD,
    PRONE,
    SEATED,
    STAND,
    STRAIGHT_PLANK,
    Posture,
)
from training.synthetic.movement import Keys, Movement
from training.synthetic.other_building import FLOW, LAID, LOW, other


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
        other("crunch", {**HOOK, **behind}, curled, (1.2, 3.0), **LAID, feet_down=True, weight=2.0),
        other("crunch", {**HOOK, **CROSSED}, curled, (1.2, 3.0), **LAID, feet_down=True),
        other("crunch", {**HOOK, **behind, "hip_flex": 88, "knee": 90}, {**curled, "hip_flex": 100}, (1.2, 3.0),
               **LAID),
        other("reverse_crunch", {**LYING, "hip_flex": 60, "knee": 70}, {"hip_flex": 122, "knee": 100,
               "pitch": -112}, **LAID),
        other("bicycle_crunch", {**LYING, **behind, "lumbar": 24, "hip_flex": 60, "knee": 60}, bicycle, (1.0, 2.6),
               **LAID, **FLOW, weight=1.5),
        other("leg_raise", LYING, {"hip_flex": 84}, **LAID, weight=1.5),
        other("leg_raise", {**LYING, "right_hip_flex": 46, "right_knee": 96}, {"left_hip_flex": 76}, **LAID,
               sides="one"),
        other("flutter_kicks", {**LYING, "hip_flex": 26, "lumbar": 12}, flutter, (0.5, 1.2), **LAID, **FLOW),
        other("heel_slide", {**LYING}, {"left_hip_flex": 58, "left_knee": 108}, (2.0, 4.5), **LAID, sides="one"),
        other("v_up", {**LYING, **OVERHEAD}, {"pitch": -48, "lumbar": 22, "hip_flex": 92, "shoulder_flex": 88},
               **LAID),
        other("glute_bridge", HOOK, {"pitch": -116, "hip_flex": 2, "knee": 94, "neck": 34}, **LOW, weight=2.0),
        other("superman", {**PRONE, "shoulder_flex": 166, "elbow": 8, "shoulder_abd": 14}, {"lumbar": -26,
               "hip_flex": -16, "neck": -30}, (1.8, 4.5), **LOW),
        other("superman", {**PRONE, "shoulder_flex": 166, "elbow": 8}, {"left_shoulder_flex": 186,
               "right_hip_flex": -20, "lumbar": -10}, (1.6, 3.4), **LOW, sides="alternate"),
        other("russian_twist", {**v_sit, **CLASPED}, {"twist": 48}, (0.9, 2.4), **LAID, sides="alternate",
               weight=1.5),
        other("pilates_balance_point", {**v_sit, "shoulder_flex": 60, "elbow": 6, "knee": 30, "hip_flex": 96},
               {"pitch": -34}, (3.0, 8.0), **LAID),
        other("side_plank", side, (), (20.0, 40.0), **LOW, sides="one", weight=1.5),
        other("side_plank_dip", side, {"roll": 84, "hip_abd": -6}, **LOW, sides="one"),
        other("mountain_climber", STRAIGHT_PLANK, climb, (0.6, 1.6), anchor="own_feet", **FLOW, weight=1.5),
        other("mountain_climber", STRAIGHT_PLANK, climb, (0.6, 1.6), **FLOW, **LOW),
        other("shoulder_taps", STRAIGHT_PLANK, ((0.3, {"left_shoulder_flex": 56, "left_shoulder_rot": -60,
               "left_elbow": 130}), (0.5, {})), (1.0, 2.2), **LOW, sides="alternate"),
        other("renegade_row", STRAIGHT_PLANK, {"left_shoulder_flex": -10, "left_elbow": 100}, (1.6, 3.4), **LOW,
               sides="alternate"),
        other("plank_leg_raise", STRAIGHT_PLANK, {"left_hip_flex": -26}, **LOW, sides="alternate"),
        other("plank_jump", STRAIGHT_PLANK, ((0.4, {"hip_abd": 24}), (0.5, {"hip_abd": 24}), (0.93, {})), (0.8,
               1.6), **LOW),
        other("plank_up_down", STRAIGHT_PLANK, elbows, (1.8, 3.6), **LOW),
        other("elbow_pike", elbows, {"pitch": 104, "hip_flex": 62, "shoulder_flex": 120}, **LOW),
        other("pike_push_up", pike, {"elbow": 84, "shoulder_flex": 118, "shoulder_abd": 34, "pitch": 120}, **LOW),
        other("downward_dog", pike, (), (20.0, 40.0), **LOW),
        other("cobra_pose", cobra, {"pitch": 74, "lumbar": -20, "elbow": 70}, (4.0, 9.0), **LOW, weight=1.5),
        other("childs_pose", tucked, {"pitch": 74, "shoulder_flex": 144}, (5.0, 12.0), **LOW, weight=1.5),
        other("cat_cow", ALL_FOURS, {"lumbar": 26, "neck": 20}, (2.4, 6.0), **LOW),
        other("bird_dog", ALL_FOURS, {"left_shoulder_flex": 172, "right_hip_flex": 2, "right_knee": 8}, (2.2, 5.0),
               **LOW, sides="alternate", weight=1.5),
        other("donkey_kick", ALL_FOURS, {"left_hip_flex": 6, "left_knee": 88}, (1.2, 2.8), **LOW, sides="one"),
        other("yoga_forward_bend", {**ON_FLOOR_LEGS_OUT, "shoulder_flex": 60}, {"pitch": 40, "lumbar": 26,
               "hip_flex": 124, "shoulder_flex": 110}, (4.0, 10.0), **LAID),
        other("get_up", LYING, ((0.2, {"pitch": -30, "lumbar": 24, "hip_flex": 74}), (0.4, {"pitch": 30,
               "hip_flex": 118, "left_hip_flex": 96, "left_knee": 96, "right_knee": 96, "right_hip_flex": 30}),
               (0.56, {**STAND, "neck": 0, "pitch": 4, "foot_pitch": 0}), (0.7, {"pitch": 30, "hip_flex": 118,
               "left_hip_flex": 96, "left_knee": 96, "right_knee": 96, "right_hip_flex": 30, "foot_pitch": 20}),
               (0.86, {"pitch": -30, "lumbar": 24, "hip_flex": 74})), (5.0, 9.0), **LOW),
        other("hip_thrust", {**SEATED, "pitch": -40, "hip_flex": 44, "knee": 92}, {"pitch": -84, "hip_flex": 0,
               "knee": 88}, **LOW),
    )  # fmt: skip


ON_FLOOR: tuple[Movement, ...] = (*_on_floor(),)
