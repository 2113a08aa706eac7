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
