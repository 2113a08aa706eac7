"""The training loop: it learns, stops, resumes and repeats itself, and says what is wrong."""

import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install 'spotter[train]'")

from core.errors import ConfigError, ModelError  # noqa: E402
from training.judging import judge  # noqa: E402
from training.options import MAY_DIFFER, Options  # noqa: E402
from training.runs import RunFolder, load_state, read_json  # noqa: E402
from training.trainer import fit, settled  # noqa: E402

COLUMNS = 6


class Points:
    """Examples of three classes that lie around three places."""

    def __init__(self, count, rng, spread=0.3):
        self.labels = rng.integers(0, 3, count)
        self.inputs = (rng.normal(0, spread, (count, COLUMNS)) + np.eye(3, COLUMNS)[self.labels]).astype(np.float32)

    def __len__(self):
        return len(self.labels)

    def batch(self, which):
        return self.inputs[which], self.labels[which]


class Fresh:
    """A source of new points every epoch."""

    def __init__(self, count=200, spread=0.3):
        self.count, self.spread, self.asked = count, spread, 0

    def epoch(self, rng):
        self.asked += 1
        return Points(self.count, rng, self.spread)


VALID = Points(150, np.random.default_rng(99))


def network():
    layers = torch.nn
    return layers.Sequential(
        layers.Linear(COLUMNS, 16), layers.BatchNorm1d(16), layers.ReLU(), layers.Dropout(0.2), layers.Linear(16, 3)
    )


def trained(path, options, source=None, valid=VALID, *, resume=False, stored=None, **more):
    folder = RunFolder(path, stored or {"seed": options.seed}, resume=resume, may_differ=MAY_DIFFER)
    with settled(options):
        made = network()
    return fit(made, source or Fresh(), valid, options, folder, resume=resume, about={"name": "points"}, **more)


def weights(run):
    return {name: value.numpy() for name, value in run.network.state_dict().items()}


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


OPTIONS = Options(epochs=6, batch=32, rate=0.02, patience=0)


def test_it_learns_and_keeps_the_best_epoch(tmp_path):
    run = trained(tmp_path, OPTIONS)
    assert run.ended == "epochs"
    assert len(run.history) == 6
    assert run.best.valid_f1 == max(row.valid_f1 for row in run.history) > 0.9
    assert judge(run.network, VALID)[2] == pytest.approx(run.best.valid_f1)
    assert run.history[-1].train_loss < run.history[0].train_loss
    assert {file.name for file in tmp_path.iterdir()} == {
        "model.pt", "last.pt", "options.json", "history.csv", "curves.png",
    }  # fmt: skip
    assert load_state(tmp_path / "model.pt")["name"] == "points"
    assert not run.network.training


def test_a_seed_repeats_itself_and_another_does_not(tmp_path):
    one = weights(trained(tmp_path / "1", OPTIONS))
    torch.manual_seed(1234)
    assert same(one, weights(trained(tmp_path / "2", OPTIONS)))
    other = Options(epochs=6, batch=32, rate=0.02, patience=0, seed=1)
    assert not same(one, weights(trained(tmp_path / "3", other)))


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_resumed_run_is_as_an_unbroken_one(tmp_path, average):
    options = Options(epochs=6, batch=32, rate=0.02, patience=0, average=average, mixup=0.2)
    whole = trained(tmp_path / "whole", options)

    class Stop(Exception):  # noqa: N818  # stands for Ctrl-C
        pass

    class Interrupting:
        def begin(self, epoch, epochs, steps):
            self.epoch = epoch

        def step(self):
            if self.epoch == 4:
                raise Stop

        def end(self, row, best):
            pass

    with pytest.raises(Stop):
        trained(tmp_path / "broken", options, watcher=Interrupting())
    resumed = trained(tmp_path / "broken", options, resume=True)
    assert same(weights(whole), weights(resumed))
    assert [row.valid_loss for row in resumed.history] == [row.valid_loss for row in whole.history]
    last = (load_state(tmp_path / name / "last.pt")["network"] for name in ("whole", "broken"))
    assert same(*({name: value.numpy() for name, value in state.items()} for state in last))


def test_a_finished_run_that_is_resumed_trains_no_more(tmp_path):
    first = weights(trained(tmp_path, OPTIONS))
    source = Fresh()
    assert same(first, weights(trained(tmp_path, OPTIONS, source, resume=True)))
    assert source.asked == 0


def test_it_ends_when_there_is_no_progress(tmp_path):
    noise = Points(100, np.random.default_rng(5))
    noise.labels = np.random.default_rng(6).integers(0, 3, 100)
    run = trained(tmp_path, Options(epochs=200, batch=32, rate=1e-5, patience=3), valid=noise)
    assert run.ended == "patience"
    assert len(run.history) == run.best_epoch + 3 < 200


def test_it_ends_in_time(tmp_path):
    run = trained(tmp_path, Options(epochs=500, batch=32, rate=1e-3, patience=0, time_limit_s=0.5))
    assert run.ended == "time"
    assert 1 <= len(run.history) < 500


def test_without_validation_the_last_network_is_kept(tmp_path):
    run = trained(tmp_path, replace(OPTIONS, average=0.0), valid=None)
    assert run.best_epoch == 6
    assert math.isnan(run.best.valid_f1)
    assert same(weights(run), {k: v.numpy() for k, v in load_state(tmp_path / "last.pt")["network"].items()})


def test_a_loss_that_is_no_number_is_said_and_the_last_good_epoch_stays(tmp_path):
    class Poisoned(Fresh):
        def epoch(self, rng):
            points = super().epoch(rng)
            if self.asked == 3:
                points.inputs[0] = np.nan
            return points

    with pytest.raises(ModelError, match="epoch 3: the loss is no finite number"):
        trained(tmp_path, OPTIONS, Poisoned())
    assert len(load_state(tmp_path / "last.pt")["history"]) == 2


def test_frozen_weights_stay(tmp_path):
    folder = RunFolder(tmp_path, {}, resume=False)
    made = network()
    for value in made[0].parameters():
        value.requires_grad_(False)
    before = made[0].weight.detach().clone()
    run = fit(made, Fresh(), VALID, OPTIONS, folder)
    assert torch.equal(run.network[0].weight, before)


def test_what_is_asked_for_is_left_as_it_was(tmp_path):
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    trained(tmp_path, Options(epochs=1, batch=32))
    assert torch.equal(torch.rand(3), wanted)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_files_that_are_no_run_are_refused(tmp_path):
    trained(tmp_path, Options(epochs=1, batch=32))
    with pytest.raises(ConfigError, match="its seed was 0, not 7"):
        trained(tmp_path, Options(epochs=1, batch=32, seed=7), resume=True)
    (tmp_path / "last.pt").write_bytes(b"no such thing")
    with pytest.raises(ModelError, match="damaged"):
        trained(tmp_path, Options(epochs=2, batch=32), resume=True)
    with pytest.raises(ModelError, match="no such file"):
        load_state(tmp_path / "other.pt")
    assert read_json(tmp_path / "options.json") == {"seed": 0}


def test_the_weights_of_another_network_are_refused(tmp_path):
    trained(tmp_path, Options(epochs=1, batch=32))
    state = load_state(tmp_path / "last.pt")
    state["network"] = {"strange": torch.zeros(3)}
    torch.save(state, tmp_path / "last.pt")
    with pytest.raises(ModelError, match="does not fit"):
        trained(tmp_path, Options(epochs=2, batch=32), resume=True)
