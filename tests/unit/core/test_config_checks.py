from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config_checks import polygon_problem, spread_out
from core.config_file import read_settings
from core.errors import ConfigError

SQUARE = ((0, 0), (1, 0), (1, 1), (0, 1))


@pytest.mark.parametrize(
    "corners",
    [
        SQUARE,
        SQUARE[::-1],
        ((0, 0), (1, 0), (0, 1)),
        ((0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1)),
        ((0, 0), (0.5, 0), (1, 0), (1, 1)),
        ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.6, 0.9), (0.6, 0.4), (0.4, 0.4), (0.4, 0.9), (0.1, 0.9)),
    ],
)
def test_a_sound_polygon_has_no_problem(corners):
    assert polygon_problem(corners) == ""


@pytest.mark.parametrize(
    ("corners", "problem"),
    [
        (((0, 0), (1, 1), (1, 0), (0, 1)), "crosses itself: side 1-2 and side 3-4"),
        (((0, 0), (1, 0), (0.5, 0.5), (0, 1), (1, 1), (0.5, 0.5)), "crosses itself"),
        (((0, 0), (0.5, 0.5), (1, 1)), "has no area"),
        (((0, 0), (1, 0), (1, 0), (0, 1)), "corner 3 repeats the one before"),
        (((0, 0), (1, 0), (0, 1), (0, 0)), "corner 1 repeats the one before"),
        (((0.5, 0.5), (0.5001, 0.5), (0.5001, 0.5001)), "has no area"),
    ],
)
def test_a_polygon_that_nobody_can_mean_is_named(corners, problem):
    assert problem in polygon_problem(corners)


def test_floor_points_must_be_spread_out():
    assert spread_out(SQUARE)
    assert spread_out([*SQUARE, (0.5, 0.5)])
    assert not spread_out([(0, 0), (1, 1), (2, 2), (3, 3)])
    assert not spread_out([(0, 0), (1, 1), (2, 2), (3, 0)])
    assert not spread_out([(0, 0), (0, 0), (1, 0), (0, 1)])
    assert not spread_out([(0, 0), (640, 0.3), (1280, 0), (600, 700)])
    assert spread_out([(0, 0), (1, 1), (2, 2), (3, 0), (0, 5)])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=7))
def test_spread_out_is_what_it_says(points):
    def on_a_line(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) == (b[1] - a[1]) * (c[0] - a[0])

    fours = combinations(points, 4)
    wanted = any(not any(on_a_line(*three) for three in combinations(four, 3)) for four in fours)
    assert spread_out(points) == wanted


def camera_problems(floor, more=""):
    points = ", ".join(f"{{ pixel = [{x}, {y}], metre = [{u}, {v}] }}" for x, y, u, v in floor)
    with pytest.raises(ConfigError) as raised:
        read_settings(f'[[camera]]\nid = "a"\nsource = "usb:0"\n{more}floor = [{points}]\n', "gym.toml", {})
    return str(raised.value).splitlines()


def test_fewer_than_four_floor_points_are_a_problem():
    assert camera_problems([(0, 0, 0, 0), (9, 0, 1, 0), (9, 9, 1, 1)]) == [
        "gym.toml:4 camera[0].floor: needs at least 4 points, and has 3"
    ]


def test_floor_points_on_a_line_are_a_problem_in_the_picture_and_on_the_floor():
    assert camera_problems([(0, 0, 0, 0), (9, 9, 1, 0), (18, 18, 1, 1), (30, 30, 0, 1)]) == [
        "gym.toml:4 camera[0].floor: needs four points of which no three lie on one line, and has none by 'pixel'"
    ]
    (problem,) = camera_problems([(0, 0, 0, 0), (90, 0, 1, 1), (90, 90, 2, 2), (0, 90, 3, 3)])
    assert problem.endswith("has none by 'metre'")


def test_a_floor_point_outside_of_the_picture_is_a_problem():
    floor = [(0, 0, 0, 0), (90, 0, 1, 0), (90, 90, 1, 1), (0, 190, 0, 1)]
    (problem,) = camera_problems(floor, "floor_size = [100, 100]\n")
    assert problem == "gym.toml:5 camera[0].floor[3].pixel: [0, 190] is outside of 'floor_size', 100x100"


def test_a_wrong_value_in_one_place_does_not_hide_a_contradiction_in_another():
    text = '[gym]\nopens = "6"\ncloses = "22:00"\n[[camera]]\nid = "a"\nfps = "x"\n[[camera]]\nid = "a"\nsource = ""\n'
    with pytest.raises(ConfigError) as raised:
        read_settings(text, "gym.toml", {})
    assert [line.split(":")[1].split()[0] for line in str(raised.value).splitlines()] == ["2", "4", "6", "8", "9"]
