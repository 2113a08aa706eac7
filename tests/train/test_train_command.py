"""``spotter train`` from a file of landmarks to an ONNX file, and what it says of bad data."""

import csv
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install 'spotter[train]'")

from spotter.cli import main  # noqa: E402
from training.classes import CLASSES  # noqa: E402
from training.dataset.landmarks import Track, write_tracks  # noqa: E402
from training.dataset.splits import read_split  # noqa: E402
from training.export.metadata import read_classifier  # noqa: E402
from training.export.session import probabilities  # noqa: E402
from training.runs import trained_network  # noqa: E402
from training.training_data import read_data  # noqa: E402
from training.windows import windows_of  # noqa: E402

RATE_HZ = 12.0
LABELS = ("squat", "biceps_curl", "idle")


def person(label, group, seed, seconds=12.0, synthetic=False, source=None):
    """A figure that bends knees or elbows, or does nothing, at its own pace."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    times = np.arange(count) / RATE_HZ
    bend = 0.5 - 0.5 * np.cos(2 * np.pi * times / rng.uniform(1.5, 3.0) + rng.uniform(0, 6))
    world = np.tile(_STANDING, (count, 1, 1)) * rng.uniform(0.95, 1.05)
    if label == "squat":
        world[:, :25, 1] += 0.35 * bend[:, None]
        world[:, 25:27, 2] -= 0.3 * bend[:, None]
        world[:, 25:27, 1] += 0.1 * bend[:, None]
    elif label == "biceps_curl":
        world[:, 15:23, 1] -= 0.45 * bend[:, None]
        world[:, 15:23, 2] -= 0.2 * bend[:, None]
    world += rng.normal(0, 0.01, world.shape)
    landmarks = np.concatenate([world * 200 + [320, 240, 0], np.full((count, 33, 1), 0.95)], axis=2)
    return Track(
        source or f"{group}-{label}-{seed}", group, 0, np.arange(count, dtype=np.int32), times, (label,) * count,
        landmarks.astype(np.float32), world.astype(np.float32), "front", synthetic, 640, 480,
    )  # fmt: skip


def _standing():
    body = np.zeros((33, 3))
    body[:11, 1] = -0.65
    for first, (x, y) in {11: (0.18, -0.5), 13: (0.22, -0.2), 15: (0.24, 0.05), 23: (0.1, 0.0), 25: (0.1, 0.42),
                          27: (0.1, 0.85), 29: (0.1, 0.9), 31: (0.12, 0.9)}.items():  # fmt: skip
        body[first], body[first + 1] = (x, y, 0.0), (-x, y, 0.0)
    for finger in (17, 19, 21):
        body[finger], body[finger + 1] = body[15], body[16]
    body[[0, 31, 32], 2] = -0.12
    return body


_STANDING = _standing()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "landmarks.parquet"
    seeds = iter(range(1000))
    write_tracks(path, [person(label, f"person{n}", next(seeds)) for n in range(5) for label in LABELS])
    return path


FAST = ("--epochs", "4", "--batch", "32", "--draws", "160", "--rate", "0.01", "--window", "1.6")


def spotter(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


def test_a_run_leaves_all_that_is_needed(data, tmp_path, capsys):
    out = tmp_path / "run"
    arguments = ("train", "gru", "--data", data, "--out", out, "--size", "width=16", "--licence-note", "drawn", *FAST)
    code, said, told = spotter(capsys, *arguments)
    assert code == 0, told
    assert "macro-F1" in said
    assert {file.name for file in out.iterdir()} == {
        "card.json", "curves.png", "history.csv", "last.pt", "model.onnx", "model.pt", "options.json", "split.json",
    }  # fmt: skip
    with (out / "history.csv").open() as table:
        assert float(list(csv.DictReader(table))[-1]["valid_f1"]) > 0.7
    card = json.loads((out / "card.json").read_text())
    assert card["licence_notes"] == ["drawn"]
    assert card["groups"] == {"train": 4, "validation": 1}
    assert card["split"] == read_split(out / "split.json").hash
    assert set(card["classes_without_data"]) == set(CLASSES) - set(LABELS)
    assert card["figures"]["validation"]["windows"] > 30
    assert "these will never be answered" in told
    _, info = read_classifier(out / "model.onnx")
    assert (info.model, info.window_s, info.rate_hz, info.labels) == ("gru", 1.6, 10.0, CLASSES)
    assert info.card == card

    windows = windows_of([person("squat", "stranger", 77), person("idle", "stranger", 78)], window_s=1.6)
    answers = probabilities(out / "model.onnx", windows.inputs)
    assert (answers.argmax(axis=1) == windows.labels).mean() > 0.9
    network, about = trained_network(out)
    with torch.no_grad():
        logits = network(torch.from_numpy(windows.inputs))
    assert torch.softmax(logits, dim=1).numpy() == pytest.approx(answers, abs=1e-4)
    assert about["sizes"]["width"] == 16


def test_a_run_is_not_written_over_but_resumed(data, tmp_path, capsys):
    arguments = ("train", "tcn", "--data", data, "--out", tmp_path / "run", "--size", "width=8", *FAST)
    assert spotter(capsys, *arguments, "--time-limit", "0.001")[0] == 0
    assert len((tmp_path / "run" / "history.csv").read_text().splitlines()) == 2
    code, _, told = spotter(capsys, *arguments)
    assert code == 2
    assert "holds a run already" in told
    assert spotter(capsys, *arguments, "--resume")[0] == 0
    whole = ("train", "tcn", "--data", data, "--out", tmp_path / "whole", "--size", "width=8", *FAST)
    assert spotter(capsys, *whole)[0] == 0
    windows = windows_of([person("squat", "stranger", 77)], window_s=1.6)
    one, other = (probabilities(tmp_path / name / "model.onnx", windows.inputs) for name in ("run", "whole"))
    assert np.array_equal(one, other)
    code, _, told = spotter(capsys, *arguments, "--resume", "--seed", "3")
    assert code == 2
    assert "its seed was 0, not 3" in told


def test_bad_data_are_named_and_the_rest_is_learned(tmp_path, capsys):
    torn = person("row", "person0", 1)
    torn.landmarks[10:15] = np.nan
    lost = person("idle", "person0", 2)
    lost.world[:] = np.nan
    tracks = [torn, lost, *(person(label, f"person{n}", 10 * n) for n in range(1, 5) for label in ("squat", "Idle"))]
    write_tracks(tmp_path / "bad.parquet", [*tracks, person("plank", "person1", 90), person("row", "person5", 91)])
    arguments = ("train", "gru", "--data", tmp_path / "bad.parquet", "--size", "width=8", *FAST)
    code, _, told = spotter(capsys, *arguments, "--out", tmp_path / "run")
    assert code == 0, told
    assert "plank: only person1 shows it" in told
    assert "no window shows lunge" in told
    assert "1 tracks without a single frame of usable landmarks are left out, such as person0-idle-2" in told
    assert ": 5 frames that" in told


def test_data_without_a_window_are_refused(tmp_path, capsys):
    write_tracks(tmp_path / "none.parquet", [person("", "person0", 1), person("squat", "person1", 2, seconds=0.8)])
    arguments = ("train", "gru", "--data", tmp_path / "none.parquet", "--valid-share", "0", "--out", tmp_path / "run")
    code, _, told = spotter(capsys, *arguments)
    assert code == 2
    assert "no window to learn from" in told
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tnc",), "did you mean 'tcn'"),
        (("tcn", "--size", "widht=3"), "did you mean 'width'"),
        (("tcn", "--size", "width"), "NAME=VALUE"),
        (("tcn", "--rate", "nan"), "--rate"),
        (("tcn", "--valid-share", "0.1", "--split", "s.json"), "leave one of both out"),
        (("tcn", "--window", "0.2", "--rate-hz", "10"), "2 steps"),
        (("tcn", "--split", "s.json"), "s.json"),
    ],
)
def test_wrong_options_are_named(arguments, said, data, tmp_path, capsys):
    code, _, told = spotter(capsys, "train", *arguments, "--data", data, "--out", tmp_path / "run")
    assert code == 2
    assert said in told
    assert not (tmp_path / "run").exists()


def test_synthetic_people_only_train_where_there_are_real_ones(tmp_path):
    real = [person("squat", f"real{n}", n) for n in range(4)]
    drawn = [person("squat", f"drawn{n}", 50 + n, synthetic=True) for n in range(4)]
    write_tracks(tmp_path / "real.parquet", real)
    write_tracks(tmp_path / "drawn.parquet", drawn)
    both = read_data([tmp_path / "real.parquet", tmp_path / "drawn.parquet"], None, 0.25, 0, print)
    assert {track.group for track in both.train} >= {track.group for track in drawn}
    assert len(both.valid) == 1
    assert not both.valid[0].synthetic
    alone = read_data([tmp_path / "drawn.parquet"], None, 0.25, 0, print)
    assert len(alone.valid) == 1


def test_without_torch_the_command_says_what_to_install(data, tmp_path, capsys, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith("training.models.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, told = spotter(capsys, "train", "tcn", "--data", data, "--out", tmp_path / "run")
    assert code == 2
    assert "pip install 'spotter[train]'" in told
