"""The confusion matrix and the reliability diagram as pictures."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import OutputError
from core.names import shown_name
from training.classes import CLASSES
from training.evaluation.calibration import BINS, Calibration
from training.evaluation.classification import NONE_NAME

_INK, _PALE, _ACCENT, _SECOND = "#1f2933", "#9aa5b1", "#2c6fbb", "#c2571a"
_DARK_SHARE = 0.55
"""Above this share of a row the cell is dark and its number white."""


def draw_confusion(matrix: NDArray[np.int64], path: Path, title: str) -> None:
    """Draw a confusion matrix (classes + 1, classes + 1), truth in rows, as shares of rows, without empty classes."""
    shown = np.flatnonzero(matrix.sum(0) + matrix.sum(1))
    rows = shown[matrix[shown].sum(1) > 0]
    names = [_name(number) for number in shown]
    counts = matrix[np.ix_(rows, shown)]
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axes = _figure(2.6 + 0.46 * len(shown), 2.2 + 0.36 * len(rows))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(shown)), names, rotation=45, ha="right", rotation_mode="anchor", fontsize=8)
    labels = [f"{_name(number)}  ({count})" for number, count in zip(rows, counts.sum(1), strict=True)]
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    for row, column in np.argwhere(shares >= 0.005):
        share = shares[row, column]
        ink = "white" if share > _DARK_SHARE else _INK
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=7, color=ink)
    axes.set_xlabel("answered", fontsize=9, color=_INK)
    axes.set_ylabel("true (windows)", fontsize=9, color=_INK)
    axes.set_title(f"{title}: per cent of each true class", fontsize=10, color=_INK, loc="left")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _save(figure, path)


def draw_reliability(before: Calibration, after: Calibration | None, path: Path, title: str) -> None:
    """Draw how often answers of each confidence are right, and the windows behind it; ``after`` = with temperature."""
    figure, axes = _figure(5.2, 4.6)
    middle = (np.arange(BINS) + 0.5) / BINS
    axes.bar(
        middle, before.windows / max(before.windows.sum(), 1), width=0.9 / BINS, color=_PALE, alpha=0.45,
        label="share of windows",
    )  # fmt: skip
    axes.plot([0, 1], [0, 1], color=_PALE, linewidth=1, linestyle="--")
    axes.plot(*_points(before), "o-", color=_ACCENT, markersize=4, label=f"as it is (error {before.error:.3f})")
    if after is not None:
        axes.plot(*_points(after), "s-", color=_SECOND, markersize=4, label=f"with temperature ({after.error:.3f})")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_xlabel("confidence in the likeliest class", fontsize=9, color=_INK)
    axes.set_ylabel("share that is right", fontsize=9, color=_INK)
    axes.set_title(title, fontsize=10, color=_INK, loc="left")
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _save(figure, path)


def _points(measured: Calibration) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    there = measured.windows > 0
    return measured.confidence[there], measured.right[there]


def _name(number: np.integer[Any]) -> str:
    return CLASSES[number] if number < len(CLASSES) else NONE_NAME


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _save(figure: Any, path: Path) -> None:  # noqa: ANN401  # matplotlib's Figure, imported late
    try:
        figure.savefig(path, dpi=130, metadata={"Software": None})
    except OSError as error:
        raise OutputError(f"{shown_name(path)}: cannot be written ({error.strerror})") from None
