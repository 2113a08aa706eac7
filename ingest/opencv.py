"""The one place that sets OpenCV and its FFmpeg up: silent, few threads, and only ever local recordings.

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
    name = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
    before = os.environ.get(name)
    os.environ[name] = f"protocol_whitelist;file|format_whitelist;{','.join(RECORDING_FORMATS)}"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
