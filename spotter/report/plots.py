"""The figures of ``spotter plot``: volume, occupancy, one person's progress, and form faults, over days up to today."""

from collections.abc import Callable, Mapping
from datetime import date

from matplotlib.figure import Figure
from sqlalchemy import Connection

from core.errors import ConfigError
from spotter.query.questions import Chosen
from spotter.report.asking import rows
from spotter.report.charts import ORANGE, bars, day_columns, headed, hour_map, lines
from spotter.report.facts import unwatched
from spotter.report.highlights import spoken
from spotter.report.period import Period

UNITS = {"deg": "degrees", "m": "metres"}
EXERCISE = "coalesce(s.corrected_exercise, s.exercise)"


def volume(connection: Connection, period: Period, chosen: Chosen) -> Figure:
    """Repetitions of each day."""
    where, values = _where(period, chosen)
    by_day: dict[str, float] = dict.fromkeys(period.days, 0)
    reps = f"SELECT s.day, sum(coalesce(s.corrected_reps, s.reps)) FROM sets s WHERE {where} GROUP BY s.day"
    by_day |= {day: int(count) for day, count in rows(connection, reps, **values)}
    figure = day_columns(by_day, unwatched(connection, period))
    return headed(figure, _title("Volume", chosen), f"Repetitions of each day, {period.title}")


def faults(connection: Connection, period: Period, chosen: Chosen) -> Figure:
    """How often each form fault was seen."""
    where, values = _where(period, chosen)
    found = rows(
        connection,
        f"""SELECT {EXERCISE}, f.cue, count(*) FROM sets s JOIN faults f ON f.set_id = s.id
        WHERE {where} GROUP BY {EXERCISE}, f.cue ORDER BY count(*) DESC, f.cue""",
        **values,
    )
    figure = bars([f"{spoken(exercise)}: {cue}" for exercise, cue, _ in found], [row[2] for row in found], ORANGE)
    return headed(figure, _title("Form faults", chosen), f"How often each was seen, {period.title}")


def occupancy(connection: Connection, period: Period, chosen: Chosen) -> Figure:
    """How many people each zone held on average, by hour of the day; only of minutes in which Spotter watched."""
    zone = "AND zone = :zone " if chosen.zone is not None else ""
    values = {} if chosen.zone is None else {"zone": chosen.zone}
    found = rows(
        connection,
        f"""SELECT zone, minute_of_day / 60 AS hour, avg(people_mean) FROM zone_occupancy
        WHERE day BETWEEN :first AND :last {zone}GROUP BY zone, minute_of_day / 60""",
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        **values,
    )
    zones = sorted({row[0] for row in found})
    figure = hour_map({(row[0], int(row[1])): float(row[2]) for row in found}, [(one, one) for one in zones], "people")
    told = f"People in each zone at a time, on average, by hour of the day, {period.title}"
    return headed(figure, _title("Occupancy", chosen), told)


def progress(connection: Connection, period: Period, chosen: Chosen) -> Figure:
    """One person's repetitions, tempo and range of motion in one exercise; days without it have no point."""
    if chosen.person is None or chosen.exercise is None:
        raise ConfigError("progress is one person's in one exercise; say --person and --exercise")
    found = rows(
        connection,
        """SELECT day, reps, tempo_s, range_of_motion, unit FROM rep_quality
        WHERE person_id = :person AND exercise = :exercise AND day BETWEEN :first AND :last ORDER BY day""",
        person=chosen.person,
        exercise=chosen.exercise,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
    )
    unit = next((row[4] for row in found if row[4]), "")
    unit = UNITS.get(unit, unit)
    names = ("Repetitions", "Seconds a repetition", f"Range of motion, {unit}" if unit else "Range of motion")
    series = {name: [(date.fromisoformat(row[0]), row[at]) for row in found] for at, name in enumerate(names, start=1)}
    return headed(lines(series), _title("Progress", chosen), f"A point for each day of training, {period.title}")


PLOTS: Mapping[str, Callable[[Connection, Period, Chosen], Figure]] = {
    "volume": volume,
    "occupancy": occupancy,
    "progress": progress,
    "faults": faults,
}


def _where(period: Period, chosen: Chosen) -> tuple[str, dict[str, object]]:
    """A condition on ``sets s``, and its values."""
    parts = ["s.day BETWEEN :first AND :last"]
    values: dict[str, object] = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    for name, column in (("person", "s.person_id"), ("exercise", EXERCISE), ("zone", "s.zone")):
        value = getattr(chosen, name)
        if value is not None:
            parts.append(f"{column} = :{name}")
            values[name] = value
    return " AND ".join(parts), values


def _title(what: str, chosen: Chosen) -> str:
    who = f"#{chosen.person}" if chosen.person is not None else None
    exercise = spoken(chosen.exercise).lower() if chosen.exercise is not None else None
    return ", ".join(part for part in (what, who, exercise, chosen.zone) if part is not None)
