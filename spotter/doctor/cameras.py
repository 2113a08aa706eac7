"""Checks of the cameras: a quick look at each address, or opening each of them; and the keys that protect frames."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.addresses import is_beyond_loopback, source_kind
from core.clock import NANOSECONDS, mono_ns
from core.errors import ConfigError, ExitCode, SourceError, SpotterError
from core.settings import Camera, Settings, Transport
from ingest.live.dial import ask_rtsp, get
from ingest.rehearsal.source import rehearsal_camera
from ingest.sources import Break, open_source
from spotter.doctor.finding import Finding, ok, problem, warning

ANSWERS_WITHIN_S = 3.0
"""For a look: a camera in the same building answers in milliseconds."""
AT_ONCE = 16
NETWORK_REASONS = frozenset({"refused", "unreachable", "time-out", "stalled"})
"""Of a camera that may be off or cut off; the other reasons are about what it gives, or about the address."""


def look_at_cameras(settings: Settings) -> list[Finding]:
    """Whether each enabled camera's address answers; all of them at a time, no picture is asked for."""
    return _each(settings, look_at)


def _each(settings: Settings, check: Callable[[Camera], Finding]) -> list[Finding]:
    cameras = [camera for camera in settings.camera if camera.enabled]
    if not cameras:
        return [warning("cameras", "none is configured", "add one with spotter camera add")]
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(cameras))) as pool:
        return list(pool.map(check, cameras))


def look_at(camera: Camera) -> Finding:
    """Whether one camera's address answers and lets us in; its path is absolute."""
    name = f"camera {camera.id}"
    try:
        return ok(name, _look(camera))
    except SourceError as error:
        return _failed(name, error)
    except SpotterError as error:
        return problem(name, str(error), "correct its source in gym.toml", error.exit_code)


def _look(camera: Camera) -> str:
    """Ask the camera for nothing but whether it would give pictures; raises ``SpotterError``."""
    text = camera.source.reveal()
    try:
        kind = source_kind(text)
    except ValueError as error:
        raise ConfigError(f"{camera.source} {error}") from None
    if kind == "rtsp":
        ask_rtsp(camera.source, ANSWERS_WITHIN_S)
    elif kind == "http":
        get(camera.source, open_timeout_s=ANSWERS_WITHIN_S, read_timeout_s=ANSWERS_WITHIN_S).close()
    elif kind == "usb":
        _look_at_file(device_file(text))
    elif kind == "rehearsal":
        rehearsal_camera(text)
        return f"{camera.source}, drawn by Spotter"
    else:
        _look_at_file(Path(text))
        return str(camera.source)
    return f"{camera.source} answers; --cameras opens it"


def device_file(text: str) -> Path:
    """The device that ``usb:N`` or ``usb:/dev/NAME`` means."""
    device = text.removeprefix("usb:")
    return Path(f"/dev/video{device}" if device.isdigit() else device)


def _look_at_file(path: Path) -> None:
    if not path.exists():
        raise SourceError("not found", f"there is no {path}")
    if not os.access(path, os.R_OK):
        raise SourceError("unauthorised", f"{path} may not be read by the user with id {os.geteuid()}")


def _failed(name: str, error: SourceError) -> Finding:
    code = ExitCode.OUT_OF_REACH if error.reason in NETWORK_REASONS else ExitCode.UNUSABLE
    return problem(name, f"{error.reason}: {error}", "", code)


def open_cameras(settings: Settings) -> list[Finding]:
    """Open every enabled camera and wait for a picture, all at a time."""
    return _each(settings, open_camera)


def open_camera(camera: Camera) -> Finding:
    """Open one camera and wait for its first picture, for at most its own time-outs."""
    name = f"camera {camera.id}"
    began_ns = mono_ns()
    deadline_ns = began_ns + round((3 * camera.open_timeout + camera.read_timeout) * NANOSECONDS)
    try:
        with open_source(camera, stop=lambda: mono_ns() > deadline_ns) as source:
            for frame in source:
                if isinstance(frame, Break):
                    continue
                height, width = frame.pixels.shape[:2]
                took_s = (mono_ns() - began_ns) / NANOSECONDS
                return ok(name, f"{width}x{height}, first picture after {took_s:.1f} s")
    except SourceError as error:
        return _failed(name, error)
    except SpotterError as error:
        return problem(name, str(error), "correct its source in gym.toml", error.exit_code)
    took_s = (mono_ns() - began_ns) / NANOSECONDS
    return problem(name, f"opened, and gave no picture in {took_s:.0f} s", "look at the camera", ExitCode.UNUSABLE)


def check_keys(transport: Transport) -> Finding:
    """Whether frames that leave this machine can be encrypted; ``transport.keys`` is absolute."""
    from core.sockets import allowed_keys, read_keys

    if not is_beyond_loopback(transport.bind):
        return ok("keys", "not needed: frames stay on this machine")
    advice = "make them with spotter keys new, and name their folder as keys under [transport] in gym.toml"
    if transport.keys is None:
        return problem("keys", f"frames go out over {transport.bind} and there are no keys", advice, ExitCode.USAGE)
    folder = Path(transport.keys)
    here = [role for role in ("ingest", "worker") if (folder / f"{role}.key").exists()]
    if not here:
        return problem("keys", f"{folder} holds neither ingest.key nor worker.key", advice, ExitCode.USAGE)
    try:
        for role in here:
            read_keys(folder, role)
        workers = len(allowed_keys(folder)) if "ingest" in here else 0
    except ConfigError as error:
        return problem("keys", str(error), "", error.exit_code)
    if "ingest" in here and not workers:
        said = f"{folder / 'authorized'} holds no worker's public key, so no worker is let in"
        return problem("keys", said, "copy worker.pub of the workers' machines into it", ExitCode.USAGE)
    return ok("keys", f"of {' and '.join(here)} in {folder}")
