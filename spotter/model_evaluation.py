"""A classifier's file laid beside labelled landmarks or crops: whom it is asked about, and what makes that doubtful.

The figures themselves are made in ``training.evaluation``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError
from core.names import shown_name
from training.dataset.crops import Crop, read_crops
from training.dataset.landmarks import Track, read_tracks
from training.dataset.splits import Split, check_no_leak, fingerprint, read_split
from training.evaluation.asking import AskedFile
from training.evaluation.cost import measured_cost
from training.evaluation.predictions import Predictions
from training.evaluation.rejection import WISHED_FALSE_SHARE
from training.evaluation.report import Report, make_report

Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a model is asked about."""

    files: Sequence[Path]
    split_file: Path | None = None
    part: str = "test"
    """Of the split; without one everybody is asked about."""
    false_share: float = WISHED_FALSE_SHARE
    every_s: float = 0.5


def evaluate_model(path: Path, asked: Asked, remark: Remark) -> Report:
    """Measure a classifier's file; remarks on what makes the figures doubtful. Raises SpotterError."""
    model = AskedFile(path)
    split = read_split(asked.split_file) if asked.split_file is not None else None
    if model.info.kind == "pixels":
        predictions, validation = _about_crops(model, asked, split, remark)
    else:
        predictions, validation = _about_tracks(model, asked, split)
    for line in doubts(model, asked, split):
        remark(line)
    names = ", ".join(file.name for file in asked.files)
    part = f" ({asked.part} of split {split.hash[:12]})" if split is not None else ""
    about = f"{shown_name(path)}, a {model.info.model} model, asked about {names}{part}."
    return make_report(
        model.info.model,
        about,
        predictions,
        validation=validation,
        reject_below=model.info.reject_below,
        false_share=asked.false_share,
        cost=measured_cost(path),
    )


def doubts(model: AskedFile, asked: Asked, split: Split | None) -> list[str]:
    """What the model's card says against the figures, a sentence each."""
    card = model.info.card
    data = card.get("data")
    described = data.get("files", []) if isinstance(data, dict) else []
    known = {entry.get("sha256") for entry in described if isinstance(entry, dict)} - {None}
    own = [file.name for file in asked.files if fingerprint(file) in known]
    found = []
    if own and split is None:
        found.append(
            f"{', '.join(own)}: the model was trained on this file, so the figures are too good; name its --split"
        )
    if split is not None and card.get("split") not in (None, split.hash):
        found.append("the model was trained with another split, so it may know the people that it is asked about")
    if split is not None and asked.part != "test":
        found.append(f"the part '{asked.part}' was seen in training, so the figures are too good")
    return found


def _about_tracks(model: AskedFile, asked: Asked, split: Split | None) -> tuple[Predictions, Predictions | None]:
    tracks = [track for file in asked.files for track in read_tracks(file)]
    if not tracks:
        raise ConfigError(f"{_names(asked)}: no tracks; extract landmarks first")
    if split is None:
        return model.about_tracks(tracks, asked.every_s), None
    check_no_leak(split, tracks)
    wanted, choosing = (_of_part(split, part, tracks) for part in (asked.part, "validation"))
    if not wanted:
        raise ConfigError(f"{_names(asked)}: nobody in it is in the part '{asked.part}' of the split")
    validation = model.about_tracks(choosing, asked.every_s) if choosing and asked.part != "validation" else None
    return model.about_tracks(wanted, asked.every_s), validation


def _about_crops(
    model: AskedFile, asked: Asked, split: Split | None, remark: Remark
) -> tuple[Predictions, Predictions | None]:
    def crops(part: str | None) -> Iterator[Crop]:
        for file in asked.files:
            for crop in read_crops(file):
                if split is not None and part is not None and split.part_of(crop.group) != part:
                    continue
                try:
                    crop.pixels()
                except ConfigError as error:
                    remark(f"{shown_name(file)}: {error}; left out")
                    continue
                yield crop

    if split is None:
        return model.about_crops(crops(None)), None
    choosing = asked.part != "validation" and bool(split.parts["validation"])
    return model.about_crops(crops(asked.part)), model.about_crops(crops("validation")) if choosing else None


def _of_part(split: Split, part: str, tracks: Sequence[Track]) -> list[Track]:
    groups = set(split.parts.get(part, ()))
    return [track for track in tracks if track.group in groups]


def _names(asked: Asked) -> str:
    return ", ".join(shown_name(file) for file in asked.files)
