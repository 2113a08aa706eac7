"""Runs the console as ``spotter console`` does and times every turn of its event loop, for ``bench_console``.

A turn is what the thread that answers keys does at a stretch: while it lasts, a key waits. CPU time is told, because
it does not depend on what else the machine does. It runs in the process whose memory is measured, so it must keep no
more after a day than after a minute: it counts turns by their length, and keeps none.
"""

import asyncio
import json
import sys
import time
from array import array
from pathlib import Path
from typing import Any

from core.secrets import Address
from spotter.console import Wanted, run_console

SETTLED_AFTER_S = 4.0
"""Loading and the first drawing are no part of what goes on all day."""
STEP_MS = 0.25
STEPS = 1600
"""Longer turns count as the longest of these, 400 ms."""
NAMED_FROM_MS = 1.0
MOST_NAMES = 64
"""Of what takes turns; there are about twenty."""
OTHERS = "others"


class Lengths:
    """How many turns were how long; takes the same room however many there were."""

    def __init__(self) -> None:
        self._counts = array("Q", [0]) * STEPS
        self._sum_ms = self._longest_ms = 0.0

    def add(self, ms: float) -> None:
        """Count one."""
        self._counts[min(int(ms / STEP_MS), STEPS - 1)] += 1
        self._sum_ms += ms
        self._longest_ms = max(self._longest_ms, ms)

    def told(self) -> dict[str, Any]:
        """Their number, sum and longest, and pairs of a length and how many were about so long, shortest first."""
        counts = [[(step + 0.5) * STEP_MS, count] for step, count in enumerate(self._counts) if count]
        return {
            "turns": sum(self._counts), "sum_ms": self._sum_ms, "longest_ms": self._longest_ms, "counts": counts
        }  # fmt: skip


class Turns:
    """CPU time of all turns, and of those that are not short by what they were."""

    def __init__(self) -> None:
        self._begun_s = time.monotonic()
        self._settled_s = 0.0
        self._all = Lengths()
        self._named: dict[str, Lengths] = {}

    def watch(self) -> None:
        """Time every callback of every loop of this process from now on."""
        run = asyncio.events.Handle._run

        def timed(handle: Any) -> None:  # noqa: ANN401  # a handle of asyncio
            cpu_s = time.thread_time()
            try:
                run(handle)
            finally:
                self.note(handle, 1e3 * (time.thread_time() - cpu_s))

        asyncio.events.Handle._run = timed  # type: ignore[method-assign, assignment]

    def note(self, handle: Any, cpu_ms: float) -> None:  # noqa: ANN401  # as above
        """One turn is over."""
        now_s = time.monotonic()
        if now_s - self._begun_s < SETTLED_AFTER_S:
            return
        self._settled_s = self._settled_s or now_s
        self._all.add(cpu_ms)
        if cpu_ms > NAMED_FROM_MS:
            name = _name(handle)
            if name not in self._named and len(self._named) >= MOST_NAMES:
                name = OTHERS
            self._named.setdefault(name, Lengths()).add(cpu_ms)

    def save(self, file: Path) -> None:
        """Write what was seen."""
        seconds = time.monotonic() - self._settled_s if self._settled_s else 0.0
        named = {name: lengths.told() for name, lengths in self._named.items()}
        file.write_text(json.dumps({"seconds": seconds, "all": self._all.told(), "named": named}))


def _name(handle: Any) -> str:  # noqa: ANN401  # as above
    owner = getattr(getattr(handle, "_callback", None), "__self__", None)
    name = owner.get_name() if isinstance(owner, asyncio.Task) else repr(handle._callback)
    return name.split("(")[0].rstrip("0123456789-#")[:60]


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
