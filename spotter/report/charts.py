"""The plots of ``spotter plot``: figures out of plain numbers, dark on light, readable in print and without colours.

Uses matplotlib's drawing canvas directly, without pyplot: no window, no global state. Texts come from the database and
are drawn as they are, never read as mathematics. A heading says what is shown and in which unit; days without
watching are hatched.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

BLUE, ORANGE, INK, SOFT, LINE = "#2a6ab0", "#b4531a", "#1b2430", "#576275", "#dce2e9"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_BARS = 16
LONGEST_NAME = 90
EACH_DAY_UP_TO = 14
WEEKS_UP_TO = 92
"""Of so many days, each is named, or else each Monday; of more, each month."""


def new_figure(width: float, height: float, panels: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure with panels one below the other, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    drawn: list[Axes] = list(figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0])
    for panel in drawn:
        for side in ("top", "right", "left"):
            panel.spines[side].set_visible(False)
        panel.spines["bottom"].set_color(SOFT)
        panel.tick_params(labelsize=8, length=0, colors=SOFT)
        panel.set_axisbelow(True)
    return figure, drawn


def headed(figure: Figure, title: str, told: str) -> Figure:
    """With a heading, and below it in small what is shown."""
    height = figure.get_figheight()
    room = 0.62 / height
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, 0, 1, 1 - room))  # type: ignore[call-arg]  # of the constrained one, which all of them have
    figure.text(0.012, 1 - 0.12 / height, plain(title), fontsize=12, weight="bold", color=INK, va="top")
    figure.text(0.012, 1 - 0.38 / height, plain(told), fontsize=8.5, color=SOFT, va="top")
    return figure


def plain(name: str) -> str:
    """A text that matplotlib draws as it is; longer ones are cut."""
    shown = name.replace("_", " ")
    shown = shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in shown).replace("$", r"\$")


def bars(names: Sequence[str], values: Sequence[float], colour: str = BLUE) -> Figure:
    """Horizontal bars, the first on top, each with its value; more than a page holds are left out and counted."""
    left_out = len(names) - MOST_BARS
    names, values = names[:MOST_BARS], values[:MOST_BARS]
    figure, (panel,) = new_figure(7.2, max(1.0 + 0.27 * len(names), 1.8))
    places = np.arange(len(names))
    panel.barh(places, values, color=colour, height=0.62)
    panel.set_yticks(places, [plain(name) for name in names], fontsize=9, color=INK)
    panel.invert_yaxis()
    panel.xaxis.set_visible(False)
    panel.spines["bottom"].set_visible(False)
    for place, value in zip(places, values, strict=True):
        panel.text(value, float(place), f"  {value:,.0f}", va="center", fontsize=8.5, color=INK)
    panel.set_xlim(0, max([*values, 1e-9]) * 1.15)
    if left_out > 0:
        panel.text(0, len(names) - 0.2, f"and {left_out:,} more", fontsize=8.5, color=SOFT, va="top")
        panel.set_ylim(len(names) + 0.3, -0.6)
    return _empty(figure, panel, names)


def day_columns(by_day: Mapping[str, float], unwatched: Collection[str] = (), colour: str = BLUE) -> Figure:
    """A column for each day; days without anything are empty, days that no camera watched are hatched."""
    days = [date.fromisoformat(day) for day in by_day]
    figure, (panel,) = new_figure(8.0, 3.2)
    panel.grid(axis="y", color=LINE, linewidth=0.8)
    panel.bar(np.arange(len(days)), list(by_day.values()), color=colour, width=0.8)
    hatched = [place for place, day in enumerate(by_day) if day in unwatched]
    with mpl.rc_context({"hatch.linewidth": 0.6}):
        for place in hatched:
            panel.axvspan(place - 0.5, place + 0.5, facecolor="none", edgecolor=SOFT, hatch="////", linewidth=0)
    if hatched:
        panel.set_xlabel("hatched: no camera was on", fontsize=8, color=SOFT)
    panel.set_xlim(-0.6, len(days) - 0.4)
    named = [place for place, day in enumerate(days) if _is_named(day, len(days))]
    panel.set_xticks(named, [_day_name(days[place], len(days)) for place in named], fontsize=8)
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    return figure


def _is_named(day: date, count: int) -> bool:
    if count <= EACH_DAY_UP_TO:
        return True
    if count <= WEEKS_UP_TO:
        return day.weekday() == 0
    return day.day == 1 and (count <= 6 * 366 or day.month == 1) and (count <= 2 * 366 or day.month in (1, 7))


def _day_name(day: date, count: int) -> str:
    if count <= EACH_DAY_UP_TO:
        return f"{WEEKDAYS[day.weekday()]}\n{day.day}.{day.month}."
    return f"{day.day} {day:%b}" if count <= WEEKS_UP_TO else f"{day:%b}\n{day.year}"


def hour_map(by_hour: Mapping[tuple[str, int], float], rows: Sequence[tuple[str, str]], unit: str) -> Figure:
    """A field for each hour of each row; ``rows``: key and name."""
    values = np.array([[by_hour.get((key, hour), 0) for hour in range(24)] for key, _ in rows], dtype=float)
    figure, (panel,) = new_figure(8.0, 1.5 + 0.28 * max(len(rows), 1))
    if values.size:
        image = panel.pcolormesh(values, cmap="Blues", vmin=0, vmax=values.max() or 1, edgecolors="white", linewidth=1)
        scale = figure.colorbar(image, ax=panel, pad=0.01)
        scale.set_label(unit, fontsize=8, color=SOFT)
        scale.ax.tick_params(labelsize=8, length=0, colors=SOFT)
        scale.outline.set_visible(False)
    panel.set_yticks(np.arange(len(rows)) + 0.5, [plain(name) for _, name in rows], fontsize=9, color=INK)
    panel.invert_yaxis()
    panel.set_xticks(range(0, 25, 3), [f"{hour}:00" for hour in range(0, 25, 3)], fontsize=8)
    panel.spines["bottom"].set_visible(False)
    return _empty(figure, panel, rows)


def lines(series: Mapping[str, Sequence[tuple[date, float | None]]]) -> Figure:
    """One panel for each kind of value, named above it, with time below."""
    if not any(series.values()):
        figure, (panel,) = new_figure(8, 2.4)
        return _empty(figure, panel, ())
    figure, panels = new_figure(8, 0.9 + 1.9 * len(series), len(series))
    for panel, (name, points) in zip(panels, series.items(), strict=False):
        known = [(day, value) for day, value in points if value is not None]
        days = [day for day, _ in known]
        panel.grid(axis="y", color=LINE, linewidth=0.8)
        panel.plot(days, [value for _, value in known], "o-", color=BLUE, markersize=5, linewidth=1.4, clip_on=False)  # type: ignore[arg-type]  # days are drawn as they are
        panel.set_title(plain(name), fontsize=9, color=INK, loc="left")
        panel.set_ylim(0, 1.15 * max([value for _, value in known] or [1]))
        panel.yaxis.set_major_locator(MaxNLocator(4))
    shown = [day for points in series.values() for day, _ in points]
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    panels[-1].xaxis.set_major_locator(locator)
    panels[-1].xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    if min(shown) == max(shown):
        panels[-1].set_xlim(min(shown) - timedelta(days=3), max(shown) + timedelta(days=3))  # type: ignore[arg-type]
    return figure


def _empty(figure: Figure, panel: Axes, held: Sequence[object]) -> Figure:
    if not held:
        panel.text(0.5, 0.5, "nothing is known", ha="center", va="center", transform=panel.transAxes, fontsize=10)
        panel.set_yticks([])
        panel.set_xticks([])
    return figure
