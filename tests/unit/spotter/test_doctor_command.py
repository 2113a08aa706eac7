import json
import shutil
from contextlib import closing

import pytest
from click.testing import CliRunner
from redis_service import RedisService

from core.clock import utc_ns
from core.messages import WorkerHeartbeat
from core.store import Store
from spotter.commands.doctor import doctor
from spotter.places import places_of
from spotter.redis_server import server_address


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*args):
        return CliRunner().invoke(doctor, args, standalone_mode=False)

    return call


@pytest.fixture
def beating(redis_address):
    store = Store(redis_address)
    store.beat(
        WorkerHeartbeat(sender="worker:1", pid=1, host="here", started_utc_ns=1, beat_utc_ns=utc_ns(), version="1")
    )
    yield redis_address.reveal()
    store.close()


def test_a_process_that_lives(run, beating):
    done = run("--process", "worker:1", "--redis", beating)
    assert done.return_value == 0
    assert done.output.startswith("ok       worker:1")


def test_a_process_that_nobody_started(run, beating):
    assert run("--process", "worker:2", "--redis", beating).return_value == 3


def test_the_redis_of_gym_toml_is_asked(run, beating, tmp_path):
    (tmp_path / "gym.toml").write_text(f'[redis]\nurl = "{beating}"\n')
    assert run("--process", "worker:1").return_value == 0


def test_a_machine_in_order_and_one_with_a_wrong_config(run, tmp_path):
    (tmp_path / "gym.toml").write_text('[[camera]]\nid = "cam"\nsource = "rehearsal:floor#cam-1"\n')
    done = run("--format", "json")
    told = json.loads(done.output)
    assert told["exit_code"] == done.return_value == 0, told
    checks = {finding["check"]: finding["state"] for finding in told["findings"]}
    assert checks["camera cam"] == "ok"
    assert checks["weights"] == "ok"
    (tmp_path / "gym.toml").write_text('[[camera]]\nid = "cam"\nsorce = "usb:0"\n')
    done = run()
    assert done.return_value == 2
    assert "gym.toml:" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gym.toml"]


def test_secrets_are_not_shown(run):
    done = run(
        "--redis", "redis://:s3cret@127.0.0.1:1", "--database", "postgresql+psycopg://gym:s3cret@127.0.0.1:1/gym"
    )
    assert done.return_value == 3
    assert "s3cret" not in done.output
    assert all(line.split()[0] in ("ok", "warning", "problem") for line in done.output.splitlines()[:-1])


def test_an_address_that_is_none_is_named_and_all_other_checks_are_made(run):
    usual = json.loads(run("--format", "json").output)
    done = run("--format", "json", "--redis", "http://x", "--database", "http://y")
    told = json.loads(done.output)
    assert told["exit_code"] == done.return_value == 2
    problems = {finding["check"]: finding["text"] for finding in told["findings"] if finding["state"] == "problem"}
    assert set(problems) == {"redis", "database"}
    assert "http://x" in problems["redis"]
    assert "http://y" in problems["database"]
    made = {finding["check"] for finding in told["findings"]}
    assert made >= {finding["check"] for finding in usual["findings"]} - {"database disk"}


def test_a_duration_without_a_unit_is_refused(run):
    done = run("--process", "x", "--max-age", "10")
    assert "needs a unit" in str(done.exception)


def test_without_any_redis_no_process_can_be_asked(run, tmp_path):
    done = run("--process", "worker:1")
    assert "--redis" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_the_redis_that_spotter_run_has_started_is_found(run, tmp_path):
    places = places_of(tmp_path / "gym.toml")
    service = RedisService(places.redis)
    service.socket, service.address = places.redis_socket, server_address(places.redis_socket)
    service.start()
    try:
        with closing(Store(service.address)) as store:
            store.beat(
                WorkerHeartbeat(
                    sender="worker:1", pid=1, host="here", started_utc_ns=1, beat_utc_ns=utc_ns(), version="1"
                )
            )
        assert run("--process", "worker:1").return_value == 0
    finally:
        service.stop()
        shutil.rmtree(places.sockets)
