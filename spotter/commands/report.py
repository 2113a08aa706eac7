"""``spotter report``: one page about a day or a week."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotter.commands.config import config_option

if TYPE_CHECKING:
    from core.settings import Gym


@click.command(short_help="Write a day or a week as a page to read or print.")
@click.argument("when", metavar="DAY|WEEK")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("report.html"), show_default=True, metavar="FILE",
    help="The page; appears when it is complete.",
)  # fmt: skip
@config_option
@click.option("--database", metavar="FILE|URL", help="Instead of the one in gym.toml.")
def report(when: str, out: Path, path: Path, database: str | None) -> None:
    """Write a report as one HTML file: volume, busiest hours, zones, exercises, form, alerts, cameras, people.

    DAY|WEEK is such as today, yesterday, 2026-07-01, this-week, last-week or 2026-W27, in the gym's time zone.
    """
    from core.clock import utc_datetime, utc_ns
    from spotter import __version__
    from spotter.query.delivery import refuse_to_replace
    from spotter.query.gym import gym_of
    from spotter.query.noting import noting
    from spotter.replacing import ReplacingFile, output_errors
    from spotter.report.asking import opened
    from spotter.report.facts import read_facts
    from spotter.report.page import page
    from spotter.report.period import period_of

    gym = gym_of(path, database)
    period = period_of(when, gym.zone, utc_datetime(utc_ns()))
    refuse_to_replace(out, gym.files)
    with opened(gym.database) as connection:
        facts = read_facts(connection, period)
    text = page(facts, _gym(path), __version__)
    file = ReplacingFile(out)
    try:
        with output_errors(out):
            file.path.write_text(text, encoding="utf-8", errors="replace")
        noting(gym.database, "report", f"report, since {period.first}, until {period.last}")(len(facts.people))
        file.commit()
    finally:
        file.discard()
    click.echo(f"{out}: {period.title}, {facts.visits:,} visits, {facts.sets:,} sets, {facts.reps:,} repetitions")


def _gym(path: Path) -> "Gym":
    """What the gym is called; a database that is named may have no gym.toml beside it."""
    from core.config_file import load_settings
    from core.settings import Gym

    return load_settings(path, os.environ, may_miss=True).gym if path.exists() else Gym()
