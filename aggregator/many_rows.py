"""Many rows in one statement whose text is always the same, so that a server reads and plans it once.

Owns how rows and lists of keys go to Postgres: rows as one JSON text, keys as one array. A list written out in the
statement makes another statement for each length, which costs the driver and the server more than the rows do. SQLite
runs in this process and gains nothing; there the driver's own way is used. Knows no table and begins no transaction.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    FromClause,
    LargeBinary,
    Table,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.type_api import TypeEngine

_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
KEY = "row"
"""In the rows of ``update_rows``: the id of the row that is to change."""


def among(connection: Connection, column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """The condition that a column has one of these values; false for none."""
    if connection.dialect.name != "postgresql":
        return column.in_(values)
    return column == any_(literal(list(values), ARRAY(column.type)))


def among_several(
    connection: Connection, columns: Sequence[InstrumentedAttribute[Any]], values: Collection[Sequence[Any]]
) -> ColumnElement[bool]:
    """The condition that several columns together have one of these combinations; false for none."""
    key = tuple_(*columns)
    if connection.dialect.name != "postgresql":
        return key.in_(values)
    names = [column.key for column in columns]
    arrays = [literal([value[place] for value in values], ARRAY(column.type)) for place, column in enumerate(columns)]
    wanted = func.unnest(*arrays).table_valued(*names).render_derived()
    return key.in_(select(*(wanted.c[name] for name in names)))


def add_rows(connection: Connection, table: FromClause, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows that all have the same columns. A number that is not finite is none, as in SQLite."""
    if rows:
        assert isinstance(table, Table)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(_adding(table, tuple(rows[0])), {"rows": _as_json(rows)})
        else:
            connection.execute(insert(table), rows)


def update_rows(connection: Connection, table: FromClause, rows: Sequence[dict[str, Any]]) -> None:
    """Change rows by their ``id``, which stands under ``KEY``; all have the same columns."""
    if rows:
        assert isinstance(table, Table)
        names = tuple(name for name in rows[0] if name != KEY)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(_changing(table, names), {"rows": _as_json(rows)})
        else:
            statement = update(table).where(table.c.id == bindparam(KEY))
            connection.execute(statement.values({name: bindparam(name) for name in names}), rows)


# What Postgres is told -----------------------------------------------------------------------------------------------


def _as_json(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


@lru_cache(maxsize=64)
def _adding(table: Table, names: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(_value(table, name) for name in names)
    return f'INSERT INTO "{table.name}" ({columns}) SELECT {values} FROM {_read_json(table, names)}'


@lru_cache(maxsize=64)
def _changing(table: Table, names: tuple[str, ...]) -> str:
    changes = ", ".join(f'"{name}" = {_value(table, name)}' for name in names)
    said = _read_json(table, names, f'"{KEY}" BIGINT')
    return f'UPDATE "{table.name}" SET {changes} FROM {said} WHERE "{table.name}".id = said."{KEY}"'


def _read_json(table: Table, names: Iterable[str], *also: str) -> str:
    columns = [*also, *(f'"{name}" {_type_in_json(table.c[name].type)}' for name in names)]
    return f"json_to_recordset(CAST(%(rows)s AS json)) AS said({', '.join(columns)})"


def _type_in_json(kind: TypeEngine[Any]) -> str:
    # Bytes are base64 in JSON.
    return "TEXT" if isinstance(kind, LargeBinary) else str(kind.compile(_DIALECT))


def _value(table: Table, name: str) -> str:
    said = f'said."{name}"'
    return f"decode({said}, 'base64')" if isinstance(table.c[name].type, LargeBinary) else said
