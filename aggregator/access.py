"""The access log: who took what out of the database, or erased it, and when."""

import getpass
import os

from sqlalchemy import Connection, Engine, insert

from aggregator.database import open_engine, writing
from aggregator.schema import AccessEntry
from core.clock import utc_datetime, utc_ns
from core.secrets import Address, without_secrets

LONGEST = 500
"""Characters of what was asked for."""


def os_user() -> str:
    """Who runs this program, and in whose name."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = f"uid {os.getuid()}"
    caller = os.environ.get("SUDO_USER", "")
    return f"{name} (for {caller})" if caller and caller != name else name


def note_access(address: Address, action: str, what: str, rows: int) -> None:
    """Write that this user did something with so many rows; ``action`` is a word such as ``export`` or ``sql``.

    Raises ``DatabaseError`` where the database is away, or this user may only read: then it is the caller's to decide
    whether what is not logged may be done.
    """
    engine = open_engine(address)
    try:
        note_access_on(engine, action, what, rows)
    finally:
        engine.dispose()


def note_access_on(engine: Engine, action: str, what: str, rows: int) -> None:
    """``note_access`` with an engine that is open already."""
    with writing(engine) as connection:
        add_access(connection, action, what, rows)


def add_access(connection: Connection, action: str, what: str, rows: int) -> None:
    """Write the row inside the caller's transaction."""
    plain = without_secrets(" ".join(what.split()))[:LONGEST]
    values = {"at": utc_datetime(utc_ns()), "who": os_user(), "action": action, "what": plain, "rows": rows}
    connection.execute(insert(AccessEntry).values(values))
