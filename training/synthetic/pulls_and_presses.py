"""Bench presses, dead-lifts, cleans, rows and shoulder presses in the ways people do them, as data.

Derived from the joint angles of the rehearsal gym's ``EXERCISES``, which hold one way of each.
"""

from dataclasses import replace

from ingest.rehearsal.motions import EXERCISES
from training.synthetic.arms import AT_SIDES, BENT_OVER, FRONT_RACK, SEATED, STAND, Posture
from training.synthetic.movement import Movement, there_and_back


def bench_presses() -> tuple[Movement, ...]:
    """Ways of doing them."""
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
              held="dumbbells", grip=0.2, weight=1.3),
        bench("incline, barbell", {**up, "pitch": -52, "shoulder_flex": 112, "hip_flex": 40, "knee": 60},
              {**down, "shoulder_flex": 4}, held="light_barbell", grip=0.22),
        bench("feet on the bench", {**up, **feet_up}, down, held="light_barbell", grip=0.2, feet_down=False),
        bench("alternating", up, {f"left_{name}": at for name, at in down.items()}, held="dumbbells",
              sides="alternate", weight=0.5),
        bench("back arched", {**up, "lumbar": -16, "pitch": -80, "hip_flex": -14}, {**down, "shoulder_abd": 44},
              held="light_barbell", grip=0.24),
        bench("short, bar low", {**up, "elbow": 40, "shoulder_flex": 56}, down, held="light_barbell", grip=0.22),
        bench("steep incline", {**up, "pitch": -40, "shoulder_flex": 122, "hip_flex": 50},
              {**down, "shoulder_flex": 14, "shoulder_abd": 46}, held="light_barbell", grip=0.21),
        bench("decline", {**up, "pitch": -104, "shoulder_flex": 78, "hip_flex": 20, "knee": 96}, down,
              held="light_barbell", grip=0.22, feet_down=False, weight=0.5),
        bench("on the floor", {**up, "hip_flex": 46, "knee": 98}, {**down, "shoulder_flex": 8, "elbow": 84},
              held="dumbbells", seat_m=0.0, weight=0.5),
    )  # fmt: skip


def cleans() -> tuple[Movement, ...]:
    """Ways of doing them."""
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


def deadlifts() -> tuple[Movement, ...]:
    """Ways of doing them."""
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
        deadlift("round back", {**legs_straighter, "lumbar": 26, "pitch": 66}, tall, held="barbell", weight=0.8),
        deadlift("sumo", sumo, {**tall, "hip_abd": 26}, held="barbell"),
        from_top("from the top", low, held="barbell", weight=1.5),
        from_top("from the top, stiffer legs", legs_straighter, held="barbell"),
        deadlift("dumbbells", {**upright, **beside}, {**tall, **beside}, held="dumbbells"),
        from_top("dumbbells, from the top", {**legs_straighter, **beside}, held="dumbbells"),
        deadlift("kettlebell", {**sumo, "hip_abd": 26, "toe_out": 24, "shoulder_abd": -4}, {**tall, "hip_abd": 14}),
        deadlift("without weight", low, tall, weight=0.5),
        from_top("one leg", one_leg, held="dumbbells", anchor="lowest", sides="one", weight=0.8),
        from_top(
            "one leg, without weight",
            {**one_leg, "pitch": 84, "left_hip_flex": 88, "right_knee": 5, "shoulder_flex": 78},
            anchor="lowest",
            sides="one",
            weight=0.6,
        ),
        from_top(
            "one leg, one arm",
            {**one_leg, "left_shoulder_flex": 10, "left_shoulder_abd": 30, "left_elbow": 70},
            anchor="lowest",
            sides="one",
            held="dumbbells",
            weight=0.5,
        ),
        deadlift(
            "grip wide",
            {**low, "shoulder_abd": 34, "pitch": 70, "hip_flex": 124},
            {**tall, "shoulder_abd": 30},
            held="barbell",
            weight=0.6,
        ),
        from_top(
            "one foot behind",
            {**legs_straighter, "right_hip_flex": 84, "right_knee": 70, "right_foot_pitch": 40},
            held="dumbbells",
            anchor="one_foot",
            sides="one",
            weight=0.7,
        ),
    )


def shoulder_presses() -> tuple[Movement, ...]:
    """Ways of doing them."""
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
        press("one arm, the other on the hip", {**close, "right_shoulder_flex": -10, "right_shoulder_abd": 44,
              "right_shoulder_rot": -66, "right_elbow": 88}, {f"left_{name}": at for name, at in bar_high.items()},
              sides="one"),
        press("one arm, from the shoulder", {**close, **{f"right_{name}": at for name, at in AT_SIDES.items()},
              "right_shoulder_rot": 0}, {f"left_{name}": at for name, at in bar_high.items()}, sides="one"),
        press("machine", {**at_right_angles, "shoulder_flex": 20, "pitch": -6}, {**high, "shoulder_flex": 10},
              seated=True, weight=1.5),
        press("leaning back", {**low, "pitch": -12, "lumbar": -8}, {**bar_high, "pitch": -14}, held="light_barbell",
              weight=0.7),
        press("partial", at_right_angles, {**high, "shoulder_abd": 138, "elbow": 44}, held="dumbbells", weight=0.8),
        press("one arm", {**low, **{f"right_{name}": at for name, at in AT_SIDES.items()}, "right_shoulder_rot": 0},
              left_only, sides="one", held="dumbbells"),
        replace(press("push press", bar_low, bar_high, held="light_barbell"), keys=dip),
    )  # fmt: skip


def rows() -> tuple[Movement, ...]:
    """Ways of doing them."""
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
    chest_on_pad: Posture = {**SEATED, "pitch": 8, "hip_flex": 92, "knee": 84, "shoulder_flex": 84, "shoulder_abd": 6,
                             "elbow": 8}  # fmt: skip
    incline: Posture = {"pitch": 52, "neck": -24, "hip_flex": 6, "knee": 14, "hip_abd": 8, "foot_pitch": 40,
                        "shoulder_flex": 54, "shoulder_abd": 4, "elbow": 6}  # fmt: skip
    lunging: Posture = {"pitch": 52, "neck": -24, "right_hip_flex": 92, "right_knee": 50, "left_hip_flex": 36,
                        "left_knee": 24, "left_foot_pitch": 24, "left_shoulder_flex": 52, "left_elbow": 6,
                        "right_shoulder_flex": 46, "right_elbow": 50}  # fmt: skip
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
        row("under a bar, knees bent", {"pitch": -70, "neck": 10, "hip_flex": 6, "knee": 88, "foot_pitch": 0,
            "shoulder_flex": 92, "elbow": 6}, {"pitch": -62, "shoulder_flex": -4, "shoulder_abd": 44, "elbow": 104},
            anchor="bar", grip=0.2, held=None),
        row("standing cable", upright, to_waist, weight=1.2),
        row("standing cable, one arm", {**upright, "right_shoulder_flex": 10, "right_elbow": 20},
            {f"left_{name}": at for name, at in to_waist.items() if name != "pitch"}, sides="one"),
        row("machine, chest on a pad", chest_on_pad, {"shoulder_flex": -20, "shoulder_abd": 22, "elbow": 96}, **sit,
            weight=2.0),
        row("machine, elbows out", {**chest_on_pad, "shoulder_abd": 26}, {"shoulder_flex": 6, "shoulder_abd": 66,
            "elbow": 94}, **sit),
        row("machine, one arm", chest_on_pad, {"left_shoulder_flex": -20, "left_shoulder_abd": 14, "left_elbow": 98},
            **sit, sides="one"),
        row("chest on an incline", incline, {"shoulder_flex": -24, "shoulder_abd": 26, "elbow": 98}, held="dumbbells",
            weight=1.5),
        row("T-bar", {**BENT_OVER, "pitch": 48, "shoulder_flex": 52, "shoulder_abd": -2}, {**close, "pitch": 44,
            "shoulder_flex": -16}, held="light_barbell", weight=1.3),
        row("one arm, hand on the thigh", lunging, one, held="dumbbells", sides="one", weight=1.2),
        row("swinging", {**BENT_OVER, "pitch": 66}, {**close, "pitch": 34, "knee": 22, "hip_flex": 56},
            held="light_barbell"),
        row("hanging on straps", {**upright, "pitch": -34, "hip_flex": -2, "knee": 4, "shoulder_flex": 84},
            {"shoulder_flex": -14, "elbow": 104}, weight=0.5),
    )  # fmt: skip
