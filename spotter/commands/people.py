"""``spotter people``: asks the database; everything else is in ``spotter.query``."""

from typing import Any

import click

from spotter.query.options import choice_options, format_options, gym_options, span_options


@click.command(short_help="Who was on the floor, and how much they did.")
@span_options
@choice_options("person", "exercise", "zone", "camera")
@format_options
@gym_options
def people(**options: Any) -> None:  # noqa: ANN401  # as the options declare them
    """Show who was on the floor, the last seen first, with visits, sets and repetitions of that time.

    People are numbers, unless staff gave them a nickname or a member number.
    """
    from spotter.query.answering import answer_question

    answer_question("people", **options)
