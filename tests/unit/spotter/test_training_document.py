"""docs/training.md tells of every option of ``spotter train``, every model and every file of a run."""

import math
from pathlib import Path

import click
import pytest

from spotter.commands.train import train
from spotter.training_screen import epoch_line, training_screen
from training.models import MODELS
from training.runs import EpochRow

PAGE = (Path(__file__).parents[3] / "docs" / "training.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", [p for p in train.params if isinstance(p, click.Option)], ids=lambda p: p.opts[0])
def test_every_option_is_documented_with_its_default(option):
    row = next((line for line in PAGE.splitlines() if line.startswith(f"| `{option.opts[0]}")), None)
    assert row is not None
    if option.show_default:
        assert f"| {option.default:g} |" in row


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_described_and_named_in_the_help(name):
    assert f"**`{name}`**" in PAGE
    assert name in train.help


ROW = EpochRow(3, 1e-3, 1.25, 0.5, 1.5, 0.7, 0.61, 12.4)


def test_an_epoch_is_told_in_a_line():
    assert epoch_line(ROW, best=True) == "epoch   3  loss 1.250  macro-F1 0.500   validation 1.500  0.610 *   12 s"
    unjudged = EpochRow(3, 1e-3, 1.25, 0.5, math.nan, math.nan, math.nan, 12.4)
    assert epoch_line(unjudged, best=True) == "epoch   3  loss 1.250  macro-F1 0.500   12 s"


def test_nothing_is_drawn_where_nobody_looks(capsys):
    with training_screen() as watcher:
        assert watcher is None
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_steps_and_epochs(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    with training_screen() as watcher:
        watcher.begin(3, 40, 10)
        for _ in range(10):
            watcher.step()
        watcher.end(ROW, best=True)
    shown = capsys.readouterr().err
    assert "macro-F1 0.500" in shown
    assert "3/40" in shown
