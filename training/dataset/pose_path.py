"""One clip through our own pose path: decoded, people found and followed, landmarks kept. Runs in a process of its own.

Knows no label; a clip that breaks in the middle gives what was read until then, and says so.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from core.errors import ClipError
from core.names import shown_name
from ingest.video import Recording
from training.dataset.clip_processes import raise_if_given_up
from training.dataset.landmarks import Track
from training.dataset.sampling import Size, fitted, scaled, thinned
from workers.models.catalogue import Variant
from workers.people.finder import PeopleFinder, open_finder
from workers.people.tracked import TrackedPerson


@dataclass(frozen=True, slots=True)
class PoseOptions:
    """How clips are looked at; whatever changes the landmarks stands here."""

    fps: float | None = None
    """Most frames a second; None for all."""
    box: Size | None = None
    """Frames are shrunk to fit into this; None for as they are."""
    variant: Variant = "full"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one clip gave."""

    tracks: tuple[Track, ...]
    frames: int
    """How many were looked at."""
    seconds: float
    truncated: str | None
    """Why the clip ended too early, None if it is whole."""
    notes: tuple[str, ...]


class _Finder:
    """The models of this process, opened once."""

    variant: Variant | None = None
    opened: PeopleFinder | None = None


def finder_of(variant: Variant) -> PeopleFinder:
    """A finder that knows nobody yet; raises ModelError if its weights are missing."""
    if _Finder.opened is None or _Finder.variant != variant:
        _Finder.opened, _Finder.variant = open_finder(variant=variant), variant
    _Finder.opened.restart()
    return _Finder.opened


def read_poses(path: str, options: PoseOptions) -> Reading:
    """Follow everybody in a clip; raises ClipError if nothing of it can be read, ModelError without weights."""
    finder = finder_of(options.variant)
    found: dict[int, list[tuple[int, int, TrackedPerson]]] = defaultdict(list)
    truncated, looked = None, 0
    with Recording(path) as recording:
        size = fitted((recording.width, recording.height), options.box)
        try:
            for frame in thinned(recording, options.fps):
                raise_if_given_up()
                for person in finder.update(scaled(frame, size)):
                    found[person.track].append((frame.sequence, frame.captured_ns, person))
                looked += 1
        except ClipError as error:
            if not looked:
                raise
            reason = str(error).removeprefix(f"{shown_name(path)}: ")
            truncated = f"{reason}; what was read until then is kept"
        seconds, truncated = recording.duration_s, truncated or recording.truncated
        notes = tuple(recording.notes)
    tracks = tuple(_track(person, seen, size) for person, seen in sorted(found.items()))
    return Reading(tracks, looked, seconds, truncated, notes)


def _track(person: int, seen: list[tuple[int, int, TrackedPerson]], size: Size) -> Track:
    return Track(
        source="",
        group="",
        person=person,
        frames=np.array([number for number, _, _ in seen], np.int32),
        times=np.array([captured_ns / 1e9 for _, captured_ns, _ in seen]),
        labels=("",) * len(seen),
        landmarks=np.stack([each.landmarks for _, _, each in seen]).astype(np.float32),
        world=np.stack([each.world for _, _, each in seen]).astype(np.float32),
        width=size[0],
        height=size[1],
    )
