"""The console's feed on a real Redis: what it reads, how it goes on when Redis goes, and that it never floods."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from console_world import World, replaced

from core.clock import utc_ns
from core.messages import LiveCamera
from core.secrets import Address
from core.settings import Settings
from core.store import Store
from tui.feed import Feed
from tui.ports import Glimpse


class Gym:
    """gym.toml, held in the hand."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.problem = ""

    def look(self) -> tuple[Settings, str]:
        return self.settings, self.problem


class Told:
    """A running feed, and what it told."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.calls = 0

    def tell(self) -> None:
        self.calls += 1

    def until(self, wanted: Callable[[Glimpse], bool], within_s: float = 8.0) -> Glimpse:
        """The first glimpse that is as wanted."""
        deadline = time.monotonic() + within_s
        newest = None
        while time.monotonic() < deadline:
            newest = self.feed.take() or newest
            if newest is not None and wanted(newest):
                return newest
            time.sleep(0.02)
        raise AssertionError(f"not within {within_s:g} s; the newest: {newest}")


@contextmanager
def running(address: Address, gym: Gym, every_s: float = 0.05) -> Iterator[Told]:
    told = Told(Feed(address, gym, utc_ns, every_s))
    told.feed.start(told.tell)
    try:
        yield told
    finally:
        told.feed.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]


def fill(address: Address, world: World) -> None:
    store = Store(address)
    try:
        store.show([*world.live_cameras().values(), world.floor()])
        for heartbeat in world.processes().values():
            store.beat(heartbeat)
        store.ensure_group()
        store.acquire("cam1", "worker:1", 60.0, utc_ns())
    finally:
        store.close()


def test_it_reads_everything_that_is_live(redis_address):
    world = World(cameras=3, people=7)
    fill(redis_address, world)
    with running(redis_address, Gym(world.settings)) as told:
        glimpse = told.until(lambda each: bool(each.cameras and each.processes and each.server.facts))
        assert glimpse.cameras == world.live_cameras()
        assert glimpse.floor == world.floor()
        assert glimpse.processes == world.processes()
        assert glimpse.settings == world.settings
        assert glimpse.trouble == ""
        assert abs(utc_ns() - glimpse.heard_utc_ns) < 5e9
        assert glimpse.server.backlog is not None
        assert glimpse.server.leases["cam1"].sender == "worker:1"
        assert "version" in glimpse.server.facts


def test_it_sees_changes_and_removed_cameras(redis_address):
    world = World(cameras=2)
    fill(redis_address, world)
    with running(redis_address, gym := Gym(world.settings)) as told:
        told.until(lambda each: len(each.cameras) == 2)
        store = Store(redis_address)
        store.hide_camera("cam2")
        world.move(3.0)
        store.show([world.live_cameras()["cam1"]])
        store.close()
        gym.problem = "gym.toml:3 broken"
        glimpse = told.until(lambda each: len(each.cameras) == 1 and bool(each.config_problem))
        assert glimpse.cameras["cam1"].observation.sequence == 1


def test_nobody_is_told_twice_before_somebody_takes(redis_address):
    with running(redis_address, Gym(Settings()), every_s=0.01) as told:
        deadline = time.monotonic() + 5
        while told.calls == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)
        assert told.calls == 1
        assert told.feed.take() is not None
        assert told.feed.take() is None or told.calls == 2


def test_without_redis_at_the_start_it_waits_and_comes_up(own_redis):
    world = World()
    own_redis.stop()
    with running(own_redis.address, Gym(world.settings)) as told:
        glimpse = told.until(lambda each: bool(each.trouble))
        assert glimpse.heard_utc_ns == 0
        assert "cannot be reached" in glimpse.trouble
        assert glimpse.settings == world.settings
        own_redis.start()
        fill(own_redis.address, world)
        assert told.until(lambda each: not each.trouble and bool(each.cameras)).cameras == world.live_cameras()


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_redis_that_goes_is_trouble_and_what_was_known_stays(own_redis, how):
    world = World()
    fill(own_redis.address, world)
    with running(own_redis.address, Gym(world.settings)) as told:
        before = told.until(lambda each: bool(each.cameras and each.processes))
        if how == "killed":
            own_redis.kill()
        else:
            own_redis.pause()
        lost = told.until(lambda each: bool(each.trouble))
        assert lost.cameras == before.cameras
        assert lost.processes == before.processes
        heard = lost.heard_utc_ns
        assert told.until(lambda each: each is not lost).heard_utc_ns == heard, "no time passes as heard"
        if how == "killed":
            own_redis.start()
        else:
            own_redis.resume()
        assert told.until(lambda each: not each.trouble).heard_utc_ns > heard


def test_stopping_is_quick_even_while_redis_hangs(own_redis):
    with running(own_redis.address, Gym(Settings())) as told:
        told.until(lambda each: not each.trouble)
        own_redis.pause()
        time.sleep(0.1)
        begun = time.monotonic()
        told.feed.stop()
        assert time.monotonic() - begun < 2.5


def test_what_cannot_be_read_in_redis_is_left_out(redis_address):
    import redis

    from core import keys

    fill(redis_address, World(cameras=1))
    socket = redis_address.reveal().removeprefix("unix://")
    with redis.Redis(unix_socket_path=socket) as client:
        client.hset(keys.LIVE_CAMERAS, "evil", b"\xff\x00not msgpack")
        client.set(keys.LIVE_FLOOR, b"")
    with running(redis_address, Gym(Settings())) as told:
        glimpse = told.until(lambda each: bool(each.cameras))
        assert list(glimpse.cameras) == ["cam1"]
        assert isinstance(glimpse.cameras["cam1"], LiveCamera)
        assert glimpse.floor is None
        assert replaced(glimpse).trouble == ""
