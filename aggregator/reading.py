"""Connections that cannot write, and statements in SQL that people type.

Read-only by construction, not by looking at the words: SQLite opens the file for reading alone and asks an authorizer,
Postgres runs each statement in a transaction that may only read. Nothing here runs for longer than its time-out, and
no answer is larger than asked for.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from aggregator.database import BUSY_TIMEOUT_S, CONNECT_TIMEOUT_S, explain, parse_url
from core.errors import ConfigError, DatabaseError
from core.history import Cell, SqlAnswer
from core.secrets import Address, without_secrets

STATEMENT_S = 5.0
"""No screen waits for longer."""
STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock: a fraction of a millisecond."""
LONGEST_STATEMENT = 100_000
LARGEST_VALUE = 1_000_000
"""Bytes of one value while a typed statement runs: more would fill the memory before the time is over."""
LONGEST_CELL = 2_000
"""Characters of one cell of an answer."""
FIRST_WORDS = {"select", "with", "values", "explain", "table"}
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
}


def open_reader(address: Address) -> Engine:
    """An engine that only reads; connects when first used. Raises ``ConfigError`` for an unusable address."""
    url = parse_url(address)
    if url.get_backend_name() == "sqlite":
        reader = create_engine(
            "sqlite://",
            creator=lambda: _open_sqlite(url),
            poolclass=QueuePool,
            pool_size=2,
            max_overflow=2,
            pool_timeout=STATEMENT_S,
        )
        event.listen(reader, "checkout", _begin_time)
        return reader
    server = _server_options(url)
    return create_engine(
        url, connect_args=server, pool_size=2, max_overflow=2, pool_pre_ping=True, pool_timeout=STATEMENT_S
    )


def _open_sqlite(url: URL) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(url.database or '')}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def _begin_time(connection: Any, _record: Any, _proxy: Any) -> None:  # noqa: ANN401  # a connection of the driver
    _limit_time(connection, STATEMENT_S)


def _limit_time(connection: sqlite3.Connection, seconds: float) -> None:
    ends = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS)


def _server_options(url: URL) -> dict[str, Any]:
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={round(STATEMENT_S * 1000)}"
        f" -c lock_timeout={round(BUSY_TIMEOUT_S * 1000)} -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
    )
    server: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": options,
        "application_name": "spotter console",
        "tcp_user_timeout": 8000,
    }
    return {key: value for key, value in server.items() if key not in url.query}


@contextmanager
def reading(engine: Engine, url: URL) -> Iterator[Connection]:
    """A connection that only reads; raises ``DatabaseError`` when the database is away or takes too long."""
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        if "interrupted" in str(error.orig):
            raise DatabaseError(f"the database does not answer within {STATEMENT_S:g} s; choose less") from error
        raise DatabaseError(explain(error, url)) from error
    except PoolTimeoutError as error:
        raise DatabaseError("the database is busy with earlier questions; try again") from error


# Statements that people type -----------------------------------------------------------------------------------------


def run_sql(engine: Engine, url: URL, statement: str, limit: int, timeout_s: float) -> SqlAnswer:
    """Answer one statement that only reads, on a connection of its own.

    Raises ``ConfigError`` for what is wrong with the statement, ``DatabaseError`` when the database is away.
    """
    words = statement.strip().rstrip(";").strip()
    if not words:
        raise ConfigError("type a statement, such as: SELECT exercise, sum(reps) FROM sets GROUP BY exercise")
    if len(words) > LONGEST_STATEMENT or "\0" in words:
        raise ConfigError(f"the statement is longer than {LONGEST_STATEMENT} characters or holds a zero byte")
    first = words.lstrip("( \n\t").split(None, 1)[0].lower() if words.strip("( \n\t") else ""
    if first not in FIRST_WORDS and not first.startswith(("--", "/*")):
        raise ConfigError(f"only reading is possible here: a statement begins with SELECT, WITH or VALUES, not {first}")
    if url.get_backend_name() == "sqlite":
        return _ask_sqlite(url, words, limit, timeout_s)
    return _ask_postgres(engine, url, words, limit, timeout_s)


def _ask_sqlite(url: URL, statement: str, limit: int, timeout_s: float) -> SqlAnswer:
    try:
        connection = _open_sqlite(url)
    except sqlite3.Error as error:
        raise DatabaseError(explain(DBAPIError(None, None, error), url)) from error
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_authorizer(_authorize)
        _limit_time(connection, timeout_s)
        cursor = connection.execute(statement)
        rows = cursor.fetchmany(limit + 1)
        return _answer([column[0] for column in cursor.description or ()], rows, limit)
    except (sqlite3.Error, sqlite3.Warning) as error:
        if "interrupted" in str(error):
            raise ConfigError(f"the statement takes longer than {timeout_s:g} s; ask for less") from error
        if "not authorized" in str(error) or "prohibited" in str(error):
            raise ConfigError("only reading is possible here; the statement wants to do something else") from error
        if "one statement" in str(error):
            raise ConfigError("one statement at a time; there is another one after the semicolon") from error
        if "locked" in str(error) or "busy" in str(error):
            raise DatabaseError(explain(DBAPIError(None, None, error), url)) from error
        raise ConfigError(f"the database says: {_first_line(error)}") from error
    finally:
        connection.close()


def _authorize(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _ask_postgres(engine: Engine, url: URL, statement: str, limit: int, timeout_s: float) -> SqlAnswer:
    try:
        pooled = engine.raw_connection()
    except psycopg.Error as error:
        raise DatabaseError(explain(DBAPIError(None, None, error), url)) from error
    except PoolTimeoutError as error:
        raise DatabaseError("the database is busy with earlier questions; try again") from error
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        connection.rollback()
        connection.read_only = True
        connection.execute(f"SET LOCAL statement_timeout = {round(timeout_s * 1000)}")
        with connection.cursor() as cursor:
            rows: list[Sequence[Any]] = []
            # A stream uses the protocol in which one message holds one statement, and ends when enough has come.
            for row in cursor.stream(statement.encode()):
                rows.append(row)
                if len(rows) > limit:
                    break
            names = [column.name for column in cursor.description or ()]
        return _answer(names, rows, limit)
    except psycopg.OperationalError as error:
        if isinstance(error, psycopg.errors.QueryCanceled):
            raise ConfigError(f"the statement takes longer than {timeout_s:g} s; ask for less") from error
        raise DatabaseError(explain(DBAPIError(None, None, error), url)) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise ConfigError("only reading is possible here; the statement wants to do something else") from error
    except psycopg.Error as error:
        if "multiple commands" in str(error):
            raise ConfigError("one statement at a time; there is another one after the semicolon") from error
        raise ConfigError(f"the database says: {_first_line(error)}") from error
    finally:
        # Whatever the statement left in the session, such as a lock, goes with it.
        pooled.invalidate()
        pooled.close()


def _first_line(error: Exception) -> str:
    return without_secrets(next(iter(str(error).strip().splitlines()), type(error).__name__))


def _answer(columns: Sequence[str], rows: Sequence[Sequence[Any]], limit: int) -> SqlAnswer:
    shown = tuple(tuple(_cell(value) for value in row) for row in rows[:limit])
    return SqlAnswer(tuple(columns), shown, len(rows) > limit)


def _cell(value: Any) -> Cell:  # noqa: ANN401  # whatever a database holds
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | memoryview):
        return f"{len(value)} bytes"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    text = str(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"
