"""``spotter dataset report``: a file of landmarks in; a table, a JSON document and pictures of what it holds out."""

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ExitCode, OutputError
from core.names import shown_name
from spotter.cli import complain

if TYPE_CHECKING:
    from rich.console import Console

    from training.dataset.quality import ClassCount, Quality

MOST_OTHERS = 10
"""Other movements that the table lists; the document has them all."""


@click.command(short_help="Count what a file of landmarks holds, and tell what is wrong with it.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Also write report.json and pictures here."
)
def report(file: Path, out: Path | None) -> int:
    """Count classes, people, views and frame rates of FILE, and look for what spoils a training.

    Problems (unusable landmarks, the same landmarks or recording in several groups, times that run back, labels of
    another spelling) stand on standard error, and the exit code is 4. Everything is shown in any case.
    """
    from spotter.table import open_console
    from training.dataset.landmarks import read_tracks
    from training.dataset.quality import as_document, examine
    from training.dataset.quality_plots import draw_plots

    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{shown_name(out)}: cannot be made ({error.strerror})") from None
    quality = examine(read_tracks(file))
    _print(open_console(), quality)
    if out is not None:
        try:
            text = json.dumps({"file": file.name, **as_document(quality)}, indent=1, ensure_ascii=False)
            (out / "report.json").write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{shown_name(out / 'report.json')}: cannot be written ({error.strerror})") from None
        pictures = draw_plots(quality, out)
        click.echo(f"written: {', '.join(shown_name(path) for path in (out / 'report.json', *pictures))}")
    for problem in quality.problems:
        complain(problem)
    return ExitCode.UNUSABLE if quality.problems else ExitCode.FINE


def _print(console: "Console", quality: "Quality") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("class")
    for title in ("groups", "recordings", "tracks", "frames", "minutes", "synthetic", "visible", "unusable"):
        table.add_column(title, justify="right")
    for name, count in quality.classes.items():
        table.add_row(name or "(no label)", *_cells(count))
        if name == "other":
            for other, part in islice(quality.others.items(), MOST_OTHERS):
                table.add_row(f"[dim]  {escape(other)}[/dim]", *(f"[dim]{cell}[/dim]" for cell in _cells(part)))
        if name == "other" and len(quality.others) > MOST_OTHERS:
            table.add_row(f"[dim]  and {len(quality.others) - MOST_OTHERS} more[/dim]")
    console.print(
        f"{quality.tracks} tracks of {quality.groups} groups in {quality.recordings} recordings, "
        f"{quality.frames} frames, {quality.seconds / 60:.1f} minutes",
        highlight=False,
    )
    console.print(table)
    people = ", ".join(f"{number} in {count}" for number, count in quality.people.items())
    console.print(f"tracks in a recording: {people}", highlight=False, soft_wrap=True)
    views = {view or "(not told)": sum(seconds.values()) / 60 for view, seconds in quality.views.items()}
    shown = ", ".join(f"{view} {minutes:.1f}" for view, minutes in sorted(views.items(), key=lambda item: -item[1]))
    console.print(escape(f"minutes by view: {shown}"), highlight=False, soft_wrap=True)
    if quality.missing:
        console.print(f"no frame of: {', '.join(quality.missing)}", highlight=False, soft_wrap=True)
    for remark in quality.remarks:
        console.print(escape(f"note: {remark}"), highlight=False, soft_wrap=True)


def _cells(count: "ClassCount") -> list[str]:
    return [
        str(count.groups),
        str(count.recordings),
        str(count.tracks),
        str(count.frames),
        f"{count.seconds / 60:.1f}",
        f"{count.synthetic_seconds / 60:.1f}" if count.synthetic_seconds else "",
        f"{count.visibility:.2f}" if count.visibility == count.visibility else "",
        f"{count.unusable / count.frames:.1%}" if count.unusable else "",
    ]
