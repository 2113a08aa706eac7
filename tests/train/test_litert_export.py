"""Networks as LiteRT files: what comes out must be what went in, where the converter is installed."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="exporting needs PyTorch: pip install 'spotter[train]'")

from core.errors import ConfigError  # noqa: E402
from training.export import litert  # noqa: E402
from training.models import MODELS, WINDOWS, build  # noqa: E402
from workers.exercise.pose_features import COUNT, POSE_FEATURE_VERSION  # noqa: E402

STEPS = 16
METADATA = {
    "labels": "squat,plank,idle",
    "window_s": "1.6",
    "rate_hz": "10",
    "feature_version": str(POSE_FEATURE_VERSION),
    "reject_below": "0.5",
    "model": "tiny",
    "card": json.dumps({"seed": 1}),
}


def test_without_the_converter_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "litert_torch", None)
    with pytest.raises(ConfigError, match=r"pip install 'spotter\[phone\]'"):
        litert.export_litert(build("tcn", STEPS, 3), tmp_path / "model.tflite", METADATA)
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore")  # of the converter's own needs, when they are imported
@pytest.mark.parametrize("name", [entry.name for entry in MODELS.values() if entry.kind == WINDOWS])
def test_every_model_of_the_zoo_answers_alike_as_litert(tmp_path, name):
    pytest.importorskip("litert_torch", reason="needs the converter: pip install 'spotter[phone]'")
    torch.manual_seed(0)
    network = build(name, STEPS, 3)
    done = litert.export_litert(network, tmp_path / "model.tflite", METADATA)
    assert done.difference < 1e-4
    inputs = np.random.default_rng(1).normal(size=(3, STEPS, COUNT)).astype(np.float32)
    with torch.no_grad():
        wanted = torch.softmax(network.eval()(torch.from_numpy(inputs)), -1).numpy()
    assert np.abs(litert.litert_probabilities(done.path, inputs) - wanted).max() < 1e-4
    described = json.loads((tmp_path / "model.tflite.json").read_text())
    assert described["labels"] == METADATA["labels"]
