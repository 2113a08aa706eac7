"""Durations as people write them, such as ``"500ms"``, ``"3s"``, ``"10min"`` or ``"30d"``; inside, they are seconds."""

import math
import re

UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
"""Seconds in each unit that may be written."""
_NUMBER_AND_UNIT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*([^\W\d_]*)")
_MEANT = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "millis": "ms", "m": "min", "mins": "min",
    "minute": "min", "minutes": "min", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
}  # fmt: skip
"""What people write instead of the units, in lower case."""
EXAMPLES = '"500ms", "3s", "10min", "12h" or "30d"'


def parse_duration(text: str) -> float:
    """Seconds of a number with its unit; raises ``ValueError`` with the end of a sentence that says what is wrong."""
    found = _NUMBER_AND_UNIT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"must be a duration with its unit, such as {EXAMPLES}")
    number, unit = found[1], found[2]
    if not unit:
        raise ValueError(f'needs a unit, such as "{number}s" or "{number}min"')
    if unit not in UNITS:
        meant = unit.lower() if unit.lower() in UNITS else _MEANT.get(unit.lower())
        hint = f"; did you mean '{meant}'?" if meant else f"; known are {', '.join(UNITS)}"
        raise ValueError(f"has a unit that is not known, '{unit}'{hint}")
    seconds = float(number) * UNITS[unit]
    if not math.isfinite(seconds):
        raise ValueError("is too long")
    return seconds


def duration_text(seconds: float) -> str:
    """Write a duration in the largest unit in which it is a whole number, else in seconds."""
    for unit in reversed(UNITS):
        if unit == "ms" and seconds >= 1:
            break
        count = seconds / UNITS[unit]
        if seconds and count >= 1 and abs(count - round(count)) < 1e-9:
            return f"{round(count)}{unit}"
    return f"{seconds:g}s"
