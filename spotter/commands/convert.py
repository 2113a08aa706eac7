"""``spotter convert``: a trained classifier for machines that want it smaller, or that are phones."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import ConfigError
from core.names import shown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from training.export.metadata import ClassifierInfo

_WINDOWS, _CROPS = 768, 90
"""So many inputs: two thirds to take ranges from, the rest to measure the loss on. Large networks look at crops."""


@click.command(short_help="Bring a trained classifier to 8 bits, or to a phone.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "kind", type=click.Choice(["int8", "litert"]), required=True, help="Which kind of file to write.")
@click.option(
    "--data", "files", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
    help="Of int8: landmarks or crops to take ranges from and to measure the loss on; repeatable.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write; beside the model if not given."
)
def convert(run: Path, kind: str, files: tuple[Path, ...], out: Path | None) -> None:
    """Convert the model of RUN, the folder of a training or an ONNX file in it.

    int8 is made by ONNX Runtime from the ONNX file; its loss is told. litert (TFLite, for phones) is made from the
    network beside it and needs the extra 'phone'.
    """
    model = run / "model.onnx" if run.is_dir() else run
    if kind == "int8":
        _to_int8(model, files, out or model.with_suffix(".int8.onnx"))
    else:
        if files:
            raise click.UsageError("--data: only with --to int8")
        _to_litert(model, out or model.with_suffix(".tflite"))


def _to_int8(model: Path, files: Sequence[Path], out: Path) -> None:
    if not files:
        raise click.UsageError("--to int8 needs data to take ranges from: --data FILE")
    from training.export.int8 import quantise
    from training.export.metadata import read_classifier

    inputs = _inputs(read_classifier(model)[1], files)
    edge = 2 * len(inputs) // 3
    if not edge:
        raise ConfigError(f"{', '.join(map(shown_name, files))}: too little to take ranges from")
    click.echo(str(quantise(model, out, inputs[:edge], inputs[edge:])))


def _to_litert(model: Path, out: Path) -> None:
    from training.export.litert import export_litert
    from training.export.metadata import metadata_of, read_classifier

    described, info = read_classifier(model)
    done = export_litert(_network(model.parent, info.kind), out, metadata_of(described))
    click.echo(
        f"{shown_name(done.path)}: {done.size_bytes / 1024:.0f} KB, probabilities within {done.difference:.1g} of the "
        "network's; labels and the rest stand in the .json file beside it"
    )


def _network(folder: Path, kind: str) -> Any:  # noqa: ANN401  # a torch module
    from training.export.onnx_export import imported_torch

    imported_torch()
    if kind == "pixels":
        from training.pixel_trainer import trained_pixels

        return trained_pixels(folder)[0]
    from training.runs import trained_network

    return trained_network(folder)[0]


def _inputs(info: "ClassifierInfo", files: Sequence[Path]) -> "NDArray[np.float32]":
    """Inputs as the model takes them, in an order of chance: (N, ...) float32, N at most ``_WINDOWS`` or ``_CROPS``."""
    import numpy as np

    rng = np.random.default_rng(0)
    if info.kind == "pixels":
        from training.dataset.crops import read_crops
        from training.pixel_data import as_input, resized

        crops = [crop for file in files for crop in read_crops(file)]
        picked = [crops[place] for place in rng.permutation(len(crops))[:_CROPS].tolist()]
        if not picked:
            return np.zeros((0, *info.input_shape), np.float32)
        return as_input([resized(crop.pixels(), info.side_px) for crop in picked])
    from training.dataset.landmarks import read_tracks
    from training.windows import windows_of

    tracks = (track for file in files for track in read_tracks(file))
    found = windows_of(tracks, window_s=info.window_s, rate_hz=info.rate_hz)
    return found.inputs[rng.permutation(len(found))[:_WINDOWS]]
