"""The empty room behind the people: rubber floor, four walls, and light; drawn once for a camera."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.camera import Camera

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the walls around a room stand, metres."""

    west_m: float = -7.0
    east_m: float = 7.0
    south_m: float = -8.0
    north_m: float = 2.6
    height_m: float = 1000.0
    """Where the walls end and the ceiling begins."""
    brightest_m: tuple[float, float] = (0.0, 1.0)
    """Below the lamps."""


_FLOOR = np.array([104.0, 102.0, 98.0])
_WALL = np.array([178.0, 186.0, 190.0])
_CEILING = np.array([150.0, 152.0, 152.0])
_STRIPE = np.array([150.0, 120.0, 70.0])
_SKIRTING = np.array([70.0, 68.0, 66.0])
_TILE_M, _PANEL_M = 1.0, 1.8


def room(camera: Camera, seed: int, bounds: Bounds = Bounds()) -> NDArray[np.uint8]:  # frozen
    """The picture of the empty room, (height, width, 3) uint8 BGR; the same for the same camera, seed and bounds."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    across = (x - (camera.width - 1) / 2) / camera.focal_px
    down = (y - (camera.height - 1) / 2) / camera.focal_px
    rays = np.stack([across, down, np.ones_like(across)], axis=-1) @ camera.axes()
    origin = np.array(camera.position_m)
    upright = np.where(np.abs(rays[..., 2]) < 1e-6, 1e-6, rays[..., 2])
    to_flat = (np.where(upright < 0, 0.0, bounds.height_m) - origin[2]) / upright
    walls = np.where(rays[..., :2] > 0, [bounds.east_m, bounds.north_m], [bounds.west_m, bounds.south_m])
    to_walls = (walls - origin[:2]) / np.where(np.abs(rays[..., :2]) < 1e-6, 1e-6, rays[..., :2])
    to_wall = np.abs(to_walls).min(axis=-1)
    flat = to_flat < to_wall
    floor, ceiling = flat & (upright < 0), flat & (upright > 0)
    hit = origin + rays * np.where(flat, to_flat, to_wall)[..., None]
    along = np.where(np.abs(to_walls[..., 0]) < np.abs(to_walls[..., 1]), hit[..., 1], hit[..., 0])
    picture = np.where(floor[..., None], _floor(hit), _wall(along, hit[..., 2]))
    picture[ceiling] = _CEILING
    # Light falls off away from the middle of the room, and rubber is speckled.
    away = np.hypot(hit[..., 0] - bounds.brightest_m[0], hit[..., 1] - bounds.brightest_m[1])
    picture *= np.maximum(1.06 - 0.035 * away, 0.4)[..., None]
    picture += np.where(floor, rng.normal(0, 5, floor.shape), 0)[..., None]
    return np.asarray(cv2.GaussianBlur(np.clip(picture, 0, 255).astype(np.uint8), (3, 3), 0.7), np.uint8)


def _floor(hit: Array) -> Array:
    """Colour of floor points, (..., 3): tiles in two shades with dark joints."""
    cell = np.floor(hit[..., :2] / _TILE_M)
    shade = np.where((cell.sum(axis=-1) % 2) == 0, 1.0, 0.93)
    within = hit[..., :2] / _TILE_M - cell
    joint = (np.minimum(within, 1 - within) < 0.012).any(axis=-1)
    return np.asarray(_FLOOR * np.where(joint, 0.75, shade)[..., None])


def _wall(along: Array, height: Array) -> Array:
    """Colour of wall points, (..., 3): a painted stripe, a skirting board and the joints of the panels."""
    stripe = (height > 1.15) & (height < 1.45)
    joint = np.abs(along / _PANEL_M - np.round(along / _PANEL_M)) < 0.004
    colour = np.where((height < 0.12)[..., None], _SKIRTING, np.where(stripe[..., None], _STRIPE, _WALL))
    return np.asarray(colour * np.where(joint, 0.9, 1.0)[..., None])
