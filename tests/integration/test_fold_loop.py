"""The way from the stream into the database, with a real Redis and real databases that fail."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from fold_story import NOON, S, joined, set_told, started, tables, totals, visit
from postgres_service import PostgresService
from redis_service import RedisService
from sqlalchemy import Engine, text

from aggregator import fold_loop
from aggregator.database import known_version, open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.fold_loop import FoldLoop
from aggregator.handover import CurrentSettings, Folded, Handover, Restored, Rows
from aggregator.visits import fold_rules, sweep
from core import keys
from core.clock import mono_ns
from core.messages import AnyDurable, TrackRef
from core.runtime import StopRequest
from core.secrets import Address
from core.settings import Privacy, Sessions, Settings
from core.store import Store
from core.wire import encode

LONG_S = 3e9
"""The story is of some day in the past, and nothing of it is to be removed for its age."""
SETTINGS = Settings(sessions=Sessions(ends_after=900), privacy=Privacy(set_views=LONG_S, rejected_reps=LONG_S))
STORY: list[AnyDurable] = [
    event
    for number in range(6)
    for event in visit("ab"[number % 2], number, f"p{number // 2}", 600 * (number // 2) + number % 2, [5, 4, 6])
]


def until(true: Callable[[], object], within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


class Folding:
    """A fold loop in a thread, as the process runs it."""

    def __init__(self, redis: Address, database: str, consumer: str = "aggregator") -> None:
        self.handover = Handover()
        self.loop = FoldLoop(redis, Address(database), consumer, CurrentSettings(SETTINGS), self.handover)
        self.told: list[Restored | Folded] = []
        self._stop = StopRequest()
        self._thread = threading.Thread(target=self.loop.run, args=(self._stop,))

    def __enter__(self) -> "Folding":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(15)
        assert not self._thread.is_alive()
        self._stop.close()


@pytest.fixture
def store(redis_address: Address) -> Iterator[Store]:
    store = Store(redis_address)
    yield store
    store.close()


def drained(store: Store) -> bool:
    backlog = store.backlog()
    return backlog.pending == 0 and backlog.lag == 0


def stored(database: str) -> dict[str, list[tuple[object, ...]]]:
    """All tables after everybody has left."""
    engine = open_engine(Address(database))
    with writing(engine) as connection:
        sweep(connection, NOON + 10**6 * S, fold_rules(SETTINGS))
        result = tables(connection)
    engine.dispose()
    for row in result["sessions"]:
        assert row[3] is not None
    # Why a visit ended depends on whether it was found or watched.
    return result | {"sessions": [row[:4] for row in result["sessions"]]}


def total(database: str) -> tuple[int, int, int]:
    engine = open_engine(Address(database))
    with writing(engine) as connection:
        result = totals(connection)
    engine.dispose()
    return result


@pytest.fixture
def undisturbed(tmp_path: Path) -> dict[str, list[tuple[object, ...]]]:
    url = f"sqlite:///{tmp_path / 'undisturbed.db'}"
    engine = open_engine(Address(url))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, STORY, fold_rules(SETTINGS))
    engine.dispose()
    return stored(url)


def test_events_are_committed_and_acknowledged(store: Store, database_url: str, undisturbed) -> None:
    store.append_events(STORY)
    with Folding(store.address, database_url) as folding:
        until(lambda: folding.loop.figures.events == len(STORY) and drained(store))
        until(lambda: folding.loop.figures.waiting == 0)
        assert folding.loop.figures.database == ""
        assert folding.loop.figures.events == len(STORY)
        told: list[Restored | Folded] = []

        def restored() -> bool:
            told.extend(folding.handover.take_told())
            return any(isinstance(batch, Restored) for batch in told)

        until(restored)
    assert {known.number for batch in told if isinstance(batch, Folded) for known in batch.people} == {1, 2, 3}
    assert stored(database_url) == undisturbed


def test_every_event_twice_changes_nothing(store: Store, database_url: str, undisturbed) -> None:
    store.append_events([*STORY, *STORY[::-1]])
    with Folding(store.address, database_url):
        until(lambda: drained(store))
    assert stored(database_url) == undisturbed


def test_a_gym_that_is_never_quiet_is_caught_up_with(store: Store, database_url: str) -> None:
    told: list[Restored | Folded] = []
    with Folding(store.address, database_url) as folding:
        for number in range(200):
            store.append_events(visit("a", number, f"p{number}", 20 * number, [1])[:1])
            told += folding.handover.take_told()
            if any(isinstance(batch, Restored) for batch in told):
                break
            time.sleep(0.04)
    assert any(isinstance(batch, Restored) for batch in told)


def test_a_long_upgrade_is_not_taken_for_hanging(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead_s: list[float] = []

    def slow(engine: Engine) -> None:
        ahead_s.append((folding.loop.figures.alive_ns - mono_ns()) / S)
        upgrade(engine)

    monkeypatch.setattr(fold_loop, "upgrade", slow)
    with Folding(store.address, f"sqlite:///{tmp_path / 'gym.db'}") as folding:
        until(lambda: any(isinstance(batch, Restored) for batch in folding.handover.take_told()))
        assert folding.loop.figures.alive_ns <= mono_ns()
    assert ahead_s[0] > 600


def test_restart_between_commit_and_acknowledge(store: Store, database_url: str, undisturbed) -> None:
    store.append_events(STORY)
    store.ensure_group()
    read = store.read_events("aggregator", 40)
    store.read_events("dead sibling", 30)
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:  # committed, and then it dies
        fold(connection, STORY[: len(read)], fold_rules(SETTINGS))
    engine.dispose()
    with Folding(store.address, database_url):
        until(lambda: drained(store))
    assert stored(database_url) == undisturbed


def test_group_deleted_and_redis_emptied(own_redis: RedisService, database_url: str, undisturbed) -> None:
    store = Store(own_redis.address)
    half = len(STORY) // 2
    with Folding(own_redis.address, database_url):
        store.append_events(STORY[:half])
        until(lambda: drained(store))
        with redis.Redis(unix_socket_path=str(own_redis.socket)) as client:
            client.xgroup_destroy(keys.EVENTS, keys.EVENTS_GROUP)
        until(lambda: store.backlog().lag == 0)
        own_redis.kill()
        own_redis.empty()
        time.sleep(0.3)
        own_redis.start()
        store.append_events(STORY[half:])
        until(lambda: drained(store))
    store.close()
    assert stored(database_url) == undisturbed


def test_what_cannot_be_folded_goes_to_the_dead_letters_and_holds_up_nobody(
    store: Store, database_url: str, undisturbed
) -> None:
    impossible = set_told(TrackRef("a", "e1", 2**60), 0, 3)
    store.append_payloads([b"no msgpack", encode(STORY[0])[:-3], encode(impossible)])
    store.append_events(STORY[:20])
    # Decodes, and only the database finds out: a NUL in Postgres, a lone number no column holds in SQLite.
    if database_url.startswith("postgres"):
        store.append_events([joined(TrackRef("a\0", "e1", 1), "p\0", 3)])
    store.append_events(STORY[20:])
    expected = 4 if database_url.startswith("postgres") else 3
    with Folding(store.address, database_url) as folding:
        until(lambda: drained(store))
        until(lambda: folding.loop.figures.dead_letters == expected)
    letters = store.dead_letters()
    assert len(letters) == expected
    assert any("which is not between" in letter.error for letter in letters)
    assert any(letter.payload == b"no msgpack" for letter in letters)
    assert max(letter.deliveries for letter in letters) == (3 if expected == 4 else 1)
    assert stored(database_url) == undisturbed


def test_sqlite_locked_for_seconds_loses_nothing(store: Store, tmp_path: Path, undisturbed) -> None:
    url = f"sqlite:///{tmp_path / 'gym.db'}"
    with Folding(store.address, url) as folding:
        until(folding.handover.take_told)
        blocker = sqlite3.connect(tmp_path / "gym.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        store.append_events(STORY)
        until(lambda: "locked by another program" in folding.loop.figures.database)
        folding.handover.to_database(Rows(sightings={TrackRef("a", "e1", 0): NOON}))
        until(lambda: folding.loop.figures.waiting > 0)
        assert total_of(blocker) == 0
        blocker.execute("ROLLBACK")
        blocker.close()
        until(lambda: drained(store))
        until(lambda: folding.loop.figures.database == "")
    assert stored(url) == undisturbed


def total_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sets").fetchone()[0])


def test_postgres_stopped_and_started_again_loses_nothing(store: Store, undisturbed) -> None:
    server = PostgresService()
    server.start()
    try:
        _, url = server.new_database()
        with Folding(store.address, url) as folding:
            store.append_events(STORY[:30])
            until(lambda: folding.loop.figures.events == 30)
            server.stop()
            store.append_events(STORY[30:])
            until(lambda: "is Postgres started there?" in folding.loop.figures.database)
            until(lambda: folding.loop.figures.waiting > 0)
            said, say = [], folding.loop._say_database
            folding.loop._say_database = lambda wrong: (said.append(wrong), say(wrong))
            until(lambda: len(said) >= 3)
            assert all(said), "while it is away, nothing says that it is back"
            server.start()
            until(lambda: drained(store))
            until(lambda: folding.loop.figures.database == "")
        assert stored(url) == undisturbed
    finally:
        server.remove()


def test_starts_without_a_database_and_waits_for_it(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "not there yet"
    url = f"sqlite:///{folder / 'gym.db'}"
    store.append_events(STORY)
    with Folding(store.address, url) as folding:
        until(lambda: f"there is no folder {folder}" in folding.loop.figures.database)
        folder.mkdir()
        until(lambda: folding.loop.figures.events == len(STORY))


def test_a_file_that_is_put_aside_while_it_is_locked_is_made_anew(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "gym.db"
    store.append_events(STORY[:30])
    with Folding(store.address, f"sqlite:///{file}") as folding:
        until(lambda: folding.loop.figures.events == 30)
        blocker = sqlite3.connect(file, isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        store.append_events(STORY[30:])
        until(lambda: folding.loop.figures.database != "")
        for each in tmp_path.glob("gym.db*"):
            each.rename(tmp_path / f"aside-{each.name}")
        until(lambda: drained(store))
        until(lambda: folding.loop.figures.database == "")
        assert total(f"sqlite:///{file}") != (0, 0, 0)
        blocker.close()


def test_newer_tables_are_left_alone(store: Store, database_url: str) -> None:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    store.append_events(STORY)
    with Folding(store.address, database_url) as folding:
        until(lambda: "version 9999" in folding.loop.figures.database)
        assert f"knows them up to {known_version()}" in folding.loop.figures.database
        until(lambda: folding.loop.figures.waiting == len(STORY))
    assert total(database_url) == (0, 0, 0)


def test_rows_that_the_database_refuses_are_given_up_and_hold_up_no_event(
    store: Store, database_url: str, undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("a zone that no table takes")

    monkeypatch.setattr(fold_loop, "write_occupancy", refuse)
    with Folding(store.address, database_url) as folding:
        folding.handover.to_database(Rows(sightings={TrackRef("a", "e1", 0): NOON}))
        store.append_events(STORY)
        until(lambda: folding.loop.figures.events == len(STORY) and drained(store))
    assert stored(database_url) == undisturbed


def test_psycopg_is_reached_by_plain_addresses_too(postgres_url: str) -> None:
    plain = postgres_url.replace("postgresql+psycopg", "postgresql")
    engine = open_engine(Address(plain))
    upgrade(engine)
    engine.dispose()
    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT obj_description('sets'::regclass)").fetchone() is not None


def test_days_are_filled_in_and_what_is_too_old_goes_while_nothing_happens(store: Store, database_url: str) -> None:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, STORY, fold_rules(SETTINGS))
        connection.execute(text("UPDATE sets SET day = NULL"))
        old = "INSERT INTO audit VALUES ('u', '2020-01-01T00:00:00.000000+00:00', 's', 'a', 'x', '', '')"
        connection.execute(text(old))

    def rows(question: str) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(question)).scalar_one())

    with Folding(store.address, database_url):
        until(lambda: rows("SELECT count(*) FROM sets WHERE day IS NULL") == 0)
        until(lambda: rows("SELECT count(*) FROM audit") == 0)
    engine.dispose()


def test_a_visit_goes_on_as_long_as_the_cameras_clock_says(store: Store, database_url: str) -> None:
    folding = Folding(store.address, database_url)
    folding.handover.times.hear("a", NOON + 60 * S, mono_ns())
    with folding:
        store.append_events([started(TrackRef("a", "e1", 0), 0), joined(TrackRef("a", "e1", 0), "p1", 1)])
        until(lambda: folding.loop.figures.events == 2)
        folding.loop._sweep.at_ns = 0
        until(lambda: folding.loop._sweep.at_ns > 0)
    engine = open_engine(Address(database_url))
    with writing(engine) as connection:
        ends = connection.execute(text("select ended_at from sessions")).all()
    engine.dispose()
    assert [row[0] for row in ends] == [None]
