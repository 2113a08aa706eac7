"""``spotter config``: says whether gym.toml is fine, and gives its schema to editors."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from core.names import shown_name

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def config_option(command: Decorated) -> Decorated:
    """Give a command the option ``--config``: gym.toml in the present folder, unless said otherwise."""
    option = click.option(
        "-c",
        "--config",
        "path",
        type=click.Path(path_type=Path),
        default="gym.toml",
        envvar="SPOTTER_CONFIG",
        show_default=True,
        metavar="FILE",
        help="The gym's settings (also: SPOTTER_CONFIG).",
    )
    return option(command)


@click.group()
def config() -> None:
    """Check gym.toml, and give its schema to editors."""


@config.command("check")
@config_option
@click.option("--without-environment", is_flag=True, help="Leave ${NAME} as it stands; for where the secrets are not.")
def check_command(path: Path, without_environment: bool) -> None:
    """Tell all that is wrong with gym.toml, each problem with its line; exit status 2 if anything is.

    Starts nothing and opens no camera.
    """
    from core.config_file import load_settings
    from spotter.commands.rehearse import number_text

    settings = load_settings(path, None if without_environment else os.environ)
    zones = {zone.name for camera in settings.camera for zone in camera.zone}
    paused = sum(not camera.enabled for camera in settings.camera)
    parts = [
        number_text(len(settings.camera), "camera", "cameras") + (f" ({paused} paused)" if paused else ""),
        number_text(len(zones), "zone", "zones"),
        f"database {settings.database.url}",
        f"Redis {settings.redis.url or 'of its own'}",
    ]
    click.echo(f"{shown_name(path)}: fine, {', '.join(parts)}")


@config.command("schema")
def schema_command() -> None:
    """Print the JSON schema of gym.toml.

    Save it beside gym.toml and begin that with the line "#:schema gym.schema.json": editors with a TOML language server
    then complete and check.
    """
    from core.config_reference import schema_text

    click.echo(schema_text(), nl=False)
