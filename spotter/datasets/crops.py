"""``spotter dataset crops``: landmarks and their clips in, one file of pictures of people out."""

import os
from functools import partial
from pathlib import Path

import click

from core.errors import ConfigError, ExitCode
from core.names import shown_name
from spotter.datasets.clip_options import clip_bar, clip_options, hashed, read_clips, tell


@click.command(short_help="Cut squares around the people of labelled clips, for models that look at pixels.")
@click.argument("landmarks", type=click.Path(path_type=Path), metavar="LANDMARKS")
@click.argument("source")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.parquet", help="Write this."
)
@click.option(
    "--fps", type=click.FloatRange(0.01, 240), default=2.0, show_default=True, help="Squares a second of each person."
)
@click.option(
    "--side", type=click.IntRange(16, 1024), default=128, show_default=True, metavar="PX", help="Side of the squares."
)
@click.option(
    "--margin",
    type=click.FloatRange(0, 2),
    default=0.15,
    show_default=True,
    help="Around the landmarks, as a share of their longer side.",
)
@click.option("--unlabelled", is_flag=True, help="Also people, and times, without a label.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
@clip_options
def crops(  # noqa: PLR0913  # one argument an option
    *,
    landmarks: Path,
    source: str,
    out: Path,
    fps: float,
    side: int,
    margin: float,
    unlabelled: bool,
    jobs: int,
    renames: tuple[str, ...],
    group_pattern: str,
    group_column: str,
) -> int:
    """Cut square pictures of the labelled people of LANDMARKS out of the clips of SOURCE, into one Parquet file.

    LANDMARKS was made by 'spotter dataset extract' from the same SOURCE; people, labels and groups are those of it.
    The file holds pictures of people: keep it as carefully as the clips.
    """
    from training.dataset.crop_cutting import CropOptions, cut_crops
    from training.dataset.extract import require_local

    if out.suffix != ".parquet":
        raise ConfigError(f"--out {shown_name(out)}: the name must end in .parquet")
    if out.exists() and landmarks.exists() and out.samefile(landmarks):
        raise ConfigError("--out: would overwrite the file of landmarks; give another name")
    require_local(source)
    found = read_clips(source, renames, group_pattern, group_column)
    for clip in found.clips:
        require_local(clip.location)
    found = hashed(found)
    options = CropOptions(fps, side, margin, unlabelled)
    cut = cut_crops(landmarks, found, out, options, jobs=jobs, bar=partial(clip_bar, "cutting"))
    tell([], cut.left_out)
    for label in sorted(cut.crops):
        click.echo(f"{label or '(none)'}: {cut.crops[label]} crops")
    click.echo(f"{shown_name(out)}: {sum(cut.crops.values())} crops of {side}x{side} pixels")
    return ExitCode.UNUSABLE if cut.left_out else ExitCode.FINE
