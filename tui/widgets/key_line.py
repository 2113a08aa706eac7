"""The last line: the keys that work here, as many as fit whole.

Textual's own footer makes its keys anew whenever the keyboard goes elsewhere, and keeps a hold on all that it ever
made; a console that is used all day would grow with every key. This one binds nothing to its keys and lets them go.
"""

from itertools import accumulate, islice

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

AROUND_KEY, AROUND_WORDS = 2, 1
"""Blanks of a key and of what it does."""
PALETTE_EDGE = 2
"""A line before the command palette, a blank behind it."""
Key = tuple[Binding, bool]
"""What is shown, and whether it does anything now."""


class KeyLine(Footer):
    """A footer that is made anew only when other keys work; what does not fit is told by Help."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()

    def compose(self) -> ComposeResult:
        """The keys that were chosen; the palette on the right."""
        for binding, enabled in self._keys:
            is_palette = self._is_palette(binding)
            key = FooterKey(
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                binding.action,
                disabled=not enabled,
                tooltip=binding.tooltip or binding.description,
                classes="-command-palette" if is_palette else "",
            )
            if not is_palette:
                key.set_reactive(FooterKey.compact, False)
            yield key

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Other keys may work now."""
        if screen.app.app_focus and self.is_attached and screen is self.screen and self.size.width:
            self._choose()

    def on_resize(self) -> None:
        """More may fit, or less."""
        self._choose()

    def _choose(self) -> None:
        active = self.screen.active_bindings
        found: dict[str, Key] = {}
        for _, binding, enabled, _ in active.values():
            if binding.show:
                found.setdefault(binding.action, (binding, enabled))
        palette = active.get(self.app.COMMAND_PALETTE_BINDING)
        last: list[Key] = [(palette.binding, palette.enabled)] if palette is not None else []
        used = accumulate((self._width(each) for each, _ in (*last, *found.values())))
        fitting = sum(cells <= self.size.width for cells in used) - len(last)
        chosen = (*islice(found.values(), max(fitting, 0)), *last)
        if chosen != self._keys:
            self._keys = chosen
            self.call_after_refresh(self.recompose)

    def _is_palette(self, binding: Binding) -> bool:
        return binding.key == self.app.COMMAND_PALETTE_BINDING

    def _width(self, binding: Binding) -> int:
        """Cells that a key takes."""
        key, words = cell_len(self.app.get_key_display(binding)), cell_len(binding.description)
        if self._is_palette(binding):
            return key + 1 + words + PALETTE_EDGE
        return AROUND_KEY + key + (words + AROUND_WORDS if words else 0)
