"""``spotter dataset synthesize``: labelled tracks of drawn people, for training where real recordings are few."""

import json
from pathlib import Path
from typing import Literal

import click

from core.errors import ConfigError
from training.dataset.landmarks import TrackWriter
from training.synthetic.cameras import SECTOR_NAMES, yaws
from training.synthetic.generating import Wish, counts, generated

LONGEST_S = 120.0


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Parquet file to write.")
@click.option("--per-class", type=click.IntRange(1, 100_000), default=60, show_default=True,
              help="Tracks of each exercise; idle and other get 4 and 9 times as many.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another one gives other people.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option("--fps", type=click.FloatRange(4, 60), default=10.0, show_default=True,
              help="Frames a second of drawn tracks; projected ones have 8 to 30.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(4, LONGEST_S), default=12.0, show_default=True,
              help="Length of a track.")  # fmt: skip
@click.option("--mode", type=click.Choice(["projected", "rendered"]), default="projected", show_default=True,
              help="Compute landmarks, or draw people and look at them with the pose network.")  # fmt: skip
@click.option("--views", metavar="SECTORS", default=",".join(SECTOR_NAMES), show_default="all",
              help="Yaw sectors by their first degree, such as 0,45,315; 0 faces the camera.")  # fmt: skip
def synthesize(
    out: Path, per_class: int, seed: int, jobs: int, fps: float, seconds: float,
    mode: Literal["projected", "rendered"], views: str,
) -> None:  # fmt: skip
    """Make labelled tracks of people who do not exist."""
    if out.exists():
        raise ConfigError(f"{out}: exists already; remove it or choose another name")
    wish = Wish(per_class, seed, mode, seconds, fps, yaws(views))
    total, written = sum(counts(per_class).values()), 0
    told = {"made_by": "spotter dataset synthesize", "wish": json.dumps(_told(wish))}

    with TrackWriter(out, told) as writer, click.progressbar(length=total, label="tracks") as bar:
        for track in generated(wish, jobs, done=lambda: bar.update(1)):
            writer.write(track)
            written += 1
    lost = total - written
    click.echo(f"{out}: {written} synthetic tracks" + (f"; {lost} people could not be followed" if lost else ""))


def _told(wish: Wish) -> dict[str, object]:
    return {name: getattr(wish, name) for name in ("per_class", "seed", "mode", "seconds", "fps", "sectors")}
