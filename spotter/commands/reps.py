"""``spotter reps``: asks the database; everything else is in ``spotter.query``."""

from typing import Any

import click

from spotter.query.options import choice_options, format_options, gym_options, span_options


@click.command(short_help="Repetitions: each with its time, range of motion and faults.")
@span_options
@choice_options("person", "exercise", "zone", "camera")
@format_options
@gym_options
def reps(**options: Any) -> None:  # noqa: ANN401  # as the options declare them
    """Show single repetitions, those of the newest set first; tentative ones are marked."""
    from spotter.query.answering import answer_question

    answer_question("reps", **options)
