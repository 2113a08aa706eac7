"""The form of a camera, typed into, on a real gym.toml."""

import asyncio

import cv2
import numpy as np
import pytest
from camera_servers import CameraServer, silent
from console_world import World, console, screen_text, until

from spotter.console_editor import FileEditor
from tui.desk import AddCamera
from tui.editing import CameraTrial
from tui.views.camera_form import empty_fields, fields, options_of, trial_lines, typed_of

TEXT = """# ours
[[camera]]
id = "cam1"  # by the mirror
source = "rtsp://me:hunter2@10.0.0.21/x"
fps = 12
stall_after = "3s"
"""


@pytest.fixture
def gym(tmp_path):
    path = tmp_path / "gym.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def pictures(gym):
    folder = gym.parent / "pictures"
    folder.mkdir()
    for number in range(10):
        cv2.imwrite(str(folder / f"{number:02}.png"), np.full((48, 64, 3), 20 * number, np.uint8))
    return "pictures"


def form(gym, scene, *, edit=None, size=(110, 40)):
    """Open the form for a new camera, or by a key on the screen of the first, and play a scene."""

    async def play():
        app, _ = console(World(), editor=FileEditor(gym, trial_s=0.3, people=False))
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            if edit:
                await pilot.press("5", edit)
                await until(pilot, "Edit cam1")
            else:
                app.screen.post_message(AddCamera())
                await until(pilot, "Add a camera")
            await scene(pilot)
            return screen_text(app)

    return asyncio.run(play())


def test_a_camera_is_tried_and_added(gym, pictures):
    async def scene(pilot):
        await pilot.press(*"mats", "tab", *"The mats", "tab", *pictures, "tab", *"20")
        await pilot.press("ctrl+r")
        await until(pilot, "The camera gives pictures", 20)
        await until(pilot, "▀▀▀▀")
        assert "64x48" in screen_text(pilot.app)
        assert gym.read_text() == TEXT
        await pilot.press("ctrl+s")
        await until(pilot, "mats is in gym.toml")
        await until(pilot, "Add a camera", gone=True)

    form(gym, scene)
    assert gym.read_text() == TEXT + '\n[[camera]]\nid = "mats"\nname = "The mats"\nsource = "pictures"\nfps = 20\n'


def test_problems_and_warnings_stand_at_their_fields(gym):
    async def scene(pilot):
        await pilot.press(*"Cam 2", "tab", "tab", *"rtsp://a:b@h/x", "tab", *"many")
        text = await until(pilot, "the password would stand in the file")
        assert "must be of a-z" in text
        assert "must be a number" in text
        await pilot.press("ctrl+s")
        await until(pilot, "Save without a test?")
        await pilot.press("y")
        await until(pilot, "Not saved")

    form(gym, scene)
    assert gym.read_text() == TEXT


def test_an_id_that_is_taken_is_said(gym):
    async def scene(pilot):
        await pilot.press(*"cam1", "tab", "tab", *"usb:0")
        await until(pilot, "there is a camera 'cam1' already")

    form(gym, scene)


def test_empty_fields_are_asked_for(gym):
    async def scene(pilot):
        await pilot.press("ctrl+s")
        text = await until(pilot, "must not be empty")
        assert text.count("must not be empty") == 2
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert "starting the test" not in screen_text(pilot.app)

    form(gym, scene)


def test_a_camera_that_gives_nothing_says_why_and_what_to_do(gym):
    async def scene(pilot):
        await pilot.press(*"x", "tab", "tab", *"no-such-folder", "ctrl+r")
        await until(pilot, "✖ not found", 20)
        await until(pilot, "do: look the path")

    form(gym, scene)


def test_saving_without_a_test_asks(gym):
    async def scene(pilot):
        await pilot.press(*"x", "tab", "tab", *"usb:0", "ctrl+s")
        await until(pilot, "Save without a test?")
        await pilot.press("n")
        await until(pilot, "Save without a test?", gone=True)
        assert gym.read_text() == TEXT
        await pilot.press("ctrl+s", "y")
        await until(pilot, "x is in gym.toml")

    form(gym, scene)


def test_an_edit_keeps_remarks_and_the_hidden_password(gym):
    async def scene(pilot):
        await until(pilot, "rtsp://***@10.0.0.21/x")
        assert "hunter2" not in screen_text(pilot.app)
        await pilot.press("tab", "tab", "tab", "backspace", "backspace", *"7.5", "tab", "space", "ctrl+s")
        await until(pilot, "cam1 is changed in gym.toml")

    form(gym, scene, edit="e")
    changed = gym.read_text()
    assert 'id = "cam1"  # by the mirror' in changed
    assert "fps = 7.5" in changed
    assert "enabled = false" in changed
    assert "hunter2" in changed


def test_an_edit_of_nothing_writes_nothing(gym):
    async def scene(pilot):
        await until(pilot, "rtsp://***")
        await pilot.press("ctrl+s")
        await until(pilot, "Nothing was changed")
        await pilot.press("escape")
        await until(pilot, "Edit cam1", gone=True)

    form(gym, scene, edit="e")
    assert gym.read_text() == TEXT


def test_a_trial_stops_when_the_form_is_left(gym):
    with CameraServer(silent) as server:

        async def scene(pilot):
            await pilot.press(*"x", "tab", "tab", *f"rtsp://127.0.0.1:{server.port}/x", "ctrl+r")
            await until(pilot, "opening the camera", 20)
            await pilot.press("escape")
            await until(pilot, "the test was stopped")
            await pilot.press("escape")
            await until(pilot, "Add a camera", gone=True)

        form(gym, scene)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (250, 70)])
def test_it_fits_every_size(gym, size):
    async def scene(pilot):
        await pilot.press(*"x" * 80)
        await pilot.pause()

    text = form(gym, scene, size=size)
    assert all(len(line) <= size[0] for line in text.splitlines())


# What was typed as options --------------------------------------------------------------------------------------------


def test_only_what_differs_is_written():
    before = {"id": "a", "source": "usb:0", "fps": 12, "preview": True, "stall_after": "3s"}
    typed = typed_of(before)
    assert options_of(typed, before) == ({}, [])
    changed = typed | {
        "fps": "12,5",
        "name": " The mats ",
        "preview": False,
        "stall_after": "",
        "rtsp_transport": "udp",
    }
    assert options_of(changed, before) == (
        {"name": "The mats", "fps": 12.5, "preview": False, "rtsp_transport": "udp"},
        ["stall_after"],
    )
    assert options_of(typed | {"fps": "many"}, before) == ({"fps": "many"}, [])
    assert options_of(typed_of({}) | {"id": "a", "source": "usb:0"}, {}) == ({"id": "a", "source": "usb:0"}, [])
    assert empty_fields({"id": " ", "source": "x"}) == {"id": "must not be empty"}


def test_every_field_says_what_it_is():
    made = {field.name: field for field in fields()}
    assert all(field.help for field in made.values())
    assert [name for name, field in made.items() if field.required] == ["id", "source"]
    assert made["rtsp_transport"].choices == ("tcp", "udp")
    assert made["stall_after"].placeholder == "5s"
    assert made["loop"].default is True


def test_a_trial_in_words():
    trial = CameraTrial(640, 480, 12.0, 0.4, 0.08, 1, dropped={"late": 2})
    assert trial_lines(trial) == [
        "640x480, 12.0 frames a second",
        "first picture after 0.4 s, delay 80 ms",
        "1 person found at most",
        "left out: 2 late",
    ]
    alone = trial_lines(CameraTrial(640, 480, 0.0, 0.4, 0.08, None, "no weights"))
    assert alone[0] == "640x480, one frame only"
    assert alone[2] == "people were not looked for: no weights"
