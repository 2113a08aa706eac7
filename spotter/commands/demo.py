"""``spotter demo``: the whole analysis on a recording that the project draws itself, beside the exact truth."""

import hashlib
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import OutputError, SpotterError
from core.names import shown_name
from spotter.cli import complain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ingest.rehearsal.clip import ClipTruth
    from ingest.rehearsal.script import SetTruth
    from spotter.analysis import ClipAnalysis, PersonAnalysis
    from workers.exercise.results import ExerciseSet

END_TOLERANCE_S = 0.5
"""How far a counted repetition's end may lie from the true one to be the same: the tolerance of the evaluation on real
clips."""


@dataclass(frozen=True, slots=True)
class Row:
    """One set of the truth beside what was counted in its time; one of the two may be missing."""

    person: int
    """Number of the person in the drawn clip, counted from 1; 0 for someone who is not in it."""
    truth: "SetTruth | None"
    counted: "ExerciseSet | None"


@click.command(short_help="Analyze a recording that Spotter draws itself.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Folder for the annotated video, the plot and the landmarks.",
)
@click.option("--keep", is_flag=True, help="Also put the drawn clip and its truth into the folder.")
def demo(folder: Path, keep: bool) -> int:
    """Draw a recording of two people who train, analyze it, and show the result beside the truth.

    The drawn recording is synthetic: people made of shaded limbs in true perspective. It is drawn once and kept in the
    user's cache folder.
    """
    from ingest.rehearsal.clip import demo_scene, truth_of
    from spotter.commands.analyze import Parts, Targets, analyze_clip
    from workers.exercise.catalogue import load_catalogue
    from workers.exercise.trainee import Trainee
    from workers.people.finder import open_finder

    _make_folder(folder)
    clip = _drawn_clip()
    targets = Targets(folder / "demo.annotated.mp4", folder / "demo.plot.png", folder / "demo.keypoints.npz")
    analyses: list[ClipAnalysis] = []
    complaints = analyze_clip(clip, targets, Parts(open_finder, partial(Trainee, load_catalogue())), analyses.append)
    if keep:
        _copy(clip, folder)
    truth = truth_of(demo_scene())
    whose = same_people(clip.with_suffix(".npz"), folder / "demo.keypoints.npz")
    _print(rows(truth, analyses[0], whose), truth.duration_s, analyses[0])
    for made in sorted(folder.glob("demo.*")):
        click.echo(f"  {shown_name(made)}")
    for complaint in complaints:
        complain(complaint)
    return SpotterError.exit_code if complaints else 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        name = shown_name(folder)
        raise OutputError(f"--out {name}: cannot be made ({error.strerror}); choose another folder") from error


def _drawn_clip() -> Path:
    """The drawn clip in the cache folder; drawn if this version of the drawing code has not done so yet."""
    from ingest.rehearsal import clip as drawing
    from workers.models.store import cache_dir

    sources = sorted(Path(drawing.__file__).parent.glob("*.py"))
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    path = cache_dir() / "rehearsal" / f"demo-{version}.mp4"
    if not all(path.with_suffix(suffix).is_file() for suffix in drawing.CLIP_SUFFIXES):
        click.echo("drawing the clip, once", err=True)
        for old in path.parent.glob("demo-*"):
            old.unlink(missing_ok=True)
        drawing.write_clip(path, drawing.demo_scene())
    return path


def _copy(clip: Path, folder: Path) -> None:
    from ingest.rehearsal.clip import CLIP_SUFFIXES

    for suffix in CLIP_SUFFIXES:
        try:
            shutil.copyfile(clip.with_suffix(suffix), folder / f"demo{suffix}")
        except OSError as error:
            raise OutputError(f"{shown_name(folder)}: cannot be written to ({error.strerror})") from error


def same_people(true_landmarks: Path, keypoints: Path) -> dict[int, int]:
    """Which person of the drawn clip each found person is: found number to number in the clip, counted from 1.

    The nearest by the middle of the hips, median over all frames in which the person was found.
    """
    import numpy as np

    with np.load(true_landmarks) as drawn, np.load(keypoints) as found:
        hips = drawn["landmarks"][:, :, 23:25].mean(axis=2)
        whose = {}
        for person in np.unique(found["person"]):
            mine = found["person"] == person
            middle = found["landmarks"][mine][:, 23:25, :2].mean(axis=1)
            away = np.linalg.norm(hips[found["frame"][mine]] - middle[:, None], axis=2)
            whose[int(person)] = int(np.median(away, axis=0).argmin()) + 1
    return whose


def rows(truth: "ClipTruth", analysis: "ClipAnalysis", whose: dict[int, int]) -> list[Row]:
    """Lay counted sets beside the true ones: each to the true set of the same person that it shares most time with."""
    result: list[Row] = []
    for number, sets in enumerate(truth.people, start=1):
        mine = [person for person in analysis.people if whose.get(person.person) == number]
        result += _rows_of(number, sets, mine)
    strangers = [person for person in analysis.people if person.person not in whose]
    return result + [Row(0, None, done) for person in strangers for done in person.sets]


def _rows_of(number: int, sets: "Sequence[SetTruth]", mine: "Sequence[PersonAnalysis]") -> list[Row]:
    left = [done for person in mine for done in person.sets]
    result = []
    for true in sets:
        best = max(left, key=lambda done: _shared_s(true, done), default=None)
        if best is not None and _shared_s(true, best) > 0:
            left.remove(best)
            result.append(Row(number, true, best))
        else:
            result.append(Row(number, true, None))
    return result + [Row(number, None, done) for done in left]


def _shared_s(true: "SetTruth", done: "ExerciseSet") -> float:
    return min(true.end_s, done.end_s) - max(true.start_s, done.start_s)


def matched_ends(true: "Sequence[float]", counted: "Sequence[float]") -> int:
    """How many true ends have a counted end of their own within ``END_TOLERANCE_S``; both in ascending order."""
    found, at = 0, 0
    for end in true:
        while at < len(counted) and counted[at] < end - END_TOLERANCE_S:
            at += 1
        if at < len(counted) and counted[at] <= end + END_TOLERANCE_S:
            found, at = found + 1, at + 1
    return found


def _print(lines: "Sequence[Row]", duration_s: float, analysis: "ClipAnalysis") -> None:
    from spotter.table import open_console

    console = open_console()
    rate = f"{analysis.frames} frames at {analysis.frames_per_second:.4g}/s"
    console.print(f"[bold]a drawn clip (synthetic)[/bold]  {duration_s:.1f} s, {rate}", highlight=False)
    console.print(_table(lines))
    true = sum(len(row.truth.rep_end_s) for row in lines if row.truth)
    counted = sum(len(row.counted.counted) for row in lines if row.counted)
    console.print(f"  counted {counted} repetitions of {true} drawn ones (synthetic)", highlight=False)


def _faults_text(true: "SetTruth") -> str:
    from spotter.table import number_ranges

    numbers: dict[str, list[int]] = {}
    for rep, fault in sorted(true.faults.items()):
        numbers.setdefault(fault, []).append(rep)
    return ", ".join(f"{fault.replace('_', ' ')} (rep {number_ranges(reps)})" for fault, reps in numbers.items())


def _table(lines: "Sequence[Row]") -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from spotter.table import exercise_text, form_text, reps_text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("drawn", "reps", "faults", "found", "reps", f"ends ±{END_TOLERANCE_S} s", "form"):
        table.add_column(name, overflow="fold", justify="right" if name == "reps" else "left")
    shown = 0
    for row in lines:
        if row.person != shown:
            table.add_row(f"[bold]person {row.person}[/bold]" if row.person else "[bold]nobody[/bold]")
            shown = row.person
        true, done = row.truth, row.counted
        ends = ""
        if true is not None:
            counted = [rep.end_s for rep in done.counted] if done else []
            ends = f"{matched_ends(true.rep_end_s, counted)} of {len(true.rep_end_s)}"
        table.add_row(
            true.exercise.replace("_", " ") if true else "[dim]nothing[/dim]",
            str(len(true.rep_end_s)) if true else "",
            _faults_text(true) if true else "",
            exercise_text(done) if done else "[dim]nothing[/dim]",
            reps_text(done) if done else "",
            ends,
            form_text(done) if done else "",
        )
    return table
