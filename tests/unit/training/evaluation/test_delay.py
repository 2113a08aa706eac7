import numpy as np
import pytest
from made_up_answers import answers

from training.evaluation.classification import decided_classes
from training.evaluation.delay import set_delays, switch_delay


def a_set(names, truth="squat", group="ann", source="one", start_s=10.0):
    return [(truth, name, group, source, start_s + 0.5 * (at + 1), 0.5 * (at + 1)) for at, name in enumerate(names)]


def delays(rows):
    predictions = answers(rows)
    first, stays, _ = set_delays(predictions, decided_classes(predictions))
    return first.tolist(), stays.tolist()


def test_the_delay_ends_when_the_name_is_right_and_when_it_stays_so():
    names = ["row", "row", "squat", "row", "squat", "squat", "squat"]
    assert delays(a_set(names)) == ([1.5], [2.5])


def test_a_set_that_is_never_named_takes_for_ever():
    assert delays(a_set(["row"] * 8)) == ([np.inf], [np.inf])


def test_one_that_ends_wrongly_never_stays():
    assert delays(a_set(["squat"] * 7 + ["row"])) == ([0.5], [np.inf])


def test_short_sets_and_idle_people_are_left_out():
    assert delays(a_set(["squat"] * 3)) == ([], [])
    assert delays(a_set(["idle"] * 20, truth="idle")) == ([], [])


def test_two_sets_of_one_exercise_are_two():
    rows = a_set(["row"] + ["squat"] * 7) + a_set(["squat"] * 8, start_s=30.0)
    assert delays(rows) == ([1.0, 0.5], [1.0, 0.5])


def test_windows_need_not_come_in_order_of_time():
    rows = a_set(["row", "row"] + ["squat"] * 6)
    assert delays(rows[::-1]) == ([1.5], [1.5])


def test_figures_over_sets():
    rows = a_set(["squat"] * 8) + a_set(["row"] * 5 + ["squat"] * 4, group="ben", source="two")
    rows += a_set(["row"] * 8, group="cem", source="three")
    predictions = answers(rows)
    found = switch_delay(predictions, decided_classes(predictions))
    assert found.first_s == 3.0
    assert found.first_in_time.value == pytest.approx(1 / 3)
    assert (found.stays_in_time.n, found.stays_in_time.clusters) == (3, 3)


def test_without_sets_there_is_no_delay():
    predictions = answers(a_set(["idle"] * 9, truth="idle"))
    assert np.isnan(switch_delay(predictions, decided_classes(predictions)).first_s)
