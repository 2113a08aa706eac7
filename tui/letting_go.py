"""What Textual would keep of widgets that are gone: each with all its lines as they were drawn last."""

from typing import Any

from textual._styles_cache import StylesCache

EVERY_S = 60.0
"""Of a minute's closed screens nothing more is kept; made anew, it costs microseconds a widget."""


def let_go() -> None:
    """Empty the cache of backgrounds that Textual keeps by the widget: up to 1024 of them, dead ones too."""
    of_backgrounds: Any = getattr(StylesCache, "get_inner_outer", None)
    if hasattr(of_backgrounds, "cache_clear"):
        of_backgrounds.cache_clear()
