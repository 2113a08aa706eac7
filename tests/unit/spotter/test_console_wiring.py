"""gym.toml as the console follows it: missing, broken, edited, and with secrets that it does not have."""

import subprocess
import sys

from spotter.console import GymFile, steady_clock

CAMERA = '[[camera]]\nid = "door"\nsource = "rtsp://u:${DOOR_PASSWORD}@10.0.0.2/s"\n'


def looks(gym: GymFile, times: int = 3):
    """An edit is believed when it was seen twice."""
    for _ in range(times):
        found = gym.look()
    return found


def test_a_missing_file_is_an_empty_gym(tmp_path):
    settings, problem = looks(GymFile(tmp_path / "gym.toml"))
    assert settings.camera == ()
    assert problem == ""


def test_secrets_of_others_are_not_needed(tmp_path, monkeypatch):
    monkeypatch.delenv("DOOR_PASSWORD", raising=False)
    file = tmp_path / "gym.toml"
    file.write_text(CAMERA)
    settings, problem = looks(GymFile(file))
    assert [camera.id for camera in settings.camera] == ["door"]
    assert problem == ""


def test_edits_are_followed_and_broken_ones_told(tmp_path):
    file = tmp_path / "gym.toml"
    gym = GymFile(file)
    file.write_text(CAMERA)
    assert len(looks(gym)[0].camera) == 1
    file.write_text(CAMERA + "fsp = 3\n")
    settings, problem = looks(gym)
    assert len(settings.camera) == 1
    assert "gym.toml:4" in problem
    file.write_text(CAMERA + "fps = 3\n")
    settings, problem = looks(gym)
    assert settings.camera[0].fps == 3
    assert problem == ""


def test_a_file_that_is_broken_at_the_start_is_told_until_it_is_right(tmp_path):
    file = tmp_path / "gym.toml"
    file.write_text("[[camera]\n")
    gym = GymFile(file)
    assert "gym.toml:1" in looks(gym)[1]
    file.write_text(CAMERA)
    settings, problem = looks(gym)
    assert len(settings.camera) == 1
    assert problem == ""


def test_the_clock_goes_forward():
    now = steady_clock()
    times = [now() for _ in range(100)]
    assert times == sorted(times)


def test_the_console_loads_nothing_that_only_other_processes_need():
    heavy = {"scipy", "cv2", "onnxruntime", "torch", "pyarrow"}
    asked = f"import sys, spotter.console; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
