"""Push-ups, sit-ups, pull-ups and planks in the ways people do them, as data.

Derived from the joint angles of the rehearsal gym's ``EXERCISES``, which hold one way of each.
"""

from dataclasses import replace

from ingest.rehearsal.motions import EXERCISES
from training.synthetic.arms import CROSSED, GOBLET, HOOK, LYING, OVERHEAD, STRAIGHT_PLANK, Posture
from training.synthetic.movement import Movement, there_and_back


def push_ups() -> tuple[Movement, ...]:
    """Ways of doing them."""
    down: Posture = {"pitch": 86, "neck": -14, "shoulder_flex": 22, "shoulder_abd": 44, "elbow": 96}
    top = STRAIGHT_PLANK
    kneel = {"pitch": 62, "neck": -14, "shoulder_flex": 64, "shoulder_abd": 10, "elbow": 3, "hip_flex": 2, "knee": 78,
             "foot_pitch": 150}  # fmt: skip
    kneel_down = {"pitch": 84, "neck": -14, "shoulder_flex": 22, "shoulder_abd": 44, "elbow": 96}
    high = {**top, "pitch": 46, "neck": -12, "shoulder_flex": 58, "foot_pitch": 50}
    high_down = {"pitch": 58, "neck": -12, "shoulder_flex": 12, "shoulder_abd": 42, "elbow": 92}
    wall = {**top, "pitch": 22, "neck": -8, "shoulder_flex": 74, "foot_pitch": 16}
    wall_down = {"pitch": 34, "shoulder_flex": 26, "shoulder_abd": 40, "elbow": 96}
    feet_up = {**top, "pitch": 88, "neck": -12, "shoulder_flex": 84, "foot_pitch": 96}
    feet_up_down = {"pitch": 99, "neck": -12, "shoulder_flex": 28, "shoulder_abd": 44, "elbow": 94}

    def push_up(name: str, base: Posture, end: Posture, **more: object) -> Movement:
        made = Movement("push_up", name, base, there_and_back(end), (1.0, 3.2), "hands", least_range=0.5)
        return replace(made, **more)  # type: ignore[arg-type]

    return (
        push_up("on toes", top, down, weight=5.0),
        push_up("elbows close", top, {**down, "shoulder_abd": 16, "shoulder_flex": 4}, weight=2.0),
        push_up("wide hands", top, {**down, "shoulder_abd": 66}, grip=0.19, weight=2.0),
        push_up("narrow hands", top, {**down, "shoulder_abd": 30}, grip=0.05),
        push_up("looking ahead", {**top, "neck": -42}, {**down, "neck": -44}, weight=2.0),
        push_up("hips high", {**top, "pitch": 76, "hip_flex": 20}, {**down, "hip_flex": 14}),
        push_up("hips sagging", {**top, "pitch": 66, "hip_flex": -12, "lumbar": -12}, {**down, "hip_flex": -14}),
        push_up("feet apart", {**top, "hip_abd": 16}, down),
        push_up("on knees", kneel, kneel_down, anchor="knees", weight=2.0),
        push_up("hands raised", high, high_down, hands_up_m=0.42, weight=1.5),
        push_up("against a wall", wall, wall_down, hands_up_m=0.95, weight=0.5),
        push_up("feet raised", feet_up, feet_up_down, hands_up_m=-0.38),
    )


def sit_ups() -> tuple[Movement, ...]:
    """Ways of doing them."""
    behind = {"shoulder_flex": 118, "shoulder_abd": 36, "shoulder_rot": -20, "elbow": 146}
    up: Posture = {"pitch": -10, "lumbar": 30, "neck": 12, "hip_flex": 122}
    straight = {**LYING, "shoulder_flex": 160, "shoulder_abd": 12}
    decline: Posture = {**HOOK, "pitch": -104, "hip_flex": 40, "knee": 92}
    tall: Posture = {"pitch": -24, "lumbar": 26, "neck": 10, "hip_flex": 116}
    bench = {"seat_m": 0.5, "feet_down": False}
    straight_up = {"pitch": -6, "lumbar": 24, "neck": 10, "hip_flex": 84, "shoulder_flex": 88}

    def sit_up(name: str, base: Posture, end: Posture, **more: object) -> Movement:
        made = Movement("sit_up", name, base, there_and_back(end), (1.8, 4.2), "pelvis", feet_down=True)
        return replace(made, least_range=0.75, **more)  # type: ignore[arg-type]

    return (
        sit_up("hands behind head", {**HOOK, **behind}, {**up, "shoulder_flex": 96}, weight=2.0),
        sit_up("arms crossed", {**HOOK, **CROSSED}, up, weight=1.5),
        sit_up("arms forward", {**HOOK, "shoulder_flex": 40, "shoulder_abd": 4}, {**up, "shoulder_flex": 74},
               weight=1.5),
        sit_up("arms from overhead", {**HOOK, **OVERHEAD}, {**up, "shoulder_flex": 70, "elbow": 8}, weight=1.5),
        sit_up("hands to the knees", {**HOOK, "shoulder_flex": 22}, {**up, "shoulder_flex": 52, "elbow": 20}),
        sit_up("butterfly", {**HOOK, **OVERHEAD, "hip_abd": 40, "hip_rot": 20, "knee": 110},
               {**up, "shoulder_flex": 60, "elbow": 8}),
        sit_up("straight legs", straight, straight_up, feet_down=False),
        sit_up("straight legs, arms crossed", {**LYING, **CROSSED}, {**straight_up, "shoulder_flex": 48},
               feet_down=False),
        sit_up("with a twist", {**HOOK, **behind}, {**up, "twist": 32}, sides="alternate"),
        sit_up("decline bench", {**decline, **behind}, {**tall, "shoulder_flex": 96}, **bench, weight=1.5),
        sit_up("decline bench, arms crossed", {**decline, **CROSSED}, tall, **bench, weight=1.2),
        sit_up("decline bench, plate at the chest", {**decline, **GOBLET}, tall, **bench, held="plate", weight=1.5),
        sit_up("plate at the chest", {**HOOK, **GOBLET}, up, held="plate"),
        sit_up("plate overhead", {**HOOK, **OVERHEAD}, {**up, "shoulder_flex": 160}, held="plate", weight=0.6),
        sit_up("not all the way down", {**HOOK, **behind, "pitch": -62, "lumbar": 20, "hip_flex": 74},
               {**up, "shoulder_flex": 96}),
    )  # fmt: skip


def pull_ups() -> tuple[Movement, ...]:
    """Ways of doing them."""
    legs: Posture = {"hip_flex": 5, "hip_abd": 3, "knee": 12, "foot_pitch": 46}
    bent = {"hip_flex": 2, "knee": 78, "foot_pitch": 96}
    hang = {**legs, "neck": -10, "shoulder_flex": 174, "shoulder_abd": 16, "elbow": 5, "pronation": 88}
    top: Posture = {"pitch": -10, "lumbar": -8, "neck": -6, "hip_flex": 10, "shoulder_flex": 40, "shoulder_abd": 46,
                    "elbow": 140}  # fmt: skip
    chin: Posture = {"pitch": -12, "neck": -4, "shoulder_flex": 34, "shoulder_abd": 10, "elbow": 148}
    kip = ((0.15, {"hip_flex": -22, "pitch": 12, "knee": 30}), (0.32, {"hip_flex": 42, "pitch": -22, "knee": 24}),
           (0.45, top), (0.55, top), (0.85, {"hip_flex": -10, "pitch": 6}))  # fmt: skip

    def pull_up(name: str, base: Posture, end: Posture, grip: float, **more: object) -> Movement:
        keys = there_and_back(end, 0.38, 0.47)
        made = Movement("pull_up", name, base, keys, (1.4, 4.0), "bar", grip=grip, least_range=0.7)
        return replace(made, **more)  # type: ignore[arg-type]

    return (
        pull_up("overhand", hang, top, 0.175, weight=2.0),
        pull_up("overhand, knees bent", {**hang, **bent}, top, 0.175, weight=2.0),
        pull_up("wide", {**hang, "shoulder_abd": 34}, {**top, "shoulder_abd": 62, "elbow": 118}, 0.25),
        pull_up("chin-up", hang, chin, 0.11, weight=1.5),
        pull_up("partial", {**hang, "elbow": 30}, {**top, "elbow": 104, "shoulder_flex": 82}, 0.175),
        pull_up(
            "partial, from the top", {**hang, **top}, {**top, "elbow": 84, "shoulder_flex": 104}, 0.175, weight=0.6
        ),
        pull_up("with an assisting band", {**hang, "left_hip_flex": 50, "left_knee": 70}, top, 0.175, weight=0.7),
        pull_up("chin-up, knees bent", {**hang, **bent}, chin, 0.11),
        pull_up("knees forward", {**hang, "hip_flex": 60, "knee": 80}, {**top, "hip_flex": 66}, 0.175),
        pull_up("feet crossed behind", {**hang, **bent, "hip_flex": -14, "knee": 100}, top, 0.18),
        replace(pull_up("kipping", hang, top, 0.18), keys=kip, flow=True, period_s=(1.2, 2.2)),
    )


def planks() -> tuple[Movement, ...]:
    """Ways of doing them."""
    low = {**EXERCISES["plank"].start, "neck": -10}

    def plank(name: str, base: Posture, anchor: str, **more: object) -> Movement:
        made = Movement("plank", name, base, (), (20.0, 60.0), anchor)  # type: ignore[arg-type]
        return replace(made, **more)  # type: ignore[arg-type]

    return (
        plank("forearms", low, "forearms", weight=3.0),
        plank("forearms, sagging", {**low, "hip_flex": -8, "pitch": 79, "lumbar": -7}, "forearms"),
        plank("forearms, hips high", {**low, "hip_flex": 18, "pitch": 88}, "forearms", weight=1.5),
        plank("forearms, looking ahead", {**low, "neck": -42}, "forearms", weight=2.0),
        plank("forearms, feet apart", {**low, "hip_abd": 13}, "forearms"),
        plank("straight arms", STRAIGHT_PLANK, "hands", weight=1.2),
        plank("straight arms, hips high", {**STRAIGHT_PLANK, "hip_flex": 18, "pitch": 77}, "hands", weight=0.6),
    )
