"""What the commands do: from options to an answer that is written."""

from pathlib import Path
from typing import Any

import click

from core.clock import utc_datetime, utc_ns
from spotter.query.delivery import deliver, format_for, refuse_to_replace
from spotter.query.gym import gym_of
from spotter.query.names import Typed
from spotter.query.noting import chosen_text, noting
from spotter.query.options import TABLE_ROWS
from spotter.query.questions import QUESTIONS
from spotter.query.source import Source
from spotter.query.times import span_of

SQL_ROWS = 1_000_000
"""What a typed statement gives at most without --limit."""


def answer_question(
    name: str,
    *,
    path: Path,
    database: str | None,
    since: str | None,
    until: str | None,
    shape: str | None,
    limit: int | None,
    out: Path | None,
    **typed: Any,  # noqa: ANN401  # of the four options, those that the command has
) -> None:
    """Write the answer to one of ``QUESTIONS``."""
    gym = gym_of(path, database)
    span = span_of(since, until, gym.zone, utc_datetime(utc_ns()))
    shape = format_for(shape, out)
    if out is not None:
        refuse_to_replace(out, gym.files)
    if limit is None and shape == "table" and out is None:
        limit = TABLE_ROWS
    with Source(gym.database) as source:
        chosen = source.choose(Typed(**typed), span, gym.elsewhere)
        # What is looked at is no export; what is made for another program or into a file is.
        note = None
        if shape != "table" or out is not None:
            note = noting(gym.database, "export", chosen_text(name, chosen))
        with source.ask(QUESTIONS[name], chosen, limit) as answer:
            deliver(answer, shape, out, gym.zone, note)
    if answer.cut:
        click.echo(f"there are more; these are the newest {limit}, --limit N gives more", err=True)


def answer_sql(
    statement: str,
    *,
    path: Path,
    database: str | None,
    shape: str | None,
    limit: int | None,
    out: Path | None,
    timeout_s: float,
) -> None:
    """Write the answer to a typed statement."""
    gym = gym_of(path, database)
    shape = format_for(shape, out)
    if out is not None:
        refuse_to_replace(out, gym.files)
    if limit is None:
        limit = TABLE_ROWS if shape == "table" and out is None else SQL_ROWS
    with Source(gym.database) as source, source.ask_sql(statement, limit, timeout_s) as answer:
        deliver(answer, shape, out, gym.zone, noting(gym.database, "sql", statement))
    if answer.cut:
        click.echo(f"there are more rows; these are the first {limit}, --limit N gives more", err=True)
