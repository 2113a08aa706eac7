"""Turning points of a signal, found while it arrives.

A turning point is an extreme that the signal has left by at least the hysteresis; smaller wiggles do not exist for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

HIGH = 1
LOW = -1


@dataclass(frozen=True, slots=True)
class Turn:
    """One extreme of a signal."""

    time_s: float
    value: float
    kind: int
    """HIGH or LOW."""


class TurningPoints:
    """Collects the turning points of one signal, sample by sample."""

    def __init__(self, hysteresis: float) -> None:
        """Extremes count once the signal has left them by ``hysteresis``, in the unit of the signal.

        Smaller: noise turns into movements. Larger: shallow repetitions vanish.
        """
        self._hysteresis = hysteresis
        self.confirmed: list[Turn] = []
        self._low: Turn | None = None
        self._high: Turn | None = None
        self._seeking = 0

    def update(self, time_s: float, value: float) -> bool:
        """Take one sample; True where a turning point was confirmed by it."""
        if self._low is None or self._high is None:
            self._low, self._high = Turn(time_s, value, LOW), Turn(time_s, value, HIGH)
            return False
        if self._seeking != LOW and value > self._high.value:
            self._high = Turn(time_s, value, HIGH)
        if self._seeking != HIGH and value < self._low.value:
            self._low = Turn(time_s, value, LOW)
        if self._seeking != LOW and self._high.value - value >= self._hysteresis:
            self.confirmed.append(self._high)
            self._low, self._seeking = Turn(time_s, value, LOW), LOW
            return True
        if self._seeking != HIGH and value - self._low.value >= self._hysteresis:
            self.confirmed.append(self._low)
            self._high, self._seeking = Turn(time_s, value, HIGH), HIGH
            return True
        return False

    def turns(self) -> list[Turn]:
        """All turning points so far, alternating; the last one is the extreme that is still growing."""
        if self._seeking == HIGH and self._high is not None:
            return [*self.confirmed, self._high]
        if self._seeking == LOW and self._low is not None:
            return [*self.confirmed, self._low]
        return list(self.confirmed)

    def forget_before(self, time_s: float) -> None:
        """Drop the confirmed turning points before ``time_s``, except the last of them (a movement may start there)."""
        keep = max((i for i, turn in enumerate(self.confirmed) if turn.time_s < time_s), default=0)
        del self.confirmed[:keep]


def evened(turns: Sequence[Turn], share: float) -> list[Turn]:
    """The turning points without rests that come too soon: where two peaks are closer than ``share`` of what is usual.

    A hidden joint lets the signal fall to rest and back in a moment in the middle of a repetition; people do not.
    """
    kept = list(turns)
    while True:
        peaks = [i for i, turn in enumerate(kept) if turn.kind == HIGH]
        gaps = [kept[b].time_s - kept[a].time_s for a, b in pairwise(peaks)]
        if len(gaps) < 2:
            return kept
        shortest = min(range(len(gaps)), key=gaps.__getitem__)
        usual = sorted(gaps)[len(gaps) // 2]
        if gaps[shortest] >= share * usual:
            return kept
        first, second = peaks[shortest], peaks[shortest + 1]
        higher = max(kept[first], kept[second], key=lambda turn: turn.value)
        kept[first : second + 1] = [higher]


def pruned(turns: Sequence[Turn], hysteresis: float) -> list[Turn]:
    """The turning points that remain where every swing must reach ``hysteresis``; the smallest swings go first."""
    kept = list(turns)
    while len(kept) > 2:
        swings = [abs(b.value - a.value) for a, b in pairwise(kept)]
        smallest = min(range(len(swings)), key=swings.__getitem__)
        if swings[smallest] >= hysteresis:
            break
        if smallest == 0:
            del kept[0]
        elif smallest == len(swings) - 1:
            del kept[-1]
        else:
            del kept[smallest : smallest + 2]
    return kept
