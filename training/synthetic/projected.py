"""Tracks whose landmarks are computed: joints of a drawn body, projected and spoilt as BlazePose would.

Thousands of tracks in minutes, without drawing a pixel; ``rendered`` makes fewer with the network's own errors.
"""

import numpy as np
from numpy.typing import NDArray

from training.dataset.landmarks import Track
from training.synthetic.cameras import SECTOR_NAMES, Sight, sight
from training.synthetic.pose_errors import (
    faults,
    hidden_by_body,
    mistaken,
    proportions,
    reshaped,
    smoothed,
    visibilities,
    wandering,
)
from training.synthetic.timeline import Life, life

Array = NDArray[np.float64]

_RATES = (8.0, 10.0, 10.0, 12.5, 15.0, 15.0, 25.0, 30.0)
_POSED_HZ = 15.0
"""Bodies are made so often and interpolated between: making one takes longer than all that follows. A rope is turned
three times a second at most."""
LEAST_FRAMES = 24
"""A track with fewer says nothing; another camera is tried."""
_LEAST_INSIDE = 0.45
"""Share of the landmarks in the picture below which nobody is found."""
_TRIES = 8


def projected_track(
    kind: str, seed: tuple[int, ...], *, seconds: float = 12.0, sectors: tuple[str, ...] = SECTOR_NAMES
) -> Track:
    """A track of somebody who does one of ``timeline.CLASSES``; the same for the same seed."""
    rng = np.random.default_rng(seed)
    name = "-".join(map(str, seed))
    made: Track | None = None
    for _ in range(_TRIES):
        person = life(kind, rng, seconds)
        made = _seen(person, rng, seconds, sectors, f"projected/{kind}/{name}")
        if len(made) >= LEAST_FRAMES:
            break
    if made is None:
        raise ValueError("a track needs at least one try")
    return made


def _seen(person: Life, rng: np.random.Generator, seconds: float, sectors: tuple[str, ...], source: str) -> Track:
    rate = float(rng.choice(_RATES))
    view = sight(rng, rate, sectors, middle_m=person.middle_m, close=person.close_ups)
    numbers = _frames(rng, round(seconds * rate))
    times = numbers / rate
    bodies = _bodies(person, view.heading, times)
    camera_points = _rolled(view.camera.seen(reshaped(bodies, proportions(rng))), view.roll)
    inside = _inside(view, camera_points)
    kept = (camera_points[..., 2].min(axis=1) > 0.4) & (inside.mean(axis=1) >= _LEAST_INSIDE)
    if kept.sum() < LEAST_FRAMES:
        kept[:] = False
        return _track(source, view, numbers[kept], times[kept], [], np.zeros((0, 33, 4)), np.zeros((0, 33, 3)))
    numbers, times, camera_points, inside = numbers[kept], times[kept], camera_points[kept], inside[kept]
    landmarks, world = _spoilt(rng, view, times, camera_points, ~inside)
    labels = [person.label(float(t)) for t in times]
    return _track(source, view, numbers, times, labels, landmarks, world)


def _bodies(person: Life, heading: float, times: Array) -> Array:
    """Landmarks, (N, 33, 3) metres in the room, at some moments."""
    if len(times) == 0:
        return np.zeros((0, 33, 3))
    made_at = np.arange(0.0, times[-1] + 2 / _POSED_HZ, 1 / _POSED_HZ)
    made = np.stack([person.body(float(t), heading)[0].landmarks for t in made_at])
    at = np.clip(np.searchsorted(made_at, times, side="right") - 1, 0, len(made_at) - 2)
    share = ((times - made_at[at]) * _POSED_HZ)[:, None, None]
    slopes = np.gradient(made, axis=0)
    s2, s3 = share**2, share**3
    mixed = (2 * s3 - 3 * s2 + 1) * made[at] + (s3 - 2 * s2 + share) * slopes[at]
    return np.asarray(mixed + (3 * s2 - 2 * s3) * made[at + 1] + (s3 - s2) * slopes[at + 1])


def _track(
    source: str, view: Sight, numbers: Array, times: Array, labels: list[str], landmarks: Array, world: Array
) -> Track:
    return Track(
        source, source, 1, numbers.astype(np.int32), times, tuple(labels), landmarks.astype(np.float32),
        world.astype(np.float32), view.view, True, view.camera.width, view.camera.height,
    )  # fmt: skip


def _frames(rng: np.random.Generator, count: int) -> Array:
    """Numbers of the frames that were not dropped: single ones, and now and then some in a row."""
    kept = rng.random(count) >= rng.choice([0.0, rng.uniform(0, 0.3)])
    for _ in range(int(rng.poisson(0.4))):
        begin = int(rng.integers(count))
        kept[begin : begin + int(rng.integers(2, 9))] = False
    return np.flatnonzero(kept).astype(float)


def _rolled(points: Array, degrees: float) -> Array:
    """Points in the camera's frame, (N, 33, 3), as a camera that is not level has them."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    made = points.copy()
    made[..., 0] = c * points[..., 0] - s * points[..., 1]
    made[..., 1] = s * points[..., 0] + c * points[..., 1]
    return made


def _inside(view: Sight, points: Array) -> NDArray[np.bool_]:
    pixels = view.camera.projected(points)
    return np.asarray(((pixels >= 0) & (pixels < [view.camera.width, view.camera.height])).all(axis=2))


def facing_ray(points: Array) -> Array:
    """Bodies in the camera's frame, (N, 33, 3), about the middle of their hips, turned so that the ray to them is the
    optical axis: the network sees a crop around the person, not where in the picture it was."""
    hips = points[:, 23:25].mean(axis=1)
    forward = hips / np.linalg.norm(hips, axis=1, keepdims=True)
    right = np.cross(np.array([0.0, 1.0, 0.0]), forward)
    right = right / np.linalg.norm(right, axis=1, keepdims=True)
    axes = np.stack([right, np.cross(forward, right), forward], axis=1)
    return np.asarray(np.einsum("nij,nkj->nki", axes, points - hips[:, None]))


def _spoilt(
    rng: np.random.Generator, view: Sight, times: Array, points: Array, outside: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Landmarks (N, 33, 4) and world landmarks (N, 33, 3) of true joints in the camera's frame."""
    hidden = hidden_by_body(points)
    guessed = np.maximum(hidden, np.where(outside, 0.8, 0.0))
    bad = faults(rng)
    true = facing_ray(points)
    world = mistaken(rng, times, guessed_beyond(rng, times, true, outside), guessed, bad)
    pixels = view.camera.projected(points)
    scale = view.camera.focal_px / points[:, 23:25, 2].mean(axis=1)
    # What is wrong in the world is wrong in the picture too, as far as it lies across the line of sight.
    wrong = world[..., :2] - _straight(true)[..., :2]
    flat = pixels + (0.4 * wrong + 0.1 * bad.noise_m * rng.normal(size=wrong.shape)) * scale[:, None, None]
    image = np.concatenate([flat, world[..., 2:] * scale[:, None, None]], axis=2)
    spread = np.ptp(pixels[:, 11:29], axis=1).max(axis=1)
    images, worlds, seen = smoothed(times, image, world, visibilities(rng, times, hidden, outside), 1.6 * spread)
    return np.concatenate([images, seen[..., None]], axis=2), worlds


def guessed_beyond(rng: np.random.Generator, times: Array, points: Array, outside: NDArray[np.bool_]) -> Array:
    """Bodies, (N, 33, 3), whose legs beyond the picture are where the network imagines them: short, and a little bent
    towards the camera, whatever they do."""
    made = points.copy()
    if not outside[:, 25:].any():
        return made
    down, near = rng.uniform(0.2, 0.4), rng.uniform(-0.02, 0.26)
    further, back = rng.uniform(0.22, 0.36), rng.uniform(-0.05, 0.3)
    heel, toe = np.array([0.0, 0.03, 0.03]), np.array([0.0, 0.06, -0.07])
    loose = 0.04 * wandering(rng, times, (33, 3), 1.5) + rng.normal(0, 0.03, (33, 3))
    for side in (0, 1):
        hip = points[:, 23 + side]
        own = rng.normal(0, 0.04, 3)
        knee = hip + np.array([0.0, down, -near]) + own
        ankle = knee + np.array([0.0, further, back]) + rng.normal(0, 0.04, 3)
        guesses = {25: knee, 27: ankle, 29: ankle + heel, 31: ankle + toe}
        for at, guess in guesses.items():
            made[:, at + side] = np.where(
                outside[:, at + side, None], guess + loose[:, at + side], points[:, at + side]
            )
    return made


def _straight(points: Array) -> Array:
    return np.asarray(points - points[:, 23:25].mean(axis=1, keepdims=True))
