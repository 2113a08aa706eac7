"""Gated recurrent units (Cho et al. 2014, arXiv 1406.1078)."""

from torch import nn

from training.models.recurrent import Recurrent


def build(steps: int, classes: int, *, width: int = 96, layers: int = 1, dropout: float = 0.2) -> nn.Module:
    """Any number of steps."""
    return Recurrent(nn.GRU, classes, width, layers, dropout)
