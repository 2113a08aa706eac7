"""Figures with their 95 % intervals, bootstrapped over whole clusters.

Frames of one person in front of one camera, or clips of one origin, are not independent; an interval that ignores this
is too narrow. So a resample draws clusters, never single frames or repetitions.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000

Array = NDArray[np.float64]
Measure = Callable[[Array], Array]
"""From (..., parts) sums to (...) values."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    clusters: int = 0
    """How many independent groups the ``n`` fall into; with fewer than about ten the interval is a rough one."""
    seed: int = 0
    """Of the bootstrap."""

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


NOTHING = float("nan")


def interval(values: Array) -> tuple[float, float]:
    """The 2.5th and the 97.5th percentile of what resamples gave; NaN where no resample has a value."""
    if not np.isfinite(values).any():
        return NOTHING, NOTHING
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def draws(clusters: int, seed: int, resamples: int = RESAMPLES) -> Array:
    """(resamples, clusters) float64: how often each cluster is in each resample; every row sums to ``clusters``."""
    share = np.full(clusters, 1 / clusters)
    return np.random.default_rng(seed).multinomial(clusters, share, size=resamples).astype(np.float64)


def figure_of_sums(sums: Array, measure: Measure, n: int, seed: int = 0) -> Figure:
    """A measure that depends on sums over all clusters only, such as a share or an F1.

    ``sums`` is (clusters, parts) float64: what each cluster adds to each part of the measure. One that adds nothing at
    all is not counted. NaN where there is no cluster, or where the measure has no value.
    """
    sums = sums[(sums != 0).any(1)]
    clusters = len(sums)
    if not clusters:
        return Figure(NOTHING, NOTHING, NOTHING, n, 0, seed)
    low, high = interval(measure(draws(clusters, seed) @ sums))
    return Figure(float(measure(sums.sum(0))), low, high, n, clusters, seed)


def figure_of_mean(values: Sequence[float] | Array, clusters: Sequence[Hashable], seed: int = 0) -> Figure:
    """The mean of values, each of which belongs to a cluster."""
    return figure_of_sums(
        sums_by_cluster(np.stack([values, np.ones(len(values))], 1), clusters), ratio, len(values), seed
    )


def figure_of_percentile(
    values: Sequence[float] | Array, clusters: Sequence[Hashable], percent: float, seed: int = 0
) -> Figure:
    """A percentile of values, each of which belongs to a cluster.

    The value is exact; for its interval the values are rounded to three significant digits, so that two thousand
    resamples of a million values cost seconds and not hours.
    """
    exact = np.asarray(values, np.float64)
    if not len(exact):
        return Figure(NOTHING, NOTHING, NOTHING, 0, 0, seed)
    levels, level = np.unique(_rounded(exact), return_inverse=True)
    cluster = numbered(clusters)
    counts = np.zeros((int(cluster.max()) + 1, len(levels)))
    np.add.at(counts, (cluster, level), 1)
    cumulated = np.cumsum(draws(len(counts), seed) @ counts, axis=1)
    reached = (cumulated >= percent / 100 * cumulated[:, -1:]).argmax(1)
    low, high = interval(levels[reached])
    value = float(np.percentile(exact, percent))
    # A resample takes one of the values, the percentile may lie between two.
    return Figure(value, min(low, value), max(high, value), len(exact), len(counts), seed)


def sums_by_cluster(parts: Array, clusters: Sequence[Hashable]) -> Array:
    """Add up the rows of each cluster: (n, parts) and n names to (clusters, parts), in order of first appearance."""
    if not len(clusters):
        return np.zeros((0, parts.shape[-1]))
    cluster = numbered(clusters)
    sums = np.zeros((int(cluster.max()) + 1, parts.shape[-1]))
    np.add.at(sums, cluster, parts)
    return sums


def numbered(clusters: Sequence[Hashable]) -> NDArray[np.int64]:
    """Number the clusters by first appearance: (n,) int64."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in clusters], np.int64)


def ratio(sums: Array) -> Array:
    """The first part over the second; NaN where the second is 0."""
    top, bottom = sums[..., 0], sums[..., 1]
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(bottom), NOTHING), where=bottom > 0))


def f1(sums: Array) -> Array:
    """F1 of hits, extra and missed ones, in this order; NaN where there is none of them."""
    hits, extra, missed = sums[..., 0], sums[..., 1], sums[..., 2]
    return ratio(np.stack([2 * hits, 2 * hits + extra + missed], -1))


def _rounded(values: Array) -> Array:
    """To three significant digits."""
    size = np.floor(np.log10(np.maximum(np.abs(values), 1e-12)))
    scale = 10.0 ** (2 - size)
    return np.round(values * scale) / scale
