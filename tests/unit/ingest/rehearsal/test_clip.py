from dataclasses import replace
from itertools import islice

import numpy as np

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, demo_scene, draw_clip, truth_of
from ingest.rehearsal.script import Performer, Rest, Train

SCENE = Scene(
    (
        Performer((-0.8, 0.0), 180.0, (Train("squat", 1, tempo_s=1.0),)),
        Performer((0.8, 0.5), 200.0, (Rest(0.4),)),
    ),
    Camera(position_m=(0.0, -4.0, 1.5), width=320, height=240),
    seed=4,
)


def test_the_same_scene_gives_the_same_pixels():
    first, second = list(islice(draw_clip(SCENE), 5)), list(islice(draw_clip(SCENE), 5))
    for (frame, truth), (again, truth_again) in zip(first, second, strict=True):
        np.testing.assert_array_equal(frame.pixels, again.pixels)
        np.testing.assert_array_equal(truth.landmarks, truth_again.landmarks)


def test_another_seed_gives_other_pixels():
    (one, _), (other, _) = next(draw_clip(SCENE)), next(draw_clip(replace(SCENE, seed=5)))
    assert (one.pixels != other.pixels).mean() > 0.2


def test_frames_come_at_the_rate_of_the_camera_until_the_last_performer_has_finished():
    frames = [frame for frame, _ in draw_clip(SCENE)]
    assert len(frames) == round(truth_of(SCENE).duration_s * 25)
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert np.unique(np.diff([frame.captured_ns for frame in frames])).tolist() == [40_000_000]
    assert frames[0].pixels.shape == (240, 320, 3)
    assert frames[0].pixels.dtype == np.uint8


def test_a_duration_cuts_the_clip():
    assert len(list(draw_clip(replace(SCENE, duration_s=0.2)))) == 5


def test_truth_says_where_everybody_is():
    _, truth = next(draw_clip(SCENE))
    assert truth.landmarks.shape == (2, 33, 2)
    assert truth.landmarks[0, :, 0].mean() < 160 < truth.landmarks[1, :, 0].mean()
    assert truth.visible[0, 11:29].all()
    assert truth.depth_m[0].mean() < truth.depth_m[1].mean()


def test_what_is_behind_someone_else_is_hidden():
    hidden = replace(SCENE.performers[1], start_m=(-0.8, 1.5))
    _, truth = next(draw_clip(replace(SCENE, performers=(SCENE.performers[0], hidden))))
    assert not truth.visible[1, 23:25].any()


def test_what_is_outside_the_frame_is_not_visible():
    outside = replace(SCENE.performers[0], start_m=(9.0, 0.0))
    _, truth = next(draw_clip(replace(SCENE, performers=(outside,))))
    assert not truth.visible.any()


def test_an_empty_room_can_be_drawn():
    frame, truth = next(draw_clip(replace(SCENE, performers=(), duration_s=0.1)))
    assert truth.landmarks.shape == (0, 33, 2)
    assert frame.pixels.std() > 5


def test_the_demonstration_lasts_half_a_minute_and_has_faults_and_two_people():
    truth = truth_of(demo_scene())
    assert 30 <= truth.duration_s <= 45
    assert [[(done.exercise, len(done.rep_end_s)) for done in sets] for sets in truth.people] == [
        [("squat", 8), ("biceps_curl", 6)],
        [("push_up", 7), ("lateral_raise", 3)],
    ]
    assert truth.people[0][0].faults == {4: "shallow", 7: "shallow"}
