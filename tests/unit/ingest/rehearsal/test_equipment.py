import numpy as np
import pytest

from core.errors import ConfigError
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.equipment import EQUIPMENT, fixed_solids, footprint, place_for
from ingest.rehearsal.raster import Barrel, Box, Canvas, Capsule

CAMERA = Camera(position_m=(0.0, -6.0, 2.0))
LIGHT = (-0.4, -0.6, 1.0)


def _points(solid):
    """Corners of a solid, (n, 3), as far as it reaches."""
    if isinstance(solid, Capsule):
        return np.stack([solid.start, solid.end])
    assert not isinstance(solid, Barrel)
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    if isinstance(solid, Box):
        return solid.centre + (signs * solid.half_m) @ solid.axes.T
    return solid.centre + (np.vstack([np.eye(3), -np.eye(3)]) * solid.half_m) @ solid.axes.T


@pytest.mark.parametrize("kind", EQUIPMENT)
def test_equipment_stands_on_its_footprint_and_on_the_floor(kind):
    points = np.vstack([_points(solid) for solid in fixed_solids(kind, (0.0, 0.0), 0.0)])
    width, depth = footprint(kind)
    assert np.abs(points[:, 0]).max() <= width / 2 + 0.01
    assert np.abs(points[:, 1]).max() <= depth / 2 + 0.01
    assert points[:, 2].min() == pytest.approx(0.0, abs=0.011)


@pytest.mark.parametrize("kind", EQUIPMENT)
def test_equipment_is_moved_and_turned_as_a_whole(kind):
    turned = fixed_solids(kind, (1.0, 2.0), np.pi / 2)
    for before, after in zip(fixed_solids(kind, (0.0, 0.0), 0.0), turned, strict=True):
        expected = _points(before) @ np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).T + [1.0, 2.0, 0.0]
        np.testing.assert_allclose(_points(after), expected, atol=1e-9)


@pytest.mark.parametrize("kind", EQUIPMENT)
def test_equipment_is_seen_and_hides_what_is_behind(kind):
    canvas = Canvas(CAMERA, LIGHT)
    pixels = np.zeros((480, 640, 3), np.uint8)
    canvas.draw(pixels, fixed_solids(kind, (0.0, 0.0), 0.3))
    shown = np.isfinite(canvas.depth)
    assert 300 < shown.sum() < 150_000
    assert (pixels[shown] > 0).any(axis=1).mean() > 0.95


def test_places_follow_the_equipment():
    place = place_for("rack", "squat")
    position, heading = place.on_floor((1.0, 1.0), 90.0)
    assert position == pytest.approx((1.0 - place.offset_m[1], 1.0 + place.offset_m[0]))
    assert heading == 90.0 + place.heading


def test_who_lies_down_beside_equipment_is_clear_of_it():
    assert place_for("mat", "push_up").offset_m == (0.0, 0.0)
    assert place_for("rack", "plank").offset_m[1] > footprint("rack")[1] / 2 + 1.0


@pytest.mark.parametrize(("kind", "exercise"), [("mat", "bench_press"), ("rack", "pull_up"), ("bar", "sitting")])
def test_what_needs_other_equipment_is_refused(kind, exercise):
    with pytest.raises(ConfigError, match="it needs a"):
        place_for(kind, exercise)


def test_unknown_equipment_is_refused_with_what_there_is():
    with pytest.raises(ConfigError, match="no equipment 'sauna'; it has rack, bench"):
        footprint("sauna")
