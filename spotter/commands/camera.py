"""``spotter camera``: edits the cameras of gym.toml, keeping its remarks, and tries one out."""

import json
import os
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import ConfigError, SourceError, SpotterError
from core.names import shown_name
from spotter.commands.config import config_option
from spotter.finite import FiniteRange

if TYPE_CHECKING:
    from core.settings import Camera, Settings
    from spotter.camera_trial import Trial

_ID = re.compile("[A-Za-z0-9_-]+")
"""What is taken for the id of a camera and not for a path, unless there is one of that name."""
RUNNING = "a running system takes it up at once"


@click.group()
def camera() -> None:
    """Add, list, try, pause and remove cameras in gym.toml."""


@camera.command("list")
@config_option
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), default="table", help="For people or programs."
)
def list_command(path: Path, shape: str) -> None:
    """Show the cameras in the order of the file; sources without user and password."""
    from core.config_file import load_settings

    # Without the environment: a list needs no secret, and shows ${NAME} as the file has it.
    settings = load_settings(path, None)
    rows = [
        {"id": one.id, "name": one.name, "source": str(one.source), "fps": one.fps, "enabled": one.enabled}
        for one in settings.camera
    ]
    if shape == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif not rows:
        click.echo(f"no camera in {shown_name(path)}; add one with: spotter camera add ID SOURCE")
    else:
        _print_table(rows)


@camera.command("add")
@click.argument("identity", metavar="ID")
@click.argument("source")
@config_option
@click.option("--name", help="Shown instead of the id.")
@click.option("--fps", type=FiniteRange(), metavar="N", help="Most frames a second to process.")
@click.option("--rtsp-transport", type=click.Choice(["tcp", "udp"]), help="How RTSP carries its pictures.")
@click.option("--once", is_flag=True, help="A video file, folder or rehearsal does not begin again at its end.")
@click.option("--preview", is_flag=True, help="The console may show pictures of this camera, not only skeletons.")
@click.option("--paused", is_flag=True, help="Do not start it yet.")
def add_command(  # one argument an option
    *,
    identity: str,
    source: str,
    path: Path,
    name: str | None,
    fps: float | None,
    rtsp_transport: str | None,
    **flags: bool,
) -> None:
    """Add a camera to gym.toml, which is begun if there is none.

    SOURCE is rtsp://..., http://... (MJPEG), usb:0, a video file, a folder of images, or rehearsal:SCENE#CAMERA. Write
    secrets as ${NAME}, in single quotes, so that they come from the environment and not from the file.
    """
    from core.secrets import Address
    from spotter.gym_file import add_camera

    options: dict[str, Any] = {"id": identity, "source": _beside(path, source)}
    if name is not None:
        options["name"] = name
    if fps is not None:
        options["fps"] = int(fps) if fps.is_integer() else fps
    if rtsp_transport is not None:
        options["rtsp_transport"] = rtsp_transport
    options |= {key: value for flag, (key, value) in _FLAGS.items() if flags[flag]}
    add_camera(path, options)
    click.echo(f"{shown_name(path)}: camera '{identity}' added; {RUNNING}")
    if str(Address(source)) != source and "${" not in source:
        click.echo(
            "the password stands in the file now; better is ${NAME} in its place, from the environment", err=True
        )


_FLAGS = {"once": ("loop", False), "preview": ("preview", True), "paused": ("enabled", False)}
"""What each flag says in the file."""


@camera.command("remove")
@click.argument("identity", metavar="ID")
@config_option
def remove_command(identity: str, path: Path) -> None:
    """Remove a camera from gym.toml, with its zones; what was recorded of it in the database stays."""
    from spotter.gym_file import remove_camera

    remove_camera(path, identity)
    click.echo(f"{shown_name(path)}: camera '{identity}' removed; {RUNNING}")


@camera.command("pause")
@click.argument("identity", metavar="ID")
@config_option
def pause_command(identity: str, path: Path) -> None:
    """Stop a camera until it is resumed."""
    from spotter.gym_file import enable_camera

    enable_camera(path, identity, enabled=False)
    click.echo(f"{shown_name(path)}: camera '{identity}' is paused; {RUNNING}")


@camera.command("resume")
@click.argument("identity", metavar="ID")
@config_option
def resume_command(identity: str, path: Path) -> None:
    """Let a paused camera go on."""
    from spotter.gym_file import enable_camera

    enable_camera(path, identity, enabled=True)
    click.echo(f"{shown_name(path)}: camera '{identity}' goes on; {RUNNING}")


@camera.command("test")
@click.argument("which", metavar="ID_OR_SOURCE")
@config_option
@click.option("--seconds", type=FiniteRange(0.5, 600), default=5.0, show_default=True, help="How long to look.")
@click.option("--no-people", is_flag=True, help="Measure the camera only, without looking for people.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="For people or programs.")
def test_command(which: str, path: Path, seconds: float, no_people: bool, shape: str) -> None:
    """Open a camera of gym.toml, or any source, and tell what it gives: size, frame rate, delay and people.

    Exit status 4 and the reason if it gives nothing: refused, unauthorised, not found, codec, time-out, stalled,
    unreachable or unusable.
    """
    from spotter.camera_trial import open_people_finder, try_camera

    settings, chosen = _chosen(which, path)
    finder, trouble = None, ""
    if not no_people:
        try:
            finder = open_people_finder(settings.workers)
        except SpotterError as error:
            trouble = str(error)  # the camera can be judged without; it is said below
    try:
        trial = try_camera(chosen, seconds, finder)
    except SourceError as error:
        if shape == "json":
            click.echo(json.dumps({"camera": chosen.id, "source": str(chosen.source), "reason": error.reason}))
        raise SourceError(error.reason, f"{chosen.id}: {error.reason}: {error}") from error
    finally:
        if finder is not None:
            finder.close()
    if shape == "json":
        click.echo(json.dumps({"camera": chosen.id, "source": str(chosen.source), **asdict(trial)}, indent=2))
    else:
        _tell(chosen, trial)
    if trouble:
        click.echo(f"people were not looked for: {trouble}", err=True)


def _chosen(which: str, path: Path) -> "tuple[Settings, Camera]":
    """The camera of this id, or one made of a source, and the settings around it."""
    from core.config_file import load_settings, read_settings, resolved
    from core.settings import Settings
    from spotter.gym_file import camera_number

    settings = Settings()
    if path.exists():
        # The secrets of the other cameras need not be at hand.
        settings = resolved(load_settings(path, os.environ, may_miss=True), path.absolute().parent)
        found = settings.find_camera(which)
        if found is not None:
            _require_variables(found)
            return settings, found
    if _ID.fullmatch(which) and not os.path.lexists(which):
        camera_number([one.id for one in settings.camera], which, path)
    # Read as from a file, so that ${NAME} works and what is wrong with it is told in the same words.
    text = f'[[camera]]\nid = "source"\nsource = {json.dumps(which, ensure_ascii=False)}\nloop = false\n'
    try:
        only = resolved(read_settings(text, "SOURCE", os.environ), Path.cwd())
    except ConfigError as error:
        told = [line.split(" camera[0].source: ", 1)[-1] for line in str(error).splitlines()]
        raise ConfigError("\n".join(told)) from None
    return settings, only.camera[0]


def _require_variables(camera: "Camera") -> None:
    """Raise ``ConfigError`` if the source waits for something from the environment still."""
    missing = [
        name for name in re.findall(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", camera.source.reveal()) if name not in os.environ
    ]
    if missing:
        raise ConfigError(
            f"camera '{camera.id}' needs {', '.join(missing)} from the environment: set it, and try again"
        )


def _beside(path: Path, source: str) -> str:
    """A source as gym.toml means it: a file that lies in the present folder and not beside gym.toml, absolute."""
    from core.addresses import source_kind

    try:
        is_path = source_kind(source) == "path"
    except ValueError:
        return source  # the file's own check says what is wrong
    here, there = Path(source).absolute(), path.absolute().parent / source
    return str(here) if is_path and here.exists() and not there.exists() else source


def _tell(camera: "Camera", trial: "Trial") -> None:
    rate = f"{trial.frames_per_second:.1f} frames a second" if trial.frames_per_second else "one frame only"
    dropped = ", ".join(f"{count} {reason}" for reason, count in sorted(trial.dropped.items()))
    lines = [
        ("source", str(camera.source)),
        ("picture", f"{trial.width}x{trial.height}"),
        ("rate", f"{rate} ({trial.frames} frames{f'; left out: {dropped}' if dropped else ''})"),
        ("first frame", f"after {trial.first_frame_after_s:.1f} s"),
        ("delay", f"{trial.delay_s * 1000:.0f} ms from capture to here"),
    ]
    if trial.people is not None:
        lines.append(("people", f"at most {trial.people} at a time (looked at {trial.searched} frames)"))
    click.echo(f"{camera.id}: fine")
    for name, text in lines:
        click.echo(f"  {name:12} {text}")


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in rows[0]:
        table.add_column(
            heading, no_wrap=heading == "id", overflow="fold", justify="right" if heading == "fps" else "left"
        )
    for row in rows:
        fps = "" if row["fps"] is None else f"{row['fps']:g}"
        table.add_row(row["id"], row["name"] or "", row["source"], fps, "yes" if row["enabled"] else "paused")
    # Wide enough off a terminal that a line stays a line for grep and friends.
    Console(width=None if sys.stdout.isatty() else 400, highlight=False, markup=False).print(table)
