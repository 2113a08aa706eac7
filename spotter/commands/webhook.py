"""``spotter webhook``: lists the webhooks of gym.toml, and tries one out."""

import os
import time
from pathlib import Path

import click

from spotter.commands.config import config_option


@click.group(short_help="List the webhooks of gym.toml, and try one out.")
def webhook() -> None:
    """Other programs that are told of sets and alerts, as gym.toml names them."""


@webhook.command("list")
@config_option
def list_command(path: Path) -> None:
    """Show the webhooks in the order of the file; neither addresses nor keys."""
    from core.config_file import load_settings

    settings = load_settings(path, None)
    if not settings.webhook:
        click.echo("no webhook in gym.toml; docs/webhooks.md says how to add one")
    for one in settings.webhook:
        click.echo(f"{one.name}: {', '.join(one.events)}{'' if one.enabled else ' (not enabled)'}")


@webhook.command("test")
@click.argument("name")
@config_option
def test_command(name: str, path: Path) -> None:
    """Send one signed message of the kind "test" to the webhook NAME, and say what it answers.

    It is sent from here and now, once, and not noted anywhere; the program should answer it as any other.
    """
    from aggregator.webhook_requests import Request, body_of, delivery_key
    from core.clock import NANOSECONDS, utc_datetime, utc_ns
    from core.config_file import load_settings
    from core.errors import ConfigError, OutOfReachError
    from core.names import shown_name

    settings = load_settings(path, os.environ, may_miss=True)
    known = {one.name: one for one in settings.webhook}
    if name not in known:
        names = f"known are {', '.join(known)}" if known else "it names none; docs/webhooks.md says how to add one"
        raise ConfigError(f"{shown_name(path)} has no webhook '{name}'; {names}")
    now_ns = utc_ns()
    key = delivery_key(name, "test", str(now_ns))
    at = utc_datetime(now_ns).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = body_of({"delivery": key, "event": "test", "at": at, "gym": settings.gym.name})
    began = time.monotonic()
    outcome = Request(known[name], "test", key, body, now_ns // NANOSECONDS).send()
    if not outcome.taken:
        raise OutOfReachError(f"the webhook {name} {outcome.problem}")
    click.echo(f"{name}: fine, answers {outcome.status} after {(time.monotonic() - began) * 1000:.0f} ms")
