"""What is told of sets while they grow."""

from itertools import pairwise

from core.messages import SetChanged
from workers.exercise.catalogue import load_catalogue
from workers.exercise.results import ExerciseSet, Rep
from workers.exercise.trainee import Followed, Trainee
from workers.participant import Moment, Participant

S = 10**9


def moment(second: int) -> Moment:
    return Moment("worker:1", "bikes", "e", second, second * S, 1_780_000_000 * S + second * S)


def one_a_second(seconds: int) -> ExerciseSet:
    reps = [Rep(float(at), at + 1.0, at + 1.0, 40.0, tentative=False) for at in range(seconds)]
    return ExerciseSet("unknown", 0.9, 0.0, float(seconds), reps)


def told(person: Participant, second: int, found: ExerciseSet, *, over: bool = False) -> list[SetChanged]:
    return person._tell(moment(second), [Followed("set 1", found, over)])


def test_a_long_set_is_told_in_step_with_its_length_and_its_end_at_once() -> None:
    person = Participant(1, Trainee(load_catalogue()), 0)
    numbers = [len(each.reps) for second in range(1, 3001) for each in told(person, second, one_a_second(second))]
    assert numbers[:100] == list(range(1, 101))  # a set of an ordinary length is told at each repetition
    assert max(later - before for before, later in pairwise(numbers)) <= 31
    assert numbers[-1] >= 2970
    assert sum(numbers) < 330_000  # not half of 3000 squared
    [last] = told(person, 3001, one_a_second(3000), over=True)
    assert (len(last.reps), last.closed) == (3000, True)


def test_what_turns_out_to_be_no_set_is_told_at_once_and_so_is_its_return() -> None:
    person = Participant(1, Trainee(load_catalogue()), 0)
    assert len(told(person, 1000, one_a_second(1000))) == 1
    assert told(person, 1001, one_a_second(1001)) == []
    [gone] = person._tell(moment(1001), [])
    assert gone.withdrawn
    [again] = told(person, 1002, one_a_second(1002))
    assert not again.withdrawn
