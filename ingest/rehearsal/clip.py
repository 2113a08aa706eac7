"""A drawn recording: its frames with their truth, and the files they are written to."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import OutputError
from core.frame import Frame
from ingest.opencv import set_up_opencv
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.mannequin import shapes
from ingest.rehearsal.raster import Canvas
from ingest.rehearsal.scenery import room
from ingest.rehearsal.script import Performance, Performer, SetTruth, demo_performers
from ingest.rehearsal.skeleton import Body

_LIGHT = (-0.45, -0.6, 1.0)
"""Towards the lamps: above, to the left of and behind a camera that looks north, so that faces are lit."""
_HIDDEN_BEHIND_M = 0.2
"""A landmark lies inside the body, up to a hand's breadth and a half below the skin; what is further behind the nearest
surface is hidden. Less calls hips hidden by their own belly, more calls a hip seen through an arm in front of it."""

CLIP_SUFFIXES = (".mp4", ".json", ".npz")
"""The files of a written clip: the video, what everybody did, and where everybody's landmarks are."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a clip shows: the camera, the people, how long, and the seed of everything that is left to chance."""

    performers: tuple[Performer, ...]
    camera: Camera = field(default_factory=Camera)
    seed: int = 0
    duration_s: float | None = None
    """None until the last performer has finished."""


@dataclass(frozen=True, slots=True)
class FrameTruth:
    """Where everybody is in one frame; people in the order of the scene."""

    landmarks: NDArray[np.float32]
    """(people, 33, 2) float32: x, y in frame pixels; may lie outside the frame."""
    depth_m: NDArray[np.float32]
    """(people, 33) float32: metres from the camera's plane."""
    visible: NDArray[np.bool_]
    """(people, 33) whether the landmark is inside the frame and not hidden behind something."""


@dataclass(frozen=True, slots=True)
class ClipTruth:
    """What everybody did."""

    duration_s: float
    people: tuple[tuple[SetTruth, ...], ...]
    """The sets of each person, in the order of the scene."""


def demo_scene() -> Scene:
    """Two people for about 35 s: squats (two of them shallow) and curls; push-ups, a walk and lateral raises."""
    return Scene(demo_performers(), Camera(position_m=(0.1, -4.3, 1.55), look_at_m=(0.1, 0.0, 0.85)), seed=7)


def truth_of(scene: Scene) -> ClipTruth:
    """The truth of a whole clip, without drawing it.

    :raises ConfigError: if the script makes no sense
    """
    performances = _performances(scene)
    return ClipTruth(_duration_s(scene, performances), tuple(tuple(each.sets) for each in performances))


def draw_clip(scene: Scene) -> Iterator[tuple[Frame, FrameTruth]]:
    """Draw a clip frame by frame; the same scene gives the same pixels.

    :raises ConfigError: if the script makes no sense
    """
    performances, camera = _performances(scene), scene.camera
    rng = np.random.default_rng((scene.seed, 1))
    empty = room(camera, scene.seed)
    canvas = Canvas(camera, _LIGHT)
    grain = _grain(camera, rng)
    for sequence in range(round(_duration_s(scene, performances) * camera.fps)):
        time_s = sequence / camera.fps
        posed = [performance.body(time_s) for performance in performances]
        parts = []
        for performance, (body, dumbbells) in zip(performances, posed, strict=True):
            parts += shapes(body, performance.performer.build, performance.performer.look, dumbbells=dumbbells)
        pixels = empty.copy()
        canvas.draw(pixels, parts)
        soft = cv2.GaussianBlur(pixels, (3, 3), 0.6)
        down, right = (
            int(rng.integers(grain.shape[0] - camera.height)),
            int(rng.integers(grain.shape[1] - camera.width)),
        )
        noise = grain[down : down + camera.height, right : right + camera.width]
        noisy = cv2.add(soft, noise, dtype=cv2.CV_8U)
        truth = _frame_truth(camera, canvas.depth, [body for body, _ in posed])
        yield Frame(np.asarray(noisy, np.uint8), round(time_s * 1e9), sequence), truth


def write_clip(path: Path, scene: Scene) -> ClipTruth:
    """Write a clip as MP4 and its truth beside it, as ``.json``, and the landmarks as ``.npz``.

    :raises ConfigError: if the script makes no sense
    :raises OutputError: if the folder cannot be written to
    """
    set_up_opencv()
    truth = truth_of(scene)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, scene, truth)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose a folder that can be written to") from error
    return truth


def _write(path: Path, scene: Scene, truth: ClipTruth) -> None:
    camera = scene.camera
    partial = path.with_name(f".{path.stem}.{os.getpid()}.mp4")
    try:
        writer = cv2.VideoWriter(
            str(partial), cv2.VideoWriter.fourcc(*"mp4v"), camera.fps, (camera.width, camera.height)
        )
        if not writer.isOpened():
            raise OutputError(f"cannot write a video to {path}; choose a folder that can be written to")
        seen = []
        for frame, frame_truth in draw_clip(scene):
            writer.write(frame.pixels)
            seen.append(frame_truth)
        writer.release()
        _check_whole(partial, path, len(seen))
        _write_truth(path, truth, seen)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _check_whole(written: Path, path: Path, frames: int) -> None:
    """A video writer says nothing of a full disk: count what it wrote."""
    reader = cv2.VideoCapture(str(written))
    count = round(reader.get(cv2.CAP_PROP_FRAME_COUNT))
    reader.release()
    if count != frames:
        raise OutputError(f"only {count} of {frames} frames of {path} could be written; is the disk full?")


def _write_truth(path: Path, truth: ClipTruth, frames: Sequence[FrameTruth]) -> None:
    path.with_suffix(".json").write_text(json.dumps(asdict(truth), indent=1) + "\n", encoding="utf-8")
    np.savez_compressed(
        path.with_suffix(".npz"),
        landmarks=np.stack([frame.landmarks for frame in frames]),
        depth_m=np.stack([frame.depth_m for frame in frames]),
        visible=np.stack([frame.visible for frame in frames]),
    )


def _performances(scene: Scene) -> list[Performance]:
    return [Performance(performer, scene.seed + 1000 * at) for at, performer in enumerate(scene.performers)]


def _duration_s(scene: Scene, performances: Sequence[Performance]) -> float:
    if scene.duration_s is not None:
        return scene.duration_s
    return max((performance.duration_s for performance in performances), default=0.0)


def _grain(camera: Camera, rng: np.random.Generator) -> NDArray[np.int16]:
    """A field of noise larger than the frame; each frame takes a random part of it, which costs next to nothing."""
    size = (camera.height + 64, camera.width + 64, 3)
    return np.round(rng.normal(0, camera.noise, size)).astype(np.int16)


def _frame_truth(camera: Camera, depth: NDArray[np.float32], bodies: Sequence[Body]) -> FrameTruth:
    seen = camera.seen(np.array([body.landmarks for body in bodies]).reshape(-1, 33, 3))
    pixels = camera.projected(seen)
    x, y = np.round(pixels[..., 0]).astype(int), np.round(pixels[..., 1]).astype(int)
    inside = (x >= 0) & (x < camera.width) & (y >= 0) & (y < camera.height) & (seen[..., 2] > 0.1)
    surface = depth[np.clip(y, 0, camera.height - 1), np.clip(x, 0, camera.width - 1)]
    visible = inside & (seen[..., 2] < surface + _HIDDEN_BEHIND_M)
    return FrameTruth(pixels.astype(np.float32), seen[..., 2].astype(np.float32), visible)
