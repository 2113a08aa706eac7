"""A list of lines with a cursor that stays on its row while others come and go; draws only what is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.plain import fitted
from tui.theme import DARK, Palette, palette


@dataclass(frozen=True, slots=True)
class Row:
    """One line: cells beside each other, already plain."""

    key: str
    cells: tuple[str, ...]
    styles: tuple[Style | None, ...] = ()
    """Of the cells; None or left out for the row's own."""
    style: Style | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column; one with weight shares what is left."""

    title: str
    width: int = 0
    weight: int = 0
    right: bool = False
    least_width: int = 0
    """Left out where the list is narrower than this."""


class RowList(ScrollView, can_focus=True):
    """Rows with a cursor."""

    DEFAULT_CSS = "RowList { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "end(-1)", "First", show=False),
        Binding("end,G", "end(1)", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    class Chosen(Message):
        """Somebody wants to see more of a row."""

        def __init__(self, sender: "RowList", key: str) -> None:
            super().__init__()
            self.list = sender
            self.key = key

        @property
        def control(self) -> "RowList":
            """The list."""
            return self.list

    class Moved(Chosen):
        """The cursor is on another row."""

    def __init__(self, columns: Sequence[Column], *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.rows: list[Row] = []
        self.empty = empty
        self.cursor = 0
        self._palette = palette(DARK.name)
        self._widths: list[int] = []

    @property
    def key(self) -> str:
        """Of the row under the cursor; empty if there is none."""
        return self.rows[self.cursor].key if self.rows else ""

    def show(self, rows: list[Row], styles: Palette, empty: str | None = None) -> None:
        """Show these rows; the cursor stays on its row, else where it is."""
        if rows == self.rows and styles is self._palette and empty in (None, self.empty):
            return
        key = self.key
        self.rows, self._palette = rows, styles
        self.empty = self.empty if empty is None else empty
        place = next((index for index, row in enumerate(rows) if row.key == key), self.cursor)
        self.cursor = max(min(place, len(rows) - 1), 0)
        self.virtual_size = Size(self.size.width, len(rows) + 1)
        self.refresh()

    def move_to(self, key: str) -> None:
        """Put the cursor on a row, if it is there."""
        place = next((index for index, row in enumerate(self.rows) if row.key == key), None)
        if place is not None:
            self._move_to(place)

    # Keys and mouse

    def action_move(self, by: int) -> None:
        """Some rows on."""
        self._move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """A screenful on."""
        self._move_to(self.cursor + by * max(self.size.height - 2, 1))

    def action_end(self, side: int) -> None:
        """First or last row."""
        self._move_to(0 if side < 0 else len(self.rows) - 1)

    def action_choose(self) -> None:
        """Tell that the row is wanted."""
        if self.rows:
            self.post_message(self.Chosen(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; a second click chooses."""
        place = event.y - 1 + self.scroll_offset.y
        if 0 <= place < len(self.rows) and event.y > 0:
            self._move_to(place)
            if event.chain > 1:
                self.action_choose()

    def on_resize(self) -> None:
        """Columns fit the new width."""
        self._widths = []
        self.virtual_size = Size(self.size.width, len(self.rows) + 1)

    def on_focus(self) -> None:
        """The cursor is drawn otherwise."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor is drawn otherwise."""
        self.refresh()

    def _move_to(self, place: int) -> None:
        place = max(min(place, len(self.rows) - 1), 0)
        if place != self.cursor:
            self.cursor = place
            self.post_message(self.Moved(self, self.key))
        # The line of the headings hides one row.
        self.scroll_to_region(Region(0, place, 1, 2), animate=False, force=True)
        if isinstance(self.parent, ScrollableContainer) and self.size.height > len(self.rows):
            # All of the list is laid out, so what holds it has to follow.
            self.parent.scroll_to_region(Region(0, self.virtual_region.y + place + 1, 1, 1), animate=False, force=True)
        self.refresh()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Headings, then rows."""
        width = self.size.width
        if y == 0:
            return self._drawn(tuple(column.title for column in self.columns), (), self._palette.header)
        place = y - 1 + self.scroll_offset.y
        if not self.rows and y == 1 and self.empty:
            return Strip([Segment(fitted(f" {self.empty}", width), self._palette.muted)], width)
        if place >= len(self.rows):
            return Strip([Segment(" " * width, self._palette.text)], width)
        row = self.rows[place]
        own = row.style or self._palette.text
        if place == self.cursor:
            return self._drawn(row.cells, (), self._palette.cursor if self.has_focus else self._palette.cursor_away)
        return self._drawn(row.cells, row.styles, own)

    def _drawn(self, cells: Sequence[str], styles: Sequence[Style | None], own: Style) -> Strip:
        segments = [Segment(" ", own)]
        for index, (column, width) in enumerate(zip(self.columns, self._fit(), strict=True)):
            if width:
                style = (styles[index] if index < len(styles) else None) or own
                text = cells[index] if index < len(cells) else ""
                segments += [Segment(fitted(text, width, right=column.right), style), Segment(" ", own)]
        return Strip(segments).adjust_cell_length(self.size.width, own)

    def _fit(self) -> list[int]:
        """Width of each column; 0 for one that is left out."""
        if not self._widths:
            room = self.size.width - 1
            kept = [column for column in self.columns if room >= column.least_width]
            left = room - sum(column.width + 1 for column in kept)
            weights = sum(column.weight for column in kept) or 1
            self._widths = [
                0 if column not in kept else column.width + max(left, 0) * column.weight // weights
                for column in self.columns
            ]
        return self._widths
