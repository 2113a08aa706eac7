"""Reads a gym's database from Python: ``spotter.open("gym.db").sets(exercise="squat", since="monday")``.

Read-only by construction, and the same questions as the commands ask. Rows are dicts; Arrow and DataFrames are made
only when asked for. Raises ``core.errors.SpotterError`` with one sentence for whatever is wrong.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.clock import utc_datetime, utc_ns
from core.errors import ConfigError
from core.settings import Settings
from spotter.query.answering import SQL_ROWS
from spotter.query.arrow import need_arrow, record_batches, schema_of
from spotter.query.delivery import deliver, format_for, refuse_to_replace
from spotter.query.gym import AskedGym, elsewhere_of, gym_of
from spotter.query.names import Typed
from spotter.query.options import LONGEST_S, MOST_ROWS, SHORTEST_S
from spotter.query.questions import QUESTIONS
from spotter.query.source import Answer, Source, address_of
from spotter.query.times import Moment, span_of

Row = dict[str, Any]
"""Name of the column to int, float, str, bool, None or an aware datetime in UTC."""


def open_database(database: str | Path, *, timezone: str | None = None) -> "Database":
    """A gym's past, for reading.

    :param database: a file of SQLite, an address such as ``postgresql://...``, or a gym.toml, which names the database
    :param timezone: in which times without one, and days, are meant; that of gym.toml, else UTC
    :raises SpotterError: if it cannot be read
    """
    gym = _gym(database)
    if timezone is None:
        return Database(gym)
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"'{timezone}' is no time zone; write one such as Europe/Berlin") from error
    return Database(AskedGym(gym.database, zone, gym.elsewhere, gym.files))


def _gym(database: str | Path) -> AskedGym:
    if str(database).endswith(".toml"):
        return gym_of(Path(database), None)
    address = address_of(database)
    file = () if "://" in str(database) else (Path(database),)
    return AskedGym(address, ZoneInfo("UTC"), elsewhere_of(Settings()), file)


class Rows:
    """An answer that is asked for anew each time it is gone through, row by row, in one moment's state."""

    def __init__(self, ask: Callable[[], AbstractContextManager[Answer]], gym: AskedGym) -> None:
        self._ask = ask
        self._gym = gym

    def __iter__(self) -> Iterator[Row]:
        """Rows as dicts; no more than a few thousand are in memory."""
        with self._ask() as answer:
            names = [column.name for column in answer.columns]
            for batch in answer.batches:
                for row in batch:
                    yield dict(zip(names, row, strict=True))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        with self._ask() as answer:
            return tuple(column.name for column in answer.columns)

    def list(self) -> list[Row]:
        """All rows."""
        return list(iter(self))

    def record_batches(self, rows: int = 50_000) -> Iterator[Any]:
        """The rows as ``pyarrow.RecordBatch``, one after the other; needs pyarrow."""
        with self._ask() as answer:
            yield from record_batches(answer, rows)

    def arrow(self) -> Any:  # noqa: ANN401  # pyarrow has no types
        """All rows as a ``pyarrow.Table``; needs pyarrow."""
        arrow = need_arrow()
        with self._ask() as answer:
            return arrow.Table.from_batches(list(record_batches(answer)), schema=schema_of(answer.columns))

    def dataframe(self) -> Any:  # noqa: ANN401  # pandas may be missing
        """All rows as a ``pandas.DataFrame``; needs pandas and pyarrow.

        A column's type does not depend on what is in it: whole numbers are ``Int64`` and truths ``boolean``, which know
        missing values, times are UTC.
        """
        arrow = need_arrow()
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise ConfigError("a DataFrame needs pandas; install it with: pip install pandas, or use rows") from error
        types = {arrow.int64(): pandas.Int64Dtype(), arrow.bool_(): pandas.BooleanDtype()}
        return self.arrow().to_pandas(types_mapper=types.get)

    def write(self, file: str | Path, *, format: str | None = None) -> None:
        """Write a file, complete or not at all; table, csv, json, jsonl or parquet, by its name if not said."""
        out = Path(file)
        shape = format_for(format, out)
        refuse_to_replace(out, self._gym.files)
        with self._ask() as answer:
            deliver(answer, shape, out, self._gym.zone)


class Database:
    """A gym's past, for reading; any number of threads may use it, and ``close`` gives its connections back."""

    def __init__(self, gym: AskedGym) -> None:
        self._gym = gym
        self._source = Source(gym.database)
        self._source.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._source.close()

    def people(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        person: str | int | None = None,
        exercise: str | None = None,
        zone: str | None = None,
        camera: str | None = None,
        limit: int | None = None,
    ) -> Rows:
        """Who was there, the last seen first, with visits, sets and repetitions of that time."""
        typed = Typed(person=person, exercise=exercise, zone=zone, camera=camera)
        return self._rows("people", typed, since, until, limit)

    def sessions(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        person: str | int | None = None,
        exercise: str | None = None,
        zone: str | None = None,
        camera: str | None = None,
        limit: int | None = None,
    ) -> Rows:
        """Visits that touch the time, the newest first."""
        typed = Typed(person=person, exercise=exercise, zone=zone, camera=camera)
        return self._rows("sessions", typed, since, until, limit)

    def sets(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        person: str | int | None = None,
        exercise: str | None = None,
        zone: str | None = None,
        camera: str | None = None,
        limit: int | None = None,
    ) -> Rows:
        """Sets, the newest first, as corrected."""
        typed = Typed(person=person, exercise=exercise, zone=zone, camera=camera)
        return self._rows("sets", typed, since, until, limit)

    def reps(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        person: str | int | None = None,
        exercise: str | None = None,
        zone: str | None = None,
        camera: str | None = None,
        limit: int | None = None,
    ) -> Rows:
        """Single repetitions, those of the newest set first."""
        typed = Typed(person=person, exercise=exercise, zone=zone, camera=camera)
        return self._rows("reps", typed, since, until, limit)

    def alerts(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        person: str | int | None = None,
        zone: str | None = None,
        camera: str | None = None,
        limit: int | None = None,
    ) -> Rows:
        """Alerts, the newest first."""
        typed = Typed(person=person, zone=zone, camera=camera)
        return self._rows("alerts", typed, since, until, limit)

    def cameras(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        person: str | int | None = None,
        exercise: str | None = None,
        zone: str | None = None,
        camera: str | None = None,
        limit: int | None = None,
    ) -> Rows:
        """Cameras, their last known state in that time, and how many sets each saw best."""
        typed = Typed(person=person, exercise=exercise, zone=zone, camera=camera)
        return self._rows("cameras", typed, since, until, limit)

    def sql(self, statement: str, *, limit: int | None = SQL_ROWS, timeout_s: float = 30.0) -> Rows:
        """Rows that one statement gives that only reads; each time they are gone through, it runs anew."""
        _check_limit(limit)
        if not SHORTEST_S <= timeout_s <= LONGEST_S:
            raise ConfigError(f"timeout_s is {timeout_s}; it must be {SHORTEST_S:g} to {LONGEST_S:g} seconds")
        return Rows(lambda: self._source.ask_sql(statement, limit, timeout_s), self._gym)

    def _rows(self, name: str, typed: Typed, since: Moment | None, until: Moment | None, limit: int | None) -> Rows:
        """What is wrong with a choice is said now, not when the rows are gone through."""
        _check_limit(limit)
        span = span_of(since, until, self._gym.zone, utc_datetime(utc_ns()))
        chosen = self._source.choose(typed, span, self._gym.elsewhere)
        return Rows(lambda: self._source.ask(QUESTIONS[name], chosen, limit), self._gym)


def _check_limit(limit: int | None) -> None:
    if limit is None:
        return
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS:
        raise ConfigError(f"limit is {limit!r}; it must be a whole number from 1 to {MOST_ROWS}")
