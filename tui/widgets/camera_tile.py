"""One camera on the floor: a frame with its name and state, skeletons in it, figures under it.

Draws when it is asked for a line, so that a tile that is scrolled away costs nothing.
"""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui import texts
from tui.editing import Picture
from tui.halfblocks import half_blocks
from tui.plain import cut
from tui.skeleton import NOBODY, Drawing, Mode, draw
from tui.theme import DARK, Palette, palette
from tui.views.cameras import TileView, is_problem

Frame = tuple[str, str, str, str, str, str]
"""Upper left, upper right, lower left, lower right, across, down."""
_FRAME: Frame = ("╭", "╮", "╰", "╯", "─", "│")
_FOCUSED: Frame = ("┏", "┓", "┗", "┛", "━", "┃")
_ASCII: Frame = ("+", "+", "+", "+", "-", "|")
_ASCII_FOCUSED: Frame = ("#", "#", "#", "#", "=", "#")


class CameraTile(Widget, can_focus=True):
    """One camera; posts ``Chosen`` on Enter or a double click."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Open camera")]

    class Chosen(Message):
        """Somebody wants to see this camera."""

        def __init__(self, camera: str) -> None:
            super().__init__()
            self.camera = camera

    class Focused(Message):
        """The keyboard is on this camera."""

        def __init__(self, camera: str) -> None:
            super().__init__()
            self.camera = camera

    def __init__(self, camera: str, mode: Mode) -> None:
        super().__init__()
        self.camera = camera
        self._mode = mode
        self._view: TileView | None = None
        self._palette = palette(DARK.name)
        self._lines: list[Strip] = []
        self._drawn_size = Size(0, 0)
        self._drawing: Drawing | None = None
        self._blocks: list[list[Segment]] | None = None
        """The picture as it was drawn last."""

    def show(self, view: TileView, styles: Palette) -> None:
        """Show this."""
        if view == self._view and styles is self._palette:
            return
        if self._view is None or view.figures != self._view.figures or view.aspect != self._view.aspect:
            self._drawing = None
        if self._view is None or view.picture != self._view.picture:
            self._blocks = None
        self._view, self._palette = view, styles
        before, self._lines = self._lines, []
        if not before or self._drawn_size != self.size or not self.is_on_screen:
            self.refresh()
            return
        # Drawn now, so that only lines that changed go through all that a refresh costs.
        self._lines = self._draw()
        width = self.size.width
        changed = [y for y, (old, new) in enumerate(zip(before, self._lines, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def on_focus(self) -> None:
        """The frame looks otherwise."""
        self._lines = []
        self.post_message(self.Focused(self.camera))

    def on_blur(self) -> None:
        """The frame looks otherwise."""
        self._lines = []

    def on_click(self, event: Click) -> None:
        """A double click opens."""
        if event.chain > 1:
            self.action_choose()

    def action_choose(self) -> None:
        """Open this camera."""
        self.post_message(self.Chosen(self.camera))

    def render_line(self, y: int) -> Strip:
        """One line of the tile."""
        if self._drawn_size != self.size:
            # Lines are asked for before word of another size comes.
            self._drawn_size, self._lines, self._drawing, self._blocks = self.size, [], None, None
        if not self._lines:
            self._lines = self._draw()
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self._palette.text)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        view = self._view
        if view is None or width < 6 or height < 3:
            return [Strip.blank(width, self._palette.text)] * height
        frame = self._frame()
        style = self._palette.primary if self.has_focus else self._palette.muted
        if is_problem(view):
            style = self._palette.bad
        inner = [Strip([Segment(frame[5], style), *line, Segment(frame[5], style)], width) for line in self._inside()]
        return [self._top(frame, style), *inner, self._bottom(frame, style)]

    def _frame(self) -> Frame:
        if self._mode == "ascii":
            return _ASCII_FOCUSED if self.has_focus else _ASCII
        return _FOCUSED if self.has_focus else _FRAME

    def _text(self, text: str) -> str:
        return text.translate(texts.ASCII_SIGNS) if self._mode == "ascii" else text

    def _top(self, frame: Frame, style: Style) -> Strip:
        view, width = self._view, self.size.width
        assert view is not None
        state = f" {self._text(view.sign)} {view.state} "
        title = f" {cut(self._text(view.title), max(width - len(state) - 5, 4))} "
        title_segment = Segment(title, self._palette.strong)
        room = width - 3 - title_segment.cell_length
        state = cut(state, room)
        line = frame[4] * (room - len(state))
        return Strip(
            [
                Segment(frame[0] + frame[4], style),
                title_segment,
                Segment(line, style),
                Segment(state, self._palette.of_state(view.shown_state)),
                Segment(frame[1], style),
            ]
        )

    def _bottom(self, frame: Frame, style: Style) -> Strip:
        """The age of the data first: it is what must never be missing."""
        view, width = self._view, self.size.width
        assert view is not None
        parts = [view.age] if view.age else []
        if view.age:
            parts.append("1 person" if view.people == 1 else f"{view.people} people")
        parts += [part for part in (view.fps if view.shown_state == "online" else "", view.drops) if part]
        while len(parts) > 1 and sum(map(len, parts)) + 3 * len(parts) > width - 3:
            parts.pop()
        text = cut(f" {self._text(' · ').join(parts)} ", width - 3) if parts else ""
        rest = frame[4] * (width - 3 - len(text))
        return Strip(
            [
                Segment(frame[2] + frame[4], style),
                Segment(text, self._palette.of_freshness(view.fresh)),
                Segment(rest + frame[3], style),
            ]
        )

    def _inside(self) -> list[list[Segment]]:
        view = self._view
        assert view is not None
        width, height = self.size.width - 2, self.size.height - 2
        if view.picture is not None:
            lines = self._picture(view.picture, width, height)
        else:
            if self._drawing is None:
                self._drawing = draw(view.figures, width, height, aspect=view.aspect, mode=self._mode)
            lines = [self._skeleton_line(y) for y in range(height)]
        if view.notice:
            notice = f" {cut(self._text(view.notice), width - 2)} "
            style = self._palette.muted if view.shown_state in {"paused", "ended"} else self._palette.bad
            lines[height // 2] = _centred(notice, width, style)
        return lines

    def _picture(self, picture: Picture, width: int, height: int) -> list[list[Segment]]:
        """In the middle, blanks around it."""
        if self._blocks is None:
            self._blocks = half_blocks(picture, width, height, in_ascii=self._mode == "ascii" or self.app.no_color)
        blank = [Segment(" " * width, self._palette.text)]
        top = (height - len(self._blocks)) // 2
        lines = [blank] * height
        for y, line in enumerate(self._blocks):
            left = (width - sum(segment.cell_length for segment in line)) // 2
            strip = Strip([Segment(" " * left, self._palette.text), *line])
            lines[top + y] = list(strip.adjust_cell_length(width, self._palette.text))
        return lines

    def _skeleton_line(self, y: int) -> list[Segment]:
        assert self._drawing is not None
        assert self._view is not None
        live, people, grey = self._view.fresh == "live", self._palette.people, self._palette.grey
        return [
            Segment(text, grey if not live or owner == NOBODY else people[owner % len(people)])
            for text, owner in self._drawing.row(y)
        ]


def _centred(text: str, width: int, style: Style) -> list[Segment]:
    segment = Segment(text, style)
    left = max(width - segment.cell_length, 0) // 2
    right = max(width - left - segment.cell_length, 0)
    # A piece without a style breaks Textual's filter for terminals without colours.
    return [Segment(" " * left, style), segment, Segment(" " * right, style)]
