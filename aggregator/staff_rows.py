"""What staff did, kept as facts of which the latest holds: names, merges, corrections, and the audit of everything.

Any order and any number of times give the same rows. What follows for visits and sets is derived elsewhere: a merge
only says whose a track is, a correction only stands beside what was counted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from aggregator.many_rows import among
from aggregator.people_rows import find_or_add_people
from aggregator.records import acknowledge, snooze
from aggregator.schema import AuditEntry, Correction, Merge, Person, PersonName, Track, TrackDecision, utc_ns_of
from core.clock import utc_datetime
from core.messages import (
    AcknowledgeAlert,
    AnyDurable,
    CorrectSet,
    ForgetPerson,
    MergePeople,
    NamePerson,
    SnoozeAlert,
    StaffAction,
    TrackJoined,
    TrackRef,
)


@dataclass(slots=True)
class StaffNews:
    """What a batch of actions touched."""

    named: set[int] = field(default_factory=set)
    """Numbers of people whose name or member number may have changed."""
    merged: set[int] = field(default_factory=set)
    """Numbers of people whom merges are about."""
    corrected: set[TrackRef] = field(default_factory=set)
    """Tracks that saw a set about which a correction is."""


def keep_actions(connection: Connection, events: Sequence[AnyDurable]) -> StaffNews:
    """Store what staff did; what it touches is still to be derived anew."""
    _write_audit(connection, events)
    news = StaffNews()
    names = [event for event in events if isinstance(event, NamePerson)]
    merges = [event for event in events if isinstance(event, MergePeople)]
    if names or merges:
        uids = [one.uid for one in names] + [uid for one in merges for uid in (one.from_uid, one.into_uid) if uid]
        people = find_or_add_people(connection, uids)
        news.named = _keep_names(connection, names, people)
        news.merged = {people[uid] for one in merges for uid in (one.from_uid, one.into_uid) if uid}
        for one in merges:
            _keep_merge(connection, one, people)
    for event in events:
        match event:
            case AcknowledgeAlert():
                acknowledge(connection, event)
            case SnoozeAlert():
                snooze(connection, event)
            case CorrectSet():
                news.corrected |= _keep_correction(connection, event)
    return news


# Audit ---------------------------------------------------------------------------------------------------------------


def _write_audit(connection: Connection, events: Iterable[AnyDurable]) -> None:
    rows = {row["uid"]: row for event in events if (row := _audit_row(event)) is not None}
    if not rows:
        return
    known = set(connection.scalars(select(AuditEntry.uid).where(AuditEntry.uid.in_(rows))))
    added = [row for uid, row in rows.items() if uid not in known]
    if added:
        connection.execute(insert(AuditEntry), added)


def _audit_row(event: AnyDurable) -> dict[str, Any] | None:
    if isinstance(event, TrackJoined):
        if event.why != "staff":
            return None
        about = {"action": "split person", "subject": str(event.who), "before": "", "after": event.person}
        return {"uid": event.id, "at": utc_datetime(event.captured_utc_ns), "by": event.by, **about}
    if not isinstance(event, StaffAction) or isinstance(event, ForgetPerson):
        return None
    subject, after = _subject_and_after(event)
    return {
        "uid": f"{event.id} {event.at_utc_ns} {event.by}",
        "at": utc_datetime(event.at_utc_ns),
        "by": event.by,
        "action": str(type(event).__struct_config__.tag),
        "subject": subject,
        "before": event.before,
        "after": after,
    }


def _subject_and_after(action: StaffAction) -> tuple[str, str]:
    match action:
        case NamePerson():
            number = f"member {action.member_number}" if action.member_number else ""
            return action.uid, ", ".join(part for part in (action.nickname, number) if part)
        case MergePeople():
            return action.from_uid, action.into_uid
        case CorrectSet():
            parts = (str(action.reps) if action.reps is not None else "", action.exercise or "")
            return action.set_uid, " ".join(part for part in parts if part)
        case SnoozeAlert():
            until = utc_datetime(action.until_utc_ns).isoformat(timespec="seconds") if action.until_utc_ns else ""
            return action.uid, until
        case AcknowledgeAlert():
            return action.uid, "seen"
    return "", ""


# Names ---------------------------------------------------------------------------------------------------------------


def _keep_names(connection: Connection, names: Sequence[NamePerson], people: Mapping[str, int]) -> set[int]:
    """Keep the latest name of each person, and give every member number to whom it was given last."""
    numbers: set[str] = set()
    touched: set[int] = set()
    for one in names:
        person = people[one.uid]
        said = (utc_datetime(one.at_utc_ns), one.by, one.nickname, one.member_number)
        row = connection.execute(
            select(PersonName.at, PersonName.by, PersonName.nickname, PersonName.member_number).filter_by(
                person_id=person
            )
        ).one_or_none()
        if row is not None and tuple(row) >= said:
            continue
        values = {"at": said[0], "by": one.by, "nickname": one.nickname, "member_number": one.member_number}
        if row is None:
            connection.execute(insert(PersonName).values(person_id=person, **values))
        else:
            numbers.add(row.member_number)
            connection.execute(update(PersonName).where(PersonName.person_id == person).values(values))
        numbers.add(one.member_number)
        touched.add(person)
        connection.execute(update(Person).where(Person.id == person).values(nickname=one.nickname))
    if touched:
        _give_numbers(connection, numbers - {""}, touched)
    return touched


def _give_numbers(connection: Connection, numbers: Collection[str], touched: Collection[int]) -> None:
    had = or_(Person.member_number.in_(numbers), Person.id.in_(touched))
    connection.execute(update(Person).where(had).values(member_number=None))
    query = (
        select(PersonName.member_number, PersonName.person_id)
        .join(Person, Person.id == PersonName.person_id)
        .where(PersonName.member_number.in_(numbers))
        .order_by(PersonName.at, PersonName.by, Person.uid)
    )
    holders = {row.member_number: row.person_id for row in connection.execute(query)}  # the last one stays
    for number, person in holders.items():
        connection.execute(update(Person).where(Person.id == person).values(member_number=number))


# Merges --------------------------------------------------------------------------------------------------------------


def _keep_merge(connection: Connection, one: MergePeople, people: Mapping[str, int]) -> None:
    person = people[one.from_uid]
    query = select(Merge.at, Merge.by, Person.uid).outerjoin(Person, Person.id == Merge.into_id)
    before = connection.execute(query.where(Merge.from_id == person)).one_or_none()
    said = (utc_datetime(one.at_utc_ns), one.by, one.into_uid)
    if before is not None and (before[0], before[1], before[2] or "") >= said:
        return
    values = {"into_id": people.get(one.into_uid), "at": said[0], "by": one.by}
    if before is None:
        connection.execute(insert(Merge).values(from_id=person, **values))
    else:
        connection.execute(update(Merge).where(Merge.from_id == person).values(values))


@dataclass(frozen=True, slots=True)
class _Edge:
    into: int
    at: datetime
    by: str


def heirs(connection: Connection, people: Collection[int]) -> dict[int, int]:
    """Who has the tracks of those of these people who were merged into somebody, directly or through others."""
    edges: dict[int, _Edge] = {}
    frontier = set(people)
    while frontier:
        query = select(Merge.from_id, Merge.into_id, Merge.at, Merge.by).where(
            Merge.from_id.in_(frontier), Merge.into_id.is_not(None)
        )
        found = {row[0]: _Edge(row[1], row[2], row[3]) for row in connection.execute(query) if row[1] is not None}
        edges |= found
        frontier = {edge.into for edge in found.values()} - edges.keys()
    return {person: _end(person, edges) for person in people if person in edges}


def _end(person: int, edges: Mapping[int, _Edge]) -> int:
    """Where the merges lead; of a circle, the latest merge does not count."""
    path = [person]
    while path[-1] in edges:
        after = edges[path[-1]].into
        if after in path:
            circle = path[path.index(after) :]
            return max(circle, key=lambda each: (edges[each].at, edges[each].by, each))
        path.append(after)
    return path[-1]


def _with_merged(connection: Connection, people: Collection[int]) -> set[int]:
    """These people, and all who were merged into them, directly or through others."""
    known = set(people)
    frontier = set(people)
    while frontier:
        frontier = set(connection.scalars(select(Merge.from_id).where(Merge.into_id.in_(frontier)))) - known
        known |= frontier
    return known


@dataclass(frozen=True, slots=True)
class MovedTrack:
    """A track of which a decision, and with it a part or the whole, went to another person by merges."""

    id: int
    old: int
    new: int
    started_at: datetime | None
    last_seen_at: datetime | None


def regroup(connection: Connection, merged: Collection[int]) -> list[MovedTrack]:
    """Give all tracks of these people, and of those merged into them, to whom they belong by the merges now."""
    if not merged:
        return []
    concerned = _with_merged(connection, merged)
    now = heirs(connection, concerned)
    query = (
        select(
            TrackDecision.track_id,
            TrackDecision.decision,
            _decided(),
            TrackDecision.person_id,
            Track.decision,
            Track.started_at,
            Track.last_seen_at,
        )
        .join(Track, Track.id == TrackDecision.track_id)
        .where(_decided().in_(concerned))
    )
    moved = []
    for track, decision, decided, old, newest, started, last in connection.execute(query).all():
        new = now.get(decided, decided)
        if new == old:
            continue
        moved.append(MovedTrack(track, old, new, started, last))
        of_decision = (TrackDecision.track_id == track) & (TrackDecision.decision == decision)
        connection.execute(update(TrackDecision).where(of_decision).values(person_id=new))
        if decision == newest:
            connection.execute(update(Track).where(Track.id == track).values(person_id=new))
    return moved


def _decided() -> ColumnElement[int]:
    return func.coalesce(TrackDecision.decided_id, TrackDecision.person_id)


def told_anew(connection: Connection, events: Sequence[AnyDurable]) -> list[TrackJoined]:
    """Whose the tracks are that merges in ``events`` gave to others, and those that were joined to somebody merged.

    For the live picture, in the words of a decision of staff; such a one is not an event of its own.
    """
    merges = [event for event in events if isinstance(event, MergePeople)]
    uids = {uid for one in merges for uid in (one.from_uid, one.into_uid)}
    uids |= {event.person for event in events if isinstance(event, TrackJoined)}
    if not uids:
        return []
    concerned = set(connection.scalars(select(Person.id).where(Person.uid.in_(uids))))
    if merges:
        concerned = _with_merged(connection, concerned)
    else:
        concerned &= heirs(connection, concerned).keys()
    if not concerned:
        return []
    query = (
        select(Track.camera_id, Track.epoch, Track.track, Person.uid, Track.decision, Track.last_seen_at)
        .join(TrackDecision, (TrackDecision.track_id == Track.id) & (TrackDecision.decision == Track.decision))
        .join(Person, Person.id == Track.person_id)
        .where(_decided().in_(concerned))
    )
    return [
        TrackJoined(
            sender="aggregator",
            who=TrackRef(camera, epoch, track),
            captured_utc_ns=utc_ns_of(last),
            person=uid,
            decision=decision,
            why="staff",
        )
        for camera, epoch, track, uid, decision, last in connection.execute(query)
        if last is not None  # by the query
    ]


# Corrections ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Corrected:
    """What staff saw of a set."""

    at: datetime
    by: str
    reps: int | None = field(compare=False)
    exercise: str | None = field(compare=False)


def view_uid(who: TrackRef, number: int) -> str:
    """Name of a set as one track saw it."""
    return f"{who}/set/{number}"


def track_of(uid: str) -> TrackRef | None:
    """The track in the name of a set as one track saw it; None for another text."""
    try:
        rest, _, number = uid.rsplit("/", 2)
        camera, epoch, track = rest.split("/")
        int(number)
        return TrackRef(camera, epoch, int(track))
    except ValueError:
        return None


def _keep_correction(connection: Connection, one: CorrectSet) -> set[TrackRef]:
    """Keep the latest correction; gives the track that saw the set, if it changed."""
    at = utc_datetime(one.at_utc_ns)
    row = connection.execute(
        select(Correction.at, Correction.by, Correction.reps, Correction.exercise).filter_by(view_uid=one.set_uid)
    ).one_or_none()
    said = (at, one.by, one.reps if one.reps is not None else -1, one.exercise or "")
    if row is not None and (row.at, row.by, row.reps if row.reps is not None else -1, row.exercise or "") >= said:
        return set()
    values = {"at": at, "by": one.by, "reps": one.reps, "exercise": one.exercise}
    if row is None:
        connection.execute(insert(Correction).values(view_uid=one.set_uid, **values))
    else:
        connection.execute(update(Correction).where(Correction.view_uid == one.set_uid).values(values))
    who = track_of(one.set_uid)
    return {who} if who is not None else set()


def corrections(connection: Connection, views: Collection[str]) -> dict[str, Corrected]:
    """What staff saw of these views of sets, also of those whose correction was taken back."""
    query = select(Correction.view_uid, Correction.at, Correction.by, Correction.reps, Correction.exercise)
    return {
        row[0]: Corrected(*row[1:])
        for row in connection.execute(query.where(among(connection, Correction.view_uid, views)))
    }


def correction_of(members: Iterable[str], known: Mapping[str, Corrected]) -> Corrected | None:
    """The latest correction of any view of a set; None if there is none, or it was taken back."""
    found = [known[member] for member in members if member in known]
    newest = max(found, default=None)
    return newest if newest is not None and (newest.reps, newest.exercise) != (None, None) else None


def correction_values(corrected: Corrected | None) -> dict[str, Any]:
    """Columns of a set that tell its correction; all empty without one."""
    columns = {"reps": "corrected_reps", "exercise": "corrected_exercise", "by": "corrected_by", "at": "corrected_at"}
    return {column: getattr(corrected, name, None) for name, column in columns.items()}
