"""Crops of people to learn from: who trains and who validates, and what is drawn in an epoch.

The crops stay encoded in memory, a few kilobytes each, and are decoded as they are needed. Knows nothing of networks.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.names import shown_name
from training.augment.pixels import PixelAugmenter
from training.classes import CLASSES, class_of
from training.dataset.crops import MARGIN, Crop, crop_side, read_crops
from training.dataset.splits import Recorded, Split, check_no_leak, fingerprint, make_split, read_split
from training.sources import drawing_chances

_MOST_DRAWS = 8000
_NAMED = 3
"""So many damaged crops are named one by one; the rest is counted."""

Numbers = NDArray[np.int64]
Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CropSet:
    """Labelled crops, in the order of their files."""

    jpegs: Sequence[bytes]
    labels: Numbers
    """(N,): positions in ``CLASSES``."""
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]
    people: Numbers
    synthetic: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.jpegs)

    def take(self, which: NDArray[np.bool_]) -> "CropSet":
        """Some of them, by flags."""
        places = np.flatnonzero(which).tolist()
        columns = {name: getattr(self, name)[which] for name in ("labels", "groups", "sources", "people", "synthetic")}
        return replace(self, jpegs=[self.jpegs[place] for place in places], **columns)

    def picture(self, place: int, side_px: int) -> NDArray[np.uint8]:
        """One crop, (side_px, side_px, 3) RGB."""
        decoded = cv2.imdecode(np.frombuffer(self.jpegs[place], np.uint8), cv2.IMREAD_COLOR)
        return resized(np.ascontiguousarray(np.asarray(decoded)[..., ::-1], np.uint8), side_px)


def resized(picture: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """A square picture of another size."""
    if picture.shape[0] == side_px:
        return picture
    way = cv2.INTER_AREA if picture.shape[0] > side_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (side_px, side_px), interpolation=way), np.uint8)


def as_input(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Pictures (side, side, 3) as what networks of pixels take: (N, 3, side, side) float32, 0-1."""
    stacked = np.stack(pictures).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(stacked, np.float32) / np.float32(255)


@dataclass(frozen=True, slots=True)
class PixelData:
    """Crops to learn from and crops to validate on, with nobody in both."""

    train: CropSet
    valid: CropSet
    split: Split | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    """What the model's card says of the data."""
    crop: Mapping[str, float] = field(default_factory=dict)
    """How the pictures were cut, so that others can be cut alike: ``side_px`` and ``margin``."""


def read_pixel_data(
    files: Sequence[Path], split_file: Path | None, valid_share: float, seed: int, remark: Remark
) -> PixelData:
    """The labelled crops of files, divided by a split file, or by group at random.

    Where there are real crops, synthetic ones that the split does not know only train. A damaged crop is named and left
    out. Raises ConfigError.
    """
    crops: list[Crop] = []
    described, cuts = [], []
    for file in files:
        found = _readable(file, remark)
        crops += found
        described.append({"file": file.name, "sha256": fingerprint(file), "crops": len(found)})
        cuts.append({"side_px": crop_side(file), "margin": crop_margin(file)})
    everything = _crop_set(crops)
    names = ", ".join(shown_name(file) for file in files)
    if not len(everything):
        raise ConfigError(f"{names}: no labelled crops; cut them from labelled landmarks with `spotter dataset crops`")
    if any(cut != cuts[0] for cut in cuts):
        remark(f"{names}: are not all of one size and margin; pictures to be judged will be cut as in the first")
    split = _split_of(everything, split_file, valid_share, seed, remark)
    if split is None:
        return PixelData(
            everything, everything.take(np.zeros(len(everything), np.bool_)), None, {"files": described}, cuts[0]
        )
    part = {group: split.part_of(group) or "train" for group in np.unique(everything.groups).tolist()}
    parts = np.array([part[group] for group in everything.groups.tolist()])
    data = PixelData(
        everything.take(parts == "train"), everything.take(parts == "validation"), split, {"files": described}, cuts[0]
    )
    if not len(data.train):
        raise ConfigError(f"{names}: the split leaves no crop to learn from")
    return data


def crop_margin(file: Path) -> float:
    """What a file of crops says of the margin around people; the usual one where it says nothing."""
    import pyarrow.parquet as pq

    said = (pq.read_schema(file).metadata or {}).get(b"margin", b"")
    try:
        return float(said)
    except ValueError:
        return MARGIN


def _readable(file: Path, remark: Remark) -> list[Crop]:
    good, bad = [], 0
    for crop in read_crops(file):
        try:
            crop.pixels()
        except ConfigError as error:
            bad += 1
            if bad <= _NAMED:
                remark(f"{shown_name(file)}: {error}; left out")
            continue
        good.append(crop)
    if bad > _NAMED:
        remark(f"{shown_name(file)}: {bad} crops are no pictures and were left out")
    return good


def _crop_set(crops: Sequence[Crop]) -> CropSet:
    classes = [class_of(crop.label) for crop in crops]
    known = [(crop, number) for crop, number in zip(crops, classes, strict=True) if number is not None]
    return CropSet(
        jpegs=[crop.jpeg for crop, _ in known],
        labels=np.array([number for _, number in known], np.int64),
        groups=np.array([crop.group for crop, _ in known], np.str_),
        sources=np.array([crop.source for crop, _ in known], np.str_),
        people=np.array([crop.person for crop, _ in known], np.int64),
        synthetic=np.array([crop.synthetic for crop, _ in known], np.bool_),
    )


def _split_of(crops: CropSet, file: Path | None, valid_share: float, seed: int, remark: Remark) -> Split | None:
    """Who is on which side; None where everybody trains."""
    divided = crops.take(~crops.synthetic) if not crops.synthetic.all() else crops
    if file is not None:
        split = read_split(file)
        known = {group for groups in split.parts.values() for group in groups}
        drawn = crops.take(crops.synthetic & np.isin(crops.groups, sorted(known)))
        check_no_leak(split, _recorded(divided) + _recorded(drawn))
    elif valid_share > 0:
        split, remarks = make_split(_recorded(divided), (100 * (1 - valid_share), 100 * valid_share, 0), seed)
        for line in remarks:
            remark(line)
        check_no_leak(split, _recorded(divided))
    else:
        return None
    return split


def _recorded(crops: CropSet) -> list[Recorded]:
    """What a split needs to know of each person of each recording; crops stand for seconds."""
    digests: dict[tuple[str, str, int], Any] = {}
    counts: dict[tuple[str, str, int], dict[str, float]] = {}
    rows = zip(crops.sources.tolist(), crops.groups.tolist(), crops.people.tolist(), strict=True)
    for place, key in enumerate(rows):
        digests.setdefault(key, hashlib.sha256()).update(crops.jpegs[place])
        name = CLASSES[int(crops.labels[place])]
        of_person = counts.setdefault(key, {})
        of_person[name] = of_person.get(name, 0.0) + 1.0
    return [Recorded(key[0], key[1], digests[key].hexdigest(), counts[key]) for key in digests]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Crops as examples, changed where there is an augmenter: each always in the same way."""

    crops: CropSet
    side_px: int
    which: Numbers
    """(n,): positions in ``crops``."""
    augmenter: PixelAugmenter | None = None
    seeds: Numbers | None = None
    """(n,): chance of each where there is an augmenter."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.which)

    def batch(self, which: Numbers) -> tuple[NDArray[np.float32], Numbers]:
        """Inputs (n, 3, side, side) and classes (n,)."""
        return as_input([self._picture(int(place)) for place in which]), self.crops.labels[self.which[which]]

    def _picture(self, place: int) -> NDArray[np.uint8]:
        picture = self.crops.picture(int(self.which[place]), self.side_px)
        if self.augmenter is None or self.seeds is None:
            return picture
        return self.augmenter.augment(picture, np.random.default_rng(int(self.seeds[place])))


class PictureSource:
    """Draws the crops of an epoch, every class alike, each changed anew."""

    def __init__(
        self, crops: CropSet, side_px: int, augmenter: PixelAugmenter | None, draws: int, synthetic_share: float
    ) -> None:
        """``draws``: crops an epoch; 0 for as many as there are, at most 8000."""
        self._crops, self._side_px, self._augmenter = crops, side_px, augmenter
        self.draws = draws or min(_MOST_DRAWS, len(crops))
        self._chances = drawing_chances(crops.labels, crops.groups, crops.synthetic, synthetic_share)

    def epoch(self, rng: np.random.Generator) -> Pictures:
        """The examples of one epoch."""
        drawn = rng.choice(len(self._crops), self.draws, p=self._chances).astype(np.int64)
        return Pictures(self._crops, self._side_px, drawn, self._augmenter, rng.integers(2**62, size=self.draws))


@dataclass(frozen=True, slots=True)
class Features:
    """Features of crops as examples."""

    values: NDArray[np.floating]
    """(N, ...) of any float type."""
    labels: Numbers
    which: Numbers

    def __len__(self) -> int:
        """How many there are."""
        return len(self.which)

    def batch(self, which: Numbers) -> tuple[NDArray[np.float32], Numbers]:
        """Features as float32, and classes (n,)."""
        places = self.which[which]
        return self.values[places].astype(np.float32), self.labels[places]


class FeatureSource:
    """Draws the features of an epoch, every class alike, of one of the changed copies of each crop."""

    def __init__(self, crops: CropSet, copies: NDArray[np.floating], draws: int, synthetic_share: float) -> None:
        """``copies``: (copies, N, ...), the first of the crops as they are; ``draws`` as for ``PictureSource``."""
        self._values = copies.reshape(-1, *copies.shape[2:])
        self._labels = np.tile(crops.labels, len(copies))
        self._copies, self._count = len(copies), len(crops)
        self.draws = draws or min(_MOST_DRAWS, len(crops))
        self._chances = drawing_chances(crops.labels, crops.groups, crops.synthetic, synthetic_share)

    def epoch(self, rng: np.random.Generator) -> Features:
        """The examples of one epoch."""
        drawn = rng.choice(self._count, self.draws, p=self._chances)
        copy = rng.integers(self._copies, size=self.draws)
        return Features(self._values, self._labels, (copy * self._count + drawn).astype(np.int64))
