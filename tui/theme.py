"""Colours: three themes, and the styles that stand for a meaning; every meaning also has a sign or a word."""

from rich.style import Style
from textual.theme import Theme

from tui.state import Freshness, ShownState

DARK = Theme(
    name="spotter-dark",
    primary="#4aa3df",
    secondary="#7a8fa6",
    accent="#f2b134",
    foreground="#dfe6ee",
    background="#10151b",
    surface="#171e26",
    panel="#1f2933",
    success="#5ac18e",
    warning="#f2b134",
    error="#f2635f",
    dark=True,
)
LIGHT = Theme(
    name="spotter-light",
    primary="#0b63a5",
    secondary="#51606f",
    accent="#a35a00",
    foreground="#17202a",
    background="#fbfcfd",
    surface="#f0f3f6",
    panel="#e2e8ee",
    success="#12733f",
    warning="#8a5a00",
    error="#b3261e",
    dark=False,
)
CONTRAST = Theme(
    name="spotter-contrast",
    primary="#00ffff",
    secondary="#ffffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    success="#00ff00",
    warning="#ffff00",
    error="#ff6060",
    dark=True,
)
THEMES = (DARK, LIGHT, CONTRAST)


class Palette:
    """Rich styles of one theme, for widgets that draw their own lines."""

    def __init__(self, theme: Theme) -> None:
        self.name = theme.name
        plain_fg = theme.foreground or "default"
        muted = theme.secondary or "bright_black"
        self.text = Style(color=plain_fg)
        self.strong = Style(color=plain_fg, bold=True)
        self.muted = Style(color=muted)
        self.grey = Style(color=muted, dim=theme.dark)
        """For what is old."""
        self.primary = Style(color=theme.primary)
        self.accent = Style(color=theme.accent, bold=True)
        self.good = Style(color=theme.success)
        self.warning = Style(color=theme.warning, bold=True)
        self.bad = Style(color=theme.error, bold=True)
        self.header = Style(color=plain_fg, bgcolor=theme.panel, bold=True)
        self.cursor = Style(color=theme.background, bgcolor=theme.primary, bold=True)
        self.cursor_away = Style(color=plain_fg, bgcolor=theme.panel)
        """The cursor of a table that does not have the keyboard."""
        self.banner = Style(color=theme.background, bgcolor=theme.error, bold=True)
        self.banner_warning = Style(color=theme.background, bgcolor=theme.warning, bold=True)
        shades = (theme.primary, theme.accent, theme.success, theme.error, "#b58df0", "#3fc7c0", "#ef8fb5", "#9db35c")
        self.people = tuple(Style(color=shade) for shade in shades)
        """Skeletons beside each other, told apart; the colour means nothing else."""

    def of_state(self, state: ShownState) -> Style:
        """Of a camera."""
        if state == "online":
            return self.good
        if state in {"starting", "not started", "unwatched"}:
            return self.warning
        return self.muted if state in {"paused", "ended"} else self.bad

    def of_freshness(self, fresh: Freshness) -> Style:
        """Of what is shown of something."""
        return self.text if fresh == "live" else self.grey if fresh == "old" else self.bad


PALETTES = {theme.name: Palette(theme) for theme in THEMES}


def palette(theme_name: str) -> Palette:
    """Of a theme by name; themes that are not ours look like the dark one."""
    return PALETTES.get(theme_name, PALETTES[DARK.name])
