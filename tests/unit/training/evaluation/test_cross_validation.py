from dataclasses import replace

import numpy as np
import pytest

from core.errors import ConfigError
from training.classes import CLASSES
from training.dataset.landmarks import Track
from training.dataset.splits import recorded
from training.evaluation.cross_validation import asked, cross_validate, recorded_folds

RNG = np.random.default_rng(0)


def track(group, label, source=None, seconds=3.0):
    count = int(seconds * 10)
    return Track(
        source=source or f"{label} of {group}", group=group, person=0, frames=np.arange(count, dtype=np.int32),
        times=np.arange(count) / 10, labels=(label,) * count,
        landmarks=RNG.normal(size=(count, 33, 4)).astype(np.float32),
        world=RNG.normal(size=(count, 33, 3)).astype(np.float32),
    )  # fmt: skip


PEOPLE = [track(f"person {number}", label) for number in range(6) for label in ("squat", "row", "idle")]


def most_frequent(seen):
    """Trains nothing: answers with the class that was most frequent, and notes whom it was trained on."""

    def fit(tracks, fold):
        seen.append({track.group for track in tracks})
        labels = [track.labels[0] for track in tracks]
        answer = CLASSES.index(max(set(labels), key=labels.count))
        return lambda windows: np.eye(len(CLASSES), dtype=np.float32)[[answer] * len(windows)]

    return fit


def test_everybody_is_a_stranger_exactly_once():
    seen, told = [], []
    found = cross_validate(most_frequent(seen), PEOPLE, folds=3, on_fold=lambda fold, folds: told.append((fold, folds)))
    assert told == [(0, 3), (1, 3), (2, 3)]
    assert set(found.groups) == {track.group for track in PEOPLE}
    for fold, trained_on in enumerate(seen):
        assert not trained_on & set(found.groups[found.folds == fold])
    assert len(found) == len(asked(most_frequent([])(PEOPLE, 0), PEOPLE))


def test_no_folds_means_one_per_group():
    seen = []
    cross_validate(most_frequent(seen), PEOPLE, folds=0)
    assert [len(trained_on) for trained_on in seen] == [5] * 6


def test_extra_tracks_are_always_trained_on_and_never_asked_about():
    seen = []
    found = cross_validate(most_frequent(seen), PEOPLE, folds=2, extra=[track("drawn", "plank")])
    assert all("drawn" in trained_on for trained_on in seen)
    assert "drawn" not in set(found.groups)


def test_a_group_on_both_sides_is_refused():
    with pytest.raises(ConfigError, match="'person 0' is to be trained on and asked about"):
        cross_validate(most_frequent([]), PEOPLE, extra=[track("person 0", "plank")])


def test_the_same_landmarks_under_another_name_are_refused():
    copy = replace(PEOPLE[0], source="copy", group="somebody else")
    with pytest.raises(ConfigError, match="hold the same landmarks"):
        cross_validate(most_frequent([]), [*PEOPLE, copy], folds=0)
    with pytest.raises(ConfigError, match="hold the same landmarks"):
        cross_validate(most_frequent([]), PEOPLE, extra=[copy])


def test_one_recording_in_two_groups_is_refused():
    again = track("somebody else", "squat", source=PEOPLE[0].source)
    with pytest.raises(ConfigError, match="squat of person 0"):
        cross_validate(most_frequent([]), [*PEOPLE, again], folds=0)


def test_too_few_groups_or_folds_are_named():
    with pytest.raises(ConfigError, match="two groups"):
        cross_validate(most_frequent([]), PEOPLE[:3])
    with pytest.raises(ConfigError, match="1 folds"):
        cross_validate(most_frequent([]), PEOPLE, folds=1)
    with pytest.raises(ConfigError, match="long enough"):
        cross_validate(most_frequent([]), [track("ann", "squat", seconds=0.5), track("ben", "squat", seconds=0.5)])


def test_rare_classes_are_spread_over_the_folds():
    tracks = [track(f"p{number}", "squat", seconds=20) for number in range(8)]
    tracks += [track(f"p{number}", "plank", seconds=2) for number in range(4)]
    sides = recorded_folds([recorded(one) for one in tracks], 4, seed=3)
    assert sorted(sides[f"p{number}"] for number in range(4)) == [0, 1, 2, 3]
    assert sorted(list(sides.values()).count(fold) for fold in range(4)) == [2, 2, 2, 2]


def test_the_same_seed_gives_the_same_folds():
    facts = [recorded(one) for one in PEOPLE]
    assert recorded_folds(facts, 3, 1) == recorded_folds(facts[::-1], 3, 1)
