"""Runs the console as ``spotter console`` does and times every turn of its event loop, for ``bench_console``.

A turn is what the thread that answers keys does at a stretch: while it lasts, a key waits. CPU time is told beside
wall time, because it does not depend on what else the machine does.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from core.secrets import Address
from spotter.console import Wanted, run_console

SETTLED_AFTER_S = 4.0
"""Loading and the first drawing are no part of what goes on all day."""


class Turns:
    """CPU and wall time of each turn, by what it was."""

    def __init__(self) -> None:
        self._begun_s = time.monotonic()
        self.settled_s = 0.0
        self.cpu_ms: list[float] = []
        self.wall_ms: list[float] = []
        self.slowest: dict[str, list[float]] = {}

    def watch(self) -> None:
        """Time every callback of every loop of this process from now on."""
        run = asyncio.events.Handle._run

        def timed(handle: Any) -> None:  # noqa: ANN401  # a handle of asyncio
            cpu_s, wall_s = time.thread_time(), time.perf_counter()
            try:
                run(handle)
            finally:
                self._note(handle, 1e3 * (time.thread_time() - cpu_s), 1e3 * (time.perf_counter() - wall_s))

        asyncio.events.Handle._run = timed  # type: ignore[method-assign, assignment]

    def _note(self, handle: Any, cpu_ms: float, wall_ms: float) -> None:  # noqa: ANN401  # as above
        now_s = time.monotonic()
        if now_s - self._begun_s < SETTLED_AFTER_S:
            return
        self.settled_s = self.settled_s or now_s
        self.cpu_ms.append(cpu_ms)
        self.wall_ms.append(wall_ms)
        if cpu_ms > 1.0:
            owner = getattr(getattr(handle, "_callback", None), "__self__", None)
            name = owner.get_name() if isinstance(owner, asyncio.Task) else repr(handle._callback)
            self.slowest.setdefault(name.split("(")[0][:60], []).append(round(cpu_ms, 2))

    def save(self, file: Path) -> None:
        """Write what was seen."""
        seconds = time.monotonic() - self.settled_s if self.settled_s else 0.0
        told = {"seconds": seconds, "cpu_ms": self.cpu_ms, "wall_ms": self.wall_ms, "slowest": self.slowest}
        file.write_text(json.dumps(told))


def main() -> int:
    """``python -m benchmarks.console_turns REDIS FILE``: the console on this terminal; FILE gets what was seen."""
    redis, file = sys.argv[1:3]
    turns = Turns()
    turns.watch()
    try:
        return run_console(Wanted(Path("gym.toml"), redis=Address(redis)))
    finally:
        turns.save(Path(file))


if __name__ == "__main__":
    sys.exit(main())
