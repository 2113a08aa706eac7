"""What the temporal classifier thinks of one person over time, and what it has decided on.

Keeps the last seconds of the person's posture. People who are due at the same frame are asked about together, because
a network costs hardly more for eight people than for one.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.exercise.classifier import TemporalClassifier
from workers.exercise.pose_features import FRAME_COUNT, frame_rows, windows

NO_EXERCISE = ("transition", "idle", "other")
"""Labels of a classifier that name no exercise."""

# How often the classifier is asked; exercises do not change faster. Multiples of it on the camera's clock are the
# moments, so that all people of a camera are due at the same frame.
_ASK_EVERY_S = 0.5
# Frames that follow each other more quickly than this share of the classifier's step add nothing.
_LEAST_STEP = 0.4
# Opinions are averaged with this memory before something is decided.
_MEMORY_S = 0.8
# What was decided on is kept down to this share of the probability that it took to decide.
_KEEP_SHARE = 0.6
_LEAST_PAST_S = 1.0
# A probability that neither helps nor hurts a signature, how strongly others do, and how much a certain one helps.
_EVEN = 0.5
_STRENGTH = 0.75
_LARGEST_WEIGHT = 1.3


class Opinion:
    """What the classifier thought of one person over time."""

    def __init__(self, classifier: TemporalClassifier) -> None:
        """``classifier`` may be shared."""
        self.classifier = classifier
        self._pending: list[tuple[float, NDArray[np.float32], NDArray[np.float32]]] = []
        self._times = np.empty(0)
        self._rows = np.empty((0, FRAME_COUNT), np.float32)
        self._asked: list[tuple[float, NDArray[np.float32]]] = []
        self._mean: NDArray[np.float64] | None = None
        self._seen_s = -math.inf
        self._moment = -1
        self.decided = ""
        """Exercise that the person does right now; empty for none."""

    def see(self, time_s: float, landmarks: NDArray[np.float32], world: NDArray[np.float32]) -> None:
        """Take one frame: landmarks (33, 4) and world (33, 3), all numbers; one that was seen before is passed over."""
        if time_s - self._seen_s >= _LEAST_STEP / self.classifier.rate_hz:
            self._seen_s = time_s
            self._pending.append((time_s, landmarks, world))

    def is_due(self, time_s: float) -> bool:
        """Whether the classifier should be asked at this moment."""
        return math.floor(time_s / _ASK_EVERY_S) != self._moment and bool(self._pending)

    def window(self, time_s: float) -> NDArray[np.float32] | None:
        """The last seconds (steps, COUNT) as the classifier wants them; None while there is too little of them."""
        self._take_in()
        self._moment = math.floor(time_s / _ASK_EVERY_S)
        if self._times[-1] - self._times[0] < _LEAST_PAST_S:
            return None
        made = windows(self._times, self._rows, np.array([time_s]), self.classifier.window_s, self.classifier.rate_hz)
        return np.asarray(made[0])

    def hear(self, time_s: float, probabilities: NDArray[np.float32]) -> None:
        """Take the classifier's answer (labels,) to the window of a moment."""
        before_s = self._asked[-1][0] if self._asked else -math.inf
        self._asked.append((time_s, probabilities))
        share = math.exp(-(time_s - before_s) / _MEMORY_S)
        if self._mean is None:
            self._mean = probabilities.astype(np.float64)
        else:
            self._mean = share * self._mean + (1.0 - share) * probabilities
        self.decided = self._decide(self._mean)

    def forget_before(self, time_s: float) -> None:
        """Drop what was thought before ``time_s``."""
        self._asked = [(when_s, probabilities) for when_s, probabilities in self._asked if when_s >= time_s]

    def weight(self, exercise: str, start_s: float, end_s: float) -> float:
        """How much an exercise's signature counts in a time, 0-1.3: 1 where the classifier is as likely right as wrong.

        1 also for an exercise that it does not know, and while it has not been asked. A power of the mean probability
        below 1, so that a doubtful opinion does not overrule a clear signature.
        """
        if exercise not in self.classifier.labels:
            return 1.0
        label = self.classifier.labels.index(exercise)
        asked = [probabilities[label] for time_s, probabilities in self._asked if start_s <= time_s <= end_s + 1.0]
        return min(_LARGEST_WEIGHT, float((np.mean(asked) / _EVEN) ** _STRENGTH)) if asked else 1.0

    def state(self) -> list[Any]:
        """All that a successor needs to think on, as plain values and arrays."""
        self._take_in()
        return [self._times, self._rows, self._asked, self._mean, self._seen_s, self._moment, self.decided]

    def restore(self, state: list[Any]) -> None:
        """Go on from a state."""
        self._times, self._rows, self._asked, self._mean, self._seen_s, self._moment, self.decided = state

    def _take_in(self) -> None:
        """Turn the frames that wait into rows, all at once: one at a time costs five times as much."""
        if not self._pending:
            return
        times, landmarks, world = zip(*self._pending, strict=True)
        self._pending = []
        kept = self._times >= times[-1] - self.classifier.window_s - _ASK_EVERY_S
        self._times = np.concatenate([self._times[kept], np.array(times)])
        self._rows = np.concatenate([self._rows[kept], frame_rows(np.stack(landmarks), np.stack(world))])

    def _decide(self, mean: NDArray[np.float64]) -> str:
        labels = self.classifier.labels
        named = [(float(mean[at]), label) for at, label in enumerate(labels) if label not in NO_EXERCISE]
        best, label = max(named, default=(0.0, ""))
        enter = self.classifier.reject_below
        if self.decided and self.decided != label:
            kept = float(mean[labels.index(self.decided)])
            if kept >= _KEEP_SHARE * enter and best < enter:
                return self.decided
        if self.decided == label:
            return label if best >= _KEEP_SHARE * enter else ""
        return label if best >= enter else ""


def ask_together(opinions: Iterable[Opinion], time_s: float) -> None:
    """Ask about all whose turn it is, in one run of the classifier that they share."""
    due = [opinion for opinion in opinions if opinion.is_due(time_s)]
    looked = [(opinion, opinion.window(time_s)) for opinion in due]
    known = [(opinion, window) for opinion, window in looked if window is not None]
    if not known:
        return
    answers = known[0][0].classifier.probabilities(np.stack([window for _, window in known]))
    for (opinion, _), answer in zip(known, answers, strict=True):
        opinion.hear(time_s, np.asarray(answer))
