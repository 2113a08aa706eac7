"""Whether people are found, by their height in the picture, and how far their key-points lie off."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scoring.intervals import (
    Array,
    Figure,
    figure_of_percentile,
    figure_of_sums,
    ratio,
    sums_by_cluster,
)
from training.scoring.matching import FoundPeople, FramePairs, Matches, TruePeople, assigned
from workers.people.oks import COCO_POINTS

HEIGHTS_PX = ((0.0, 100.0), (100.0, 150.0), (150.0, 250.0), (250.0, np.inf))
"""Bins of a person's standing height in the picture: lower bound inside, upper one outside."""

HARDLY_COVERED = 0.1
"""Of whom no more than this is hidden by others, equipment or the frame's edge counts as unoccluded; a held bar hides
3 to 8 %."""

PCK_SHARE = 0.2
"""Of the torso: PCK@0.2, the usual threshold of the measure."""

MIN_TORSO_SHARE = 0.15
"""Of the standing height. Seen from along the trunk the torso has no length in the picture; an upright one has 0.3."""

SHOULDERS, HIPS = (11, 12), (23, 24)


@dataclass(frozen=True, slots=True)
class Sighted:
    """What is to be found and was, one row per true person and frame that counts; of one camera or several."""

    cluster: tuple[Hashable, ...]
    """(R,) person and camera."""
    height_px: Array
    doing: tuple[str, ...]
    """(R,) what the person does: an exercise, or anything else."""
    is_clear: NDArray[np.bool_]
    """(R,) whether (nearly) nothing hides the person."""
    by_pose: NDArray[np.bool_]
    """(R,) found, with key-points that coincide."""
    by_either: NDArray[np.bool_]
    """(R,) found, by key-points or by the box."""


@dataclass(frozen=True, slots=True)
class PointErrors:
    """How far the visible key-points of found people lie off, one row per point; of one camera or several."""

    cluster: tuple[Hashable, ...]
    """(E,) person and camera."""
    error_px: Array
    of_torso: Array
    """(E,) the error as a share of the torso's length in the picture."""


def sighted(camera: Hashable, true: TruePeople, doing: Sequence[str], matches: Matches) -> Sighted:
    """The rows of one camera that count; ``doing`` says of every true row what the person does."""
    counts = true.countable
    return Sighted(
        cluster=tuple((camera, int(person)) for person in true.person[counts]),
        height_px=true.height_px[counts],
        doing=tuple(doing[row] for row in np.flatnonzero(counts).tolist()),
        is_clear=true.covered[counts] <= HARDLY_COVERED,
        by_pose=(matches.by_pose & (matches.found_row >= 0))[counts],
        by_either=(matches.found_row >= 0)[counts],
    )


def point_errors(camera: Hashable, true: TruePeople, found: FoundPeople, matches: Matches) -> PointErrors:
    """Errors of the 17 points of COCO, of found people of one camera, where the point can be seen."""
    rows = np.flatnonzero(true.countable & (matches.found_row >= 0))
    points = true.landmarks[rows][:, COCO_POINTS]
    away = np.linalg.norm(points - found.landmarks[matches.found_row[rows]][:, COCO_POINTS], axis=-1)
    seen = true.visible[rows][:, COCO_POINTS]
    torso = torso_px(true.landmarks[rows], true.height_px[rows])
    row = np.nonzero(seen)[0]
    return PointErrors(
        cluster=tuple((camera, int(true.person[rows[at]])) for at in row),
        error_px=away[seen],
        of_torso=(away / torso[:, None])[seen],
    )


def torso_px(landmarks: Array, height_px: Array) -> Array:
    """(R,) from the middle of the shoulders to the middle of the hips, pixels; never under ``MIN_TORSO_SHARE``."""
    up, down = landmarks[:, SHOULDERS].mean(1), landmarks[:, HIPS].mean(1)
    return np.asarray(np.maximum(np.linalg.norm(up - down, axis=-1), MIN_TORSO_SHARE * height_px))


def joined_sightings(parts: Sequence[Sighted]) -> Sighted:
    """The rows of several cameras; at least one."""
    return Sighted(
        tuple(name for part in parts for name in part.cluster),
        np.concatenate([part.height_px for part in parts]),
        tuple(what for part in parts for what in part.doing),
        np.concatenate([part.is_clear for part in parts]),
        np.concatenate([part.by_pose for part in parts]),
        np.concatenate([part.by_either for part in parts]),
    )


def joined_errors(parts: Sequence[PointErrors]) -> PointErrors:
    """The points of several cameras; at least one."""
    return PointErrors(
        tuple(name for part in parts for name in part.cluster),
        np.concatenate([part.error_px for part in parts]),
        np.concatenate([part.of_torso for part in parts]),
    )


def recall(people: Sighted, which: NDArray[np.bool_], *, by_pose: bool, seed: int = 0) -> Figure:
    """Share of the chosen rows, ``which`` (R,), that were found; ``n`` is how many were chosen."""
    hits = (people.by_pose if by_pose else people.by_either)[which]
    clusters = [people.cluster[at] for at in np.flatnonzero(which).tolist()]
    parts = np.stack([hits, np.ones(len(hits))], 1).astype(np.float64)
    return figure_of_sums(sums_by_cluster(parts, clusters), ratio, len(hits), seed)


def precision_parts(frames: Sequence[FramePairs]) -> Array:
    """(tracks, 2) float64: in how many frames each found person's key-points are a true one's, and in how many it is.

    Summed up, ``intervals.ratio`` gives the share of found people who are right.
    """
    parts: dict[int, list[int]] = {}
    for frame in frames:
        right = {j for _, j in assigned(frame.similarity)}
        for j, number in enumerate(frame.found_ids.tolist()):
            counts = parts.setdefault(number, [0, 0])
            counts[0] += j in right
            counts[1] += 1
    return np.array(list(parts.values()), np.float64).reshape(-1, 2)


def in_bin(people: Sighted, heights_px: tuple[float, float], *, is_clear: bool) -> NDArray[np.bool_]:
    """(R,) whose height is in the bin, and who is or is not unoccluded."""
    low, high = heights_px
    return np.asarray((people.height_px >= low) & (people.height_px < high) & (people.is_clear == is_clear))


def correct_points(errors: PointErrors, seed: int = 0) -> Figure:
    """PCK@0.2: share of the points that lie less than a fifth of the torso off."""
    parts = np.stack([errors.of_torso < PCK_SHARE, np.ones(len(errors.of_torso))], 1).astype(np.float64)
    return figure_of_sums(sums_by_cluster(parts, errors.cluster), ratio, len(parts), seed)


def median_error_px(errors: PointErrors, seed: int = 0) -> Figure:
    """Median distance, pixels."""
    return figure_of_percentile(errors.error_px, errors.cluster, 50, seed)


def median_error_of_torso(errors: PointErrors, seed: int = 0) -> Figure:
    """Median distance, as a share of the torso's length."""
    return figure_of_percentile(errors.of_torso, errors.cluster, 50, seed)
