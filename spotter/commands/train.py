"""``spotter train``: labelled landmarks or crops in, a classifier with its card out."""

import shlex
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.names import shown_name
from spotter.cli import complain
from spotter.finite import FiniteRange

if TYPE_CHECKING:
    from training.trainer import Run, Watcher
    from training.window_trainer import Request


def _sizes(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name or not text:
            raise click.BadParameter(f"{value!r}: write NAME=VALUE, such as width=96")
        found[name.strip()] = _number_or_text(text.strip())
    return found


def _number_or_text(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@click.command(short_help="Train a model on landmarks or crops, and export it.")
@click.argument("model")
@click.option(
    "--data",
    "files",
    multiple=True,
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What 'spotter dataset' made: landmarks, or crops for a model of pictures. Repeatable.",
)
@click.option(
    "--split", "split_file", type=click.Path(path_type=Path), help="Who trains and who validates; see 'dataset split'."
)
@click.option(
    "--valid-share",
    type=FiniteRange(0, 0.9),
    help="Without --split: share of the groups to validate on (0.2); 0 trains on all and keeps the last network.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out, which was interrupted.")
@click.option("--epochs", type=click.IntRange(1), default=40, show_default=True, help="At most.")
@click.option("--batch", type=click.IntRange(2), default=128, show_default=True, help="Examples a step.")
@click.option("--rate", type=FiniteRange(0, 1, min_open=True), default=2e-3, show_default=True, help="Learning rate.")
@click.option(
    "--patience", type=click.IntRange(0), default=10, show_default=True, help="Epochs without gain; 0: never."
)
@click.option("--time-limit", type=FiniteRange(0), default=0, metavar="SECONDS", help="Begin no epoch that ends later.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Same seed, same network.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Processor threads.")
@click.option("--window", "window_s", type=FiniteRange(0.2, 60), default=3.2, show_default=True, help="Seconds.")
@click.option("--rate-hz", type=FiniteRange(1, 120), default=10, show_default=True, help="Steps a second of a window.")
@click.option(
    "--draws", type=click.IntRange(0), default=0, help="Examples an epoch; 0: as the data hold, at most 16000."
)
@click.option("--augment", type=FiniteRange(0, 2), default=1, show_default=True, help="Strength of changes; 0: none.")
@click.option(
    "--synthetic-share",
    type=FiniteRange(0, 1),
    default=0.5,
    show_default=True,
    help="Of what is drawn of a class that has both.",
)
@click.option("--without", multiple=True, metavar="BLOCK", help="Do not look at these columns; 'none': at all of them.")
@click.option("--mixup", type=FiniteRange(0, 10), default=0, show_default=True, help="Mix pairs; 0: do not.")
@click.option("--label-smoothing", type=FiniteRange(0, 0.9), default=0.1, show_default=True, help="Doubt.")
@click.option("--weight-decay", type=FiniteRange(0, 10), default=0.02, show_default=True, help="Of AdamW.")
@click.option(
    "--average",
    type=FiniteRange(0, 0.9999),
    default=0.99,
    show_default=True,
    help="Decay of the mean of weights; 0: none.",
)
@click.option("--size", "sizes", multiple=True, callback=_sizes, metavar="NAME=VALUE", help="Of the model: width=96.")
@click.option("--backbone", metavar="NAME", help="Of transfer: blazepose (default), torchvision:NAME or timm:NAME.")
@click.option("--unfreeze", type=click.IntRange(0), metavar="N", help="Of transfer: let its last N layers learn too.")
@click.option("--licence-note", "licence_notes", multiple=True, metavar="TEXT", help="Goes into the card. Repeatable.")
def train(  # noqa: PLR0913  # every option of a training
    *,
    model: str,
    files: tuple[Path, ...],
    split_file: Path | None,
    valid_share: float | None,
    out: Path,
    resume: bool,
    window_s: float,
    rate_hz: float,
    draws: int,
    augment: float,
    synthetic_share: float,
    without: tuple[str, ...],
    sizes: dict[str, Any],
    backbone: str | None,
    unfreeze: int | None,
    licence_notes: tuple[str, ...],
    **how: Any,  # noqa: ANN401  # the options of the loop, by the names that it gives them
) -> None:
    """Train MODEL on labelled data, choose the best epoch by people who did not train, and export it as ONNX.

    MODEL is one of tcn, tcn_pair, gru, lstm, cnn_lstm, transformer, two_stream, heatmap3d, graph on landmarks, or
    frame_cnn, transfer on crops. The run's folder holds the network, its history, curves and card.
    """
    from training.models import PIXELS, entry_of
    from training.options import Options
    from training.runs import refuse_a_run
    from training.window_trainer import Request

    if split_file is not None and valid_share is not None:
        raise click.UsageError("--valid-share: the split file says who validates; leave one of both out")
    entry = entry_of(model)
    sizes |= {name: value for name, value in (("backbone", backbone), ("unfreeze", unfreeze)) if value is not None}
    how["time_limit_s"] = how.pop("time_limit")
    request = Request(
        model=entry.name,
        out=out,
        options=Options(**how),
        sizes=sizes,
        window_s=window_s,
        rate_hz=rate_hz,
        draws=draws,
        synthetic_share=synthetic_share,
        without=None if not without else tuple(block for block in without if block != "none"),
        augment=augment,
        licence_notes=licence_notes,
        command=shlex.join(["spotter", *sys.argv[1:]]),
        resume=resume,
    )
    if not resume:
        # Asked before anything is read, which takes a while.
        refuse_a_run(out)
    share = 0.2 if valid_share is None else valid_share
    train_it = _train_pixels if entry.kind == PIXELS else _train_windows
    from spotter.training_screen import training_screen

    with training_screen() as watcher:
        run, file = train_it(request, files, split_file, share, watcher)
    _report(run, file)


Trained = tuple["Run", Path]


def _train_windows(
    request: "Request", files: tuple[Path, ...], split_file: Path | None, share: float, watcher: "Watcher | None"
) -> Trained:
    from training.models import checked_sizes
    from training.training_data import read_data
    from training.window_trainer import blocks_left_out, export_run, train_windows

    # Asked first: minutes of reading must not end at a missing package or a wrong option.
    checked_sizes(request.model, request.sizes)
    blocks_left_out(request)
    data = read_data(files, split_file, share, request.options.seed, complain)
    run = train_windows(request, data, complain, watcher)
    return run, export_run(request, run)


def _train_pixels(
    request: "Request", files: tuple[Path, ...], split_file: Path | None, share: float, watcher: "Watcher | None"
) -> Trained:
    from training.pixel_data import read_pixel_data
    from training.pixel_trainer import PixelRequest, build_pixels, train_pixels

    of_both = [field.name for field in fields(PixelRequest) if hasattr(request, field.name)]
    asked = PixelRequest(**{name: getattr(request, name) for name in of_both})
    build_pixels(asked.model, asked.sizes)
    data = read_pixel_data(files, split_file, share, asked.options.seed, complain)
    return train_pixels(asked, data, complain, watcher), asked.out / "model.onnx"


def _report(run: "Run", file: Path) -> None:
    import math

    why = {"epochs": "all epochs done", "patience": "no more progress", "time": "the time is up"}[run.ended]
    click.echo(f"trained {len(run.history)} epochs ({why}); kept epoch {run.best_epoch}")
    if not math.isnan(run.best.valid_f1):
        best = run.best
        click.echo(f"validation: macro-F1 {best.valid_f1:.3f}, accuracy {best.valid_accuracy:.3f}; epoch chosen by it")
    click.echo(f"{shown_name(file)}: {file.stat().st_size / 1e6:.2f} MB")
