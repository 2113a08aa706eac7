import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.people.detection import Detection, Window
from workers.people.regions import (
    LONGEST_REST_S,
    LOST_RETRIES_S,
    OPENING_LOOKS,
    Look,
    LostPlace,
    SearchPlan,
    Situation,
    moving_groups,
    moving_window,
    quarter_turns_of,
    square_around,
    tiles,
    turn,
    turn_back,
    whole,
)
from workers.pose.pose import Region

STILL = np.zeros((11, 20), np.bool_)


def moving(*cells):
    grid = STILL.copy()
    for row, column in cells:
        grid[row, column] = True
    return grid


def run(plan, seconds, situation, fps=25, start_s=0.0, found=0):
    """All looks of some seconds, with their times."""
    looks = []
    for i in range(round(seconds * fps)):
        now_s = start_s + i / fps
        for look in plan.next(now_s, situation):
            looks.append((now_s, look))
            plan.found(now_s, found)
    return looks


def opened(width=640, height=360):
    plan = SearchPlan(width, height)
    run(plan, 3.0, Situation(1, True, STILL), start_s=-3.0)
    return plan


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_tiles_lie_in_the_frame_and_cover_it(width, height):
    found = tiles(width, height)
    for tile in found:
        assert 0 <= tile.x0 < tile.x1 <= width
        assert 0 <= tile.y0 < tile.y1 <= height
    for x, y in [(0.5, 0.5), (width - 0.5, height - 0.5), (width / 2, height / 2), (width * 0.77, height * 0.31)]:
        assert not found or any(t.x0 <= x <= t.x1 and t.y0 <= y <= t.y1 for t in found)


def test_large_frames_have_more_tiles_and_small_ones_none():
    counts = [len(tiles(*size)) for size in [(320, 240), (640, 360), (1280, 720), (1920, 1080), (3840, 2160)]]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] > counts[1] > 0


def test_a_person_of_120_px_is_whole_in_a_tile_that_enlarges_him_enough_in_a_full_hd_frame():
    for x in range(0, 1800, 90):
        for y in range(0, 960, 80):
            assert any(
                t.x0 <= x and x + 60 <= t.x1 and t.y0 <= y and y + 120 <= t.y1 and t.x1 - t.x0 <= 120 / 0.25
                for t in tiles(1920, 1080)
            )


def test_a_square_is_moved_into_the_frame():
    assert square_around(10, 350, 100, 640, 360) == Window(0, 260, 100, 360)
    assert square_around(320, 180, 5000, 640, 360) == whole(640, 360)


@pytest.mark.parametrize("quarter_turns", [-1, 0, 1])
def test_turning_back_finds_the_pixel_that_was_marked(quarter_turns):
    window = Window(30.0, 20.0, 130.0, 80.0)
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[50:53, 60:63] = 255
    turned = turn(pixels[20:80, 30:130], quarter_turns)
    y, x = (axis.mean() + 0.5 for axis in np.nonzero(turned[..., 0]))
    back = turn_back(Detection(Region(x, y, 10.0, 0.0), 0.9), Look(window, quarter_turns)).region
    assert (back.x, back.y) == pytest.approx((61.5, 51.5))
    assert back.rotation == pytest.approx(quarter_turns * math.pi / 2)


def test_a_turn_brings_heads_up():
    pixels = np.zeros((10, 10, 3), np.uint8)
    pixels[5, 9] = 255
    assert np.argwhere(turn(pixels, quarter_turns_of(math.pi / 2))[..., 0])[0][0] == 0
    pixels = np.zeros((10, 10, 3), np.uint8)
    pixels[5, 0] = 255
    assert np.argwhere(turn(pixels, quarter_turns_of(-math.pi / 2))[..., 0])[0][0] == 0


def test_moving_groups_join_over_a_gap_and_leave_out_single_cells():
    groups = moving_groups(moving((2, 2), (2, 4), (3, 3), (8, 10), (8, 11), (5, 17)))
    assert [int(g.sum()) for g in groups] == [3, 2]


def test_the_window_around_movement_leaves_room_for_the_head():
    window = moving_window(moving((5, 9), (5, 10), (6, 9)), 640, 352)
    assert window.y0 <= 160 - 16
    assert window.x1 - window.x0 >= 0.3 * 352


def test_at_the_start_everything_is_looked_at_once_in_few_frames():
    plan = SearchPlan(640, 360)
    first = plan.next(0.0, Situation(0, False, STILL))
    assert first[0] == Look(whole(640, 360))
    later = [look for i in range(1, 10) for look in plan.next(i / 25, Situation(1, False, STILL))]
    expected = {Look(t) for t in tiles(640, 360)} | {Look(whole(640, 360), 1), Look(whole(640, 360), -1)}
    assert len(first) == OPENING_LOOKS
    assert expected <= {*first, *later}


def test_an_empty_still_room_is_looked_at_every_few_seconds_and_never_forgotten():
    looks = run(opened(), 60.0, Situation(0, True, STILL))
    assert 20 <= len(looks) <= 60
    assert {look for _, look in looks} >= {Look(t) for t in tiles(640, 360)}


def test_one_tracked_person_costs_few_looks():
    looks = run(opened(), 20.0, Situation(1, True, STILL))
    assert 20 <= len(looks) <= 35


def test_while_nobody_is_tracked_and_the_picture_moves_there_are_many():
    assert len(run(opened(), 2.0, Situation(0, True, moving((5, 5), (5, 6))))) >= 15
    assert len(run(opened(), 2.0, Situation(0, False, STILL))) >= 15


def test_movement_that_no_track_explains_is_looked_at_first():
    look = opened().next(0.02, Situation(1, True, moving((5, 15), (6, 15))))[0]
    assert look.window.x0 <= 15 * 32 <= look.window.x1
    assert look != Look(whole(640, 360))


def test_a_fan_is_looked_at_ever_more_rarely_and_a_find_ends_the_rest():
    fan = moving((5, 15), (6, 15))
    plan = opened()
    looks = run(plan, 60.0, Situation(1, True, fan))
    at = [now_s for now_s, look in looks if look.window.x1 - look.window.x0 < 0.7 * 360]
    gaps = np.diff(at)
    assert gaps[0] < 1.0
    assert gaps[-1] == pytest.approx(LONGEST_REST_S, abs=0.3)
    plan = opened()
    finds = run(plan, 5.0, Situation(1, True, fan), found=1)
    assert len([look for _, look in finds if look.window.x1 - look.window.x0 < 0.7 * 360]) >= 15


def test_a_lost_person_is_looked_for_at_once_where_he_was_and_the_way_he_lay():
    place = LostPlace(Region(500.0, 300.0, 120.0, 1.5), 0.0, key=7)
    plan = opened()
    at = [
        now_s
        for now_s, look in run(plan, 5.0, Situation(1, True, STILL, (place,)))
        if look.quarter_turns == 1 and look.window.x0 > 400
    ]
    assert at[0] == 0.0
    assert len(at) == len(LOST_RETRIES_S)
    again = LostPlace(place.region, 6.0, key=7)
    assert run(plan, 0.1, Situation(1, True, STILL), start_s=5.5) is not None
    assert plan.next(6.0, Situation(1, True, STILL, (again,)))[0].window.x0 > 400


def test_after_a_cut_all_starts_again():
    plan = opened()
    plan.restart()
    assert plan.next(0.0, Situation(0, False, STILL))[0] == Look(whole(640, 360))
