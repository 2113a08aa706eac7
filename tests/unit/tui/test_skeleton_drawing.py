"""Skeletons in characters: where they are, whose they are, and what must not break them."""

import struct

import numpy as np
import pytest
from console_world import standing
from hypothesis import given
from hypothesis import strategies as st

from tui.skeleton import NOBODY, OUTLINE, WHOLE, Figure, around, draw

MODES = ("braille", "half", "ascii")


@pytest.mark.parametrize("mode", MODES)
def test_somebody_in_the_middle_is_drawn_in_the_middle(mode):
    drawing = draw([Figure(standing(0.5, 0.1, 0.8), 3)], 40, 12, mode=mode)
    rows, columns = np.nonzero(drawing.owners == 3)
    assert abs(columns.mean() - 19.5) < 1.0
    assert rows.min() <= 2
    assert rows.max() >= 10
    assert set(np.unique(drawing.owners)) == {NOBODY, 3}


@pytest.mark.parametrize("mode", MODES)
def test_a_picture_is_not_stretched(mode):
    """In a room twice as wide the same person stays as wide."""
    narrow = draw([Figure(standing(0.5, 0.1, 0.8))], 32, 12, mode=mode)
    wide = draw([Figure(standing(0.5, 0.1, 0.8))], 64, 12, mode=mode)
    widths = [np.ptp(np.nonzero(each.owners == 0)[1]) for each in (narrow, wide)]
    assert abs(widths[0] - widths[1]) <= 1


def test_ascii_is_ascii():
    zone = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))
    drawing = draw([Figure(standing(0.5, 0.1, 0.8), label="12")], 40, 12, outlines=[zone], mode="ascii")
    assert "\n".join(drawing.lines()).isascii()


def test_a_number_stands_over_the_head():
    lines = draw([Figure(standing(0.5, 0.3, 0.6), label="12")], 40, 12).lines()
    number = next(at for at, line in enumerate(lines) if "12" in line)
    assert number <= 3
    assert lines[number + 1].strip()


def test_limbs_that_are_not_seen_are_not_drawn():
    points = np.frombuffer(standing(0.5, 0.1, 0.8), dtype="<f4").reshape(33, 3).copy()
    whole = (draw([Figure(points.tobytes())], 40, 16).owners == 0).sum()
    points[23:, 2] = 0.2
    without_legs = draw([Figure(points.tobytes())], 40, 16).owners
    assert 0 < (without_legs == 0).sum() < whole
    assert not (without_legs[12:] == 0).any()


def test_the_later_one_is_in_front():
    figures = [Figure(standing(0.5, 0.1, 0.8), 1), Figure(standing(0.5, 0.1, 0.8), 2)]
    owners = draw(figures, 40, 12).owners
    assert (owners == 2).any()
    assert not (owners == 1).any()


def test_rows_come_in_pieces_of_one_owner_and_lose_nothing():
    figures = [Figure(standing(0.3, 0.1, 0.8), 1), Figure(standing(0.7, 0.1, 0.8), 2)]
    drawing = draw(figures, 40, 12)
    for y, line in enumerate(drawing.lines()):
        assert "".join(text for text, _ in drawing.row(y)).rstrip() == line
    assert [owner for _, owner in drawing.row(6)] == [1, 2]


def test_zones_are_nobodys():
    owners = draw([], 40, 12, outlines=[((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))]).owners
    assert set(np.unique(owners)) == {NOBODY, OUTLINE}


def test_a_view_shows_one_person_larger():
    points = standing(0.8, 0.6, 0.3)
    box = around(points, 4 / 3)
    assert box[0] > 0.6
    assert box[1] > 0.5
    small = (draw([Figure(points)], 40, 16).owners == 0).sum()
    large = (draw([Figure(points)], 40, 16, view=box).owners == 0).sum()
    assert large > 2 * small


def test_without_anything_to_see_the_view_is_the_whole_picture():
    assert around(struct.pack("<99f", *([0.5, 0.5, 0.0] * 33)), 4 / 3) == WHOLE
    assert around(b"short", 4 / 3) == WHOLE


@pytest.mark.parametrize("mode", MODES)
@given(
    points=st.binary(min_size=396, max_size=396),
    size=st.tuples(st.integers(1, 60), st.integers(1, 20)),
    aspect=st.floats(0.1, 10.0),
)
def test_no_key_points_break_it(mode, points, size, aspect):
    drawing = draw([Figure(points, 1, "7")], *size, aspect=aspect, mode=mode)
    assert drawing.chars.shape == (size[1], size[0])
    assert all(len("".join(text for text, _ in drawing.row(y))) == size[0] for y in range(size[1]))
    draw([Figure(points)], *size, view=around(points, aspect), mode=mode)


def test_key_points_of_another_length_are_left_out():
    assert not (draw([Figure(b"\x00" * 395), Figure(b"")], 20, 8).owners != NOBODY).any()
