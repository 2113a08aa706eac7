import threading
import time

import cv2
import numpy as np
import pytest

from core.errors import ModelError, SourceError
from core.secrets import Address
from core.settings import Camera
from ingest.live.source import Source
from spotter import camera_trial
from spotter.camera_trial import try_camera


class Seeing:
    """Finds as many people in a frame as its list says, one after the other."""

    def __init__(self, *people, takes_s=0.0, fails=None):
        self._people, self._takes_s, self._fails = list(people), takes_s, fails
        self.sequences = []

    def update(self, frame):
        if self._fails is not None:
            raise self._fails
        time.sleep(self._takes_s)
        self.sequences.append(frame.sequence)
        return [None] * (self._people.pop(0) if self._people else 0)


@pytest.fixture
def pictures(tmp_path):
    """A camera of 10 pictures at 50 a second, once."""
    for number in range(10):
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), np.full((48, 64, 3), 20 * number, np.uint8))
    return Camera(id="pictures", source=Address(str(tmp_path)), fps=50, loop=False)


def test_a_camera_is_measured(pictures):
    trial = try_camera(pictures, 5, None)
    assert (trial.width, trial.height, trial.frames) == (64, 48, 10)
    assert trial.frames_per_second == pytest.approx(50, rel=0.3)
    assert 0 <= trial.opened_after_s <= trial.first_frame_after_s < 2
    assert 0 <= trial.delay_s < 0.5
    assert trial.people is None


def test_the_trial_ends_in_time(pictures):
    endless = Camera(id="a", source=pictures.source, fps=20, loop=True)
    start_s = time.monotonic()
    trial = try_camera(endless, 0.4, None)
    assert 0.3 < time.monotonic() - start_s < 3
    assert 5 <= trial.frames <= 10


def test_people_are_counted_at_their_most(pictures):
    trial = try_camera(pictures, 5, Seeing(0, 2, 3, 1))
    assert trial.people == 3
    assert trial.searched > 3


def test_a_slow_search_does_not_slow_the_camera(pictures):
    finder = Seeing(1, takes_s=0.1)
    trial = try_camera(pictures, 5, finder)
    assert trial.frames == 10
    assert trial.frames_per_second == pytest.approx(50, rel=0.3)
    assert trial.searched == len(finder.sequences) < 10
    assert finder.sequences == sorted(finder.sequences)
    assert finder.sequences[-1] == 9


def test_what_the_search_raises_comes_out_and_no_thread_stays(pictures):
    with pytest.raises(ModelError, match="damaged"):
        try_camera(pictures, 5, Seeing(fails=ModelError("damaged")))
    assert not [thread for thread in threading.enumerate() if thread.name == "people"]


def test_a_camera_that_opens_and_gives_nothing_is_stalled(pictures, monkeypatch):
    class Silent(Source):
        def __init__(self, stop):
            super().__init__()
            self._stop = stop

        def __iter__(self):
            while not self._stop():
                time.sleep(0.01)
            yield from ()

        def close(self):
            pass

    monkeypatch.setattr(camera_trial, "open_source", lambda camera, *, stop: Silent(stop))
    quick = Camera(id="a", source=Address("rtsp://me:hunter2@h/x"), read_timeout=0.2)
    with pytest.raises(SourceError, match=r"rtsp://\*\*\*@h/x opened, and gave no frame within 0.2 s") as raised:
        try_camera(quick, 5, Seeing())
    assert raised.value.reason == "stalled"
    assert not [thread for thread in threading.enumerate() if thread.name == "people"]


def test_a_missing_camera_is_told_with_its_reason(tmp_path):
    with pytest.raises(SourceError) as raised:
        try_camera(Camera(id="a", source=Address(str(tmp_path / "no.mp4"))), 1, Seeing())
    assert raised.value.reason == "not found"
