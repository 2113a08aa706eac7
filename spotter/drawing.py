"""Skeletons and labels on a frame: pure drawing, from pixels and landmarks to pixels.

Text is set with the outline font that matplotlib brings along, since OpenCV's own strokes know neither umlauts nor
smooth edges; rendered texts are cached, as the same few stand in every frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""Blue, green, red, 0-255."""

PERSON_COLOURS: tuple[Colour, ...] = (
    (255, 178, 56), (80, 200, 80), (60, 130, 255), (230, 110, 220), (60, 220, 240), (200, 200, 90), (150, 130, 255),
    (110, 190, 160),
)  # fmt: skip
WHITE: Colour = (255, 255, 255)
AMBER: Colour = (30, 190, 255)
BACKGROUND: Colour = (24, 20, 18)
DIMMED = 0.55
"""Share of its colour that a tentative count keeps: plainly paler than a sure one, and still readable."""
VISIBLE = 0.5
"""Landmarks with less visibility are guesses: drawn, they would show limbs that nobody sees."""

LEFT_LIMBS = ((11, 13), (13, 15), (15, 19), (23, 25), (25, 27), (27, 29), (29, 31), (27, 31))
RIGHT_LIMBS = ((12, 14), (14, 16), (16, 20), (24, 26), (26, 28), (28, 30), (30, 32), (28, 32))
TRUNK = ((11, 12), (11, 23), (12, 24), (23, 24), (7, 0), (0, 8))
JOINTS = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 31, 32)


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text in one colour."""

    text: str
    colour: Colour


def person_colour(number: int) -> Colour:
    """Give the colour of a person; the same number always gets the same one."""
    return PERSON_COLOURS[(number - 1) % len(PERSON_COLOURS)]


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours; ``share`` is that of the first."""
    blue, green, red = (round(a * share + b * (1 - share)) for a, b in zip(colour, other, strict=True))
    return blue, green, red


WIDEST_SHARE = 0.75
"""A picture that is higher than this share of its width is a phone's; its labels go by the width."""


def text_px(height_px: int) -> int:
    """Font size for a picture of this height: readable at 360 lines, not loud at 1080."""
    return max(9, round(7 + height_px / 45))


def draw_skeleton(pixels: Pixels, landmarks: NDArray[np.float32], number: int) -> None:
    """Draw one person into ``pixels``, (h, w, 3) uint8 BGR, from (33, 4) landmarks: x, y in pixels, z, visibility.

    The person's left limbs are tinted towards white, the right ones towards black; the trunk has the plain colour.
    """
    height = pixels.shape[0]
    thickness = max(1, round(height / 200))
    colour = person_colour(number)
    groups = (
        (TRUNK, colour),
        (LEFT_LIMBS, mixed(colour, WHITE, 0.55)),
        (RIGHT_LIMBS, mixed(colour, BACKGROUND, 0.65)),
    )
    for limbs, limb_colour in groups:
        for start, end in limbs:
            if landmarks[start, 3] >= VISIBLE and landmarks[end, 3] >= VISIBLE:
                ends = _point(landmarks[start]), _point(landmarks[end])
                cv2.line(pixels, *ends, BACKGROUND, thickness + 2, cv2.LINE_AA)
                cv2.line(pixels, *ends, limb_colour, thickness, cv2.LINE_AA)
    for joint in JOINTS:
        if landmarks[joint, 3] >= VISIBLE:
            cv2.circle(pixels, _point(landmarks[joint]), thickness + 1, BACKGROUND, -1, cv2.LINE_AA)
            cv2.circle(pixels, _point(landmarks[joint]), thickness, WHITE, -1, cv2.LINE_AA)


def _point(landmark: NDArray[np.float32]) -> tuple[int, int]:
    # Far outside the picture OpenCV's fixed-point lines overflow.
    x, y = np.clip(landmark[:2], -20000, 20000)
    return round(float(x)), round(float(y))


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of words in a box; each line fits into ``width_px`` minus the margins."""

    lines: tuple[tuple[Word, ...], ...]
    size_px: int

    @property
    def margin_px(self) -> int:
        """Space between text and the edge of the box."""
        return max(2, self.size_px // 4)

    @property
    def line_px(self) -> int:
        """Height of one line."""
        return round(self.size_px * 1.3)

    def extent(self) -> tuple[int, int]:
        """Width and height of the box in pixels."""
        widest = max((sum(_width(word.text, self.size_px) for word in line) for line in self.lines), default=0)
        return widest + 2 * self.margin_px, len(self.lines) * self.line_px + 2 * self.margin_px


def fitted_label(head: Sequence[Word], cue: str, frame_size: tuple[int, int]) -> Label:
    """Lay out a head line and below it a cue, which may be empty; the box fits a frame of (width, height) pixels.

    The cue is broken between words to half of the frame's width; where even that does not fit, the text gets smaller.
    """
    width, height = frame_size
    size = text_px(min(height, round(WIDEST_SHARE * width)))
    while True:
        cue_px = max(width // 2, min(width, 24 * size))
        lines = [tuple(head), *((Word(line, AMBER),) for line in _broken(cue, cue_px - size, size))]
        label = Label(tuple(lines), size)
        box_width, box_height = label.extent()
        if (box_width <= width and box_height <= height) or size <= MIN_TEXT_PX:
            return label
        size -= 1


MIN_TEXT_PX = 6
"""Smaller text is no text; what does not fit then is cut off at the frame's edge."""


def _broken(text: str, width_px: int, size_px: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and _width(f"{lines[-1]} {word}", size_px) <= width_px:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels; x1 and y1 are exclusive."""


def placed(
    extent: tuple[int, int], anchor_px: tuple[float, float], frame_size: tuple[int, int], taken: Sequence[Box]
) -> Box:
    """Find a place for a label of (width, height) pixels above an anchor (the middle of a person's upper edge).

    Stays inside the frame of (width, height) pixels and goes down, then up, to where it hides no label in ``taken``.
    """
    width, height = extent
    x0 = round(min(max(anchor_px[0] - width / 2, 0), max(frame_size[0] - width, 0)))
    lowest = max(frame_size[1] - height, 0)
    y0 = round(min(max(anchor_px[1] - height, 0), lowest))
    places = [y0, *(box[3] for box in taken), *(box[1] - height for box in taken)]
    for y in sorted((y for y in places if 0 <= y <= lowest), key=lambda y: abs(y - y0)):
        box = (x0, y, x0 + width, y + height)
        if not any(_overlap(box, other) for other in taken):
            return box
    return x0, y0, x0 + width, y0 + height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def draw_label(pixels: Pixels, label: Label, box: Box, edge: Colour) -> None:
    """Draw a label into its box: a dark, half transparent ground with a stripe in the person's colour."""
    x0, y0 = box[:2]
    part = pixels[y0 : box[3], x0 : box[2]]
    ground = np.array(BACKGROUND, np.float32)
    part[:] = (part * 0.3 + ground * 0.7).astype(np.uint8)
    stripe = max(1, label.margin_px // 2)
    part[:, :stripe] = edge
    y = y0 + label.margin_px
    for line in label.lines:
        x = x0 + label.margin_px
        for word in line:
            _blend(pixels, _mask(word.text, label.size_px, label.line_px), (x, y), word.colour)
            x += _width(word.text, label.size_px)
        y += label.line_px


def _blend(pixels: Pixels, mask: NDArray[np.float32], corner: tuple[int, int], colour: Colour) -> None:
    """Paint a colour through a mask (h, w, 1) of 0-1 whose upper left corner is given; cut off at the frame's edges."""
    x, y = corner
    part = pixels[y : y + mask.shape[0], x : x + mask.shape[1]]
    cut = mask[: part.shape[0], : part.shape[1]]
    part[:] = (part * (1 - cut) + np.array(colour, np.float32) * cut).astype(np.uint8)


@lru_cache(maxsize=16)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"), size_px)


@lru_cache(maxsize=1024)
def _width(text: str, size_px: int) -> int:
    return round(_font(size_px).getlength(text))


@lru_cache(maxsize=512)
def _mask(text: str, size_px: int, line_px: int) -> NDArray[np.float32]:
    picture = Image.new("L", (max(_width(text, size_px), 1), line_px))
    ImageDraw.Draw(picture).text((0, line_px / 2), text, fill=255, font=_font(size_px), anchor="lm")
    return np.asarray(picture, dtype=np.float32)[:, :, None] / np.float32(255)
