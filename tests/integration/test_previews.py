"""Pictures for the console: only where the config allows them, and only while somebody looks."""

import itertools
import time

import msgspec
import numpy as np
import pytest

from core.clock import NANOSECONDS
from core.secrets import Address
from core.settings import Camera, Settings
from core.store import Store
from ingest.preview import Previews, previews, small
from tui.feed import Feed


@pytest.fixture
def store(redis_address):
    opened = Store(redis_address)
    yield opened
    opened.close()


def camera(**options):
    return Camera(id="racks", source=Address("usb:0"), **options)


def shown_within(store, show, seconds):
    """The first picture while frames come."""
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        show(np.full((108, 192, 3), (10, 20, 200), np.uint8), 5 * NANOSECONDS)
        found = store.preview("racks")
        if found is not None:
            return found
        time.sleep(0.02)
    return None


def test_a_camera_without_permission_makes_none(redis_address, store):
    store.wish_preview("racks", 60.0)
    with previews(camera(), redis_address, "ingest:racks") as show:
        assert show is None
    assert store.preview("racks") is None


def test_pictures_come_while_somebody_looks_and_end_with_it(redis_address, store, monkeypatch):
    monkeypatch.setattr("ingest.preview.EVERY_S", 0.05)
    monkeypatch.setattr("ingest.preview.TTL_S", 0.3)
    with previews(camera(preview=True), redis_address, "ingest:racks") as show:
        assert shown_within(store, show, 0.4) is None
        store.wish_preview("racks", 0.6)
        found = shown_within(store, show, 5.0)
        assert (found.camera, found.captured_utc_ns, found.width, found.height) == ("racks", 5 * NANOSECONDS, 192, 108)
        assert found.rgb[:3] == bytes((200, 20, 10))
        deadline_s = time.monotonic() + 5
        while store.preview("racks") is not None and time.monotonic() < deadline_s:
            show(np.zeros((108, 192, 3), np.uint8), 0)
            time.sleep(0.02)
        assert store.preview("racks") is None


def test_pictures_are_small():
    made = small(np.zeros((1080, 1920, 3), np.uint8), 1, camera="a", sender="ingest:a")
    assert (made.width, made.height, len(made.rgb)) == (192, 108, 192 * 108 * 3)


def test_a_redis_that_is_away_disturbs_nobody(monkeypatch):
    monkeypatch.setattr("ingest.preview.EVERY_S", 0.02)
    shown = Previews("racks", Address("redis://127.0.0.1:1"), "ingest:racks")
    shown.start()
    time.sleep(0.2)
    shown.show(np.zeros((10, 10, 3), np.uint8), 0)
    shown.stop()
    assert not shown._thread.is_alive()


class Gym:
    """A gym.toml that stays as it is."""

    def look(self):
        return Settings(camera=(camera(preview=True),)), ""


def test_the_feed_asks_for_pictures_of_the_watched_camera_alone(redis_address, store):
    feed = Feed(redis_address, Gym(), time.time_ns, every_s=0.05)
    feed.start(lambda: None)
    try:
        feed.watch("racks")
        deadline_s, found = time.monotonic() + 10, None
        while found is None and time.monotonic() < deadline_s:
            if store.is_preview_wished("racks"):
                store.show_preview(small(np.zeros((9, 16, 3), np.uint8), 1, camera="racks", sender="x"), 5.0)
            glimpse = feed.take()
            found = glimpse.previews.get("racks") if glimpse is not None else None
            time.sleep(0.02)
        assert found is not None
        assert found.camera == "racks"
        feed.watch()
        deadline_s = time.monotonic() + 10
        while found is not None and time.monotonic() < deadline_s:
            glimpse = feed.take()
            found = glimpse.previews.get("racks") if glimpse is not None else found
            time.sleep(0.02)
        assert found is None
    finally:
        feed.stop()


class ManyCameras:
    """Eight of them, which allow pictures."""

    def look(self):
        return Settings(camera=tuple(msgspec.structs.replace(camera(preview=True), id=f"cam{n}") for n in range(8))), ""


def test_pictures_of_many_cameras_come_in_turn(redis_address, store):
    feed = Feed(redis_address, ManyCameras(), time.time_ns, every_s=0.05)
    names = [f"cam{n}" for n in range(8)]
    seen: list[int] = []

    def tell() -> None:
        glimpse = feed.take()
        seen.append(len(glimpse.previews) if glimpse is not None else 0)

    for name in names:
        store.show_preview(small(np.zeros((9, 16, 3), np.uint8), 1, camera=name, sender="x"), 20.0)
    feed.watch(*names)
    feed.start(tell)
    try:
        deadline_s = time.monotonic() + 10
        while max(seen, default=0) < 8 and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert max(later - before for before, later in itertools.pairwise(seen)) <= 1
        assert seen[-1] == 8
        assert all(store.is_preview_wished(name) for name in names)
        feed.watch("cam1")
        while seen[-1] != 1 and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert seen[-1] == 1
    finally:
        feed.stop()
