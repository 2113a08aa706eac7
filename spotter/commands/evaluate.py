"""``spotter evaluate``: recordings, scenes or landmarks whose truth is known in, a table of how well we did out."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError
from core.names import shown_name
from spotter.finite import FiniteRange

if TYPE_CHECKING:
    from spotter.scene_evaluation import SceneScore
    from training.evaluation.report import Report


@click.command(short_help="Score the analysis, or a classifier, on data whose truth is known.")
@click.argument("model", required=False, type=click.Path(path_type=Path))
@click.option(
    "--data",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Of MODEL: labelled landmarks or crops that 'spotter dataset' made; repeatable.",
)
@click.option(
    "--part",
    type=click.Choice(["train", "validation", "test"]),
    help="Of MODEL with --split: whom to ask about (test); threshold and temperature are chosen on validation.",
)
@click.option(
    "--false-share",
    type=FiniteRange(0, 1),
    help="Of MODEL: share of idle and other windows that may get an exercise, to choose the threshold by (0.05).",
)
@click.option("--set-threshold", is_flag=True, help="Of MODEL with --split: write the chosen threshold into its file.")
@click.option(
    "--clips",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of clips with a truth.csv.",
)
@click.option(
    "--split", multiple=True, help="Of --clips: only this split; repeatable. Of MODEL: the file of 'dataset split'."
)
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
    "--seconds", type=FiniteRange(0, min_open=True), help="Of --scene: record only this long; not for a folder."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    help="Of --scene: draw with this seed instead of the scene's own, and bootstrap with it.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Of --scene: also write the tables to this .md file. Of MODEL: write figures and pictures to this folder.",
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes.")
def evaluate(  # noqa: PLR0913  # three sources of truth, each with options of its own
    *,
    model: Path | None,
    files: tuple[Path, ...],
    part: str | None,
    false_share: float | None,
    set_threshold: bool,
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
    """Analyze recordings as 'spotter analyze' does, or ask MODEL, and compare with what is true.

    With --clips, repetitions are those of the main person: the one seen largest for longest. Phantom repetitions are
    those of anybody in the clips labelled idle.

    With --scene, everybody in every camera is laid beside the people who were drawn; those figures are synthetic.

    With MODEL, the ONNX file of a classifier, it is asked about every window of labelled landmarks, or every crop.
    """
    source = _source({"MODEL": model is not None, "--clips": folder is not None, "--scene": bool(scenes)})
    _refuse({"--only": only, "--verbose": verbose}, source, "--clips")
    _refuse({"--camera": cameras, "--seconds": seconds, "--seed": seed is not None}, source, "--scene")
    _refuse({"--data": files, "--part": part, "--false-share": false_share is not None}, source, "MODEL")
    _refuse({"--set-threshold": set_threshold}, source, "MODEL")
    _refuse({"--split": split}, source, "--clips", "MODEL")
    _refuse({"--out": out}, source, "--scene", "MODEL")
    if model is not None:
        report = _evaluate_model(model, files, split, part, false_share, out)
        if set_threshold:
            _set_threshold(model, report)
    elif folder is not None:
        _evaluate_clips(folder, split, only, jobs, verbose=verbose)
    else:
        _evaluate_scenes(scenes, cameras, seconds, seed, out, jobs)


def _source(named: Mapping[str, bool]) -> str:
    """The one thing that is to be evaluated."""
    given = [name for name, is_named in named.items() if is_named]
    if len(given) != 1:
        raise click.UsageError("name what to evaluate, one of: --clips FOLDER, --scene SCENE, MODEL --data FILE")
    return given[0]


def _refuse(given: Mapping[str, object], source: str, *allowed: str) -> None:
    """Refuse options that would be ignored."""
    ignored = [option for option, value in given.items() if value]
    if ignored and source not in allowed:
        raise click.UsageError(f"{', '.join(ignored)}: only with {' or '.join(allowed)}")


def _evaluate_model(
    model: Path,
    files: Sequence[Path],
    split: Sequence[str],
    part: str | None,
    false_share: float | None,
    out: Path | None,
) -> "Report":
    if not files:
        raise click.UsageError("name what to ask the model about: --data FILE")
    if len(split) > 1:
        raise click.UsageError("--split: of a model, name one split file")
    if part is not None and not split:
        raise click.UsageError("--part: only with --split, which says who is in which part")
    from rich.markdown import Markdown

    from spotter.cli import complain
    from spotter.model_evaluation import Asked, evaluate_model
    from spotter.table import open_console
    from training.evaluation.report import as_markdown, write_report

    asked = Asked(files, Path(split[0]) if split else None, part or "test")
    if false_share is not None:
        asked = replace(asked, false_share=false_share)
    report = evaluate_model(model, asked, complain)
    open_console().print(Markdown(as_markdown(report)))
    if out is not None:
        for path in write_report(report, out):
            click.echo(f"wrote {shown_name(path)}", err=True)
    return report


def _set_threshold(model: Path, report: "Report") -> None:
    from training.export import metadata

    if not report.threshold_from.startswith("chosen"):
        raise ConfigError("--set-threshold: nobody to choose a threshold by; name a --split with people to validate on")
    metadata.set_threshold(model, report.rejection.threshold)
    click.echo(f"{shown_name(model)}: rejects below {report.rejection.threshold:.2f} now")


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
        if out is not None and out.is_dir():
            raise ConfigError(f"--out: {shown_name(out)} is a folder; name a .md file")
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
