"""A camera at this machine: USB, or whatever else the system shows as a video device."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError
from core.frame import Frame
from core.settings import Camera
from ingest.failure import no_more_frames
from ingest.live.source import Break, CaptureTimes, Source, Stop
from ingest.opencv import set_up_opencv

_DEVICE = re.compile(r"(?:usb:)?(?:/dev/video)?(\d+)")


def device_or_none(source: str) -> int | None:
    """Number of the video device that ``usb:0``, ``usb:/dev/video0`` or ``/dev/video0`` means; else None."""
    found = _DEVICE.fullmatch(source) if source.startswith(("usb:", "/dev/video")) else None
    return int(found[1]) if found else None


class UsbCamera(Source):
    """A video device by its number; opened for this process alone."""

    def __init__(self, number: int, camera: Camera, stop: Stop) -> None:
        super().__init__()
        set_up_opencv()
        self._stop, self._read_timeout_s = stop, camera.read_timeout
        self._shown = f"the video device {number}"
        if os.name == "posix" and Path("/dev").is_dir():
            self._shown = f"/dev/video{number}"
            _check_device(Path(self._shown))
        backend = cv2.CAP_V4L2 if Path("/sys/class/video4linux").exists() else cv2.CAP_ANY
        self._capture = cv2.VideoCapture(number, backend)
        if not self._capture.isOpened():
            self._capture.release()
            raise SourceError(
                "unusable",
                f"{self._shown} is in use by another program, or is no camera; 'v4l2-ctl --list-devices' tells",
            )
        if camera.fps is not None:
            self._capture.set(cv2.CAP_PROP_FPS, camera.fps)
        self._capture.set(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(camera.read_timeout * 1000))

    def close(self) -> None:
        """Let other programs have the device."""
        self._capture.release()

    def __iter__(self) -> Iterator[Frame | Break]:
        times, sequence = CaptureTimes(), 0
        while not self._stop():
            asked_ns = mono_ns()
            try:
                ok, pixels = self._capture.read()
            except cv2.error as error:
                raise SourceError("codec", f"{self._shown} gives pictures that cannot be decoded") from error
            arrived_ns = mono_ns()
            if not ok:
                if not Path(self._shown).exists():
                    raise SourceError("not found", f"{self._shown} was unplugged")
                raise no_more_frames(self._shown, (arrived_ns - asked_ns) / NANOSECONDS, self._read_timeout_s)
            yield Frame(np.asarray(pixels, dtype=np.uint8), times.stamp(arrived_ns), sequence)
            sequence += 1


def _check_device(device: Path) -> None:
    if not device.exists():
        there = ", ".join(sorted(str(path) for path in device.parent.glob("video*")))
        raise SourceError("not found", f"{device} does not exist; is the camera plugged in? There is {there or 'none'}")
    if not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(
            "unauthorised", f"no permission to use {device}; add this user to the group 'video' and log in anew"
        )
