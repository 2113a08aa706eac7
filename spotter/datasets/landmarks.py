"""``spotter dataset landmarks``: landmark CSVs of other tools in, a file of landmarks out."""

import re
from pathlib import Path

import click

from core.errors import ConfigError


@click.command(short_help="Read landmarks of other tools from CSV files.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CSV...")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Write this .parquet file.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take the labels from this CSV, joined by recording, by frame, or by both.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    help="Column of video, frame, label, group, person, time, time_ms or view, where it is not found by itself.",
)
@click.option("--size", metavar="WxH", help="Size of the pictures; for coordinates of 0 to 1.")
@click.option(
    "--fps", type=click.FloatRange(1, 1000), default=30.0, show_default=True, help="Frames a second, where no time is."
)
@click.option(
    "--coordinates",
    "kind",
    type=click.Choice(["shares", "pixels", "centred"]),
    help="Shares of the picture (0 to 1), pixels, or lengths from between the hips; found out if not told.",
)
@click.option("--rename", "renames", multiple=True, metavar="OLD=NEW", help="Read the label OLD as NEW; repeatable.")
def landmarks(
    *,
    files: tuple[Path, ...],
    out: Path,
    labels: Path | None,
    columns: tuple[str, ...],
    size: str | None,
    fps: float,
    kind: str | None,
    renames: tuple[str, ...],
) -> int:
    """Read CSV files with 33 BlazePose landmarks a row (x, y, z, visibility) and a recording and frame id.

    Columns are recognised by their names, such as x0, nose_x or x_left_shoulder. Rows and files that cannot be used
    are named on standard error and the rest goes on; the exit code is 4 if a whole file was left out.
    """
    from spotter.cli import complain
    from spotter.datasets.importing import import_tracks
    from training.dataset.findings import Findings
    from training.dataset.label_reading import LabelReader, read_renames
    from training.dataset.landmark_csv import UNREADABLE, CsvOptions, read_landmark_csvs
    from training.dataset.landmark_rows import read_labels

    told = _told(columns)
    table = read_labels(labels, told) if labels is not None else None
    options = CsvOptions(told, table, _size(size), fps, kind)
    reader, findings = LabelReader(read_renames(renames)), Findings()
    tracks = read_landmark_csvs(files, options, reader, findings)
    code = import_tracks(tracks, out, findings, {"importer": "landmarks"}, lost=(UNREADABLE,))
    for remark in reader.remarks():
        complain(remark)
    return code


def _told(columns: tuple[str, ...]) -> dict[str, str]:
    from training.dataset.landmark_columns import ROLES

    told = {}
    for pair in columns:
        role, equals, name = pair.partition("=")
        if not equals or not name.strip() or role not in ROLES:
            raise ConfigError(f"--column {pair}: write it as ROLE=NAME, where ROLE is one of {', '.join(ROLES)}")
        told[role] = name
    return told


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text.strip().lower())
    if found is None or not int(found[1]) or not int(found[2]):
        raise ConfigError(f"--size {text}: write it as WIDTHxHEIGHT, such as 1280x720")
    return int(found[1]), int(found[2])
