"""``spotter models``: get, list and check the pose weights, and register other person detectors."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError
from workers.models.catalogue import VARIANTS

if TYPE_CHECKING:
    from workers.models.fetch import Progress
    from workers.models.inventory import Item

VARIANT = click.Choice(VARIANTS)
FILE = click.Path(path_type=Path)


@click.group()
def models() -> None:
    """Get, list and check the pose weights."""


@models.command("pull")
@click.argument("variant", type=VARIANT, required=False)
@click.option("--file", "files", type=FILE, multiple=True, help="Take a mediapipe wheel, .task bundle or .tflite file.")
@click.option("--trust-unpinned", is_flag=True, help="Accept --file of unknown SHA-256; needs VARIANT.")
def pull_command(variant: str | None, files: tuple[Path, ...], trust_unpinned: bool) -> None:
    """Get the weights of VARIANT (lite, full or heavy; full if not said) and convert them.

    They come from the given files, else from Google's published bundle, else (full only) from the wheel of mediapipe
    through pip's configured index. Weights that are here already are left alone.
    """
    from workers.models import pull
    from workers.models.store import weights_of

    if trust_unpinned and not (files and variant):
        raise ConfigError("--trust-unpinned needs --file and VARIANT: what it trusts, and for what it takes it")
    chosen = weights_of(variant or "full")[1].variant
    if files:
        pull.pull_from_files(files, chosen if variant else None, trust_unpinned, click.echo)
        return
    with _progress() as progress:
        pull.pull(chosen or "full", click.echo, progress)


@models.command("list")
def list_command() -> None:
    """Show all models, where they are from and whether they are here."""
    from workers.models.inventory import inventory

    _print_table(inventory())


@models.command("verify")
def verify_command() -> None:
    """Compare every file in the cache with its SHA-256; exit status 4 when one is damaged."""
    from workers.models.inventory import inventory, require_whole

    items = inventory()
    if here := [item for item in items if item.state != "absent"]:
        _print_table(here)
    require_whole(items)


@models.command("add")
@click.argument("file", type=FILE)
@click.option("--name", help="Name to use it by; that of the file if not said.")
@click.option("--replace", is_flag=True, help="Put it in the place of another of that name.")
def add_command(file: Path, name: str | None, replace: bool) -> None:
    """Register the person detector in FILE, an ONNX file (YOLOX with its raw grid)."""
    from workers.models.detectors import add_model

    chosen, family = add_model(file, name, replace)
    click.echo(f"{chosen}: registered as a person detector ({family})")


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar on a terminal, nothing elsewhere."""
    from workers.models.fetch import no_progress

    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("fetching"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fetching", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def _print_table(items: "list[Item]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("name", "kind", "variant", "size", "state", "source", "licence"):
        table.add_column(
            heading, justify="right" if heading == "size" else "left", no_wrap=heading != "source", overflow="fold"
        )
    for item in items:
        here = item.state != "absent"
        table.add_row(
            item.name,
            item.kind,
            item.variant,
            f"{item.size_bytes / 1e6:.1f} MB" if here else "",
            item.state,
            item.source if item.pinned else f"{item.source} (not pinned)",
            item.licence,
        )
    # Wide enough off a terminal that a line stays a line for grep and friends.
    Console(width=None if sys.stdout.isatty() else 400, highlight=False, markup=False).print(table)
