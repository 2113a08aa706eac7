"""``spotter db``: looks after the database."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from core.errors import ConfigError, DatabaseError, ExitCode
from core.names import shown_name
from spotter.query.options import gym_options

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)
LONGEST_CHECK_S = 3600.0


def _data_option(command: Decorated) -> Decorated:
    option = click.option(
        "--data", type=FILE, metavar="FOLDER", help="Where Spotter keeps its files; .spotter beside gym.toml."
    )
    return option(command)


@click.group(short_help="Look after the database: upgrade, back up, restore, check, purge.")
def db() -> None:
    """Look after the database: bring its tables up to date, copy it, put a copy back, check it, remove what is old."""


@db.command("upgrade")
@gym_options
@_data_option
def upgrade_command(*, path: Path, database: str | None, data: Path | None) -> None:
    """Bring the tables up to date, as the aggregator does at its start.

    A SQLite file is copied first, beside itself; the last three such copies are kept. Copy a Postgres yourself.
    """
    from aggregator.copies import copies
    from aggregator.database import known_version, open_engine, upgrade
    from aggregator.local_days import fill_days
    from spotter.gym_at_hand import gym_at_hand, leads_now

    gym = gym_at_hand(path, database, data)
    before = set(copies(gym.file)) if gym.file is not None else set()
    engine = open_engine(gym.database)
    try:
        upgrade(engine)
        if not leads_now(gym):  # who leads fills in the days by itself
            fill_days(engine, gym.settings.gym.zone)
    finally:
        engine.dispose()
    for copy in set(copies(gym.file)) - before if gym.file is not None else ():
        click.echo(f"the tables of before are in {shown_name(copy)}")
    click.echo(f"the tables are of version {known_version()}")


@db.command("backup")
@click.option("--out", type=FILE, metavar="FILE", help="Where to; beside the database with the time, if not said.")
@click.option("--keep", type=click.IntRange(1, 1000), default=7, show_default=True, help="Copies beside the database.")
@gym_options
@_data_option
def backup_command(*, out: Path | None, keep: int, path: Path, database: str | None, data: Path | None) -> None:
    """Copy the database while Spotter runs. The copy is checked, and appears under its name when it is whole.

    Postgres is copied by pg_dump, where that is installed; then say --out.
    """
    from aggregator.access import note_access
    from aggregator.copies import copy_file, keep_copy
    from aggregator.database import parse_url
    from spotter.gym_at_hand import gym_at_hand
    from spotter.postgres_dump import dump
    from spotter.query.delivery import refuse_to_replace

    gym = gym_at_hand(path, database, data)
    if gym.file is None:
        if out is None:
            raise ConfigError("say where the copy of a Postgres database goes, with --out FILE")
        dump(parse_url(gym.database), out)
        target = out
    elif out is None:
        target = keep_copy(gym.file, "copy", keep)
    else:
        refuse_to_replace(out, [gym.file, path])
        copy_file(gym.file, out)
        target = out
    try:
        note_access(gym.database, "backup", f"to {shown_name(target)}", 0)
    except DatabaseError as error:
        click.echo(f"spotter: not written to the access log: {error}", err=True)
    click.echo(f"{shown_name(target)}: {target.stat().st_size / 1e6:.1f} MB")


@db.command("restore")
@click.argument("file", type=FILE)
@gym_options
@_data_option
def restore_command(*, file: Path, path: Path, database: str | None, data: Path | None) -> None:
    """Put a copy in the place of the database; Spotter must not run. What is replaced is kept beside it."""
    from aggregator.access import note_access
    from aggregator.database import open_engine, parse_url, upgrade
    from aggregator.maintenance import restore
    from spotter.gym_at_hand import gym_at_hand, nobody_runs
    from spotter.postgres_dump import how_to_restore

    gym = gym_at_hand(path, database, data)
    if gym.file is None:
        raise ConfigError(how_to_restore(parse_url(gym.database), file))
    with nobody_runs(gym):
        kept = restore(file, gym.file)
        engine = open_engine(gym.database)
        try:
            upgrade(engine)
        finally:
            engine.dispose()
    note_access(gym.database, "restore", f"from {shown_name(file)}", 0)
    if kept is not None:
        click.echo(f"what was replaced is in {shown_name(kept)}")
    click.echo(f"{shown_name(gym.file)} is as {shown_name(file)} was")


@db.command("check")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="For people or programs.")
@gym_options
def check_command(*, shape: str, path: Path, database: str | None) -> int:
    """Say whether the database is whole: its file, references, tables, views, visits and days.

    Reads alone, also while Spotter runs. Exit status 4 if there is a problem; warnings do not count.
    """
    import json
    from dataclasses import asdict

    from aggregator.database import parse_url
    from aggregator.maintenance import check
    from aggregator.reading import open_reader
    from spotter.query.gym import gym_of

    gym = gym_of(path, database)
    url = parse_url(gym.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise DatabaseError(f"there is no database {shown_name(url.database or '')}; start Spotter, which makes it")
    reader = open_reader(gym.database, LONGEST_CHECK_S)
    try:
        findings = check(reader)
    finally:
        reader.dispose()
    if shape == "json":
        click.echo(json.dumps([asdict(each) for each in findings], indent=2))
    else:
        for each in findings:
            click.echo(f"{each.state:8} {each.check:11} {each.text}")
    return ExitCode.UNUSABLE if any(each.state == "problem" for each in findings) else ExitCode.FINE


@db.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say how much is too old.")
@click.option("--compact", is_flag=True, help="Write a SQLite file anew, as small as it can be; Spotter must not run.")
@gym_options
@_data_option
def purge_command(*, dry_run: bool, compact: bool, path: Path, database: str | None, data: Path | None) -> None:
    """Remove now what is older than [privacy] in gym.toml lets it be; the aggregator does so every day."""
    from aggregator.database import upgrade, writing
    from aggregator.purging import Purge, compacted
    from core.clock import utc_ns
    from spotter.gym_at_hand import gym_at_hand, leads_now, nobody_runs, opened

    gym = gym_at_hand(path, database, data)
    purge = Purge(gym.settings.privacy, utc_ns())
    with opened(gym) as engine:
        if not leads_now(gym):
            upgrade(engine)
        if dry_run:
            with writing(engine) as connection:
                counts = purge.count(connection)
        else:
            purge.run(engine)
            counts = purge.removed
        for table, count in sorted(counts.items()):
            click.echo(f"{count:9} of {table}{' are too old' if dry_run else ' removed'}")
        if not counts:
            click.echo("nothing is too old")
        if compact and not dry_run:
            with nobody_runs(gym):
                freed = compacted(engine)
            click.echo(f"{freed / 1e6:.1f} MB given back to the disk")
