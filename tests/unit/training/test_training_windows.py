import numpy as np
import pytest

from training.classes import CLASSES, class_of
from training.dataset.landmarks import Track
from training.windows import WindowSet, joined, usable_part, windows_of
from workers.exercise.pose_features import BLOCKS, COUNT, frame_rows, windows


def track_of(labels, rate_hz=10.0, seed=0, **also):
    rng = np.random.default_rng(seed)
    count = len(labels)
    landmarks = rng.normal(100.0, 30.0, (count, 33, 4)).astype(np.float32)
    landmarks[..., 3] = 0.9
    given = {
        "source": "clip",
        "group": "anna",
        "person": 3,
        "frames": np.arange(count, dtype=np.int32),
        "times": 5.0 + np.arange(count) / rate_hz,
        "labels": tuple(labels),
        "landmarks": landmarks,
        "world": rng.normal(0.0, 0.4, (count, 33, 3)).astype(np.float32),
        "view": "front",
    }
    return Track(**(given | also))


def test_a_window_has_the_class_of_its_newest_frame_and_says_where_it_is_from():
    found = windows_of([track_of(["idle"] * 30 + ["squat"] * 30, synthetic=True)], every_s=0.5)
    assert found.inputs.shape == (len(found), 32, COUNT)
    assert found.inputs.dtype == np.float32
    assert found.ends_s == pytest.approx(np.arange(6.0, 10.91, 0.5))
    assert [CLASSES[label] for label in found.labels] == ["idle"] * 4 + ["squat"] * 6
    assert set(found.groups) == {"anna"}
    assert set(found.sources) == {"clip"}
    assert set(found.views) == {"front"}
    assert set(found.people) == {3}
    assert found.synthetic.all()


def test_a_window_is_mixed_until_its_class_is_a_second_old():
    found = windows_of([track_of(["idle"] * 30 + ["squat"] * 30)], every_s=0.1)
    squat_s = 5.0 + 3.0
    assert found.mixed.tolist() == [squat_s - 1e-9 <= end_s < squat_s + 1.0 - 1e-9 for end_s in found.ends_s]
    assert not found.clean().mixed.any()
    assert len(found.clean()) == len(found) - 10


def test_a_label_of_the_same_class_is_no_change():
    assert not windows_of([track_of(["other:dance"] * 20 + ["other:yoga"] * 20)], every_s=0.1).mixed.any()


def test_windows_without_label_or_past_are_left_out():
    found = windows_of([track_of([""] * 20 + ["row"] * 10), track_of(["row"] * 9), track_of([])], every_s=0.1)
    assert found.ends_s.min() == pytest.approx(7.0)
    assert len(found) == 10
    assert found.mixed.all()


def test_the_inputs_are_those_that_the_workers_make():
    track = track_of(["plank"] * 50)
    found = windows_of([track], window_s=1.6, rate_hz=20.0, every_s=0.5)
    rows = frame_rows(track.landmarks, track.world)
    assert np.array_equal(found.inputs, windows(track.times, rows, found.ends_s, 1.6, 20.0))


def test_nothing_after_its_end_shows_in_a_window():
    track = track_of(["plank"] * 60)
    short = windows_of([track_of(["plank"] * 60)]).take(np.arange(3))
    world = track.world.copy()
    world[21:] += 3.0
    changed = windows_of([track_of(["plank"] * 60, world=world)]).take(np.arange(3))
    assert np.array_equal(short.inputs, changed.inputs)
    assert short.ends_s[-1] == pytest.approx(7.0)


def test_frames_that_hold_no_numbers_are_dropped_and_counted():
    track = track_of(["row"] * 40)
    track.landmarks[7, 12, 0] = np.nan
    track.world[30] = np.inf
    found = windows_of([track, track_of(["row"] * 40)], every_s=0.1)
    assert found.unusable_frames == 2
    assert np.isfinite(found.inputs).all()
    assert len(found) == 30 + 29


@pytest.mark.filterwarnings("ignore:(overflow|invalid value|divide by zero):RuntimeWarning")
def test_windows_of_absurd_landmarks_are_left_out():
    track = track_of(["row"] * 60)
    track.landmarks[20, :, :2] = 3e38
    found = windows_of([track], window_s=1.0, every_s=0.5)
    assert 0 < len(found) < 11
    assert np.isfinite(found.inputs).all()


def test_frames_out_of_order_are_dropped():
    times = np.array([0.0, 0.1, 0.05, 0.2, 0.2, 0.3, np.nan, 0.4])
    assert usable_part(track_of(["row"] * 8, times=times)).times.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4]


def test_a_track_without_a_usable_frame_gives_nothing():
    track = track_of(["row"] * 40)
    track.world[:] = np.nan
    found = windows_of([track])
    assert len(found) == 0
    assert found.unusable_frames == 40
    assert len(windows_of([])) == 0


def test_an_augmenter_is_asked_for_every_track():
    class Later:
        def augment(self, track, rng):
            assert isinstance(rng, np.random.Generator)
            return track_of(["squat"] * 30)

    found = windows_of([track_of(["row"] * 30)] * 2, augmenter=Later())
    assert set(found.labels) == {class_of("squat")}
    assert len(found) == 2 * len(windows_of([track_of(["row"] * 30)]))


def test_sets_are_joined_in_order():
    one, other = windows_of([track_of(["row"] * 30)]), windows_of([track_of(["squat"] * 30, seed=1, group="berta")])
    both = joined([one, other])
    assert isinstance(both, WindowSet)
    assert both.groups.tolist() == ["anna"] * len(one) + ["berta"] * len(other)
    assert np.array_equal(both.take(np.flatnonzero(both.groups == "berta")).inputs, other.inputs)
    assert (both.inputs[:, -1, BLOCKS["place"]] == 0.0).all()
