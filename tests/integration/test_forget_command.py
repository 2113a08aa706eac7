"""``spotter forget`` on a gym that runs, one that stands still, and one whose Redis left a file."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from fold_story import NOON, S, joined, set_told, started, visit
from sqlalchemy import text

from aggregator.copies import keep_copy
from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.fold_loop import FoldLoop
from aggregator.handover import CurrentSettings, Handover
from aggregator.visits import fold_rules
from core import keys
from core.clock import utc_ns
from core.errors import ConfigError
from core.messages import (
    AggregatorHeartbeat,
    AnyDurable,
    Checkpoint,
    DeadLetter,
    LiveCamera,
    LiveFloor,
    LivePerson,
    NamePerson,
    Observation,
    ObservedPerson,
    TrackRef,
)
from core.runtime import StopRequest
from core.secrets import Address
from core.settings import Settings
from core.store import Store
from core.wire import encode
from spotter.commands.forget import forget
from spotter.places import places_of
from spotter.redis_server import find_redis_server, server_command, stop_server, wait_until_ready
from workers.spool import Spool

ANNA = TrackRef("a", "e1", 1)
NAMED = NamePerson(sender="c", by="s", at_utc_ns=NOON + S, uid="anna", nickname="Annabel", member_number="M-4711")
STORY: list[AnyDurable] = [*visit("a", 1, "anna", 0, [5, 4]), NAMED, *visit("b", 2, "bert", 5, [6])]
LATE: list[AnyDurable] = [set_told(ANNA, 10, 9, number=1, revision=50), started(TrackRef("b", "e1", 9), 3)]


@pytest.fixture
def gym(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    config = tmp_path / "gym.toml"
    config.write_text(f'[database]\nurl = "{database_url}"\n')
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, STORY, fold_rules(Settings()))
    engine.dispose()
    return config


@pytest.fixture
def store(redis_address: Address, gym: Path) -> Iterator[Store]:
    gym.write_text(gym.read_text() + f'[redis]\nurl = "{redis_address.reveal()}"\n')
    store = Store(redis_address)
    yield store
    store.close()


def fill(store: Store) -> None:
    """What the rest of the system keeps of Anna."""
    store.ensure_group()
    store.append_events(LATE)
    letter = DeadLetter(sender="a", entry="1-0", error="x", deliveries=3, at_utc_ns=NOON, payload=encode(STORY[1]))
    store.bury(letter, "1-0")
    person = ObservedPerson(track=1, points=b"", box=(0, 0, 1, 1), presence=1.0)
    seen = Observation(
        sender="w", camera="a", epoch="e1", boot="b", sequence=1, captured_ns=1, captured_utc_ns=NOON + S, width=1,
        height=1, people=(person,),
    )  # fmt: skip
    store.observe([seen])
    kept = {"camera": "a", "epoch": "e1", "boot": "b", "sequence": 1, "captured_ns": 1, "captured_utc_ns": NOON + S}
    store.save_checkpoint(Checkpoint(sender="w", format="f", state=b"x", **kept), 600)
    live = LivePerson(person="anna", number=1, nickname="Annabel", tracks=(ANNA,))
    floor = LiveFloor(sender="a", at_utc_ns=NOON, started_utc_ns=NOON, people=(live,))
    store.show([LiveCamera(sender="a", camera="a", observation=seen, people={1: live}), floor])


def spooled(gym: Path, name: str = "worker:7") -> Spool:
    spool = Spool(places_of(gym).spool, name)
    spool.append([encode(event) for event in LATE], NOON)
    return spool


def told(gym: Path, person: str, *words: str, code: int = 0) -> dict:
    line = [person, "--yes", "--format", "json", "-c", str(gym), *words]
    done = CliRunner().invoke(forget, line, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    assert done.return_value == code, done.output
    return json.loads(done.output)


def people(database_url: str) -> list[str]:
    engine = open_engine(Address(database_url))
    with writing(engine) as connection:
        found = list(connection.execute(text("SELECT uid FROM people ORDER BY id")).scalars())
    engine.dispose()
    return found


def test_a_gym_that_stands_still(gym: Path, store: Store, database_url: str) -> None:
    fill(store)
    spool = spooled(gym)
    spool._file.close()  # as a worker that was killed leaves it
    report = told(gym, "Annabel")
    assert report["left"] == {}
    assert report["done_by"] == "database"
    found = report["found"]
    for place in ("events", "dead letters", "observations", "checkpoints"):
        assert found[f"Redis: {place}"] == 1, place
    assert found["Redis: live picture"] == 2
    assert found["disk: worker-7.spool"] == 1
    assert found["database: people"] == 1
    assert found["database: sets"] == 2
    assert people(database_url) == ["bert"]
    spool = Spool(places_of(gym).spool, "worker:7")
    assert spool.peek(10) == [encode(LATE[1])]
    spool.close()
    assert store.search_entries(keys.EVENTS, lambda _: True, erase=False) == 1
    with pytest.raises(ConfigError, match="no person"):
        told(gym, "#1")
    engine = open_engine(Address(database_url))
    with writing(engine) as connection:
        logged = connection.execute(text("SELECT action, what FROM access_log")).all()
    engine.dispose()
    assert logged == [("forget", "person 1")]


def test_a_gym_that_runs(gym: Path, store: Store, database_url: str) -> None:
    fill(store)
    stop = StopRequest()
    loop = FoldLoop(store.address, Address(database_url), "aggregator", CurrentSettings(Settings()), Handover())
    thread = threading.Thread(target=loop.run, args=(stop,))
    spool = spooled(gym)  # of a worker that lives
    arrived = threading.Timer(4.0, lambda: (store_of(store, spool.peek(10)), spool.done(spool.peek(10))))
    now = utc_ns() + 60 * S
    store.beat(
        AggregatorHeartbeat(
            sender="aggregator", pid=1, host="h", started_utc_ns=now, beat_utc_ns=now, version="1", leads=True
        )
    )
    thread.start()
    arrived.start()
    try:
        report = told(gym, "M-4711")
    finally:
        stop.set()
        thread.join(20)
        arrived.join(5)
        stop.close()
        spool.close()
    assert report["left"] == {}
    assert report["done_by"] == "aggregator"
    assert report["found"]["disk: worker-7.spool"] == 1
    assert people(database_url) == ["bert"]


def store_of(store: Store, payloads: list[bytes]) -> None:
    """As the worker sends it when Redis is back."""
    with closing(Store(store.address)) as own:
        own.append_payloads(payloads)


def test_what_cannot_be_erased_is_said(gym: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotter.forgetting.SETTLES_WITHIN_S", 0.5)
    spool = spooled(gym)  # of a worker that lives, and cannot send
    try:
        report = told(gym, "#1", code=4)
    finally:
        spool.done(spool.peek(10))
        spool.close()
    assert report["left"] == {"disk: worker-7.spool": 1}


def test_what_an_embedded_redis_left_on_the_disk(gym: Path, tmp_path: Path) -> None:
    places = places_of(gym)
    address = Address(f"unix://{places.redis_socket}")
    process = subprocess.Popen(server_command(find_redis_server(), places.redis, places.redis_socket))
    wait_until_ready(address, process)
    with closing(Store(address)) as store:
        store.append_events([joined(ANNA, "anna-in-the-file", 1), *LATE, NAMED])
    stop_server(process)
    assert b"Annabel" in on_disk(places.redis)
    report = told(gym, "1")
    assert report["found"]["Redis: events"] == 3
    assert report["left"] == {}
    assert report["notes"] == [note for note in report["notes"] if "copy" in note or "copies" in note]
    assert b"Annabel" not in on_disk(places.redis)
    assert process.poll() is not None


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_nothing_of_a_name_is_left_in_the_file_or_in_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    (tmp_path / "gym.toml").write_text("")
    engine = open_engine(Address(f"sqlite:///{tmp_path / 'gym.db'}"))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, STORY, fold_rules(Settings()))
    engine.dispose()
    copy = keep_copy(tmp_path / "gym.db", "copy")
    report = told(tmp_path / "gym.toml", "1")
    assert any(str(copy) in note for note in report["notes"])
    assert b"Annabel" not in (tmp_path / "gym.db").read_bytes()
    assert b"Annabel" in copy.read_bytes()
    report = told(tmp_path / "gym.toml", "2", "--remove-copies")
    assert not copy.exists()
    assert not any(b"Annabel" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_it_asks_first(gym: Path, database_url: str) -> None:
    done = CliRunner().invoke(forget, ["1", "-c", str(gym)], input="n\n")
    assert done.exit_code == 1
    assert "Erase all of it, for good?" in done.output
    assert people(database_url) == ["anna", "bert"]
