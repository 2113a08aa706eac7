"""What one camera sees: room and equipment drawn once, people frame by frame, and the truth of each frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.exposure import STILL_PX, offsets_s, span_s, travel_px
from ingest.rehearsal.mannequin import Look, shapes
from ingest.rehearsal.motions import Held
from ingest.rehearsal.raster import Canvas, Shape, Solid
from ingest.rehearsal.scenery import Bounds, room
from ingest.rehearsal.skeleton import Body, Build

Array = NDArray[np.float64]
_LIGHT = (-0.45, -0.6, 1.0)
"""Towards the lamps: above, to the left of and behind a camera that looks north, so that faces are lit."""
_HIDDEN_BEHIND_M = 0.2
"""A landmark lies inside the body, up to a hand's breadth and a half below the skin; what is further behind the nearest
surface is hidden. Less calls hips hidden by their own belly, more calls a hip seen through an arm in front of it."""
_IN_FRONT_M = 0.07
"""What lies this much before the body's own nearest surface is something else. Less takes a belly that the samples
below do not describe for an obstacle, more overlooks a bar that is held at the chest."""
_HEAD_ROOM_M = 2.6
"""Nobody is taller than this, with raised arms; higher is out of view."""
_REACH_M = 1.4
"""Nor wider: from the station of a lying or lunging person to their feet or hands."""


@dataclass(frozen=True, slots=True)
class Visible:
    """Somebody who is on the floor at one moment."""

    body: Body
    build: Build
    look: Look
    held: Held | None = None


At = Callable[[float], Sequence[Visible | None]]
"""Everybody so many seconds after the middle of an exposure, in the order of the picture's people."""


def _parts(people: Sequence[Visible | None]) -> list[Shape]:
    """What to draw of everybody."""
    parts: list[Shape] = []
    for each in people:
        if each is not None:
            parts += shapes(each.body, each.build, each.look, held=each.held)
    return parts


def _landmarks(people: Sequence[Visible | None]) -> list[Array | None]:
    return [None if each is None else each.body.landmarks for each in people]


class View:
    """One camera's pictures of one room; give it frames in order."""

    def __init__(
        self,
        camera: Camera,
        seed: int,
        bounds: Bounds = Bounds(),  # noqa: B008  # frozen
        solids: Sequence[Solid] = (),
        light: float = 1.0,
    ) -> None:
        self.camera = camera
        self._rng = np.random.default_rng((seed, 1))
        self._light = light
        self._canvas = Canvas(camera, _LIGHT, room(camera, seed, bounds), solids)
        self._grain = _grain(camera, self._rng)

    def may_show(self, place_m: Array) -> bool:
        """Whether any part of somebody who is at a place, (2,) metres on the floor, could be in the picture."""
        x, y = place_m.tolist()
        around = np.array(
            [
                (x + dx, y + dy, z)
                for dx in (-_REACH_M, _REACH_M)
                for dy in (-_REACH_M, _REACH_M)
                for z in (0, _HEAD_ROOM_M)
            ]
        )
        seen = self.camera.seen(around)
        if seen[:, 2].max() < 0.1:
            return False
        # Each side of the frustum is a plane through the lens; who is wholly beyond one of them is out of view.
        wide, high = (size / 2 / self.camera.focal_px for size in (self.camera.width, self.camera.height))
        beyond = (
            (seen[:, 0] > wide * seen[:, 2]).all(),
            (-seen[:, 0] > wide * seen[:, 2]).all(),
            (seen[:, 1] > high * seen[:, 2]).all(),
            (-seen[:, 1] > high * seen[:, 2]).all(),
        )
        return not any(beyond)

    def draw(
        self, people: Sequence[Visible | None], light: float = 1.0, at: At | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """The next picture, (height, width, 3) uint8 BGR, and the arrays of ``truth.FrameTruths`` for one frame.

        :param people: None for who is not on the floor, or surely out of view
        :param light: level of the lamps, 1 as the colours are
        :param at: the same people at other moments, for a camera with a shutter; without it nobody is blurred. What is
            true of the picture is what is true in the middle of the exposure, of ``people``
        """
        if at is not None and self.camera.shutter > 0:
            pixels = self._blurred(people, at)
        else:
            pixels = self._canvas.picture(_parts(people))
        return self._exposed(pixels, self._light * light), frame_truth(self.camera, self._canvas.depth, people)

    def _blurred(self, people: Sequence[Visible | None], at: At) -> NDArray[np.uint8]:
        """People as they are during an exposure; who stands still is drawn once."""
        exposed_s = span_s(self.camera)
        before, after = (at(offset_s) for offset_s in (-exposed_s / 3, exposed_s / 3))
        # Between the two lie two thirds of the exposure.
        travels = [1.5 * each for each in travel_px(self.camera, _landmarks(before), _landmarks(after))]
        moves = [travel >= STILL_PX for travel in travels]
        if not any(moves):
            return self._canvas.picture(_parts(people))
        still = _parts([None if moving else each for each, moving in zip(people, moves, strict=True)])
        offsets = offsets_s(exposed_s, max(travels))
        passing = [before, people, after] if len(offsets) == 3 else [at(each) if each else people for each in offsets]
        moments = [
            _parts([each if moving else None for each, moving in zip(now, moves, strict=True)]) for now in passing
        ]
        return self._canvas.exposure(still, moments)

    def _exposed(self, pixels: NDArray[np.uint8], light: float) -> NDArray[np.uint8]:
        """What lens and sensor make of it: a little blur, brightness, noise."""
        height, width = pixels.shape[:2]
        soft = cv2.GaussianBlur(pixels, (3, 3), 0.6)
        if light != 1.0:
            soft = cv2.convertScaleAbs(soft, alpha=light)
        down = int(self._rng.integers(self._grain.shape[0] - height))
        right = int(self._rng.integers(self._grain.shape[1] - width))
        noisy = cv2.add(soft, self._grain[down : down + height, right : right + width], dtype=cv2.CV_8U)
        return np.asarray(noisy, np.uint8)


def _grain(camera: Camera, rng: np.random.Generator) -> NDArray[np.int16]:
    """A field of noise larger than the frame; each frame takes a random part of it, which costs next to nothing."""
    size = (camera.height + 64, camera.width + 64, 3)
    return np.round(rng.normal(0, camera.noise, size)).astype(np.int16)


_BONES = (
    (11, 13, 0.033, 4), (12, 14, 0.033, 4), (13, 15, 0.022, 4), (14, 16, 0.022, 4), (15, 19, 0.016, 2),
    (16, 20, 0.016, 2), (23, 25, 0.046, 5), (24, 26, 0.046, 5), (25, 27, 0.027, 5), (26, 28, 0.027, 5),
    (29, 31, 0.020, 3), (30, 32, 0.020, 3), (11, 23, 0.060, 5), (12, 24, 0.060, 5),
)  # fmt: skip
"""Landmark, landmark, radius as a fraction of stature, samples: a body as balls strung along its bones."""


def _samples() -> tuple[Array, Array]:
    """Weights of the landmarks, (S, 33), that give the middles of the balls, and their radii, (S,)."""
    rows, radii = [], []
    for first, second, radius, count in _BONES:
        for share in np.linspace(0, 1, count):
            row = np.zeros(33)
            row[first] += 1 - share
            row[second] += share
            rows.append(row)
            radii.append(radius)
    middle = np.zeros((4, 33))
    for at, share in enumerate((0.1, 0.4, 0.7, 1.0)):
        middle[at, [11, 12]] += (1 - share) / 2
        middle[at, [23, 24]] += share / 2
    ears = np.zeros((1, 33))
    # A little above the ears: the crown is as far from the middle of the head as the chin.
    ears[0, [7, 8]] = 0.6
    ears[0, [9, 10]] = -0.1
    return np.vstack([*rows, middle, ears]), np.array([*radii, *(0.065,) * 4, 0.062])


_WEIGHTS, _RADII = _samples()
_AREAS = _RADII**2


def frame_truth(camera: Camera, depth: NDArray[np.float32], people: Sequence[Visible | None]) -> dict[str, Any]:
    """The arrays of ``truth.FrameTruths`` for one frame, without its time; ``depth`` is the picture's depth buffer."""
    count = len(people)
    truth: dict[str, Any] = {
        "landmarks": np.full((count, 33, 2), np.nan, np.float32),
        "depth_m": np.full((count, 33), np.nan, np.float32),
        "visible": np.zeros((count, 33), bool),
        "box_px": np.full((count, 4), np.nan, np.float32),
        "occlusion": np.zeros(count, np.float32),
        "truncation": np.ones(count, np.float32),
    }
    for at, each in enumerate(people):
        if each is None:
            continue
        seen = camera.seen(each.body.landmarks)
        pixels = camera.projected(seen)
        surface, inside = _surface(camera, depth, pixels, seen[:, 2])
        truth["landmarks"][at], truth["depth_m"][at] = pixels, seen[:, 2]
        truth["visible"][at] = inside & (seen[:, 2] < surface + _HIDDEN_BEHIND_M)
        box, occlusion, truncation = _extent(camera, depth, each)
        truth["box_px"][at], truth["occlusion"][at], truth["truncation"][at] = box, occlusion, truncation
    return truth


def _surface(
    camera: Camera, depth: NDArray[np.float32], pixels: Array, depths: Array
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Depth of the picture at points, and which of the points are in it."""
    x, y = np.round(pixels[:, 0]), np.round(pixels[:, 1])
    inside = (x >= 0) & (x < camera.width) & (y >= 0) & (y < camera.height) & (depths > 0.1)
    x, y = np.where(inside, x, 0).astype(int), np.where(inside, y, 0).astype(int)
    return depth[y, x], inside


def _extent(camera: Camera, depth: NDArray[np.float32], person: Visible) -> tuple[Array, float, float]:
    """Box around the whole body, share of its area in the frame that is hidden, and share of it outside the frame."""
    seen = camera.seen(_WEIGHTS @ person.body.landmarks)
    if seen[:, 2].min() < 0.1:
        return np.full(4, np.nan), 0.0, 1.0
    pixels, radii_m = camera.projected(seen), _RADII * person.build.height_m
    radii = radii_m / seen[:, 2] * camera.focal_px
    box = np.concatenate([(pixels - radii[:, None]).min(axis=0), (pixels + radii[:, None]).max(axis=0)])
    surface, inside = _surface(camera, depth, pixels, seen[:, 2])
    areas = _AREAS / seen[:, 2] ** 2
    truncation = 1 - float(areas[inside].sum() / areas.sum())
    if not inside.any():
        return box, 0.0, 1.0
    # The body's own nearest surface at each sample: its own arm in front of its own chest hides nothing.
    apart = np.linalg.norm(pixels[:, None] - pixels[None], axis=2)
    own = np.where(apart < radii[None] * 1.25 + 2, (seen[:, 2] - radii_m)[None], np.inf).min(axis=1)
    hidden = inside & (surface < own - _IN_FRONT_M)
    return box, float(areas[hidden].sum() / areas[inside].sum()), truncation
