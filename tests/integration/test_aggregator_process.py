"""``python -m aggregator`` as the supervisor starts it: killed under load, standing by, reconfigured, stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fold_story import NOON, S, tables, totals, visit
from sqlalchemy import Engine

from aggregator.alerts import AlertChange
from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.records import open_alerts, write_alerts
from aggregator.visits import fold_rules, sweep
from core.clock import mono_ns, utc_ns
from core.messages import (
    AcknowledgeAlert,
    AggregatorHeartbeat,
    AnyDurable,
    IngestHeartbeat,
    LiveAlert,
    Observation,
    ObservedPerson,
    TrackEnded,
    TrackRef,
    TrackStarted,
)
from core.secrets import Address
from core.settings import Sessions, Settings
from core.store import Store

CONFIG = """
[sessions]
ends_after = "15min"
[privacy]
set_views = "36500d"
rejected_reps = "36500d"
[[camera]]
id = "a"
source = "usb:0"
[[camera.zone]]
name = "Rack"
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
[[camera]]
id = "b"
source = "usb:1"
"""


def until(true: Callable[[], object], within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.03)


@pytest.fixture
def store(redis_address: Address) -> Iterator[Store]:
    store = Store(redis_address)
    yield store
    store.close()


class Aggregators:
    """Processes of a test; none outlives it."""

    def __init__(self, folder: Path, redis: Address, database: str) -> None:
        self.config = folder / "gym.toml"
        self.config.write_text(CONFIG)
        self._redis = redis
        self._database = database
        self._running: list[subprocess.Popen[str]] = []

    def start(self, *more: str) -> subprocess.Popen[str]:
        command = [
            sys.executable, "-m", "aggregator", "--config", str(self.config), "--redis", self._redis.reveal(),
            "--database", self._database, "--parent", str(os.getpid()), *more,
        ]  # fmt: skip
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self._running.append(process)
        return process

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def aggregators(tmp_path: Path, redis_address: Address, database_url: str) -> Iterator[Aggregators]:
    several = Aggregators(tmp_path, redis_address, database_url)
    yield several
    several.end()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def beat(store: Store, name: str = "aggregator") -> AggregatorHeartbeat | None:
    found = store.processes().get(name)
    return found if isinstance(found, AggregatorHeartbeat) else None


def leads(store: Store, name: str = "aggregator") -> bool:
    found = beat(store, name)
    return found is not None and found.leads


def is_folding(store: Store, pid: int) -> bool:
    found = beat(store)
    return found is not None and found.pid == pid and found.events > 0


def trouble(store: Store) -> str:
    found = beat(store)
    return "no heartbeat" if found is None else found.trouble


def folded(store: Store, events: int) -> bool:
    backlog = store.backlog()
    return backlog.length >= events and backlog.pending == backlog.lag == 0


def test_killed_under_load_and_started_again_loses_and_doubles_nothing(
    aggregators: Aggregators, store: Store, engine: Engine, tmp_path: Path
) -> None:
    events: list[AnyDurable] = []
    for number in range(40):
        events += visit("ab"[number % 2], number, f"p{number}", 30 * number, [6, 5, 4])
    process = aggregators.start()
    for start in range(0, len(events), 60):
        store.append_events(events[start : start + 60])
        if start // 60 in (3, 8):
            until(lambda: is_folding(store, process.pid))
            process.kill()
            process.wait()
    process = aggregators.start()
    for start in range(0, len(events), 60):
        store.append_events(events[start : start + 60])
        if start // 60 in (3, 8):
            until(lambda before=start: beat(store) is not None and beat(store).events > 0)
            process.kill()
            process.wait()
            process = aggregators.start()
    until(lambda: folded(store, len(events)), 60)
    with writing(engine) as connection:
        assert totals(connection) == (120, 600, 600)
        found = tables(connection)
    # Nothing but an alert can come beside what one undisturbed fold gives.
    alone = open_engine(Address(f"sqlite:///{tmp_path / 'alone.db'}"))
    upgrade(alone)
    with writing(alone) as connection:
        fold(connection, events, fold_rules(aggregators_settings()))
        expected = tables(connection)
    alone.dispose()
    for table in ("reps", "faults", "people", "set_views"):
        assert found[table] == expected[table], table


def aggregators_settings() -> Settings:
    return Settings(sessions=Sessions(ends_after=900))


def test_standby_takes_over_from_a_dead_leader(aggregators: Aggregators, store: Store, engine: Engine) -> None:
    first = aggregators.start()
    until(lambda: leads(store))
    aggregators.start("--name", "aggregator:2")
    until(lambda: beat(store, "aggregator:2") is not None)
    assert not leads(store, "aggregator:2")
    first.kill()
    first.wait()
    store.append_events(visit("a", 1, "p1", 0, [4]))
    until(lambda: leads(store, "aggregator:2"), 8)
    until(lambda: folded(store, 8))
    with writing(engine) as connection:
        assert totals(connection) == (1, 4, 4)


def test_stops_within_a_second_and_leaves_no_heartbeat(aggregators: Aggregators, store: Store) -> None:
    process = aggregators.start()
    until(lambda: leads(store))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert time.monotonic() - began < 1.3
    assert beat(store) is None
    assert store.lead("another", 1.0), "it has left the lead to others"


def test_who_is_seen_becomes_a_person_with_a_number_and_live_state(
    aggregators: Aggregators, store: Store, engine: Engine
) -> None:
    aggregators.start()
    until(lambda: leads(store))
    now = utc_ns()
    who = TrackRef("a", "e1", 1)
    store.append_events([TrackStarted(sender="worker:1", who=who, captured_utc_ns=now)])

    def shown() -> bool:
        at, wall = mono_ns(), utc_ns()
        person = ObservedPerson(
            track=1, points=b"", box=(0.4, 0.2, 0.6, 0.9), presence=0.9, feet=(0.5, 0.9), exercise="squat", reps=2
        )
        store.observe(
            [
                Observation(
                    sender="worker:1", camera="a", epoch="e1", boot="b", sequence=at, captured_ns=at,
                    captured_utc_ns=wall, width=640, height=480, people=(person,),
                )
            ]
        )  # fmt: skip
        time.sleep(0.05)
        floor = store.live_floor()
        return floor is not None and any(one.number == 1 for one in floor.people)

    until(shown)
    floor = store.live_floor()
    assert floor is not None
    assert [(one.zone, one.exercise) for one in floor.people] == [("Rack", "squat")]
    assert store.live_cameras()["a"].people[1].number == 1
    with writing(engine) as connection:
        (session,) = tables(connection)["sessions"]
    assert session[3] is None
    # A restart knows who is there: nobody becomes two people.
    store.append_events(
        [TrackEnded(sender="worker:1", who=who, captured_utc_ns=utc_ns(), started_utc_ns=now, frames=9)]
    )
    until(lambda: folded(store, 3))
    with writing(engine) as connection:
        assert len(tables(connection)["people"]) == 1


def test_status_of_cameras_is_stored_at_every_change(aggregators: Aggregators, store: Store, engine: Engine) -> None:
    aggregators.start()
    until(lambda: leads(store))

    def tell(state: str, reason: str) -> None:
        now = utc_ns()
        store.beat(
            IngestHeartbeat(
                sender="ingest:a", pid=1, host="h", started_utc_ns=now, beat_utc_ns=now, version="0", camera="a",
                boot="b", endpoint="ipc://x", camera_state=state, reason=reason, detail=reason, dropped={"late": 2},
            )
        )  # fmt: skip

    def rows() -> list[tuple[object, ...]]:
        with writing(engine) as connection:
            found = connection.exec_driver_sql("SELECT state, reason, dropped FROM camera_status ORDER BY id")
            return [tuple(row) for row in found]

    tell("online", "")
    until(lambda: rows() == [("online", "", 2)])
    tell("offline", "refused")
    until(lambda: rows() == [("online", "", 2), ("offline", "refused", 2)])


def test_config_is_read_anew_and_a_broken_one_is_told(aggregators: Aggregators, store: Store, engine: Engine) -> None:
    aggregators.start()
    until(lambda: leads(store))
    store.append_events(visit("a", 1, "p1", 0, [3]))
    until(lambda: folded(store, 7))
    aggregators.config.write_text(CONFIG.replace('"Rack"', '"Power rack"') + "\n[gyn]\n")
    until(lambda: "gyn" in trouble(store))
    aggregators.config.write_text(CONFIG.replace('"Rack"', '"Power rack"'))
    until(lambda: trouble(store) == "")
    time.sleep(0.5)
    store.append_events(visit("a", 2, "p2", 0, [3]))
    until(lambda: folded(store, 14))
    with writing(engine) as connection:
        assert [row[4] for row in tables(connection)["sets"]] == ["Rack", "Power rack"]


def test_database_that_is_none_is_refused_in_one_line(tmp_path: Path, redis_address: Address) -> None:
    several = Aggregators(tmp_path, redis_address, "mysql://u:secretpw@h/x")
    process = several.start()
    _, told = process.communicate(timeout=20)
    several.end()
    assert process.returncode == 2
    assert "only sqlite and postgresql are known databases" in told
    assert "secretpw" not in told
    assert "Traceback" not in told


def test_alert_lives_from_raised_to_resolved(engine: Engine) -> None:
    alert = LiveAlert(
        uid="u1", alert="camera offline", severity="warning", subject="a", text="no frames", since_utc_ns=NOON,
        last_utc_ns=NOON,
    )  # fmt: skip
    with writing(engine) as connection:
        # Whoever acknowledges may be faster than the row.
        fold(
            connection,
            [AcknowledgeAlert(sender="console", uid="u1", by="Bo", at_utc_ns=NOON + S)],
            fold_rules(Settings()),
        )
        assert open_alerts(connection) == []
        write_alerts(connection, [AlertChange("raised", alert, NOON)])
        (found,) = open_alerts(connection)
        assert (found.text, found.acknowledged_by, found.since_utc_ns) == ("no frames", "Bo", NOON)
        write_alerts(connection, [AlertChange("resolved", alert, NOON + 9 * S)])
        assert open_alerts(connection) == []
        assert sweep(connection, NOON, fold_rules(Settings())) == []
