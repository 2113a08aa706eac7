from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest
from scenes_in_text import TINY

from ingest.rehearsal.gym import Gym, cut_set
from ingest.rehearsal.scene_file import known_scenes, read_scene_text
from ingest.rehearsal.truth import FrameTruthRows, SetTruth

SCENE = read_scene_text(TINY, "tiny", "tiny.toml")


@pytest.fixture(scope="module")
def recorded():
    gym, rows = Gym(SCENE), FrameTruthRows(-0.2)
    return list(gym.frames(SCENE.cameras[0], rows)), rows.stacked()


def test_the_same_seed_gives_the_same_pixels_and_another_gives_others():
    def first(seed):
        return next(Gym(SCENE, seed=seed).frames(SCENE.cameras[0])).pixels

    np.testing.assert_array_equal(first(4), first(4))
    assert (first(4) != first(5)).mean() > 0.2


def test_frames_bear_the_time_of_the_cameras_clock_and_rows_that_of_the_scene(recorded):
    frames, truths = recorded
    assert len(frames) == 30
    assert frames[10].captured_ns == 1_000_000_000
    np.testing.assert_allclose(truths.clock_s, np.arange(30) / 10, atol=1e-9)
    np.testing.assert_allclose(truths.scene_s, truths.clock_s + 0.2, atol=1e-9)


def test_the_truth_is_where_the_people_are(recorded):
    frames, truths = recorded
    assert truths.landmarks.shape == (30, 2, 33, 2)
    x0, y0, x1, y1 = truths.box_px[5, 0].tolist()
    shown = truths.landmarks[5, 0]
    assert (shown > [x0 - 3, y0 - 3]).all()
    assert (shown < [x1 + 3, y1 + 3]).all()
    # Against the empty room: what differs is within the box of somebody.
    empty, _ = Gym(SCENE).view(SCENE.cameras[0]).draw([None, None], SCENE.light_level(truths.scene_s[5]))
    trunk = shown[[11, 12, 23, 24]].mean(axis=0).round().astype(int)
    assert np.abs(frames[5].pixels[trunk[1], trunk[0]].astype(int) - empty[trunk[1], trunk[0]]).max() > 30


def test_who_has_left_is_absent(recorded):
    _, truths = recorded
    leaves = Gym(SCENE).performances[1].leaves_s
    np.testing.assert_array_equal(truths.present[:, 1], truths.scene_s < leaves)
    assert not truths.present[-1, 1]
    assert np.isnan(truths.landmarks[-1, 1]).all()
    assert truths.truncation[-1, 1] == 1
    assert not truths.in_view[-1, 1]


def test_the_lamps_dim(recorded):
    frames, _ = recorded
    assert frames[25].pixels.mean() < 0.65 * frames[2].pixels.mean()


def test_somebody_behind_a_wall_is_occluded():
    text = TINY.replace("start = [3.4, 2.0]", "start = [0.6, 4.3]", 1)
    scene = read_scene_text(text, "tiny", "tiny.toml")
    _, truth = Gym(scene).drawing(scene.cameras[1])(2)
    assert truth["occlusion"][0] > 0.8
    assert not truth["visible"][0].any()
    _, before = Gym(SCENE).drawing(SCENE.cameras[1])(2)
    assert before["occlusion"][0] < 0.05


def test_somebody_at_the_edge_of_the_picture_is_truncated():
    camera = replace(SCENE.cameras[0].camera, look_at_m=(0.5, 3.0, 0.8), field_of_view=42.0)
    scene = replace(SCENE, cameras=(replace(SCENE.cameras[0], camera=camera),))
    whole = Gym(SCENE).drawing(SCENE.cameras[0])(2)[1]["truncation"][0]
    _, cut = Gym(scene).drawing(scene.cameras[0])(2)
    assert whole == 0
    assert 0.1 < cut["truncation"][0] < 0.9


def test_the_calibration_takes_the_floor_to_the_picture():
    for camera in Gym(SCENE).truth(SCENE.cameras).cameras:
        assert len(camera.floor) >= 6
        metres = np.array([(*point.metre, 0.0) for point in camera.floor])
        rotation, _ = cv2.Rodrigues(np.array(camera.rotation))
        pixels, _ = cv2.projectPoints(
            metres, rotation, np.array(camera.translation_m), np.array(camera.camera_matrix), np.zeros(5)
        )
        np.testing.assert_allclose(pixels[:, 0], [point.pixel for point in camera.floor], atol=0.02)


def test_sets_say_repetitions_faults_and_broken_off_attempts():
    (done,) = Gym(SCENE).truth(SCENE.cameras).people[0].sets
    assert len(done.rep_end_s) == 2
    assert done.faults == {2: "shallow"}
    assert done.rep_end_s[0] < done.aborted_s[0] < done.rep_end_s[1]


def test_activities_fill_the_time_without_holes():
    for person in Gym(SCENE).truth(SCENE.cameras).people:
        assert person.activities[0].start_s == 0
        for before, after in zip(person.activities, person.activities[1:], strict=False):
            assert before.end_s == pytest.approx(after.start_s)


def test_a_recording_that_ends_in_a_set_knows_only_what_was_done():
    done = SetTruth("squat", 1.0, 9.0, (3.0, 5.0, 9.0), {1: "shallow", 3: "shallow"}, aborted_s=(6.0,))
    cut = cut_set(done, 5.5)
    assert (cut.end_s, cut.rep_end_s, cut.faults, cut.aborted_s) == (5.5, (3.0, 5.0), {1: "shallow"}, ())
    assert cut_set(done, 0.9) is None
    assert cut_set(done, 9.0) == done
    assert cut_set(SetTruth("plank", 1.0, 9.0, (), {}, hold_s=8.0), 4.0).hold_s == 3.0


def test_floor_positions_are_below_the_hips():
    gym = Gym(SCENE)
    floor = gym.floor_truth()
    assert floor.position_m.shape == (30, 2, 2)
    np.testing.assert_allclose(floor.position_m[0], [[3.4, 2.0], [1.2, 2.0]], atol=0.15)
    assert np.isnan(floor.position_m[~floor.present]).all()


@pytest.mark.parametrize("scene", known_scenes(), ids=lambda scene: scene.name)
def test_in_the_scenes_that_ship_nobody_walks_through_anybody_and_everything_happens_in_time(scene):
    gym = Gym(scene)
    floor = gym.floor_truth()
    away = np.linalg.norm(floor.position_m[:, :, None] - floor.position_m[:, None], axis=3)
    people = np.arange(away.shape[1])
    away[:, people, people] = np.inf
    assert np.nanmin(away) > 0.3
    ends = [done.end_s for performance in gym.performances for done in performance.sets]
    assert np.mean(np.array(ends) < scene.duration_s) > 0.95


def test_every_camera_of_the_scenes_that_ship_sees_somebody():
    for scene in known_scenes():
        gym = Gym(scene)
        for camera in scene.cameras:
            _, truth = gym.drawing(camera)(round(10 * camera.camera.fps))
            assert (truth["truncation"] < 0.5).any(), (scene.name, camera.id)


def test_frames_come_one_by_one():
    assert len(list(islice(Gym(SCENE).frames(SCENE.cameras[0]), 2))) == 2
