"""Repetitions on one signal, found while the signal arrives.

A repetition is one wave: from rest to the active side and back. The signal is oriented so that the active side is high.
Two thresholds guard it: the swing up and the swing down must both reach the smallest range, absolute and relative to
what is typical for this person in this set, so that noise, wiggles and half repetitions do not count.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workers.exercise.turning import HIGH, LOW, Turn, TurningPoints, evened, pruned

# Hysteresis as a share of the smallest range: below it a swing is no movement at all, above it at least a rejected one.
_FINE_SHARE = 0.5
# Swings below this share of the set's typical swing do not divide a repetition in two, and do not make one.
TYPICAL_SHARE = 0.5
# Repetitions closer than this share of what is usual in the set are one with a gap in the signal.
_SOON_SHARE = 0.3
# A repetition is over when the signal is back by this share; earlier would split repetitions that pause on the way.
_BACK_SHARE = 0.8
# Less is enough where the next one begins, or where the recording ends: observers count what is seen to about 80 %.
_BACK_SHARE_AT_REVERSAL = 0.6
_BACK_SHARE_AT_END = 0.72
# A repetition starts where the signal leaves rest by the first share of its swing and ends where it is back within the
# second. Observers see the end later than the start: a larger end share would date it up to 0.3 s too early.
_START_SHARE = 0.12
_END_SHARE = 0.05
# Rest is looked for from where the signal is nearly back, for this long or, in a slow repetition, a share of its way.
_NEARLY_SHARE = 0.25
_SETTLING_S = 1.0
_SETTLING_SHARE = 1.0
# A small wave that begins and ends this close to rest, as a share of the full wave beside it, is a movement of its own,
# not a pause on the way.
_NEAR_REST_SHARE = 0.25
# Landmarks jump for a frame or two where a hand hides an elbow; the median over this time does not see it. Longer would
# flatten the fastest repetitions, of about half a second.
_DESPIKE_S = 0.17
_DESPIKE_SAMPLES = 5
# Longer without a sample in posture, and the movement is interrupted.
_INTERRUPTION_S = 0.7


@dataclass(frozen=True, slots=True)
class Cycle:
    """One wave of a signal between two turning points at rest."""

    start_s: float
    peak_s: float
    end_s: float
    rise: float
    fall: float

    @property
    def swing(self) -> float:
        """The smaller of rise and fall, in the unit of the signal."""
        return min(self.rise, self.fall)

    @property
    def duration_s(self) -> float:
        """From start to end."""
        return self.end_s - self.start_s


class WaveStream:
    """The turning points of one oriented signal, in stretches without interruption."""

    def __init__(self, min_range: float, *, either_end: bool = False) -> None:
        """``min_range`` in the unit of the signal; ``either_end``: a set may start at the active side."""
        self._min_range = min_range
        self._either_end = either_end
        self._stretches: list[TurningPoints] = []
        self._recent: deque[tuple[float, float]] = deque(maxlen=_DESPIKE_SAMPLES)
        self._last_s = -np.inf
        self._open = False

    def update(self, time_s: float, value: float | None) -> None:
        """Take one sample; None where the person is not in posture or not seen well enough."""
        if value is None:
            if time_s - self._last_s > _INTERRUPTION_S:
                self._open = False
            return
        if not self._open or time_s - self._last_s > _INTERRUPTION_S:
            self._stretches.append(TurningPoints(_FINE_SHARE * self._min_range))
            self._recent.clear()
            self._open = True
        self._last_s = time_s
        self._recent.append((time_s, value))
        self._stretches[-1].update(*_despiked(self._recent))

    def finish(self) -> None:
        """No more samples come: let the last ones, for which the median waited, through."""
        if not self._stretches:
            return
        while len(self._recent) > 1:
            self._recent.popleft()
            self._stretches[-1].update(*_despiked(self._recent))
        if self._recent:
            self._stretches[-1].update(*self._recent.pop())

    def forget_before(self, time_s: float) -> None:
        """Drop what ended before ``time_s``; called when a set is closed."""
        for stretch in self._stretches:
            stretch.forget_before(time_s)
        alive = [stretch for stretch in self._stretches if any(turn.time_s >= time_s for turn in stretch.turns())]
        if self._open and self._stretches and self._stretches[-1] not in alive:
            alive.append(self._stretches[-1])
        self._stretches = alive

    def cycles(self, *, since_s: float, ended: bool) -> tuple[list[Cycle], list[Cycle]]:
        """Complete waves that start at or after ``since_s``, and those that are too small to count.

        ``ended``: the recording is over, so the last wave need not come all the way back.
        """
        stretches = [_from(stretch.turns(), since_s) for stretch in self._stretches]
        typical = typical_swing([turns for turns in stretches if turns])
        if typical < self._min_range:
            return [], _small_waves(stretches, self._min_range)
        floor = max(_FINE_SHARE * self._min_range, TYPICAL_SHARE * typical)
        least = max(self._min_range, TYPICAL_SHARE * typical)
        full: list[Cycle] = []
        small: list[Cycle] = []
        for number, turns in enumerate(stretches):
            newest = number == len(stretches) - 1
            live = self._open and newest and not ended
            rest = self._rest_kind(turns)
            whole = evened(pruned(turns, floor), _SOON_SHARE)
            waves = _waves(whole, rest, typical, live=live, ended=ended and newest)
            here = [wave for wave in waves if wave.swing >= least * _BACK_SHARE_AT_REVERSAL and wave.rise >= least]
            spans = [_moving_span(wave, turns) for wave in here]
            less = [wave for wave in _waves(turns, rest, typical, live=live) if wave.swing < least]
            full += here
            small += [wave for wave in less if not _overlaps(wave, spans)]
        return full, small

    def _rest_kind(self, turns: Sequence[Turn]) -> int:
        if self._either_end and turns and turns[0].kind == HIGH:
            return HIGH
        return LOW


def typical_swing(stretches: Sequence[Sequence[Turn]]) -> float:
    """Median of the larger half of all swings; 0 without any.

    The larger half, because small wiggles are many and full repetitions are what is looked for.
    """
    swings = sorted((abs(b.value - a.value) for turns in stretches for a, b in pairwise(turns)), reverse=True)
    if not swings:
        return 0.0
    larger = swings[: max(2, (len(swings) + 1) // 2)]
    middle = len(larger) // 2
    return larger[middle] if len(larger) % 2 else (larger[middle - 1] + larger[middle]) / 2


def refined(cycle: Cycle, times: NDArray[np.float64], values: NDArray[np.float32]) -> Cycle:
    """The cycle with start and end moved to where the movement starts and ends, not where the rest does.

    ``times`` (N,) seconds and oriented ``values`` (N,) of the signal, covering the cycle.
    """
    inside = (times >= cycle.start_s) & (times <= cycle.end_s)
    times, values = times[inside], values[inside]
    if len(times) < 3:
        return cycle
    peak = int(np.searchsorted(times, cycle.peak_s))
    peak = min(peak, len(times) - 1)
    before, after = values[: peak + 1], values[peak:]
    left_rest = np.flatnonzero(before <= before.min() + _START_SHARE * np.ptp(before))
    start_s = float(times[left_rest[-1]]) if len(left_rest) else cycle.start_s
    end_s = _arrival_s(times[peak:], after)
    return Cycle(start_s, cycle.peak_s, end_s, cycle.rise, cycle.fall)


def _arrival_s(times: NDArray[np.float64], values: NDArray[np.float32]) -> float:
    """When a falling signal has come to rest: not when the rest, which may drift for long, is lowest."""
    swing = float(np.ptp(values))
    nearly = int(np.argmax(values <= values.min() + _NEARLY_SHARE * swing))
    settling_s = max(_SETTLING_S, _SETTLING_SHARE * float(times[nearly] - times[0]))
    until = int(np.searchsorted(times, times[nearly] + settling_s, side="right"))
    window = values[nearly:until]
    return float(times[nearly + int(np.argmax(window <= window.min() + _END_SHARE * swing))])


def _despiked(recent: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Time and value of the median of the samples of the last moments; time is that of the middle sample."""
    now_s = recent[-1][0]
    inside = [sample for sample in recent if now_s - sample[0] <= _DESPIKE_S]
    middle = len(inside) // 2
    return inside[middle][0], sorted(value for _, value in inside)[middle]


def _from(turns: Sequence[Turn], since_s: float) -> list[Turn]:
    """Turning points at or after ``since_s``, with the one before it if it is a rest from which a movement starts."""
    first = _first_at(turns, since_s)
    if first > 0 and first < len(turns) and turns[first - 1].kind == LOW:
        first -= 1
    return list(turns[first:])


def _waves(turns: Sequence[Turn], rest: int, typical: float, *, live: bool, ended: bool = False) -> list[Cycle]:
    waves = []
    for i in range(1, len(turns) - 1):
        start, peak, end = turns[i - 1 : i + 2]
        if peak.kind == rest:
            continue
        rise, fall = abs(peak.value - start.value), abs(peak.value - end.value)
        last = i == len(turns) - 2
        share = _BACK_SHARE if live and last else _BACK_SHARE_AT_END if ended and last else _BACK_SHARE_AT_REVERSAL
        if fall >= share * min(rise, typical):
            waves.append(Cycle(start.time_s, peak.time_s, end.time_s, rise, fall))
    return waves


def _small_waves(stretches: Sequence[Sequence[Turn]], typical: float) -> list[Cycle]:
    return [wave for turns in stretches for wave in _waves(turns, LOW, typical, live=False)]


def _moving_span(wave: Cycle, turns: Sequence[Turn]) -> tuple[float, float]:
    """Start and end of a full wave without small ones around it: from the last rest before it to the first after."""
    inside = turns[_first_at(turns, wave.start_s) : _first_at(turns, wave.end_s) + 1]
    near_start, near_end = _NEAR_REST_SHARE * wave.rise, _NEAR_REST_SHARE * wave.fall
    starts = [t.time_s for t in inside if t.time_s < wave.peak_s and abs(t.value - inside[0].value) <= near_start]
    ends = [t.time_s for t in inside if t.time_s > wave.peak_s and abs(t.value - inside[-1].value) <= near_end]
    return max(starts, default=wave.start_s), min(ends, default=wave.end_s)


def _first_at(turns: Sequence[Turn], time_s: float) -> int:
    return bisect_left(turns, time_s, key=lambda turn: turn.time_s)


def _overlaps(wave: Cycle, spans: Sequence[tuple[float, float]]) -> bool:
    return any(wave.start_s < end_s and wave.end_s > start_s for start_s, end_s in spans)
