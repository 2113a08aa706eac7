"""Zones while they are edited: what stands in their fields, what is wrong with it, and corners that move; pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from core.config_checks import polygon_problem
from core.settings import ZoneKind
from tui.plain import plain
from tui.views.sight import Corners, Outline

KINDS: tuple[str, ...] = get_args(ZoneKind)
EXACT = 3
"""Decimals of a corner: a pixel of a large picture."""
FIRST_SHAPE: Corners = ((0.35, 0.4), (0.65, 0.4), (0.65, 0.9), (0.35, 0.9))
"""Of a new zone: in the middle, to be moved."""


def corners_text(corners: Corners) -> str:
    """Corners as they are typed: ``0.05,0.35 0.33,0.35``."""
    return " ".join(f"{round(x, EXACT):g},{round(y, EXACT):g}" for x, y in corners)


def _short(corners: Corners) -> Corners:
    return tuple((round(x, EXACT), round(y, EXACT)) for x, y in corners)


def corners_of(text: str) -> tuple[Corners, str]:
    """Corners out of what was typed, and what is wrong with them in one sentence; empty if nothing is."""
    corners: list[tuple[float, float]] = []
    for number, word in enumerate(text.replace(";", " ").split(), 1):
        try:
            x, y = (float(part) for part in word.split(","))
        except ValueError:
            return (), f"corner {number}, '{plain(word)}', is no pair of numbers such as 0.33,0.35"
        if not (math.isfinite(x) and math.isfinite(y) and 0 <= x <= 1 and 0 <= y <= 1):
            return (), f"corner {number}, '{plain(word)}', is outside of the picture: both numbers are from 0 to 1"
        corners.append((x, y))
    if len(corners) < 3:
        return (), f"a zone has at least 3 corners, and this one has {len(corners)}"
    problem = polygon_problem(corners)
    return tuple(corners), f"the zone {problem}" if problem and not problem.startswith("corner") else problem


@dataclass(slots=True)
class Draft:
    """One zone as it stands in the form."""

    before: Mapping[str, Any] | None = None
    """What the file says; None for a new one."""
    name: str = ""
    kind: str = "other"
    capacity: str = ""
    corners_typed: str = ""
    corners: Corners = ()
    """The last that could be read."""
    chosen: int = 0
    """Place of the corner that keys move."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What the file's own check says, by option."""

    @classmethod
    def of(cls, before: Mapping[str, Any]) -> "Draft":
        """As the file has it."""
        corners = tuple((float(x), float(y)) for x, y in before["polygon"])
        capacity = before.get("capacity")
        return cls(
            before,
            str(before["name"]),
            str(before.get("kind", "other")),
            "" if capacity is None else str(capacity),
            corners_text(corners),
            corners,
        )

    @classmethod
    def new(cls, name: str) -> "Draft":
        """A zone that is not in the file yet."""
        return cls(None, name, corners_typed=corners_text(FIRST_SHAPE), corners=FIRST_SHAPE)

    @property
    def file_name(self) -> str | None:
        """Its name in the file; None for a new one."""
        return None if self.before is None else str(self.before["name"])

    @property
    def problem(self) -> str:
        """What is wrong with it, in one sentence; empty if nothing is known."""
        if not self.name.strip():
            return "the name must not be empty"
        capacity = self.capacity.strip()
        if capacity and not (capacity.isdecimal() and capacity.isascii() and int(capacity[:9]) >= 1):
            return f"the capacity is a whole number from 1, or empty, not '{plain(capacity)}'"
        _, problem = corners_of(self.corners_typed)
        if problem:
            return problem
        return next((f"{name}: {text}" if name else text for name, text in self.told.items()), "")

    def changed(self) -> tuple[dict[str, Any], list[str]]:
        """Options to be written and those to be left out, where it differs from the file; for one without problem."""
        options: dict[str, Any] = {
            "name": self.name.strip(),
            "kind": self.kind,
            "polygon": list(map(list, self.corners)),
        }
        if self.capacity.strip():
            options["capacity"] = int(self.capacity)
        if self.before is None:
            return {name: value for name, value in options.items() if (name, value) != ("kind", "other")}, []
        same = Draft.of(self.before)
        kept: dict[str, Any] = {"name": same.name, "kind": same.kind}
        if same.capacity:
            kept["capacity"] = int(same.capacity)
        if self._has_corners_of(same):
            del options["polygon"]
        left_out = [] if self.capacity.strip() or "capacity" not in self.before else ["capacity"]
        return {name: value for name, value in options.items() if kept.get(name) != value}, left_out

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the file."""
        if self.before is None:
            return True
        same = Draft.of(self.before)
        typed = (self.name.strip(), self.kind, self.capacity.strip())
        return typed != (same.name, same.kind, same.capacity) or not self._has_corners_of(same)

    def _has_corners_of(self, same: "Draft") -> bool:
        """Whether its corners are those of the file, which may be more exact than what is typed."""
        if self.corners_typed.split() == same.corners_typed.split():
            return True
        return corners_of(self.corners_typed)[0] == same.corners

    @property
    def outline(self) -> Outline:
        """To be drawn."""
        return Outline(self.corners, plain(self.name))

    # Corners

    def type_corners(self, text: str) -> None:
        """Take what was typed; the picture shows the last that could be read."""
        self.corners_typed = text
        corners, _ = corners_of(text)
        if corners:
            self.corners = corners
        self.chosen = min(self.chosen, max(len(self.corners) - 1, 0))

    def _shape(self, corners: Sequence[tuple[float, float]]) -> None:
        self.corners = _short(tuple(corners))
        self.corners_typed = corners_text(self.corners)

    def choose(self, by: int) -> None:
        """Another corner."""
        if self.corners:
            self.chosen = (self.chosen + by) % len(self.corners)

    def put(self, x: float, y: float) -> None:
        """Put the chosen corner somewhere; what is outside of the picture comes to its edge."""
        if self.corners:
            corners = list(self.corners)
            corners[self.chosen] = (min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
            self._shape(corners)

    def move(self, across: float, down: float) -> None:
        """Move the chosen corner by shares of the picture."""
        if self.corners:
            x, y = self.corners[self.chosen]
            self.put(x + across, y + down)

    def insert(self) -> None:
        """A new corner between the chosen one and the next, and choose it."""
        if self.corners:
            (x0, y0), (x1, y1) = self.corners[self.chosen], self.corners[(self.chosen + 1) % len(self.corners)]
            corners = list(self.corners)
            corners.insert(self.chosen + 1, ((x0 + x1) / 2, (y0 + y1) / 2))
            self.chosen += 1
            self._shape(corners)

    def drop(self) -> bool:
        """Take the chosen corner away; False for a triangle."""
        if len(self.corners) <= 3:
            return False
        self._shape([corner for place, corner in enumerate(self.corners) if place != self.chosen])
        self.chosen = min(self.chosen, len(self.corners) - 1)
        return True


def free_name(drafts: Sequence[Draft]) -> str:
    """A name that no zone of the camera has."""
    taken = {draft.name for draft in drafts}
    return next(f"Zone {number}" for number in range(1, len(taken) + 2) if f"Zone {number}" not in taken)
