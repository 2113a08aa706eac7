"""A track in another time: faster or slower, at a lower frame rate, with frames missing.

Pure functions; frames keep their numbers and labels, and what is left stays in order. No frame is made up: whoever
needs even steps interpolates between the frames that there are.
"""

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.dataset.landmarks import Track

FEWEST_FRAMES = 2
"""A track keeps its first and last frame, so that it covers the same time."""


def warped(track: Track, slowest: float, fastest: float, rng: Generator) -> Track:
    """The same movement at a pace that drifts smoothly between two factors (.7 is slower, 1.4 faster than it was)."""
    if len(track) < FEWEST_FRAMES:
        return track
    low, high = np.log(slowest), np.log(fastest)
    base = rng.uniform(low, high)
    swing = rng.uniform(0.0, 1.0) * min(base - low, high - base)
    period_s, phase = rng.uniform(3.0, 12.0), rng.uniform(0.0, 2 * np.pi)
    middles = (track.times[1:] + track.times[:-1]) / 2
    pace = np.exp(base + swing * np.sin(2 * np.pi * middles / period_s + phase))
    passed = np.concatenate([[0.0], np.cumsum(np.diff(track.times) / pace)])
    return replace(track, times=track.times[0] + passed)


def resampled(track: Track, rate_hz: float, phase: float) -> Track:
    """The frames that a camera of a lower rate would have taken; one of a higher rate has no more than there are.

    ``phase`` 0-1: where in its step the first picture is taken.
    """
    if len(track) <= FEWEST_FRAMES:
        return track
    step = np.floor((track.times - track.times[0]) * rate_hz + phase)
    return kept(track, np.concatenate([[True], np.diff(step) > 0]))


def without_frames(track: Track, share: float, rng: Generator) -> Track:
    """A track that lost about this share of its frames one by one."""
    return kept(track, rng.random(len(track)) >= share)


def without_bursts(track: Track, bursts: int, longest_s: float, rng: Generator) -> Track:
    """A track with some holes, each up to ``longest_s`` long."""
    if not len(track):
        return track
    starts = rng.uniform(track.times[0], track.times[-1], bursts)
    ends = starts + rng.uniform(0.0, longest_s, bursts)
    hole = (track.times[:, None] >= starts) & (track.times[:, None] < ends)
    return kept(track, np.logical_not(hole.any(axis=1)))


def kept(track: Track, which: NDArray[np.bool_]) -> Track:
    """The chosen frames (N,) bool of a track, and its first and last one."""
    chosen = which.copy()
    chosen[:1] = chosen[-1:] = True
    return only(track, chosen)


def only(track: Track, which: NDArray[np.bool_]) -> Track:
    """The chosen frames (N,) bool of a track and no others."""
    if which.all():
        return track
    places = np.flatnonzero(which)
    return replace(
        track,
        frames=track.frames[places],
        times=track.times[places],
        labels=tuple(track.labels[place] for place in places),
        landmarks=track.landmarks[places],
        world=track.world[places],
    )
