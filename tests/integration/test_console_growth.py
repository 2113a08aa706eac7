"""A console is left running for weeks: what it holds must not grow with what it showed, nor with the keys pressed."""

import asyncio
import gc
import time
import weakref
from collections import Counter

from console_world import World, console, until
from textual.screen import Screen
from textual.widget import Widget

from tui import letting_go
from tui.app import MOST_LOOKS
from tui.memory import Memory

ROUNDS = 4
"""A leak of one object each time shows as so many; chance shows as fewer."""


def held(kinds=(Screen, Widget)):
    """How many live objects of these kinds there are, by the name of their type."""
    letting_go.let_go()
    gc.collect()
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))


async def press(pilot, made, feed, keys):
    await pilot.press(*keys)
    made.move()
    feed.show()
    await pilot.pause()


def grown_by(keys):
    """Widgets and screens that are more after these keys were pressed many times than after a few."""

    async def steps():
        made = World(cameras=3, people=6)
        app, feed = console(made, Memory())
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, "cam3")
            for _ in range(2):
                await press(pilot, made, feed, keys)
            before = held()
            for _ in range(ROUNDS):
                await press(pilot, made, feed, keys)
            return await left_over(pilot, lambda: {n: c for n, c in (held() - before).items() if c >= ROUNDS})

    return asyncio.run(steps())


async def left_over(pilot, look, within_s=10.0):
    """What is still there when whatever was on its way out had time to go."""
    deadline_s = time.monotonic() + within_s
    while (left := look()) and time.monotonic() < deadline_s:
        await pilot.pause(0.05)
    return left


def test_going_through_the_screens_leaves_nothing_behind():
    assert grown_by(["2", "3", "4", "1"]) == {}


def test_the_keyboard_going_elsewhere_leaves_nothing_behind():
    assert grown_by(["v", "slash", "escape"]) == {}


def test_opening_and_closing_leaves_nothing_behind():
    assert grown_by(["5", "escape", "6", "escape"]) == {}


def test_going_from_camera_to_person_and_back_without_escape_leaves_nothing_behind():
    assert grown_by(["5", "6"]) == {}


def test_screens_over_each_other_are_few_however_many_cameras_somebody_visits():
    async def steps():
        made = World(cameras=MOST_LOOKS + 2, people=2)
        app, feed = console(made, Memory())
        deepest = 0
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, "cam3")
            for place in range(MOST_LOOKS + 2):
                app.desk.camera = made.camera_id(place)
                await press(pilot, made, feed, ["5"])
                deepest = max(deepest, len(app.screen_stack))
            await pilot.press(*["escape"] * MOST_LOOKS)
            return deepest, [type(each).__name__ for each in app.screen_stack]

    deepest, left = asyncio.run(steps())
    assert deepest <= MOST_LOOKS + 1
    assert left == ["FloorScreen"]


def test_esc_leads_back_the_way_one_came():
    async def steps():
        made = World(cameras=3, people=2)
        app, feed = console(made, Memory())
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, "cam3")
            await press(pilot, made, feed, ["5", "6", "5"])
            after_5 = [screen.crumb() for screen in app.screen_stack]
            await press(pilot, made, feed, ["6", "escape"])
            return after_5, [screen.crumb() for screen in app.screen_stack]

    after_5, after_escape = asyncio.run(steps())
    assert after_5 == ["Floor", "cam1"]
    assert after_escape == ["Floor", "cam1"]


def test_a_closed_screen_is_gone_with_all_that_it_drew():
    async def steps():
        made = World(cameras=2, people=4)
        app, feed = console(made, Memory())
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, "cam2")
            await press(pilot, made, feed, ["5"])
            drawn = [weakref.ref(each._styles_cache) for each in app.screen.walk_children(Widget)]
            # Another one after it: the task that read last from the database knows the screen that asked.
            await press(pilot, made, feed, ["escape", "5", "escape"])
            assert len(drawn) > 5

            def alive():
                held()
                return sum(each() is not None for each in drawn)

            return await left_over(pilot, alive)

    assert asyncio.run(steps()) == 0


def test_what_is_known_of_the_floor_does_not_grow_with_the_hours():
    made = World(cameras=4, people=12)
    state = made.state()

    def look_on(seconds):
        for _ in range(seconds):
            made.move(1.0)
            state.take(made.glimpse(), made.now_utc_ns)
        gc.collect()
        return len(gc.get_objects())

    look_on(320)
    before = look_on(10)
    assert look_on(300) - before < 100


def test_the_digit_of_the_screen_that_is_open_leads_back_to_it():
    async def steps():
        made = World(cameras=3, people=2)
        app, feed = console(made, Memory())
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, "cam3")
            await press(pilot, made, feed, ["5", "6", "1"])
            return [screen.crumb() for screen in app.screen_stack]

    assert asyncio.run(steps()) == ["Floor"]
