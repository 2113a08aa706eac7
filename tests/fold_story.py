"""Events as workers and the aggregator tell them, for tests of the database, and its tables in comparable shape."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from random import Random

from sqlalchemy import Connection, text

from core.messages import (
    AnyDurable,
    RejectedRecord,
    RepRecord,
    RuleVerdict,
    SetChanged,
    TrackEnded,
    TrackJoined,
    TrackRef,
    TrackStarted,
)

S = 10**9
NOON = 1_780_000_000 * S
WORKER = "worker:1"


def started(who: TrackRef, at_s: float) -> TrackStarted:
    return TrackStarted(sender=WORKER, who=who, captured_utc_ns=NOON + round(at_s * S))


def ended(who: TrackRef, from_s: float, to_s: float) -> TrackEnded:
    times = {"started_utc_ns": NOON + round(from_s * S), "captured_utc_ns": NOON + round(to_s * S)}
    return TrackEnded(sender=WORKER, who=who, frames=round((to_s - from_s) * 15), **times)


def joined(
    who: TrackRef, person: str, at_s: float, decision: int = 1, why: str = "new", since_s: float | None = None
) -> TrackJoined:
    since = NOON + round(since_s * S) if since_s is not None else 0
    at = NOON + round(at_s * S)
    return TrackJoined(
        sender="aggregator",
        who=who,
        person=person,
        captured_utc_ns=at,
        decision=decision,
        why=why,
        since_utc_ns=since,
    )


def set_told(
    who: TrackRef,
    from_s: float,
    reps: int,
    *,
    number: int = 1,
    revision: int | None = None,
    exercise: str = "squat",
    every_s: float = 3.0,
    closed: bool = False,
    withdrawn: bool = False,
    quality: float = 0.8,
) -> SetChanged:
    """A set of so many repetitions, with a fault in every third one; the revision is their number, if left out."""
    begin = NOON + round(from_s * S)
    step = round(every_s * S)
    bad = RuleVerdict(rule="depth", verdict="fault", cue="deeper", value=80.0, limit=95.0, unit="deg")
    records = tuple(
        RepRecord(
            started_utc_ns=begin + place * step,
            ended_utc_ns=begin + (place + 1) * step,
            span=90.0 + place,
            verdicts=(bad,) if place % 3 == 2 else (),
        )
        for place in range(reps)
    )
    return SetChanged(
        sender=WORKER,
        who=who,
        captured_utc_ns=begin + reps * step,
        number=number,
        revision=revision if revision is not None else reps + closed,
        exercise=exercise,
        confidence=0.9,
        started_utc_ns=begin,
        ended_utc_ns=begin + reps * step,
        reps=records,
        rejected=(RejectedRecord(at_utc_ns=begin + S, reason="too short"),),
        unit="deg",
        closed=closed,
        withdrawn=withdrawn,
        feet=(0.5, 0.5),
        quality=quality,
    )


def visit(
    camera: str, track: int, person: str, from_s: float, sets: Sequence[int], epoch: str = "e1"
) -> list[AnyDurable]:
    """Somebody who comes, trains sets of so many repetitions, and leaves; every revision is told."""
    who = TrackRef(camera, epoch, track)
    events: list[AnyDurable] = [started(who, from_s), joined(who, person, from_s + 1)]
    at_s = from_s + 10
    for number, reps in enumerate(sets, start=1):
        events += [set_told(who, at_s, count, number=number) for count in range(1, reps + 1)]
        events.append(set_told(who, at_s, reps, number=number, closed=True))
        at_s += reps * 3 + 60
    return [*events, ended(who, from_s, at_s)]


def shuffled(events: Sequence[AnyDurable], random: Random) -> list[AnyDurable]:
    """The same events in any order, some of them several times."""
    result = [*events, *random.choices(events, k=len(events) // 2)]
    random.shuffle(result)
    return result


TABLES = {
    "people": """SELECT p.uid, p.first_seen_at, p.last_seen_at, p.nickname, into_.uid FROM people p
        LEFT JOIN people into_ ON into_.id = p.merged_into_id""",
    "sessions": """SELECT p.uid, s.started_at, s.last_seen_at, s.ended_at, s.end_reason FROM sessions s
        JOIN people p ON p.id = s.person_id""",
    "tracks": """SELECT t.camera_id, t.epoch, t.track, p.uid, s.started_at, t.started_at, t.last_seen_at, t.ended_at,
        t.end_reason, t.frames, t.decision FROM tracks t LEFT JOIN people p ON p.id = t.person_id
        LEFT JOIN sessions s ON s.id = t.session_id""",
    "decisions": """SELECT t.camera_id, t.epoch, t.track, d.decision, p.uid, d.why, d.decided_at FROM track_decisions d
        JOIN tracks t ON t.id = d.track_id JOIN people p ON p.id = d.person_id""",
    "set_views": """SELECT t.camera_id, t.epoch, t.track, v.number, v.revision, v.closed, v.withdrawn, s.uid, v.payload
        FROM set_views v JOIN tracks t ON t.id = v.track_id LEFT JOIN sets s ON s.id = v.set_id""",
    "sets": """SELECT s.uid, v.started_at, p.uid, s.camera_id, s.zone, s.exercise, s.number, s.started_at, s.ended_at,
        s.duration_s, s.reps, s.tentative_reps, s.hold_s, s.confidence, s.quality, s.cameras, s.open FROM sets s
        JOIN people p ON p.id = s.person_id JOIN sessions v ON v.id = s.session_id""",
    "reps": """SELECT s.uid, r.number, r.started_at, r.ended_at, r.duration_s, r.range_of_motion, r.unit, r.tentative,
        r.cameras FROM reps r JOIN sets s ON s.id = r.set_id""",
    "faults": """SELECT s.uid, r.number, f.rule, f.cue, f.value, f."limit", f.unit FROM faults f
        JOIN sets s ON s.id = f.set_id LEFT JOIN reps r ON r.id = f.rep_id""",
    "rejected": "SELECT s.uid, r.at, r.reason FROM rejected_reps r JOIN sets s ON s.id = r.set_id",
    "alerts": "SELECT uid, acknowledged_by, acknowledged_at FROM alerts",
}


def tables(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database by natural keys: numbers that depend on the order of arrival are left out."""
    return {
        name: sorted((tuple(map(_plain, row)) for row in connection.execute(text(query))), key=repr)
        for name, query in TABLES.items()
    }


def _plain(value: object) -> object:
    """The same for both kinds of database."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, memoryview):
        return bytes(value)
    return int(value) if isinstance(value, bool) else value


def totals(connection: Connection) -> tuple[int, int, int]:
    """How many sets, repetitions in them, and repetitions in rows there are."""
    sets, reps = connection.execute(text("SELECT count(*), coalesce(sum(reps), 0) FROM sets")).one()
    rows = connection.execute(text("SELECT count(*) FROM reps WHERE NOT tentative")).scalar_one()
    return int(sets), int(reps), int(rows)


def batches(events: Sequence[AnyDurable], size: int) -> Iterable[Sequence[AnyDurable]]:
    """The events in batches of at most so many."""
    return (events[start : start + size] for start in range(0, len(events), size))
