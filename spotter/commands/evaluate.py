"""``spotter evaluate``: recordings whose truth is known in, a table of how well the analysis did out."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError
from core.names import shown_name

if TYPE_CHECKING:
    from spotter.scene_evaluation import SceneScore


@click.command(short_help="Score the analysis on recordings whose truth is known.")
@click.option(
    "--clips",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of clips with a truth.csv.",
)
@click.option("--split", multiple=True, help="Of --clips: only this split; may be given more than once.")
@click.option("--only", multiple=True, metavar="CLIP", help="Of --clips: only this clip; may be given more than once.")
@click.option("--verbose", is_flag=True, help="Of --clips: list every clip, not only those that were miscounted.")
@click.option(
    "--scene",
    "scenes",
    multiple=True,
    metavar="SCENE",
    help="A scene of the rehearsal gym, or a folder that 'spotter rehearse' wrote; may be given more than once.",
)
@click.option("--camera", "cameras", multiple=True, metavar="ID", help="Of --scene: only this camera; repeatable.")
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), help="Of --scene: record only this long; not for a folder."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    help="Of --scene: draw with this seed instead of the scene's own, and bootstrap with it.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Of --scene: also write the tables to this .md file."
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
def evaluate(  # noqa: PLR0913  # two sources of truth, each with options of its own
    *,
    folder: Path | None,
    split: tuple[str, ...],
    only: tuple[str, ...],
    verbose: bool,
    scenes: tuple[str, ...],
    cameras: tuple[str, ...],
    seconds: float | None,
    seed: int | None,
    out: Path | None,
    jobs: int,
) -> None:
    """Analyze recordings as 'spotter analyze' does and compare with what is true.

    With --clips, repetitions are those of the main person: the one seen largest for longest. Phantom repetitions are
    those of anybody in the clips labelled idle.

    With --scene, everybody in every camera is laid beside the people who were drawn; those figures are synthetic.
    """
    of_clips = {"--split": split, "--only": only, "--verbose": verbose}
    of_scenes = {"--camera": cameras, "--seconds": seconds, "--seed": seed is not None, "--out": out}
    if (folder is None) == (not scenes):
        raise click.UsageError("name what to evaluate: either --clips FOLDER or --scene SCENE")
    _refuse(of_clips if scenes else of_scenes, "--clips" if scenes else "--scene")
    if folder is not None:
        _evaluate_clips(folder, split, only, jobs, verbose=verbose)
    else:
        _evaluate_scenes(scenes, cameras, seconds, seed, out, jobs)


def _refuse(given: Mapping[str, object], source: str) -> None:
    """Refuse options that would be ignored."""
    ignored = [option for option, value in given.items() if value]
    if ignored:
        raise click.UsageError(f"{', '.join(ignored)}: only with {source}")


def _evaluate_clips(folder: Path, split: Sequence[str], only: Sequence[str], jobs: int, *, verbose: bool) -> None:
    from spotter.evaluation import evaluate_clips, print_report, read_truth

    truths = [t for t in read_truth(folder) if (not split or t.split in split) and (not only or t.clip in only)]
    if not truths:
        raise ConfigError(f"{folder / 'truth.csv'}: no clip is left to evaluate; check --split and --only")
    print_report(truths, evaluate_clips(folder, truths, jobs), verbose=verbose)


def _evaluate_scenes(
    scenes: Sequence[str], cameras: Sequence[str], seconds: float | None, seed: int | None, out: Path | None, jobs: int
) -> None:
    from contextlib import ExitStack

    from spotter.replacing import ReplacingFile, output_errors
    from spotter.scene_report import markdown, print_score
    from spotter.table import open_console

    console = open_console()
    scores = []
    with ExitStack() as stack:
        # Opened first: minutes of work must not end at a folder that cannot be written to.
        page = ReplacingFile(out) if out is not None else None
        if page is not None:
            stack.callback(page.discard)
        for scene in scenes:
            score = _score(scene, cameras, seconds, seed, jobs)
            print_score(console, score, seed or 0)
            scores.append(score)
        if page is not None:
            with output_errors(page.target):
                page.path.write_text(markdown(scores, seed or 0), encoding="utf-8")
            page.commit()


def _score(scene: str, cameras: Sequence[str], seconds: float | None, seed: int | None, jobs: int) -> "SceneScore":
    from tempfile import TemporaryDirectory

    from spotter.scene_evaluation import Recorder, evaluate_scene

    if Path(scene).is_dir():
        if seconds is not None:
            raise ConfigError(f"--seconds: {shown_name(scene)} is recorded already; leave the option out")
        return evaluate_scene(Path(scene), cameras, jobs)
    with TemporaryDirectory(prefix="spotter-") as folder:
        click.echo(f"drawing the scene {shown_name(scene)}", err=True)
        Recorder(scene, seconds, seed).record(Path(folder), cameras, jobs)
        return evaluate_scene(Path(folder), cameras, jobs)
