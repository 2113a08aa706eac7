"""``spotter dataset split``: a file of landmarks in, its groups divided into train, validation and test."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError
from spotter.cli import complain

if TYPE_CHECKING:
    from training.dataset.splits import Recorded, Split


def _ratios(ctx: click.Context, param: click.Parameter, value: str) -> tuple[float, ...]:
    try:
        ratios = tuple(float(part) for part in value.split(","))
    except ValueError:
        ratios = ()
    if len(ratios) != 3 or not all(0 <= ratio < float("inf") for ratio in ratios) or ratios[0] <= 0:
        raise click.BadParameter(f"{value!r}: give three numbers of 0 or more, the first above 0, such as 80,10,10")
    return ratios


@click.command(short_help="Divide a file of landmarks into train, validation and test by recording.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--ratios", callback=_ratios, default="80,10,10", show_default=True, help="Train, validation, test.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed divides otherwise.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Write this .json file.")
def split(file: Path, ratios: tuple[float, ...], seed: int, out: Path) -> None:
    """Divide the groups of FILE, never frames or windows, so that each class is in every part as far as possible.

    A group is a person or a recording place, as the file says. Groups that share a recording, or hold the same
    landmarks under two names, stay together. What a class lacks is named on standard error.
    """
    from training.dataset.landmarks import read_tracks
    from training.dataset.splits import check_no_leak, fingerprint, make_split, recorded, write_split

    if out.exists() and out.samefile(file):
        raise ConfigError("--out: would overwrite the file of landmarks; give another name")
    tracks = [recorded(track) for track in read_tracks(file)]
    made, remarks = make_split(tracks, ratios, seed, fingerprint(file))
    check_no_leak(made, tracks)
    write_split(out, made)
    for remark in remarks:
        complain(remark)
    _print(made, tracks)


def _print(made: "Split", tracks: "list[Recorded]") -> None:
    """A row for each class: groups and minutes in each part."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from spotter.table import open_console
    from training.dataset.stratified import PARTS

    part_of = {group: part for part in PARTS for group in made.parts[part]}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("class")
    for part in PARTS:
        table.add_column(f"{part}\ngroups", justify="right")
        table.add_column("\nminutes", justify="right")
    for label in [*sorted({label for track in tracks for label in track.seconds}), None]:
        cells = []
        for part in PARTS:
            inside = [t for t in tracks if part_of[t.group] == part and (label is None or label in t.seconds)]
            seconds = sum(sum(t.seconds.values()) if label is None else t.seconds[label] for t in inside)
            cells += [str(len({t.group for t in inside})), f"{seconds / 60:.1f}"]
        table.add_row(label or "all", *cells)
    console = open_console()
    console.print(table)
    console.print(f"hash {made.hash}", highlight=False)
