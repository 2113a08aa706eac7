"""How good Spotter is, with intervals: pure functions over what was found and what is true.

Used by ``spotter evaluate``, by tests and by benchmarks; reads and writes nothing. ``clips`` scores recordings of one
person, the other files recorded scenes with everybody's truth: ``matching`` lays people beside each other,
``detection``, ``identity`` and ``sets`` measure, ``intervals`` bootstraps.
"""

from training.scoring.clips import (
    EVENT_TOLERANCE_S,
    ClipScore,
    event_f1,
    exact,
    figure,
    latency,
    macro_f1,
    matched_events,
    mean_error,
    named_right,
    off_by_one,
)
from training.scoring.intervals import Figure

__all__ = [
    "EVENT_TOLERANCE_S",
    "ClipScore",
    "Figure",
    "event_f1",
    "exact",
    "figure",
    "latency",
    "macro_f1",
    "matched_events",
    "mean_error",
    "named_right",
    "off_by_one",
]
