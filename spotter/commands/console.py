"""``spotter console``: what staff look at; any number of them, on any machine that reaches Redis."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.command(short_help="Look at the floor: cameras, people, alerts, history, health.")
@click.option(
    "-c", "--config", type=FILE, default=Path("gym.toml"), show_default=True, metavar="FILE", help="The gym's file."
)
@click.option(
    "--redis", metavar="URL", help="Instead of the one in gym.toml, or of the one that `spotter run` started."
)
@click.option("--database", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--data", type=FILE, metavar="FOLDER", help="Where Spotter keeps its files; .spotter beside gym.toml.")
@click.option("--read-only", is_flag=True, help="Look, and change nothing.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with nothing but ASCII.")
@click.option("--owns-gym", is_flag=True, hidden=True, help="Leaving it stops the gym.")
@click.option("--parent", type=int, metavar="PID", hidden=True, help="Leave when this process ends.")
def console(
    *,
    config: Path,
    redis: str | None,
    database: str | None,
    data: Path | None,
    read_only: bool,
    ascii_only: bool,
    owns_gym: bool,
    parent: int | None,
) -> int:
    """Show the gym that runs, live. It only reads: several may look at once, and leaving one changes nothing.

    `?` shows the keys, `q` leaves. Without gym.toml it says how to begin.
    """
    from core.secrets import Address
    from spotter.console import Wanted, run_console

    return run_console(
        Wanted(
            config=config,
            redis=None if redis is None else Address(redis),
            database=None if database is None else Address(database),
            data=data,
            read_only=read_only,
            ascii=ascii_only,
            owns_gym=owns_gym,
            parent_pid=parent,
        )
    )
