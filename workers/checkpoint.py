"""What a camera's successor needs to go on in the middle of a set, as bytes: the tracks, the counters, and no pixels.

Every class that may be in a checkpoint is listed here with the attributes that are kept. The list's hash, with the
package's version and the exercises, is the checkpoint's format: a worker with another one begins a new epoch.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from core.errors import WireError
from workers.exercise.catalogue import Catalogue, Exercise
from workers.exercise.choice import FREE_MOVEMENTS
from workers.exercise.classifier import TemporalClassifier
from workers.exercise.counter import Cycle, WaveStream
from workers.exercise.features import COUNT, FEATURE_VERSION
from workers.exercise.history import History
from workers.exercise.hold import Hold, HoldLane
from workers.exercise.lane import Candidate, Lane, Proposal
from workers.exercise.opinion import Opinion
from workers.exercise.periodicity import Course
from workers.exercise.results import ExerciseSet, FormVerdict, RejectedRep, Rep
from workers.exercise.statistics import RepStatistics
from workers.exercise.trainee import OpenSet, Trainee
from workers.exercise.turning import Turn, TurningPoints
from workers.participant import Participant, Sample, ToldSet
from workers.people.appearance import Clothing
from workers.people.detection import Window
from workers.people.finder import PeopleFinder
from workers.people.regions import Look, SearchPlan
from workers.people.track import Track
from workers.people.tracker import Tracker
from workers.pose.pose import Pose, Region
from workers.pose.smoothing import OneEuroConstants, OneEuroFilter, PoseSmoother
from workers.state_codec import Named, StateCodec


def _all(kind: type) -> tuple[str, ...]:
    """Every field of a dataclass."""
    return tuple(field.name for field in fields(kind))


KEPT: Mapping[type, tuple[str, ...]] = {
    Region: _all(Region),
    Pose: _all(Pose),
    Track: _all(Track),
    Clothing: _all(Clothing),
    PoseSmoother: ("_image", "_world", "_visibility"),
    OneEuroFilter: ("_constants", "_last_ns", "_raw", "_smooth", "_speed"),
    OneEuroConstants: _all(OneEuroConstants),
    Tracker: ("_live", "_lost", "_mixed", "_keys", "_numbers"),
    Window: _all(Window),
    Look: _all(Look),
    SearchPlan: (
        "_size", "_whole", "_round", "_opening", "_whole_at_s", "_round_at_s", "_moving_at_s", "_tries",
        "_rest_until_s", "_rest_s", "_retries", "_searched",
    ),
    Turn: _all(Turn),
    TurningPoints: ("_hysteresis", "confirmed", "_low", "_high", "_seeking"),
    WaveStream: ("_min_range", "_either_end", "_stretches", "_recent", "_last_s", "_open"),
    Cycle: _all(Cycle),
    Course: _all(Course),
    RepStatistics: _all(RepStatistics),
    Candidate: _all(Candidate),
    RejectedRep: _all(RejectedRep),
    Proposal: _all(Proposal),
    Lane: _all(Lane),
    History: ("_times", "_features"),
    Hold: _all(Hold),
    HoldLane: _all(HoldLane),
    FormVerdict: _all(FormVerdict),
    Rep: _all(Rep),
    ExerciseSet: tuple(name for name in _all(ExerciseSet) if name != "trace"),
    OpenSet: tuple(name for name in _all(OpenSet) if name != "traced"),
    Opinion: ("_times", "_rows", "_asked", "_mean", "_seen_s", "_moment", "decided"),
    Trainee: (
        "_lanes", "_free_lanes", "_hold_lanes", "_opinion", "_history", "_since_s", "_now_s", "_next_comparison_s",
        "_open", "_closed", "_counted_s", "_began", "comparisons",
    ),
    PeopleFinder: ("_tracker", "_plan", "_plan_size"),
    Sample: _all(Sample),
    ToldSet: _all(ToldSet),
    Participant: _all(Participant),
}  # fmt: skip
"""What is kept of each class."""

LEFT_OUT: Mapping[type, tuple[str, ...]] = {
    # Between two calls for one frame only.
    Tracker: ("_options", "_retried"),
    # Pictures for plots; nobody draws them live.
    ExerciseSet: ("trace",),
    OpenSet: ("traced",),
    # Frames that wait are taken into the rows before.
    Opinion: ("classifier", "_pending"),
    # Made anew from the rest.
    Trainee: ("_shown",),
    History: ("_start", "_end"),
    # Models are opened by the successor, and pixels are never kept.
    PeopleFinder: ("_backend", "_detector", "_options", "_motion"),
}
"""What is not kept of them, on purpose; together with the above, every attribute."""


def _pack_turning(points: TurningPoints) -> Any:  # noqa: ANN401  # plain values
    turns = [number for turn in points.confirmed for number in (turn.time_s, turn.value, float(turn.kind))]
    low, high = points._low, points._high
    ends = None if low is None or high is None else [low.time_s, low.value, high.time_s, high.value]
    return (points._hysteresis, points._seeking, ends, np.array(turns))


def _unpack_turning(packed: Any) -> TurningPoints:  # noqa: ANN401  # plain values
    hysteresis, seeking, ends, turns = packed
    points = TurningPoints(hysteresis)
    points._seeking = seeking
    if ends is not None:
        points._low, points._high = Turn(ends[0], ends[1], -1), Turn(ends[2], ends[3], 1)
    points.confirmed = [Turn(time_s, value, int(kind)) for time_s, value, kind in turns.reshape(-1, 3).tolist()]
    return points


def _pack_stream(stream: WaveStream) -> Any:  # noqa: ANN401  # plain values
    recent = np.array(stream._recent).reshape(-1, 2)
    return (stream._min_range, stream._either_end, stream._stretches, recent, stream._last_s, stream._open)


def _unpack_stream(packed: Any) -> WaveStream:  # noqa: ANN401  # plain values
    min_range, either_end, stretches, recent, last_s, is_open = packed
    stream = WaveStream(min_range, either_end=either_end)
    stream._stretches, stream._last_s, stream._open = stretches, last_s, is_open
    stream._recent.extend(map(tuple, recent.tolist()))
    return stream


def _pack_history(history: History) -> Any:  # noqa: ANN401  # plain values
    return (history.times, history.features)


def _unpack_history(packed: Any) -> History:  # noqa: ANN401  # plain values
    times, features = packed
    if times.ndim != 1 or features.shape != (len(times), COUNT):
        raise ValueError("the features are not of this version")
    history = History()
    history.restore(times, features)
    return history


_ADOPTED = (Participant, Trainee, PeopleFinder, Opinion, Lane)
"""Made by the successor itself, from its own models and catalogue; what is kept of them is put into them."""

_CODEC = StateCodec(
    {kind: names for kind, names in KEPT.items() if kind not in _ADOPTED},
    named=(Exercise,),
    compact={
        TurningPoints: (_pack_turning, _unpack_turning),
        WaveStream: (_pack_stream, _unpack_stream),
        History: (_pack_history, _unpack_history),
    },
)


class CheckpointFormat:
    """Writes and reads checkpoints of workers with one catalogue of exercises."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._names = Named(
            {f"exercise {name}": exercise for name, exercise in catalogue.exercises.items()}
            | {f"free {exercise.name}": exercise for exercise in FREE_MOVEMENTS}
        )
        shape = [(kind.__qualname__, names) for kind, names in KEPT.items()]
        text = repr((shape, _package_version(), FEATURE_VERSION, sorted(catalogue.exercises.items()), FREE_MOVEMENTS))
        self.name = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
        """Differs where a checkpoint cannot be read."""

    def dump(self, state: object) -> bytes:
        """Bytes of plain values and of what the functions below give."""
        return _CODEC.dump(state, self._names)

    def load(self, state: bytes) -> Any:  # noqa: ANN401  # whatever was dumped
        """What was dumped; raises ``WireError`` for anything else."""
        return _CODEC.load(state, self._names)


def finder_state(finder: PeopleFinder) -> tuple[Any, ...]:
    """What is kept of a finder."""
    tracker = finder._tracker
    return (*(getattr(tracker, name) for name in KEPT[Tracker]), finder._plan, finder._plan_size)


def restore_finder(finder: PeopleFinder, state: Any) -> None:  # noqa: ANN401  # from a checkpoint
    """Put the state of another finder into this one; raises ``WireError`` if it is none."""
    finder.restart()
    if not isinstance(state, tuple) or len(state) != len(KEPT[Tracker]) + 2:
        raise WireError("the checkpoint holds no tracks; the worker begins anew")
    for name, value in zip(KEPT[Tracker], state, strict=False):
        setattr(finder._tracker, name, value)
    finder._plan, finder._plan_size = state[-2:]


def trainee_state(trainee: Trainee) -> tuple[Any, ...]:
    """What is kept of a trainee."""

    def lanes(of: list[Lane]) -> list[Any]:
        return [(lane.exercise, lane._streams, lane.not_in(trainee._history, trainee.reach_s)) for lane in of]

    opinion = None if trainee._opinion is None else trainee._opinion.state()
    return (
        lanes(trainee._lanes),
        lanes(trainee._free_lanes),
        opinion,
        *(getattr(trainee, name) for name in _TRAINEE_PLAIN),
    )


def participant_state(participant: Participant) -> tuple[Any, ...]:
    """What is kept of a person in front of a camera."""
    samples = [(s.time_s, s.x, s.y, s.visibility, s.seen_s) for s in participant.samples]
    return (
        trainee_state(participant.trainee),
        np.array(samples).reshape(-1, len(KEPT[Sample])),
        *(getattr(participant, name) for name in _PARTICIPANT_PLAIN),
    )


def restore_participant(catalogue: Catalogue, classifier: TemporalClassifier | None, state: Any) -> Participant:  # noqa: ANN401
    """A person who goes on in front of another worker; raises ``WireError`` if the state is none."""
    if not isinstance(state, tuple) or len(state) != 2 + len(_PARTICIPANT_PLAIN):
        raise WireError("the checkpoint holds no people; the worker begins anew")
    trainee, samples, *plain = state
    participant = Participant(0, restore_trainee(catalogue, classifier, trainee), 0)
    for name, value in zip(_PARTICIPANT_PLAIN, plain, strict=True):
        setattr(participant, name, value)
    participant.samples.extend(Sample(*row) for row in samples.tolist())
    return participant


def restore_trainee(catalogue: Catalogue, classifier: TemporalClassifier | None, state: Any) -> Trainee:  # noqa: ANN401
    """A trainee that goes on where another one was; raises ``WireError`` if the state is none."""
    trainee = Trainee(catalogue, classifier)
    if not isinstance(state, tuple) or len(state) != 3 + len(_TRAINEE_PLAIN):
        raise WireError("the checkpoint holds no counters; the worker begins anew")
    lanes, free_lanes, thought, *plain = state
    if len(lanes) != len(trainee._lanes) or len(free_lanes) != len(trainee._free_lanes):
        raise WireError("the checkpoint counts other exercises; the worker begins anew")
    for lane, (exercise, streams, seen) in zip(
        (*trainee._lanes, *trainee._free_lanes), (*lanes, *free_lanes), strict=True
    ):
        if lane.exercise is not exercise or lane._streams.keys() != streams.keys():
            raise WireError("the checkpoint counts other exercises; the worker begins anew")
        lane._streams, lane._seen = streams, seen
    for name, value in zip(_TRAINEE_PLAIN, plain, strict=True):
        setattr(trainee, name, value)
    if trainee._opinion is not None and thought is not None:
        trainee._opinion.restore(thought)
    return trainee


_PARTICIPANT_PLAIN = tuple(name for name in KEPT[Participant] if name not in ("trainee", "samples"))
_TRAINEE_PLAIN = tuple(name for name in KEPT[Trainee] if name not in ("_lanes", "_free_lanes", "_opinion"))


@cache
def _package_version() -> str:
    try:
        return version("spotter")
    except PackageNotFoundError:
        return "unknown"
