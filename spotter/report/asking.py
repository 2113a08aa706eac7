"""How reports and plots ask the database: on one connection that only reads, of one moment's state."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from aggregator.database import parse_url
from aggregator.reading import open_reader, reading, require_known_tables
from core.errors import DatabaseError
from core.secrets import Address

READ_S = 60.0
"""A question that takes longer is given up."""


@contextmanager
def opened(address: Address) -> Iterator[Connection]:
    """A connection that only reads; raises ``DatabaseError`` for a database that cannot be asked."""
    url = parse_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise DatabaseError(
            f"there is no database {url.database}; name the gym's own in [database] url or with --database"
        )
    engine = open_reader(address, READ_S)
    try:
        with reading(engine, url) as connection:
            require_known_tables(connection, url)
            yield connection
    finally:
        engine.dispose()


def rows(connection: Connection, sql: str, **values: Any) -> Sequence[Any]:  # noqa: ANN401  # values of any column
    """All rows of a question with ``:names``."""
    return connection.execute(text(sql), values).all()


def moment(connection: Connection, at: datetime) -> Any:  # noqa: ANN401  # text in one database, a time in the other
    """A time as this database compares it."""
    return at.isoformat(timespec="microseconds") if connection.dialect.name == "sqlite" else at
