"""The one place that sets OpenCV and its FFmpeg up: silent, few threads, and the network only for live sources.

Nothing else sets ``OPENCV_*`` variables. The variables are those of OpenCV's videoio module, documented at
https://docs.opencv.org/5.x/d6/dea/tutorial_env_reference.html.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

FFMPEG_LOG_LEVEL_QUIET = "-8"
"""AV_LOG_QUIET of FFmpeg's log.h: print nothing at all."""

RECORDING_FORMATS = (
    "mov", "matroska", "avi", "flv", "mpegts", "mpeg", "mpegvideo", "m4v", "h264", "hevc", "obu", "ivf", "asf", "ogg",
    "rm", "mxf", "dv", "nut", "yuv4mpegpipe", "mjpeg", "swf", "wtv", "gif", "apng",
)  # fmt: skip
"""FFmpeg's names of the containers that hold a recording.

Without this list FFmpeg draws a text file as a terminal picture, follows the addresses in a playlist, and takes
``img%03d.png`` for a series of pictures.
"""

STREAM_PROTOCOLS = {"rtsp": "rtsp,rtp,rtcp,srtp,udp,tcp,tls,crypto", "http": "http,https,httpproxy,tcp,tls,crypto"}
"""What FFmpeg may open for a live source: never a file, to which a server's answer could otherwise point."""


def set_up_opencv(threads: int = 1) -> None:
    """Silence OpenCV and FFmpeg and bound the threads that OpenCV computes with.

    Environment variables that the user has set stay as they are. FFmpeg's level is read when a recording is opened for
    the first time in the process, so call this before.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", FFMPEG_LOG_LEVEL_QUIET)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(threads)


@contextmanager
def local_recordings_only() -> Iterator[None]:
    """While in this context, a capture that is opened may read nothing but a local recording."""
    with _capture_options(f"protocol_whitelist;file|format_whitelist;{','.join(RECORDING_FORMATS)}"):
        yield


@contextmanager
def _capture_options(options: str) -> Iterator[None]:
    name = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
    before = os.environ.get(name)
    os.environ[name] = options
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def open_stream(url: str, *, rtsp_transport: str, open_timeout_s: float, read_timeout_s: float) -> cv2.VideoCapture:
    """Open a network camera; the caller asks ``isOpened``. Reads no file, whatever the server names.

    Nothing is printed, even if the user's environment asks OpenCV to: its messages hold the address with its password.
    """
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = FFMPEG_LOG_LEVEL_QUIET
    os.environ.pop("OPENCV_FFMPEG_DEBUG", None)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)
    if url.lower().startswith("rtsp"):
        options = f"rtsp_transport;{rtsp_transport}|protocol_whitelist;{STREAM_PROTOCOLS['rtsp']}"
    else:
        formats = ",".join((*RECORDING_FORMATS, "mpjpeg", "hls"))
        options = f"protocol_whitelist;{STREAM_PROTOCOLS['http']}|format_whitelist;{formats}"
    # Frames that FFmpeg looks at to learn of the stream would come out later, all at once and too old.
    options += "|fflags;nobuffer|analyzeduration;1000000"
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(open_timeout_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(read_timeout_s * 1000),
        # Decoding with more threads holds back a frame a thread.
        cv2.CAP_PROP_N_THREADS, 1,
    ]  # fmt: skip
    with _capture_options(options):
        return cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
