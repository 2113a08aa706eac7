"""``python -m ingest``: one camera to ZeroMQ. Reads the config, opens the socket, and runs the loop."""

import argparse
import getpass
import logging
import os
import sys
import tempfile
from pathlib import Path

from core.config_file import load_settings, resolved
from core.errors import ConfigError
from core.names import shown_name
from core.runtime import Process, Pulse
from core.secrets import Address
from core.settings import Camera, Settings, Transport
from core.sockets import FramePublisher, PublisherSpec, allowed_keys, read_keys
from ingest.camera import CameraLoop, encoding_of
from ingest.preview import previews

logger = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run one camera until asked to stop; returns the exit code."""
    options = _parser().parse_args(arguments)
    process = Process(f"ingest:{options.camera}", parent_pid=options.parent, log_level=options.log_level)
    loops: list[CameraLoop] = []
    code = process.run(lambda process: _run(process, options, loops))
    if any(loop.reader_is_stuck for loop in loops):
        # The interpreter's end would pull the ground from under the thread that is left, and crash.
        sys.stderr.flush()
        os._exit(code)
    return code


def _run(process: Process, options: argparse.Namespace, loops: list[CameraLoop]) -> None:
    settings, camera = _configured(options.config, options.config_folder, options.camera)
    if not camera.enabled:
        logger.info("the camera is paused (enabled = false); nothing to do")
        return
    redis = Address(options.redis) if options.redis else settings.redis.url
    if redis is None:
        raise ConfigError(f"{shown_name(options.config)} names no Redis; set redis.url, or say --redis URL")
    spec = _publisher_spec(camera, settings.transport, options.socket_folder)
    with FramePublisher(spec) as publisher, previews(camera, redis, process.name) as show:
        loop = CameraLoop(
            camera,
            publisher,
            sender=process.name,
            boot=process.boot,
            encoding=encoding_of(settings.transport),
            jpeg_quality=settings.transport.jpeg_quality,
            start_mono_ns=options.start_mono_ns,
            show=show,
        )
        loops.append(loop)
        pulse = Pulse(redis, lambda: loop.heartbeat(process.vitals()), lambda: loop.alive_ns)
        pulse.start()
        stopped = False
        try:
            logger.info("publishes on %s", publisher.endpoint)
            loop.run(process.stopping)
            stopped = True
        finally:
            pulse.stop(forget=stopped)


def _configured(path: Path, folder: Path | None, identity: str) -> tuple[Settings, Camera]:
    settings = resolved(load_settings(path, os.environ, may_miss=True), folder or path.absolute().parent)
    camera = settings.find_camera(identity)
    if camera is not None and "${" in camera.source.reveal():
        # Only this camera's secrets are needed here; reading strictly tells which one is missing.
        load_settings(path, os.environ)
    if camera is None:
        known = ", ".join(each.id for each in settings.camera) or "none"
        raise ConfigError(f"{shown_name(path)} has no camera '{identity}'; it has {known}")
    return settings, camera


def _publisher_spec(camera: Camera, transport: Transport, folder: Path) -> PublisherSpec:
    bind = transport.bind
    if bind == "ipc":
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the folder of sockets {shown_name(folder)} cannot be made ({error.strerror}); name another one with "
                "--socket-folder"
            ) from error
        bind = f"ipc://{folder.absolute() / camera.id}.ipc"
    keys_folder = Path(transport.keys) if transport.keys is not None and transport.bind != "ipc" else None
    return PublisherSpec(
        camera=camera.id,
        bind=bind,
        advertise=transport.advertise,
        keys=None if keys_folder is None else read_keys(keys_folder, "ingest"),
        allowed=() if keys_folder is None else allowed_keys(keys_folder),
        hold_s=transport.hold,
        hold_bytes=transport.hold_mb * 1_000_000,
    )


def _default_socket_folder() -> Path:
    """A folder of this user's own, which ends with the session."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime) / "spotter" if runtime else Path(tempfile.gettempdir()) / f"spotter-{getpass.getuser()}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Publishes the frames of one camera.")
    parser.add_argument("--config", type=Path, required=True, help="gym.toml")
    parser.add_argument("--config-folder", type=Path, help="what relative paths in it start from, if not its folder")
    parser.add_argument("--camera", required=True, help="id of the camera in it")
    parser.add_argument("--redis", metavar="URL", help="where heartbeats go, if not to redis.url of the config")
    parser.add_argument(
        "--socket-folder",
        type=Path,
        default=_default_socket_folder(),
        help="folder of the ipc sockets (default: %(default)s)",
    )
    parser.add_argument(
        "--start-mono-ns", type=int, help="monotonic time at which a drawn scene begins, common to all cameras"
    )
    parser.add_argument("--parent", type=int, metavar="PID", help="process without which this one ends")
    parser.add_argument("--log-level", default="INFO", help="DEBUG, INFO, WARNING or ERROR (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
