"""Checks of the machine itself: Python, processor, memory, disk, folders, libraries and weights.

Each takes the figures it judges as arguments and asks the machine only for what it is named after.
"""

import importlib.metadata
import os
import shutil
import tempfile
from pathlib import Path

from core.config_file import NO_CLASSIFIER
from core.errors import ExitCode, ModelError
from core.settings import Settings
from spotter.doctor.finding import Finding, ok, problem, warning
from spotter.places import LONGEST_SOCKET_FOLDER

OLDEST_PYTHON = (3, 11)

PERSON_FRAME_S = 0.0108
"""Processor time of one person in one frame: 0.27 of a core at 25 frames a second (docs/results.md)."""
PEOPLE_A_CAMERA = 2
"""How many people are in view at a time, for the estimate; a quiet gym has fewer, a class more."""
USUAL_FPS = 15.0
"""Assumed where a camera's ``fps`` is left out: what most cameras are set to."""

WORKER_MB = 300
INGEST_MB = 100
"""Of one camera, without the frames that it holds."""
REST_MB = 350
"""Aggregator, supervisor, Redis and the console."""

LEAST_FREE_MB = 200
"""Below, SQLite and Redis may fail to write while a visit is recorded."""
LOW_FREE_MB = 2000

FILES_A_CAMERA = 24
"""Sockets, pipes and shared libraries' files of one camera in one process, generously."""
FILES_A_PROCESS = 256


def check_python(version: tuple[int, int, int]) -> Finding:
    """Whether this Python is new enough."""
    shown = ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        return problem("python", f"{shown} is too old", "install Python 3.11 or newer", ExitCode.UNUSABLE)
    return ok("python", shown)


def usable_cores() -> int:
    """Cores that this process may use; a container or ``taskset`` may leave it fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def cores_needed(settings: Settings) -> float:
    """Estimate how many cores the enabled cameras keep busy, with ``PEOPLE_A_CAMERA`` in view of each."""
    frames = sum(min(camera.fps or USUAL_FPS, 30.0) for camera in settings.camera if camera.enabled)
    return frames * PEOPLE_A_CAMERA * PERSON_FRAME_S


def check_cores(cores: int, settings: Settings) -> Finding:
    """Whether the processor can keep up with the cameras of one machine."""
    need = cores_needed(settings)
    cameras = sum(camera.enabled for camera in settings.camera)
    if not cameras:
        return ok("cores", str(cores))
    said = f"{cores}; about {need:.1f} are needed with {PEOPLE_A_CAMERA} people in each camera ({cameras})"
    if need > cores:
        return warning("cores", said, "lower fps of the cameras, or run workers on more machines")
    return ok("cores", said)


def worker_count(cores: int, settings: Settings) -> int:
    """How many workers ``spotter run`` starts."""
    return settings.workers.count or max(cores - 1, 1)


def memory_needed_mb(cores: int, settings: Settings) -> int:
    """Estimate what all processes of one machine need."""
    cameras = sum(camera.enabled for camera in settings.camera)
    ingest = cameras * (INGEST_MB + settings.transport.hold_mb)
    return REST_MB + ingest + worker_count(cores, settings) * WORKER_MB


def check_memory(total_mb: int, available_mb: int, cores: int, settings: Settings) -> Finding:
    """Whether everything fits into this machine's memory."""
    need = memory_needed_mb(cores, settings)
    said = f"{available_mb} MB of {total_mb} MB are free, about {need} MB are needed by all processes together"
    advice = "lower workers.count or transport.hold_mb, add memory, or spread the processes over more machines"
    if need > total_mb:
        return problem("memory", said, advice, ExitCode.UNUSABLE)
    return warning("memory", said, advice) if need > available_mb else ok("memory", said)


def check_disk(check: str, folder: Path) -> Finding:
    """Whether the disk under a folder, which need not exist yet, has room."""
    there = nearest_folder(folder)
    try:
        free_mb = shutil.disk_usage(there).free // 1_000_000
    except OSError as error:
        return problem(check, f"{there}: {error.strerror}", "choose another folder", ExitCode.UNUSABLE)
    said = f"{free_mb} MB free under {there}"
    if free_mb < LEAST_FREE_MB:
        return problem(check, said, "free some space before anything is lost", ExitCode.UNUSABLE)
    if free_mb < LOW_FREE_MB:
        return warning(check, said, "free some space soon")
    return ok(check, said)


def nearest_folder(folder: Path) -> Path:
    """The folder itself, or the closest one above it that exists."""
    folder = folder.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def check_writable(check: str, folder: Path) -> Finding:
    """Whether a file can be written into a folder, or into the one in which it would be made."""
    there = nearest_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"spotter")
    except OSError as error:
        who = f"the user with id {os.geteuid()}"
        advice = f"give {who} the right to write there, or choose another folder"
        return problem(check, f"{there} cannot be written ({error.strerror})", advice, ExitCode.UNUSABLE)
    return ok(check, f"{folder}" if there == folder.absolute() else f"{folder} (not there yet, can be made)")


def opencv_distributions() -> list[str]:
    """Names of the installed distributions that all bring ``cv2``."""
    names = {"opencv-python", "opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless"}
    found = {(item.metadata["Name"] or "").lower() for item in importlib.metadata.distributions()}
    return sorted(names & found)


def check_opencv(distributions: list[str]) -> Finding:
    """Whether exactly one distribution brings ``cv2``: two overwrite each other's files."""
    if len(distributions) > 1:
        advice = "uninstall all of them, then install opencv-contrib-python-headless again"
        return warning("opencv", f"{' and '.join(distributions)} overwrite each other's files", advice)
    try:
        import cv2
    except ImportError as error:
        advice = "install opencv-contrib-python-headless"
        return problem("opencv", f"cv2 cannot be loaded ({error})", advice, ExitCode.UNUSABLE)
    return ok("opencv", str(cv2.__version__))


def check_weights(variant: str) -> Finding:
    """Whether the pose weights are here, whole, and open in ONNX Runtime."""
    from workers.models.convert import OUTPUT_SHAPES
    from workers.models.store import pose_models
    from workers.pose.onnx_session import OnnxModel

    try:
        paths = pose_models(variant)
        OnnxModel(paths.detector, OUTPUT_SHAPES["detector"], side_px=224)
        OnnxModel(paths.landmarks, OUTPUT_SHAPES["landmarks"], side_px=256)
    except ModelError as error:
        return problem("weights", str(error), "", ExitCode.UNUSABLE)
    return ok("weights", f"{variant}, whole, and ONNX Runtime opens them")


def check_detector(name: str) -> Finding:
    """Whether a person detector of one's own is registered."""
    from workers.models.detectors import added_model

    try:
        added_model(name)
    except ModelError as error:
        return problem("detector", str(error), "", ExitCode.UNUSABLE)
    return ok("detector", name)


def check_files_named(settings: Settings) -> list[Finding]:
    """Whether the files that gym.toml names for the workers can be read; their paths are absolute."""
    named = {"exercises": settings.workers.exercises, "classifier": settings.workers.classifier}
    files = ((name, file) for name, file in named.items() if file is not None and file != NO_CLASSIFIER)
    return [_check_file(name, Path(file)) for name, file in files]


def _check_file(name: str, file: Path) -> Finding:
    try:
        with file.open("rb"):
            return ok(name, str(file))
    except OSError as error:
        said = f"{file} cannot be read ({error.strerror})"
        return problem(name, said, f"correct {name} under [workers] in gym.toml", ExitCode.USAGE)


def check_open_files(limit: int, cameras: int) -> Finding:
    """Whether a process may open enough files and sockets."""
    need = FILES_A_PROCESS + cameras * FILES_A_CAMERA
    said = f"a process may open {limit}, {need} are enough"
    if limit < need:
        return warning("open files", said, f"raise the limit: ulimit -n {max(need, 4096)}, or LimitNOFILE= in systemd")
    return ok("open files", said)


def check_socket_folder(runtime: str) -> Finding:
    """Whether the folder of the user's sockets, ``$XDG_RUNTIME_DIR``, can be used; /tmp takes its place where not."""
    if not runtime:
        return ok("sockets", "in /tmp, XDG_RUNTIME_DIR is not set")
    advice = "correct XDG_RUNTIME_DIR, and have it the same for every process of Spotter; /tmp is used until then"
    if not runtime.startswith("/") or not os.access(runtime, os.W_OK | os.X_OK):
        return warning("sockets", f"XDG_RUNTIME_DIR={runtime} is no folder that can be written", advice)
    ours = f"/spotter-{os.getuid()}-XXXXXXXX"
    if len(os.fsencode(runtime) + ours.encode()) > LONGEST_SOCKET_FOLDER:
        return warning("sockets", f"XDG_RUNTIME_DIR={runtime} is too long a path for sockets", advice)
    return ok("sockets", f"in {runtime}")


def check_year(year: int) -> Finding:
    """Whether the clock has been set at all: a small machine without a battery starts in 1970."""
    if year < 2025:
        advice = "set it, or start time synchronisation: timedatectl set-ntp true"
        return problem("clock", f"says the year is {year}", advice, ExitCode.UNUSABLE)
    return ok("clock", f"says the year is {year}")
