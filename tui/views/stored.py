"""Times as the database gives and takes them; pure."""

from datetime import datetime

from core.clock import utc_datetime
from core.history import Cell


def iso_utc(at_utc_ns: int) -> str:
    """A time as SQLite stores it and Postgres reads it."""
    return utc_datetime(at_utc_ns).isoformat(timespec="microseconds")


def utc_ns_of(cell: Cell) -> int:
    """A time of the database, which is a number or a text; 0 if it is neither."""
    if isinstance(cell, str):
        try:
            return round(datetime.fromisoformat(cell).timestamp() * 1e6) * 1000
        except ValueError:
            return 0
    return int(cell) if cell else 0
