import numpy as np
import pytest

from training.classes import class_of
from training.dataset.landmarks import Track
from training.sources import TrackSource, WindowExamples, drawing_chances, weak_spots
from training.windows import windows_of


def track_of(label, seconds, group="anna", synthetic=False, rate_hz=10.0, seed=0):
    rng = np.random.default_rng(seed)
    count = int(seconds * rate_hz)
    landmarks = rng.normal(100.0, 30.0, (count, 33, 4)).astype(np.float32)
    labels = (label,) * count if isinstance(label, str) else tuple(label)
    return Track(
        f"{group}-{seed}", group, 0, np.arange(count, dtype=np.int32) + 7, np.arange(count) / rate_hz, labels,
        landmarks, rng.normal(0.0, 0.4, (count, 33, 3)).astype(np.float32), "", synthetic,
    )  # fmt: skip


def test_classes_are_drawn_alike_however_much_there_is_of_each():
    source = TrackSource([track_of("row", 60), track_of("squat", 6, "berta"), track_of("idle", 20, "carl")], draws=3000)
    labels = source.epoch(np.random.default_rng(0)).windows.labels
    _, counts = np.unique(labels, return_counts=True)
    assert counts / 3000 == pytest.approx(1 / 3, abs=0.04)


def test_a_longer_recording_is_drawn_more_often_but_less_than_in_proportion():
    labels = np.zeros(110, np.int64)
    groups = np.array(["long"] * 100 + ["short"] * 10)
    chances = drawing_chances(labels, groups, np.zeros(110, np.bool_), 0.5)
    assert chances.sum() == pytest.approx(1.0)
    assert chances[:100].sum() / chances[100:].sum() == pytest.approx(10**0.5)


def test_synthetic_windows_have_their_share_where_a_class_has_both_kinds():
    labels = np.array([0] * 120 + [1] * 10)
    groups = np.array([f"real {at % 12}" for at in range(24)] + ["drawn"] * 106)
    synthetic = groups == "drawn"
    chances = drawing_chances(labels, groups, synthetic, 0.2)
    assert chances[:24].sum() == pytest.approx(0.5 * 0.8)
    assert chances[24:120].sum() == pytest.approx(0.5 * 0.2)
    assert chances[120:].sum() == pytest.approx(0.5)


def test_few_real_people_count_less_beside_drawn_ones():
    labels, synthetic = np.zeros(60, np.int64), np.arange(60) >= 30
    many = drawing_chances(labels, np.array([f"p{at % 15}" for at in range(60)]), synthetic, 0.5)
    few = drawing_chances(labels, np.array([f"p{at % 3}" for at in range(60)]), synthetic, 0.5)
    assert many[:30].sum() == pytest.approx(0.5)
    assert few[:30].sum() == pytest.approx(0.2)
    alone = drawing_chances(labels, np.array([f"p{at % 3}" for at in range(60)]), synthetic, 0.0)
    assert alone[:30].sum() == pytest.approx(1.0)


def test_no_window_at_all_has_no_chances():
    assert len(TrackSource([])) == 0


def test_drawn_windows_are_those_of_the_whole_track():
    track = track_of("row", 30)
    source = TrackSource([track], draws=400)
    drawn = source.epoch(np.random.default_rng(0)).windows
    assert drawn.inputs.shape[0] == 400
    whole = windows_of([track], every_s=0.1)
    of_end = {round(end_s, 3): inputs for end_s, inputs in zip(whole.ends_s, whole.inputs, strict=True)}
    assert len({round(end_s) for end_s in drawn.ends_s}) > 25
    for end_s, inputs in zip(drawn.ends_s, drawn.inputs, strict=True):
        assert np.array_equal(of_end[round(end_s, 3)], inputs)


def test_mixed_windows_and_unlabelled_ones_are_never_drawn():
    labels = ["idle"] * 50 + ["squat"] * 50 + [""] * 50
    drawn = TrackSource([track_of(labels, 15)], draws=300).epoch(np.random.default_rng(1)).windows
    assert not drawn.mixed.any()
    assert ((drawn.ends_s < 5.0) | ((drawn.ends_s >= 6.0) & (drawn.ends_s < 10.0))).all()


def test_the_same_chance_draws_the_same():
    source = TrackSource([track_of("row", 30), track_of("squat", 30, "berta", seed=1)], draws=50)
    one, same, other = (source.epoch(np.random.default_rng(seed)).windows for seed in (3, 3, 4))
    assert np.array_equal(one.inputs, same.inputs)
    assert not np.array_equal(one.ends_s, other.ends_s)


class Halving:
    """Drops every second frame and plays the rest at double pace."""

    def __init__(self):
        self.lengths = []

    def augment(self, track, rng):
        from dataclasses import replace

        self.lengths.append(track.times[-1] - track.times[0])
        return replace(
            track, frames=track.frames[::2], times=track.times[::2] / 2, labels=track.labels[::2],
            landmarks=track.landmarks[::2], world=track.world[::2],
        )  # fmt: skip


def test_windows_of_a_changed_track_keep_their_classes():
    labels = ["idle"] * 150 + ["squat"] * 150
    augmenter = Halving()
    source = TrackSource([track_of(labels, 30)], draws=200, augmenter=augmenter)
    drawn = source.epoch(np.random.default_rng(0)).windows
    assert set(drawn.labels) == {class_of("idle"), class_of("squat")}
    for label, end_s in zip(drawn.labels, drawn.ends_s, strict=True):
        assert (label == class_of("idle")) == (2 * end_s < 15.0)
    assert max(augmenter.lengths) < 15.0, "a long recording is changed piece by piece"


def test_frames_that_hold_no_numbers_are_counted():
    track = track_of("row", 20)
    track.landmarks[3:8] = np.nan
    source = TrackSource([track], draws=20)
    assert source.unusable_frames == 5
    assert np.isfinite(source.epoch(np.random.default_rng(0)).windows.inputs).all()


def test_examples_are_fetched_by_position():
    windows = windows_of([track_of("row", 10)])
    inputs, labels = WindowExamples(windows).batch(np.array([2, 0]))
    assert np.array_equal(inputs, windows.inputs[[2, 0]])
    assert labels.tolist() == [class_of("row")] * 2


def test_what_the_data_cannot_teach_is_named():
    found = weak_spots(np.array([0, 0, 1]), np.array(["anna", "berta", "anna"]), ("squat", "row", "plank"))
    assert len(found) == 2
    assert "plank" in found[0]
    assert found[1].startswith("row: only anna")
