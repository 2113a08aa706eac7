"""A table that is drawn line by line: columns that fit the width, groups, a cursor that stays on its row.

Only lines that have changed are drawn anew, because everything on the floor changes four times a second. Gets plain
texts; never sorts or filters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.plain import cut, fitted
from tui.theme import DARK, Palette, palette

GAP = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    key: str
    title: str
    width: int
    """Cells; a flexible column gets at least these."""
    flex: int = 0
    """Share of the room that is left; 0: none."""
    right: bool = False
    order: int = 0
    """Columns of a higher order leave first where there is no room."""


Piece = tuple[str, Style | None]
"""Text and style; None: that of the row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a cell for every column, by key; or the title of a group."""

    key: str
    cells: Mapping[str, Sequence[Piece]]
    style: Style | None = None
    title: str = ""
    """A group's; such a line cannot be chosen."""


class RowTable(ScrollView, can_focus=True):
    """Shows rows; posts what was chosen."""

    DEFAULT_CSS = """
    RowTable { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-1000000)", "First", show=False),
        Binding("end", "move(1000000)", "Last", show=False),
        Binding("enter", "choose", "Open"),
    ]

    class Chosen(Message):
        """Enter, or a click on the row under the cursor."""

        def __init__(self, table: "RowTable", key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> "RowTable":
            """Which table."""
            return self.table

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, table: "RowTable", key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> "RowTable":
            """Which table."""
            return self.table

    class HeadingClicked(Message):
        """A click on the title of a column."""

        def __init__(self, table: "RowTable", column: str) -> None:
            super().__init__()
            self.table = table
            self.column = column

        @property
        def control(self) -> "RowTable":
            """Which table."""
            return self.table

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._shown: list[tuple[Column, int]] = []
        self._width = 0
        """For which the columns were chosen."""
        self._rows: tuple[Row, ...] = ()
        self._cursor = ""
        self._at = 0
        self._marks: dict[str, str] = {}
        self._empty = ""
        self._palette = palette(DARK.name)

    # What it is told

    def show(
        self, rows: Sequence[Row], styles: Palette, *, marks: dict[str, str] | None = None, empty: str = ""
    ) -> None:
        """Show these rows; ``marks`` stand behind titles of columns (the way of sorting), ``empty`` for none."""
        before, before_at = self._rows, self._at
        self._rows = tuple(rows)
        self._keep_cursor()
        header = (marks or {}) != self._marks or empty != self._empty or styles is not self._palette
        self._marks, self._empty, self._palette = marks or {}, empty, styles
        if len(before) != len(self._rows):
            self.virtual_size = Size(self.size.width, len(self._rows) + 1)
        if header or len(before) != len(self._rows):
            self.refresh()
            return
        for at, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            if old != new or (before_at != self._at and at in (before_at, self._at)):
                self._refresh_row(at)

    @property
    def cursor(self) -> str:
        """Key of the row under the cursor; empty if there is none."""
        return self._cursor

    @cursor.setter
    def cursor(self, key: str) -> None:
        self._cursor = key
        self._keep_cursor()
        self.refresh()

    # Drawing

    def on_resize(self) -> None:
        """More or fewer lines to scroll through."""
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)
        self.refresh()

    def on_focus(self) -> None:
        """The cursor looks otherwise."""
        self._refresh_row(self._at)

    def on_blur(self) -> None:
        """The cursor looks otherwise."""
        self._refresh_row(self._at)

    def render_line(self, y: int) -> Strip:
        """One line; the first is the header, wherever one has scrolled to."""
        width = self.size.width
        if width != self._width:
            # Lines are asked for before word of another size comes.
            self._width, self._shown = width, chosen_columns(self._columns, width - GAP)
        if y == 0:
            return self._header(width)
        at = y - 1 + self.scroll_offset.y
        if at >= len(self._rows):
            words = self._empty if y == 2 and not self._rows else ""
            return Strip([Segment(fitted(f"  {words}", width), self._palette.muted)], width)
        row = self._rows[at]
        if row.title:
            return Strip([Segment(fitted(f" {row.title} ", width), self._palette.accent)], width)
        return self._line(row, width, is_cursor=at == self._at)

    def _header(self, width: int) -> Strip:
        parts = [" "]
        for column, cells in self._shown:
            title = column.title + self._marks.get(column.key, "")
            parts.append(fitted(title, cells, right=column.right) + " " * GAP)
        return Strip([Segment(fitted("".join(parts), width), self._palette.header)], width)

    def _line(self, row: Row, width: int, *, is_cursor: bool) -> Strip:
        base = row.style or self._palette.text
        over = None
        if is_cursor:
            over = self._palette.cursor if self.has_focus else self._palette.cursor_away
            base = over
        segments = [Segment(">" if is_cursor else " ", base)]
        for column, cells in self._shown:
            segments += _cell(row.cells.get(column.key, ()), cells, column, base, over)
            segments.append(Segment(" " * GAP, base))
        return Strip(segments).adjust_cell_length(width, base)

    def _refresh_row(self, at: int) -> None:
        line = at - self.scroll_offset.y + 1
        if 1 <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    # The cursor

    def _keep_cursor(self) -> None:
        """Stay on the same row; where it is gone, on the one that took its place."""
        places = [at for at, row in enumerate(self._rows) if not row.title]
        if not places:
            self._at = 0
            return
        found = next((at for at in places if self._rows[at].key == self._cursor), None)
        self._at = found if found is not None else next((at for at in places if at >= self._at), places[-1])
        self._cursor = self._rows[self._at].key

    def _go(self, at: int, step: int) -> None:
        """Move to a row, past titles of groups."""
        at = min(max(at, 0), len(self._rows) - 1)
        while 0 <= at < len(self._rows) and self._rows[at].title:
            at += step
        if not 0 <= at < len(self._rows) or self._rows[at].title:
            return
        before, self._at, self._cursor = self._at, at, self._rows[at].key
        self._refresh_row(before)
        self._refresh_row(at)
        visible = self.size.height - 1
        first = self.scroll_offset.y
        if at < first or at >= first + visible:
            top = at if at < first else at - visible + 1
            self.scroll_to(y=0 if top == 1 and self._rows[0].title else top, animate=False)
        self.post_message(self.Moved(self, self._cursor))

    def action_move(self, by: int) -> None:
        """Some rows up or down."""
        if self._rows:
            self._go(self._at + by, 1 if 0 < by < len(self._rows) - self._at else -1)

    def action_page(self, pages: int) -> None:
        """Some pages up or down."""
        self.action_move(pages * max(self.size.height - 2, 1))

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self._rows and not self._rows[self._at].title:
            self.post_message(self.Chosen(self, self._cursor))

    def on_click(self, event: Click) -> None:
        """A click moves the cursor, a second one opens; on the header, it names the column."""
        if event.y == 0:
            if column := self._column_at(event.x):
                self.post_message(self.HeadingClicked(self, column))
            return
        at = event.y - 1 + self.scroll_offset.y
        if at < len(self._rows) and not self._rows[at].title:
            if at == self._at and self.has_focus and event.chain > 1:
                self.action_choose()
            else:
                self._go(at, 1)

    def _column_at(self, x: int) -> str:
        right = 1
        for column, cells in self._shown:
            right += cells + GAP
            if x < right:
                return column.key
        return ""


def chosen_columns(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """The columns that fit, and how wide each is."""
    kept = list(columns)
    while len(kept) > 1 and sum(column.width + GAP for column in kept) > width:
        kept.remove(max(reversed(kept), key=lambda column: column.order))
    left = max(width - sum(column.width + GAP for column in kept), 0)
    shares = sum(column.flex for column in kept)
    return [(column, column.width + (left * column.flex // shares if shares else 0)) for column in kept]


def _cell(pieces: Sequence[Piece], cells: int, column: Column, base: Style, over: Style | None) -> list[Segment]:
    """Pieces of text in exactly so many cells."""
    if len(pieces) == 1:
        text, style = pieces[0]
        return [Segment(fitted(text, cells, right=column.right), over or style or base)]
    room, segments = cells, list[Segment]()
    for text, style in pieces:
        shown = cut(text, room)
        piece = Segment(shown, over or style or base)
        room -= piece.cell_length
        segments.append(piece)
    fill = Segment(" " * room, base)
    return [fill, *segments] if column.right else [*segments, fill]
