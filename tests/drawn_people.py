"""People of the rehearsal gym as a perfect pose estimator would see them: true landmarks, no pixels."""

from collections.abc import Iterator, Sequence

import numpy as np

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.script import Action, Performance, Performer
from workers.exercise.catalogue import Catalogue, load_catalogue
from workers.exercise.results import ExerciseSet
from workers.exercise.trainee import Trainee

Seen = tuple[float, np.ndarray, np.ndarray]
# Of the model on a person who holds still, after smoothing.
_JITTER_M = 0.004


def performance(*actions: Action, facing: float = 180.0, start_m: tuple[float, float] = (0.0, 0.0)) -> Performance:
    """What one person does in front of the camera; facing 180 looks into it."""
    return Performance(Performer(start_m, facing, actions), seed=3)


def frames(performed: Performance, fps: float = 25.0) -> Iterator[Seen]:
    """Time, landmarks (33, 4) in pixels and world landmarks (33, 3) in metres of every frame."""
    camera = Camera()
    rng = np.random.default_rng(5)
    for number in range(int(performed.duration_s * fps)):
        time_s = number / fps
        seen = camera.seen(performed.body(time_s)[0].landmarks)
        hips = seen[23:25].mean(axis=0)
        landmarks = np.ones((33, 4), np.float32)
        landmarks[:, :2] = camera.projected(seen)
        landmarks[:, 2] = (seen[:, 2] - hips[2]) * camera.focal_px / hips[2]
        yield time_s, landmarks, (seen - hips + rng.normal(0, _JITTER_M, seen.shape)).astype(np.float32)


def trained(seen: Sequence[Seen] | Iterator[Seen], catalogue: Catalogue | None = None) -> list[ExerciseSet]:
    """The sets that are found in the frames."""
    trainee = Trainee(catalogue or load_catalogue())
    for time_s, landmarks, world in seen:
        trainee.update(time_s, landmarks, world)
    return trainee.finish()


def counts(sets: Sequence[ExerciseSet]) -> list[tuple[str, int]]:
    """Exercise and repetitions beyond doubt of each set that has any."""
    firm = [(found.exercise, sum(not rep.tentative for rep in found.reps)) for found in sets]
    return [(exercise, reps) for exercise, reps in firm if reps]


def faults(found: ExerciseSet) -> dict[int, set[str]]:
    """Form faults by number of the repetition, counted from 1."""
    by_rep = {
        number: {verdict.rule for verdict in rep.verdicts if verdict.verdict == "fault"}
        for number, rep in enumerate(found.reps, start=1)
    }
    return {number: rules for number, rules in by_rep.items() if rules}
