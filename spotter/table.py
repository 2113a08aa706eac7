"""The table of one analyzed recording for a terminal or a pipe. Pure but for the terminal's width and colours."""

import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.names import shown_name
from spotter.analysis import ClipAnalysis
from workers.exercise.results import ExerciseSet

PIPE_WIDTH = 120
"""Columns when standard output is no terminal: wide enough for two cues on a line, narrow enough for a mail."""


def open_console() -> Console:
    """Open standard output for tables: as wide as the terminal, or ``PIPE_WIDTH`` and without colours in a pipe."""
    return Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def print_analysis(console: Console, analysis: ClipAnalysis) -> None:
    """Print one recording: a line about it, a row per set, and what is to be said of the file."""
    name = escape(shown_name(analysis.source))
    rate = f"{analysis.frames} frames at {analysis.frames_per_second:.4g}/s"
    facts = f"{clock_text(analysis.duration_s)}, {rate}, {analysis.width}x{analysis.height}"
    console.print(f"[bold]{name}[/bold]  {facts}", soft_wrap=True, highlight=False)
    if analysis.people:
        console.print(_table(analysis))
    else:
        console.print("  nobody was seen", highlight=False)
    for note in [*([analysis.truncated] if analysis.truncated else []), *analysis.notes]:
        console.print(f"  note: {escape(note)}", soft_wrap=True, highlight=False)
    console.print()


def _table(analysis: ClipAnalysis) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("person", justify="right", no_wrap=True)
    table.add_column("exercise", overflow="fold")
    table.add_column("reps", justify="right", no_wrap=True)
    table.add_column("time", no_wrap=True)
    table.add_column("form", overflow="fold")
    for person in analysis.people:
        for done in person.sets:
            table.add_row(f"#{person.person}", exercise_text(done), reps_text(done), _span(done), form_text(done))
        if not person.sets:
            span = f"{clock_text(person.first_s)}-{clock_text(person.last_s)}"
            table.add_row(f"#{person.person}", "[dim]no set[/dim]", "", span, "")
    return table


def _span(done: ExerciseSet) -> str:
    return f"{clock_text(done.start_s)}-{clock_text(done.end_s)}"


def exercise_text(done: ExerciseSet) -> str:
    """Name an exercise with spaces, and how sure that is unless it is unknown anyway; in rich's markup."""
    name = escape(done.exercise.replace("_", " "))
    return name if done.exercise == "unknown" else f"{name} [dim]{done.confidence:.0%}[/dim]"


def reps_text(done: ExerciseSet) -> str:
    """Write ``12``, ``12 +1?`` with one more in doubt, or ``31.5 s`` for a hold."""
    if done.hold_s is not None:
        return f"{done.hold_s:.1f} s"
    doubtful = f" +{done.tentative}?" if done.tentative else ""
    return f"{len(done.counted)}{doubtful}"


def form_text(done: ExerciseSet) -> str:
    """List each cue once with the numbers of the repetitions it belongs to, if any; in rich's markup."""
    numbers: dict[str, list[int]] = {}
    for number, rep in enumerate(done.counted, start=1):
        for verdict in rep.verdicts:
            if verdict.verdict == "fault":
                numbers.setdefault(verdict.cue, []).append(number)
    of_reps = [f"{escape(cue)} [dim](rep {number_ranges(reps)})[/dim]" for cue, reps in numbers.items()]
    of_hold = [escape(verdict.cue) for verdict in done.hold_verdicts if verdict.verdict == "fault"]
    return "\n".join(of_reps + of_hold)


def number_ranges(numbers: list[int]) -> str:
    """Write ascending numbers briefly: ``1-3, 7``."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def clock_text(time_s: float) -> str:
    """Write seconds as ``m:ss.t``, with hours from the first hour on."""
    tenths = round(time_s * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02}:{rest // 10:02}.{rest % 10}" if hours else f"{minutes}:{rest // 10:02}.{rest % 10}"
    return f"{hours}:{text}" if hours else text
