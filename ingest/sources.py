"""Opens the live source that a camera's address means."""

import stat
from pathlib import Path

from core.addresses import source_kind
from core.errors import SourceError
from core.names import shown_name
from core.settings import Camera
from ingest.live.images import ImageFolder
from ingest.live.recording import PacedRecording
from ingest.live.rehearsal import LiveRehearsal
from ingest.live.source import Break, Source, Stop
from ingest.live.stream import open_network_camera
from ingest.live.usb import UsbCamera, device_or_none

__all__ = ["Break", "Source", "Stop", "open_source"]


def open_source(camera: Camera, *, stop: Stop, start_mono_ns: int | None = None) -> Source:
    """Open a camera; blocks for at most about three times its ``open_timeout``, and for the name service.

    :param stop: asked several times a second; when true, the iteration ends
    :param start_mono_ns: monotonic time at which a drawn scene begins or began, the same for all cameras of a gym; a
        recording or folder begins then, or at once if that has passed
    :raises SourceError: if it gives no frames, with the reason
    """
    text = camera.source.reveal()
    try:
        kind = source_kind(text)
    except ValueError as error:
        raise SourceError("unusable", f"the source {camera.source} {error}") from None
    device = device_or_none(text)
    if device is not None:
        return UsbCamera(device, camera, stop)
    if kind in ("rtsp", "http"):
        return open_network_camera(camera, stop)
    if kind == "rehearsal":
        return LiveRehearsal(text, fps=camera.fps, loop=camera.loop, stop=stop, start_mono_ns=start_mono_ns)
    return _open_path(Path(text), camera, stop, start_mono_ns)


def _open_path(path: Path, camera: Camera, stop: Stop, start_mono_ns: int | None) -> Source:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise SourceError("not found", f"{shown_name(path)}: there is no such file or folder") from error
    except (OSError, ValueError) as error:
        raise SourceError("unusable", f"{shown_name(path)}: cannot be read") from error
    if stat.S_ISDIR(mode):
        return ImageFolder(path, fps=camera.fps, loop=camera.loop, stop=stop, start_mono_ns=start_mono_ns)
    return PacedRecording(path, loop=camera.loop, stop=stop, start_mono_ns=start_mono_ns)
