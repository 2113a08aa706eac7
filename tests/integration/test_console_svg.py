"""The main screens as SVG, with a clock that stands still.

``SPOTTER_NEW_PICTURES=1 python -m pytest tests/integration/test_console_svg.py`` draws them anew.
"""

import asyncio
from collections.abc import Iterator

import pytest
from console_svg import SNAPSHOTS, same_svg, svg_of
from console_world import World, alert, console, until
from past_world import past

from aggregator.queries import Past

SIZES = [(80, 24), (160, 45)]
SCREENS = {
    "floor": ([], "by person"),
    "person": (["enter"], "17:00"),
    "camera": (["5"], "ms to the result"),
    "alerts": (["2"], "lies still"),
    "history": (["3"], "1 visits"),
    "health": (["4"], "worker:1"),
}
"""Keys that lead there, and words that are there when it is drawn."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    reader = past(tmp_path_factory.mktemp("past"))
    yield reader
    reader.close()


def world() -> World:
    """Four cameras, one of them away, and two alerts."""
    alerts = (
        alert(1, alert="person down", severity="critical", subject="Person 3", text="Person 3 lies still at Zone 1."),
        alert(2, subject="cam4", text="Camera cam4 gives no pictures: no route to the camera."),
    )
    return World(cameras=4, people=9, titles={0: "Racks"}, states={3: "offline"}, nicknames={1: "Ada"}, alerts=alerts)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_looks_as_in_its_picture(history: Past, name: str, width: int, height: int) -> None:
    keys, words = SCREENS[name]

    async def scene() -> None:
        made = world()
        app, feed = console(made, history=history)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            for _ in range(4):
                made.move(1.0)
                feed.show()
                await pilot.pause()
            await until(pilot, words)
            await pilot.pause(0.3)
            assert svg_of(app) == svg_of(app)
            same_svg(app, f"{name}-{width}x{height}")

    asyncio.run(scene())


def test_the_pictures_stay_small() -> None:
    files = sorted(SNAPSHOTS.glob("*.svg"))
    assert [file.stem for file in files] == sorted(f"{name}-{w}x{h}" for name in SCREENS for w, h in SIZES)
    assert sum(file.stat().st_size for file in files) < 600_000
