"""Erases a person from the database, and keeps what comes late about them out of it.

What is erased: the people's rows with names, merges, visits, sets, repetitions and faults, their tracks with what
cameras told of them, corrections, alerts, audit and log texts about them. What is kept: digests, by which replays are
known. Tracks that two people shared, one after the other, keep the other one's part.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, delete, insert, or_, select, update

from aggregator.schema import (
    AccessEntry,
    Alert,
    AuditEntry,
    Correction,
    Forgotten,
    Keypoints,
    Person,
    SetView,
    Track,
    TrackDecision,
    WebhookDelivery,
    utc_ns_of,
)
from aggregator.staff_rows import track_of
from aggregator.traces import Traces, few, find_traces, keypoints_of, whole_group
from core.clock import utc_datetime
from core.messages import (
    AnyDurable,
    CorrectSet,
    ForgetPerson,
    MergePeople,
    NamePerson,
    SetChanged,
    StaffAction,
    TrackEnded,
    TrackJoined,
    TrackRef,
)

ERASED = "(erased)"
"""Stands in the access log in place of a name."""


def erase(connection: Connection, uid: str, at: datetime) -> Traces:
    """Erase a person, and all who were merged with them, inside the caller's transaction; gives what was there.

    What was seen before ``at`` does not come back. Erasing again changes nothing.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is deleted is overwritten too
    traces = find_traces(connection, {uid})
    refuse = {_digest(one): at for one in {uid, *traces.people.values()}}
    refuse |= {
        _digest(str(part.who)): at if part.whole else min(at, utc_datetime(part.until_ns)) for part in traces.parts
    }
    _refuse(connection, refuse)
    for table, column in _KEYS.items():
        for some in few(traces.keys.get(table, [])):
            connection.execute(delete(column.table).where(column.in_(some)))
    _redact(connection, traces, {uid, *traces.people.values(), *traces.names})
    _erase_tracks(connection, traces)
    for people in few(list(traces.people)):
        connection.execute(delete(Person).where(Person.id.in_(people)))  # and with them all that points to them
    return traces


_KEYS: Mapping[str, Any] = {
    "set_views": SetView.__table__.c.id,
    "corrections": Correction.__table__.c.view_uid,
    "alerts": Alert.__table__.c.uid,
    "audit": AuditEntry.__table__.c.uid,
    "webhook_deliveries": WebhookDelivery.__table__.c.id,
}


def _redact(connection: Connection, traces: Traces, words: Collection[str]) -> None:
    """Take names out of the access log; that something was done stays."""
    ids = traces.keys.get("access_log", [])
    for row in connection.execute(select(AccessEntry.id, AccessEntry.what).where(AccessEntry.id.in_(ids))).all():
        what = row.what
        for word in sorted(words, key=len, reverse=True):
            what = what.replace(word, ERASED)
        connection.execute(update(AccessEntry).where(AccessEntry.id == row.id).values(what=what))


def _erase_tracks(connection: Connection, traces: Traces) -> None:
    for some in few([part.row for part in traces.parts if part.whole]):
        connection.execute(delete(Track).where(Track.id.in_(some)))
    people = list(traces.people)
    for part in traces.parts:
        if part.whole:
            continue
        of_track = TrackDecision.track_id == part.row
        connection.execute(delete(Keypoints).where(keypoints_of(part)))
        theirs = or_(TrackDecision.person_id.in_(people), TrackDecision.decided_id.in_(people))
        connection.execute(delete(TrackDecision).where(of_track, theirs))
        row = connection.execute(select(Track.last_seen_at, Track.started_at).where(Track.id == part.row)).one()
        newest = connection.execute(
            select(TrackDecision.person_id, TrackDecision.decision)
            .where(of_track)
            .order_by(TrackDecision.decision.desc())
            .limit(1)
        ).one_or_none()
        first, until = utc_datetime(part.first_ns), utc_datetime(part.until_ns)
        values: dict[str, Any] = {
            "person_id": newest[0] if newest is not None else None,
            "decision": newest[1] if newest is not None else 0,
        }
        if row.last_seen_at is not None and until > row.last_seen_at:
            # The erased part was the later one: for the other person, the track ended where it begins.
            values |= {"last_seen_at": first, "ended_at": first, "end_reason": "lost"}
        elif row.started_at is not None and first <= row.started_at:
            values["started_at"] = until
        connection.execute(update(Track).where(Track.id == part.row).values(values))


# Keeping out ---------------------------------------------------------------------------------------------------------


def _digest(name: str) -> str:
    return blake2b(name.encode(), digest_size=16, person=b"spotter forget").hexdigest()


def _refuse(connection: Connection, digests: Mapping[str, datetime]) -> None:
    known: dict[str, datetime] = {}
    for some in few(list(digests)):
        query = select(Forgotten.digest, Forgotten.until_at).where(Forgotten.digest.in_(some))
        known |= {row.digest: row.until_at for row in connection.execute(query)}
    added = [{"digest": digest, "until_at": at} for digest, at in digests.items() if digest not in known]
    if added:
        connection.execute(insert(Forgotten), added)
    for digest, at in digests.items():
        if digest in known and known[digest] < at:
            connection.execute(update(Forgotten).where(Forgotten.digest == digest).values(until_at=at))


def is_forgotten(connection: Connection, uid: str) -> bool:
    """Whether a person was erased."""
    return bool(_refused(connection, {uid}))


def _refused(connection: Connection, names: Collection[str]) -> dict[str, datetime]:
    """Which of these uids and tracks were erased, and up to when."""
    digests = {_digest(name): name for name in names}
    found: dict[str, datetime] = {}
    for some in few(list(digests)):
        query = select(Forgotten.digest, Forgotten.until_at).where(Forgotten.digest.in_(some))
        found |= {digests[row.digest]: row.until_at for row in connection.execute(query)}
    return found


def refused_tracks(connection: Connection, tracks: Collection[TrackRef]) -> dict[TrackRef, int]:
    """Which of these tracks were erased, and up to when, UTC ns."""
    refused = _refused(connection, {str(who) for who in tracks})
    return {who: utc_ns_of(refused[str(who)]) for who in tracks if str(who) in refused}


def forget_in(connection: Connection, events: Sequence[AnyDurable]) -> list[Traces]:
    """Erase whoever is to be forgotten by these events; what else they tell of them is for ``admitted`` to refuse."""
    forgets = [event for event in events if isinstance(event, ForgetPerson)]
    return [erase(connection, event.uid, utc_datetime(event.at_utc_ns)) for event in forgets]


def told_of_all(connection: Connection, events: Sequence[AnyDurable]) -> list[ForgetPerson]:
    """The same for everybody who was merged with those who are to be forgotten; to be asked before they are."""
    told = []
    for event in events:
        if isinstance(event, ForgetPerson):
            numbers = set(connection.scalars(select(Person.id).where(Person.uid == event.uid)))
            told += [replace(event, uid=uid) for uid in whole_group(connection, numbers).values() if uid != event.uid]
    return told


def admitted(connection: Connection, events: Sequence[AnyDurable]) -> list[AnyDurable]:
    """The events without what tells of erased people, or of their tracks at that time."""
    uids = {uid for event in events for uid in _uids_in(event)}
    tracks = {who for event in events if (who := _track_in(event)) is not None}
    refused = _refused(connection, uids | {str(who) for who in tracks})
    if not refused:
        return [event for event in events if not isinstance(event, ForgetPerson)]
    kept = [event for event in events if not any(uid in refused for uid in _uids_in(event))]
    # Whose track it was may be heard only now.
    late = {
        event.who: refused[event.person]
        for event in events
        if isinstance(event, TrackJoined) and event.person in refused and str(event.who) not in refused
    }
    if late:
        refused |= {str(who): until for who, until in _refuse_late(connection, late, kept).items()}
    return [changed for event in kept if (changed := _without_past(event, refused)) is not None]


def _uids_in(event: AnyDurable) -> tuple[str, ...]:
    match event:
        case TrackJoined():
            return (event.person,)
        case NamePerson() | ForgetPerson():
            return (event.uid,)
        case MergePeople():
            return (event.from_uid, event.into_uid)
    return ()


def _track_in(event: AnyDurable) -> TrackRef | None:
    if isinstance(event, CorrectSet):
        return track_of(event.set_uid)
    return None if isinstance(event, StaffAction) else event.who


def _refuse_late(
    connection: Connection, late: Mapping[TrackRef, datetime], kept: Sequence[AnyDurable]
) -> dict[TrackRef, datetime]:
    """Erase tracks that turn out to be of somebody erased, unless somebody else has them by now."""
    others = {event.who for event in kept if isinstance(event, TrackJoined)}
    refused = {}
    for who, until in late.items():
        row = connection.execute(
            select(Track.id, Track.person_id).filter_by(camera_id=who.camera, epoch=who.epoch, track=who.track)
        ).one_or_none()
        if who in others or (row is not None and row.person_id is not None):
            continue
        if row is not None:
            connection.execute(delete(Track).where(Track.id == row.id))
        refused[who] = until
    _refuse(connection, {_digest(str(who)): until for who, until in refused.items()})
    return refused


def _without_past(event: AnyDurable, refused: Mapping[str, datetime]) -> AnyDurable | None:
    """The event, or what of it is after its track was erased; None if nothing is."""
    who = _track_in(event)
    until = refused.get(str(who)) if who is not None else None
    if until is None:
        return event
    until_ns = utc_ns_of(until)
    match event:
        case CorrectSet():
            return event if event.at_utc_ns >= until_ns else None
        case TrackJoined():
            return replace(
                event,
                captured_utc_ns=max(event.captured_utc_ns, until_ns),
                since_utc_ns=max(event.since_utc_ns, until_ns),
            )
        case SetChanged():
            return event if event.started_utc_ns >= until_ns else None
        case TrackEnded():
            event = replace(event, started_utc_ns=max(event.started_utc_ns, until_ns))
    return event if isinstance(event, StaffAction) or event.captured_utc_ns >= until_ns else None
