"""The supervisor with a real Redis and stand-in children: restarts, edits of gym.toml, and the order of its end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.errors import StoreError
from core.messages import Heartbeat
from core.store import Store
from spotter.places import places_of

STAND_IN = Path(__file__).parents[1] / "stand_in.py"
SCRIPT = """
import sys
from pathlib import Path
from spotter import health
from spotter.supervising import places_and_config, supervise
from spotter.lineup import Plan
health.STALE_AFTER_S = 2.5
places, config = places_and_config(Path(sys.argv[1]), "run", None)
plan = Plan(
    roles=frozenset({"redis", "ingest", "workers", "aggregator"}), worker_count=2,
    python=(sys.executable, sys.argv[2]), stop_after_s=float(sys.argv[3]) if len(sys.argv) > 3 else None,
)
sys.exit(supervise("supervisor", places, config, plan))
"""


def camera(name, *lines):
    return f'[[camera]]\nid = "{name}"\nsource = "{name}.mp4"\n' + "".join(f"{line}\n" for line in lines)


class Gym:
    """A supervisor in a process of its own, and what can be seen of it."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "gym.toml"
        self.places = places_of(self.config)
        self.log = folder / "log"
        self.store = Store(_address(self.places))
        self.process = None

    def write(self, *cameras, rest=""):
        self.config.write_text(rest + "".join(cameras))

    def start(self, *arguments):
        line = [sys.executable, "-c", SCRIPT, str(self.config), str(STAND_IN), *arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(line, stdout=log, stderr=log, start_new_session=True)

    def seen(self):
        try:
            return self.store.processes()
        except StoreError:
            return {}

    def names(self):
        return set(self.seen())

    def pid(self, name):
        return self.seen()[name].pid

    def pid_or_none(self, name):
        return self.pid(name) if name in self.names() else None

    def state(self, name):
        supervisor = self.seen().get("supervisor")
        return supervisor.children.get(name) if supervisor else None

    def children(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def logged(self):
        return self.log.read_text()

    def do(self, name, what):
        scratch = self.folder / "scratch"
        scratch.write_text(what)
        scratch.rename(self.folder / f"{name}.do")

    def until(self, condition, within_s=10.0):
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, self.logged()
            assert self.process.poll() is None, self.logged()
            time.sleep(0.02)

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.store.close()


def _address(places):
    from spotter.redis_server import server_address

    return server_address(places.redis_socket)


ALL = {"supervisor", "aggregator", "worker:1", "worker:2", "ingest:door", "ingest:racks"}


@pytest.fixture
def fresh(tmp_path):
    made = Gym(tmp_path)
    made.write(camera("door"), camera("racks"))
    yield made
    made.end()


@pytest.fixture
def gym(fresh):
    fresh.start()
    fresh.until(lambda: fresh.names() == ALL)
    return fresh


def stopped(gym, number, code):
    children = gym.children()
    began = time.monotonic()
    gym.process.send_signal(number)
    assert gym.process.wait(8) == code, gym.logged()
    took_s = time.monotonic() - began
    _, alive = psutil.wait_procs(children, timeout=0.5)
    assert not alive
    return took_s


def test_everything_starts_and_ctrl_c_ends_it_in_order(gym):
    assert len(gym.children()) == 6
    gym.until(lambda: "all 6 processes are ready" in gym.logged())
    assert stopped(gym, signal.SIGINT, 130) < 5.0
    assert not gym.places.redis_socket.exists()


def test_sigterm_ends_it_with_zero(gym):
    assert stopped(gym, signal.SIGTERM, 0) < 5.0


def test_a_child_that_hangs_is_killed_within_the_time(gym):
    for name in ("worker:1", "ingest:door", "aggregator"):
        gym.do(name, "freeze")
    gym.until(lambda: not list(gym.folder.glob("*.do")))
    assert stopped(gym, signal.SIGINT, 130) < 5.5
    assert "worker:1 does not end when asked: killing it" in gym.logged()


def test_ctrl_c_in_the_middle_of_the_start(fresh):
    fresh.start()
    deadline = time.monotonic() + 10
    while not fresh.places.redis_socket.exists():
        assert time.monotonic() < deadline
    assert stopped(fresh, signal.SIGINT, 130) < 5.0


def test_it_stops_by_itself_after_a_time(fresh):
    fresh.start("1.0")
    assert fresh.process.wait(15) == 0


@pytest.mark.parametrize("name", ["worker:1", "ingest:door", "aggregator"])
def test_a_killed_child_is_started_anew(gym, name):
    before, others = gym.pid(name), {each: gym.pid(each) for each in ALL if each != name}
    os.kill(before, signal.SIGKILL)
    gym.until(lambda: gym.pid_or_none(name) not in (None, before), 4.0)
    gym.until(lambda: gym.seen()["supervisor"].restarts == {name: 1})
    assert {each: gym.pid(each) for each in others} == others
    assert f"{name} was killed by SIGKILL: started anew" in gym.logged()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_redis_is_started_anew_with_what_it_held(gym, number):
    before = gym.pid("supervisor")
    redis = next(child for child in gym.children() if "redis" in child.name())
    gym.store.append_payloads([b"kept"])
    time.sleep(1.2)  # The append-only file is written each second.
    redis.send_signal(number)  # after SIGTERM, it ends cleanly
    redis.wait(5)
    gym.until(lambda: gym.names() == ALL)
    assert gym.pid("supervisor") == before
    assert gym.store.backlog().length == 1


def test_a_child_that_fails_again_and_again_is_given_up(gym):
    def break_again():
        if not (gym.folder / "ingest:door.do").exists():
            gym.do("ingest:door", "exit 3")
        return gym.state("ingest:door") == "failed"

    gym.until(break_again, 40.0)
    assert "ingest:door ends again and again (ended with status 3): given up" in gym.logged()
    gym.until(lambda: "ingest:door" in gym.seen()["supervisor"].trouble)
    (gym.folder / "ingest:door.do").unlink(missing_ok=True)
    gym.write(camera("door", "fps = 5"), camera("racks"))
    gym.until(lambda: gym.state("ingest:door") == "running")


def test_a_clean_exit_stays_stopped(gym):
    gym.do("ingest:door", "exit 0")
    gym.until(lambda: gym.state("ingest:door") == "stopped")


@pytest.mark.parametrize("how", ["freeze", "stop"])
def test_a_stale_heartbeat_is_started_anew(gym, how):
    before = gym.pid("worker:1")
    if how == "freeze":
        gym.do("worker:1", "freeze")
    else:
        os.kill(before, signal.SIGSTOP)
    gym.until(lambda: gym.pid_or_none("worker:1") not in (None, before), 15.0)
    assert "worker:1 is started anew: its heartbeat stopped" in gym.logged()
    assert not psutil.pid_exists(before)


def test_a_process_elsewhere_with_the_name_of_a_child_is_told_and_no_reason_to_start_anew(gym):
    gym.until(lambda: "processes are ready" in gym.logged())
    pid = gym.pid("worker:1")

    def told():
        beat = Heartbeat(
            sender="worker:1", pid=pid, host="elsewhere", started_utc_ns=1, beat_utc_ns=time.time_ns(), version="1",
            boot="another",
        )  # fmt: skip
        gym.store.beat(beat)
        supervisor = gym.seen()["supervisor"]
        return "worker:1 on elsewhere" in supervisor.trouble and supervisor

    gym.until(told, 30)
    assert "worker:1 on elsewhere" in gym.logged()
    assert told().restarts == {}
    assert psutil.pid_exists(pid)


def test_what_a_child_started_ends_with_it(gym):
    gym.do("worker:1", "fork")
    told = gym.folder / "worker:1.forked"
    gym.until(lambda: told.exists() and told.read_text())
    grandchild = psutil.Process(int(told.read_text()))
    os.kill(gym.pid("worker:1"), signal.SIGKILL)
    psutil.wait_procs([grandchild], timeout=5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_nothing_outlives_a_killed_supervisor(gym):
    children = gym.children()
    gym.process.kill()
    gym.process.wait()
    _, alive = psutil.wait_procs(children, timeout=6)
    assert not alive


class TestEdits:
    def test_just_the_camera_concerned(self, gym):
        pids = {name: gym.pid(name) for name in ALL}
        began = time.monotonic()
        gym.write(camera("door"), camera("racks", "fps = 5"), camera("bar"))
        gym.until(
            lambda: (
                {"ingest:bar", "ingest:racks"} <= gym.names()
                and gym.pid_or_none("ingest:racks") not in (None, pids["ingest:racks"])
            )
        )
        assert time.monotonic() - began < 4.0
        gym.write(camera("bar"), camera("racks", "fps = 5"))
        gym.until(lambda: "ingest:door" not in gym.names())
        gym.until(lambda: gym.state("ingest:door") is None)
        kept = ALL - {"ingest:door", "ingest:racks"}
        assert {name: gym.pid(name) for name in kept} == {name: pids[name] for name in kept}
        assert 'id = "bar"' in gym.places.running_config.read_text()

    def test_a_paused_camera_and_one_that_only_looks_different(self, gym):
        before = gym.pid("ingest:racks")
        gym.write(camera("door", "enabled = false"), camera("racks", 'name = "Racks"'))
        gym.until(lambda: "ingest:door" not in gym.names())
        assert gym.pid("ingest:racks") == before
        gym.write(camera("door"), camera("racks"))
        gym.until(lambda: "ingest:door" in gym.names())

    def test_a_camera_that_is_removed_and_comes_back_at_once(self, gym):
        gym.write(camera("racks"))
        gym.until(lambda: "door removed" in gym.logged())
        gym.write(camera("door"), camera("racks"))
        gym.until(lambda: "door added" in gym.logged())
        gym.until(lambda: gym.names() == ALL and gym.state("ingest:door") == "running")

    def test_a_broken_edit_changes_nothing_and_is_shown(self, gym):
        pids = {name: gym.pid(name) for name in ALL}
        gym.write(camera("door", "fsp = 5"))
        gym.until(lambda: "fsp" in gym.seen()["supervisor"].config_problem)
        assert "the one before stays in force" in gym.logged()
        os.kill(pids["ingest:racks"], signal.SIGKILL)
        gym.until(lambda: gym.pid_or_none("ingest:racks") not in (None, pids["ingest:racks"]))
        gym.write(camera("door"), camera("racks"))
        gym.until(lambda: gym.seen()["supervisor"].config_problem == "")
        assert gym.pid("ingest:door") == pids["ingest:door"]

    def test_an_edit_that_cannot_be_written_down_waits(self, gym):
        pids = {name: gym.pid(name) for name in ALL}
        in_the_way = gym.places.running_config.with_suffix(".new")
        in_the_way.mkdir()
        gym.write(camera("door"), camera("racks"), camera("bar"))
        gym.until(lambda: "cannot be written" in gym.seen()["supervisor"].config_problem)
        assert gym.logged().count("not in force yet") == 1
        in_the_way.rmdir()
        gym.until(lambda: "ingest:bar" in gym.names())
        gym.until(lambda: gym.seen()["supervisor"].config_problem == "")
        assert {name: gym.pid(name) for name in ALL} == pids

    def test_workers_are_started_anew_for_their_section(self, gym):
        pids = {name: gym.pid(name) for name in ALL}
        gym.write(camera("door"), camera("racks"), rest="[workers]\nmax_people = 3\n")
        gym.until(
            lambda: all(
                gym.seen().get(name) and gym.pid_or_none(name) not in (None, pids[name])
                for name in ("worker:1", "worker:2")
            )
        )
        assert gym.pid("ingest:door") == pids["ingest:door"]


def test_a_second_run_is_refused(gym):
    line = [sys.executable, "-c", SCRIPT, str(gym.config), str(STAND_IN)]
    second = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode != 0
    assert f"spotter run runs already (process {gym.process.pid})" in second.stderr
