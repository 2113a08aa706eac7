"""What was, read out of the database: people, visits, sets, repetitions, alerts, occupancy, and what staff did.

Only reads, on connections that cannot write; each call is one short question that may be asked from any thread.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from aggregator import reading
from aggregator.database import parse_url
from aggregator.keypoint_reading import read_keypoints
from aggregator.schema import (
    Alert,
    AuditEntry,
    Camera,
    CameraStatus,
    Fault,
    Person,
    RejectedRep,
    Rep,
    Session,
    Set,
    SetView,
    Track,
    TrackDecision,
    ZoneOccupancy,
    utc_ns_of,
)
from core.clock import NANOSECONDS, utc_datetime
from core.history import (
    AlertRow,
    AuditRow,
    CameraStateRow,
    Choices,
    FaultRow,
    OccupancyHour,
    PersonRow,
    Recording,
    RejectedRow,
    RepRow,
    Selection,
    SessionRow,
    SetDetail,
    SetRow,
    SqlAnswer,
    TrackRow,
)
from core.messages import TrackRef
from core.secrets import Address

Statement = Any
"""A SELECT of any columns; its exact type differs between the versions of SQLAlchemy."""

REPS = func.coalesce(Set.corrected_reps, Set.reps)
EXERCISE: Any = func.coalesce(Set.corrected_exercise, Set.exercise)


class Past:
    """One database, as ``core.history.PastReader``; connects when first asked."""

    def __init__(self, address: Address) -> None:
        """Raises ``ConfigError`` for an unusable address."""
        self._url = parse_url(address)
        self._engine = reading.open_reader(address)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def run_sql(self, statement: str, limit: int = 1000, timeout_s: float = reading.STATEMENT_S) -> SqlAnswer:
        """Answer one statement that only reads; raises ``ConfigError`` for what is wrong with it."""
        return reading.run_sql(self._engine, self._url, statement, limit, timeout_s)

    def ask(self, statement: str, most_rows: int = 1000) -> SqlAnswer:
        """The same, for screens that put their own questions."""
        return self.run_sql(statement, most_rows)

    def _rows(self, query: Statement) -> Sequence[Any]:
        with reading.reading(self._engine, self._url) as connection:
            return connection.execute(query).all()

    # People

    def people(self, chosen: Selection) -> list[PersonRow]:
        """Who was there, the last seen first."""
        conditions = [*_between(Person.last_seen_at, Person.first_seen_at, chosen), Person.merged_into_id.is_(None)]
        if chosen.person:
            conditions.append(Person.uid == chosen.person)
        if chosen.exercise or chosen.zone or chosen.camera:
            theirs = select(Set.person_id).where(*_set_conditions(chosen))
            conditions.append(Person.id.in_(theirs))
        query = _people().where(*conditions).order_by(Person.last_seen_at.desc(), Person.id.desc())
        return [_person_row(row) for row in self._rows(query.limit(chosen.limit))]

    def person(self, uid: str) -> PersonRow | None:
        """One person."""
        return next((_person_row(row) for row in self._rows(_people().where(Person.uid == uid))), None)

    # Visits and sets

    def sessions(self, chosen: Selection) -> list[SessionRow]:
        """Visits, the newest first."""
        conditions = _between(Session.last_seen_at, Session.started_at, chosen)
        counted = select(func.count(), func.coalesce(func.sum(REPS), 0)).where(Set.session_id == Session.id)
        if chosen.person:
            conditions.append(Session.person_id.in_(_person_ids(chosen.person)))
        if chosen.exercise or chosen.zone or chosen.camera:
            of_sets = [chosen.exercise == EXERCISE] if chosen.exercise else []
            of_sets += [Set.zone == chosen.zone] if chosen.zone else []
            of_sets += [Set.camera_id == chosen.camera] if chosen.camera else []
            conditions.append(Session.id.in_(select(Set.session_id).where(*of_sets)))
            counted = counted.where(*of_sets)
        sets = counted.with_only_columns(func.count()).scalar_subquery()
        reps = counted.with_only_columns(func.coalesce(func.sum(REPS), 0)).scalar_subquery()
        query = (
            select(
                Session.id,
                Person.uid,
                Person.id,
                Person.nickname,
                Session.started_at,
                Session.last_seen_at,
                Session.ended_at,
                Session.end_reason,
                sets,
                reps,
            )
            .join(Person, Person.id == Session.person_id)
            .where(*conditions)
            .order_by(Session.started_at.desc(), Session.id.desc())
            .limit(chosen.limit)
        )
        return [
            SessionRow(
                session=row[0],
                person=row[1],
                number=row[2],
                nickname=row[3],
                started_utc_ns=_ns(row[4]),
                last_seen_utc_ns=_ns(row[5]),
                ended_utc_ns=_ns(row[6]),
                end_reason=row[7] or "",
                sets=int(row[8]),
                reps=int(row[9]),
            )
            for row in self._rows(query)
        ]

    def sets(self, chosen: Selection, *, session: int = 0) -> list[SetRow]:
        """Sets, the newest first; of one visit in their order."""
        query = _sets().where(*_set_conditions(chosen))
        if session:
            query = query.where(Set.session_id == session).order_by(Set.number)
        else:
            query = query.order_by(Set.started_at.desc(), Set.id.desc())
        return [_set_row(row) for row in self._rows(query.limit(chosen.limit))]

    def visit(self, person: str) -> list[SetRow]:
        """Sets of the person's newest visit, in their order."""
        query = _sets().where(Set.session_id == _newest_session(person)).order_by(Set.number)
        return [_set_row(row) for row in self._rows(query.limit(1000))]

    def set_detail(self, uid: str) -> SetDetail | None:
        """A set by the name of any of its views."""
        with reading.reading(self._engine, self._url) as connection:
            row = connection.execute(_sets().where(Set.uid == uid)).first()
            if row is None:
                row = connection.execute(_sets().where(Set.id == _set_of_view(uid))).first()
            if row is None:
                return None
            found = _set_row(row)
            number = connection.execute(select(Set.id).where(Set.uid == found.uid)).scalar_one()
            return SetDetail(
                set=found,
                reps=_reps(connection, number),
                faults=_faults(connection, number),
                rejected=tuple(
                    RejectedRow(at_utc_ns=_ns(at), reason=reason)
                    for at, reason in connection.execute(
                        select(RejectedRep.at, RejectedRep.reason)
                        .where(RejectedRep.set_id == number)
                        .order_by(RejectedRep.at, RejectedRep.id)
                    )
                ),
            )

    def recordings(self, set_uid: str) -> list[Recording]:
        """Key-points of a set, a camera each; raises ``DatabaseError`` for what cannot be unpacked."""
        with reading.reading(self._engine, self._url) as connection:
            number = connection.execute(select(Set.id).where(Set.uid == set_uid)).scalar_one_or_none()
            return read_keypoints(connection, number) if number is not None else []

    def tracks(self, person: str) -> list[TrackRow]:
        """Tracks of the person's newest visit, the newest first."""
        sets = select(func.count()).where(SetView.track_id == Track.id, SetView.set_id.is_not(None)).scalar_subquery()
        decided = aliased(Person)
        query = (
            select(
                Track.camera_id,
                Track.epoch,
                Track.track,
                Track.started_at,
                Track.last_seen_at,
                sets,
                TrackDecision.why,
                decided.uid,
            )
            .join(TrackDecision, and_(TrackDecision.track_id == Track.id, TrackDecision.decision == Track.decision))
            .join(decided, decided.id == func.coalesce(TrackDecision.decided_id, TrackDecision.person_id))
            .where(Track.session_id == _newest_session(person))
            .order_by(Track.last_seen_at.desc(), Track.id.desc())
            .limit(200)
        )
        return [
            TrackRow(
                who=TrackRef(row[0], row[1], row[2]),
                started_utc_ns=_ns(row[3]),
                last_seen_utc_ns=_ns(row[4]),
                sets=row[5],
                why=row[6],
                decided=row[7],
            )
            for row in self._rows(query)
        ]

    # Alerts, occupancy, audit

    def alerts(self, chosen: Selection) -> list[AlertRow]:
        """Alerts, the newest first."""
        query = (
            select(Alert.__table__)
            .where(Alert.alert != "", *_between(Alert.last_at, Alert.since_at, chosen))
            .order_by(Alert.since_at.desc(), Alert.uid)
            .limit(chosen.limit)
        )
        return [
            AlertRow(
                uid=row.uid,
                alert=row.alert,
                severity=row.severity,
                subject=row.subject,
                text=row.text,
                since_utc_ns=_ns(row.since_at),
                last_utc_ns=_ns(row.last_at),
                resolved_utc_ns=_ns(row.resolved_at),
                count=row._mapping["count"],
                acknowledged_by=row.acknowledged_by,
            )
            for row in self._rows(query)
        ]

    def camera_states(self, chosen: Selection) -> list[CameraStateRow]:
        """Changes of state of ``chosen.camera``, the newest first; the rows of each minute between say nothing new."""
        order = (CameraStatus.at, CameraStatus.id)
        rows = select(
            CameraStatus.id,
            CameraStatus.at,
            CameraStatus.state,
            CameraStatus.reason,
            CameraStatus.detail,
            func.lag(CameraStatus.state).over(order_by=order).label("state_before"),
            func.lag(CameraStatus.reason).over(order_by=order).label("reason_before"),
        )
        conditions = [CameraStatus.camera_id == chosen.camera, *_between(CameraStatus.at, CameraStatus.at, chosen)]
        each = rows.where(*conditions).subquery().c
        is_new = or_(each.state_before.is_(None), each.state_before != each.state, each.reason_before != each.reason)
        query = select(each.at, each.state, each.reason, each.detail).where(is_new)
        found = self._rows(query.order_by(each.at.desc(), each.id.desc()).limit(chosen.limit))
        return [
            CameraStateRow(at_utc_ns=_ns(at), state=state, reason=why, detail=told) for at, state, why, told in found
        ]

    def occupancy(self, chosen: Selection, *, shift_s: int = 0) -> list[OccupancyHour]:
        """Zones by hour; ``shift_s``: by how much the gym's hours begin before those of UTC."""
        hour = self._hour(shift_s).label("hour")
        conditions = _between(ZoneOccupancy.minute, ZoneOccupancy.minute, chosen)
        if chosen.zone:
            conditions.append(ZoneOccupancy.zone == chosen.zone)
        query = (
            select(ZoneOccupancy.zone, hour, func.avg(ZoneOccupancy.people_mean), func.max(ZoneOccupancy.people_max))
            .where(*conditions)
            .group_by(ZoneOccupancy.zone, literal_column("hour"))
            .order_by(literal_column("hour"), ZoneOccupancy.zone)
            .limit(20_000)
        )
        return [
            OccupancyHour(
                zone=zone,
                hour_utc_ns=(int(number) * 3600 - shift_s) * NANOSECONDS,
                people_mean=float(mean),
                people_max=int(most),
            )
            for zone, number, mean, most in self._rows(query)
        ]

    def _hour(self, shift_s: int) -> ColumnElement[int]:
        """Number of the hour since 1970."""
        if self._url.get_backend_name() == "sqlite":
            seconds: ColumnElement[Any] = cast(func.strftime("%s", func.substr(ZoneOccupancy.minute, 1, 19)), Integer)
        else:
            seconds = func.extract("epoch", ZoneOccupancy.minute)
        return cast(func.floor((seconds + shift_s) / 3600), Integer)

    def audit(self, *, subject: str = "", limit: int = 200) -> list[AuditRow]:
        """What staff did, the latest first; ``subject``: only what is about this."""
        query = select(
            AuditEntry.at, AuditEntry.by, AuditEntry.action, AuditEntry.subject, AuditEntry.before, AuditEntry.after
        )
        if subject:
            query = query.where(or_(AuditEntry.subject == subject, AuditEntry.after == subject))
        rows = self._rows(query.order_by(AuditEntry.at.desc(), AuditEntry.uid).limit(limit))
        return [
            AuditRow(at_utc_ns=_ns(at), by=by, action=action, subject=about, before=before, after=after)
            for at, by, action, about, before, after in rows
        ]

    def choices(self) -> Choices:
        """Exercises, zones and cameras that there are."""
        return Choices(
            exercises=tuple(row[0] for row in self._rows(select(EXERCISE).distinct().order_by(EXERCISE).limit(500))),
            zones=tuple(
                row[0]
                for row in self._rows(
                    select(ZoneOccupancy.zone).union(select(Set.zone).where(Set.zone != "")).order_by("zone").limit(500)
                )
            ),
            cameras=tuple(row[0] for row in self._rows(select(Camera.id).order_by(Camera.id).limit(500))),
        )


def _ns(at: datetime | None) -> int:
    return utc_ns_of(at) if at is not None else 0


def _between(last: Any, first: Any, chosen: Selection) -> list[ColumnElement[bool]]:  # noqa: ANN401  # columns
    """What touches the chosen time."""
    conditions: list[ColumnElement[bool]] = []
    if chosen.from_utc_ns:
        conditions.append(last >= utc_datetime(chosen.from_utc_ns))
    if chosen.until_utc_ns:
        conditions.append(first < utc_datetime(chosen.until_utc_ns))
    return conditions


def _person_ids(uid: str) -> Statement:
    into = aliased(Person)
    return (
        select(Person.id)
        .outerjoin(into, into.id == Person.merged_into_id)
        .where(or_(Person.uid == uid, into.uid == uid))
    )


def _people() -> Statement:
    into = aliased(Person)
    return select(
        Person.uid,
        Person.id,
        Person.nickname,
        Person.member_number,
        Person.first_seen_at,
        Person.last_seen_at,
        into.uid,
    ).outerjoin(into, into.id == Person.merged_into_id)


def _person_row(row: Any) -> PersonRow:  # noqa: ANN401  # a row of _people
    return PersonRow(
        uid=row[0],
        number=row[1],
        nickname=row[2],
        member_number=row[3] or "",
        first_seen_utc_ns=_ns(row[4]),
        last_seen_utc_ns=_ns(row[5]),
        merged_into=row[6] or "",
    )


def _newest_session(person: str) -> Any:  # noqa: ANN401  # a scalar subquery
    return (
        select(Session.id)
        .join(Person, Person.id == Session.person_id)
        .where(Person.uid == person)
        .order_by(Session.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _set_conditions(chosen: Selection) -> list[ColumnElement[bool]]:
    conditions = _between(Set.started_at, Set.started_at, chosen)
    if chosen.person:
        conditions.append(Set.person_id.in_(_person_ids(chosen.person)))
    if chosen.exercise:
        conditions.append(chosen.exercise == EXERCISE)
    if chosen.zone:
        conditions.append(Set.zone == chosen.zone)
    if chosen.camera:
        conditions.append(Set.camera_id == chosen.camera)
    return conditions


def _sets() -> Statement:
    faults = select(func.count()).where(Fault.set_id == Set.id).scalar_subquery().label("faults")
    return select(Set.__table__, Person.uid.label("person"), Person.nickname, faults).join(
        Person, Person.id == Set.person_id
    )


def _set_row(row: Any) -> SetRow:  # noqa: ANN401  # a row of _sets
    return SetRow(
        uid=row.uid,
        session=row.session_id,
        person=row.person,
        person_number=row.person_id,
        nickname=row.nickname,
        camera=row.camera_id,
        zone=row.zone,
        exercise=row.exercise,
        number=row.number,
        started_utc_ns=_ns(row.started_at),
        ended_utc_ns=_ns(row.ended_at),
        reps=row.reps,
        tentative=row.tentative_reps,
        hold_s=row.hold_s,
        confidence=row.confidence,
        quality=row.quality,
        cameras=row.cameras,
        open=row.open,
        faults=row.faults,
        corrected_reps=row.corrected_reps,
        corrected_exercise=row.corrected_exercise,
        corrected_by=row.corrected_by or "",
        corrected_utc_ns=_ns(row.corrected_at),
    )


def _set_of_view(uid: str) -> Any:  # noqa: ANN401  # a scalar subquery
    camera, epoch, track, number = (*uid.replace("/set/", "/").split("/"), "", "", "", "")[:4]
    return (
        select(SetView.set_id)
        .join(Track, Track.id == SetView.track_id)
        .where(
            Track.camera_id == camera,
            Track.epoch == epoch,
            Track.track == (int(track) if track.isdecimal() else -1),
            SetView.number == (int(number) if number.isdecimal() else -1),
        )
        .scalar_subquery()
    )


def _reps(connection: Connection, number: int) -> tuple[RepRow, ...]:
    query = select(Rep.__table__).where(Rep.set_id == number).order_by(Rep.number)
    return tuple(
        RepRow(
            number=row.number,
            started_utc_ns=_ns(row.started_at),
            ended_utc_ns=_ns(row.ended_at),
            range_of_motion=row.range_of_motion,
            unit=row.unit,
            tentative=row.tentative,
            cameras=row.cameras,
        )
        for row in connection.execute(query)
    )


def _faults(connection: Connection, number: int) -> tuple[FaultRow, ...]:
    query = (
        select(Rep.number, Fault.rule, Fault.cue, Fault.value, Fault.limit, Fault.unit)
        .outerjoin(Rep, Rep.id == Fault.rep_id)
        .where(Fault.set_id == number)
        .order_by(Rep.number, Fault.id)
    )
    return tuple(
        FaultRow(rep=rep or 0, rule=rule, cue=cue, value=value, limit=limit, unit=unit)
        for rep, rule, cue, value, limit, unit in connection.execute(query)
    )
