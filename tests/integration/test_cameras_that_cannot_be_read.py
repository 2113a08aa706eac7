"""Encrypted cameras and workers without keys, at a real Redis: who may have them has them, and nobody else."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis_service import RedisService

from core.clock import mono_ns, utc_ns
from core.messages import IngestHeartbeat, WorkerHeartbeat
from core.sockets import new_keys, unreadable
from core.store import Store
from workers.leases import HandOver, LeaseKeeper, Take
from workers.outbox import Outbox
from workers.spool import Spool

S = 10**9
SERVER_KEY = new_keys().public


def source(camera: str = "racks", **more: object) -> IngestHeartbeat:
    values = {"camera_state": "online", "endpoint": "tcp://10.0.0.1:5560", "boot": "b"} | more
    return IngestHeartbeat(
        sender=f"ingest:{camera}", pid=1, host="h", started_utc_ns=1, beat_utc_ns=utc_ns(), version="0", camera=camera,
        **values,
    )  # fmt: skip


def worker(name: str, **more: object) -> WorkerHeartbeat:
    return WorkerHeartbeat(
        sender=name, pid=1, host="h", started_utc_ns=1, beat_utc_ns=utc_ns(), version="0", boot=name, **more
    )


def without_keys(beat: IngestHeartbeat) -> str:
    return unreadable(beat.camera, beat.server_key, None)


def until(true: Callable[[], bool], within_s: float = 10.0) -> None:
    end_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.02)


@pytest.fixture
def store(own_redis: RedisService) -> Iterator[Store]:
    made = Store(own_redis.address)
    yield made
    made.close()


def test_a_worker_without_keys_leaves_an_encrypted_camera_and_takes_the_others(store: Store) -> None:
    keeper, now = LeaseKeeper(store, "worker:1", without_keys), mono_ns()
    store.beat(source(server_key=SERVER_KEY))
    store.beat(source("door"))
    taken = [order for second in range(5) for order in keeper.look(now + second * S, utc_ns())]
    assert [order.lease.camera for order in taken if isinstance(order, Take)] == ["door"]
    assert keeper.cameras == ("door",)
    assert keeper.unwatched == ("racks",)


def test_a_worker_with_keys_takes_it_although_another_is_less_loaded(store: Store) -> None:
    store.beat(source(server_key=SERVER_KEY))
    store.beat(worker("worker:1", unable=("racks",)))
    able, now = LeaseKeeper(store, "worker:2"), mono_ns()
    [take] = able.look(now, utc_ns())
    assert isinstance(take, Take)
    unable = LeaseKeeper(store, "worker:1", without_keys)
    assert unable.look(now, utc_ns()) == []
    assert unable.unwatched == ()


def test_a_camera_that_begins_to_send_encrypted_frames_is_given_back(store: Store) -> None:
    keeper, now = LeaseKeeper(store, "worker:1", without_keys), mono_ns()
    store.beat(source())
    [take] = keeper.look(now, utc_ns())
    assert isinstance(take, Take)
    store.beat(source(server_key=SERVER_KEY))
    assert keeper.look(now + S, utc_ns()) == [HandOver("racks")]
    keeper.release("racks")
    assert keeper.look(now + 9 * S, utc_ns()) == []


def test_it_says_what_to_do_while_nobody_watches(
    own_redis: RedisService, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.beat(source(server_key=SERVER_KEY))
    outbox = Outbox(own_redis.address, "worker:1", Spool(tmp_path / "spool", "worker:1"), without_keys)
    outbox.start()
    try:
        until(lambda: outbox.figures().trouble != "")
        told = "camera racks sends encrypted frames and there are no keys here: set transport.keys, or say --keys"
        assert outbox.figures().trouble == told
        assert outbox.figures().unable == ("racks",)
        assert store.leases(["racks"]) == {}
        assert store.acquire("racks", "worker:2", 60.0, utc_ns()) is not None
        until(lambda: outbox.figures().trouble == "")
    finally:
        outbox.stop(1.0)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [told]
