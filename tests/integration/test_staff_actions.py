"""What staff do on the console, through a real Redis into a real database, and read again as the console reads it."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fold_story import NOON, S, visit
from redis_service import RedisService

from aggregator.fold_loop import FoldLoop
from aggregator.handover import CurrentSettings, Folded, Handover
from aggregator.queries import Past
from core.clock import utc_ns
from core.errors import SpotterError, StoreError
from core.messages import TrackJoined, TrackRef
from core.runtime import StopRequest
from core.secrets import Address
from core.settings import Sessions, Settings
from core.store import Store
from spotter.staff_actions import StreamActions

CLOCK_NS = utc_ns()
BEGIN_S = (CLOCK_NS - NOON) / S - 600
"""Not long ago: what is too old is removed."""
STORY = [*visit("a", 1, "p1", BEGIN_S, [3, 4]), *visit("b", 1, "p2", BEGIN_S + 100, [2])]


@pytest.fixture
def told(redis_address: Address, tmp_path: Path) -> Iterator[tuple[StreamActions, Past, Handover]]:
    """Staff actions, the past, and what the live picture is told, over an aggregator that folds."""
    database = Address(f"sqlite:///{tmp_path / 'gym.db'}")
    handover, stop = Handover(), StopRequest()
    loop = FoldLoop(redis_address, database, "aggregator", CurrentSettings(Settings(sessions=Sessions())), handover)
    thread = threading.Thread(target=loop.run, args=(stop,))
    store = Store(redis_address)
    store.append_events(STORY)
    store.close()
    staff, past = StreamActions(redis_address, lambda: CLOCK_NS), Past(database)
    thread.start()
    try:
        until(lambda: len(past.visit("p1")) == 2)
        yield staff, past, handover
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()
        stop.close()
        staff.close()
        past.close()


def until(true: Callable[[], object], within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while True:
        try:
            if true():
                return
        except SpotterError:
            pass  # the database is not made yet
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


def test_what_staff_do_comes_back_and_is_audited(told: tuple[StreamActions, Past, Handover]) -> None:
    staff, past, handover = told
    staff.rename("p1", "Bo", "77", "Ines", "#1")
    until(lambda: past.person("p1").member_number == "77")
    staff.merge("p2", "p1", "Ines", "#2")
    until(lambda: len(past.visit("p1")) == 3)
    staff.correct("a/e1/1/set/2", 6, None, "Ines", "4 squat")
    until(lambda: past.set_detail("a/e1/1/set/2").set.corrected_reps == 6)
    uid = staff.split(TrackRef("b", "e1", 1), "Ines")
    until(lambda: len(past.visit(uid)) == 1)
    staff.give_track(TrackRef("b", "e1", 1), "p2", "Ines")
    until(lambda: len(past.visit("p1")) == 3)
    staff.merge("p2", "", "Ines")
    until(lambda: len(past.visit("p2")) == 1)
    staff.correct("a/e1/1/set/2", None, None, "Ines")
    until(lambda: not past.set_detail("a/e1/1/set/2").set.is_corrected)
    staff.acknowledge("u", "Ines")
    staff.snooze("u", 60, "Ines")
    staff.snooze("u", 0, "Ines")
    until(lambda: len(past.audit()) == 10)
    latest = past.audit()
    assert [row.action for row in latest][-1] == "name person"
    assert {row.by for row in latest} == {"Ines"}
    assert len({row.at_utc_ns for row in latest}) == 10, "each has a time of its own, though the clock stood still"
    anew = [
        (str(event.who), event.person)
        for batch in handover.take_told()
        if isinstance(batch, Folded)
        for event in batch.events
        if isinstance(event, TrackJoined) and event.why == "staff" and event.sender == "aggregator"
    ]
    assert ("b/e1/1", "p1") in anew
    assert anew[-1] == ("b/e1/1", "p2")


def test_redis_that_is_away_is_told_and_the_next_time_works(own_redis: RedisService) -> None:
    staff = StreamActions(own_redis.address, lambda: CLOCK_NS)
    staff.rename("p1", "Bo", "", "Ines")
    own_redis.stop()
    with pytest.raises(StoreError):
        staff.rename("p1", "Cy", "", "Ines")
    own_redis.start()
    staff.rename("p1", "Di", "", "Ines")
    staff.close()
    staff.close()
    store = Store(own_redis.address)
    assert store.backlog().length >= 1
    store.close()
