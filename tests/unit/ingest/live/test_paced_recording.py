from itertools import islice, pairwise

import pytest

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError
from core.frame import Frame
from core.secrets import Address
from core.settings import Camera
from ingest.live.source import Break
from ingest.sources import open_source


def opened(path, start_mono_ns=None, **options):
    camera = Camera(id="a", source=Address(str(path)), **options)
    return open_source(camera, stop=lambda: False, start_mono_ns=start_mono_ns)


def test_it_takes_as_long_as_it_lasts_and_its_intervals_are_exact(make_clip):
    began_ns = mono_ns()
    with opened(make_clip(frames=10, fps=25), loop=False) as source:
        frames = list(source)
    took_s = (mono_ns() - began_ns) / NANOSECONDS
    assert len(frames) == 10
    assert {after.captured_ns - before.captured_ns for before, after in pairwise(frames)} == {40_000_000}
    assert 0.36 <= took_s < 3
    assert not source.live


def test_a_frame_is_never_given_before_its_time(make_clip):
    with opened(make_clip(frames=5, fps=25), loop=False) as source:
        assert all(frame.captured_ns <= mono_ns() for frame in source)


def test_a_loop_says_so_and_goes_on_evenly(make_clip):
    with opened(make_clip(frames=5, fps=50)) as source:
        items = list(islice(source, 12))
    assert [item for item in items if isinstance(item, Break)] == [Break("looped")] * 2
    assert items[5] == Break("looped")
    frames = [item for item in items if isinstance(item, Frame)]
    assert [frame.sequence for frame in frames] == list(range(10))
    steps = [after.captured_ns - before.captured_ns for before, after in pairwise(frames)]
    assert all(step == pytest.approx(20_000_000, abs=1000) for step in steps)


def test_it_begins_at_a_common_start(make_clip):
    start_ns = mono_ns() + NANOSECONDS // 5
    with opened(make_clip(frames=2), start_ns, loop=False) as source:
        assert next(iter(source)).captured_ns == start_ns


def test_a_start_that_is_past_is_now(make_clip):
    now_ns = mono_ns()
    with opened(make_clip(frames=2), now_ns - 60 * NANOSECONDS, loop=False) as source:
        assert next(iter(source)).captured_ns >= now_ns


def test_a_reader_that_falls_behind_leaves_frames_out_and_then_goes_on_from_there(make_clip, monkeypatch):
    late_ns = 0
    monkeypatch.setattr("ingest.live.recording.mono_ns", lambda: mono_ns() + late_ns)
    with opened(make_clip(frames=20, fps=100), loop=False) as source:
        frames = iter(source)
        first = next(frames)
        late_ns = NANOSECONDS
        rest = []
        for item in frames:
            rest.append(item)
            break
        assert not rest
        assert source.dropped == {"late": 19}
    assert first.sequence == 0
    late_ns = 0
    with opened(make_clip("b.mp4", frames=5, fps=100), loop=False) as source:
        frames = iter(source)
        next(frames)
        late_ns = 10 * NANOSECONDS
        assert next(frames) == Break("stalled")


def test_a_text_file_is_unusable(tmp_path):
    (tmp_path / "a.mp4").write_text("hello")
    with pytest.raises(SourceError, match="text file") as caught:
        opened(tmp_path / "a.mp4")
    assert caught.value.reason == "unusable"


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(SourceError, match="no such file") as caught:
        opened(tmp_path / "a.mp4")
    assert caught.value.reason == "not found"


@pytest.mark.parametrize("source", ["ftp://host/x", "rtsp:nothing", "http://", "rehearsal:floor"])
def test_an_address_of_no_known_kind_is_unusable(source):
    with pytest.raises(SourceError) as caught:
        opened(source)
    assert caught.value.reason == "unusable"
