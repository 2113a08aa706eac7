"""Who is who: found people laid beside true ones, frame by frame, by how well their key-points coincide.

A true person of whom almost nothing can be seen need not be found; who is found there all the same is no mistake.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from workers.people.oks import COCO_POINTS, COCO_SIGMAS

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

GATE = 0.5
"""A found person this similar (OKS), or whose box overlaps this much (IoU), is the true one: the usual thresholds of
COCO and MOTChallenge. Lower, and a neighbour's skeleton passes; higher, and a bent arm makes a person unfound."""

AREA_OF_HEIGHT = 0.2
"""A standing adult of 1.75 m covers about 0.6 m². Taken from the standing height and not from the box, so that one who
lies or stands sideways is measured like everybody else."""

MIN_SEEN = 5
"""Of 17 key-points. Of whom fewer can be seen, a human annotator would not tell the pose either."""


@dataclass(frozen=True, slots=True)
class TruePeople:
    """True people in the frames of one camera: one row per person and frame."""

    frame: Ids
    """(R,) number of the frame, ascending."""
    person: Ids
    """(R,) number of the person in the scene."""
    landmarks: Array
    """(R, 33, 2) x, y in frame pixels; may lie outside the frame."""
    visible: NDArray[np.bool_]
    """(R, 33) inside the frame and not hidden by anything, the own body included."""
    covered: Array
    """(R,) 0-1: share of the body that others, equipment or the frame's edge hide."""
    box_px: Array
    """(R, 4) x0, y0, x1, y1 around what is inside the frame."""
    height_px: Array
    """(R,) how tall the person would be, standing upright, at this distance."""

    @property
    def countable(self) -> NDArray[np.bool_]:
        """(R,) whether enough can be seen for the person to be expected."""
        return np.asarray(self.visible[:, COCO_POINTS].sum(1) >= MIN_SEEN)


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """Found people in the frames of one camera: one row per person and frame."""

    frame: Ids
    """(R,) number of the frame, ascending."""
    track: Ids
    """(R,) number of the track."""
    landmarks: Array
    """(R, 33, 2) x, y in frame pixels."""
    box_px: Array
    """(R, 4) x0, y0, x1, y1 around the visible landmarks."""


@dataclass(frozen=True, slots=True)
class FramePairs:
    """One frame: the people to be found, those who were, and how alike they are."""

    true_ids: Ids
    """(T,)"""
    found_ids: Ids
    """(F,)"""
    similarity: Array
    """(T, F) 0-1"""


@dataclass(frozen=True, slots=True)
class Matches:
    """The outcome of matching one camera's rows."""

    found_row: Ids
    """(true rows,) the row of the found person who is this one, or -1."""
    by_pose: NDArray[np.bool_]
    """(true rows,) whether the key-points coincide, not only the boxes."""
    frames: list[FramePairs]
    """For measures of identity: every frame in which somebody is to be found or was; the rows of people who need not
    be found are left out, and who was found in their place with them."""


def key_point_similarity(true: Array, visible: NDArray[np.bool_], height_px: Array, found: Array) -> Array:
    """OKS of each true person with each found one, as COCO evaluates it: over the points that can be seen.

    ``true`` (T, 33, 2) and ``found`` (F, 33, 2) pixels, ``visible`` (T, 33), ``height_px`` (T,). Returns (T, F) 0-1:
    the mean of ``exp(-d² / (2 area (2 sigma)²))``. Of whom nothing can be seen, all 17 points are compared.
    """
    one, two = true[:, COCO_POINTS], found[:, COCO_POINTS]
    seen = visible[:, COCO_POINTS]
    seen = seen | ~seen.any(1, keepdims=True)
    squared = np.square(one[:, None] - two[None]).sum(-1)
    spread = 2 * AREA_OF_HEIGHT * np.square(height_px)[:, None] * np.square(2 * COCO_SIGMAS)
    similar = np.exp(-squared / np.maximum(spread, 1e-9)[:, None])
    return np.asarray((similar * seen[:, None]).sum(-1) / seen.sum(-1)[:, None])


def box_overlap(one: Array, two: Array) -> Array:
    """Intersection over union of each box with each: (M, 4) and (N, 4) as x0, y0, x1, y1 to (M, N) 0-1."""
    low = np.maximum(one[:, None, :2], two[None, :, :2])
    high = np.minimum(one[:, None, 2:], two[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    areas = [np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=-1) for boxes in (one, two)]
    either = areas[0][:, None] + areas[1][None] - shared
    return np.asarray(np.divide(shared, either, out=np.zeros_like(shared), where=either > 0))


def assigned(similarity: Array, gate: float = GATE) -> list[tuple[int, int]]:
    """Pair rows with columns, each at most once, so that the sum of similarities at or above the gate is largest."""
    open_ = np.where(similarity >= gate, similarity, 0.0)
    rows, columns = linear_sum_assignment(open_, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if open_[i, j] > 0]


def match_people(true: TruePeople, found: FoundPeople) -> Matches:
    """Match the people of one camera, frame by frame."""
    found_row = np.full(len(true.frame), -1, np.int64)
    by_pose = np.zeros(len(true.frame), np.bool_)
    frames = []
    for number in np.union1d(true.frame, found.frame):
        mine, theirs = _rows(true.frame, number), _rows(found.frame, number)
        similarity = key_point_similarity(
            true.landmarks[mine], true.visible[mine], true.height_px[mine], found.landmarks[theirs]
        )
        overlap = box_overlap(true.box_px[mine], found.box_px[theirs])
        for i, j in assigned(np.maximum(similarity, overlap)):
            found_row[mine.start + i] = theirs.start + j
            by_pose[mine.start + i] = similarity[i, j] >= GATE
        required = true.countable[mine]
        taken = found_row[mine][~required]
        kept = ~np.isin(np.arange(theirs.start, theirs.stop), taken[taken >= 0])
        if required.any() or kept.any():
            frames.append(
                FramePairs(true.person[mine][required], found.track[theirs][kept], similarity[required][:, kept])
            )
    return Matches(found_row, by_pose, frames)


def _rows(frames: Ids, number: int) -> slice:
    low, high = np.searchsorted(frames, [number, number + 1])
    return slice(int(low), int(high))
