"""``spotter sets``: asks the database; everything else is in ``spotter.query``."""

from typing import Any

import click

from spotter.query.options import choice_options, format_options, gym_options, span_options


@click.command(short_help="Sets: who did what, where, how often, how well.")
@span_options
@choice_options("person", "exercise", "zone", "camera")
@format_options
@gym_options
def sets(**options: Any) -> None:  # noqa: ANN401  # as the options declare them
    """Show sets, the newest first; exercise and repetitions as staff corrected them, where they did."""
    from spotter.query.answering import answer_question

    answer_question("sets", **options)
