"""Work on many clips in processes of their own: one that dies takes only its own clip with it.

Owns the processes: they end with the caller, whether it finishes, fails, is interrupted or killed.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from core.errors import ClipError

Task = TypeVar("Task")
Result = TypeVar("Result")
Bar = Callable[[int], AbstractContextManager[Callable[[], None]]]
"""Given the number of clips; what it gives is called as each is done."""
AHEAD = 2
"""Tasks a process has waiting: enough to never be idle, few enough to lose little when one dies."""


@contextmanager
def no_bar(clips: int) -> Iterator[Callable[[], None]]:
    """Show nothing."""
    yield lambda: None


class StoppedError(Exception):
    """The caller has gone or gives up; raised in the middle of a clip."""


class _Stop:
    """The event that the caller sets, in this process; None outside one."""

    event: Any = None


def raise_if_given_up() -> None:
    """Raise ``StoppedError`` if nobody waits for this clip any more; call it once a frame."""
    if _Stop.event is not None and _Stop.event.is_set():
        raise StoppedError


def in_processes(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int
) -> Generator[tuple[Task, Result | Exception], None, None]:
    """Each task with its result, or with the exception that it ended in, as they are done.

    ``work`` is a function of a module; close the iterator if it is not read to its end.
    """
    waiting = list(reversed(tasks))
    while waiting:
        suspects: list[Task] = []
        yield from _until_one_dies(work, waiting, jobs, suspects)
        for task in suspects:
            # Alone, so that it shows which clip it is that kills its process.
            guilty: list[Task] = []
            yield from _until_one_dies(work, [task], 1, guilty)
            if guilty:
                yield task, ClipError("its process died while it was read (a damaged file, or too little memory)")


def _until_one_dies(
    work: Callable[[Task], Result], waiting: list[Task], jobs: int, suspects: list[Task]
) -> Iterator[tuple[Task, Result | Exception]]:
    """Take tasks from the end of ``waiting``; those that were under way when a process died become ``suspects``."""
    context = get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(min(jobs, len(waiting)), context, initializer=_start, initargs=(stop,))
    under_way: dict[Future[Result], Task] = {}
    try:
        while (waiting and not suspects) or under_way:
            while waiting and not suspects and len(under_way) < AHEAD * jobs:
                task = waiting.pop()
                try:
                    under_way[pool.submit(work, task)] = task
                except BrokenProcessPool:
                    suspects.append(task)
            done, _ = wait(under_way, timeout=1.0, return_when=FIRST_COMPLETED)
            for future in done:
                task = under_way.pop(future)
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    suspects.append(task)
                elif isinstance(error, Exception):
                    yield task, error
                else:
                    yield task, future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _start(stop: Any) -> None:  # noqa: ANN401  # multiprocessing's events have no public type
    """Prepare a process: the caller alone decides when to stop, and without it there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _Stop.event = stop
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:  # noqa: ANN401
    parent.join()
    os._exit(1)
