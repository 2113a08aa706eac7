"""The database: how it is opened and brought up to date, and what its errors mean.

The only file that makes an engine. Every transaction is one writer's: ``BEGIN IMMEDIATE`` in SQLite, an advisory lock
in Postgres. Nothing here waits for long; who calls knows what to do meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError

from aggregator.copies import keep_copy
from aggregator.views import drop_views, make_views
from core.errors import ConfigError, DatabaseError, TablesLostError
from core.names import shown_name
from core.secrets import Address, without_secrets

BUSY_TIMEOUT_S = 1.0
"""How long a write waits for another program's lock; what does not get it is tried again by the caller."""
CONNECT_TIMEOUT_S = 3
STATEMENT_TIMEOUT_S = 10
"""A batch takes milliseconds; a server that takes this long is stuck."""
UPGRADE_WAIT_S = 30
"""How long one aggregator waits while another brings the database up to date."""
FIRST_WITH_VIEWS = "0003"
WRITER_LOCK = 0x5B077E12
"""Number of the advisory lock in Postgres that makes its holder the only writer."""


def parse_url(address: Address) -> URL:
    """The address as SQLAlchemy knows it; raises ``ConfigError`` for any but SQLite and Postgres."""
    try:
        url = make_url(address.reveal())
    except (ArgumentError, ValueError) as error:
        raise ConfigError(
            f"{address} is no address of a database; write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
        ) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise ConfigError(f"{address}: only sqlite and postgresql are known databases")
    if not url.database or url.database == ":memory:" or {"mode", "uri"} & url.query.keys():
        raise ConfigError(f"{address} names no file; write sqlite:///FILE")
    return url


def open_engine(address: Address) -> Engine:
    """An engine for the one writer; connects when first used. Raises ``ConfigError`` for an unusable address."""
    url = parse_url(address)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=2, max_overflow=0)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_S * 1000} -c lock_timeout={round(BUSY_TIMEOUT_S * 1000)}"
        " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
        # A plan made while a table was small would be kept, and read all of it, until the server looks at it again.
        " -c plan_cache_mode=force_custom_plan"
    )
    server: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": options,
        "application_name": "spotter",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 8000,
    }
    server = {key: value for key, value in server.items() if key not in url.query}
    return create_engine(url, connect_args=server, pool_size=2, max_overflow=0, pool_pre_ping=True, pool_timeout=5)


def _set_up_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401  # a connection of the driver
    # The driver begins no transaction of its own accord: "begin" does, below, with the lock for writing.
    connection.isolation_level = None
    # Counts only before the first table: the file can then give room back without being written anew.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and then writes would fail at once when another writer came between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction of the only writer; another writer in Postgres is waited for as one in SQLite is.

    Raises ``DatabaseError`` when the database is away; what a row's content causes goes through as it is.
    """
    with told(engine), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
        yield connection


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Map a database that is away, locked, full or unusable to ``DatabaseError``, in one sentence."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except DBAPIError as error:
        kind = TablesLostError if _lacks_table(str(error.orig)) else DatabaseError
        raise kind(explain(error, engine.url)) from error


# Error messages ------------------------------------------------------------------------------------------------------

_SQLITE_TELLS = {
    "log without index": "cannot be read whole here: its log (-wal) lies beside it without an index (-shm), and none "
    "can be made; copy the file with its log to a folder that may be written, or let this user write here",
    "file is not a database": "is no SQLite database; name another file in [database] url, or move this one away",
    "file is encrypted": "is no SQLite database; name another file in [database] url, or move this one away",
    "unable to open": "cannot be opened; does its folder exist, and may this user write there?",
    "readonly": "cannot be written; let this user write the file and its folder",
    "locked": "is locked by another program; close what writes to it",
    "busy": "is locked by another program; close what writes to it",
    "full": "cannot grow, its disk is full; make room there",
    "malformed": "is damaged; stop Spotter, and bring back a copy or move the file away",
    "disk i/o error": "cannot be read or written, its disk fails; look at the disk",
    "no such table": "lacks a table; it was changed by hand, bring back a copy or move the file away",
    "no such column": "lacks a column; it was changed by hand, bring back a copy or move the file away",
}
_POSTGRES_TELLS = {
    "password authentication failed": "refuses the user or the password; correct them in [database] url",
    "no password supplied": "asks for a password; give one in [database] url, such as ${DATABASE_PASSWORD}",
    "pg_hba.conf": "lets nobody in from here; allow this host in the server's pg_hba.conf",
    "role": "does not know the user or gives it too few rights; create the role on the server",
    "does not exist": "does not have what is asked for; create the database on the server",
    "permission denied": "gives the user too few rights; grant them on the server",
    "resolve": "has a host that nobody knows; correct the host in [database] url",
    "translate host": "has a host that nobody knows; correct the host in [database] url",
    "name or service": "has a host that nobody knows; correct the host in [database] url",
    "connection refused": "does not answer; is Postgres started there?",
    "no such file": "does not answer; is Postgres started there?",
    "too many": "has no connection left; raise max_connections on the server",
    "no space left": "cannot grow, its disk is full; make room there",
    "starting up": "is starting; it is tried again",
    "shutting down": "is being stopped; start it again",
    "lock timeout": "is locked by another program; close what writes to it",
    "read-only": "is read-only; name the server that takes writes in [database] url",
    "timeout": "does not answer in time; look at the server and the network",
}


def _lacks_table(said: str) -> bool:
    """Whether SQLite or Postgres says that a table is not there."""
    return "no such table" in said or ('relation "' in said and "does not exist" in said)


def explain(error: DBAPIError, url: URL) -> str:
    """One sentence: which database, what is wrong, and what to do; without secrets."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    said = " ".join(lines) or type(error.orig).__name__
    sqlite = url.get_backend_name() == "sqlite"
    name = f"the database {url.database if sqlite else url.render_as_string(hide_password=True)}"
    if sqlite and "unable to open" in said and url.database and not Path(url.database).absolute().parent.is_dir():
        return f"{name} cannot be opened: there is no folder {Path(url.database).absolute().parent}; make it"
    if sqlite and url.database and Path(url.database).is_dir():
        return f"{name} is a folder; name a file in [database] url"
    tells = _SQLITE_TELLS if sqlite else _POSTGRES_TELLS
    wrong = next((tell for part, tell in tells.items() if part in said.lower()), None)
    if wrong is None:
        return f"{name} does not do what is asked: {without_secrets(lines[0] if lines else said)}"
    return f"{name} {wrong}"


# Schema version ------------------------------------------------------------------------------------------------------


def _alembic(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known_version() -> str:
    """The newest version of the tables that this Spotter knows."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None
    return head


def is_newer(version: str) -> bool:
    """Whether tables of this version are of a Spotter that this one does not know."""
    return version not in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def upgrade(engine: Engine) -> None:
    """Create the tables or bring them up to date; a second one that does so at the same time waits.

    A SQLite file that has older tables is copied first, beside itself. Raises ``DatabaseError`` when the tables are of
    a newer Spotter or the file is another program's, or the database is away, and ``OutputError`` when there is no
    room for the copy.
    """
    with told(engine), engine.connect() as connection:
        _wait_longer(connection)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            found = _refuse_newer(connection, engine.url)
            if found is None:
                _refuse_foreign(connection, engine.url)
            if found not in (None, known_version()):
                if connection.dialect.name == "sqlite":
                    # Nobody writes meanwhile: this transaction holds the lock.
                    keep_copy(Path(engine.url.database or ""), f"before-{known_version()}")
                if found >= FIRST_WITH_VIEWS:
                    drop_views(connection)
            command.upgrade(_alembic(connection), "head")
            make_views(connection)
    engine.dispose()  # and with it the long time-outs of this connection


def _wait_longer(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "sqlite":
        driver.execute(f"PRAGMA busy_timeout = {UPGRADE_WAIT_S * 1000}")
        return
    driver.execute(f"SET lock_timeout = {UPGRADE_WAIT_S * 1000}")
    driver.execute(f"SET statement_timeout = {UPGRADE_WAIT_S * 10_000}")
    driver.commit()


def _refuse_newer(connection: Connection, url: URL) -> str | None:
    """The version of the tables; None if there are none."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and is_newer(found):
        name = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
        raise DatabaseError(
            f"the database {name} has tables of version {found} and this Spotter knows them up to {known_version()}; "
            "install the newer Spotter that wrote it, or name another database in [database] url"
        )
    return found


def _refuse_foreign(connection: Connection, url: URL) -> None:
    """Raise ``DatabaseError`` for a file in which another program keeps tables; a server's may be shared."""
    if connection.dialect.name != "sqlite":
        return
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1"
    other = connection.exec_driver_sql(query).scalar()
    if other is not None:
        raise DatabaseError(
            f"the database {url.database} is another program's, it has a table {shown_name(str(other))}; name another "
            "file in [database] url"
        )
