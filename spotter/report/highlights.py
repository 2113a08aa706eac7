"""What stands out in a period, a line each: for somebody who reads nothing else."""

from collections.abc import Iterator
from datetime import date

from spotter.report.facts import Facts


def highlights(facts: Facts) -> Iterator[tuple[str, str]]:
    """What it is about, and what is to be said; nothing of what was not seen."""
    if facts.by_hour and max(facts.by_hour.values()):
        day, hour = max(facts.by_hour, key=lambda key: (facts.by_hour[key], key[0], -key[1]))
        when = "" if facts.period.is_day else f"{date.fromisoformat(day):%A} "
        yield "Busiest hour", f"{when}{hour}:00 to {hour + 1}:00, {counted(facts.by_hour[day, hour], 'visit')}"
    if facts.by_exercise:
        name, sets, _, _, people = facts.by_exercise[0]
        yield "Most trained", f"{spoken(name)}, {counted(sets, 'set')} of {counted(people, 'person', 'people')}"
    if facts.zones and facts.zones[0][2] > 0:
        yield "Most used zone", f"{facts.zones[0][0]}, in use {100 * facts.zones[0][2]:.0f} % of the time"
    if facts.faults:
        exercise, cue, count, share = facts.faults[0]
        part = f", {100 * share:.0f} % of repetitions" if share is not None and share <= 1 else ""
        yield "Most frequent fault", f"{spoken(exercise)}: {cue.rstrip('.')} ({counted(count, 'time')}{part})"
    still_open = sum(count for *_, count in facts.alert_kinds)
    if still_open:
        yield "Open alerts", f"{still_open:,}, not resolved yet"


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def spoken(exercise: str) -> str:
    """The name of an exercise as a person writes it."""
    words = exercise.replace("_", " ")
    return "Unknown exercise" if words == "unknown" else words[:1].upper() + words[1:]
