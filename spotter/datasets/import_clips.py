"""``spotter dataset import``: labelled clips from anywhere in, a folder with a table of them out."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError, ExitCode
from core.names import shown_name
from spotter.datasets.clip_options import clip_bar, clip_options, print_labels, read_clips, size_option, tell

if TYPE_CHECKING:
    from training.dataset.sampling import Size


@click.command("import", short_help="List labelled clips, fetch them from a bucket, resize them, take frames out.")
@click.argument("source")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Bring clips and clips.csv here.",
)
@click.option("--copy", is_flag=True, help="Copy clips of this machine too, instead of only listing them.")
@click.option(
    "--resize", callback=size_option, metavar="WxH", help="Write clips anew, shrunk to fit into this size, as 640x480."
)
@click.option("--fps", type=click.FloatRange(0.5, 240), metavar="N", help="Write clips anew at N frames a second.")
@click.option(
    "--frames",
    "pictures_fps",
    type=click.FloatRange(0.001, 240),
    metavar="N",
    help="Also write N frames a second as pictures: frames/LABEL/CLIP/NUMBER_SECONDS.jpg.",
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
@clip_options
def import_clips(  # noqa: PLR0913  # one argument an option
    *,
    source: str,
    out: Path,
    copy: bool,
    resize: "Size | None",
    fps: float | None,
    pictures_fps: float | None,
    jobs: int,
    renames: tuple[str, ...],
    group_pattern: str,
    group_column: str,
) -> int:
    r"""Bring labelled clips into FOLDER and list them in its clips.csv, with size and hash.

    SOURCE is a folder LABEL/CLIP.mp4 or LABEL/PERSON/CLIP.mp4, or a CSV with the columns clip and label (and, if
    known, group, view, start_s, end_s): on this machine, or in a bucket such as s3://NAME/FOLDER or gs://NAME/FOLDER.

    Clips of a bucket are copied, clips of this machine only listed where they are. What is there already is not
    fetched again. A clip that is missing or damaged is named, the others are brought, and the exit code is 4.
    """
    from training.dataset.fetch_one import FetchOptions
    from training.dataset.fetching import fetch_clips

    by_folders = _is_itself(source, out)
    found = read_clips(source, renames, group_pattern, group_column, by_folders=by_folders)
    options = FetchOptions(copy, resize, fps, pictures_fps)
    result = fetch_clips(found, out, options, jobs=min(jobs, len(found.clips)), bar=partial(clip_bar, "bringing"))
    tell(result.remarks, result.left_out)
    print_labels(result.clips)
    made = f", {result.pictures} pictures" if pictures_fps is not None else ""
    click.echo(f"{shown_name(out / 'clips.csv')}: {len(result.clips)} clips, {result.fetched} brought now{made}")
    return ExitCode.UNUSABLE if result.left_out else ExitCode.FINE


def _is_itself(source: str, out: Path) -> bool:
    """Whether a folder is to be listed in place, anew; raises ConfigError where its table knows more than that."""
    from training.dataset.clip_table import cells
    from training.dataset.storage import is_address, local_path

    if is_address(source) or not local_path(source).exists() or not out.exists():
        return False
    table = out / "clips.csv"
    if table.exists() and local_path(source).samefile(table):
        raise ConfigError(f"{shown_name(table)}: would be overwritten by itself; name another folder with --out")
    if not local_path(source).samefile(out):
        return False
    if table.exists() and any(row.get("origin") for row in cells(table)[1]):
        raise ConfigError(f"{shown_name(out)}: was brought from elsewhere; name its origin, or another --out")
    return True
