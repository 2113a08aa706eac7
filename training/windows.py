"""From tracks to the windows that a model is trained and scored on, with whatever a score is broken down by.

A window shows the seconds up to one frame and has the class of that frame. Nothing here knows of a model, and nothing
after a window's end is ever looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from training.classes import CLASSES, UNLABELLED, class_numbers
from training.dataset.landmarks import Track
from workers.exercise.pose_features import COUNT, are_usable, frame_rows, window_steps, windows

WINDOW_S = 3.2
RATE_HZ = 10.0
EVERY_S = 0.5

_LEAST_PAST_S = 1.0
# A window is clean when this much of its end shows one class; less lets the seconds of a change through.
_SETTLED_S = 1.0

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Augmenter(Protocol):
    """Changes a track into one that might have been seen as well."""

    def augment(self, track: Track, rng: np.random.Generator) -> Track:
        """Give a changed copy with the labels of the frames that are left."""
        ...


@dataclass(frozen=True, slots=True)
class WindowSet:
    """Windows, and for each the class and where it comes from."""

    inputs: NDArray[np.float32]
    """(N, steps, COUNT), oldest step first."""
    labels: Numbers
    """(N,): positions in ``classes``."""
    groups: NDArray[np.str_]
    """(N,): what must stay on one side of a split."""
    sources: NDArray[np.str_]
    """(N,): recordings."""
    people: Numbers
    """(N,): number of the track in the recording."""
    views: NDArray[np.str_]
    ends_s: NDArray[np.float64]
    """(N,): second in the recording of the newest frame."""
    synthetic: Flags
    mixed: Flags
    """(N,): the last second shows more than one class, so the label is a matter of opinion."""
    window_s: float = WINDOW_S
    rate_hz: float = RATE_HZ
    classes: tuple[str, ...] = CLASSES
    unusable_frames: int = 0
    """How many frames of the tracks were left out since they hold no numbers or stand out of order."""

    def __len__(self) -> int:
        """How many windows there are."""
        return len(self.labels)

    def take(self, which: Numbers | Flags) -> "WindowSet":
        """Some of the windows, by positions or flags."""
        return replace(self, **{name: getattr(self, name)[which] for name in _PER_WINDOW})

    def clean(self) -> "WindowSet":
        """The windows that are not ``mixed``."""
        return self.take(~self.mixed)


_PER_WINDOW = tuple(
    field.name for field in fields(WindowSet) if field.name not in ("window_s", "rate_hz", "classes", "unusable_frames")
)


def joined(parts: Sequence[WindowSet]) -> WindowSet:
    """All windows of several sets of one shape; at least one set."""
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PER_WINDOW}
    return replace(parts[0], **columns, unusable_frames=sum(part.unusable_frames for part in parts))


def windows_of(
    tracks: Iterable[Track],
    *,
    window_s: float = WINDOW_S,
    rate_hz: float = RATE_HZ,
    every_s: float = EVERY_S,
    augmenter: Augmenter | None = None,
    rng: np.random.Generator | None = None,
) -> WindowSet:
    """All windows of some tracks, one each ``every_s`` seconds, that have a labelled newest frame and a second of past.

    With an ``augmenter``, of changed copies of the tracks; ``rng`` is its source of chance (default: a fixed seed).
    """
    rng = rng or np.random.default_rng(0)
    parts = [_nothing(window_s, rate_hz)]
    for given in tracks:
        track = given if augmenter is None else augmenter.augment(given, rng)
        usable = usable_part(track)
        index = label_index(usable, every_s)
        lost = len(track) - len(usable)
        parts.append(replace(windows_at(usable, index, window_s=window_s, rate_hz=rate_hz), unusable_frames=lost))
    return joined(parts)


def usable_part(track: Track) -> Track:
    """The frames of a track that hold numbers alone and whose times increase; the track itself where that is all."""
    keep = are_usable(track.landmarks, track.world) & np.isfinite(track.times)
    times = np.where(keep, track.times, -np.inf)
    keep[1:] &= times[1:] > np.maximum.accumulate(times)[:-1]
    return track if keep.all() else part_of_track(track, np.flatnonzero(keep))


def part_of_track(track: Track, which: NDArray[np.intp]) -> Track:
    """Some frames of a track, by positions in order of time."""
    return replace(
        track,
        frames=track.frames[which],
        times=track.times[which],
        labels=tuple(track.labels[at] for at in which.tolist()),
        landmarks=track.landmarks[which],
        world=track.world[which],
    )


@dataclass(frozen=True, slots=True)
class LabelIndex:
    """Which frames of a track end a window, and what they show."""

    frames: NDArray[np.intp]
    """(K,): positions in the track."""
    labels: Numbers
    """(K,): classes, none of them ``UNLABELLED``."""
    mixed: Flags


def label_index(track: Track, every_s: float) -> LabelIndex:
    """The windows that a usable track gives, without looking at a landmark."""
    if not len(track):
        return LabelIndex(np.empty(0, np.intp), np.empty(0, np.int64), np.empty(0, np.bool_))
    grid = np.arange(track.times[0] + _LEAST_PAST_S, track.times[-1], every_s)
    ends = np.unique(np.searchsorted(track.times, grid - 1e-6))
    classes = np.array(class_numbers(track.labels), np.int64)
    ends = ends[classes[ends] != UNLABELLED]
    # Where the class last changed, for each frame: a frame is clean if that is a second ago.
    changed = np.concatenate([[True], classes[1:] != classes[:-1]])
    since = np.maximum.accumulate(np.where(changed, np.arange(len(classes)), 0))
    young = track.times[ends] - track.times[since[ends]] < _SETTLED_S
    return LabelIndex(ends, classes[ends], young & (since[ends] > 0))


def windows_at(track: Track, index: LabelIndex, *, window_s: float = WINDOW_S, rate_hz: float = RATE_HZ) -> WindowSet:
    """The windows of a usable track that end at the frames of an index."""
    count = len(index.frames)
    if not count:
        return _nothing(window_s, rate_hz)
    ends_s = track.times[index.frames]
    rows = frame_rows(track.landmarks, track.world)
    found = WindowSet(
        inputs=windows(track.times, rows, ends_s, window_s, rate_hz),
        labels=index.labels,
        groups=np.full(count, track.group),
        sources=np.full(count, track.source),
        people=np.full(count, track.person, np.int64),
        views=np.full(count, track.view),
        ends_s=ends_s,
        synthetic=np.full(count, track.synthetic),
        mixed=index.mixed,
        window_s=window_s,
        rate_hz=rate_hz,
    )
    # Landmarks that are numbers, but as large as none can be, overflow.
    finite = np.asarray(np.isfinite(found.inputs).all(axis=(1, 2)))
    return found if finite.all() else found.take(finite)


def _nothing(window_s: float, rate_hz: float) -> WindowSet:
    text = np.empty(0, np.str_)
    return WindowSet(
        inputs=np.empty((0, window_steps(window_s, rate_hz), COUNT), np.float32),
        labels=np.empty(0, np.int64),
        groups=text,
        sources=text,
        people=np.empty(0, np.int64),
        views=text,
        ends_s=np.empty(0, np.float64),
        synthetic=np.empty(0, np.bool_),
        mixed=np.empty(0, np.bool_),
        window_s=window_s,
        rate_hz=rate_hz,
    )
