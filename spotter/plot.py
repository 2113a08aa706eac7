"""A picture of one analyzed recording: each person's progress signal with the counted and the rejected repetitions.

Uses matplotlib's drawing canvas directly, without pyplot: no window, no global state.
"""

import math
import string
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core.frame import Frame
from core.names import shown_name
from spotter.analysis import ClipAnalysis, PersonAnalysis, Seen
from spotter.replacing import ReplacingFile, output_errors
from spotter.table import clock_text, reps_text
from workers.exercise.results import ExerciseSet, ProgressTrace

PANEL_INCHES = 2.0
MAX_FIGURE_INCHES = 100.0
"""Fifty people of full height; more share this height, since no viewer opens pictures that are longer still."""
MIN_WIDTH_INCHES, MAX_WIDTH_INCHES, SECONDS_PER_INCH = 10.0, 40.0, 6.0
DPI = 110
NUMBERED_REPS_PER_INCH = 3.0
"""With more repetitions than this every second, fifth or tenth gets its number; closer numbers overlap."""
SET_COLOURS = ("tab:blue", "tab:green", "tab:purple", "tab:brown", "tab:cyan", "tab:olive")
REJECTED = "tab:red"
HOLE_S = 0.5
"""Not seen for longer, a line across would look like a movement; camera rates down to 4 frames/s stay joined."""
NAME_INCHES_PER_LETTER = 0.085
"""Of the bold nine-point letters of a set's name; a little too much, so that names keep a distance."""
LEGEND = "\u25cf counted   \u25cb? tentative   ! with a form fault"


class PlotFile:
    """Writes the plot when the recording has ended; see ``spotter.outputs.Output``."""

    def __init__(self, target: Path) -> None:
        self._replacing = ReplacingFile(target)

    def add(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Take one frame; the plot needs none of it."""

    def finish(self, analysis: ClipAnalysis) -> None:
        """Draw the plot and put it in its place."""
        with output_errors(self._replacing.target):
            with self._replacing.path.open("wb") as file:
                figure(analysis).savefig(file, format=self._replacing.target.suffix[1:].lower(), dpi=DPI)
            self._replacing.commit()

    def discard(self) -> None:
        """Remove what was written, unless the file is in its place already."""
        self._replacing.discard()


def figure(analysis: ClipAnalysis) -> Figure:
    """Draw one panel for each person with a set; who has none is named below the title."""
    trained = [person for person in analysis.people if person.sets]
    others = [f"#{person.person}" for person in analysis.people if not person.sets]
    panels = max(len(trained), 1)
    width = min(max(analysis.duration_s / SECONDS_PER_INCH, MIN_WIDTH_INCHES), MAX_WIDTH_INCHES)
    height = min(panels * PANEL_INCHES + 1.0, MAX_FIGURE_INCHES)
    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(fig)
    # A dollar sign would begin mathematics.
    title = f"{shown_name(Path(analysis.source).name)}  ({clock_text(analysis.duration_s)})".replace("$", r"\$")
    without = f"\nwithout a set: {', '.join(others)}" if others else ""
    fig.suptitle(title + without, fontsize=11)
    axes: np.ndarray = fig.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
    letters = _letters(trained)
    for panel, person in zip(axes, trained, strict=False):
        _draw_person(panel, person, letters, width, analysis.duration_s)
    if not trained:
        axes[0].text(0.5, 0.5, "no set was seen", ha="center", va="center", transform=axes[0].transAxes)
        axes[0].set_yticks([])
    axes[0].set_xlim(0, max(analysis.duration_s, 0.1))
    axes[-1].set_xlabel(_footer(letters), fontsize=9, parse_math=False)
    return fig


def _letters(people: Sequence[PersonAnalysis]) -> dict[str, str]:
    """Give each reason for a rejection a letter, the most frequent first: in full they would hide the curve."""
    counts = Counter(rejected.reason for person in people for done in person.sets for rejected in done.rejected)
    names = (*string.ascii_lowercase, *string.ascii_uppercase)
    return {reason: names[min(at, len(names) - 1)] for at, (reason, _count) in enumerate(counts.most_common())}


def _footer(letters: dict[str, str]) -> str:
    reasons = "".join(f"   {letter} {reason}" for reason, letter in letters.items())
    return "seconds\n" + LEGEND + ("   \u00d7 not counted:" + reasons if reasons else "")


def _draw_person(
    panel: Axes, person: PersonAnalysis, letters: dict[str, str], width_inches: float, duration_s: float
) -> None:
    panel.margins(y=0.25)
    panel.grid(visible=True, axis="x", alpha=0.25)
    panel.tick_params(labelsize=8)
    units = {done.trace.unit for done in person.sets if done.trace is not None}
    panel.set_ylabel(f"#{person.person}  {' / '.join(sorted(units))}", fontsize=9)
    per_inch = sum(len(done.reps) for done in person.sets) / width_inches
    step = next(step for step in (1, 2, 5, 10, 20, 50, math.inf) if per_inch <= NUMBERED_REPS_PER_INCH * step)
    seconds_per_inch = max(duration_s, 0.1) / width_inches
    rows_end_s: list[float] = []
    for index, done in enumerate(person.sets):
        colour = SET_COLOURS[index % len(SET_COLOURS)]
        _draw_set(panel, done, colour, step)
        _draw_rejected(panel, done, letters)
        name = f"{done.exercise.replace('_', ' ')}  {reps_text(done)}"
        row = next((row for row, end_s in enumerate(rows_end_s) if end_s <= done.start_s), len(rows_end_s))
        rows_end_s[row : row + 1] = [done.start_s + (len(name) + 2) * NAME_INCHES_PER_LETTER * seconds_per_inch]
        _name_set(panel, name, done.start_s, row, colour)
    for boundary in (person.first_s, person.last_s):
        panel.axvline(boundary, color="0.6", linewidth=0.8, linestyle=":")


def _draw_set(panel: Axes, done: ExerciseSet, colour: str, number_step: float) -> None:
    panel.axvspan(done.start_s, done.end_s, color=colour, alpha=0.10, linewidth=0)
    if done.trace is not None and done.trace.time_s:
        panel.plot(*broken_at_holes(done.trace), color=colour, linewidth=1.2)
    for number, rep in enumerate(done.reps, start=1):
        at = (rep.end_s, _level(done.trace, rep.end_s))
        panel.plot(*at, "o", color=colour, markersize=5, fillstyle="none" if rep.tentative else "full")
        if number % number_step == 0 or number == len(done.reps):
            fault = any(verdict.verdict == "fault" for verdict in rep.verdicts)
            text = f"{number}{'?' if rep.tentative else ''}{'!' if fault else ''}"
            panel.annotate(
                text, at, xytext=(0, 5), textcoords="offset points", fontsize=8, ha="center", va="bottom", zorder=5,
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.7, "linewidth": 0},
            )  # fmt: skip


def _draw_rejected(panel: Axes, done: ExerciseSet, letters: dict[str, str]) -> None:
    for rejected in done.rejected:
        at = (rejected.at_s, _level(done.trace, rejected.at_s))
        panel.plot(*at, "x", color=REJECTED, markersize=4, alpha=0.8)
        panel.annotate(
            letters[rejected.reason], at, xytext=(0, -4), textcoords="offset points", fontsize=7, color=REJECTED,
            ha="center", va="top",
        )  # fmt: skip


def _name_set(panel: Axes, name: str, start_s: float, row: int, colour: str) -> None:
    """Write a set's name above the panel, in a higher row where it would run into the name before it."""
    panel.annotate(
        name, (start_s, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2 + 11 * row), textcoords="offset points",
        ha="left", va="bottom", fontsize=9, fontweight="bold", color=colour, annotation_clip=False, parse_math=False,
    )  # fmt: skip


def broken_at_holes(trace: ProgressTrace) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put a NaN into every hole of a trace, (N,) and (N,) float64, so that no line is drawn where nobody was seen."""
    times, values = np.asarray(trace.time_s, dtype=float), np.asarray(trace.value, dtype=float)
    holes = np.flatnonzero(np.diff(times) > HOLE_S) + 1
    return np.insert(times, holes, times[holes]), np.insert(values, holes, np.nan)


def _level(trace: ProgressTrace | None, time_s: float) -> float:
    """Read a trace at a time; between the nearest known values where the person was not seen, 0 without any."""
    if trace is None:
        return 0.0
    times, values = np.asarray(trace.time_s, dtype=float), np.asarray(trace.value, dtype=float)
    known = np.isfinite(values)
    return float(np.interp(time_s, times[known], values[known])) if known.any() else 0.0
