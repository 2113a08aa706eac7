"""A short drawn recording with one camera in an endless room: its frames with their truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.frame import Frame
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.script import Performance, Performer, demo_performers
from ingest.rehearsal.truth import SetTruth
from ingest.rehearsal.view import View, Visible


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
    performances, view = _performances(scene), View(scene.camera, scene.seed)
    for sequence in range(round(_duration_s(scene, performances) * scene.camera.fps)):
        time_s = sequence / scene.camera.fps
        people = partial(_people, performances, time_s)
        pixels, truth = view.draw(people(0.0), at=people)
        yield Frame(pixels, round(time_s * 1e9), sequence), FrameTruth(**{each: truth[each] for each in _FIELDS})


def _people(performances: Sequence[Performance], time_s: float, after_s: float) -> list[Visible]:
    return [_visible(performance, time_s + after_s) for performance in performances]


def _visible(performance: Performance, time_s: float) -> Visible:
    body, held = performance.body(time_s)
    return Visible(body, performance.performer.build, performance.performer.look, held)


_FIELDS = ("landmarks", "depth_m", "visible")


def _performances(scene: Scene) -> list[Performance]:
    return [Performance(performer, scene.seed + 1000 * at) for at, performer in enumerate(scene.performers)]


def _duration_s(scene: Scene, performances: Sequence[Performance]) -> float:
    if scene.duration_s is not None:
        return scene.duration_s
    return max((performance.duration_s for performance in performances), default=0.0)
