"""What a checkpoint holds: every attribute on purpose, no pixels, small, and nothing but our own classes."""

import time
from collections import deque

import numpy as np
import pytest
from drawn_people import frames, performance
from seen_people import BLACK, TrueBackend, header, pipeline

from core.errors import WireError
from ingest.rehearsal.script import Rest, Train
from workers.checkpoint import KEPT, LEFT_OUT, CheckpointFormat, restore_trainee, trainee_state
from workers.exercise.catalogue import Catalogue, load_catalogue
from workers.exercise.trainee import Trainee

CATALOGUE = load_catalogue()
FORMAT = CheckpointFormat(CATALOGUE)
MIXED = performance(
    Rest(1.0), Train("squat", 12, facing=200.0), Rest(3.0), Train("biceps_curl", 12, facing=200.0), Rest(1.0)
)


def attributes(value: object) -> set[str]:
    slots = {name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())}
    return slots | set(getattr(value, "__dict__", {}))


def reachable(value: object, seen: dict[type, object], done: set[int]) -> None:
    if id(value) in done:
        return
    done.add(id(value))
    if type(value) in KEPT:
        seen.setdefault(type(value), value)
        children = [getattr(value, name) for name in attributes(value) if name in KEPT[type(value)]]
    elif isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | deque):
        children = list(value)
    else:
        return
    for child in children:
        reachable(child, seen, done)


def test_every_attribute_is_kept_or_left_out_on_purpose() -> None:
    live = pipeline(TrueBackend(MIXED))
    seen: dict[type, object] = {}
    for number in range(12 * 20):
        live.take(header(number), BLACK)
        if number % 40 == 39:
            reachable([live._people, live._finder], seen, set())
    kinds = {kind.__name__ for kind in seen}
    assert kinds >= {"Tracker", "Track", "OneEuroFilter", "Trainee", "Lane", "Candidate", "Rep", "OpenSet", "ToldSet"}
    for kind, value in seen.items():
        assert attributes(value) == {*KEPT[kind], *LEFT_OUT.get(kind, ())}, kind


@pytest.mark.parametrize(
    "value",
    [
        None, True, -(2**63), 2**63, 1.5, float("-inf"), "ä\0", b"\xff", [], [1, [2.5, (3,)]], (), {(1.0, "a"): [None]},
        deque([1, 2], maxlen=5), deque(), np.float32(0.1), np.arange(6, dtype="<f4").reshape(2, 3), np.zeros((0, 4)),
        np.array([True, False]),
    ],
)  # fmt: skip
def test_values_come_back_as_they_were(value: object) -> None:
    back = FORMAT.load(FORMAT.dump(value))
    assert type(back) is type(value)
    assert repr(back) == repr(value)
    assert getattr(back, "maxlen", None) == getattr(value, "maxlen", None)


def test_exercises_are_the_same_objects_again() -> None:
    [squat] = FORMAT.load(FORMAT.dump([CATALOGUE.exercises["squat"]]))
    assert squat is CATALOGUE.exercises["squat"]


@pytest.mark.parametrize("value", [object(), {1, 2}, lambda: 0, np.array([object()]), CATALOGUE, int])
def test_what_is_not_listed_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        FORMAT.dump(value)


def test_bytes_that_are_no_checkpoint_are_refused() -> None:
    import zlib

    import msgspec

    for tree in (
        [99, 1],
        [-1],
        [4, 0, [3], b"\0"],
        [4, 77, [1], b"\0"],
        [6, "os.system"],
        [16, 1],
        ["x"],
        [3, 1],
        [[]],
    ):
        payload = msgspec.msgpack.encode(tree)
        with pytest.raises(WireError):
            FORMAT.load(zlib.crc32(payload).to_bytes(4, "little") + payload)
    for state in (b"", b"abc", b"\0" * 40):
        with pytest.raises(WireError):
            FORMAT.load(state)


def test_another_catalogue_is_another_format() -> None:
    fewer = Catalogue({name: each for name, each in CATALOGUE.exercises.items() if name != "row"})
    assert CheckpointFormat(fewer).name != FORMAT.name
    assert CheckpointFormat(load_catalogue()).name == FORMAT.name
    trainee = Trainee(CATALOGUE)
    with pytest.raises(WireError, match="row"):
        CheckpointFormat(fewer).load(FORMAT.dump(trainee_state(trainee)))
    with pytest.raises(WireError, match="other exercises"):
        restore_trainee(fewer, None, trainee_state(trainee))


def test_four_people_who_train_for_a_minute_fit_in_half_a_megabyte_and_cost_little() -> None:
    trainee = Trainee(CATALOGUE)
    for seen in list(frames(MIXED, 12.0))[: 12 * 60]:
        trainee.update(*seen)
    best_s = 1e9
    for _ in range(5):
        started_s = time.thread_time()
        state = FORMAT.dump([trainee_state(trainee) for _ in range(4)])
        best_s = min(best_s, time.thread_time() - started_s)
    assert len(state) < 600_000
    # About 5 ms; the bound leaves room for a machine that is a few times slower.
    assert best_s < 0.03
