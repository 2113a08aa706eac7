"""``spotter member``: links people to the gym's members, and shows a member's progress."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from core.errors import ConfigError
from spotter.query.options import gym_options


@click.group(short_help="Link people to the gym's members, and show a member's progress.")
def member() -> None:
    """Link people on the floor to the gym's members, by hand and never by a face, and show a member's progress."""


@member.command("link")
@click.argument("person")
@click.argument("number", required=False)
@click.option("--nickname", metavar="NAME", help="What the screens call the person; empty takes it away.")
@click.option("--by", metavar="NAME", help="Who says so; the user of this machine, if not said.")
@click.option("--data", type=click.Path(path_type=Path), metavar="FOLDER", help="Where Spotter keeps its files.")
@gym_options
def link_command(
    *,
    person: str,
    number: str | None,
    nickname: str | None,
    by: str | None,
    data: Path | None,
    path: Path,
    database: str | None,
) -> None:
    """Say that PERSON (#7) is the member with this NUMBER, or is called so.

    Who comes on another day is another person at first; linked to the same number, both are one. An empty NUMBER ("")
    takes it away.
    """
    from spotter.gym_at_hand import gym_at_hand, staff_name
    from spotter.members import link
    from spotter.people_names import person_number

    if number is None and nickname is None:
        raise ConfigError("say the member's NUMBER, or a name with --nickname")
    gym = gym_at_hand(path, database, data)
    click.echo(link(gym, person_number(gym, person), number, nickname, staff_name(by)))


@member.command("progress")
@click.argument("number")
@click.option("--exercise", metavar="NAME", help="Only this exercise.")
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), default="table", help="For people or programs."
)
@click.option("--png", type=click.Path(path_type=Path), metavar="FILE", help="Draw it here.")
@gym_options
def progress_command(
    *, number: str, exercise: str | None, shape: str, png: Path | None, path: Path, database: str | None
) -> None:
    """Show what the member with this NUMBER (or nickname, or #7) did, week by week and exercise by exercise.

    Repetitions, tempo (time of a repetition), range of motion and form faults, as the cameras estimate them.
    """
    from core.clock import utc_datetime, utc_ns
    from core.names import shown_name
    from spotter.member_progress import weeks_of, write_picture
    from spotter.query.delivery import refuse_to_replace
    from spotter.query.gym import gym_of
    from spotter.query.names import Typed
    from spotter.query.noting import noting
    from spotter.query.source import Source
    from spotter.query.times import span_of
    from spotter.report.asking import opened

    gym = gym_of(path, database)
    if png is not None:
        if png.suffix.lower() != ".png":
            raise ConfigError(f"--png {shown_name(png)} must end in .png")
        refuse_to_replace(png, gym.files)
    always = span_of(None, None, gym.zone, utc_datetime(utc_ns()))
    with Source(gym.database) as source:
        chosen = source.choose(Typed(person=number, exercise=exercise), always, gym.elsewhere)
    assert chosen.person is not None
    with opened(gym.database) as connection:
        weeks = [week for week in weeks_of(connection, chosen.person) if chosen.exercise in (None, week.exercise)]
    note = noting(gym.database, "export", f"progress of person {chosen.person}")
    if png is not None:
        note(len(weeks))
        write_picture(png, f"{gym.name}: {number}" if gym.name else number, weeks)
    if shape == "json":
        note(len(weeks))
        click.echo(json.dumps([asdict(week) for week in weeks], indent=2, ensure_ascii=False))
    elif not weeks:
        click.echo("no sets yet")
    else:
        click.echo(_line("week of", "exercise", "sets", "reps", "hold", "tempo", "range", "faults"))
        for week in weeks:
            click.echo(
                _line(
                    week.week,
                    week.exercise.replace("_", " "),
                    str(week.sets),
                    str(week.reps),
                    f"{week.hold_s:.0f}s" if week.hold_s else "",
                    "" if week.tempo_s is None else f"{week.tempo_s:.2f}s",
                    "" if week.range_of_motion is None else f"{week.range_of_motion:.1f} {week.unit}",
                    "" if week.faults_per_rep is None else f"{week.faults_per_rep:.0%}",
                )
            )


_WIDTHS = (-10, -20, 4, 5, 6, 6, 10, 6)


def _line(*cells: str) -> str:
    """Cells under each other; a negative width begins at the left."""
    return "  ".join(
        cell.ljust(-width) if width < 0 else cell.rjust(width) for cell, width in zip(cells, _WIDTHS, strict=True)
    )
