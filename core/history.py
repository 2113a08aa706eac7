"""What can be read of the past, and by which words it is chosen; the shapes alone, without a database.

``aggregator.queries`` answers, the console asks. Times are UTC in nanoseconds since 1970; 0 stands for none.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.messages import TrackRef

Cell = str | int | float | bool | None
"""One value of an answer to a statement in SQL; times are text in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which part of the past; what is left out does not restrict."""

    from_utc_ns: int = 0
    until_utc_ns: int = 0
    """Not included."""
    person: str = ""
    """Uid; those merged into the person are the person."""
    exercise: str = ""
    zone: str = ""
    camera: str = ""
    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody who was on the floor."""

    uid: str
    number: int
    nickname: str
    member_number: str
    first_seen_utc_ns: int
    last_seen_utc_ns: int
    merged_into: str
    """Uid of who has all the tracks; empty for most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One visit."""

    session: int
    person: str
    number: int
    nickname: str
    started_utc_ns: int
    last_seen_utc_ns: int
    ended_utc_ns: int
    end_reason: str
    sets: int
    reps: int
    """As corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """One set; what staff corrected stands beside what was counted."""

    uid: str
    session: int
    person: str
    person_number: int
    nickname: str
    camera: str
    zone: str
    exercise: str
    number: int
    """Counts the sets of the visit from 1."""
    started_utc_ns: int
    ended_utc_ns: int
    reps: int
    tentative: int
    hold_s: float | None
    confidence: float
    quality: float
    cameras: int
    open: bool
    faults: int
    corrected_reps: int | None = None
    corrected_exercise: str | None = None
    corrected_by: str = ""
    corrected_utc_ns: int = 0

    @property
    def is_corrected(self) -> bool:
        """Whether staff said something else than what was seen."""
        return self.corrected_utc_ns > 0

    @property
    def reps_in_the_end(self) -> int:
        """As corrected, else as counted."""
        return self.reps if self.corrected_reps is None else self.corrected_reps

    @property
    def exercise_in_the_end(self) -> str:
        """As corrected, else as recognised."""
        return self.exercise if self.corrected_exercise is None else self.corrected_exercise


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """A form fault."""

    rep: int
    """Number of the repetition; 0 for a fault of a hold."""
    rule: str
    cue: str
    value: float | None
    limit: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRow:
    """One repetition."""

    number: int
    started_utc_ns: int
    ended_utc_ns: int
    range_of_motion: float
    unit: str
    tentative: bool
    cameras: int

    @property
    def duration_s(self) -> float:
        """How long it took."""
        return (self.ended_utc_ns - self.started_utc_ns) / 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A movement that was not counted."""

    at_utc_ns: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDetail:
    """A set with all that belongs to it."""

    set: SetRow
    reps: tuple[RepRow, ...]
    faults: tuple[FaultRow, ...]
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """How somebody moved in a set, as one camera saw it."""

    who: TrackRef
    times_utc_ns: NDArray[np.int64]
    """(N,), rising, exact to the millisecond."""
    points: NDArray[np.float32]
    """(N, 33, 3): x, y as shares of the picture, visibility 0-1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    """One of a person's tracks."""

    who: TrackRef
    started_utc_ns: int
    last_seen_utc_ns: int
    sets: int
    why: str
    """Of the decision that gave it to the person."""
    decided: str
    """Uid of whose it is without the merges of staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """Something that staff were told."""

    uid: str
    alert: str
    severity: str
    subject: str
    text: str
    since_utc_ns: int
    last_utc_ns: int
    resolved_utc_ns: int
    count: int
    acknowledged_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStateRow:
    """A camera got into a state, or gives another reason for it."""

    at_utc_ns: int
    state: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyHour:
    """How many people a zone held in one hour."""

    zone: str
    hour_utc_ns: int
    """When it began."""
    people_mean: float
    people_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Something that one of the staff did."""

    at_utc_ns: int
    by: str
    action: str
    subject: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What there is to choose from."""

    exercises: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """Rows that a statement gave."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    cut: bool = False
    """There were more rows than were asked for."""


class PastReader(Protocol):
    """Reads the past and never writes; every call may wait, and raises ``SpotterError`` with a sentence to show."""

    def people(self, chosen: Selection) -> list[PersonRow]:
        """Who was there, the last seen first."""
        ...

    def person(self, uid: str) -> PersonRow | None:
        """One person."""
        ...

    def sessions(self, chosen: Selection) -> list[SessionRow]:
        """Visits, the newest first."""
        ...

    def sets(self, chosen: Selection, *, session: int = 0) -> list[SetRow]:
        """Sets, the newest first; of one visit in their order."""
        ...

    def set_detail(self, uid: str) -> SetDetail | None:
        """A set by the name of any of its views."""
        ...

    def recordings(self, set_uid: str) -> list[Recording]:
        """Key-points of a set, a camera each; none where gym.toml does not ask for them, or no longer."""
        ...

    def visit(self, person: str) -> list[SetRow]:
        """Sets of the person's newest visit, in their order."""
        ...

    def tracks(self, person: str) -> list[TrackRow]:
        """Tracks of the person's newest visit, the newest first."""
        ...

    def alerts(self, chosen: Selection) -> list[AlertRow]:
        """Alerts, the newest first."""
        ...

    def camera_states(self, chosen: Selection) -> list[CameraStateRow]:
        """Changes of state of ``chosen.camera``, the newest first."""
        ...

    def occupancy(self, chosen: Selection, *, shift_s: int = 0) -> list[OccupancyHour]:
        """Zones by hour; ``shift_s``: what the gym's hours begin before those of UTC."""
        ...

    def audit(self, *, subject: str = "", limit: int = 200) -> list[AuditRow]:
        """What staff did, the latest first; ``subject``: only what is about this."""
        ...

    def choices(self) -> Choices:
        """Exercises, zones and cameras that there are."""
        ...

    def run_sql(self, statement: str, limit: int = 1000, timeout_s: float = 5.0) -> SqlAnswer:
        """Answer one statement that only reads."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
