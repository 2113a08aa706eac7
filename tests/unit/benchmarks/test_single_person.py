import math

import numpy as np
import pytest

from benchmarks.single_person import Followed, OnnxFollower, agreement, capture_time_ns, follow


def person(x=0.0, visibility=0.5, world=0.0):
    landmarks = np.full((33, 4), x, np.float32)
    landmarks[:, 3] = visibility
    return Followed(landmarks, np.full((33, 3), world, np.float32))


def test_agreement_counts_distances_in_the_picture_and_in_the_world():
    found = agreement([[person(3, 0.5, 0.01)], [person(0)]], [[person(0, 0.7)], [person(0)]])
    assert found.mean_px == pytest.approx(3 * math.sqrt(2) / 2)
    assert found.within_2_px == 0.5
    assert found.world_mean_mm == pytest.approx(10 * math.sqrt(3) / 2)
    assert found.visibility_max == pytest.approx(0.2)
    assert (found.frames, found.disputed_frames) == (2, 0)


def test_frames_in_which_only_one_path_sees_somebody_are_disputed():
    found = agreement([[person()], [], [], [person()]], [[person()], [person()], [], []])
    assert (found.frames, found.disputed_frames) == (1, 2)


def test_nothing_in_common_is_not_a_number():
    assert math.isnan(agreement([[]], [[person()]]).mean_px)


def test_capture_times_are_whole_milliseconds_that_increase_from_above_zero():
    times = [capture_time_ns(frame) for frame in range(1000)]
    assert times[0] > 0
    assert all(time % 1_000_000 == 0 for time in times)
    assert min(np.diff(times)) >= 33_000_000


def test_the_follower_searches_again_when_the_person_has_gone(two_people):
    empty = np.full_like(two_people.pixels, 100)
    follower = OnnxFollower()
    seen = follow(follower, np.stack([two_people.pixels, two_people.pixels, empty, empty, two_people.pixels]))
    follower.close()
    assert [len(people) for people in seen] == [1, 1, 0, 0, 1]
    # In the first empty frame the old region is tried; the search begins in the next.
    assert follower.searches == 3
