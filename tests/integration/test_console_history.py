"""The screens of the past: lists, filters, SQL, export, replay; driven by keys over a real database."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from console_world import World, console, screen_text
from past_world import is_told, past, sees
from textual.pilot import Pilot
from textual.widgets import Input

from aggregator.queries import Past
from core.secrets import Address
from tui.app import ConsoleApp
from tui.memory import Memory, load


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Past]:
    reader = past(tmp_path)
    yield reader
    reader.close()


Scene = Callable[[Pilot[int], ConsoleApp, World], Awaitable[None]]


def played(scene: Scene, size: tuple[int, int] = (110, 36), **ports: object) -> None:
    async def run() -> None:
        world = World()
        app, _ = console(world, **ports)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.press("3")
            await scene(pilot, app, world)

    asyncio.run(run())


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (250, 70)])
def test_every_list_has_rows_and_fits(history: Past, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        for words in (
            ("visits", "Wed 2026-07-01", "1 visits, 9 reps", "#1"),
            ("sets", "2 sets, 9 reps", "squat"),
            ("people", "1 people", "#1"),
            ("alerts", "1 alerts", "camera offline"),
            ("what staff did", "0 rows"),
            ("people by hour", "Rack", "Mats", "most: 6.0"),
        ):
            await sees(pilot, *words)
            await pilot.press("v")
        await sees(pilot, "1 visits")
        await pilot.press("V")
        await sees(pilot, "people by hour")

    played(scene, size, history=history)


def test_days_and_filters(history: Past) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        await sees(pilot, "1 visits, 9 reps")
        await pilot.press("left")
        await sees(pilot, "Tue 2026-06-30", "1 visits, 5 reps", "#2")
        await pilot.press("left")
        await sees(pilot, "0 visits", "Nothing is stored that fits")
        await pilot.press("d")
        await sees(pilot, "all days", "2 visits, 14 reps")
        await pilot.press("z")
        await sees(pilot, "Only this zone", "Rack")
        await pilot.press("down", "down", "enter")
        await sees(pilot, "zone: Rack", "2 visits, 10 reps")
        await pilot.press("p")
        await sees(pilot, "Only this person", "#2")
        await pilot.press("down", "enter")
        await sees(pilot, "who: #1", "1 visits, 5 reps")
        await pilot.press("e")
        await sees(pilot, "Only this exercise")
        await pilot.press("down", "enter")
        await sees(pilot, "exercise: squat")
        await pilot.press("backspace")
        await sees(pilot, "who: all", "2 visits, 14 reps")
        await pilot.press("c")
        await sees(pilot, "Only this camera", "cam2")
        await pilot.press("escape")
        await pilot.press("d", "right")
        await sees(pilot, "2026-07-02")

    played(scene, history=history)


def test_visit_to_sets_to_repetitions_and_back(history: Past) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        await sees(pilot, "1 visits")
        await pilot.press("d")
        await sees(pilot, "2 visits")
        await pilot.press("down", "enter")
        await sees(pilot, "visit of #2", "2 sets, 5 reps")
        await pilot.press("enter")
        await sees(pilot, "› set 1", "range of motion", "deeper")
        await pilot.press("escape", "escape")
        await sees(pilot, "2 visits, 14 reps")
        await pilot.press("v", "v")
        await sees(pilot, "2 people")
        await pilot.press("down", "enter")
        await sees(pilot, "History › people › ", "not on the floor now", "last seen")

    played(scene, history=history)


def test_export_writes_what_is_shown(history: Past, tmp_path: Path) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        await sees(pilot, "1 visits")
        await pilot.press("v")
        await sees(pilot, "2 sets, 9 reps")
        for name in ("sets.csv", "sets.json", "sets.csv", "sets.txt", "no/such/folder.csv"):
            await pilot.press("x")
            await sees(pilot, "Export 2 rows")
            app.screen.query_one(Input).value = str(tmp_path / name)
            await pilot.press("enter")
        await is_told(pilot, "is there already")
        await is_told(pilot, "ends in .csv or .json")
        await is_told(pilot, "cannot be written")

    played(scene, history=history)
    rows = list(csv.DictReader((tmp_path / "sets.csv").read_text("utf-8").splitlines()))
    assert [(row["reps"], row["camera"]) for row in rows] == [("4", "cam2"), ("5", "cam1")]
    records = json.loads((tmp_path / "sets.json").read_text("utf-8"))
    assert [record["reps"] for record in records] == [4, 5]
    assert records[0]["started_at"].endswith("+00:00")
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["sets.csv"]
    assert not list(tmp_path.glob(".sets*"))


def test_statements_are_answered_remembered_and_only_read(history: Past, tmp_path: Path) -> None:
    file = tmp_path / "state" / "console.json"

    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        app._memory_file = file
        await pilot.press("s")
        await sees(pilot, "History › visits › SQL", "SELECT")
        box = app.screen.query_one(Input)
        for statement, words in (
            ("SELECT exercise, sum(reps) AS done FROM sets GROUP BY 1", ("done", "squat", "14", "1 row")),
            ("DELETE FROM sets", ("only reading",)),
            ("SELECT 1; SELECT 2", ("one statement",)),
            ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n", ("first 1000 rows",)),
        ):
            box.value = statement
            await pilot.press("enter")
            await sees(pilot, *words)
        await pilot.press("up", "up", "up")
        assert box.value == "DELETE FROM sets"
        await pilot.press("down", "down", "down")
        assert box.value == ""
        await pilot.press("tab", "down", "tab")
        await pilot.press("ctrl+o")
        await sees(pilot, "Export 1000 rows")
        await pilot.press("escape", "escape")
        await sees(pilot, "1 visits")

    played(scene, history=history)
    assert load(file).sql[0] == "SELECT exercise, sum(reps) AS done FROM sets GROUP BY 1"
    assert len(load(file).sql) == 4
    assert load(file).theme == Memory().theme


def test_replay_steps_plays_and_changes_speed(history: Past) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        await sees(pilot, "1 visits")
        await pilot.press("r")
        await sees(pilot, "replay of #1", "stands, speed 1x", "between sets: 0 of 2")
        await pilot.press("right", "right")
        await sees(pilot, "set 1 of 2: squat, 0 of 5 reps")
        await pilot.press("right")
        await sees(pilot, "1 of 5 reps")
        await pilot.press("right_square_bracket")
        await sees(pilot, "set 2 of 2")
        await pilot.press("left_square_bracket", "plus", "plus", "space")
        await sees(pilot, "plays, speed 5x")
        for _ in range(8):
            world.move(0.5)
            await pilot.pause(0.3)
        await sees(pilot, "1 of 2 are over", "●")
        await pilot.press("space", "minus")
        await sees(pilot, "stands, speed 2x")
        await pilot.press("escape")
        await sees(pilot, "1 visits")

    played(scene, history=history)


def test_without_a_database_every_key_is_answered() -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        await sees(pilot, "without a database")
        await pilot.press("v", "e", "escape", "p", "escape", "r")
        await is_told(pilot, "Choose a visit first")
        await pilot.press("s", *"SELECT 1", "enter")
        await sees(pilot, "without a database")

    played(scene)


def test_database_that_comes_back_is_read_again(tmp_path: Path) -> None:
    reader = Past(Address(f"sqlite:///{tmp_path}/gym.db"))

    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        await sees(pilot, "opened;")  # one word: the sentence is as long as the path, and wraps somewhere
        past(tmp_path).close()
        world.move(60)
        await sees(pilot, "1 visits")
        assert "opened;" not in screen_text(app)

    played(scene, history=reader)
    reader.close()


def test_today_goes_on_at_midnight_and_another_day_stays(history: Past) -> None:
    async def scene(pilot: Pilot[int], app: ConsoleApp, world: World) -> None:
        await sees(pilot, "Wed 2026-07-01", "1 visits")
        world.move(8 * 3600)
        await sees(pilot, "Thu 2026-07-02", "0 visits")
        await pilot.press("left")
        world.move(24 * 3600)
        await pilot.pause(1.2)
        assert "Wed 2026-07-01" in screen_text(app)

    played(scene, history=history)
