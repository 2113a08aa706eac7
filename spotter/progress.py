"""The progress bar: how far, how fast and how long yet, on standard error, if that is a terminal."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.frame import Frame
from spotter.analysis import FrameSink, Seen


@contextmanager
def progress_bar(name: str, frames_or_none: int | None) -> Iterator[FrameSink]:
    """Show a bar while in this context; what is given takes every frame. Silent if nobody would see it."""
    if not sys.stderr.isatty():
        yield _ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task(name, total=frames_or_none, rate="")

        def advance(frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, advance=1, rate=f"{speed:.0f} frames/s" if speed else "")

        yield advance


def _ignore(frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
    """Take a frame and do nothing."""
