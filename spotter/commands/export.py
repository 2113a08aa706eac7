"""``spotter export``: everything that can be asked for, as files in one new folder."""

from pathlib import Path

import click

from spotter.query.options import gym_options, span_options


@click.command(short_help="Write all tables of the past into a new folder.")
@click.argument("folder", type=click.Path(path_type=Path))
@span_options
@click.option(
    "--format",
    "shape",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the files.",
)
@gym_options
def export(*, folder: Path, since: str | None, until: str | None, shape: str, path: Path, database: str | None) -> None:
    """Write people, sessions, sets, reps, alerts and cameras into FOLDER, a file each.

    FOLDER must not exist; it appears under its name when all of it is written.
    """
    from core.names import shown_name
    from spotter.query.export import export_all

    files = export_all(folder, path=path, database=database, since=since, until=until, shape=shape)
    click.echo(f"{shown_name(folder)}: {', '.join(files)}")
