"""How BlazePose sees a body: its noise, its mistakes, what it is sure of, and the smoothing behind it.

A pure model over arrays: true joints in the camera's frame in, landmarks as our pose path gives them out. Kinds and
rates of single mistakes follow PoseFix (Moon et al., CVPR 2019); they last for some frames, as a tracked pose's do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.pose.smoothing import IMAGE_LANDMARKS, VISIBILITY_ALPHA, WORLD_LANDMARKS, OneEuroFilter

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SWAPPED = np.array([0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(at + 1 if at % 2 else at - 1 for at in range(11, 33))])
"""Position of each landmark's partner on the other side."""
_ARMS, _LEGS = np.arange(13, 23), np.arange(25, 33)
_ENDS = {13: (15, 17, 19, 21), 14: (16, 18, 20, 22), 25: (27, 29, 31), 26: (28, 30, 32)}
_SEGMENTS = np.array([(11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (11, 23),
                      (12, 24), (11, 24), (12, 23), (7, 8)])  # fmt: skip
_RADII = np.array([0.05, 0.04, 0.05, 0.04, 0.08, 0.055, 0.08, 0.055, 0.09, 0.09, 0.10, 0.10, 0.10])
"""Half thickness of what can hide a joint, metres."""
_JITTER = np.ones(33)
_JITTER[[13, 14]], _JITTER[[15, 16]], _JITTER[17:23] = 1.3, 1.8, 2.0
_JITTER[[23, 24]], _JITTER[[25, 26]], _JITTER[[27, 28]], _JITTER[29:33] = 0.9, 1.4, 1.7, 1.9
_MISS_RATE = np.where(np.arange(33) < 11, 0.01, 0.06)
"""Misses of a landmark a second."""


_USUAL = np.array([1.0, 0.94, 1.22, 0.78, 0.88, 0.96, 0.88, 0.74, 1.06])
"""BlazePose's world landmarks beside Winter's bones, as measured on people of ordinary build: hips are wide, arms and
shanks short."""
_NOSE_LOW = 0.25
"""Its head sits lower between the shoulders, and more to the front."""


@dataclass(frozen=True, slots=True)
class Proportions:
    """How long the seen body's parts are, beside the true ones: one person's build, and the network's idea of it."""

    trunk: float
    shoulders: float
    hips: float
    upper_arm: float
    forearm: float
    thigh: float
    shank: float
    foot: float
    head: float


def proportions(rng: np.random.Generator) -> Proportions:
    """Somebody's: true ones differ by about 6 % a bone."""
    return Proportions(*(float(each) for each in _USUAL * np.exp(rng.normal(0, 0.05, len(_USUAL)))))


def reshaped(points: Array, parts: Proportions) -> Array:
    """Bodies, (N, 33, 3), with other lengths of bones and the same directions; the middle of the hips stays."""
    made = points.copy()
    hips, shoulders = points[:, 23:25].mean(axis=1), points[:, 11:13].mean(axis=1)
    top = hips + (shoulders - hips) * parts.trunk
    for side in (0, 1):
        shoulder, elbow, wrist = 11 + side, 13 + side, 15 + side
        hip, knee, ankle = 23 + side, 25 + side, 27 + side
        made[:, shoulder] = top + (points[:, shoulder] - shoulders) * parts.shoulders
        made[:, elbow] = made[:, shoulder] + (points[:, elbow] - points[:, shoulder]) * parts.upper_arm
        made[:, wrist] = made[:, elbow] + (points[:, wrist] - points[:, elbow]) * parts.forearm
        for finger in (17 + side, 19 + side, 21 + side):
            made[:, finger] = made[:, wrist] + (points[:, finger] - points[:, wrist])
        made[:, hip] = hips + (points[:, hip] - hips) * parts.hips
        made[:, knee] = made[:, hip] + (points[:, knee] - points[:, hip]) * parts.thigh
        made[:, ankle] = made[:, knee] + (points[:, ankle] - points[:, knee]) * parts.shank
        for end in (29 + side, 31 + side):
            made[:, end] = made[:, ankle] + (points[:, end] - points[:, ankle]) * parts.foot
    face = points[:, :11] - shoulders[:, None]
    upwards = shoulders - hips
    upwards = upwards / np.linalg.norm(upwards, axis=1, keepdims=True)
    face = face - _NOSE_LOW * np.einsum("nij,nj->ni", face, upwards)[..., None] * upwards[:, None]
    made[:, :11] = top[:, None] + face * parts.head
    return made


def hidden_by_body(seen: Array) -> Array:
    """How far each landmark of bodies in the camera's frame, (N, 33, 3), lies behind the body's own parts: (N, 33)."""
    depth = np.maximum(seen[..., 2], 0.3)
    middle = depth.mean(axis=1)
    # On the picture, in metres at the body's depth.
    flat = seen[..., :2] / depth[..., None] * middle[:, None, None]
    hidden = np.zeros(seen.shape[:2])
    for (first, last), radius in zip(_SEGMENTS, _RADII, strict=True):
        start, along = flat[:, first], flat[:, last] - flat[:, first]
        square = np.maximum((along**2).sum(axis=1), 1e-6)
        share = np.clip(((flat - start[:, None]) * along[:, None]).sum(axis=2) / square[:, None], 0, 1)
        apart = np.linalg.norm(flat - (start[:, None] + share[..., None] * along[:, None]), axis=2)
        at_depth = depth[:, first, None] + share * (depth[:, last] - depth[:, first])[:, None]
        behind = np.clip((depth - at_depth - radius) / 0.12, 0, 1)
        hidden = np.maximum(hidden, behind * np.clip(1.6 - apart / radius, 0, 1))
    return hidden


def wandering(rng: np.random.Generator, times: Array, shape: tuple[int, ...], memory_s: float) -> Array:
    """Noise of unit spread that forgets in so many seconds, (N, *shape): a first-order autoregressive process."""
    noise = rng.normal(size=(len(times), *shape))
    keep = np.exp(-np.diff(times, prepend=times[0]) / memory_s)
    for at in range(1, len(times)):
        noise[at] = keep[at] * noise[at - 1] + np.sqrt(1 - keep[at] ** 2) * noise[at]
    return noise


@dataclass(frozen=True, slots=True)
class Faults:
    """How badly one recording is seen."""

    noise_m: float
    """Slow error of a well visible joint across the picture, metres."""
    depth_noise: float
    """Error in depth, in times of that."""
    depth_factor: float
    """How much of the true depth is seen."""
    lean: float
    """Constant error of the body's tilt towards the camera, degrees: heads are seen too near, feet too far away."""
    bends: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
    """Of shoulders, elbows and knees: the angle, degrees, that a straight one is seen with, and how much of every
    further degree is seen. Strong bends are under-estimated, straight limbs are never quite straight."""
    reaching: float
    """How much nearer to the camera than they are hands are seen, metres; elbows half as much."""
    crouching: float
    """How much nearer to the camera than they are knees are seen, metres."""
    strides: tuple[float, float]
    """Constant error in depth of the left and the right foot, metres; half as much at the knee."""
    raising: float
    """Degrees by which the trunk of somebody on their back is seen too upright."""
    copying: float
    """How far a hidden limb is taken to do what the visible one does."""
    event_rate: float
    """Factor on the rate of single mistakes."""


def faults(rng: np.random.Generator) -> Faults:
    """Those of one recording."""
    return Faults(
        noise_m=float(np.exp(rng.normal(np.log(0.007), 0.45))),
        depth_noise=float(rng.uniform(1.5, 3.2)),
        depth_factor=float(rng.uniform(0.5, 0.95)),
        lean=float(rng.normal(3.0, 6.0)),
        bends=(
            (float(max(0.0, rng.normal(7, 4))), float(rng.normal(0.86, 0.06))),
            (float(max(0.0, rng.normal(12, 6))), float(np.clip(rng.normal(0.64, 0.11), 0.4, 1.0))),
            (float(max(0.0, rng.normal(9, 5))), float(np.clip(rng.normal(0.82, 0.08), 0.6, 1.05))),
        ),
        reaching=float(rng.normal(0.06, 0.07)),
        crouching=float(rng.normal(0.0, 0.03)),
        strides=(float(rng.normal(0, 0.03)), float(rng.normal(0, 0.03))),
        raising=float(rng.choice([0.0, rng.uniform(0, 32)])),
        copying=float(rng.uniform(0.0, 0.8)),
        event_rate=float(np.exp(rng.normal(0, 0.7))),
    )


def mistaken(rng: np.random.Generator, times: Array, points: Array, hidden: Array, bad: Faults) -> Array:
    """Bodies about the middle of their hips, camera's axes, (N, 33, 3) metres, as the network takes them to be.

    :param hidden: (N, 33) 0-1, how far a landmark can only be guessed
    """
    made = _bent(points, bad.bends)
    made = _tilted(_raised(made, bad.raising), bad.lean)
    made = _copied(made, hidden * bad.copying)
    made[..., 2] *= bad.depth_factor
    made[:, 13:15, 2] -= 0.5 * bad.reaching
    made[:, 15:23, 2] -= bad.reaching
    made[:, 25:27, 2] -= bad.crouching
    for side, stride in enumerate(bad.strides):
        made[:, 25 + side, 2] += 0.5 * stride
        made[:, 27 + side : 33 : 2, 2] += stride
    count = len(times)
    unsure = (1 + 2.5 * hidden)[..., None] * _JITTER[:, None]
    axes = np.array([1.0, 1.0, bad.depth_noise])
    slow = 0.6 * wandering(rng, times, (33, 3), 1.0) + 0.8 * rng.normal(size=(1, 33, 3))
    quick = 0.1 * rng.normal(size=(count, 33, 3))
    made += bad.noise_m * unsure * axes * (slow + quick)
    # Hips, which all else is measured from, err together and more than shoulders.
    made += bad.noise_m * axes * 1.2 * wandering(rng, times, (1, 3), 0.6)
    _miss(rng, times, made, hidden, bad)
    _swap(rng, times, made, bad)
    return np.asarray(made - made[:, 23:25].mean(axis=1, keepdims=True))


def _tilted(points: Array, degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    made = points.copy()
    made[..., 1] = c * points[..., 1] - s * points[..., 2]
    made[..., 2] = s * points[..., 1] + c * points[..., 2]
    return made


def _raised(points: Array, degrees: float) -> Array:
    """Bodies whose chest is up, turned about the line of their shoulders so that the trunk comes up."""
    across = _unit(points[:, 11] - points[:, 12])
    spine = points[:, 11:13].mean(axis=1) - points[:, 23:25].mean(axis=1)
    chest_up = -_unit(np.cross(spine, -across))[:, 1]
    angle = np.radians(degrees) * np.clip((chest_up - 0.4) / 0.4, 0, 1)
    # About this axis the spine turns from lying to upright.
    axis = _unit(np.cross(spine, np.array([0.0, -1.0, 0.0])))
    axis = across * np.sign((axis * across).sum(axis=1, keepdims=True))
    c, s = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    along = (points * axis[:, None]).sum(axis=2, keepdims=True)
    return np.asarray(points * c + np.cross(axis[:, None], points) * s + axis[:, None] * along * (1 - c))


def _copied(points: Array, share: Array) -> Array:
    """Hidden limbs moved to where the other side's would be if both did the same."""
    made = points.copy()
    for roots, limb in (((11, 12), _ARMS), ((23, 24), _LEGS)):
        for at in limb:
            own, other = (roots[0], roots[1]) if at % 2 else (roots[1], roots[0])
            twin = points[:, SWAPPED[at]] - points[:, other] + points[:, own]
            weight = np.clip(share[:, at] - share[:, SWAPPED[at]], 0, 1)[:, None]
            made[:, at] = points[:, at] + weight * (twin - points[:, at])
    return made


def _bent(points: Array, bends: tuple[tuple[float, float], ...]) -> Array:
    """Bodies, (N, 33, 3), with the angles of shoulders, elbows and knees as they are seen."""
    made = points.copy()
    across = made[:, 11] - made[:, 12]
    down = made[:, 23:25].mean(axis=1) - made[:, 11:13].mean(axis=1)
    front = np.cross(down, across)
    for side in (0, 1):
        outward = across * (1 - 2 * side)
        arm, hand = [13 + side, *_ENDS[13 + side]], list(_ENDS[13 + side])
        _rebend(made, 11 + side, down, arm, 13 + side, outward, bends[0], front)
        _rebend(made, 13 + side, made[:, 13 + side] - made[:, 11 + side], hand, 15 + side, front, bends[1])
        shank = made[:, 25 + side] - made[:, 23 + side]
        _rebend(made, 25 + side, shank, list(_ENDS[25 + side]), 27 + side, -front, bends[2])
    return made


def _rebend(
    points: Array, joint: int, before: Array, moved: list[int], end: int, side: Array, bend: tuple[float, float],
    drawn: Array | None = None,
) -> None:  # fmt: skip
    """Turn what hangs on a joint so that its angle to the bone before, (N, 3), is another one.

    :param side: (N, 3), where a straight joint bends to
    :param drawn: (N, 3), where a far bent one is drawn to: raised arms are seen too far forward, not too far apart
    """
    first, second = _unit(before), _unit(points[:, end] - points[:, joint])
    cosine = np.clip((first * second).sum(axis=1), -1, 1)
    least, gain = np.radians(bend[0]), bend[1]
    wanted = np.minimum(least + gain * np.arccos(cosine), np.pi - 0.05)
    off = second - cosine[:, None] * first
    bias = _unit(side)
    off = _unit(off + 0.12 * (bias - (bias * first).sum(axis=1, keepdims=True) * first))
    if drawn is not None:
        ahead = _unit(drawn)
        ahead = ahead - (ahead * first).sum(axis=1, keepdims=True) * first
        far = 0.8 * np.clip((np.arccos(cosine) - 1.9) / 0.8, 0, 1)[:, None]
        off = _unit(off * (1 - far) + far * ahead)
    target = np.cos(wanted)[:, None] * first + np.sin(wanted)[:, None] * off
    # The smallest rotation from the old direction to the new one (Rodrigues).
    axis, c = np.cross(second, target), (second * target).sum(axis=1)[:, None, None]
    hung = points[:, moved] - points[:, joint, None]
    turned = hung * c + np.cross(axis[:, None], hung)
    along = (hung * axis[:, None]).sum(axis=2, keepdims=True)
    points[:, moved] = points[:, joint, None] + turned + axis[:, None] * along / (1 + np.maximum(c, -0.9))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6))


def _spans(rng: np.random.Generator, times: Array, rate: float, longest_s: float) -> list[tuple[int, int]]:
    """Stretches of frames that begin at a rate a second and last up to so long."""
    count = int(rng.poisson(rate * max(0.1, float(times[-1] - times[0]))))
    begins = rng.uniform(times[0], times[-1], count)
    lasts = rng.uniform(0.05, longest_s, count)
    return [
        (int(np.searchsorted(times, begin)), int(np.searchsorted(times, begin + last)))
        for begin, last in zip(begins, lasts, strict=True)
    ]


def _miss(rng: np.random.Generator, times: Array, points: Array, hidden: Array, bad: Faults) -> None:
    """Single landmarks, with what hangs on them, that are somewhere else for a moment."""
    for at in (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28):
        rate = bad.event_rate * _MISS_RATE[at] * (1 + 3 * float(hidden[:, at].mean()))
        for begin, end in _spans(rng, times, rate, 0.6):
            off = rng.normal(0, 0.09, 3) * (1, 1, 1.5)
            moved = [at, *_ENDS.get(at, ())]
            points[begin:end, moved] += off


def _swap(rng: np.random.Generator, times: Array, points: Array, bad: Faults) -> None:
    """Left taken for right: arms, legs or everything, for a moment."""
    for part, rate in ((_ARMS, 0.008), (_LEGS, 0.014), (np.arange(33), 0.004)):
        for begin, end in _spans(rng, times, bad.event_rate * rate, 0.8):
            points[begin:end, part] = points[begin:end, SWAPPED[part]]


def visibilities(rng: np.random.Generator, times: Array, hidden: Array, outside: Flags) -> Array:
    """How sure the network is of each landmark: (N, 33) 0-1.

    :param hidden: (N, 33) 0-1, behind the body; ``outside`` (N, 33), beyond the picture's edge
    """
    limbs = np.isin(np.arange(33), (*_ARMS, *_LEGS))
    sure = 6.0 - np.where(limbs, 5.5, 2.0) * hidden - np.where(outside, np.where(limbs, 7.0, 3.0), 0.0)
    # Loose clothes, darkness and blur make a whole recording doubtful.
    sure -= np.where(limbs, 1.0 + rng.gamma(1.2, 1.2), 0.0)
    sure += 1.1 * wandering(rng, times, (33,), 0.7) + 0.6 * rng.normal(size=33)
    return np.asarray(1 / (1 + np.exp(-sure)))


def smoothed(times: Array, image: Array, world: Array, visibility: Array, sizes: Array) -> tuple[Array, Array, Array]:
    """What the one-euro filters of the pose path make of it.

    :param image: (N, 33, 3) pixels; ``world`` (N, 33, 3) metres; ``sizes`` (N,) side of the person's region, pixels
    """
    flat, round_ = OneEuroFilter(IMAGE_LANDMARKS), OneEuroFilter(WORLD_LANDMARKS)
    images, worlds, seen = np.empty_like(image), np.empty_like(world), visibility.copy()
    for at, time_s in enumerate(times):
        now = round(time_s * 1e9) + 1
        images[at] = flat.update(image[at], now, float(sizes[at]))
        worlds[at] = round_.update(world[at], now)
        if at:
            seen[at] = VISIBILITY_ALPHA * visibility[at] + (1 - VISIBILITY_ALPHA) * seen[at - 1]
    return images, worlds, seen
