import numpy as np
import pytest

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.scenery import room


def test_a_room_is_the_same_for_the_same_seed_only():
    camera = Camera(width=160, height=120)
    np.testing.assert_array_equal(room(camera, 1), room(camera, 1))
    assert (room(camera, 1) != room(camera, 2)).any()


@pytest.mark.parametrize("look_at", [(0, 5, 1), (5, 0, 1), (-5, 0, 1), (0, -5, 1), (3, 3, 0.5)])
def test_a_camera_sees_wall_above_and_floor_below_wherever_it_looks(look_at):
    picture = room(Camera(position_m=(0.0, 0.0, 1.5), look_at_m=look_at, width=160, height=120), 0)
    assert picture.shape == (120, 160, 3)
    assert picture[:8].mean() > picture[-8:].mean() + 30
