"""The real command on recordings that are damaged, odd or none at all."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def command(*args):
    return [sys.executable, "-m", "spotter", "analyze", *map(str, args)]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def analyze(*args, cwd=None):
    done = subprocess.run(
        command(*args), capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def test_bad_clips_among_good_ones(make_clip, tmp_path):
    good = make_clip("good clip.mp4")
    text = tmp_path / "plan.txt"
    text.write_text("squat\n" * 100)
    cut = make_clip("cut.avi", "FFV1", frames=50)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    code, out, err = analyze("--json", text, good, tmp_path, cut, tmp_path / "no\nfile.mp4", "--", "-dash.mp4")
    assert code == 4
    documents = [json.loads(line) for line in out]
    assert [document["source"] for document in documents] == [str(good), str(cut)]
    assert documents[0]["frames"] == 20
    assert documents[0]["people"] == []
    assert documents[1]["truncated"] is not None
    assert [line.rpartition(": ")[0] or line for line in err[:1]] == [f"spotter: {text}"]
    assert len(err) == 5
    for line, reason in zip(
        err, ("text file", "folder", "bytes are missing", "no such file", "no such file"), strict=True
    ):
        assert line.startswith("spotter: ")
        assert reason in line


@pytest.mark.parametrize("option", ["--annotate", "--plot", "--keypoints"])
def test_an_unwritable_folder(make_clip, option):
    suffix = {"--annotate": "mp4", "--plot": "png", "--keypoints": "npz"}[option]
    code, out, err = analyze(make_clip(), "--json", option, f"/proc/out.{suffix}")
    assert code == 4
    assert len(out) == 1
    assert len(err) == 1
    assert err[0].startswith(f"spotter: /proc/out.{suffix}: cannot be written")


def test_several_clips_need_several_outputs(make_clip):
    code, out, err = analyze(make_clip("a.mp4"), make_clip("b.mp4"), "--plot", "out.png")
    assert (code, out) == (2, [])
    assert "{name}" in err[0]


def test_a_full_disk_leaves_nothing_half_written(make_clip, tmp_path):
    clip = make_clip(frames=300, size=(320, 240))
    out = tmp_path / "out"
    out.mkdir()
    # In blocks of 1024 bytes: less than the video and the picture need.
    script = 'ulimit -f 8; exec "$@"'
    args = ("--json", "--annotate", out / "{name}.mp4", "--plot", out / "{name}.png", "--keypoints", out / "k.npz")
    done = subprocess.run(
        ["bash", "-c", script, "bash", *command(clip, *args)],
        capture_output=True, text=True, env=ENVIRONMENT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert json.loads(done.stdout)["frames"] == 300
    assert "clip.mp4: the video could not be written completely" in done.stderr
    assert "clip.png: cannot be written (File too large)" in done.stderr
    assert not list(out.glob(".*"))
    assert not (out / "clip.mp4").exists()
    assert not (out / "clip.png").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_half_written(make_clip, tmp_path, number, code):
    clip = make_clip(frames=3000, size=(640, 480))
    out = tmp_path / "out"
    out.mkdir()
    args = command(clip, "--annotate", out / "a.mp4", "--plot", out / "p.png", "--keypoints", out / "k.npz")
    with subprocess.Popen(args, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while len(list(out.iterdir())) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(list(out.iterdir())) == 3, process.stderr.read() if process.poll() is not None else "no files"
        process.send_signal(number)
        said = process.stderr.read()
        assert (process.wait(20), said.strip()) == (code, "")
    assert list(out.iterdir()) == []


def test_progress_is_shown_on_a_terminal_only(make_clip):
    clip = make_clip(frames=100)
    reader, writer = pty.openpty()
    with subprocess.Popen(
        command(clip, "--json"), stdout=subprocess.PIPE, stderr=writer, env={**ENVIRONMENT, "TERM": "xterm"}
    ) as process:
        os.close(writer)
        shown = b""
        while True:
            try:
                part = os.read(reader, 65536)
            except OSError:  # the terminal's other end is closed
                break
            if not part:
                break
            shown += part
        assert json.loads(process.stdout.read())["frames"] == 100
        assert process.wait(30) == 0
    os.close(reader)
    assert b"clip.mp4" in shown
    assert b"frames/s" in shown
    assert analyze(clip, "--json")[2] == []
