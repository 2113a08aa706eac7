"""``spotter cameras``: asks the database; everything else is in ``spotter.query``."""

from typing import Any

import click

from spotter.query.options import choice_options, format_options, gym_options, span_options


@click.command(short_help="What the database knows of cameras; `camera` edits them.")
@span_options
@choice_options("person", "exercise", "zone", "camera")
@format_options
@gym_options
def cameras(**options: Any) -> None:  # noqa: ANN401  # as the options declare them
    """Show the cameras, their last known state in that time, and how many sets each saw best.

    To add, pause or remove one, see `spotter camera`.
    """
    from spotter.query.answering import answer_question

    answer_question("cameras", **options)
