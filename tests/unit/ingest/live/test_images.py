from itertools import islice, pairwise

import cv2
import numpy as np
import pytest

from core.clock import mono_ns
from core.errors import SourceError
from core.frame import Frame
from core.secrets import Address
from core.settings import Camera
from ingest.live.images import decoded_picture
from ingest.live.source import Break
from ingest.sources import open_source


def write(folder, name, level, size=(64, 48)):
    pixels = np.full((size[1], size[0], 3), level, np.uint8)
    assert cv2.imwrite(str(folder / name), pixels)


def opened(folder, **options):
    return open_source(Camera(id="a", source=Address(str(folder)), **options), stop=lambda: False)


def test_pictures_come_in_order_and_evenly(tmp_path):
    for name, level in (("b.png", 20), ("a.png", 10), ("c.png", 30)):
        write(tmp_path, name, level)
    (tmp_path / "notes.txt").write_text("no picture")
    before_ns = mono_ns()
    with opened(tmp_path, fps=50, loop=False) as source:
        frames = list(source)
    assert [int(frame.pixels[0, 0, 0]) for frame in frames] == [10, 20, 30]
    assert [after.captured_ns - before.captured_ns for before, after in pairwise(frames)] == [20_000_000] * 2
    assert before_ns <= frames[0].captured_ns <= mono_ns()
    assert not source.live


def test_a_broken_picture_is_left_out_and_its_time_passes(tmp_path, caplog):
    write(tmp_path, "a.png", 10)
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
    (tmp_path / "c.jpg").write_bytes(b"")
    write(tmp_path, "d.png", 40)
    with opened(tmp_path, fps=100, loop=True) as source:
        items = list(islice(source, 5))
    frames = [item for item in items if isinstance(item, Frame)]
    assert [frame.sequence for frame in frames] == [0, 3, 4, 7]
    assert frames[1].captured_ns - frames[0].captured_ns == 30_000_000
    assert items[2] == Break("looped")
    assert source.dropped == {"unreadable": 4}
    assert caplog.text.count("b.png: cannot be read as a picture") == 1


def test_without_a_rate_it_is_five_a_second(tmp_path):
    write(tmp_path, "a.png", 10)
    write(tmp_path, "b.png", 20)
    with opened(tmp_path, loop=False) as source:
        first, second = source
    assert second.captured_ns - first.captured_ns == 200_000_000


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(SourceError, match="holds no picture") as caught:
        opened(tmp_path)
    assert caught.value.reason == "unusable"


def test_a_folder_of_broken_pictures_is_told(tmp_path):
    (tmp_path / "a.jpg").write_text("<html>")
    with opened(tmp_path, fps=100) as source, pytest.raises(SourceError, match="none of its pictures can be read"):
        list(source)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(SourceError, match="no such file or folder") as caught:
        opened(tmp_path / "none")
    assert caught.value.reason == "not found"


def test_a_stop_ends_it_between_two_pictures(tmp_path):
    write(tmp_path, "a.png", 10)
    given = []
    with open_source(Camera(id="a", source=Address(str(tmp_path)), fps=0.5), stop=lambda: len(given) > 0) as source:
        given.extend(islice(source, 1))
        assert list(source) == []


def test_garbage_is_no_picture():
    assert decoded_picture(b"") is None
    assert decoded_picture(b"\xff\xd8\xff" + b"x" * 100) is None
