"""What a recogniser can answer: the fifteen exercises of the catalogue, and three answers that are no exercise.

The order is that of every model's output and never changes; a new class goes to the end.
"""

TRANSITION, IDLE, OTHER = "transition", "idle", "other"

EXERCISES = (
    "squat",
    "lunge",
    "push_up",
    "sit_up",
    "pull_up",
    "jumping_jack",
    "bench_press",
    "clean_and_jerk",
    "jump_rope",
    "deadlift",
    "shoulder_press",
    "biceps_curl",
    "row",
    "lateral_raise",
    "plank",
)
CLASSES = (*EXERCISES, TRANSITION, IDLE, OTHER)

UNLABELLED = -1
"""Stands for no class where classes are numbers in an array."""

_NUMBERS = {name: number for number, name in enumerate(CLASSES)}


def class_of(label: str) -> int | None:
    """Position in ``CLASSES`` of a label; None for an empty one, which is not looked at.

    Case, spaces and hyphens do not matter. ``other:NAME`` and whatever is no name of a class count as ``other``: a
    movement that the recogniser must learn to leave alone.
    """
    name = label.strip().casefold().replace("-", "_").replace(" ", "_")
    if not name:
        return None
    return _NUMBERS.get(name, _NUMBERS[OTHER])


def class_numbers(labels: tuple[str, ...]) -> list[int]:
    """``class_of`` each label, ``UNLABELLED`` where it is None."""
    known: dict[str, int] = {}
    for label in set(labels):
        number = class_of(label)
        known[label] = UNLABELLED if number is None else number
    return [known[label] for label in labels]
