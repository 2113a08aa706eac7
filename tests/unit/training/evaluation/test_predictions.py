import numpy as np
import pytest
from made_up_answers import answers, number

from core.errors import ModelError
from training.classes import CLASSES
from training.dataset.landmarks import Track
from training.evaluation.classification import NONE
from training.evaluation.predictions import in_order_of_classes, majority, seconds_since_change, smoothed


def track(labels):
    count = len(labels)
    return Track(
        source="clip", group="ann", person=0, frames=np.arange(count, dtype=np.int32), times=np.arange(count) / 10,
        labels=tuple(labels), landmarks=np.zeros((count, 33, 4), np.float32),
        world=np.zeros((count, 33, 3), np.float32),
    )  # fmt: skip


def test_answers_are_put_in_the_order_of_the_classes():
    given = np.array([[0.7, 0.3]], np.float32)
    found = in_order_of_classes(given, ("idle", "squat"), "tiny.onnx")
    assert found.shape == (1, len(CLASSES))
    assert found[0, number("idle")] == pytest.approx(0.7)
    assert found[0, number("squat")] == pytest.approx(0.3)
    assert found.sum() == pytest.approx(1)


def test_a_label_that_is_no_class_is_named():
    with pytest.raises(ModelError, match=r"tiny\.onnx: knows burpee"):
        in_order_of_classes(np.ones((1, 2), np.float32), ("squat", "burpee"), "tiny.onnx")


def test_seconds_are_counted_from_the_last_change():
    found = seconds_since_change(
        track(["idle"] * 20 + ["squat"] * 20 + [""] * 10 + ["squat"] * 10), np.array([1, 2.5, 5.5])
    )
    assert found == pytest.approx([1.0, 0.5, 0.5])


def test_smoothing_never_looks_ahead():
    names = ["squat"] * 4 + ["row"] * 4
    rows = [("squat", name, "ann", "one", 0.5 * at) for at, name in enumerate(names)]
    whole, half = smoothed(answers(rows)), smoothed(answers(rows[:4]))
    assert np.allclose(whole.probabilities[:4], half.probabilities)
    assert whole.probabilities[4].argmax() == number("row")
    assert whole.probabilities[4].max() < 0.8
    assert np.allclose(whole.probabilities.sum(1), 1)


def test_people_are_smoothed_apart():
    rows = [("squat", "squat", "ann", "one", 0.0), ("row", "row", "ben", "two", 0.1)]
    assert np.allclose(smoothed(answers(rows)).probabilities, answers(rows).probabilities)


def test_a_tie_goes_to_the_likelier():
    rows = [("squat", "row", "ann", "one", 0.0), ("squat", "squat", "ann", "one", 5.0)]
    predictions = answers(rows)
    predictions.probabilities[1, number("squat")] = 0.95
    decided = predictions.probabilities.argmax(1)
    assert majority(predictions, decided)[1].tolist() == [number("squat")]
    assert majority(predictions, np.array([NONE, NONE]))[1].tolist() == [NONE]
