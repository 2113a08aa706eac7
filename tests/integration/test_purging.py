"""What is too old goes, a little at a time; what follows from it, and everything younger, stays as it is."""

from collections.abc import Iterator

import pytest
from fold_story import NOON, S, tables, visit
from sqlalchemy import Engine, insert, text

from aggregator.access import add_access
from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.purging import Purge
from aggregator.schema import AuditEntry, Camera, CameraStatus, ZoneOccupancy
from aggregator.visits import fold_rules, sweep
from core.clock import utc_datetime
from core.messages import AnyDurable, CorrectSet, MergePeople
from core.secrets import Address
from core.settings import Privacy, Settings

RULES = fold_rules(Settings())
DAY = 86_400
OLD: list[AnyDurable] = [*visit("a", 1, "anna", 0, [5, 4]), *visit("b", 1, "anna", 3, [5, 4])]
YOUNG: list[AnyDurable] = [*visit("a", 2, "anna", 50 * DAY, [3]), *visit("b", 3, "bert", 50 * DAY + 9000, [2])]
NOW = NOON + 60 * DAY * S


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, [*OLD, *YOUNG], RULES)
        sweep(connection, NOW, RULES)
    yield engine
    engine.dispose()


def purged(engine: Engine, privacy: Privacy) -> dict[str, int]:
    purge = Purge(privacy, NOW)
    with writing(engine) as connection:
        expected = purge.count(connection)
    purge.run(engine)
    assert purge.longest_s < 1.0
    # What hangs on a visit goes with it, and people with the last that is known of them.
    hanging = {"people", "tracks", *(("rejected_reps", "set_views") if "sessions" in expected else ())}
    assert {table: count for table, count in purge.removed.items() if table not in hanging} == {
        table: count for table, count in expected.items() if table not in hanging
    }
    return purge.removed


def content(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with writing(engine) as connection:
        return tables(connection)


def test_what_cameras_told_goes_and_sets_stay(engine: Engine) -> None:
    before = content(engine)
    removed = purged(engine, Privacy(rejected_reps=1000 * DAY))
    assert removed["set_views"] == 4
    after = content(engine)
    assert len(after["set_views"]) == len(before["set_views"]) - 4
    assert {name: rows for name, rows in after.items() if name != "set_views"} == {
        name: rows for name, rows in before.items() if name != "set_views"
    }


def test_old_sets_follow_their_person_when_staff_merge_and_correct(engine: Engine) -> None:
    before = content(engine)
    purged(engine, Privacy(rejected_reps=1000 * DAY))
    merge = MergePeople(sender="c", by="s", at_utc_ns=NOW, from_uid="anna", into_uid="bert")
    uid = str(before["sets"][0][0])
    correct = CorrectSet(sender="c", by="s", at_utc_ns=NOW, set_uid=uid, reps=17)
    with writing(engine) as connection:
        fold(connection, [merge], RULES)
        fold(connection, [correct], RULES)
        sweep(connection, NOW + 2 * DAY * S, RULES)
        corrected = connection.execute(
            text("SELECT corrected_reps FROM sets WHERE uid = :uid"), {"uid": uid}
        ).scalar_one()
    after = content(engine)
    assert corrected == 17
    assert {row[2] for row in after["sets"]} == {"bert"}
    for table in ("sets", "reps", "faults", "rejected"):
        assert len(after[table]) == len(before[table]), table


def test_old_visits_go_whole(engine: Engine) -> None:
    removed = purged(engine, Privacy(sessions=30 * DAY))
    assert removed["sessions"] == 1
    after = content(engine)
    assert [row[0] for row in after["sessions"]] == ["anna", "bert"]
    assert [row[0] for row in after["people"]] == ["anna", "bert"]
    assert len(after["tracks"]) == 2
    assert len(after["sets"]) == 2


def test_people_go_with_their_last_visit(engine: Engine) -> None:
    purged(engine, Privacy(sessions=1 * DAY))
    assert all(rows == [] for rows in content(engine).values())
    with writing(engine) as connection:
        fold(connection, visit("a", 9, "carl", 70 * DAY, [1]), RULES)
        assert connection.execute(text("SELECT id FROM people")).scalar_one() == 3


def test_each_table_by_its_own_age(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(Camera).values(id="c", name="", enabled=True))
        for days in (1, 95, 500):
            at = utc_datetime(NOW - days * DAY * S)
            status = {"camera_id": "c", "at": at, "state": "online", "reason": "", "detail": "", "fps": 1.0}
            counts = dict.fromkeys(("frames_in", "frames_out", "dropped", "reconnects"), 0)
            connection.execute(insert(CameraStatus).values(**status, **counts))
            connection.execute(insert(ZoneOccupancy).values(zone="z", minute=at, people_mean=1.0, people_max=1))
            told = {"by": "s", "action": "a", "subject": "x", "before": "", "after": ""}
            connection.execute(insert(AuditEntry).values(uid=f"u{days}", at=at, **told))
        add_access(connection, "export", "x", 1)
    removed = purged(engine, Privacy(set_views=1000 * DAY))
    assert removed == {"rejected_reps": 2, "camera_status": 2, "zone_occupancy": 1, "audit": 1}


def test_many_rows_go_in_short_transactions_and_the_file_shrinks(tmp_path) -> None:
    file = tmp_path / "gym.db"
    engine = open_engine(Address(f"sqlite:///{file}"))
    upgrade(engine)
    with writing(engine) as connection:
        rows = [
            {"zone": f"z{zone}", "minute": utc_datetime(NOON + minute * 60 * S), "people_mean": 1.0, "people_max": 2}
            for minute in range(5000)
            for zone in range(4)
        ]
        connection.execute(insert(ZoneOccupancy), rows)
    engine.dispose()
    before = file.stat().st_size
    purge = Purge(Privacy(), NOON + 1000 * DAY * S)
    purge.run(engine)
    assert purge.removed == {"zone_occupancy": 20_000}
    assert purge.longest_s < 0.2
    engine.dispose()
    assert file.stat().st_size < before / 2
