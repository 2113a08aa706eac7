"""The parts of the training loop that need no network: options, rates, scores, the run's folder, curves."""

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest

from core.errors import ConfigError
from training.curves import curves_png
from training.judging import macro_f1
from training.models import MODELS, entry_of
from training.options import Options
from training.runs import EpochRow, RunFolder, read_json
from training.trainer import rate_share


def row(epoch, f1=0.5):
    return EpochRow(epoch, 1e-3, 1.0 / epoch, 0.6, 1.2 / epoch, 0.5, f1, 3.0)


@pytest.mark.parametrize(
    ("option", "value"),
    [("epochs", 0), ("rate", 0.0), ("rate", math.nan), ("label_smoothing", 1.0), ("batch", 1), ("patience", -1)],
)
def test_options_that_make_no_sense_are_named(option, value):
    with pytest.raises(ConfigError, match=option):
        Options(**{option: value})


def test_the_rate_grows_and_then_falls():
    rates = [rate_share(done, 0.1) for done in np.linspace(0, 1, 101)]
    assert rates[0] > 0
    assert max(rates) == pytest.approx(1.0)
    assert np.argmax(rates) == 10
    assert rates[-1] == pytest.approx(0.01)
    assert all(later <= earlier for earlier, later in pairwise(rates[10:]))
    assert rate_share(0.0, 0.0) == pytest.approx(1.0)


def test_macro_f1_weighs_classes_alike():
    truths = np.array([0] * 8 + [1] * 2)
    # Class 0: all found, one too many: 16/17; class 1: one of two: 2/3. A class that does not occur is none.
    assert macro_f1(truths, np.array([0] * 9 + [1])) == pytest.approx((16 / 17 + 2 / 3) / 2)
    assert macro_f1(truths, truths) == 1.0
    assert math.isnan(macro_f1(truths[:0], truths[:0]))


@pytest.mark.parametrize(
    ("name", "meant"), [("tnc", "tcn"), ("two-stream", "two_stream"), ("Transfomer", "transformer")]
)
def test_a_misspelt_model_is_told_the_nearest_one(name, meant):
    with pytest.raises(ConfigError, match=f"did you mean '{meant}'"):
        entry_of(name)


def test_a_model_like_no_other_is_told_all():
    with pytest.raises(ConfigError, match="known are tcn, tcn_pair, gru"):
        entry_of("resnet9000")
    assert all(entry_of(name).name == name for name in MODELS)


def test_a_folder_with_a_run_is_not_written_over(tmp_path):
    folder = RunFolder(tmp_path / "run", {"seed": 0}, resume=False)
    RunFolder(tmp_path / "run", {"seed": 1}, resume=False)  # the first did not get through an epoch
    folder.write("last.pt", b"")
    with pytest.raises(ConfigError, match="--resume"):
        RunFolder(tmp_path / "run", {"seed": 0}, resume=False)


def test_a_run_goes_on_with_the_same_options_only(tmp_path):
    folder = RunFolder(tmp_path, {"seed": 0, "epochs": 3, "sizes": {"width": 8}, "files": ("a",)}, resume=False)
    with pytest.raises(ConfigError, match="no run to resume"):
        RunFolder(tmp_path, {"seed": 0}, resume=True)
    folder.write("last.pt", b"")
    RunFolder(
        tmp_path, {"seed": 0, "epochs": 5, "sizes": {"width": 8}, "files": ["a"]}, resume=True, may_differ=["epochs"]
    )
    assert read_json(tmp_path / "options.json")["epochs"] == 5
    with pytest.raises(ConfigError, match="its seed was 0, not 1"):
        RunFolder(tmp_path, {"seed": 1, "epochs": 5, "sizes": {"width": 8}, "files": ["a"]}, resume=True)
    with pytest.raises(ConfigError, match="its sizes was"):
        RunFolder(tmp_path, {"seed": 0, "epochs": 5, "sizes": {"width": 9}, "files": ["a"]}, resume=True)


def test_the_history_is_a_table(tmp_path):
    RunFolder(tmp_path, {}, resume=False).write_history([row(1), row(2, math.nan)])
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,rate,train_loss")
    assert lines[2].split(",")[0] == "2"
    assert lines[2].split(",")[6] == "nan"


@pytest.mark.parametrize("rows", [[row(1)], [row(number, 0.1 * number) for number in range(1, 9)], [row(1, math.nan)]])
def test_curves_are_a_picture(rows):
    picture = cv2.imdecode(np.frombuffer(curves_png(rows, 1, "a run of $5"), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[0] > 300
    assert picture.std() > 10
