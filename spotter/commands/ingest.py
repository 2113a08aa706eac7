"""``spotter ingest``: the cameras of this machine, for workers on others."""

import socket
from pathlib import Path

import click

from core.errors import ConfigError
from core.secrets import Address

FILE = click.Path(path_type=Path)
LEVEL = click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False)


@click.command(short_help="Publish the frames of this machine's cameras.")
@click.argument("cameras", nargs=-1, metavar="[CAMERA]...")
@click.option("--camera", "more", multiple=True, metavar="CAMERA", help="The same as CAMERA.")
@click.option(
    "-c", "--config", type=FILE, default=Path("gym.toml"), show_default=True, metavar="FILE", help="The gym's file."
)
@click.option("--redis", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--data", type=FILE, metavar="FOLDER", help="Where Spotter keeps its files; .spotter beside gym.toml.")
@click.option("--log-level", type=LEVEL, default="INFO", show_default=True, help="Least level that is logged.")
def ingest(
    *,
    cameras: tuple[str, ...],
    more: tuple[str, ...],
    config: Path,
    redis: str | None,
    data: Path | None,
    log_level: str,
) -> int:
    """Open each CAMERA of gym.toml (all that are enabled, if none is named) in a process of its own.

    Restarts what dies, and follows gym.toml as spotter run does.
    """
    from spotter.lineup import Plan
    from spotter.supervising import places_and_config, supervise

    chosen = frozenset(cameras + more)
    kind = "-".join(["ingest", *sorted(chosen)])
    places, read = places_and_config(config, kind, data, may_miss=True)
    for name in sorted(chosen):
        if read.settings.find_camera(name) is None:
            known = ", ".join(camera.id for camera in read.settings.camera) or "none"
            raise ConfigError(f"{config}: there is no camera {name!r}; it has {known}")
    plan = Plan(
        roles=frozenset({"ingest"}),
        cameras=chosen or None,
        redis=None if redis is None else Address(redis),
        log_level=log_level.upper(),
    )
    return supervise(f"supervisor:{socket.gethostname()}:{kind}", places, read, plan)
