"""``spotter evaluate``: recordings with known repetitions in, a table of how well they were counted out."""

import os
from pathlib import Path

import click

from core.errors import ConfigError


@click.command(short_help="Score the analysis on recordings with known repetitions.")
@click.option(
    "--clips",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of clips with a truth.csv.",
)
@click.option("--split", multiple=True, help="Only this split; may be given more than once.")
@click.option("--only", multiple=True, metavar="CLIP", help="Only this clip; may be given more than once.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
@click.option("--verbose", is_flag=True, help="List every clip, not only those that were miscounted.")
def evaluate(folder: Path, split: tuple[str, ...], only: tuple[str, ...], jobs: int, *, verbose: bool) -> None:
    """Analyze every clip of a folder as 'spotter analyze' does and compare with its truth.csv.

    Repetitions are those of the main person: the one seen largest for longest. Phantom repetitions are those of
    anybody in the clips labelled idle.
    """
    from spotter.evaluation import evaluate_clips, print_report, read_truth

    truths = [t for t in read_truth(folder) if (not split or t.split in split) and (not only or t.clip in only)]
    if not truths:
        raise ConfigError(f"{folder / 'truth.csv'}: no clip is left to evaluate; check --split and --only")
    print_report(truths, evaluate_clips(folder, truths, jobs), verbose=verbose)
