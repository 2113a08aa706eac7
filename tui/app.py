"""The console: modes, screens on top of them, themes, and the feed's glimpses handed to the screen that is up.

Owns what the keys of every screen do. Draws nothing itself, and asks neither Redis nor the database.
"""

import importlib
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, ClassVar, cast

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.filter import LineFilter
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from tui import letting_go, memory, texts
from tui.ascii_only import AsciiOnly
from tui.bell import Bell
from tui.desk import Desk, OpenCamera, OpenPerson
from tui.memory import Memory
from tui.plain import plain
from tui.ports import Ports
from tui.screens.base import ConsoleScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.help import HelpScreen, help_rows
from tui.screens.too_small import TooSmallScreen, is_too_small
from tui.theme import THEMES

log = logging.getLogger(__name__)

TICK_S = 1.0
"""How often ages are drawn anew while nothing comes."""
MOST_LOOKS = 6
"""Cameras and people open over each other; without a bound, a day of going from one to the next fills the memory."""


class GlimpseCame(Message):
    """The feed has something to take; several are one."""

    def can_replace(self, message: Message) -> bool:
        """The newest stands for all."""
        return isinstance(message, GlimpseCame)


class ConsoleApp(App[int]):
    """One console on one terminal."""

    TITLE = "Spotter"
    CSS_PATH = None
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(digit), f"mode('{mode}')", title, show=False, tooltip="open this screen")
            for digit, (mode, title) in enumerate(texts.MODES.items(), 1)
        ),
        Binding("5", "last_camera", "Camera", show=False, tooltip="the one that was looked at last"),
        Binding("6", "last_person", "Person", show=False, tooltip="who was looked at last"),
        Binding("ctrl+t", "next_theme", "Colours", show=False, tooltip="dark, light, high contrast"),
        Binding("ctrl+s", "save_view", "Save view", show=False, tooltip="sort, filter and layout, for the next start"),
        Binding("q,ctrl+q", "leave", "Leave", key_display="q"),
        Binding("ctrl+c", "leave", "Leave", show=False, priority=True),
    ]

    def __init__(self, ports: Ports, saved: Memory | None = None, memory_file: Path | None = None) -> None:
        """Without ``memory_file`` nothing is saved."""
        super().__init__()
        self.desk = Desk(ports, saved or Memory())
        self._memory_file = memory_file
        self._alarm = Bell()
        self._ascii = (AsciiOnly(),) if ports.ascii else ()
        for mode in texts.MODES:
            self.add_mode(mode, partial(self._new_screen, mode))
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.desk.memory.theme if self.desk.memory.theme in self.available_themes else THEMES[0].name

    # Life

    def on_mount(self) -> None:
        """Begin with the floor, and begin to read."""
        self.switch_mode("floor")
        self.desk.ports.feed.start(self._tell)
        self.set_interval(TICK_S, self._tick)
        self.set_interval(letting_go.EVERY_S, letting_go.let_go)

    def on_unmount(self) -> None:
        """Stop to read; the terminal is given back meanwhile."""
        self.desk.ports.feed.stop()

    def _tell(self) -> None:
        """Called in the feed's thread."""
        try:
            self.post_message(GlimpseCame())
        except RuntimeError:
            # The loop has ended between the feed's look and its word; there is nobody to be told.
            log.debug("a glimpse came after the console had ended")

    def on_glimpse_came(self) -> None:
        """Take the newest and let the screen draw it."""
        glimpse = self.desk.ports.feed.take()
        if glimpse is not None:
            self.desk.state.take(glimpse, self.desk.now_utc_ns)
            self._ring()
            self._tell_screen()

    def _ring(self) -> None:
        """Tell of critical alerts that have just begun, where somebody wishes it."""
        begun = self._alarm.hear(self.desk.state, self.desk.now_utc_ns)
        if begun and self.desk.memory.bell:
            self.bell()
            for alert in begun:
                self.notify(plain(alert.text), title=plain(alert.alert), severity="error", timeout=15, markup=False)

    def _tick(self) -> None:
        self._fit(self.size)
        self._tell_screen()

    def _tell_screen(self) -> None:
        """The topmost screen of ours; boxes over it leave it visible."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, ConsoleScreen):
                screen.tell()
                return

    def on_resize(self, event: Resize) -> None:
        """Another size of the terminal."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Say so when the terminal is too small, as long as it is.

        Looked at again and again: a key pressed before the resize may change the screen after it.
        """
        small, told = is_too_small(*size), isinstance(self.screen, TooSmallScreen)
        if small and not told:
            self.push_screen(TooSmallScreen())
        elif told and not small:
            self.pop_screen()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own; and one where the terminal draws ASCII alone."""
        return [*super().get_line_filters(), *self._ascii]

    # Screens

    def _new_screen(self, mode: str) -> Screen[Any]:
        made = getattr(importlib.import_module(f"tui.screens.{mode}"), f"{mode.capitalize()}Screen")
        return cast("Callable[[Desk], Screen[Any]]", made)(self.desk)

    def action_mode(self, mode: str) -> None:
        """Open one of the main screens, as it was left; where it is open, leave what was opened over it."""
        if isinstance(self.screen, TooSmallScreen | ConfirmScreen):
            return
        if mode != self.current_mode:
            self.switch_mode(mode)
        else:
            self._close(len(self._looks()))

    def on_open_person(self, message: OpenPerson) -> None:
        """Show somebody over the screen that asked."""
        from tui.screens.person import PersonScreen

        self.desk.person = message.uid
        self._open(PersonScreen(self.desk, message.uid))

    def on_open_camera(self, message: OpenCamera) -> None:
        """Show a camera over the screen that asked."""
        from tui.screens.camera import CameraScreen

        self.desk.camera = message.camera
        self._open(CameraScreen(self.desk, message.camera))

    def _open(self, wanted: ConsoleScreen) -> None:
        """Go back to it where it is open below, else put it on top, where the oldest way back may be forgotten."""
        looks = self._looks()
        if wanted.subject in looks:
            self._close(looks.index(wanted.subject))
            return
        if len(looks) >= MOST_LOOKS:
            self._close(len(looks))
        self.push_screen(wanted)

    def _looks(self) -> list[str]:
        """What the screens on top look at, the topmost first, down to one that has more to lose."""
        stack: list[Screen[Any]] = self.screen_stack
        return list(takewhile(bool, (getattr(screen, "subject", "") for screen in reversed(stack))))

    def _close(self, screens: int) -> None:
        for _ in range(screens):
            self.pop_screen()

    def on_add_camera(self) -> None:
        """Open the form for a new camera."""
        from tui.screens.camera_form import CameraForm

        if self.may_change("a way to write gym.toml", self.desk.ports.editor):
            self.push_screen(CameraForm(self.desk))

    def may_change(self, what: str, port: object) -> bool:
        """Whether something may be changed here; says why not."""
        if self.desk.ports.read_only:
            self.notify(texts.NOT_WHILE_READ_ONLY, severity="warning", markup=False)
            return False
        if port is None:
            self.notify(texts.MISSING_PORT.format(what=what), severity="warning", markup=False)
            return False
        return True

    def action_last_camera(self) -> None:
        """The camera that was looked at last, else the first."""
        cameras = self.desk.state.cameras
        if isinstance(self.screen, ConsoleScreen) and cameras:
            known = (name for name in (self.desk.camera, self.desk.selected_camera) if name in cameras)
            self.on_open_camera(OpenCamera(next(known, next(iter(cameras)))))

    def action_last_person(self) -> None:
        """Who was looked at last, else the first on the floor."""
        people = self.desk.state.people
        uid = self.desk.person or (people[0].person if people else "")
        if isinstance(self.screen, ConsoleScreen) and uid:
            self.on_open_person(OpenPerson(uid))

    def action_help(self) -> None:
        """The keys that work here."""
        if isinstance(self.screen, ConsoleScreen):
            self.push_screen(HelpScreen(help_rows(self.screen)))

    # Manners

    def action_next_theme(self) -> None:
        """The next of our themes."""
        names = [theme.name for theme in THEMES]
        here = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(here + 1) % len(names)]

    def watch_theme(self, theme: str) -> None:
        """Remember it, and draw in it."""
        self.desk.memory.theme = theme
        if self.is_running:
            self.call_after_refresh(self._tell_screen)

    def action_clock(self) -> None:
        """Change between 12 and 24 hours."""
        self.desk.memory.twelve_hours = not self.desk.memory.twelve_hours
        self._tell_screen()

    def action_save_view(self) -> None:
        """Keep theme, sort, groups and layout for the next start."""
        if self._memory_file is None:
            return
        failed = memory.save(self.desk.memory, self._memory_file)
        self.notify(failed or "The view is saved", severity="error" if failed else "information", markup=False)

    def keep_statement(self, statement: str) -> None:
        """Remember what was asked of the database, also for the next start; the saved view stays as it is."""
        self.desk.memory.sql = memory.with_statement(self.desk.memory.sql, statement)
        if self._memory_file is not None:
            kept = memory.load(self._memory_file)
            kept.sql = self.desk.memory.sql
            if failed := memory.save(kept, self._memory_file):
                log.warning("the statement is not kept for the next start: %s", failed)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the command palette offers: our screens and manners, and everything the screen's keys do."""
        for digit, (mode, title) in enumerate(texts.MODES.items(), 1):
            yield SystemCommand(title, f"Open this screen ({digit})", partial(self.action_mode, mode))
        yield SystemCommand("12 or 24 hours", "How times are shown", self.action_clock)
        yield SystemCommand("Colours", "Dark, light or high contrast", self.action_next_theme)
        yield SystemCommand("Save view", "Keep sort, groups and layout for the next start", self.action_save_view)
        yield SystemCommand("Add a camera", "A form with a test shot", self.on_add_camera)
        yield SystemCommand("Help", "The keys that work here", self.action_help)
        yield SystemCommand("Leave", "Close the console", self.action_leave)
        named = set[str]()
        for active in screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.description and active.node is screen and binding.action not in named:
                named.add(binding.action)
                action = partial(self.run_action, binding.action, screen)
                yield SystemCommand(binding.description, binding.tooltip or f"key {binding.key}", action)

    def action_leave(self) -> None:
        """Close the console; asks first where the gym stops with it."""
        if isinstance(self.screen, ConfirmScreen):
            return
        if not self.desk.ports.stops_gym:
            self.exit(0)
            return
        self.push_screen(ConfirmScreen(texts.LEAVE_ASKED, texts.LEAVE_WHY), self._leave_if)

    def _leave_if(self, sure: bool | None) -> None:
        if sure:
            self.exit(0)
