"""The cameras of the floor beside each other: as many columns as the room allows, scrolled where it does not."""

import asyncio
from collections.abc import Sequence

from textual.containers import VerticalScroll

from tui.skeleton import Mode
from tui.theme import Palette
from tui.views.cameras import TileView
from tui.widgets.camera_tile import CameraTile

LEAST_WIDTH, LEAST_HEIGHT = 24, 7
"""Below this a skeleton is a few dots."""
CELL_ASPECT = 2.0
"""A character is about twice as high as wide."""


class CameraWall(VerticalScroll, can_focus=False):
    """Tiles in the order in which they are told."""

    DEFAULT_CSS = """
    CameraWall { layout: grid; scrollbar-size-vertical: 1; }
    """

    def __init__(self, mode: Mode, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._mode = mode
        self._order: list[str] = []
        self._shape = (0, 0)

    @property
    def tiles(self) -> list[CameraTile]:
        """All of them, as shown."""
        return list(self.query_children(CameraTile))

    async def show(self, views: Sequence[TileView], styles: Palette) -> None:
        """Show these cameras and no others."""
        order = [view.camera for view in views]
        if order != self._order:
            await self._arrange(order)
        by_camera = {tile.camera: tile for tile in self.tiles}
        for view in views:
            by_camera[view.camera].show(view, styles)
            # One tile a turn: a key that comes meanwhile is answered before the next.
            await asyncio.sleep(0)
        self._fit()

    async def _arrange(self, order: list[str]) -> None:
        self._order = order
        known = {tile.camera: tile for tile in self.tiles}
        for camera in known.keys() - set(order):
            await known.pop(camera).remove()
        new = [CameraTile(camera, self._mode) for camera in order if camera not in known]
        if new:
            await self.mount(*new)
        places = {camera: place for place, camera in enumerate(order)}
        self.sort_children(key=lambda tile: places.get(getattr(tile, "camera", ""), 0))

    def on_resize(self) -> None:
        """Another size, other columns."""
        self._fit()

    def _fit(self) -> None:
        width, height = self.size
        shape = wall_shape(len(self._order), width, height)
        if shape != self._shape and shape[0]:
            self._shape = shape
            self.styles.grid_size_columns = shape[0]
            self.styles.grid_rows = str(shape[1])

    def move_focus(self, across: int, down: int) -> None:
        """To the tile beside the one that has the keyboard."""
        tiles = self.tiles
        here = next((place for place, tile in enumerate(tiles) if tile.has_focus), None)
        if here is None:
            return
        there = here + across + down * max(self._shape[0], 1)
        if 0 <= there < len(tiles):
            tiles[there].focus()


def wall_shape(count: int, width: int, height: int) -> tuple[int, int]:
    """Columns, and lines a tile, so that pictures of 4:3 become as large as they can; (0, 0) without room."""
    if not count or width < LEAST_WIDTH or height < 1:
        return (1, max(height, LEAST_HEIGHT)) if count and height > 0 else (0, 0)
    best, best_size = (0, 0), 0.0
    for columns in range(1, min(count, width // LEAST_WIDTH) + 1):
        rows = -(-count // columns)
        tile_height = height // rows
        if tile_height < LEAST_HEIGHT:
            continue
        size = min(width // columns - 2, (tile_height - 2) * CELL_ASPECT * 4 / 3)
        if size > best_size:
            best, best_size = (columns, tile_height), size
    if best_size:
        return best
    # Scrolled: whole tiles, as many as go.
    return width // LEAST_WIDTH, max(height // max(height // LEAST_HEIGHT, 1), LEAST_HEIGHT)
