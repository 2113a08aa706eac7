"""A long-running process, run for real: how it stops, what it logs, and what its heartbeat says."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest

from core.clock import mono_ns
from core.messages import Heartbeat
from core.runtime import Pulse, StopRequest
from core.store import Store


@pytest.fixture
def spawn():
    """Start a script that has ``process`` and ends with it; gives the child, and kills what is left."""
    children = []

    def start(body, *, parent=None, level="INFO", ready=True):
        script = (
            "import logging, sys, time, threading, os\n"
            "from core.runtime import Process\n"
            "log = logging.getLogger('workers.test')\n"
            f"process = Process('worker:1', parent_pid={parent}, log_level={level!r})\n"
            "def body(process):\n"
            "    print('ready', flush=True)\n" + textwrap.indent(textwrap.dedent(body), "    ") + "\n"
            "sys.exit(process.run(body))\n"
        )
        child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        children.append(child)
        if ready:
            assert child.stdout.readline() == b"ready\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def ended(child, within_s=5.0):
    _, errors = child.communicate(timeout=within_s)
    return child.returncode, errors.decode()


UNTIL_STOPPED = "while not process.stopping.wait(60): pass"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_asks_to_stop(spawn, number):
    child = spawn(UNTIL_STOPPED)
    child.send_signal(number)
    assert ended(child) == (0, "")


def test_the_second_signal_kills(spawn):
    child = spawn("process.stopping.wait(60)\nprint('asked', flush=True)\ntime.sleep(60)")
    child.send_signal(signal.SIGINT)
    assert child.stdout.readline() == b"asked\n"
    child.send_signal(signal.SIGINT)
    assert ended(child)[0] == -signal.SIGINT


def test_an_orphan_stops(spawn, tmp_path):
    middle = textwrap.dedent(
        """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", '''
        import os, sys
        from core.runtime import Process
        process = Process("ingest:door", parent_pid=os.getppid())
        print(os.getpid(), flush=True)
        sys.exit(process.run(lambda process: process.stopping.wait(60) and 0))
        '''.replace("\\n        ", "\\n")])
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", middle], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    child = psutil.Process(int(parent.stdout.readline()))
    assert child.cmdline()[0] == "spotter ingest:door"
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs([child], timeout=4)
    assert not alive


def test_errors_of_ours_are_one_line_and_an_exit_code(spawn):
    code, errors = ended(spawn("from core.errors import StoreError\nraise StoreError('Redis is away: start it')"))
    assert code == 3
    assert errors.endswith("ERROR worker:1 Redis is away: start it\n")
    assert errors.count("\n") == 1


def test_anything_else_is_a_bug(spawn):
    code, errors = ended(spawn("1 / 0"))
    assert code == 1
    assert "CRITICAL worker:1 this is a bug in Spotter\n    Traceback" in errors


def test_a_thread_that_dies_takes_the_process_with_it(spawn):
    code, errors = ended(spawn("threading.Thread(target=lambda: 1 / 0, name='helper').start()\n" + UNTIL_STOPPED))
    assert code == 1
    assert "thread helper died" in errors


def test_the_log_shows_no_secret_and_forges_no_line(spawn):
    body = """
    log.info("camera at rtsp://me:hush@host/1")
    log.info("said %s", "x\\n2026-01-01T00:00:00.000Z INFO worker:1 forged\\x1b[2J")
    log.debug("unseen")
    logging.getLogger("redis").info("unseen")
    try:
        raise ValueError("no redis://:hush@host/")
    except ValueError:
        log.exception("failed")
    """
    _, errors = ended(spawn(body))
    lines = errors.splitlines()
    assert lines[0].endswith("INFO worker:1 camera at rtsp://***@host/1")
    assert lines[2] == "    2026-01-01T00:00:00.000Z INFO worker:1 forged?[2J"
    assert "hush" not in errors
    assert "unseen" not in errors


def test_an_unknown_log_level_is_told(spawn):
    code, errors = ended(spawn("pass", level="LOUD", ready=False))
    assert code == 1
    assert "--log-level LOUD: write one of DEBUG" in errors


def test_a_stop_request_wakes_every_waiter_for_ever():
    request = StopRequest()
    assert not request.wait(0.01)
    woken = []
    threads = [threading.Thread(target=lambda: woken.append(request.wait(20))) for _ in range(3)]
    for thread in threads:
        thread.start()
    request.set()
    request.set()
    for thread in threads:
        thread.join(5)
    assert woken == [True, True, True]
    assert request.wait(20)
    request.close()


class TestPulse:
    def heartbeat(self):
        return Heartbeat(
            sender="worker:1", pid=os.getpid(), host="h", started_utc_ns=1, beat_utc_ns=time.time_ns(), version="1"
        )

    def wait_for(self, condition, within_s=6.0):
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def test_it_beats_at_once_and_is_forgotten(self, redis_address):
        store = Store(redis_address)
        pulse = Pulse(redis_address, self.heartbeat, mono_ns)
        pulse.start()
        self.wait_for(lambda: "worker:1" in store.processes(), 1.0)
        first = store.processes()["worker:1"].beat_utc_ns
        self.wait_for(lambda: store.processes()["worker:1"].beat_utc_ns > first)
        pulse.stop(forget=True)
        assert store.processes() == {}
        store.close()

    def test_it_stops_with_the_main_loop(self, redis_address, caplog):
        store = Store(redis_address)
        stood_ns = [mono_ns()]
        pulse = Pulse(redis_address, self.heartbeat, lambda: stood_ns[0], stuck_s=0.5)
        pulse.start()
        self.wait_for(lambda: "stands still" in caplog.text)
        last = store.processes()["worker:1"].beat_utc_ns
        stood_ns[0] = mono_ns() + 10**12
        self.wait_for(lambda: store.processes()["worker:1"].beat_utc_ns > last)
        pulse.stop(forget=False)
        assert "worker:1" in store.processes()
        store.close()

    def test_it_outlives_redis_and_says_so_once_each_way(self, own_redis, caplog):
        caplog.set_level("INFO")
        pulse = Pulse(own_redis.address, self.heartbeat, mono_ns)
        own_redis.kill()
        pulse.start()
        self.wait_for(lambda: "no heartbeat can be written" in caplog.text)
        own_redis.empty()
        own_redis.start()
        self.wait_for(lambda: "written again" in caplog.text)
        pulse.stop(forget=True)
        assert caplog.text.count("no heartbeat can be written") == 1
