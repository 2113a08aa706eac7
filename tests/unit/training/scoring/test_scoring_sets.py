"""Sets, repetitions, faults and idle time."""

import numpy as np
import pytest

from training.scoring import sets
from training.scoring.clips import matched_pairs
from training.scoring.sets import CountedRep, FoundSet, Person, TrueSet

WHO = ("cam-1", 1)


def true_set(ends=(2.0, 4.0, 6.0), exercise="squat", faults=None, start=0.0, hold=None, end=None):
    return TrueSet(
        exercise, start, end if end is not None else (ends[-1] if ends else start), tuple(ends), faults or {}, hold
    )


def found_set(ends=(2.0, 4.0, 6.0), exercise="squat", late=0.2, faults=(), unsure=(), hold=None, span=None):
    reps = tuple(
        CountedRep(end - 2, end, end + late, exercise, frozenset(faults if at == 0 else ()), frozenset(unsure))
        for at, end in enumerate(ends)
    )
    start, end = span or ((ends[0] - 2, ends[-1]) if ends else (0.0, 0.0))
    return FoundSet(exercise, start, end, reps, hold)


def score(true, *found):
    (only,) = sets.score_sets(Person(WHO, (true,), found))
    return only


def test_a_set_that_is_counted_right():
    result = score(true_set(), found_set())
    assert (result.true_reps, result.counted_reps, result.in_time, result.named) == (3, 3, 3, "squat")
    assert result.latencies_s == pytest.approx((0.2, 0.2, 0.2))


def test_a_set_of_which_nothing_was_found():
    result = score(true_set())
    assert (result.counted_reps, result.in_time, result.named) == (0, 0, sets.NOTHING_FOUND)


def test_what_was_counted_long_after_the_set_is_not_of_the_set():
    assert score(true_set(), found_set((2.0, 4.0, 6.9, 7.1))).counted_reps == 3


def test_two_found_sets_make_up_one_true_one_and_the_longer_names_it():
    result = score(true_set(), found_set((2.0,), "lunge"), found_set((4.0, 6.0)))
    assert (result.counted_reps, result.named) == (3, "squat")


def test_latency_is_from_the_true_end():
    result = score(true_set((2.0,)), found_set((2.1,), late=0.2))
    assert result.latencies_s == pytest.approx((0.3,))


def test_repetitions_pair_in_order_within_the_tolerance():
    assert matched_pairs([1, 2, 3], [1.29, 1.9, 3.31], 0.3) == [(0, 0), (1, 1)]
    assert matched_pairs([], [1.0], 0.3) == []


def test_counts_over_sets():
    scores = [score(true_set(), found_set(ends)) for ends in ((2.0, 4.0, 6.0), (2.0, 4.0), (2.0,))]
    assert sets.off_by_one(scores).value == pytest.approx(2 / 3)
    assert sets.exact(scores).value == pytest.approx(1 / 3)
    assert sets.mean_error(scores).value == pytest.approx(1.0)
    assert sets.event_f1(scores).value == pytest.approx(2 * 6 / (9 + 6))
    assert sets.event_f1(scores).n == 9


def test_an_early_event_is_both_missed_and_extra():
    assert sets.event_f1([score(true_set((2.0, 4.0)), found_set((2.0, 3.5)))]).value == pytest.approx(0.5)


def test_latency_percentiles_and_their_number():
    scores = [score(true_set(), found_set(late=late)) for late in (0.1, 0.2, 0.9)]
    assert sets.latency_s(scores, 50).value == pytest.approx(0.2)
    assert sets.latency_s(scores, 95).value == pytest.approx(0.9)
    assert sets.latency_s(scores, 50).n == 9


def test_intervals_are_over_persons_and_cameras():
    one = score(true_set(), found_set())
    figure = sets.exact([one, one])
    assert (figure.n, figure.clusters) == (2, 1)


def test_no_sets_give_no_numbers():
    for measure in (sets.off_by_one, sets.exact, sets.mean_error, sets.event_f1, sets.named_right, sets.hold_error_s):
        assert np.isnan(measure([]).value)
    assert np.isnan(sets.phantoms_per_hour([]).value)
    assert sets.fault_figures([]) == []


def test_what_is_counted_outside_all_sets_is_a_phantom():
    person = Person(WHO, (true_set(),), (found_set(), found_set((20.0, 22.0), "row")), idle_s=1800)
    idle = sets.score_idle(person)
    assert (idle.phantoms, idle.hours, idle.named) == (2, 0.5, ("row",))
    assert sets.phantoms_per_hour([idle]).value == pytest.approx(4.0)


def test_a_repetition_belongs_to_the_nearest_of_two_sets():
    first, second = true_set((2.0, 4.0)), true_set((6.5,), "row", start=4.5)
    person = Person(WHO, (first, second), (found_set((2.0, 4.2)), found_set((6.5,), "row")))
    assert [each.counted_reps for each in sets.score_sets(person)] == [2, 1]
    assert sets.score_idle(person).phantoms == 0


def test_what_is_counted_in_a_set_that_is_not_scored_is_neither_of_another_set_nor_a_phantom():
    first, second = true_set((2.0, 4.0)), true_set((6.5,), "row", start=4.5)
    person = Person(WHO, (first,), (found_set((2.0, 4.0)), found_set((4.9, 6.5), "row")), unseen_sets=(second,))
    assert [each.counted_reps for each in sets.score_sets(person)] == [2]
    idle = sets.score_idle(person)
    assert (idle.phantoms, idle.named) == (0, ())


def test_sets_are_confused_and_idle_people_named():
    person = Person(WHO, (true_set(),), (found_set((2.0, 4.0), "lunge"), found_set((20.0,), "row")))
    counts = sets.confusion(sets.score_sets(person), [sets.score_idle(person)])
    assert counts == {("squat", "lunge"): 1, (sets.IDLE, "row"): 1}


def test_a_hold_is_scored_by_its_seconds():
    hold = true_set((), "plank", hold=20.0, end=20.0)
    held = score(hold, found_set((), "plank", hold=17.5, span=(2.0, 19.5)))
    unseen = score(hold)
    assert sets.hold_error_s([held]).value == pytest.approx(2.5)
    assert sets.hold_error_s([unseen]).value == pytest.approx(20.0)
    assert sets.counted_sets([held, unseen]) == []
    assert held.named == "plank"


def test_the_faults_of_a_hold_are_judged_as_one():
    hold = true_set((), "plank", {1: "hips_sag"}, hold=20.0, end=20.0)
    found = FoundSet("plank", 1.0, 19.0, (), 18.0, frozenset({"hips sag"}))
    (figures,) = sets.fault_figures([score(hold, found)])
    assert (figures.fault, figures.precision.value, figures.recall.value) == ("hips sag", 1.0, 1.0)


def test_precision_and_recall_of_faults():
    true = true_set(faults={1: "knees_in", 2: "knees_in"})
    by_name = {
        each.fault: each for each in sets.fault_figures([score(true, found_set(faults=("knees in", "shallow")))])
    }
    assert by_name["knees in"].precision.value == 1.0
    assert by_name["knees in"].recall.value == 0.5
    assert by_name["knees in"].recall.n == 2
    assert by_name["shallow"].precision.value == 0.0
    assert np.isnan(by_name["shallow"].recall.value)


def test_a_fault_of_a_repetition_that_was_not_found_is_not_judged():
    assert sets.fault_figures([score(true_set((2.0,), faults={1: "shallow"}))]) == []


def test_a_fault_that_cannot_be_told_is_missed_and_said():
    (figures,) = sets.fault_figures([score(true_set(faults={1: "knees_in"}), found_set(unsure=("knees in",)))])
    assert (figures.recall.value, figures.unsure) == (0.0, 1)


def test_rules_of_another_exercise_cannot_have_been_unsure():
    lunges = found_set(exercise="lunge", unsure=("knees in",))
    (figures,) = sets.fault_figures([score(true_set(faults={1: "knees_in"}), lunges)])
    assert figures.unsure == 0


def test_figures_carry_the_seed():
    assert sets.exact([score(true_set(), found_set())], seed=9).seed == 9
