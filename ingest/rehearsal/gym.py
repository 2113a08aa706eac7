"""The running gym: who is where at a time, what each camera sees then, and what is true of all of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.frame import Frame
from ingest.rehearsal.calibration import camera_matrix, extrinsics, floor_points
from ingest.rehearsal.scene import Scene, SceneCamera
from ingest.rehearsal.scenery import Bounds
from ingest.rehearsal.script import Performance
from ingest.rehearsal.truth import (
    ActivityTruth,
    CameraTruth,
    FloorTruth,
    FrameTruthRows,
    PersonTruth,
    Row3,
    SceneTruth,
    SetTruth,
)  # fmt: skip
from ingest.rehearsal.view import View, Visible

Array = NDArray[np.float64]
FLOOR_RATE = 10.0
"""Floor positions a second; people walk a hand's breadth in between."""
NANOSECONDS = 1_000_000_000


class Gym:
    """All people of a scene on their time lines."""

    def __init__(self, scene: Scene, *, seed: int | None = None, duration_s: float | None = None) -> None:
        """Plan what everybody does.

        :param seed: None for the scene's own
        :param duration_s: None for the scene's own
        :raises ConfigError: if a script makes no sense
        """
        self.scene = scene
        self.seed = scene.seed if seed is None else seed
        self.duration_s = scene.duration_s if duration_s is None else duration_s
        self.performances = [
            Performance(person.performer, self.seed + 1000 * number) for number, person in enumerate(scene.people)
        ]

    def present(self, time_s: float) -> list[bool]:
        """Who is on the floor at a time of the scene."""
        return [performance.present(time_s) for performance in self.performances]

    def people(self, time_s: float, view: View) -> list[Visible | None]:
        """Everybody at a time of the scene; None for who is not on the floor or surely out of the view."""
        return [
            self._visible(performance, time_s)
            if performance.present(time_s) and view.may_show(performance.place(time_s))
            else None
            for performance in self.performances
        ]

    def _visible(self, performance: Performance, time_s: float) -> Visible:
        body, held = performance.body(time_s)
        return Visible(body, performance.performer.build, performance.performer.look, held)

    def drawing(self, camera: SceneCamera) -> Callable[[int], tuple[NDArray[np.uint8], dict[str, Any]]]:
        """How to draw the frame of a number: gives its pixels and the arrays of ``truth.FrameTruths`` for it.

        A camera records from the moment at which its clock shows 0. The room is drawn at once: do this once a camera.
        """
        view = self.view(camera)

        def draw(sequence: int) -> tuple[NDArray[np.uint8], dict[str, Any]]:
            time_s = sequence / camera.camera.fps - camera.clock_offset_s
            pixels, truth = view.draw(
                self.people(time_s, view),
                self.scene.light_level(time_s),
                lambda after_s: self.people(time_s + after_s, view),
            )
            return pixels, {**truth, "present": np.array(self.present(time_s), bool)}

        return draw

    def frames(self, camera: SceneCamera, rows: FrameTruthRows | None = None) -> Iterator[Frame]:
        """Draw what a camera records; what is true of each frame is added to ``rows``.

        ``captured_ns`` is what the camera's clock shows, which may differ from the scene's time.
        """
        draw = self.drawing(camera)
        for sequence in range(self.frame_count(camera)):
            pixels, truth = draw(sequence)
            clock_s = sequence / camera.camera.fps
            if rows is not None:
                rows.add(clock_s - camera.clock_offset_s, truth)
            yield Frame(pixels, round(clock_s * NANOSECONDS), sequence)

    def view(self, camera: SceneCamera) -> View:
        """The empty room as a camera sees it, ready to draw people into."""
        floor = self.scene.floor
        east, north = floor.size_m
        bounds = Bounds(0.0, east, 0.0, north, floor.wall_height_m, (east / 2, north / 2))
        number = self.scene.cameras.index(camera)
        return View(camera.camera, self.seed + 77 * number, bounds, self.scene.solids(), camera.light)

    def frame_count(self, camera: SceneCamera) -> int:
        """How many frames a camera records."""
        return max(1, round(self.duration_s * camera.camera.fps))

    def truth(self, cameras: tuple[SceneCamera, ...]) -> SceneTruth:
        """What is true of the recording as a whole, for the cameras that take part."""
        return SceneTruth(
            scene=self.scene.name,
            seed=self.seed,
            duration_s=self.duration_s,
            people=tuple(self._person(number) for number in range(len(self.performances))),
            cameras=tuple(self._camera(camera) for camera in cameras),
        )

    def _person(self, number: int) -> PersonTruth:
        performance, person = self.performances[number], self.scene.people[number]
        cut = [done for each in performance.sets if (done := cut_set(each, self.duration_s)) is not None]
        activities = [
            ActivityTruth(each.kind, each.start_s, min(each.end_s, self.duration_s))
            for each in performance.activities
            if each.start_s < self.duration_s
        ]
        leaves = performance.leaves_s
        return PersonTruth(
            id=number + 1,
            name=person.name,
            height_m=person.performer.build.height_m,
            leaves_s=leaves if leaves is not None and leaves < self.duration_s else None,
            sets=tuple(cut),
            activities=tuple(activities),
        )

    def _camera(self, each: SceneCamera) -> CameraTruth:
        rotation, translation = extrinsics(each.camera)
        return CameraTruth(
            id=each.id,
            width=each.camera.width,
            height=each.camera.height,
            fps=each.camera.fps,
            frames=self.frame_count(each),
            clock_offset_s=each.clock_offset_s,
            camera_matrix=_rows(camera_matrix(each.camera)),
            rotation=_rows(rotation),
            translation_m=_row(translation),
            floor=floor_points(each.camera, self.scene.floor),
        )

    def floor_truth(self) -> FloorTruth:
        """Where everybody is, ``FLOOR_RATE`` times a second."""
        times = np.arange(0, self.duration_s, 1 / FLOOR_RATE)
        present = np.array([self.present(float(t)) for t in times], bool).reshape(len(times), len(self.performances))
        positions = np.full((*present.shape, 2), np.nan, np.float32)
        for at, number in zip(*np.nonzero(present), strict=True):
            body, _ = self.performances[number].body(float(times[at]))
            positions[at, number] = body.landmarks[23:25, :2].mean(axis=0)
        return FloorTruth(times, positions, present)


def cut_set(done: SetTruth, duration_s: float) -> SetTruth | None:
    """What of a set was done by a time; None if it had not begun."""
    if done.start_s >= duration_s:
        return None
    if done.end_s <= duration_s:
        return done
    ends = tuple(end for end in done.rep_end_s if end <= duration_s)
    faults = {rep: fault for rep, fault in done.faults.items() if rep <= len(ends) or done.hold_s is not None}
    return replace(
        done,
        end_s=duration_s,
        rep_end_s=ends,
        faults=faults,
        hold_s=None if done.hold_s is None else duration_s - done.start_s,
        aborted_s=tuple(end for end in done.aborted_s if end <= duration_s),
    )


def _row(values: Array) -> Row3:
    x, y, z = values.tolist()
    return x, y, z


def _rows(matrix: Array) -> tuple[Row3, Row3, Row3]:
    first, second, third = (_row(each) for each in matrix)
    return first, second, third
