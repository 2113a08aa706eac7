"""``spotter sessions``: asks the database; everything else is in ``spotter.query``."""

from typing import Any

import click

from spotter.query.options import choice_options, format_options, gym_options, span_options


@click.command(short_help="Visits: when somebody came and left, and what they did.")
@span_options
@choice_options("person", "exercise", "zone", "camera")
@format_options
@gym_options
def sessions(**options: Any) -> None:  # noqa: ANN401  # as the options declare them
    """Show visits, the newest first, with how many sets and repetitions they had.

    A visit belongs to the time if it touches it. With an exercise, a zone or a camera, only sets of that are counted.
    """
    from spotter.query.answering import answer_question

    answer_question("sessions", **options)
