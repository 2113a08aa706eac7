"""Transformer encoder over the steps, with learned positions and a class token.

After Vaswani et al. 2017, arXiv 1706.03762.
"""

import torch
from torch import Tensor, nn

from training.models.parts import Standardise
from workers.exercise.pose_features import COUNT


class Attention(nn.Module):
    """Self-attention with several heads, written out so that it becomes plain matrix products in ONNX."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.asked = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, tokens, width) in and out."""
        count = tokens.shape[1]
        parts = self.asked(tokens).reshape(-1, count, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        query, key, value = parts[0], parts[1], parts[2]
        weights = torch.softmax(query @ key.transpose(-2, -1) * self.size**-0.5, dim=-1)
        mixed = self.dropout(weights) @ value
        return self.out(mixed.transpose(1, 2).reshape(-1, count, self.heads * self.size))


class Layer(nn.Module):
    """Attention and two dense layers, each normalised before and with a way around."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(width), Attention(width, heads, dropout), nn.Dropout(dropout))
        self.dense = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, tokens, width) in and out."""
        tokens = tokens + self.attention(tokens)
        return tokens + self.dense(tokens)


class Transformer(nn.Module):
    """A token a step and one more, from whose answer and the mean of the others the class is told."""

    def __init__(self, steps: int, classes: int, width: int, heads: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.enter = nn.Linear(COUNT, width)
        self.positions = nn.Parameter(torch.randn(1, steps, width) * 0.02)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.Sequential(*(Layer(width, heads, dropout) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, classes))

    def forward(self, windows: Tensor) -> Tensor:
        """(N, steps, COUNT) to (N, classes)."""
        tokens = self.dropout(self.enter(self.standardise(windows)) + self.positions)
        first = self.token.expand(windows.shape[0], -1, -1)
        answers = self.norm(self.layers(torch.cat([first, tokens], dim=1)))
        return self.out(torch.cat([answers[:, 0], answers[:, 1:].mean(dim=1)], dim=1))


def build(
    steps: int, classes: int, *, width: int = 64, heads: int = 4, layers: int = 2, dropout: float = 0.2
) -> nn.Module:
    """Of exactly this number of steps; ``width`` is made a multiple of ``heads``."""
    return Transformer(steps, classes, -(-width // heads) * heads, heads, layers, dropout)
