"""What the database holds of a drawn gym, laid beside what was drawn. Pure: knows no database and draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ingest.rehearsal.truth import PersonTruth, SetTruth

OTHER_NAME = 0.3
"""Weight of time shared by sets of different exercises when people are matched; a wrong name is weaker evidence."""
OTHER_PLACE = 0.2
"""The same for sets at different stations; zones are named after them, and near their edges they may be mistaken."""
HOLD_TOLERANCE_S = 2.0
"""Of a held exercise: into it and out of it take about a second each, and nobody could say when exactly it begins."""
NEAR = 1
"""Repetitions by which a stored set may differ from the drawn one and still be about right."""


@dataclass(frozen=True, slots=True)
class StoredSet:
    """One set as the database holds it; times are seconds of the scene."""

    person: int
    exercise: str
    start_s: float
    end_s: float
    reps: int
    hold_s: float | None = None
    zone: str = ""
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One drawn set and the stored one that is it, if any."""

    person: str
    true: SetTruth
    stored: StoredSet | None

    @property
    def is_named_right(self) -> bool:
        """Whether the exercise is right."""
        return self.stored is not None and self.stored.exercise == self.true.exercise

    @property
    def is_near(self) -> bool:
        """Whether the amount is within one repetition, or about the time that a position was held."""
        return self.stored is not None and _amount_error(self.true, self.stored) <= 1.0

    @property
    def is_exact(self) -> bool:
        """Whether the amount is the drawn one; of a held position, as near as can be said."""
        return self.stored is not None and _amount_error(self.true, self.stored) < 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of a drawn gym beside all that is stored."""

    rows: tuple[Row, ...]
    extra: tuple[StoredSet, ...]
    """Stored sets that are nobody's, or a second time somebody's."""
    people_drawn: int
    people_stored: int

    @property
    def near(self) -> int:
        """Drawn sets whose amount is within one."""
        return sum(row.is_near for row in self.rows)

    @property
    def exact(self) -> int:
        """Drawn sets whose amount is exact."""
        return sum(row.is_exact for row in self.rows)

    @property
    def named(self) -> int:
        """Drawn sets with the right name."""
        return sum(row.is_named_right for row in self.rows)

    @property
    def twice(self) -> tuple[StoredSet, ...]:
        """Extra sets that lie mostly inside a drawn set which is stored already: something was stored twice."""
        return tuple(
            extra
            for extra in self.extra
            if any(
                row.stored is not None
                and row.stored.exercise == extra.exercise
                and shared_s(row.true, extra) > 0.5 * (extra.end_s - extra.start_s)
                for row in self.rows
            )
        )


def compare(people: Sequence[PersonTruth], stored: Sequence[StoredSet]) -> Comparison:
    """Match stored people to drawn ones, one to one by the time their sets share, then their sets in the same way."""
    numbers = sorted({each.person for each in stored})
    mine = {number: [each for each in stored if each.person == number] for number in numbers}
    shared = np.array([[_person_share(person, mine[number]) for number in numbers] for person in people])
    owners = _assigned(shared.reshape(len(people), len(numbers)))
    rows, used = [], set()
    for at, person in enumerate(people):
        theirs = mine[numbers[owners[at]]] if at in owners else []
        gains = np.array([[shared_s(true, each) for each in theirs] for true in person.sets])
        pairs = _assigned(gains.reshape(len(person.sets), len(theirs)))
        for number, true in enumerate(person.sets):
            found = theirs[pairs[number]] if number in pairs else None
            if found is not None:
                used.add(id(found))
            rows.append(Row(person.name, true, found))
    extra = tuple(each for each in stored if id(each) not in used)
    return Comparison(tuple(rows), extra, len(people), len(numbers))


def shared_s(true: SetTruth, stored: StoredSet) -> float:
    """How long a drawn and a stored set last together; 0 if they do not meet."""
    return max(0.0, min(true.end_s, stored.end_s) - max(true.start_s, stored.start_s))


def _person_share(person: PersonTruth, stored: Sequence[StoredSet]) -> float:
    return sum(
        shared_s(true, each)
        * (1.0 if true.exercise == each.exercise else OTHER_NAME)
        * (1.0 if (true.station or "") == each.zone else OTHER_PLACE)
        for true in person.sets
        for each in stored
    )


def _assigned(gains: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> dict[int, int]:
    """Rows to columns, one to one, with the greatest sum; pairs that gain nothing are left out."""
    if gains.size == 0:
        return {}
    rows, columns = linear_sum_assignment(-gains)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True) if gains[row, column] > 0}


def _amount_error(true: SetTruth, stored: StoredSet) -> float:
    """Repetitions too many or too few; of a held position 0, 1 or 2 by how far the seconds are off."""
    if true.hold_s is None:
        return abs(stored.reps - len(true.rep_end_s))
    off_s = abs((stored.hold_s or 0.0) - true.hold_s)
    return 0.0 if off_s <= HOLD_TOLERANCE_S else 1.0 if off_s <= 2 * HOLD_TOLERANCE_S else 2.0
