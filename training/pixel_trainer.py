"""From files of crops to a trained model of pixels: the run, its card, the ONNX file.

A model of pixels has ``build(classes, **sizes)`` in its file, which gives a ``PixelNetwork``. Where part of it is
frozen, the rest learns from features that are computed once. Imports torch late. Prints nothing: remarks go to whoever
calls.
"""

import hashlib
import inspect
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ConfigError, ModelError
from core.names import shown_name
from training.augment.pixels import PixelAugmenter, PixelOptions
from training.classes import CLASSES
from training.dataset.splits import write_split
from training.judging import logits_of
from training.models import PIXELS, builder
from training.options import MAY_DIFFER, Options
from training.pixel_data import (
    Features,
    FeatureSource,
    Pictures,
    PictureSource,
    PixelData,
    Remark,
)
from training.pixel_features import kept_features
from training.runs import RunFolder, as_json, load_state
from training.sources import weak_spots
from training.trainer import Run, Watcher, fit, settled

if TYPE_CHECKING:
    from training.models.pixel_network import PixelNetwork

REJECT_BELOW = 0.5
"""Where there is nobody to validate on."""
COPIES = 3
"""Changed copies of each crop whose features are computed, beside those of the crop itself: each costs a pass."""
_KEPT_ANSWERS = 0.95
"""Share of the right answers to validation crops that the threshold lets through."""


@dataclass(frozen=True, slots=True)
class PixelRequest:
    """What to train, apart from the data."""

    model: str
    out: Path
    options: Options = field(default_factory=Options)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    """For ``transfer`` also ``backbone`` and ``unfreeze``."""
    draws: int = 0
    """Crops an epoch; 0 for as many as there are, at most 8000."""
    synthetic_share: float = 0.5
    augment: float = 1.0
    """Strength of the augmentation, 0 (none) to 2."""
    licence_notes: Sequence[str] = ()
    command: str = ""
    resume: bool = False


def sizes_of_pixels(name: str) -> dict[str, Any]:
    """The options of a model of pixels, with what they are if not given; raises ConfigError."""
    parameters = inspect.signature(builder(name, PIXELS)).parameters.values()
    return {given.name: given.default for given in parameters if given.kind is inspect.Parameter.KEYWORD_ONLY}


def build_pixels(name: str, sizes: Mapping[str, Any] | None = None, classes: int = len(CLASSES)) -> Any:  # noqa: ANN401
    """A new ``PixelNetwork``; raises ConfigError for an option that the model does not have."""
    known = sizes_of_pixels(name)
    for option, value in (sizes or {}).items():
        if option not in known:
            raise ConfigError(f"{name} has no option '{option}'; it has {', '.join(known)}")
        if isinstance(known[option], int) and (not isinstance(value, int) or not 0 <= value <= 4096):
            raise ConfigError(f"{name}: {option} is {value}; it must be a whole number from 0 to 4096")
        if isinstance(known[option], float) and not 0 <= value < 1:
            raise ConfigError(f"{name}: {option} is {value}; it must be from 0 to below 1")
    return builder(name, PIXELS)(classes, **(sizes or {}))


def train_pixels(request: PixelRequest, data: PixelData, remark: Remark, watcher: Watcher | None = None) -> Run:
    """Train a model of pixels; its folder then holds it, its card and ``model.onnx``. Raises SpotterError."""
    sizes = {**sizes_of_pixels(request.model), **request.sizes}
    with settled(request.options):
        network = build_pixels(request.model, sizes)
    for line in data_remarks(data):
        remark(line)
    folder = RunFolder(request.out, _stored(request, sizes, data), resume=request.resume, may_differ=MAY_DIFFER)
    if data.split is not None:
        write_split(request.out / "split.json", data.split)
    about = {
        "kind": PIXELS, "name": request.model, "classes": list(CLASSES), "sizes": sizes, "side_px": network.side_px,
    }  # fmt: skip
    learner = network if network.frozen is None else network.tuned
    examples = _pictures if network.frozen is None else _features
    source, valid = examples(request, network, data, folder, _feature_key(request, sizes, data))
    run = fit(learner, source, valid, request.options, folder, about=about, watcher=watcher, resume=request.resume)
    reject_below = _threshold(learner, valid) if valid is not None else REJECT_BELOW
    run.network = network.eval()
    card = _card(request, data, run, sizes, source.draws)
    folder.write("card.json", as_json(card))
    _export(request, run, card, reject_below)
    return run


def _pictures(
    request: PixelRequest,
    network: "PixelNetwork",
    data: PixelData,
    folder: RunFolder,
    key: str,
) -> tuple[PictureSource, Pictures | None]:
    """What a network learns from and is validated on that sees the pictures themselves."""
    side_px = network.side_px
    source = PictureSource(data.train, side_px, _augmenter(request), request.draws, request.synthetic_share)
    return source, Pictures(data.valid, side_px, np.arange(len(data.valid))) if len(data.valid) else None


def _features(
    request: PixelRequest,
    network: "PixelNetwork",
    data: PixelData,
    folder: RunFolder,
    key: str,
) -> tuple[FeatureSource, Features | None]:
    """The same for a network whose frozen part is computed beforehand."""
    augmenter = _augmenter(request)
    copies = [None] + ([augmenter] * COPIES if augmenter else [])
    found = kept_features(folder, network, data, copies, key)
    rows = len(copies) * len(data.train)
    train, valid = found[:rows].reshape(len(copies), len(data.train), *found.shape[1:]), found[rows:]
    source = FeatureSource(data.train, train, request.draws, request.synthetic_share)
    return source, Features(valid, data.valid.labels, np.arange(len(valid))) if len(valid) else None


def trained_pixels(folder: Path) -> tuple[Any, dict[str, Any]]:
    """The best network of a run over pixels, in evaluation mode, and what it is; raises ModelError."""
    state = load_state(folder / "model.pt")
    try:
        network = build_pixels(state["name"], state["sizes"], len(state["classes"]))
        learner = network if network.frozen is None else network.tuned
        learner.load_state_dict(state.pop("network"))
    except (KeyError, RuntimeError, ConfigError) as error:
        raise ModelError(f"{shown_name(folder / 'model.pt')}: does not fit its own description; train again") from error
    return network.eval(), state


def data_remarks(data: PixelData) -> list[str]:
    """What is wrong with the data, a sentence each."""
    found = [
        line.replace("no window shows", "no crop shows") for line in weak_spots(data.train.labels, data.train.groups)
    ]
    if not len(data.valid):
        return [*found, "nothing to validate on: all epochs are done and the last network is kept"]
    missing = sorted(set(data.train.labels.tolist()) - set(data.valid.labels.tolist()))
    if missing:
        found.append(f"nobody to validate {', '.join(CLASSES[label] for label in missing)} on")
    if data.valid.synthetic.all():
        found.append("all validation data are synthetic, and so are the figures")
    return found


def _augmenter(request: PixelRequest) -> PixelAugmenter | None:
    return PixelAugmenter(PixelOptions().weakened(request.augment)) if request.augment else None


def _feature_key(request: PixelRequest, sizes: Mapping[str, Any], data: PixelData) -> str:
    """Differs where features do."""
    layers = {name: sizes[name] for name in ("backbone", "unfreeze") if name in sizes}
    split = data.split.hash if data.split is not None else None
    told = json.dumps([layers, dict(data.card), split, request.augment, COPIES], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _threshold(learner: Any, valid: Pictures | Features) -> float:  # noqa: ANN401
    """The probability that nearly all right answers to validation crops reach; more strangers are rejected above it."""
    logits = logits_of(learner, valid).astype(np.float64)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    truths = np.concatenate([valid.batch(np.arange(len(valid))[i : i + 256])[1] for i in range(0, len(valid), 256)])
    right = shares.argmax(axis=1) == truths
    if not right.any():
        return REJECT_BELOW
    return round(float(np.clip(np.quantile(shares[right].max(axis=1), 1 - _KEPT_ANSWERS), 0.2, 0.9)), 3)


def _export(request: PixelRequest, run: Run, card: Mapping[str, Any], reject_below: float) -> None:
    """Write ``model.onnx``; raises ModelError where it is not what the network is."""
    from training.export.onnx_export import export_pixels

    metadata = {
        "model": request.model,
        "labels": ",".join(CLASSES),
        "reject_below": f"{reject_below:g}",
        "card": json.dumps(card, ensure_ascii=False),
    }
    export_pixels(run.network, request.out / "model.onnx", metadata, run.network.side_px)


def _card(request: PixelRequest, data: PixelData, run: Run, sizes: Mapping[str, Any], draws: int) -> dict[str, Any]:
    """What the model's file tells of where it comes from."""
    import torch

    weights = list(run.network.parameters())
    licence = getattr(run.network, "licence", None)
    return {
        "model": request.model,
        "kind": PIXELS,
        "sizes": dict(sizes),
        "side_px": run.network.side_px,
        "parameters": sum(each.numel() for each in weights),
        "trained_parameters": sum(each.numel() for each in weights if each.requires_grad),
        "data": dict(data.card),
        "crop": dict(data.crop),
        "groups": {"train": len(np.unique(data.train.groups)), "validation": len(np.unique(data.valid.groups))},
        "crops": {"train": len(data.train), "validation": len(data.valid)},
        "classes_without_data": [CLASSES[n] for n in range(len(CLASSES)) if not (data.train.labels == n).any()],
        "synthetic_share_of_crops": round(float(data.train.synthetic.mean()), 4),
        "split": data.split.hash if data.split is not None else None,
        "seed": request.options.seed,
        "command": request.command,
        "options": asdict(request.options) | {"augment": request.augment, "draws": draws},
        "epochs": len(run.history),
        "ended": run.ended,
        "figures": _figures(run, data),
        "licence_notes": [*request.licence_notes, *([licence] if licence else [])],
        "made_with": {
            "python": ".".join(map(str, sys.version_info[:3])), "torch": torch.__version__, "numpy": np.__version__,
            "machine": platform.machine(),
        },
    }  # fmt: skip


def _figures(run: Run, data: PixelData) -> dict[str, Any]:
    if not len(data.valid):
        return {}
    return {
        "validation": {
            "macro_f1": round(run.best.valid_f1, 4),
            "accuracy": round(run.best.valid_accuracy, 4),
            "crops": len(data.valid),
            "groups": len(np.unique(data.valid.groups)),
            "synthetic": bool(data.valid.synthetic.all()),
            "note": "the epoch was chosen by this macro-F1, which is therefore a little too high",
        }
    }


def _stored(request: PixelRequest, sizes: Mapping[str, Any], data: PixelData) -> dict[str, Any]:
    """Options as the run's folder keeps them; what changes a network must be among them."""
    return {
        "model": request.model,
        "sizes": dict(sizes),
        "draws": request.draws,
        "synthetic_share": request.synthetic_share,
        "augment": request.augment,
        "data": dict(data.card),
        "split": data.split.hash if data.split is not None else None,
        **asdict(request.options),
        "command": request.command,
    }
