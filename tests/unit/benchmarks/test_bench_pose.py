import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.bench_pose import CONTENDERS, drawn_frames, fitted, touched


@pytest.mark.parametrize(
    ("size", "picture"), [((100, 200), (320, 640)), ((960, 640), (480, 320)), ((480, 640), (480, 640))]
)
def test_frames_are_fitted_with_their_proportions_into_black(size, picture):
    result = fitted(np.full((*size, 3), 200, np.uint8))
    assert result.shape == (480, 640, 3)
    lit = result[..., 0] > 0
    assert (lit.any(axis=1).sum(), lit.any(axis=0).sum()) == picture
    assert lit.sum() == picture[0] * picture[1]
    centre = np.argwhere(lit).mean(axis=0)
    np.testing.assert_allclose(centre, [239.5, 319.5], atol=0.6)


def test_touching_changes_little_and_only_every_30th_frame():
    frames = np.random.default_rng(0).integers(0, 256, (32, 48, 64, 3), dtype=np.uint8)
    apart = np.abs(touched(frames).astype(int) - frames)
    assert apart.max() == 1
    assert 0.01 < apart[[0, 30]].mean() < 0.03
    assert np.delete(apart, [0, 30], axis=0).max() == 0


def test_drawn_frames_are_as_many_as_asked_for_and_move():
    frames = drawn_frames(12)
    assert frames.shape == (12, 480, 640, 3)
    assert (frames[0] != frames[-1]).any()


def test_the_benchmark_runs_and_reports_every_contender():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_pose", "--frames", "6", "--rounds", "2", "--json"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report["cpu_ms_per_frame"]) == set(CONTENDERS)
    for figure in report["cpu_ms_per_frame"].values():
        assert 0.5 < figure["low"] <= figure["median"] <= figure["high"] < 1000
    assert report["ours_over"]["mediapipe num_poses=4"]["median"] < 1
    assert report["people_per_frame"]["onnx"] == 1
    assert report["agreement"]["frames"] == 6
    assert report["machine"]


def test_a_clip_that_is_not_there_is_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_pose", "--clip", "no such clip.mp4"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "no such clip.mp4" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
