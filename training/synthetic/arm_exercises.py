"""Biceps curls and lateral raises in the ways people do them, as data.

Derived from the joint angles of the rehearsal gym's ``EXERCISES``, which hold one way of each.
"""

from dataclasses import replace
from types import MappingProxyType

from training.synthetic.arms import SEATED, STAND, Posture
from training.synthetic.movement import Movement, there_and_back


def curls() -> tuple[Movement, ...]:
    """Ways of doing them."""
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
        made = Movement("biceps_curl", name, start, there_and_back(end, 0.4, 0.47), (1.4, 4.2), least_range=0.5)
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
        curl(
            "with a swing",
            {**up, "pitch": -10, "shoulder_flex": 26},
            {"pitch": 8, "hip_flex": 12},
            held="light_barbell",
        ),
        curl("cable", {**up, "shoulder_flex": 4}, {"shoulder_flex": 14, "pitch": -4}, weight=1.2),
        curl("partial", {**up, "elbow": 116}, {"elbow": 44}, held="light_barbell"),
        curl("without weight", {**up, "shoulder_flex": 20}, {"elbow": 6}, sides="one", weight=0.6),
        curl("preacher", {"elbow": 122}, preacher, seated=True, held="light_barbell"),
    )


def lateral_raises() -> tuple[Movement, ...]:
    """Ways of doing them."""
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
        raise_("over the head", {**up, "shoulder_abd": 140}, held="dumbbells", weight=0.7),
        raise_("with a swing", {**up, "shoulder_abd": 104, "pitch": -8, "elbow": 30}, {"pitch": 10, "hip_flex": 14},
               held="dumbbells"),
        raise_("cable, one arm", {f"left_{name}": at for name, at in {**up, "shoulder_flex": 8}.items()},
               {"left_shoulder_abd": -8, "left_shoulder_flex": 12, "right_shoulder_abd": 40, "right_elbow": 70},
               sides="one"),
        raise_("without weight", up),
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
