"""Zones drawn, typed and moved on the screen, and written to a real gym.toml."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from console_world import NOW, World, console, screen_text, until
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input, Select

from core.config_file import load_settings
from core.messages import Preview
from core.settings import Zone
from spotter.console_editor import FileEditor
from tui.screens.zones import ZonePicture
from tui.views.sight import View
from tui.views.zones import FIRST_SHAPE, Draft, corners_of, corners_text, free_name
from tui.widgets.zone_view import ASCII_CORNERS, CORNERS, LABEL, ZoneView, drawn_view

TEXT = """# ours
[[camera]]
id = "cam1"  # by the mirror
source = "usb:0"
[[camera.zone]]
name = "Rack 1"  # left
polygon = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.9]]
kind = "squat rack"
capacity = 2

# The mats.
[[camera]]
id = "cam2"
source = "usb:1"
"""


@pytest.fixture
def gym(tmp_path):
    path = tmp_path / "gym.toml"
    path.write_text(TEXT)
    return path


def zones(gym, scene, size=(80, 24), keys=("5", "z"), **ports):
    async def play():
        app, feed = console(World(), editor=FileEditor(gym), **ports)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            await until(pilot, "zones of cam1")
            await until(pilot, "Rack 1")
            await scene(pilot, feed)
            return screen_text(app)

    return asyncio.run(play())


def zones_of(gym, camera="cam1"):
    return load_settings(gym, None).find_camera(camera).zone


def test_a_zone_is_added_moved_and_saved(gym):
    async def scene(pilot, feed):
        assert "squat rack" in screen_text(pilot.app)
        assert screen_text(pilot.app).count("□") == 2
        await pilot.press("n")
        await until(pilot, "new")
        assert pilot.app.screen.query_one("#zone-name", Input).value == "Zone 1"
        await pilot.press(*["backspace"] * 6, *"Mats", "tab", "tab", *"4", "tab", "tab")
        assert isinstance(pilot.app.focused, ZonePicture)
        await pilot.press("right", "down", "shift+up", "full_stop", "i", "right", "comma", "comma", "d")
        await until(pilot, "Mats")
        assert gym.read_text() == TEXT, "nothing is written before it is saved"
        await pilot.press("ctrl+s")
        await until(pilot, "1 zone of cam1 in gym.toml")
        assert not any(draft.is_changed for draft in pilot.app.screen.drafts)

    zones(gym, scene)
    mats = zones_of(gym)[1]
    assert (mats.name, mats.capacity, mats.kind) == ("Mats", 4, "other")
    assert mats.polygon == ((0.65, 0.4), (0.66, 0.65), (0.65, 0.9), (0.35, 0.9))
    corners = "[[0.65, 0.4], [0.66, 0.65], [0.65, 0.9], [0.35, 0.9]]"
    new = f'[[camera.zone]]\nname = "Mats"\npolygon = {corners}\ncapacity = 4\n'
    assert gym.read_text() == TEXT.replace("# The mats", new + "\n# The mats")


def test_a_zone_is_changed_and_renamed(gym):
    async def scene(pilot, feed):
        await pilot.press("enter", "end", *" A", "tab", "tab", "backspace", "tab")
        pilot.app.screen.query_one("#zone-kind", Select).value = "bench"
        box = pilot.app.screen.query_one("#zone-corners", Input)
        assert box.value == "0.1,0.1 0.5,0.1 0.5,0.9"
        box.value = "0,0 0.5,0 0.5,0.5 0,.5"
        await until(pilot, "changed")
        await pilot.press("ctrl+s")
        await until(pilot, "1 zone of cam1 in gym.toml")
        await until(pilot, "changed", gone=True)
        await pilot.press("escape")
        await until(pilot, "zones of cam1", gone=True)

    zones(gym, scene)
    (zone,) = zones_of(gym)
    assert (zone.name, zone.kind, zone.capacity) == ("Rack 1 A", "bench", None)
    assert zone.polygon == ((0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5))
    assert '"Rack 1 A"  # left' in gym.read_text()


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("corners", "0.1,0.1 0.5,0.1 0.5", "corner 3, '0.5', is no pair of"),
        ("corners", "0.1,0.1 1.5,0.1 0.5,0.5", "corner 2, '1.5,0.1', is outside"),
        ("corners", "0.1,0.1 0.5,0.1", "a zone has at least 3 corners"),
        ("corners", "0,0 1,1 1,0 0,1", "the zone crosses itself"),
        ("corners", "0,0 0.5,0.5 1,1", "the zone has no area"),
        ("corners", "nan,0 0.5,0.5 1,0", "corner 1, 'nan,0', is outside"),
        ("name", " ", "the name must not be empty"),
        ("capacity", "many", "the capacity is a whole number"),
    ],
)
def test_what_is_wrong_is_named_and_not_saved(gym, field, typed, words):
    async def scene(pilot, feed):
        pilot.app.screen.query_one(f"#zone-{field}", Input).value = typed
        text = " ".join((await until(pilot, "wrong")).split())
        shown = " ".join(str(pilot.app.screen.query_one("#note").render()).split())
        assert words in shown, text
        await pilot.press("ctrl+s")
        await until(pilot, "Not saved")

    zones(gym, scene)
    assert gym.read_text() == TEXT


def test_what_only_the_file_knows_is_told_too(gym):
    async def scene(pilot, feed):
        await pilot.press("n", *["backspace"] * 6, *"Rack 1", "ctrl+s")
        await until(pilot, "is already the name")

    zones(gym, scene, size=(120, 30))
    assert gym.read_text() == TEXT


def test_a_zone_is_removed_and_nothing_is_lost_unasked(gym):
    async def scene(pilot, feed):
        await pilot.press("n", "escape")
        await until(pilot, "Leave without saving?")
        await pilot.press("n")
        await until(pilot, "Leave without saving?", gone=True)
        pilot.app.screen.query_one("#zones").focus()
        await pilot.press("x", "home", "x")
        await until(pilot, "Remove the zone Rack 1 from gym.toml?")
        await pilot.press("y")
        await until(pilot, "Rack 1 is removed")
        await until(pilot, "No zone yet")
        await pilot.press("x", "ctrl+s", "shift+tab", "up", "i", "d")
        await until(pilot, "Nothing was changed")
        await pilot.press("escape")
        await until(pilot, "zones of cam1", gone=True)

    zones(gym, scene)
    assert zones_of(gym) == ()
    assert "# The mats." in gym.read_text()


def test_the_form_leads_to_the_zones(gym):
    async def scene(pilot, feed):
        await pilot.press("escape")
        await until(pilot, "Edit cam1")

    zones(gym, scene, keys=("5", "e", "f2"))


def test_a_click_puts_the_corner_there_and_a_picture_lies_below(gym):
    async def scene(pilot, feed):
        picture = pilot.app.screen.query_one(ZonePicture)
        width, height = picture.size
        await pilot.click(ZonePicture, offset=(width // 2, 1 + (height - 1) // 2))
        await pilot.pause()
        x, y = pilot.app.screen.draft.corners[0]
        assert abs(x - 0.5) < 0.03
        assert abs(y - 0.5) < 0.05
        await pilot.press("v")
        await until(pilot, "gym.toml allows no pictures")
        world = feed.world
        settings = world.settings
        cameras = tuple(msgspec.structs.replace(each, preview=True) for each in settings.camera)
        allowed = msgspec.structs.replace(settings, camera=cameras)
        rgb = bytes([200, 100, 50]) * (16 * 12)
        preview = Preview(sender="i", camera="cam1", captured_utc_ns=NOW, width=16, height=12, rgb=rgb)
        feed.show(replace(world.glimpse(), settings=allowed, previews={"cam1": preview}))
        await pilot.pause()
        await pilot.press("v")
        feed.show(replace(world.glimpse(), settings=allowed, previews={"cam1": preview}))
        await until(pilot, "▀▀▀")
        assert feed.watched == "cam1"
        text = screen_text(pilot.app)
        assert text.count("□") == 2
        assert "■" in text

    zones(gym, scene)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (160, 45), (250, 70)])
def test_it_fits_every_size(gym, size):
    async def scene(pilot, feed):
        await pilot.press("n")
        await pilot.pause()

    text = zones(gym, scene, size=size)
    assert all(len(line) <= size[0] for line in text.splitlines())
    assert "□" in text


def test_without_an_editor_or_while_read_only_it_does_not_open():
    async def play():
        app, _ = console(World(), read_only=True)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await pilot.press("5", "z")
            await until(pilot, "This console only looks")

    asyncio.run(play())


# Pure -----------------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=8))
def test_corners_come_back_as_they_were_typed(corners):
    read, problem = corners_of(corners_text(corners))
    assert bool(read) == (len(corners) >= 3)
    assert problem or all(
        abs(a - b) < 0.00051 for one, two in zip(corners, read, strict=True) for a, b in zip(one, two, strict=True)
    )


@given(st.text(max_size=60))
def test_any_text_is_answered(typed):
    corners, problem = corners_of(typed)
    assert bool(problem) or len(corners) >= 3
    assert "\n" not in problem


def test_drafts_say_only_what_differs():
    before = {"name": "A", "polygon": [[0.12345, 0.1], [0.5, 0.1], [0.5, 0.9]], "capacity": 3}
    draft = Draft.of(before)
    assert not draft.is_changed
    assert draft.changed() == ({}, [])
    draft.capacity = ""
    assert draft.changed() == ({}, ["capacity"])
    draft.choose(-1)
    draft.move(2.0, -2.0)
    assert draft.changed()[0] == {"polygon": [[0.123, 0.1], [0.5, 0.1], [1.0, 0.0]]}
    assert not draft.drop()
    draft.insert()
    assert draft.corners[3] == pytest.approx((0.5615, 0.05), abs=0.001)
    assert draft.drop()
    new = Draft.new(free_name([draft, Draft.new("Zone 1")]))
    assert new.changed() == ({"name": "Zone 2", "polygon": [list(corner) for corner in FIRST_SHAPE]}, [])
    nothing = Draft()
    for act in (nothing.insert, nothing.drop, lambda: nothing.choose(1), lambda: nothing.move(1, 1)):
        act()
    assert nothing.corners == ()


def test_corners_are_marked_where_they_are():
    zone = Zone(name="z", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    from tui.views.sight import Outline

    for in_ascii, (other, chosen) in ((False, CORNERS), (True, ASCII_CORNERS)):
        drawing = drawn_view(View(zones=(Outline(zone.polygon, "z", 1),)), 40, 15, in_ascii=in_ascii)
        text = drawing.lines()
        assert text[0].rstrip()[-1] == chosen
        assert "".join(text).count(other) == 3
        assert (drawing.owners == LABEL).sum() >= 5
    assert ZoneView().view == View()
