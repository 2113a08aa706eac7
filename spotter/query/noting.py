"""Notes in the access log what a command takes out of the database."""

from collections.abc import Callable

import click

from aggregator.access import note_access
from core.errors import DatabaseError
from core.secrets import Address
from spotter.query.questions import Chosen


def noting(address: Address, action: str, what: str) -> Callable[[int], None]:
    """To be called with the number of rows; one who may only read is told that nothing was noted."""

    def note(rows: int) -> None:
        try:
            note_access(address, action, what, rows)
        except DatabaseError as error:
            click.echo(f"this was not noted in the access log: {error}", err=True)

    return note


def chosen_text(name: str, chosen: Chosen) -> str:
    """What was asked for; a person by the number alone, so that the log keeps no name that is to be forgotten."""
    parts = {
        "person": None if chosen.person is None else f"#{chosen.person}",
        "exercise": chosen.exercise,
        "zone": chosen.zone,
        "camera": chosen.camera,
        "since": chosen.span.since,
        "until": chosen.span.until,
    }
    return ", ".join([name, *(f"{key} {value}" for key, value in parts.items() if value is not None)])
