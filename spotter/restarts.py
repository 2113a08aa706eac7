"""When a child that ended is started again; pure: time and chance are arguments."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

FIRST_WAIT_S = 0.2
"""Short, because most children that die once come back, and a camera waits for them."""
LONGEST_WAIT_S = 10.0
JITTER_SHARE = 0.5
"""Children that died together do not all come back in the same moment."""
STABLE_AFTER_S = 10.0
"""Who has run for so long begins again with the first wait."""
BUDGET = 5
BUDGET_S = 60.0
GIVEN_UP_FOR_S = 300.0
"""A gym is watched all day: what was given up is tried once more after a while, loudly again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a child that ended."""

    state: Literal["stopped", "waiting", "failed"]
    wait_s: float = 0.0
    """Until the next start; without meaning for one that stopped."""


class Restarts:
    """The starts and ends of one child."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._recent: deque[float] = deque()
        self._started_s = 0.0
        self._wait_s = FIRST_WAIT_S
        self.count = 0
        """How often it was started again."""

    def started(self, now_s: float) -> None:
        """It was started."""
        self._started_s = now_s

    def ended(self, now_s: float, exit_code: int, *, asked: bool = False) -> Verdict:
        """It ended; a clean exit stays stopped unless it was ``asked`` to end so that it starts anew."""
        if exit_code == 0 and not asked:
            return Verdict("stopped")
        while self._recent and now_s - self._recent[0] > BUDGET_S:
            self._recent.popleft()
        if len(self._recent) >= BUDGET:
            self._recent.clear()
            self._wait_s = FIRST_WAIT_S
            self.count += 1
            return Verdict("failed", GIVEN_UP_FOR_S)
        self._recent.append(now_s)
        self.count += 1
        if now_s - self._started_s >= STABLE_AFTER_S:
            self._wait_s = FIRST_WAIT_S
        wait_s = self._wait_s * (1.0 + JITTER_SHARE * self._chance())
        self._wait_s = min(self._wait_s * 2.0, LONGEST_WAIT_S)
        return Verdict("waiting", wait_s)
