"""``spotter aggregator``: from events to the database and to the live state."""

import os
from pathlib import Path

import click

FILE = click.Path(path_type=Path)
LEVEL = click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False)


@click.command(short_help="Store what the workers find, and tell who is who.")
@click.option(
    "-c", "--config", type=FILE, default=Path("gym.toml"), show_default=True, metavar="FILE", help="The gym's file."
)
@click.option("--redis", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--database", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--name", metavar="NAME", help="One that stands by needs another; aggregator if not said.")
@click.option("--log-level", type=LEVEL, default="INFO", show_default=True, help="Least level that is logged.")
def aggregator(*, config: Path, redis: str | None, database: str | None, name: str | None, log_level: str) -> None:
    """Fold events into the database, raise alerts, and write the live state; one leads, others stand by."""
    from spotter.config_watch import read_config
    from spotter.supervising import become, checked_name

    if name is not None:
        checked_name(name)
    read_config(config, os.environ, may_miss=True)
    options = {"--config": str(config.absolute()), "--redis": redis, "--database": database, "--name": name}
    become("aggregator", {**options, "--log-level": log_level.upper()})
