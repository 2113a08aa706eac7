import sqlite3
import time

import pytest

from aggregator.database import known_version, open_engine, upgrade
from core.clock import NANOSECONDS
from core.errors import ExitCode
from core.messages import WorkerHeartbeat
from core.secrets import Address
from spotter.doctor import services
from spotter.redis_server import server_address

NOW = 1_900_000_000 * NANOSECONDS


def beat(name="worker:1", age_s=1.0, host="here", **more):
    at = NOW - round(age_s * NANOSECONDS)
    return WorkerHeartbeat(sender=name, pid=1, host=host, started_utc_ns=1, beat_utc_ns=at, version="1", **more)


def states(findings):
    return {finding.check: finding.state for finding in findings}


# Redis ---------------------------------------------------------------------------------------------------------------


def test_a_redis_as_spotter_starts_it_is_fine(redis_address):
    assert states(services.check_redis(redis_address)) == {
        "redis": "ok",
        "redis policy": "ok",
        "redis persistence": "ok",
    }


def test_a_redis_that_drops_what_it_likes_is_a_problem(own_redis):
    own_redis.stop()
    own_redis.start("--maxmemory-policy", "allkeys-lru", "--maxmemory", "64mb", "--appendonly", "no")
    found = services.check_redis(own_redis.address)
    assert states(found) == {"redis": "ok", "redis policy": "problem", "redis persistence": "warning"}
    policy = next(finding for finding in found if finding.check == "redis policy")
    assert "allkeys-lru" in policy.text
    assert "CONFIG SET maxmemory-policy noeviction" in policy.advice


def test_a_redis_that_is_not_there(tmp_path):
    (found,) = services.check_redis(server_address(tmp_path / "none.sock"))
    assert (found.state, found.code) == ("problem", ExitCode.OUT_OF_REACH)


def test_a_redis_that_asks_for_a_password(own_redis):
    own_redis.stop()
    own_redis.start("--requirepass", "s3cret")
    deadline_s = time.monotonic() + 10
    while not own_redis.socket.exists() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    (found,) = services.check_redis(own_redis.address)
    assert found.state == "problem"
    assert "password" in found.text


def test_no_redis_named_means_one_of_our_own():
    assert services.check_own_redis().state == "ok"


def test_no_redis_server_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr("spotter.redis_server._candidates", list)
    found = services.check_own_redis()
    assert (found.state, found.code) == ("problem", ExitCode.OUT_OF_REACH)


def test_a_failed_write_of_redis_is_a_problem():
    found = services.judge_persistence({"persistence": "append-only file", "last write": "err"})
    assert found.state == "problem"


# Database ------------------------------------------------------------------------------------------------------------


def sqlite_address(file):
    return Address(f"sqlite:///{file}")


def test_a_database_that_is_not_there_yet_is_not_made(tmp_path):
    found = services.check_database(sqlite_address(tmp_path / "gym.db"))
    assert states(found) == {"database disk": "ok", "database": "ok"}
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_this_version(tmp_path):
    address = sqlite_address(tmp_path / "gym.db")
    engine = open_engine(address)
    upgrade(engine)
    engine.dispose()
    found = services.check_database(address)[-1]
    assert found.state == "ok"
    assert known_version() in found.text


def test_a_database_of_a_newer_spotter(tmp_path):
    address = sqlite_address(tmp_path / "gym.db")
    engine = open_engine(address)
    upgrade(engine)
    engine.dispose()
    with sqlite3.connect(tmp_path / "gym.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffff'")
    connection.close()
    found = services.check_database(address)[-1]
    assert (found.state, found.code) == ("problem", ExitCode.UNUSABLE)
    assert "newer" in found.text


def test_a_database_of_an_older_spotter_is_brought_up_to_date_later():
    assert services.judge_version("sqlite", "a", "b", {"a", "b"}).state == "warning"
    assert services.judge_version("sqlite", None, "b", {"a", "b"}).state == "ok"


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "gym.db").write_bytes(b"hello" * 1000)
    assert services.check_database(sqlite_address(tmp_path / "gym.db"))[-1].state == "problem"


def test_a_database_where_nobody_may_write():
    found = services.check_database(Address("sqlite:////proc/spotter/gym.db"))
    assert states(found)["database disk"] == "problem"


def test_a_database_on_a_network_file_system(tmp_path, monkeypatch):
    monkeypatch.setattr(services, "network_file_system", lambda _folder: "nfs4")
    (found,) = services.check_database_folder(tmp_path / "gym.db")
    assert (found.state, found.code) == ("problem", ExitCode.USAGE)
    assert "local disk" in found.advice


def test_a_postgres_that_is_empty_and_one_that_is_up_to_date(postgres_url):
    address = Address(postgres_url)
    (empty,) = services.check_database(address)
    assert empty.state == "ok"
    assert "is empty" in empty.text
    engine = open_engine(address)
    upgrade(engine)
    engine.dispose()
    (found,) = services.check_database(address)
    assert found.state == "ok"
    assert known_version() in found.text


def test_a_postgres_that_does_not_answer():
    (found,) = services.check_database(Address("postgresql+psycopg://gym:s3cret@127.0.0.1:1/gym"))
    assert (found.state, found.code) == ("problem", ExitCode.OUT_OF_REACH)
    assert "s3cret" not in found.text


def test_an_address_that_is_none():
    (found,) = services.check_database(Address("mysql://x/y"))
    assert (found.state, found.code) == ("problem", ExitCode.USAGE)


# Heartbeats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heartbeat", "state"),
    [
        (beat(age_s=1), "ok"),
        (beat(age_s=9), "ok"),
        (beat(age_s=11), "problem"),
        (beat(state="failed", trouble="no weights"), "problem"),
        (beat(trouble="Redis is away"), "warning"),
    ],
)
def test_a_heartbeat_tells_whether_a_process_works(heartbeat, state):
    assert services.check_heartbeat("worker:1", {"worker:1": heartbeat}, NOW, 10.0).state == state


def test_a_process_without_heartbeat_is_told_beside_those_that_have_one():
    found = services.check_heartbeat("worker:2", {"worker:1": beat()}, NOW, 10.0)
    assert found.state == "problem"
    assert "worker:1" in found.text


def test_clocks_are_compared_only_by_heartbeats_that_are_renewed():
    before = {"worker:1": beat(age_s=2), "worker:2": beat("worker:2", age_s=500, host="there")}
    after = {
        "worker:1": beat(age_s=0.5),
        "worker:2": beat("worker:2", age_s=500, host="there"),
        "worker:3": beat("worker:3", age_s=-3600, host="new"),
    }
    differences = services.clock_differences(before, after, NOW, 1.0)
    assert differences == {"here": pytest.approx(0.0)}
    assert services.judge_clocks(differences).state == "ok"


def test_a_clock_that_is_an_hour_off_is_named():
    before = {"worker:1": beat(age_s=3601, host="there")}
    differences = services.clock_differences(before, {"worker:1": beat(age_s=3600, host="there")}, NOW, 1.0)
    found = services.judge_clocks(differences)
    assert found.state == "problem"
    assert "there is 3600 s behind us" in found.text
