import numpy as np

from ingest.masks import Masks


def white(width=100, height=80):
    return np.full((height, width, 3), 255, np.uint8)


def test_the_inside_is_black_and_the_rest_is_untouched():
    pixels = white()
    Masks([((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))]).blacken(pixels)
    assert not pixels[:, :49].any()
    assert (pixels[:, 52:] == 255).all()


def test_a_mask_reaches_the_very_edge():
    pixels = white()
    Masks([((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))]).blacken(pixels)
    assert not pixels.any()


def test_masks_that_overlap_leave_no_hole():
    pixels = white()
    box = ((0.1, 0.1), (0.6, 0.1), (0.6, 0.6), (0.1, 0.6))
    other = ((0.3, 0.3), (0.9, 0.3), (0.9, 0.9), (0.3, 0.9))
    Masks([box, other, box]).blacken(pixels)
    assert not pixels[30:40, 40:50].any()


def test_a_polygon_that_crosses_itself_leaves_no_hole():
    pixels = white()
    star = tuple(
        (0.5 + 0.45 * np.sin(2 * np.pi * turn * 2 / 5), 0.5 - 0.45 * np.cos(2 * np.pi * turn * 2 / 5))
        for turn in range(5)
    )
    Masks([star]).blacken(pixels)
    assert not pixels[40, 50].any()


def test_a_frame_of_another_size_is_masked_too():
    masks = Masks([((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0))])
    for width, height in ((100, 80), (640, 360), (50, 40)):
        pixels = white(width, height)
        masks.blacken(pixels)
        assert not pixels[height // 2 + 1 :, width // 2 + 1 :].any()
        assert (pixels[: height // 2 - 2] == 255).all()


def test_a_mask_thinner_than_a_pixel_still_covers_something():
    pixels = white()
    Masks([((0.5, 0.0), (0.5001, 0.0), (0.5, 1.0))]).blacken(pixels)
    assert (pixels == 0).any()


def test_without_masks_nothing_changes():
    pixels = white()
    Masks([]).blacken(pixels)
    assert (pixels == 255).all()
