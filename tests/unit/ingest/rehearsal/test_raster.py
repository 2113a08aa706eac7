import numpy as np
import pytest

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.raster import Barrel, Box, Canvas, Capsule, Ellipsoid

CAMERA = Camera(position_m=(0.0, -4.0, 1.0), look_at_m=(0.0, 0.0, 1.0), width=320, height=240)
RED, BLUE = (0, 0, 200), (200, 0, 0)
LIGHT = (-0.4, -0.6, 1.0)


def _drawn(*shapes, camera=CAMERA):
    canvas = Canvas(camera, LIGHT)
    pixels = np.full((camera.height, camera.width, 3), 128, np.uint8)
    canvas.draw(pixels, shapes)
    return pixels, canvas.depth


def _ball(x, y, z, colour, radius=0.2):
    return Ellipsoid(np.array([x, y, z]), np.eye(3), (radius, radius, radius), colour)


def _limb(first, second, colour, radius=0.1, **more):
    return Capsule(np.array(first, float), np.array(second, float), radius, radius, colour, **more)


def test_a_ball_covers_its_disc_and_its_front_is_nearest():
    pixels, depth = _drawn(_ball(0, 0, 1, RED))
    radius_px = 0.2 / 4.0 * CAMERA.focal_px
    covered = np.isfinite(depth)
    assert covered.sum() == pytest.approx(np.pi * radius_px**2, rel=0.05)
    assert depth.min() == pytest.approx(3.8, abs=0.01)
    assert pixels[119, 159, 2] > 100
    assert pixels[119, 159, 0] < 20


def test_a_limb_covers_a_stadium():
    _, depth = _drawn(_limb((-0.5, 0, 1), (0.5, 0, 1), RED))
    scale = CAMERA.focal_px / 4.0
    assert np.isfinite(depth).sum() == pytest.approx((0.2 * 1.0 + np.pi * 0.01) * scale**2, rel=0.05)


@pytest.mark.parametrize("order", [1, -1])
def test_the_nearer_shape_hides_the_farther_one_in_whatever_order(order):
    shapes = [_ball(0, 0, 1, RED), _limb((-0.5, 1, 1), (0.5, 1, 1), BLUE)][::order]
    pixels, _ = _drawn(*shapes)
    assert pixels[119, 159, 2] > pixels[119, 159, 0]


def test_a_sleeve_ends_at_the_seam():
    pixels, _ = _drawn(_limb((-0.5, 0, 1), (0.5, 0, 1), RED, end_colour=BLUE, seam=0.5))
    assert pixels[119, 150, 2] > pixels[119, 150, 0]
    assert pixels[119, 170, 0] > pixels[119, 170, 2]


def test_the_side_towards_the_lamp_is_brighter():
    pixels, _ = _drawn(_ball(0, 0, 1, RED))
    assert pixels[112, 153, 2] > pixels[126, 166, 2] + 20


def test_a_shape_above_the_floor_throws_a_shadow():
    pixels, depth = _drawn(_limb((0, 0, 0.1), (0, 0, 0.6), RED))
    background = pixels[~np.isfinite(depth)]
    assert background.min() < 110


@pytest.mark.parametrize(
    "shape",
    [
        _ball(40, 0, 1, RED),
        _ball(0, -9, 1, RED),
        _limb((0, -9, 1), (0, -3.95, 1), RED),
        _limb((9, 0, 1), (9, 1, 1), RED),
    ],
)
def test_what_is_out_of_the_picture_or_behind_the_camera_is_not_drawn(shape):
    _, depth = _drawn(shape)
    assert not np.isfinite(depth).any()


def test_a_shape_at_the_edge_is_cut_off():
    edge = 4.0 * np.tan(np.radians(CAMERA.field_of_view / 2))
    _, depth = _drawn(_ball(edge, 0, 1, RED))
    assert np.isfinite(depth[:, -1]).any()
    assert not np.isfinite(depth[:, :200]).any()


def test_nothing_to_draw_leaves_the_picture_alone():
    pixels, depth = _drawn()
    assert (pixels == 128).all()
    assert not np.isfinite(depth).any()


def test_a_canvas_forgets_the_frame_before():
    canvas = Canvas(CAMERA, LIGHT)
    first, second = (np.full((240, 320, 3), 128, np.uint8) for _ in range(2))
    many = [_ball(0.1 * at, 0, 1, (at, 2 * at, 3 * at), 0.05) for at in range(20)]
    canvas.draw(first, many)
    canvas.draw(second, [_ball(0, 0, 1, RED)])
    np.testing.assert_array_equal(second, _drawn(_ball(0, 0, 1, RED))[0])


def _box(at, half=(0.3, 0.1, 0.5), colour=(40, 80, 120)):
    return Box(np.array(at), np.eye(3), half, colour)


def test_a_box_is_where_its_corners_are_projected():
    canvas = Canvas(Camera(), (-0.4, -0.6, 1.0))
    canvas.picture([_box((0.2, 0.0, 0.6))])
    rows, columns = np.nonzero(np.isfinite(canvas.depth))
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    corners = Camera().projected(Camera().seen(np.array([0.2, 0.0, 0.6]) + signs * (0.3, 0.1, 0.5)))
    assert [columns.min(), columns.max()] == pytest.approx([corners[:, 0].min(), corners[:, 0].max()], abs=1.5)
    assert [rows.min(), rows.max()] == pytest.approx([corners[:, 1].min(), corners[:, 1].max()], abs=1.5)


def test_what_is_fixed_hides_who_is_behind_it_and_not_who_is_in_front():
    person = Capsule(np.array([0.0, 0.0, 0.3]), np.array([0.0, 0.0, 1.1]), 0.2, 0.2, (0, 0, 250))
    seen = {}
    for place, y in (("before", -0.8), ("behind", 0.8)):
        canvas = Canvas(Camera(), (-0.4, -0.6, 1.0), None, [_box((0.0, y, 0.8), (0.6, 0.05, 0.8), (200, 0, 0))])
        seen[place] = int((canvas.picture([person])[..., 2] > 60).sum())
    assert seen["before"] == 0
    assert seen["behind"] > 2000


def test_a_picture_does_not_remember_the_one_before():
    canvas = Canvas(Camera(), (-0.4, -0.6, 1.0), np.full((480, 640, 3), 90, np.uint8), [_box((1.0, 0.5, 0.5))])
    empty, depth = canvas.picture([]), canvas.depth.copy()
    canvas.picture([Capsule(np.array([0.0, 0.0, 0.2]), np.array([1.0, 0.0, 1.6]), 0.2, 0.1, (9, 9, 250))])
    np.testing.assert_array_equal(canvas.picture([]), empty)
    np.testing.assert_array_equal(canvas.depth, depth)


def test_shadows_fall_on_the_floor_and_not_on_a_bench_that_stands_in_them():
    person = Capsule(np.array([-0.4, 0.0, 0.2]), np.array([-0.4, 0.0, 1.7]), 0.2, 0.2, (9, 9, 9))
    bench = _box((0.1, -0.3, 0.25), (0.6, 0.4, 0.25), (90, 90, 90))
    canvas = Canvas(Camera(), (-0.4, -0.3, 1.0), np.full((480, 640, 3), 90, np.uint8), [bench])
    before, on_bench = canvas.picture([]), np.isfinite(canvas.depth)
    after = canvas.picture([person])
    changed = (before != after).any(axis=2) & (canvas.depth > 20)
    assert changed.sum() > 50
    assert not (changed & on_bench).any()


@pytest.mark.parametrize("x_m", [-1.5, 0.0, 1.5])
def test_a_trunk_that_leans_away_ends_where_what_covers_its_ends_is_at_the_side_of_the_picture_too(x_m):
    start, end = np.array([x_m, -0.15, 0.8]), np.array([x_m, 0.15, 1.2])
    along = (end - start) / np.linalg.norm(end - start)
    axes = np.stack([[1.0, 0.0, 0.0], np.cross(along, [1.0, 0.0, 0.0]), along], axis=1)
    _, depth = _drawn(Barrel(start, end, axes, (0.12, 0.08), 1.0, RED))
    rows = np.flatnonzero(np.isfinite(depth).any(axis=1))
    for place, row in ((end, rows[4]), (start, rows[-5])):
        column, _ = CAMERA.projected(CAMERA.seen(place))
        assert np.flatnonzero(np.isfinite(depth[row])).mean() == pytest.approx(column, abs=2.5)
