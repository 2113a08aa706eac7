"""Crops of people varied at random for training: turned, cut, flipped, in other light, blurred.

Functions from a picture (height, width, 3) uint8 RGB to a new one of the same size; nothing here knows of labels. All
chance comes from the generator that is given: the same generator gives the same picture.
"""

from dataclasses import dataclass, fields, replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.errors import ConfigError

Picture = NDArray[np.uint8]

_HUES = 180
"""OpenCV's number of hues in 8 bits."""


@dataclass(frozen=True, slots=True)
class PixelOptions:
    """How strongly crops are varied: each the most that is drawn, or a chance where it says so; 0 switches it off."""

    rotate_deg: float = 12.0
    """Turn about the middle, either way."""
    crop: float = 0.2
    """How much of a side may be cut away; what is left fills the picture."""
    flip: float = 0.5
    """Chance to flip left to right."""
    brightness: float = 0.25
    """Share of full white, either way."""
    contrast: float = 0.3
    """Share up or down."""
    saturation: float = 0.4
    """Share up or down."""
    hue_deg: float = 15.0
    """Turn of the colour circle, either way: lamps and cameras differ, the colour of clothes means nothing."""
    blur: float = 0.3
    """Chance of a blur as of movement and cheap lenses."""
    blur_share: float = 0.015
    """Spread of the blur, share of the side."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense; raises ConfigError that names it."""
        for field in fields(self):
            value = getattr(self, field.name)
            most = 180.0 if field.name.endswith("_deg") else 1.0
            if not np.isfinite(value) or not 0 <= value <= most:
                raise ConfigError(f"augmentation {field.name} is {value}; give 0 (off) to {most:g}")
        if self.crop > 0.9:
            raise ConfigError(f"augmentation crop is {self.crop}; give at most 0.9, so that something is left")

    @classmethod
    def off(cls) -> "PixelOptions":
        """Leave pictures as they are; ``dataclasses.replace`` switches single changes on."""
        return cls(**{field.name: 0.0 for field in fields(cls)})

    def weakened(self, share: float) -> "PixelOptions":
        """The same with a share 0-1 of every strength; the chance to flip stays."""
        return replace(self, **{f.name: share * getattr(self, f.name) for f in fields(self) if f.name != "flip"})


class PixelAugmenter:
    """Gives a crop as another camera in another light might have had it."""

    def __init__(self, options: PixelOptions | None = None) -> None:
        """``options``: the defaults where None."""
        self.options = options or PixelOptions()

    def augment(self, pixels: Picture, rng: Generator) -> Picture:
        """A new picture of the same size; the given one is not changed."""
        most = self.options
        angle = rng.uniform(-most.rotate_deg, most.rotate_deg)
        share = 1 - most.crop * rng.random()
        place = rng.random(2)
        pixels = turned_and_cut(pixels, angle, share, (float(place[0]), float(place[1])))
        if rng.random() < most.flip:
            pixels = flipped(pixels)
        pixels = recoloured(
            pixels, 1 + rng.uniform(-most.saturation, most.saturation), rng.uniform(-most.hue_deg, most.hue_deg)
        )
        pixels = relit(
            pixels, rng.uniform(-most.brightness, most.brightness), 1 + rng.uniform(-most.contrast, most.contrast)
        )
        if rng.random() < most.blur:
            pixels = blurred(pixels, most.blur_share * rng.random())
        return pixels


def turned_and_cut(pixels: Picture, angle_deg: float, share: float, place: tuple[float, float]) -> Picture:
    """A part of the turned picture, enlarged to fill it.

    ``share``: side of the part over the side of the picture; ``place``: where the part is, 0 left or top, 1 right or
    bottom. What lies outside of the picture repeats its edge. One warp does both: two would blur twice.
    """
    if angle_deg == 0 and share == 1:
        return pixels.copy()
    height, width = pixels.shape[:2]
    middle = (width / 2 - 0.5, height / 2 - 0.5)
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, angle_deg, 1.0), np.float64)
    left, top = place[0] * (1 - share) * width, place[1] * (1 - share) * height
    matrix[:, 2] -= (left, top)
    matrix /= share
    # Corners of the part go to corners of the picture, half a pixel beyond the middles of the outermost pixels.
    matrix[:, 2] += (1 / share - 1) / 2
    warped = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def flipped(pixels: Picture) -> Picture:
    """The picture left to right."""
    return np.ascontiguousarray(pixels[:, ::-1])


def relit(pixels: Picture, brightness: float, contrast: float) -> Picture:
    """Lighter by a share of white, and with differences from the mean grey enlarged by a factor."""
    if brightness == 0 and contrast == 1:
        return pixels.copy()
    mean = float(pixels.mean())
    table = (np.arange(256) - mean) * contrast + mean + 255 * brightness
    return np.asarray(cv2.LUT(pixels, np.clip(np.rint(table), 0, 255).astype(np.uint8)), np.uint8)


def recoloured(pixels: Picture, saturation: float, hue_deg: float) -> Picture:
    """More or less colour by a factor, and other hues by an angle of the colour circle; light stays."""
    if saturation == 1 and hue_deg == 0:
        return pixels.copy()
    colours = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    steps = np.arange(256)
    hues = (steps + round(hue_deg * _HUES / 360)) % _HUES
    table = np.stack([hues, np.clip(np.rint(steps * saturation), 0, 255), steps], axis=-1).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.LUT(colours, table[None]), cv2.COLOR_HSV2RGB), np.uint8)


def blurred(pixels: Picture, spread_share: float) -> Picture:
    """Blurred by a Gaussian whose spread is a share of the picture's side."""
    spread_px = spread_share * max(pixels.shape[:2])
    if spread_px < 0.1:
        return pixels.copy()
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), spread_px), np.uint8)
