"""From files of landmarks to a trained model of windows: who trains and validates, the run, its card, the ONNX file.

Imports torch late. Prints nothing: remarks go to whoever calls.
"""

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ConfigError
from training.classes import CLASSES
from training.dataset.splits import (
    write_split,
)
from training.models import WINDOWS, build, checked_sizes, entry_of
from training.options import MAY_DIFFER, Options
from training.runs import RunFolder, as_json
from training.sources import TrackSource, WindowExamples, weak_spots
from training.trainer import Run, Watcher, fit, settled
from training.training_data import Data, Remark
from training.windows import RATE_HZ, WINDOW_S, Augmenter, WindowSet, windows_of
from workers.exercise.pose_features import BLOCKS, POSE_FEATURE_VERSION, window_steps

# Windows; more would not change the scale, and each needs its track to be varied.
_SEEN_FOR_SCALE = 1500
REJECT_BELOW = 0.5
"""Written into the file until a threshold has been fitted on held-out data."""


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
    without: tuple[str, ...] | None = None
    """Blocks of columns that are not looked at; None for those of the model's entry."""
    augment: float = 1.0
    """Strength of the augmentation of landmarks; 0 is none."""
    licence_notes: Sequence[str] = ()
    command: str = ""
    resume: bool = False


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
        standardise(network, sample, blocks_left_out(request))
    judged = WindowExamples(valid) if valid is not None and len(valid) else None
    run = fit(
        network, source, judged, request.options, folder, about=about, watcher=watcher, resume=request.resume
    )  # fmt: skip
    folder.write("card.json", as_json(card_of(request, data, source, valid, run, sizes)))
    return run


def blocks_left_out(request: Request) -> tuple[str, ...]:
    """Which blocks the model does not look at; raises ConfigError for one that there is not."""
    chosen = entry_of(request.model).without if request.without is None else request.without
    for block in chosen:
        if block not in BLOCKS:
            raise ConfigError(f"there is no block '{block}' to leave out; known are {', '.join(BLOCKS)}")
    return chosen


def standardise(network: Any, windows: WindowSet, without: Sequence[str] = ()) -> None:  # noqa: ANN401  # a torch module
    """Tell a network of what size its inputs are, and which blocks of columns to pass over."""
    from training.models.parts import Standardise

    for module in network.modules():
        if isinstance(module, Standardise):
            module.fit(windows.inputs, without)


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
        "without": list(blocks_left_out(request)),
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
        "without": list(blocks_left_out(request)),
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
