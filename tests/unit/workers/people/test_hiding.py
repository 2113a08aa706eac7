import numpy as np
from skeletons import person

from workers.people.hiding import GREY, hide, is_near


def test_the_neighbour_is_grey_and_the_frame_is_left_as_it_was():
    pixels = np.full((480, 640, 3), 200, np.uint8)
    other = person(400.0)
    painted = hide(pixels, [other], None)
    for x, y in other.landmarks[[0, 11, 14, 23, 25, 28], :2].astype(int):
        assert (painted[y, x] == GREY).all()
    assert (pixels == 200).all()
    assert (painted[:, :300] == 200).all()


def test_what_lies_on_the_person_stays():
    pixels = np.full((480, 640, 3), 200, np.uint8)
    own = person(350.0)
    painted = hide(pixels, [person(400.0)], own)
    for x, y in own.landmarks[[0, 11, 12, 23, 24, 25, 27], :2].astype(int):
        assert (painted[y, x] == 200).all()
    assert (painted == GREY).any()


def test_skeletons_far_outside_of_the_frame_or_without_numbers_paint_nothing_in_it():
    pixels = np.full((48, 64, 3), 200, np.uint8)
    lost = person()
    lost.landmarks[:, :2] = np.nan
    assert (hide(pixels, [person(1e9, 1e9)], None) == 200).all()
    assert hide(pixels, [lost], None).shape == pixels.shape


def test_near_is_within_a_metre():
    assert is_near(person(320.0).region, person(400.0).region)
    assert not is_near(person(320.0).region, person(420.0).region)
