"""The screen of one camera, driven by keys."""

import asyncio

import msgspec
import pytest
from console_world import NOW, World, console, screen_text, until

from core.clock import NANOSECONDS
from core.errors import ConfigError
from core.history import CameraStateRow
from core.messages import Preview
from core.settings import Zone
from tui.state import StateChange
from tui.views.camera import HistoryRow, camera_view, history_rows
from tui.views.sparks import spark, spark_line
from tui.widgets.zone_view import LABEL, MASKED, drawn_view

MINUTE = 60 * NANOSECONDS


class Editor:
    """Keeps what was asked for."""

    def __init__(self, fails=""):
        self.said, self.fails = [], fails

    def enable(self, camera, *, enabled):
        if self.fails:
            raise ConfigError(self.fails)
        self.said.append((camera, enabled))

    def remove(self, camera):
        self.said.append(("removed", camera))


class Past:
    """A camera that was off twenty minutes long."""

    def camera_states(self, chosen):
        return [
            CameraStateRow(at_utc_ns=NOW - 10 * MINUTE, state="online", reason="", detail=""),
            CameraStateRow(
                at_utc_ns=NOW - 30 * MINUTE, state="offline", reason="refused", detail=f"{chosen.camera} is off"
            ),
        ]


def run(keys_and_words, size=(110, 36), made=None, glimpse=None, **ports):
    async def scene():
        made_world = made or World()
        app, feed = console(made_world, **ports)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            if glimpse is not None:
                feed.show(glimpse)
            await pilot.press("5")
            for keys, words in keys_and_words:
                await pilot.press(*keys)
                await until(pilot, words.removeprefix("!"), gone=words.startswith("!"))
            return screen_text(app), feed

    return asyncio.run(scene())


def test_it_shows_sight_facts_plots_and_history():
    text, _ = run([([], "cam1 is off")], history=Past())
    for words in ("3 people", "● online", "worker:1", "80 ms to the result", "640x480", "b1, pid 10 on box", "frames",
                  "10 late: a newer", "2026-07-01 16:55  online", "refused", "20:00"):  # fmt: skip
        assert words in text, words
    assert "Zone 1 1/4" in run([([], "Zone 1 1/4")], size=(160, 45))[0]


def test_arrows_go_to_the_neighbours_and_round():
    run([(["right"], "Floor › cam2"), (["right"], "Floor › cam1"), (["left"], "Floor › cam2")])


def test_large_shows_the_sight_alone():
    run([([], "reconnects"), (["f"], "!reconnects"), (["f"], "reconnects")])


def test_trouble_says_what_it_means_and_what_to_do():
    text, _ = run([([], "no route to the camera")], made=World(states={0: "offline"}))
    assert "means: there is no way to it" in text
    assert "do:    check address" in text


def test_old_is_grey_and_stale_is_not_drawn_as_people():
    made = World()
    glimpse = made.glimpse()
    made.now_utc_ns += 30 * NANOSECONDS
    text, _ = run([([], "last picture 30 s ago")], made=made, glimpse=glimpse)
    assert "nothing for 30 s" in text
    state = World().state()
    camera = state.cameras["cam1"]
    assert not camera_view("cam1", camera, state, NOW).is_old
    assert camera_view("cam1", camera, state, NOW + 5 * NANOSECONDS).is_old
    assert len(camera_view("cam1", camera, state, NOW + 5 * NANOSECONDS).figures) == 3
    assert camera_view("cam1", camera, state, NOW + 20 * NANOSECONDS).figures == ()


def test_pause_resume_and_what_happens_next():
    editor = Editor()
    run([(["p"], "cam1 is paused in")], editor=editor)
    run([(["p"], "cam1 goes on")], editor=editor, made=World(states={0: "paused"}))
    assert editor.said == [("cam1", False), ("cam1", True)]


def test_without_a_supervisor_nobody_takes_it_up():
    made = World()
    processes = made.processes()
    del processes["supervisor"]
    run(
        [(["p"], "nothing runs")],
        made=made,
        glimpse=made.glimpse(processes=processes),
        editor=Editor(),
    )


def test_remove_asks_first():
    editor = Editor()
    run(
        [(["x"], "Remove cam1 from gym.toml?"), (["n"], "!Remove cam1 from"), (["x", "y"], "is removed")],
        editor=editor,
    )
    assert editor.said == [("removed", "cam1")]


def test_refusals_are_said():
    run([(["p"], "gym.toml has problems")], editor=Editor("gym.toml has problems"))
    run([(["p"], "started without")])
    run([(["x"], "only looks")], editor=Editor(), read_only=True)
    run([(["e"], "only looks")], editor=Editor(), read_only=True)


def test_add_and_edit_open_the_form():
    run([(["a"], "› Add a camera")], editor=Editor())


def test_pictures_only_where_the_config_allows_them():
    _, feed = run([(["v"], "allows no pictures")])
    assert feed.watched == ""
    made = World()
    settings = made.settings
    cameras = (msgspec.structs.replace(settings.camera[0], preview=True), settings.camera[1])
    settings = msgspec.structs.replace(settings, camera=cameras)

    async def scene():
        app, feed = console(made)
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await pilot.pause()
            feed.show(made.glimpse(settings=settings))
            await pilot.press("5", "v")
            await until(pilot, "a picture comes in a moment")
            assert feed.watched == "cam1"
            rgb = bytes((200, 0, 0)) * (32 * 18)
            preview = Preview(sender="x", camera="cam1", captured_utc_ns=NOW, width=32, height=18, rgb=rgb)
            feed.show(made.glimpse(settings=settings, previews={preview.camera: preview}))
            await until(pilot, "▀" * 20)
            await pilot.press("v")
            await until(pilot, "▀" * 20, gone=True)
            assert feed.watched == ""
            await pilot.press("v", "right")
            await pilot.pause()
            assert feed.watched == ""
            await pilot.press("left", "v")
            await pilot.pause()
            assert feed.watched == "cam1"
            await pilot.press("escape")
            await pilot.pause()
            assert feed.watched == ""

    asyncio.run(scene())


def test_a_camera_that_is_gone_says_so():
    async def scene():
        made = World()
        app, feed = console(made)
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await pilot.press("5", "right")
            made.cameras = 1
            feed.show()
            await until(pilot, "not there any more")

    asyncio.run(scene())


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (250, 70)])
def test_it_fits_every_size(size):
    made = World(titles={0: "A name of 200 characters \x1b[31m💪" * 8}, states={1: "offline"})
    text, _ = run([([], "people")], size=size, made=made, history=Past())
    assert "\x1b" not in text
    assert all(len(line) <= size[0] for line in text.splitlines())


# The drawing ----------------------------------------------------------------------------------------------------------


def view_of(world, **changes):
    state = world.state()
    camera = state.cameras["cam1"]
    camera.settings = msgspec.structs.replace(camera.settings, **changes)
    return camera_view("cam1", camera, state, NOW)


def test_masks_are_shaded_and_zones_named_where_nobody_stands():
    half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    zone = Zone(name="Bench", polygon=((0.55, 0.1), (0.95, 0.1), (0.95, 0.9), (0.55, 0.9)))
    view = view_of(World(people=0), mask=(half,), zone=(zone,))
    drawing = drawn_view(view, 40, 15)
    assert "".join(chr(char) for char in drawing.chars[drawing.owners == LABEL]) == "Bench"
    shaded = drawing.owners == MASKED
    assert shaded[:, :19].mean() > 0.9
    assert shaded[:, 21:].sum() == 0
    in_ascii = drawn_view(view, 40, 15, in_ascii=True)
    assert "%%%" in in_ascii.lines()[5]
    assert all(line.isascii() for line in in_ascii.lines())


def test_people_stand_over_everything():
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    drawing = drawn_view(view_of(World(people=3, cameras=1), mask=(whole,)), 60, 20)
    assert (drawing.owners >= 0).sum() > 30


def test_wide_names_do_not_shift_the_line():
    zone = Zone(name="臥推架", polygon=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)))
    drawing = drawn_view(view_of(World(people=0), zone=(zone,)), 40, 15)
    assert (drawing.owners == LABEL).sum() == 0


# Texts ----------------------------------------------------------------------------------------------------------------


def test_history_joins_what_is_stored_and_what_was_seen():
    stored = [
        HistoryRow(NOW - 10 * MINUTE, "online", "", "", None),
        HistoryRow(NOW - 30 * MINUTE, "offline", "refused", "", None),
    ]
    seen = [
        StateChange(NOW - 20 * MINUTE, "offline", "refused"),
        StateChange(NOW - 9 * MINUTE, "online", ""),
        StateChange(NOW - 5 * MINUTE, "stalled", "stalled"),
    ]
    rows = history_rows(stored, seen)
    assert [(row.state, row.lasted_s) for row in rows] == [("stalled", None), ("online", 300.0), ("offline", 1200.0)]
    assert [row.state for row in history_rows([], seen)] == ["stalled", "online", "offline"]


def test_plots_of_one_line():
    assert spark([0, 1, 2, 4], 4) == "▁▃▅█"
    assert spark([0, 1, 2, 4], 2) == "▅█"
    assert spark([], 5) == spark([1], 0) == ""
    assert spark([0.0, 0.0], 5) == "▁▁"
    assert spark([0, 4], 4, in_ascii=True).isascii()
    line = spark_line("frames", "/s", [1.0, 12.0], 60)
    assert len(line) == 60
    assert line.endswith("12.0 /s  (1.0-12.0)")
    assert spark_line("frames", "/s", [], 40).split() == ["frames", "-"]
