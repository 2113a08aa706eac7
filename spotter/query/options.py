"""The options that commands which ask the past have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from spotter.commands.config import config_option

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
FORMATS = ("table", "csv", "json", "jsonl", "parquet")
TABLE_ROWS = 100
"""What a table shows without --limit: the newest; the formats for programs give all."""
MOST_ROWS = 10**15
"""More than any database holds, and a number that every database takes."""
SHORTEST_S, LONGEST_S = 0.1, 3600.0
"""How long a typed statement may be allowed to take."""

_CHOICES = {
    "person": "Only of this person: number (#7), nickname or member number.",
    "exercise": "Only this exercise.",
    "zone": "Only in this zone.",
    "camera": "Only what this camera saw.",
}


def _together(options: list[Callable[[Decorated], Decorated]]) -> Callable[[Decorated], Decorated]:
    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def span_options(command: Decorated) -> Decorated:
    """--since and --until."""
    when = "2026-07-01, '2026-07-01 18:00', today, yesterday, monday, 2h, 3d"
    return _together(
        [
            click.option("--since", metavar="WHEN", help=f"Not before: {when}; in the gym's time zone."),
            click.option("--until", metavar="WHEN", help="Not after; a day is meant with all of it."),
        ]
    )(command)


def choice_options(*names: str) -> Callable[[Decorated], Decorated]:
    """Those of --person, --exercise, --zone and --camera that make sense."""
    return _together([click.option(f"--{name}", metavar="NAME", help=_CHOICES[name]) for name in names])


def gym_options(command: Decorated) -> Decorated:
    """--config and --database."""
    url = click.option("--database", metavar="URL", help="Instead of the one in gym.toml; a file's name will do.")
    return _together([config_option, url])(command)


def format_options(command: Decorated) -> Decorated:
    """--format, --limit and --out."""
    return _together(
        [
            click.option(
                "--format",
                "shape",
                type=click.Choice(FORMATS),
                help="For people (table) or programs; by the name of --out, else a table.",
            ),
            click.option(
                "--limit",
                type=click.IntRange(1, MOST_ROWS),
                metavar="N",
                help="At most so many rows, the newest; a table has 100 otherwise, the other formats all.",
            ),
            click.option(
                "--out",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Write here instead of to standard output; appears when it is complete.",
            ),
        ]
    )(command)
