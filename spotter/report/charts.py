"""The plots of reports and of ``spotter plot``: figures out of plain numbers, dark on light, also readable in print.

Uses matplotlib's drawing canvas directly, without pyplot: no window, no global state. Texts come from the database and
are drawn as they are, never read as mathematics.
"""

import io
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

BLUE, ORANGE, GREY, RED = "#2b6cb0", "#c05621", "#a0aec0", "#c53030"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_BARS = 16
LONGEST_NAME = 90
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure with one panel, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    panel: Axes = figure.subplots()
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(labelsize=8)
    return figure, panel


def inline_svg(figure: Figure, told: str) -> str:
    """A figure as an element of a page; ``told`` is what is read out instead of it, already escaped."""
    target = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": told, "font.family": "sans-serif"}):
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    text = _METADATA.sub("", target.getvalue())
    text = text[text.index("<svg") :]
    return text.replace("<svg", f'<svg role="img" aria-label="{told}"', 1)


def plain(name: str) -> str:
    """A text that matplotlib draws as it is; longer ones are cut."""
    shown = name.replace("_", " ")
    shown = shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in shown).replace("$", r"\$")


def bars(
    names: Sequence[str], values: Sequence[float], unit: str, colour: str = BLUE, shown: str = "{:,.0f}"
) -> Figure:
    """Horizontal bars, the first on top, each with its value; more than a page holds are left out and counted."""
    left_out = len(names) - MOST_BARS
    names, values = names[:MOST_BARS], values[:MOST_BARS]
    figure, panel = new_figure(6.4, 0.55 + 0.27 * max(len(names), 1))
    places = np.arange(len(names))
    panel.barh(places, values, color=colour, height=0.7)
    panel.set_yticks(places, [plain(name) for name in names], fontsize=9)
    panel.invert_yaxis()
    for place, value in zip(places, values, strict=True):
        panel.text(value, float(place), " " + shown.format(value), va="center", fontsize=8)
    panel.set_xlim(0, max([*values, 1e-9]) * 1.15)
    more = f"   (and {left_out} more)" if left_out > 0 else ""
    panel.set_xlabel(unit + more, fontsize=8)
    return _empty(figure, panel, names)


def day_columns(by_day: Mapping[str, float], unit: str, unwatched: Collection[str] = (), colour: str = BLUE) -> Figure:
    """A column for each day; days without anything are empty, days that no camera watched are grey."""
    days = [date.fromisoformat(day) for day in by_day]
    figure, panel = new_figure(7.2, 2.5)
    places = np.arange(len(days))
    panel.bar(places, list(by_day.values()), color=colour, width=0.8)
    for place, day in enumerate(by_day):
        if day in unwatched:
            panel.axvspan(place - 0.5, place + 0.5, color=GREY, alpha=0.35, linewidth=0)
    if any(day in unwatched for day in by_day):
        panel.set_xlabel("grey: no camera was on", fontsize=8)
    panel.set_xlim(-0.6, len(days) - 0.4)
    step = max(1, -(-len(days) // 12))
    short = [f"{WEEKDAYS[day.weekday()]}\n{day.day}.{day.month}." for day in days[::step]]
    names = short if len(days) <= 62 else [f"{day.day}.{day.month}.\n{day.year}" for day in days[::step]]
    panel.set_xticks(places[::step], names, fontsize=8)
    panel.set_ylabel(unit, fontsize=8)
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    return figure


def hour_columns(by_hour: Mapping[int, int], colour: str = BLUE) -> Figure:
    """Visits in each hour of one day."""
    figure, panel = new_figure(7.2, 2.3)
    panel.bar(range(24), [by_hour.get(hour, 0) for hour in range(24)], color=colour, width=0.85)
    panel.set_xticks(range(0, 24, 2), [f"{hour}:00" for hour in range(0, 24, 2)], fontsize=8)
    panel.set_ylabel("visits", fontsize=8)
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    return figure


def hour_map(by_hour: Mapping[tuple[str, int], float], rows: Sequence[tuple[str, str]], unit: str) -> Figure:
    """A field for each hour of each row; ``rows``: key and name."""
    values = np.array([[by_hour.get((key, hour), 0) for hour in range(24)] for key, _ in rows], dtype=float)
    figure, panel = new_figure(7.2, 0.8 + 0.28 * max(len(rows), 1))
    if values.size:
        image = panel.imshow(values, aspect="auto", cmap="Blues", vmin=0, vmax=max(values.max(), 1))
        figure.colorbar(image, ax=panel, label=unit, pad=0.01).ax.tick_params(labelsize=8)
    panel.set_yticks(range(len(rows)), [plain(name) for _, name in rows], fontsize=8)
    panel.set_xticks(range(0, 24, 2), [f"{hour}" for hour in range(0, 24, 2)], fontsize=8)
    panel.set_xlabel("hour of the day", fontsize=8)
    return _empty(figure, panel, rows)


def lines(
    series: Mapping[str, Sequence[tuple[date, float]]], unit: str, title: str, panel_of: Callable[[str], str]
) -> Figure:
    """One panel for each kind of value, with time below; ``panel_of`` names the unit of a series."""
    figure = Figure(figsize=(8, 2.2 * max(len(series), 1) + 0.5), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(plain(title), fontsize=11)
    panels = figure.subplots(max(len(series), 1), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (name, points) in zip(panels, series.items(), strict=False):
        known = [(day, value) for day, value in points if value is not None]
        panel.plot(
            [day for day, _ in known], [value for _, value in known], "o-", color=BLUE, markersize=3, linewidth=1
        )
        panel.set_ylabel(panel_of(name), fontsize=8)
        panel.set_ylim(0, 1.15 * max([value for _, value in known] or [1]))
        panel.grid(visible=True, alpha=0.3)
        panel.tick_params(labelsize=8)
    if not any(series.values()):
        panels[0].text(0.5, 0.5, "nothing is known", ha="center", va="center", transform=panels[0].transAxes)
    panels[-1].set_xlabel(unit, fontsize=8)
    figure.autofmt_xdate()
    return figure


def _empty(figure: Figure, panel: Axes, held: Sequence[object]) -> Figure:
    if not held:
        panel.text(0.5, 0.5, "nothing is known", ha="center", va="center", transform=panel.transAxes, fontsize=9)
        panel.set_yticks([])
        panel.set_xticks([])
    return figure
