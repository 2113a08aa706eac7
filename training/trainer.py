"""The one training loop: any network, any source of examples, the same checkpoints, curves and rules.

Imports torch when it trains. Knows nothing of landmarks, files of data or screens; a watcher is told how far it is.
"""

import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.errors import ModelError
from training.curves import curves_png
from training.judging import in_batches, judge, macro_f1
from training.options import Options
from training.runs import EpochRow, RunFolder
from training.sources import Examples, Source

if TYPE_CHECKING:
    from torch import Tensor, nn

_NONE = float("nan")
_LARGEST_GRADIENT = 1.0
_LAST_RATE = 0.01
# A picture takes a fifth of a second, as long as an epoch on few data.
_DRAWN_EVERY_S = 10.0


class Watcher(Protocol):
    """Is told how far the training is."""

    def begin(self, epoch: int, epochs: int, steps: int) -> None:
        """An epoch of so many steps begins."""
        ...

    def step(self) -> None:
        """One more step is done."""
        ...

    def end(self, row: EpochRow, best: bool) -> None:
        """The epoch has ended; ``best`` if it gave the best network so far."""
        ...


class Silent:
    """A watcher that shows nothing."""

    def begin(self, epoch: int, epochs: int, steps: int) -> None:
        """Ignore it."""

    def step(self) -> None:
        """Ignore it."""

    def end(self, row: EpochRow, best: bool) -> None:
        """Ignore it."""


@dataclass(slots=True)
class Run:
    """A training that has ended."""

    folder: Path
    network: Any
    """The best one, in evaluation mode."""
    history: list[EpochRow] = field(default_factory=list)
    best_epoch: int = 0
    ended: str = ""
    """Why: ``epochs`` (all done), ``patience`` (no more progress) or ``time``."""

    @property
    def best(self) -> EpochRow:
        """How the epoch went whose network is kept."""
        return self.history[self.best_epoch - 1]


def fit(
    network: "nn.Module",
    source: Source,
    valid: Examples | None,
    options: Options,
    folder: RunFolder,
    *,
    about: dict[str, Any] | None = None,
    watcher: Watcher | None = None,
    resume: bool = False,
) -> Run:
    """Train a network from (n, ...) float32 to logits (n, classes) and give the best one.

    ``about``: plain values stored beside the weights in ``model.pt``. Without ``valid`` all epochs are done and the
    last network is kept. The same seed, data and number of threads give the same network; so does a run that was
    interrupted after an epoch and resumed. Raises ModelError where the loss is no number.
    """
    training = _Training(network, options, folder, about or {}, watcher or Silent())
    with settled(options):
        return training.run(source, valid, resume=resume)


@contextmanager
def settled(options: Options) -> Iterator[None]:
    """Seed everything and compute in a repeatable way while in this context, and leave no trace of it."""
    import torch

    threads, strict, state = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), random.getstate()
    try:
        with torch.random.fork_rng(devices=[]):
            torch.set_num_threads(options.threads)
            torch.use_deterministic_algorithms(True)
            _seed(options.seed, 0)
            yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        random.setstate(state)


def _seed(seed: int, epoch: int) -> np.random.Generator:
    """Begin an epoch's chance anew, so that it does not depend on what was done before; 0 for what comes first."""
    import torch

    random.seed(seed * 1_000_003 + epoch)
    torch.manual_seed(seed * 1_000_003 + epoch)
    return np.random.default_rng((seed, epoch))


class _Training:
    """A network while it learns."""

    def __init__(
        self, network: "nn.Module", options: Options, folder: RunFolder, about: dict[str, Any], watcher: Watcher
    ) -> None:
        import torch

        self._network, self._options, self._folder = network, options, folder
        self._about, self._watcher = about, watcher
        trained = [weights for weights in network.parameters() if weights.requires_grad]
        # Biases and the scales of normalisation are not drawn towards zero: it would only undo what they are for.
        groups = [
            {"params": [weights for weights in trained if weights.ndim > 1], "weight_decay": options.weight_decay},
            {"params": [weights for weights in trained if weights.ndim <= 1], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=options.rate)
        self._average = averaged(network, options.average) if options.average else None
        self._drawn_s = time.monotonic()
        self._run = Run(folder.path, network)

    def run(self, source: Source, valid: Examples | None, *, resume: bool) -> Run:
        run, options = self._run, self._options
        if resume:
            self._load()
        begun = time.monotonic()
        run.ended = "epochs"
        for epoch in range(len(run.history) + 1, options.epochs + 1):
            if options.patience and run.history and epoch - 1 - run.best_epoch >= options.patience:
                run.ended = "patience"
                break
            longest_s = max((row.seconds for row in run.history[-3:]), default=0.0)
            if options.time_limit_s and run.history and time.monotonic() - begun + longest_s > options.time_limit_s:
                run.ended = "time"
                break
            self._epoch(epoch, source, valid)
        self._draw()
        # Of a finished run that is resumed, the network is still as new.
        self._network.load_state_dict(self._folder.load("model.pt")["network"])
        self._network.eval()
        return run

    def _epoch(self, epoch: int, source: Source, valid: Examples | None) -> None:
        run, begun = self._run, time.monotonic()
        rng = _seed(self._options.seed, epoch)
        train_loss, train_f1 = self._learn(epoch, source.epoch(rng), rng)
        judged = self._average.module if self._average is not None else self._network
        valid_loss, accuracy, valid_f1 = judge(judged, valid) if valid is not None else (_NONE, _NONE, _NONE)
        rate = self._optimizer.param_groups[0]["lr"]
        row = EpochRow(
            epoch, rate, train_loss, train_f1, valid_loss, accuracy, valid_f1, time.monotonic() - begun
        )  # fmt: skip
        better = valid is None or not run.history or _merit(row) > _merit(run.best)
        run.history.append(row)
        if better:
            run.best_epoch = epoch
            self._folder.save("model.pt", {**self._about, "epoch": epoch, "network": judged.state_dict()})
        self._save()
        self._folder.write_history(run.history)
        if time.monotonic() - self._drawn_s > _DRAWN_EVERY_S:
            self._draw()
        self._watcher.end(row, better)

    def _draw(self) -> None:
        title = f"{self._about.get('name', 'training')}: {self._folder.path.name}"
        self._folder.write("curves.png", curves_png(self._run.history, self._run.best_epoch, title))
        self._drawn_s = time.monotonic()

    def _learn(self, epoch: int, examples: Examples, rng: np.random.Generator) -> tuple[float, float]:
        """Loss and macro-F1 over one epoch."""
        import torch

        options, network = self._options, self._network
        batches = in_batches(rng.permutation(len(examples)), options.batch)
        self._watcher.begin(epoch, options.epochs, len(batches))
        network.train()
        total, truths, answers = 0.0, [], []
        for number, which in enumerate(batches):
            values, classes = examples.batch(which)
            inputs, labels = torch.from_numpy(values), torch.from_numpy(classes)
            share_done = (epoch - 1 + number / len(batches)) / options.epochs
            for group in self._optimizer.param_groups:
                group["lr"] = options.rate * rate_share(share_done, options.warm_up)
            loss, logits = self._loss(inputs, labels, rng)
            loss_now = float(loss.detach())
            if not math.isfinite(loss_now):
                raise ModelError(
                    f"epoch {epoch}: the loss is no finite number; give a lower --rate, or look for damaged landmarks"
                )
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            self._optimizer.step()
            if self._average is not None:
                self._average.update_parameters(network)
            total += loss_now * len(which)
            truths.append(classes)
            answers.append(logits.detach().argmax(dim=1).numpy())
            self._watcher.step()
        return total / len(examples), macro_f1(np.concatenate(truths), np.concatenate(answers))

    def _loss(self, inputs: "Tensor", labels: "Tensor", rng: np.random.Generator) -> tuple["Tensor", "Tensor"]:
        import torch

        smoothing = self._options.label_smoothing

        def entropy(logits: "Tensor", wanted: "Tensor") -> "Tensor":
            return torch.nn.functional.cross_entropy(logits, wanted, label_smoothing=smoothing)

        if not self._options.mixup:
            logits = self._network(inputs)
            return entropy(logits, labels), logits
        share = float(rng.beta(self._options.mixup, self._options.mixup))
        share = max(share, 1 - share)
        other = torch.from_numpy(rng.permutation(len(labels)))
        logits = self._network(share * inputs + (1 - share) * inputs[other])
        return share * entropy(logits, labels) + (1 - share) * entropy(logits, labels[other]), logits

    def _save(self) -> None:
        average = self._average.state_dict() if self._average is not None else {}
        self._folder.save(
            "last.pt",
            {
                "network": self._network.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "average": average,
                "history": [list(asdict(row).values()) for row in self._run.history],
                "best_epoch": self._run.best_epoch,
            },
        )

    def _load(self) -> None:
        state = self._folder.load("last.pt")
        try:
            self._network.load_state_dict(state["network"])
            self._optimizer.load_state_dict(state["optimizer"])
            if self._average is not None:
                self._average.load_state_dict(state["average"])
            self._run.history = [EpochRow(*row) for row in state["history"]]
            self._run.best_epoch = state["best_epoch"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelError(f"{self._folder.path}: its last.pt does not fit this model; begin a new run") from error


def averaged(network: "nn.Module", decay: float) -> Any:  # noqa: ANN401  # torch has no types here
    """A copy whose weights and statistics follow those of the network slowly, and faster in the first steps."""
    from torch.optim.swa_utils import AveragedModel

    def followed(slow: Any, quick: Any, steps: Any) -> Any:  # noqa: ANN401
        if not slow.is_floating_point():
            return quick
        return slow.lerp(quick, 1 - min(decay, (1 + float(steps)) / (10 + float(steps))))

    return AveragedModel(network, avg_fn=followed, use_buffers=True)


def rate_share(share_done: float, warm_up: float) -> float:
    """Share of the highest rate at a share of all steps: a straight line up, then half a cosine down."""
    if share_done < warm_up:
        return max(share_done / warm_up, 0.02)
    along = (share_done - warm_up) / (1 - warm_up)
    return _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(along, 1.0)))


def _merit(row: EpochRow) -> tuple[float, float]:
    """Better networks have a greater one."""
    return (round(row.valid_f1, 4), -row.valid_loss)
