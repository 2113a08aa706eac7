"""``spotter camera test`` with the real finder on a drawn camera."""

import json
import subprocess
import sys


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


def test_the_exit_status_tells_a_camera_from_a_config(tmp_path):
    for which, status in (("./missing.mp4", 4), ("srt://x", 2)):
        command = [sys.executable, "-m", "spotter", "camera", "test", which, "--no-people"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stderr
        assert done.stderr.startswith("spotter: ")
        assert "Traceback" not in done.stderr
