"""Records a scene: one video and one file of truth a camera, drawn in processes of their own; whole or not at all."""

import math
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import suppress
from ctypes import c_bool, c_int64
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import cv2

from core.errors import OutputError
from core.names import shown_name, valid_text
from ingest.opencv import set_up_opencv
from ingest.rehearsal.gym import Gym
from ingest.rehearsal.scene import Scene, SceneCamera
from ingest.rehearsal.truth import (
    FLOOR_TRUTH,
    SCENE_TRUTH,
    FrameTruthRows,
    RecordedScene,
    read_scene,
    write_arrays,
    write_scene_truth,
)

Progress = Callable[[int, int], None]
"""Is told how many frames of how many are drawn."""
_LOOK_S = 0.2
"""How often the processes are looked after: often enough for a smooth bar and a prompt stop."""


class _StoppedError(Exception):
    """The recording is no longer wanted."""


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


def record_scene(
    gym: Gym, folder: Path, cameras: Sequence[SceneCamera], *, jobs: int = 1, progress: Progress = no_progress
) -> RecordedScene:
    """Record cameras of a scene into a folder; what is there of an earlier recording of the same cameras is replaced.

    Files are written in a folder of their own inside and moved when all are whole, ``truth.json`` last: a folder with
    it is complete.

    :param jobs: how many cameras are drawn at a time
    :raises OutputError: if the folder or a file cannot be written
    """
    set_up_opencv()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".spotter-", dir=folder))
    except OSError as error:
        raise OutputError(f"{shown_name(folder)}: recordings cannot be written there ({error.strerror})") from error
    try:
        _draw_all(gym, made, cameras, jobs, progress)
        truth = gym.truth(tuple(cameras))
        write_arrays(made / FLOOR_TRUTH, gym.floor_truth())
        write_scene_truth(made / SCENE_TRUTH, truth)
        _move(made, folder)
    except OSError as error:
        raise OutputError(f"{shown_name(folder)}: cannot be written to ({error.strerror or error})") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return read_scene(folder)


def _move(made: Path, folder: Path) -> None:
    (folder / SCENE_TRUTH).unlink(missing_ok=True)
    names = sorted(path.name for path in made.iterdir())
    for name in [name for name in names if name != SCENE_TRUTH] + [SCENE_TRUTH]:
        (made / name).replace(folder / name)


def _draw_all(gym: Gym, made: Path, cameras: Sequence[SceneCamera], jobs: int, progress: Progress) -> None:
    total = sum(gym.frame_count(camera) for camera in cameras)
    if min(jobs, len(cameras)) <= 1:
        done = 0
        for camera in cameras:
            for _ in _draw(gym, made, camera):
                done += 1
                progress(done, total)
        return
    context = get_context("spawn")
    drawn, stop = context.Value(c_int64, 0), context.Value(c_bool, False)
    # A child plans the gym anew: time lines are functions, which do not travel.
    plan = gym.scene, gym.seed, gym.duration_s
    with ProcessPoolExecutor(min(jobs, len(cameras)), context, _adopt, (drawn, stop)) as pool:
        try:
            waiting: set[Future[None]] = {pool.submit(_draw_in_child, plan, made, camera) for camera in cameras}
            while waiting:
                done_now, waiting = wait(waiting, timeout=_LOOK_S)
                for each in done_now:
                    each.result()
                progress(drawn.value, total)
        except BaseException:
            stop.value = True
            pool.shutdown(cancel_futures=True)
            raise


_shared: "tuple[Synchronized[int], Synchronized[bool]] | None" = None
"""In a child: how many frames all children have drawn, and whether to stop."""


def _adopt(drawn: "Synchronized[int]", stop: "Synchronized[bool]") -> None:
    """Begin a child: it stops when its parent says so, not at the Ctrl-C that both are sent."""
    global _shared  # noqa: PLW0603  # a pool hands its initial arguments to nothing else
    _shared = drawn, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_opencv()


def _draw_in_child(plan: tuple[Scene, int, float], made: Path, camera: SceneCamera) -> None:
    if _shared is None:
        raise RuntimeError("a child that was not begun")
    drawn, stop = _shared
    scene, seed, duration_s = plan
    gym, parent = Gym(scene, seed=seed, duration_s=duration_s), os.getppid()
    with suppress(_StoppedError):
        for _ in _draw(gym, made, camera):
            with drawn.get_lock():
                drawn.value += 1
            if stop.value or os.getppid() != parent:
                raise _StoppedError


def _draw(gym: Gym, made: Path, camera: SceneCamera) -> Iterator[int]:
    """Write one camera's video and truth; yields after every frame."""
    path = made / f"{camera.id}.mp4"
    if str(path) != valid_text(str(path)):
        raise OutputError(f"{shown_name(made.parent)}: videos cannot be written to a folder whose name is not UTF-8")
    lens = camera.camera
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), lens.fps, (lens.width, lens.height)
    )
    if not writer.isOpened():
        raise OutputError(f"{shown_name(made.parent)}: a video of {lens.width}x{lens.height} cannot be written there")
    rows = FrameTruthRows(camera.clock_offset_s)
    try:
        for frame in gym.frames(camera, rows):
            writer.write(frame.pixels)
            yield frame.sequence
    finally:
        writer.release()
    _check_whole(path, gym.frame_count(camera))
    write_arrays(made / f"{camera.id}.npz", rows.stacked())


def _check_whole(path: Path, frames: int) -> None:
    """A video writer says nothing of a full disk: count what it wrote."""
    reader = cv2.VideoCapture(str(path))
    counted = reader.get(cv2.CAP_PROP_FRAME_COUNT) if reader.isOpened() else 0.0
    reader.release()
    if not math.isfinite(counted) or round(counted) != frames:
        raise OutputError(f"only {counted:.0f} of {frames} frames of {path.name} could be written; is the disk full?")
