"""Models on pictures: they learn, resume, export, and name what is wrong with crops, backbones and options."""

import json
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install 'spotter[train]'")

from core.errors import ConfigError, ModelError  # noqa: E402
from training.classes import CLASSES  # noqa: E402
from training.dataset.crops import Crop, CropWriter, to_jpeg  # noqa: E402
from training.export.metadata import read_classifier  # noqa: E402
from training.export.session import probabilities  # noqa: E402
from training.models import backbones  # noqa: E402
from training.models.backbones import open_backbone  # noqa: E402
from training.options import Options  # noqa: E402
from training.pixel_data import as_input, read_pixel_data  # noqa: E402
from training.pixel_trainer import PixelRequest, build_pixels, train_pixels, trained_pixels  # noqa: E402

LABELS = ("squat", "plank", "idle")


def drawn(label: str, rng: np.random.Generator) -> np.ndarray:
    """A stick figure, (128, 128, 3) BGR: folded, lying or standing."""
    picture = rng.integers(60, 120, (128, 128, 3), dtype=np.uint8)
    colour = [int(value) for value in rng.integers(170, 255, 3)]
    shift = rng.integers(-8, 9, 2)
    lines = {
        "squat": [(64, 30, 50, 70), (50, 70, 85, 75), (85, 75, 70, 110)],
        "plank": [(15, 70, 110, 80), (20, 70, 20, 100)],
        "idle": [(64, 15, 64, 65), (64, 65, 58, 120), (64, 65, 70, 120)],
    }
    for x0, y0, x1, y1 in lines[label]:
        start, end = np.array([x0, y0]) + shift, np.array([x1, y1]) + shift
        cv2.line(picture, [int(v) for v in start], [int(v) for v in end], colour, 8)
    return picture


def write_crops(path: Path, people: int = 5, each: int = 6, damaged: int = 0) -> Path:
    rng = np.random.default_rng(3)
    with CropWriter(path) as writer:
        for number in range(people):
            for label in LABELS:
                for frame in range(each):
                    data = to_jpeg(drawn(label, rng))
                    writer.write(Crop(f"clip{number}{label}", f"person{number}", 1, frame, frame / 10, label, data))
        for frame in range(damaged):
            writer.write(Crop("broken", "person0", 1, frame, frame / 10, "squat", b"no picture"))
        writer.write(Crop("clip0idle", "person0", 1, 99, 9.9, "", to_jpeg(drawn("idle", rng))))
    return path


@pytest.fixture(scope="module")
def crops(tmp_path_factory) -> Path:
    return write_crops(tmp_path_factory.mktemp("crops") / "crops.parquet")


def request(out: Path, model: str = "frame_cnn", epochs: int = 6, **more) -> PixelRequest:
    sizes = more.pop("sizes", {"width": 8} if model == "frame_cnn" else {"backbone": "blazepose", "width": 32})
    options = Options(epochs=epochs, batch=16, rate=1e-2, patience=0)
    return PixelRequest(model=model, out=out, options=options, sizes=sizes, command="spotter train …", **more)


def trained(asked: PixelRequest, files: list[Path], split: Path | None = None, share: float = 0.2):
    remarks: list[str] = []
    data = read_pixel_data(files, split, share, asked.options.seed, remarks.append)
    return train_pixels(asked, data, remarks.append), asked.out / "model.onnx", remarks


@pytest.mark.parametrize("model", ["frame_cnn", "transfer"])
def test_a_model_learns_and_its_file_says_the_same(tmp_path, crops, model):
    # Features cost nothing once they are there, so that more of them can be drawn.
    draws = 320 if model == "transfer" else 0
    run, file, remarks = trained(request(tmp_path / "run", model, epochs=10, draws=draws), [crops])
    assert run.best.valid_f1 > 0.85
    assert any("no crop shows" in line and "deadlift" in line for line in remarks)
    _, info = read_classifier(file)
    assert (info.kind, info.model, info.labels) == ("pixels", model, CLASSES)
    assert info.card["figures"]["validation"]["groups"] == 1
    assert info.card["crop"] == {"side_px": 128, "margin": 0.15}
    assert info.card["crops"] == {"train": 72, "validation": 18}
    assert json.loads((tmp_path / "run" / "card.json").read_text())["split"] == info.card["split"]
    data = read_pixel_data([crops], tmp_path / "run" / "split.json", 0, 0, lambda _: None)
    assert not set(data.train.groups.tolist()) & set(data.valid.groups.tolist())
    inputs = as_input([data.valid.picture(place, info.side_px) for place in range(len(data.valid))])
    answers = probabilities(file, inputs)
    assert (answers.argmax(axis=1) == data.valid.labels).mean() == pytest.approx(run.best.valid_accuracy, abs=0.06)
    network, about = trained_pixels(tmp_path / "run")
    with torch.no_grad():
        again = torch.softmax(network(torch.from_numpy(inputs)), dim=1).numpy()
    np.testing.assert_allclose(again, answers, atol=1e-4)
    assert about["name"] == model
    assert (tmp_path / "run" / "curves.png").stat().st_size > 0


def test_the_last_layers_of_blazepose_learn_and_the_others_do_not(tmp_path, crops):
    sizes = {"backbone": "blazepose_lite", "unfreeze": 3, "width": 16}
    before = build_pixels("transfer", sizes)
    run, file, _ = trained(request(tmp_path / "run", "transfer", epochs=2, sizes=sizes), [crops])
    after = run.network
    for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
        assert torch.equal(old, new) == name.startswith("frozen."), name
    moved = [name for name, _ in before.named_parameters() if name.startswith("tuned.0.") and "weight" in name]
    assert 3 <= len(moved) <= 5
    assert json.loads((tmp_path / "run" / "card.json").read_text())["licence_notes"] == ["BlazePose: Apache-2.0"]
    assert file.stat().st_size < 8e6


def test_a_run_that_was_interrupted_goes_on_to_the_same_network(tmp_path, crops):
    whole, _, _ = trained(request(tmp_path / "whole", epochs=3), [crops])
    trained(request(tmp_path / "parts", epochs=1), [crops])
    with pytest.raises(ConfigError, match="holds a run already"):
        trained(request(tmp_path / "parts", epochs=3), [crops])
    parts, _, _ = trained(request(tmp_path / "parts", epochs=3, resume=True), [crops])
    assert [row.epoch for row in parts.history] == [1, 2, 3]
    assert parts.history[-1].train_loss == pytest.approx(whole.history[-1].train_loss, rel=0.2)


def test_features_are_kept_and_used_again(tmp_path, crops, monkeypatch):
    asked = request(tmp_path / "run", "transfer", epochs=1, augment=0.0)
    trained(asked, [crops])
    kept = list((tmp_path / "run").glob("features-*.npy"))
    assert len(kept) == 1
    assert np.load(kept[0]).shape == (90, 288, 2, 2)
    monkeypatch.setattr("training.models.pixel_network.PixelNetwork.features", lambda *_: pytest.fail("computed again"))
    trained(request(tmp_path / "run", "transfer", epochs=2, augment=0.0, resume=True), [crops])


def test_options_that_make_no_sense_are_named():
    with pytest.raises(ConfigError, match="frame_cnn has no option 'unfreeze'"):
        build_pixels("frame_cnn", {"unfreeze": 3})
    with pytest.raises(ConfigError, match=r"width is 1\.5"):
        build_pixels("frame_cnn", {"width": 1.5})
    with pytest.raises(ConfigError, match="tcn: looks at windows"):
        build_pixels("tcn")
    with pytest.raises(ConfigError, match="has only"):
        build_pixels("transfer", {"unfreeze": 500})
    with pytest.raises(ConfigError, match="known are blazepose"):
        open_backbone("keras:resnet", 0)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(backbones, "_imported", lambda package: None)
    with pytest.raises(ConfigError, match="needs torchvision or timm, which is not installed"):
        open_backbone("resnet18", 0)
    with pytest.raises(ConfigError, match="needs timm"):
        open_backbone("timm:resnet18", 0)


class _Net(torch.nn.Module):
    """As those of torchvision look from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, stride=4)
        self.norm = torch.nn.BatchNorm2d(4)
        self.last = torch.nn.Conv2d(4, 6, 3, stride=4)
        self.fc = torch.nn.Linear(6, 1000)

    def forward(self, pictures):
        return self.fc(self.last(torch.relu(self.norm(self.conv(pictures)))).mean(dim=(2, 3)))


def _package(get) -> types.ModuleType:
    module = types.ModuleType("torchvision")
    module.models = types.SimpleNamespace(list_models=lambda: ["little"], get_model=get)
    return module


def test_a_borrowed_backbone_is_frozen_but_for_its_last_layers(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", _package(lambda name, weights: _Net()))
    assert open_backbone("torchvision:little", 0).features == 6
    whole = build_pixels("transfer", {"backbone": "torchvision:little", "unfreeze": 0})
    assert whole.frozen is not None
    assert not any(weights.requires_grad for weights in whole.frozen.parameters())
    tuned = build_pixels("transfer", {"backbone": "torchvision:little", "unfreeze": 1})
    tuned.train()
    inner = tuned.tuned[0].network
    assert tuned.frozen is None
    assert inner.last.weight.requires_grad
    assert not inner.conv.weight.requires_grad
    assert not inner.norm.training, "the statistics of a frozen layer stay"
    with pytest.raises(ConfigError, match="has only 3 layers"):
        open_backbone("torchvision:little", 4)
    with pytest.raises(ConfigError, match="no network of this name"):
        open_backbone("torchvision:large", 0)


def test_a_backbone_of_timm_comes_without_its_head(monkeypatch):
    def create(name, pretrained, num_classes):
        assert (name, pretrained, num_classes) == ("small", True, 0)
        network = _Net()
        network.fc = torch.nn.Identity()
        return network

    module = types.ModuleType("timm")
    module.list_models = lambda pretrained: ["small"]
    module.create_model = create
    monkeypatch.setitem(sys.modules, "timm", module)
    assert open_backbone("timm:small", 1).features == 6


def test_a_package_of_another_torch_is_named(monkeypatch):
    def broken(name):
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(backbones.importlib, "import_module", broken)
    with pytest.raises(ConfigError, match="torchvision does not fit torch"):
        open_backbone("torchvision:resnet18", 0)


def test_weights_that_cannot_be_had_are_named(monkeypatch):
    def refuse(name, weights):
        raise OSError("Name or service not known")

    monkeypatch.setitem(sys.modules, "torchvision", _package(refuse))
    with pytest.raises(ModelError, match=r"its weights cannot be had \(Name or service not known\).*use blazepose"):
        open_backbone("torchvision:little", 0)
