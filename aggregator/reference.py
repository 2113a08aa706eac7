"""The reference of the database, written from ``schema`` and ``views``.

``python -m aggregator.reference docs/database.md`` rewrites what stands between the marks of that page, a diagram of
what points to what included, and nothing else.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, LargeBinary, Table
from sqlalchemy.types import TypeEngine

from aggregator.schema import Base, UtcDateTime
from aggregator.views import VIEWS, View

BEGIN, END = "<!-- written from the schema: begin -->", "<!-- written from the schema: end -->"
_WORDS: dict[type[TypeEngine[Any]], str] = {
    UtcDateTime: "time, UTC",
    BigInteger: "whole number",
    Float: "number",
    Boolean: "yes or no",
    LargeBinary: "bytes",
}


def reference() -> str:
    """The diagram, all tables in the order of the schema, and all views, as Markdown."""
    tables = [_section(mapper.class_.__doc__ or "", mapper.local_table) for mapper in _mappers()]
    return "\n\n".join((_diagram(), *tables, "## Views", *map(_view, VIEWS)))


def _diagram() -> str:
    """Which table's rows point to which, for readers that draw mermaid."""
    lines = []
    for mapper in _mappers():
        table = mapper.local_table
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            many = "o|" if key.parent.nullable else "||"
            lines.append(f"    {key.column.table.name} {many}--o{{ {table.name} : {key.parent.name}")
    lone = [
        f"    {mapper.local_table.name}"
        for mapper in _mappers()
        if not mapper.local_table.foreign_keys and not any(f" {mapper.local_table.name} " in line for line in lines)
    ]
    return "\n".join(("```mermaid", "erDiagram", *lines, *lone, "```"))


def _view(view: View) -> str:
    rows = [f"| `{name}` | {meaning} |" for name, meaning in view.columns.items()]
    lines = "\n".join(("| Column | Meaning |", "| --- | --- |", *rows))
    return f"### `{view.name}`\n\n{view.told}\n\n{lines}"


def _mappers() -> Iterator[Any]:
    order = list(Base.__subclasses__())
    yield from sorted(Base.registry.mappers, key=lambda mapper: order.index(mapper.class_))


def _section(told: str, table: Table) -> str:
    rows = [f"| `{column.name}` | {_type(column)} | {_meaning(column)} |" for column in table.columns]
    lines = "\n".join(("| Column | Type | Meaning |", "| --- | --- | --- |", *rows))
    return f"### `{table.name}`\n\n{told.strip()}\n\n{lines}"


def _type(column: Column[Any]) -> str:
    words = next((words for kind, words in _WORDS.items() if isinstance(column.type, kind)), "text")
    return words + (", may be empty" if column.nullable else "")


def _meaning(column: Column[Any]) -> str:
    """The comment, and the row that it points to."""
    to = [f"`{key.target_fullname}`" for key in column.foreign_keys]
    parts = [column.comment or "", f"→ {', '.join(to)}" if to else "", "Key." if column.primary_key and not to else ""]
    return " ".join(part for part in parts if part)


def with_reference(page: str) -> str:
    """The page with what stands between its marks replaced by the present tables; raises ValueError without marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def main() -> None:
    """Rewrite the page that is named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_reference(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
