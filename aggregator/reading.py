"""Connections that cannot write, and statements in SQL that people type.

Read-only by construction, not by looking at the words: SQLite opens the file for reading alone and asks an authorizer,
Postgres runs each statement in a transaction that may only read. Nothing here runs for longer than its time-out, and
no answer is larger than asked for.
"""

import os
import re
import sqlite3
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from aggregator.database import BUSY_TIMEOUT_S, CONNECT_TIMEOUT_S, explain, known_version, parse_url
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
LONGEST_PATTERN = 1_000
"""Characters of a pattern for LIKE: a match is one step, in which nobody looks at the clock."""
LONGEST_CELL = 2_000
"""Characters of one cell of an answer."""
FIRST_WORDS = {"select", "with", "values", "explain", "table"}
_FILES_FAULTS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
}


def open_reader(address: Address, seconds: float = STATEMENT_S, *, most: int = 4) -> Engine:
    """An engine that only reads; connects when first used. Raises ``ConfigError`` for an unusable address.

    :param seconds: for a question with its whole answer in SQLite, for each part of the answer in Postgres
    :param most: connections at a time
    """
    url = parse_url(address)
    if url.get_backend_name() == "sqlite":
        reader = create_engine(
            url,
            creator=lambda: open_sqlite(url),
            poolclass=QueuePool,
            pool_size=2,
            max_overflow=most - 2,
            pool_timeout=STATEMENT_S,
        )
        event.listen(reader, "checkout", lambda connection, _record, _proxy: _begin_use(connection, seconds))
        return reader
    server = _server_options(url, seconds)
    return create_engine(
        url, connect_args=server, pool_size=2, max_overflow=most - 2, pool_pre_ping=True, pool_timeout=STATEMENT_S
    )


class _SqliteConnection(sqlite3.Connection):
    """Knows whether it reads a file as it lies, and whether it has been used."""

    as_it_lies = False
    used = False


def _begin_use(connection: _SqliteConnection, seconds: float) -> None:
    if connection.as_it_lies and connection.used:
        raise DisconnectionError  # somebody may have written since, and this connection would not notice
    connection.used = True
    _limit_time(connection, seconds)


def open_sqlite(url: URL) -> sqlite3.Connection:
    """A connection that cannot write, also to a file in a folder where nothing may be made; raises ``sqlite3.Error``.

    A file in write-ahead mode needs two files beside it. Where they are missing and must not be made, nobody writes,
    and the file is read as it lies; one whose log is left over without an index cannot be read whole and is refused.
    """
    file = Path(url.database or "").absolute()
    if is_read_as_it_lies(file):
        connection = _connect_sqlite(file, "mode=ro&immutable=1")
        connection.as_it_lies = True
        return connection
    try:
        return _connect_sqlite(file, "mode=ro")
    except sqlite3.OperationalError as error:
        if re.search("unable to open|readonly", str(error)) and log_of(file).exists():
            raise sqlite3.OperationalError("log without index") from error
        raise


def is_read_as_it_lies(file: Path) -> bool:
    """Whether there is no log, and this user may make none or would make one that its owner could not write."""
    if log_of(file).exists() or not file.is_file():
        return False
    return not os.access(file.absolute().parent, os.W_OK) or os.geteuid() not in (0, file.stat().st_uid)


def log_of(file: Path) -> Path:
    """Where SQLite keeps what is not in the file itself yet."""
    return Path(f"{file}-wal")


def _connect_sqlite(file: Path, how: str) -> _SqliteConnection:
    connection = sqlite3.connect(
        f"file:{quote(str(file))}?{how}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        check_same_thread=False,
        factory=_SqliteConnection,
    )
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def require_known_tables(connection: Connection, url: URL) -> None:
    """Raise ``DatabaseError`` unless the tables are those that this Spotter knows."""
    name = f"the database {url.database if url.get_backend_name() == 'sqlite' else url.render_as_string()}"
    try:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        if not re.search(r"no such table|does not exist", str(error.orig)):
            raise
        found = None
    if found is None:
        raise DatabaseError(f"{name} has no tables of Spotter; name the gym's own in [database] url or with --database")
    known = known_version()
    if found < known:
        raise DatabaseError(
            f"{name} has tables of version {found} and this Spotter reads those of {known}; start Spotter once, which "
            "brings them up to date"
        )
    if found > known:
        raise DatabaseError(
            f"{name} has tables of version {found} and this Spotter knows them up to {known}; install the newer "
            "Spotter that wrote it"
        )


def _limit_time(connection: sqlite3.Connection, seconds: float) -> None:
    ends = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS)


def _server_options(url: URL, seconds: float) -> dict[str, Any]:
    idle_ms = round(max(15.0, seconds) * 1000)
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={round(seconds * 1000)} -c timezone=UTC"
        f" -c lock_timeout={round(BUSY_TIMEOUT_S * 1000)} -c idle_in_transaction_session_timeout={idle_ms}"
    )
    server: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": options,
        "application_name": "spotter reader",
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


@dataclass(frozen=True, slots=True)
class TypedAnswer:
    """Names of columns, and rows as they come from the database; each row has all of its values."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


def run_sql(engine: Engine, url: URL, statement: str, limit: int, timeout_s: float) -> SqlAnswer:
    """Answer one statement that only reads, on a connection of its own.

    Raises ``ConfigError`` for what is wrong with the statement, ``DatabaseError`` when the database is away.
    """
    with typed_answer(engine, url, statement, timeout_s) as answer:
        return _answer(answer.columns, list(islice(answer.rows, limit + 1)), limit)


@contextmanager
def typed_answer(engine: Engine, url: URL, statement: str, timeout_s: float) -> Iterator[TypedAnswer]:
    """The answer to one statement that only reads, row by row; the rest is as in ``run_sql``."""
    words = _one_that_reads(statement)
    if url.get_backend_name() == "sqlite":
        with _sqlite_answer(url, words, timeout_s) as answer:
            yield answer
    else:
        with _postgres_answer(engine, url, words, timeout_s) as answer:
            yield answer


def _one_that_reads(statement: str) -> str:
    """The statement without what surrounds it; raises ``ConfigError`` for one that is not meant to read."""
    words = statement.strip().rstrip(";").strip()
    if not words:
        raise ConfigError("type a statement, such as: SELECT exercise, sum(reps) FROM sets GROUP BY exercise")
    if len(words) > LONGEST_STATEMENT or "\0" in words:
        raise ConfigError(f"the statement is longer than {LONGEST_STATEMENT} characters or holds a zero byte")
    if not words.isascii() and any(0xD800 <= ord(char) < 0xE000 for char in words):
        raise ConfigError("the statement is not UTF-8 text")
    begun = re.match(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*([^\s(;]*)", words, re.DOTALL)
    first = begun[1] if begun else ""
    if first.lower() not in FIRST_WORDS:
        shown = "".join(char if char.isprintable() else "?" for char in first[:40])
        raise ConfigError(f"only reading is possible here: a statement begins with SELECT, WITH or VALUES, not {shown}")
    return words


@contextmanager
def _sqlite_answer(url: URL, statement: str, timeout_s: float) -> Iterator[TypedAnswer]:
    try:
        connection = open_sqlite(url)
    except sqlite3.Error as error:
        raise DatabaseError(explain(DBAPIError(None, None, error), url)) from error
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_authorizer(_authorize)
        _limit_time(connection, timeout_s)
        cursor = connection.execute(statement)
        yield TypedAnswer(tuple(column[0] for column in cursor.description or ()), cursor)
    except (sqlite3.Error, sqlite3.Warning) as error:
        if "interrupted" in str(error):
            raise ConfigError(f"the statement takes longer than {timeout_s:g} s; ask for less") from error
        if "not authorized" in str(error) or "prohibited" in str(error):
            raise ConfigError("only reading is possible here; the statement wants to do something else") from error
        if "one statement" in str(error):
            raise ConfigError("one statement at a time; there is another one after the semicolon") from error
        if _is_the_files_fault(error):
            raise DatabaseError(explain(DBAPIError(None, None, error), url)) from error
        raise ConfigError(f"the database says: {_first_line(error)}") from error
    finally:
        connection.close()


def _is_the_files_fault(error: sqlite3.Error | sqlite3.Warning) -> bool:
    """Whether not the statement is wrong but the file; by the number, as ``malformed JSON`` is the statement's."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in _FILES_FAULTS


def _authorize(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


_SERVER_FUNCTIONS = re.compile(
    r"(?<![\w$])(pg_(?:advisory|try_advisory|terminate|cancel|reload|rotate|switch|promote|create|drop|read|ls|stat_file"
    r"|stat_reset|file|logical|replication|notify|export|import|backup|start_backup|stop_backup|wal|log)\w*"
    r"|lo_\w+|loread|lowrite|dblink\w*|set_config|setval|nextval|copy\w*_program|ts_stat|ts_rewrite|crosstab\w*|connectby"
    r"|(?:query|cursor|table|schema|database)_to_xml\w*|u&)(?![\w$])",
    re.IGNORECASE,
)
"""What acts on the server though a transaction may only read: locks that the aggregator waits for, files, other
sessions; and what runs a statement out of a text. A role of its own for readers is the fence, this keeps from slips."""


@contextmanager
def _postgres_answer(engine: Engine, url: URL, statement: str, timeout_s: float) -> Iterator[TypedAnswer]:
    forbidden = _SERVER_FUNCTIONS.search(statement)
    if forbidden:
        raise ConfigError(f"only reading is possible here; {forbidden[1]} acts on the server")
    try:
        pooled = engine.raw_connection()
    except (psycopg.Error, DBAPIError) as error:
        told = error if isinstance(error, DBAPIError) else DBAPIError(None, None, error)
        raise DatabaseError(explain(told, url)) from error
    except PoolTimeoutError as error:
        raise DatabaseError("the database is busy with earlier questions; try again") from error
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        connection.rollback()
        connection.read_only = True
        connection.execute(f"SET LOCAL statement_timeout = {round(timeout_s * 1000)}")
        # A stream uses the protocol in which one message holds one statement, and ends when enough has come.
        with (
            connection.cursor() as cursor,
            closing(cast(Generator[Any], cursor.stream(statement.encode()))) as rows,
        ):
            first = list(islice(rows, 1))
            columns = (
                [column.name for column in cursor.description or ()] if first else _described(connection, statement)
            )
            yield TypedAnswer(tuple(columns), chain(first, rows))
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


def _described(connection: psycopg.Connection, statement: str) -> list[str]:
    """Columns of a statement that gave no row, from which they would be known."""
    server = connection.pgconn
    prepared = server.prepare(b"", statement.encode())
    if prepared.status != psycopg.pq.ExecStatus.COMMAND_OK:
        return []
    described = server.describe_prepared(b"")
    return [(described.fname(at) or b"").decode("utf-8", "replace") for at in range(described.nfields)]


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
