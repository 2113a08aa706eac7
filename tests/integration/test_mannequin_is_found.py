"""The drawn people are found by BlazePose as people are, in every frame, with landmarks where the truth has them."""

import numpy as np
import pytest

from benchmarks.bench_rehearsal import VIEWS, Single, measured
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, demo_scene, draw_clip
from ingest.rehearsal.motions import EXERCISES
from ingest.rehearsal.script import Performer, Rest, Walk
from ingest.rehearsal.skeleton import TRUNK, Build
from workers.models.store import pose_models
from workers.people.blazepose_detector import BlazePoseDetector
from workers.people.detection import Window
from workers.people.finder import open_finder
from workers.pose.onnx_backend import OnnxPoseBackend

LEAST_RECALL = 0.98
MOST_ERROR = 0.08
"""Of the torso's length, median over landmarks and frames; two people who mark real pictures differ by as much."""
FOUND_WITHIN = 0.5
"""Of the torso's length: landmarks further off are of something else."""


@pytest.fixture(scope="module")
def models():
    detector, backend = BlazePoseDetector(pose_models().detector), OnnxPoseBackend(pose_models().landmarks)
    yield detector, backend
    detector.close()
    backend.close()


def _without_memory(models, frame):
    """Landmarks, (33, 2) px each, of whom the detector finds in this frame alone."""
    detector, backend = models
    height, width = frame.pixels.shape[:2]
    regions = [each.region for each in detector.detect(frame.pixels, [Window(0, 0, width, height)])]
    return [pose.landmarks[:, :2] for pose in backend.poses(frame.pixels, frame.captured_ns, regions)]


def _errors(truth, landmarks, scene):
    """Median landmark error of each person of the scene in one frame, in torsos; NaN for whom nobody found."""
    stature_m = np.array([performer.build.height_m for performer in scene.performers])
    torso_px = TRUNK * stature_m * scene.camera.focal_px / truth.depth_m[:, 23:25].mean(axis=1)
    apart = [[np.median(np.linalg.norm(one - other, axis=1)) for one in landmarks] for other in truth.landmarks]
    errors = np.array([min(each, default=np.inf) for each in apart]) / torso_px
    return np.where(errors < FOUND_WITHIN, errors, np.nan)


@pytest.fixture(scope="module")
def cells():
    """Errors by exercise and view: two synthetic pictures each, as the benchmark draws more of."""
    single = Single()
    found = measured(single, tuple(EXERCISES), frames=1, seed=0)
    single.close()
    return found


def test_all_exercises_are_seen_from_all_sides(cells):
    errors = np.array([error for cell in cells.values() for error in cell.errors])
    assert len(errors) > 100
    missed = {key for key, cell in cells.items() if np.isnan(cell.errors).any()}
    assert np.isfinite(errors).mean() >= LEAST_RECALL, f"not found: {sorted(missed)}"


@pytest.mark.parametrize("name", EXERCISES)
def test_landmarks_of_an_exercise_are_where_the_truth_has_them(name, cells):
    errors = np.array([error for view in VIEWS for error in cells[name, view].errors])
    assert np.isfinite(errors).mean() >= 0.8
    assert np.nanmedian(errors) <= MOST_ERROR


@pytest.mark.parametrize("build", [Build(1.95, 1.08, 1.2), Build(1.55, 0.92, 0.88)])
def test_people_of_other_builds_are_seen_walking_and_standing(build, models):
    camera = Camera(position_m=(0.0, -3.8, 1.6), fps=8.0)
    performer = Performer((-1.0, 0.4), 200.0, (Walk((0.6, -0.2)), Rest(1.0, facing=160.0)), build)
    scene = Scene((performer,), camera, seed=3)
    errors = np.array([_errors(truth, _without_memory(models, frame), scene) for frame, truth in draw_clip(scene)])
    assert np.isfinite(errors).all(), f"not found in frames {np.flatnonzero(np.isnan(errors)).tolist()}"
    assert np.median(errors) <= MOST_ERROR


def test_both_people_of_the_demonstration_are_followed_in_every_frame():
    whole = demo_scene()
    scene = Scene(whole.performers, whole.camera, whole.seed, duration_s=7.0)
    finder = open_finder()
    errors = []
    for frame, truth in draw_clip(scene):
        people = finder.update(frame)
        # A tracker may take its time to be sure of who is new.
        if frame.captured_ns >= 500_000_000:
            errors.append(_errors(truth, [person.landmarks[:, :2] for person in people], scene))
    finder.close()
    assert np.isfinite(errors).all(), f"not found in {np.argwhere(np.isnan(errors)).tolist()}"
    assert np.median(errors) <= MOST_ERROR
