import json
import socket

import pytest
from click.testing import CliRunner

from core.config_file import load_settings
from core.errors import ConfigError, SourceError
from spotter.commands.camera import camera

SECRET = "rtsp://me:hun@ter2@10.0.0.21/x"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPOTTER_CONFIG", raising=False)

    def call(*args):
        return CliRunner().invoke(camera, args, standalone_mode=False)

    return call


def test_a_camera_is_added_with_all_that_was_said(run, tmp_path):
    options = "--name Racks --fps 12 --rtsp-transport udp --once --preview --paused"
    done = run("add", "racks", "rtsp://${U}:${P}@h/x", *options.split())
    assert done.exception is None, done.output
    assert done.output == "gym.toml: camera 'racks' added; a running system takes it up at once\n"
    (one,) = load_settings(tmp_path / "gym.toml", {"U": "me", "P": "pw"}).camera
    assert one.source.reveal() == "rtsp://me:pw@h/x"
    assert (one.name, one.fps, one.rtsp_transport) == ("Racks", 12, "udp")
    assert (one.loop, one.preview, one.enabled) == (False, True, False)
    assert "fps = 12\n" in (tmp_path / "gym.toml").read_text()


def test_a_password_in_the_file_is_remarked_on_and_never_shown(run):
    done = run("add", "racks", SECRET)
    assert "better is ${NAME}" in done.stderr
    shown = done.output + run("list").output + run("list", "--format", "json").output
    assert not any(word in shown for word in ("hun", "ter2"))


def test_a_file_is_named_so_that_gym_toml_finds_it(run, tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "here.mp4").touch()
    (tmp_path / "conf" / "there.mp4").touch()
    for number, source in enumerate(("here.mp4", "there.mp4", "later.mp4")):
        assert run("add", f"c{number}", source, "-c", "conf/gym.toml").exception is None
    sources = [one.source.reveal() for one in load_settings(tmp_path / "conf" / "gym.toml", None).camera]
    assert sources == [str(tmp_path / "here.mp4"), "there.mp4", "later.mp4"]


def test_the_list_needs_no_secrets(run, tmp_path):
    assert isinstance(run("list").exception, ConfigError)
    run("add", "racks", "rtsp://${U}:${P}@h/x", "--fps", "7.5")
    run("add", "mats", "usb:0", "--paused")
    lines = run("list").output.splitlines()
    assert lines[0].split() == ["id", "name", "source", "fps", "enabled"]
    assert lines[1].split() == ["racks", "rtsp://***@h/x", "7.5", "yes"]
    assert lines[2].split() == ["mats", "usb:0", "paused"]
    rows = json.loads(run("list", "--format", "json").output)
    assert rows[0] == {"id": "racks", "name": None, "source": "rtsp://***@h/x", "fps": 7.5, "enabled": True}
    run("remove", "racks")
    run("remove", "mats")
    assert "no camera in gym.toml; add one" in run("list").output


def test_pause_resume_and_remove_say_what_they_did(run, tmp_path):
    run("add", "mats", "usb:0")
    assert "camera 'mats' is paused" in run("pause", "mats").output
    assert not load_settings(tmp_path / "gym.toml", None).camera[0].enabled
    assert "camera 'mats' goes on" in run("resume", "mats").output
    assert load_settings(tmp_path / "gym.toml", None).camera[0].enabled
    assert "camera 'mats' removed" in run("remove", "mats").output
    assert load_settings(tmp_path / "gym.toml", None).camera == ()


def test_a_camera_is_tried_by_its_id_and_by_its_source(run):
    run("add", "small", "rehearsal:small#cam-1")
    for which in ("small", "rehearsal:small#cam-1"):
        done = run("test", which, "--seconds", "0.5", "--no-people", "--format", "json")
        told = json.loads(done.stdout)
        assert told["source"] == "rehearsal:small#cam-1"
        assert (told["width"], told["height"], told["people"]) == (640, 480, None)
        assert told["frames"] >= 3
    text = run("test", "small", "--seconds", "0.5", "--no-people").output
    assert text.startswith("small: fine\n")
    assert "640x480" in text
    assert "frames a second" in text


def test_a_camera_that_gives_nothing_is_told_with_its_reason(run, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("CAM", f"me:hunter2@127.0.0.1:{port}")
    for source, reason in (("http://${CAM}/x", "refused"), ("./no.mp4", "not found")):
        done = run("test", source, "--no-people", "--format", "json")
        assert isinstance(done.exception, SourceError), done.output
        assert done.exception.exit_code == 4
        assert done.exception.reason == json.loads(done.stdout)["reason"] == reason
        assert f"source: {reason}: " in str(done.exception)
        assert "hunter2" not in str(done.exception) + done.output


def test_only_the_secrets_of_the_tried_camera_are_needed(run, monkeypatch):
    run("add", "small", "rehearsal:${SCENE_}#cam-1")
    run("add", "racks", "rtsp://${NOT_SET_}@h/x")
    error = run("test", "racks", "--no-people").exception
    assert isinstance(error, ConfigError)
    assert str(error).startswith("camera 'racks' needs NOT_SET_ from the environment")
    monkeypatch.setenv("SCENE_", "small")
    assert run("test", "small", "--no-people", "--seconds", "0.5").exception is None


def test_what_is_neither_camera_nor_source_is_named(run):
    run("add", "racks", "usb:0")
    for which, problem in (
        ("rack", "there is no camera 'rack' in gym.toml; did you mean 'racks'?"),
        ("srt://me:hunter2@h", '"srt://***@h" has a scheme that is not known'),
        ("rtsp://${NOT_SET_}@h/x", "the environment variable NOT_SET_ is not set"),
    ):
        error = run("test", which, "--no-people").exception
        assert isinstance(error, ConfigError)
        assert str(error).startswith(problem)
