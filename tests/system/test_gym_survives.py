"""The whole system on a drawn gym while things go wrong: what is stored equals the undisturbed analysis.

Each test plays the same recording as a camera, once, in real time. Two workers run, so that one can take over.
"""

import os
import signal
import sqlite3
import time
from pathlib import Path

import psutil
import pytest
import redis
from gym_runs import ROOT, GymRun, clip_camera, spotter

from core import keys
from core.store import Store

TWO_WORKERS = '[workers]\ncount = 2\n\n[alerts]\nquiet_after_start = "0s"\n\n'


@pytest.fixture
def gym(tmp_path: Path, pair_clip: Path):
    """The recording as a camera; one test, one folder."""
    with GymRun(tmp_path, TWO_WORKERS + clip_camera(pair_clip)) as run:
        yield run


def _in_first_set(gym: GymRun) -> None:
    """Wait until some repetitions of the first sets are counted and more are to come."""
    gym.wait(lambda: gym.reps() >= 3, 40, "three repetitions are stored")


def test_it_stores_what_the_analysis_of_the_recording_counts(gym, undisturbed):
    assert gym.finish() == undisturbed
    people, sessions = gym.rows("select count(*) from people")[0][0], gym.rows("select count(*) from sessions")[0][0]
    assert (people, sessions) == (2, 2)
    beat = gym.camera()
    assert beat.frames_in >= 31 * 12 - 2
    code, took_s = gym.stop()
    assert code == 130
    assert took_s < 5
    assert gym.left_over() == []
    assert gym.rows("select count(*) from sessions where ended_at is not null and end_reason is null") == [(0,)]


def test_a_worker_killed_in_mid_set_is_replaced_within_three_seconds_and_nothing_is_lost(gym, undisturbed):
    _in_first_set(gym)
    owner, token = gym.owner(), gym.token()
    os.kill(gym.pid(owner), signal.SIGKILL)
    died_s = time.monotonic()
    gym.wait(lambda: gym.token() > token, 10, "a worker takes the camera")
    assert time.monotonic() - died_s < 3.0
    assert gym.finish() == undisturbed
    assert gym.rows("select count(distinct epoch) from tracks") == [(1,)]
    gym.wait(lambda: gym.worker(owner), 10, "the killed worker is started anew")


def test_a_worker_that_is_stopped_for_a_while_says_nothing_more_about_its_camera(gym, undisturbed):
    _in_first_set(gym)
    owner = gym.owner()
    frozen = gym.pid(owner)
    os.kill(frozen, signal.SIGSTOP)
    gym.wait(lambda: gym.owner() not in ("", owner), 10, "another worker takes the camera")
    time.sleep(2)
    if psutil.pid_exists(frozen):
        os.kill(frozen, signal.SIGCONT)
    assert gym.finish() == undisturbed


def test_an_aggregator_killed_under_load_goes_on_where_it_was(gym, undisturbed):
    _in_first_set(gym)
    for _ in range(2):
        os.kill(gym.pid("aggregator"), signal.SIGKILL)
        killed_ns = time.time_ns()
        gym.wait(lambda since=killed_ns: gym.aggregator().started_utc_ns > since, 15, "it is started anew")
    assert gym.finish() == undisturbed


def test_every_event_delivered_twice_is_stored_once(gym, undisturbed):
    _in_first_set(gym)
    with redis.Redis(unix_socket_path=str(gym.places.redis_socket)) as client:
        deadline_s = time.monotonic() + 12
        doubled: set[bytes] = set()
        while time.monotonic() < deadline_s:
            for entry, fields in client.xrange(keys.EVENTS):
                if entry not in doubled:
                    again = client.xadd(keys.EVENTS, fields)
                    doubled |= {entry, again}
            time.sleep(0.2)
        assert len(doubled) > 20
    assert gym.finish() == undisturbed


def test_a_locked_database_delays_and_loses_nothing(gym, undisturbed):
    _in_first_set(gym)
    other = sqlite3.connect(gym.folder / "gym.db", isolation_level=None)
    other.execute("begin exclusive")
    gym.wait(lambda: gym.aggregator().database, 15, "the heartbeat says what is wrong")
    live_before = gym.store.live_floor().at_utc_ns
    time.sleep(10)
    assert gym.store.live_floor().at_utc_ns > live_before, "the live state stands still"
    other.execute("rollback")
    other.close()
    assert gym.finish() == undisturbed
    assert gym.aggregator().database == ""


def test_ctrl_c_in_mid_set_ends_everything_within_five_seconds_and_nothing_is_stored_twice(gym, pair_clip):
    _in_first_set(gym)
    before = gym.amounts()
    code, took_s = gym.stop()
    assert code == 130
    assert took_s < 5
    assert gym.left_over() == []
    stored = gym.amounts()
    assert sum(reps for _, reps in stored) >= sum(reps for _, reps in before)
    gym.start()
    gym.finish()
    gym.stop()
    texts = [name for name, _ in gym.amounts()]
    # The cut-off sets of the first run, and all three of the second, which saw the recording from its beginning.
    assert len(texts) == len(stored) + 3


def test_a_second_run_on_the_same_folder_is_refused(gym):
    gym.wait(gym.heartbeats, 20, "it runs")
    second = spotter("run", "--headless", "-c", str(gym.config), cwd=gym.folder)
    assert second.returncode == 2
    assert f"process {gym.process.pid}" in second.stderr
    assert gym.is_running


def test_an_edit_adds_one_camera_and_a_broken_one_changes_nothing(gym, pair_clip, undisturbed):
    _in_first_set(gym)
    first_boot = gym.camera().boot
    right = gym.config.read_text() + "\n" + clip_camera(pair_clip, "second", fps="6", loop="true") + "\n"
    gym.config.write_text(right)
    saved_s = time.monotonic()
    gym.wait(lambda: gym.camera("second"), 10, "the new camera's process lives")
    started_s = time.monotonic() - saved_s
    gym.config.write_text(right.replace("fps = 6", "fsp = 6"))
    supervisor = gym.wait(
        lambda: next((b for b in gym.heartbeats().values() if getattr(b, "config_problem", "")), None), 5, "it is said"
    )
    assert "did you mean 'fps'?" in supervisor.config_problem
    assert gym.camera("second").camera_state != "ended"
    gym.config.write_text(right[: right.index('[[camera]]\nid = "second"')])
    removed_s = time.monotonic()
    gym.wait(lambda: gym.camera("second") is None, 8, "the camera is removed")
    gone_s = time.monotonic() - removed_s
    assert gym.camera().boot == first_boot, "the other camera was disturbed"
    assert gym.wait(lambda: gym.camera().camera_state == "ended", 60, "the recording ends")
    gym.wait(gym.is_settled, 25, "everything is stored")
    mine = sorted(gym.rows("select exercise, reps from sets where camera_id = 'front'"))
    assert mine == undisturbed
    # Two seconds to act; the rest is the start of a Python process and its first heartbeat.
    assert started_s < 5
    assert gone_s < 3


def test_a_wall_clock_set_back_by_an_hour_tears_nothing_apart(tmp_path, pair_clip, undisturbed, monkeypatch):
    shift = tmp_path / "shift"
    shift.write_text("0")
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(CLOCK)
    monkeypatch.setenv("SHIFTED_CLOCK", str(shift))
    monkeypatch.setattr(
        "gym_runs.ENVIRONMENT",
        {**os.environ, "PYTHONPATH": f"{tmp_path / 'clock'}:{ROOT}", "OMP_NUM_THREADS": "1"},
    )
    with GymRun(tmp_path, TWO_WORKERS + clip_camera(pair_clip)) as gym:
        _in_first_set(gym)
        shift.write_text("-3600")
        assert gym.finish(90) == undisturbed
        longest = gym.rows("select max(duration_s), min(duration_s) from sets")[0]
        assert longest[1] > 3
        assert longest[0] < 25
        assert gym.rows("select count(*) from people") == [(2,)]


CLOCK = '''
"""Every process of the test sees a wall clock that is shifted by the seconds that stand in a file."""
import os, time
_path, _time, _time_ns = os.environ.get("SHIFTED_CLOCK"), time.time, time.time_ns
if _path:
    def _shift():
        try:
            with open(_path) as file:
                return float(file.read() or 0)
        except (OSError, ValueError):
            return 0.0
    time.time = lambda: _time() + _shift()
    time.time_ns = lambda: _time_ns() + int(_shift() * 1e9)
'''


class TestRedis:
    """A Redis of the test's own, so that it can be taken away."""

    @pytest.fixture
    def served(self, tmp_path: Path, pair_clip: Path, own_redis):
        folder = tmp_path / "gym"
        folder.mkdir()
        config = f'[redis]\nurl = "{own_redis.address.reveal()}"\n\n{TWO_WORKERS}{clip_camera(pair_clip)}'
        with GymRun(folder, config) as run:
            run.store.close()
            run.store = Store(own_redis.address)
            yield run, own_redis

    def test_redis_stopped_and_restarted_empty_loses_nothing(self, served, undisturbed):
        gym, server = served
        _in_first_set(gym)
        server.kill()
        time.sleep(10)
        server.empty()
        server.start()
        gym.wait(gym.owner, 10, "a worker holds the camera again")
        assert gym.finish() == undisturbed
        assert gym.rows("select count(*) from people") == [(2,)]

    def test_redis_that_hangs_for_a_while_loses_nothing(self, served, undisturbed):
        gym, server = served
        _in_first_set(gym)
        server.pause()
        time.sleep(6)
        server.resume()
        assert gym.finish() == undisturbed

    def test_what_is_no_message_is_put_aside_and_said(self, served, undisturbed):
        gym, server = served
        _in_first_set(gym)
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            client.xadd(keys.EVENTS, {"m": b"\xc1 this is no message"})
            client.xadd(keys.EVENTS, {"other": b"x"})
        gym.wait(lambda: gym.aggregator().dead_letters >= 2, 15, "both are dead letters")
        assert gym.finish() == undisturbed
        assert gym.store.dead_letters()[0].error
