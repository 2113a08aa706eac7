"""``spotter sql``: one statement that only reads; what keeps it from writing is in ``aggregator.reading``."""

import sys
from pathlib import Path

import click

from spotter.finite import FiniteRange
from spotter.query.options import LONGEST_S, SHORTEST_S, format_options, gym_options


@click.command(short_help="Ask the database in SQL, without being able to change it.")
@click.argument("statement")
@click.option(
    "--timeout",
    "timeout_s",
    type=FiniteRange(SHORTEST_S, LONGEST_S),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the statement may take.",
)
@format_options
@gym_options
def sql(
    *,
    statement: str,
    timeout_s: float,
    path: Path,
    database: str | None,
    shape: str | None,
    limit: int | None,
    out: Path | None,
) -> None:
    """Answer one statement, such as "select exercise, sum(reps) from sets group by exercise".

    STATEMENT is one SELECT, WITH or VALUES; - reads it from standard input. Nothing can be written by it. Tables and
    views are in docs/database.md.
    """
    from spotter.query.answering import answer_sql

    if statement == "-":
        statement = sys.stdin.read()
    answer_sql(statement, path=path, database=database, shape=shape, limit=limit, out=out, timeout_s=timeout_s)
