"""``spotter demo``: the whole analysis on a gym that the project draws itself, beside the exact truth."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import OutputError, SpotterError
from core.names import shown_name
from spotter.cli import complain
from training.scoring import matched_events

if TYPE_CHECKING:
    from rich.table import Table

    from ingest.rehearsal.scene import Scene
    from ingest.rehearsal.truth import RecordedScene, SetTruth
    from spotter.demonstration import CameraResult
    from workers.exercise.results import ExerciseSet

END_TOLERANCE_S = 0.5
"""How far a counted repetition's end may lie from the true one to be the same: the tolerance of the evaluation on real
clips."""
SEEN_SHARE = 0.9
"""A camera that sees enough of a person in less of a set's time could not count all of it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One true set in one camera."""

    counted: "ExerciseSet | None"
    ends: int
    """How many true repetitions have a counted end of their own."""
    in_view: bool
    """Whether the camera sees enough of the person to count."""


@dataclass(frozen=True, slots=True)
class Row:
    """One true set, and what each camera made of it."""

    person: str
    truth: "SetTruth"
    cells: tuple[Cell, ...]


@click.command(short_help="Watch a gym that Spotter draws itself.")
@click.option("--scene", default="floor", show_default=True, help="A scene that ships with Spotter, or a scene file.")
@click.option("--camera", "cameras", multiple=True, metavar="ID", help="Only this camera; may be given more than once.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Folder for the annotated videos and the picture of all cameras.",
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
def demo(scene: str, cameras: tuple[str, ...], folder: Path, jobs: int) -> int:
    """Record a drawn gym with several cameras, analyze every camera, and show the result beside the truth.

    All of it is synthetic: people made of shaded limbs in true perspective. The scene is drawn once and kept in the
    user's cache folder.
    """
    from ingest.rehearsal.scene_file import load_scene
    from spotter.commands.rehearse import chosen_cameras, number_text
    from spotter.demonstration import analyze_cameras
    from workers.models.pull import ensure_pose_models

    loaded = load_scene(scene)
    chosen = {camera.id for camera in chosen_cameras(loaded, cameras)}
    _make_folder(folder)
    ensure_pose_models("full")
    recorded = recorded_scene(loaded, scene, jobs)
    watched = [camera for camera in recorded.truth.cameras if camera.id in chosen]
    click.echo(f"analyzing {number_text(len(watched), 'camera', 'cameras')}", err=True)
    results = analyze_cameras(recorded, watched, folder, jobs)
    _print(recorded, results)
    _write_picture(folder / "cameras.png", results)
    for made in [*(folder / f"{result.camera}.mp4" for result in results), folder / "cameras.png"]:
        click.echo(f"  {shown_name(made)}")
    complaints = [error for result in results for error in result.errors]
    for complaint in complaints:
        complain(complaint)
    return SpotterError.exit_code if complaints else 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        name = shown_name(folder)
        raise OutputError(f"--out {name}: cannot be made ({error.strerror}); choose another folder") from error


def recorded_scene(scene: "Scene", name: str, jobs: int) -> "RecordedScene":
    """The scene's recordings in the cache folder; drawn if this version of scene and code has not been yet."""
    from core.errors import ClipError
    from ingest.rehearsal import recording
    from ingest.rehearsal.gym import Gym
    from ingest.rehearsal.truth import read_scene
    from spotter.commands.rehearse import frame_bar, number_text
    from workers.models.store import cache_dir

    code = Path(recording.__file__).parent
    sources = [*sorted(code.rglob("*.py")), code / "scenes" / f"{name}.toml", Path(name)]
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources if source.is_file())).hexdigest()[:16]
    folder = cache_dir() / "rehearsal" / f"{scene.name}-{version}"
    try:
        return read_scene(folder)
    except ClipError:
        click.echo(f"drawing {number_text(len(scene.cameras), 'camera', 'cameras')}, once", err=True)
    for old in folder.parent.glob(f"{scene.name}-*"):
        shutil.rmtree(old, ignore_errors=True)
    with frame_bar("drawing") as progress:
        return recording.record_scene(Gym(scene), folder, scene.cameras, jobs=jobs, progress=progress)


def rows(recorded: "RecordedScene", results: "Sequence[CameraResult]") -> list[Row]:
    """Lay each camera's counted sets beside the true ones: each to the same person's that it shares most time with."""
    from spotter.demonstration import seen_share

    cameras = {camera.id: camera for camera in recorded.truth.cameras}
    truths = {result.camera: recorded.frames(cameras[result.camera]) for result in results}
    found = []
    for person in recorded.truth.people:
        for true in person.sets:
            cells = []
            for result in results:
                offset_s = cameras[result.camera].clock_offset_s
                mine = [done for number, done in result.sets if number == person.id]
                best = max(mine, key=lambda done: shared_s(true, done, offset_s), default=None)
                if best is not None and shared_s(true, best, offset_s) <= 0:
                    best = None
                ends = [rep.end_s - offset_s for rep in best.counted] if best else []
                seen = seen_share(true, truths[result.camera], person.id) >= SEEN_SHARE
                cells.append(Cell(best, matched_events(true.rep_end_s, ends, END_TOLERANCE_S), seen))
            found.append(Row(person.name, true, tuple(cells)))
    return found


def shared_s(true: "SetTruth", done: "ExerciseSet", offset_s: float) -> float:
    """How long a true set and a counted one, by a clock that is ahead by an offset, last together."""
    return min(true.end_s, done.end_s - offset_s) - max(true.start_s, done.start_s - offset_s)


def _print(recorded: "RecordedScene", results: "Sequence[CameraResult]") -> None:
    from spotter.commands.rehearse import number_text
    from spotter.table import open_console

    console, truth = open_console(), recorded.truth
    lines = rows(recorded, results)
    console.print(
        f"[bold]{truth.scene}[/bold], a drawn gym (synthetic): {number_text(len(truth.people), 'person', 'people')}, "
        f"{number_text(len(results), 'camera', 'cameras')}, {truth.duration_s:g} s, seed {truth.seed}",
        highlight=False,
    )
    console.print(_table(lines, [result.camera for result in results]))
    counted = [row for row in lines if row.truth.hold_s is None]
    drawn = sum(len(row.truth.rep_end_s) for row in counted)
    best = sum(max((cell.ends for cell in row.cells), default=0) for row in counted)
    strangers = sum(len(done.counted) for result in results for number, done in result.sets if number == 0)
    console.print(
        f"  {best} of {drawn} drawn repetitions are counted within {END_TOLERANCE_S:g} s by the camera that sees the "
        f"set best; {strangers} more are nobody's (synthetic)",
        highlight=False,
    )
    console.print("  [dim]in brackets: the camera sees too little of the person to count all[/dim]", highlight=False)


def faults_text(true: "SetTruth") -> str:
    """The faults of a true set in words."""
    from spotter.table import number_ranges

    numbers: dict[str, list[int]] = {}
    for rep, fault in sorted(true.faults.items()):
        numbers.setdefault(fault.replace("_", " "), []).append(rep)
    if true.hold_s is not None:
        return ", ".join(numbers)
    return ", ".join(f"{fault} (rep {number_ranges(reps)})" for fault, reps in numbers.items())


def _table(lines: Sequence[Row], cameras: Sequence[str]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("drawn", "", "faults", *cameras):
        table.add_column(name, overflow="fold", justify="right" if not name else "left")
    shown = ""
    for row in lines:
        if row.person != shown:
            table.add_row(f"[bold]{row.person}[/bold]")
            shown = row.person
        true = row.truth
        amount = str(len(true.rep_end_s)) if true.hold_s is None else f"{true.hold_s:.0f} s"
        cells = [cell_text(true, cell) for cell in row.cells]
        table.add_row(true.exercise.replace("_", " "), amount, faults_text(true), *cells)
    return table


def cell_text(true: "SetTruth", cell: Cell) -> str:
    """What one camera made of a set: green where name and amount are right."""
    done = cell.counted
    if done is None:
        return "[red]missed[/red]" if cell.in_view else "[dim]()[/dim]"
    name = done.exercise.replace("_", " ")
    same = done.exercise == true.exercise
    if true.hold_s is not None:
        held_s = done.hold_s or 0.0
        right, amount = abs(held_s - true.hold_s) <= HOLD_TOLERANCE_S, f"{held_s:.0f} s"
    else:
        right, amount = len(done.counted) == len(true.rep_end_s), str(len(done.counted))
    colour = "green" if same and right else "yellow" if cell.in_view else "dim"
    text = amount if same else f"{name} {amount}"
    return f"[{colour}]{text if cell.in_view else f'({text})'}[/{colour}]"


HOLD_TOLERANCE_S = 2.0
"""Of a held exercise: into it and out of it take about a second each, and nobody could say when exactly it begins."""


def _write_picture(path: Path, results: "Sequence[CameraResult]") -> None:
    import cv2

    from spotter.demonstration import all_cameras
    from spotter.replacing import ReplacingFile, output_errors

    replacing = ReplacingFile(path)
    try:
        with output_errors(path):
            replacing.path.write_bytes(cv2.imencode(".png", all_cameras(results))[1].tobytes())
        replacing.commit()
    finally:
        replacing.discard()
