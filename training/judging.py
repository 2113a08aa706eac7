"""How good a network is on examples, as the training loop sees it: one figure to choose the epoch by.

Imports torch when it judges. What is reported of a finished model is measured in ``training.evaluation``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.sources import Examples

if TYPE_CHECKING:
    from torch import nn

_JUDGED_AT_ONCE = 512


def judge(network: "nn.Module", examples: Examples) -> tuple[float, float, float]:
    """Loss, accuracy and macro-F1 of a network on examples."""
    import torch

    answers, truths = answers_of(network, examples)
    loss = torch.nn.functional.cross_entropy(torch.from_numpy(answers), torch.from_numpy(truths))
    decided = answers.argmax(axis=1)
    return float(loss), float((decided == truths).mean()), macro_f1(truths, decided)


def logits_of(network: "nn.Module", examples: Examples) -> NDArray[np.float32]:
    """What a network says of examples: (n, classes)."""
    return answers_of(network, examples)[0]


def answers_of(network: "nn.Module", examples: Examples) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """What a network says of examples, (n, classes), and what they are, (n,)."""
    import torch

    network.eval()
    answers, truths = [], []
    with torch.inference_mode():
        for which in in_batches(np.arange(len(examples)), _JUDGED_AT_ONCE):
            inputs, classes = examples.batch(which)
            answers.append(network(torch.from_numpy(inputs)).numpy())
            truths.append(classes)
    return np.concatenate(answers), np.concatenate(truths)


def macro_f1(truths: NDArray[np.int64], answers: NDArray[np.int64]) -> float:
    """Mean F1 over the classes that occur in the truth; NaN where there is none."""
    classes = np.unique(truths)
    if not len(classes):
        return float("nan")
    hits = np.array([((truths == one) & (answers == one)).sum() for one in classes])
    named = np.array([(truths == one).sum() + (answers == one).sum() for one in classes])
    return float((2 * hits / named).mean())


def in_batches(order: NDArray[np.int64], size: int) -> Sequence[NDArray[np.int64]]:
    """Positions in batches of nearly equal sizes: a last one of a single example would upset batch normalisation."""
    return [part for part in np.array_split(order, max(1, -(-len(order) // size))) if len(part)]
