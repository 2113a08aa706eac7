"""Visits end by the clocks of the cameras that saw them, in real databases."""

from collections.abc import Iterator

import pytest
from fold_story import NOON, S, joined, started, tables
from sqlalchemy import Engine

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold, sighted
from aggregator.visits import fold_rules, sweep
from core.messages import TrackRef
from core.secrets import Address
from core.settings import Sessions, Settings

RULES = fold_rules(Settings(sessions=Sessions(ends_after=900)))
A, B = TrackRef("a", "e1", 1), TrackRef("b", "e1", 1)
BEHIND = {"a": -3600 * S}
"""Camera a's clock is an hour slow; ``at_s`` below is by the clock of the one that saw it."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def test_a_camera_whose_clock_is_slow_keeps_its_visits_until_nobody_is_seen(engine: Engine) -> None:
    with writing(engine) as connection:
        fold(connection, [started(A, 0), joined(A, "p1", 1)], RULES)
        fold(connection, [started(B, 3600), joined(B, "p2", 3601)], RULES)
        # Ten minutes later by either clock both are in their visits.
        assert sweep(connection, NOON + 4200 * S, RULES, ahead_ns=BEHIND) == []
        sighted(connection, {A: NOON + 600 * S}, RULES)
        # Half an hour later who was seen by the slow camera still is, and the other one is gone.
        assert sweep(connection, NOON + (3600 + 1200) * S, RULES, ahead_ns=BEHIND) == [2]
        assert [row[4] for row in tables(connection)["sessions"]] == [None, "left"]
        assert sweep(connection, NOON + (3600 + 1600) * S, RULES, ahead_ns=BEHIND) == [1]
        assert [row[8] for row in tables(connection)["tracks"]] == ["lost", "lost"]


def test_one_who_is_seen_by_two_cameras_stays_as_long_as_either_sees_them(engine: Engine) -> None:
    with writing(engine) as connection:
        fold(connection, [started(A, 0), joined(A, "p1", 1)], RULES)
        fold(connection, [started(B, 700), joined(B, "p1", 701)], RULES)
        ahead = {"a": -3600 * S}
        assert sweep(connection, NOON + 4200 * S, RULES, ahead_ns=ahead) == []
        assert sweep(connection, NOON + 4600 * S, RULES, ahead_ns=ahead) == [1]


def test_a_camera_whose_clock_is_fast_lets_its_visits_end(engine: Engine) -> None:
    with writing(engine) as connection:
        fold(connection, [started(A, 3600), joined(A, "p1", 3601)], RULES)
        assert sweep(connection, NOON + 600 * S, RULES, ahead_ns={"a": 3600 * S}) == []
        assert sweep(connection, NOON + 1000 * S, RULES, ahead_ns={"a": 3600 * S}) == [1]
