"""Tiles of cameras: what they say, when they are in trouble, and how they stand beside each other."""

import pytest
from console_world import World

from tui.state import FloorState
from tui.views.cameras import is_problem, tile_view, tiles
from tui.widgets.camera_wall import LEAST_HEIGHT, LEAST_WIDTH, wall_shape


def test_a_camera_that_is_well():
    world = World(cameras=1, people=2)
    tile = tiles(world.state(), world.now_utc_ns)[0]
    assert (tile.sign, tile.state, tile.people, tile.age, tile.fps, tile.drops, tile.notice) == (
        "●", "online", 2, "0.1 s", "12/s", "10 dropped", "",
    )  # fmt: skip
    assert [figure.label for figure in tile.figures] == ["1", "2"]
    assert not is_problem(tile)


def test_old_data_is_said_even_where_the_camera_is_online():
    world = World(cameras=1)
    camera = world.state().cameras["cam1"]
    tile = tile_view(camera, world.now_utc_ns + 12_000_000_000)
    assert (tile.fresh, tile.notice) == ("stale", "12 s old")
    assert is_problem(tile)


@pytest.mark.parametrize(
    ("state", "sign", "notice", "problem"),
    [
        ("offline", "✖", "offline: no route to the camera", True),
        ("stalled", "▲", "stalled: no route to the camera", True),
        ("paused", "=", "paused", False),
        ("ended", "■", "ended", False),
    ],
)
def test_states(state, sign, notice, problem):
    world = World(cameras=1, states={0: state})
    tile = tiles(world.state(), world.now_utc_ns)[0]
    assert (tile.sign, tile.notice, is_problem(tile)) == (sign, notice, problem)


def test_before_the_first_picture():
    world = World(cameras=1)
    state = FloorState()
    state.take(world.glimpse(cameras={}), world.now_utc_ns)
    tile = tiles(state, world.now_utc_ns)[0]
    assert (tile.fresh, tile.age, tile.notice, tile.figures) == ("never", "", "no picture yet", ())


def test_a_person_has_one_colour_in_all_cameras():
    world = World(cameras=2, people=4)
    owners = {figure.label: figure.owner for tile in tiles(world.state(), world.now_utc_ns) for figure in tile.figures}
    assert owners == {"1": 1, "2": 2, "3": 3, "4": 4}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 16, 64])
@pytest.mark.parametrize(("width", "height"), [(60, 8), (80, 10), (120, 30), (250, 60), (125, 40)])
def test_tiles_fit_or_are_whole_when_scrolled(count, width, height):
    columns, tile_height = wall_shape(count, width, height)
    assert 1 <= columns <= max(count, width // LEAST_WIDTH)
    assert width // columns >= LEAST_WIDTH
    assert tile_height >= LEAST_HEIGHT
    rows = -(-count // columns)
    fits_somehow = any(-(-count // c) * LEAST_HEIGHT <= height for c in range(1, width // LEAST_WIDTH + 1))
    assert (rows * tile_height <= height) == fits_somehow


def test_one_camera_has_all_the_room():
    assert wall_shape(1, 100, 30) == (1, 30)
    assert wall_shape(4, 100, 30) == (2, 15)
    assert wall_shape(0, 100, 30) == (0, 0)
    assert wall_shape(3, 10, 30) == (1, 30)
