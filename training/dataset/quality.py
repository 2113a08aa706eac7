"""What a file of landmarks holds, and what is wrong with it: figures by class, recording and track. Pure.

Draws and prints nothing; the pictures are made by ``quality_plots``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.classes import CLASSES, OTHER, class_of
from training.dataset.findings import Findings
from training.dataset.landmarks import Track
from training.dataset.splits import content_hash
from workers.exercise.pose_features import JOINTS, are_usable

UNLABELLED = ""
_JOINTS = list(JOINTS)
_UNUSABLE_SHARE = 0.1
"""A file with more unusable frames has been made wrongly; a few are people who turn away or leave."""
_LEAST_RATE_HZ = 5.0
"""Slower, and a fast repetition has fewer than four frames."""


@dataclass(slots=True)
class ClassCount:
    """What a file holds of one class, or of one ``other:NAME``."""

    tracks: int = 0
    recordings: int = 0
    groups: int = 0
    frames: int = 0
    seconds: float = 0.0
    synthetic_seconds: float = 0.0
    unusable: int = 0
    """Frames with a landmark that is no number."""
    visibility: float = 0.0
    """Mean over its usable frames and the joints that the features look at, 0-1; NaN without any."""


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What is drawn of each track."""

    seconds: float
    rate_hz: float
    """Rounded to tenths; 0 for a single frame."""
    synthetic: bool


@dataclass(slots=True)
class Quality:
    """The whole report."""

    tracks: int = 0
    recordings: int = 0
    groups: int = 0
    frames: int = 0
    seconds: float = 0.0
    unusable: int = 0
    classes: dict[str, ClassCount] = field(default_factory=dict)
    """By class in the order of the recogniser's answers, then the unlabelled rest under ``UNLABELLED``."""
    others: dict[str, ClassCount] = field(default_factory=dict)
    """The movements that make up the class ``other``, the longest first."""
    views: dict[str, dict[str, float]] = field(default_factory=dict)
    """Seconds by view and class."""
    people: dict[int, int] = field(default_factory=dict)
    """How many recordings show so many people."""
    facts: list[TrackFacts] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What must be put right before training."""
    remarks: list[str] = field(default_factory=list)
    """What is good to know."""

    @property
    def missing(self) -> list[str]:
        """Classes that no frame has."""
        return [name for name in CLASSES if name not in self.classes]


def examine(tracks: Iterable[Track]) -> Quality:
    """Go through all tracks once."""
    examination = _Examination()
    for track in tracks:
        examination.add(track)
    return examination.finish()


class _Examination:
    def __init__(self) -> None:
        self._quality = Quality()
        self._problems = Findings()
        self._remarks = Findings()
        self._classes: dict[str, _Sums] = defaultdict(_Sums)
        self._others: dict[str, _Sums] = defaultdict(_Sums)
        self._views: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._people: Counter[str] = Counter()
        self._groups_of: dict[str, set[str]] = defaultdict(set)
        self._first_with: dict[str, Track] = {}

    def add(self, track: Track) -> None:
        name = f"{track.source} person {track.person}"
        steps = np.diff(track.times)
        step = float(np.median(steps)) if len(steps) else 0.0
        usable = are_usable(track.landmarks, track.world)
        quality = self._quality
        quality.tracks += 1
        quality.frames += len(track)
        quality.seconds += step * len(track)
        quality.unusable += int((~usable).sum())
        quality.facts.append(TrackFacts(step * len(track), round(1 / step, 1) if step > 0 else 0.0, track.synthetic))
        self._people[track.source] += 1
        self._groups_of[track.source].add(track.group)
        self._check(track, name, steps, bool(usable.any()))
        self._note_copy(track, name)
        labels = np.array(track.labels)
        for label in sorted(set(track.labels)):
            number = class_of(label)
            of_class = UNLABELLED if number is None else CLASSES[number]
            chosen = labels == label
            self._classes[of_class].add(track, chosen, usable, step)
            self._views[track.view][of_class] += step * int(chosen.sum())
            if of_class == OTHER:
                self._others[label.removeprefix(f"{OTHER}:")].add(track, chosen, usable, step)
            if label not in CLASSES and number is not None and not label.startswith(f"{OTHER}:"):
                self._problems.add(
                    "labels that are spelled otherwise than a class", f"{label!r} in {name}, read as {of_class}"
                )

    def _check(self, track: Track, name: str, steps: NDArray[np.float64], some_usable: bool) -> None:
        if (steps <= 0).any() or not np.isfinite(track.times).all():
            self._problems.add("tracks whose times do not increase", name)
        if not some_usable:
            self._problems.add("tracks without a frame that is all numbers", name)
        if len(track) < 2:
            self._remarks.add("tracks of a single frame, which show no movement", name)
        elif 1 / max(float(np.median(steps)), 1e-9) < _LEAST_RATE_HZ:
            self._remarks.add(f"tracks of fewer than {_LEAST_RATE_HZ:g} frames a second", name)
        if track.width <= 0 or track.height <= 0:
            self._remarks.add("tracks that do not tell the size of the picture", name)

    def _note_copy(self, track: Track, name: str) -> None:
        first = self._first_with.setdefault(content_hash(track), track)
        if first is track:
            return
        both = f"{first.source} person {first.person} and {name}"
        if first.group != track.group:
            self._problems.add("tracks with the landmarks of another group: they could stand in two splits", both)
        else:
            self._remarks.add("tracks with the landmarks of another one of their group", both)

    def finish(self) -> Quality:
        quality = self._quality
        order = [name for name in (*CLASSES, UNLABELLED) if name in self._classes]
        quality.classes = {name: self._classes[name].count() for name in order}
        longest = sorted(self._others, key=lambda name: -self._others[name].seconds)
        quality.others = {name: self._others[name].count() for name in longest}
        quality.views = {view: dict(self._views[view]) for view in sorted(self._views)}
        quality.people = dict(sorted(Counter(self._people.values()).items()))
        quality.recordings = len(self._people)
        quality.groups = len({group for groups in self._groups_of.values() for group in groups})
        for source, groups in self._groups_of.items():
            if len(groups) > 1:
                self._problems.add("recordings that stand in several groups", f"{source}: {', '.join(sorted(groups))}")
        if not quality.tracks:
            self._problems.add("files without a track", "nothing to train on")
        self._judge_classes()
        quality.problems, quality.remarks = self._problems.lines(), self._remarks.lines()
        return quality

    def _judge_classes(self) -> None:
        quality = self._quality
        if quality.unusable:
            share = quality.unusable / quality.frames
            where = self._problems if share > _UNUSABLE_SHARE else self._remarks
            where.add("frames with landmarks that are no numbers", f"{share:.1%} of all", quality.unusable)
        for name in quality.missing:
            self._remarks.add("classes that no frame has", name)
        for name, count in quality.classes.items():
            if name != UNLABELLED and count.groups == 1:
                self._remarks.add("classes with a single group, which can only be trained on, never tested", name)


class _Sums:
    """Adds up what belongs to one class."""

    def __init__(self) -> None:
        self._count = ClassCount()
        self._sources: set[str] = set()
        self._groups: set[str] = set()
        self._visibility = 0.0
        self._usable = 0

    @property
    def seconds(self) -> float:
        return self._count.seconds

    def add(self, track: Track, chosen: NDArray[np.bool_], usable: NDArray[np.bool_], step: float) -> None:
        count, frames = self._count, int(chosen.sum())
        count.tracks += 1
        count.frames += frames
        count.seconds += step * frames
        count.synthetic_seconds += step * frames * track.synthetic
        count.unusable += int((chosen & ~usable).sum())
        seen = track.landmarks[chosen & usable][:, _JOINTS, 3]
        self._visibility += float(seen.mean(axis=1).sum()) if len(seen) else 0.0
        self._usable += len(seen)
        self._sources.add(track.source)
        self._groups.add(track.group)

    def count(self) -> ClassCount:
        self._count.recordings, self._count.groups = len(self._sources), len(self._groups)
        self._count.visibility = self._visibility / self._usable if self._usable else float("nan")
        return self._count


def as_document(quality: Quality) -> Mapping[str, object]:
    """The report as JSON can hold it: what is not known is null."""
    rates = np.array([fact.rate_hz for fact in quality.facts if fact.rate_hz > 0])
    lengths = np.array([fact.seconds for fact in quality.facts])
    counts, edges = np.histogram(rates, bins=RATE_EDGES_HZ)
    return {
        "tracks": quality.tracks,
        "recordings": quality.recordings,
        "groups": quality.groups,
        "frames": quality.frames,
        "seconds": round(quality.seconds, 3),
        "unusable_share": round(quality.unusable / quality.frames, 6) if quality.frames else None,
        "classes": {name or "(no label)": _class_document(count) for name, count in quality.classes.items()},
        "others": {name: _class_document(count) for name, count in quality.others.items()},
        "missing_classes": quality.missing,
        "views": {view or "(not told)": _rounded(seconds) for view, seconds in quality.views.items()},
        "recordings_by_people": {str(people): count for people, count in quality.people.items()},
        "track_seconds": {
            f"p{part}": round(float(np.percentile(lengths, part)), 3) if len(lengths) else None
            for part in (0, 10, 50, 90, 100)
        },
        "tracks_by_rate_hz": {
            f"{low:g}-{high:g}": count
            for (low, high), count in zip(pairwise(edges.tolist()), counts.tolist(), strict=True)
        },
        "problems": quality.problems,
        "remarks": quality.remarks,
    }


RATE_EDGES_HZ = (0.0, 5.0, 10.0, 14.0, 18.0, 22.0, 27.0, 35.0, 55.0, 70.0, 1000.0)
"""Around the usual rates of cameras: 12, 15, 20, 25, 30, 50 and 60."""


def _class_document(count: ClassCount) -> Mapping[str, object]:
    known = np.isfinite(count.visibility)
    return {
        "tracks": count.tracks,
        "recordings": count.recordings,
        "groups": count.groups,
        "frames": count.frames,
        "seconds": round(count.seconds, 3),
        "synthetic_seconds": round(count.synthetic_seconds, 3),
        "unusable_share": round(count.unusable / count.frames, 6) if count.frames else None,
        "visibility": round(count.visibility, 4) if known else None,
    }


def _rounded(seconds: Mapping[str, float]) -> Mapping[str, float]:
    return {name or "(no label)": round(value, 3) for name, value in sorted(seconds.items())}
