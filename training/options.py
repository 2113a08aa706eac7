"""How to train: what can be chosen about the loop, and what makes sense of it."""

import math
from dataclasses import dataclass, fields

from core.errors import ConfigError

MAY_DIFFER = ("epochs", "patience", "time_limit_s", "threads", "command")
"""Options that a resumed run may change."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to train."""

    epochs: int = 40
    batch: int = 128
    rate: float = 2e-3
    """Highest learning rate."""
    warm_up: float = 0.05
    """Share of all steps in which the rate grows to its highest."""
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    mixup: float = 0.0
    """Parameter of the beta distribution of shares in which two examples are mixed; 0 switches it off."""
    average: float = 0.99
    """Decay a step of the moving average of the weights that is judged and kept; 0 keeps the weights themselves."""
    patience: int = 10
    """Epochs without a better macro-F1 on the validation data after which it ends; 0 never."""
    time_limit_s: float = 0.0
    """From the call on, no epoch begins that would probably end later; 0 for none."""
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuse what makes no sense; raises ConfigError that names it."""
        least = {"epochs": 1, "batch": 2, "threads": 1}
        below = {"warm_up": 1.0, "label_smoothing": 1.0, "average": 1.0}
        for option in fields(self):
            value = getattr(self, option.name)
            low, high = least.get(option.name, 0), below.get(option.name, math.inf)
            if not (low <= value < high):
                limits = f"{low} or more" if high == math.inf else f"from {low} to below {high:g}"
                raise ConfigError(f"{option.name} is {value}; it must be {limits}")
        if self.rate == 0:
            raise ConfigError("rate is 0; nothing would be learned")
