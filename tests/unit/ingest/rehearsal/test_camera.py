import numpy as np
import pytest

from ingest.rehearsal.camera import Camera

CAMERA = Camera(position_m=(0.0, -4.0, 1.0), look_at_m=(0.0, 0.0, 1.0), field_of_view=60.0)


def _pixel(camera, point):
    return camera.projected(camera.seen(np.array(point)))


def test_what_it_looks_at_is_in_the_middle():
    assert _pixel(CAMERA, (0.0, 0.0, 1.0)) == pytest.approx([319.5, 239.5])


def test_east_is_right_and_up_is_up_for_a_camera_that_looks_north():
    assert _pixel(CAMERA, (1.0, 0.0, 1.0))[0] > 319.5
    assert _pixel(CAMERA, (0.0, 0.0, 2.0))[1] < 239.5


def test_the_field_of_view_is_the_width_of_the_picture():
    edge = 4.0 * np.tan(np.radians(30.0))
    assert _pixel(CAMERA, (edge, 0.0, 1.0))[0] == pytest.approx(639.5)


def test_twice_as_far_is_half_as_large():
    near = _pixel(CAMERA, (0.5, 0.0, 1.0))[0] - 319.5
    far = _pixel(CAMERA, (0.5, 4.0, 1.0))[0] - 319.5
    assert near == pytest.approx(2 * far)


def test_axes_are_a_right_handed_frame_whatever_it_looks_at():
    axes = Camera(position_m=(3.0, -2.0, 2.5), look_at_m=(-1.0, 4.0, 0.2)).axes()
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert axes[0, 2] == pytest.approx(0.0)


def test_a_point_behind_the_lens_stays_finite():
    assert np.isfinite(_pixel(CAMERA, (0.3, -9.0, 1.0))).all()
