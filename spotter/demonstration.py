"""A recorded scene analyzed camera by camera, each in a process of its own, with pictures to look at."""

import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import ExitStack
from ctypes import c_bool
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.frame import Frame
from ingest.opencv import set_up_opencv
from ingest.rehearsal.truth import CameraTruth, FrameTruths, RecordedScene, SceneTruth, SetTruth, read_scene
from ingest.video import Recording
from spotter.analysis import Seen, analyze_recording
from spotter.annotate import AnnotatedVideo, drawn
from spotter.outputs import Outputs
from workers.exercise.catalogue import load_catalogue
from workers.exercise.results import ExerciseSet
from workers.exercise.trainee import Trainee
from workers.people.finder import open_finder

Pixels = NDArray[np.uint8]
_LOOK_S = 0.2
SAME_PERSON = 0.5
"""A track is the true person whose hips it has, within this share of the true box's height; the hips of a neighbour who
trains at arm's length are farther, and those of a person who is found badly are nearer."""
COLUMNS = 4
"""Cameras side by side in the picture of all cameras."""


@dataclass(frozen=True, slots=True)
class CameraResult:
    """What was found in one camera's recording."""

    camera: str
    frames: int
    seconds: float
    """Length of the recording."""
    sets: list[tuple[int, ExerciseSet]]
    """Counted sets with the number of the true person; 0 where it is nobody's."""
    plain: Pixels
    """The picture at the chosen moment."""
    skeletons: Pixels
    """The same, with everything that was found drawn in."""
    errors: list[str]
    """What could not be written."""


@dataclass(slots=True)
class Witness:
    """Collects where found people's hips are, and the picture of one moment; a sink of ``analyze_recording``."""

    moment_s: float
    hips: dict[int, list[tuple[int, float, float, float]]] = field(default_factory=dict)
    """By track: number of the frame, its time, and x and y of the hips in pixels."""
    plain: Pixels | None = None
    skeletons: Pixels | None = None

    def add(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Take one frame."""
        for one in seen:
            x, y = one.person.landmarks[23:25, :2].mean(axis=0).tolist()
            self.hips.setdefault(one.person.track, []).append((frame.sequence, time_s, x, y))
        # The last frame before the moment: there is one, whatever the moment is.
        if self.plain is None or time_s <= self.moment_s:
            self.plain = frame.pixels.copy()
            self.skeletons = drawn(frame.pixels, seen, (frame.pixels.shape[1], frame.pixels.shape[0]))


def busiest_s(truth: SceneTruth) -> float:
    """The time of the scene at which most people train; the middle of the longest stretch of it."""
    times = np.arange(0, truth.duration_s, 0.25)
    training = np.zeros(len(times), int)
    for person in truth.people:
        for done in person.sets:
            training += (times >= done.start_s) & (times <= done.end_s)
    best, start = (0, 0), 0
    for at in range(1, len(times) + 1):
        if at == len(times) or training[at] != training[start]:
            if training[start] == training.max() and at - start > best[1] - best[0]:
                best = start, at
            start = at
    return float(times[(best[0] + best[1]) // 2])


def owner(track: Sequence[tuple[int, float, float, float]], truths: FrameTruths, done: ExerciseSet) -> int:
    """The number of the true person whom a track followed during a set; 0 if it was nobody."""
    rows = [row for row in track if done.start_s - 0.5 <= row[1] <= done.end_s + 0.5]
    if not rows:
        return 0
    frames = np.array([row[0] for row in rows])
    place = np.array([row[2:] for row in rows])
    hips = truths.landmarks[frames][:, :, 23:25].mean(axis=2)
    height = truths.box_px[frames][:, :, 3] - truths.box_px[frames][:, :, 1]
    wide = truths.box_px[frames][:, :, 2] - truths.box_px[frames][:, :, 0]
    away = np.linalg.norm(hips - place[:, None], axis=2) / np.maximum(height, wide)
    # Who is absent or out of view cannot be the one.
    away = np.where(truths.in_view[frames] & np.isfinite(away), away, np.inf)
    typical = np.median(away, axis=0)
    best = int(typical.argmin())
    return best + 1 if typical[best] < SAME_PERSON else 0


def analyze_camera(folder: Path, name: str, video: Path | None, moment_s: float) -> CameraResult:
    """Analyze one camera's recording; ``video`` is where the annotated one goes, ``moment_s`` the scene's time.

    :raises ClipError: if the recording or its truth cannot be read
    """
    scene = read_scene(folder)
    camera = next(each for each in scene.truth.cameras if each.id == name)
    witness, outputs, catalogue = Witness(moment_s + camera.clock_offset_s), Outputs(), load_catalogue()
    with Recording(scene.video(camera)) as recording, ExitStack() as stack:
        stack.callback(outputs.discard)
        if video is not None:
            size = recording.width, recording.height
            outputs.open(lambda: AnnotatedVideo(video, size, recording.nominal_frames_per_second))
        finder = open_finder()
        stack.callback(finder.close)
        sinks = (_raise_if_unwanted, witness.add, outputs.add)
        analysis = analyze_recording(recording, camera.video, finder, lambda: Trainee(catalogue), sinks)
        outputs.finish(analysis)
    truths = scene.frames(camera)
    sets = [
        (owner(witness.hips.get(person.person, []), truths, done), done)
        for person in analysis.people
        for done in person.sets
    ]
    empty = np.zeros((camera.height, camera.width, 3), np.uint8)
    return CameraResult(
        camera=name,
        frames=analysis.frames,
        seconds=analysis.duration_s,
        sets=sets,
        plain=empty if witness.plain is None else witness.plain,
        skeletons=empty if witness.skeletons is None else witness.skeletons,
        errors=[str(error) for error in outputs.errors],
    )


class _UnwantedError(Exception):
    """The analysis is no longer wanted."""


_stop: "Synchronized[bool] | None" = None


def _adopt(stop: "Synchronized[bool]") -> None:
    """Begin a child: it stops when its parent says so, not at the Ctrl-C that both are sent."""
    global _stop  # noqa: PLW0603  # a pool hands its initial arguments to nothing else
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_opencv()


def _raise_if_unwanted(frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
    if _stop is not None and _stop.value:
        raise _UnwantedError


def analyze_cameras(
    scene: RecordedScene, cameras: Sequence[CameraTruth], videos: Path, jobs: int
) -> list[CameraResult]:
    """Analyze cameras of a recorded scene, ``jobs`` at a time; annotated videos go into a folder.

    :raises ClipError: if a recording or its truth cannot be read
    """
    moment_s = busiest_s(scene.truth)
    context = get_context("spawn")
    stop = context.Value(c_bool, False)
    with ProcessPoolExecutor(min(jobs, len(cameras)), context, _adopt, (stop,)) as pool:
        try:
            asked = [
                pool.submit(analyze_camera, scene.folder, camera.id, videos / f"{camera.id}.mp4", moment_s)
                for camera in cameras
            ]
            waiting = set(asked)
            while waiting:
                done, waiting = wait(waiting, timeout=_LOOK_S)
                for each in done:
                    each.result()
        except BaseException:
            stop.value = True
            pool.shutdown(cancel_futures=True)
            raise
    return [each.result() for each in asked]


def all_cameras(results: Sequence[CameraResult], width_px: int = 480) -> Pixels:
    """One picture of one moment: all cameras side by side, below each row the same with skeletons."""
    bands = []
    columns = min(COLUMNS, len(results))
    for first in range(0, len(results), columns):
        row = results[first : first + columns]
        for pictures in ([each.plain for each in row], [each.skeletons for each in row]):
            tiles = [_tile(picture, width_px) for picture in pictures]
            tall = max(tile.shape[0] for tile in tiles)
            tiles = [np.pad(tile, ((0, tall - tile.shape[0]), (0, 0), (0, 0))) for tile in tiles]
            missing = columns - len(tiles)
            bands.append(np.pad(np.hstack(tiles), ((0, 0), (0, missing * tiles[0].shape[1]), (0, 0))))
    return np.asarray(np.vstack(bands), np.uint8)


def _tile(picture: Pixels, width_px: int) -> Pixels:
    height = round(picture.shape[0] * width_px / picture.shape[1])
    small = cv2.resize(picture, (width_px, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(20, 20, 20)), np.uint8)


def seen_share(done: SetTruth, truths: FrameTruths, person: int) -> float:
    """In what share of a set's frames at least half of a person, numbered from 1, is in the picture and not hidden."""
    within = (truths.scene_s >= done.start_s) & (truths.scene_s <= done.end_s)
    if not within.any():
        return 0.0
    shown = (1 - truths.truncation[within, person - 1]) * (1 - truths.occlusion[within, person - 1])
    return float(np.mean(truths.present[within, person - 1] & (shown >= SHOWN)))


SHOWN = 0.5
"""Somebody of whom less is to be seen cannot be followed through a set: not even by a person who watches the video."""
