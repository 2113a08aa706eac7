import numpy as np
import pytest
from made_up_answers import answers, number

from training.classes import CLASSES
from training.evaluation.classification import (
    NONE,
    by_past,
    by_recording,
    class_scores,
    confusion,
    decided_classes,
    scores,
    without_names_for_nothing,
)

# squat: 3 true, 2 found; row: 2 true, both found, and 1 squat; idle: 1 true, taken for a plank, as nobody is.
ROWS = [
    ("squat", "squat", "ann"),
    ("squat", "squat", "ben"),
    ("squat", "row", "ben"),
    ("row", "row", "ann"),
    ("row", "row", "cem"),
    ("idle", "plank", "cem"),
]


def test_figures_are_those_computed_by_hand():
    predictions = answers(ROWS)
    found = scores(predictions, decided_classes(predictions))
    assert found.accuracy.value == pytest.approx(4 / 6)
    assert found.precision.value == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert found.recall.value == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert found.f1.value == pytest.approx((4 / 5 + 4 / 5 + 0) / 3)
    assert found.exercise_f1.value == pytest.approx((4 / 5 + 4 / 5) / 2)
    assert (found.f1.n, found.f1.clusters) == (6, 3)


def test_each_class_is_told_with_its_people():
    predictions = answers(ROWS)
    by_name = {one.name: one for one in class_scores(predictions, decided_classes(predictions))}
    assert list(by_name) == ["squat", "row", "idle"]
    assert by_name["row"].precision == pytest.approx(2 / 3)
    assert by_name["row"].recall == 1
    assert (by_name["squat"].windows, by_name["squat"].groups) == (3, 2)
    assert by_name["idle"].f1 == 0


def test_an_interval_is_over_people_not_over_windows():
    """A thousand windows of one person who is always right say no more than one."""
    few = [("squat", "squat", "ann"), ("squat", "row", "ben"), ("squat", "squat", "cem"), ("squat", "row", "dan")]
    many = [row for row in few for _ in range(200)]
    narrow, wide = (scores(answers(rows), decided_classes(answers(rows))).accuracy for rows in (few, many))
    assert wide.high - wide.low == pytest.approx(narrow.high - narrow.low)
    assert wide.low <= 0.25
    assert wide.high >= 0.75


def test_nothing_to_score_has_no_figure():
    predictions = answers(ROWS).take(np.zeros(6, bool))
    assert np.isnan(scores(predictions, decided_classes(predictions)).f1.value)


def test_the_confusion_matrix_counts_truth_in_rows():
    predictions = answers(ROWS)
    matrix = confusion(predictions.truths, decided_classes(predictions))
    assert matrix.shape == (len(CLASSES) + 1, len(CLASSES) + 1)
    assert matrix[number("squat"), number("row")] == 1
    assert matrix[number("row"), number("squat")] == 0
    assert matrix.sum() == 6


def test_a_recording_is_what_most_of_its_windows_are():
    rows = [("squat", name, "ann", "one", at * 5.0) for at, name in enumerate(["squat", "row", "squat"])]
    rows += [("plank", name, "ben", "two", at * 5.0) for at, name in enumerate(["idle", "idle", "plank"])]
    found = by_recording(answers(rows))
    assert found.accuracy.n == 2
    assert found.accuracy.value == 0.5


def test_windows_are_broken_down_by_the_past_that_they_see():
    rows = [("squat", "row", "ann", "one", 1.0, 1.0), ("squat", "squat", "ann", "one", 2.0, 2.0)]
    rows += [("idle", "idle", "ann", "one", 9.0, 2.0), ("squat", "squat", "ann", "one", 60.0, 50.0)]
    found = by_past(answers(rows), decided_classes(answers(rows)))
    assert {past: (part.accuracy.value, part.accuracy.n) for past, part in found.items()} == {1: (0.0, 1), 2: (1.0, 1)}


def test_all_ways_of_doing_nothing_are_one():
    truths = np.array([number("squat"), number("idle"), number("other"), number("transition")])
    assert without_names_for_nothing(truths).tolist() == [number("squat"), NONE, NONE, NONE]
