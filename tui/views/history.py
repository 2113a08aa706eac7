"""The past as lists: which part is chosen, and its rows as they are shown and as they are exported; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from core.clock import NANOSECONDS, utc_datetime
from core.history import (
    AlertRow,
    AuditRow,
    Cell,
    OccupancyHour,
    PersonRow,
    Selection,
    SessionRow,
    SetRow,
)
from tui import times
from tui.desk import Desk
from tui.plain import plain
from tui.views import plots
from tui.views.people import exercise_text
from tui.views.person import reps_text, set_exercise_text

Kind = Literal["visits", "sets", "people", "alerts", "staff", "hours"]
KINDS: tuple[Kind, ...] = ("visits", "sets", "people", "alerts", "staff", "hours")
TITLES: dict[Kind, str] = {
    "visits": "visits",
    "sets": "sets",
    "people": "people",
    "alerts": "alerts",
    "staff": "what staff did",
    "hours": "people by hour",
}
EXPORTED: dict[Kind, tuple[str, ...]] = {
    "visits": ("started_at", "last_seen_at", "ended_at", "person", "number", "nickname", "sets", "reps", "end_reason"),
    "sets": (
        "started_at", "ended_at", "person", "number", "nickname", "exercise", "reps", "counted_reps", "tentative_reps",
        "hold_s", "corrected_by", "faults", "zone", "camera", "uid",
    ),
    "people": ("number", "person", "nickname", "member_number", "first_seen_at", "last_seen_at"),
    "alerts": ("since_at", "resolved_at", "alert", "severity", "subject", "text", "count", "acknowledged_by"),
    "staff": ("at", "by", "action", "subject", "before", "after"),
    "hours": ("zone", "hour", "people_mean", "people_max"),
}  # fmt: skip
"""Titles of the columns of an export; times are UTC there."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which part of the past is shown."""

    day: date | None = None
    """In the gym's time zone; None: all days."""
    person: str = ""
    person_name: str = ""
    exercise: str = ""
    zone: str = ""
    camera: str = ""
    session: int = 0
    """Of which visit sets are shown; 0: of all."""
    session_name: str = ""

    def selection(self, zone: ZoneInfo, limit: int) -> Selection:
        """The same in words of the database."""
        begin, end = day_bounds(self.day, zone) if self.day is not None and not self.session else (0, 0)
        return Selection(
            from_utc_ns=begin,
            until_utc_ns=end,
            person=self.person,
            exercise=self.exercise,
            zone=self.zone,
            camera=self.camera,
            limit=limit,
        )

    def moved(self, days: int) -> "Chosen":
        """Some days on."""
        return replace(self, day=self.day + timedelta(days=days)) if self.day is not None else self

    def cleared(self) -> "Chosen":
        """Nothing but the day."""
        return Chosen(day=self.day)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the day restricts what is shown."""
        return self != self.cleared()


def day_bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Beginning and end of a day in the gym's time zone, also of days with 23 or 25 hours."""
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return tuple(round(at.astimezone(UTC).timestamp()) * NANOSECONDS for at in (begin, end))  # type: ignore[return-value]


def today(now_utc_ns: int, zone: ZoneInfo) -> date:
    """The day in the gym."""
    return utc_datetime(now_utc_ns).astimezone(zone).date()


def chosen_words(chosen: Chosen) -> str:
    """One line that says what is shown."""
    day = "all days" if chosen.day is None else f"{chosen.day:%a %Y-%m-%d}"
    parts = [
        f"who: {plain(chosen.person_name) or 'all'}",
        f"exercise: {exercise_text(chosen.exercise) or 'all'}",
        f"zone: {plain(chosen.zone) or 'all'}",
        f"camera: {plain(chosen.camera) or 'all'}",
    ]
    if chosen.session:
        parts = [f"visit of {plain(chosen.session_name)}"]
    return "   ".join([day, *parts])


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list."""

    key: str
    shown: tuple[str, ...]
    """Plain, a text a column."""
    raw: tuple[Cell, ...]
    """As exported."""
    mark: str = ""
    """``warning`` or ``corrected``."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is shown."""

    kind: Kind
    rows: tuple[ListRow, ...] = ()
    cut: bool = False
    """There are more than are shown."""
    hours: tuple[OccupancyHour, ...] = field(default=(), compare=False)


def _iso(at_utc_ns: int) -> Cell:
    return utc_datetime(at_utc_ns).isoformat(timespec="seconds") if at_utc_ns else None


def _moment(at_utc_ns: int, desk: Desk) -> str:
    return f"{times.day(at_utc_ns, desk.zone)} {desk.clock_text(at_utc_ns)}" if at_utc_ns else "-"


def _who(number: int, nickname: str) -> str:
    return plain(nickname) or f"#{number}"


def visit_rows(rows: Iterable[SessionRow], desk: Desk) -> tuple[ListRow, ...]:
    """Visits."""
    return tuple(
        ListRow(
            str(row.session),
            (
                _moment(row.started_utc_ns, desk),
                _who(row.number, row.nickname),
                times.span((row.last_seen_utc_ns - row.started_utc_ns) / NANOSECONDS),
                str(row.sets),
                str(row.reps),
                "here" if not row.ended_utc_ns else plain(row.end_reason) or "left",
            ),
            (
                _iso(row.started_utc_ns), _iso(row.last_seen_utc_ns), _iso(row.ended_utc_ns), row.person, row.number,
                row.nickname, row.sets, row.reps, row.end_reason,
            ),
        )
        for row in rows
    )  # fmt: skip


def set_rows(rows: Iterable[SetRow], desk: Desk) -> tuple[ListRow, ...]:
    """Sets."""
    return tuple(
        ListRow(
            row.uid,
            (
                _moment(row.started_utc_ns, desk),
                _who(row.person_number, row.nickname),
                str(row.number),
                set_exercise_text(row),
                reps_text(row),
                times.span((row.ended_utc_ns - row.started_utc_ns) / NANOSECONDS),
                str(row.faults) if row.faults else "-",
                plain(row.zone) or "-",
                plain(row.camera),
            ),
            (
                _iso(row.started_utc_ns), _iso(row.ended_utc_ns), row.person, row.person_number, row.nickname,
                row.exercise_in_the_end, row.reps_in_the_end, row.reps, row.tentative, row.hold_s, row.corrected_by,
                row.faults, row.zone, row.camera, row.uid,
            ),
            "corrected" if row.is_corrected else "warning" if row.faults else "",
        )
        for row in rows
    )  # fmt: skip


def people_rows(rows: Iterable[PersonRow], desk: Desk) -> tuple[ListRow, ...]:
    """People."""
    return tuple(
        ListRow(
            row.uid,
            (
                f"#{row.number}",
                plain(row.nickname) or "-",
                plain(row.member_number) or "-",
                _moment(row.first_seen_utc_ns, desk),
                _moment(row.last_seen_utc_ns, desk),
            ),
            (
                row.number, row.uid, row.nickname, row.member_number, _iso(row.first_seen_utc_ns),
                _iso(row.last_seen_utc_ns),
            ),
        )
        for row in rows
    )  # fmt: skip


def alert_list(rows: Iterable[AlertRow], desk: Desk) -> tuple[ListRow, ...]:
    """Alerts."""
    return tuple(
        ListRow(
            row.uid,
            (
                _moment(row.since_utc_ns, desk),
                times.span(((row.resolved_utc_ns or row.last_utc_ns) - row.since_utc_ns) / NANOSECONDS)
                + ("" if row.resolved_utc_ns else "+"),
                plain(row.alert),
                plain(row.severity),
                plain(row.subject),
                plain(row.text),
                plain(row.acknowledged_by) or "-",
            ),
            (
                _iso(row.since_utc_ns), _iso(row.resolved_utc_ns), row.alert, row.severity, row.subject, row.text,
                row.count, row.acknowledged_by,
            ),
            "warning" if row.severity == "critical" else "",
        )
        for row in rows
    )  # fmt: skip


def staff_rows(rows: Sequence[AuditRow], desk: Desk) -> tuple[ListRow, ...]:
    """What staff did."""
    return tuple(
        ListRow(
            str(place),
            (
                _moment(row.at_utc_ns, desk),
                plain(row.by),
                plain(row.action),
                plain(row.subject),
                plain(row.before) or "-",
                plain(row.after) or "-",
            ),
            (_iso(row.at_utc_ns), row.by, row.action, row.subject, row.before, row.after),
        )
        for place, row in enumerate(rows)
    )


def hour_rows(rows: Iterable[OccupancyHour], desk: Desk) -> tuple[ListRow, ...]:
    """Zones by hour."""
    return tuple(
        ListRow(
            f"{row.zone} {row.hour_utc_ns}",
            (
                _moment(row.hour_utc_ns, desk),
                plain(row.zone) or "no zone",
                f"{row.people_mean:.1f}",
                str(row.people_max),
            ),
            (row.zone, _iso(row.hour_utc_ns), round(row.people_mean, 2), row.people_max),
        )
        for row in rows
    )


def occupancy_plot(
    rows: Sequence[OccupancyHour], chosen: Chosen, zone: ZoneInfo, width: int, height: int, *, in_ascii: bool = False
) -> list[str]:
    """People by hour of the day, all chosen zones together: of one day, else the mean over the days."""
    if not rows or height < 3:
        return []
    by_hour: dict[int, float] = {}
    days: dict[int, set[date]] = {}
    for row in rows:
        at = utc_datetime(row.hour_utc_ns).astimezone(zone)
        by_hour[at.hour] = by_hour.get(at.hour, 0.0) + row.people_mean
        days.setdefault(at.hour, set()).add(at.date())
    values = [by_hour[hour] / len(days[hour]) if hour in by_hour else 0.0 for hour in range(24)]
    busiest = max(range(24), key=lambda hour: values[hour])
    what = "on average" if chosen.day is None else "on this day"
    title = f"people by hour {what}; most: {values[busiest]:.1f} from {busiest:02}:00"
    bars = plots.bars(values, min(width, 96), height - 2, in_ascii=in_ascii)
    return [title, *bars, plots.hour_labels(range(24), plots.bar_cells(24, min(width, 96)))]


def totals(listing: Listing) -> str:
    """How much is shown."""
    more = "; there are more" if listing.cut else ""
    if listing.kind in {"visits", "sets"}:
        names = EXPORTED[listing.kind]
        reps = sum(int(row.raw[names.index("reps")] or 0) for row in listing.rows)
        return f"{len(listing.rows)} {TITLES[listing.kind]}, {reps} reps{more}"
    return f"{len(listing.rows)} {'rows' if listing.kind in {'staff', 'hours'} else TITLES[listing.kind]}{more}"
