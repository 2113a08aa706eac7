"""``spotter demo``: the whole system on a gym that the project draws itself, and what it stored beside the truth."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.clock import NANOSECONDS, mono_ns, utc_ns
from core.errors import ExitCode, OutputError
from core.names import shown_name
from spotter.finite import FiniteRange

if TYPE_CHECKING:
    from rich.table import Table

    from ingest.rehearsal.gym import Gym
    from spotter.stored_truth import Comparison, Row, StoredSet

MARK = ".spotter-demo"
"""A file that tells the folder of an earlier demo, which may be emptied, from that of a gym."""
BEGINS_AFTER_S = 6.0
"""By then all processes have started, also where one core does all."""
SETTLES_WITHIN_S = 8.0
"""From the last frame to the last stored row, with time to spare."""
FEW_CORES, FEW_CORES_FPS, FPS = 6, 6.0, 30.0
"""On a machine with fewer cores the demo's cameras give fewer frames: one with six people takes 50 ms of a core."""
ENOUGH_FPS = 5.0
"""With fewer frames a second processed, repetitions are missed because the machine is too slow."""


@click.command(short_help="Watch a gym that Spotter draws itself.")
@click.option("--scene", default="floor", show_default=True, help="A scene that ships with Spotter, or a scene file.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Folder for gym.toml, the database and the logs of this run; it is emptied first.",
)
@click.option("--fps", type=FiniteRange(1, 60), help="Frames a second of each camera; chosen by the cores if left out.")
@click.option("--headless", is_flag=True, help="Log to standard error instead of showing the console.")
def demo(scene: str, folder: Path, fps: float | None, headless: bool) -> int:
    """Run the whole system once through a drawn scene, and lay what the database holds beside what was drawn.

    Cameras, frames, workers, Redis, aggregator and database are those of `spotter run`; only the gym is drawn. All
    of it is synthetic: people made of shaded limbs in true perspective.
    """
    import os

    from core.errors import ConfigError
    from ingest.rehearsal.gym import Gym
    from ingest.rehearsal.scene_file import load_scene
    from spotter.config_watch import read_config
    from spotter.lineup import Plan
    from spotter.places import places_of
    from spotter.rehearsal_config import rehearsal_config
    from spotter.supervising import supervise
    from workers.models.pull import ensure_pose_models

    loaded = load_scene(scene)
    if not loaded.cameras:
        raise ConfigError(f"{shown_name(scene)}: the scene has no camera; add a [[camera]]")
    chosen = fps or (FEW_CORES_FPS if (os.cpu_count() or 1) < FEW_CORES else FPS)
    place = str(Path(scene).absolute()) if Path(scene).is_file() else scene
    config = _prepared(folder) / "gym.toml"
    config.write_text(rehearsal_config(loaded, place, fps=chosen, loop=False), encoding="utf-8")
    ensure_pose_models("full")
    gym = Gym(loaded)
    starts_ns = mono_ns() + int(BEGINS_AFTER_S * NANOSECONDS)
    plan = Plan(
        roles=frozenset({"redis", "ingest", "workers", "aggregator"}),
        logs_to_files=not headless,
        log_level="INFO" if headless else "WARNING",
        # The cameras of a drawn gym take little; all cores may watch.
        worker_count=os.cpu_count() or 1,
        first_frame_mono_ns=starts_ns,
        stop_after_s=BEGINS_AFTER_S + gym.duration_s + SETTLES_WITHIN_S,
    )
    starts_utc_ns = utc_ns() - mono_ns() + starts_ns
    click.echo(
        f"{len(loaded.cameras)} cameras, {len(loaded.people)} people, at most {chosen:g} frames/s each, "
        f"{gym.duration_s:g} s; then what the database holds (synthetic)",
        err=True,
    )
    console = not headless and sys.stdin.isatty() and sys.stdout.isatty()
    code = supervise("supervisor", places_of(config), read_config(config, os.environ), plan, console=console)
    if code != ExitCode.FINE:
        return code
    _report(config.with_name("gym.db"), gym, starts_utc_ns)
    click.echo(f"  {shown_name(config)}, {shown_name(config.with_name('gym.db'))}: spotter run -c … shows it again")
    return ExitCode.FINE


def _prepared(folder: Path) -> Path:
    """A folder with nothing but the mark of a demo; one that holds anything but an earlier demo is not touched.

    A gym.toml does not make it one: it may be a real gym's, with its database beside it.
    """
    name = shown_name(folder)
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
            raise OutputError(f"--out {name}: there is something else in it than a demo; name another folder")
        if folder.is_dir():
            shutil.rmtree(folder.absolute())
        folder.mkdir(parents=True)
        (folder / MARK).write_text("spotter demo empties this folder\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"--out {name}: cannot be made ({error.strerror}); choose another folder") from error
    return folder.absolute()


def _report(database: Path, gym: "Gym", starts_utc_ns: int) -> None:
    from spotter.stored_sets import processed_fps, stored_sets
    from spotter.stored_truth import compare
    from spotter.table import open_console

    people = gym.truth(()).people
    found = compare(people, stored_sets(database, starts_utc_ns))
    console = open_console()
    console.print(_table(found))
    for line in summary(found):
        console.print(f"  {line}", highlight=False)
    rate = processed_fps(database)
    if rate is not None:
        slow = "; too few to count well: other programs take the processor" if rate < ENOUGH_FPS else ""
        console.print(f"  {rate:.1f} frames/s of each camera were processed{slow}", highlight=False)


def summary(found: "Comparison") -> list[str]:
    """What the comparison says, in sentences."""
    sets = len(found.rows)
    return [
        f"{found.near} of {sets} drawn sets are stored within one repetition (or 4 s of a hold), "
        f"{found.exact} exactly, {found.named} with the right name (synthetic)",
        f"{found.people_drawn} people were drawn, {found.people_stored} trained according to the database; "
        f"{len(found.extra)} sets are nobody's, {len(found.twice)} stored twice (synthetic)",
    ]


def _table(found: "Comparison") -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("drawn", "", "stored", "", "person", "zone", "best camera"):
        table.add_column(name, overflow="fold", justify="left" if name else "right")
    shown = ""
    for row in found.rows:
        if row.person != shown:
            table.add_row(f"[bold]{row.person}[/bold]")
            shown = row.person
        table.add_row(*_cells(row))
    if found.extra:
        table.add_row("[bold]nobody's[/bold]")
        for each in found.extra:
            table.add_row("", "", *_stored_cells(each, "yellow"))
    return table


def _cells(row: "Row") -> tuple[str, ...]:
    true = row.true
    drawn = (true.exercise.replace("_", " "), _amount(len(true.rep_end_s), true.hold_s))
    if row.stored is None:
        return (*drawn, "[red]missed[/red]", "", "", "", "")
    colour = "green" if row.is_exact and row.is_named_right else "yellow" if row.is_near else "red"
    return (*drawn, *_stored_cells(row.stored, colour))


def _stored_cells(stored: "StoredSet", colour: str) -> tuple[str, ...]:
    name = stored.exercise.replace("_", " ")
    amount = _amount(stored.reps, stored.hold_s)
    return (
        f"[{colour}]{name}[/{colour}]",
        f"[{colour}]{amount}[/{colour}]",
        f"#{stored.person}",
        stored.zone,
        stored.camera,
    )


def _amount(reps: int, hold_s: float | None) -> str:
    return str(reps) if hold_s is None else f"{hold_s:.0f} s"
