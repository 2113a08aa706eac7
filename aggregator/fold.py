"""Folds durable events into the database: any order, any number of times, the same tables.

Pure but for the connection that is handed in: knows no stream, no clock and no transaction. What came is kept as facts
that only grow (the earliest start, the latest sighting, the highest revision, the highest decision); visits and sets
are derived from them anew by ``visits``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from aggregator.forgetting import admitted, forget_in
from aggregator.live import KnownPerson
from aggregator.many_rows import KEY, add_rows, among, among_several, update_rows
from aggregator.people_rows import find_or_add_people, known_people, settle_people
from aggregator.records import add_cameras
from aggregator.refusals import EARLIEST_NS
from aggregator.schema import Person, SetView, Track, TrackDecision
from aggregator.staff_rows import MovedTrack, StaffNews, heirs, keep_actions, regroup
from aggregator.visits import FoldRules, Window, refresh
from core.clock import utc_datetime
from core.messages import AnyDurable, SetChanged, StaffAction, TrackEnded, TrackJoined, TrackRef, TrackStarted
from core.wire import encode

# What the events of a batch tell, track by track ---------------------------------------------------------------------


@dataclass(slots=True)
class _Told:
    """What a batch tells of one track; every field takes the larger or the smaller, so that order does not matter."""

    times: list[int] = field(default_factory=list)
    ended: tuple[int, str, int] | None = None
    decisions: dict[int, TrackJoined] = field(default_factory=dict)
    people: dict[str, None] = field(default_factory=dict)
    """Everybody who is named, in order."""
    views: dict[int, SetChanged] = field(default_factory=dict)


def _gather(events: Iterable[AnyDurable]) -> dict[TrackRef, _Told]:
    tracks: dict[TrackRef, _Told] = {}
    for event in events:
        if isinstance(event, StaffAction):
            continue
        told = tracks.setdefault(event.who, _Told())
        match event:
            case TrackStarted():
                told.times.append(event.captured_utc_ns)
            case TrackEnded():
                told.times += [event.started_utc_ns, event.captured_utc_ns]
                end = (event.captured_utc_ns, event.reason, event.frames)
                told.ended = end if told.ended is None else max(told.ended, end)
            case SetChanged():
                told.times += [event.started_utc_ns, event.captured_utc_ns]
                before = told.views.get(event.number)
                if before is None or _rank(before) < _rank(event):
                    told.views[event.number] = event
            case TrackJoined():
                if event.why != "staff":  # who decides about somebody long gone has not seen them
                    told.times.append(event.captured_utc_ns)
                told.people[event.person] = None
                same = told.decisions.get(event.decision)
                if same is None or (same.captured_utc_ns, same.person) < (event.captured_utc_ns, event.person):
                    told.decisions[event.decision] = event
    return tracks


def _rank(told: SetChanged) -> tuple[int, bytes]:
    return told.revision, encode(told)  # the bytes only so that every order of two equal revisions gives the same


# The fold ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _TrackRow:
    """One row of ``tracks``, as it is and as it becomes."""

    id: int
    person_id: int | None
    started_at: datetime | None
    last_seen_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    frames: int | None
    decision: int

    def take(self, told: _Told) -> bool:
        """Let facts grow; True if any did."""
        before = (self.started_at, self.last_seen_at, self.ended_at, self.end_reason, self.frames)
        if told.times:
            first, last = utc_datetime(min(told.times)), utc_datetime(max(told.times))
            self.started_at = first if self.started_at is None else min(self.started_at, first)
            self.last_seen_at = last if self.last_seen_at is None else max(self.last_seen_at, last)
        if told.ended is not None:
            end = (utc_datetime(told.ended[0]), told.ended[1], told.ended[2])
            known = self.ended_at is not None and self.end_reason != "lost"
            if not known or end > (self.ended_at, self.end_reason or "", self.frames or 0):
                self.ended_at, self.end_reason, self.frames = end
        elif self.end_reason == "lost" and self.last_seen_at != before[1]:
            self.ended_at = self.end_reason = None
        return before != (self.started_at, self.last_seen_at, self.ended_at, self.end_reason, self.frames)


_TRACK_FACTS = ("person_id", "started_at", "last_seen_at", "ended_at", "end_reason", "frames", "decision")


def fold(connection: Connection, events: Sequence[AnyDurable], rules: FoldRules) -> list[KnownPerson]:
    """Fold a batch inside the caller's transaction; gives what is known now of everybody whom it touched."""
    forget_in(connection, events)
    events = admitted(connection, events)
    staff = keep_actions(connection, events)
    told = _gather(events)
    rows = _find_or_add_tracks(connection, list(told))
    affected: dict[int, Window] = {}
    changed: dict[int, _TrackRow] = {}
    for who, news in told.items():
        row = rows[who]
        if row.take(news):
            changed[row.id] = row
            # Also sets: how long a camera looked on says whether it should have seen what another one did.
            _affect(affected, row.person_id, row, sets=True)
    moved = _decide(connection, told, rows, affected)
    for row in [row for row in rows.values() if row.id in moved]:
        changed[row.id] = row
    _update_tracks(connection, changed.values())
    seen_anew = _keep_newest_views(connection, told, rows)
    _affect_former(connection, affected, [row for row in rows.values() if row.id in changed or row.id in seen_anew])
    for row in rows.values():
        if row.id in seen_anew:
            _affect(affected, row.person_id, row, sets=True)
    once = {person for several in moved.values() for person in several}
    once |= staff.merged | _follow_merges(connection, staff, affected)
    _affect_corrected(connection, staff, affected)
    refresh(connection, affected, rules)
    people = set(affected) | once | staff.named
    settle_people(connection, people, once, heirs(connection, once))
    return known_people(connection, people)


def _follow_merges(connection: Connection, staff: StaffNews, affected: dict[int, Window]) -> set[int]:
    """Give tracks to whom they belong by the merges of the batch; gives all people who had them or have them."""
    moved = regroup(connection, staff.merged)
    for one in moved:
        _affect(affected, one.old, one, sets=True)
        _affect(affected, one.new, one, sets=True)
    return {person for one in moved for person in (one.old, one.new)}


def _affect_corrected(connection: Connection, staff: StaffNews, affected: dict[int, Window]) -> None:
    """Everybody to whom the track belongs, the whole or a part: the correction says nothing of when the set was."""
    if not staff.corrected:
        return
    rows = {row.id: row for row in _find_tracks(connection, list(staff.corrected)).values()}
    query = select(TrackDecision.track_id, TrackDecision.person_id).where(TrackDecision.track_id.in_(rows))
    for track, person in connection.execute(query):
        _affect(affected, person, rows[track], sets=True)


def sighted(connection: Connection, sightings: Mapping[TrackRef, int], rules: FoldRules) -> list[KnownPerson]:
    """Keep visits of those open who stand around: when each track was seen last, UTC ns; unknown ones do not count."""
    rows = _find_tracks(connection, list(sightings))
    affected: dict[int, Window] = {}
    changed = []
    for who, row in rows.items():
        if row.started_at is not None and row.take(_Told(times=[max(sightings[who], EARLIEST_NS)])):
            changed.append(row)
            _affect(affected, row.person_id, row)
    _update_tracks(connection, changed)
    refresh(connection, affected, rules)
    settle_people(connection, set(affected), (), {})
    return known_people(connection, set(affected))


def _affect(
    affected: dict[int, Window], person: int | None, row: _TrackRow | MovedTrack, *, sets: bool = False
) -> None:
    if person is None or row.started_at is None or row.last_seen_at is None:
        return
    window = affected.setdefault(person, Window(row.started_at, row.last_seen_at))
    window.grow(row.started_at, row.last_seen_at)
    window.sets |= sets


def _affect_former(connection: Connection, affected: dict[int, Window], rows: Sequence[_TrackRow]) -> None:
    """Affect also those who have the earlier part of a track that went over to somebody else."""
    several = {row.id: row for row in rows if row.decision > 1}
    if several:
        query = select(TrackDecision.track_id, TrackDecision.person_id).where(TrackDecision.track_id.in_(several))
        for track, person in connection.execute(query.distinct()):
            _affect(affected, person, several[track], sets=True)


# Rows of tracks ------------------------------------------------------------------------------------------------------


def _find_tracks(connection: Connection, wanted: Sequence[TrackRef]) -> dict[TrackRef, _TrackRow]:
    columns = (Track.camera_id, Track.epoch, Track.track)
    names = [(who.camera, who.epoch, who.track) for who in wanted]
    facts = (getattr(Track, name) for name in _TRACK_FACTS)
    query = select(*columns, Track.id, *facts).where(among_several(connection, columns, names))
    return {TrackRef(*row[:3]): _TrackRow(*row[3:]) for row in connection.execute(query)}


def _find_or_add_tracks(connection: Connection, wanted: Sequence[TrackRef]) -> dict[TrackRef, _TrackRow]:
    rows = _find_tracks(connection, wanted)
    missing = [who for who in wanted if who not in rows]
    if missing:
        add_cameras(connection, {who.camera for who in missing})
        values = [
            {"camera_id": who.camera, "epoch": who.epoch, "track": who.track, "decision": 0} for who in sorted(missing)
        ]
        add_rows(connection, Track.__table__, values)
        rows |= _find_tracks(connection, missing)
    return rows


def _update_tracks(connection: Connection, rows: Iterable[_TrackRow]) -> None:
    values = [{KEY: row.id, **{name: getattr(row, name) for name in _TRACK_FACTS}} for row in rows]
    update_rows(connection, Track.__table__, values)


# Decisions: whose track it is ----------------------------------------------------------------------------------------


def _decide(
    connection: Connection,
    told: Mapping[TrackRef, _Told],
    rows: Mapping[TrackRef, _TrackRow],
    affected: dict[int, Window],
) -> dict[int, set[int]]:
    """Keep all decisions and let the highest hold; gives all people whom every decided track ever was given to."""
    decided = {rows[who].id: (rows[who], news.decisions) for who, news in told.items() if news.decisions}
    if not decided:
        return {}
    people = find_or_add_people(connection, [uid for news in told.values() for uid in news.people])
    merged = heirs(connection, people.values())
    owners = {uid: (merged.get(person, person), person) for uid, person in people.items()}
    kept = _kept_decisions(connection, decided)
    for track, (row, decisions) in decided.items():
        for number, one in decisions.items():
            _keep_decision(connection, (track, number), one, owners, kept)
        newest = max(number for of, number in kept if of == track)
        person = kept[track, newest].person
        if person != row.person_id:
            _affect(affected, row.person_id, row, sets=True)
            _affect(affected, person, row, sets=True)
        row.person_id, row.decision = person, newest
    return {
        track: {each for (of, _), one in kept.items() if of == track for each in (one.person, one.decided)}
        for track in decided
    }


@dataclass(frozen=True, slots=True)
class _Decision:
    """One decision as it is stored."""

    person: int
    """By the merges of staff."""
    decided: int
    """Without them."""
    at: datetime
    uid: str
    """Of ``decided``."""


_Kept = dict[tuple[int, int], _Decision]
"""By track and number of the decision."""


def _kept_decisions(connection: Connection, tracks: Iterable[int]) -> _Kept:
    query = (
        select(
            TrackDecision.track_id,
            TrackDecision.decision,
            TrackDecision.person_id,
            Person.id,
            TrackDecision.decided_at,
            Person.uid,
        )
        .join(Person, Person.id == func.coalesce(TrackDecision.decided_id, TrackDecision.person_id))
        .where(TrackDecision.track_id.in_(tracks))
    )
    return {(row[0], row[1]): _Decision(*row[2:]) for row in connection.execute(query)}


def _keep_decision(
    connection: Connection,
    key: tuple[int, int],
    one: TrackJoined,
    owners: Mapping[str, tuple[int, int]],
    kept: _Kept,
) -> None:
    """Store a decision; ``owners``: by uid, who has the person's tracks by the merges of staff, and the person."""
    at = utc_datetime(one.captured_utc_ns)
    before = kept.get(key)
    if before is not None and (before.at, before.uid) >= (at, one.person):
        return
    person, decided = owners[one.person]
    since = utc_datetime(one.since_utc_ns) if one.since_utc_ns else None
    values: dict[str, Any] = {"person_id": person, "decided_id": decided, "why": one.why, "decided_at": at}
    values["since_at"] = since
    where = {"track_id": key[0], "decision": key[1]}
    if before is None:
        connection.execute(insert(TrackDecision), where | values)
    else:
        connection.execute(update(TrackDecision).filter_by(**where).values(values))
    kept[key] = _Decision(person, decided, at, one.person)


# Views of sets -------------------------------------------------------------------------------------------------------


def _keep_newest_views(
    connection: Connection, told: Mapping[TrackRef, _Told], rows: Mapping[TrackRef, _TrackRow]
) -> set[int]:
    """Store what cameras tell of sets where it is newer than what is stored; gives the tracks with news."""
    views = {(rows[who].id, number): view for who, news in told.items() for number, view in news.views.items()}
    if not views:
        return set()
    query = select(SetView.track_id, SetView.number, SetView.id, SetView.revision, SetView.payload).where(
        among(connection, SetView.track_id, {track for track, _ in views}),
        among(connection, SetView.number, {number for _, number in views}),
    )
    before = {(row[0], row[1]): (row[2], (row[3], row[4])) for row in connection.execute(query)}
    added, changed = [], []
    news: set[int] = set()
    for key, view in views.items():
        payload = encode(view)
        values = {
            "track_id": key[0],
            "number": key[1],
            "revision": view.revision,
            "withdrawn": view.withdrawn,
            "closed": view.closed,
            "payload": payload,
        }
        if key not in before:
            added.append(values)
            news.add(key[0])
        elif before[key][1] < (view.revision, payload):
            changed.append({KEY: before[key][0], **values})
            news.add(key[0])
    add_rows(connection, SetView.__table__, added)
    update_rows(connection, SetView.__table__, changed)
    return news
