"""``spotter worker``: workers of this machine, for cameras anywhere."""

import socket
from pathlib import Path

import click

from core.secrets import Address

FILE = click.Path(path_type=Path)
LEVEL = click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False)


@click.command(short_help="Process the frames of cameras anywhere.")
@click.option(
    "-c", "--config", type=FILE, default=Path("gym.toml"), show_default=True, metavar="FILE", help="The gym's file."
)
@click.option("--redis", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--name", metavar="NAME", help="Unique among all machines; worker:HOST if not said.")
@click.option("--count", type=click.IntRange(1, 64), default=1, show_default=True, help="Start and supervise so many.")
@click.option("--data", type=FILE, metavar="FOLDER", help="Where events wait for Redis; .spotter beside gym.toml.")
@click.option("--log-level", type=LEVEL, default="INFO", show_default=True, help="Least level that is logged.")
def worker(*, config: Path, redis: str | None, name: str | None, count: int, data: Path | None, log_level: str) -> int:
    """Take cameras as there is need, find people, count their repetitions, and hand the cameras over at the end."""
    from spotter.lineup import Plan
    from spotter.supervising import become, checked_name, places_and_config, supervise
    from workers.models.pull import ensure_pose_models

    name = f"worker:{socket.gethostname()}"[:64] if name is None else checked_name(name)
    places, read = places_and_config(config, f"worker-{name.removeprefix('worker:')}", data, may_miss=True)
    ensure_pose_models(read.settings.workers.model)
    if count == 1:
        options = {"--config": str(places.config), "--redis": redis, "--name": name, "--spool": str(places.spool)}
        become("workers", {**options, "--log-level": log_level.upper()})
    plan = Plan(
        roles=frozenset({"workers"}),
        worker_names=lambda number: f"{name}-{number}",
        worker_count=count,
        redis=None if redis is None else Address(redis),
        log_level=log_level.upper(),
    )
    return supervise(f"supervisor:{name}", places, read, plan)
