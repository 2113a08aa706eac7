import numpy as np

from tui.editing import Picture
from tui.halfblocks import half_blocks


def picture(pixels):
    pixels = np.asarray(pixels, np.uint8)
    return Picture(pixels.shape[1], pixels.shape[0], pixels.tobytes())


def test_two_pixels_stand_in_each_cell():
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[0] = (240, 0, 0)
    lines = half_blocks(picture(pixels), 6, 2)
    assert [[(part.text, str(part.style)) for part in line] for line in lines] == [
        [("▀" * 6, "#f00000 on #000000")],
        [("▀" * 6, "#000000 on #000000")],
    ]


def test_the_shape_is_kept_in_any_room():
    wide = picture(np.full((90, 160, 3), 200))
    for columns, rows in ((80, 30), (20, 30), (200, 10), (1, 1), (300, 100)):
        lines = half_blocks(wide, columns, rows)
        width = sum(len(part.text) for part in lines[0])
        assert len(lines) <= rows
        assert width <= columns
        if width > 15:
            assert abs(width / (2 * len(lines)) - 160 / 90) < 0.2


def test_without_colours_there_are_shades():
    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[:, 2:] = 255
    assert [part.text for part in half_blocks(picture(pixels), 4, 1, in_ascii=True)[0]] == ["  @@"]


def test_a_picture_of_another_size_than_it_says_is_none():
    assert half_blocks(Picture(10, 10, b"x"), 10, 10) == []
    assert half_blocks(picture(np.zeros((2, 2, 3))), 0, 5) == []
