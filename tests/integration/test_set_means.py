"""What is kept with each set of its repetitions: the fold and the migration say the same, in both databases."""

from importlib import import_module

from fold_story import joined, set_told
from sqlalchemy import text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.visits import fold_rules
from core.messages import TrackRef
from core.secrets import Address
from core.settings import Settings

MEANS = "SELECT uid, faulty_reps, form_faults, tempo_s, range_of_motion, unit FROM sets ORDER BY uid"


def test_the_migration_fills_in_what_the_fold_writes(database_url: str) -> None:
    who = TrackRef("a", "epoch", 1)
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        events = [joined(who, "p1", 0), set_told(who, 0, 7, closed=True)]
        fold(connection, [*events, set_told(who, 200, 3, number=2, closed=True)], fold_rules(Settings()))
        written = [tuple(row) for row in connection.execute(text(MEANS))]
        assert written[0] == ("a/epoch/1/set/1", 2, 2, 3.0, 93.0, "deg")
        empty = "faulty_reps = NULL, form_faults = NULL, tempo_s = NULL, range_of_motion = NULL, unit = NULL"
        connection.execute(text(f"UPDATE sets SET {empty}"))
        connection.execute(text(import_module("aggregator.migrations.versions.0004_webhooks").MEANS))
        assert [tuple(row) for row in connection.execute(text(MEANS))] == written
        fold(connection, [set_told(who, 0, 8, revision=99, closed=True)], fold_rules(Settings()))
        assert connection.execute(text(MEANS)).first()[4] == 93.5
    engine.dispose()
