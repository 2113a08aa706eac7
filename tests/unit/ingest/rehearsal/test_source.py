from itertools import islice

import numpy as np
import pytest
from scenes_in_text import TINY

from core.errors import ClipError, ConfigError
from ingest.open import open_recording, source_title
from ingest.rehearsal.source import RehearsalSource, rehearsal_camera


@pytest.fixture(scope="module")
def name(tmp_path_factory):
    path = tmp_path_factory.mktemp("scene") / "tiny.toml"
    path.write_text(TINY)
    return f"rehearsal:{path}#west"


class _Clock:
    """Time that passes only by sleeping, and when a test says so."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


def test_it_offers_what_a_recording_offers(name):
    with open_recording(name) as source:
        assert isinstance(source, RehearsalSource)
        assert (source.width, source.height, source.nominal_frames_per_second) == (320, 240, 5.0)
        assert source.frame_count_or_none == 15
        frames = list(source)
    assert [frame.sequence for frame in frames] == list(range(15))
    assert np.unique(np.diff([frame.captured_ns for frame in frames])).tolist() == [200_000_000]
    assert source.duration_s == pytest.approx(3.0)
    assert source.frames_read == 15
    assert source.truncated is None
    assert any("synthetic" in note for note in source.notes)


def test_at_real_pace_it_waits_for_each_frame(name):
    clock = _Clock()
    frames = list(islice(RehearsalSource(name, "real", clock=clock, sleep=clock.sleep), 6))
    assert [frame.sequence for frame in frames] == list(range(6))
    assert clock.now_s - 100.0 == pytest.approx(1.0, abs=0.05)


def test_at_real_pace_what_is_overdue_is_left_out_and_counted(name):
    clock = _Clock()
    source = RehearsalSource(name, "real", clock=clock, sleep=clock.sleep)
    numbers = []
    for frame in source:
        numbers.append(frame.sequence)
        clock.now_s += 0.45
    assert numbers == [0, 2, 4, 6, 9, 11, 13]
    assert (source.frames_read, source.frames_skipped) == (7, 8)


def test_a_loop_goes_on_with_its_times(name):
    source = RehearsalSource(name, loop=True)
    frames = list(islice(source, 17))
    assert source.frame_count_or_none is None
    assert frames[16].captured_ns == 3_200_000_000
    # The same moment again, but for the noise of the sensor.
    assert np.abs(frames[16].pixels.astype(int) - frames[1].pixels).mean() < 6


def test_a_closed_source_ends(name):
    with RehearsalSource(name) as source:
        frames = iter(source)
        next(frames)
    assert list(frames) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("rehearsal:flor#cam-1", "no scene 'flor'; did you mean 'floor'"),
        ("rehearsal:floor", "say which camera after a #: cam-1, cam-2"),
        ("rehearsal:floor#cam-9", "no camera 'cam-9'; did you mean 'cam-"),
        ("rehearsal:", "name a scene and a camera, such as rehearsal:floor#cam-1"),
        ("rehearsal:#cam-1", "name a scene and a camera"),
        ("rehearsal:floor#", "name a scene and a camera"),
    ],
)
def test_a_wrong_name_is_told(wrong, said):
    with pytest.raises(ConfigError, match=said):
        open_recording(wrong)


def test_a_camera_is_found_by_its_name():
    scene, camera = rehearsal_camera("rehearsal:floor#cam-2")
    assert (scene.name, camera.id) == ("floor", "cam-2")


def test_anything_else_is_a_recording(tmp_path):
    with pytest.raises(ClipError, match="there is no such file"):
        open_recording(tmp_path / "none.mp4")
    assert source_title("a/b.mp4") == "b.mp4"
    assert source_title("rehearsal:a/b.toml#c") == "rehearsal:a/b.toml#c"
