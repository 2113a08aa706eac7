"""``spotter plot``: one picture out of the database."""

from pathlib import Path

import click

from spotter.commands.config import config_option


@click.command(short_help="Draw volume, occupancy, progress or faults as a picture.")
@click.argument("what", type=click.Choice(["volume", "occupancy", "progress", "faults"]))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FILE",
    help="The picture, .png or .svg; appears when it is complete.",
)  # fmt: skip
@click.option("--days", default="30d", show_default=True, metavar="Nd", help="So many days up to today.")
@click.option("--person", help="Only of this person: number (#7), nickname or member number.")
@click.option("--exercise", help="Only this exercise.")
@click.option("--zone", help="Only in this zone.")
@config_option
@click.option("--database", metavar="FILE|URL", help="Instead of the one in gym.toml.")
def plot(  # one argument an option
    *,
    what: str,
    out: Path,
    days: str,
    person: str | None,
    exercise: str | None,
    zone: str | None,
    path: Path,
    database: str | None,
) -> None:
    """Draw the last days: volume by day, occupancy by zone and hour, one person's progress, or form faults."""
    from core.clock import utc_datetime, utc_ns
    from core.errors import ConfigError
    from core.names import shown_name
    from spotter.query.delivery import refuse_to_replace
    from spotter.query.gym import gym_of
    from spotter.query.names import Typed
    from spotter.query.noting import chosen_text, noting
    from spotter.query.source import Source
    from spotter.query.times import span_of
    from spotter.replacing import ReplacingFile, output_errors
    from spotter.report.asking import opened
    from spotter.report.period import last_days
    from spotter.report.plots import PLOTS

    kind = out.suffix[1:].lower()
    if kind not in ("png", "svg"):
        raise ConfigError(f"--out {shown_name(out)} must end in .png or .svg")
    gym = gym_of(path, database)
    now = utc_datetime(utc_ns())
    period = last_days(days, gym.zone, now)
    refuse_to_replace(out, gym.files)
    with Source(gym.database) as source:
        chosen = source.choose(
            Typed(person=person, exercise=exercise, zone=zone), span_of(None, None, gym.zone, now), gym.elsewhere
        )
    if what == "occupancy" and (chosen.person is not None or chosen.exercise is not None):
        raise ConfigError("occupancy is counted, not who it is; leave out --person and --exercise")
    with opened(gym.database) as connection:
        figure = PLOTS[what](connection, period, chosen)
    file = ReplacingFile(out)
    try:
        with output_errors(out), file.path.open("wb") as target:
            figure.savefig(target, format=kind, dpi=130)
        noting(gym.database, "plot", f"{chosen_text(what, chosen)}, days {period.first} to {period.last}")(1)
        file.commit()
    finally:
        file.discard()
    click.echo(f"{out}: {what}, {period.first} to {period.last}")
