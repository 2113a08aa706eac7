"""Work in processes: results, errors, a process that dies, and a caller that gives up."""

import os
import time
from pathlib import Path

from core.errors import ClipError
from training.dataset.clip_processes import StoppedError, in_processes, raise_if_given_up


def work(task: int) -> int:
    if task == 3:
        os._exit(9)
    if task == 5:
        raise ValueError("five")
    return task * 2


def wait_for_ever(path: str) -> None:
    Path(path).touch()
    try:
        while True:
            raise_if_given_up()
            time.sleep(0.01)
    except StoppedError:
        Path(path).unlink()
        raise


def test_a_process_that_dies_takes_only_its_own_clip_with_it():
    outcomes = dict(in_processes(work, [1, 2, 3, 4, 5], 2))
    assert {task: outcomes[task] for task in (1, 2, 4)} == {1: 2, 2: 4, 4: 8}
    assert isinstance(outcomes[5], ValueError)
    assert isinstance(outcomes[3], ClipError)
    assert "its process died" in str(outcomes[3])


def test_nothing_to_do_starts_no_process():
    assert list(in_processes(work, [], 4)) == []


def test_a_caller_that_gives_up_ends_the_work(tmp_path):
    flag = tmp_path / "working"
    results = in_processes(_touch_and_wait, [(0, str(flag)), (1, str(flag))], 2)
    assert next(results) == ((0, str(flag)), None)
    results.close()
    assert not flag.exists()


def _touch_and_wait(task: tuple[int, str]) -> None:
    number, path = task
    if number == 1:
        wait_for_ever(path)
        return
    deadline = time.monotonic() + 30
    while not Path(path).exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_outside_a_process_nobody_gives_up():
    raise_if_given_up()
