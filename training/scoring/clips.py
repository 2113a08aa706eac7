"""How good counts, times and names are on clips of one person each, with intervals bootstrapped over origins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.scoring.intervals import NOTHING, RESAMPLES, Figure, interval

EVENT_TOLERANCE_S = 0.5
"""An event counts as found this close to the true time, which itself is known to 0.2 s."""


@dataclass(frozen=True, slots=True)
class ClipScore:
    """One clip: what was true of its main person, and what was counted."""

    clip: str
    origin: str
    """Clips of one origin are resampled together."""
    true_reps: int
    counted_reps: int
    events_found: int
    """Counted repetitions whose end matches a true one."""
    true_exercise: str
    named: tuple[str, ...]
    """The exercises of the sets that were found, without repetition."""
    latencies_s: tuple[float, ...]
    """Between the end of a repetition and the frame at which it was counted."""

    @property
    def error(self) -> int:
        """Counted minus true."""
        return self.counted_reps - self.true_reps


def matched_events(true_s: Sequence[float], counted_s: Sequence[float], tolerance_s: float = EVENT_TOLERANCE_S) -> int:
    """How many counted events match a true one, each at most once, within ``tolerance_s`` seconds.

    The largest possible number, since the tolerance is the same for all.
    """
    return len(matched_pairs(sorted(true_s), sorted(counted_s), tolerance_s))


def matched_pairs(true_s: Sequence[float], counted_s: Sequence[float], tolerance_s: float) -> list[tuple[int, int]]:
    """Pair places of two ascending lists within the tolerance, each place at most once, as many as possible."""
    pairs, i, j = [], 0, 0
    while i < len(true_s) and j < len(counted_s):
        if abs(true_s[i] - counted_s[j]) <= tolerance_s:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif counted_s[j] < true_s[i]:
            j += 1
        else:
            i += 1
    return pairs


def off_by_one(scores: Sequence[ClipScore]) -> float:
    """Share of clips whose count is wrong by at most one."""
    return float(np.mean([abs(score.error) <= 1 for score in scores]))


def exact(scores: Sequence[ClipScore]) -> float:
    """Share of clips whose count is right."""
    return float(np.mean([score.error == 0 for score in scores]))


def mean_error(scores: Sequence[ClipScore]) -> float:
    """Mean absolute error of the counts, repetitions a clip."""
    return float(np.mean([abs(score.error) for score in scores]))


def event_f1(scores: Sequence[ClipScore]) -> float:
    """F1 of the times of repetitions over all clips together; 1 where nothing was to be found and nothing was."""
    found = sum(score.events_found for score in scores)
    total = sum(score.true_reps + score.counted_reps for score in scores)
    return 2 * found / total if total else 1.0


def named_right(scores: Sequence[ClipScore]) -> float:
    """Share of clips in which a set got the right name; clips without a named exercise or repetitions are left out."""
    named = [score for score in scores if _has_name(score)]
    return float(np.mean([score.true_exercise in score.named for score in named])) if named else float("nan")


def macro_f1(scores: Sequence[ClipScore]) -> float:
    """Mean over exercises of the F1 of their names, by clip; the first named set is the clip's answer."""
    named = [score for score in scores if _has_name(score)]
    answers = [score.named[0] if score.named else "none" for score in named]
    values = []
    for exercise in sorted({score.true_exercise for score in named}):
        hits = sum(s.true_exercise == exercise == a for s, a in zip(named, answers, strict=True))
        total = sum(s.true_exercise == exercise for s in named) + sum(a == exercise for a in answers)
        values.append(2 * hits / total)
    return float(np.mean(values)) if values else float("nan")


def figure(scores: Sequence[ClipScore], measure: Callable[[Sequence[ClipScore]], float], seed: int = 0) -> Figure:
    """A measure with its 95 % bootstrap interval over origins."""
    if not scores:
        return Figure(NOTHING, NOTHING, NOTHING, 0, 0, seed)
    groups: dict[str, list[ClipScore]] = {}
    for score in scores:
        groups.setdefault(score.origin, []).append(score)
    clusters = list(groups.values())
    random = np.random.default_rng(seed)
    values = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(clusters), len(clusters))
        values.append(measure([score for index in drawn for score in clusters[index]]))
    low, high = interval(np.array(values))
    return Figure(measure(scores), low, high, len(scores), len(clusters), seed)


def latency(scores: Sequence[ClipScore]) -> tuple[float, float]:
    """Median and 95th percentile of the time between a repetition's end and its count, seconds."""
    values = [value for score in scores for value in score.latencies_s]
    return (float(np.median(values)), float(np.percentile(values, 95))) if values else (float("nan"), float("nan"))


def _has_name(score: ClipScore) -> bool:
    return score.true_reps > 0 and not score.true_exercise.startswith(("other", "idle", "mixed"))
