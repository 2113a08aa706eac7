"""A report as one page of HTML: every text escaped, nothing fetched from anywhere.

Owns the order of the page and its words. The policy in its head forbids scripts and requests, should a text ever get
through.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from html import escape

from core.settings import Gym
from spotter.report.facts import MOST_ALERTS, MOST_PEOPLE, Facts, PersonFacts
from spotter.report.highlights import counted, highlights, spoken
from spotter.report.pieces import NUMBER, SHORT, TEXT, Bad, Bar, Cell, columns, hour_map, shown_hours, table
from spotter.report.style import STYLE

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_FAULTS = 12
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(facts: Facts, gym: Gym, version: str) -> str:
    """The whole page."""
    period = facts.period
    title = f"{gym.name}: {period.title}" if gym.name else period.title
    sections = [
        ("Volume", _volume(facts)),
        ("Busiest hours", _hours(facts)),
        ("Exercises", _exercises(facts)),
        ("Form", _faults(facts)),
        ("Zones", _zones(facts)),
        ("Alerts", _alerts(facts)),
        ("Cameras", _cameras(facts)),
        ("People", _people(facts)),
    ]
    shown = [(name, f"part{at}", "".join(content)) for at, (name, content) in enumerate(sections) if content]
    links = "".join(f'<a href="#{mark}">{name}</a>' for name, mark, _ in shown)
    goes_on = ". The period is not over yet." if period.goes_on else ""
    parts = [
        f"<header><h1>{escape(gym.name or 'Training report')}</h1>",
        f'<p class="when">{escape(period.title)}{goes_on}</p><nav aria-label="Sections">{links}</nav></header><main>',
        _gaps(facts),
        _figures(facts),
        _highlights(facts),
        *(f'<section><h2 id="{mark}">{name}</h2>{content}</section>' for name, mark, content in shown),
        _footer(facts, version),
    ]
    head = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
    )
    return head + "\n".join(part for part in parts if part) + "\n</body></html>\n"


def _footer(facts: Facts, version: str) -> str:
    made = facts.period.now.astimezone(facts.period.zone)
    return (
        '</main><footer class="soft">People are numbered; nobody is recognised by the face. Repetitions are as '
        f"counted, or as staff corrected them; doubtful ones are left out. Days and hours are those of "
        f"{escape(facts.period.zone.key)}. Made {made.day} {made:%B %Y %H:%M} by Spotter {escape(version)}.</footer>"
    )


# The top -------------------------------------------------------------------------------------------------------------


def _gaps(facts: Facts) -> str:
    """What was not seen; without it, a quiet hour and a dead camera would look the same."""
    so_far = facts.period.minutes_so_far
    if not facts.cameras or not any(camera.minutes_known for camera in facts.cameras):
        return (
            '<p class="note"><b>No camera told of itself in this time:</b> Spotter did not run, or nothing is kept.</p>'
        )
    blind = [one for one in facts.blind if one[1] * 100 >= so_far]
    if not blind:
        return ""
    told = ", ".join(f"{escape(name)} for {_duration(minutes)}" for name, minutes in blind)
    return (
        f'<p class="note"><b>Not all was seen.</b> Of {_duration(so_far)}, these cameras gave no pictures: {told}. '
        "What happened before them then is missing below.</p>"
    )


def _duration(minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02d} min" if rest else f"{hours} h"


def _figures(facts: Facts) -> str:
    before = facts.before
    shown = [
        (facts.visits, "visit", before.visits if before else 0),
        (facts.people_count, "person", before.people if before else 0),
        (facts.sets, "set", before.sets if before else 0),
        (facts.reps, "repetition", before.reps if before else 0),
        (sum(count for *_, count, _ in facts.faults), "form fault", 0),
        (facts.alert_count, "alert", 0),
    ]
    cells = []
    for value, one, earlier in shown:
        noun = one if value == 1 else "people" if one == "person" else f"{one}s"
        cells.append(f"<div><b>{value:,}</b>{noun}<small>{_change(value, earlier)}</small></div>")
    compared = f'<p class="soft">Changes are against {escape(facts.period.week_before.title)}.</p>' if before else ""
    return f'<div class="figures">{"".join(cells)}</div>{compared}'


def _change(value: int, earlier: int) -> str:
    """By how much more or less it is than a week earlier; nothing to compare with gives nothing."""
    if not earlier:
        return ""
    change = round(100 * (value - earlier) / earlier)
    return f"+{change} %" if change > 0 else f"\N{MINUS SIGN}{-change} %" if change else "unchanged"


def _highlights(facts: Facts) -> str:
    told = "".join(f"<dt>{escape(about)}</dt><dd>{escape(said)}</dd>" for about, said in highlights(facts))
    return f"<dl>{told}</dl>" if told else ""


# Sections ------------------------------------------------------------------------------------------------------------


def _volume(facts: Facts) -> list[str]:
    if facts.period.is_day:
        return []
    days = [date.fromisoformat(day) for day in facts.by_day]
    names = [f"{WEEKDAYS[day.weekday()]}\n{day.day}.{day.month}." for day in days]
    values = list(zip(names, (reps for _, reps in facts.by_day.values()), strict=True))
    hatched = {place for place, day in enumerate(facts.by_day) if day in facts.unwatched}
    return [
        '<p class="soft">Repetitions of each day.</p>',
        columns("Repetitions of each day", values, hatched),
        _legend(hatched),
    ]


def _legend(unwatched: Iterable[object]) -> str:
    return '<p class="soft">Hatched: no camera was on.</p>' if any(True for _ in unwatched) else ""


def _hours(facts: Facts) -> list[str]:
    told = '<p class="soft">Visits in each hour of the day: those that began in it or lasted into it.</p>'
    if not any(facts.by_hour.values()):
        return ["<p>No visit was seen.</p>"]
    if facts.period.is_day:
        hours = [
            (f"{hour}:00", facts.by_hour.get((facts.period.days[0], hour), 0)) for hour in shown_hours(facts.by_hour)
        ]
        return [told, columns("Visits by hour", hours)]
    rows = [(day, f"{WEEKDAYS[at % 7]} {day[8:].lstrip('0')}.") for at, day in enumerate(facts.period.days)]
    return [told, hour_map(rows, facts.by_hour, facts.unwatched), _legend(facts.unwatched)]


def _exercises(facts: Facts) -> list[str]:
    if not facts.by_exercise:
        return ["<p>No set was seen.</p>"]
    most = facts.by_exercise[0][1]
    heads = (("Exercise", TEXT), ("Sets", NUMBER), ("", TEXT), ("Repetitions", NUMBER), ("Held", NUMBER))
    lines: Iterator[Sequence[Cell]] = (
        (
            spoken(name),
            f"{sets:,}",
            Bar(sets / most),
            f"{reps:,}" if reps else "",
            _duration(hold_s / 60) if hold_s else "",
            f"{people:,}",
        )
        for name, sets, reps, hold_s, people in facts.by_exercise
    )
    return [table((*heads, ("People", NUMBER)), lines)]


def _faults(facts: Facts) -> list[str]:
    if not facts.faults:
        return ["<p>No form fault was seen.</p>"]
    some = facts.faults[:MOST_FAULTS]
    most = some[0][2]
    heads = (("Exercise", TEXT), ("What to correct", TEXT), ("Times", NUMBER), ("", TEXT), ("Of repetitions", NUMBER))
    lines: Iterator[Sequence[Cell]] = (
        (spoken(exercise), cue, f"{count:,}", Bar(count / most), "" if share is None else f"{100 * share:.0f} %")
        for exercise, cue, count, share in some
    )
    return [table(heads, lines, "faults"), _left_out(len(facts.faults) - len(some), "less frequent")]


def _zones(facts: Facts) -> list[str]:
    if not facts.zones:
        return ["<p>No zone was watched.</p>"]
    most = facts.zones[0][2] or 1
    heads = (("Zone", TEXT), ("In use", NUMBER), ("", TEXT), ("Most people", NUMBER), ("Person-hours", NUMBER))
    lines: Iterator[Sequence[Cell]] = (
        (zone, f"{100 * share:.1f} %", Bar(share / most), str(people), f"{hours:,.1f}", _duration(known))
        for zone, known, share, people, hours in facts.zones
    )
    return [
        '<p class="soft">Share of the time watched with anybody in the zone.</p>',
        table((*heads, ("Watched", NUMBER)), lines),
    ]


def _alerts(facts: Facts) -> list[str]:
    if not facts.alert_kinds:
        return ["<p>There was none.</p>"]
    most = max(count for _, _, count, _ in facts.alert_kinds)
    heads = (("Alert", TEXT), ("Severity", TEXT), ("Times", NUMBER), ("", TEXT), ("Still open", NUMBER))
    kinds: Iterator[Sequence[Cell]] = (
        (kind, _severity(severity), f"{count:,}", Bar(count / most), f"{still_open:,}" if still_open else "")
        for kind, severity, count, still_open in facts.alert_kinds
    )
    return [table(heads, kinds), *_worst_alerts(facts)]


def _severity(severity: str) -> Cell:
    return Bad(severity) if severity == "critical" else severity


def _worst_alerts(facts: Facts) -> list[str]:
    """A line each, of those that somebody may still ask about."""
    if not facts.alerts:
        return []
    heads = (("When", SHORT), ("Severity", TEXT), ("Alert", TEXT), ("About", SHORT), ("What", TEXT), ("Lasted", SHORT))
    lines: list[Sequence[Cell]] = []
    for one in facts.alerts:
        lasted = "open" if one.resolved is None else _duration((one.resolved - one.since).total_seconds() / 60)
        about = (_moment(facts, one.since), _severity(one.severity), one.alert, one.subject, one.text)
        lines.append((*about, Bad(lasted) if one.resolved is None else lasted, one.acknowledged_by))
    more = f" The first {MOST_ALERTS} are shown." if len(facts.alerts) == MOST_ALERTS else ""
    told = f"Critical ones and those that are still open.{more} All of them: spotter alerts."
    return [f'<p class="soft gap">{told}</p>', table((*heads, ("Seen by", TEXT)), lines)]


def _moment(facts: Facts, at: datetime) -> str:
    here = at.astimezone(facts.period.zone)
    return f"{here:%H:%M}" if facts.period.is_day else f"{WEEKDAYS[here.weekday()]} {here:%H:%M}"


def _cameras(facts: Facts) -> list[str]:
    if not facts.cameras:
        return ["<p>No camera is known.</p>"]
    so_far = max(facts.period.minutes_so_far, 1)
    heads = (("Camera", TEXT), ("Seeing", NUMBER), ("", TEXT), ("In trouble", NUMBER), ("Off or paused", NUMBER))
    lines: Iterator[Sequence[Cell]] = (
        (
            camera.name,
            f"{100 * min(camera.minutes_online / so_far, 1):.1f} %",
            Bar(camera.minutes_online / so_far),
            _duration(max(0, camera.minutes_known - camera.minutes_online)),
            _duration(max(0, so_far - camera.minutes_known)),
        )
        for camera in facts.cameras
    )
    return [table(heads, lines)]


def _people(facts: Facts) -> list[str]:
    if not facts.people:
        return ["<p>Nobody was seen.</p>"]
    shown = facts.people[:MOST_PEOPLE]
    heads = (("Person", TEXT), ("Visits", NUMBER), ("Sets", NUMBER), ("Repetitions", NUMBER), ("Faults", NUMBER))
    lines: Iterator[Sequence[Cell]] = (
        (_who(one), str(one.visits), str(one.sets), f"{one.reps:,}", str(one.faults), _sets(one)) for one in shown
    )
    left_out = _left_out(len(facts.people) - len(shown), "with fewer repetitions")
    return [
        '<p class="soft">Repetitions of each set, or how long it was held.</p>',
        table((*heads, ("Sets", TEXT)), lines),
        left_out,
    ]


def _left_out(more: int, which: str) -> str:
    return f'<p class="soft">{counted(more, "more", "more")} {which} left out.</p>' if more > 0 else ""


def _who(person: PersonFacts) -> str:
    return " ".join(part for part in (f"#{person.number}", person.nickname, person.member_number) if part)


def _sets(person: PersonFacts) -> str:
    return "; ".join(f"{spoken(name)} {', '.join(sets)}" for name, sets in person.exercises.items())
