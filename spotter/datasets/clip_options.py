"""What the commands on labelled clips share: how the list is read, and how what was noticed is told."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spotter.cli import complain

if TYPE_CHECKING:
    from training.dataset.clip import Clip, ClipList
    from training.dataset.sampling import Size

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
MOST_REMARKS = 40
"""More on one screen hide what matters."""


def clip_options(command: Decorated) -> Decorated:
    """Add the options that say how a list of clips is read."""
    for option in (
        click.option(
            "--rename",
            "renames",
            multiple=True,
            metavar="OLD=NEW",
            help="Use another label, such as 'chest press=bench_press'; NEW may be other:NAME, or empty. Repeatable.",
        ),
        click.option(
            "--group-pattern",
            default="",
            metavar="REGEX",
            help=r"Take the person or recording from the clip's name, such as 'person(\d+)'.",
        ),
        click.option(
            "--group-column",
            default="group",
            show_default=True,
            metavar="COLUMN",
            help="Of a CSV: the column that tells the person or recording.",
        ),
    ):
        command = option(command)
    return command


def read_clips(
    source: str, renames: Iterable[str], group_pattern: str, group_column: str, *, by_folders: bool = False
) -> "ClipList":
    """The list of clips as the options say."""
    from training.dataset.clip import Reading
    from training.dataset.clips import list_clips
    from training.dataset.label_reading import read_renames

    return list_clips(source, Reading(group_column, group_pattern, read_renames(renames), by_folders))


def hashed(found: "ClipList") -> "ClipList":
    """The list with the hashes of its clips, under a bar."""
    from training.dataset.clip_contents import hash_clips

    with clip_bar("comparing clips", len(found.clips)) as advance:
        return hash_clips(found, lambda clip: advance())


def tell(remarks: Iterable[str], left_out: Iterable[str]) -> None:
    """Print what was noticed to standard error, one line each, what is missing last."""
    remarks = list(remarks)
    for remark in remarks[:MOST_REMARKS]:
        complain(remark)
    if len(remarks) > MOST_REMARKS:
        complain(f"and {len(remarks) - MOST_REMARKS} more remarks of this kind")
    for line in left_out:
        complain(line)


@contextmanager
def clip_bar(title: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on standard error, if that is a terminal; call what is given once a clip."""
    if not sys.stderr.isatty() or not total:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.update(task, advance=1)


def size_option(ctx: click.Context, param: click.Parameter, value: str | None) -> "Size | None":
    """Read ``--resize``; a callback of click."""
    if value is None:
        return None
    from core.errors import ConfigError
    from training.dataset.sampling import read_size

    try:
        return read_size(value)
    except ConfigError as error:
        raise click.BadParameter(str(error)) from None


def print_labels(clips: "Iterable[Clip]") -> None:
    """Say how many clips, of how many people, each label has."""
    counts: Counter[str] = Counter()
    groups: dict[str, set[str]] = defaultdict(set)
    for clip in clips:
        for label in {part.label for part in clip.parts}:
            counts[label] += 1
            groups[label].add(clip.group)
    width = max((len(label) for label in counts), default=6)
    for label in sorted(counts):
        shown = (label or "(none)").ljust(max(width, 6))
        click.echo(f"{shown}  {counts[label]:5d} clips of {len(groups[label])} people or recordings")
