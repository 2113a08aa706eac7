"""How the screens of one camera, alerts and health look, with a clock that stands still."""

import asyncio
from pathlib import Path

import pytest
from console_pictures import same_picture
from console_world import World, alert, console, until

GOLDEN = Path(__file__).parent / "golden"
SIZES = [(80, 24), (160, 45)]


def world():
    """Four cameras, one of them away, and alerts of every severity with a storm among them."""
    alerts = (
        alert(1, alert="person down", severity="critical", subject="Person 3", text="Person 3 lies still at Zone 1."),
        alert(2, subject="cam4", text="Camera cam4 gives no pictures: no route to the camera."),
        *(alert(n, alert="results lagging", subject=f"cam{n}", text=f"cam{n} lags") for n in range(3, 8)),
        alert(9, alert="repeated fault", severity="info", subject="Ada", text="Ada: knees in.", acknowledged_by="Ines"),
    )
    return World(cameras=4, people=9, titles={0: "Racks"}, states={3: "offline"}, alerts=alerts)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [
        ("camera", ["5"], "ms to the result"),
        ("camera-away", ["5", "left"], "no route to the camera"),
        ("alerts", ["2", "down", "down", "enter"], "cam7 lags"),
        ("health", ["4"], "no route to the camera"),
    ],
)
def test_the_screen_looks_as_before(name, keys, words, width, height):
    async def scene():
        made = world()
        app, feed = console(made)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            for _ in range(4):
                made.move(1.0)
                feed.show()
                await pilot.pause()
            await until(pilot, words)
            same_picture(app, GOLDEN / f"{name}-{width}x{height}.txt")

    asyncio.run(scene())
