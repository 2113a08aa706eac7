"""From files of landmarks to a trained model of windows: who trains and validates, the run, its card, the ONNX file.

Imports torch late. Prints nothing: remarks go to whoever calls.
"""

import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ConfigError
from core.names import shown_name
from training.classes import CLASSES
from training.dataset.landmarks import Track, read_tracks
from training.dataset.splits import (
    Split,
    check_no_leak,
    fingerprint,
    make_split,
    read_split,
    recorded,
    write_split,
)
from training.models import WINDOWS, build, checked_sizes
from training.runs import RunFolder, as_json
from training.sources import TrackSource, WindowExamples, weak_spots
from training.trainer import MAY_DIFFER, Options, Run, Watcher, fit, settled
from training.windows import RATE_HZ, WINDOW_S, Augmenter, WindowSet, windows_of
from workers.exercise.pose_features import POSE_FEATURE_VERSION, are_usable, window_steps

# Windows; more would not change the scale, and each needs its track to be varied.
_SEEN_FOR_SCALE = 1500
REJECT_BELOW = 0.5
"""Written into the file until a threshold has been fitted on held-out data."""

Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Data:
    """Tracks to learn from and tracks to validate on, with nobody in both."""

    train: Sequence[Track]
    valid: Sequence[Track]
    split: Split | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    """What the model's card says of the data."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to train, apart from the data."""

    model: str
    out: Path
    options: Options = field(default_factory=Options)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    window_s: float = WINDOW_S
    rate_hz: float = RATE_HZ
    draws: int = 0
    """Windows an epoch; 0 for as many as the data hold, at most 16000."""
    synthetic_share: float = 0.5
    augment: float = 1.0
    """Strength of the augmentation of landmarks; 0 is none."""
    licence_notes: Sequence[str] = ()
    command: str = ""
    resume: bool = False


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


def train_windows(request: Request, data: Data, remark: Remark, watcher: Watcher | None = None) -> Run:
    """Train a model of windows; the run's folder holds it and its card afterwards. Raises SpotterError."""
    steps = window_steps(request.window_s, request.rate_hz)
    if not 4 <= steps <= 1000:
        raise ConfigError(
            f"a window of {request.window_s} s at {request.rate_hz} Hz has {steps} steps; it needs 4-1000"
        )
    sizes = checked_sizes(request.model, request.sizes)
    source = TrackSource(
        data.train,
        window_s=request.window_s,
        rate_hz=request.rate_hz,
        augmenter=landmark_augmenter(request.augment),
        draws=request.draws,
        synthetic_share=request.synthetic_share,
    )
    if not len(source):
        raise ConfigError("no window to learn from: no labelled second of usable landmarks among the tracks that train")
    valid = windows_of(data.valid, window_s=request.window_s, rate_hz=request.rate_hz).clean() if data.valid else None
    for line in data_remarks(source, valid, data):
        remark(line)
    about = {
        "name": request.model, "steps": steps, "classes": list(CLASSES), "sizes": sizes, "window_s": request.window_s,
        "rate_hz": request.rate_hz, "feature_version": POSE_FEATURE_VERSION,
    }  # fmt: skip
    folder = RunFolder(request.out, _stored(request, sizes, data), resume=request.resume, may_differ=MAY_DIFFER)
    if data.split is not None:
        write_split(request.out / "split.json", data.split)
    with settled(request.options):
        network = build(request.model, steps, len(CLASSES), sizes)
    if not request.resume:
        sample = source.drawn(min(_SEEN_FOR_SCALE, source.draws), np.random.default_rng(request.options.seed))
        standardise(network, sample)
    judged = WindowExamples(valid) if valid is not None and len(valid) else None
    run = fit(
        network, source, judged, request.options, folder, about=about, watcher=watcher, resume=request.resume
    )  # fmt: skip
    folder.write("card.json", as_json(card_of(request, data, source, valid, run, sizes)))
    return run


def standardise(network: Any, windows: WindowSet) -> None:  # noqa: ANN401  # a torch module
    """Tell a network of what size its inputs are."""
    from training.models.parts import Standardise

    for module in network.modules():
        if isinstance(module, Standardise):
            module.fit(windows.inputs)


def landmark_augmenter(strength: float) -> Augmenter | None:
    """What changes tracks before they are learned from; None at strength 0."""
    if not strength:
        return None
    from training.augment.landmarks import LandmarkAugmenter, LandmarkOptions

    return LandmarkAugmenter(LandmarkOptions().weakened(strength))


def data_remarks(source: TrackSource, valid: WindowSet | None, data: Data) -> list[str]:
    """What is wrong with the data, a sentence each."""
    found = weak_spots(source.labels, source.groups)
    if source.unusable_frames:
        found.append(f"{source.unusable_frames} frames that train hold no numbers or stand out of order; left out")
    if valid is not None and valid.unusable_frames:
        found.append(f"{valid.unusable_frames} frames that validate hold no numbers or stand out of order; left out")
    if valid is None or not len(valid):
        found.append("nothing to validate on: all epochs are done and the last network is kept")
    else:
        missing = sorted(set(source.labels.tolist()) - set(valid.labels.tolist()))
        if missing:
            found.append(f"nobody to validate {', '.join(CLASSES[label] for label in missing)} on")
    if data.valid and all(track.synthetic for track in data.valid):
        found.append("all validation data are synthetic, and so are the figures")
    return found


def card_of(
    request: Request, data: Data, source: TrackSource, valid: WindowSet | None, run: Run, sizes: Mapping[str, Any]
) -> dict[str, Any]:
    """What the model's file tells of where it comes from."""
    return {
        "model": request.model,
        "kind": WINDOWS,
        "sizes": dict(sizes),
        "parameters": sum(weights.numel() for weights in run.network.parameters()),
        "data": dict(data.card),
        "groups": {"train": len(np.unique(source.groups)), "validation": _count(valid)},
        "windows": {"train": len(source), "validation": len(valid) if valid is not None else 0},
        "classes_without_data": [CLASSES[n] for n in range(len(CLASSES)) if not (source.labels == n).any()],
        "synthetic_share_of_windows": round(float(source.synthetic.mean()), 4),
        "split": data.split.hash if data.split is not None else None,
        "seed": request.options.seed,
        "command": request.command,
        "options": asdict(request.options) | {"augment": request.augment, "draws": source.draws},
        "epochs": len(run.history),
        "ended": run.ended,
        "figures": _figures(run, valid),
        "licence_notes": list(request.licence_notes),
        "made_with": _versions(),
    }


def metadata_of(request: Request, card: Mapping[str, Any], reject_below: float = REJECT_BELOW) -> dict[str, str]:
    """What the ONNX file of a model says of itself."""
    return {
        "kind": WINDOWS,
        "model": request.model,
        "labels": ",".join(CLASSES),
        "window_s": f"{request.window_s:g}",
        "rate_hz": f"{request.rate_hz:g}",
        "feature_version": str(POSE_FEATURE_VERSION),
        "reject_below": f"{reject_below:g}",
        "card": json.dumps(card, ensure_ascii=False),
    }


def export_run(request: Request, run: Run) -> Path:
    """Write ``model.onnx`` into the run's folder; raises ModelError where it is not what the network is."""
    from training.export.onnx_export import export_onnx
    from training.runs import read_json
    from workers.exercise.pose_features import COUNT

    target = request.out / "model.onnx"
    metadata = metadata_of(request, read_json(request.out / "card.json"))
    export_onnx(run.network, target, metadata, window_steps(request.window_s, request.rate_hz), COUNT)
    return target


def _stored(request: Request, sizes: Mapping[str, Any], data: Data) -> dict[str, Any]:
    """Options as the run's folder keeps them; what changes a network must be among them."""
    return {
        "model": request.model,
        "sizes": dict(sizes),
        "window_s": request.window_s,
        "rate_hz": request.rate_hz,
        "draws": request.draws,
        "synthetic_share": request.synthetic_share,
        "augment": request.augment,
        "data": dict(data.card),
        "split": data.split.hash if data.split is not None else None,
        **asdict(request.options),
        "command": request.command,
    }


def _figures(run: Run, valid: WindowSet | None) -> dict[str, Any]:
    if valid is None or not len(valid):
        return {}
    return {
        "validation": {
            "macro_f1": round(run.best.valid_f1, 4),
            "accuracy": round(run.best.valid_accuracy, 4),
            "windows": len(valid),
            "groups": _count(valid),
            "synthetic": bool(valid.synthetic.all()),
            "note": "the epoch was chosen by this macro-F1, which is therefore a little too high",
        }
    }


def _count(windows: WindowSet | None) -> int:
    return 0 if windows is None else len(np.unique(windows.groups))


def _versions() -> dict[str, str]:
    import torch

    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, "torch": torch.__version__, "numpy": np.__version__, "machine": platform.machine()}
