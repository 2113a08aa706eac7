"""One camera's frames to observations and events; no sockets, no clock, no disk.

Owns the epoch: the unbroken stretch of tracking in which track numbers mean somebody. The same frames give the same
messages, whichever worker goes over them, and the same repetitions as ``spotter analyze``.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import WireError
from core.frame import Frame
from core.messages import (
    AnyEvent,
    Checkpoint,
    FrameHeader,
    Gap,
    Observation,
    ObservedPerson,
    TrackEnd,
)
from workers.checkpoint import (
    CheckpointFormat,
    finder_state,
    participant_state,
    restore_finder,
    restore_participant,
)
from workers.exercise.catalogue import Catalogue
from workers.exercise.classifier import TemporalClassifier
from workers.exercise.opinion import ask_together
from workers.exercise.trainee import Trainee
from workers.participant import NANOSECONDS, Moment, Participant
from workers.people.appearance import Clothing
from workers.people.finder import PeopleFinder
from workers.people.tracked import TrackedPerson

LONGEST_GAP_NS = 10_000_000_000
"""A longer time without a frame breaks the epoch: who stands in the same place afterwards may be somebody else, and the
finder, which remembers by frames, would not know. It is how long the finder remembers a lost person."""

_MALFORMED = (TypeError, ValueError, AttributeError, KeyError, IndexError)
"""What values of a wrong kind raise; a checkpoint of which the checksum is right is hardly ever so."""

BREAKS = ("looped", "restarted", "ended")
"""Gaps after which nobody in the picture need be who was there before."""


class Finder(Protocol):
    """The part of ``PeopleFinder`` that follows people; what a test may stand in for."""

    def update(self, frame: Frame) -> list[TrackedPerson]:
        """The people in the next frame."""
        ...

    def known(self) -> set[int]:
        """Numbers of who is seen or may come back."""
        ...

    def clothing(self, number: int) -> Clothing | None:
        """Colours of a person's clothes."""
        ...

    def restart(self) -> None:
        """Forget everybody."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What one frame gave."""

    observation: Observation | None
    """None for a frame that was passed over."""
    events: list[AnyEvent]


class CameraPipeline:
    """Follows the people of one camera; belongs to one thread. The finder is its own, models may be shared."""

    def __init__(
        self,
        camera: str,
        sender: str,
        catalogue: Catalogue,
        finder: Finder,
        classifier: TemporalClassifier | None = None,
        *,
        cpu_ns: Callable[[], int] = time.thread_time_ns,
    ) -> None:
        self._camera = camera
        self._sender = sender
        self._catalogue = catalogue
        self._finder = finder
        self._classifier = classifier
        self._format = CheckpointFormat(catalogue)
        self._cpu_ns = cpu_ns
        self._people: dict[int, Participant] = {}
        self._last: FrameHeader | None = None
        self._epoch = ""
        self.passed_over = 0
        """Frames that were not later than the one before."""

    @property
    def epoch(self) -> str:
        """Name of the current epoch; empty before its first frame."""
        return self._epoch

    @property
    def people(self) -> int:
        """How many are followed, those who may come back included."""
        return len(self._people)

    @property
    def last(self) -> FrameHeader | None:
        """Newest frame that was taken, maybe before a gap; None at the start."""
        return self._last

    def take(self, header: FrameHeader, pixels: NDArray[np.uint8]) -> Taken:
        """Take one frame, (height, width, 3) uint8 BGR; one that is not later than the last is passed over."""
        started_ns = self._cpu_ns()
        events: list[AnyEvent] = []
        if self._last is not None and self._is_apart(self._last, header):
            events += self._break(self._moment(self._last, after_frame=True), "gap")
        elif self._last is not None and header.captured_ns <= self._last.captured_ns:
            self.passed_over += 1
            return Taken(None, [])
        if not self._epoch:
            self._epoch = f"{header.boot}-{header.sequence}"
        self._last = header
        moment = self._moment(header)
        people: list[ObservedPerson] = []
        seen = self._finder.update(Frame(pixels, header.captured_ns, header.sequence))
        for found in seen:
            if found.track not in self._people:
                person = Participant(found.track, Trainee(self._catalogue, self._classifier), header.captured_utc_ns)
                self._people[found.track] = person
                events.append(person.started(moment))
        self._ask_about(seen, header.captured_ns / NANOSECONDS)
        for found in seen:
            observed, changed = self._people[found.track].take(
                moment,
                found,
                (header.width, header.height),
                lambda number=found.track: self._finder.clothing(number),  # type: ignore[misc]
            )
            people.append(observed)
            events += changed
        known = self._finder.known()
        for track in [track for track in self._people if track not in known]:
            events += self._people.pop(track).end(moment, "left")
        observation = Observation(
            sender=self._sender,
            camera=self._camera,
            epoch=self._epoch,
            boot=header.boot,
            sequence=header.sequence,
            captured_ns=header.captured_ns,
            captured_utc_ns=header.captured_utc_ns,
            width=header.width,
            height=header.height,
            people=tuple(people),
            cost_ms=(self._cpu_ns() - started_ns) / 1e6,
        )
        return Taken(observation, events)

    def _ask_about(self, seen: list[TrackedPerson], time_s: float) -> None:
        """What the classifier thinks of everybody in the frame, in one run."""
        looked = [self._people[each.track].trainee.look(time_s, each.landmarks, each.world) for each in seen]
        ask_together([opinion for opinion in looked if opinion is not None], time_s)

    def gap(self, gap: Gap) -> list[AnyEvent]:
        """Something is missing between the last frame and the next; ends everything if it breaks the epoch."""
        if self._last is None or (gap.boot == self._last.boot and gap.sequence <= self._last.sequence):
            return []
        if gap.reason not in BREAKS and gap.boot == self._last.boot:
            return []
        return self._break(self._moment(self._last, after_frame=True), "gap")

    def close(self, reason: TrackEnd) -> list[AnyEvent]:
        """No more frames come to this pipeline: close all sets and tracks."""
        if self._last is None:
            return []
        return self._break(self._moment(self._last, after_frame=True), reason)

    def checkpoint(self) -> Checkpoint | None:
        """All that a successor needs to go on after the last frame; None while there is no epoch."""
        if self._last is None or not self._epoch:
            return None
        assert isinstance(self._finder, PeopleFinder)
        state = (
            finder_state(self._finder),
            {track: participant_state(person) for track, person in self._people.items()},
            self._last.width,
            self._last.height,
        )
        return Checkpoint(
            sender=self._sender,
            camera=self._camera,
            epoch=self._epoch,
            boot=self._last.boot,
            sequence=self._last.sequence,
            captured_ns=self._last.captured_ns,
            captured_utc_ns=self._last.captured_utc_ns,
            format=self._format.name,
            state=self._format.dump(state),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where another worker was; raises ``WireError``, and begins anew, if that cannot be done."""
        try:
            size = self._restore(checkpoint)
        except (WireError, *_MALFORMED) as error:
            self._finder.restart()
            self._people, self._epoch, self._last = {}, "", None
            if isinstance(error, WireError):
                raise
            raise WireError(f"the checkpoint makes no sense ({error}); the worker begins anew") from error
        self._epoch = checkpoint.epoch
        self._last = FrameHeader(
            sender=checkpoint.sender,
            camera=checkpoint.camera,
            boot=checkpoint.boot,
            sequence=checkpoint.sequence,
            captured_ns=checkpoint.captured_ns,
            captured_utc_ns=checkpoint.captured_utc_ns,
            width=size[0],
            height=size[1],
        )

    def _restore(self, checkpoint: Checkpoint) -> tuple[int, int]:
        """Put the people back; returns width and height of the last frame."""
        assert isinstance(self._finder, PeopleFinder)
        if checkpoint.camera != self._camera or checkpoint.format != self._format.name:
            raise WireError(f"the checkpoint of camera {self._camera} is of another version; the worker begins anew")
        tracks, people, width, height = self._format.load(checkpoint.state)
        restore_finder(self._finder, tracks)
        self._people = {
            int(track): restore_participant(self._catalogue, self._classifier, each) for track, each in people.items()
        }
        return int(width), int(height)

    @staticmethod
    def _is_apart(last: FrameHeader, header: FrameHeader) -> bool:
        """Whether a frame belongs to another epoch than the last: of another run of ingest, or after a long time."""
        return header.boot != last.boot or header.captured_ns - last.captured_ns > LONGEST_GAP_NS

    def _break(self, moment: Moment, reason: TrackEnd) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        for person in self._people.values():
            events += person.end(moment, reason)
        self._people, self._epoch = {}, ""
        self._finder.restart()
        return events

    def _moment(self, header: FrameHeader, *, after_frame: bool = False) -> Moment:
        return Moment(
            sender=self._sender,
            camera=self._camera,
            epoch=self._epoch,
            sequence=header.sequence,
            captured_ns=header.captured_ns,
            captured_utc_ns=header.captured_utc_ns,
            after_frame=after_frame,
        )
