"""``spotter.open``: rows, Arrow and files out of real databases, from several threads and in little memory."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from filled_gym import BEGIN, fill

import spotter
from core.errors import ConfigError, DatabaseError, SpotterError
from spotter.database_api import Database

QUESTIONS = ("people", "sessions", "sets", "reps", "alerts", "cameras")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    fill(database_url)
    with spotter.open(database_url) as database:
        yield database


def test_rows_are_dicts_with_types_of_python(database: Database) -> None:
    (newest, *_) = database.sets()
    assert (newest["reps"], newest["exercise"], newest["hold_s"], newest["open"]) == (4, "squat", None, False)
    assert newest["started_at"] == BEGIN + timedelta(seconds=86_410)
    assert newest["started_at"].utcoffset() == timedelta()
    assert list(newest) == list(database.sets().columns)
    assert [row["reps"] for row in database.sets(person=1, exercise="squat", camera="a", zone="Rack")] == [6]
    assert [row["reps"] for row in database.sets(since=date(2026, 5, 29))] == [4]
    assert [row["reps"] for row in database.sets(until=BEGIN + timedelta(hours=1), limit=1)] == [5]
    assert [row["reps"] for row in database.sets(since=datetime(2026, 5, 29, tzinfo=UTC), until="2026-05-29")] == [4]
    for name in QUESTIONS:
        assert getattr(database, name)().list()


def test_rows_can_be_gone_through_again_and_left_early(database: Database) -> None:
    rows = database.reps()
    for _ in range(40):  # more often than there are connections
        assert next(iter(rows))["number"] == 1
    assert len(rows.list()) == len(rows.list()) == 15


def test_arrow_has_types(database: Database, tmp_path: Path) -> None:
    table = database.sets().arrow()
    assert table.to_pylist() == database.sets().list()
    assert str(table.schema.field("started_at").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("hold_s").type) == "double"
    none = database.sets(zone="Pool").arrow()
    assert (none.num_rows, none.schema) == (0, table.schema)
    assert sum(batch.num_rows for batch in database.reps().record_batches(rows=4)) == 15
    database.sets().write(tmp_path / "sets.csv")
    assert len((tmp_path / "sets.csv").read_text().splitlines()) == 5


def test_a_dataframe_keeps_the_types(database: Database) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is no part of Spotter; pip install pandas tests it too")
    frame = database.sets().dataframe()
    assert list(frame.columns) == list(database.sets().columns)
    assert frame["started_at"].tolist() == [row["started_at"] for row in database.sets()]
    assert (str(frame["started_at"].dtype), str(frame["hold_s"].dtype)) == ("datetime64[us, UTC]", "float64")
    assert frame.groupby("exercise")["reps"].sum().to_dict() == {"lunge": 5, "squat": 12}
    assert frame.dtypes.equals(database.sets(zone="Pool").dataframe().dtypes)  # also without rows
    # A camera that never told a state has no number of dropped frames, which makes no fraction of the others.
    cameras = database.cameras().dataframe().set_index("camera")
    assert (str(cameras["dropped"].dtype), str(cameras["enabled"].dtype)) == ("Int64", "boolean")
    assert (cameras.loc["a", "dropped"], cameras.loc["b", "dropped"]) == (0, pandas.NA)
    assert database.sql("SELECT 1 AS a WHERE 1 = 0").dataframe().empty


def test_without_pandas_it_says_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigError, match="a DataFrame needs pandas; install it with: pip install pandas"):
        database.sets().dataframe()


def test_without_pyarrow_everything_else_works(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for ask in (database.sets().arrow, lambda: database.sets().write(tmp_path / "sets.parquet")):
        with pytest.raises(ConfigError, match=r"need pyarrow; install it with: pip install 'spotter\[parquet\]'"):
            ask()
    assert not (tmp_path / "sets.parquet").exists()
    assert len(database.sets().list()) == 4


@pytest.mark.parametrize("limit", [0, -1, 10**30, 2.5, True, "5"])
def test_a_limit_is_a_number_of_rows(database: Database, limit: object) -> None:
    for ask in (database.sets, lambda **words: database.sql("SELECT 1", **words)):
        with pytest.raises(ConfigError, match=r"limit is .*; it must be a whole number from 1 to"):
            ask(limit=limit)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_is_a_time(database: Database, seconds: float) -> None:
    with pytest.raises(ConfigError, match=r"timeout_s is .*; it must be 0.1 to 3600 seconds"):
        database.sql("SELECT 1", timeout_s=seconds)


def test_sql(database: Database, database_url: str) -> None:
    assert database.sql("SELECT count(*) AS n FROM reps").list() == [{"n": 15}]
    assert database.sql("SELECT id FROM reps ORDER BY id", limit=2).arrow().num_rows == 2
    with pytest.raises(ConfigError, match="only reading"):
        database.sql("DELETE FROM reps").list()
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT"
    if "sqlite" in database_url:
        with pytest.raises(ConfigError, match="the column 'mixed' holds values of several kinds"):
            database.sql(f"{numbers} CASE WHEN i < 2500 THEN i ELSE 'x' END AS mixed FROM n").list()
    assert database.sql(f"{numbers} CASE WHEN i < 2500 THEN NULL ELSE i END AS late FROM n").list()[-1] == {
        "late": "3000"
    }


def test_what_is_wrong_is_said_at_once(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'squat'"):
        database.sets(exercise="squad")
    with pytest.raises(ConfigError, match="whole number from 1"):
        database.sets(limit=0)
    with pytest.raises(ConfigError, match="is no time"):
        database.sets(since="yesterdy")
    with pytest.raises(DatabaseError, match="there is no database"):
        spotter.open(tmp_path / "none.db")
    with pytest.raises(ConfigError, match="is no time zone"):
        spotter.open(tmp_path / "none.db", timezone="Mars/Olympus")
    with pytest.raises(SpotterError):
        spotter.open(tmp_path / "none.toml")
    with pytest.raises(AttributeError):
        spotter.close  # noqa: B018


def test_gym_toml_names_database_and_time_zone(tmp_path: Path) -> None:
    fill(f"sqlite:///{tmp_path / 'gym.db'}")
    (tmp_path / "gym.toml").write_text('[gym]\ntimezone = "Asia/Tokyo"\n')
    with spotter.open(tmp_path / "gym.toml") as gym:
        assert [row["reps"] for row in gym.sets(since="2026-05-30")] == [4]
    with spotter.open(tmp_path / "gym.toml", timezone="UTC") as gym:
        assert gym.sets(since="2026-05-30").list() == []


def test_from_many_threads(database: Database) -> None:
    def ask(number: int) -> int:
        return len(getattr(database, QUESTIONS[number % 6])().list())

    with ThreadPoolExecutor(20) as pool:
        counted = list(pool.map(ask, range(120)))
    assert counted == counted[:6] * 20


MEMORY = """
import resource, sys, spotter
with spotter.open(sys.argv[1]) as gym:
    rows = gym.reps(limit=int(sys.argv[2]))
    n = sum(1 for row in rows)
    rows.write(sys.argv[3])
print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "gym.db"
    fill(f"sqlite:///{file}")
    with sqlite3.connect(file) as connection:
        columns = "started_at, ended_at, duration_s, range_of_motion, unit, tentative, cameras"
        connection.execute(
            f"""INSERT INTO reps (set_id, number, {columns})
            WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
            SELECT set_id, i, {columns} FROM n, (SELECT * FROM reps LIMIT 1)"""
        )
    connection.close()
    for out, most in (("out.csv", 8), ("out.parquet", 60)):
        used = []
        for limit in (20_000, 190_000):
            words = [sys.executable, "-c", MEMORY, str(file), str(limit), str(tmp_path / out)]
            done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
            rows, megabytes = map(int, done.stdout.split())
            assert rows == limit
            used.append(megabytes)
        assert used[1] - used[0] < most
