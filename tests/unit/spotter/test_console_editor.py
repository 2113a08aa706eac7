import time

import cv2
import numpy as np
import pytest

from core.config_file import load_settings
from core.errors import ConfigError, SourceError, SpotterError
from spotter.console_editor import FileEditor

TEXT = """# ours
[gym]
name = "East"

# by the mirror
[[camera]]
id = "racks"
source = "rtsp://me:hunter2@10.0.0.21/x"  # do not tell
fps = 12
[[camera.zone]]
name = "Rack 1"
polygon = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.9]]
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "gym.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def pictures(tmp_path):
    """A camera of 20 pictures: a bright left half."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(20):
        pixels = np.zeros((480, 640, 3), np.uint8)
        pixels[:, :320] = (10, 20, 200 + number)
        cv2.imwrite(str(folder / f"{number:02}.png"), pixels)
    return {"id": "pictures", "source": "pictures", "fps": 20}


def test_options_come_without_password_and_without_zones(path):
    assert FileEditor(path).options("racks") == {"id": "racks", "source": "rtsp://***@10.0.0.21/x", "fps": 12}


def test_problems_stand_at_their_options(path):
    editor = FileEditor(path)
    assert editor.problems({"id": "mats", "source": "usb:0", "fps": 8}, None) == {}
    told = editor.problems({"id": "Mats 2", "source": "srt://x", "fps": "many", "stall_after": "5"}, None)
    assert set(told) == {"id", "source", "fps", "stall_after"}
    assert "must be of a-z" in told["id"]
    assert "scheme that is not known" in told["source"]
    assert editor.problems({"id": "x"}, None) == {"source": "must not be empty"}
    assert editor.problems({"id": "racks", "source": "usb:0"}, None) == {"id": "there is a camera 'racks' already"}
    assert editor.problems({"id": "racks", "fps": 3}, "racks") == {}
    assert "from 0.5 to 120" in editor.problems({"fps": 0.1}, "racks")["fps"]


def test_a_broken_file_is_told_and_not_touched(path):
    path.write_text("fpx = 1\n")
    editor = FileEditor(path)
    assert "fpx" in editor.problems({"id": "a", "source": "usb:0"}, None)[""]
    with pytest.raises(ConfigError, match="mend them first"):
        editor.add({"id": "a", "source": "usb:0"})
    assert path.read_text() == "fpx = 1\n"


def test_a_file_is_begun(tmp_path):
    editor = FileEditor(tmp_path / "new.toml")
    assert editor.problems({"id": "a", "source": "usb:0"}, None) == {}
    editor.add({"id": "a", "source": "usb:0"})
    assert editor.settings().camera[0].id == "a"


def test_secrets_in_the_file_and_missing_ones_are_warned_of(path, monkeypatch):
    monkeypatch.delenv("NOT_SET_ANYWHERE", raising=False)
    editor = FileEditor(path)
    assert "would stand in the file" in editor.warnings({"source": "rtsp://a:b@h/x"})["source"]
    assert "NOT_SET_ANYWHERE is not set" in editor.warnings({"source": "rtsp://${NOT_SET_ANYWHERE}@h/x"})["source"]
    assert editor.warnings({"source": "usb:0"}) == editor.warnings({}) == {}


def test_edits_keep_the_source_that_was_not_shown(path):
    editor = FileEditor(path)
    editor.change("racks", {"fps": 6, "preview": True}, ["name"])
    editor.enable("racks", enabled=False)
    camera = load_settings(path, None).camera[0]
    assert (camera.source.reveal(), camera.fps, camera.preview, camera.enabled) == (
        "rtsp://me:hunter2@10.0.0.21/x",
        6,
        True,
        False,
    )
    assert "# do not tell" in path.read_text()
    editor.remove("racks")
    assert editor.settings().camera == ()


def test_a_trial_shows_what_the_camera_sees_and_saves_nothing(path, pictures):
    stages = []
    editor = FileEditor(path, trial_s=0.4, people=False)
    masked = pictures | {"mask": [[[0.0, 0.0], [0.2, 0.0], [0.2, 1.0], [0.0, 1.0]]]}
    trial = editor.try_out(masked, None, stages.append, lambda: False)
    assert (trial.width, trial.height, trial.people) == (640, 480, None)
    assert trial.frames_per_second == pytest.approx(20, rel=0.5)
    assert stages == ["opening the camera"]
    pixels = np.frombuffer(trial.picture.rgb, np.uint8).reshape(trial.picture.height, trial.picture.width, 3)
    assert pixels.shape == (180, 240, 3)
    assert pixels[90, 10].tolist() == [0, 0, 0]
    red, green, blue = pixels[90, 80].tolist()
    assert red >= 200
    assert (green, blue) == (20, 10)
    assert path.read_text() == TEXT


def test_a_trial_that_fails_gives_the_class(path):
    editor = FileEditor(path, people=False)
    with pytest.raises(SourceError) as raised:
        editor.try_out({"id": "x", "source": "no/such/file.mp4"}, None, lambda _: None, lambda: False)
    assert raised.value.reason == "not found"
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE"):
        editor.try_out(
            {"id": "x", "source": "rtsp://${NOT_SET_ANYWHERE}@127.0.0.1/x"}, None, lambda _: None, lambda: False
        )


def test_a_trial_is_stopped_at_once(path, pictures):
    editor = FileEditor(path, trial_s=60.0, people=False)
    start_s = time.monotonic()
    with pytest.raises(SpotterError, match="was stopped"):
        editor.try_out(pictures, None, lambda _: None, lambda: time.monotonic() - start_s > 0.5)
    assert time.monotonic() - start_s < 5


def test_zones_are_read_checked_added_changed_and_removed(path):
    editor = FileEditor(path)
    corners = [[0.5, 0.1], [0.9, 0.1], [0.9, 0.9]]
    assert [zone["name"] for zone in editor.zones("racks")] == ["Rack 1"]
    assert editor.zone_problems("racks", {"name": "Mats", "polygon": corners}, None) == {}
    assert "is already the name" in editor.zone_problems("racks", {"name": "Rack 1", "polygon": corners}, None)["name"]
    assert editor.zone_problems("racks", {"name": "Rack 1", "kind": "bench"}, "Rack 1") == {}
    crossed = [[0, 0], [1, 1], [1, 0], [0, 1]]
    assert "crosses itself" in editor.zone_problems("racks", {"polygon": crossed}, "Rack 1")["polygon"]
    told = editor.zone_problems("racks", {"name": "x", "polygon": corners[:2], "capacity": 0, "kind": "pool"}, None)
    assert set(told) == {"polygon", "capacity", "kind"}
    assert editor.zone_problems("racks", {"polygon": corners}, None) == {"name": "must not be empty"}
    editor.add_zone("racks", {"name": "Mats", "polygon": corners, "kind": "mat"})
    editor.change_zone("racks", "Rack 1", {"name": "Rack", "capacity": 2})
    camera = load_settings(path, None).find_camera("racks")
    assert [(zone.name, zone.kind, zone.capacity) for zone in camera.zone] == [
        ("Rack", "other", 2),
        ("Mats", "mat", None),
    ]
    editor.remove_zone("racks", "Rack")
    assert [zone["name"] for zone in editor.zones("racks")] == ["Mats"]
    with pytest.raises(ConfigError, match=r"has no zone 'Matts' in .*; did you mean 'Mats'"):
        editor.remove_zone("racks", "Matts")
    assert "# by the mirror" in path.read_text()
