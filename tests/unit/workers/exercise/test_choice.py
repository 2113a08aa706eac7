"""Which proposal names a set, and when its repetitions are beyond doubt."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from test_exercise_statistics import features_of

from workers.exercise.catalogue import Exercise, load_catalogue
from workers.exercise.choice import FREE_MOVEMENTS, are_firm, best_proposal, is_walking, regularity
from workers.exercise.counter import Cycle
from workers.exercise.lane import OTHER_MOVEMENT, Candidate, Proposal
from workers.exercise.opinion import Opinion
from workers.exercise.results import RejectedRep
from workers.exercise.statistics import rep_statistics

KNOWN = load_catalogue().exercises
FREE_KNEE = next(movement for movement in FREE_MOVEMENTS if movement.signal == "knee")


def candidate(start_s: float, *, length_s: float = 2.0, swing: float = 100.0, match: float = 1.0, joint: str = "knee"
              ) -> Candidate:  # fmt: skip
    wave = 0.5 * (1 - np.cos(np.linspace(0, 2 * np.pi, 30)))
    columns = {f"{joint}_{side}": list(swing * wave) for side in ("left", "right")}
    statistics = rep_statistics(features_of(30, **columns), 15, "both")
    cycle = Cycle(start_s, start_s + length_s / 2, start_s + length_s, swing, swing)
    return Candidate(cycle, statistics, match, "both", stir_before=0.0)


def proposal(exercise: Exercise, *reps: Candidate, others: int = 0) -> Proposal:
    return Proposal(exercise, list(reps), [RejectedRep(float(i), OTHER_MOVEMENT) for i in range(others)])


def three(**options: float) -> list[Candidate]:
    return [candidate(3.0 * number, **options) for number in range(3)]  # type: ignore[arg-type]


def test_without_repetitions_there_is_nothing_to_choose() -> None:
    assert best_proposal([proposal(KNOWN["squat"])], [proposal(FREE_KNEE)], None, None) == (None, 0.0)
    assert best_proposal([], [], None, None) == (None, 0.0)


def test_the_better_match_names_the_set() -> None:
    squat, lunge = proposal(KNOWN["squat"], *three(match=0.6)), proposal(KNOWN["lunge"], *three(match=0.95))
    best, score = best_proposal([squat, lunge], [], None, None)
    assert best is lunge
    assert 0.0 < score <= 1.0


def test_a_name_wins_over_a_movement_without_one_that_explains_as_much() -> None:
    squat, free = proposal(KNOWN["squat"], *three(match=0.8)), proposal(FREE_KNEE, *three())
    assert best_proposal([squat], [free], None, None)[0] is squat


def test_a_movement_that_looks_like_no_exercise_has_no_name() -> None:
    squat, free = proposal(KNOWN["squat"], *three(match=0.2)), proposal(FREE_KNEE, *three())
    assert best_proposal([squat], [free], None, None)[0] is free


def test_a_single_look_alike_does_not_explain_a_whole_set() -> None:
    curl = proposal(KNOWN["biceps_curl"], candidate(0.0, joint="elbow"))
    squats = proposal(KNOWN["squat"], *(candidate(2.0 * number, match=0.8) for number in range(8)))
    assert best_proposal([curl, squats], [], None, None)[0] is squats


def test_one_long_wave_does_not_explain_more_than_the_repetitions_within_it() -> None:
    row = proposal(KNOWN["row"], candidate(0.0, length_s=15.0, joint="elbow"))
    lunges = proposal(KNOWN["lunge"], *(candidate(3.0 * number) for number in range(5)))
    assert best_proposal([row, lunges], [], None, None)[0] is lunges


def test_the_name_that_a_set_has_is_kept_against_one_that_is_hardly_better() -> None:
    squat, lunge = proposal(KNOWN["squat"], *three(match=0.80)), proposal(KNOWN["lunge"], *three(match=0.84))
    assert best_proposal([squat, lunge], [], None, None)[0] is lunge
    assert best_proposal([squat, lunge], [], KNOWN["squat"], None)[0] is squat


class Sure:
    """A classifier that sees lunges only."""

    labels = ("squat", "lunge")
    window_s = 2.0
    rate_hz = 10.0
    reject_below = 0.6

    def probabilities(self, windows: np.ndarray) -> np.ndarray:
        return np.array([[0.05, 0.95]], np.float32)


def test_the_classifier_weighs_the_names() -> None:
    opinion = Opinion(Sure())
    for time_s in np.arange(0.0, 9.0, 0.5):
        opinion.hear(float(time_s), Sure().probabilities(np.empty(0))[0])
    squat, lunge = proposal(KNOWN["squat"], *three(match=0.9)), proposal(KNOWN["lunge"], *three(match=0.7))
    assert best_proposal([squat, lunge], [], None, None)[0] is squat
    assert best_proposal([squat, lunge], [], None, opinion)[0] is lunge


def test_two_repetitions_are_firm_and_so_is_a_very_clear_one() -> None:
    squat = KNOWN["squat"]
    assert are_firm(proposal(squat, candidate(0), candidate(3)))
    assert are_firm(proposal(squat, candidate(0, swing=2 * squat.min_range)))
    assert not are_firm(proposal(squat))


@pytest.mark.parametrize(
    ("options", "others"),
    [({"match": 0.5}, 0), ({"swing": 1.05 * KNOWN["squat"].min_range}, 0), ({"length_s": 15.0}, 0), ({}, 3)],
)
def test_a_doubtful_single_repetition_waits_for_a_second(options: dict[str, float], others: int) -> None:
    assert not are_firm(proposal(KNOWN["squat"], candidate(0, **options), others=others))  # type: ignore[arg-type]


def test_a_single_repetition_out_of_the_middle_of_a_movement_is_doubtful() -> None:
    restless = replace(candidate(0), stir_before=120.0)
    assert not are_firm(proposal(KNOWN["squat"], restless))


def test_an_exercise_may_ask_for_more_repetitions() -> None:
    rope = KNOWN["jump_rope"]
    reps = [candidate(0.5 * number, length_s=0.5, swing=0.1) for number in range(rope.min_reps)]
    assert are_firm(proposal(rope, *reps))
    assert not are_firm(proposal(rope, *reps[:-1]))
    assert not are_firm(proposal(rope, reps[0]))


def test_movements_that_are_alike_and_fill_the_time_are_regular() -> None:
    dense = regularity(proposal(FREE_KNEE, *(candidate(2.0 * number) for number in range(4))))
    sparse = regularity(proposal(FREE_KNEE, *(candidate(20.0 * number) for number in range(4))))
    mixed = regularity(proposal(FREE_KNEE, candidate(0), candidate(2, joint="elbow"), candidate(4, joint="hip")))
    assert dense > 0.9
    assert sparse < 0.5 * dense
    assert mixed < 0.3
    assert regularity(proposal(FREE_KNEE, candidate(0))) == 0.0


def test_seconds_of_both_sides_at_one_time_count_once() -> None:
    overlapping = proposal(KNOWN["lunge"], candidate(0.0), candidate(1.0), candidate(5.0))
    assert overlapping.active_s == pytest.approx(5.0)
    assert proposal(KNOWN["lunge"]).active_s == 0.0


def stride(seconds: float = 1.1, **values: float) -> SimpleNamespace:
    """A repetition that looks like a stride, but for what is given."""
    looks = {"trunk.max": 8.0, "ankle_split.range": 0.9, "worst_knee.max": 60.0, "worst_knee.range": 45.0}
    looks |= {key.replace("__", "."): value for key, value in values.items()}
    return SimpleNamespace(
        cycle=SimpleNamespace(duration_s=seconds), statistics=SimpleNamespace(value=looks.__getitem__)
    )


@pytest.mark.parametrize(
    ("other", "walks"),
    [
        ({}, True),
        ({"ankle_split__range": 0.4}, True),
        ({"ankle_split__range": 0.4, "worst_knee__range": 10.0}, False),
        ({"ankle_split__range": 0.1}, False),
        ({"worst_knee__max": 115.0}, False),
        ({"trunk__max": 60.0}, False),
        ({"seconds": 3.0}, False),
    ],
)
def test_gait_is_told_from_exercises_that_resemble_it(other, walks):
    assert is_walking([stride(**other)] * 4) is walks
