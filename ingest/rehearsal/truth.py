"""What is true of a recorded scene: its shapes, and the files that they are written to and read from.

Knows nothing of how a scene is drawn. ``docs/rehearsal.md``, section "Truth files", is the authority on the files.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ClipError
from core.names import shown_name

FORMAT = 1
"""Version of the files; a reader refuses any other."""
SCENE_TRUTH = "truth.json"
FLOOR_TRUTH = "floor.npz"

Point = tuple[float, float]
Row3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SetTruth:
    """One set as it was performed; times are seconds of the scene."""

    exercise: str
    """Name in the exercise catalogue."""
    start_s: float
    end_s: float
    rep_end_s: tuple[float, ...]
    """When each complete repetition ended; empty for a held exercise."""
    faults: Mapping[int, str]
    """Form fault by number of the repetition, counted from 1; for a held exercise, number 1 is the whole hold."""
    hold_s: float | None = None
    """Seconds held; None for an exercise that is counted."""
    aborted_s: tuple[float, ...] = ()
    """When attempts that were broken off ended; they are no repetitions."""
    station: str | None = None
    """Where it was done; None for the open floor."""


@dataclass(frozen=True, slots=True)
class ActivityTruth:
    """A stretch of what one person does; together they fill the person's time without holes."""

    kind: str
    """``walk``, ``train``, ``rest``, ``way`` (from one posture to the next), or the name of an idle action."""
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class PersonTruth:
    """One person of the scene."""

    id: int
    """1 for the first person of the scene file, and so on: the same number in every camera."""
    name: str
    height_m: float
    leaves_s: float | None
    """From when on the person is no longer on the floor; None for someone who stays."""
    sets: tuple[SetTruth, ...]
    activities: tuple[ActivityTruth, ...] = ()


@dataclass(frozen=True, slots=True)
class FloorPoint:
    """A point of the floor (z = 0) in a camera's picture."""

    pixel: Point
    metre: Point


@dataclass(frozen=True, slots=True)
class CameraTruth:
    """One camera and its calibration; OpenCV's conventions: x right, y down, z forward; no distortion.

    A point of the world, metres, is at ``rotation @ point + translation_m`` in the camera's frame.
    """

    id: str
    width: int
    height: int
    fps: float
    frames: int
    clock_offset_s: float
    """What the camera's clock shows minus the scene's time."""
    camera_matrix: tuple[Row3, Row3, Row3]
    """Intrinsics, pixels; the middle of the first pixel is (0, 0)."""
    rotation: tuple[Row3, Row3, Row3]
    translation_m: Row3
    floor: tuple[FloorPoint, ...]
    """At least six points of the floor that the camera sees, unless it sees none."""

    @property
    def video(self) -> str:
        """Name of the recording in the folder."""
        return f"{self.id}.mp4"

    @property
    def frame_truth(self) -> str:
        """Name of the file with the truth of every frame in the folder."""
        return f"{self.id}.npz"


@dataclass(frozen=True, slots=True)
class SceneTruth:
    """A whole recorded scene, without what is said frame by frame."""

    scene: str
    seed: int
    duration_s: float
    people: tuple[PersonTruth, ...]
    cameras: tuple[CameraTruth, ...]
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class FrameTruths:
    """What is true of each frame of one camera; people in the order of ``SceneTruth.people``.

    F frames, P people. ``load`` and ``save`` use the field names as names in the file.
    """

    scene_s: NDArray[np.float64]
    """(F,) the scene's time of each frame, seconds."""
    clock_s: NDArray[np.float64]
    """(F,) the time that the camera's own clock shows: ``scene_s`` plus the clock's offset."""
    present: NDArray[np.bool_]
    """(F, P) whether the person is on the floor at all, seen by this camera or not."""
    landmarks: NDArray[np.float32]
    """(F, P, 33, 2) x, y in frame pixels; may lie outside the frame. NaN for who is absent or far out of view."""
    depth_m: NDArray[np.float32]
    """(F, P, 33) metres from the camera's plane; at most 0.1 behind the lens, where pixels mean nothing."""
    visible: NDArray[np.bool_]
    """(F, P, 33) whether the landmark is in the frame and hidden by nothing: others, equipment or the own body."""
    box_px: NDArray[np.float32]
    """(F, P, 4) x0, y0, x1, y1 around the whole body, hidden and cut-off parts included; may lie outside the frame."""
    occlusion: NDArray[np.float32]
    """(F, P) 0-1: share of the body's area inside the frame that others or equipment hide."""
    truncation: NDArray[np.float32]
    """(F, P) 0-1: share of the body's area outside the frame; 1 for who is not in the picture."""

    @property
    def in_view(self) -> NDArray[np.bool_]:
        """(F, P) whether any part of the person is in the picture and hidden by nothing else."""
        return np.asarray(self.present & (self.truncation < 1) & (self.occlusion < 1))


@dataclass(frozen=True, slots=True)
class FloorTruth:
    """Where everybody is on the floor, T times, P people."""

    time_s: NDArray[np.float64]
    """(T,) seconds of the scene, evenly spaced."""
    position_m: NDArray[np.float32]
    """(T, P, 2) the point of the floor below the middle of the hips; NaN for who is not present."""
    present: NDArray[np.bool_]
    """(T, P)"""


@dataclass(frozen=True, slots=True)
class RecordedScene:
    """A folder that ``spotter rehearse`` wrote."""

    folder: Path
    truth: SceneTruth

    def video(self, camera: CameraTruth) -> Path:
        """The recording of one camera."""
        return self.folder / camera.video

    def frames(self, camera: CameraTruth) -> FrameTruths:
        """What is true of each frame of one camera.

        :raises ClipError: if the file is missing or damaged
        """
        return FrameTruths(**_arrays(self.folder / camera.frame_truth, [each.name for each in fields(FrameTruths)]))

    def floor(self) -> FloorTruth:
        """Where everybody is at any time.

        :raises ClipError: if the file is missing or damaged
        """
        return FloorTruth(**_arrays(self.folder / FLOOR_TRUTH, [each.name for each in fields(FloorTruth)]))


def read_scene(folder: Path) -> RecordedScene:
    """Open a folder that ``spotter rehearse`` wrote.

    :raises ClipError: if it holds no truth, or truth of another version
    """
    path = folder / SCENE_TRUTH
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ClipError(
            f"{shown_name(folder)}: there is no {SCENE_TRUTH}; name a folder that 'spotter rehearse' wrote"
        ) from error
    except OSError as error:
        raise ClipError(f"{shown_name(path)}: it cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ClipError(f"{shown_name(path)}: it is damaged; record the scene again") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ClipError(f"{shown_name(path)}: it is of another version; record the scene again")
    try:
        return RecordedScene(folder, _scene(told))
    except (KeyError, TypeError, ValueError) as error:
        raise ClipError(f"{shown_name(path)}: it is damaged; record the scene again") from error


def write_scene_truth(path: Path, truth: SceneTruth) -> None:
    """Write ``truth.json``; OSError is the caller's."""
    path.write_text(json.dumps(asdict(truth), indent=1) + "\n", encoding="utf-8")


def write_arrays(path: Path, truth: FrameTruths | FloorTruth) -> None:
    """Write what is said frame by frame, or time by time; OSError is the caller's."""
    np.savez_compressed(path, **{each.name: getattr(truth, each.name) for each in fields(truth)})


@dataclass(slots=True)
class FrameTruthRows:
    """Collects the truth of one camera frame by frame; the fields are lists of rows of ``FrameTruths``' fields."""

    clock_offset_s: float
    _rows: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, scene_s: float, row: Mapping[str, Any]) -> None:
        """Add one frame: arrays without their first axis, by the name of the field."""
        self._rows.append({"scene_s": scene_s, "clock_s": scene_s + self.clock_offset_s, **row})

    def stacked(self) -> FrameTruths:
        """All frames; at least one."""
        return FrameTruths(
            **{each.name: np.stack([row[each.name] for row in self._rows]) for each in fields(FrameTruths)}
        )


def _arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path) as file:
            return {name: file[name] for name in names}
    except FileNotFoundError as error:
        raise ClipError(f"{shown_name(path)}: there is no such file; record the scene again") from error
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ClipError(f"{shown_name(path)}: it is damaged; record the scene again") from error


def _scene(told: Mapping[str, Any]) -> SceneTruth:
    return SceneTruth(
        scene=told["scene"],
        seed=told["seed"],
        duration_s=told["duration_s"],
        people=tuple(_person(each) for each in told["people"]),
        cameras=tuple(_camera(each) for each in told["cameras"]),
    )


def _person(told: Mapping[str, Any]) -> PersonTruth:
    return PersonTruth(
        **{
            **told,
            "sets": tuple(_set(each) for each in told["sets"]),
            "activities": tuple(ActivityTruth(**each) for each in told["activities"]),
        }
    )


def _set(told: Mapping[str, Any]) -> SetTruth:
    return SetTruth(
        **{
            **told,
            "rep_end_s": tuple(told["rep_end_s"]),
            "aborted_s": tuple(told["aborted_s"]),
            "faults": {int(rep): fault for rep, fault in told["faults"].items()},
        }
    )


def _camera(told: Mapping[str, Any]) -> CameraTruth:
    return CameraTruth(
        **{
            **told,
            "camera_matrix": tuple(tuple(row) for row in told["camera_matrix"]),
            "rotation": tuple(tuple(row) for row in told["rotation"]),
            "translation_m": tuple(told["translation_m"]),
            "floor": tuple(FloorPoint(tuple(each["pixel"]), tuple(each["metre"])) for each in told["floor"]),
        }
    )
