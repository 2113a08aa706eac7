"""The fifteen exercises in the ways people do them, as data.

Derived from the same joint angles as the rehearsal gym's ``EXERCISES``, which hold one way of each. Says what a
movement looks like when it is done well enough to be known; habits, tempo and range are added by ``style``.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ingest.rehearsal.motions import EXERCISES
from training.synthetic.arms import (
    AT_SIDES,
    BEHIND_HEAD,
    BENT_OVER,
    CLASPED,
    CROSSED,
    FORWARD,
    FRONT_RACK,
    GOBLET,
    HANGING,
    HOOK,
    LYING,
    ON_BACK,
    ON_HIPS,
    OVERHEAD,
    RUNNER,
    SEATED,
    STAND,
    STRAIGHT_PLANK,
    Posture,
)
from training.synthetic.movement import Movement, there_and_back


def _squats() -> tuple[Movement, ...]:
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


def _push_ups() -> tuple[Movement, ...]:
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


def _sit_ups() -> tuple[Movement, ...]:
    behind = {"shoulder_flex": 118, "shoulder_abd": 36, "shoulder_rot": -20, "elbow": 146}
    up: Posture = {"pitch": -10, "lumbar": 30, "neck": 12, "hip_flex": 122}
    straight = {**LYING, "shoulder_flex": 160, "shoulder_abd": 12}
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
    )  # fmt: skip


def _pull_ups() -> tuple[Movement, ...]:
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
        pull_up("chin-up, knees bent", {**hang, **bent}, chin, 0.11),
        pull_up("knees forward", {**hang, "hip_flex": 60, "knee": 80}, {**top, "hip_flex": 66}, 0.175),
        pull_up("feet crossed behind", {**hang, **bent, "hip_flex": -14, "knee": 100}, top, 0.18),
        replace(pull_up("kipping", hang, top, 0.18), keys=kip, flow=True, period_s=(1.2, 2.2)),
    )


def _jumping_jacks() -> tuple[Movement, ...]:
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


def _bench_presses() -> tuple[Movement, ...]:
    lying: Posture = {"pitch": -90, "neck": 10, "lumbar": 3, "hip_flex": -6, "hip_abd": 18, "knee": 82, "toe_out": 14}
    up: Posture = {"shoulder_flex": 86, "shoulder_abd": 16, "elbow": 5, "pronation": 84}
    down: Posture = {"shoulder_flex": -12, "shoulder_abd": 54, "elbow": 94}
    dumbbells: Posture = {"shoulder_flex": 0, "shoulder_abd": 70, "shoulder_rot": 78, "elbow": 92}
    apart: Posture = {**up, "shoulder_flex": 76, "shoulder_abd": 6}

    def bench(name: str, base: Posture, end: Posture, **more: object) -> Movement:
        keys = there_and_back(end, 0.46, 0.53)
        made = Movement("bench_press", name, {**lying, **base}, keys, (1.6, 4.0), "pelvis", 0.45, feet_down=True)
        return replace(made, least_range=0.6, **more)  # type: ignore[arg-type]

    feet_up: Posture = {"hip_flex": 70, "knee": 100, "hip_abd": 6}
    return (
        bench("barbell", up, down, held="light_barbell", grip=0.225, weight=2.5),
        bench("barbell, wide", up, {**down, "shoulder_abd": 66}, held="light_barbell", grip=0.27),
        bench("barbell, close", up, {**down, "shoulder_abd": 28}, held="light_barbell", grip=0.13),
        bench("dumbbells", up, down, held="dumbbells", grip=0.2, weight=1.5),
        bench("dumbbells, loose", apart, dumbbells, held="dumbbells", weight=1.5),
        bench("incline", {**up, "pitch": -56, "shoulder_flex": 108, "hip_flex": 28}, {**down, "shoulder_flex": 4},
              held="dumbbells", grip=0.2),
        bench("feet on the bench", {**up, **feet_up}, down, held="light_barbell", grip=0.2, feet_down=False),
        bench("alternating", up, {f"left_{name}": at for name, at in down.items()}, held="dumbbells",
              sides="alternate", weight=0.5),
    )  # fmt: skip


def _cleans() -> tuple[Movement, ...]:
    gym = EXERCISES["clean_and_jerk"]
    split: Posture = {"left_hip_flex": 52, "left_knee": 58, "right_hip_flex": -18, "right_knee": 38,
                      "right_foot_pitch": 48}  # fmt: skip

    def clean(name: str, squat: float, catch: Posture, **more: object) -> Movement:
        keys = []
        for phase, posture in gym.keys[1:]:
            changed = dict(posture)
            if phase == 0.29:
                changed |= {"hip_flex": 106 * squat + 8, "knee": 108 * squat + 10}
            elif phase in (0.58, 0.65):
                changed |= catch if phase == 0.58 else {}
            keys.append((phase, changed))
        made = Movement("clean_and_jerk", name, gym.start, tuple(keys), (4.0, 9.0), "feet", held="barbell", flow=True)
        return replace(made, least_range=0.9, **more)  # type: ignore[arg-type]

    return (
        clean("squat clean, push jerk", 1.0, {}, weight=1.5),
        clean("power clean, push jerk", 0.3, {}, weight=2.0),
        clean("power clean, press", 0.15, {"hip_flex": 4, "knee": 6}, weight=1.5),
        clean("squat clean, split jerk", 1.0, split, anchor="own_feet", weight=1.5),
        clean("power clean, split jerk", 0.3, split, anchor="own_feet", weight=1.5),
    )


def _jump_ropes() -> tuple[Movement, ...]:
    base = {**EXERCISES["jump_rope"].start}
    up: Posture = {"hip_flex": 5, "knee": 10, "foot_pitch": 34, "shoulder_rot": 38, "elbow": 68}
    run = ((0.25, {"left_hip_flex": 34, "left_knee": 56, "left_foot_pitch": 40, "hop": 0.025, "right_foot_pitch": 20}),
           (0.5, {}), (0.75, {"right_hip_flex": 34, "right_knee": 56, "right_foot_pitch": 40, "hop": 0.025,
                              "left_foot_pitch": 20}))  # fmt: skip

    def rope(name: str, arms: Posture, hop: float, period: tuple[float, float], **more: object) -> Movement:
        keys = ((0.5, {**up, "hop": hop}),)
        made = Movement("jump_rope", name, {**base, **arms}, keys, period, "lowest", flow=True, held="rope")
        return replace(made, least_range=0.6, **more)  # type: ignore[arg-type]

    return (
        rope("small hops", {}, 0.035, (0.38, 0.6), weight=2.0),
        rope("high hops", {}, 0.07, (0.45, 0.75)),
        rope("wide arms", {"shoulder_abd": 34, "elbow": 46}, 0.04, (0.4, 0.65)),
        rope("arms forward", {"shoulder_flex": 16, "elbow": 84}, 0.04, (0.4, 0.65)),
        rope("no rope, wrists", {"elbow": 76, "shoulder_abd": 20}, 0.03, (0.38, 0.6)),
        replace(rope("running step", {}, 0.03, (0.55, 0.9), weight=1.5), keys=run),
        replace(rope("double bounce", {}, 0.05, (0.7, 1.1)),
                keys=((0.25, {**up, "hop": 0.05}), (0.5, {}), (0.75, {**up, "hop": 0.018}))),
    )  # fmt: skip


def _deadlifts() -> tuple[Movement, ...]:
    low, tall = EXERCISES["deadlift"].start, EXERCISES["deadlift"].end
    sumo: Posture = {**low, "pitch": 46, "hip_flex": 96, "hip_abd": 40, "toe_out": 36, "knee": 84, "shoulder_flex": 40,
                     "shoulder_abd": 0}  # fmt: skip
    legs_straighter: Posture = {**low, "pitch": 78, "hip_flex": 112, "knee": 48, "shoulder_flex": 70}
    upright: Posture = {**low, "pitch": 52, "hip_flex": 118, "knee": 98, "shoulder_flex": 44}
    one_leg: Posture = {"pitch": 70, "neck": -14, "left_hip_flex": 76, "left_knee": 16, "right_hip_flex": -2,
                        "right_knee": 14, "right_foot_pitch": 80, "shoulder_flex": 66}  # fmt: skip

    def deadlift(name: str, base: Posture, end: Posture, **more: object) -> Movement:
        keys = there_and_back(end, 0.38, 0.5)
        made = Movement("deadlift", name, base, keys, (2.0, 5.0), "feet", least_range=0.8)
        return replace(made, **more)  # type: ignore[arg-type]

    def from_top(name: str, base: Posture, **more: object) -> Movement:
        return deadlift(name, {**STAND, **tall}, base, **more)

    beside: Posture = {"shoulder_abd": 12, "pronation": 20}
    return (
        deadlift("conventional", low, tall, held="barbell", weight=2.0),
        deadlift("stiffer legs", legs_straighter, tall, held="barbell", weight=1.2),
        deadlift("hips low", upright, tall, held="barbell"),
        deadlift("sumo", sumo, {**tall, "hip_abd": 26}, held="barbell"),
        from_top("from the top", low, held="barbell", weight=1.5),
        from_top("from the top, stiffer legs", legs_straighter, held="barbell"),
        deadlift("dumbbells", {**upright, **beside}, {**tall, **beside}, held="dumbbells"),
        from_top("dumbbells, from the top", {**legs_straighter, **beside}, held="dumbbells"),
        deadlift("kettlebell", {**sumo, "hip_abd": 26, "toe_out": 24, "shoulder_abd": -4}, {**tall, "hip_abd": 14}),
        deadlift("without weight", low, tall, weight=0.5),
        from_top("one leg", one_leg, held="dumbbells", anchor="lowest", sides="one", weight=0.8),
        from_top(
            "one foot behind",
            {**legs_straighter, "right_hip_flex": 84, "right_knee": 70, "right_foot_pitch": 40},
            held="dumbbells",
            anchor="one_foot",
            sides="one",
            weight=0.7,
        ),
    )


def _shoulder_presses() -> tuple[Movement, ...]:
    low: Posture = {"shoulder_flex": 8, "shoulder_abd": 42, "shoulder_rot": 92, "elbow": 136, "pronation": 5}
    high: Posture = {"shoulder_flex": 0, "shoulder_abd": 166, "elbow": 12}
    at_right_angles = {**low, "shoulder_abd": 84, "elbow": 96}
    bar_low = {**FRONT_RACK, "shoulder_flex": 46, "elbow": 144}
    bar_high: Posture = {"shoulder_flex": 174, "shoulder_abd": 16, "elbow": 6, "shoulder_rot": 0}
    close = {"shoulder_flex": 34, "shoulder_abd": 14, "shoulder_rot": 20, "elbow": 142}
    left_only = {f"left_{name}": degrees for name, degrees in high.items()}

    def press(name: str, arms: Posture, end: Posture, *, seated: bool = False, **more: object) -> Movement:
        base = {**(SEATED if seated else STAND), **arms}
        made = Movement("shoulder_press", name, base, there_and_back(end, 0.42, 0.52), (1.6, 4.0))
        if seated:
            made = replace(made, anchor="pelvis", seat_m=0.45, feet_down=True)
        return replace(made, **{"least_range": 0.65, **more})  # type: ignore[arg-type]

    dip = (*there_and_back({**bar_high}, 0.42, 0.55)[:2], (0.86, {}), (0.93, {"hip_flex": 14, "knee": 24}))
    return (
        press("dumbbells", low, high, held="dumbbells", weight=2.0),
        press("dumbbells, right angles", at_right_angles, high, held="dumbbells", weight=1.5),
        press("dumbbells, seated", low, high, seated=True, held="dumbbells", weight=1.5),
        press("right angles, seated", at_right_angles, high, seated=True, held="dumbbells"),
        press("barbell", bar_low, bar_high, held="light_barbell", weight=2.0),
        press("barbell, seated", bar_low, bar_high, seated=True, held="light_barbell"),
        press("neutral grip", close, bar_high, held="dumbbells"),
        press("Arnold", {**close, "pronation": -80}, {**high, "pronation": 80}, held="dumbbells"),
        press("alternating", low, left_only, sides="alternate", held="dumbbells"),
        press("one arm", {**low, **{f"right_{name}": at for name, at in AT_SIDES.items()}, "right_shoulder_rot": 0},
              left_only, sides="one", held="dumbbells"),
        replace(press("push press", bar_low, bar_high, held="light_barbell"), keys=dip),
    )  # fmt: skip


def _curls() -> tuple[Movement, ...]:
    down: Posture = {"shoulder_flex": 2, "shoulder_abd": 8, "elbow": 14, "pronation": -70}
    up: Posture = {"elbow": 140, "shoulder_flex": 12, "pronation": -85}
    left = {f"left_{name}": degrees for name, degrees in up.items()}
    cross: Posture = {"left_elbow": 138, "left_shoulder_rot": -46, "left_shoulder_flex": 12}
    bent = {"pitch": 40, "lumbar": 12, "hip_flex": 118, "knee": 86, "hip_abd": 26, "left_shoulder_flex": 42,
            "right_shoulder_flex": 36, "right_elbow": 62}  # fmt: skip
    incline = {"pitch": -34, "hip_flex": 60, "shoulder_flex": -28, "neck": 16}
    preacher = {"pitch": 16, "shoulder_flex": 58, "elbow": 16}

    def curl(name: str, end: Posture, base: Posture = MappingProxyType({}), *, seated: bool = False,
             **more: object) -> Movement:  # fmt: skip
        start = {**(SEATED if seated else STAND), **down, **base}
        made = Movement("biceps_curl", name, start, there_and_back(end, 0.4, 0.47), (1.4, 4.2), least_range=0.65)
        if seated:
            made = replace(made, anchor="pelvis", seat_m=0.45, feet_down=True)
        return replace(made, **more)  # type: ignore[arg-type]

    return (
        curl("both", up, held="dumbbells", weight=2.5),
        curl("alternating", left, held="dumbbells", sides="alternate", weight=2.0),
        curl("one arm", left, held="dumbbells", sides="one", weight=2.0),
        curl("barbell", {**up, "shoulder_flex": 16}, {"shoulder_abd": 4}, held="light_barbell", weight=1.5),
        curl("hammer", {**up, "pronation": 0}, {"pronation": 0}, held="dumbbells"),
        curl("elbows swing", {**up, "shoulder_flex": 40, "pitch": -5}, held="dumbbells"),
        curl("seated", up, seated=True, held="dumbbells"),
        curl("seated, alternating", left, seated=True, held="dumbbells", sides="alternate"),
        curl("across the chest", cross, held="dumbbells", sides="alternate", weight=0.7),
        curl("concentration", {"left_elbow": 128}, bent, seated=True, held="dumbbells", sides="one"),
        curl("on an incline", up, incline, seated=True, held="dumbbells", weight=1.2),
        curl("on an incline, alternating", left, incline, seated=True, held="dumbbells", sides="alternate"),
        curl("preacher", {"elbow": 122}, preacher, seated=True, held="light_barbell"),
    )


def _lunges() -> tuple[Movement, ...]:
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
    forward = ((0.2, stride), (0.44, down), (0.52, down), (0.78, stride), (0.93, {}))
    reverse = ((0.2, back_stride), (0.44, down), (0.52, down), (0.76, back_stride), (0.93, {}))
    driving = ((0.2, back_stride), (0.42, down), (0.48, down), (0.7, back_stride), (0.86, knee_up))

    def lunge(name: str, arms: Posture, keys: tuple[tuple[float, Posture], ...], **more: object) -> Movement:
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
        lunge("reverse to knee drive", CLASPED, driving, sides="one"),
        lunge("reverse to knee drive, running arms", RUNNER, driving, sides="one"),
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


def _rows() -> tuple[Movement, ...]:
    pull: Posture = {"pitch": 55, "shoulder_flex": -18, "shoulder_abd": 24, "elbow": 100}
    close: Posture = {"shoulder_flex": -24, "shoulder_abd": 8, "elbow": 92}
    one: Posture = {f"left_{name}": degrees for name, degrees in close.items()}
    supported: Posture = {**BENT_OVER, "pitch": 70, "right_shoulder_flex": 78, "right_elbow": 8}
    kneeling: Posture = {**supported, "right_hip_flex": 86, "right_knee": 96, "right_foot_pitch": 140,
                         "left_hip_flex": 80, "left_knee": 18, "pitch": 78}  # fmt: skip
    seated: Posture = {**SEATED, "pitch": 2, "hip_flex": 74, "knee": 40, "shoulder_flex": 80, "shoulder_abd": 4,
                       "elbow": 8, "foot_pitch": -30}  # fmt: skip
    long_seat: Posture = {**seated, "hip_flex": 92, "knee": 22, "foot_pitch": -50, "shoulder_flex": 86}
    upright: Posture = {**STAND, "knee": 18, "hip_flex": 18, "pitch": 4, "shoulder_flex": 78, "elbow": 8}
    to_waist: Posture = {"pitch": -6, "shoulder_flex": -22, "shoulder_abd": 14, "elbow": 98}

    def row(name: str, base: Posture, end: Posture, **more: object) -> Movement:
        made = Movement("row", name, base, there_and_back(end, 0.36, 0.46), (1.3, 3.4), "feet", least_range=0.65)
        return replace(made, **more)  # type: ignore[arg-type]

    flat: Posture = {"pitch": 78, "hip_flex": 96, "shoulder_flex": 78}
    high: Posture = {"pitch": 36, "hip_flex": 58, "shoulder_flex": 36, "neck": -14}
    sit = {"anchor": "pelvis", "seat_m": 0.4, "feet_down": False}
    return (
        row("barbell", BENT_OVER, pull, held="light_barbell", weight=2.0),
        row("barbell, flat back", {**BENT_OVER, **flat}, {**pull, "pitch": 76}, held="light_barbell"),
        row("barbell, upright", {**BENT_OVER, **high}, {**pull, "pitch": 33}, held="light_barbell", weight=1.2),
        row("dumbbells", BENT_OVER, close, held="dumbbells", weight=1.5),
        row("dumbbells, elbows out", BENT_OVER, {**close, "shoulder_abd": 62, "shoulder_flex": 10}, held="dumbbells"),
        row("one arm, hand supported", supported, one, held="dumbbells", sides="one", weight=1.5),
        row("one arm, knee on a bench", kneeling, one, held="dumbbells", sides="one", anchor="own_feet", weight=1.5),
        row("alternating", BENT_OVER, one, held="dumbbells", sides="alternate"),
        row("seated", seated, to_waist, **sit, weight=3.5),
        row("seated, leaning", {**seated, "pitch": 16}, {**to_waist, "pitch": -12}, **sit, weight=1.5),
        row("seated, straight legs", long_seat, to_waist, **sit, weight=3.0),
        row("seated, straight legs, swinging", {**long_seat, "pitch": 26, "hip_flex": 116}, {**to_waist, "pitch": -12},
            **sit, weight=2.0),
        row("under a bar", {"pitch": -62, "neck": 10, "hip_flex": -2, "knee": 6, "foot_pitch": -50, "shoulder_flex": 92,
            "elbow": 6}, {"pitch": -52, "shoulder_flex": 4, "shoulder_abd": 40, "elbow": 100}, anchor="bar", grip=0.2,
            held=None),
        row("standing cable", upright, to_waist, weight=1.2),
        row("hanging on straps", {**upright, "pitch": -34, "hip_flex": -2, "knee": 4, "shoulder_flex": 84},
            {"shoulder_flex": -14, "elbow": 104}, weight=0.5),
    )  # fmt: skip


def _lateral_raises() -> tuple[Movement, ...]:
    up: Posture = {"shoulder_abd": 88, "elbow": 14, "pronation": 75}
    left = {f"left_{name}": degrees for name, degrees in up.items()}
    arms: Posture = {"shoulder_abd": 8, "elbow": 12, "pronation": 0}

    def raise_(name: str, end: Posture, base: Posture = MappingProxyType({}), **more: object) -> Movement:
        made = Movement("lateral_raise", name, {**STAND, **arms, **base}, there_and_back(end), (1.5, 4.0))
        return replace(made, least_range=0.75, **more)  # type: ignore[arg-type]

    lean: Posture = {"pitch": 14, "hip_flex": 18, "knee": 12, "shoulder_flex": 12}
    return (
        raise_("both", up, held="dumbbells", weight=2.5),
        raise_("arms bent", {**up, "elbow": 36}, {"elbow": 34}, held="dumbbells", weight=1.5),
        raise_("strongly bent", {**up, "elbow": 72}, {"elbow": 70}, held="dumbbells"),
        raise_("over the shoulders", {**up, "shoulder_abd": 108}, held="dumbbells"),
        raise_("partial", {**up, "shoulder_abd": 66}, held="dumbbells"),
        raise_("a little forward", {**up, "shoulder_flex": 22}, held="dumbbells", weight=1.5),
        raise_("half forward", {**up, "shoulder_flex": 40, "shoulder_abd": 80}, held="dumbbells"),
        raise_("elbows first", {**up, "elbow": 52, "shoulder_rot": -18, "shoulder_flex": 16}, held="dumbbells"),
        raise_("leaning", {**up, "shoulder_flex": 18}, lean, held="dumbbells"),
        raise_("one arm", left, held="dumbbells", sides="one", weight=1.2),
        raise_("alternating", left, held="dumbbells", sides="alternate", weight=0.7),
        replace(raise_("seated", up, held="dumbbells"), base={**SEATED, **arms}, anchor="pelvis", seat_m=0.45,
                feet_down=True),
    )  # fmt: skip


def _planks() -> tuple[Movement, ...]:
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


def _made() -> Mapping[str, tuple[Movement, ...]]:
    groups = (
        _squats(), _push_ups(), _curls(), _shoulder_presses(), _jumping_jacks(), _lunges(), _lateral_raises(),
        _deadlifts(), _rows(), _cleans(), _bench_presses(), _pull_ups(), _sit_ups(), _jump_ropes(), _planks(),
    )  # fmt: skip
    return MappingProxyType({group[0].label: group for group in groups})


VARIANTS: Mapping[str, tuple[Movement, ...]] = _made()
"""Ways of doing each exercise."""
