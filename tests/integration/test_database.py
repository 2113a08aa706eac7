"""Opening real databases, and what is said when that fails."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from postgres_service import PostgresService
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from aggregator.database import known_version, open_engine, upgrade, writing
from aggregator.schema import Alert, Base, Camera, Session, Track
from core.errors import ConfigError, DatabaseError
from core.secrets import Address


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def refused(url: str) -> str:
    """What is said when this database is opened."""
    engine = open_engine(Address(url))
    try:
        with pytest.raises(DatabaseError) as told:
            upgrade(engine)
    finally:
        engine.dispose()
    assert "\n" not in str(told.value)
    assert "secretpw" not in str(told.value)
    return str(told.value)


def test_migrations_make_what_the_schema_says(engine: Engine) -> None:
    with writing(engine) as connection:
        assert (
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []
        )


def test_upgrade_again_changes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(Camera).values(id="a", name="A", enabled=True))
    upgrade(engine)
    with writing(engine) as connection:
        assert connection.scalars(select(Camera.id)).all() == ["a"]


def test_two_that_start_at_once_do_not_disturb_each_other(database_url: str) -> None:
    failed: list[DatabaseError] = []
    started: list[bool] = []

    def start() -> None:
        engine = open_engine(Address(database_url))
        try:
            upgrade(engine)
        except DatabaseError as error:
            failed.append(error)
        else:
            started.append(True)
        engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert len(started) == 4


def test_newer_tables_are_refused_with_both_versions(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        DatabaseError, match=f"version 9999 and this Spotter knows them up to {known_version()}; install"
    ):
        upgrade(engine)


def test_times_need_a_zone_and_come_back_in_utc(engine: Engine) -> None:
    at = datetime(2026, 7, 1, 10, 30, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    values = {"alert": "x", "severity": "info", "subject": "", "text": "", "last_at": at, "count": 1}
    with writing(engine) as connection:
        connection.execute(insert(Alert).values(uid="u", since_at=at, **values))
        found = connection.scalars(select(Alert.since_at)).one()
        assert found == at
        assert found.tzinfo is UTC
    with pytest.raises(StatementError, match="has no time zone"), writing(engine) as connection:
        connection.execute(insert(Alert).values(uid="v", since_at=datetime(2026, 7, 1), **values))


def test_foreign_keys_hold(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(Track).values(camera_id="nowhere", epoch="e", track=1, decision=0))
    now = datetime.now(UTC)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(Session).values(person_id=77, started_at=now, last_seen_at=now))


def test_one_writer_at_a_time(engine: Engine, database_url: str) -> None:
    other = open_engine(Address(database_url))
    with (
        writing(engine),
        pytest.raises(DatabaseError, match="is locked by another program; close what writes to it"),
        writing(other),
    ):
        pass
    other.dispose()


def test_sqlite_keeps_readers_and_writers_apart(tmp_path: Path) -> None:
    engine = open_engine(Address(f"sqlite:///{tmp_path / 'gym.db'}"))
    upgrade(engine)
    with writing(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        reader = sqlite3.connect(f"file:{tmp_path / 'gym.db'}?mode=ro", uri=True)
        assert reader.execute("SELECT count(*) FROM sets").fetchone() == (0,)
        reader.close()
    engine.dispose()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "gym.db").write_text("a shopping list\n" * 100)
    assert "gym.db is no SQLite database; name another file" in refused(f"sqlite:///{tmp_path / 'gym.db'}")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert f"there is no folder {tmp_path / 'x'}; make it" in refused(f"sqlite:///{tmp_path / 'x' / 'gym.db'}")


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    assert "is a folder; name a file" in refused(f"sqlite:///{tmp_path}")


def test_a_full_disk(tmp_path: Path) -> None:
    engine = open_engine(Address(f"sqlite:///{tmp_path / 'gym.db'}"))
    upgrade(engine)
    values = [{"id": f"c{number}", "name": "x" * 1000, "enabled": True} for number in range(200)]
    with pytest.raises(DatabaseError, match="cannot grow, its disk is full; make room there"):
        fill(engine, values)
    engine.dispose()


def fill(engine: Engine, values: list[dict[str, object]]) -> None:
    """Write to a file that may not grow."""
    with writing(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.execute(insert(Camera), values)


READ_ONLY = """
import os, sys
from aggregator.database import open_engine, upgrade
from core.errors import DatabaseError
from core.secrets import Address
# All that is imported late must be imported before, where it can be read.
engine = open_engine(Address(sys.argv[1]))
upgrade(open_engine(Address(sys.argv[2])))
os.setgid(65534); os.setuid(65534)
try:
    upgrade(engine)
except DatabaseError as error:
    print(error)
"""


def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    folder = Path("/tmp") / f"spotter-read-only-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        url = f"sqlite:///{folder / 'gym.db'}"
        if os.geteuid() == 0:
            # Root may write everywhere: another user tries.
            told = subprocess.run(
                [sys.executable, "-c", READ_ONLY, url, f"sqlite:///{tmp_path / 'warm.db'}"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        else:
            folder.chmod(0o555)
            told = refused(url)
    finally:
        folder.chmod(0o755)
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
    assert "may this user write there?" in told or "let this user write" in told


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:secretpw@127.0.0.1:1/x", "does not answer; is Postgres started there?"),
        ("postgresql+psycopg://u:secretpw@nowhere.invalid/x", "has a host that nobody knows; correct the host"),
    ],
)
def test_a_postgres_that_is_not_there(url: str, expected: str) -> None:
    assert expected in refused(url)


def test_a_database_that_postgres_does_not_have(postgres_url: str) -> None:
    missing = postgres_url.replace("@/", "@/no_").replace("postgres@", "postgres:secretpw@")
    assert "create the database on the server" in refused(missing)


def test_a_wrong_password(postgres: PostgresService, postgres_url: str) -> None:
    rules = postgres.server.pgdata / "pg_hba.conf"
    before = rules.read_text()
    postgres.execute("CREATE ROLE guest LOGIN PASSWORD 'right'")
    rules.write_text("local all guest scram-sha-256\n" + before)
    try:
        postgres.execute("SELECT pg_reload_conf()")
        url = postgres_url.replace("postgres@", "guest:secretpw@")
        assert "refuses the user or the password; correct them" in refused(url)
        assert "asks for a password" in refused(postgres_url.replace("postgres@", "guest@"))
    finally:
        rules.write_text(before)
        postgres.execute("SELECT pg_reload_conf()")
        postgres.execute("DROP ROLE guest")


def test_rights_that_are_missing(postgres: PostgresService, postgres_url: str) -> None:
    postgres.execute("CREATE ROLE reader LOGIN")
    try:
        assert "gives the user too few rights" in refused(postgres_url.replace("postgres@", "reader@"))
    finally:
        postgres.execute("DROP ROLE reader")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("gym.db", "is no address of a database; write sqlite:///FILE"),
        ("mysql://u:secretpw@h/x", "only sqlite and postgresql are known databases"),
        ("sqlite://", "names no file"),
    ],
)
def test_addresses_that_cannot_be_used(url: str, expected: str) -> None:
    with pytest.raises(ConfigError) as told:
        open_engine(Address(url))
    assert expected in str(told.value)
    assert "secretpw" not in str(told.value)


def test_a_server_that_throws_everybody_out_is_found_again(postgres_url: str) -> None:
    engine = open_engine(Address(postgres_url))
    upgrade(engine)
    with pytest.raises(DatabaseError):
        lose(engine, postgres_url)
    with writing(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def lose(engine: Engine, url: str) -> None:
    """A transaction in which the server ends the connection."""
    others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    with writing(engine) as connection, psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"SELECT pg_terminate_backend(pid) {others}")
        connection.execute(text("SELECT 1"))
