"""``spotter alerts``: asks the database; everything else is in ``spotter.query``."""

from typing import Any

import click

from spotter.query.options import choice_options, format_options, gym_options, span_options


@click.command(short_help="What staff were told.")
@span_options
@choice_options("person", "zone", "camera")
@format_options
@gym_options
def alerts(**options: Any) -> None:  # noqa: ANN401  # as the options declare them
    """Show alerts, the newest first, also those that are over."""
    from spotter.query.answering import answer_question

    answer_question("alerts", **options)
