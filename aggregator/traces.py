"""Finds everything that the database knows of a person; changes nothing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from aggregator.alerts import PERSONAL, person_title
from aggregator.schema import (
    AccessEntry,
    Alert,
    AuditEntry,
    Correction,
    Fault,
    Keypoints,
    Merge,
    Person,
    PersonName,
    RejectedRep,
    Rep,
    Session,
    Set,
    SetView,
    Track,
    TrackDecision,
    WebhookDelivery,
    utc_ns_of,
)
from aggregator.staff_rows import view_uid
from core.clock import utc_datetime
from core.messages import SetChanged, TrackRef
from core.wire import decode

FEW = 500
"""Values in one condition; SQLite and Postgres bound them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A track, and from when until when it was the person's, UTC ns."""

    who: TrackRef
    row: int
    first_ns: int
    until_ns: int
    whole: bool
    """It was nobody else's."""


@dataclass(slots=True)
class Traces:
    """Where a person is in the database; everything empty for somebody of whom nothing is there."""

    people: dict[int, str] = field(default_factory=dict)
    """Uids by number: the person, and all who were merged together with them."""
    names: set[str] = field(default_factory=set)
    """Nicknames and member numbers."""
    parts: list[Part] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    """How many rows there are, by table; tables without any are left out."""
    keys: dict[str, list[Any]] = field(default_factory=dict)
    """Keys of rows that no foreign key leads to, by table."""


def find_traces(connection: Connection, uids: Collection[str]) -> Traces:
    """Everything that is known of these people and of those who were merged with them."""
    traces = Traces()
    numbers = set(connection.scalars(select(Person.id).where(Person.uid.in_(uids))))
    traces.people = whole_group(connection, numbers)
    people = list(traces.people)
    if people:
        traces.names = _names(connection, people)
        traces.parts = _parts(connection, people)
    _count_own(connection, traces)
    _count_texts(connection, traces, set(uids) | set(traces.people.values()))
    traces.rows = {table: count for table, count in traces.rows.items() if count}
    return traces


def whole_group(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """These people and all whom merges tie to them, whoever merged them."""
    known: set[int] = set()
    frontier = set(numbers)
    while frontier:
        known |= frontier
        rows = connection.execute(
            select(Person.id, Person.merged_into_id).where(
                Person.merged_into_id.is_not(None), or_(Person.id.in_(frontier), Person.merged_into_id.in_(frontier))
            )
        ).all()
        merges = connection.execute(
            select(Merge.from_id, Merge.into_id).where(
                Merge.into_id.is_not(None), or_(Merge.from_id.in_(frontier), Merge.into_id.in_(frontier))
            )
        ).all()
        frontier = {number for row in (*rows, *merges) for number in row if number is not None} - known
    query = select(Person.id, Person.uid).where(Person.id.in_(known)).order_by(Person.id)
    return {row.id: row.uid for row in connection.execute(query)}


def _names(connection: Connection, people: Collection[int]) -> set[str]:
    now = connection.execute(select(Person.nickname, Person.member_number).where(Person.id.in_(people)))
    said = connection.execute(
        select(PersonName.nickname, PersonName.member_number).where(PersonName.person_id.in_(people))
    )
    return {name for row in (*now, *said) for name in row if name}


def _parts(connection: Connection, people: Collection[int]) -> list[Part]:
    """Their tracks, and of shared ones the times in which they were theirs."""
    theirs = select(TrackDecision.track_id).where(
        or_(TrackDecision.person_id.in_(people), TrackDecision.decided_id.in_(people))
    )
    query = (
        select(
            Track.id,
            Track.camera_id,
            Track.epoch,
            Track.track,
            Track.started_at,
            Track.last_seen_at,
            Track.person_id,
            TrackDecision.person_id,
            TrackDecision.since_at,
        )
        .outerjoin(TrackDecision, TrackDecision.track_id == Track.id)
        .where(or_(Track.person_id.in_(people), Track.id.in_(theirs)))
        .order_by(Track.id, TrackDecision.decision.desc())
    )
    mine = set(people)
    parts = []
    for _, rows in groupby(connection.execute(query), key=lambda row: row[0]):
        part = _part_of([tuple(row) for row in rows], mine)
        if part is not None:
            parts.append(part)
    return parts


def _part_of(rows: Sequence[tuple[Any, ...]], mine: Collection[int]) -> Part | None:
    """The person's part of a track; ``rows``: its decisions, the highest first. None if nothing of it is theirs."""
    row, camera, epoch, number, first, last, holder = rows[0][:7]
    begins = utc_ns_of(first) if first is not None else 0
    ends = utc_ns_of(last) + 1 if last is not None else 2**63 - 1
    until = ends
    spans: list[tuple[int, int, bool]] = []
    for place, (*_, decided, since) in enumerate(rows):
        from_ns = max(utc_ns_of(since), begins) if since is not None else begins
        if from_ns < until or not spans:
            person = holder if place == 0 else decided
            spans.append((from_ns, until, person in mine))
            until = from_ns
    own = [(since, to) for since, to, theirs in spans if theirs]
    if not own:
        return None
    whole = len(own) == len(spans)
    return Part(TrackRef(camera, epoch, number), row, min(own)[0], max(to for _, to in own), whole)


def _count_own(connection: Connection, traces: Traces) -> None:
    people = list(traces.people)

    def count(table: Any, where: ColumnElement[bool]) -> int:  # noqa: ANN401  # a mapped class
        return connection.scalar(select(func.count()).select_from(table).where(where)) or 0

    if not people:
        return
    sets = select(Set.id).where(Set.person_id.in_(people))
    traces.rows |= {
        "people": len(people),
        "person_names": count(PersonName, PersonName.person_id.in_(people)),
        "merges": count(Merge, or_(Merge.from_id.in_(people), Merge.into_id.in_(people))),
        "sessions": count(Session, Session.person_id.in_(people)),
        "sets": count(Set, Set.person_id.in_(people)),
        "reps": count(Rep, Rep.set_id.in_(sets)),
        "faults": count(Fault, Fault.set_id.in_(sets)),
        "rejected_reps": count(RejectedRep, RejectedRep.set_id.in_(sets)),
        "tracks": len(traces.parts),
        "track_decisions": count(
            TrackDecision, or_(TrackDecision.person_id.in_(people), TrackDecision.decided_id.in_(people))
        ),
    }
    traces.rows["keypoints"] = sum(count(Keypoints, keypoints_of(part)) for part in traces.parts)
    views = _views(connection, traces.parts)
    traces.keys["set_views"] = [row for row, _ in views]
    uids = {uid for _, uid in views} | set(connection.scalars(select(Set.uid).where(Set.person_id.in_(people))))
    traces.keys["sets"] = sorted(uids)


def keypoints_of(part: Part) -> ColumnElement[bool]:
    """Which rows of the archive show the person."""
    of_track = Keypoints.track_id == part.row
    if part.whole:
        return of_track
    times = (Keypoints.ended_at >= utc_datetime(part.first_ns), Keypoints.started_at < utc_datetime(part.until_ns))
    return and_(of_track, *times)


def _views(connection: Connection, parts: Sequence[Part]) -> list[tuple[int, str]]:
    """Ids and names of what cameras told of sets in these parts of tracks."""
    by_row = {part.row: part for part in parts}
    found = []
    for rows in few(list(by_row)):
        query = select(SetView.id, SetView.track_id, SetView.number, SetView.payload).where(SetView.track_id.in_(rows))
        for view, track, number, payload in connection.execute(query):
            part = by_row[track]
            if not part.whole:
                told: SetChanged = decode(payload, SetChanged)
                if not part.first_ns <= told.started_utc_ns < part.until_ns:
                    continue
            found.append((view, view_uid(part.who, number)))
    return found


def _count_texts(connection: Connection, traces: Traces, uids: Collection[str]) -> None:
    """Rows that tell of the person without pointing to them."""
    sets, tracks = set(traces.keys.get("sets", ())), {str(part.who) for part in traces.parts if part.whole}
    alerts = _alerts(connection, traces)
    subjects = sorted({*uids, *sets, *tracks, *alerts})
    keys: dict[str, list[Any]] = {
        "corrections": _with(connection, Correction.view_uid, Correction.view_uid, sorted(sets)),
        "alerts": alerts,
        "audit": sorted(
            {
                *_with(connection, AuditEntry.uid, AuditEntry.subject, subjects),
                *_with(connection, AuditEntry.uid, AuditEntry.after, sorted(uids)),
            }
        ),
        "webhook_deliveries": _with(connection, WebhookDelivery.id, WebhookDelivery.subject, sorted({*sets, *alerts})),
        "access_log": _log_rows(connection, {*uids, *traces.names}),
    }
    traces.keys |= keys
    traces.rows |= {table: len(found) for table, found in keys.items()}
    traces.rows["set_views"] = len(traces.keys.get("set_views", ()))


def _with(connection: Connection, wanted: Any, column: Any, values: Sequence[str]) -> list[Any]:  # noqa: ANN401  # columns
    return [found for some in few(values) for found in connection.scalars(select(wanted).where(column.in_(some)))]


def few(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """So many at a time as one condition may hold."""
    return (values[start : start + FEW] for start in range(0, len(values), FEW))


def _alerts(connection: Connection, traces: Traces) -> list[str]:
    """Alerts about the person; by what alerts call them, and a nickname only while the person was here."""
    if not traces.people:
        return []
    numbered = [person_title(number, "") for number in traces.people]
    found = set(connection.scalars(select(Alert.uid).where(Alert.alert.in_(PERSONAL), Alert.subject.in_(numbered))))
    if traces.names:
        visits = select(Session.id).where(
            Session.person_id.in_(list(traces.people)),
            Session.started_at <= Alert.last_at,
            Session.last_seen_at >= Alert.since_at,
        )
        named = select(Alert.uid).where(Alert.alert.in_(PERSONAL), Alert.subject.in_(traces.names), visits.exists())
        found |= set(connection.scalars(named))
    return sorted(found)


def _log_rows(connection: Connection, words: Collection[str]) -> list[int]:
    found: set[int] = set()
    for word in words:
        found |= set(connection.scalars(select(AccessEntry.id).where(AccessEntry.what.contains(word, autoescape=True))))
    return sorted(found)


def texts_with(connection: Connection, words: Collection[str]) -> dict[str, int]:
    """How many rows of each table with free text hold one of these words."""
    exact = {
        "person_names": or_(PersonName.nickname.in_(words), PersonName.member_number.in_(words)),
        "people": or_(Person.uid.in_(words), Person.member_number.in_(words), Person.nickname.in_(words)),
        "audit": or_(AuditEntry.subject.in_(words), AuditEntry.before.in_(words), AuditEntry.after.in_(words)),
        "access_log": or_(*(AccessEntry.what.contains(word, autoescape=True) for word in words)),
    }
    tables = {"people": Person, "person_names": PersonName, "audit": AuditEntry, "access_log": AccessEntry}
    return {
        name: connection.scalar(select(func.count()).select_from(table).where(exact[name])) or 0
        for name, table in tables.items()
    }
