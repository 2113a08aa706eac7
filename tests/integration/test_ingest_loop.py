"""The loop of an ingest process in a thread of the test, from real cameras to a real subscriber."""

import itertools
import shutil
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from camera_servers import ESCAPED, PASSWORD, CameraServer, answers, jpeg, mjpeg

from core.errors import SourceError
from core.messages import FrameHeader, Gap
from core.runtime import Vitals
from core.secrets import Address
from core.settings import Camera, Transport
from core.sockets import FramePublisher, FrameSubscriber, PublisherSpec
from core.wire import encode
from ingest.camera import CameraLoop, encoding_of
from ingest.live.source import Source

VITALS = Vitals(
    sender="ingest:a", pid=1, host="h", started_utc_ns=1, beat_utc_ns=2, version="1", rss_mb=1.0, cpu_share=0.1
)


class Running:
    """A loop in a thread of its own, and a worker's end of its socket."""

    def __init__(self, source, bind="", jpeg_quality=90, encoding="raw", start_mono_ns=None, **options):
        defaults = {"open_timeout": 1.0, "read_timeout": 1.0, "stall_after": 0.4}
        self.camera = Camera(id="a", source=Address(str(source)), **(defaults | options))
        self.folder = Path(tempfile.mkdtemp(prefix="spotter-"))
        self._spec = PublisherSpec(camera="a", bind=bind or f"ipc://{self.folder}/a.ipc")
        self._how = {"encoding": encoding, "jpeg_quality": jpeg_quality, "start_mono_ns": start_mono_ns}
        self._ready = threading.Event()
        self.stopping = threading.Event()
        self.error = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        assert self._ready.wait(5)
        self.subscriber = FrameSubscriber()
        self.subscriber.subscribe("a", self.loop.heartbeat(VITALS).endpoint)
        self.arrived = []

    def _run(self):
        with FramePublisher(self._spec) as publisher:
            self.loop = CameraLoop(self.camera, publisher, sender="ingest:a", **self._how)
            self._ready.set()
            try:
                self.loop.run(self.stopping)
            except SourceError as error:
                self.error = error

    def heartbeat(self):
        return self.loop.heartbeat(VITALS)

    def until(self, condition, limit_s=8.0):
        """Receive until it holds; the heartbeat of that moment."""
        deadline_s = time.monotonic() + limit_s
        while time.monotonic() < deadline_s:
            self.arrived += self.subscriber.receive(0.05)
            heartbeat = self.heartbeat()
            if condition(heartbeat):
                return heartbeat
        raise AssertionError(f"never: {self.heartbeat()}")

    @property
    def frames(self):
        return [each for each in self.arrived if isinstance(each.header, FrameHeader)]

    @property
    def gaps(self):
        return [each.header for each in self.arrived if isinstance(each.header, Gap)]

    def end(self):
        self.stopping.set()
        self.thread.join(5)
        assert not self.thread.is_alive()
        self.subscriber.close()
        shutil.rmtree(self.folder)


@contextmanager
def running(source, **options):
    loop = Running(source, **options)
    try:
        yield loop
    finally:
        loop.end()


def test_frames_arrive_with_all_that_a_worker_needs():
    with CameraServer(mjpeg(fps=25)) as server, running(f"http://127.0.0.1:{server.port}/") as loop:
        beat = loop.until(lambda beat: len(loop.frames) >= 10)
        assert (beat.camera_state, beat.reason, beat.width, beat.height) == ("online", "", 160, 120)
        assert beat.frames_in == beat.frames_out + sum(beat.dropped.values())
        assert beat.last_frame_utc_ns == pytest.approx(time.time_ns(), abs=2e9)
        assert 10 < loop.until(lambda beat: beat.fps > 10).fps < 40
    first = loop.frames[0]
    assert (first.header.camera, first.header.boot, first.header.sender) == ("a", beat.boot, "ingest:a")
    assert first.pixels.shape == (120, 160, 3)
    assert first.header.captured_utc_ns == pytest.approx(time.time_ns(), abs=20e9)
    headers = [each.header for each in loop.frames]
    for before, after in itertools.pairwise(headers):
        assert after.sequence > before.sequence
        assert after.captured_ns > before.captured_ns
        between_ns = after.captured_ns - before.captured_ns
        assert after.captured_utc_ns - before.captured_utc_ns == pytest.approx(between_ns, abs=1e6)


def test_frames_are_thinned_and_counted():
    with CameraServer(mjpeg(fps=50)) as server, running(f"http://127.0.0.1:{server.port}/", fps=10.0) as loop:
        beat = loop.until(lambda beat: len(loop.frames) >= 12)
    assert beat.dropped["paced"] >= 3 * beat.frames_out
    steps = np.diff([each.header.captured_ns for each in loop.frames]) / 1e9
    assert steps.mean() == pytest.approx(0.1, abs=0.02)


def test_what_is_masked_never_leaves_the_process():
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    body = lambda number, size: jpeg(20, *size)  # noqa: E731
    server = CameraServer(mjpeg(body=body, size_at=lambda number: (160, 120) if number < 40 else (320, 180)))
    with server, running(f"http://127.0.0.1:{server.port}/", mask=(left,)) as loop:
        loop.until(lambda beat: beat.width == 320 and loop.frames and loop.frames[-1].header.width == 320)
    for each in loop.frames:
        half = each.header.width // 2
        assert not each.pixels[:, : half - 1].any()
        assert each.pixels[:, half + 2 :].all()


def test_another_size_is_a_gap_and_no_failure():
    server = CameraServer(mjpeg(size_at=lambda number: (160, 120) if number < 40 else (320, 180)))
    with server, running(f"http://127.0.0.1:{server.port}/") as loop:
        loop.until(lambda beat: loop.frames and loop.frames[-1].header.width == 320)
    assert [gap.reason for gap in loop.gaps][-1:] == ["resized"]
    widths = [each.header.width for each in loop.arrived if isinstance(each.header, FrameHeader)]
    assert widths == sorted(widths)
    at = next(index for index, each in enumerate(loop.arrived) if each.header == loop.gaps[-1])
    assert loop.arrived[at + 1].header.width == 320
    assert loop.arrived[at + 1].header.sequence >= loop.gaps[-1].sequence
    assert server.connections == 1


def test_a_camera_that_hangs_up_is_connected_anew():
    with CameraServer(mjpeg(frames=10)) as server, running(f"http://127.0.0.1:{server.port}/") as loop:
        offline = loop.until(lambda beat: beat.camera_state == "offline")
        assert (offline.reason, "closed the connection" in offline.trouble) == ("ended", True)
        beat = loop.until(lambda beat: beat.reconnects_last_hour == 1)
        loop.until(lambda beat: "reconnected" in [gap.reason for gap in loop.gaps])
    gap = next(gap for gap in loop.gaps if gap.reason == "reconnected")
    assert 0.4 < gap.lasted_s < 3
    assert beat.boot == gap.boot
    numbers = [each.header.sequence for each in loop.frames]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] >= 10


def test_a_camera_that_is_not_there_yet_is_tried_until_it_is():
    with CameraServer(mjpeg()) as server:
        port = server.port
    url = f"http://{ESCAPED}@127.0.0.1:{port}/live?token=hunter2"
    with running(url) as loop:
        beat = loop.until(lambda beat: beat.camera_state == "offline")
        assert beat.reason == "refused"
        assert b"hunter2" not in encode(beat)
        assert PASSWORD.encode() not in encode(beat)
        assert beat.frames_in == 0


def test_silence_is_a_stall_first_and_then_a_new_connection():
    with CameraServer(mjpeg(frames=10, then="hang")) as server, running(f"http://127.0.0.1:{server.port}/") as loop:
        stalled = loop.until(lambda beat: beat.camera_state == "stalled")
        assert stalled.reason == "stalled"
        beat = loop.until(lambda beat: beat.camera_state == "offline")
        assert "no frame for 1 s" in beat.detail
        loop.until(lambda beat: "reconnected" in [gap.reason for gap in loop.gaps])


def test_a_camera_that_pauses_shortly_goes_on_in_the_same_connection():
    def pausing(connection, ended):
        connection.settimeout(2)
        mjpeg(frames=10)(connection, ended)
        ended.wait(0.7)
        from camera_servers import part

        for number in range(1000):
            connection.sendall(part(jpeg(number)))
            if ended.wait(0.02):
                return

    with CameraServer(pausing) as server, running(f"http://127.0.0.1:{server.port}/") as loop:
        loop.until(lambda beat: "stalled" in [gap.reason for gap in loop.gaps])
    gap = next(gap for gap in loop.gaps if gap.reason == "stalled")
    assert gap.lasted_s == pytest.approx(0.7, abs=0.3)
    assert server.connections == 1


def test_a_recording_that_is_played_once_ends_and_is_not_begun_again(make_clip):
    with running(make_clip(frames=10, fps=20), loop=False) as loop:
        beat = loop.until(lambda beat: beat.camera_state == "ended")
        loop.until(lambda beat: "ended" in [gap.reason for gap in loop.gaps])
        assert (beat.reason, beat.trouble) == ("ended", "")
        time.sleep(0.3)
        assert loop.heartbeat().frames_in == 10
    assert loop.arrived[-1].header.reason == "ended"
    assert set(np.diff([each.header.captured_ns for each in loop.frames])) == {50_000_000}


def test_a_recording_that_loops_says_so(make_clip):
    with running(make_clip(frames=5, fps=25), fps=5.0) as loop:
        loop.until(lambda beat: [gap.reason for gap in loop.gaps].count("looped") >= 2)
    at = next(index for index, each in enumerate(loop.arrived) if getattr(each.header, "reason", "") == "looped")
    # The frame after a break is always sent, whatever the pace.
    assert loop.arrived[at + 1].header.sequence == loop.arrived[at].header.sequence


def test_over_tcp_frames_are_jpeg_of_the_asked_quality(make_clip):
    assert encoding_of(Transport()) == "raw"
    assert encoding_of(Transport(bind="tcp://127.0.0.1")) == "jpeg"
    assert encoding_of(Transport(bind="tcp://127.0.0.1", encoding="raw")) == "raw"
    with running(make_clip(frames=50), bind="tcp://127.0.0.1", encoding="jpeg", jpeg_quality=40) as loop:
        loop.until(lambda beat: len(loop.frames) >= 3)
        endpoint = loop.heartbeat().endpoint
    assert endpoint.startswith("tcp://127.0.0.1:")
    assert loop.frames[0].header.encoding == "jpeg"
    assert loop.frames[0].pixels.shape == (120, 160, 3)


def test_without_a_worker_frames_are_counted_as_dropped(make_clip):
    with running(make_clip(frames=50)) as loop:
        loop.subscriber.unsubscribe("a")
        beat = loop.until(lambda beat: beat.dropped.get("no subscriber", 0) > 3)
        assert beat.fps > 0


class _Hanging(Source):
    """A library that never comes back, until the test lets go of it."""

    let_go = threading.Event()

    def __iter__(self):
        self.let_go.wait(20)
        yield from ()

    def close(self):
        pass


def test_a_library_that_hangs_ends_the_process(monkeypatch):
    monkeypatch.setattr("ingest.reader.open_source", lambda *_, **__: _Hanging())
    monkeypatch.setattr("ingest.reader.GRACE_S", 0.2)
    with running("rtsp://10.0.0.1/x", read_timeout=0.2) as loop:
        loop.thread.join(8)
        assert not loop.thread.is_alive()
        assert loop.loop.reader_is_stuck
    _Hanging.let_go.set()
    assert (loop.error.reason, loop.error.exit_code) == ("stalled", 4)
    assert "hangs" in str(loop.error)


class _Broken(Source):
    def __iter__(self):
        raise ZeroDivisionError(f"while reading rtsp://{ESCAPED}@10.0.0.1/x")
        yield

    def close(self):
        pass


def test_a_bug_in_reading_is_logged_without_the_address_and_tried_again(monkeypatch, caplog):
    monkeypatch.setattr("ingest.reader.open_source", lambda *_, **__: _Broken())
    with running(f"rtsp://{ESCAPED}@10.0.0.1/x") as loop:
        beat = loop.until(lambda beat: beat.camera_state == "offline")
    assert "ZeroDivisionError" in beat.detail
    assert "in _read" in caplog.text
    assert ESCAPED not in caplog.text + beat.detail


def test_a_web_page_is_told_as_such():
    page = answers(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>")
    with CameraServer(page) as server, running(f"http://127.0.0.1:{server.port}/") as loop:
        beat = loop.until(lambda beat: beat.camera_state == "offline")
        assert (beat.reason, "web page" in beat.detail) == ("unusable", True)


def test_a_folder_with_a_broken_picture(tmp_path):
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((60, 80, 3), 50 * number + 10, np.uint8))
    (tmp_path / "2.png").write_bytes(b"broken")
    with running(tmp_path, fps=40.0) as loop:
        # A busy machine leaves single frames out, so each picture gets several rounds to come.
        shown = lambda: {int(each.pixels[0, 0, 0]) for each in loop.frames}  # noqa: E731
        beat = loop.until(lambda beat: shown() == {10, 60, 160} and beat.dropped.get("unreadable", 0) >= 2)
    assert beat.frames_in == beat.frames_out + sum(beat.dropped.values())
