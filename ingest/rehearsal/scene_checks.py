"""Judges whether a scene whose values make sense could stand on a floor: nothing overlaps, nobody walks through things.

Plane geometry on footprints; knows nothing of files but the paths in them that a message names.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.toml_tables import Problems
from ingest.rehearsal.calibration import seen_floor_points
from ingest.rehearsal.scene import Scene, ScenePerson, Station, Wall
from ingest.rehearsal.script import Walk

Array = NDArray[np.float64]
BODY_M = 0.15
"""Half of what a walking body needs to the sides; less lets an arm pass through a machine, more closes aisles that
people do walk through."""
LENS_M = 0.05
"""A camera this near to a wall is in it."""


def check(scene: Scene, problems: Problems) -> None:
    """Note everything that could not be."""
    _check_floor(scene, problems)
    _check_stations(scene, problems)
    _check_cameras(scene, problems)
    for number, person in enumerate(scene.people):
        _check_person(scene, number, person, problems)


def _check_floor(scene: Scene, problems: Problems) -> None:
    if not _within(np.array([scene.floor.door_m]), scene):
        problems.add(("floor", "door"), f"{_text(scene.floor.door_m)} lies outside the floor of {_size(scene)}")
    for number, wall in enumerate(scene.floor.walls):
        for key, point in (("from", wall.start_m), ("to", wall.end_m)):
            if not _within(np.array([point]), scene):
                problems.add(("wall", number, key), f"{_text(point)} lies outside the floor of {_size(scene)}")


def _check_stations(scene: Scene, problems: Problems) -> None:
    for number, station in enumerate(scene.stations):
        path = ("station", number, "position")
        corners = station.corners()
        if not _within(corners, scene):
            problems.add(
                path,
                f'the {station.kind} "{station.name}" at {_text(station.position_m)} does not fit on the floor of '
                f"{_size(scene)}",
            )
        for wall in scene.floor.walls:
            if overlap(corners, wall.corners()):
                problems.add(path, f'the {station.kind} "{station.name}" stands in the wall {_wall_text(wall)}')
        for other in scene.stations[:number]:
            if overlap(corners, other.corners()):
                problems.add(path, f'the {station.kind} "{station.name}" stands in the {other.kind} "{other.name}"')


def _check_cameras(scene: Scene, problems: Problems) -> None:
    for number, each in enumerate(scene.cameras):
        x, y, z = each.camera.position_m
        if not _within(np.array([[x, y]]), scene, LENS_M) or not LENS_M < z < scene.floor.wall_height_m:
            problems.add(
                ("camera", number, "position"),
                f"{_text(each.camera.position_m)} is in a wall or outside the room of {_size(scene)}",
            )
        for wall in scene.floor.walls:
            if z < wall.height_m and overlap(_square((x, y), LENS_M), wall.corners()):
                problems.add(("camera", number, "position"), f"the camera stands in the wall {_wall_text(wall)}")
        way = np.subtract(each.camera.look_at_m, each.camera.position_m)
        if np.linalg.norm(way) < 1e-3:
            problems.add(("camera", number, "look_at"), "the camera looks at itself; name a point away from it")
        elif np.hypot(way[0], way[1]) < 1e-3:
            problems.add(
                ("camera", number, "look_at"), "a camera cannot look straight up or down; move the point aside"
            )
        elif len(seen_floor_points(each.camera, scene.floor)) < MIN_FLOOR_POINTS:
            problems.add(
                ("camera", number, "look_at"),
                f"the camera looks at nothing: {_text(each.camera.look_at_m)} shows it next to none of the floor",
            )


MIN_FLOOR_POINTS = 6
"""A camera whose picture holds fewer points of the floor cannot be calibrated on it."""


def _check_person(scene: Scene, number: int, person: ScenePerson, problems: Problems) -> None:
    start = person.performer.start_m
    path: tuple[Any, ...] = ("person", number, "start")
    if not _within(np.array([start]), scene, BODY_M):
        problems.add(path, f"{person.name} starts at {_text(start)}, outside the floor of {_size(scene)}")
    standing_in = _standing_in(scene.stations, start)
    if standing_in is not None and standing_in.kind != "mat":
        problems.add(path, f'{person.name} starts in the {standing_in.kind} "{standing_in.name}"')
    here = start
    for action, step in zip(person.performer.actions, person.steps, strict=True):
        if isinstance(action, Walk):
            _check_walk(scene, person, here, action.to_m, ("person", number, "script", step, "walk_to"), problems)
            here = action.to_m


def _check_walk(
    scene: Scene, person: ScenePerson, start: tuple[float, float], end: tuple[float, float],
    path: tuple[Any, ...], problems: Problems,
) -> None:  # fmt: skip
    way = f"{person.name} walks from {_text(start)} to {_text(end)}"
    if not _within(np.array([end]), scene, BODY_M):
        problems.add(path, f"{way}, through the wall around the floor of {_size(scene)}")
        return
    lane = _lane(start, end)
    for wall in scene.floor.walls:
        if overlap(lane, wall.corners()):
            problems.add(path, f"{way}, through the wall {_wall_text(wall)}; lead around it: via = [[x, y]]")
    for station in scene.stations:
        # One may step out of and into what one uses, and over a mat that one comes from or goes to.
        if _near(station, start) or _near(station, end):
            continue
        if overlap(lane, station.corners()):
            problems.add(path, f'{way}, through the {station.kind} "{station.name}"; lead around it: via = [[x, y]]')


def _lane(start: tuple[float, float], end: tuple[float, float]) -> Array:
    """(4, 2) the strip of floor that somebody needs who walks from one point to another."""
    way = np.subtract(end, start)
    length = float(np.linalg.norm(way))
    if length < 1e-9:
        return _square(start, BODY_M)
    along = way / length
    aside = np.array([-along[1], along[0]]) * BODY_M
    return np.array([start - aside, start + aside, end + aside, end - aside])


def _near(station: Station, point: tuple[float, float]) -> bool:
    return overlap(_square(point, BODY_M), station.corners())


def _standing_in(stations: Sequence[Station], point: tuple[float, float]) -> Station | None:
    return next((station for station in stations if _near(station, point)), None)


def _square(point: tuple[float, float], half_m: float) -> Array:
    return np.asarray(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half_m + np.array(point))


def overlap(first: Array, second: Array) -> bool:
    """Whether two convex shapes, (n, 2) corners in order, share more than an edge: no edge keeps them apart."""
    for shape in (first, second):
        for a, b in pairwise([*shape, shape[0]]):
            normal = np.array([b[1] - a[1], a[0] - b[0]])
            one, other = first @ normal, second @ normal
            if one.max() <= other.min() + 1e-9 or other.max() <= one.min() + 1e-9:
                return False
    return True


def _within(points: Array, scene: Scene, margin_m: float = 0.0) -> bool:
    size = np.array(scene.floor.size_m)
    return bool((points >= margin_m).all() and (points <= size - margin_m).all())


def _text(point: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:g}" for value in np.round(point, 2).tolist()) + "]"


def _size(scene: Scene) -> str:
    return f"{scene.floor.size_m[0]:g} x {scene.floor.size_m[1]:g} m"


def _wall_text(wall: Wall) -> str:
    return f"from {_text(wall.start_m)} to {_text(wall.end_m)}"
