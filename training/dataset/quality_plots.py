"""Pictures of what a file of landmarks holds; the figures come from ``quality``.

Draws on matplotlib's canvas directly: no window, no global state.
"""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from core.errors import OutputError
from core.names import shown_name
from training.dataset.quality import RATE_EDGES_HZ, UNLABELLED, Quality

DPI = 110
REAL, SYNTHETIC, UNUSED = "tab:blue", "tab:orange", "0.75"
_MOST_VIEWS = 16


def draw_plots(quality: Quality, folder: Path) -> list[Path]:
    """Write classes.png, tracks.png and views.png; raises OutputError where that is not possible."""
    figures: Mapping[str, Figure] = {
        "classes.png": _classes(quality),
        "tracks.png": _tracks(quality),
        "views.png": _views(quality),
    }
    for name, figure in figures.items():
        FigureCanvasAgg(figure)
        try:
            figure.savefig(folder / name, dpi=DPI)
        except OSError as error:
            raise OutputError(f"{shown_name(folder / name)}: cannot be written ({error.strerror})") from None
    return [folder / name for name in figures]


def _classes(quality: Quality) -> Figure:
    """Minutes of each class, with its groups beside."""
    names = [*quality.missing, *reversed(quality.classes)]
    figure = Figure(figsize=(9.0, 0.32 * len(names) + 1.4), layout="constrained")
    axes = figure.add_subplot()
    whole = np.array([quality.classes[name].seconds / 60 if name in quality.classes else 0.0 for name in names])
    drawn = np.array(
        [quality.classes[name].synthetic_seconds / 60 if name in quality.classes else 0.0 for name in names]
    )
    colours = [UNUSED if name == UNLABELLED else REAL for name in names]
    axes.barh(range(len(names)), whole - drawn, color=colours, label="real")
    axes.barh(range(len(names)), drawn, left=whole - drawn, color=SYNTHETIC, label="synthetic")
    for row, name in enumerate(names):
        count = quality.classes.get(name)
        text = f" {_counted(count.groups, 'group')}, {_counted(count.recordings, 'recording')}" if count else " none"
        axes.text(whole[row], row, text, va="center", fontsize=8, color="tab:red" if not count else "black")
    axes.set_yticks(range(len(names)), [name.replace("_", " ") or "(no label)" for name in names])
    axes.set_xlim(0, max(float(whole.max(initial=0.0)) * 1.3, 0.1))
    axes.set_xlabel("minutes of one person")
    axes.set_title(
        f"{quality.seconds / 60:.0f} minutes, {_counted(quality.recordings, 'recording')}, "
        f"{_counted(quality.groups, 'group')}"
    )
    if drawn.any():
        axes.legend(loc="lower right", fontsize=8)
    return figure


def _tracks(quality: Quality) -> Figure:
    """Lengths, frame rates, people and visibility."""
    figure = Figure(figsize=(11.0, 7.0), layout="constrained")
    lengths, rates, people, visibility = figure.subplots(2, 2).ravel()
    seconds = np.array([fact.seconds for fact in quality.facts if fact.seconds > 0])
    if len(seconds):
        low, high = max(float(seconds.min()), 0.03), max(float(seconds.max()), 1.0)
        lengths.hist(seconds, bins=list(np.geomspace(low, high * 1.001, 25)), color=REAL)
        lengths.set_xscale("log")
        lengths.xaxis.set_major_formatter("{x:g}")
    _titled(lengths, "Length of the tracks", "seconds", "tracks")
    counts, edges = np.histogram([fact.rate_hz for fact in quality.facts if fact.rate_hz > 0], bins=RATE_EDGES_HZ)
    _bars(rates, [f"{low:g}–{high:g}" for low, high in pairwise(edges.tolist())], counts.tolist())
    rates.tick_params(axis="x", labelrotation=45)
    _titled(rates, "Frame rates", "frames a second", "tracks")
    _bars(people, [str(number) for number in quality.people], list(quality.people.values()))
    _titled(people, "Tracks in a recording", "tracks", "recordings")
    _visibility(visibility, quality)
    return figure


def _visibility(axes: Axes, quality: Quality) -> None:
    names = [name for name in reversed(quality.classes) if np.isfinite(quality.classes[name].visibility)]
    axes.barh(range(len(names)), [quality.classes[name].visibility for name in names], color=REAL)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") or "(no label)" for name in names], fontsize=8)
    axes.set_xlim(0, 1)
    _titled(axes, "Visibility of the joints", "mean, 0 to 1", "")


def _views(quality: Quality) -> Figure:
    """Minutes by class and view."""
    names = [name for name in quality.classes if name != UNLABELLED]
    views = sorted(quality.views, key=lambda view: -sum(quality.views[view].values()))
    shown, rest = views[:_MOST_VIEWS], views[_MOST_VIEWS:]
    table = np.array([[quality.views[view].get(name, 0.0) for view in shown] for name in names], np.float64)
    table = table.reshape(len(names), len(shown))
    titles = [view or "(not told)" for view in shown]
    if rest:
        others = [[sum(quality.views[view].get(name, 0.0) for view in rest)] for name in names]
        table, titles = np.concatenate([table, others], axis=1), [*titles, f"{len(rest)} more"]
    figure = Figure(figsize=(max(5.0, 0.8 * len(titles) + 2.5), 0.34 * len(names) + 2.0), layout="constrained")
    axes = figure.add_subplot()
    if table.size:
        axes.imshow(np.sqrt(table), aspect="auto", cmap="Blues")
        dark = float(table.max()) / 3
        for row, column in np.ndindex(table.shape):
            text = f"{table[row, column] / 60:.1f}" if table[row, column] else "–"
            colour = "white" if table[row, column] > dark else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_xticks(range(len(titles)), titles, rotation=45, ha="right", fontsize=8, parse_math=False)
    axes.set_title("Minutes by view")
    return figure


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _bars(axes: Axes, names: list[str], counts: list[int]) -> None:
    axes.bar(range(len(names)), counts, color=REAL)
    axes.set_xticks(range(len(names)), names)


def _titled(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
