"""``spotter dataset extract``: labelled clips in, one file of landmarks out."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError, ExitCode
from core.names import shown_name
from spotter.datasets.clip_options import clip_bar, clip_options, hashed, print_labels, read_clips, size_option, tell

if TYPE_CHECKING:
    from training.dataset.clip import ClipList
    from training.dataset.extract import Extracted
    from training.dataset.sampling import Size
    from workers.models.catalogue import Variant


@click.command(short_help="Find the people of labelled clips and write their landmarks into one file.")
@click.argument("source")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.parquet", help="Write this."
)
@click.option("--fps", type=click.FloatRange(0.5, 1000), metavar="N", help="Look at no more than N frames a second.")
@click.option("--resize", callback=size_option, metavar="WxH", help="Shrink frames to fit into this size, as 640x480.")
@click.option(
    "--variant",
    type=click.Choice(["lite", "full", "heavy"]),
    default="full",
    show_default=True,
    help="Of the pose model.",
)
@click.option("--everybody", is_flag=True, help="Label all people of a clip, not only the main one.")
@click.option("--drop", is_flag=True, help="Let go clips that FILE holds and SOURCE does not list.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
@clip_options
def extract(  # noqa: PLR0913  # one argument an option
    *,
    source: str,
    out: Path,
    fps: float | None,
    resize: "Size | None",
    variant: "Variant",
    everybody: bool,
    drop: bool,
    jobs: int,
    renames: tuple[str, ...],
    group_pattern: str,
    group_column: str,
) -> int:
    """Find and follow the people of labelled clips and write their landmarks, frame by frame, into one Parquet file.

    SOURCE is a folder LABEL/CLIP.mp4 or LABEL/PERSON/CLIP.mp4, a CSV with the columns clip and label, or a folder that
    'spotter dataset import' wrote. A clip's label belongs to its main person, the one seen largest for longest; the
    others are written without a label.

    Clips that FILE holds already are not extracted again, and a run that was interrupted goes on. A clip that is
    damaged is named, what could be read of it is kept, and the exit code is 4.
    """
    from training.dataset.extract import extract_landmarks, require_local
    from training.dataset.pose_path import PoseOptions
    from workers.models.pull import ensure_pose_models

    if out.suffix != ".parquet":
        raise ConfigError(f"--out {shown_name(out)}: the name must end in .parquet")
    require_local(source)
    found = read_clips(source, renames, group_pattern, group_column)
    for clip in found.clips:
        require_local(clip.location)
    ensure_pose_models(variant)
    found = hashed(found)
    options = PoseOptions(fps, resize, variant)
    result = extract_landmarks(
        found, out, options, jobs=jobs, everybody=everybody, drop=drop, bar=partial(clip_bar, "extracting")
    )
    tell(result.remarks, result.left_out)
    _print(out, found, result)
    return ExitCode.UNUSABLE if result.left_out else ExitCode.FINE


def _print(out: Path, found: "ClipList", result: "Extracted") -> None:
    """Say what the file holds: a line for each label, and one for all."""
    held = {record.name for record in result.records}
    print_labels(clip for clip in found.clips if clip.name in held)
    seconds = sum(record.seconds for record in result.records)
    click.echo(
        f"{shown_name(out)}: {len(held)} clips ({seconds / 60:.1f} minutes, {result.new} extracted now), "
        f"{result.people} people, {result.rows} rows"
    )
