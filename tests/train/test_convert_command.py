"""From a run's folder to a smaller file and a fitted threshold, by the commands a user types."""

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="training needs PyTorch: pip install 'spotter[train]'")
pytest.importorskip("pyarrow", reason="files of landmarks need pyarrow: pip install 'spotter[train]'")

from spotter.cli import main
from training.dataset.landmarks import Track, write_tracks
from training.export.metadata import read_classifier


def spotter(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def track(group, label, rng):
    count = 60
    landmarks = rng.normal(100, 30, (count, 33, 4)).astype(np.float32)
    landmarks[..., 3] = 1
    world = rng.normal(0, 0.3, (count, 33, 3)).astype(np.float32)
    return Track(
        source=f"{label} of {group}", group=group, person=0, frames=np.arange(count, dtype=np.int32),
        times=np.arange(count) / 10, labels=(label,) * count, landmarks=landmarks, world=world,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    people = [track(f"person {number}", label, rng) for number in range(6) for label in ("squat", "idle")]
    write_tracks(folder / "data.parquet", people)
    made = spotter("dataset", "split", folder / "data.parquet", "--out", folder / "split.json", "--ratios", "50,25,25")
    assert made.exit_code == 0, made.output
    quick = ("--epochs", 1, "--draws", 64, "--augment", 0)
    data = ("--data", folder / "data.parquet", "--split", folder / "split.json")
    trained = spotter("train", "gru", *data, "--out", folder / "gru", *quick)
    assert trained.exit_code == 0, trained.output
    return folder


def test_the_8_bit_file_stands_beside_the_model(run):
    done = spotter("convert", run / "gru", "--to", "int8", "--data", run / "data.parquet")
    assert done.exit_code == 0, done.output
    assert "of windows answered alike" in done.stdout
    assert read_classifier(run / "gru" / "model.int8.onnx")[1].model == "gru"


def test_what_a_conversion_needs_is_told(run):
    assert "--data FILE" in spotter("convert", run / "gru", "--to", "int8").stderr
    refused = spotter("convert", run / "gru", "--to", "litert", "--data", run / "data.parquet")
    assert (refused.exit_code, "only with --to int8" in refused.stderr) == (2, True)
    missing = spotter("convert", run / "nothing.onnx", "--to", "int8", "--data", run / "data.parquet")
    assert (missing.exit_code, "no such classifier file" in missing.stderr) == (4, True)


def test_the_threshold_is_chosen_on_validation_and_kept_in_the_file(run):
    data = ("--data", run / "data.parquet")
    refused = spotter("evaluate", run / "gru" / "model.onnx", *data, "--set-threshold")
    assert (refused.exit_code, "nobody to choose a threshold by" in refused.stderr) == (2, True)
    assert "the model was trained on this file" in refused.stderr
    done = spotter(
        "evaluate",
        run / "gru" / "model.onnx",
        *data,
        "--split",
        run / "split.json",
        "--set-threshold",
        "--false-share",
        0,
    )
    assert done.exit_code == 0, done.output
    assert "chosen on validation" in " ".join(done.stdout.split())
    assert f"rejects below {read_classifier(run / 'gru' / 'model.onnx')[1].reject_below:.2f}" in done.stdout


def test_a_file_that_is_no_classifier_is_not_asked(run):
    refused = spotter("evaluate", run / "data.parquet", "--data", run / "data.parquet")
    assert refused.exit_code == 4
    assert "no readable ONNX file" in refused.stderr
