"""Tracks of drawn people: labelled, finite, the same for the same seed, and seen as a camera would."""

import numpy as np
import pytest

from core.errors import ConfigError
from ingest.rehearsal.skeleton import Build
from training.synthetic.cameras import SECTOR_NAMES, sector_of, sight, yaws
from training.synthetic.exercise_variants import VARIANTS
from training.synthetic.generating import Wish, counts, generated, tasks
from training.synthetic.movement import Movement, key_poses, placed
from training.synthetic.other_movements import OTHER
from training.synthetic.pose_errors import hidden_by_body
from training.synthetic.projected import facing_ray, projected_track
from training.synthetic.timeline import CLASSES, life

MOVEMENTS = [*(each for group in VARIANTS.values() for each in group), *OTHER]


def _plain(_: int) -> np.ndarray:
    return np.zeros(30)


def test_every_exercise_of_the_rehearsal_gym_is_done_in_several_ways():
    from ingest.rehearsal.motions import EXERCISES

    assert set(VARIANTS) == set(EXERCISES)
    for exercise, ways in VARIANTS.items():
        assert len({way.name for way in ways}) == len(ways) >= 3, exercise
        assert {way.label for way in ways} == {exercise}


def test_other_movements_are_named_as_such_and_are_many():
    assert all(movement.label.startswith("other:") for movement in OTHER)
    assert len({movement.label for movement in OTHER}) >= 40


@pytest.mark.parametrize("movement", MOVEMENTS, ids=lambda movement: f"{movement.label}-{movement.name}")
def test_a_movement_is_possible_on_both_sides(movement: Movement):
    for side in (0, 1):
        phases, poses = key_poses(movement, Build(), _plain, side)
        assert phases[0] == 0.0
        assert phases[-1] == 1.0
        assert (np.diff(phases) > 0).all()
        for pose in poses:
            points = placed(Build(), pose, np.zeros(2), 0.0).landmarks
            assert np.isfinite(points).all()
            assert -0.5 < points[:, 2].min() < 1.9, "the body is neither below the floor nor in the air"
            thigh = np.linalg.norm(points[23] - points[25])
            assert thigh == pytest.approx(0.245 * 1.75, abs=1e-6)


def test_mirrored_movements_are_mirror_images():
    lunge = VARIANTS["lunge"][0]
    left, right = (key_poses(lunge, Build(), _plain, side)[1][2] for side in (0, 1))
    first = placed(Build(), left, np.zeros(2), 0.0).landmarks
    second = placed(Build(), right, np.zeros(2), 0.0).landmarks
    partner = [0, 12, 11, 26, 25, 28, 27]
    own = [0, 11, 12, 25, 26, 27, 28]
    np.testing.assert_allclose(first[own] * [-1, 1, 1], second[partner], atol=0.02)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_track_is_labelled_and_finite(kind: str):
    track = projected_track(kind, (5, CLASSES.index(kind), 1), seconds=5.0)
    wanted = "other:" if kind == "other" else kind
    assert any(label.startswith(wanted) for label in track.labels)
    assert {label for label in track.labels if not label.startswith(wanted)} <= {"idle", "transition"}
    assert track.synthetic
    assert track.group == track.source
    assert track.view in SECTOR_NAMES
    assert np.isfinite(track.landmarks).all()
    assert np.isfinite(track.world).all()
    assert (np.diff(track.times) > 0).all()
    assert track.landmarks[..., 3].min() >= 0
    assert track.landmarks[..., 3].max() <= 1
    np.testing.assert_allclose(track.world[:, 23:25].mean(axis=1), 0, atol=0.2)


def test_the_same_seed_gives_the_same_track_and_another_seed_another():
    first, again, other = (projected_track("row", (seed, 8, 0), seconds=5.0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.landmarks, again.landmarks)
    assert first.labels == again.labels
    assert first.landmarks.shape != other.landmarks.shape or not np.allclose(first.landmarks, other.landmarks)


def test_world_and_picture_agree():
    track = projected_track("deadlift", (3, 7, 4), seconds=4.0)
    world, pixels = track.world[..., :2], track.landmarks[..., :2]
    across = world - world.mean(axis=1, keepdims=True)
    seen = pixels - pixels.mean(axis=1, keepdims=True)
    together = (across * seen).sum() / np.sqrt((across**2).sum() * (seen**2).sum())
    assert together > 0.95, "what is right of and below the hips in metres is so in pixels"


def test_who_faces_the_camera_shows_it_both_shoulders_and_the_nose():
    rng = np.random.default_rng(0)
    view = sight(rng, 10.0, ("yaw 0-45",))
    person = life("squat", rng, 4.0)
    points = view.camera.seen(person.body(0.0, view.heading)[0].landmarks)[None]
    turned = facing_ray(points)[0]
    assert turned[11, 0] > turned[12, 0], "their left is on the picture's right"
    assert turned[0, 2] < 0, "the nose is nearer than the hips"
    assert hidden_by_body(points)[0, 0] < 0.5


def test_sectors_go_round_and_unknown_ones_are_refused():
    assert sector_of(44.9) == "yaw 0-45"
    assert sector_of(-1.0) == sector_of(359.0) == "yaw 315-360"
    assert yaws("0, 315") == ("yaw 0-45", "yaw 315-360")
    with pytest.raises(ConfigError, match="no view 'front'"):
        yaws("front")
    with pytest.raises(ConfigError, match="no view is named"):
        yaws(" , ")


def test_only_wished_views_are_made():
    wish = Wish(1, seed=4, seconds=4.0, sectors=("yaw 90-135",))
    assert {track.view for track, _ in zip(generated(wish), range(6), strict=False)} == {"yaw 90-135"}


def test_a_file_holds_every_class_from_its_beginning_and_half_of_it_is_no_exercise():
    wanted = counts(10)
    assert sum(wanted[kind] for kind in ("idle", "other")) * 2 >= sum(wanted[kind] for kind in VARIANTS)
    order = tasks(Wish(10))
    assert len(order) == len(set(order)) == sum(wanted.values())
    assert {kind for kind, _ in order[: len(order) // 10 + 2]} == set(CLASSES)
