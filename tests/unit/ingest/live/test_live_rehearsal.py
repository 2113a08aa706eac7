from itertools import islice

import numpy as np
import pytest

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError
from core.frame import Frame
from core.secrets import Address
from core.settings import Camera
from ingest.live.source import Break
from ingest.rehearsal.source import RehearsalSource, rehearsal_camera
from ingest.sources import open_source

SCENE = """
[scene]
duration = "3s"

[floor]
size = [6.0, 5.0]
door = [0.4, 2.0]

[[camera]]
id = "west"
position = [0.3, 0.3, 2.2]
look_at = [3.0, 3.0, 0.8]
size = [160, 120]
fps = 5

[[person]]
name = "Ada"
start = [3.4, 2.0]
script = [{ exercise = "squat", reps = 1, tempo = "1s" }]
"""


@pytest.fixture(scope="module")
def name(tmp_path_factory):
    path = tmp_path_factory.mktemp("scene") / "tiny.toml"
    path.write_text(SCENE)
    return f"rehearsal:{path}#west"


def opened(name, start_mono_ns=None, **options):
    camera = Camera(id="a", source=Address(name), **options)
    return open_source(camera, stop=lambda: False, start_mono_ns=start_mono_ns)


def test_two_cameras_with_one_start_show_the_same_moment(name):
    start_ns = mono_ns() - 7 * NANOSECONDS // 10
    with opened(name, start_ns) as one, opened(name, start_ns) as other:
        first, second = next(iter(one)), next(iter(other))
    assert abs(first.sequence - second.sequence) <= 2
    for frame in (first, second):
        assert frame.captured_ns == start_ns + frame.sequence * NANOSECONDS // 5


def test_a_scene_that_has_begun_goes_on_where_it_is_by_now(name):
    # The scene has 15 frames at 5 a second: after 4.5 s it is in its second turn.
    start_ns = mono_ns() - round(4.5 * NANOSECONDS)
    with opened(name, start_ns) as source:
        frame = next(iter(source))
    assert 23 <= frame.sequence <= 26
    assert source.dropped == {}


def test_a_recorder_with_a_wrong_clock_shows_the_same_moment_too():
    start_ns = mono_ns() - 5 * NANOSECONDS
    # Its clock is 140 ms ahead, so the frame of number n shows the scene at n / fps - 0.14 s.
    _, camera = rehearsal_camera("rehearsal:floor#cam-2")
    offset_s, fps = camera.clock_offset_s, camera.camera.fps
    assert offset_s != 0
    with opened("rehearsal:floor#cam-2", start_ns) as source:
        frame = next(iter(source))
    shown_s = frame.sequence / fps - offset_s
    assert (frame.captured_ns - start_ns) / NANOSECONDS == pytest.approx(shown_s, abs=1e-6)
    assert mono_ns() - 2 * NANOSECONDS < frame.captured_ns <= mono_ns()


def test_a_scene_that_is_over_has_no_frames(name):
    with opened(name, mono_ns() - 60 * NANOSECONDS, loop=False) as source:
        assert list(source) == []


def test_a_loop_is_said(name):
    start_ns = mono_ns() - round(2.7 * NANOSECONDS)
    with opened(name, start_ns) as source:
        items = list(islice(source, 3))
    kinds = [item.reason if isinstance(item, Break) else item.sequence for item in items]
    at = kinds.index("looped")
    assert kinds[at + 1] >= 15
    assert all(number < 15 for number in kinds[:at])


def test_only_frames_that_are_wanted_are_drawn(name):
    frames = list(RehearsalSource(name, rate=2.0))
    assert [frame.sequence for frame in frames] == [0, 3, 5, 8, 10, 13]
    assert [frame.captured_ns for frame in frames[:3]] == [0, 600_000_000, 1_000_000_000]
    whole = list(RehearsalSource(name))
    assert np.abs(frames[1].pixels.astype(int) - whole[3].pixels).mean() < 6
    assert len(list(RehearsalSource(name, rate=60.0))) == len(whole)


def test_a_rate_thins_the_live_scene(name):
    with opened(name, mono_ns() - 10 * NANOSECONDS, fps=2.5) as source:
        frames = [item for item in islice(source, 3) if isinstance(item, Frame)]
    assert all(step >= 2 for step in np.diff([frame.sequence for frame in frames]))


def test_a_scene_that_does_not_exist_is_told():
    with pytest.raises(SourceError, match="did you mean 'floor'") as caught:
        opened("rehearsal:flor#cam-1")
    assert caught.value.reason == "not found"
