import numpy as np
import pytest
from skeletons import dress, person

from workers.people.appearance import Clothing, blend, clothing, likeness

RED, DARK_RED, BLUE = (40, 40, 200), (35, 35, 180), (200, 60, 40)


def wearing(colour, **where):
    pixels = np.full((480, 640, 3), 128, np.uint8)
    pose = person(**where)
    dress(pixels, pose, colour)
    return clothing(pixels, pose.landmarks)


def test_the_same_clothes_are_alike_wherever_the_person_stands():
    assert likeness(wearing(RED), wearing(RED, x=200.0, px_per_m=80.0)) > 0.9


def test_other_clothes_are_not():
    assert likeness(wearing(RED), wearing(BLUE)) < 0.6
    assert likeness(wearing(RED), wearing(DARK_RED)) > likeness(wearing(RED), wearing(BLUE))


def test_what_is_hidden_or_outside_of_the_frame_has_no_colour():
    pixels = np.zeros((480, 640, 3), np.uint8)
    assert clothing(pixels, person(visibility=0.1).landmarks) == Clothing(None, None)
    assert clothing(pixels, person(x=-900.0).landmarks) == Clothing(None, None)
    legs_below = clothing(pixels, person(y=478.0).landmarks)
    assert legs_below.torso is not None
    assert legs_below.legs is None


def test_people_without_a_common_part_cannot_be_compared():
    red = wearing(RED)
    assert likeness(Clothing(red.torso, None), Clothing(None, red.legs)) is None


def test_landmarks_that_are_no_numbers_have_no_colour():
    landmarks = person().landmarks.copy()
    landmarks[:, :2] = np.nan
    with np.errstate(all="ignore"):
        assert clothing(np.zeros((48, 64, 3), np.uint8), landmarks) == Clothing(None, None)


def test_the_running_mean_moves_towards_what_is_seen_and_keeps_what_is_not():
    red, blue = wearing(RED), wearing(BLUE)
    mixed = blend(red, Clothing(blue.torso, None), 0.5)
    assert mixed.legs is red.legs
    assert mixed.torso == pytest.approx((red.torso + blue.torso) / 2)
    assert blend(Clothing(None, None), red, 0.1).torso is red.torso
