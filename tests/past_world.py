"""A real database for tests of the console's screens about the past, and staff actions that are only written down."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from console_world import NOW, screen_text
from fold_story import NOON, visit
from sqlalchemy import insert
from textual.pilot import Pilot

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.queries import Past
from aggregator.schema import Alert, ZoneOccupancy
from aggregator.visits import fold_rules, sweep
from core.clock import NANOSECONDS, utc_datetime
from core.errors import StoreError
from core.messages import AnyDurable, TrackRef
from core.secrets import Address
from core.settings import Camera, Settings, Zone

SINCE_NOON_S = (NOW - NOON) / NANOSECONDS
ZONE = Zone(name="Rack", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
RULES = fold_rules(Settings(camera=(Camera(id="cam1", source=Address("usb:0"), zone=(ZONE,)),)))


def before_now(seconds: float) -> float:
    """Seconds since ``NOON`` of a time so long before the console's now."""
    return SINCE_NOON_S - seconds


def story() -> list[AnyDurable]:
    """Today: the first person of the floor with two sets in two tracks; yesterday: somebody who is gone."""
    return [
        *visit("cam1", 1, "p0", before_now(300), [5])[:-1],
        *visit("cam2", 2, "p0", before_now(140), [4])[:-1],
        *visit("cam1", 7, "gone", before_now(86_400), [3, 2]),
    ]


def past(folder: Path, events: Sequence[AnyDurable] | None = None) -> Past:
    """A database that holds what these events tell; close it."""
    address = Address(f"sqlite:///{folder / 'gym.db'}")
    engine = open_engine(address)
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, list(story() if events is None else events), RULES)
        sweep(connection, NOW, RULES)
        hour = utc_datetime(NOW // (3600 * NANOSECONDS) * 3600 * NANOSECONDS)
        rows = [
            {"zone": zone, "minute": hour - timedelta(hours=at), "people_mean": float(at), "people_max": at}
            for at in range(4)
            for zone in ("Rack", "Mats")
        ]
        connection.execute(insert(ZoneOccupancy), rows)
        words = {"alert": "camera offline", "severity": "warning", "subject": "cam1", "text": "gives no frames"}
        times = {"since_at": hour, "last_at": hour, "count": 1, "acknowledged_by": ""}
        connection.execute(insert(Alert).values(uid="u", **words, **times))
    engine.dispose()
    return Past(address)


class WrittenDown:
    """Staff actions as a list of what was called."""

    def __init__(self, fails: str = "") -> None:
        self.said: list[tuple[object, ...]] = []
        self._fails = fails

    def _say(self, *words: object) -> None:
        if self._fails:
            raise StoreError(self._fails)
        self.said.append(words)

    def acknowledge(self, alert: str, by: str) -> None:
        self._say("acknowledge", alert, by)

    def snooze(self, alert: str, seconds: float, by: str) -> None:
        self._say("snooze", alert, seconds, by)

    def rename(self, person: str, nickname: str, member_number: str, by: str, before: str = "") -> None:
        self._say("rename", person, nickname, member_number, by, before)

    def merge(self, person: str, into: str, by: str, before: str = "") -> None:
        self._say("merge", person, into, by, before)

    def split(self, track: TrackRef, by: str) -> str:
        self._say("split", str(track), by)
        return "new"

    def give_track(self, track: TrackRef, person: str, by: str) -> None:
        self._say("give", str(track), person, by)

    def correct(self, set_uid: str, reps: int | None, exercise: str | None, by: str, before: str = "") -> None:
        self._say("correct", set_uid, reps, exercise, by, before)


async def until(pilot: Pilot[int], wanted: Callable[[], bool], what: object = "") -> None:
    """Wait for something that a thread brings."""
    deadline_s = time.monotonic() + 20
    while time.monotonic() < deadline_s:
        await pilot.pause(0.02)
        if wanted():
            return
    raise AssertionError(f"{what}: it did not come; on the screen:\n{screen_text(pilot.app)}")


async def is_told(pilot: Pilot[int], words: str) -> None:
    """A message that goes away by itself says so."""
    await until(pilot, lambda: any(words in each.message for each in pilot.app._notifications), words)


async def sees(pilot: Pilot[int], *words: str) -> None:
    await until(pilot, lambda: all(word in screen_text(pilot.app) for word in words), words)
