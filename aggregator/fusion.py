"""Sets of one person, as several cameras or several tracks saw them, become one set each."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.messages import RejectedRecord, Relative, RuleVerdict, SetChanged, TrackRef


@dataclass(frozen=True, slots=True)
class SetView:
    """One set as one track of one camera saw it: the newest revision."""

    who: TrackRef
    person: str
    """Uid; empty while it is not known: such a view is fused with others of its track only."""
    told: SetChanged


@dataclass(frozen=True, slots=True)
class FusedRep:
    """One repetition, seen by one camera or by several."""

    started_utc_ns: int
    ended_utc_ns: int
    span: float
    tentative: bool
    verdicts: tuple[RuleVerdict, ...]
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FusedSet:
    """One set as it was performed, as far as all views tell."""

    key: str
    """``CAMERA/EPOCH/TRACK/set/NUMBER`` of the earliest view: the same whenever the same views are fused."""
    person: str
    exercise: str
    confidence: float
    started_utc_ns: int
    ended_utc_ns: int
    reps: tuple[FusedRep, ...]
    """In order of time; the tentative ones do not count."""
    rejected: tuple[RejectedRecord, ...]
    hold_s: float | None
    hold_verdicts: tuple[RuleVerdict, ...]
    unit: str
    closed: bool
    """All views are."""
    quality: float
    camera: str
    """The one that saw the set best; ``feet`` are in its picture."""
    feet: Relative | None
    cameras: tuple[str, ...]
    members: tuple[tuple[TrackRef, int], ...]
    """Tracks and the numbers of their sets that went into it."""

    @property
    def counted(self) -> int:
        """Repetitions beyond doubt."""
        return sum(not rep.tentative for rep in self.reps)


def fuse(views: Iterable[SetView]) -> list[FusedSet]:
    """All sets of the people in ``views``, in order of time; withdrawn views are left out.

    The order of the views does not matter. Give all views of a person's visit: what is left out may split a set.
    """
    raise NotImplementedError
