"""``spotter analyze``: recordings in, people, sets and repetitions out; see docs/analyze.md."""

import difflib
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import ClipError, ConfigError, ExitCode, SpotterError
from core.names import shown_name
from spotter.cli import BUG, bug, complain
from spotter.stopping import raise_if_stopped

if TYPE_CHECKING:
    from ingest.open import Readable
    from spotter.analysis import ClipAnalysis, Finder, Trainee
    from spotter.outputs import Outputs


@dataclass(frozen=True, slots=True)
class Parts:
    """How to get the parts that each recording needs afresh."""

    open_finder: "Callable[[], Finder]"
    new_trainee: "Callable[[], Trainee]"


@dataclass(frozen=True, slots=True)
class Targets:
    """Where one clip's files go; None for what is not wanted."""

    annotate: Path | None
    plot: Path | None
    keypoints: Path | None


@click.command(short_help="Tell from recordings who trained what, how often and how well.")
@click.argument("clips", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CLIP...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document per clip and line instead of a table.")
@click.option("--annotate", metavar="OUT.mp4", help="Write a video with skeletons, names, counts and cues.")
@click.option("--plot", metavar="OUT.png", help="Draw each person's progress signal (.png, .svg or .pdf).")
@click.option("--keypoints", metavar="OUT.npz", help="Write every frame's landmarks per person.")
@click.option("--exercise", metavar="NAME", help="Look for this exercise only; other movements are unknown.")
@click.option(
    "--exercises",
    "exercise_file",
    metavar="FILE.toml",
    type=click.Path(path_type=Path),
    help="Add the exercises of this file to the built-in ones.",
)
@click.option(
    "--classifier",
    metavar="FILE.onnx",
    type=click.Path(path_type=Path),
    help="Recognise exercises with this classifier instead of the shipped one; 'none': by their signatures alone.",
)
@click.option(
    "--backend", type=click.Choice(["onnx", "mediapipe"]), default="onnx", show_default=True, help="Pose backend."
)
@click.option(
    "--model", type=click.Choice(["lite", "full", "heavy"]), default="full", show_default=True, help="Pose model."
)
@click.option(
    "--detector",
    metavar="NAME",
    default="blazepose",
    show_default=True,
    help="Person detector: blazepose, or one added by 'spotter models add'.",
)
@click.pass_context
def analyze(ctx: click.Context, /, clips: tuple[Path, ...], as_json: bool, **options: Any) -> int:  # noqa: ANN401
    """Read recordings to their end and tell, for every person, which exercise was done, how often and how well.

    With several clips, OUT must contain {name}, which stands for the clip's file name without its suffix.
    A clip that cannot be read is named on standard error; the others go on, and the exit code is 4.
    """
    targets = target_files(clips, options["annotate"], options["plot"], options["keypoints"])
    parts = _parts(options)
    return analyze_clips(clips, targets, parts, json_printer() if as_json else table_printer(), debug=_debug(ctx))


def _debug(ctx: click.Context) -> bool:
    return bool(getattr(ctx.find_root().command, "debug", False))


def target_files(clips: Sequence[Path], annotate: str | None, plot: str | None, keypoints: str | None) -> list[Targets]:
    """Tell where each clip's files go; raises ``ConfigError`` if that is unclear or would overwrite a clip."""
    from spotter.outputs import PLOT_SUFFIXES, target_paths

    columns = (
        target_paths("--annotate", annotate, clips, (".mp4",)),
        target_paths("--plot", plot, clips, PLOT_SUFFIXES),
        target_paths("--keypoints", keypoints, clips, (".npz",)),
    )
    return [Targets(*row) for row in zip(*columns, strict=True)]


def _parts(options: dict[str, Any]) -> Parts:
    """Check the options that concern all clips and tell how to make the parts of one."""
    from workers.exercise.catalogue import Catalogue, load_catalogue
    from workers.exercise.classifier import open_classifier
    from workers.exercise.trainee import Trainee
    from workers.models.pull import ensure_pose_models
    from workers.people.finder import open_finder

    catalogue = load_catalogue(options["exercise_file"])
    told = options["exercise"]
    if told is not None and told not in catalogue.exercises:
        close = difflib.get_close_matches(told, catalogue.exercises, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(catalogue.exercises)}"
        raise ConfigError(f"--exercise {told}: there is no such exercise; {hint}")
    chosen = options["classifier"]
    # Who is told the exercise needs nobody to recognise it.
    classifier = open_classifier(chosen) if told is None or chosen is not None else None
    if told is not None:
        catalogue = Catalogue({told: catalogue.exercises[told]})
    ensure_pose_models(options["model"])
    return Parts(
        partial(open_finder, backend=options["backend"], detector=options["detector"], variant=options["model"]),
        partial(Trainee, catalogue, classifier),
    )


def analyze_clips(
    clips: Sequence[Path],
    targets: Sequence[Targets],
    parts: Parts,
    report: "Callable[[ClipAnalysis], None]",
    *,
    debug: bool = False,
) -> int:
    """Analyze clip after clip, whatever becomes of one, and give the exit code for all."""
    code = 0
    for clip, target in zip(clips, targets, strict=True):
        try:
            complaints = analyze_clip(clip, target, parts, report)
        except ClipError as error:
            complaints = [str(error)]
        except (SpotterError, BrokenPipeError):
            # Missing weights or a closed pipe: the next clip would fare no better.
            raise
        except Exception as error:  # noqa: BLE001  # the top of the loop over the clips: one clip's bug stops no other
            raise_if_stopped()
            if debug:
                traceback.print_exc()
            complain(f"{shown_name(clip)}: {bug(error)}")
            code = BUG
            continue
        for complaint in complaints:
            complain(complaint)
            code = code or ExitCode.UNUSABLE
    return code


def analyze_clip(clip: Path, targets: Targets, parts: Parts, report: "Callable[[ClipAnalysis], None]") -> list[str]:
    """Analyze one clip, report it and write its files; gives what went wrong without stopping it.

    Raises ``ClipError`` if nothing of the clip can be read, or if it breaks in a way that leaves no result.
    """
    from ingest.open import open_recording, source_title
    from spotter.analysis import analyze_recording
    from spotter.outputs import Outputs
    from spotter.progress import progress_bar

    with open_recording(clip) as recording, ExitStack() as stack:
        outputs = Outputs()
        stack.callback(outputs.discard)
        _open_outputs(outputs, targets, recording)
        finder = parts.open_finder()
        stack.callback(finder.close)
        advance = stack.enter_context(progress_bar(source_title(clip), recording.frame_count_or_none))
        analysis = analyze_recording(recording, str(clip), finder, parts.new_trainee, (outputs.add, advance))
        outputs.finish(analysis)
    report(analysis)
    cut = [f"{shown_name(clip)}: {analysis.truncated}"] if analysis.truncated else []
    return cut + [str(error) for error in outputs.errors]


def _open_outputs(outputs: "Outputs", targets: Targets, recording: "Readable") -> None:
    """Open the wanted files before anything is read, so that an unwritable folder is told at once."""
    if targets.annotate is not None:
        from spotter.annotate import AnnotatedVideo

        size = recording.width, recording.height
        outputs.open(partial(AnnotatedVideo, targets.annotate, size, recording.nominal_frames_per_second))
    if targets.plot is not None:
        from spotter.plot import PlotFile

        outputs.open(partial(PlotFile, targets.plot))
    if targets.keypoints is not None:
        from spotter.keypoints import KeypointsFile

        outputs.open(partial(KeypointsFile, targets.keypoints))


def json_printer() -> "Callable[[ClipAnalysis], None]":
    """Print each document as one line."""
    from spotter.document import json_line

    def report(analysis: "ClipAnalysis") -> None:
        click.echo(json_line(analysis))

    return report


def table_printer() -> "Callable[[ClipAnalysis], None]":
    """Print each clip's table as soon as it is known."""
    from spotter.table import open_console, print_analysis

    return partial(print_analysis, open_console())
