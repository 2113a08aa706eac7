"""The screen of one person and of one set, driven by keys over a real database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from console_world import World, console, screen_text
from past_world import WrittenDown, is_told, past, sees, until
from textual.pilot import Pilot

from aggregator.queries import Past
from tui.app import ConsoleApp


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Past]:
    reader = past(tmp_path)
    yield reader
    reader.close()


def played(scene: Callable[[Pilot[int], ConsoleApp], Awaitable[None]], size: tuple[int, int], **ports: object) -> None:
    async def run() -> None:
        world = World()
        app, feed = console(world, **ports)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            app.world, app.test_feed = world, feed  # type: ignore[attr-defined]
            await pilot.press("6")
            await scene(pilot, app)

    asyncio.run(run())


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (250, 70)])
def test_person_is_shown_with_sets_and_progress(history: Past, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "Floor › ", "squat", "counted", "number", "visit")
        for _ in range(24):
            app.world.move()
            app.test_feed.show()
            await pilot.pause()
        text = screen_text(app)
        assert any("\u2801" <= char <= "\u28ff" for char in text), "skeleton and signal in braille"
        assert "●" in text
        if size[0] >= 110:
            await sees(pilot, "range of motion", "seconds a rep", "deeper", "too short")

    played(scene, size, history=history)


def test_plots_take_the_place_of_the_list_on_a_narrow_terminal(history: Past) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "squat")
        await pilot.press("v")
        await sees(pilot, "range of motion")
        await pilot.press("v", "f")
        await pilot.pause()
        assert "counted" not in screen_text(app)

    played(scene, (80, 30), history=history)


def test_a_set_opens_and_is_corrected_after_a_question(history: Past) -> None:
    staff = WrittenDown()

    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "squat", "Rack")
        await pilot.press("down", "enter")
        await sees(pilot, "set 1", "deeper", "94.0 deg", "not counted: 1 x too short")
        await pilot.press("c")
        await sees(pilot, "repetitions")
        await pilot.press("x", "enter")
        await sees(pilot, "whole number")
        await pilot.press("backspace", "7", "tab", *"Front squat", "enter")
        await sees(pilot, "Set 1 is 7 front squat, not 5 squat?")
        assert staff.said == []
        await pilot.press("y")
        await until(pilot, lambda: bool(staff.said))
        assert staff.said == [("correct", "cam1/e1/1/set/1", 7, "front_squat", "staff", "5 squat")]
        await pilot.press("u")
        await until(pilot, lambda: len(staff.said) == 2)
        assert staff.said[1][:4] == ("correct", "cam1/e1/1/set/1", None, None)
        await pilot.press("p")
        await sees(pilot, "› set 1 › ")

    played(scene, (100, 40), history=history, staff=staff)


def test_rename_merge_split_and_undo(history: Past) -> None:
    staff = WrittenDown()

    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "squat")
        await pilot.press("n")
        await sees(pilot, "member number")
        await pilot.press(*"Bo", "tab", *"77", "enter")
        await until(pilot, lambda: len(staff.said) == 1)
        assert staff.said[-1] == ("rename", "p0", "Bo", "77", "staff", "")
        await pilot.press("s")
        await sees(pilot, "Which of these", "cam2")
        await pilot.press("enter")
        await sees(pilot, "somebody else than", "1 sets")
        await pilot.press("y")
        await until(pilot, lambda: len(staff.said) == 2)
        assert staff.said[-1] == ("split", "cam2/e1/2", "staff")
        await pilot.press("u")
        await until(pilot, lambda: len(staff.said) == 3)
        assert staff.said[-1] == ("give", "cam2/e1/2", "p0", "staff")
        await pilot.press("m")
        await sees(pilot, "same person as", "#2")
        await pilot.press("enter")
        await sees(pilot, "one person?")
        await pilot.press("n")
        await pilot.press("m")
        await sees(pilot, "same person as", "#2")
        await pilot.press("enter")
        await sees(pilot, "one person?")
        await pilot.press("y")
        await until(pilot, lambda: len(staff.said) == 4)
        assert staff.said[-1][:3] == ("merge", "p0", "p1")
        await sees(pilot, "Floor › #2")
        await pilot.press("u")
        await until(pilot, lambda: len(staff.said) == 5)
        assert staff.said[-1][:3] == ("merge", "p0", "")
        await pilot.press("u", "u")
        await is_told(pilot, "nothing that could be taken back")

    played(scene, (100, 40), history=history, staff=staff)


def test_nothing_changes_where_only_looking_is_allowed(history: Past) -> None:
    staff = WrittenDown()

    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "squat")
        for key in "nmscu":
            await pilot.press(key)
            await is_told(pilot, "only looks")
            pilot.app.clear_notifications()
        assert staff.said == []

    played(scene, (100, 40), history=history, staff=staff, read_only=True)


def test_failure_of_redis_is_told_and_nothing_is_undone(history: Past) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "squat")
        await pilot.press("n", *"Bo", "enter")
        await is_told(pilot, "Redis is away")
        await pilot.press("u")
        await is_told(pilot, "nothing that could be taken back")

    played(scene, (100, 40), history=history, staff=WrittenDown(fails="Redis is away"))


def test_without_a_database_the_live_part_still_shows() -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "without a database", "seen", "counted")
        await pilot.press("s")
        await pilot.press("c")
        await is_told(pilot, "Choose a set first")

    played(scene, (100, 40))


def test_database_that_is_away_is_told(tmp_path: Path) -> None:
    from core.secrets import Address

    async def scene(pilot: Pilot[int], app: ConsoleApp) -> None:
        await sees(pilot, "cannot be opened", "counted")

    reader = Past(Address(f"sqlite:///{tmp_path}/none/gym.db"))
    played(scene, (140, 40), history=reader)
    reader.close()
