import numpy as np
import pytest
from made_up_answers import answers, number

from training.evaluation.classification import NONE
from training.evaluation.predictions import joined
from training.evaluation.rejection import (
    auroc,
    chosen_threshold,
    decided_or_none,
    exercise_confidence,
    rejection,
    thresholds_of_other_folds,
)


def strangers(levels, group="stranger"):
    """Idle people, each taken for squatting with one of these probabilities."""
    return joined([answers([("idle", "squat", group, f"idle {level}")], sure=level) for level in levels])


def test_the_threshold_lets_no_more_strangers_through_than_wished():
    predictions = strangers([0.50, 0.60, 0.70, 0.80, 0.90, 0.55, 0.65, 0.75, 0.85, 0.95])
    for share, through in ((0.0, 0), (0.1, 1), (0.3, 3), (1.0, 10)):
        threshold = chosen_threshold(predictions, share)
        assert (decided_or_none(predictions, threshold) != NONE).sum() == through


def test_nobody_to_choose_by_gives_no_threshold():
    assert chosen_threshold(answers([("squat", "squat", "ann")])) == 0.0


def test_what_is_likelier_no_exercise_is_none_at_any_threshold():
    predictions = answers([("squat", "idle", "ann"), ("squat", "other", "ann"), ("squat", "transition", "ann")])
    assert exercise_confidence(predictions).tolist() == [0, 0, 0]
    assert decided_or_none(predictions, 0.0).tolist() == [NONE] * 3


def test_shares_are_counted_by_window_and_by_recording():
    rows = [("idle", name, "ann", "one", at) for at, name in enumerate(["idle", "idle", "squat"])]
    rows += [("other", name, "ben", "two", at) for at, name in enumerate(["row", "row", "other"])]
    rows += [("row", name, "cem", "three", at) for at, name in enumerate(["row", "row", "row", "idle"])]
    rows += [("transition", "row", "cem", "three", 9.0)]
    found = rejection(answers(rows), 0.5)
    assert (found.rejected.value, found.rejected.n) == (pytest.approx(3 / 6), 6)
    assert (found.rejected_recordings.value, found.rejected_recordings.n) == (0.5, 2)
    assert (found.lost.value, found.lost.n) == (0.25, 4)
    assert (found.lost_recordings.value, found.lost_recordings.n) == (0.0, 1)


def test_without_strangers_there_is_no_figure_for_them():
    found = rejection(answers([("squat", "squat", "ann")]), 0.5)
    assert found.rejected.n == 0
    assert np.isnan(found.rejected.value)
    assert np.isnan(found.auroc)


def test_auroc_is_the_chance_to_be_above():
    assert auroc(np.array([0.9, 0.8]), np.array([0.1, 0.2])) == 1.0
    assert auroc(np.array([0.5]), np.array([0.5])) == 0.5
    assert auroc(np.array([0.9, 0.1]), np.array([0.5, 0.5])) == 0.5


def test_a_fold_takes_the_threshold_of_the_others():
    first, second = strangers([0.6] * 40), strangers([0.9] * 40)
    both = joined([first, second])
    folds = np.array([0] * 40 + [1] * 40)
    thresholds = thresholds_of_other_folds(
        type(both)(**{name: getattr(both, name) for name in both.__slots__ if name != "folds"}, folds=folds), 0.0
    )
    assert thresholds[0] > 0.9
    assert 0.6 < thresholds[-1] < 0.61


def test_the_exercise_itself_is_kept():
    assert decided_or_none(answers([("squat", "squat", "ann")], sure=0.7), 0.6).tolist() == [number("squat")]
