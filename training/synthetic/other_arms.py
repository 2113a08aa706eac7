"""What arms do that is none of the fifteen exercises: raises, pulls, presses, strikes, throws and swings; as data."""

from training.synthetic.arms import (
    AT_SIDES,
    BENT_OVER,
    CLASPED,
    FORWARD,
    GUARD,
    HANGING,
    LYING,
    OVERHEAD,
    SEATED,
    STAND,
    Posture,
)
from training.synthetic.movement import Keys, Movement
from training.synthetic.other_building import FLOW, LAID, LOW, SAT, of_left, other


def _arms() -> tuple[Movement, ...]:
    stand = {**STAND, **AT_SIDES}
    circle: Keys = ((0.25, {"shoulder_flex": 80, "elbow": 6}), (0.5, {"shoulder_flex": 172, "elbow": 6}),
                    (0.75, {"shoulder_abd": 120, "shoulder_flex": -10, "elbow": 6}))  # fmt: skip
    small: Keys = ((0.25, {"shoulder_flex": 14}), (0.5, {"shoulder_abd": 98}), (0.75, {"shoulder_flex": -14}))
    bent_over_head: Posture = {"shoulder_flex": 168, "shoulder_abd": 10, "elbow": 116}
    pushed: Posture = {"shoulder_flex": 8, "shoulder_abd": 8, "elbow": 96}
    open_: Posture = {"shoulder_flex": 30, "shoulder_abd": 84, "shoulder_rot": 0, "elbow": 20}
    return (
        other("arm_circle", stand, circle, (1.0, 2.6), **FLOW),
        other("arm_circle", {**STAND, "shoulder_abd": 88, "elbow": 5}, small, (0.6, 1.6), **FLOW, weight=0.7),
        other("front_raise", stand, {"shoulder_flex": 92, "elbow": 8}, held="dumbbells", weight=1.5),
        other("front_raise", stand, of_left({"shoulder_flex": 92, "elbow": 8}), sides="alternate", held="dumbbells"),
        other("front_raise", stand, {"shoulder_flex": 165, "elbow": 8}, held="plate", weight=0.6),
        other("triceps_extension", {**STAND, **OVERHEAD}, bent_over_head, held="dumbbells", weight=1.5),
        other("triceps_extension", {**SEATED, **OVERHEAD}, bent_over_head, held="dumbbells", **SAT),
        other("triceps_extension", {**STAND, "left_shoulder_flex": 168, "left_elbow": 8}, {"left_elbow": 118},
               sides="one", held="dumbbells"),
        other("skull_crusher", {**LYING, "knee": 80, "hip_abd": 14, "shoulder_flex": 90, "elbow": 6},
               {"shoulder_flex": 100, "elbow": 104}, anchor="pelvis", seat_m=0.45, feet_down=True,
                      held="light_barbell"),
        other("triceps_pushdown", {**STAND, "pitch": 8, **pushed}, {"elbow": 8, "shoulder_flex": 2}, (1.2, 3.0)),
        other("triceps_kickback", {**BENT_OVER, "shoulder_flex": -4, "elbow": 92}, {"elbow": 6}, held="dumbbells"),
        other("face_pull", {**STAND, **FORWARD}, {"shoulder_abd": 82, "shoulder_flex": 16, "shoulder_rot": 50,
               "elbow": 118}),
        other("pull_apart", {**STAND, **FORWARD}, {"shoulder_flex": 6, "shoulder_abd": 86, "elbow": 5}),
        other("upright_row", {**STAND, "shoulder_flex": 14, "elbow": 8}, {"shoulder_abd": 82, "shoulder_flex": 18,
               "shoulder_rot": -72, "elbow": 122}, held="light_barbell"),
        other("reverse_fly", {**BENT_OVER, "elbow": 16}, {"shoulder_flex": 20, "shoulder_abd": 82}, held="dumbbells"),
        other("shrug", stand, {"neck": 12, "shoulder_abd": 12, "elbow": 16}, (1.0, 2.4), held="dumbbells"),
        other("pulldown", {**SEATED, "shoulder_flex": 168, "shoulder_abd": 26, "elbow": 8},
               {"shoulder_flex": 34, "shoulder_abd": 48, "elbow": 128, "pitch": -12}, **SAT),
        other("pulldown_straight", {**STAND, "pitch": 20, "shoulder_flex": 130, "elbow": 8}, {"shoulder_flex": 22}),
        other("chest_fly", {**LYING, "knee": 80, "hip_abd": 14, "shoulder_flex": 88, "elbow": 18},
               {"shoulder_flex": 6, "shoulder_abd": 84, "elbow": 26}, anchor="pelvis", seat_m=0.45, feet_down=True,
                      held="dumbbells"),
        other("cable_crossover", {**STAND, "pitch": 14, **open_}, {"shoulder_flex": 54, "shoulder_abd": -8,
               "elbow": 14}),
        other("press_forward", {**STAND, **CLASPED}, {"shoulder_flex": 88, "shoulder_rot": 0, "elbow": 6}, (1.2,
               3.0)),
        other("press_forward", {**SEATED, "shoulder_flex": 10, "shoulder_abd": 60, "elbow": 110},
               {"shoulder_flex": 84, "shoulder_abd": 10, "elbow": 8}, **SAT),
        other("pullover", {**LYING, "knee": 80, "shoulder_flex": 88, "elbow": 14}, {"shoulder_flex": 170}, **LAID,
               held="plate"),
        other("wrist_curl", {**SEATED, "pitch": 24, "shoulder_flex": 44, "elbow": 66}, {"wrist": 50, "elbow": 72},
               (1.0, 2.2), **SAT),
        other("external_rotation", {**STAND, "elbow": 90, "shoulder_rot": -40}, {"shoulder_rot": 58}),
        other("kettlebell_swing", {**STAND, "pitch": 52, "lumbar": 4, "hip_flex": 84, "knee": 36, "hip_abd": 12,
               "shoulder_flex": 20},
               {"pitch": -3, "hip_flex": 0, "knee": 5, "shoulder_flex": 88, "elbow": 6}, (1.2, 2.2), **FLOW),
        other("battle_rope", {**STAND, "pitch": 24, "hip_flex": 52, "knee": 44, "shoulder_flex": 40, "elbow": 34},
               ((0.5, {"left_shoulder_flex": 84, "right_shoulder_flex": 10}),), (0.4, 0.8), sides="alternate",
                      **FLOW),
        other("wall_angel", {**STAND, "shoulder_abd": 70, "shoulder_rot": 88, "elbow": 95}, {"shoulder_abd": 150,
               "elbow": 30}),
        other("dip", {"pitch": 12, "hip_flex": 8, "knee": 70, "shoulder_flex": -4, "shoulder_abd": 14, "elbow": 6,
               "foot_pitch": 80},
               {"pitch": 26, "shoulder_flex": -56, "elbow": 92, "hop": -0.12}, **LOW),
        other("bench_dip", {**SEATED, "hip_flex": 70, "knee": 30, "shoulder_flex": -28, "elbow": 8},
               {"shoulder_flex": -66, "elbow": 92, "hip_flex": 92, "hop": -0.12}, **LOW),
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
        other("punches", stance, jab, (0.6, 1.4), sides="alternate", weight=1.5),
        other("punches", {**stance, **HANGING}, jab, (0.6, 1.6), sides="alternate"),
        other("boxing", stance, hook, (0.7, 1.6), sides="alternate"),
        other("boxing", stance, upper, (0.8, 1.8), sides="alternate"),
        other("backfist_punch", stance, ((0.2, {"left_shoulder_abd": 88, "left_elbow": 10, "twist": 30}), (0.45,
               {})), (0.8, 1.8), sides="one"),
        other("front_kick", stance, front, (1.2, 2.6), sides="alternate", **LOW),
        other("side_kick", stance, side, (1.4, 3.0), sides="one", **LOW),
        other("golf_swing", {**STAND, "pitch": 30, "hip_flex": 42, "knee": 18, "shoulder_flex": 34,
               "shoulder_abd": -14, "elbow": 4, "neck": 10}, golf, (2.4, 5.0), **FLOW),
        other("tennis", {**STAND, "knee": 24, "hip_flex": 30, "pitch": 10, "elbow": 80}, tennis, (1.6, 3.6), **FLOW),
        other("tennis_serve", stance, serve, (2.0, 4.0), **FLOW),
        other("basketball", {**STAND, **GUARD, "knee": 20, "hip_flex": 22}, shot, (1.6, 3.4), **FLOW),
        other("football", {**STAND, "elbow": 40}, ((0.3, {"left_hip_flex": -30, "left_knee": 70}), (0.45,
               {"left_hip_flex": 60, "left_knee": 12, "right_shoulder_flex": 40}), (0.8, {})), (1.2, 2.6),
               sides="one", **LOW, **FLOW),
        other("side_chop", {**STAND, "shoulder_flex": 150, "twist": -36, "elbow": 10}, chop, (1.6, 3.4),
               sides="one", held="plate"),
        other("throw", {**STAND, **OVERHEAD}, ((0.3, {"shoulder_flex": 20, "pitch": 62, "hip_flex": 90,
               "knee": 50}), (0.55, {"shoulder_flex": 40, "pitch": 60, "hip_flex": 100, "knee": 70}), (0.95, {})),
               (1.8, 3.6), **FLOW),
    )  # fmt: skip


OF_ARMS: tuple[Movement, ...] = (
    *_arms(),
    *_strikes_and_sports(),
)
