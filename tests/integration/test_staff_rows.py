"""What staff do, folded into real databases: any order, any number of times, and whatever is derived anew later."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from fold_story import NOON, S, batches, ended, joined, set_told, shuffled, started, tables, visit
from sqlalchemy import Connection, Engine, text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.identity import IdentityKeeper
from aggregator.people_rows import load_tracks
from aggregator.records import open_alerts
from aggregator.refusals import refuse_impossible
from aggregator.schema import Base
from aggregator.staff_rows import told_anew
from aggregator.visits import fold_rules, sweep
from core.errors import WireError
from core.messages import (
    AcknowledgeAlert,
    AnyDurable,
    CorrectSet,
    MergePeople,
    NamePerson,
    SnoozeAlert,
    TrackJoined,
    TrackRef,
    staff_decision,
)
from core.secrets import Address
from core.settings import Sessions, Settings

RULES = fold_rules(Settings(sessions=Sessions(ends_after=900)))
LATER = NOON + 10**6 * S
A, B, C = TrackRef("a", "e1", 1), TrackRef("b", "e1", 1), TrackRef("a", "e1", 2)
STAFF_TABLES = {
    "people": "SELECT uid, nickname, member_number FROM people",
    "sets": "SELECT uid, reps, exercise, corrected_reps, corrected_exercise, corrected_by, corrected_at FROM sets",
    "audit": 'SELECT uid, "by", action, subject, before, after FROM audit',
    "snoozed": "SELECT uid, snoozed_until_at, snoozed_by FROM alerts",
}


@dataclass
class Stored:
    """An empty database, and what is in it after events and after everybody has left."""

    engine: Engine

    def after(self, events: list[AnyDurable], size: int = 1000) -> dict[str, list[tuple[object, ...]]]:
        with writing(self.engine) as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
        for batch in batches(events, size):
            with writing(self.engine) as connection:
                fold(connection, batch, RULES)
        with writing(self.engine) as connection:
            sweep(connection, LATER, RULES)
            return tables(connection) | {
                f"staff {name}": rows(connection, query) for name, query in STAFF_TABLES.items()
            }


def rows(connection: Connection, query: str) -> list[tuple[object, ...]]:
    return sorted((tuple(map(str, row)) for row in connection.execute(text(query))), key=repr)


@pytest.fixture
def stored(database_url: str) -> Iterator[Stored]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield Stored(engine)
    engine.dispose()


def merged(one: str, into: str, at_s: float = 100, by: str = "Ines") -> MergePeople:
    return MergePeople(sender="console", from_uid=one, into_uid=into, by=by, at_utc_ns=NOON + round(at_s * S))


def named(uid: str, nickname: str, number: str = "", at_s: float = 100, by: str = "Ines") -> NamePerson:
    at = NOON + round(at_s * S)
    return NamePerson(sender="console", uid=uid, nickname=nickname, member_number=number, by=by, at_utc_ns=at)


def corrected(set_uid: str, reps: int | None, exercise: str | None = None, at_s: float = 100) -> CorrectSet:
    at = NOON + round(at_s * S)
    return CorrectSet(sender="console", set_uid=set_uid, reps=reps, exercise=exercise, by="Ines", at_utc_ns=at)


def split(who: TrackRef, person: str, at_s: float, since_s: float | None = None) -> TrackJoined:
    at = NOON + round(at_s * S)
    since = NOON + round(since_s * S) if since_s is not None else 0
    words = {"captured_utc_ns": at, "decision": staff_decision(at), "why": "staff", "by": "Ines"}
    return TrackJoined(sender="console", who=who, person=person, since_utc_ns=since, **words)


def owners(result: dict[str, list[tuple[object, ...]]]) -> dict[str, object]:
    return {f"{row[0]}/{row[2]}": row[3] for row in result["tracks"]}


def test_merge_moves_tracks_sets_and_visits_also_those_to_come(stored: Stored) -> None:
    first = [*visit("a", 1, "p1", 0, [4]), *visit("b", 1, "p2", 300, [3])]
    result = stored.after([*first, merged("p2", "p1"), *visit("a", 2, "p2", 600, [5])], size=4)
    assert set(owners(result).values()) == {"p1"}
    assert sorted((row[2], row[10]) for row in result["sets"]) == [("p1", 3), ("p1", 4), ("p1", 5)]
    assert len(result["sessions"]) == 1
    assert [(row[0], row[4]) for row in result["people"]] == [("p1", None), ("p2", "p1")]


def test_merge_taken_back_gives_everything_back(stored: Stored) -> None:
    events = [*visit("a", 1, "p1", 0, [4]), *visit("b", 1, "p2", 300, [3])]
    plain = stored.after(events)
    undone = stored.after([*events, merged("p2", "p1"), merged("p2", "", 200)], size=3)
    for name in ("people", "sessions", "tracks", "sets", "reps"):
        assert undone[name] == plain[name]


def test_merges_lead_on_and_a_circle_ends(stored: Stored) -> None:
    events = [event for track, uid in enumerate(("p1", "p2", "p3"), 1) for event in visit("a", track, uid, track, [2])]
    chain = [merged("p1", "p2", 10), merged("p2", "p3", 20)]
    assert set(owners(stored.after([*events, *chain], size=1)).values()) == {"p3"}
    circle = stored.after([*events, *chain, merged("p3", "p1", 30)], size=1)
    assert set(owners(circle).values()) == {"p3"}
    assert {row[4] for row in circle["people"]} == {"p3", None}


def test_latest_name_holds_and_a_member_number_belongs_to_one(stored: Stored) -> None:
    events = [*visit("a", 1, "p1", 0, [2]), *visit("b", 1, "p2", 0, [2])]
    names = [named("p1", "Bo", "7", 10), named("p2", "Cy", "7", 20), named("p1", "Bo B", "7", 15)]
    assert stored.after([*events, *names])["staff people"] == [("p1", "Bo B", "None"), ("p2", "Cy", "7")]
    names.append(named("p2", "Cy", "8", 30))
    assert stored.after([*events, *names])["staff people"] == [("p1", "Bo B", "7"), ("p2", "Cy", "8")]


def test_correction_stands_beside_the_count_and_survives_fusion(stored: Stored) -> None:
    mine = visit("b", 1, "p1", 2, [4])
    result = stored.after([*mine, corrected("b/e1/1/set/1", 6, "lunge")])
    assert result["staff sets"][0][:6] == ("b/e1/1/set/1", "4", "squat", "6", "lunge", "Ines")
    fused = stored.after([*mine, corrected("b/e1/1/set/1", 6), *visit("a", 1, "p1", 0, [5])], size=1)
    assert [row[:4] for row in fused["staff sets"]] == [("a/e1/1/set/1", "5", "squat", "6")], (
        "the earliest view names it"
    )
    back = stored.after([*mine, corrected("b/e1/1/set/1", 6), corrected("b/e1/1/set/1", None, at_s=200)])
    assert back["staff sets"][0][3:] == ("None", "None", "None", "None")


def test_correction_may_come_first(stored: Stored) -> None:
    result = stored.after(
        [corrected("a/e1/1/set/1", 9), corrected("nonsense", 3), *visit("a", 1, "p1", 0, [4])], size=1
    )
    assert result["staff sets"][0][3] == "9"


def test_split_by_staff_holds_over_what_the_aggregator_decides_later(stored: Stored) -> None:
    events = [*visit("a", 1, "p1", 0, [4]), *visit("a", 2, "p1", 5, [3])]
    result = stored.after([*events, split(C, "p9", 200), joined(C, "p1", 300, decision=5, why="floor")], size=3)
    assert owners(result) == {"a/1": "p1", "a/2": "p9"}
    assert [row[1:] for row in result["staff audit"]] == [("Ines", "split person", "a/e1/2", "", "p9")]
    assert set(owners(stored.after([*events, split(C, "p9", 200), split(C, "p1", 300)])).values()) == {"p1"}


def test_split_and_merge_together(stored: Stored) -> None:
    events = [*visit("a", 1, "p1", 0, [4]), *visit("a", 2, "p1", 5, [3]), *visit("b", 1, "p2", 9, [2])]
    result = stored.after([*events, split(C, "p9", 200), merged("p9", "p2", 300)], size=2)
    assert owners(result) == {"a/1": "p1", "a/2": "p2", "b/1": "p2"}


def test_alert_rests_until_the_latest_word(stored: Stored) -> None:
    def snoozed(until_s: float, at_s: float) -> SnoozeAlert:
        until = NOON + round(until_s * S) if until_s else 0
        return SnoozeAlert(sender="console", uid="u", by="Ines", at_utc_ns=NOON + round(at_s * S), until_utc_ns=until)

    result = stored.after([snoozed(900, 20), snoozed(300, 10)])
    assert result["staff snoozed"][0][0::2] == ("u", "Ines")
    assert "None" not in result["staff snoozed"][0][1]
    assert stored.after([snoozed(900, 20), snoozed(0, 30)])["staff snoozed"] == [("u", "None", "Ines")]
    with writing(stored.engine) as connection:
        connection.execute(text("UPDATE alerts SET alert = 'camera offline', snoozed_until_at = since_at"))
        (alert,) = open_alerts(connection)
        assert (alert.snoozed_until_utc_ns, alert.snoozed_by) == (NOON + 20 * S, "Ines")


def test_everything_in_any_order_and_several_times_is_the_same(stored: Stored) -> None:
    events: list[AnyDurable] = [
        *visit("a", 1, "p1", 0, [3]),
        *visit("b", 1, "p2", 0.2, [2]),
        *visit("a", 2, "p3", 400, [2]),
        merged("p2", "p1", 50),
        merged("p3", "p2", 60),
        merged("p3", "p1", 70),
        merged("p1", "p3", 80),
        named("p1", "Bo", "7", 90),
        named("p2", "Cy", "7", 95),
        named("p1", "Bo", "", 99, by="Max"),
        corrected("a/e1/1/set/1", 4, at_s=60),
        corrected("b/e1/1/set/1", None, "lunge", at_s=61),
        split(C, "p4", 500),
        AcknowledgeAlert(sender="console", uid="u", by="Ines", at_utc_ns=NOON),
        SnoozeAlert(sender="console", uid="u", by="Ines", at_utc_ns=NOON + S, until_utc_ns=NOON + 60 * S),
    ]
    wanted = stored.after(events)
    random = Random(7)
    for size in (1, 3, 1000):
        found = stored.after(shuffled(events, random), size)
        for name, expected in wanted.items():
            assert found[name] == expected, f"{name} in batches of {size}"


def test_live_picture_is_told_of_moved_tracks(stored: Stored) -> None:
    stored.after([])
    keeper = IdentityKeeper(Settings(), "aggregator")
    before = [started(A, 0), joined(A, "p1", 1), set_told(A, 2, 3), started(B, 0), joined(B, "p2", 1), ended(B, 0, 50)]

    def told(events: list[AnyDurable]) -> None:
        with writing(stored.engine) as connection:
            fold(connection, events, RULES)
            for event in [*events, *told_anew(connection, events)]:
                keeper.apply(event)

    told(before)
    told([merged("p2", "p1")])
    assert keeper.person_of(B) == "p1"
    told([merged("p2", "", 200)])
    assert keeper.person_of(B) == "p2"
    told([merged("p2", "p1", 300), joined(C, "p2", 60)])
    assert keeper.person_of(C) == "p1"
    with writing(stored.engine) as connection:
        known = {track.who: track for track in load_tracks(connection, NOON, 1e6)}
        assert {track.person for track in known.values()} == {"p1"}
        assert {who: track.by_staff for who, track in known.items()} == {A: False, B: True, C: True}
        assert told_anew(connection, before[:1]) == []


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (named("", "Bo"), "uid is empty"),
        (named("p1", "B" * 301), "nickname is longer than 300"),
        (named("p1", "a\0b"), "zero byte"),
        (merged("p1", "p1"), "the same person"),
        (merged("", "p1"), "from_uid is empty"),
        (corrected("a/e1/1/set/1", -1), "reps is -1"),
        (corrected("a/e1/1/set/1", 1, at_s=10**12), "time is"),
        (
            SnoozeAlert(sender="console", uid="u", by="Ines", at_utc_ns=NOON, until_utc_ns=5),
            "end is 5",
        ),
    ],
)
def test_impossible_action_is_refused(event: AnyDurable, told: str) -> None:
    with pytest.raises(WireError, match=told):
        refuse_impossible(event)
