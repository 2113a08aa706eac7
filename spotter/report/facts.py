"""What a report says, read out of the database in one moment's state; only reads, and draws nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from spotter.report.asking import moment, rows
from spotter.report.period import Period

MOST_PEOPLE = 300
"""In a page; of a busy week, the others are counted."""
MOST_ALERTS = 100


@dataclass(slots=True)
class PersonFacts:
    """One person's part of the period."""

    number: int
    nickname: str
    member_number: str
    visits: int = 0
    sets: int = 0
    reps: int = 0
    faults: int = 0
    exercises: dict[str, list[str]] = field(default_factory=dict)
    """By exercise, each set: repetitions, or seconds held."""


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """How much one camera saw."""

    name: str
    minutes_known: int
    minutes_online: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One alert."""

    alert: str
    severity: str
    subject: str
    text: str
    since: datetime
    resolved: datetime | None
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there was of everything."""

    visits: int
    people: int
    sets: int
    reps: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All of a report."""

    period: Period
    visits: int
    people_count: int
    before: Totals | None
    """Of the same days a week earlier; None if this period goes on, or a day of that one was not watched."""
    by_day: Mapping[str, tuple[int, int]]
    """Sets and repetitions of each day; days without any are there too."""
    by_exercise: Sequence[tuple[str, int, int, float, int]]
    """Exercise, sets, repetitions, seconds held, people; the most trained first."""
    by_hour: Mapping[tuple[str, int], int]
    """Visits by day and hour."""
    zones: Sequence[tuple[str, int, float, int, float]]
    """Zone, minutes known, share of them in use, most people at a time, hours of people."""
    faults: Sequence[tuple[str, str, int, float | None]]
    """Exercise, cue, how often, share of the exercise's repetitions."""
    alerts: Sequence[AlertFacts]
    """Those that were critical or are open, the worst first; no more than ``MOST_ALERTS``."""
    alert_kinds: Sequence[tuple[str, str, int, int]]
    """All: kind, severity, how many, how many of them are open; the worst and most frequent first."""
    cameras: Sequence[CameraFacts]
    unwatched: Collection[str]
    """Days in which no camera was on."""
    people: Sequence[PersonFacts]

    @property
    def reps(self) -> int:
        """Repetitions in all."""
        return sum(reps for _, reps in self.by_day.values())

    @property
    def sets(self) -> int:
        """Sets in all."""
        return sum(sets for sets, _ in self.by_day.values())

    @property
    def alert_count(self) -> int:
        """Alerts in all."""
        return sum(count for _, _, count, _ in self.alert_kinds)

    @property
    def blind(self) -> list[tuple[str, int]]:
        """Cameras with the minutes in which they saw nothing, the worst first; paused ones that saw nothing aside."""
        so_far = self.period.minutes_so_far
        lost = [
            (camera.name, max(0, so_far - camera.minutes_online))
            for camera in self.cameras
            if camera.enabled or camera.minutes_known
        ]
        return sorted((one for one in lost if one[1] > 0), key=lambda one: -one[1])


def read_facts(connection: Connection, period: Period) -> Facts:
    """Everything that a report says."""
    days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    span = {"since": moment(connection, period.since), "until": moment(connection, period.until)}
    visits, people_count = _visitors(connection, days)
    by_day = dict.fromkeys(period.days, (0, 0))
    for day, sets, reps in rows(
        connection,
        "SELECT day, sum(sets), sum(reps) FROM daily_volume WHERE day BETWEEN :first AND :last GROUP BY day",
        **days,
    ):
        by_day[day] = (int(sets), int(reps))
    return Facts(
        period=period,
        visits=visits,
        people_count=people_count,
        before=_before(connection, period),
        by_day=by_day,
        by_exercise=_by_exercise(connection, days),
        by_hour={
            (day, int(hour)): int(count)
            for day, hour, count in rows(
                connection, "SELECT day, hour, visits FROM busiest_hours WHERE day BETWEEN :first AND :last", **days
            )
        },
        zones=_zones(connection, days),
        faults=_faults(connection, days),
        alerts=_alerts(connection, span),
        alert_kinds=_alert_kinds(connection, span),
        cameras=_cameras(connection, days),
        unwatched=unwatched(connection, period),
        people=_people(connection, days),
    )


def _visitors(connection: Connection, days: Mapping[str, str]) -> tuple[int, int]:
    """Visits, and different people."""
    question = "SELECT count(*), count(DISTINCT person_id) FROM sessions WHERE day BETWEEN :first AND :last"
    visits, people = rows(connection, question, **days)[0]
    return int(visits), int(people)


def _before(connection: Connection, period: Period) -> Totals | None:
    before = period.week_before
    if period.goes_on or unwatched(connection, before) or unwatched(connection, period):
        return None
    days = {"first": before.first.isoformat(), "last": before.last.isoformat()}
    question = "SELECT sum(sets), sum(reps) FROM daily_volume WHERE day BETWEEN :first AND :last"
    sets, reps = rows(connection, question, **days)[0]
    return Totals(*_visitors(connection, days), int(sets or 0), int(reps or 0))


def unwatched(connection: Connection, period: Period) -> list[str]:
    """Days in which no camera was on: that nothing is known of them does not mean that nothing happened."""
    seen = rows(
        connection,
        "SELECT DISTINCT day FROM camera_status WHERE day BETWEEN :first AND :last AND state = 'online'",
        first=period.first.isoformat(),
        last=period.last.isoformat(),
    )
    watched = {row[0] for row in seen}
    today = period.now.astimezone(period.zone).date().isoformat()
    return [day for day in period.days if day not in watched and day <= today]


def _by_exercise(connection: Connection, days: Mapping[str, str]) -> list[tuple[str, int, int, float, int]]:
    found = rows(
        connection,
        """SELECT coalesce(corrected_exercise, exercise) AS exercise, count(*) AS sets,
            sum(coalesce(corrected_reps, reps)) AS reps, sum(coalesce(hold_s, 0.0)) AS hold_s,
            count(DISTINCT person_id) AS people
        FROM sets WHERE day BETWEEN :first AND :last GROUP BY coalesce(corrected_exercise, exercise)""",
        **days,
    )
    listed = [(row[0], int(row[1]), int(row[2]), float(row[3]), int(row[4])) for row in found]
    return sorted(listed, key=lambda one: (-one[1], one[0]))


def _zones(connection: Connection, days: Mapping[str, str]) -> list[tuple[str, int, float, int, float]]:
    found = rows(
        connection,
        """SELECT zone, sum(minutes_known), sum(minutes_in_use), max(people_max), sum(person_hours)
        FROM zone_utilisation WHERE day BETWEEN :first AND :last GROUP BY zone""",
        **days,
    )
    listed = [(row[0], int(row[1]), int(row[2]) / max(int(row[1]), 1), int(row[3]), float(row[4])) for row in found]
    return sorted(listed, key=lambda one: (-one[2], one[0]))


def _faults(connection: Connection, days: Mapping[str, str]) -> list[tuple[str, str, int, float | None]]:
    found = rows(
        connection,
        """SELECT coalesce(s.corrected_exercise, s.exercise) AS exercise, f.cue, count(*) AS faults
        FROM sets s JOIN faults f ON f.set_id = s.id
        WHERE s.day BETWEEN :first AND :last GROUP BY coalesce(s.corrected_exercise, s.exercise), f.cue""",
        **days,
    )
    reps = {exercise: count for exercise, _, count, _, _ in _by_exercise(connection, days)}
    listed = [(row[0], row[1], int(row[2]), int(row[2]) / reps[row[0]] if reps.get(row[0]) else None) for row in found]
    return sorted(listed, key=lambda one: (-one[2], one[0], one[1]))


def _alerts(connection: Connection, span: Mapping[str, Any]) -> list[AlertFacts]:
    found = rows(
        connection,
        """SELECT alert, severity, subject, text, since_at, resolved_at, acknowledged_by FROM alerts
        WHERE since_at >= :since AND since_at < :until AND alert <> ''
            AND (severity = 'critical' OR resolved_at IS NULL)
        ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, since_at LIMIT :most""",
        most=MOST_ALERTS,
        **span,
    )
    return [AlertFacts(row[0], row[1], row[2], row[3], _aware(row[4]), _aware_or_none(row[5]), row[6]) for row in found]


def _alert_kinds(connection: Connection, span: Mapping[str, Any]) -> list[tuple[str, str, int, int]]:
    found = rows(
        connection,
        """SELECT alert, severity, count(*), count(*) - count(resolved_at) FROM alerts
        WHERE since_at >= :since AND since_at < :until AND alert <> '' GROUP BY alert, severity""",
        **span,
    )
    rank = {"critical": 0, "warning": 1}
    listed = [(str(row[0]), str(row[1]), int(row[2]), int(row[3])) for row in found]
    return sorted(listed, key=lambda one: (rank.get(one[1], 2), -one[2], one[0]))


def _cameras(connection: Connection, days: Mapping[str, str]) -> list[CameraFacts]:
    known = {
        row[0]: (int(row[1]), int(row[2]))
        for row in rows(
            connection,
            """SELECT camera_id, sum(minutes_known), sum(minutes_online) FROM camera_uptime
            WHERE day BETWEEN :first AND :last GROUP BY camera_id""",
            **days,
        )
    }
    cameras = rows(connection, "SELECT id, name, enabled FROM cameras ORDER BY name, id")
    return [
        CameraFacts(row[1] or row[0], *known.get(row[0], (0, 0)), bool(row[2]))
        for row in cameras
        if row[0] in known or row[2]
    ]


def _people(connection: Connection, days: Mapping[str, str]) -> list[PersonFacts]:
    people: dict[int, PersonFacts] = {}
    for number, nickname, member, visits in rows(
        connection,
        """SELECT p.id, p.nickname, p.member_number, count(*) FROM sessions v JOIN people p ON p.id = v.person_id
        WHERE v.day BETWEEN :first AND :last GROUP BY p.id, p.nickname, p.member_number ORDER BY p.id""",
        **days,
    ):
        people[number] = PersonFacts(number, nickname, member or "", visits)
    for number, exercise, reps, hold_s, faults in rows(
        connection,
        """SELECT person_id, coalesce(corrected_exercise, exercise), coalesce(corrected_reps, reps), hold_s, form_faults
        FROM sets WHERE day BETWEEN :first AND :last ORDER BY started_at""",
        **days,
    ):
        person = people.get(number)
        if person is None:  # the visit began the day before
            continue
        person.sets += 1
        person.reps += reps
        person.faults += faults or 0
        person.exercises.setdefault(exercise, []).append(f"{hold_s:.0f} s" if hold_s is not None else str(reps))
    return sorted(people.values(), key=lambda one: (-one.reps, one.number))


def _aware(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def _aware_or_none(at: datetime | str | None) -> datetime | None:
    return None if at is None else _aware(at)
