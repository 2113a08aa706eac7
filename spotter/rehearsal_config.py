"""A gym.toml for a drawn gym: its cameras, their floor points, and a zone around each piece of equipment."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.rehearsal.calibration import floor_points
from ingest.rehearsal.scene import Scene, SceneCamera, Station

ZONE_KINDS = {"rack": "squat rack", "bench": "bench", "bar": "bar", "mat": "mat", "treadmill": "cardio"}
"""Kind of zone by kind of equipment."""
AROUND_M = 0.6
"""People stand beside and before equipment; wider, and neighbouring zones overlap."""
SMALLEST_ZONE = 0.004
"""Share of the picture; of a smaller zone the camera sees too little to tell who is in it."""

_HEAD = """\
# A gym that Spotter draws itself, written by `spotter demo`: everything in it is synthetic.

[gym]
name = "{title}"

[alerts]
quiet_after_start = "2min"
"""


def rehearsal_config(scene: Scene, place: str, *, fps: float, loop: bool) -> str:
    """The text of gym.toml for a scene; ``place`` is what stands between ``rehearsal:`` and ``#`` in a source."""
    parts = [_HEAD.format(title=scene.title.replace('"', "'"))]
    parts += [_camera(scene, camera, place, fps=min(fps, camera.camera.fps), loop=loop) for camera in scene.cameras]
    return "\n".join(parts)


def _camera(scene: Scene, camera: SceneCamera, place: str, *, fps: float, loop: bool) -> str:
    lens = camera.camera
    lines = [
        "[[camera]]",
        f'id = "{camera.id}"',
        f'source = "rehearsal:{place}#{camera.id}"',
        f"fps = {fps:g}",
        f"loop = {str(loop).lower()}",
    ]
    points = floor_points(lens, scene.floor)
    if len(points) >= 4:
        told = (f"  {{ pixel = {_numbers(point.pixel)}, metre = {_numbers(point.metre)} }}," for point in points)
        lines += [f"floor_size = [{lens.width}, {lens.height}]", "floor = [", *told, "]"]
    for station in scene.stations:
        corners = zone_corners(camera, station)
        if corners is not None:
            text = ", ".join(_numbers(corner) for corner in corners.tolist())
            kind = ZONE_KINDS.get(station.kind, "other")
            lines += ["[[camera.zone]]", f'name = "{station.name}"', f'kind = "{kind}"', f"polygon = [{text}]"]
    return "\n".join(lines) + "\n"


def zone_corners(camera: SceneCamera, station: Station) -> NDArray[np.float64] | None:
    """(N, 2) corners of a station's surroundings in the picture, relative; None where the camera hardly sees them."""
    lens = camera.camera
    corners = station.corners()
    middle = corners.mean(axis=0)
    away = corners - middle
    wider = middle + away + np.sign(away @ _axes(away)) @ _axes(away).T * AROUND_M
    seen = lens.seen(np.column_stack([wider, np.zeros(len(wider))]))
    if (seen[:, 2] < 0.3).any():
        return None
    relative = (lens.projected(seen) / [lens.width, lens.height]).astype(np.float32)
    picture = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    area, common = cv2.intersectConvexConvex(relative, picture)
    if area < SMALLEST_ZONE or common is None:
        return None
    return np.asarray(np.clip(common.reshape(-1, 2), 0.0, 1.0).round(3), np.float64)


def _axes(away: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 2) columns: the directions of a rectangle's sides, from its corners relative to its middle."""
    side = away[1] - away[0]
    along = side / np.linalg.norm(side)
    return np.array([[along[0], -along[1]], [along[1], along[0]]])


def _numbers(values: Sequence[float]) -> str:
    return f"[{', '.join(f'{value:g}' for value in values)}]"
