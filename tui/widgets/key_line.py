"""The last line: the keys that work here.

Textual's own footer makes its keys anew whenever the keyboard goes elsewhere, and keeps a hold on all that it ever
made; a console that is used all day would grow with every key. This one binds nothing to its keys and lets them go.
"""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

Keys = tuple[tuple[Binding, bool], ...]
"""Each key that is shown, and whether it does anything now."""


class KeyLine(Footer):
    """A footer that is made anew only when other keys work."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: Keys = ()

    def compose(self) -> ComposeResult:
        """The keys of the screen and of what has the keyboard, each action once; the palette on the right."""
        palette = self.app.COMMAND_PALETTE_BINDING
        for binding, enabled in self._keys:
            is_palette = binding.key == palette
            key = FooterKey(
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                binding.action,
                disabled=not enabled,
                tooltip=binding.tooltip or binding.description,
                classes="-command-palette" if is_palette else "",
            )
            key.set_reactive(FooterKey.compact, False)
            yield key

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Other keys may work now."""
        if not screen.app.app_focus or not self.is_attached or screen is not self.screen:
            return
        keys = self._shown(screen)
        if keys != self._keys:
            self._keys = keys
            self.call_after_refresh(self.recompose)

    def _shown(self, screen: Screen[object]) -> Keys:
        active = screen.active_bindings
        found: dict[str, tuple[Binding, bool]] = {}
        for _, binding, enabled, _ in active.values():
            if binding.show:
                found.setdefault(binding.action, (binding, enabled))
        palette = active.get(self.app.COMMAND_PALETTE_BINDING)
        return (*found.values(), *([(palette.binding, palette.enabled)] if palette is not None else []))
