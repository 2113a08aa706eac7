"""Folds durable events into the database: any order, any number of times, the same tables.

Pure but for the connection that is handed in: knows no stream, no clock and no transaction. What came is kept as facts
that only grow (the earliest start, the latest sighting, the highest revision, the highest decision); visits and sets
are derived from them anew by ``visits``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, tuple_, update

from aggregator.live import KnownPerson
from aggregator.people_rows import known_people, settle_people
from aggregator.records import acknowledge, add_cameras
from aggregator.schema import Person, SetView, Track, TrackDecision
from aggregator.visits import FoldRules, Window, refresh
from core.clock import utc_datetime
from core.errors import WireError
from core.messages import AcknowledgeAlert, AnyDurable, SetChanged, TrackEnded, TrackJoined, TrackRef, TrackStarted
from core.wire import encode

EARLIEST_NS = 946_684_800 * 10**9
LATEST_NS = 7_258_118_400 * 10**9
"""2000 to 2200: a time outside is a broken clock, and would tear all visits apart."""
LARGEST = 2**53


def refuse_impossible(event: AnyDurable) -> None:
    """Raise ``WireError`` for what no table should hold: times of a broken clock, numbers beyond all bounds."""
    if isinstance(event, AcknowledgeAlert):
        _refuse("time", event.at_utc_ns, EARLIEST_NS, LATEST_NS)
        return
    _refuse("capture time", event.captured_utc_ns, EARLIEST_NS, LATEST_NS)
    _refuse("track", event.who.track, 0, LARGEST)
    if isinstance(event, TrackEnded):
        _refuse("start", event.started_utc_ns, EARLIEST_NS, LATEST_NS)
        _refuse("frames", event.frames, 0, LARGEST)
    elif isinstance(event, TrackJoined):
        _refuse("decision", event.decision, 1, LARGEST)
    elif isinstance(event, SetChanged):
        _refuse("number", event.number, 0, LARGEST)
        _refuse("revision", event.revision, 0, LARGEST)
        times = [event.started_utc_ns, event.ended_utc_ns]
        times += [at for rep in event.reps for at in (rep.started_utc_ns, rep.ended_utc_ns)]
        times += [rejected.at_utc_ns for rejected in event.rejected]
        for at in times:
            _refuse("time", at, EARLIEST_NS, LATEST_NS)


def _refuse(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise WireError(f"the event's {what} is {value}, which is not between {least} and {most}")


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
        if isinstance(event, AcknowledgeAlert):
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
    for row in rows.values():
        if row.id in seen_anew:
            _affect(affected, row.person_id, row, sets=True)
    refresh(connection, affected, rules)
    people = set(affected) | {person for pair in moved.values() for person in pair}
    settle_people(connection, people, moved)
    for event in events:
        if isinstance(event, AcknowledgeAlert):
            acknowledge(connection, event)
    return known_people(connection, people)


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
    settle_people(connection, set(affected), {})
    return known_people(connection, set(affected))


def _affect(affected: dict[int, Window], person: int | None, row: _TrackRow, *, sets: bool = False) -> None:
    if person is None or row.started_at is None or row.last_seen_at is None:
        return
    window = affected.setdefault(person, Window(row.started_at, row.last_seen_at))
    window.grow(row.started_at, row.last_seen_at)
    window.sets |= sets


# Rows of tracks ------------------------------------------------------------------------------------------------------


def _find_tracks(connection: Connection, wanted: Sequence[TrackRef]) -> dict[TrackRef, _TrackRow]:
    key = tuple_(Track.camera_id, Track.epoch, Track.track)
    query = select(
        Track.camera_id, Track.epoch, Track.track, Track.id, *(getattr(Track, name) for name in _TRACK_FACTS)
    ).where(key.in_([(who.camera, who.epoch, who.track) for who in wanted]))
    return {TrackRef(*row[:3]): _TrackRow(*row[3:]) for row in connection.execute(query)}


def _find_or_add_tracks(connection: Connection, wanted: Sequence[TrackRef]) -> dict[TrackRef, _TrackRow]:
    rows = _find_tracks(connection, wanted)
    missing = [who for who in wanted if who not in rows]
    if missing:
        add_cameras(connection, {who.camera for who in missing})
        values = [
            {"camera_id": who.camera, "epoch": who.epoch, "track": who.track, "decision": 0} for who in sorted(missing)
        ]
        connection.execute(insert(Track), values)
        rows |= _find_tracks(connection, missing)
    return rows


def _update_tracks(connection: Connection, rows: Iterable[_TrackRow]) -> None:
    values = [{"row": row.id, **{name: getattr(row, name) for name in _TRACK_FACTS}} for row in rows]
    if values:
        statement = update(Track).where(Track.id == bindparam("row"))
        connection.execute(statement.values({name: bindparam(name) for name in _TRACK_FACTS}), values)


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
    people = _find_or_add_people(connection, [uid for news in told.values() for uid in news.people])
    kept = _kept_decisions(connection, decided)
    for track, (row, decisions) in decided.items():
        for number, one in decisions.items():
            _keep_decision(connection, (track, number), one, people, kept)
        history = {number: person for (of, number), (person, _, _) in kept.items() if of == track}
        newest = max(history)
        person = history[newest]
        if person != row.person_id:
            _affect(affected, row.person_id, row, sets=True)
            _affect(affected, person, row, sets=True)
        row.person_id, row.decision = person, newest
    return {track: {person for (of, _), (person, _, _) in kept.items() if of == track} for track in decided}


_Kept = dict[tuple[int, int], tuple[int, datetime, str]]
"""(track, decision): person, time and uid."""


def _kept_decisions(connection: Connection, tracks: Iterable[int]) -> _Kept:
    query = (
        select(
            TrackDecision.track_id,
            TrackDecision.decision,
            TrackDecision.person_id,
            TrackDecision.decided_at,
            Person.uid,
        )
        .join(Person, Person.id == TrackDecision.person_id)
        .where(TrackDecision.track_id.in_(tracks))
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in connection.execute(query)}


def _keep_decision(
    connection: Connection, key: tuple[int, int], one: TrackJoined, people: Mapping[str, int], kept: _Kept
) -> None:
    at = utc_datetime(one.captured_utc_ns)
    before = kept.get(key)
    if before is not None and (before[1], before[2]) >= (at, one.person):
        return
    values: dict[str, Any] = {"person_id": people[one.person], "why": one.why, "decided_at": at}
    where = {"track_id": key[0], "decision": key[1]}
    if before is None:
        connection.execute(insert(TrackDecision), where | values)
    else:
        connection.execute(update(TrackDecision).filter_by(**where).values(values))
    kept[key] = (people[one.person], at, one.person)


def _find_or_add_people(connection: Connection, uids: Sequence[str]) -> dict[str, int]:
    query = select(Person.uid, Person.id).where(Person.uid.in_(uids))
    people = {row.uid: row.id for row in connection.execute(query)}
    missing = [uid for uid in dict.fromkeys(uids) if uid not in people]
    if missing:
        # Numbers are given here, not by the server: a batch that is rolled back must leave no hole in what staff see.
        highest = connection.scalar(select(func.max(Person.id))) or 0
        people |= {uid: highest + place for place, uid in enumerate(missing, start=1)}
        connection.execute(insert(Person), [{"id": people[uid], "uid": uid, "nickname": ""} for uid in missing])
    return people


# Views of sets -------------------------------------------------------------------------------------------------------


def _keep_newest_views(
    connection: Connection, told: Mapping[TrackRef, _Told], rows: Mapping[TrackRef, _TrackRow]
) -> set[int]:
    """Store what cameras tell of sets where it is newer than what is stored; gives the tracks with news."""
    views = {(rows[who].id, number): view for who, news in told.items() for number, view in news.views.items()}
    if not views:
        return set()
    query = select(SetView.track_id, SetView.number, SetView.revision, SetView.payload).where(
        SetView.track_id.in_({track for track, _ in views})
    )
    before = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}
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
        elif before[key] < (view.revision, payload):
            changed.append({f"new_{name}": value for name, value in values.items()})
            news.add(key[0])
    if added:
        connection.execute(insert(SetView), added)
    if changed:
        where = (SetView.track_id == bindparam("new_track_id")) & (SetView.number == bindparam("new_number"))
        names = ("revision", "withdrawn", "closed", "payload")
        connection.execute(
            update(SetView).where(where).values({name: bindparam(f"new_{name}") for name in names}), changed
        )
    return news
