"""``python -m ingest`` as the supervisor starts it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from camera_servers import ESCAPED, PASSWORD, CameraServer, guarded, mjpeg, silent

from core.clock import mono_ns
from core.sockets import FrameSubscriber
from core.store import Store


@pytest.fixture
def folder():
    # Sockets have short names at most.
    made = Path(tempfile.mkdtemp(prefix="spotter-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def store(redis_address):
    opened = Store(redis_address)
    yield opened
    opened.close()


def start(folder, redis_address, toml, *more, environ=None):
    (folder / "gym.toml").write_text(toml)
    return subprocess.Popen(
        [
            sys.executable, "-m", "ingest", "--config", folder / "gym.toml", "--camera", "racks", "--redis",
            redis_address.reveal(), "--socket-folder", folder / "sockets", "--parent", str(os.getpid()), *more,
        ],
        stderr=subprocess.PIPE, text=True, env=os.environ | (environ or {}),
    )  # fmt: skip


def beat_when(store, process, condition, limit_s=15):
    deadline_s = time.monotonic() + limit_s
    beat = None
    while time.monotonic() < deadline_s and process.poll() is None:
        beat = store.processes().get("ingest:racks")
        if beat is not None and condition(beat):
            return beat
        time.sleep(0.05)
    raise AssertionError(f"never: {beat}, exit code {process.poll()}")


def test_a_camera_from_its_config_to_a_worker_and_a_clean_stop(folder, redis_address, store):
    toml = '[[camera]]\nid = "racks"\nfps = 10\nsource = "http://warden:${GYM_PASSWORD}@127.0.0.1:%d/live"\n'
    with CameraServer(guarded(mjpeg(), 'Basic realm="x"')) as server:
        environ = {"GYM_PASSWORD": ESCAPED.partition(":")[2]}
        process = start(folder, redis_address, toml % server.port, environ=environ)
        beat = beat_when(store, process, lambda beat: beat.camera_state == "online")
        assert beat.endpoint == f"ipc://{folder}/sockets/racks.ipc"
        assert (folder / "sockets").stat().st_mode & 0o077 == 0
        subscriber = FrameSubscriber()
        subscriber.subscribe("racks", beat.endpoint, beat.server_key)
        deadline_s, arrived = time.monotonic() + 10, []
        while len(arrived) < 5 and time.monotonic() < deadline_s:
            arrived += subscriber.receive(0.2)
        subscriber.close()
        assert {each.header.boot for each in arrived} == {beat.boot}
        process.send_signal(signal.SIGTERM)
        began_s = time.monotonic()
        _, told = process.communicate(timeout=10)
    assert (process.returncode, len(arrived) >= 5) == (0, True)
    assert time.monotonic() - began_s < 3
    assert store.processes() == {}
    assert PASSWORD not in told
    assert ESCAPED.partition(":")[2] not in told
    assert "online: 160x120" in told


def test_a_camera_that_cannot_be_reached_lives_and_says_why(folder, redis_address, store):
    with CameraServer(mjpeg()) as server:
        port = server.port
    process = start(folder, redis_address, f'[[camera]]\nid = "racks"\nsource = "rtsp://{ESCAPED}@127.0.0.1:{port}/"\n')
    beat = beat_when(store, process, lambda beat: beat.camera_state == "offline")
    assert (beat.reason, beat.state) == ("refused", "running")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=10)
    assert process.returncode == 0
    assert f"127.0.0.1:{port} refuses the connection" in told
    assert PASSWORD not in told
    assert ESCAPED not in told


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_it_stops_at_once_while_its_library_waits_for_a_silent_camera(folder, redis_address, store, scheme):
    with CameraServer(silent) as server:
        toml = f'[[camera]]\nid = "racks"\nsource = "{scheme}://127.0.0.1:{server.port}/"\n'
        process = start(folder, redis_address, toml)
        beat_when(store, process, lambda beat: server.connections >= (2 if scheme == "rtsp" else 1))
        process.terminate()
        began_s = time.monotonic()
        _, told = process.communicate(timeout=10)
        assert time.monotonic() - began_s < 4
    assert (process.returncode, store.processes()) == (0, {})
    assert "Traceback" not in told


def test_cameras_of_one_gym_show_one_moment_also_after_a_restart(folder, redis_address, store):
    toml = '[[camera]]\nid = "racks"\nfps = 5\nsource = "rehearsal:small#cam-1"\n'
    start_ns = mono_ns() - 20_000_000_000
    process = start(folder, redis_address, toml, "--start-mono-ns", str(start_ns))
    beat = beat_when(store, process, lambda beat: beat.camera_state == "online")
    subscriber = FrameSubscriber()
    subscriber.subscribe("racks", beat.endpoint)
    deadline_s, frames = time.monotonic() + 10, []
    while not frames and time.monotonic() < deadline_s:
        frames += [each.header for each in subscriber.receive(0.2) if each.pixels is not None]
    subscriber.close()
    process.terminate()
    process.communicate(timeout=10)
    passed_s = (frames[0].captured_ns - start_ns) / 1e9
    assert passed_s > 20
    from ingest.rehearsal.source import rehearsal_camera

    fps = rehearsal_camera("rehearsal:small#cam-1")[1].camera.fps
    assert frames[0].sequence / fps == pytest.approx(passed_s, abs=1e-6)


def test_a_process_that_stood_still_goes_on_and_says_that_frames_are_missing(folder, redis_address, store):
    times = "open_timeout = '1s'\nread_timeout = '1s'\nstall_after = '1s'\n"
    with CameraServer(mjpeg(fps=10)) as server:
        toml = f'[[camera]]\nid = "racks"\nsource = "http://127.0.0.1:{server.port}/"\n{times}'
        process = start(folder, redis_address, toml)
        beat = beat_when(store, process, lambda beat: beat.camera_state == "online")
        process.send_signal(signal.SIGSTOP)
        time.sleep(6.5)
        process.send_signal(signal.SIGCONT)
        stopped_utc_ns = beat.last_frame_utc_ns + 6_000_000_000
        beat = beat_when(store, process, lambda beat: beat.last_frame_utc_ns > stopped_utc_ns)
        # A worker's connection may not have outlived the stop, so it asks for what was held.
        subscriber = FrameSubscriber()
        subscriber.subscribe("racks", beat.endpoint, after=(beat.boot, 0))
        deadline_s, gaps = time.monotonic() + 10, []
        while not gaps and time.monotonic() < deadline_s:
            held = [each.header for each in subscriber.receive(0.2) if each.pixels is None]
            gaps += [gap for gap in held if gap.reason != "restarted"]
        subscriber.close()
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0
    assert gaps[0].reason in {"stalled", "reconnected"}
    assert gaps[0].lasted_s > 6


@pytest.mark.parametrize(
    ("toml", "code", "said"),
    [
        ('[[camera]]\nid = "mats"\nsource = "usb:0"\n', 2, "has no camera 'racks'; it has mats"),
        ('[[camera]]\nid = "racks"\nsource = "usb:0"\nenabled = false\n', 0, "paused"),
        ('[transport]\nbind = "tcp://0.0.0.0:5600"\n[[camera]]\nid = "racks"\nsource = "usb:0"\n', 2, "keys"),
        ("[[camera]\n", 2, "gym.toml:1"),
    ],
)
def test_what_cannot_begin_says_why(folder, redis_address, toml, code, said):
    process = start(folder, redis_address, toml)
    _, told = process.communicate(timeout=20)
    assert (process.returncode, said in told) == (code, True), told


def test_two_processes_for_one_camera_are_refused(folder, redis_address, store):
    toml = '[[camera]]\nid = "racks"\nsource = "rehearsal:small#cam-1"\n'
    first = start(folder, redis_address, toml)
    beat_when(store, first, lambda beat: True)
    second = start(folder, redis_address, toml)
    _, told = second.communicate(timeout=20)
    assert (second.returncode, "racks.ipc" in told) == (3, True), told
    assert first.poll() is None
    first.terminate()
    first.communicate(timeout=10)
