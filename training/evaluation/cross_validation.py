"""Trains without some people and asks about them, in turn, until everybody has been a stranger once.

Owns who is a stranger when. Knows no network: it is given a function that trains and one that answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from training.dataset.landmarks import Track
from training.dataset.splits import Recorded, Split, check_no_leak, recorded
from training.evaluation.predictions import Predictions, joined, predictions_of, seconds_since_change
from training.windows import EVERY_S, RATE_HZ, WINDOW_S, windows_of
from training.windows import joined as joined_windows

Predictor = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From windows (N, steps, COUNT) to probabilities (N, classes) in the order of ``CLASSES``."""
Fit = Callable[[Sequence[Track], int], Predictor]
"""Trains on tracks, for the fold of this number."""

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Cut:
    """How tracks are cut into windows."""

    window_s: float = WINDOW_S
    rate_hz: float = RATE_HZ
    every_s: float = EVERY_S


def cross_validate(
    fit: Fit,
    tracks: Sequence[Track],
    *,
    folds: int = FOLDS,
    seed: int = 0,
    extra: Sequence[Track] = (),
    cut: Cut | None = None,
    on_fold: Callable[[int, int], None] = lambda fold, folds: None,
) -> Predictions:
    """What models say of people that they were not trained on.

    ``folds``: how many times to train, 0 for once per group. ``extra``: tracks that are always trained on and never
    asked about. ``on_fold`` is told each fold and their number before it is trained. Raises ConfigError where a group,
    a recording or the same landmarks would stand on both sides, or with fewer than two groups.
    """
    facts, extra_facts = [recorded(track) for track in tracks], [recorded(track) for track in extra]
    sides = recorded_folds(facts, folds, seed)
    count = max(sides.values()) + 1
    for fold in range(count):
        check_fold(sides, fold, facts, extra_facts)
    parts = []
    for fold in range(count):
        on_fold(fold, count)
        known = [track for track in tracks if sides[track.group] != fold]
        strangers = [track for track in tracks if sides[track.group] == fold]
        predictor = fit([*known, *extra], fold)
        found = asked(predictor, strangers, cut, fold)
        if found is not None:
            parts.append(found)
    if not parts:
        raise ConfigError("no track is long enough for a window: a second and a label are needed")
    return joined(parts)


def asked(predictor: Predictor, tracks: Sequence[Track], cut: Cut | None = None, fold: int = 0) -> Predictions | None:
    """What a model says of all windows of some tracks; None where they give none."""
    cut = cut or Cut()
    windows, since_s = [], []
    for track in tracks:
        part = windows_of([track], window_s=cut.window_s, rate_hz=cut.rate_hz, every_s=cut.every_s)
        if len(part):
            windows.append(part)
            since_s.append(seconds_since_change(track, part.ends_s))
    if not windows:
        return None
    together = joined_windows(windows)
    return predictions_of(together, predictor(together.inputs), np.concatenate(since_s), fold)


def recorded_folds(facts: Sequence[Recorded], folds: int, seed: int) -> dict[str, int]:
    """The fold of each group: all classes in all folds as evenly as whole groups allow; raises ConfigError."""
    seconds: dict[str, dict[str, float]] = {}
    for fact in facts:
        sums = seconds.setdefault(fact.group, {})
        for label, lasting in fact.seconds.items():
            sums[label] = sums.get(label, 0.0) + lasting
    groups = sorted(seconds)
    if len(groups) < 2:
        raise ConfigError("cross-validation needs two groups or more: one to train on and one to ask about")
    count = len(groups) if folds == 0 else min(folds, len(groups))
    if count < 2:
        raise ConfigError(f"{folds} folds are too few: give 2 or more, or 0 for one per group")
    totals: dict[str, float] = {}
    for sums in seconds.values():
        for label, lasting in sums.items():
            totals[label] = totals.get(label, 0.0) + lasting
    shares = {
        group: {label: lasting / totals[label] for label, lasting in sums.items() if totals[label]}
        for group, sums in seconds.items()
    }
    np.random.default_rng(seed).shuffle(groups)
    groups.sort(key=lambda group: -max(shares[group].values(), default=0.0))
    held: list[dict[str, float]] = [{} for _ in range(count)]
    sizes = [0] * count
    sides = {}
    for group in groups:
        # Into the fold that has least of what this group shows; of equals into the one with the fewest groups.
        costs = [
            (sum(share * held[fold].get(label, 0.0) for label, share in shares[group].items()), sizes[fold])
            for fold in range(count)
        ]
        chosen = min(range(count), key=lambda fold: costs[fold])
        sides[group] = chosen
        sizes[chosen] += 1
        for label, share in shares[group].items():
            held[chosen][label] = held[chosen].get(label, 0.0) + share
    return sides


def check_fold(sides: dict[str, int], fold: int, facts: Sequence[Recorded], extra: Sequence[Recorded]) -> None:
    """Raise ConfigError if anything of a fold is also trained on."""
    strangers = {group for group, side in sides.items() if side == fold}
    overlap = strangers & {fact.group for fact in extra}
    if overlap:
        raise ConfigError(f"the group {min(overlap)!r} is to be trained on and asked about; leave its file out of one")
    known = {group for group in sides if group not in strangers} | {fact.group for fact in extra}
    split = Split({"train": tuple(sorted(known)), "validation": (), "test": tuple(sorted(strangers))}, 0, ())
    check_no_leak(split, [*facts, *extra])
