"""Derives visits from tracks, and sets from what the cameras saw of them; changes only what differs.

Who is affected, and when, is handed in; everybody else's rows are left alone. Deriving again changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs
from sqlalchemy import ColumnElement, Connection, case, delete, exists, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from aggregator.fusion import FusedSet, SetView, Watch, fuse
from aggregator.local_days import local_values
from aggregator.many_rows import KEY, among, update_rows
from aggregator.schema import Session, Track, TrackDecision, utc_ns_of
from aggregator.schema import Set as SetRow
from aggregator.schema import SetView as SetViewRow
from aggregator.set_rows import Placed, write_sets
from aggregator.staff_rows import Corrected, correction_of, correction_values, corrections, track_of, view_uid
from aggregator.webhook_rows import wanting
from aggregator.zones import zone_of
from core.clock import utc_datetime
from core.messages import Relative, SetChanged, TrackRef
from core.settings import Settings
from core.wire import decode

UTC_ZONE = ZoneInfo("UTC")
LOST = "lost"
"""Why a track ended whose end nobody told."""
VIEWS_KEPT = 2048
"""Views kept in memory as they were decoded: with each event all those of the visit are read."""
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FoldRules:
    """What gym.toml says about visits and zones."""

    ends_after: timedelta
    """A longer time without a sighting ends a visit."""
    zone_name: Callable[[str, Relative | None], str]
    """Zone of a point in a camera's picture; empty outside all zones."""
    time_zone: ZoneInfo = UTC_ZONE
    """Of the gym: of the days that are written beside the times."""
    told_of_sets: tuple[str, ...] = ()
    """Webhooks that are told of each set that has ended."""


def fold_rules(settings: Settings) -> FoldRules:
    """The rules of one configuration."""
    cameras = {camera.id: camera for camera in settings.camera}

    def zone_name(camera: str, feet: Relative | None) -> str:
        zone = zone_of(cameras[camera], feet) if camera in cameras else None
        return zone.name if zone is not None else ""

    return FoldRules(
        timedelta(seconds=settings.sessions.ends_after),
        zone_name,
        settings.gym.zone,
        wanting(settings.webhook, "set ended"),
    )


@dataclass(slots=True)
class Window:
    """When something changed for a person."""

    first: datetime
    last: datetime
    sets: bool = False
    """Whether it may concern sets, not only how long the visit lasts."""

    def grow(self, first: datetime, last: datetime) -> None:
        """Hold this time too."""
        self.first, self.last = min(self.first, first), max(self.last, last)


@dataclass(slots=True)
class _Span:
    """A track, or the part of it in which it is one person's."""

    track: int
    who: TrackRef
    person: int
    session: int | None
    first: datetime
    last: datetime
    holds_from: datetime
    """A set that begins from here on, and before ``holds_until``, is of this one."""
    holds_until: datetime
    newest: bool
    """The row of the track tells the visit of its newest span."""


@dataclass(slots=True)
class _Visit:
    """One visit as its tracks tell it, and the row that it is or becomes."""

    person: int
    first: datetime
    last: datetime
    spans: list[_Span] = field(default_factory=list)
    row: int = 0
    """0 until there is one."""
    over: bool = False


@dataclass(slots=True)
class _SessionRow:
    id: int
    person: int
    first: datetime
    last: datetime
    over: bool


def refresh(connection: Connection, affected: Mapping[int, Window], rules: FoldRules) -> None:
    """Derive the visits and sets of these people (by number) around these times."""
    if not affected:
        return
    sessions = _sessions_near(connection, affected, rules.ends_after)
    spans = _spans_of(connection, affected)
    visits = _visits(spans, rules.ends_after)
    unused, concerned = _match(visits, sessions)
    _write_sessions(connection, visits, sessions, rules)
    concerned |= _move_tracks(connection, visits)
    concerned |= {person for person, window in affected.items() if window.sets}
    if concerned:
        old = [row.id for row in sessions if row.person in concerned]
        _derive_sets(connection, [visit for visit in visits if visit.person in concerned], old, rules)
    if unused:
        connection.execute(delete(Session).where(Session.id.in_(unused)))


def _sessions_near(connection: Connection, affected: Mapping[int, Window], gap: timedelta) -> list[_SessionRow]:
    """Sessions that what changed may touch; each person's window grows to hold them whole."""
    query = (
        select(Session.id, Session.person_id, Session.started_at, Session.last_seen_at, Session.ended_at)
        .where(
            among(connection, Session.person_id, affected),
            Session.last_seen_at >= min(window.first for window in affected.values()) - gap,
            Session.started_at <= max(window.last for window in affected.values()) + gap,
        )
        .order_by(Session.started_at, Session.id)
    )
    found = [_SessionRow(row[0], row[1], row[2], row[3], row[4] is not None) for row in connection.execute(query)]
    near = [
        row
        for row in found
        if row.last >= affected[row.person].first - gap and row.first <= affected[row.person].last + gap
    ]
    for row in near:
        affected[row.person].grow(row.first, row.last)
    return near


def _spans_of(connection: Connection, affected: Mapping[int, Window]) -> list[_Span]:
    """When these people were followed by which track, near what changed; in order of time."""
    theirs = select(TrackDecision.track_id).where(among(connection, TrackDecision.person_id, affected))
    query = (
        select(
            Track.id,
            Track.camera_id,
            Track.epoch,
            Track.track,
            Track.session_id,
            Track.started_at,
            Track.last_seen_at,
            Track.person_id,
            TrackDecision.person_id,
            TrackDecision.since_at,
        )
        .join(TrackDecision, TrackDecision.track_id == Track.id)
        .where(
            or_(among(connection, Track.person_id, affected), Track.id.in_(theirs)),
            Track.last_seen_at >= min(window.first for window in affected.values()),
            Track.started_at <= max(window.last for window in affected.values()),
        )
        .order_by(Track.id, TrackDecision.decision.desc())
    )
    spans: list[_Span] = []
    for _, rows in groupby(connection.execute(query), key=lambda row: row[0]):
        spans += _spans_of_one([tuple(row) for row in rows])
    near = [
        span
        for span in spans
        if span.person in affected
        and span.last >= affected[span.person].first
        and span.first <= affected[span.person].last
    ]
    return sorted(near, key=lambda span: (span.first, span.track))


def _spans_of_one(rows: Sequence[tuple[Any, ...]]) -> list[_Span]:
    """The spans of one track; ``rows``: its decisions, the highest first."""
    track, camera, epoch, number, session, first, last, holder = rows[0][:8]
    spans: list[_Span] = []
    until = LATEST
    for *_, decided, since in rows:
        # A decision holds up to where a higher one takes over.
        holds_from = since or EARLIEST
        if holds_from >= until:
            continue
        begins, ends = max(holds_from, first), min(until, last)
        if begins <= ends:
            who = TrackRef(camera, epoch, number)
            person = holder if until == LATEST else decided
            newest = not spans
            spans.append(
                _Span(track, who, person, session if newest else None, begins, ends, holds_from, until, newest)
            )
        until = holds_from
    return spans


def _visits(spans: Iterable[_Span], gap: timedelta) -> list[_Visit]:
    """Spans in order of time become visits: a longer gap than ``gap`` parts two."""
    visits: list[_Visit] = []
    newest: dict[int, _Visit] = {}
    for span in spans:
        visit = newest.get(span.person)
        if visit is None or span.first > visit.last + gap:
            visit = newest[span.person] = _Visit(span.person, span.first, span.last)
            visits.append(visit)
        visit.last = max(visit.last, span.last)
        visit.spans.append(span)
    return visits


def _match(visits: Iterable[_Visit], sessions: Sequence[_SessionRow]) -> tuple[list[int], set[int]]:
    """Let visits keep the rows that they overlap; gives the rows left over, and the people whose sets are concerned."""
    free = list(sessions)
    concerned = set()
    for visit in visits:
        for row in free:
            if row.person == visit.person and row.first <= visit.last and row.last >= visit.first:
                free.remove(row)
                visit.row = row.id
                visit.over = row.over and row.last == visit.last
                if row.over and not visit.over:
                    concerned.add(visit.person)  # seen again after the end: sets may be open again
                break
    return [row.id for row in free], concerned | {row.person for row in free}


def _write_sessions(
    connection: Connection, visits: Iterable[_Visit], sessions: Iterable[_SessionRow], rules: FoldRules
) -> None:
    before = {row.id: row for row in sessions}
    moved: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    for visit in visits:
        row = before.get(visit.row)
        times = {"started_at": visit.first, "last_seen_at": visit.last}
        times |= local_values(visit.first, rules.time_zone)
        if row is None:
            added = insert(Session).values(person_id=visit.person, **times).returning(Session.id)
            visit.row = connection.execute(added).scalar_one()
        elif row.over and not visit.over:
            again.append({KEY: row.id, **times, "ended_at": None, "end_reason": None})
        elif (row.first, row.last) != (visit.first, visit.last):
            moved.append({KEY: row.id, **times})
    update_rows(connection, Session.__table__, moved)
    update_rows(connection, Session.__table__, again)


def _move_tracks(connection: Connection, visits: Iterable[_Visit]) -> set[int]:
    """Write which visit each track belongs to; gives the people of whom one changed its visit."""
    moves = [(span, visit.row) for visit in visits for span in visit.spans if span.newest and span.session != visit.row]
    update_rows(connection, Track.__table__, [{KEY: span.track, "session_id": row} for span, row in moves])
    return {span.person for span, _ in moves if span.session is not None}


def _derive_sets(connection: Connection, visits: Sequence[_Visit], old: Sequence[int], rules: FoldRules) -> None:
    """Fuse the views of whole visits and write what differs from the sets of these visits and of ``old`` sessions."""
    held: dict[int, list[tuple[_Span, _Visit]]] = {}
    for visit in visits:
        for span in visit.spans:
            held.setdefault(span.track, []).append((span, visit))
    query = (
        select(SetViewRow.track_id, SetViewRow.id, SetViewRow.set_id, SetViewRow.payload, Track.end_reason)
        .join(Track, Track.id == SetViewRow.track_id)
        .where(among(connection, SetViewRow.track_id, held))
    )
    views: dict[int, list[SetView]] = {visit.row: [] for visit in visits}
    rows: dict[tuple[TrackRef, int], tuple[int, int | None]] = {}
    for track, row, in_set, payload, end_reason in connection.execute(query):
        told = _told(bytes(payload))
        if end_reason == LOST:
            told = structs.replace(told, closed=True)  # nobody is left who would tell more of it
        whose = _visit_at(held[track], utc_datetime(told.started_utc_ns))
        if whose is None:
            continue  # of somebody else, before or after the track went over
        rows[told.who, told.number] = (row, in_set)
        if not told.withdrawn:
            views[whose.row].append(SetView(told.who, str(whose.person), told))
    corrected = corrections(connection, {view_uid(who, number) for who, number in rows})
    wanted = [
        _placed(one, visit, number, rules, corrected)
        for visit in visits
        for number, one in enumerate(fuse(views[visit.row], _watches(visit)), start=1)
    ]
    kept = _carry_on(connection, visits, old, held, set(rows))
    ids = write_sets(connection, wanted, {visit.row for visit in visits} | set(old), kept, rules.told_of_sets)
    membership: dict[int, int | None] = {row: None for row, _ in rows.values()}
    for placed in wanted:
        for who, number in placed.fused.members:
            membership[rows[who, number][0]] = ids[placed.fused.key]
    changed = [{KEY: row, "set_id": membership[row]} for row, in_set in rows.values() if membership[row] != in_set]
    update_rows(connection, SetViewRow.__table__, changed)


@lru_cache(maxsize=VIEWS_KEPT)
def _told(payload: bytes) -> SetChanged:
    told: SetChanged = decode(payload, SetChanged)
    return told


def _carry_on(
    connection: Connection,
    visits: Sequence[_Visit],
    old: Sequence[int],
    held: Mapping[int, list[tuple[_Span, _Visit]]],
    told: Collection[tuple[TrackRef, int]],
) -> set[str]:
    """Keep sets of which nothing that a camera told is left: they follow their track; gives their uids."""
    tracks = {spans[0][0].who: spans for spans in held.values()}
    sessions = {visit.row for visit in visits} | set(old)
    query = select(SetRow.uid, SetRow.id, SetRow.session_id, SetRow.person_id, SetRow.started_at)
    kept = set()
    for row in connection.execute(query.where(among(connection, SetRow.session_id, sessions))).all():
        who, number = track_of(row.uid), row.uid.rpartition("/")[2]
        if who not in tracks or not number.isdigit() or (who, int(number)) in told:
            continue
        visit = _visit_at(tracks[who], row.started_at)
        if visit is None:
            continue
        kept.add(row.uid)
        corrected = correction_of([row.uid], corrections(connection, {row.uid}))
        values: dict[str, Any] = {"session_id": visit.row, "person_id": visit.person, **correction_values(corrected)}
        connection.execute(update(SetRow).where(SetRow.id == row.id).values(values))
    return kept


def _visit_at(held: Iterable[tuple[_Span, _Visit]], at: datetime) -> _Visit | None:
    """Whose visit a track was part of at a time; None if it was somebody else's."""
    return next((visit for span, visit in held if span.holds_from <= at < span.holds_until), None)


def _watches(visit: _Visit) -> list[Watch]:
    """From when until when each camera followed the person."""
    return [Watch(span.who, str(visit.person), utc_ns_of(span.first), utc_ns_of(span.last)) for span in visit.spans]


def _placed(one: FusedSet, visit: _Visit, number: int, rules: FoldRules, corrected: Mapping[str, Corrected]) -> Placed:
    return Placed(
        fused=one,
        time_zone=rules.time_zone,
        session=visit.row,
        person=visit.person,
        number=number,
        zone=rules.zone_name(one.camera, one.feet),
        open=not one.closed and not visit.over,
        correction=correction_of((view_uid(who, of) for who, of in one.members), corrected),
    )


# Ends that nobody tells ----------------------------------------------------------------------------------------------


def sweep(
    connection: Connection,
    now_utc_ns: int,
    rules: FoldRules,
    *,
    reason: str = "left",
    ahead_ns: Mapping[str, int] = MappingProxyType({}),
) -> list[int]:
    """End the visits and tracks of those who were not seen for ``ends_after``; gives the people's numbers.

    ``ahead_ns``: by how much the clocks of cameras are ahead of ``now_utc_ns``, where they differ.
    """
    unseen_track, unseen_session = _unseen_since(utc_datetime(now_utc_ns) - rules.ends_after, ahead_ns)
    gone = connection.execute(
        select(Session.id, Session.person_id, Session.started_at, Session.last_seen_at).where(
            Session.ended_at.is_(None), unseen_session
        )
    ).all()
    affected: dict[int, Window] = {}
    for person, first, last in _superseded(connection):
        affected.setdefault(person, Window(first, last, sets=True)).grow(first, last)
    lost = update(Track).where(Track.ended_at.is_(None), unseen_track)
    connection.execute(lost.values(ended_at=Track.last_seen_at, end_reason=LOST))
    if gone:
        over = update(Session).where(Session.id.in_([row.id for row in gone]))
        connection.execute(over.values(ended_at=Session.last_seen_at, end_reason=reason))
    # Sets once more: sightings alone have moved the ends of tracks, and what was open stays as it is now.
    for row in gone:
        window = Window(row.started_at, row.last_seen_at, sets=True)
        affected.setdefault(row.person_id, window).grow(window.first, window.last)
    refresh(connection, affected, rules)
    return list(affected)


def _unseen_since(long_ago: datetime, ahead_ns: Mapping[str, int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a track, and whether a visit, was not seen since, each camera by its own clock."""
    if not ahead_ns:
        return Track.last_seen_at < long_ago, Session.last_seen_at < long_ago

    def by_clock(by_ns: int) -> ColumnElement[datetime]:
        return literal(long_ago + timedelta(microseconds=by_ns // 1000), Track.last_seen_at.type)

    limit = case(
        {camera: by_clock(by_ns) for camera, by_ns in ahead_ns.items()}, value=Track.camera_id, else_=by_clock(0)
    )
    its_track = exists().where(Track.session_id == Session.id)
    elsewhere = its_track.where(Track.camera_id.in_(ahead_ns))
    unseen = ~its_track.where(Track.last_seen_at >= limit) & or_(Session.last_seen_at < long_ago, elsewhere)
    return Track.last_seen_at < limit, unseen


def _superseded(connection: Connection) -> list[tuple[int, datetime, datetime]]:
    """End the tracks whose camera has begun another epoch since: their worker died without a successor.

    Gives the people concerned, with the times of their tracks.
    """
    newer = aliased(Track)
    later = exists().where(
        newer.camera_id == Track.camera_id, newer.epoch != Track.epoch, newer.started_at > Track.last_seen_at
    )
    query = select(Track.id, Track.person_id, Track.started_at, Track.last_seen_at)
    rows = connection.execute(query.where(Track.ended_at.is_(None), later)).all()
    if rows:
        ended = update(Track).where(Track.id.in_([row.id for row in rows]))
        connection.execute(ended.values(ended_at=Track.last_seen_at, end_reason=LOST))
    return [(row.person_id, row.started_at, row.last_seen_at) for row in rows if row.person_id is not None]
