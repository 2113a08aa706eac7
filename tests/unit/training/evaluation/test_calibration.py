import numpy as np
import pytest
from made_up_answers import answers

from training.evaluation.calibration import calibration, fitted_temperature, with_temperature


def test_the_error_is_the_distance_of_confidence_and_truth():
    rows = [("squat", "squat", "ann")] * 5 + [("squat", "row", "ann")] * 5
    found = calibration(answers(rows, sure=0.9))
    assert found.error == pytest.approx(0.4)
    assert found.windows.sum() == 10
    assert np.nanmax(found.confidence) == pytest.approx(0.9)
    assert np.nanmax(found.right) == pytest.approx(0.5)


def test_a_model_that_is_right_as_often_as_it_says_has_none():
    rows = [("squat", "squat", "ann")] * 8 + [("squat", "row", "ann")] * 2
    assert calibration(answers(rows, sure=0.8)).error == pytest.approx(0, abs=1e-9)


def test_a_temperature_brings_confidence_to_the_share_that_is_right():
    rows = [("squat", "squat", "ann")] * 6 + [("squat", "row", "ann")] * 4
    boastful = answers(rows, sure=0.99)
    temperature = fitted_temperature(boastful)
    assert temperature > 1.5
    cooled = boastful.saying(with_temperature(boastful.probabilities, temperature))
    assert calibration(cooled).error < calibration(boastful).error / 2
    assert np.array_equal(cooled.probabilities.argmax(1), boastful.probabilities.argmax(1))
    assert np.allclose(cooled.probabilities.sum(1), 1)


def test_a_class_that_the_model_does_not_know_is_no_accident():
    unknown = answers([("squat", "row", "ann")] * 3, sure=1.0)
    assert np.isfinite(fitted_temperature(unknown))
    assert np.isfinite(with_temperature(unknown.probabilities, 3.0)).all()
