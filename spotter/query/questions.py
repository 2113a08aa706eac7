"""The questions that have a command of their own: which columns an answer has, and which rows. Pure; asks nobody.

Every value that a person gave is bound, never written into a statement. Answers come newest first, in an order that an
index has, so that the first row comes at once and a million rows need no memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, and_, cast, exists, func, or_, select

from aggregator.schema import Alert, Camera, CameraStatus, Fault, Person, Rep, Session, Set, Track
from spotter.query.times import EVER, Span

Kind = Literal["int", "float", "text", "bool", "time", "bytes"]
Statement = Any
"""A SELECT of any columns; its exact type differs between the versions of SQLAlchemy."""
REPS: Any = func.coalesce(Set.corrected_reps, Set.reps)
EXERCISE: Any = func.coalesce(Set.corrected_exercise, Set.exercise)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer."""

    name: str
    kind: Kind
    brief: bool = True
    """Shown in the table for people; the other formats have all columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which part is asked for, as the database has it; what is left out does not restrict."""

    span: Span = EVER
    camera: str | None = None
    camera_titles: tuple[str, ...] = ()
    """What alerts call the camera."""
    zone: str | None = None
    exercise: str | None = None
    as_seen: bool = False
    """No exercise was ever corrected, so that what was seen holds and its index can be used."""
    person: int | None = None
    person_titles: tuple[str, ...] = ()
    """What alerts call the person."""


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of answer."""

    name: str
    columns: tuple[Column, ...]
    select: Callable[[Chosen], Statement]


def _columns(*described: tuple[str, Kind] | tuple[str, Kind, Literal[False]]) -> tuple[Column, ...]:
    return tuple(Column(*each) for each in described)


# Conditions ----------------------------------------------------------------------------------------------------------


def _touching(first: Any, last: Any, span: Span) -> list[ColumnElement[bool]]:  # noqa: ANN401  # columns
    conditions: list[ColumnElement[bool]] = []
    if span.since is not None:
        conditions.append(last >= span.since)
    if span.until is not None:
        conditions.append(first < span.until)
    return conditions


def _set_choice(chosen: Chosen) -> list[ColumnElement[bool]]:
    """What holds for sets, whenever they were."""
    conditions: list[ColumnElement[bool]] = []
    if chosen.person is not None:
        conditions.append(Set.person_id == chosen.person)
    if chosen.exercise is not None:
        conditions.append((Set.exercise if chosen.as_seen else EXERCISE) == chosen.exercise)
    if chosen.zone is not None:
        conditions.append(Set.zone == chosen.zone)
    if chosen.camera is not None:
        conditions.append(Set.camera_id == chosen.camera)
    return conditions


def _set_conditions(chosen: Chosen) -> list[ColumnElement[bool]]:
    return [*_touching(Set.started_at, Set.started_at, chosen.span), *_set_choice(chosen)]


def _counts(*conditions: ColumnElement[bool]) -> Sequence[ColumnElement[Any]]:
    """Sets, and repetitions in them as corrected."""
    return (
        select(func.count()).select_from(Set).where(*conditions).scalar_subquery(),
        select(cast(func.coalesce(func.sum(REPS), 0), BigInteger))
        .select_from(Set)
        .where(*conditions)
        .scalar_subquery(),
    )


# Questions -----------------------------------------------------------------------------------------------------------


def _people(chosen: Chosen) -> Statement:
    visits = [Session.person_id == Person.id, *_touching(Session.started_at, Session.last_seen_at, chosen.span)]
    theirs = [Set.person_id == Person.id, *_set_conditions(chosen)]
    # As an expression, so that the index of the order is taken: with the column's own, all are counted and sorted.
    conditions: list[ColumnElement[bool]] = [func.coalesce(Person.merged_into_id, 0) == 0]
    if chosen.person is not None:
        conditions.append(Person.id == chosen.person)
    if chosen.span != EVER:
        # The first two say nothing more than the third, but of them there is an index.
        conditions += [*_touching(Person.first_seen_at, Person.last_seen_at, chosen.span), exists().where(*visits)]
    if chosen.zone is not None or chosen.exercise is not None:
        conditions.append(exists().where(*theirs))
    if chosen.camera is not None:
        seen = _touching(Track.started_at, Track.last_seen_at, chosen.span)
        conditions.append(exists().where(Track.person_id == Person.id, Track.camera_id == chosen.camera, *seen))
    visit_count = select(func.count()).select_from(Session).where(*visits).scalar_subquery()
    return (
        select(
            Person.id,
            Person.nickname,
            Person.member_number,
            Person.first_seen_at,
            Person.last_seen_at,
            visit_count,
            *_counts(*theirs),
        )
        .where(*conditions)
        .order_by(Person.last_seen_at.desc(), Person.id.desc())
    )


def _sessions(chosen: Chosen) -> Statement:
    of_sets = [Set.session_id == Session.id, *_set_choice(chosen)]
    conditions = _touching(Session.started_at, Session.last_seen_at, chosen.span)
    if chosen.person is not None:
        conditions.append(Session.person_id == chosen.person)
    if chosen.zone is not None or chosen.exercise is not None:
        conditions.append(exists().where(*of_sets))
    if chosen.camera is not None:
        conditions.append(exists().where(Track.session_id == Session.id, Track.camera_id == chosen.camera))
    return (
        select(
            Session.id,
            Session.person_id,
            Person.nickname,
            Person.member_number,
            Session.started_at,
            Session.last_seen_at,
            Session.ended_at,
            Session.end_reason,
            *_counts(*of_sets),
        )
        .join(Person, Person.id == Session.person_id)
        .where(*conditions)
        .order_by(Session.started_at.desc(), Session.id.desc())
    )


def _sets(chosen: Chosen) -> Statement:
    faults = select(func.count()).select_from(Fault).where(Fault.set_id == Set.id).scalar_subquery()
    return (
        select(
            Set.id,
            Set.uid,
            Set.session_id,
            Set.person_id,
            Person.nickname,
            Person.member_number,
            Set.camera_id,
            Set.zone,
            EXERCISE,
            Set.number,
            Set.started_at,
            Set.ended_at,
            Set.duration_s,
            REPS,
            Set.tentative_reps,
            Set.hold_s,
            faults,
            Set.confidence,
            Set.quality,
            Set.cameras,
            Set.open,
            Set.corrected_by,
        )
        .join(Person, Person.id == Set.person_id)
        .where(*_set_conditions(chosen))
        .order_by(Set.started_at.desc(), Set.id.desc())
    )


def _reps(chosen: Chosen) -> Statement:
    rules = select(func.aggregate_strings(Fault.rule, ", ")).where(Fault.rep_id == Rep.id).scalar_subquery()
    return (
        select(
            Rep.set_id,
            Set.person_id,
            Person.nickname,
            Person.member_number,
            Set.camera_id,
            Set.zone,
            EXERCISE,
            Rep.number,
            Rep.started_at,
            Rep.ended_at,
            Rep.duration_s,
            Rep.range_of_motion,
            Rep.unit,
            Rep.tentative,
            rules,
            Rep.cameras,
        )
        .select_from(Set)
        .join(Rep, Rep.set_id == Set.id)
        .join(Person, Person.id == Set.person_id)
        .where(*_set_conditions(chosen))
        .order_by(Set.started_at.desc(), Set.id.desc(), Rep.number)
    )


def _alerts(chosen: Chosen) -> Statement:
    conditions = [Alert.alert != "", *_touching(Alert.since_at, Alert.last_at, chosen.span)]
    if chosen.camera is not None:
        conditions.append(Alert.subject.in_([chosen.camera, *chosen.camera_titles]))
    if chosen.zone is not None:
        conditions.append(Alert.subject == chosen.zone)
    if chosen.person is not None:
        conditions.append(Alert.subject.in_(chosen.person_titles))
    return (
        select(
            Alert.uid,
            Alert.since_at,
            Alert.severity,
            Alert.alert,
            Alert.subject,
            Alert.last_at,
            Alert.resolved_at,
            Alert.count,
            Alert.acknowledged_by,
            Alert.acknowledged_at,
            Alert.text,
        )
        .where(*conditions)
        .order_by(Alert.since_at.desc(), Alert.uid)
    )


def _cameras(chosen: Chosen) -> Statement:
    within = _touching(CameraStatus.at, CameraStatus.at, chosen.span)
    newest = (
        select(CameraStatus.id)
        .where(CameraStatus.camera_id == Camera.id, *within)
        .order_by(CameraStatus.at.desc(), CameraStatus.id.desc())
        .limit(1)
        .correlate(Camera)
        .scalar_subquery()
    )
    theirs = [Set.camera_id == Camera.id, *_set_conditions(chosen)]
    conditions = [Camera.id == chosen.camera] if chosen.camera is not None else []
    return (
        select(
            Camera.id,
            Camera.name,
            Camera.enabled,
            CameraStatus.state,
            CameraStatus.at,
            CameraStatus.fps,
            CameraStatus.dropped,
            CameraStatus.reconnects,
            select(func.count()).select_from(Set).where(*theirs).scalar_subquery(),
            select(func.max(Set.started_at)).where(*theirs).scalar_subquery(),
            CameraStatus.reason,
            CameraStatus.detail,
        )
        .outerjoin(CameraStatus, and_(CameraStatus.camera_id == Camera.id, CameraStatus.id == newest))
        .where(*conditions, or_(Camera.enabled, CameraStatus.id.is_not(None), exists().where(*theirs)))
        .order_by(Camera.id)
    )


_PERSON: tuple[tuple[str, Kind] | tuple[str, Kind, Literal[False]], ...] = (
    ("person", "int"),
    ("nickname", "text"),
    ("member_number", "text", False),
)

QUESTIONS = {
    question.name: question
    for question in (
        Question(
            "people",
            _columns(
                *_PERSON[:2],
                ("member_number", "text"),
                ("first_seen_at", "time"),
                ("last_seen_at", "time"),
                ("sessions", "int"),
                ("sets", "int"),
                ("reps", "int"),
            ),
            _people,
        ),
        Question(
            "sessions",
            _columns(
                ("session", "int"),
                *_PERSON,
                ("started_at", "time"),
                ("last_seen_at", "time"),
                ("ended_at", "time", False),
                ("end_reason", "text"),
                ("sets", "int"),
                ("reps", "int"),
            ),
            _sessions,
        ),
        Question(
            "sets",
            _columns(
                ("set", "int"),
                ("uid", "text", False),
                ("session", "int", False),
                *_PERSON,
                ("camera", "text"),
                ("zone", "text"),
                ("exercise", "text"),
                ("number", "int", False),
                ("started_at", "time"),
                ("ended_at", "time", False),
                ("duration_s", "float"),
                ("reps", "int"),
                ("tentative_reps", "int", False),
                ("hold_s", "float"),
                ("faults", "int"),
                ("confidence", "float", False),
                ("quality", "float", False),
                ("cameras", "int", False),
                ("open", "bool", False),
                ("corrected_by", "text", False),
            ),
            _sets,
        ),
        Question(
            "reps",
            _columns(
                ("set", "int"),
                *_PERSON,
                ("camera", "text", False),
                ("zone", "text", False),
                ("exercise", "text"),
                ("number", "int"),
                ("started_at", "time"),
                ("ended_at", "time", False),
                ("duration_s", "float"),
                ("range_of_motion", "float"),
                ("unit", "text"),
                ("tentative", "bool"),
                ("faults", "text"),
                ("cameras", "int", False),
            ),
            _reps,
        ),
        Question(
            "alerts",
            _columns(
                ("uid", "text", False),
                ("since_at", "time"),
                ("severity", "text"),
                ("alert", "text"),
                ("subject", "text"),
                ("last_at", "time", False),
                ("resolved_at", "time"),
                ("count", "int"),
                ("acknowledged_by", "text"),
                ("acknowledged_at", "time", False),
                ("text", "text"),
            ),
            _alerts,
        ),
        Question(
            "cameras",
            _columns(
                ("camera", "text"),
                ("name", "text"),
                ("enabled", "bool"),
                ("state", "text"),
                ("state_at", "time"),
                ("fps", "float"),
                ("dropped", "int", False),
                ("reconnects", "int", False),
                ("sets", "int"),
                ("last_set_at", "time"),
                ("reason", "text"),
                ("detail", "text", False),
            ),
            _cameras,
        ),
    )
}
"""By name of the command, and of the method in Python."""
