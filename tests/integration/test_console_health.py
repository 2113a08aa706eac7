"""The screen of health, driven by keys."""

import asyncio

import pytest
from console_world import NOW, World, console, screen_text, until

from core.clock import NANOSECONDS
from core.messages import DeadLetter
from core.store import Backlog
from tui.ports import Server


def run(made, keys_and_words, size=(120, 40), **glimpse):
    async def scene():
        app, feed = console(made)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            feed.show(made.glimpse(**glimpse))
            await pilot.press("4")
            for keys, words in keys_and_words:
                await pilot.press(*keys)
                await until(pilot, words)
            return screen_text(app)

    return asyncio.run(scene())


def test_a_gym_that_works_has_no_red_line():
    text = run(World(), [([], "Nothing is wrong with the machines")])
    for words in (
        "worker:1 #1",
        "80 ms",
        "leads, 2 events/s",
        "120 MB",
        "0 unread, 0 in work",
        "No event was put aside",
    ):
        assert words in text


def test_what_is_wrong_says_what_it_means_and_what_to_do_and_leads_there():
    text = run(World(states={1: "offline"}), [([], "cam2: unreachable: no route to the camera")])
    assert "means: there is no way to it" in text
    assert "do:    check address and network" in text
    run(World(states={1: "offline"}), [(["enter"], "Health › cam2")])


def test_tab_goes_from_table_to_table_and_enter_opens_a_camera():
    run(World(), [(["tab", "down", "enter"], "Health › cam2")])


def test_what_lies_below_is_scrolled_to():
    letter = DeadLetter(
        sender="aggregator", entry="17-0", error="no such\x1b thing", deliveries=3, at_utc_ns=NOW, payload=b""
    )
    server = Server({f"fact {n}": "x" for n in range(20)}, Backlog(1, 0, 0), {}, (letter,))
    text = run(World(cameras=8), [(["tab", "tab", "tab", "tab", "down"], "no such")], size=(80, 24), server=server)
    assert "\x1b" not in text


def test_lost_redis_is_a_line():
    run(World(), [([], "Redis is away for 0 s: Redis is gone")], trouble="Redis is gone")


def test_rates_appear_with_the_second_heartbeat():
    async def scene():
        made = World()
        app, feed = console(made)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await pilot.press("4")
            await until(pilot, "80 ms")
            assert " - " in screen_text(app)
            made.move(1.0)
            feed.show()
            await until(pilot, "0.0    0.0")

    asyncio.run(scene())


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (250, 70)])
def test_it_fits_every_size(size):
    made = World(cameras=8, people=24, states=dict.fromkeys(range(8), "offline"), now_utc_ns=NOW + NANOSECONDS)
    text = run(made, [([], "unreachable")], size=size)
    assert all(len(line) <= size[0] for line in text.splitlines())
