import numpy as np
import pytest

from ingest.rehearsal.motions import walking
from ingest.rehearsal.skeleton import Build, body

BUILD = Build(1.75)


def _walk(length, count=400):
    """Landmarks, (count, 33, 3), of somebody who walks north."""
    gone = np.linspace(0, length, count)
    return np.array([body(BUILD, walking(BUILD, d, length), np.array([0.0, d]), 0.0).landmarks for d in gone])


@pytest.mark.parametrize("length", [0.4, 1.3, 3.0, 6.1])
def test_a_foot_on_the_floor_does_not_slide(length):
    seen = _walk(length)
    for side in (0, 1):
        toes = seen[:, 31 + side]
        # Flat on the floor: neither the tip nor the heel is lifted.
        carries = (toes[:, 2] < 0.025) & (seen[:, 29 + side, 2] < 0.02)
        both = carries[1:] & carries[:-1]
        assert both.mean() > 0.1
        assert np.abs(np.diff(toes[:, 1]))[both].max() < 0.012


@pytest.mark.parametrize("length", [1.3, 3.0])
def test_a_walk_begins_and_ends_with_the_feet_side_by_side(length):
    seen = _walk(length)
    for p, place in ((seen[0], 0.0), (seen[-1], length)):
        assert abs(p[31, 1] - p[32, 1]) < 0.02
        assert abs(p[27:29, 1].mean() - place) < 0.25


def test_a_walk_swings_the_legs_and_keeps_a_foot_on_the_floor():
    steps = np.array([body(BUILD, walking(BUILD, d), np.zeros(2), 0.0).landmarks for d in np.linspace(0, 3, 61)])
    assert np.ptp(steps[:, 27, 1]) > 0.4
    assert np.abs(steps[:, 29:, 2].min(axis=1)).max() < 0.06
    assert steps[..., 2].min() > -0.03


def test_nothing_jumps_on_the_way():
    seen = _walk(3.0, 600)
    # The body goes 5 mm from one to the next; a swinging foot is two to four times as fast, and so is its knee.
    assert np.linalg.norm(np.diff(seen, axis=0), axis=2).max() < 0.045
