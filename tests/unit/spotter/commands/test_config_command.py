import json

import pytest
from click.testing import CliRunner

from core.errors import ConfigError
from spotter.commands.config import config

TEXT = """[[camera]]
id = "a"
source = "rtsp://${A_USER}:${A_PASSWORD}@h/x"
[[camera.zone]]
name = "Rack 1"
polygon = [[0, 0], [1, 0], [1, 1]]
[[camera]]
id = "b"
source = "usb:0"
enabled = false
[[camera.zone]]
name = "Rack 1"
polygon = [[0, 0], [1, 0], [1, 1]]
[redis]
url = "redis://:${A_PASSWORD}@h"
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPOTTER_CONFIG", raising=False)

    def call(*args):
        return CliRunner().invoke(config, args, standalone_mode=False)

    return call


def test_a_file_that_is_fine_is_told_in_one_line(run, tmp_path, monkeypatch):
    (tmp_path / "gym.toml").write_text(TEXT)
    monkeypatch.setenv("A_USER", "me")
    monkeypatch.setenv("A_PASSWORD", "hunter2")
    done = run("check")
    assert done.exception is None
    assert done.output == (
        "gym.toml: fine, 2 cameras (1 paused), 1 zone, database sqlite:///gym.db, Redis redis://***@h\n"
    )


def test_all_problems_are_told_and_the_exit_status_is_that_of_a_wrong_config(run, tmp_path):
    (tmp_path / "own.toml").write_text(TEXT + "ulr = 3\n")
    error = run("check", "-c", "own.toml").exception
    assert isinstance(error, ConfigError)
    assert error.exit_code == 2
    lines = [line.split()[0] for line in str(error).splitlines()]
    assert lines == ["own.toml:3", "own.toml:3", "own.toml:15", "own.toml:16"]


def test_without_the_environment_only_the_file_is_judged(run, tmp_path):
    (tmp_path / "gym.toml").write_text(TEXT)
    assert run("check", "--without-environment").exception is None


def test_the_environment_may_name_the_file(run, tmp_path, monkeypatch):
    (tmp_path / "other.toml").write_text("")
    monkeypatch.setenv("SPOTTER_CONFIG", "other.toml")
    assert run("check").output.startswith("other.toml: fine, 0 cameras, 0 zones")


def test_the_schema_is_json_on_standard_output(run):
    schema = json.loads(run("schema").stdout)
    assert schema["properties"]["camera"]["items"]["required"] == ["id", "source"]
