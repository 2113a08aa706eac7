"""What the frozen part of a network makes of every crop: computed once, kept beside the run as 16-bit numbers."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from training.augment.pixels import PixelAugmenter
from training.pixel_data import CropSet, Pictures, PixelData
from training.runs import RunFolder

if TYPE_CHECKING:
    from training.models.pixel_network import PixelNetwork

MOST_FEATURES_BYTES = 2_000_000_000
_AT_ONCE = 4
"""More are no faster a picture, since they outgrow the processor's cache, and take hundreds of megabytes."""


def kept_features(
    folder: RunFolder,
    network: "PixelNetwork",
    data: PixelData,
    copies: Sequence[PixelAugmenter | None],
    key: str,
) -> NDArray[np.float16]:
    """Features of all copies of the training crops, then of the validation crops: (rows, ...).

    ``copies``: how each copy is changed; ``key`` differs where the result does. Raises ConfigError for too many.
    """
    path = folder.path / f"features-{key}.npy"
    if path.is_file():
        try:
            kept: NDArray[np.float16] = np.load(path, allow_pickle=False)
            return kept
        except (OSError, ValueError):
            # Half a file of another time: computed anew below.
            path.unlink()
    rows = len(copies) * len(data.train) + len(data.valid)
    sample = network.features(np.zeros((1, 3, network.side_px, network.side_px), np.float32))
    if rows * sample[0].size * 2 > MOST_FEATURES_BYTES:
        raise ConfigError(
            f"the features of {rows} pictures need {rows * sample[0].size * 2 / 1e9:.1f} GB; give "
            "fewer crops, or unfreeze fewer layers"
        )
    found = np.empty((rows, *sample.shape[1:]), np.float16)
    place = 0
    for number, augmenter in enumerate(copies):
        place = _compute(network, data.train, augmenter, number, found, place)
    _compute(network, data.valid, None, 0, found, place)
    buffer = io.BytesIO()
    np.save(buffer, found)
    folder.write(path.name, buffer.getvalue())
    return found


def _compute(
    network: "PixelNetwork",
    crops: CropSet,
    augmenter: PixelAugmenter | None,
    copy: int,
    found: NDArray[np.float16],
    place: int,
) -> int:
    """Write the features of all crops to ``found`` from ``place`` on, and give the place after them."""
    every = np.arange(len(crops))
    pictures = Pictures(crops, network.side_px, every, augmenter, copy * 1_000_003 + every)
    for start in range(0, len(crops), _AT_ONCE):
        inputs, _ = pictures.batch(every[start : start + _AT_ONCE])
        found[place + start : place + start + len(inputs)] = network.features(inputs)
    return place + len(crops)
