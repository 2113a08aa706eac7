"""``spotter dataset penn-action``: annotations of the Penn Action data set in, a file of landmarks out."""

from pathlib import Path

import click


@click.command("penn-action", short_help="Read the joints and actions of the Penn Action data set.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Write this .parquet file.")
@click.option("--others", is_flag=True, help="Also take its other seven actions, as other:NAME.")
def penn_action(folder: Path, out: Path, *, others: bool) -> int:
    """Read FOLDER/labels/*.mat of Penn Action: eight gym actions, 13 joints in the picture, 30 frames/s.

    Its pictures are not needed. Landmarks that it lacks are guesses with visibility 0, and depth is unknown (0): see
    docs/datasets.md. Each sequence is a group of its own; the set's own train/test flag stands in the recording's name.
    """
    from spotter.datasets.importing import import_tracks
    from training.dataset.findings import Findings
    from training.dataset.penn_action import UNREADABLE, label_files, read_penn_action

    findings = Findings()
    tracks = read_penn_action(label_files(folder), findings, others=others)
    return import_tracks(tracks, out, findings, {"importer": "penn-action"}, lost=(UNREADABLE,))
