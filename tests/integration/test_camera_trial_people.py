"""``spotter camera test`` with the real finder on a drawn camera."""

import json
import os
import subprocess
import sys

from camera_servers import DIGEST, ESCAPED, CameraServer, guarded, mjpeg


def test_people_are_found_in_a_drawn_gym(tmp_path):
    command = [sys.executable, "-m", "spotter", "camera", "test", "rehearsal:small#cam-1", "--seconds", "3"]
    done = subprocess.run(
        [*command, "--format", "json"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["people"] >= 1
    assert told["searched"] > 10
    assert told["frames_per_second"] > 10


def test_a_camera_that_asks_for_a_password(tmp_path):
    """Over HTTP with digest: the right one gives figures, a wrong one the reason, and neither is shown."""
    command = [sys.executable, "-m", "spotter", "camera", "test", "--no-people", "--seconds", "1"]
    with CameraServer(guarded(mjpeg(), DIGEST)) as server:
        for user, status in ((ESCAPED, 0), ("warden:hunter2", 4)):
            environ = {**os.environ, "CAM_USER": user}
            source = f"http://${{CAM_USER}}@127.0.0.1:{server.port}/video"
            done = subprocess.run(
                [*command, source], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == status, done.stderr
            assert "hunter2" not in done.stdout + done.stderr
            assert "s3cr" not in done.stdout + done.stderr
            assert "160x120" in done.stdout if status == 0 else "source: unauthorised: " in done.stderr


def test_the_exit_status_tells_a_camera_from_a_config(tmp_path):
    for which, status in (("./missing.mp4", 4), ("srt://x", 2)):
        command = [sys.executable, "-m", "spotter", "camera", "test", which, "--no-people"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stderr
        assert done.stderr.startswith("spotter: ")
        assert "Traceback" not in done.stderr
