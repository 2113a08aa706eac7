"""A terminal that draws nothing but ASCII."""

import asyncio

import pytest
from console_world import World, alert, console, until
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tui.ascii_only import AsciiOnly, ascii_of


def test_each_character_has_one_of_the_same_width():
    assert "".join(map(ascii_of, "a ● ‼ ╭─╮│ ▁█ é")) == "a * ! +-+| -# ?"
    assert ascii_of("臥") == "??"
    assert ascii_of("\u0301") == ""


def test_styles_and_ascii_stay():
    bold = Style(bold=True)
    segments = AsciiOnly().apply([Segment("plain", bold), Segment("▲ x", bold)], Color(0, 0, 0))
    assert segments == [Segment("plain", bold), Segment("^ x", bold)]


@pytest.mark.parametrize("keys", [["1"], ["2"], ["4"], ["5"]])
def test_no_screen_shows_anything_else(keys):
    async def scene():
        made = World(alerts=(alert(1, severity="critical"),), titles={0: "Ständer 臥"})
        app, _ = console(made, ascii=True)
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await pilot.pause()
            app.notify("saved ● here")
            await pilot.press(*keys)
            text = await until(pilot, "1 alert")
            assert text.isascii(), [char for char in text if not char.isascii()]

    asyncio.run(scene())
