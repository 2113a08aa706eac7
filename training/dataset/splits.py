"""Which recordings train, validate and test: divided by group, never by frame or window.

Owns the split file and the check that nothing stands on two sides. Groups that share a recording, or hold the same
landmarks under different names, count as one. How they are divided stands in ``stratified``.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ConfigError, OutputError
from core.names import shown_name
from training.classes import CLASSES, class_of
from training.dataset.landmarks import Track
from training.dataset.stratified import PARTS, Unit, divide

FORMAT = "spotter-split-1"


@dataclass(frozen=True, slots=True)
class Split:
    """Groups by part."""

    parts: Mapping[str, tuple[str, ...]]
    """Of each of ``PARTS``: its groups, sorted."""
    seed: int
    ratios: tuple[float, ...]
    """Shares of the parts as they were asked for; their sum is 100."""
    landmarks: str = ""
    """Fingerprint (SHA-256) of the landmark file that was divided."""

    @property
    def hash(self) -> str:
        """SHA-256 over the sorted assignment: the same groups in the same parts, whatever the seed."""
        lines = sorted(f"{group}\t{part}\n" for part, groups in self.parts.items() for group in groups)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def part_of(self, group: str) -> str | None:
        """The part of a group; None if the split does not know it."""
        return next((part for part, groups in self.parts.items() if group in groups), None)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the division needs to know of a track: everything but its landmarks."""

    source: str
    group: str
    content: str
    """As of ``content_hash``."""
    seconds: Mapping[str, float]
    """By class, all of ``other:NAME`` as one; frames without a label are left out."""


def recorded(track: Track) -> Recorded:
    """The facts of a track."""
    steps = np.diff(track.times)
    step = float(np.median(steps)) if len(steps) else 0.0
    seconds: dict[str, float] = {}
    for label, frames in Counter(track.labels).items():
        number = class_of(label)
        if number is not None:
            seconds[CLASSES[number]] = seconds.get(CLASSES[number], 0.0) + step * frames
    return Recorded(track.source, track.group, content_hash(track), seconds)


def content_hash(track: Track) -> str:
    """SHA-256 of a track's landmarks: the same for copies under other names, and whatever the length of the picture."""
    values = np.ascontiguousarray(np.round(track.landmarks.astype(np.float64), 3), np.float32)
    return hashlib.sha256(values.tobytes()).hexdigest()


def make_split(
    tracks: Iterable[Recorded], ratios: Sequence[float] = (80.0, 10.0, 10.0), seed: int = 0, landmarks: str = ""
) -> tuple[Split, list[str]]:
    """Divide by group, each class in every part as far as possible; remarks on what is not.

    Raises ConfigError where there are no groups or the ratios make no sense.
    """
    if len(ratios) != len(PARTS) or min(ratios) < 0 or not ratios[0] > 0:
        raise ConfigError("the ratios must be three numbers of 0 or more, the first above 0, such as 80,10,10")
    shares = tuple(100.0 * ratio / sum(ratios) for ratio in ratios)
    units, remarks = _units(list(tracks))
    if not units:
        raise ConfigError("there is nothing to divide: the file holds no tracks")
    parts = divide(units, shares, seed)
    assigned: dict[str, list[str]] = {part: [] for part in PARTS}
    for unit, part in zip(units, parts, strict=True):
        assigned[part].extend(unit.groups)
    split = Split({part: tuple(sorted(groups)) for part, groups in assigned.items()}, seed, shares, landmarks)
    return split, remarks + _absences(units, parts, shares)


def _units(tracks: Sequence[Recorded]) -> tuple[list[Unit], list[str]]:
    """Groups that must stay together, and why they do."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while parent.setdefault(group, group) != group:
            group = parent[group]
        return group

    remarks: dict[tuple[str, str], str] = {}
    for name, kind in (("source", "recording"), ("content", "landmarks")):
        first: dict[str, Recorded] = {}
        for track in tracks:
            other = first.setdefault(getattr(track, name), track)
            one, two = root(other.group), root(track.group)
            if one != two:
                parent[max(one, two)] = min(one, two)
                what = (
                    f"share the recording {track.source!r}"
                    if kind == "recording"
                    else f"hold the same landmarks ({other.source!r}, {track.source!r})"
                )
                remarks[one, two] = f"the groups {other.group!r} and {track.group!r} {what}: they stay together"
    members: dict[str, set[str]] = {}
    seconds: dict[str, dict[str, float]] = {}
    for track in tracks:
        key = root(track.group)
        members.setdefault(key, set()).add(track.group)
        sums = seconds.setdefault(key, {})
        for label, lasting in track.seconds.items():
            sums[label] = sums.get(label, 0.0) + lasting
    return [Unit(tuple(sorted(members[key])), seconds[key]) for key in sorted(members)], list(remarks.values())


def _absences(units: Sequence[Unit], parts: Sequence[str], shares: Sequence[float]) -> list[str]:
    """A remark for each class that is not in every part that was asked for."""
    remarks = []
    wanted = [part for part, share in zip(PARTS, shares, strict=True) if share > 0]
    for label in sorted({label for unit in units for label in unit.seconds}):
        holders = [part for unit, part in zip(units, parts, strict=True) if label in unit.seconds]
        missing = [part for part in wanted if part not in holders]
        if len(holders) == 1 and len(wanted) > 1:
            remarks.append(f"{label}: a single group has it, so that it can only be in train; record more people")
        elif missing:
            remarks.append(f"{label}: {len(holders)} groups have it, none of them in {' or '.join(missing)}")
    return remarks


def write_split(path: Path, split: Split) -> None:
    """Write the split file; raises OutputError where that is not possible."""
    content = {
        "format": FORMAT,
        "hash": split.hash,
        "seed": split.seed,
        "ratios": [round(ratio, 6) for ratio in split.ratios],
        "landmarks_sha256": split.landmarks,
        "groups": {part: list(split.parts[part]) for part in PARTS},
    }
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{shown_name(path)}: cannot be written ({error.strerror})") from None


def read_split(path: Path) -> Split:
    """The split of a file; raises ConfigError that names the file and what is wrong with it."""
    name = shown_name(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read ({error.strerror}); `spotter dataset split` makes one") from None
    except ValueError:
        raise ConfigError(f"{name}: is no JSON; `spotter dataset split` makes a split file") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ConfigError(f"{name}: is no split file of this version; `spotter dataset split` makes one")
    try:
        split = _split(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{name}: the split file is damaged ({error}); make it again") from None
    seen: dict[str, str] = {}
    for part, groups in split.parts.items():
        for group in groups:
            other = seen.setdefault(group, part)
            if other != part:
                raise ConfigError(f"{name}: the group {group!r} stands in {other} and in {part}; make the split again")
    if content.get("hash") != split.hash:
        raise ConfigError(f"{name}: the groups do not match their hash: the file was changed by hand; make it again")
    return split


def _split(content: Mapping[str, Any]) -> Split:
    groups = content["groups"]
    parts = {}
    for part in PARTS:
        if not isinstance(groups[part], list) or not all(isinstance(group, str) for group in groups[part]):
            raise ValueError(f"groups of {part} are no list of names")
        parts[part] = tuple(groups[part])
    ratios = tuple(float(ratio) for ratio in content["ratios"])
    return Split(parts, int(content["seed"]), ratios, str(content.get("landmarks_sha256", "")))


def check_no_leak(split: Split, tracks: Iterable[Track | Recorded]) -> None:
    """Raise ConfigError if anything stands on two sides: a group, a recording, or the same landmarks under two names.

    A group that the split does not know is an error as well: nobody has said on which side it is.
    """
    part_of = {group: part for part, groups in split.parts.items() for group in groups}
    for group in part_of:
        parts = [part for part, groups in split.parts.items() if group in groups]
        if len(parts) > 1:
            raise ConfigError(f"the group {group!r} stands in {' and in '.join(parts)}; make the split again")
    sources: dict[str, str] = {}
    contents: dict[str, tuple[str, str]] = {}
    for track in tracks:
        part = part_of.get(track.group)
        if part is None:
            raise ConfigError(f"the split does not know the group {track.group!r} ({track.source}); make it again")
        if sources.setdefault(track.source, part) != part:
            raise ConfigError(f"the recording {track.source!r} stands in {sources[track.source]} and in {part}")
        content = content_hash(track) if isinstance(track, Track) else track.content
        other, other_part = contents.setdefault(content, (track.source, part))
        if other_part != part:
            raise ConfigError(
                f"the recordings {other!r} ({other_part}) and {track.source!r} ({part}) hold the same landmarks; "
                "give them one group and make the split again"
            )


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, such as the landmark file that a split divides; raises ConfigError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"{shown_name(path)}: cannot be read ({error.strerror})") from None


def tracks_of(split: Split, part: str, tracks: Iterable[Track]) -> Iterator[Track]:
    """The tracks of one part."""
    groups = set(split.parts[part])
    return (track for track in tracks if track.group in groups)
