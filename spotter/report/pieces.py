"""Pieces of a page: tables with bars, columns of days or hours, and a map of hours; every text is escaped here.

All of it is plain HTML, so that it keeps its letters' size on a phone and its colours follow the reader's system.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

FEWEST_HOURS = 12
HEAT_STEPS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """A cell that is a bar; ``share`` of the longest one, 0-1."""

    share: float


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that must be seen."""

    text: str


Cell = str | Bar | Bad
TEXT, NUMBER, SHORT = "", "n", "s"
"""Kinds of columns; a short text stays on one line."""


def table(heads: Sequence[tuple[str, str]], lines: Iterable[Sequence[Cell]], kind: str = "") -> str:
    """A table; ``heads``: each column's name, and ``TEXT``, ``SHORT`` or ``NUMBER``."""
    top = "".join(f'<th scope="col"{_kind(how)}>{escape(name)}</th>' for name, how in heads)
    body = "".join(
        "<tr>" + "".join(_cell(cell, how) for cell, (_, how) in zip(line, heads, strict=True)) + "</tr>"
        for line in lines
    )
    return f'<div class="wide"><table{_kind(kind)}><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _kind(name: str) -> str:
    return f' class="{name}"' if name else ""


def _cell(cell: Cell, how: str) -> str:
    match cell:
        case Bar(share):
            return f'<td class="bar"><i style="width:{100 * min(max(share, 0), 1):.1f}%"></i></td>'
        case Bad(text):
            return f'<td class="bad">{escape(text)}</td>'
    return f"<td{_kind(how)}>{escape(cell)}</td>"


def columns(told: str, values: Sequence[tuple[str, float]], unwatched: Collection[int] = ()) -> str:
    """Columns with their numbers on top; ``values``: name below, of up to two lines, and height.

    ``told`` is read out instead. The places in ``unwatched`` are hatched: nobody knows what was there.
    """
    most = max([value for _, value in values] or [0]) or 1
    drawn = []
    for place, (name, value) in enumerate(values):
        hatched = place in unwatched
        number = f"{value:,.0f}" if value else ""
        column = f'<i style="height:{85 * value / most:.1f}%"></i>' if value else ""
        below = "<br/>".join(escape(part) for part in name.split("\n"))
        kind = "filled unwatched" if hatched else "filled"
        drawn.append(f'<div><div class="{kind}">{number}{column}</div><span>{below}</span></div>')
    return f'<div class="columns" role="img" aria-label="{escape(told)}">{"".join(drawn)}</div>'


def shown_hours(by_hour: Mapping[tuple[str, int], float]) -> range:
    """The hours in which anything was, and enough around them to make a day of it."""
    busy = [hour for (_, hour), value in by_hour.items() if value]
    first, last = max(min(busy, default=6) - 1, 0), min(max(busy, default=21) + 1, 23)
    while last - first + 1 < FEWEST_HOURS:
        first, last = max(first - 1, 0), min(last + 1, 23)
    return range(first, last + 1)


def hour_map(
    rows: Sequence[tuple[str, str]], by_hour: Mapping[tuple[str, int], float], unwatched: Collection[str] = ()
) -> str:
    """A field with its number for each hour of each row; ``rows``: key and name. Those in ``unwatched`` are hatched."""
    hours = shown_hours(by_hour)
    most = max([*by_hour.values(), 1])
    head = "<th></th>" + "".join(f'<th scope="col">{hour}</th>' for hour in hours)
    body = []
    for key, name in rows:
        fields = "".join(_field(by_hour.get((key, hour), 0), most, key in unwatched) for hour in hours)
        body.append(f'<tr><th scope="row">{escape(name)}</th>{fields}</tr>')
    return f'<table class="hours"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def _field(value: float, most: float, hatched: bool) -> str:
    if not value:
        return '<td class="away"></td>' if hatched else "<td></td>"
    step = max(1, -(-round(HEAT_STEPS * value) // round(most)))
    return f'<td class="h{min(step, HEAT_STEPS)}">{value:.0f}</td>'
