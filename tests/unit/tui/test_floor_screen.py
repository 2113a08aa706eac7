"""The floor on a terminal: every key of it, every size, and the bad states."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from console_pictures import same_picture
from console_world import NOW, StandStillFeed, World, alert, console, screen_text
from rich.cells import cell_len
from textual.filter import Monochrome
from textual.pilot import Pilot

from core.messages import Preview
from core.settings import Settings
from tui.app import ConsoleApp
from tui.memory import Memory
from tui.screens.camera import CameraScreen
from tui.screens.person import PersonScreen
from tui.widgets.camera_tile import CameraTile
from tui.widgets.row_table import RowTable

GOLDEN = Path(__file__).with_name("golden")
Act = Callable[[ConsoleApp, Pilot, StandStillFeed], Awaitable[None]]


def play(world: World, act: Act, size: tuple[int, int] = (100, 30), **options: object) -> None:
    """Run a console on a made-up floor and do something on it."""

    async def scene() -> None:
        app, feed = console(world, **options)
        async with app.run_test(size=size, notifications=True) as pilot:
            await settle(pilot)
            await act(app, pilot, feed)

    asyncio.run(scene())


async def settle(pilot: Pilot) -> None:
    """Until everything that was asked for is drawn, and the process has nothing more to do."""
    for _ in range(3):
        await pilot.pause(0.0)
    await pilot.pause()


async def show(pilot: Pilot, feed: StandStillFeed, seconds: float = 0.25) -> None:
    """Let time pass and the console see it."""
    feed.world.move(seconds)
    feed.show()
    await settle(pilot)


async def press(pilot: Pilot, *keys: str) -> str:
    """Press keys; gives what is on the screen then."""
    await pilot.press(*keys)
    await settle(pilot)
    return screen_text(pilot.app)  # type: ignore[arg-type]


async def until(pilot: Pilot, words: str, within_s: float = 5.0) -> str:
    """Wait until something is on the screen that comes a little later, such as a toast."""
    deadline = time.monotonic() + within_s
    while words not in (text := screen_text(pilot.app)):  # type: ignore[arg-type]
        assert time.monotonic() < deadline, text
        await pilot.pause(0.02)
    return text


def table_rows(text: str) -> list[str]:
    """Lines of the table below its header."""
    lines = text.splitlines()
    header = next(at for at, line in enumerate(lines) if "exercise" in line and "reps" in line)
    return [line for line in lines[header + 1 : -1] if line.strip()]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 45)])
def test_the_floor_looks_as_before(width, height):
    async def act(app, pilot, feed):
        for _ in range(6):
            await show(pilot, feed)
        same_picture(app, GOLDEN / f"floor-{width}x{height}.txt")

    world = World(cameras=4, people=9, nicknames={3: "Ada Lovelace"}, titles={0: "Racks"}, states={3: "offline"})
    play(world, act, (width, height))


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (159, 33), (160, 33), (250, 70)])
def test_every_size_shows_cameras_and_people_within_its_lines(size):
    async def act(app, pilot, feed):
        text = screen_text(app)
        assert "cam1" in text
        assert "#1" in text
        assert "person" in text
        assert len(text.splitlines()) == size[1]
        assert max(map(cell_len, text.splitlines())) <= size[0]

    play(World(cameras=8, people=24), act, size)


def test_resizing_while_it_runs():
    async def act(app, pilot, feed):
        for size in ((60, 15), (250, 70), (40, 10), (20, 3), (80, 24), (160, 45)):
            await pilot.resize_terminal(*size)
            await show(pilot, feed)
            text = screen_text(app)
            if size[0] < 60:
                assert "Floor" not in text
                assert size[1] < 5 or f"{size[0]}x{size[1]}" in text
            else:
                assert "cam1" in text
        assert len(app.screen_stack) == 1

    play(World(), act)


def test_live_data_moves_the_screen_and_ages_show_when_it_stops():
    async def act(app, pilot, feed):
        before = screen_text(app)
        await show(pilot, feed, 1.0)
        assert screen_text(app) != before
        frozen = feed.world.live_cameras()
        feed.world.move(5.0)
        feed.show(feed.world.glimpse(cameras=frozen))
        await settle(pilot)
        assert "5.1 s old" in screen_text(app)
        feed.world.move(7.0)
        feed.show(feed.world.glimpse(cameras=frozen))
        await settle(pilot)
        assert "12 s old" in screen_text(app)
        assert "! cam1, cam2" in screen_text(app)

    play(World(), act)


def test_keys_of_the_table():
    async def act(app, pilot, feed):
        assert table_rows(screen_text(app))[0].startswith(">#1")
        assert table_rows(await press(pilot, "down", "j"))[2].startswith(">#3")
        assert table_rows(await press(pilot, "up", "k", "k"))[0].startswith(">#1")
        assert any(line.startswith(">#30 ") for line in table_rows(await press(pilot, "end")))
        assert table_rows(await press(pilot, "home"))[0].startswith(">#1 ")
        assert not table_rows(await press(pilot, "pagedown", "pagedown"))[0].startswith("#1 ")
        await press(pilot, "pageup", "pageup", "pageup")
        await press(pilot, "enter")
        assert isinstance(app.screen, PersonScreen)
        assert app.screen.person == "p0"

    play(World(people=30), act, (100, 24))


def test_the_cursor_stays_on_the_person_when_the_order_changes():
    async def act(app, pilot, feed):
        await press(pilot, "down", "down", "s", "s", "s", "S")
        line = next(line for line in table_rows(screen_text(app)) if line.startswith(">"))
        assert line.startswith(">#3")
        feed.world.people = 2
        await show(pilot, feed)
        assert any(line.startswith(">") for line in table_rows(screen_text(app)))

    play(World(people=6), act)


def test_sort_reverse_group_problems_view():
    async def act(app, pilot, feed):
        memory = app.desk.memory
        seen = set()
        for _ in range(8):
            assert "by " in await press(pilot, "s")
            seen.add(memory.sort)
        assert len(seen) == 8
        text = await press(pilot, "S")
        assert "person▼" in text
        assert table_rows(text)[-1].lstrip("> ").startswith("#1 ")
        assert "Zone 1 (" in await press(pilot, "g")
        assert "cam1 (" in await press(pilot, "g")
        assert "squat (" in await press(pilot, "g")
        assert "in groups" not in await press(pilot, "g")
        text = await press(pilot, "p")
        assert "problems only" in text
        assert len(table_rows(text)) == 1
        assert "╭─ cam2" in text
        assert "╭─ cam1" not in text
        await press(pilot, "p")
        text = await press(pilot, "v")
        assert "exercise" not in text
        text = await press(pilot, "v")
        assert "╭─" not in text
        assert "exercise" in text
        assert "╭─" in await press(pilot, "v")

    play(World(people=5, states={1: "offline"}), act)


def test_filter():
    async def act(app, pilot, feed):
        text = await press(pilot, "slash", *"squat")
        assert "filter: squat" in text
        assert [line.split()[0].strip(">") for line in table_rows(text)[:2]] == ["#1", "#7"]
        text = await press(pilot, "enter", "down", "enter")
        assert isinstance(app.screen, PersonScreen)
        assert app.screen.person == "p6"
        await press(pilot, "escape")
        assert "filter: squat" in screen_text(app)
        assert "filter" not in (await press(pilot, "escape")).splitlines()[1]
        assert "Nobody fits the filter" in await press(pilot, "slash", *"zzz")
        text = await press(pilot, "escape")
        assert "Nobody fits" not in text

    play(World(people=8), act)


def test_no_problems_are_told_with_the_key_that_shows_all():
    async def act(app, pilot, feed):
        floor = feed.world.floor()
        calm = msgspec.structs.replace(floor, people=tuple(each for each in floor.people if not each.cue))
        feed.show(feed.world.glimpse(floor=calm))
        await settle(pilot)
        assert "Nobody here needs anybody: p shows all" in await press(pilot, "p")

    play(World(people=3), act)


def test_tiles_by_keyboard():
    async def act(app, pilot, feed):
        text = await press(pilot, "shift+tab")
        assert "┏" in text
        await press(pilot, "v")
        assert app.focused is not None
        await press(pilot, "right", "down")
        assert isinstance(app.focused, CameraTile)
        assert app.focused.camera == "cam4"
        await press(pilot, "left", "up")
        assert app.focused.camera == "cam1"
        await press(pilot, "right", "enter")
        assert isinstance(app.screen, CameraScreen)
        assert app.desk.camera == "cam2"
        await press(pilot, "escape", "v", "v", "c")
        assert isinstance(app.screen, CameraScreen)
        assert app.desk.camera == "cam1"

    play(World(cameras=4), act)


def test_by_mouse():
    async def act(app, pilot, feed):
        await pilot.click(RowTable, offset=(5, 3))
        await settle(pilot)
        assert table_rows(screen_text(app))[2].startswith(">#3")
        await pilot.click(RowTable, offset=(28, 0))
        await settle(pilot)
        assert app.desk.memory.sort == "exercise"
        await pilot.click(RowTable, offset=(28, 0))
        await settle(pilot)
        assert app.desk.memory.descending
        await pilot.click(RowTable, offset=(5, 1), times=2)
        await settle(pilot)
        assert isinstance(app.screen, PersonScreen)
        await press(pilot, "escape")
        await pilot.click(CameraTile, times=2)
        await settle(pilot)
        assert isinstance(app.screen, CameraScreen)

    play(World(people=6), act)


def test_no_camera_is_a_friendly_first_run_that_ends_by_itself():
    async def act(app, pilot, feed):
        assert "No camera is configured yet" in screen_text(app)
        assert "spotter camera add" in screen_text(app)
        feed.world.cameras = 1
        await show(pilot, feed)
        assert "No camera is configured" not in screen_text(app)
        assert "cam1" in screen_text(app)

    play(World(cameras=0, people=0), act)


def test_no_camera_can_be_added_by_a_console_that_only_looks():
    async def act(app, pilot, feed):
        await press(pilot, "a")
        text = await until(pilot, "only looks")
        assert "read-only" in text.splitlines()[0]

    play(World(), act, read_only=True)


def test_redis_away_at_the_start_and_later():
    async def act(app, pilot, feed):
        text = screen_text(app)
        assert "Waiting for the gym" in text
        assert "Redis at x cannot be reached" in text
        feed.world.trouble = ""
        await show(pilot, feed)
        assert "Waiting" not in screen_text(app)
        heard = feed.world.now_utc_ns
        feed.world.move(42.0)
        feed.show(feed.world.glimpse(trouble="Redis at x cannot be reached: start it", heard_utc_ns=heard))
        await settle(pilot)
        text = screen_text(app)
        assert "Redis does not answer, what is shown is 42 s old" in " ".join(text.split())
        await show(pilot, feed)
        assert "Redis does not answer" not in screen_text(app)

    world = World(trouble="Redis at x cannot be reached: start it")

    async def first(app, pilot, feed):
        feed.show(feed.world.glimpse(heard_utc_ns=0, cameras={}, floor=None, processes={}))
        await settle(pilot)
        await act(app, pilot, feed)

    play(world, first)


def test_a_broken_gym_toml_and_an_aggregator_that_is_away_are_told():
    async def act(app, pilot, feed):
        processes = feed.world.processes()
        del processes["aggregator"]
        feed.show(feed.world.glimpse(config_problem="gym.toml:3 camera[0].fsp: no such option", processes=processes))
        await settle(pilot)
        text = " ".join(screen_text(app).split())
        assert "gym.toml is broken, the one before is in force: gym.toml:3" in text
        assert "No aggregator answers" in text

    play(World(), act, (140, 30))


def test_before_the_aggregator_has_written_a_floor():
    async def act(app, pilot, feed):
        feed.show(feed.world.glimpse(floor=None))
        await settle(pilot)
        assert "No list of people yet" in screen_text(app)
        feed.world.people = 0
        await show(pilot, feed)
        assert "Nobody is on the floor" in screen_text(app)

    play(World(), act)


def test_two_hundred_people_and_a_name_of_two_hundred_characters():
    name = "\x1b[31m\x07" + "😀👩‍👩‍👧" * 40 + "\u202e[red]\n" + "x" * 60

    async def act(app, pilot, feed):
        text = screen_text(app)
        assert "200 people" in text
        assert "\x1b" not in text
        assert "\x07" not in text
        assert all(cell_len(line) <= 100 for line in text.splitlines())
        assert any("😀" in line and "Zone" in line for line in table_rows(text))
        text = await press(pilot, "end")
        assert ">#200" in text
        for _ in range(3):
            await show(pilot, feed)
        assert ">#200" in screen_text(app)

    play(World(cameras=3, people=200, nicknames={1: name}, titles={0: name, 1: "[bold]Bar"}), act)


def test_ascii_draws_nothing_else():
    async def act(app, pilot, feed):
        await show(pilot, feed)
        text = screen_text(app)
        lines = [line for line in text.splitlines()[:-1] if not line.startswith(" Floor")]
        assert "\n".join(lines).isascii(), text
        assert "o" in text
        assert "|" in text

    world = World(people=7, states={1: "offline"}, alerts=(alert(subject="Person 2"),))
    play(world, act, ascii=True)


def test_without_colours_everything_is_told(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(app, pilot, feed):
        text = screen_text(app)
        for sign in ("✖ offline", "● online", "▲ Go deeper", "+1?", ">#1", "! cam2"):
            assert sign in text
        assert any(isinstance(each, Monochrome) for each in app._filters)
        for key in "123456":
            await press(pilot, key)

    play(World(people=3, states={1: "offline"}), act)


def test_the_saved_view_comes_back(tmp_path):
    from tui import memory
    from tui.ports import Ports

    file = tmp_path / "console.json"

    async def scene() -> None:
        world = World()
        app = ConsoleApp(Ports(feed=StandStillFeed(world), clock=world.clock), memory.load(file), file)
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await settle(pilot)
            await press(pilot, "s", "g", "ctrl+t", "ctrl+s")
            await until(pilot, "The view is saved")
        again = ConsoleApp(Ports(feed=StandStillFeed(world), clock=world.clock), memory.load(file), file)
        async with again.run_test(size=(100, 30), notifications=True) as pilot:
            await settle(pilot)
            assert again.theme == "spotter-light"
            assert "by place · in groups of one zone" in screen_text(again)

    asyncio.run(scene())


def test_a_saved_theme_that_is_gone_is_no_reason_not_to_start():
    play(World(), lambda app, pilot, feed: asyncio.sleep(0), memory=Memory(theme="no such theme"))


# Pictures -------------------------------------------------------------------------------------------------------------


def allowed(world: World, *names: str) -> Settings:
    """Pictures of these cameras alone."""
    settings = world.settings
    cameras = tuple(msgspec.structs.replace(each, preview=each.id in names) for each in settings.camera)
    return msgspec.structs.replace(settings, camera=cameras)


def previews(world: World) -> dict[str, Preview]:
    """A picture of every camera, whether or not it may be shown."""
    rgb = bytes((200, 0, 0)) * (32 * 18) + bytes((0, 0, 200)) * (32 * 6)
    names = [world.camera_id(place) for place in range(world.cameras)]
    return {n: Preview(sender="i", camera=n, captured_utc_ns=NOW, width=32, height=24, rgb=rgb) for n in names}


def test_pictures_only_of_cameras_that_allow_them_and_only_while_they_are_asked_for():
    async def act(app: ConsoleApp, pilot: Pilot, feed: StandStillFeed) -> None:
        world = feed.world
        await press(pilot, "i")
        await until(pilot, "allows pictures of no camera")
        assert feed.watched == ""
        glimpse = world.glimpse(settings=allowed(world, "cam2"), previews=previews(world))
        feed.show(glimpse)
        await settle(pilot)
        assert "▀" not in screen_text(app)
        text = await press(pilot, "i")
        assert feed.watched == "cam2"
        assert "pictures of 1 (i)" in text
        shown = {tile.camera: any("▀" in strip.text for strip in tile._lines) for tile in app.screen.query(CameraTile)}
        assert shown == {"cam1": False, "cam2": True, "cam3": False}
        await press(pilot, "2")
        assert feed.watched == ""
        feed.show(glimpse)
        await press(pilot, "1")
        assert feed.watched == "cam2"
        assert "▀" in screen_text(app)
        await press(pilot, "down", "c")
        assert isinstance(app.screen, CameraScreen)
        assert feed.watched == ""
        await press(pilot, "escape")
        feed.show(glimpse)
        await settle(pilot)
        assert feed.watched == "cam2"
        feed.show(world.glimpse(settings=allowed(world), previews=previews(world)))
        await settle(pilot)
        assert feed.watched == ""
        assert "▀" not in screen_text(app)
        feed.show(glimpse)
        await press(pilot, "v", "v")
        assert feed.watched == "", "nobody sees the tiles"
        await press(pilot, "v", "i")
        assert feed.watched == ""
        assert "▀" not in screen_text(app)

    play(World(cameras=3), act, size=(120, 40))


def test_an_old_picture_is_not_shown_and_without_colours_there_are_shades(monkeypatch):
    async def act(app: ConsoleApp, pilot: Pilot, feed: StandStillFeed) -> None:
        world = feed.world
        feed.show(world.glimpse(settings=allowed(world, "cam1"), previews=previews(world)))
        text = await press(pilot, "i")
        assert "▀" not in text
        assert "---" in text or ":::" in text or "..." in text
        glimpse = world.glimpse(settings=allowed(world, "cam1"), previews=previews(world))
        world.move(5.0)
        feed.show(glimpse)
        await settle(pilot)
        tile = app.screen.query(CameraTile).first()
        assert tile._view.picture is None

    monkeypatch.setenv("NO_COLOR", "1")
    play(World(cameras=1, people=0), act)
