"""Whether a movement repeats itself, without knowing what it is.

Two repetitions of an exercise are alike in all joints, not only in the one that is counted; two gestures of a person
who stands around are not. This is the self-similarity of pose sequences that class-free counters use, reduced to the
repetitions that were found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.exercise.features import INDEX, JOINTS

# Enough to tell a fast phase from a slow one; more costs time and adds nothing.
_SAMPLES = 24
# Eight joint flexions and the trunk; degrees all.
_COLUMNS = np.array([*range(8), INDEX["trunk"]])
_VISIBILITIES = np.array([INDEX[f"{joint}_visibility_{side}"] for joint in JOINTS for side in ("left", "right")])
_MIRRORED = np.array([1, 0, 3, 2, 5, 4, 7, 6, 8])


@dataclass(frozen=True, slots=True)
class Course:
    """The joint angles of one repetition at even shares of its length."""

    angles: NDArray[np.float32]
    """(24, 9) float32 degrees: eight joint flexions and the trunk."""
    weights: NDArray[np.float32]
    """(9,) float32: how well each was seen, 0-1."""


def course(features: NDArray[np.float32]) -> Course:
    """The course of a repetition from its features (N, COUNT), N >= 2."""
    positions = np.linspace(0, len(features) - 1, _SAMPLES)
    below = positions.astype(int)
    above = np.minimum(below + 1, len(features) - 1)
    share = (positions - below)[:, np.newaxis].astype(np.float32)
    angles = features[:, _COLUMNS]
    weights = np.append(features[:, _VISIBILITIES].mean(axis=0) ** 2, 1.0).astype(np.float32)
    return Course(angles[below] * (1 - share) + angles[above] * share, weights)


def similarity(first: Course, second: Course) -> float:
    """How alike two courses are: 1 the same movement, 0 unrelated, below 0 opposite.

    The share of the movement of both that is common to both, joints weighted by how well they were seen; the second may
    be the mirror image of the first, so that alternating sides are alike.
    """
    return float(_similarities(*_stacked([first]), *_stacked([second]))[0])


def self_similarity(courses: Sequence[Course]) -> float:
    """How alike neighbouring repetitions are, the median; 0 for fewer than two.

    Where sides alternate, every other repetition is compared: one side's angles are seen worse than the other's, so
    that even mirrored they differ.
    """
    if len(courses) < 2:
        return 0.0
    angles, weights = _stacked(courses)
    neighbours = _similarities(angles[:-1], weights[:-1], angles[1:], weights[1:])
    others = _similarities(angles[:-2], weights[:-2], angles[2:], weights[2:])
    return max(float(np.median(values)) for values in (neighbours, others) if len(values))


def _stacked(courses: Sequence[Course]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Angles (N, 24, 9) and weights (N, 9) of N courses."""
    return np.stack([one.angles for one in courses]), np.stack([one.weights for one in courses])


def _similarities(
    angles: NDArray[np.float32],
    weights: NDArray[np.float32],
    other_angles: NDArray[np.float32],
    other_weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Similarity (N,) of N pairs of courses; all pairs at once, because a set is compared several times a second."""
    straight = _common_shares(angles, other_angles, np.minimum(weights, other_weights))
    mirrored = _common_shares(angles, other_angles[..., _MIRRORED], np.minimum(weights, other_weights[:, _MIRRORED]))
    return np.maximum(straight, mirrored)


def _common_shares(
    first: NDArray[np.float32], second: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    centre = (first.mean(axis=1, keepdims=True) + second.mean(axis=1, keepdims=True)) / 2
    a, b = first - centre, second - centre
    energy = ((a * a + b * b) * weights[:, np.newaxis]).sum(axis=(1, 2))
    apart = (((a - b) ** 2) * weights[:, np.newaxis]).sum(axis=(1, 2))
    moving = energy > 0.0
    return np.where(moving, 1.0 - apart / np.where(moving, energy, 1.0), 0.0).astype(np.float32)
