import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotter.drawing import (
    BACKGROUND,
    LEFT_LIMBS,
    WHITE,
    Word,
    draw_label,
    draw_skeleton,
    fitted_label,
    mixed,
    person_colour,
    placed,
    text_px,
)  # fmt: skip

CUE = "Keep your back straight and lower your chest further down to the floor"


def landmarks(visibility=1.0):
    points = np.zeros((33, 4), np.float32)
    points[:, 0] = np.linspace(20, 140, 33)
    points[:, 1] = np.linspace(10, 110, 33)
    points[:, 3] = visibility
    return points


def test_a_skeleton_is_drawn_where_it_is_seen():
    pixels = np.zeros((120, 160, 3), np.uint8)
    draw_skeleton(pixels, landmarks(), 1)
    assert (pixels > 0).any(axis=2).sum() > 300
    empty = np.zeros((120, 160, 3), np.uint8)
    draw_skeleton(empty, landmarks(visibility=0.2), 1)
    assert not empty.any()


def test_left_is_lighter_than_right():
    def drawn_only(joints):
        pixels = np.zeros((120, 160, 3), np.uint8)
        points = landmarks(0.0)
        points[list(joints), 3] = 1
        points[joints[0], :2], points[joints[1], :2] = (20, 60), (140, 60)
        draw_skeleton(pixels, points, 1)
        return int(pixels[60, 80].sum())

    assert drawn_only(LEFT_LIMBS[0]) > drawn_only((12, 14)) > 0


def test_landmarks_far_outside_do_no_harm():
    points = landmarks()
    points[:, :2] *= 1e7
    draw_skeleton(np.zeros((120, 160, 3), np.uint8), points, 1)


def test_people_are_told_apart():
    assert len({person_colour(number) for number in range(1, 9)}) == 8
    assert person_colour(9) == person_colour(1)
    assert mixed((0, 100, 200), WHITE, 0.5) == (128, 178, 228)


def test_text_grows_with_the_picture():
    assert text_px(360) >= 14
    assert text_px(360) < text_px(1080) <= 36


@settings(max_examples=40, deadline=None)
@given(st.integers(80, 2000), st.integers(80, 1100), st.floats(-500, 2500), st.floats(-500, 1500), st.booleans())
def test_a_label_never_leaves_the_frame(width, height, x, y, with_cue):
    head = [Word("#12", WHITE), Word(" clean and jerk", WHITE), Word(" 12", WHITE)]
    label = fitted_label(head, CUE if with_cue else "", (width, height))
    x0, y0, x1, y1 = placed(label.extent(), (x, y), (width, height), [])
    assert 0 <= x0 <= x1 <= width
    assert 0 <= y0 <= y1 <= height


def test_a_long_cue_is_broken_between_words():
    label = fitted_label([Word("#1", WHITE)], CUE, (640, 360))
    assert len(label.lines) > 2
    assert " ".join(line[0].text for line in label.lines[1:]) == CUE


def test_labels_do_not_cover_each_other():
    taken = []
    for _person in range(5):
        box = placed((100, 20), (200, 100), (640, 360), taken)
        assert not any(box[1] < other[3] and other[1] < box[3] for other in taken)
        taken.append(box)


def test_a_label_is_drawn_inside_its_box_only():
    pixels = np.full((360, 640, 3), 200, np.uint8)
    label = fitted_label([Word("#1 Kniebeuge über 5", WHITE)], "", (640, 360))
    width, height = label.extent()
    box = (50, 60, 50 + width, 60 + height)
    draw_label(pixels, label, box, (0, 0, 255))
    inside = pixels[60 : 60 + height, 50 : 50 + width].copy()
    pixels[60 : 60 + height, 50 : 50 + width] = 200
    assert (pixels == 200).all()
    assert (inside.max(axis=2) > 240).sum() > 100
    assert inside[0, -1].max() < 200 * 0.3 + max(BACKGROUND)


@pytest.mark.parametrize("size", [(32, 32), (33, 40)])
def test_the_tiniest_frame_is_survived(size):
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    label = fitted_label([Word("#1 clean and jerk 12", WHITE)], CUE, size)
    draw_label(pixels, label, placed(label.extent(), (10, 10), size, []), WHITE)
    assert pixels.any()
