"""What times the console's turns inside the console: it must not grow there, or it would be what is measured."""

import json
import sys

from benchmarks.bench_console import _middle
from benchmarks.console_turns import MOST_NAMES, SETTLED_AFTER_S, STEPS, Lengths, Turns


class Named:
    """Stands for a handle whose callback is written as this text."""

    def __init__(self, name):
        self._callback = self
        self._name = name

    def __repr__(self):
        return self._name


def kept(turns):
    """Objects that a timer holds, by name, and the bytes of all its counts."""
    return len(turns._named), sum(sys.getsizeof(each._counts) for each in [turns._all, *turns._named.values()])


def settled():
    turns = Turns()
    turns._begun_s -= SETTLED_AFTER_S + 1.0
    return turns


def test_a_day_takes_no_more_room_than_a_minute():
    turns = settled()
    letters = [f"{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(3 * MOST_NAMES)]
    for name in letters:
        turns.note(Named(name), 5.0)
    before = kept(turns)
    for number in range(20_000):
        turns.note(Named(letters[number % len(letters)]), 0.01 * number)
    assert kept(turns) == before
    assert before[0] == MOST_NAMES + 1


def test_tasks_that_differ_by_their_number_are_one(tmp_path):
    turns = settled()
    for number in range(10):
        turns.note(Named(f"Task-{number}"), 2.0)
    turns.save(tmp_path / "turns.json")
    told = json.loads((tmp_path / "turns.json").read_text())
    assert {name: each["turns"] for name, each in told["named"].items()} == {"Task": 10}


def test_lengths_are_counted_and_the_longest_is_kept_as_it_was():
    lengths = Lengths()
    for ms in (0.1, 1.1, 1.2, 30.0, 99_000.0):
        lengths.add(ms)
    told = lengths.told()
    assert (told["turns"], told["longest_ms"]) == (5, 99_000.0)
    assert _middle(told["counts"]) == 1.125
    assert sum(count for ms, count in told["counts"] if ms > 10.0) == 2
    assert told["counts"][-1][0] < STEPS


def test_nothing_has_no_median():
    assert _middle([]) == 0.0
