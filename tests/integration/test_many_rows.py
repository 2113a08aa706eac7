"""Many rows in one statement: the same rows in SQLite and Postgres, whatever stands in them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import IntegrityError

from aggregator.database import open_engine, upgrade, writing
from aggregator.many_rows import KEY, add_rows, among, among_several, update_rows
from aggregator.schema import About, Camera, Fault, Session, SetView, Track
from core.secrets import Address

AT = datetime(2026, 7, 1, 8, 30, 0, 125_001, UTC)
ODD = 'O\'Neill "100 %" %(rows)s :name \\ {ü} 🏋'


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def add_tracks(connection: Connection, count: int) -> list[int]:
    add_rows(connection, Camera.__table__, [{"id": ODD, "name": "", "enabled": True}])
    tracks = [{"camera_id": ODD, "epoch": "e", "track": track, "decision": 0} for track in range(count)]
    add_rows(connection, Track.__table__, tracks)
    return list(connection.scalars(select(Track.id).order_by(Track.track)))


def test_rows_arrive_as_they_are(engine: Engine) -> None:
    payload = bytes(range(256))
    with writing(engine) as connection:
        track, other = add_tracks(connection, 2)
        view = {"track_id": track, "number": 1, "revision": 2**53, "withdrawn": False, "closed": True}
        add_rows(connection, SetView.__table__, [{**view, "payload": payload}])
        update_rows(
            connection,
            Track.__table__,
            [
                {KEY: track, "started_at": AT, "end_reason": ODD, "frames": None},
                {KEY: other, "started_at": None, "end_reason": None, "frames": 3},
            ],
        )
    with writing(engine) as connection:
        row = connection.execute(select(SetView.revision, SetView.withdrawn, SetView.closed, SetView.payload)).one()
        assert (row[0], row[1], row[2], bytes(row[3])) == (2**53, False, True, payload)
        query = select(Track.camera_id, Track.started_at, Track.end_reason, Track.frames).order_by(Track.track)
        assert [tuple(row) for row in connection.execute(query)] == [(ODD, AT, ODD, None), (ODD, None, None, 3)]


def test_numbers_are_exact_and_those_that_are_not_finite_are_none(engine: Engine) -> None:
    values = [0.1 + 0.2, 1e-300, float("nan")]
    with writing(engine) as connection:
        add_rows(connection, Camera.__table__, [{"id": "racks", "name": "", "enabled": True}])
        connection.exec_driver_sql("INSERT INTO people (id, uid, nickname) VALUES (1, 'a', '')")
        visit = {"id": 1, "person_id": 1, "started_at": AT, "last_seen_at": AT, "day": "2026-07-01"}
        add_rows(connection, Session.__table__, [visit])
        connection.exec_driver_sql(
            "INSERT INTO sets (id, uid, session_id, person_id, camera_id, zone, exercise, number, started_at, ended_at,"
            " duration_s, reps, tentative_reps, confidence, quality, cameras, open, digest)"
            " SELECT 1, 'x', 1, 1, 'racks', '', 'squat', 1, started_at, started_at, 0, 0, 0, 1, 1, 1, false, ''"
            " FROM sessions"
        )
        fault = {"set_id": 1, "rep_id": None, "rule": "depth", "cue": "", "unit": "deg"}
        add_rows(connection, Fault.__table__, [{**fault, "value": value, "limit": 1.5} for value in values])
    with writing(engine) as connection:
        assert list(connection.scalars(select(Fault.value).order_by(Fault.id))) == [0.1 + 0.2, 1e-300, None]
        assert set(connection.scalars(select(Fault.limit))) == {1.5}


def test_a_refused_row_takes_the_transaction_with_it(engine: Engine) -> None:
    values = [{"name": name, "value": "1"} for name in ("new", "new")]
    with pytest.raises(IntegrityError), writing(engine) as connection:
        add_rows(connection, About.__table__, values)
    with writing(engine) as connection:
        assert connection.scalar(select(About.value).where(About.name == "new")) is None


def test_finds_what_is_among_few_none_and_thousands(engine: Engine) -> None:
    with writing(engine) as connection:
        ids = add_tracks(connection, 3)
        columns = (Track.camera_id, Track.epoch, Track.track)

        def found(keys: list[int]) -> list[int]:
            return sorted(connection.scalars(select(Track.id).where(among(connection, Track.id, keys))))

        def found_several(keys: list[tuple[str, str, int]]) -> list[int]:
            return sorted(connection.scalars(select(Track.track).where(among_several(connection, columns, keys))))

        assert found([]) == found_several([]) == []
        assert found([ids[2], ids[0]]) == [ids[0], ids[2]]
        assert found(list(range(5000))) == ids
        assert found_several([(ODD, "e", 2), (ODD, "other", 1), ("other", "e", 0)]) == [2]


def test_nothing_to_add_or_change_asks_the_database_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        asked: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        add_rows(connection, Track.__table__, [])
        update_rows(connection, Track.__table__, [])
        assert asked == []


def test_postgres_is_told_the_same_words_for_any_number_of_rows(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        return
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    for count in (1, 40):
        with writing(engine) as connection:
            values = [{"name": f"{count}-{number}", "value": "1"} for number in range(count)]
            add_rows(connection, About.__table__, values)
            connection.execute(
                select(About.value).where(among(connection, About.name, [one["name"] for one in values]))
            )
    adding = {said for said in asked if said.startswith("INSERT")}
    finding = {said for said in asked if "ANY" in said}
    assert len(adding) == len(finding) == 1
