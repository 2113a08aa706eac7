"""A recording to what its people trained: the loop over the frames, and its result.

Knows people and exercises only by the interfaces below; prints and writes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.frame import Frame
from workers.exercise.results import ExerciseSet
from workers.people.tracked import TrackedPerson

NANOSECONDS = 1_000_000_000
BRIEF_S = 0.5
"""Who is seen for less and completes nothing is not reported: passers-by at the edge of the picture and things taken
for a person for a few frames. A shortest repetition takes longer, so that nobody who trains is lost."""


class Finder(Protocol):
    """Finds and follows the people of one recording."""

    def update(self, frame: Frame) -> list[TrackedPerson]:
        """Give the people in the next frame."""
        ...

    def close(self) -> None:
        """Release the models."""
        ...


class Status(Protocol):
    """What one person does right now, for an overlay."""

    @property
    def exercise(self) -> str:
        """Name of the exercise, or ``unknown``; empty while nothing is trained."""
        ...

    @property
    def reps(self) -> int:
        """Sure repetitions of the current set."""
        ...

    @property
    def tentative(self) -> int:
        """Doubtful repetitions of the current set."""
        ...

    @property
    def cue(self) -> str:
        """What to correct in the last repetition; empty if there is nothing."""
        ...

    @property
    def hold_s(self) -> float | None:
        """Seconds held in the current set; None for exercises that are counted."""
        ...


class Trainee(Protocol):
    """Follows the training of one person."""

    def update(self, time_s: float, landmarks: NDArray[np.float32], world: NDArray[np.float32]) -> None:
        """Take the landmarks of one frame: (33, 4) in frame pixels and (33, 3) in metres, as in ``TrackedPerson``."""
        ...

    def status(self) -> Status:
        """Give what the person does right now."""
        ...

    def finish(self) -> list[ExerciseSet]:
        """Close the current set and give all sets."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """One person in one frame."""

    person: TrackedPerson
    trainee: Trainee

    @property
    def status(self) -> Status:
        """What the person does at this frame; worked out when asked, so ask while the frame is the newest."""
        return self.trainee.status()


FrameSink = Callable[[Frame, float, Sequence[Seen]], None]
"""Is given every frame, its time in seconds, and who is in it."""


@dataclass(slots=True)
class PersonAnalysis:
    """One person's part in a recording."""

    person: int
    """Number of the track; unique in the recording, and with gaps where brief sightings were left out."""
    first_s: float
    last_s: float
    frames: int
    """In how many frames the person was seen."""
    sets: list[ExerciseSet] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClipAnalysis:
    """What a recording showed."""

    source: str
    """The recording's name as it was given."""
    width: int
    height: int
    frames: int
    frames_per_second: float
    duration_s: float
    people: list[PersonAnalysis]
    brief_sightings: int
    """How many more people were seen too briefly to be reported."""
    truncated: str | None
    """Why the recording ended too early; None if it is whole."""
    notes: list[str]
    """Remarks on the recording."""


class ReadableRecording(Protocol):
    """The part of ``ingest.video.Recording`` that the loop needs."""

    width: int
    height: int
    frames_read: int
    truncated: str | None
    notes: list[str]

    def __iter__(self) -> Iterator[Frame]:
        """Give every frame in order."""
        ...

    @property
    def frames_per_second(self) -> float:
        """Mean frame rate of what was read."""
        ...

    @property
    def duration_s(self) -> float:
        """Length of what was read."""
        ...


def analyze_recording(
    recording: ReadableRecording,
    source: str,
    finder: Finder,
    new_trainee: Callable[[], Trainee],
    sinks: Sequence[FrameSink] = (),
) -> ClipAnalysis:
    """Read a recording to its end and tell who trained what in it.

    Every frame goes through the finder once, in order; each person's landmarks go to a trainee of their own. Memory
    does not grow with the frames, only with people, sets and repetitions.
    """
    trainees: dict[int, Trainee] = {}
    people: dict[int, PersonAnalysis] = {}
    for frame in recording:
        time_s = frame.captured_ns / NANOSECONDS
        seen: list[Seen] = []
        for person in finder.update(frame):
            if person.track not in trainees:
                trainees[person.track] = new_trainee()
                people[person.track] = PersonAnalysis(person.track, time_s, time_s, 0)
            trainees[person.track].update(time_s, person.landmarks, person.world)
            people[person.track].last_s = time_s
            people[person.track].frames += 1
            seen.append(Seen(person, trainees[person.track]))
        for sink in sinks:
            sink(frame, time_s, seen)
    for track, trainee in trainees.items():
        people[track].sets = trainee.finish()
    kept = worth_reporting(people.values(), recording.frames_per_second, recording.duration_s)
    return ClipAnalysis(
        source=source,
        width=recording.width,
        height=recording.height,
        frames=recording.frames_read,
        frames_per_second=recording.frames_per_second,
        duration_s=recording.duration_s,
        people=kept,
        brief_sightings=len(people) - len(kept),
        truncated=recording.truncated,
        notes=list(recording.notes),
    )


def worth_reporting(
    people: Iterable[PersonAnalysis], frames_per_second: float, duration_s: float
) -> list[PersonAnalysis]:
    """Leave out who was seen only for a moment and completed nothing; order the others by number.

    In a recording shorter than a second, half of its length counts as a moment.
    """
    moment_s = min(BRIEF_S, duration_s / 2)
    kept = [person for person in people if person.sets or person.frames / frames_per_second >= moment_s]
    return sorted(kept, key=lambda person: person.person)
