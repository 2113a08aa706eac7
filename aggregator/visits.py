"""Derives visits from tracks, and sets from what the cameras saw of them; changes only what differs.

Who is affected, and when, is handed in; everybody else's rows are left alone. Deriving again changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from aggregator.fusion import FusedSet, SetView, Watch, fuse
from aggregator.schema import Session, Track, utc_ns_of
from aggregator.schema import SetView as SetViewRow
from aggregator.set_rows import Placed, write_sets
from aggregator.zones import zone_of
from core.clock import utc_datetime
from core.messages import Relative, SetChanged, TrackRef
from core.settings import Settings
from core.wire import decode


@dataclass(frozen=True, slots=True)
class FoldRules:
    """What gym.toml says about visits and zones."""

    ends_after: timedelta
    """A longer time without a sighting ends a visit."""
    zone_name: Callable[[str, Relative | None], str]
    """Zone of a point in a camera's picture; empty outside all zones."""


def fold_rules(settings: Settings) -> FoldRules:
    """The rules of one configuration."""
    cameras = {camera.id: camera for camera in settings.camera}

    def zone_name(camera: str, feet: Relative | None) -> str:
        zone = zone_of(cameras[camera], feet) if camera in cameras else None
        return zone.name if zone is not None else ""

    return FoldRules(timedelta(seconds=settings.sessions.ends_after), zone_name)


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
class _TrackTime:
    id: int
    who: TrackRef
    person: int
    session: int | None
    first: datetime
    last: datetime


@dataclass(slots=True)
class _Visit:
    """One visit as its tracks tell it, and the row that it is or becomes."""

    person: int
    first: datetime
    last: datetime
    tracks: list[_TrackTime] = field(default_factory=list)
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
    tracks = _tracks_of(connection, affected)
    visits = _visits(tracks, rules.ends_after)
    unused, reopened = _match(visits, sessions)
    _write_sessions(connection, visits, sessions)
    moved = _move_tracks(connection, visits, tracks)
    concerned = {person for person, window in affected.items() if window.sets} | moved | reopened
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
            Session.person_id.in_(affected),
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


def _tracks_of(connection: Connection, affected: Mapping[int, Window]) -> list[_TrackTime]:
    query = (
        select(
            Track.id,
            Track.camera_id,
            Track.epoch,
            Track.track,
            Track.person_id,
            Track.session_id,
            Track.started_at,
            Track.last_seen_at,
        )
        .where(
            Track.person_id.in_(affected),
            Track.last_seen_at >= min(window.first for window in affected.values()),
            Track.started_at <= max(window.last for window in affected.values()),
        )
        .order_by(Track.started_at, Track.id)
    )
    tracks: list[_TrackTime] = []
    for track, camera, epoch, number, person, session, first, last in connection.execute(query):
        assert person is not None  # by the query, as are both times
        assert first is not None
        assert last is not None
        if last >= affected[person].first and first <= affected[person].last:
            tracks.append(_TrackTime(track, TrackRef(camera, epoch, number), person, session, first, last))
    return tracks


def _visits(tracks: Iterable[_TrackTime], gap: timedelta) -> list[_Visit]:
    """Tracks in order of time become visits: a longer gap than ``gap`` parts two."""
    visits: list[_Visit] = []
    newest: dict[int, _Visit] = {}
    for track in tracks:
        visit = newest.get(track.person)
        if visit is None or track.first > visit.last + gap:
            visit = newest[track.person] = _Visit(track.person, track.first, track.last)
            visits.append(visit)
        visit.last = max(visit.last, track.last)
        visit.tracks.append(track)
    return visits


def _match(visits: Iterable[_Visit], sessions: Sequence[_SessionRow]) -> tuple[list[int], set[int]]:
    """Let visits keep the rows that they overlap; gives the rows left over, and who is seen again after the end."""
    free = list(sessions)
    reopened = set()
    for visit in visits:
        for row in free:
            if row.person == visit.person and row.first <= visit.last and row.last >= visit.first:
                free.remove(row)
                visit.row = row.id
                visit.over = row.over and row.last == visit.last
                if row.over and not visit.over:
                    reopened.add(visit.person)
                break
    return [row.id for row in free], reopened


def _write_sessions(connection: Connection, visits: Iterable[_Visit], sessions: Iterable[_SessionRow]) -> None:
    before = {row.id: row for row in sessions}
    for visit in visits:
        row = before.get(visit.row)
        times = {"started_at": visit.first, "last_seen_at": visit.last}
        if row is None:
            added = insert(Session).values(person_id=visit.person, **times).returning(Session.id)
            visit.row = connection.execute(added).scalar_one()
        elif row.over and not visit.over:
            again = {"ended_at": None, "end_reason": None}
            connection.execute(update(Session).where(Session.id == row.id).values(times | again))
        elif (row.first, row.last) != (visit.first, visit.last):
            connection.execute(update(Session).where(Session.id == row.id).values(times))


def _move_tracks(connection: Connection, visits: Iterable[_Visit], tracks: Iterable[_TrackTime]) -> set[int]:
    """Write which visit each track belongs to; gives the people of whom one changed its visit."""
    of = {track.id: visit.row for visit in visits for track in visit.tracks}
    moves = [track for track in tracks if of[track.id] != track.session]
    if moves:
        statement = update(Track).where(Track.id == bindparam("row")).values(session_id=bindparam("session"))
        connection.execute(statement, [{"row": track.id, "session": of[track.id]} for track in moves])
    return {track.person for track in moves if track.session is not None}


def _derive_sets(connection: Connection, visits: Sequence[_Visit], old: Sequence[int], rules: FoldRules) -> None:
    """Fuse the views of whole visits and write what differs from the sets of these visits and of ``old`` sessions."""
    visit_of = {track.id: visit for visit in visits for track in visit.tracks}
    query = select(SetViewRow.track_id, SetViewRow.id, SetViewRow.set_id, SetViewRow.payload).where(
        SetViewRow.track_id.in_(visit_of)
    )
    views: dict[int, list[SetView]] = {visit.row: [] for visit in visits}
    rows: dict[tuple[TrackRef, int], tuple[int, int | None]] = {}
    for track, row, in_set, payload in connection.execute(query):
        told: SetChanged = decode(payload, SetChanged)
        rows[told.who, told.number] = (row, in_set)
        if not told.withdrawn:
            views[visit_of[track].row].append(SetView(told.who, str(visit_of[track].person), told))
    wanted = [
        _placed(one, visit, number, rules)
        for visit in visits
        for number, one in enumerate(fuse(views[visit.row], _watches(visit)), start=1)
    ]
    ids = write_sets(connection, wanted, {visit.row for visit in visits} | set(old))
    membership = {row: None for row, _ in rows.values()} | {
        rows[who, number][0]: ids[placed.fused.key] for placed in wanted for who, number in placed.fused.members
    }
    changed = [{"row": row, "new": membership[row]} for row, in_set in rows.values() if membership[row] != in_set]
    if changed:
        statement = update(SetViewRow).where(SetViewRow.id == bindparam("row")).values(set_id=bindparam("new"))
        connection.execute(statement, changed)


def _watches(visit: _Visit) -> list[Watch]:
    """From when until when each camera followed the person."""
    return [
        Watch(track.who, str(visit.person), utc_ns_of(track.first), utc_ns_of(track.last)) for track in visit.tracks
    ]


def _placed(one: FusedSet, visit: _Visit, number: int, rules: FoldRules) -> Placed:
    return Placed(
        fused=one,
        session=visit.row,
        person=visit.person,
        number=number,
        zone=rules.zone_name(one.camera, one.feet),
        open=not one.closed and not visit.over,
    )


# Ends that nobody tells ----------------------------------------------------------------------------------------------


def sweep(connection: Connection, now_utc_ns: int, rules: FoldRules, *, reason: str = "left") -> list[int]:
    """End the visits and tracks of those who were not seen for ``ends_after``; gives the people's numbers."""
    long_ago = utc_datetime(now_utc_ns) - rules.ends_after
    gone = connection.execute(
        select(Session.id, Session.person_id, Session.started_at, Session.last_seen_at).where(
            Session.ended_at.is_(None), Session.last_seen_at < long_ago
        )
    ).all()
    lost = update(Track).where(Track.ended_at.is_(None), Track.last_seen_at < long_ago)
    connection.execute(lost.values(ended_at=Track.last_seen_at, end_reason="lost"))
    if not gone:
        return []
    sessions = [row.id for row in gone]
    over = update(Session).where(Session.id.in_(sessions))
    connection.execute(over.values(ended_at=Session.last_seen_at, end_reason=reason))
    # Sets once more: sightings alone have moved the ends of tracks, and what was open stays as it is now.
    affected: dict[int, Window] = {}
    for row in gone:
        window = Window(row.started_at, row.last_seen_at, sets=True)
        affected.setdefault(row.person_id, window).grow(window.first, window.last)
    refresh(connection, affected, rules)
    return list(affected)
