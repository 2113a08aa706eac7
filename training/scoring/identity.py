"""How well people keep their numbers: IDF1, HOTA and switches, by their papers' definitions.

IDF1 after Ristani et al. 2016 (Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking), HOTA after
Luiten et al. 2020 (HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking), with the assignment of its
authors' code. Both are written here because the two libraries that have them cannot be needs of this project: one was
last released in 2022 and fails with today's pandas, the other asks for a second distribution of cv2.

All counts come per cluster, so that intervals can be drawn over people and cameras. What a found person does wrong
belongs to the true person whom it follows most; who follows nobody is a cluster of its own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from training.scoring.intervals import Array, f1, ratio
from training.scoring.matching import GATE, FramePairs, Ids

ALPHAS = np.arange(0.05, 0.99, 0.05)
"""(19,) the thresholds of similarity over which HOTA is averaged."""

_EPSILON = np.finfo(float).eps


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The ids of a sequence as 0, 1, 2, …"""

    true: Ids
    found: Ids

    def of(self, frame: FramePairs) -> tuple[Ids, Ids]:
        return np.searchsorted(self.true, frame.true_ids), np.searchsorted(self.found, frame.found_ids)


def identity_parts(frames: Sequence[FramePairs], gate: float = GATE) -> Array:
    """(clusters, 3) float64: frames with the right number, with a wrong one, and missed, per cluster; see ``idf1``.

    The true and found people of the whole sequence are paired one to one so that as many frames as possible agree,
    which is the pairing with the fewest wrong and missed ones.
    """
    numbers = _numbers(frames)
    together = _together(frames, numbers, gate)
    true_frames, found_frames = _lengths(frames, numbers)
    mates = linear_sum_assignment(together, maximize=True)
    right = np.zeros_like(together)
    right[mates] = together[mates]
    return _by_cluster(together, right.sum(1), found_frames - right.sum(0), true_frames - right.sum(1))


def idf1(sums: Array) -> Array:
    """IDF1 of summed-up ``identity_parts``: (..., 3) to (...)."""
    return f1(sums)


def hota_parts(frames: Sequence[FramePairs]) -> Array:
    """(clusters, 4 x 19) float64: the hits' association, the hits, the extra and the missed, per threshold."""
    numbers = _numbers(frames)
    true_frames, found_frames = _lengths(frames, numbers)
    alignment = _alignment(frames, numbers, true_frames, found_frames)
    hits = np.zeros((len(ALPHAS), len(true_frames), len(found_frames)))
    for frame in frames:
        true, found = numbers.of(frame)
        i, j = linear_sum_assignment(alignment[np.ix_(true, found)] * frame.similarity, maximize=True)
        passes = frame.similarity[i, j] >= ALPHAS[:, None] - _EPSILON
        hits[:, true[i], found[j]] += passes
    association = hits * hits / np.maximum(1, true_frames[:, None] + found_frames - hits)
    together = _together(frames, numbers, GATE)
    columns = [
        _by_cluster(together, association[at].sum(1), found_frames * 0, true_frames * 0)[:, :1]
        for at in range(len(ALPHAS))
    ]
    counts = [_by_cluster(together, hit.sum(1), found_frames - hit.sum(0), true_frames - hit.sum(1)) for hit in hits]
    parts = np.concatenate([np.stack(columns, -1), np.stack(counts, -1)], axis=1)
    return parts.reshape(len(parts), 4 * len(ALPHAS))


def hota(sums: Array) -> Array:
    """HOTA of summed-up ``hota_parts``: (..., 76) to (...)."""
    association, hits, extra, missed = _unpacked(sums)
    return np.asarray(np.sqrt(ratio(np.stack([association, hits + extra + missed], -1))).mean(-1))


def detection_accuracy(sums: Array) -> Array:
    """DetA of summed-up ``hota_parts``: (..., 76) to (...)."""
    _, hits, extra, missed = _unpacked(sums)
    return np.asarray(ratio(np.stack([hits, hits + extra + missed], -1)).mean(-1))


def association_accuracy(sums: Array) -> Array:
    """AssA of summed-up ``hota_parts``: (..., 76) to (...); 0 at thresholds that nothing passes."""
    association, hits, _, _ = _unpacked(sums)
    return np.asarray((association / np.maximum(1, hits)).mean(-1))


def switches(frames: Sequence[FramePairs], gate: float = GATE) -> dict[int, int]:
    """How often each true person's number changes, from one frame in which he is found to the next such frame.

    As in CLEAR MOT, whoever had a number keeps it as long as it is near enough: two people who swap for a frame in a
    crowd do not switch because one pairing is slightly better than another.
    """
    current: dict[int, int] = {}
    changes: dict[int, int] = {}
    for frame in frames:
        had = np.array([current.get(int(person), -1) for person in frame.true_ids], np.int64)
        same = had[:, None] == frame.found_ids[None]
        score = np.where(frame.similarity >= gate, frame.similarity + 1000.0 * same, 0.0)
        for i, j in zip(*linear_sum_assignment(score, maximize=True), strict=True):
            if score[i, j] > 0:
                person, number = int(frame.true_ids[i]), int(frame.found_ids[j])
                changes[person] = changes.get(person, 0) + (current.get(person, number) != number)
                current[person] = number
        for person in frame.true_ids:
            changes.setdefault(int(person), 0)
    return changes


def switch_parts(frames: Sequence[FramePairs], fps: float) -> Array:
    """(people, 2) float64: each true person's switches, and the time in which he is to be found, in tens of minutes."""
    changes, number_of_frames = switches(frames), Counter(int(i) for frame in frames for i in frame.true_ids)
    return np.array([(changes[i], number_of_frames[i] / fps / 600) for i in changes], np.float64).reshape(-1, 2)


def renumbered(frames: Sequence[FramePairs], true_offset: int, found_offset: int) -> list[FramePairs]:
    """The same frames with other numbers, to lay the frames of several cameras together."""
    return [
        FramePairs(frame.true_ids + true_offset, frame.found_ids + found_offset, frame.similarity) for frame in frames
    ]


def _numbers(frames: Sequence[FramePairs]) -> _Numbers:
    none = np.zeros(0, np.int64)
    return _Numbers(
        np.unique(np.concatenate([none, *(frame.true_ids for frame in frames)])),
        np.unique(np.concatenate([none, *(frame.found_ids for frame in frames)])),
    )


def _lengths(frames: Sequence[FramePairs], numbers: _Numbers) -> tuple[Array, Array]:
    """In how many frames each true and each found person is."""
    true, found = np.zeros(len(numbers.true)), np.zeros(len(numbers.found))
    for frame in frames:
        i, j = numbers.of(frame)
        true[i] += 1
        found[j] += 1
    return true, found


def _together(frames: Sequence[FramePairs], numbers: _Numbers, gate: float) -> Array:
    """(true, found): in how many frames they could be the same."""
    result = np.zeros((len(numbers.true), len(numbers.found)))
    for frame in frames:
        result[np.ix_(*numbers.of(frame))] += frame.similarity >= gate
    return result


def _alignment(frames: Sequence[FramePairs], numbers: _Numbers, true_frames: Array, found_frames: Array) -> Array:
    """(true, found) how much of their time they spend together: by it HOTA chooses whom to pair in a frame."""
    common = np.zeros((len(true_frames), len(found_frames)))
    for frame in frames:
        similar = frame.similarity
        either = similar.sum(0, keepdims=True) + similar.sum(1, keepdims=True) - similar
        common[np.ix_(*numbers.of(frame))] += np.divide(
            similar, either, out=np.zeros_like(similar), where=either > _EPSILON
        )
    either = true_frames[:, None] + found_frames - common
    return np.divide(common, either, out=np.zeros_like(common), where=either > 0)


def _by_cluster(together: Array, right: Array, wrong: Array, missed: Array) -> Array:
    """(clusters, 3): first one row per true person, then one per found person who follows nobody."""
    true_count = len(right)
    follows = np.arange(true_count, true_count + len(wrong))
    if true_count and len(wrong):
        follows = np.where(together.max(0) > 0, together.argmax(0), follows)
    sums = np.zeros((true_count + len(wrong), 3))
    sums[:true_count, 0] = right
    sums[:true_count, 2] = missed
    np.add.at(sums[:, 1], follows, wrong)
    is_cluster = np.ones(len(sums), np.bool_)
    is_cluster[true_count:] = np.isin(np.arange(true_count, len(sums)), follows)
    return sums[is_cluster]


def _unpacked(sums: Array) -> tuple[Array, Array, Array, Array]:
    parts = sums.reshape(*sums.shape[:-1], 4, len(ALPHAS))
    return parts[..., 0, :], parts[..., 1, :], parts[..., 2, :], parts[..., 3, :]
