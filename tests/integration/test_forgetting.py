"""Erasing people from real databases: all of them, nobody else, and for good."""

from collections.abc import Iterator
from random import Random

import pytest
from fold_story import NOON, S, joined, set_told, shuffled, tables, visit
from sqlalchemy import Engine, inspect, text

from aggregator.access import add_access
from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.forgetting import is_forgotten
from aggregator.traces import find_traces
from aggregator.visits import fold_rules, sweep
from core.clock import utc_datetime
from core.messages import (
    AnyDurable,
    CorrectSet,
    ForgetPerson,
    MergePeople,
    NamePerson,
    TrackJoined,
    TrackRef,
    TrackStarted,
)
from core.secrets import Address
from core.settings import Settings

RULES = fold_rules(Settings())
LATER = NOON + 10_000 * S
ANNA: list[AnyDurable] = [
    *visit("a", 1, "anna", 0, [5, 4]),
    NamePerson(sender="c", by="s", at_utc_ns=NOON + S, uid="anna", nickname="Annabel", member_number="M-4711"),
    CorrectSet(sender="c", by="s", at_utc_ns=NOON + 2 * S, set_uid="a/e1/1/set/1", reps=7),
]
BERT: list[AnyDurable] = visit("b", 1, "bert", 5, [6])
ANNA_TOO: list[AnyDurable] = [
    *visit("b", 2, "anna2", 3000, [3]),
    MergePeople(sender="c", by="s", at_utc_ns=NOON + 3 * S, from_uid="anna2", into_uid="anna"),
]


def forget(uid: str, at_utc_ns: int = LATER) -> ForgetPerson:
    return ForgetPerson(sender="command", by="s", at_utc_ns=at_utc_ns, uid=uid)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def everything(engine: Engine) -> str:
    """All that is in any table, as text; the message inside of bytes included."""
    told = []
    with writing(engine) as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                told.append(repr([bytes(value) if isinstance(value, memoryview) else value for value in row]))
    return "\n".join(told)


def folded(engine: Engine, *batches: list[AnyDurable]) -> dict[str, list[tuple[object, ...]]]:
    with writing(engine) as connection:
        for events in batches:
            fold(connection, events, RULES)
        sweep(connection, NOON + 10**6 * S, RULES)
        return tables(connection)


def test_nothing_is_left_of_a_person_and_everything_of_others(engine: Engine) -> None:
    with writing(engine) as connection:
        fold(connection, [*ANNA, *BERT, *ANNA_TOO], RULES)
        alert = "INSERT INTO alerts (uid, alert, severity, subject, text, since_at, last_at, count, acknowledged_by)"
        at = {"at": utc_datetime(NOON + 60 * S).isoformat(timespec="microseconds")}
        for uid, subject in (("x1", "Person 1"), ("x2", "Annabel"), ("x3", "Person 3")):
            told = f"VALUES ('{uid}', 'person down', 'info', '{subject}', '{subject} lies', :at, :at, 1, '')"
            connection.execute(text(f"{alert} {told}"), at)
        add_access(connection, "export", "sets of Annabel as csv", 3)
        before = find_traces(connection, {"anna"})
    assert set(before.people.values()) == {"anna", "anna2"}
    assert before.names == {"Annabel", "M-4711"}
    assert before.rows == {
        "people": 2,
        "person_names": 1,
        "merges": 1,
        "sessions": 2,
        "sets": 3,
        "reps": 12,
        "faults": 3,
        "rejected_reps": 3,
        "tracks": 2,
        "track_decisions": 2,
        "set_views": 3,
        "corrections": 1,
        "alerts": 2,
        "audit": 3,
        "access_log": 1,
    }
    folded(engine, [forget("anna")])
    left = everything(engine)
    for word in ("anna", "Annabel", "4711", "a/e1/1", "Person 1"):
        assert word not in left, word
    assert "bert" in left
    assert "x3" in left
    assert "sets of (erased) as csv" in left
    with writing(engine) as connection:
        assert find_traces(connection, {"anna", "anna2"}).rows == {}
        assert is_forgotten(connection, "anna")
        assert is_forgotten(connection, "anna2")
        assert not is_forgotten(connection, "bert")


def test_others_are_as_if_the_person_had_never_been_there(engine: Engine, tmp_path) -> None:
    other = open_engine(Address(f"sqlite:///{tmp_path / 'other.db'}"))
    upgrade(other)
    expected = folded(other, BERT)
    other.dispose()
    assert folded(engine, [*ANNA, *BERT, *ANNA_TOO], [forget("anna2")]) == expected


@pytest.mark.parametrize("seed", range(6))
def test_order_and_repetition_make_no_difference(engine: Engine, seed: int) -> None:
    random = Random(seed)
    events = shuffled([*ANNA, *BERT, *ANNA_TOO, forget("anna"), forget("anna2")], random)
    events.append(forget("anna"))
    size = random.choice([1, 7, 1000])
    result = folded(engine, *(events[start : start + size] for start in range(0, len(events), size)))
    assert [row[0] for row in result["people"]] == ["bert"]
    assert len(result["sets"]) == 1
    left = everything(engine)
    assert "Annabel" not in left
    assert "'anna" not in left


def test_numbers_of_erased_people_are_not_given_again(engine: Engine) -> None:
    folded(engine, BERT, ANNA, [forget("anna")], visit("b", 9, "carl", 5000, [2]), [forget("carl")])
    folded(engine, visit("b", 10, "dora", 90_000, [2]))
    with writing(engine) as connection:
        assert connection.execute(text("SELECT id, uid FROM people ORDER BY id")).all() == [(1, "bert"), (4, "dora")]


def test_who_stays_on_the_floor_is_somebody_new(engine: Engine) -> None:
    who = TrackRef("a", "e1", 1)
    at_s = 100
    story: list[AnyDurable] = [
        TrackStarted(sender="w", who=who, captured_utc_ns=NOON),
        joined(who, "anna", 1),
        set_told(who, 10, 4, number=1),
    ]
    folded(engine, story, [forget("anna", NOON + at_s * S)])
    result = folded(
        engine,
        [
            set_told(who, 10, 9, number=1, revision=20, closed=True),
            joined(who, "new", at_s + 2, decision=2, since_s=at_s),
            set_told(who, at_s + 30, 3, number=2, closed=True),
        ],
    )
    assert [row[0] for row in result["people"]] == ["new"]
    assert [(row[0], row[2]) for row in result["sets"]] == [("a/e1/1/set/2", "new")]
    assert str(result["sessions"][0][1]) >= utc_datetime(NOON + at_s * S).isoformat(timespec="microseconds")


@pytest.mark.parametrize(("gone", "stays", "sets"), [("anna", "bert", 1), ("bert", "anna", 1)])
def test_a_track_that_two_people_shared_keeps_the_other_part(engine: Engine, gone: str, stays: str, sets: int) -> None:
    who = TrackRef("a", "e1", 1)
    folded(
        engine,
        [
            TrackStarted(sender="w", who=who, captured_utc_ns=NOON),
            joined(who, "anna", 1),
            set_told(who, 10, 4, number=1, closed=True),
            joined(who, "bert", 101, decision=2, since_s=100),
            set_told(who, 130, 3, number=2, closed=True),
        ],
    )
    result = folded(engine, [forget(gone)])
    assert [row[0] for row in result["people"]] == [stays]
    assert len(result["sets"]) == sets
    assert len(result["set_views"]) == 1
    assert result["sets"][0][2] == stays


def test_the_audit_does_not_keep_who_was_erased(engine: Engine) -> None:
    folded(engine, BERT, ANNA, [forget("anna")])
    assert "forget" not in everything(engine)


def test_a_late_decision_about_an_undecided_track_erases_it(engine: Engine) -> None:
    who = TrackRef("a", "e1", 7)
    folded(engine, ANNA, [TrackStarted(sender="w", who=who, captured_utc_ns=NOON), set_told(who, 10, 4)])
    folded(engine, [forget("anna")], [joined(who, "anna", 1)])
    result = folded(engine, [set_told(who, 10, 5)])
    assert result["tracks"] == []
    assert result["set_views"] == []
    assert not any(isinstance(event, TrackJoined) and event.person == "" for event in ANNA)
