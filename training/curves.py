"""A picture of how a training went: loss and macro-F1 of every epoch. Draws without a window and keeps no state."""

import io
import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator

from training.runs import EpochRow

_DPI = 110
_TRAIN, _VALID, _BEST = "tab:gray", "tab:blue", "tab:green"


def curves_png(rows: Sequence[EpochRow], best_epoch: int, title: str) -> bytes:
    """The curves as a PNG file; ``best_epoch`` is marked, 0 for none."""
    fig = Figure(figsize=(10.0, 4.0), layout="constrained")
    FigureCanvasAgg(fig)
    # A dollar sign would begin mathematics.
    fig.suptitle(title.replace("$", r"\$"), fontsize=11)
    loss, f1 = fig.subplots(1, 2)
    epochs = [row.epoch for row in rows]
    _draw(loss, epochs, [row.train_loss for row in rows], [row.valid_loss for row in rows], "loss")
    _draw(f1, epochs, [row.train_f1 for row in rows], [row.valid_f1 for row in rows], "macro-F1")
    f1.set_ylim(0.0, 1.02)
    f1.yaxis.set_major_locator(MultipleLocator(0.1))
    best = next((row for row in rows if row.epoch == best_epoch), None)
    if best is not None and not math.isnan(best.valid_f1):
        for panel, value in ((loss, best.valid_loss), (f1, best.valid_f1)):
            panel.axvline(best_epoch, color=_BEST, linewidth=0.8, linestyle=":")
            panel.plot([best_epoch], [value], "o", color=_BEST)
        f1.set_title(f"best {best.valid_f1:.3f} in epoch {best_epoch}", fontsize=9, color=_BEST)
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()


def _draw(panel: Axes, epochs: Sequence[int], train: Sequence[float], valid: Sequence[float], name: str) -> None:
    marker = "." if len(epochs) < 30 else ""
    panel.plot(epochs, train, color=_TRAIN, marker=marker, label="training (varied examples)")
    if not all(math.isnan(value) for value in valid):
        panel.plot(epochs, valid, color=_VALID, marker=marker, label="validation")
    panel.set_xlabel("epoch")
    panel.set_ylabel(name)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(alpha=0.3)
    panel.legend(fontsize=9)
