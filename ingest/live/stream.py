"""Network cameras: RTSP and other streams through FFmpeg, MJPEG over HTTP read by ourselves.

MJPEG is read here because OpenCV scales every frame to the size of the first one, and cannot say why nothing comes.
"""

from collections.abc import Iterator
from http.client import HTTPException

import cv2
import numpy as np

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError
from core.frame import Frame
from core.secrets import Address
from core.settings import Camera
from ingest.failure import no_more_frames, undecodable, wrong_content
from ingest.live.credentials import parse_target
from ingest.live.dial import Answer, ask_rtsp, connected, get
from ingest.live.images import decoded_picture
from ingest.live.multipart import MultipartError, MultipartPictures, boundary_or_none
from ingest.live.source import Break, CaptureTimes, Source, Stop
from ingest.opencv import open_stream, set_up_opencv

MOST_BAD_PICTURES = 30
"""So many pictures in a row that cannot be decoded are no camera's bad moment; fewer would reconnect at a bad cable."""


def open_network_camera(camera: Camera, stop: Stop) -> Source:
    """The stream at a network address; raises ``SourceError`` with the reason if it gives no pictures."""
    address = camera.source
    if address.reveal().lower().startswith("rtsp"):
        connected(parse_target(address), camera.open_timeout).close()
        return FfmpegStream(camera, stop)
    answer = get(address, open_timeout_s=camera.open_timeout, read_timeout_s=camera.read_timeout)
    boundary = boundary_or_none(answer.content_type)
    if boundary is not None:
        return MjpegStream(answer, boundary, camera, stop)
    answer.close()
    failure = wrong_content(answer.content_type, answer.target.shown)
    if failure is not None:
        raise failure
    return FfmpegStream(camera, stop)


class FfmpegStream(Source):
    """Whatever FFmpeg opens at a network address."""

    def __init__(self, camera: Camera, stop: Stop) -> None:
        super().__init__()
        self._stop, self._read_timeout_s = stop, camera.read_timeout
        self._shown = parse_target(camera.source).shown
        self._capture = open_stream(
            camera.source.reveal(),
            rtsp_transport=camera.rtsp_transport,
            open_timeout_s=camera.open_timeout,
            read_timeout_s=camera.read_timeout,
        )
        if not self._capture.isOpened():
            self._capture.release()
            raise self._why_not_opened(camera.source, camera.open_timeout)

    def _why_not_opened(self, address: Address, timeout_s: float) -> SourceError:
        """Ask the camera itself, which FFmpeg has done in vain."""
        if address.reveal().lower().startswith("rtsp"):
            try:
                ask_rtsp(address, timeout_s)
            except SourceError as failure:
                return failure
        return undecodable(self._shown)

    def close(self) -> None:
        """Hang up."""
        self._capture.release()

    def __iter__(self) -> Iterator[Frame | Break]:
        times, sequence = CaptureTimes(), 0
        while not self._stop():
            asked_ns = mono_ns()
            try:
                ok, pixels = self._capture.read()
            except cv2.error as error:
                raise undecodable(self._shown) from error
            arrived_ns = mono_ns()
            if not ok:
                raise no_more_frames(self._shown, (arrived_ns - asked_ns) / NANOSECONDS, self._read_timeout_s)
            yield Frame(np.asarray(pixels, dtype=np.uint8), times.stamp(arrived_ns), sequence)
            sequence += 1


class MjpegStream(Source):
    """JPEG pictures in a multipart answer of an HTTP server."""

    def __init__(self, answer: Answer, boundary: bytes, camera: Camera, stop: Stop) -> None:
        super().__init__()
        set_up_opencv()
        self._answer, self._stop, self._read_timeout_s = answer, stop, camera.read_timeout
        self._pictures = MultipartPictures(boundary)
        self._bad = 0

    def close(self) -> None:
        """Hang up."""
        self._answer.close()

    def __iter__(self) -> Iterator[Frame | Break]:
        times, sequence, last_ns = CaptureTimes(), 0, mono_ns()
        while not self._stop():
            bodies = self._next_bodies(last_ns)
            arrived_ns = mono_ns()
            for body in bodies:
                pixels = decoded_picture(body)
                sequence += 1
                if pixels is None:
                    self._note_bad()
                    continue
                self._bad, last_ns = 0, arrived_ns
                yield Frame(pixels, times.stamp(arrived_ns), sequence - 1)

    def _next_bodies(self, last_ns: int) -> list[bytes]:
        """Parts that are complete by now, maybe none; raises ``SourceError`` when none has come for too long."""
        shown = self._answer.target.shown
        waited_s = (mono_ns() - last_ns) / NANOSECONDS
        if waited_s >= self._read_timeout_s:
            raise no_more_frames(shown, waited_s, self._read_timeout_s)
        try:
            data = self._answer.read_some()
            if data:
                return self._pictures.feed(data)
        except TimeoutError as error:
            raise no_more_frames(shown, self._read_timeout_s, self._read_timeout_s) from error
        except MultipartError as error:
            raise SourceError("codec", f"{shown} sends what is no MJPEG stream: {error}") from error
        except (OSError, HTTPException) as error:
            raise no_more_frames(shown, 0.0, self._read_timeout_s) from error
        raise no_more_frames(shown, 0.0, self._read_timeout_s)

    def _note_bad(self) -> None:
        self.drop("damaged")
        self._bad += 1
        if self._bad >= MOST_BAD_PICTURES:
            raise SourceError("codec", f"{self._answer.target.shown} sends pictures that are no JPEG")
