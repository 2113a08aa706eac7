import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.floor_plan import FloorPlan, floor_plan
from core.errors import ConfigError
from core.secrets import Address
from core.settings import Camera, FloorPoint

HEIGHT_M, TILT, FOCAL = 2.6, math.radians(28), 1.1


def seen_at(x: float, y: float) -> tuple[float, float]:
    """A point of the floor in the picture of a camera 2.6 m above (0, 0) that looks north and down."""
    depth = y * math.cos(TILT) + HEIGHT_M * math.sin(TILT)
    down = HEIGHT_M * math.cos(TILT) - y * math.sin(TILT)
    return 0.5 + FOCAL * x / depth, 0.5 + FOCAL * down / depth * 16 / 9


def camera(*points: tuple[tuple[float, float], tuple[float, float]], size: tuple[int, int] | None = None) -> Camera:
    floor = tuple(FloorPoint(pixel=pixel, metre=metre) for pixel, metre in points)
    return Camera(id="racks", source=Address("usb:0"), floor=floor, floor_size=size)


def measured(width: int = 640, height: int = 360) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    metres = [(-2.0, 3.0), (2.0, 3.0), (-3.0, 7.0), (3.0, 7.0), (0.5, 5.0)]
    return [((seen_at(*m)[0] * width, seen_at(*m)[1] * height), m) for m in metres]


@given(x=st.floats(-4, 4), y=st.floats(2, 9))
def test_what_stands_on_the_floor_is_found_again(x: float, y: float) -> None:
    plan = floor_plan(camera(*measured()), 640, 360)
    assert plan is not None
    assert plan.to_floor(seen_at(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=5, max_size=12), st.integers(0, 999))
def test_noisy_points_leave_a_residual_of_their_noise(offsets: list[tuple[float, float]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    metres = rng.uniform([-4, 2], [4, 9], (len(offsets), 2))
    if np.linalg.svd(metres - metres.mean(0), compute_uv=False)[1] < 2:
        return
    plan = FloorPlan(np.array([seen_at(*m) for m in metres]), metres + 0.01 * np.array(offsets))
    assert plan.residual_m < 0.03


def test_points_hold_for_another_size_of_the_picture() -> None:
    plan = floor_plan(camera(*measured(1280, 720), size=(1280, 720)), 640, 360)
    assert plan is not None
    assert plan.to_floor(seen_at(1.0, 4.0)) == pytest.approx((1.0, 4.0), abs=1e-6)


def test_nothing_is_beyond_the_horizon_or_far_outside() -> None:
    plan = floor_plan(camera(*measured()), 640, 360)
    assert plan is not None
    assert plan.to_floor((0.5, -0.9)) is None
    assert plan.to_floor(seen_at(0.0, 60.0)) is None
    assert plan.to_floor((math.nan, 0.5)) is None


def test_a_camera_without_points_has_no_plan() -> None:
    assert floor_plan(camera(), 640, 360) is None


@pytest.mark.parametrize(
    ("points", "says"),
    [
        (measured()[:3], "at least 4"),
        ([((10.0 * i, 20.0 * i), (1.0 * i, 0.5 * i)) for i in range(5)], "on a line"),
        ([((5.0, 5.0), (0.0, 0.0))] * 4, "on a line"),
        (
            [((0.0, 0.0), (0.0, 0.0)), ((1.0, 0.0), (1.0, 0.0)), ((2.0, 0.0), (2.0, 0.0)), ((1.0, 3.0), (1.0, 3.0))],
            "line",
        ),
        ([*measured()[:4], ((320.0, 200.0), (9.0, 9.0)), ((100.0, 300.0), (5.0, -3.0))], "racks"),
        ([*measured()[:4], ((math.inf, 1.0), (0.0, 0.0))], "not a number"),
    ],
)
def test_unusable_points_are_named(points: list, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        floor_plan(camera(*points), 640, 360)


def test_range_is_less_certain_than_direction_and_grows_with_distance() -> None:
    plan = floor_plan(camera(*measured()), 640, 360)
    assert plan is not None
    near, far = (plan.place(seen_at(0.0, y), 1.75 * FOCAL / y, 16 / 9) for y in (3.0, 8.0))
    assert near is not None
    assert far is not None
    assert far.yy > 2 * far.xx
    assert far.yy > near.yy
    doubtful = plan.place(seen_at(0.0, 3.0), 1.75 * FOCAL / 3, 16 / 9, doubt=2.0)
    assert doubtful is not None
    assert doubtful.yy > near.yy
