"""Where the examples of an epoch come from: windows drawn from tracks, every class and every person alike.

Owns what is drawn how often. Knows nothing of networks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.classes import CLASSES
from training.dataset.landmarks import Track
from training.windows import (
    RATE_HZ,
    WINDOW_S,
    Augmenter,
    LabelIndex,
    WindowSet,
    joined,
    label_index,
    usable_part,
    windows_at,
)

Numbers = NDArray[np.int64]

_EVERY_S = 0.2
# Longer, and few augmentations are seen of a long recording; shorter, and the past that each piece needs costs more.
_PIECE_S = 8.0
# Of a window's length: what an augmenter may make faster must still have a whole window of past.
_PAST = 1.5
# A group's share of its class grows with the root of its length: a minute of one person is worth more than a second,
# but not sixty times as much.
_LENGTH_POWER = 0.5
# Real people teach more than drawn ones where there are many; three or four of a class are learnt by heart instead.
_MANY_GROUPS = 12
# Any other movement is many movements, and most of what people do; drawn as often as one exercise, it would be taken
# for one of them too easily.
_SHARES = {CLASSES.index("other"): 3.0}


class Examples(Protocol):
    """Inputs with their classes, fetched in batches."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def batch(self, which: Numbers) -> tuple[NDArray[np.float32], Numbers]:
        """Inputs and classes of some, by positions."""
        ...


class Source(Protocol):
    """Gives every epoch its examples."""

    def epoch(self, rng: np.random.Generator) -> Examples:
        """The examples of one epoch, drawn with this source of chance alone."""
        ...


@dataclass(frozen=True, slots=True)
class WindowExamples:
    """Windows as examples."""

    windows: WindowSet

    def __len__(self) -> int:
        """How many there are."""
        return len(self.windows)

    def batch(self, which: Numbers) -> tuple[NDArray[np.float32], Numbers]:
        """Inputs (n, steps, COUNT) and classes (n,)."""
        return self.windows.inputs[which], self.windows.labels[which]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a track, and the frames in it that end a window."""

    track: Track
    index: LabelIndex


class TrackSource:
    """Draws windows from tracks, of changed copies where there is an augmenter; mixed windows are never drawn."""

    def __init__(
        self,
        tracks: Iterable[Track],
        *,
        window_s: float = WINDOW_S,
        rate_hz: float = RATE_HZ,
        augmenter: Augmenter | None = None,
        draws: int = 0,
        synthetic_share: float = 0.5,
    ) -> None:
        """Keep the tracks in memory.

        ``draws``: windows an epoch, 0 for as many as half-second steps give, at most 16000. ``synthetic_share``: how
        much of a class is drawn from synthetic tracks where it has tracks of both kinds, and real ones of many groups.
        """
        self.window_s, self.rate_hz = window_s, rate_hz
        self._augmenter = augmenter
        self._pieces: list[_Piece] = []
        self.unusable_frames = 0
        for track in tracks:
            usable = usable_part(track)
            self.unusable_frames += len(track) - len(usable)
            self._pieces.extend(_pieces(usable, _PAST * window_s))
        sizes = [len(piece.index.frames) for piece in self._pieces]
        self._piece_of = np.repeat(np.arange(len(sizes)), sizes)
        self._place_in_piece = np.concatenate([np.arange(size) for size in sizes]) if sizes else np.empty(0, np.int64)
        self.labels = np.concatenate([piece.index.labels for piece in self._pieces] or [np.empty(0, np.int64)])
        self.groups = np.repeat([piece.track.group for piece in self._pieces], sizes).astype(np.str_)
        self.synthetic = np.repeat([piece.track.synthetic for piece in self._pieces], sizes).astype(np.bool_)
        self.draws = draws or min(16000, max(1, round(len(self.labels) * _EVERY_S / 0.5)))
        self._chances = drawing_chances(self.labels, self.groups, self.synthetic, synthetic_share)

    def __len__(self) -> int:
        """How many windows there are to draw from."""
        return len(self.labels)

    def epoch(self, rng: np.random.Generator) -> WindowExamples:
        """Draw the windows of one epoch and cut them out."""
        return WindowExamples(self.drawn(self.draws, rng))

    def drawn(self, count: int, rng: np.random.Generator) -> WindowSet:
        """So many windows; at least one must be there to draw from."""
        drawn = np.sort(rng.choice(len(self.labels), count, p=self._chances))
        edges = [0, *(np.flatnonzero(np.diff(self._piece_of[drawn])) + 1).tolist(), len(drawn)]
        parts = []
        for start, end in pairwise(edges):
            piece = self._pieces[int(self._piece_of[drawn[start]])]
            parts.append(self._cut(piece, self._place_in_piece[drawn[start:end]], rng))
        return joined(parts)

    def _cut(self, piece: _Piece, places: NDArray[np.intp], rng: np.random.Generator) -> WindowSet:
        track = piece.track
        ends = piece.index.frames[places]
        if self._augmenter is not None:
            wanted = track.frames[ends]
            track = usable_part(self._augmenter.augment(track, rng))
            # A frame that was dropped is stood in for by the one before it, whose label was the same or nearly so.
            ends = np.maximum(np.searchsorted(track.frames, wanted, side="right") - 1, 0)
        index = LabelIndex(ends, piece.index.labels[places], piece.index.mixed[places])
        return windows_at(track, index, window_s=self.window_s, rate_hz=self.rate_hz)


def drawing_chances(
    labels: Numbers, groups: NDArray[np.str_], synthetic: NDArray[np.bool_], synthetic_share: float
) -> NDArray[np.float64]:
    """How likely each window (N,) is.

    Classes alike but for ``other``, in each real to synthetic as asked, in these groups nearly alike. The real share
    shrinks with the number of groups where there are few.
    """
    chances = np.zeros(len(labels))
    for label in np.unique(labels):
        of_class = labels == label
        kinds = [kind for kind in (False, True) if (of_class & (synthetic == kind)).any()]
        real_groups = len(np.unique(groups[of_class & ~synthetic]))
        real = (1 - synthetic_share) * min(1.0, real_groups / _MANY_GROUPS)
        for kind in kinds:
            share = 1.0 if len(kinds) == 1 else (synthetic_share if kind else real) / (real + synthetic_share)
            rows = np.flatnonzero(of_class & (synthetic == kind))
            _, group, sizes = np.unique(groups[rows], return_inverse=True, return_counts=True)
            weights = sizes[group] ** (_LENGTH_POWER - 1.0)
            chances[rows] = _SHARES.get(int(label), 1.0) * share * weights / weights.sum()
    total = chances.sum()
    return chances / total if total else chances


def weak_spots(labels: Numbers, groups: NDArray[np.str_], classes: Sequence[str] = CLASSES) -> list[str]:
    """What the data cannot teach, a sentence each: classes without a window, classes that one group alone shows."""
    found = []
    empty = [name for number, name in enumerate(classes) if not (labels == number).any()]
    if empty:
        found.append(f"no window shows {', '.join(empty)}: these will never be answered")
    for number, name in enumerate(classes):
        of_class = np.unique(groups[labels == number])
        if len(of_class) == 1:
            found.append(f"{name}: only {of_class[0]} shows it, so nothing tells whether strangers are known")
    return found


def _pieces(track: Track, past_s: float) -> list[_Piece]:
    """A usable track cut into stretches of a few seconds, each with the past that its first window needs."""
    index = label_index(track, _EVERY_S)
    clean = ~index.mixed
    frames, labels = index.frames[clean], index.labels[clean]
    if not len(frames):
        return []
    times = track.times[frames]
    number = np.floor((times - times[0]) / _PIECE_S)
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(frames)]
    found = []
    for start, end in pairwise(edges):
        first = int(np.searchsorted(track.times, times[start] - past_s))
        last = int(frames[end - 1]) + 1
        stretch = replace(
            track,
            frames=track.frames[first:last],
            times=track.times[first:last],
            labels=track.labels[first:last],
            landmarks=track.landmarks[first:last],
            world=track.world[first:last],
        )
        within = LabelIndex(frames[start:end] - first, labels[start:end], np.zeros(end - start, np.bool_))
        found.append(_Piece(stretch, within))
    return found
