"""A report as one page of HTML: every text escaped, every plot inside, nothing fetched from anywhere.

The policy in its head forbids scripts and requests, should a text ever get through.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from matplotlib.figure import Figure

from core.settings import Gym
from spotter.report.charts import ORANGE, RED, WEEKDAYS, bars, day_columns, hour_columns, hour_map, inline_svg
from spotter.report.facts import MOST_ALERTS, MOST_PEOPLE, Facts, PersonFacts

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; color: #1a202c; background: #fff; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 1.8rem 0 .4rem; break-after: avoid; }
p.when { color: #4a5568; margin: .2rem 0 1rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
.figures div { border: 1px solid #cbd5e0; border-radius: .4rem; padding: .5rem .9rem; min-width: 6rem; }
.figures b { display: block; font-size: 1.4rem; }
.gap { border-left: .3rem solid #c53030; background: #fff5f5; padding: .5rem .8rem; break-inside: avoid; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .2rem .5rem .2rem 0;
  border-bottom: 1px solid #e2e8f0; vertical-align: top; } td.n, th.n { text-align: right; }
tr { break-inside: avoid; } svg { max-width: 100%; height: auto; break-inside: avoid; }
.critical { color: #c53030; font-weight: 600; } .small { color: #4a5568; font-size: .85rem; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(facts: Facts, gym: Gym, version: str) -> str:
    """The whole page."""
    period = facts.period
    made = period.now.astimezone(period.zone)
    title = f"{gym.name}: {period.title}"
    parts = [
        f"<h1>{escape(gym.name)}</h1>",
        f'<p class="when">{escape(period.title)}, {escape(period.zone.key)}. Made {made:%Y-%m-%d %H:%M} by Spotter '
        f"{escape(version)}.{' The period is not over yet.' if period.goes_on else ''}</p>",
        _gaps(facts),
        _figures(facts),
        *_volume(facts),
        *_hours(facts),
        *_zones(facts),
        *_exercises(facts),
        *_faults(facts),
        *_alerts(facts),
        *_cameras(facts),
        *_people(facts),
        '<p class="small">People are numbered; nobody is recognised by the face. Repetitions are as counted, or as '
        "staff corrected them; doubtful ones are left out.</p>",
    ]
    head = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
    )
    return head + "\n".join(parts) + "\n</body></html>\n"


def _gaps(facts: Facts) -> str:
    """What was not seen; without it, a quiet hour and a dead camera would look the same."""
    so_far = facts.period.minutes_so_far
    if not facts.cameras or not any(camera.minutes_known for camera in facts.cameras):
        return (
            '<p class="gap"><b>No camera told of itself in this time:</b> Spotter did not run, or nothing is kept.</p>'
        )
    blind = [one for one in facts.blind if one[1] * 100 >= so_far]
    if not blind:
        return ""
    told = ", ".join(f"{escape(name)} {_duration(minutes)}" for name, minutes in blind)
    return (
        f'<p class="gap"><b>Not all was seen.</b> Without pictures, of {_duration(so_far)}: {told}. What happened '
        "before these cameras then is missing below.</p>"
    )


def _duration(minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def _figures(facts: Facts) -> str:
    shown = [
        (facts.visits, "visits"),
        (facts.people_count, "people"),
        (facts.sets, "sets"),
        (facts.reps, "repetitions"),
        (sum(count for *_, count, _ in facts.faults), "form faults"),
        (facts.alert_count, "alerts"),
    ]
    cells = "".join(f"<div><b>{value:,}</b>{name}</div>" for value, name in shown)
    return f'<div class="figures">{cells}</div>'


def _chart(heading: str, figure: Figure) -> list[str]:
    return [f"<h2>{escape(heading)}</h2>", inline_svg(figure, escape(heading))]


def _volume(facts: Facts) -> list[str]:
    if facts.period.is_day:
        return []
    return _chart(
        "Volume", day_columns({day: reps for day, (_, reps) in facts.by_day.items()}, "repetitions", facts.unwatched)
    )


def _hours(facts: Facts) -> list[str]:
    if facts.period.is_day:
        day = facts.period.first.isoformat()
        return _chart(
            "Busiest hours", hour_columns({hour: count for (of, hour), count in facts.by_hour.items() if of == day})
        )
    rows = [(day, f"{WEEKDAYS[at % 7]} {day[8:]}.") for at, day in enumerate(facts.period.days)]
    return _chart("Busiest hours", hour_map(facts.by_hour, rows, "visits"))


def _zones(facts: Facts) -> list[str]:
    if not facts.zones:
        return ["<h2>Zones</h2><p>No zone was watched.</p>"]
    names = [zone for zone, *_ in facts.zones]
    chart = bars(names, [100 * share for _, _, share, _, _ in facts.zones], "% of the time in use", ORANGE, "{:.1f} %")
    table = _table(
        ("Zone", "Watched", "In use", "Most people", "Hours of people"),
        (
            (zone, _duration(known), f"{100 * share:.1f} %", str(most), f"{hours:.1f}")
            for zone, known, share, most, hours in facts.zones
        ),
    )
    return [*_chart("Zones", chart), table]


def _exercises(facts: Facts) -> list[str]:
    if not facts.by_exercise:
        return ["<h2>Exercises</h2><p>No set was seen.</p>"]
    chart = bars([name for name, *_ in facts.by_exercise], [sets for _, sets, *_ in facts.by_exercise], "sets")
    table = _table(
        ("Exercise", "Sets", "Repetitions", "Held", "People"),
        (
            (_words(name), f"{sets:,}", f"{reps:,}", f"{hold_s / 60:.0f} min" if hold_s else "", str(people))
            for name, sets, reps, hold_s, people in facts.by_exercise
        ),
    )
    return [*_chart("Exercises", chart), table]


def _faults(facts: Facts) -> list[str]:
    if not facts.faults:
        return ["<h2>Form</h2><p>No form fault was seen.</p>"]
    some = facts.faults[:12]
    chart = bars([f"{_words(exercise)}: {cue}" for exercise, cue, *_ in some], [one[2] for one in some], "faults", RED)
    table = _table(
        ("Exercise", "What to correct", "How often", "Of its repetitions"),
        (
            (_words(exercise), cue, f"{count:,}", "" if share is None else f"{100 * share:.1f} %")
            for exercise, cue, count, share in some
        ),
    )
    return [*_chart("Form", chart), table]


def _alerts(facts: Facts) -> list[str]:
    if not facts.alerts:
        return ["<h2>Alerts</h2><p>There was none.</p>"]
    zone = facts.period.zone

    def when(at: datetime) -> str:
        here = at.astimezone(zone)
        return f"{here:%H:%M}" if facts.period.is_day else f"{WEEKDAYS[here.weekday()]} {here:%H:%M}"

    lines = []
    for one in facts.alerts:
        lasted = "open" if one.resolved is None else _duration((one.resolved - one.since).total_seconds() / 60)
        lines.append((when(one.since), one.severity, one.alert, one.subject, one.text, lasted, one.acknowledged_by))
    more = facts.alert_count - len(facts.alerts)
    rest = (
        f'<p class="small">{more} more are left out; the first {MOST_ALERTS} by severity are shown.</p>' if more else ""
    )
    heads = ("When", "Severity", "Alert", "About", "What", "Lasted", "Seen by")
    return ["<h2>Alerts</h2>", _table(heads, lines, numbers=False), rest]


def _cameras(facts: Facts) -> list[str]:
    so_far = max(facts.period.minutes_so_far, 1)
    lines = (
        (
            camera.name,
            f"{100 * min(camera.minutes_online / so_far, 1):.1f} %",
            _duration(camera.minutes_online),
            _duration(max(0, camera.minutes_known - camera.minutes_online)),
            _duration(max(0, so_far - camera.minutes_known)),
        )
        for camera in facts.cameras
    )
    return ["<h2>Cameras</h2>", _table(("Camera", "Seeing", "Online", "In trouble", "Not running or paused"), lines)]


def _people(facts: Facts) -> list[str]:
    if not facts.people:
        return ["<h2>People</h2><p>Nobody was seen.</p>"]
    shown = facts.people[:MOST_PEOPLE]
    lines = [(_who(one), str(one.visits), str(one.sets), f"{one.reps:,}", str(one.faults), _sets(one)) for one in shown]
    more = len(facts.people) - len(shown)
    rest = f'<p class="small">{more} more with fewer repetitions are left out.</p>' if more else ""
    heads = ("Person", "Visits", "Sets", "Repetitions", "Form faults", "What")
    return ["<h2>People</h2>", _table(heads, lines, last_is_text=True), rest]


def _who(person: PersonFacts) -> str:
    return " ".join(part for part in (f"#{person.number}", person.nickname, person.member_number) if part)


def _sets(person: PersonFacts) -> str:
    return "; ".join(f"{_words(name)} {', '.join(sets)}" for name, sets in person.exercises.items())


def _words(exercise: str) -> str:
    return exercise.replace("_", " ")


def _table(
    heads: Sequence[str], lines: Iterable[Sequence[str]], *, numbers: bool = True, last_is_text: bool = False
) -> str:
    """A table; cells are escaped here. Columns after the first hold numbers, unless said otherwise."""

    def cell(tag: str, at: int, value: str) -> str:
        right = numbers and at > 0 and not (last_is_text and at == len(heads) - 1)
        kind = ' class="n"' if right else ' class="critical"' if value == "critical" else ""
        return f"<{tag}{kind}>{escape(value)}</{tag}>"

    def line(tag: str, values: Sequence[str]) -> str:
        return "<tr>" + "".join(cell(tag, at, value) for at, value in enumerate(values)) + "</tr>"

    return (
        f"<table><thead>{line('th', heads)}</thead><tbody>{''.join(line('td', one) for one in lines)}</tbody></table>"
    )
