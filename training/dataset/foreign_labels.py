"""Other data sets' words for our classes. Pure; owns the spellings, invents no class.

``label_names`` joins capitals and hyphens. Here stand plurals, names written as one word, synonyms, and the phases of a
repetition that single-frame data sets have for labels.
"""

import re
from functools import cache

from training.classes import CLASSES, IDLE, OTHER
from training.dataset.label_names import plain_label

_SYNONYMS = {
    "air squat": "squat",
    "back squat": "squat",
    "barbell biceps curl": "biceps_curl",
    "barbell curl": "biceps_curl",
    "barbell row": "row",
    "bent over row": "row",
    "bicep curl": "biceps_curl",
    "bodyweight squat": "squat",
    "chin up": "pull_up",
    "clean jerk": "clean_and_jerk",
    "dumbbell row": "row",
    "dumbbell shoulder press": "shoulder_press",
    "flat bench press": "bench_press",
    "hammer curl": "biceps_curl",
    "jumping rope": "jump_rope",
    "lateral shoulder raise": "lateral_raise",
    "military press": "shoulder_press",
    "no exercise": IDLE,
    "overhead press": "shoulder_press",
    "press up": "push_up",
    "rest": IDLE,
    "rope jumping": "jump_rope",
    "skipping rope": "jump_rope",
    "star jump": "jumping_jack",
}
_PHASE = re.compile(r"_(up|down)$")


def known_label(text: str) -> str | None:
    """Our class for a label such as ``Push-Ups``, ``pushup`` or ``pushups_down``; None if it means none of ours."""
    plain = plain_label(text)
    return _spellings().get(_compact(plain)) or _spellings().get(_compact(_PHASE.sub("", plain)))


@cache
def _spellings() -> dict[str, str]:
    ours = {_compact(name): name for name in CLASSES if name != OTHER}
    return {_compact(spelling): name for spelling, name in _SYNONYMS.items()} | ours


def _compact(text: str) -> str:
    """Letters and digits alone, without the s of a plural: "pushup" for "Push-Ups"."""
    letters = re.sub(r"[^a-z0-9]+", "", text.lower())
    if letters.endswith("sses"):
        return letters.removesuffix("es")
    return letters if letters.endswith("ss") else letters.removesuffix("s")
