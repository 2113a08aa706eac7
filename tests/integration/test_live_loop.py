"""What the live thread tells a real Redis while nothing is folded."""

from collections.abc import Iterator

import pytest

from aggregator import live_loop
from aggregator.handover import CurrentSettings, Handover, Restored
from aggregator.live_loop import LiveLoop
from core.messages import AggregatorHeartbeat, LiveAlert, Observation, ObservedPerson
from core.secrets import Address
from core.settings import Camera, Settings
from core.store import Store

S = 10**9
NOON = 1_780_000_000 * S


@pytest.fixture
def store(redis_address: Address) -> Iterator[Store]:
    store = Store(redis_address)
    yield store
    store.close()


class Clock:
    """Times of the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        monkeypatch.setattr(live_loop, "mono_ns", lambda: round(self.now_s * S))
        monkeypatch.setattr(live_loop, "utc_ns", lambda: NOON + round(self.now_s * S))


def seen(second: float, track: int, camera: str = "racks") -> Observation:
    person = ObservedPerson(track=track, points=bytes(396), box=(0.4, 0.2, 0.6, 0.9), presence=0.9)
    return Observation(
        sender="worker:1", camera=camera, epoch="e", boot="b", sequence=round(second * 10),
        captured_ns=round(second * S), captured_utc_ns=NOON + round(second * S),
        width=640, height=480, people=(person,),
    )  # fmt: skip


def made(store: Store, handover: Handover) -> LiveLoop:
    settings = Settings(camera=(Camera(id="racks", source=Address("rehearsal:racks")),))
    return LiveLoop(store.address, "aggregator", CurrentSettings(settings), handover)


def test_decisions_do_not_fill_the_stream_while_the_database_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, handover = Clock(monkeypatch), Handover()
    loop = made(store, handover)
    handover.to_live(Restored((), (), ()))
    loop._take_told()
    for step in range(7200):
        clock.now_s += 0.5
        if step < 20:
            loop._observe([seen(clock.now_s, track=1)])
        loop._decide(store, NOON + round(clock.now_s * S))
    assert 2 <= store.backlog().length <= 15


def test_tracks_do_not_pile_up_before_the_database_was_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    loop = made(store, Handover())
    for track in range(100):
        for _ in range(4):
            clock.now_s += 5.0
            loop._observe([seen(clock.now_s, track)])
            loop._tick(store)
    assert len(loop._keeper._tracks) < 25


def test_staff_see_that_the_database_is_away_although_nothing_can_be_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, handover = Clock(monkeypatch), Handover()
    loop = made(store, handover)

    def shown(seconds: float, database: str) -> list[LiveAlert]:
        for _ in range(round(2 * seconds)):
            clock.now_s += 0.5
            store.beat(
                AggregatorHeartbeat(
                    sender="aggregator",
                    pid=1,
                    host="h",
                    started_utc_ns=1,
                    version="1",
                    leads=True,
                    waiting=7,
                    beat_utc_ns=NOON + round(clock.now_s * S),
                    database=database,
                )
            )
            loop._tick(store)
        floor = store.live_floor()
        assert floor is not None
        return [alert for alert in floor.alerts if alert.alert == "database away"]

    quiet_s = Settings().alerts.quiet_after_start
    assert shown(quiet_s + 5.0, "") == []
    assert shown(5.0, "the database gym.db is locked") == []
    (away,) = shown(10.0, "the database gym.db is locked")
    assert away.severity == "critical"
    assert away.text == "Nothing is stored: the database gym.db is locked. 7 events wait in Redis meanwhile."
    assert shown(10.0, "") == []
    written = [change.change for change in handover.take_rows().alerts if change.alert.uid == away.uid]
    assert written == ["raised", "resolved"]
