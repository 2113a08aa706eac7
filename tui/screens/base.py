"""What all screens have in common: breadcrumbs, banner, footer, Esc back, help, and being told when time passes.

A screen overrides ``body`` (its widgets), ``crumb`` (its name in the breadcrumbs) and ``show_state`` (what is new).
"""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from tui import texts
from tui.desk import Desk
from tui.theme import Palette, palette
from tui.views.banner import banner_lines
from tui.widgets.banner import Banner
from tui.widgets.key_line import KeyLine
from tui.widgets.top_bar import TopBar


class ConsoleScreen(Screen[None]):
    """One screen of the console; told four times a second what is new, and each second that time has passed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        Binding("question_mark", "app.help", "Help", key_display="?"),
    ]
    MODE: ClassVar[str] = ""
    """Key of ``texts.MODES`` for the screens that a digit opens."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    # To be overridden

    def body(self) -> Iterable[Widget]:
        """What is between the banner and the footer."""
        return ()

    def crumb(self) -> str:
        """Its name in the breadcrumbs: a plain text."""
        return texts.MODES.get(self.MODE, "")

    @property
    def subject(self) -> str:
        """What a screen looks at that may be closed and opened again at any time; empty for all others."""
        return ""

    def show_state(self) -> None:
        """Draw what ``desk.state`` says now; called on every glimpse, each second, and when the screen comes up."""

    # The frame

    @property
    def palette(self) -> Palette:
        """Styles of the theme in force."""
        return palette(self.app.theme)

    def compose(self) -> ComposeResult:
        """Breadcrumbs, banner, what is the screen's own, footer."""
        yield TopBar()
        yield Banner()
        yield from self.body()
        yield KeyLine()

    def on_mount(self) -> None:
        """Draw what is known already."""
        self.tell()

    def on_screen_resume(self) -> None:
        """Come up with what is known now."""
        self.tell()

    def tell(self) -> None:
        """Something is new, or time has passed."""
        if not self.is_mounted or not self.query(TopBar):
            return
        desk, now = self.desk, self.desk.now_utc_ns
        self.query_one(Banner).show(banner_lines(desk.state, now, desk.ports.config), self.palette)
        self.query_one(TopBar).show(self._crumbs(), self._right(now), self.palette)
        self.show_state()

    def action_back(self) -> None:
        """Leave this screen for the one below; the lowest stays."""
        if len(self.app.screen_stack) > 1 and self.app.screen is self:
            self.app.pop_screen()

    def may_change(self, what: str, port: object) -> bool:
        """Whether something may be changed here; says why not. ``what`` is the missing part, in words."""
        allowed: bool = cast(Any, self.app).may_change(what, port)
        return allowed

    def _crumbs(self) -> list[str]:
        stack: list[Screen[Any]] = self.app.screen_stack
        return [screen.crumb() for screen in stack if isinstance(screen, ConsoleScreen)]

    def _right(self, now_utc_ns: int) -> str:
        desk = self.desk
        parts = [texts.READ_ONLY] if desk.ports.read_only else []
        waiting = sum(not alert.acknowledged_by for alert in desk.state.alerts)
        if waiting:
            parts.append(f"{waiting} alert{'s' if waiting > 1 else ''}")
        parts.append(f"{desk.zone.key} {desk.clock_text(now_utc_ns, seconds=True)}")
        return " · ".join(parts)
