"""``spotter run`` and its relatives, called for real with what is wrong; and what their children are told."""

import logging
import os
import subprocess
import sys

import pytest

from core.secrets import Address
from core.settings import Database
from spotter.config_watch import Config, read_config
from spotter.lineup import Lineup, Plan
from spotter.places import places_of
from spotter.supervising import chosen_seconds, warn_of_network_files

CAMERA = '[[camera]]\nid = "door"\nsource = "door.mp4"\n'


@pytest.fixture
def spotter(tmp_path):
    def call(*arguments):
        line = [sys.executable, "-m", "spotter", *arguments]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    return call


def test_without_gym_toml_it_says_how_to_begin(spotter, tmp_path):
    code, errors = spotter("run", "--headless")
    assert code == 2
    assert errors == "spotter: gym.toml: there is no such file; 'spotter camera add' begins one\n"
    assert not (tmp_path / ".spotter").exists()


def test_a_broken_gym_toml_is_told_before_anything_is_made(spotter, tmp_path):
    (tmp_path / "gym.toml").write_text(CAMERA + "fsp = 3\n")
    code, errors = spotter("run", "--headless")
    assert code == 2
    assert "gym.toml:4" in errors
    assert not (tmp_path / ".spotter").exists()


def test_cameras_for_other_machines_need_their_redis(spotter, tmp_path):
    (tmp_path / "gym.toml").write_text(CAMERA)
    code, errors = spotter("ingest")
    assert code == 2
    assert "needs the Redis of the other machines: name it with --redis URL" in errors


def test_an_unknown_camera_is_named(spotter, tmp_path):
    (tmp_path / "gym.toml").write_text(CAMERA)
    code, errors = spotter("ingest", "bar", "--camera", "door")
    assert code == 2
    assert errors == "spotter: gym.toml: there is no camera 'bar'; it has door\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--headless", "--redis", "http://host/"], "no address of a Redis"),
        (["run", "--headless", "--for", "soon"], "'soon'"),
        (["run", "--headless", "--for", "-1s"], "'-1s' must be more than nothing"),
        (["run", "--headless", "--for", "nan"], "'nan' must be more than nothing"),
        (["run", "--headless", "--database", "mysql://host/x"], "only sqlite and postgresql are known"),
        (["worker", "--name", "a/b"], "--name 'a/b'"),
        (["worker", "--name", "x" * 65], "at most 64"),
        (["worker", "--name", ""], "--name ''"),
        (["aggregator", "--name", "a b"], "--name 'a b'"),
        (["doctor", "--max-age", "-1s", "--process", "worker:1"], "'-1s' must be more than nothing"),
    ],
)
def test_wrong_options_are_named(spotter, tmp_path, arguments, words):
    (tmp_path / "gym.toml").write_text(CAMERA)
    code, errors = spotter(*arguments)
    assert code == 2, errors
    assert words in errors


def test_durations_of_the_command_line():
    assert [chosen_seconds(text) for text in (None, "90", "1.5", "90s", "2min")] == [None, 90.0, 1.5, 90.0, 120.0]


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """The command lines of the children, by name, for a text of gym.toml and a plan."""
    monkeypatch.setenv("HUSH", "very-secret")

    def made(text, **plan):
        file = tmp_path / "gym.toml"
        file.write_text(text)
        roles = frozenset({"redis", "ingest", "workers", "aggregator"})
        config = read_config(file, os.environ)
        lineup = Lineup(places_of(file), Plan(roles, worker_count=1, **plan), config.settings)
        specs = lineup.specs(config.settings)
        return {spec.name: " ".join(spec.command) for spec in specs}

    return made


def test_passwords_of_the_config_are_on_no_command_line(lines):
    text = (
        '[redis]\nurl = "redis://:${HUSH}@host:6379/0"\n'
        '[database]\nurl = "postgresql+psycopg://me:${HUSH}@host/gym"\n'
        '[[camera]]\nid = "door"\nsource = "rtsp://me:${HUSH}@host/1"\n'
    )
    told = lines(text)
    assert set(told) == {"aggregator", "worker:1", "ingest:door"}
    assert "very-secret" not in " ".join(told.values())
    assert "--redis" not in told["worker:1"]


def test_addresses_without_passwords_and_overrides_are(lines):
    told = lines(CAMERA, database=Address("postgresql+psycopg://host/gym"))
    assert "--redis unix:///" in told["worker:1"]
    assert "--database postgresql+psycopg://host/gym" in told["aggregator"]
    assert "--redis redis://host/1" in lines(CAMERA, redis=Address("redis://host/1"))["ingest:door"]


def test_a_database_on_a_network_file_system_is_warned_of(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("spotter.supervising.network_file_system", lambda file: "nfs4")
    (tmp_path / "gym.toml").write_text(CAMERA)
    config: Config = read_config(tmp_path / "gym.toml", {})
    with caplog.at_level(logging.WARNING):
        warn_of_network_files(config.settings, Plan(frozenset({"aggregator"})))
        assert "gym.db lies on a network file system (nfs4)" in caplog.text
        caplog.clear()
        plan = Plan(frozenset({"aggregator"}), database=Database(url=Address("postgresql+psycopg://h/g")).url)
        warn_of_network_files(config.settings, plan)
        assert not caplog.text
