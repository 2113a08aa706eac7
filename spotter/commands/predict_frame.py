"""``spotter predict-frame``: what the people in one frame of a recording do; see docs/predict-frame.md."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.durations import parse_duration
from core.errors import ConfigError, OutputError
from core.names import shown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.frame import Frame
    from spotter.frame_prediction import FramePerson


def _seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} {error}") from None
    if seconds < 0:
        raise click.BadParameter(f"{value!r} is before the recording begins")
    return seconds


@click.command("predict-frame", short_help="Tell what the people in one frame of a recording do.")
@click.argument("clip")
@click.option(
    "--model",
    "model_file",
    required=True,
    metavar="FILE.onnx",
    type=click.Path(path_type=Path),
    help="A model of pictures, as 'spotter train frame_cnn' or 'spotter train transfer' makes one.",
)
@click.option("--at", "at_s", callback=_seconds, metavar="TIME", help="When, from the first frame, such as 3.2s.")
@click.option("--frame", "number", type=click.IntRange(0), metavar="N", help="Which frame, counted from 0.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
@click.option(
    "--annotate", metavar="OUT.png", type=click.Path(path_type=Path), help="Write the frame with the answers drawn in."
)
@click.option("--detector", metavar="NAME", default="blazepose", show_default=True, help="Person detector.")
def predict_frame(  # one argument an option
    *,
    clip: str,
    model_file: Path,
    at_s: float | None,
    number: int | None,
    as_json: bool,
    annotate: Path | None,
    detector: str,
) -> None:
    """Find the people in one frame of CLIP and tell for each which exercise it looks like, and how sure that is.

    A single picture cannot tell a squat from standing at its top; `spotter analyze` looks at movement.
    """
    if (at_s is None) == (number is None):
        raise click.UsageError("say which frame: --at TIME or --frame N")
    if annotate is not None and annotate.suffix.lower() != ".png":
        raise ConfigError(f"--annotate {shown_name(annotate)}: give a name that ends in .png")
    from ingest.open import open_recording
    from spotter.frame_prediction import PixelModel, frame_at, frame_document, people_of
    from workers.models.pull import ensure_pose_models
    from workers.people.finder import open_finder

    model = PixelModel(model_file)
    with open_recording(clip) as recording:
        frame = frame_at(recording, shown_name(clip), at_s, number)
        ensure_pose_models("full")
        with closing(open_finder(detector=detector)) as finder:
            people = people_of(frame, finder, model)
        if annotate is not None:
            from spotter.frame_prediction import annotated

            _write_png(annotate, annotated(frame.pixels, people))
        if as_json:
            click.echo(json.dumps(frame_document(clip, recording, frame, model.info, people), allow_nan=False))
            return
    _print(clip, frame, people)


def _print(clip: str, frame: "Frame", people: "list[FramePerson]") -> None:
    from spotter.frame_prediction import NANOSECONDS, said

    where = f"{shown_name(clip)}, frame {frame.sequence} at {frame.captured_ns / NANOSECONDS:.2f} s"
    if not people:
        click.echo(f"{where}: nobody is seen; try another frame")
        return
    click.echo(f"{where}:")
    for person in people:
        others = ", ".join(f"{name.replace('_', ' ')} {share:.0%}" for name, share in person.likeliest[1:])
        click.echo(f"  #{person.person}  {said(person)}  (then {others})")


def _write_png(path: Path, pixels: "NDArray[np.uint8]") -> None:
    """Write a picture, whole or not at all; raises OutputError."""
    import cv2

    from spotter.replacing import ReplacingFile, output_errors

    done, data = cv2.imencode(".png", pixels)
    if not done:
        raise OutputError(f"{shown_name(path)}: the picture cannot be encoded")
    replacing = ReplacingFile(path)
    try:
        with output_errors(path):
            replacing.path.write_bytes(data.tobytes())
        replacing.commit()
    finally:
        replacing.discard()
