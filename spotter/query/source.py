"""Asks a database that it never writes, and gives the answer in pieces, so that its length does not matter."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from aggregator.database import explain, parse_url
from aggregator.reading import is_read_as_it_lies, log_of, open_reader, require_known_tables, typed_answer
from core.errors import ConfigError, DatabaseError
from core.names import shown_name
from core.secrets import Address
from spotter.query.names import Elsewhere, Typed, find_chosen
from spotter.query.questions import Chosen, Column, Kind, Question, Statement
from spotter.query.times import Span

PIECE = 2000
"""Rows in memory at a time."""
LONGEST_READ_S = 3600.0
"""For a whole answer; whoever reads a pipe this slowly has left."""
CONNECTIONS = 16

Batch = Sequence[Sequence[Any]]


@dataclass(slots=True)
class Answer:
    """Columns, and rows in pieces; ``cut`` is known when the last piece was taken."""

    columns: tuple[Column, ...]
    batches: Iterator[Batch]
    limit: int | None = None
    cut: bool = False
    """There were more rows than the limit."""
    given: int = 0
    """Rows that were taken so far."""


class Source:
    """One database, for reading; any number of threads may ask at a time."""

    def __init__(self, address: Address) -> None:
        """Connects when first asked; raises ``ConfigError`` for an unusable address."""
        self.url = parse_url(address)
        self._engine = open_reader(address, LONGEST_READ_S, most=CONNECTIONS)
        self._known = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection to tables that are known; raises ``DatabaseError`` in one sentence."""
        file = Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None
        if file is not None and not file.exists():
            raise DatabaseError(
                f"there is no database {shown_name(file)}; name the gym's own in [database] url or with --database, "
                "or start Spotter, which makes it"
            )
        as_it_lies = file is not None and is_read_as_it_lies(file)
        try:
            with self._engine.connect() as connection:
                if not self._known:
                    require_known_tables(connection, self.url)
                    self._known = True
                yield connection
            if as_it_lies and file is not None and log_of(file).exists():
                raise DatabaseError(f"the database {shown_name(file)} was opened for writing meanwhile; ask again")
        except DBAPIError as error:
            if "interrupted" in str(error.orig):
                raise DatabaseError(f"reading was given up after {LONGEST_READ_S / 60:g} minutes") from error
            raise DatabaseError(explain(error, self.url)) from error
        except PoolTimeoutError as error:
            raise DatabaseError("the database is busy with earlier questions of this program; try again") from error

    def check(self) -> None:
        """Raise ``DatabaseError`` unless the database can be read and its tables are known."""
        with self._reading():
            pass

    def choose(self, typed: Typed, span: Span, elsewhere: Elsewhere) -> Chosen:
        """What typed names mean here; raises ``ConfigError`` for unknown ones."""
        if typed == Typed():
            return Chosen(span=span)
        with self._reading() as connection:
            return find_chosen(connection, typed, span, elsewhere)

    @contextmanager
    def ask(self, question: Question, chosen: Chosen, limit: int | None = None) -> Iterator[Answer]:
        """The answer to a question, in one moment's state of the database."""
        query = question.select(chosen)
        if limit is not None:
            query = query.limit(limit + 1)
        with self._reading() as connection:
            answer = Answer(question.columns, iter(()), limit)
            with closing(_pieces(connection, query)) as pieces:
                answer.batches = _limited(answer, pieces)
                yield answer

    @contextmanager
    def ask_sql(self, statement: str, limit: int | None, timeout_s: float) -> Iterator[Answer]:
        """The answer to a typed statement that only reads; ``ConfigError`` says what is wrong with it."""
        self.check()  # what is wrong with the database is said in better words here
        with typed_answer(self._engine, self.url, statement, timeout_s) as typed:
            first = [_plain_row(row) for row in islice(typed.rows, min(PIECE, (limit or PIECE) + 1))]
            names = _distinct(typed.columns)
            columns = tuple(Column(name, _kind([row[at] for row in first])) for at, name in enumerate(names))
            answer = Answer(columns, iter(()), limit)
            answer.batches = _limited(answer, _typed_pieces(columns, first, typed.rows))
            yield answer


def address_of(text: str | Path) -> Address:
    """The address of a file or of a server; a name without ``://`` is a file's."""
    if isinstance(text, str) and re.match(r"[a-z][a-z0-9+]*:", text):
        return Address(text)
    file = str(Path(text).absolute())
    if make_url(f"sqlite:///{file}").database != file:
        raise ConfigError(f"{shown_name(text)}: a database's file cannot have this name; rename it")
    return Address(f"sqlite:///{file}")


def _pieces(connection: Connection, query: Statement) -> Generator[Batch]:
    """On a server by a cursor that it keeps, in SQLite step by step."""
    with connection.execution_options(yield_per=PIECE).execute(query) as result:
        yield from result.partitions()


def _limited(answer: Answer, batches: Iterator[Batch]) -> Iterator[Batch]:
    left = answer.limit
    for batch in batches:
        if left is not None and len(batch) > left:
            answer.cut = True
            batch = batch[:left]  # noqa: PLW2901  # what is left of it
        if batch:
            answer.given += len(batch)
            yield batch
        if answer.cut:
            return
        if left is not None:
            left -= len(batch)


# Typed statements ----------------------------------------------------------------------------------------------------


def _typed_pieces(columns: Sequence[Column], first: Batch, rest: Iterator[Sequence[Any]]) -> Iterator[Batch]:
    batch = first
    while batch:
        yield [[_of_kind(column, value) for column, value in zip(columns, row, strict=True)] for row in batch]
        batch = [_plain_row(row) for row in islice(rest, PIECE)]


def _plain_row(row: Sequence[Any]) -> list[Any]:
    return [_plain(value) for value in row]


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever a database holds
    """One of the few types that all formats know."""
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else str(value)


def _kind(values: Sequence[Any]) -> Kind:
    """What a column holds, by its first values; text if that is not one thing."""
    types = {type(value) for value in values if value is not None}
    if types == {int} and all(-(2**63) <= value < 2**63 for value in values if value is not None):
        return "int"
    if types and types <= {int, float}:
        return "float"
    kinds: dict[type, Kind] = {bool: "bool", datetime: "time", bytes: "bytes"}
    return kinds.get(types.pop(), "text") if len(types) == 1 else "text"


_TAKES: dict[Kind, tuple[type, ...]] = {
    "int": (int,),
    "float": (float,),
    "bool": (bool,),
    "time": (datetime,),
    "bytes": (bytes,),
}


def _of_kind(column: Column, value: Any) -> Any:  # noqa: ANN401  # one of the plain types
    if value is None:
        return None
    if column.kind == "float" and isinstance(value, int | float):
        return float(value)
    if column.kind != "text":
        if isinstance(value, _TAKES[column.kind]):
            return value
        raise ConfigError(
            f"the column '{column.name}' holds values of several kinds; write CAST(... AS TEXT) around it"
        )
    return value.hex() if isinstance(value, bytes) else str(value)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of columns of which no two are the same, as formats with names need them."""
    given: dict[str, int] = {}
    result = []
    for name in names:
        given[name] = given.get(name, 0) + 1
        unique = name if given[name] == 1 else f"{name}_{given[name]}"
        while unique in result:
            unique += "_"
        result.append(unique)
    return result
