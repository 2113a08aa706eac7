import numpy as np
import pytest

from training.dataset.body_guess import CORE, DEPTH, fill, metres

POINTS = np.random.default_rng(3).normal(size=(5, 33, 3))


def known_but(*joints, frames=slice(None)):
    known = np.ones((5, 33), np.bool_)
    known[frames, list(joints)] = False
    return known


def test_what_is_known_stays():
    np.testing.assert_array_equal(fill(POINTS, known_but()), POINTS)


def test_a_joint_is_where_it_was_around():
    filled = fill(POINTS, known_but(25, frames=2))
    np.testing.assert_allclose(filled[2, 25], (POINTS[1, 25] + POINTS[3, 25]) / 2)
    filled = fill(POINTS, known_but(25, frames=0))
    np.testing.assert_allclose(filled[0, 25], POINTS[1, 25])


@pytest.mark.parametrize(("joint", "partner"), [(11, 12), (24, 23), (13, 14), (28, 27)])
def test_a_joint_never_seen_is_where_its_partner_is(joint, partner):
    np.testing.assert_allclose(fill(POINTS, known_but(joint))[:, joint], POINTS[:, partner])


def test_limbs_never_seen_go_on_from_the_body():
    filled = fill(POINTS, known_but(15, 16, 25, 26, 27, 28))
    np.testing.assert_allclose(filled[:, 15], POINTS[:, 13] + 0.9 * (POINTS[:, 13] - POINTS[:, 11]))
    np.testing.assert_allclose(filled[:, 25], POINTS[:, 23] + 0.9 * (POINTS[:, 23] - POINTS[:, 11]))
    np.testing.assert_allclose(filled[:, 27], filled[:, 25] + 0.9 * (filled[:, 25] - POINTS[:, 23]))


def test_the_core_is_enough():
    known = np.zeros((5, 33), np.bool_)
    known[:, list(CORE)] = True
    filled = fill(np.where(known[..., None], POINTS, np.nan), known)
    assert np.isfinite(filled).all()
    np.testing.assert_array_equal(filled[:, 7], POINTS[:, 0])
    np.testing.assert_array_equal(filled[:, 31], POINTS[:, 27])


@pytest.mark.parametrize("trunk", [(11, 12), (23, 24)])
def test_without_shoulders_or_hips_there_is_no_body(trunk):
    assert fill(POINTS, known_but(*trunk)) is None


def test_metres_keep_the_torso_at_half_a_metre():
    body = np.zeros((3, 33, 3))
    body[:, 11:13, 1] = -100
    body[:, 15] = [50, -20, 30]
    world = metres(body + np.array([400, 300, 0]), flat=False)
    np.testing.assert_allclose(world[:, 11, 1], -0.5)
    np.testing.assert_allclose(world[0, 15], [0.25, -0.1, 0.15 * DEPTH], rtol=1e-6)


def test_without_depth_the_longest_torsos_are_believed():
    body = np.zeros((10, 33, 3))
    body[:, 11:13, 1] = -np.array([100.0] * 4 + [60.0] * 6)[:, None]
    assert metres(body, flat=True)[0, 11, 1] == pytest.approx(-0.5)
    assert metres(body, flat=False)[-1, 11, 1] == pytest.approx(-0.5)
