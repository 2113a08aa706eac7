"""``spotter run``: the whole system on this machine."""

import sys
from pathlib import Path

import click

from core.secrets import Address

FILE = click.Path(path_type=Path)
LEVEL = click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False)


@click.command(short_help="Watch the gym: start everything on this machine.")
@click.option(
    "-c", "--config", type=FILE, default=Path("gym.toml"), show_default=True, metavar="FILE", help="The gym's file."
)
@click.option("--headless", is_flag=True, help="Log to standard error instead of showing the console.")
@click.option("--redis", metavar="URL", help="Use this Redis; else that of gym.toml, else start one.")
@click.option("--database", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--for", "seconds", metavar="TIME", help="Stop after this time, such as 90s or 10min.")
@click.option("--data", type=FILE, metavar="FOLDER", help="Where Spotter keeps its files; .spotter beside gym.toml.")
@click.option("--log-level", type=LEVEL, default="INFO", show_default=True, help="Least level that is logged.")
def run(  # one argument an option
    *,
    config: Path,
    headless: bool,
    redis: str | None,
    database: str | None,
    seconds: str | None,
    data: Path | None,
    log_level: str,
) -> int:
    """Start cameras, workers, the aggregator and, if none is named, a Redis, and keep them running.

    Saving gym.toml adds, changes or removes just the cameras concerned; a broken edit changes nothing and is shown.
    Ctrl-C stops everything; exit status 130.
    """
    from aggregator.database import parse_url
    from spotter.lineup import Plan
    from spotter.supervising import chosen_seconds, places_and_config, supervise
    from workers.models.pull import ensure_pose_models

    stop_after_s = chosen_seconds(seconds)
    if database is not None:
        parse_url(Address(database))
    places, read = places_and_config(config, "run", data)
    ensure_pose_models(read.settings.workers.model)
    console = not headless and sys.stdin.isatty() and sys.stdout.isatty()
    plan = Plan(
        roles=frozenset({"redis", "ingest", "workers", "aggregator"}),
        redis=None if redis is None else Address(redis),
        database=None if database is None else Address(database),
        log_level=log_level.upper(),
        logs_to_files=console,
        stop_after_s=stop_after_s,
    )
    return supervise("supervisor", places, read, plan, console=console)
