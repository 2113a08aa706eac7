"""``spotter rehearse``: a scene of the rehearsal gym in, videos and their truth out; see docs/rehearsal.md."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError
from core.names import shown_name
from spotter.finite import FiniteRange

if TYPE_CHECKING:
    from ingest.rehearsal.recording import Progress
    from ingest.rehearsal.scene import Scene, SceneCamera


@click.command(short_help="Record a drawn gym: videos of several cameras, with exact truth.")
@click.argument("scene", required=False)
@click.option("--out", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Where to put videos and truth.")
@click.option("--camera", "cameras", multiple=True, metavar="ID", help="Only this camera; may be given more than once.")
@click.option("--seconds", type=FiniteRange(0, 3600, min_open=True), help="Record only this long.")
@click.option("--seed", type=click.IntRange(0), help="Let chance fall another way than the scene says.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
@click.option("--check", is_flag=True, help="Only tell whether the scene file is right.")
@click.option("--list", "listed", is_flag=True, help="List the scenes that ship with Spotter.")
def rehearse(  # one argument an option
    *,
    scene: str | None,
    folder: Path | None,
    cameras: tuple[str, ...],
    seconds: float | None,
    seed: int | None,
    jobs: int,
    check: bool,
    listed: bool,
) -> None:
    """Record SCENE, one that ships with Spotter or a scene file, with all its cameras.

    Writes a video and a file of truth for each camera, and truth.json. All of it is synthetic: people made of shaded
    limbs in true perspective. The same seed gives the same videos.
    """
    if listed:
        _list_scenes()
        return
    if scene is None:
        raise click.UsageError("name a scene, or see what there is with --list")
    from ingest.rehearsal.gym import Gym
    from ingest.rehearsal.scene_file import load_scene

    loaded = load_scene(scene)
    chosen = chosen_cameras(loaded, cameras)
    if check:
        click.echo(f"{shown_name(scene)}: fine; {_told(loaded)}")
        return
    if folder is None:
        raise click.UsageError("say where to put the recordings: --out DIR")
    from ingest.rehearsal.recording import record_scene

    gym = Gym(loaded, seed=seed, duration_s=seconds)
    with frame_bar(f"recording {loaded.name}") as progress:
        recorded = record_scene(gym, folder, chosen, jobs=jobs, progress=progress)
    for camera in recorded.truth.cameras:
        click.echo(shown_name(recorded.video(camera)))


def chosen_cameras(scene: "Scene", wanted: Sequence[str]) -> "tuple[SceneCamera, ...]":
    """The wanted cameras of a scene in its order, all if none is named; ConfigError for one that it does not have."""
    from core.toml_tables import suggestion

    known = tuple(camera.id for camera in scene.cameras)
    for name in wanted:
        if name not in known:
            raise ConfigError(f"--camera {shown_name(name)}: {scene.name} has no such camera{suggestion(name, known)}")
    return tuple(camera for camera in scene.cameras if not wanted or camera.id in wanted)


def _list_scenes() -> None:
    from ingest.rehearsal.scene_file import known_scenes

    for scene in known_scenes():
        click.echo(f"{scene.name:8} {scene.title} ({_told(scene)})")


def _told(scene: "Scene") -> str:
    cameras = number_text(len(scene.cameras), "camera", "cameras")
    return f"{cameras}, {number_text(len(scene.people), 'person', 'people')}, {scene.duration_s:g} s"


def number_text(number: int, one: str, many: str) -> str:
    """Write a number of things: ``1 camera``, ``4 cameras``."""
    return f"{number} {one if number == 1 else many}"


@contextmanager
def frame_bar(title: str) -> "Iterator[Progress]":
    """A bar of frames on standard error while in this context; silent if nobody would see it."""
    from ingest.rehearsal.recording import no_progress

    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
