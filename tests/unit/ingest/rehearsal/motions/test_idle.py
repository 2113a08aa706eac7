import numpy as np
import pytest

from ingest.rehearsal.motions import IDLE, idle, standing
from ingest.rehearsal.skeleton import Build, body

BUILD = Build(1.75)
PLACE = np.zeros(2)
TIMES = np.arange(0, 40, 0.1)


def _seen(kind, seed=3):
    return np.array([body(BUILD, idle(kind, BUILD, t, seed).stance, PLACE, 0.0).landmarks for t in TIMES])


@pytest.mark.parametrize("kind", IDLE)
def test_idle_people_move_without_a_jump_and_their_feet_stay(kind):
    seen = _seen(kind)
    assert np.ptp(seen[:, :17], axis=0).max() > 0.03
    speed_m_s = np.linalg.norm(np.diff(seen, axis=0), axis=2).max() / 0.1
    assert speed_m_s < 5.0, speed_m_s
    assert np.ptp(seen[:, 31:], axis=0).max() < 0.04
    assert seen[..., 2].min() > -0.03


@pytest.mark.parametrize("kind", IDLE)
def test_the_same_seed_gives_the_same_and_another_does_not(kind):
    np.testing.assert_array_equal(_seen(kind)[::50], _seen(kind)[::50])
    assert np.abs(_seen(kind)[::50] - _seen(kind, seed=4)[::50]).max() > 0.01


def test_who_sits_has_the_hips_at_the_height_of_a_bench():
    assert np.all(np.abs(_seen("sitting")[:, 23:25, 2] - 0.55) < 0.06)


def test_a_drink_comes_to_the_mouth_and_a_shoe_is_reached():
    to_mouth = _seen("drinking")
    assert np.linalg.norm(to_mouth[:, 16] - to_mouth[:, 10], axis=1).min() < 0.22
    shoe = _seen("tying")
    assert shoe[:, 15:17, 2].min() < 0.25


def test_things_are_in_the_hands_that_have_them():
    held = {kind: {moment.held.kind for t in TIMES if (moment := idle(kind, BUILD, t, 3)).held} for kind in IDLE}
    assert held["drinking"] == {"bottle"}
    assert held["phone"] == {"phone"}
    assert held["racking"] == {"plate"}
    assert held["standing"] == held["talking"] == set()


def test_who_stands_about_moves_little_and_walks_nowhere():
    seen = np.array([body(BUILD, standing(BUILD, t, 3), PLACE, 0.0).landmarks for t in np.linspace(0, 20, 101)])
    assert 0.02 < np.ptp(seen[:, 0], axis=0).max() < 0.4
    assert np.ptp(seen[:, 27:], axis=0).max() < 0.05
