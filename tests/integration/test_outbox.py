"""What a worker's outbox does with a real Redis that comes and goes, and with a disk that is full."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis_service import RedisService

from core.clock import mono_ns, utc_ns
from core.errors import OutputError, StoreError
from core.messages import AnyDurable, Checkpoint, IngestHeartbeat, Lease, Observation, TrackRef, TrackStarted
from core.store import Store
from core.wire import decode
from workers.leases import HandOver, LeaseKeeper, Lost, Remove, Source, Take
from workers.outbox import Outbox
from workers.spool import Spool

S = 10**9


def started(number: int, camera: str = "racks", sender: str = "worker:1", at_ns: int = 5) -> TrackStarted:
    return TrackStarted(sender=sender, who=TrackRef(camera, "e", number), sequence=number, captured_utc_ns=at_ns)


def source(camera: str = "racks", **more: object) -> IngestHeartbeat:
    values = {"camera_state": "online", "endpoint": "ipc:///x", "boot": "b"} | more
    return IngestHeartbeat(
        sender=f"ingest:{camera}", pid=1, host="h", started_utc_ns=1, beat_utc_ns=utc_ns(), version="0", camera=camera,
        **values,
    )  # fmt: skip


def checkpoint(sequence: int, camera: str = "racks") -> Checkpoint:
    return Checkpoint(
        sender="worker:1", camera=camera, epoch="e", boot="b", sequence=sequence, captured_ns=1, captured_utc_ns=1,
        format="f", state=b"s",
    )  # fmt: skip


def observation(sequence: int) -> Observation:
    return Observation(
        sender="worker:1", camera="racks", epoch="e", boot="b", sequence=sequence, captured_ns=1, captured_utc_ns=1,
        width=1, height=1,
    )  # fmt: skip


def until(true: Callable[[], bool], within_s: float = 5.0) -> None:
    end_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def sent(store: Store) -> list[int]:
    """Tracks in the stream of events, in its order."""
    return [decode(fields[1], AnyDurable).who.track for _, fields in store._do("XRANGE", "spotter:events", "-", "+")]


@pytest.fixture
def store(own_redis: RedisService) -> Iterator[Store]:
    made = Store(own_redis.address)
    yield made
    made.close()


@pytest.fixture
def outbox(own_redis: RedisService, tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(own_redis.address, "worker:1", Spool(tmp_path / "spool", "worker:1"))
    made.start()
    yield made
    made.stop(1.0)


def test_events_go_out_in_order_and_a_checkpoint_after_them(outbox: Outbox, store: Store) -> None:
    store.beat(source())
    until(lambda: "racks" in store.leases(["racks"]))
    for number in range(300):
        outbox.put([started(number)], observation(number))
    outbox.put_checkpoint(checkpoint(299))
    until(lambda: (saved := store.load_checkpoint("racks")) is not None and saved.sequence == 299)
    assert sent(store) == list(range(300))
    assert [type(order) for order in outbox.orders()] == [Take]
    assert store.read_observations("0-0")[1][-1].sequence == 299


def test_events_wait_on_the_disk_while_redis_is_away(outbox: Outbox, own_redis: RedisService, store: Store) -> None:
    outbox.put([started(1)], None)
    until(lambda: sent(store) == [1])
    own_redis.kill()
    for number in range(2, 1500):
        outbox.put([started(number)], None)
    until(lambda: outbox.figures().spooled == 1498)
    assert outbox.figures().spooled_since_utc_ns > 0
    own_redis.start()
    until(lambda: outbox.figures().spooled == 0, 10)
    assert list(dict.fromkeys(sent(store))) == list(range(1, 1500))
    assert outbox.figures().spooled_since_utc_ns == 0


def test_what_cannot_be_spooled_stays_in_memory_and_is_named(
    outbox: Outbox, own_redis: RedisService, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: store.run_id() == outbox._run_id)

    def full(self: Spool, payloads: list[bytes], utc_ns: int) -> None:
        raise OutputError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "append", full)
        own_redis.kill()
        outbox.put([started(number) for number in range(30)], None)
        until(lambda: outbox.figures().trouble == "the disk is full")
        assert outbox.figures().spooled == 30
        outbox.put([started(number) for number in range(30, 20_100)], None)
        assert not outbox.has_room()
    until(lambda: outbox.has_room() and outbox.figures().trouble == "")
    own_redis.start()
    until(lambda: outbox.figures().spooled == 0, 20)
    assert list(dict.fromkeys(sent(store))) == list(range(20_100))


def test_what_is_left_at_the_end_without_redis_is_spooled_and_sent_by_the_next(
    own_redis: RedisService, store: Store, tmp_path: Path
) -> None:
    own_redis.kill()
    first = Outbox(own_redis.address, "worker:1", Spool(tmp_path / "spool", "worker:1"))
    first.start()
    first.put([started(1), started(2)], None)
    before_s = time.monotonic()
    first.stop(3.0)
    assert time.monotonic() - before_s < 2.0
    own_redis.start()
    second = Outbox(own_redis.address, "worker:2", Spool(tmp_path / "spool", "worker:2"))
    second.start()
    until(lambda: sent(store) == [1, 2])
    second.stop(1.0)
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_camera_taken_by_another_meanwhile_is_lost_with_what_that_one_told_of(
    own_redis: RedisService, store: Store, tmp_path: Path
) -> None:
    # Without its thread, so that the other one surely asks first.
    outbox = Outbox(own_redis.address, "worker:1", Spool(tmp_path / "spool", "worker:1"))
    store.beat(source())
    until(lambda: outbox._turn() or "racks" in store.leases(["racks"]))
    own_redis.kill()
    taken_ns = utc_ns()
    outbox.put([started(1, at_ns=taken_ns - S), started(2, at_ns=taken_ns + S)], observation(1))
    outbox.put_checkpoint(checkpoint(9))
    until(lambda: outbox._turn() or outbox.figures().spooled == 2)
    own_redis.empty()
    own_redis.start()
    assert store.acquire("racks", "worker:2", 60.0, taken_ns) is not None
    until(lambda: outbox._turn() or outbox.figures().spooled == 0)
    assert sent(store) == [1]
    assert outbox.figures().superseded == 1
    assert [type(order) for order in outbox.orders()] == [Take, Lost]
    assert store.load_checkpoint("racks") is None
    assert store.read_observations("0-0")[1] == []
    outbox.stop(0.0)


def test_a_camera_is_given_back_after_its_events_and_its_checkpoint(outbox: Outbox, store: Store) -> None:
    store.beat(source())
    until(lambda: "racks" in store.leases(["racks"]))
    outbox.accept_none()
    outbox.put([started(1)], None)
    outbox.give_back("racks", checkpoint(7))
    until(lambda: "racks" not in store.leases(["racks"]))
    assert store.load_checkpoint("racks").sequence == 7
    assert sent(store) == [1]
    time.sleep(0.8)
    assert "racks" not in store.leases(["racks"])


def test_what_was_given_while_redis_did_not_answer_is_spooled_at_the_end(
    own_redis: RedisService, tmp_path: Path
) -> None:
    own_redis.kill()
    outbox = Outbox(own_redis.address, "worker:1", Spool(tmp_path / "spool", "worker:1"))
    outbox._turn()
    # Comes after the last turn began, and is not looked at before the end.
    outbox.put([started(1)], None)
    outbox._ending_ns = 0
    outbox.start()
    outbox.stop(0.0)
    with_it = Spool(tmp_path / "spool", "worker:2")
    assert with_it.adopt(utc_ns()) == 1
    with_it.close()


def test_what_nobody_takes_at_the_end_is_told(
    own_redis: RedisService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.kill()
    outbox = Outbox(own_redis.address, "worker:1", Spool(tmp_path / "spool", "worker:1", limit_bytes=20))
    outbox.start()
    outbox.put([started(1), started(2)], None)
    outbox.stop(1.0)
    assert "2 events are lost at the end" in caplog.text


def test_a_worker_that_hangs_in_a_frame_leaves_its_cameras_to_others(
    outbox: Outbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.outbox.HANGS_AFTER_NS", S)
    store.beat(source())
    until(lambda: [type(order) for order in outbox.orders()] == [Take])
    # The main loop asks for no orders now.
    until(lambda: "racks" not in store.leases(["racks"]), 8)
    assert store.acquire("racks", "worker:2", 60.0, utc_ns()) is not None
    until(lambda: outbox.orders() == [Lost("racks")])


# The keeper by itself, with a clock of the test's own ----------------------------------------------------------------


def test_after_an_outage_free_cameras_are_left_to_their_owners_for_a_while(store: Store) -> None:
    keeper = LeaseKeeper(store, "worker:2")
    now = mono_ns()
    store.beat(source())
    keeper.leave_time_to_owners(now)
    assert keeper.look(now + S, utc_ns()) == []
    assert keeper.look(now + 2 * S, utc_ns()) == []
    assert isinstance(keeper.look(now + 3 * S, utc_ns())[0], Take)


def test_a_keeper_takes_renews_follows_and_lets_go(store: Store) -> None:
    keeper = LeaseKeeper(store, "worker:1")
    now = mono_ns()
    assert keeper.look(now, utc_ns()) == []
    store.beat(source())
    assert keeper.look(now + S // 10, utc_ns()) == []
    [take] = keeper.look(now + S // 2, utc_ns())
    assert isinstance(take, Take)
    assert take.lease.sender == "worker:1"
    assert keeper.is_sure("racks", now + 2 * S)
    assert not keeper.is_sure("racks", now + 4 * S)
    assert keeper.renew(now + 3 * S, utc_ns()) == []
    assert keeper.is_sure("racks", now + 5 * S)
    store.beat(source(endpoint="ipc:///y"))
    [moved] = keeper.look(now + 4 * S, utc_ns())
    assert isinstance(moved, Source)
    store.forget_process("ingest:racks")
    assert keeper.look(now + 5 * S, utc_ns()) == []
    assert keeper.look(now + 9 * S, utc_ns()) == []
    assert keeper.look(now + 11 * S, utc_ns()) == [Remove("racks")]
    keeper.release("racks")
    assert store.leases(["racks"]) == {}


def test_a_lease_that_is_gone_is_taken_again_and_one_that_is_anothers_is_lost(store: Store) -> None:
    store.beat(source())
    keeper = LeaseKeeper(store, "worker:1")
    now = mono_ns()
    [take] = keeper.look(now, utc_ns())
    store.release(take.lease)
    assert keeper.renew(now + 2 * S, utc_ns()) == []
    again = store.leases(["racks"])["racks"]
    assert again.sender == "worker:1"
    assert again.token > take.lease.token
    store.release(again)
    assert store.acquire("racks", "worker:2", 9.0, utc_ns()) is not None
    assert keeper.renew(now + 4 * S, utc_ns()) == [Lost("racks")]
    assert keeper.cameras == ()


def test_a_lease_is_dated_by_the_clock_of_the_cameras_machine(store: Store) -> None:
    keeper, now, here_ns = LeaseKeeper(store, "worker:1"), mono_ns(), utc_ns()
    behind_ns = 300 * S
    for second in range(3):
        beat_ns = here_ns + second * S - behind_ns
        store.beat(msgspec.structs.replace(source(camera_state="paused"), beat_utc_ns=beat_ns))
        store.beat(msgspec.structs.replace(source("door", camera_state="paused"), beat_utc_ns=beat_ns + behind_ns))
        assert keeper.look(now + second * S, here_ns + second * S) == []
    for camera in ("racks", "door"):
        store.beat(msgspec.structs.replace(store.processes()[f"ingest:{camera}"], camera_state="online"))
    taken = {take.lease.camera: take.lease for take in keeper.look(now + 3 * S, here_ns + 3 * S)}
    assert taken["racks"].granted_utc_ns == here_ns + 3 * S - behind_ns
    assert taken["door"].granted_utc_ns == here_ns + 3 * S


def test_what_was_told_while_one_or_another_had_the_camera_is_left_out(
    own_redis: RedisService, store: Store, tmp_path: Path
) -> None:
    at_ns = utc_ns()
    for owner, second in (("worker:1", 0), ("worker:2", 10), ("worker:3", 50), ("worker:1", 80)):
        lease = store.acquire("racks", owner, 60.0, at_ns + second * S)
        store.release(lease)
    outbox = Outbox(own_redis.address, "worker:1", Spool(tmp_path / "spool", "worker:1"))
    # From before, from beside the second, beside the third, and after it came back to the first.
    outbox.put([started(number, at_ns=at_ns + number * S) for number in (5, 20, 60, 90)], None)
    until(lambda: outbox._turn() or len(sent(store)) > 0)
    assert sent(store) == [5, 90]
    outbox.stop(0.0)


class Failing(Store):
    """A Redis that goes away in the middle of a round."""

    answers = 1000

    def _counted(self) -> None:
        self.answers -= 1
        if self.answers < 0:
            raise StoreError("Redis is away")

    def acquire(self, *what: Any, **how: Any) -> Lease | None:
        self._counted()
        return super().acquire(*what, **how)

    def renew(self, lease: Lease, ttl_s: float) -> bool:
        self._counted()
        return super().renew(lease, ttl_s)

    def leases(self, cameras: Iterable[str]) -> dict[str, Lease]:
        self._counted()
        return super().leases(cameras)


def test_orders_outlive_a_redis_that_goes_away_in_the_middle_of_a_round(own_redis: RedisService, store: Store) -> None:
    for camera in "ab":
        store.beat(source(camera))
    failing = Failing(own_redis.address)
    keeper, now = LeaseKeeper(failing, "worker:1"), mono_ns()
    failing.answers = 2  # to who has which camera, and to one that is taken
    with pytest.raises(StoreError):
        keeper.look(now, utc_ns())
    failing.answers = 1000
    assert [type(order) for order in keeper.look(now + S, utc_ns())] == [Take, Take]
    store.beat(source("a", endpoint="ipc:///elsewhere"))
    failing.answers = 0
    with pytest.raises(StoreError):
        keeper.look(now + 2 * S, utc_ns())
    failing.answers = 1000
    assert [type(order) for order in keeper.look(now + 3 * S, utc_ns())] == [Source]
    store.release(store.leases("a")["a"])
    assert store.acquire("a", "worker:2", 9.0, utc_ns()) is not None
    failing.answers = 2  # the first lease is another's, and then nothing
    with pytest.raises(StoreError):
        keeper.renew(now + 9 * S, utc_ns())
    failing.answers = 1000
    assert keeper.renew(now + 9 * S, utc_ns()) == [Lost("a")]
    failing.close()


def test_two_keepers_share_four_cameras_without_a_word(store: Store, own_redis: RedisService) -> None:
    from core.messages import CameraLoad, WorkerHeartbeat

    other_store = Store(own_redis.address)
    keepers = {"worker:1": LeaseKeeper(store, "worker:1"), "worker:2": LeaseKeeper(other_store, "worker:2")}
    for camera in "abcd":
        store.beat(source(camera))
    now, beats = mono_ns(), 0
    for tick in range(60):
        now += S // 2
        if tick == 4:
            # The second worker comes later.
            keepers["worker:2"].accepts = True
        for name, keeper in keepers.items():
            if name == "worker:2" and tick < 4:
                continue
            beats += 1
            loads = {c: CameraLoad(token=1, cost_ms=10.0, fps=12.0, frames=9) for c in keeper.cameras}
            store.beat(
                WorkerHeartbeat(
                    sender=name, pid=1, host="h", started_utc_ns=1, beat_utc_ns=beats, version="0", cameras=loads
                )
            )
            keeper.renew(now, utc_ns())
            for order in keeper.look(now, utc_ns()):
                if isinstance(order, HandOver):
                    keeper.release(order.camera)
    assert [len(keeper.cameras) for keeper in keepers.values()] == [2, 2]
    other_store.close()
