"""Reading the past out of real databases, and statements that must not do more than read."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fold_story import NOON, S, visit
from sqlalchemy import Engine, insert, text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.queries import Past
from aggregator.schema import Alert, ZoneOccupancy
from aggregator.visits import fold_rules
from core.clock import utc_datetime
from core.errors import ConfigError, DatabaseError
from core.history import Selection
from core.messages import CorrectSet, MergePeople, NamePerson, TrackRef
from core.secrets import Address
from core.settings import Camera, Settings, Zone

ZONE = Zone(name="Rack", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
RULES = fold_rules(Settings(camera=(Camera(id="a", source=Address("usb:0"), zone=(ZONE,)),)))
ALL = Selection()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def past(database_url: str, engine: Engine) -> Iterator[Past]:
    """A gym day: Bo with two sets, one of them corrected; Cy the day after; somebody who was merged into Bo."""
    words = {"sender": "console", "by": "Ines", "at_utc_ns": NOON + 500 * S}
    events = [
        *visit("a", 1, "p1", 0, [6, 3]),
        *visit("b", 1, "p2", 86_400, [4]),
        *visit("b", 2, "p3", 30, [2]),
        NamePerson(uid="p1", nickname="Bo", member_number="7", before="#1", **words),
        MergePeople(from_uid="p3", into_uid="p1", **words),
        CorrectSet(set_uid="a/e1/1/set/2", reps=5, exercise="lunge", **words),
    ]
    with writing(engine) as connection:
        fold(connection, events, RULES)
        minute = utc_datetime(NOON // (3600 * S) * 3600 * S)
        rows = [
            {"zone": "Rack", "minute": minute + timedelta(minutes=at), "people_mean": mean, "people_max": most}
            for at, mean, most in ((0, 1.0, 2), (59, 2.0, 3), (60, 4.0, 4))
        ]
        connection.execute(insert(ZoneOccupancy), rows)
        words = {"since_at": minute, "last_at": minute, "text": "t", "severity": "info", "subject": "a", "count": 2}
        connection.execute(insert(Alert).values(uid="u", alert="camera offline", acknowledged_by="", **words))
    reader = Past(Address(database_url))
    yield reader
    reader.close()


def test_people_and_visits(past: Past) -> None:
    assert [(row.uid, row.nickname, row.member_number) for row in past.people(ALL)] == [
        ("p2", "", ""),
        ("p1", "Bo", "7"),
    ]
    assert [row.uid for row in past.people(Selection(exercise="lunge"))] == ["p1"]
    assert past.person("p3").merged_into == "p1"
    assert past.person("nobody") is None
    newest, first = past.sessions(ALL)
    assert (newest.person, newest.sets, newest.reps) == ("p2", 1, 4)
    assert (first.nickname, first.sets, first.reps, first.started_utc_ns) == ("Bo", 3, 13, NOON)
    assert [row.person for row in past.sessions(Selection(until_utc_ns=NOON + 3600 * S))] == ["p1"]
    assert [row.person for row in past.sessions(Selection(from_utc_ns=NOON + 80_000 * S))] == ["p2"]
    assert [(row.sets, row.reps) for row in past.sessions(Selection(exercise="lunge"))] == [(1, 5)]


def test_sets_by_every_choice(past: Past) -> None:
    def reps(**chosen: object) -> list[int]:
        return [row.reps_in_the_end for row in past.sets(Selection(**chosen))]

    assert reps() == [4, 5, 2, 6]
    assert reps(person="p1") == [5, 2, 6]
    assert reps(person="p3") == []
    assert reps(exercise="squat") == [4, 2, 6]
    assert reps(zone="Rack") == [5, 6]
    assert reps(camera="b") == [4, 2]
    assert reps(limit=1) == [4]
    assert [row.number for row in past.sets(ALL, session=past.sessions(ALL)[1].session)] == [1, 2, 3]
    assert [row.person for row in past.visit("p2")] == ["p2"]
    assert past.visit("nobody") == []


def test_set_with_its_reps_faults_and_correction(past: Past) -> None:
    detail = past.set_detail("a/e1/1/set/2")
    assert (detail.set.reps, detail.set.corrected_reps, detail.set.exercise, detail.set.exercise_in_the_end) == (
        3,
        5,
        "squat",
        "lunge",
    )
    assert detail.set.is_corrected
    assert detail.set.corrected_by == "Ines"
    assert [rep.duration_s for rep in detail.reps] == [3.0, 3.0, 3.0]
    assert [(fault.rep, fault.rule, fault.cue) for fault in detail.faults] == [(3, "depth", "deeper")]
    assert [row.reason for row in detail.rejected] == ["too short"]
    assert past.set_detail("nonsense") is None
    assert past.set_detail("a/e1/1/set/99") is None


def test_tracks_alerts_audit_choices(past: Past) -> None:
    tracks = past.tracks("p1")
    assert {(row.who, row.decided, row.sets) for row in tracks} == {
        (TrackRef("a", "e1", 1), "p1", 2),
        (TrackRef("b", "e1", 2), "p3", 1),
    }
    assert [row.uid for row in past.alerts(ALL)] == ["u"]
    assert {(row.action, row.before, row.after) for row in past.audit(subject="p1")} == {
        ("merge people", "", "p1"),
        ("name person", "#1", "Bo, member 7"),
    }
    choices = past.choices()
    assert (choices.exercises, choices.zones, choices.cameras) == (("lunge", "squat"), ("Rack",), ("a", "b"))


def test_occupancy_by_hour_also_of_half_hour_zones(past: Past) -> None:
    begins = NOON // (3600 * S) * 3600 * S
    assert [(row.hour_utc_ns, row.people_mean, row.people_max) for row in past.occupancy(ALL)] == [
        (begins, 1.5, 3),
        (begins + 3600 * S, 4.0, 4),
    ]
    shifted = past.occupancy(ALL, shift_s=1800)
    assert [(row.hour_utc_ns, row.people_max) for row in shifted] == [(begins - 1800 * S, 2), (begins + 1800 * S, 4)]
    assert past.occupancy(Selection(zone="Pool")) == []


def test_typed_statement_is_answered_and_cut(past: Past) -> None:
    answer = past.run_sql("SELECT exercise, count(*) AS sets FROM sets GROUP BY exercise ORDER BY 2;")
    assert (answer.columns, answer.cut) == (("exercise", "sets"), False)
    assert [row[1] for row in answer.rows] == [4]
    cut = past.run_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", limit=3)
    assert (cut.rows, cut.cut) == (((1,), (2,), (3,)), True)
    assert past.run_sql("SELECT payload FROM set_views LIMIT 1").rows[0][0].endswith(" bytes")
    assert past.run_sql("VALUES (NULL, 'x')").rows == ((None, "x"),)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sets",
        "UPDATE people SET nickname = 'x'",
        "DROP TABLE sets",
        "CREATE TABLE x (y int)",
        "BEGIN",
        "COMMIT",
        "VACUUM",
        "PRAGMA query_only = OFF",
        "SET default_transaction_read_only = off",
        "ATTACH 'x.db' AS x",
        "COPY sets TO '/tmp/x'",
        "SELECT 1; DELETE FROM sets",
        "SELECT 1; COMMIT; DELETE FROM sets",
        "/* SELECT */ DELETE FROM sets",
        "-- SELECT\nDROP TABLE sets",
        "/* */ COMMIT",
        "WITH gone AS (SELECT 1) DELETE FROM sets",
        "SELECT load_extension('x')",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELEC 1",
        "SELECT nothing FROM nowhere",
        "",
        " ; ",
        "(",
        "SELECT 1\0",
        "SELECT '" + "x" * 200_000 + "'",
    ],
)
def test_statement_that_does_more_than_read_is_refused(past: Past, statement: str) -> None:
    with pytest.raises(ConfigError) as told:
        past.run_sql(statement)
    assert "\n" not in str(told.value)
    assert past.run_sql("SELECT count(*) FROM sets").rows == ((4,),)


def test_with_that_deletes_is_refused_or_finds_no_way(past: Past, engine: Engine) -> None:
    with pytest.raises(ConfigError):
        past.run_sql("WITH gone AS (DELETE FROM sets RETURNING id) SELECT * FROM gone")
    with writing(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM sets")).scalar_one() == 4


@pytest.mark.parametrize(
    "statement",
    [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        "SELECT count(*) FROM reps a, reps b, reps c, reps d, reps e, reps f, reps g, reps h",
    ],
)
def test_endless_statement_ends(past: Past, statement: str) -> None:
    began = time.monotonic()
    with pytest.raises(ConfigError, match="takes longer than"):
        past.run_sql(statement, timeout_s=0.3)
    assert time.monotonic() - began < 3
    assert past.run_sql("SELECT 1").rows == ((1,),)


def test_statement_of_another_cannot_hold_up_the_writer(past: Past, engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        for name in ("pg_advisory_lock", '"pg_advisory_lock"', "pg_catalog.PG_ADVISORY_XACT_LOCK"):
            with pytest.raises(ConfigError, match="acts on the server"):
                past.run_sql(f"SELECT {name}({0x5B077E12})")
    with writing(engine) as connection:
        connection.execute(text("UPDATE people SET nickname = 'written' WHERE uid = 'p1'"))
    assert past.person("p1").nickname == "written"


def test_huge_value_is_refused(past: Past, engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with pytest.raises(ConfigError, match="too big"):
            past.run_sql("SELECT zeroblob(100000000)")
    assert len(past.run_sql("SELECT replace('" + "x" * 5000 + "', 'x', 'yy')").rows[0][0]) < 3000


def test_database_that_is_not_there_is_told(tmp_path: object) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db", "postgresql://nobody@127.0.0.1:1/gym"):
        past = Past(Address(url))
        with pytest.raises(DatabaseError, match="database"):
            past.people(ALL)
        with pytest.raises(DatabaseError, match="database"):
            past.run_sql("SELECT 1")
        past.close()
    empty = f"{tmp_path}/empty.db"
    sqlite3.connect(empty).close()
    past = Past(Address(f"sqlite:///{empty}"))
    with pytest.raises(DatabaseError, match="lacks a table"):
        past.sets(ALL)
    past.close()


def test_locked_file_can_still_be_read(past: Past, engine: Engine) -> None:
    with writing(engine):
        assert len(past.sets(ALL)) == 4
