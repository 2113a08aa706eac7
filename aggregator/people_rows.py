"""Rows of people: what follows from their visits and tracks, and what the live picture is told of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, insert, select, update
from sqlalchemy.orm import aliased

from aggregator.identity import KnownTrack
from aggregator.live import KnownPerson
from aggregator.many_rows import among
from aggregator.schema import About, Person, Session, Set, SetView, Track, TrackDecision, utc_ns_of
from core.clock import utc_datetime
from core.messages import SetChanged, TrackRef
from core.wire import decode


def find_or_add_people(connection: Connection, uids: Sequence[str]) -> dict[str, int]:
    """Numbers of these people; who is not there yet gets the next one."""
    query = select(Person.uid, Person.id).where(Person.uid.in_(uids))
    people = {row.uid: row.id for row in connection.execute(query)}
    missing = [uid for uid in dict.fromkeys(uids) if uid not in people]
    if missing:
        # Numbers are given here, not by the server: a batch that is rolled back must leave no hole in what staff see.
        # The last one is kept beside, because the number of somebody who was erased is never given again.
        highest = max(connection.scalar(select(func.max(Person.id))) or 0, _last_number(connection))
        people |= {uid: highest + place for place, uid in enumerate(missing, start=1)}
        connection.execute(update(About).where(About.name == "people").values(value=str(highest + len(missing))))
        connection.execute(insert(Person), [{"id": people[uid], "uid": uid, "nickname": ""} for uid in missing])
    return people


def _last_number(connection: Connection) -> int:
    """The highest number that was ever given to a person."""
    known = connection.scalar(select(About.value).where(About.name == "people"))
    if known is None:
        connection.execute(insert(About).values(name="people", value="0"))
    return int(known or 0)


def settle_people(
    connection: Connection, people: Collection[int], once: Collection[int], merged: Mapping[int, int]
) -> None:
    """Write when these people were seen, and into whom those were merged who have no track left.

    ``once``: everybody to whom tracks belonged that changed hands; ``merged``: into whom staff merged some of them.
    """
    if people:
        _write_seen(connection, people)
    if not once:
        return
    holders = set(connection.scalars(select(Track.person_id).where(Track.person_id.in_(once)).distinct()))
    # Who has only the first part of a track has a visit all the same.
    holders |= set(connection.scalars(select(Session.person_id).where(Session.person_id.in_(once)).distinct()))
    for person in sorted(set(once) - holders):
        heir = merged.get(person) or _heir(connection, person)
        connection.execute(update(Person).where(Person.id == person).values(merged_into_id=heir))
    connection.execute(
        update(Person).where(Person.id.in_(holders), Person.merged_into_id.is_not(None)).values(merged_into_id=None)
    )


def _write_seen(connection: Connection, people: Collection[int]) -> None:
    first = select(func.min(Session.started_at)).where(Session.person_id == Person.id).scalar_subquery()
    last = select(func.max(Session.last_seen_at)).where(Session.person_id == Person.id).scalar_subquery()
    connection.execute(
        update(Person).where(among(connection, Person.id, people)).values(first_seen_at=first, last_seen_at=last)
    )


def _heir(connection: Connection, person: int) -> int | None:
    """Who has the newest of the tracks that once were this person's."""
    query = (
        select(Track.person_id)
        .join(TrackDecision, TrackDecision.track_id == Track.id)
        .where(func.coalesce(TrackDecision.decided_id, TrackDecision.person_id) == person)
        .order_by(
            case((Track.started_at.is_(None), 1), else_=0),
            Track.started_at.desc(),
            Track.camera_id,
            Track.epoch,
            Track.track,
        )
        .limit(1)
    )
    return connection.scalar(query)


def known_people(connection: Connection, people: Collection[int]) -> list[KnownPerson]:
    """What the live picture is told of these people: number, nickname, the visit that goes on, and its sets."""
    if not people:
        return []
    other = aliased(Session)
    newest = select(func.max(other.started_at)).where(other.person_id == Person.id).scalar_subquery()
    sets = select(func.max(Set.number)).where(Set.session_id == Session.id).scalar_subquery()
    query = (
        select(Person.uid, Person.id, Person.nickname, Session.started_at, Session.ended_at, sets)
        .outerjoin(Session, (Session.person_id == Person.id) & (Session.started_at == newest))
        .where(among(connection, Person.id, people))
        .order_by(Person.id)
    )
    return [
        KnownPerson(
            person=uid,
            number=number,
            nickname=nickname,
            session_started_utc_ns=utc_ns_of(started) if started is not None and ended is None else 0,
            set_number=(count or 0) if ended is None else 0,
        )
        for uid, number, nickname, started, ended, count in connection.execute(query)
    ]


def load_people(connection: Connection) -> list[KnownPerson]:
    """Everybody whose visit goes on."""
    going_on = connection.scalars(select(Session.person_id).where(Session.ended_at.is_(None)).distinct())
    return known_people(connection, set(going_on))


def load_tracks(connection: Connection, now_utc_ns: int, returns_within_s: float) -> list[KnownTrack]:
    """What the joining of tracks needs after a restart: tracks of visits that go on, undecided ones and recent ones."""
    recent = utc_datetime(now_utc_ns) - timedelta(seconds=returns_within_s)
    query = (
        select(
            Track.id,
            Track.camera_id,
            Track.epoch,
            Track.track,
            Person.uid,
            Track.decision,
            TrackDecision.why,
            Track.started_at,
            Track.last_seen_at,
            Track.ended_at,
            TrackDecision.since_at,
            TrackDecision.decided_id != TrackDecision.person_id,
        )
        .outerjoin(Person, Person.id == Track.person_id)
        .outerjoin(Session, Session.id == Track.session_id)
        .outerjoin(TrackDecision, (TrackDecision.track_id == Track.id) & (TrackDecision.decision == Track.decision))
        .where(
            Track.started_at.is_not(None),
            (Session.id.is_not(None) & Session.ended_at.is_(None))
            | (Track.last_seen_at >= recent)
            | (Track.ended_at.is_(None) & Track.person_id.is_(None)),
        )
        .order_by(Track.started_at, Track.id)
    )
    rows = connection.execute(query).all()
    sets = _newest_sets(connection, {row[0] for row in rows})
    return [
        KnownTrack(
            who=TrackRef(row[1], row[2], row[3]),
            person=row[4] or "",
            decision=row[5],
            by_staff=row[6] == "staff" or bool(row[11]),  # a merge is a decision of theirs too
            started_utc_ns=_ns(row[7]),
            last_utc_ns=_ns(row[9] or row[8]),
            ended=row[9] is not None,
            since_utc_ns=_ns(row[10]),
            counted=row[0] in sets,
            feet=sets[row[0]].feet if row[0] in sets else None,
        )
        for row in rows
    ]


def _ns(at: datetime | None) -> int:
    """UTC in nanoseconds; 0 for none."""
    return utc_ns_of(at) if at is not None else 0


def _newest_sets(connection: Connection, tracks: Collection[int]) -> dict[int, SetChanged]:
    query = (
        select(SetView.track_id, SetView.payload)
        .where(SetView.track_id.in_(tracks), SetView.withdrawn.is_(False))
        .order_by(SetView.track_id, SetView.number)
    )
    return {track: decode(payload, SetChanged) for track, payload in connection.execute(query)}
