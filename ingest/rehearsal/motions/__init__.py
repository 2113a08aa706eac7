"""How people move: the exercises, one repetition of them, idle life, and walking."""

from ingest.rehearsal.motions.exercises import CROUCH, EXERCISES, Exercise, Thing, faults_of
from ingest.rehearsal.motions.idle import IDLE, idle, standing
from ingest.rehearsal.motions.repetition import (
    BACK_AT,
    Held,
    Moment,
    entry,
    phase_progress,
    repetition,
    stance,
    tired,
)
from ingest.rehearsal.motions.walk import walking

__all__ = [
    "BACK_AT",
    "CROUCH",
    "EXERCISES",
    "IDLE",
    "Exercise",
    "Held",
    "Moment",
    "Thing",
    "entry",
    "faults_of",
    "idle",
    "phase_progress",
    "repetition",
    "stance",
    "standing",
    "tired",
    "walking",
]
