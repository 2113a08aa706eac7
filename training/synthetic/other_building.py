"""What the movements that are none of the fifteen exercises are written down with."""

from dataclasses import replace
from typing import Any

from training.synthetic.arms import Posture
from training.synthetic.movement import Keys, Movement, there_and_back

SAT: dict[str, Any] = {"anchor": "pelvis", "seat_m": 0.45, "feet_down": True}
LAID: dict[str, Any] = {"anchor": "pelvis", "seat_m": 0.0}
LOW: dict[str, Any] = {"anchor": "lowest"}
FLOW: dict[str, Any] = {"flow": True}


def other(
    name: str, base: Posture, keys: Keys | Posture, period: tuple[float, float] = (1.6, 4.0), **more: object
) -> Movement:
    """A movement ``other:NAME`` through keys, or to a posture and back, with more fields of ``Movement`` by name."""
    frames = keys if isinstance(keys, tuple) else there_and_back(keys)
    return replace(Movement(f"other:{name}", name, base, frames, period), **more)  # type: ignore[arg-type]


def of_left(posture: Posture) -> Posture:
    """Paired angles of the left side alone."""
    return {f"left_{name}": degrees for name, degrees in posture.items()}


def with_other_side(keys: Keys) -> Keys:
    """A cycle in which the other side does the same half a cycle later; the trunk is not part of it."""

    def swapped(name: str) -> str:
        return name.replace("left_", "right_") if "left_" in name else name.replace("right_", "left_")

    return (*keys, *((phase + 0.5, {swapped(name): at for name, at in posture.items()}) for phase, posture in keys))
