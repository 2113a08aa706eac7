"""One camera in a worker: what waits, what is dropped and counted, and what a failure does."""

import random
import zlib
from collections import Counter

import msgspec
import numpy as np
import pytest
from drawn_people import performance
from msgspec.structs import replace
from seen_people import BLACK, TrueBackend, gap, header, pipeline

from core.messages import Lease, TrackEnded
from ingest.rehearsal.script import Rest, Train
from workers.slot import CameraSlot

LEASE = Lease(sender="worker:1", camera="racks", token=3, granted_utc_ns=1)
S = 10**9


@pytest.fixture(scope="module")
def backend() -> TrueBackend:
    return TrueBackend(performance(Rest(1.0), Train("squat", 2, tempo_s=1.8, facing=200.0), Rest(1.0)))


@pytest.fixture
def slot(backend) -> CameraSlot:
    return CameraSlot(LEASE, lambda: pipeline(backend))


def held(number: int):
    return replace(header(number), held=True)


def steps(slot: CameraSlot, now_ns: int = 0) -> list[int]:
    taken = []
    while slot.waiting:
        result = slot.step(now_ns, 0)
        if result.observation is not None:
            taken.append(result.observation.sequence)
    return taken


def test_the_newest_live_frame_wins_and_the_others_are_counted(slot: CameraSlot) -> None:
    for number in range(5):
        slot.arrive(header(number), BLACK)
    assert steps(slot) == [4]
    assert slot.load(0).dropped == {"late": 4}
    assert slot.load(0).frames == 1


def test_held_frames_and_the_live_ones_behind_them_are_all_gone_over(slot: CameraSlot) -> None:
    for number in range(10):
        slot.arrive(held(number), BLACK)
    for number in range(10, 15):
        slot.arrive(header(number), BLACK)
    assert steps(slot) == list(range(15))
    slot.arrive(header(15), BLACK)
    slot.arrive(header(16), BLACK)
    assert steps(slot) == [16]


def test_live_frames_that_wait_too_long_behind_held_ones_are_dropped(slot: CameraSlot) -> None:
    slot.arrive(held(0), BLACK)
    for number in range(1, 200):
        slot.arrive(header(number), BLACK)
    taken = steps(slot)
    assert taken[0] == 0
    assert taken[1:] == list(range(139, 200))
    assert slot.load(0).dropped["late"] == 138


def test_a_worker_too_slow_to_catch_up_goes_on_with_the_newest(slot: CameraSlot) -> None:
    for number in range(10):
        slot.arrive(held(number), BLACK)
    taken, live = [], 10
    # Half as fast as frames come.
    for tick in range(90):
        for _ in range(2):
            slot.arrive(header(live), BLACK)
            live += 1
        observation = slot.step(tick * S // 6, 0).observation
        taken.append(observation.sequence)
    assert taken[:11] == list(range(11))
    assert taken[-1] == live - 1
    assert slot.load(0).dropped["late"] > 50


def test_what_waits_is_bounded(slot: CameraSlot) -> None:
    large = np.zeros((3000, 3000, 3), np.uint8)
    for number in range(12):
        slot.arrive(held(number), large)
    assert slot.load(0).dropped["queue full"] > 0
    assert slot._queued_bytes <= 160_000_000


def test_gaps_are_never_dropped(slot: CameraSlot) -> None:
    slot.arrive(header(0), BLACK)
    slot.arrive(gap(1, "looped"), None)
    slot.arrive(header(1), BLACK)
    assert steps(slot) == [1]
    assert slot.load(0).epoch == "b1-1"


def test_a_failure_ends_the_epoch_rests_and_begins_anew(backend, caplog: pytest.LogCaptureFixture) -> None:
    made = []

    def new():
        made.append(pipeline(backend))
        return made[-1]

    slot = CameraSlot(LEASE, new)
    for number in range(60):
        slot.arrive(header(number), BLACK)
        slot.step(number * S // 12, 0)
    made[0]._finder.update = lambda frame: 1 / 0
    slot.arrive(header(60), BLACK)
    result = slot.step(5 * S, 0)
    assert [event.reason for event in result.events if isinstance(event, TrackEnded)] == ["stopped"]
    assert "ZeroDivisionError" in caplog.text
    assert slot.errors == 1
    slot.arrive(header(61), BLACK)
    assert slot.step(5 * S + 1, 0).observation is None
    slot.arrive(header(80), BLACK)
    assert slot.step(7 * S, 0).observation.epoch == "b1-80"
    assert len(made) == 2
    assert slot.load(0).dropped["failing"] == 1


def test_a_failure_that_comes_again_is_tried_less_and_less_often(slot: CameraSlot, backend) -> None:
    def broken():
        made = pipeline(backend)
        made._finder.update = lambda frame: 1 / 0
        return made

    slot = CameraSlot(LEASE, broken)
    for number in range(12 * 60):
        slot.arrive(header(number), BLACK)
        slot.step(number * S // 12, 0)
    assert slot.errors == 6


def test_a_checkpoint_each_second_and_none_of_the_same_frame(slot: CameraSlot) -> None:
    saved = []
    for number in range(36):
        slot.arrive(header(number), BLACK)
        result = slot.step(1 + number * S // 12, 0)
        if result.checkpoint is not None:
            saved.append(result.checkpoint.sequence)
    assert saved == [0, 12, 24]
    slot.arrive(gap(36, "stalled"), None)
    assert slot.step(90 * S, 0).checkpoint.sequence == 35
    slot.arrive(gap(37, "stalled"), None)
    assert slot.step(99 * S, 0).checkpoint is None


def test_a_successor_asks_for_what_follows(slot: CameraSlot, backend) -> None:
    for number in range(30):
        slot.arrive(header(number), BLACK)
        slot.step(number, 0)
    other = CameraSlot(LEASE, lambda: pipeline(backend))
    assert other.after is None
    assert other.restore(slot.last_checkpoint()) == ("b1", 29)
    assert other.after == ("b1", 29)
    other.arrive(header(33), BLACK)
    assert other.after == ("b1", 33)


def test_a_checkpoint_that_cannot_be_read_is_told_and_begins_anew(slot: CameraSlot, backend, caplog) -> None:
    slot.arrive(header(0), BLACK)
    slot.step(0, 0)
    damaged = replace(slot.last_checkpoint(), state=b"damaged")
    other = CameraSlot(LEASE, lambda: pipeline(backend))
    assert other.restore(damaged) is None
    assert "damaged" in caplog.text
    assert other.restore(None) is None


def test_a_checkpoint_that_fails_in_an_unknown_way_begins_anew(slot: CameraSlot, backend, caplog) -> None:
    slot.arrive(header(0), BLACK)
    slot.step(0, 0)
    checkpoint = slot.last_checkpoint()
    tree = msgspec.msgpack.decode(checkpoint.state[4:])
    tree[-2] = float("inf")  # the width of the picture
    payload = msgspec.msgpack.encode(tree)
    odd = replace(checkpoint, state=zlib.crc32(payload).to_bytes(4, "little") + payload)
    other = CameraSlot(LEASE, lambda: pipeline(backend))
    assert other.restore(odd) is None
    assert "begins anew" in caplog.text
    other.arrive(header(1), BLACK)
    assert other.step(S, 0).observation is not None


def test_a_checkpoint_with_values_of_a_wrong_kind_stops_no_worker(slot: CameraSlot, backend) -> None:
    for number in range(50):
        slot.arrive(header(number), BLACK)
        slot.step(number, 0)
    checkpoint = slot.last_checkpoint()
    rng = random.Random(4)
    outcomes = Counter()
    for _ in range(150):
        tree = msgspec.msgpack.decode(checkpoint.state[4:])
        node = tree
        for _ in range(rng.randrange(1, 9)):
            inner = [each for each in node if isinstance(each, list) and each]
            if not inner:
                break
            node = rng.choice(inner)
        node[rng.randrange(len(node))] = rng.choice([None, "x", -1, 2.5, [0], [3, "a", 1], [4, 1, [0], b""], [99]])
        payload = msgspec.msgpack.encode(tree)
        wrong = replace(checkpoint, state=zlib.crc32(payload).to_bytes(4, "little") + payload)
        other = CameraSlot(LEASE, lambda: pipeline(backend))
        outcomes[other.restore(wrong) is None] += 1
        for number in (50, 51, 70):
            other.arrive(header(number), BLACK)
            other.step(number * S, 0)
        other.close()
    assert outcomes[True] > 20
