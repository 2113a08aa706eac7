"""What is drawn of one camera, as data."""

from dataclasses import dataclass

from tui.editing import Picture
from tui.skeleton import Figure

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A zone."""

    corners: Corners
    """Relative."""
    label: str
    """Plain."""
    chosen: int | None = None
    """Place of the corner that is edited; all corners of such a zone are marked."""


@dataclass(frozen=True, slots=True)
class View:
    """All that is drawn."""

    figures: tuple[Figure, ...] = ()
    zones: tuple[Outline, ...] = ()
    masks: tuple[Corners, ...] = ()
    aspect: float = 4 / 3
    heading: str = ""
    """In the first line; plain."""
    words: tuple[str, ...] = ()
    """In the middle, where there is nothing to draw; plain."""
    is_old: bool = False
    """All of it is drawn grey."""
    picture: Picture | None = None
    """Instead of the skeletons, under the zones."""
