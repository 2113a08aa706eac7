"""Who trains and who validates: tracks of files, divided by people. Prints nothing: remarks go to whoever calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.names import shown_name
from training.dataset.landmarks import Track, read_tracks
from training.dataset.splits import Split, check_no_leak, fingerprint, make_split, read_split, recorded
from workers.exercise.pose_features import are_usable

Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Data:
    """Tracks to learn from and tracks to validate on, with nobody in both."""

    train: Sequence[Track]
    valid: Sequence[Track]
    split: Split | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    """What the model's card says of the data."""


def read_data(files: Sequence[Path], split_file: Path | None, valid_share: float, seed: int, remark: Remark) -> Data:
    """The tracks of files, divided by a split file, or by group at random.

    Where there are real tracks, synthetic ones only train: how well a network knows drawn people is not what is asked.
    Raises ConfigError.
    """
    tracks: list[Track] = []
    described = []
    for file in files:
        found = list(read_tracks(file))
        tracks.extend(_with_landmarks(found, remark))
        described.append(
            {
                "file": file.name,
                "sha256": fingerprint(file),
                "tracks": len(found),
                "frames": sum(len(track) for track in found),
                "synthetic": sum(track.synthetic for track in found),
            }
        )
    if not tracks:
        raise ConfigError(f"{', '.join(shown_name(file) for file in files)}: no tracks; extract landmarks first")
    real = [track for track in tracks if not track.synthetic]
    divided = real or tracks
    synthetic = [track for track in tracks if track.synthetic] if real else []
    split: Split | None = None
    if split_file is not None:
        split = read_split(split_file)
        known = {group for groups in split.parts.values() for group in groups}
        divided = [*divided, *(track for track in synthetic if track.group in known)]
        synthetic = [track for track in synthetic if track.group not in known]
    elif valid_share > 0:
        split, remarks = make_split(map(recorded, divided), (100 * (1 - valid_share), 100 * valid_share, 0), seed)
        for line in remarks:
            remark(line)
    if split is not None:
        check_no_leak(split, divided)
        _check_synthetic(split, synthetic)
    parts = {part: set(groups) for part, groups in split.parts.items()} if split else {}
    train = [track for track in divided if not parts or track.group in parts["train"]]
    valid = [track for track in divided if parts and track.group in parts["validation"]]
    return Data([*train, *synthetic], valid, split, {"files": described})


def _with_landmarks(tracks: Sequence[Track], remark: Remark) -> list[Track]:
    """The tracks that hold at least one frame of numbers; a division by people must not count on the others."""
    usable = [bool(are_usable(track.landmarks, track.world).any()) for track in tracks]
    empty = [track for track, some in zip(tracks, usable, strict=True) if not some]
    if empty:
        remark(
            f"{len(empty)} tracks without a single frame of usable landmarks are left out, such as {empty[0].source}"
        )
    return [track for track, some in zip(tracks, usable, strict=True) if some]


def _check_synthetic(split: Split, tracks: Sequence[Track]) -> None:
    """Refuse synthetic tracks that only train and have the name of a group that does not."""
    for track in tracks:
        part = split.part_of(track.group)
        if part not in (None, "train"):
            raise ConfigError(f"the group {track.group!r} is in {part} and among the synthetic tracks that train")
