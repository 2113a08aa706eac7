"""What is known of a person's training: sets, repetitions, rejected movements and form faults."""

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["ok", "fault", "cannot tell"]


UNKNOWN = "unknown"
"""What an exercise without a name is called."""


@dataclass(frozen=True, slots=True)
class FormVerdict:
    """What one form rule says of one repetition."""

    rule: str
    """Name of the fault, as in the exercise catalogue."""
    verdict: Verdict
    cue: str
    """What to tell the person, in plain words; set for a fault only."""
    value: float | None = field(default=None, compare=False)
    """What was measured, in ``unit``; None where the rule cannot tell."""
    limit: float | None = field(default=None, compare=False)
    """The bound that is nearest to it."""
    unit: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition."""

    start_s: float
    end_s: float
    """When the movement is back where it started: the time that the repetition counts."""
    counted_s: float
    """Capture time of the frame at which it was counted: when the movement was nearly back, so that the rest of the way
    may come later and ``end_s`` with it."""
    span: float
    """Range of the progress signal in this repetition, in the signal's unit (degrees for angles)."""
    tentative: bool
    """In doubt until another repetition confirms it, and not counted before."""
    verdicts: tuple[FormVerdict, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRep:
    """A movement that looked like a repetition and was not counted."""

    at_s: float
    reason: str
    """Short plain words, for example ``short range``."""


@dataclass(frozen=True, slots=True)
class ProgressTrace:
    """The signal on which a set was counted; for plots."""

    time_s: tuple[float, ...]
    value: tuple[float, ...]
    """In ``unit``; NaN where the person was not seen well enough."""
    unit: str


@dataclass(slots=True)
class ExerciseSet:
    """Repetitions of one exercise without a longer rest between them, or one held position."""

    exercise: str
    """Name in the exercise catalogue, or ``unknown``."""
    confidence: float
    """0-1: how sure the recogniser is of the exercise."""
    start_s: float
    end_s: float
    reps: list[Rep] = field(default_factory=list)
    rejected: list[RejectedRep] = field(default_factory=list)
    hold_s: float | None = None
    """Seconds held, for exercises that are held; None for exercises that are counted."""
    hold_verdicts: tuple[FormVerdict, ...] = ()
    """What the form rules say of a held position as a whole."""
    unit: str = ""
    """Of the span of its repetitions; empty for a held position."""
    trace: ProgressTrace | None = None

    @property
    def counted(self) -> list[Rep]:
        """The repetitions that are beyond doubt."""
        return [rep for rep in self.reps if not rep.tentative]

    @property
    def tentative(self) -> int:
        """How many more are in doubt."""
        return len(self.reps) - len(self.counted)
