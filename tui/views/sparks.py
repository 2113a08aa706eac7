"""Short plots of one line, beside their newest, least and most value; pure."""

from collections.abc import Sequence

BARS, ASCII_BARS = "▁▂▃▄▅▆▇█", "_.-=+*#@"


def spark(values: Sequence[float], width: int, *, in_ascii: bool = False, floor: float = 0.0) -> str:
    """The newest values as bars, one a cell, at most ``width``; the lowest bar is ``floor`` or less."""
    bars = ASCII_BARS if in_ascii else BARS
    shown = [value for value in values[-width:] if value == value] if width > 0 else []  # noqa: PLR0124  # leaves out NaN
    if not shown:
        return ""
    most = max(*shown, floor)
    span = most - floor
    if span <= 0:
        return bars[0] * len(shown)
    return "".join(bars[min(int(max(value - floor, 0.0) / span * len(bars)), len(bars) - 1)] for value in shown)


def spark_line(name: str, unit: str, values: Sequence[float], width: int, *, in_ascii: bool = False) -> str:
    """Name, plot, newest value, and between what it was; fits into ``width`` cells."""
    figures = f"{values[-1]:.1f} {unit}  ({min(values):.1f}-{max(values):.1f})" if values else "-"
    room = width - 10 - len(figures) - 1
    plot = spark(values, room, in_ascii=in_ascii)
    return f"{name:<10}{plot:>{max(room, 0)}} {figures}"[:width]
