"""``spotter forget``: erases a person everywhere, and proves it."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from core.errors import ExitCode
from spotter.query.options import gym_options


@click.command(short_help="Erase a person everywhere, and prove it.")
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--by", metavar="NAME", help="Who erases; the user of this machine, if not said.")
@click.option("--remove-copies", is_flag=True, help="Remove the copies of the database that lie beside it, too.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="For people or programs.")
@click.option("--data", type=click.Path(path_type=Path), metavar="FOLDER", help="Where Spotter keeps its files.")
@gym_options
def forget(
    *,
    person: str,
    yes: bool,
    by: str | None,
    remove_copies: bool,
    shape: str,
    data: Path | None,
    path: Path,
    database: str | None,
) -> int:
    """Erase PERSON: a number (#7), a nickname or a member number; with all who were merged with them.

    Rows, names, audit, alerts, events on their way, dead letters, checkpoints, spools. Who stands on the floor right
    now is somebody new from then on. The number is never given again. There is no way back. Exit status 4 if something
    is left.
    """
    from spotter.forgetting import Report, prepare, suspect_of
    from spotter.forgetting import forget as erase
    from spotter.gym_at_hand import gym_at_hand, staff_name
    from spotter.people_names import person_number

    who = staff_name(by)
    gym = gym_at_hand(path, database, data)
    prepare(gym)
    suspect, traces = suspect_of(gym, person_number(gym, person))
    numbers = ", ".join(f"#{number}" for number in suspect.people)
    names = f" ({', '.join(sorted(suspect.names))})" if suspect.names else ""
    rows = ", ".join(f"{count} of {table}" for table, count in traces.rows.items())
    if not yes:
        click.echo(f"person {numbers}{names}: {rows}", err=True)
        click.confirm("Erase all of it, for good?", abort=True, err=True)
    report = Report(suspect.number, suspect.people)
    erase(gym, suspect, who, report, remove_copies=remove_copies)
    if shape == "json":
        click.echo(json.dumps(asdict(report), indent=2))
    else:
        _tell(report.found, report.left)
        for note in report.notes:
            click.echo(f"note: {note}")
        click.echo(f"person {numbers} is {'not wholly erased' if report.left else 'erased; nothing is found any more'}")
    return ExitCode.UNUSABLE if report.left else ExitCode.FINE


def _tell(found: dict[str, int], left: dict[str, int]) -> None:
    click.echo(f"{'':34} {'found':>8} {'left':>8}")
    for place in sorted({*found, *left}):
        click.echo(f"{place:34} {found.get(place, 0):8} {left.get(place, 0):8}")
