"""Folding events into real databases: any order and any repetition give the same tables."""

from collections.abc import Iterator
from random import Random

import pytest
from fold_story import NOON, S, batches, ended, joined, set_told, shuffled, started, tables, totals, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Connection, Engine, text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold, sighted
from aggregator.people_rows import load_people, load_tracks
from aggregator.refusals import refuse_impossible
from aggregator.schema import Base, utc_ns_of
from aggregator.visits import FoldRules, fold_rules, sweep
from core.clock import utc_datetime
from core.errors import WireError
from core.messages import AcknowledgeAlert, AnyDurable, SetChanged, TrackEnded, TrackRef
from core.secrets import Address
from core.settings import Camera, Sessions, Settings, Zone

RULES = fold_rules(Settings(sessions=Sessions(ends_after=900)))
LATER = NOON + 10**6 * S
A, B, C = TrackRef("a", "e1", 1), TrackRef("b", "e1", 1), TrackRef("a", "e1", 2)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def empty(connection: Connection) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(table.delete())


def folded(
    engine: Engine, events: list[AnyDurable], size: int = 1000, rules: FoldRules = RULES
) -> dict[str, list[tuple[object, ...]]]:
    """The tables of an empty database after these events, and after everybody has left."""
    with writing(engine) as connection:
        empty(connection)
    for batch in batches(events, size):
        with writing(engine) as connection:
            fold(connection, batch, rules)
    with writing(engine) as connection:
        sweep(connection, LATER, rules)
        return tables(connection)


def test_visit_becomes_session_sets_reps_and_faults(engine: Engine) -> None:
    rules = fold_rules(
        Settings(
            camera=(
                Camera(
                    id="a",
                    source=Address("usb:0"),
                    zone=(Zone(name="Rack", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))),),
                ),
            )
        )
    )
    stored = folded(engine, visit("a", 1, "p1", 0, [5, 3]), rules=rules)
    assert [row[0] for row in stored["people"]] == ["p1"]
    (session,) = stored["sessions"]
    assert session[4] == "left"
    assert [(row[0], row[4], row[5], row[6], row[10]) for row in stored["sets"]] == [
        ("a/e1/1/set/1", "Rack", "squat", 1, 5),
        ("a/e1/1/set/2", "Rack", "squat", 2, 3),
    ]
    assert len(stored["reps"]) == 8
    assert [row[:3] for row in stored["faults"]] == [("a/e1/1/set/1", 3, "depth"), ("a/e1/1/set/2", 3, "depth")]
    assert not any(row[-1] for row in stored["sets"])


def test_times_come_back_as_they_went_in(engine: Engine) -> None:
    folded(engine, visit("a", 1, "p1", 0.123456, [2]))
    with writing(engine) as connection:
        (track,) = load_tracks(connection, NOON + 20 * S, 1e6)
    assert track.started_utc_ns == NOON + 123_456_000
    assert utc_ns_of(utc_datetime(NOON + 999)) == NOON


def test_set_seen_by_two_cameras_is_one_set(engine: Engine) -> None:
    stored = folded(engine, [*visit("a", 1, "p1", 0, [6]), *visit("b", 1, "p1", 0.2, [5])])
    (one,) = stored["sets"]
    assert one[10] == 6
    assert one[15] == 2
    assert len(stored["reps"]) == 6


def test_withdrawn_set_vanishes_and_the_next_takes_its_number(engine: Engine) -> None:
    events = visit("a", 1, "p1", 0, [4, 3])
    stored = folded(engine, [*events, set_told(A, 10, 0, number=1, revision=99, withdrawn=True, closed=True)])
    assert [(row[0], row[6]) for row in stored["sets"]] == [("a/e1/1/set/2", 1)]
    assert len(stored["reps"]) == 3


def test_old_revision_changes_nothing(engine: Engine) -> None:
    events = visit("a", 1, "p1", 0, [4])
    assert folded(engine, [*events, set_told(A, 10, 2)], size=1) == folded(engine, events)


def test_sets_wait_for_a_person(engine: Engine) -> None:
    unjoined = [event for event in visit("a", 1, "p1", 0, [4]) if not event.id.endswith("joined/1")]
    assert folded(engine, unjoined)["sets"] == []
    with writing(engine) as connection:
        fold(connection, [joined(A, "p1", 1)], RULES)
        assert totals(connection) == (1, 4, 4)


def test_track_that_turns_out_to_be_another_persons_moves_with_its_sets(engine: Engine) -> None:
    events = [
        *visit("a", 1, "p1", 0, [4]),
        *visit("b", 1, "p2", 0.1, [4]),
        joined(B, "p1", 40, decision=2, why="floor"),
    ]
    stored = folded(engine, events, size=3)
    assert [(row[2], row[10], row[15]) for row in stored["sets"]] == [("p1", 4, 2)]
    assert [(row[0], row[4]) for row in stored["people"]] == [("p1", None), ("p2", "p1")]
    assert len(stored["sessions"]) == 1


def test_decision_that_is_taken_back_brings_the_person_back(engine: Engine) -> None:
    events = [
        *visit("a", 1, "p1", 0, [4]),
        *visit("b", 1, "p2", 0.1, [4]),
        joined(B, "p1", 40, decision=2, why="floor"),
        joined(B, "p2", 5000, decision=3, why="staff"),
    ]
    stored = folded(engine, events, size=2)
    assert [(row[0], row[4]) for row in stored["people"]] == [("p1", None), ("p2", None)]
    assert len(stored["sets"]) == 2
    assert max(row[2] for row in stored["sessions"]) < max(row[6] for row in stored["decisions"]), (
        "nobody was seen then"
    )


def test_track_that_goes_over_to_another_body_is_of_two_people(engine: Engine) -> None:
    events = [*visit("a", 1, "p1", 0, [4, 3]), joined(A, "p2", 61, decision=2, since_s=60)]
    stored = folded(engine, events, size=2)
    assert [(row[0], row[2], row[6], row[10]) for row in stored["sets"]] == [
        ("a/e1/1/set/1", "p1", 1, 4),
        ("a/e1/1/set/2", "p2", 1, 3),
    ]
    assert [(row[0], row[4]) for row in stored["people"]] == [("p1", None), ("p2", None)]
    first, second = stored["sessions"]
    assert first[2] == second[1], "the one ends where the other begins"
    with writing(engine) as connection:
        (track,) = load_tracks(connection, NOON + 200 * S, 1e6)
        assert (track.person, track.since_utc_ns) == ("p2", NOON + 60 * S)
        fold(connection, [joined(A, "p3", 100, decision=3)], RULES)
        assert [row[2] for row in tables(connection)["sets"]] == ["p3", "p3"], "a later decision on the whole track"


def test_long_gap_parts_two_visits_and_a_late_track_between_joins_them(engine: Engine) -> None:
    first, second = visit("a", 1, "p1", 0, [3]), visit("a", 2, "p1", 1500, [3])
    assert len(folded(engine, [*first, *second])["sessions"]) == 2
    with writing(engine) as connection:
        fold(connection, visit("b", 1, "p1", 700, [2]), RULES)
        assert len(tables(connection)["sessions"]) == 1
        assert [row[6] for row in tables(connection)["sets"]] == [1, 2, 3] or totals(connection)[0] == 3


def test_visit_goes_on_while_the_person_stands_around(engine: Engine) -> None:
    folded(engine, [])
    with writing(engine) as connection:
        fold(connection, [started(A, 0), joined(A, "p1", 1)], RULES)
        for at_s in range(0, 3000, 300):
            sighted(connection, {A: NOON + at_s * S, C: NOON}, RULES)
            assert sweep(connection, NOON + (at_s + 10) * S, RULES) == []
        assert len(sweep(connection, NOON + 4000 * S, RULES)) == 1
        (session,) = tables(connection)["sessions"]
        assert session[4] == "left"
        assert len(tables(connection)["tracks"]) == 1, "a sighting of an unknown track adds nothing"
        assert tables(connection)["tracks"][0][8] == "lost"


def test_tracks_of_an_epoch_that_nobody_ended_end_when_the_camera_begins_another(engine: Engine) -> None:
    folded(engine, [])
    first = [one for one in visit("a", 1, "p1", 0, [5, 3]) if not isinstance(one, TrackEnded)]
    unfinished = [structs.replace(one, closed=False) if isinstance(one, SetChanged) else one for one in first]
    second = visit("a", 1, "p2", 200, [4], epoch="e2")
    with writing(engine) as connection:
        fold(connection, unfinished, RULES)
        assert sweep(connection, NOON + 100 * S, RULES) == []
        assert any(row.open for row in connection.execute(text("select open from sets")))
        fold(connection, second, RULES)
        assert sweep(connection, NOON + 210 * S, RULES) == [1]
        assert [row[8] for row in tables(connection)["tracks"] if row[1] == "e1"] == ["lost"]
        assert not any(row.open for row in connection.execute(text("select open from sets")))
        assert totals(connection) == (3, 12, 12)
        assert sweep(connection, NOON + 220 * S, RULES) == []


def test_visit_found_open_after_a_crash_is_closed_as_interrupted_and_a_recent_one_goes_on(engine: Engine) -> None:
    folded(engine, [])
    with writing(engine) as connection:
        fold(connection, [started(A, 0), joined(A, "p1", 1), started(B, 2000), joined(B, "p2", 2001)], RULES)
        sweep(connection, NOON + 2500 * S, RULES, reason="interrupted")
        assert [(row[0], row[4]) for row in tables(connection)["sessions"]] == [("p1", "interrupted"), ("p2", None)]
        assert [known.number for known in load_people(connection)] == [2]
        fold(connection, [ended(A, 0, 1)], RULES)
        assert tables(connection)["sessions"][0][4] == "interrupted", "no new sighting"
        fold(connection, [ended(A, 0, 2400)], RULES)
        assert tables(connection)["sessions"][0][4] is None, "seen after all"


def test_live_picture_is_told_number_visit_and_set(engine: Engine) -> None:
    folded(engine, [])
    with writing(engine) as connection:
        events = visit("a", 1, "p1", 0, [3, 4])
        (known,) = fold(connection, events[:-1], RULES)
        assert (known.person, known.number, known.set_number, known.session_started_utc_ns) == ("p1", 1, 2, NOON)
        connection.execute(text("UPDATE people SET nickname = 'Bo'"))
        (known,) = fold(connection, visit("b", 1, "p1", 5, [3]), RULES)
        assert known.nickname == "Bo"
        assert known.number == 1


def test_numbers_have_no_holes_after_a_rollback(engine: Engine) -> None:
    folded(engine, [])
    for attempt in range(3):
        with writing(engine) as connection:
            fold(connection, visit("a", attempt, f"lost{attempt}", 0, [1]), RULES)
            connection.rollback()
    with writing(engine) as connection:
        (known,) = fold(connection, visit("a", 9, "p1", 0, [1]), RULES)
    assert known.number == 1


def test_first_acknowledgement_holds(engine: Engine) -> None:
    commands = [
        AcknowledgeAlert(sender="console", uid="u", by=by, at_utc_ns=NOON + at) for by, at in (("B", S), ("A", 0))
    ]
    for order in (commands, commands[::-1]):
        assert [row[:2] for row in folded(engine, list(order))["alerts"]] == [("u", "A")]


@pytest.mark.parametrize(
    "event",
    [
        started(A, -(10**10)),
        started(TrackRef("a", "e1", 2**60), 0),
        set_told(A, 0, 1, revision=2**60),
        set_told(A, 10**10, 1),
        AcknowledgeAlert(sender="console", uid="u", by="A", at_utc_ns=-1),
    ],
)
def test_impossible_event_is_refused(event: AnyDurable) -> None:
    with pytest.raises(WireError, match="which is not between"):
        refuse_impossible(event)


people = st.sampled_from(["p1", "p2", "p3"])
visits = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        people,
        st.integers(0, 4000),
        st.lists(st.integers(1, 4), max_size=2),
        st.lists(
            st.tuples(people, st.integers(2, 4), st.none() | st.integers(0, 200)),
            max_size=2,
            unique_by=lambda move: move[1],
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(visits=visits, seed=st.integers(0, 2**32), size=st.integers(1, 30))
def test_any_order_and_repetition_gives_the_same_tables(engine: Engine, visits, seed: int, size: int) -> None:
    events: list[AnyDurable] = []
    for track, (camera, person, from_s, sets, moves, withdraw) in enumerate(visits):
        who = TrackRef(camera, "e1", track)
        events += visit(camera, track, person, from_s, sets)
        for other, number, since in moves:
            since_s = from_s + since if since is not None else None
            events.append(joined(who, other, from_s + 20, decision=number, why="floor", since_s=since_s))
        if withdraw and sets:
            events.append(set_told(who, from_s + 10, 0, revision=99, withdrawn=True, closed=True))
    events.append(AcknowledgeAlert(sender="console", uid="u", by="A", at_utc_ns=NOON))
    straight = folded(engine, events)
    assert folded(engine, shuffled(events, Random(seed)), size) == straight
