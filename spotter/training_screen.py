"""How a training shows itself: a bar that grows with the steps, a line an epoch; on standard error, if a terminal."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from training.runs import EpochRow
    from training.trainer import Watcher


class _Screen:
    """A ``Watcher`` that draws."""

    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress, self._task = progress, task

    def begin(self, epoch: int, epochs: int, steps: int) -> None:
        self._progress.reset(self._task, total=steps, description=f"epoch {epoch}/{epochs}")

    def step(self) -> None:
        self._progress.advance(self._task)

    def end(self, row: "EpochRow", best: bool) -> None:
        self._progress.console.print(epoch_line(row, best=best), highlight=False, markup=False)


@contextmanager
def training_screen() -> Iterator["Watcher | None"]:
    """Show a training while in this context; None is given if nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as progress:
        yield _Screen(progress, progress.add_task("reading", total=None))


def epoch_line(row: "EpochRow", *, best: bool) -> str:
    """An epoch in one line."""
    line = f"epoch {row.epoch:3}  loss {row.train_loss:.3f}  macro-F1 {row.train_f1:.3f}"
    if not math.isnan(row.valid_f1):
        line += f"   validation {row.valid_loss:.3f}  {row.valid_f1:.3f}{' *' if best else ''}"
    return f"{line}   {row.seconds:.0f} s"
