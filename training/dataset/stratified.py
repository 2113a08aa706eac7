"""Divides groups so that each class has its share in every part. Pure; knows nothing of files and tracks.

A group goes to one part as a whole and may hold several classes, so the shares are met as nearly as the groups allow:
a greedy start, rarest class first, then moves of single groups as long as they help.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

PARTS = ("train", "validation", "test")
_ABSENT = 1000.0
"""Cost of a class that a part lacks: more than all deviations from the shares together."""
_PASSES = 20
_STARTS, _STARTS_TIMES_UNITS = 12, 1000
"""Few groups leave few choices, of which the first found is seldom the best; many are divided well at once."""
_BLUR = 0.15
_EXCHANGED = 60
"""With more units, single moves find nearly all that exchanges would."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Groups that must stay together; nearly always one."""

    groups: tuple[str, ...]
    seconds: Mapping[str, float]
    """By label."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One round of a cross-validation."""

    name: str
    """The group that is held out, or the number of the fold from 1."""
    train: NDArray[np.intp]
    """Positions of the items to train on."""
    test: NDArray[np.intp]
    untrained: tuple[str, ...]
    """Labels of the test items that no training item has: they cannot be known in this fold."""


def divide(units: Sequence[Unit], shares: Sequence[float], seed: int) -> list[str]:
    """The part of each unit, in their order; ``shares`` are those of ``PARTS``.

    A class that only one unit holds is trained on; of two units one is tested on.
    """
    parts = _placed(_amounts(units), np.asarray(shares, np.float64) / sum(shares), seed, lone_in_first=True)
    return [PARTS[part] for part in parts]


def k_folds(groups: Sequence[str], labels: Sequence[str], folds: int = 5, seed: int = 0) -> Iterator[Fold]:
    """Cross-validation in ``folds`` rounds, each group tested on once; items are given by their groups and labels.

    Raises ValueError for fewer than two folds. With no more groups than folds each group is left out once.
    """
    if folds < 2:
        raise ValueError("a cross-validation needs two folds or more")
    names = sorted(set(groups))
    counts: dict[str, dict[str, float]] = {name: {} for name in names}
    for group, label in zip(groups, labels, strict=True):
        if label:
            counts[group][label] = counts[group].get(label, 0.0) + 1.0
    if len(names) <= folds:
        yield from leave_one_group_out(groups, labels)
        return
    units = [Unit((name,), counts[name]) for name in names]
    placed = _placed(_amounts(units), np.full(folds, 1.0 / folds), seed, lone_in_first=False)
    fold_of = dict(zip(names, placed.tolist(), strict=True))
    of_items = np.array([fold_of[group] for group in groups])
    for fold in range(folds):
        if (of_items == fold).any():
            yield _fold(str(fold + 1), of_items == fold, labels)


def leave_one_group_out(groups: Sequence[str], labels: Sequence[str]) -> Iterator[Fold]:
    """Cross-validation with each group held out once; items are given by their groups and labels."""
    of_items = np.array(groups)
    for name in sorted(set(groups)):
        yield _fold(name, of_items == name, labels)


def _fold(name: str, held_out: NDArray[np.bool_], labels: Sequence[str]) -> Fold:
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    trained = {labels[position] for position in train.tolist()}
    untrained = {labels[position] for position in test.tolist()} - trained - {""}
    return Fold(name, train, test, tuple(sorted(untrained)))


def _amounts(units: Sequence[Unit]) -> NDArray[np.float64]:
    """(units, 2, classes + 1): share of each class's seconds, and of its units, that a unit holds; last: of all."""
    labels = sorted({label for unit in units for label in unit.seconds})
    column = {label: position for position, label in enumerate(labels)}
    amounts = np.zeros((len(units), 2, len(labels) + 1))
    for row, unit in enumerate(units):
        for label, seconds in unit.seconds.items():
            amounts[row, 0, column[label]] = max(seconds, 1e-9)
            amounts[row, 1, column[label]] = 1.0
    amounts[:, 0, -1] = np.maximum(amounts[:, 0, :-1].sum(axis=1), 1e-9)
    amounts[:, 1, -1] = 1.0
    return np.asarray(amounts / np.maximum(amounts.sum(axis=0), 1e-12))


def _placed(
    amounts: NDArray[np.float64], shares: NDArray[np.float64], seed: int, *, lone_in_first: bool
) -> NDArray[np.intp]:
    """The part of each unit."""
    random = np.random.default_rng(seed)
    # Among divisions that are about as good, the seed chooses: it sees the units a little larger or smaller.
    amounts = amounts * random.uniform(1 - _BLUR, 1 + _BLUR, (len(amounts), 1, 1))
    amounts = amounts / np.maximum(amounts.sum(axis=0), 1e-12)
    holds = amounts[:, 1, :-1] > 0
    holders = holds.sum(axis=0)
    # The more seldom a unit's rarest class, the earlier it is placed, while there still is a choice; large units first.
    rarest = np.where(holds, holders, len(amounts) + 1).min(axis=1, initial=len(amounts) + 1)
    lone = holders == 1 if lone_in_first else np.zeros_like(holders, np.bool_)
    fixed = np.asarray(holds[:, lone].any(axis=1))
    best: _State | None = None
    for _ in range(max(1, min(_STARTS, _STARTS_TIMES_UNITS // max(len(amounts), 1)))):
        order = np.lexsort((-amounts[:, 0, -1] * random.uniform(0.2, 1.0, len(amounts)), rarest))
        state = _State(amounts, shares)
        for unit in order[fixed[order]]:
            state.put(unit, 0)
        free = order[~fixed[order]]
        for unit in free:
            state.put(unit, state.best(unit))
        _improve(state, free, random, exchanging=False)
        if best is None or state.cost() < best.cost() - 1e-12:
            best = state
    if best is None:
        return np.zeros(0, np.intp)
    _improve(best, np.flatnonzero(~fixed), random, exchanging=len(amounts) <= _EXCHANGED)
    return best.parts


def _improve(state: "_State", free: NDArray[np.intp], random: np.random.Generator, *, exchanging: bool) -> None:
    """Move single units, and let pairs of them change places where ``exchanging``, until nothing helps."""
    for _ in range(_PASSES):
        helped = [state.move(unit) for unit in random.permutation(free)]
        if exchanging:
            helped += [state.exchange(one, other) for one, other in combinations(random.permutation(free), 2)]
        if not any(helped):
            break


class _State:
    """How units are placed so far, and what that costs."""

    def __init__(self, amounts: NDArray[np.float64], shares: NDArray[np.float64]) -> None:
        self._amounts = amounts
        self._shares = shares
        self._held = np.zeros((len(shares), *amounts.shape[1:]))
        holders = (amounts[:, 1, :-1] > 0).sum(axis=0)
        wanted = np.flatnonzero(shares > 0)
        # With fewer units than parts, the first part comes first, then the last: what is never tested is not known.
        by_need = [wanted[0], *wanted[:0:-1]]
        self._needed = np.zeros((len(shares), len(holders)), np.bool_)
        for rank, part in enumerate(by_need):
            self._needed[part] = holders > rank
        self.parts = np.full(len(amounts), -1, np.intp)

    def put(self, unit: int, part: int) -> None:
        self._held[part] += self._amounts[unit]
        self.parts[unit] = part

    def best(self, unit: int) -> int:
        """The part where a unit costs least."""
        costs = []
        for part in range(len(self._shares)):
            self._held[part] += self._amounts[unit]
            costs.append(self.cost())
            self._held[part] -= self._amounts[unit]
        return int(np.argmin(costs))

    def move(self, unit: int) -> bool:
        """Put a unit to another part if that costs less; says whether it did."""
        old = int(self.parts[unit])
        self._held[old] -= self._amounts[unit]
        new = self.best(unit)
        self.put(unit, new)
        return new != old

    def exchange(self, one: int, other: int) -> bool:
        """Let two units change places if that costs less; says whether they did."""
        first, second = int(self.parts[one]), int(self.parts[other])
        if first == second:
            return False
        before = self.cost()
        difference = self._amounts[other] - self._amounts[one]
        self._held[first] += difference
        self._held[second] -= difference
        if self.cost() < before - 1e-12:
            self.parts[one], self.parts[other] = second, first
            return True
        self._held[first] -= difference
        self._held[second] += difference
        return False

    def cost(self) -> float:
        """How far the parts are from what was asked for."""
        # A part without a share gets nothing.
        unwanted = self._held[self._shares <= 0].sum() * _ABSENT**2
        absent = (self._needed & (self._held[:, 1, :-1] < 1e-9)).sum() * _ABSENT
        deviation = self._held - self._shares[:, None, None]
        # The whole counts as much as all classes together: a part much too large takes its data from the others.
        classes = max(deviation.shape[-1] - 1, 1)
        return float(unwanted + absent + (deviation[..., :-1] ** 2).sum() + classes * (deviation[..., -1] ** 2).sum())
