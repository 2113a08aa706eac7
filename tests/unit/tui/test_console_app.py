"""The console as a whole, driven by keys on a made-up floor."""

import asyncio

import pytest
from console_world import World, console, screen_text


def test_digits_open_the_screens_and_escape_comes_back() -> None:
    async def scene() -> None:
        app, _ = console(World())
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            seen = []
            for key in "1234":
                await pilot.press(key)
                await pilot.pause()
                seen.append(screen_text(app).splitlines()[0].split()[0])
            assert seen == ["Floor", "Alerts", "History", "Health"]

    asyncio.run(scene())


@pytest.mark.parametrize(("key", "crumbs"), [("5", "Floor › cam1"), ("6", "Floor › #1")])
def test_a_screen_over_another_says_so_and_escape_leaves_it(key: str, crumbs: str) -> None:
    async def scene() -> None:
        app, _ = console(World())
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            await pilot.press(key)
            await pilot.pause()
            assert crumbs in screen_text(app).splitlines()[0]
            await pilot.press("escape")
            await pilot.pause()
            assert crumbs not in screen_text(app).splitlines()[0]

    asyncio.run(scene())


def test_help_names_the_keys_that_work() -> None:
    async def scene() -> None:
        app, _ = console(World())
        async with app.run_test(size=(100, 40)) as pilot:
            await pilot.press("question_mark")
            await pilot.pause()
            text = screen_text(app)
            assert "Keys that work here" in text
            assert "Alerts" in text
            assert "Leave" in text

    asyncio.run(scene())


def test_themes_go_round_and_stay_readable() -> None:
    async def scene() -> None:
        app, feed = console(World())
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            seen = []
            for _ in range(3):
                await pilot.press("ctrl+t")
                feed.world.move()
                feed.show()
                await pilot.pause()
                seen.append(app.theme)
                assert "#1" in screen_text(app)
            assert sorted(seen) == ["spotter-contrast", "spotter-dark", "spotter-light"]
            assert app.desk.memory.theme == app.theme

    asyncio.run(scene())


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_leaving(key: str) -> None:
    async def scene() -> None:
        app, feed = console(World())
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.press(key)
            await pilot.pause()
        assert app.return_value == 0
        assert feed.stopped

    asyncio.run(scene())


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving_the_console_of_a_running_gym_is_asked(key: str) -> None:
    async def scene() -> None:
        app, _ = console(World(), stops_gym=True)
        async with app.run_test(size=(100, 30)) as pilot:
            for no in ("n", "escape", "q"):
                await pilot.press(key)
                await pilot.pause()
                assert "stop the gym?" in screen_text(app)
                await pilot.press(no)
                await pilot.pause()
                assert "stop the gym?" not in screen_text(app)
            await pilot.press(key, "1")
            await pilot.pause()
            assert "stop the gym?" in screen_text(app)
            await pilot.press("y")
            await pilot.pause()
        assert app.return_value == 0

    asyncio.run(scene())


def test_the_palette_offers_screens_manners_and_the_keys_of_the_screen() -> None:
    app, _ = console(World())

    async def scene() -> None:
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            offered = {command.title: command.callback for command in app.get_system_commands(app.screen)}
            assert {"Floor", "Alerts", "History", "Health", "12 or 24 hours", "Filter", "Sort", "Leave"} <= set(offered)
            offered["12 or 24 hours"]()
            await pilot.pause()
            assert "5:05:00 pm" in screen_text(app)
            offered["Health"]()
            await pilot.pause()
            assert app.current_mode == "health"
            await pilot.press("1", "ctrl+p", *"sort", "enter")
            for _ in range(20):
                await pilot.pause(0.02)
            assert app.desk.memory.sort == "place"

    asyncio.run(scene())


def test_a_small_terminal_can_still_be_left() -> None:
    async def scene() -> None:
        app, _ = console(World())
        async with app.run_test(size=(30, 6)) as pilot:
            await pilot.pause()
            assert "This terminal is 30x6" in screen_text(app)
            await pilot.press("1", "question_mark", "5", "q")
            await pilot.pause()
        assert app.return_value == 0

    asyncio.run(scene())


def test_bursts_of_glimpses_are_one() -> None:
    async def scene() -> None:
        app, feed = console(World())
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            before = app.desk.state.glimpses
            for _ in range(200):
                feed.world.move(0.001)
                feed.show()
            await pilot.pause()
            assert app.desk.state.glimpses - before <= 3
            assert app.desk.state.floor == feed.world.floor()

    asyncio.run(scene())


def test_last_camera_and_person_are_remembered() -> None:
    async def scene() -> None:
        app, _ = console(World(cameras=3))
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            await pilot.press("down", "down", "enter")
            await pilot.pause()
            await pilot.press("escape", "2", "6")
            await pilot.pause()
            assert screen_text(app).splitlines()[0].split("  ")[0].strip() == "Alerts › #3"

    asyncio.run(scene())
