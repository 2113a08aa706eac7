"""Rows of a ``RowTable`` whose cells are one text each."""

from collections.abc import Mapping, Sequence

from rich.style import Style

from tui.widgets.row_table import Column, Row


def text_row(
    columns: Sequence[Column],
    key: str,
    texts: Sequence[str],
    styles: Mapping[str, Style] | None = None,
    style: Style | None = None,
) -> Row:
    """A row: a plain text a column, in their order; ``styles`` by key of a column, ``style`` for the others."""
    own = styles or {}
    cells = {column.key: ((text, own.get(column.key)),) for column, text in zip(columns, texts, strict=True)}
    return Row(key, cells, style)
