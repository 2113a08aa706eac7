from dataclasses import replace

import numpy as np
import pytest
from skeletons import dress, person

from workers.people.appearance import clothing
from workers.people.track import (
    Track,
    continuity,
    distance,
    dressed,
    gain_by_exchange,
    in_contact,
    is_plausible,
    is_sound,
    shape_likeness,
    standing,
)
from workers.pose.pose import Region

FRAME = (480, 640, 3)


def track(pose, key=1):
    return Track(key, pose, pose.next_region, started_s=0.0, seen_s=0.0)


def test_distance_is_in_sides_of_the_larger_region():
    assert distance(Region(0, 0, 100, 0), Region(60, 80, 200, 0)) == pytest.approx(0.5)


def test_two_people_within_seventy_centimetres_are_in_contact_and_nobody_with_himself():
    one = track(person())
    assert in_contact(one, track(person(380.0), 2))
    assert not in_contact(one, track(person(400.0), 2))
    assert not in_contact(one, one)


def test_a_pose_is_sound_inside_the_frame_only_and_a_person_cut_by_its_edge_still_is():
    assert is_sound(person(), FRAME)
    assert is_sound(person(y=470.0), FRAME)
    assert not is_sound(person(x=900.0), FRAME)


def test_a_skeleton_that_fills_its_region_as_bodies_do_is_plausible():
    assert is_plausible(person())
    assert not is_plausible(replace(person(), next_region=Region(320.0, 240.0, 60.0, 0.0)))


def test_shape_is_compared_wherever_the_person_moved():
    assert shape_likeness(person(100.0), person(500.0)) == pytest.approx(1.0)
    assert shape_likeness(person(), person(turned=1.0)) < 0.5


def test_the_right_way_up_and_better_seen_stands_better():
    assert standing(person()) > standing(person(turned=3.1)) > standing(person(turned=3.1, visibility=0.5))


def walking(ends_at, speed_px=5.0, until=10):
    walker = track(person(ends_at))
    for i in range(until):
        walker.trail.append((i * 0.04, person(200.0 + speed_px * i)))
    return walker


def test_who_goes_on_as_before_is_continuous_and_who_jumps_is_not():
    assert continuity(walking(ends_at=250.0), 0.4) > 0.9
    assert continuity(walking(ends_at=330.0), 0.4) < 0.2


def test_an_old_trail_tells_nothing():
    assert continuity(track(person()), 1.0) == 0.5
    assert continuity(walking(ends_at=330.0), 10.0) == pytest.approx(0.5, abs=0.01)


def test_clothes_count_only_above_what_all_have_in_common():
    pixels = np.full(FRAME, 128, np.uint8)
    pose = person()
    dress(pixels, pose, (40, 40, 200))
    wearer, now = track(pose), clothing(pixels, pose.landmarks)
    assert dressed(wearer, now) == 0.5
    wearer.clothing = now
    assert dressed(wearer, now) == pytest.approx(1.0)
    dress(pixels, pose, (200, 60, 40))
    assert dressed(wearer, clothing(pixels, pose.landmarks)) == 0.0


def test_an_exchange_gains_when_the_clothes_were_swapped_and_is_unknown_without_clothes():
    pixels = np.full(FRAME, 128, np.uint8)
    one, two = track(person(200.0)), track(person(450.0), 2)
    dress(pixels, one.pose, (40, 40, 200))
    dress(pixels, two.pose, (200, 60, 40))
    assert gain_by_exchange(one, two, pixels) is None
    one.clothing, two.clothing = (clothing(pixels, t.pose.landmarks) for t in (two, one))
    assert gain_by_exchange(one, two, pixels) > 0.5
    one.clothing, two.clothing = two.clothing, one.clothing
    assert gain_by_exchange(one, two, pixels) < -0.5
