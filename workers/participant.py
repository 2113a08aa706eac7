"""One person in front of one camera: what the trainee finds, as messages, each change told once.

Pure: landmarks and times in, messages out. Numbers and revisions come from the frames alone, so that a worker that
goes over the same frames again makes the same messages.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.messages import (
    ObservedPerson,
    RejectedRecord,
    RepRecord,
    RuleVerdict,
    SetChanged,
    TrackEnd,
    TrackEnded,
    TrackRef,
    TrackStarted,
)
from workers.exercise.features import INDEX
from workers.exercise.results import ExerciseSet, FormVerdict
from workers.exercise.trainee import Followed, Trainee
from workers.people.appearance import Clothing
from workers.people.tracked import TrackedPerson
from workers.posture import Point, body_points, feet, has_moved, is_lying, packed_clothing, packed_points

NANOSECONDS = 1_000_000_000
SAMPLE_EVERY_S = 0.5
SAMPLES = 300
"""Of place and visibility: 150 s. A longer set is placed by its newest part."""
CLOTHING_EVERY_S = 1.0
REMEMBER_S = 120.0
"""Closed sets are kept for so long, because a hold that lies in one is none of its own."""
TELL_SHARE = 0.01
"""A set is told again when it has grown by this share of its time. Every message carries all of it: told at each
repetition, an hour on a bicycle would be gigabytes; a hundredth of a set of thirty seconds is a moment."""
LONGEST_STEP_S = 0.5
"""A longer time between two frames of a person is time in which the person was not seen."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame, or a gap between frames, as the cause of messages."""

    sender: str
    camera: str
    epoch: str
    sequence: int
    captured_ns: int
    captured_utc_ns: int
    after_frame: bool = False
    """Not the frame itself but what came after it: a gap, or the end."""

    @property
    def revision(self) -> int:
        """Grows from moment to moment."""
        return 2 * (self.sequence + 1) + self.after_frame

    def utc_ns(self, time_s: float) -> int:
        """UTC of a capture time, seconds on the camera's monotonic clock."""
        return self.captured_utc_ns - (self.captured_ns - round(time_s * NANOSECONDS))

    def ref(self, track: int) -> TrackRef:
        """Somebody's identity."""
        return TrackRef(self.camera, self.epoch, track)


@dataclass(frozen=True, slots=True)
class Sample:
    """How well and where a person was seen at one moment."""

    time_s: float
    x: float
    """Of the feet, relative; NaN where they were not seen."""
    y: float
    visibility: float
    seen_s: float
    """For how long the person has been seen so far."""


@dataclass(slots=True)
class ToldSet:
    """What others know of one set."""

    number: int
    key: str
    found: ExerciseSet
    shown: tuple[object, ...] = ()
    """What was visible in the last message."""
    shown_s: float = -math.inf
    """When that was, capture time."""
    closed: bool = False
    withdrawn: bool = False


@dataclass(slots=True)
class Participant:
    """One track: its trainee, and what was told of it."""

    track: int
    trainee: Trainee
    started_utc_ns: int
    frames: int = 0
    last_s: float = -math.inf
    seen_s: float = 0.0
    sets: list[ToldSet] = field(default_factory=list)
    numbers: int = 0
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    compared: int = -1
    clothed_s: float = -math.inf
    still_points: NDArray[np.float32] | None = None
    still_since_s: float = 0.0

    def take(
        self, moment: Moment, person: TrackedPerson, size: tuple[int, int], clothing: Callable[[], Clothing | None]
    ) -> tuple[ObservedPerson, list[SetChanged]]:
        """Take one frame in which the person is seen; ``size`` of the frame, width and height in pixels."""
        time_s = moment.captured_ns / NANOSECONDS
        self.trainee.update(time_s, person.landmarks, person.world)
        self.frames += 1
        self.seen_s += min(max(time_s - self.last_s, 0.0), LONGEST_STEP_S) if self.frames > 1 else 0.0
        self.last_s = time_s
        place = feet(person.landmarks, *size)
        self._sample(time_s, person, place)
        changed: list[SetChanged] = []
        if self.compared != self.trainee.comparisons:
            self.compared = self.trainee.comparisons
            changed = self._tell(moment, self.trainee.followed())
            self._let_go(time_s)
        return self._observed(moment, person, size, place, clothing), changed

    def started(self, moment: Moment) -> TrackStarted:
        """The message of the first frame."""
        return TrackStarted(
            sender=moment.sender,
            who=moment.ref(self.track),
            sequence=moment.sequence,
            captured_utc_ns=moment.captured_utc_ns,
        )

    def end(self, moment: Moment, reason: TrackEnd) -> list[SetChanged | TrackEnded]:
        """Close everything; the person is not followed any more."""
        self.trainee.finish()
        followed = [Followed(each.key, each.found, over=True) for each in self.trainee.followed()]
        told = self._tell(moment, followed, ended=True)
        ended = TrackEnded(
            sender=moment.sender,
            who=moment.ref(self.track),
            sequence=moment.sequence,
            captured_utc_ns=moment.captured_utc_ns,
            started_utc_ns=self.started_utc_ns,
            frames=self.frames,
            reason=reason,
        )
        return [*told, ended]

    # Below: sets

    def _tell(self, moment: Moment, followed: Sequence[Followed], *, ended: bool = False) -> list[SetChanged]:
        """Messages of all sets that look different from what was told of them."""
        gone = {told.key: told for told in self.sets if not told.closed}
        for each in followed:
            gone.pop(each.key, None)
        messages = []
        for each in followed:
            told = self._told(each, gone)
            told.found = each.found
            messages += self._message(moment, told, closed=each.over, withdrawn=False)
        for told in gone.values():
            past = ended or told.found.end_s < self.trainee.reach_s
            messages += self._message(moment, told, closed=past, withdrawn=True)
        return messages

    def _told(self, each: Followed, gone: dict[str, ToldSet]) -> ToldSet:
        """What is known of a set; one that was dropped a moment ago and begins again is the same."""
        for told in self.sets:
            if told.key == each.key:
                return told
        for told in gone.values():
            if each.found.start_s <= told.found.end_s and told.found.start_s <= each.found.end_s:
                del gone[told.key]
                told.key = each.key
                return told
        self.numbers += 1
        told = ToldSet(self.numbers, each.key, each.found)
        self.sets.append(told)
        return told

    def _message(self, moment: Moment, told: ToldSet, *, closed: bool, withdrawn: bool) -> list[SetChanged]:
        if told.closed:
            return []
        shown = (*_visible(told.found), closed, withdrawn)
        if shown == told.shown:
            return []
        found, time_s = told.found, moment.captured_ns / NANOSECONDS
        is_urgent = closed or withdrawn or told.withdrawn
        if not is_urgent and time_s - told.shown_s < TELL_SHARE * (found.end_s - found.start_s):
            return []
        told.shown, told.shown_s, told.closed, told.withdrawn = shown, time_s, closed, withdrawn
        place, quality = self._seen_during(found.start_s, found.end_s)
        return [
            SetChanged(
                sender=moment.sender,
                who=moment.ref(self.track),
                sequence=moment.sequence,
                captured_utc_ns=moment.captured_utc_ns,
                number=told.number,
                revision=moment.revision,
                exercise=found.exercise,
                confidence=found.confidence,
                started_utc_ns=moment.utc_ns(found.start_s),
                ended_utc_ns=moment.utc_ns(found.end_s),
                reps=tuple(
                    RepRecord(
                        started_utc_ns=moment.utc_ns(rep.start_s),
                        ended_utc_ns=moment.utc_ns(rep.end_s),
                        span=rep.span,
                        tentative=rep.tentative,
                        verdicts=_verdicts(rep.verdicts),
                    )
                    for rep in found.reps
                ),
                rejected=tuple(
                    RejectedRecord(at_utc_ns=moment.utc_ns(each.at_s), reason=each.reason) for each in found.rejected
                ),
                hold_s=found.hold_s,
                hold_verdicts=_verdicts(found.hold_verdicts),
                unit=found.unit,
                closed=closed,
                withdrawn=withdrawn,
                feet=place,
                quality=quality,
            )
        ]

    def _let_go(self, time_s: float) -> None:
        """Forget sets that were closed long ago."""
        before_s = time_s - REMEMBER_S
        if any(told.closed and told.found.end_s < before_s for told in self.sets):
            self.sets = [told for told in self.sets if not told.closed or told.found.end_s >= before_s]
            self.trainee.drop_before(before_s)

    # Below: the person in this frame

    def _observed(
        self,
        moment: Moment,
        person: TrackedPerson,
        size: tuple[int, int],
        place: Point | None,
        clothing: Callable[[], Clothing | None],
    ) -> ObservedPerson:
        width, height = size
        time_s = self.last_s
        status, features = self.trainee.status(), self.trainee.features
        key = self.trainee.current_key
        told = next((told for told in reversed(self.sets) if told.key == key), None) if key else None
        x0, y0, x1, y1 = person.box_px
        return ObservedPerson(
            track=self.track,
            points=packed_points(person.landmarks, width, height),
            box=(x0 / width, y0 / height, x1 / width, y1 / height),
            presence=person.presence,
            feet=place,
            clothing=self._clothing(time_s, clothing),
            exercise=status.exercise,
            set_number=told.number if told is not None else 0,
            reps=status.reps,
            tentative=status.tentative,
            hold_s=status.hold_s,
            progress=status.progress,
            cue=status.cue,
            set_started_utc_ns=moment.utc_ns(told.found.start_s) if told is not None else 0,
            lying=features is not None and is_lying(features),
            still_s=self._still_s(time_s, person.landmarks, features),
        )

    def _clothing(self, time_s: float, clothing: Callable[[], Clothing | None]) -> bytes | None:
        if time_s - self.clothed_s < CLOTHING_EVERY_S:
            return None
        worn = clothing()
        if worn is None or (worn.torso is None and worn.legs is None):
            return None
        self.clothed_s = time_s
        return packed_clothing(worn)

    def _still_s(self, time_s: float, landmarks: NDArray[np.float32], features: NDArray[np.float32] | None) -> float:
        now = body_points(landmarks)
        scale = float(features[INDEX["px_per_m"]]) if features is not None else 0.0
        if self.still_points is None or has_moved(self.still_points, now, scale):
            self.still_points, self.still_since_s = now, time_s
        return time_s - self.still_since_s

    def _sample(self, time_s: float, person: TrackedPerson, place: Point | None) -> None:
        if self.samples and time_s - self.samples[-1].time_s < SAMPLE_EVERY_S:
            return
        x, y = place if place is not None else (math.nan, math.nan)
        self.samples.append(Sample(time_s, x, y, float(person.landmarks[11:33, 3].mean()), self.seen_s))

    def _seen_during(self, start_s: float, end_s: float) -> tuple[Point | None, float]:
        """Median place of the feet in a time, and how well the person was seen, 0-1."""
        inside = [s for s in self.samples if start_s - SAMPLE_EVERY_S <= s.time_s <= end_s + SAMPLE_EVERY_S]
        if not inside:
            return None, 0.0
        places = np.array([(s.x, s.y) for s in inside if not math.isnan(s.x)])
        place = tuple(float(value) for value in np.median(places, axis=0)) if len(places) else None
        passed_s = inside[-1].time_s - inside[0].time_s
        share = min(1.0, (inside[-1].seen_s - inside[0].seen_s) / passed_s) if passed_s > 0 else 1.0
        visibility = sum(s.visibility for s in inside) / len(inside)
        return (place[0], place[1]) if place is not None else None, min(max(visibility * share, 0.0), 1.0)


def _visible(found: ExerciseSet) -> tuple[object, ...]:
    """What somebody who looks at a set would see change."""
    faults = tuple(v.rule for rep in found.reps for v in rep.verdicts if v.verdict == "fault")
    held = None if found.hold_s is None else int(found.hold_s)
    held_faults = tuple(v.rule for v in found.hold_verdicts if v.verdict == "fault")
    return found.exercise, len(found.reps), found.tentative, len(found.rejected), held, faults, held_faults


def _verdicts(verdicts: Sequence[FormVerdict]) -> tuple[RuleVerdict, ...]:
    return tuple(
        RuleVerdict(rule=v.rule, verdict=v.verdict, cue=v.cue, value=v.value, limit=v.limit, unit=v.unit)
        for v in verdicts
    )
