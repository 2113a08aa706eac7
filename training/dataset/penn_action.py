"""The Penn Action data set's annotations as tracks of ours; see docs/datasets.md.

Reads ``labels/NNNN.mat`` alone, never the pictures. Penn Action has 13 joints in the picture and no depth: the other
landmarks are guesses with visibility 0, and metres are guessed from pixels.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.names import shown_name
from training.classes import OTHER
from training.dataset.body_guess import LANDMARKS, fill, metres
from training.dataset.findings import Findings
from training.dataset.foreign_labels import known_label
from training.dataset.label_names import plain_label
from training.dataset.landmarks import Track
from training.dataset.mat_file import read_mat

FPS = 30.0
"""The data set's videos are at 25-30 frames/s and its annotations do not say which."""
JOINTS = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Our landmark of each of its joints: head (our nose), shoulders, elbows, wrists, hips, knees, ankles, left first."""
ACTIONS = {
    "bench_press": "bench_press",
    "clean_and_jerk": "clean_and_jerk",
    "jump_rope": "jump_rope",
    "jumping_jacks": "jumping_jack",
    "pullup": "pull_up",
    "pushup": "push_up",
    "situp": "sit_up",
    "squat": "squat",
}
"""Its eight gym actions in our words; the other seven (golf, tennis, ...) are none of ours."""
UNREADABLE = "sequences that cannot be used were left out"
_FARTHEST = 1e5
"""No picture has joints so many pixels away; NaN is farther."""
_FIGURES = ("nframes", "dimensions", "train")
_NEEDED = ("x", "y", "visibility", "action")


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What one file says."""

    action: str
    x: NDArray[np.float64]
    """(N, 13), counted from 1 as MATLAB does."""
    y: NDArray[np.float64]
    seen: NDArray[np.float64]
    """(N, 13): above 0 where the joint is not hidden."""
    frames: int | None
    """How many it claims to have."""
    size: tuple[int, int] | None
    """Width and height of the picture."""
    view: str
    """From where the person is seen: front, back, left, right."""
    own_part: str
    """Of the data set's own split: train, test, or empty."""


def label_files(folder: Path) -> list[Path]:
    """The annotation files of the data set's folder, or of its ``labels`` folder; raises ConfigError if it has none."""
    name = shown_name(folder)
    if not folder.is_dir():
        raise ConfigError(f"{name}: no such folder; give the folder Penn_Action, which holds labels/0001.mat and so on")
    for place in (folder / "labels", folder):
        if files := sorted(place.glob("*.mat")):
            return files
    raise ConfigError(f"{name}: holds no labels/*.mat; give the folder Penn_Action of the data set")


def read_penn_action(files: list[Path], findings: Findings, *, others: bool = False) -> Iterator[Track]:
    """A track for each sequence of a gym action, and of the other actions as ``other:NAME`` where ``others``.

    What cannot be read is added to ``findings`` under ``UNREADABLE`` and left out.
    """
    for path in files:
        try:
            sequence = _read(path)
        except ValueError as error:
            findings.add(UNREADABLE, f"{shown_name(path)}: {error}")
            continue
        label = (
            ACTIONS.get(sequence.action) or known_label(sequence.action) or f"{OTHER}:{plain_label(sequence.action)}"
        )
        if label.startswith(f"{OTHER}:") and not others:
            continue
        track = _track(path, label, sequence, findings)
        if track is not None:
            yield track


def _read(path: Path) -> _Sequence:
    """What a file says; raises ValueError that says what is wrong with it."""
    content = read_mat(path)
    inner = content.get("annotation")
    if isinstance(inner, Mapping):
        content = dict(inner)
    missing = [name for name in _NEEDED if name not in content]
    if missing:
        raise ValueError(f"has no {', '.join(missing)}")
    try:
        x, y, seen = (np.asarray(content[key], np.float64) for key in ("x", "y", "visibility"))
        told, size, own = (np.ravel(np.asarray(_or_nothing(content.get(key)), np.float64)) for key in _FIGURES)
    except (TypeError, ValueError):
        raise ValueError("holds something else than numbers where numbers belong") from None
    if x.ndim != 2 or x.shape[1] != len(JOINTS) or not len(x) or not x.shape == y.shape == seen.shape:
        raise ValueError(f"is not of N frames by 13 joints: x {x.shape}, y {y.shape}, visibility {seen.shape}")
    known_size = size.size >= 2 and np.isfinite(size[:2]).all() and (size[:2] >= 1).all()
    return _Sequence(
        action=_text(content["action"]),
        x=x,
        y=y,
        seen=seen,
        frames=int(told[0]) if told.size and np.isfinite(told[0]) else None,
        size=(round(float(size[1])), round(float(size[0]))) if known_size else None,
        view=_text(content.get("pose", "")),
        own_part="" if not own.size else "train" if own[0] > 0 else "test",
    )


def _track(path: Path, label: str, sequence: _Sequence, findings: Findings) -> Track | None:
    name, count = shown_name(path), len(sequence.x)
    if sequence.frames not in (None, count):
        told = f"{name}: nframes {sequence.frames}, joints of {count}"
        findings.add("sequences whose nframes is wrong were taken by their joints", told)
    placed = np.zeros((count, LANDMARKS, 2))
    placed[:, JOINTS, 0], placed[:, JOINTS, 1] = sequence.x - 1.0, sequence.y - 1.0
    known = np.zeros((count, LANDMARKS), np.bool_)
    known[:, JOINTS] = _placed(sequence)
    filled = fill(placed, known)
    if filled is None:
        findings.add(UNREADABLE, f"{name}: never shows a shoulder, or never a hip")
        return None
    if sequence.size is None:
        findings.add("sequences without dimensions got the size that holds all joints", name)
    right, lower = np.ceil(np.maximum(placed[known].max(axis=0) + 1.0, 1.0))
    width, height = sequence.size or (int(right), int(lower))
    landmarks = np.zeros((count, LANDMARKS, 4), np.float32)
    landmarks[..., :2] = filled
    landmarks[:, JOINTS, 3] = known[:, JOINTS] & (sequence.seen > 0)
    return Track(
        source="/".join(part for part in ("penn_action", sequence.own_part, path.stem) if part),
        group=f"penn_action/{path.stem}",
        person=1,
        frames=np.arange(count, dtype=np.int32),
        times=np.arange(count) / FPS,
        labels=(label,) * count,
        landmarks=landmarks,
        world=metres(landmarks[..., :3].astype(np.float64), flat=True),
        view=sequence.view,
        width=width,
        height=height,
    )


def _placed(sequence: _Sequence) -> NDArray[np.bool_]:
    """Which joints have a place: those outside of the picture stand at its corner, (1, 1) or 0, and are unseen."""
    inside = (np.abs(sequence.x) < _FARTHEST) & (np.abs(sequence.y) < _FARTHEST)
    at_corner = (sequence.x <= 1.0) & (sequence.y <= 1.0) & (sequence.seen <= 0)
    return np.asarray(inside & ~at_corner)


def _or_nothing(value: object) -> object:
    return () if value is None else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
