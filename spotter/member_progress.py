"""The progress of one member over weeks: how much, how fast, how far; as rows and as a picture.

Weeks begin on Monday, in the gym's time zone. Reads the views of the database; knows no face and no picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sqlalchemy import Connection, text

from spotter.replacing import ReplacingFile, output_errors

DPI = 110
MOST_EXERCISES = 8
"""Lines in a picture that can still be told apart; those that were trained most."""
_SETS = """SELECT day, exercise, reps, hold_s, counted_reps, tempo_s, range_of_motion, unit, faults
FROM set_summary WHERE person_id = :person AND day IS NOT NULL ORDER BY started_at"""


@dataclass(frozen=True, slots=True)
class Week:
    """What a member did of one exercise in one week."""

    week: str
    """Its Monday."""
    exercise: str
    sets: int
    reps: int
    """As corrected by staff."""
    hold_s: float
    tempo_s: float | None
    """Mean time of a repetition."""
    range_of_motion: float | None
    """Mean, in ``unit``."""
    unit: str
    faults_per_rep: float | None


@dataclass(slots=True)
class _Sums:
    sets: int = 0
    reps: int = 0
    hold_s: float = 0.0
    measured: int = 0
    """Repetitions as counted, of which the following are."""
    tempo_s: float = 0.0
    span: float = 0.0
    faults: int = 0
    unit: str = field(default="")


def weeks_of(connection: Connection, person: int) -> list[Week]:
    """All weeks of a person, the earliest first."""
    sums: dict[tuple[str, str], _Sums] = {}
    for row in connection.execute(text(_SETS), {"person": person}):
        day = date.fromisoformat(row.day)
        key = ((day - timedelta(days=day.weekday())).isoformat(), row.exercise)
        one = sums.setdefault(key, _Sums())
        one.sets += 1
        one.reps += row.reps
        one.hold_s += row.hold_s or 0.0
        one.faults += row.faults
        if row.tempo_s is not None and row.counted_reps:
            one.measured += row.counted_reps
            one.tempo_s += row.tempo_s * row.counted_reps
            one.span += row.range_of_motion * row.counted_reps
            one.unit = row.unit
    return [_week(week, exercise, one) for (week, exercise), one in sorted(sums.items())]


def _week(week: str, exercise: str, one: _Sums) -> Week:
    known = one.measured > 0
    return Week(
        week=week,
        exercise=exercise,
        sets=one.sets,
        reps=one.reps,
        hold_s=round(one.hold_s, 1),
        tempo_s=round(one.tempo_s / one.measured, 2) if known else None,
        range_of_motion=round(one.span / one.measured, 1) if known else None,
        unit=one.unit,
        faults_per_rep=round(one.faults / one.measured, 3) if known else None,
    )


def write_picture(target: Path, title: str, weeks: Sequence[Week]) -> None:
    """Draw the weeks as PNG; raises ``OutputError``. The file appears when it is complete."""
    file = ReplacingFile(target)
    try:
        with output_errors(target), file.path.open("wb") as out:
            picture(title, weeks).savefig(out, format="png", dpi=DPI)
        file.commit()
    finally:
        file.discard()


def picture(title: str, weeks: Sequence[Week]) -> Figure:
    """Three panels under each other: repetitions, tempo, range of motion; a line an exercise."""
    figure = Figure(figsize=(10, 9), layout="constrained")
    FigureCanvasAgg(figure)
    # A name is no formula.
    figure.suptitle(title.replace("$", r"\$"))
    reps, tempo, span = figure.subplots(3, 1, sharex=True)
    for exercise in _most_trained(weeks):
        mine = [week for week in weeks if week.exercise == exercise]
        days = [date.fromisoformat(week.week) for week in mine]
        name = exercise.replace("_", " ")
        reps.plot(days, [week.reps for week in mine], "o-", label=name)
        tempo.plot(days, [week.tempo_s or float("nan") for week in mine], "o-")
        span.plot(days, [week.range_of_motion or float("nan") for week in mine], "o-")
    reps.set_ylabel("repetitions a week")
    tempo.set_ylabel("seconds a repetition")
    units = sorted({week.unit for week in weeks if week.unit})
    span.set_ylabel(f"range of motion, {', '.join(units) or 'none'}")
    span.set_xlabel("week of")
    for axes in (reps, tempo, span):
        axes.grid(alpha=0.3)
        axes.set_ylim(bottom=0)
    if weeks:
        reps.legend(loc="upper left", fontsize="small", ncols=2)
    figure.autofmt_xdate()
    return figure


def _most_trained(weeks: Iterable[Week]) -> list[str]:
    sets: dict[str, int] = {}
    for week in weeks:
        sets[week.exercise] = sets.get(week.exercise, 0) + week.sets
    return sorted(sorted(sets, key=lambda name: -sets[name])[:MOST_EXERCISES])
