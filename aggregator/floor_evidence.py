"""How well tracks of different cameras agree on where their person is. Pure arithmetic on the floor plan.

The score of a pair is the log-likelihood ratio, averaged over the time they share and not summed, because errors of
neighbouring frames are the same error: below 0, one person explains both better than two strangers on the same floor.
It grows with the distance in units of what both cameras may be off by: a camera knows the direction of somebody's feet
well and the range badly, and much worse when feet leave the floor or hide.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.seen_track import CELL_NS, KEPT_CELLS, SeenTrack

LEAST_CELLS = 4
"""So much common time makes evidence: a second."""
CLOCKS_M = 0.2
"""Cameras' clocks differ by up to 0.2 s, in which a walker goes so far."""
AGREES = 7.0
"""A smaller squared distance, in variances, is the same place."""
WORST = 25.0
"""Squared distance, in variances, beyond which a moment is an outlier and gets no worse."""
STRANGERS_PER_M2 = 0.1
"""How densely others stand. More joins only who agrees closely, fewer takes neighbours for one person."""

_PRIOR = 2 * math.log(2 * math.pi * STRANGERS_PER_M2)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is said of every pair of tracks; (N, N) each, symmetric, NaN where they share too little time."""

    score: NDArray[np.float64]
    """Below 0: one person."""
    apart_m: NDArray[np.float64]
    """Mean distance, metres."""
    squared: NDArray[np.float64]
    """Mean squared distance, in variances, at most ``WORST``."""
    cells: NDArray[np.int64]
    """Common cells of time."""


def evidence(tracks: Sequence[SeenTrack], cells: int) -> Evidence:
    """Compare all tracks over the newest ``cells`` cells; pairs of one camera are not compared."""
    places = _grid(tracks, cells)
    x, y, squared, determinant = _differences(places[:, None], places[None, :])
    common = np.isfinite(squared)
    cameras = np.array([track.who.camera for track in tracks], dtype=object)
    number = np.where(cameras[:, None] == cameras[None, :], 0, common.sum(axis=-1)).astype(np.int64)
    enough = number >= LEAST_CELLS
    return Evidence(
        score=_mean(squared + np.log(determinant) + _PRIOR, common, number, enough),
        apart_m=_mean(np.hypot(x, y), common, number, enough),
        squared=_mean(squared, common, number, enough),
        cells=number,
    )


def parted_since_ns(track: SeenTrack, others: Sequence[SeenTrack]) -> int | None:
    """When a track was last where most of the others are, UTC; None if it was not as far back as is remembered."""
    places = _grid([track, *others], KEPT_CELLS)
    _, _, squared, _ = _differences(places[:1], places[1:])
    known = np.isfinite(squared)
    agrees = ((squared < AGREES) & known).sum(axis=0) * 2 > known.sum(axis=0)
    agrees[1:] &= agrees[:-1]  # one moment alone is chance
    if not agrees.any():
        return None
    newest = _newest([track, *others])
    return int((newest - KEPT_CELLS + 2 + int(np.flatnonzero(agrees)[-1])) * CELL_NS)


def _differences(
    one: NDArray[np.float64], two: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """x and y between places, metres, the squared distance in variances, and the variances' determinant."""
    x, y = one[..., 0] - two[..., 0], one[..., 1] - two[..., 1]
    xx, yy = (one[..., at] + two[..., at] + CLOCKS_M**2 for at in (2, 4))
    xy = one[..., 3] + two[..., 3]
    determinant = xx * yy - xy * xy
    return x, y, np.minimum((yy * x * x - 2 * xy * x * y + xx * y * y) / determinant, WORST), determinant


def _grid(tracks: Sequence[SeenTrack], cells: int) -> NDArray[np.float64]:
    """(N, cells, 5): x, y and covariance of every track, NaN where it was not placed; the last cell is the newest."""
    newest = _newest(tracks)
    grid = np.full((len(tracks), cells, 5), np.nan)
    for row, track in zip(grid, tracks, strict=True):
        for cell in reversed(track.cells):
            at = cell.number - newest + cells - 1
            if at < 0:
                break
            if at >= cells:
                continue
            place = cell.place
            row[at] = (place.x, place.y, place.xx, place.xy, place.yy)
    return grid


def _newest(tracks: Sequence[SeenTrack]) -> int:
    """The newest cell of all whose clocks agree: one camera that is an hour ahead must not hide the others' places."""
    last = sorted(track.cells[-1].number for track in tracks if track.cells)
    if not last:
        return 0
    middle = last[(len(last) - 1) // 2]
    return max(number for number in last if number - middle <= LEAST_CELLS * 2)


def _mean(
    values: NDArray[np.float64], common: NDArray[np.bool_], number: NDArray[np.int64], enough: NDArray[np.bool_]
) -> NDArray[np.float64]:
    sums = np.where(common, values, 0.0).sum(axis=-1)
    return np.where(enough, sums / np.maximum(number, 1), np.nan)


def cells_of(seconds: float) -> int:
    """How many cells a time has."""
    return round(seconds * 1e9 / CELL_NS)
