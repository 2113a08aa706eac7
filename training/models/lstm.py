"""Long short-term memory (Hochreiter and Schmidhuber 1997, Neural Computation 9(8))."""

from torch import nn

from training.models.recurrent import Recurrent


def build(steps: int, classes: int, *, width: int = 96, layers: int = 1, dropout: float = 0.2) -> nn.Module:
    """Any number of steps."""
    return Recurrent(nn.LSTM, classes, width, layers, dropout)
