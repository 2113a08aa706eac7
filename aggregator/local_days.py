"""Days in the gym's time zone, beside times in UTC: written with each row, and filled in where they are missing.

Filling goes in short transactions, so that nobody waits for it; another time zone in gym.toml means all of it anew.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Table, bindparam, func, insert, select, update

from aggregator.database import writing
from aggregator.schema import About, Base

STEP_ROWS = 500
"""A transaction of so many rows takes some milliseconds."""
TIME_ZONE = "time zone"


@dataclass(frozen=True, slots=True)
class _Dated:
    """A table with days: which column they are of, and by which rows are taken in order."""

    table: Table
    time: str
    key: str


_DATED = tuple(
    _Dated(Base.metadata.tables[table], column, key)
    for table, column, key in (
        ("sessions", "started_at", "id"),
        ("sets", "started_at", "id"),
        ("camera_status", "at", "id"),
        ("zone_occupancy", "minute", "minute"),
    )
)


def local_day(at: datetime, zone: ZoneInfo) -> str:
    """The day of an aware time in a time zone, such as ``2026-07-01``."""
    return at.astimezone(zone).date().isoformat()


def local_values(at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Day and minute of the day of an aware time, as columns."""
    here = at.astimezone(zone)
    return {"day": here.date().isoformat(), "minute_of_day": here.hour * 60 + here.minute}


class DayFiller:
    """Fills in days a step at a time; asked again after the end, it looks for new gaps."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._anew = False
        """Whether all rows are of another time zone; then all are done again, in order."""
        self._after: dict[str, Any] = {}

    def step(self, engine: Engine) -> bool:
        """One short transaction; False once nothing was left to do."""
        with writing(engine) as connection:
            stored = connection.scalar(select(About.value).where(About.name == TIME_ZONE))
            if stored != self.zone.key and not self._anew:
                self._anew, self._after = True, {}
            for dated in _DATED:
                if self._fill(connection, dated):
                    return True
            if self._anew:
                if stored is None:
                    connection.execute(insert(About).values(name=TIME_ZONE, value=self.zone.key))
                else:
                    connection.execute(update(About).where(About.name == TIME_ZONE).values(value=self.zone.key))
                self._anew = False
        return False

    def _fill(self, connection: Connection, dated: _Dated) -> int:
        """Fill in some rows of a table; gives how many."""
        table = dated.table
        key, at = table.c[dated.key], table.c[dated.time]
        query = select(key, at).distinct().order_by(key).limit(STEP_ROWS)
        if self._anew:
            after = self._after.get(table.name)
            query = query.where(key > after) if after is not None else query
        else:
            query = query.where(table.c.day.is_(None))
        rows = connection.execute(query).all()
        if rows:
            values = [{"row": row[0], **self._values(table, row[1])} for row in rows]
            names = [name for name in values[0] if name != "row"]
            statement = update(table).where(key == bindparam("row", type_=key.type))
            connection.execute(statement.values({name: bindparam(name) for name in names}), values)
            if self._anew:
                self._after[table.name] = rows[-1][0]
        return len(rows)

    def _values(self, table: Table, at: datetime) -> dict[str, Any]:
        values = local_values(at, self.zone)
        return {name: value for name, value in values.items() if name in table.c}


def fill_days(engine: Engine, zone: ZoneInfo, within_s: float = float("inf")) -> bool:
    """Fill in all days, or as many as the time allows; True once all are."""
    filler = DayFiller(zone)
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        if not filler.step(engine):
            return True
    return False


def rows_without_day(connection: Connection) -> int:
    """How many rows the views count under no day."""
    counts = (
        connection.scalar(select(func.count()).select_from(dated.table).where(dated.table.c.day.is_(None)))
        for dated in _DATED
    )
    return sum(count or 0 for count in counts)
