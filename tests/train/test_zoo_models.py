"""Every network of the zoo that looks at windows: builds, learns, takes any number of windows, is small."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks need PyTorch: pip install 'spotter[train]'")

from core.errors import ConfigError  # noqa: E402
from training.classes import CLASSES  # noqa: E402
from training.export.onnx_export import export_onnx  # noqa: E402
from training.export.session import probabilities  # noqa: E402
from training.models import MODELS, WINDOWS, build, checked_sizes, sizes_of  # noqa: E402
from training.models.parts import Standardise  # noqa: E402
from workers.exercise.pose_features import BLOCKS, COUNT, POSE_FEATURE_VERSION  # noqa: E402

NAMES = [name for name, entry in MODELS.items() if entry.kind == WINDOWS]
STEPS = 32


@pytest.fixture(autouse=True)
def repeatable():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def three_movements(count=24, steps=STEPS):
    """Windows of three classes: arms that rise, knees that bend, nothing; each at random speeds, with some noise."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(0.0, 0.05, (count, steps, COUNT)).astype(np.float32)
    inputs[..., BLOCKS["visibility"]] = 0.9
    labels = np.arange(count) % 3
    wave = np.sin(np.arange(steps) / 3.0 + rng.uniform(0, 6, count)[:, None]).astype(np.float32)
    image, joints, angles = BLOCKS["image"].start, BLOCKS["joints"].start, BLOCKS["angles"].start
    for label, moved, angle in ((0, (5, 6), 0), (1, (9, 10), 6)):
        rows = np.flatnonzero(labels == label)
        for joint in moved:
            inputs[rows, :, image + 2 * joint + 1] += 1.5 * wave[rows]
            inputs[rows, :, joints + 3 * joint + 1] += 1.5 * wave[rows]
            inputs[rows, :, angles + angle] += 0.5 * wave[rows]
    return inputs, labels


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small_and_every_weight_learns(name):
    network = build(name, STEPS, len(CLASSES))
    assert sum(weights.numel() for weights in network.parameters()) <= 1_000_000
    inputs, labels = three_movements(12)
    logits = network(torch.from_numpy(inputs))
    assert logits.shape == (12, len(CLASSES))
    torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels)).backward()
    still = [
        weights
        for weights, values in network.named_parameters()
        if values.grad is None or not torch.isfinite(values.grad).all() or not values.grad.abs().sum() > 0
    ]
    assert not still


@pytest.mark.parametrize("name", NAMES)
def test_it_learns_three_movements(name):
    inputs, labels = three_movements()
    network = build(name, STEPS, 3)
    for module in network.modules():
        if isinstance(module, Standardise):
            module.fit(inputs)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for _ in range(40):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(torch.from_numpy(inputs)), torch.from_numpy(labels)).backward()
        optimizer.step()
    network.eval()
    with torch.no_grad():
        answers = network(torch.from_numpy(inputs)).argmax(dim=1).numpy()
    assert (answers == labels).mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [STEPS, 15])
def test_what_is_exported_answers_alike_for_any_number_of_people(name, steps, tmp_path):
    inputs, _ = three_movements(7, steps)
    network = build(name, steps, len(CLASSES)).eval()
    metadata = {
        "labels": ",".join(CLASSES), "window_s": str(steps / 10), "rate_hz": "10", "reject_below": "0.5", "model": name,
        "feature_version": str(POSE_FEATURE_VERSION), "card": '{"seed": 0}', "kind": "windows",
    }  # fmt: skip
    export_onnx(network, tmp_path / "m.onnx", metadata, steps, COUNT)
    with torch.no_grad():
        wanted = torch.softmax(network(torch.from_numpy(inputs)), dim=1).numpy()
    for people in (1, 3, 7):
        assert probabilities(tmp_path / "m.onnx", inputs[:people]) == pytest.approx(wanted[:people], abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_one_person_does_not_change_the_answer_about_another(name):
    inputs, _ = three_movements(6)
    network = build(name, STEPS, len(CLASSES)).eval()
    with torch.no_grad():
        together = network(torch.from_numpy(inputs))
        alone = torch.cat([network(torch.from_numpy(inputs[at : at + 1])) for at in range(6)])
    assert torch.allclose(together, alone, atol=1e-4)


def test_sizes_change_the_network_and_wrong_ones_are_named():
    assert set(sizes_of("tcn")) == {"width", "blocks", "dropout"}
    small, large = (sum(p.numel() for p in build("tcn", STEPS, 3, {"width": w}).parameters()) for w in (8, 64))
    assert small < large / 10
    for sizes, said in (
        ({"widht": 8}, "did you mean 'width'"),
        ({"width": "wide"}, "whole number"),
        ({"width": 0}, "from 1"),
        ({"dropout": 1.0}, "from 0 to 0.95"),
    ):
        with pytest.raises(ConfigError, match=said):
            checked_sizes("tcn", sizes)
    with pytest.raises(ConfigError, match="looks at pictures"):
        sizes_of("frame_cnn")


def test_inputs_are_brought_to_one_size_and_what_is_far_outside_is_limited():
    inputs = np.random.default_rng(0).normal(3.0, 2.0, (50, STEPS, COUNT)).astype(np.float32)
    inputs[..., 4] = 7.0
    part = Standardise()
    part.fit(inputs)
    seen = part(torch.from_numpy(inputs)).numpy()
    assert np.delete(seen, 4, axis=2).std() == pytest.approx(1.0, abs=0.05)
    assert seen[..., 4] == pytest.approx(0.0, abs=1e-4)
    assert np.abs(part(torch.from_numpy(inputs * 1000)).numpy()).max() == 5.0
    assert "mean" in part.state_dict(), "it travels with the weights"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_tells_its_parameters_and_sizes(name):
    page = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    _, _, parameters, _, sizes, _ = row.split("|")
    count = sum(weights.numel() for weights in build(name, STEPS, len(CLASSES)).parameters())
    assert int(parameters.replace(" ", "")) == pytest.approx(count, abs=500)
    for size, default in sizes_of(name).items():
        assert f"`{size}`" in sizes
        assert size == "dropout" or f"`{size}` {default}" in sizes
