import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from file_sizes import limited_files

from core.errors import OutputError
from core.frame import Frame
from ingest.video import Recording
from spotter.annotate import AnnotatedVideo, drawn, head_words


def frames(count=20, fps=25.0, size=(160, 120), times_s=None):
    rng = np.random.default_rng(0)
    for index in range(count):
        time_s = index / fps if times_s is None else times_s[index]
        pixels = np.full((size[1], size[0], 3), 60 + 5 * (index % 20), np.uint8)
        pixels[:8] = rng.integers(0, 255, (8, size[0], 3))
        yield Frame(pixels, round(time_s * 1e9), index), time_s


def written(tmp_path, *, analysis, size=(160, 120), fps=25.0, **how):
    video = AnnotatedVideo(tmp_path / "out.mp4", size, fps)
    for frame, time_s in frames(fps=fps, size=size, **how):
        video.add(frame, time_s, [])
    video.finish(analysis)
    video.discard()
    with Recording(tmp_path / "out.mp4") as recording:
        return recording, [int(frame.pixels[-1, 2].mean()) for frame in recording]


@pytest.mark.parametrize("fps", [25.0, 29.97, 23.976, 12.5, 60.0, 7.3])
def test_frame_rate_size_and_number_of_frames_are_kept(tmp_path, make_analysis, fps):
    recording, levels = written(tmp_path, analysis=make_analysis(), fps=fps, count=40)
    assert recording.frames_per_second == pytest.approx(fps, rel=1e-3)
    assert (recording.width, recording.height) == (160, 120)
    assert levels == pytest.approx([60 + 5 * (index % 20) for index in range(40)], abs=8)


def test_odd_sides_become_even(tmp_path, make_analysis):
    recording, levels = written(tmp_path, analysis=make_analysis(), size=(161, 121))
    assert (recording.width, recording.height) == (162, 122)
    assert len(levels) == 20


def test_a_frame_of_variable_rate_stays_until_the_next_is_due(tmp_path, make_analysis):
    times_s = [0, 0.04, 0.20, 0.24, 0.245, 0.28]
    _recording, levels = written(tmp_path, analysis=make_analysis(), times_s=times_s, count=6)
    assert levels == pytest.approx([60, 65, 65, 65, 65, 70, 75, 85], abs=4)


def test_a_long_hole_is_shortened(tmp_path, make_analysis):
    recording, _levels = written(tmp_path, analysis=make_analysis(), times_s=[0, 0.04, 36000, 36000.04], count=4)
    assert recording.frames_read == pytest.approx(2 + 250 + 2, abs=2)


def test_nothing_is_left_after_discard(tmp_path):
    video = AnnotatedVideo(tmp_path / "out.mp4", (160, 120), 25)
    for frame, time_s in frames():
        video.add(frame, time_s, [])
    video.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_only_a_part_is_noticed(tmp_path, make_analysis):
    video = AnnotatedVideo(tmp_path / "out.mp4", (160, 120), 25)
    with limited_files(20000):
        for frame, time_s in frames(200):
            video.add(frame, time_s, [])
        with pytest.raises(OutputError, match=r"out\.mp4: the video could not be written completely"):
            video.finish(make_analysis())
    video.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_utf8_is_refused_instead_of_crashing(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff"))
    folder.mkdir()
    with pytest.raises(OutputError, match="not UTF-8"):
        AnnotatedVideo(folder / "out.mp4", (160, 120), 25)
    assert list(folder.iterdir()) == []
    shutil.rmtree(folder)


def test_an_original_frame_is_not_drawn_into(seen):
    pixels = np.zeros((120, 160, 3), np.uint8)
    result = drawn(pixels, [seen(1)], (160, 120))
    assert not pixels.any()
    assert result.any()


def test_people_get_skeleton_label_and_cue(seen, stub_status):
    blank = np.zeros((360, 640, 3), np.uint8)
    calm = drawn(blank, [seen(1, x=300, y0=150, y1=340)], (640, 360))
    cued = drawn(blank, [seen(1, stub_status(cue="Keep your back straight"), x=300, y0=150, y1=340)], (640, 360))
    both = drawn(blank, [seen(1, x=150, y0=150, y1=340), seen(2, x=500, y0=150, y1=340)], (640, 360))
    assert calm[150:340].any()
    assert calm[:140].any()
    assert (cued > 0).sum() > (calm > 0).sum() + 1000
    assert both[:, :320].any()
    assert both[:, 320:].any()
    amber = (cued[:, :, 2] > 200) & (cued[:, :, 0] < 90)
    assert amber.sum() > 100
    assert cv2.absdiff(calm, cued)[200:].sum() == 0


def test_words(stub_status):
    def text(**status):
        return "".join(word.text for word in head_words(3, stub_status(**status)))

    assert text() == "#3 squat 5"
    assert text(exercise="") == "#3"
    assert text(exercise="biceps_curl", reps=0) == "#3 biceps curl"
    assert text(exercise="plank", reps=0, hold_s=12.4) == "#3 plank 12 s"
    assert text(reps=4, tentative=1) == "#3 squat 4 +1"
    sure, doubtful = head_words(3, stub_status(tentative=1))[-2:]
    assert max(doubtful.colour) < max(sure.colour)
