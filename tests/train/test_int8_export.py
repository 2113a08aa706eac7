"""Networks in 8 bits: near to what they came from, smaller, and measured."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="exporting needs PyTorch: pip install 'spotter[train]'")

from core.errors import ConfigError, ModelError  # noqa: E402
from training.export.int8 import quantise  # noqa: E402
from training.export.metadata import metadata_of, read_classifier  # noqa: E402
from training.export.onnx_export import export_onnx  # noqa: E402
from training.export.session import probabilities  # noqa: E402
from training.models import MODELS, WINDOWS, build  # noqa: E402
from workers.exercise.pose_features import COUNT, POSE_FEATURE_VERSION  # noqa: E402

STEPS = 16
LABELS = [f"class {number}" for number in range(6)]
METADATA = {
    "labels": ",".join(LABELS),
    "window_s": "1.6",
    "rate_hz": "10",
    "feature_version": str(POSE_FEATURE_VERSION),
    "reject_below": "0.5",
    "model": "tiny",
    "card": json.dumps({"seed": 1}),
}
TRUTHS = np.arange(360) % len(LABELS)


def learnable():
    """Windows whose class is easy to see: a network that has learned something has something to lose."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 0.7, (len(LABELS), 1, COUNT))
    return (centres[TRUTHS] + rng.normal(0, 0.3, (len(TRUTHS), STEPS, COUNT))).astype(np.float32)


def trained(name, inputs):
    torch.manual_seed(0)
    network = build(name, STEPS, len(LABELS)).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    given, wanted = torch.from_numpy(inputs), torch.from_numpy(TRUTHS[: len(inputs)])
    for step in range(14):
        rows = torch.arange(step % 4, len(inputs), 4)
        loss = torch.nn.functional.cross_entropy(network(given[rows]), wanted[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


@pytest.mark.parametrize("name", [entry.name for entry in MODELS.values() if entry.kind == WINDOWS])
def test_every_model_of_the_zoo_answers_alike_as_onnx_and_nearly_so_in_8_bits(tmp_path, name):
    torch.set_num_threads(1)
    inputs = learnable()
    network = trained(name, inputs[:160])
    exported = export_onnx(network, tmp_path / "model.onnx", METADATA, STEPS, COUNT)
    assert exported.difference < 1e-5
    network.eval()
    with torch.no_grad():
        wanted = torch.softmax(network(torch.from_numpy(inputs)), -1).numpy()
    found = probabilities(tmp_path / "model.onnx", inputs)
    assert np.abs(found - wanted).max() < 1e-5
    done = quantise(tmp_path / "model.onnx", tmp_path / "int8.onnx", inputs[:160], inputs[160:])
    assert done.agreement >= 0.9, str(done)
    assert done.size_bytes < done.original_bytes, str(done)
    small = probabilities(tmp_path / "int8.onnx", inputs[160:])
    assert (small.argmax(1) == found[160:].argmax(1)).mean() == pytest.approx(done.agreement)
    assert np.abs(small - found[160:]).max() > 0


def test_the_small_file_is_still_a_classifier_and_says_what_it_is(tmp_path):
    inputs = learnable()
    export_onnx(build("tcn", STEPS, len(LABELS)), tmp_path / "model.onnx", METADATA, STEPS, COUNT)
    done = quantise(tmp_path / "model.onnx", tmp_path / "int8.onnx", inputs[:50], inputs[50:])
    model, info = read_classifier(tmp_path / "int8.onnx")
    assert info.labels == tuple(LABELS)
    assert info.card == {"seed": 1}
    assert metadata_of(model)["precision"] == f"int8 {done.method}"


def test_inputs_of_another_shape_are_refused(tmp_path):
    export_onnx(build("tcn", STEPS, len(LABELS)), tmp_path / "model.onnx", METADATA, STEPS, COUNT)
    with pytest.raises(ConfigError, match="for calibration"):
        quantise(tmp_path / "model.onnx", tmp_path / "int8.onnx", learnable()[:, :4], learnable())


def test_only_a_classifier_is_quantised(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="no readable ONNX file"):
        quantise(tmp_path / "model.onnx", tmp_path / "int8.onnx", learnable(), learnable())
