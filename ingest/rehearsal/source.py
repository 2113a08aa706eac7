"""A camera of the rehearsal gym, used where a recording or a live camera is: ``rehearsal:floor#cam-2``."""

import math
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Literal, Self

from core.errors import ConfigError
from core.frame import Frame
from core.names import shown_name
from core.toml_tables import suggestion
from ingest.opencv import set_up_opencv
from ingest.rehearsal.gym import NANOSECONDS, Gym
from ingest.rehearsal.scene import Scene, SceneCamera
from ingest.rehearsal.scene_file import load_scene

SCHEME = "rehearsal:"
Pace = Literal["real", "fast"]
_EVEN = 1e-6
"""Keeps a product such as 5 x 0.2 from falling below the whole number that it means."""


def is_rehearsal(name: str) -> bool:
    """Whether a name means a camera of the rehearsal gym."""
    return name.startswith(SCHEME)


def rehearsal_camera(name: str) -> tuple[Scene, SceneCamera]:
    """The scene and the camera that ``rehearsal:SCENE#CAMERA`` means; SCENE ships with Spotter or is a file.

    :raises ConfigError: if one of the two is missing or does not exist, or if the scene file is wrong
    """
    place, mark, identity = name.removeprefix(SCHEME).rpartition("#")
    if not mark or not place or not identity:
        scene_name = place or identity
        example = f"{SCHEME}{scene_name or 'floor'}#cam-1"
        if scene_name and not mark:
            known = ", ".join(camera.id for camera in load_scene(scene_name).cameras)
            raise ConfigError(f"{shown_name(name)}: say which camera after a #: {known}")
        raise ConfigError(f"{shown_name(name)}: name a scene and a camera, such as {example}")
    scene = load_scene(place)
    cameras = {camera.id: camera for camera in scene.cameras}
    if identity not in cameras:
        raise ConfigError(f"{shown_name(name)}: there is no camera '{identity}'{suggestion(identity, tuple(cameras))}")
    return scene, cameras[identity]


class RehearsalSource:
    """The frames of one camera of a scene, drawn as they are asked for; a context manager that is iterated once.

    Offers what ``ingest.video.Recording`` offers. At pace ``real`` a frame is given when its time has come, and one
    that is overdue by more than a frame is left out, as a live camera leaves it out: the numbers then have a gap.
    With ``loop`` the scene begins again at its end, with times and numbers that go on. With ``rate`` (frames/s) only
    so many of the frames are drawn, evenly; they keep their numbers. ``start_s``, on ``clock``, is when the scene
    begins at pace ``real``: if that is past, the frames up to now are not drawn, nor counted as skipped.

    :raises ConfigError: if the name means no camera, or the scene file is wrong
    """

    def __init__(
        self,
        name: str,
        pace: Pace = "fast",
        *,
        loop: bool = False,
        rate: float | None = None,
        start_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        set_up_opencv()
        scene, self._camera = rehearsal_camera(name)
        self._gym = Gym(scene)
        self._pace, self._loop = pace, loop
        self._start_s = start_s
        self._clock, self._sleep = clock, sleep
        self._open = True
        self.notes: list[str] = ["a drawn scene: everything in it is synthetic"]
        """Remarks in plain words, for the reader of a result."""
        self.truncated: str | None = None
        """Always None: a scene does not break off."""
        self.frames_read = 0
        self.frames_skipped = 0
        """How many frames were overdue and left out."""
        self.width = self._camera.camera.width
        self.height = self._camera.camera.height
        self._frames = self._gym.frame_count(self._camera)
        self._drawn_share = 1.0 if rate is None else min(rate / self._camera.camera.fps, 1.0)
        self.frame_count_or_none = None if loop else self._frames
        """How many frames there will be, for a progress bar; None if it never ends."""

    @property
    def frames_in_scene(self) -> int:
        """How many frames one turn of the scene has."""
        return self._frames

    @property
    def nominal_frames_per_second(self) -> float:
        """Frame rate of the camera."""
        return self._camera.camera.fps

    @property
    def frames_per_second(self) -> float:
        """Frame rate of the camera."""
        return self._camera.camera.fps

    @property
    def duration_s(self) -> float:
        """Length of what was read so far, left-out frames included."""
        return (self.frames_read + self.frames_skipped) / self.frames_per_second

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop giving frames; may be called twice."""
        self._open = False

    def __iter__(self) -> Iterator[Frame]:
        drawing = self._gym.drawing(self._camera)
        start_s, sequence = self._begin()
        while self._open and (self._loop or sequence < self._frames):
            if not self._is_drawn(sequence):
                sequence += 1
                continue
            due_s = start_s + sequence / self.frames_per_second
            late_s = self._clock() - due_s
            if self._pace == "real":
                if late_s > 1 / (self.frames_per_second * self._drawn_share):
                    self.frames_skipped += 1
                    sequence += 1
                    continue
                if late_s < 0:
                    self._sleep(-late_s)
                    if not self._open:
                        return
            pixels, _ = drawing(sequence % self._frames)
            captured_ns = round(sequence / self.frames_per_second * NANOSECONDS)
            self.frames_read += 1
            yield Frame(pixels, captured_ns, sequence)
            sequence += 1

    def _begin(self) -> tuple[float, int]:
        """When the scene began on the clock, and its frame that is due now."""
        now_s = self._clock()
        if self._start_s is None or self._pace == "fast":
            return now_s, 0
        passed = math.ceil((now_s - self._start_s) * self.frames_per_second)
        return self._start_s, max(passed, 0)

    def _is_drawn(self, sequence: int) -> bool:
        """Whether a frame is among the evenly chosen ones; the first always is."""
        return math.floor(sequence * self._drawn_share + _EVEN) != math.floor(
            (sequence - 1) * self._drawn_share + _EVEN
        )
