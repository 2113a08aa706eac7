from dataclasses import replace

import numpy as np
import pytest

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, draw_clip
from ingest.rehearsal.exposure import offsets_s, span_s, travel_px
from ingest.rehearsal.raster import Canvas, Capsule
from ingest.rehearsal.script import Performer, Rest, Train

CAMERA = Camera((0.0, -4.0, 1.2), (0.0, 0.0, 1.2), 60.0, 320, 240, fps=10.0, noise=0.0)
GREY = (180, 180, 180)


def _pole(x_m):
    return Capsule(np.array([x_m, 0.0, 0.6]), np.array([x_m, 0.0, 1.8]), 0.05, 0.05, GREY)


def _edge_px(row):
    """How many pixels of a row are neither background nor the inside of what stands before it."""
    levels = row[:, 0].astype(int)
    return int(((levels > 8) & (levels < 100)).sum())


def test_moments_are_the_middles_of_equal_parts_of_the_exposure():
    assert span_s(replace(CAMERA, shutter=0.5)) == pytest.approx(0.05)
    np.testing.assert_allclose(offsets_s(0.06, 1.0), (-0.02, 0.0, 0.02), atol=1e-12)


@pytest.mark.parametrize(("fastest_px", "count"), [(1, 3), (12, 3), (17, 5), (400, 5)])
def test_faster_people_are_drawn_at_more_moments(fastest_px, count):
    offsets = offsets_s(0.1, fastest_px)
    assert len(offsets) == count
    assert offsets[count // 2] == 0
    assert sum(offsets) == pytest.approx(0)


def test_the_fastest_landmark_says_how_far_somebody_goes():
    still = np.full((33, 3), 1.0)
    moved = still.copy()
    moved[15, 0] += 0.1
    px = 0.1 / 5.0 * CAMERA.focal_px
    assert travel_px(CAMERA, [still, still, None], [still, moved, moved]) == pytest.approx([0.0, px, 0.0])


def test_what_moves_is_blurred_along_its_way_and_what_stands_is_not():
    canvas, still = Canvas(CAMERA, (-0.4, -0.6, 1.0)), _pole(-0.8)
    moments = [[_pole(0.6 + 0.04 * step)] for step in (-1, 0, 1)]
    blurred = canvas.exposure([still], moments)
    depth = canvas.depth.copy()
    sharp = canvas.picture([still, *moments[1]])
    half = CAMERA.width // 2
    np.testing.assert_array_equal(blurred[:200, :half], sharp[:200, :half])
    assert _edge_px(blurred[120, half:]) >= _edge_px(sharp[120, half:]) + 6
    # Along its way only: the upper end of a pole that goes sideways is as high as before.
    tops = [np.flatnonzero(picture[:, half:].max(axis=(1, 2)) > 30)[0] for picture in (blurred, sharp)]
    assert tops[0] == tops[1]
    np.testing.assert_array_equal(depth, canvas.depth)


def test_who_stands_still_hides_who_passes_behind_during_the_exposure():
    behind = Capsule(np.array([-0.9, 1.0, 1.2]), np.array([0.9, 1.0, 1.2]), 0.05, 0.05, (0, 0, 200))
    front = Capsule(np.array([0.0, 0.0, 0.6]), np.array([0.0, 0.0, 1.8]), 0.2, 0.2, GREY)
    canvas = Canvas(CAMERA, (-0.4, -0.6, 1.0))
    alone = canvas.picture([front])[118:122, 158:162]
    np.testing.assert_array_equal(canvas.exposure([front], [[behind]] * 3)[118:122, 158:162], alone)


def test_an_exposure_leaves_nothing_behind():
    canvas = Canvas(CAMERA, (-0.4, -0.6, 1.0))
    canvas.exposure([_pole(-0.8)], [[_pole(x)] for x in (0.5, 0.6, 0.7)])
    after = canvas.picture([_pole(0.1)])
    np.testing.assert_array_equal(after, Canvas(CAMERA, (-0.4, -0.6, 1.0)).picture([_pole(0.1)]))


def _clip(shutter, *actions):
    scene = Scene((Performer((0.0, 0.0), 180.0, actions),), replace(CAMERA, shutter=shutter), duration_s=1.2)
    return list(draw_clip(scene))


def test_the_arms_of_somebody_who_jumps_are_blurred_and_the_truth_stays_that_of_the_middle():
    jump = Train("jumping_jack", 1, tempo_s=0.8)
    sharp, blurred, again = _clip(0.0, jump), _clip(0.5, jump), _clip(0.5, jump)
    at = max(range(len(sharp)), key=lambda n: np.abs(sharp[n][0].pixels.astype(int) - blurred[n][0].pixels).sum())
    change = np.abs(sharp[at][0].pixels.astype(int) - blurred[at][0].pixels).max(axis=2)
    x, y = sharp[at][1].landmarks[0, 15].round().astype(int)
    assert change[y - 12 : y + 13, x - 12 : x + 13].max() > 40
    for one, other, third in zip(sharp, blurred, again, strict=True):
        np.testing.assert_array_equal(one[1].landmarks, other[1].landmarks)
        np.testing.assert_array_equal(other[0].pixels, third[0].pixels)
    assert [truth.visible.sum() for _, truth in sharp] == [truth.visible.sum() for _, truth in blurred]


def test_somebody_who_stands_still_is_as_sharp_with_a_shutter():
    for one, other in zip(_clip(0.0, Rest(1.2)), _clip(0.3, Rest(1.2)), strict=True):
        np.testing.assert_array_equal(one[0].pixels, other[0].pixels)
