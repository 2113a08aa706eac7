"""Networks as ONNX files: what comes out must be what went in, and only classifiers are written."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="exporting needs PyTorch: pip install 'spotter[train]'")

from core.errors import ModelError  # noqa: E402
from training.export.metadata import read_classifier  # noqa: E402
from training.export.onnx_export import export_onnx, export_pixels  # noqa: E402
from training.export.session import probabilities  # noqa: E402
from workers.exercise.pose_features import COUNT, POSE_FEATURE_VERSION  # noqa: E402

STEPS = 16
LABELS = ("squat", "plank", "idle")
METADATA = {
    "labels": ",".join(LABELS),
    "window_s": "1.6",
    "rate_hz": "10",
    "feature_version": str(POSE_FEATURE_VERSION),
    "reject_below": "0.5",
    "model": "tiny",
    "card": json.dumps({"seed": 1}),
}


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.recurrent = torch.nn.GRU(COUNT, 8, batch_first=True)
        self.head = torch.nn.Linear(8, len(LABELS))
        self.dropout = torch.nn.Dropout(0.5)

    def forward(self, windows):
        return self.head(self.dropout(self.recurrent(windows)[0][:, -1]))


class Frozen(torch.nn.Module):
    """Depends on the batch size, which tracing takes for a constant."""

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(COUNT, len(LABELS))

    def forward(self, windows):
        return self.head(windows.mean(1)) * int(windows.shape[0])


def windows(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, STEPS, COUNT)).astype(np.float32)


def test_the_file_gives_the_same_probabilities_at_any_batch_size(tmp_path):
    torch.manual_seed(0)
    network = Recurrent().train()
    exported = export_onnx(network, tmp_path / "tiny.onnx", METADATA, STEPS, COUNT)
    assert network.training
    assert exported.difference < 1e-6
    assert exported.size_bytes == (tmp_path / "tiny.onnx").stat().st_size
    network.eval()
    for count in (1, 3, 9):
        given = windows(count)
        wanted = torch.softmax(network(torch.from_numpy(given)), -1).detach().numpy()
        found = probabilities(tmp_path / "tiny.onnx", given)
        assert np.abs(found - wanted).max() < 1e-6
        assert np.allclose(found.sum(1), 1, atol=1e-5)


def test_the_file_says_what_it_is(tmp_path):
    export_onnx(Recurrent(), tmp_path / "tiny.onnx", METADATA, STEPS, COUNT)
    model, info = read_classifier(tmp_path / "tiny.onnx")
    assert model.opset_import[0].version >= 17
    assert info.labels == LABELS
    assert info.input_shape == (STEPS, COUNT)
    assert info.card == {"seed": 1}
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param


def test_pictures_go_in_as_well(tmp_path):
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, stride=4), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
        torch.nn.Linear(4, len(LABELS)),
    )  # fmt: skip
    metadata = {key: METADATA[key] for key in ("labels", "reject_below", "model", "card")}
    assert export_pixels(network, tmp_path / "picture.onnx", metadata, 64).difference < 1e-6
    info = read_classifier(tmp_path / "picture.onnx")[1]
    assert (info.kind, info.input_shape) == ("pixels", (3, 64, 64))


def test_a_batch_size_that_is_frozen_into_the_file_is_refused(tmp_path):
    with pytest.raises(ModelError, match="differs by"):
        export_onnx(Frozen(), tmp_path / "frozen.onnx", METADATA, STEPS, COUNT)
    assert not (tmp_path / "frozen.onnx").exists()


@pytest.mark.parametrize("key", ["labels", "window_s", "feature_version", "reject_below", "card"])
def test_metadata_must_be_complete(tmp_path, key):
    metadata = {name: value for name, value in METADATA.items() if name != key}
    with pytest.raises(ModelError, match=key):
        export_onnx(Recurrent(), tmp_path / "tiny.onnx", metadata, STEPS, COUNT)
    assert not list(tmp_path.iterdir())


def test_metadata_must_fit_the_network(tmp_path):
    with pytest.raises(ModelError, match="its metadata means"):
        export_onnx(Recurrent(), tmp_path / "tiny.onnx", {**METADATA, "window_s": "3.2"}, STEPS, COUNT)
