import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.pose.pose import Pose, Region
from workers.pose.smoothing import IMAGE_LANDMARKS, WORLD_LANDMARKS, OneEuroFilter, PoseSmoother

STEP_NS = 33_000_000


class ScalarOneEuro:
    """MediaPipe's one_euro_filter.cc, one value at a time."""

    def __init__(self, constants):
        self.c, self.last_ns, self.raw = constants, None, None

    def alpha(self, cutoff, frequency):
        return 1 / (1 + 1 / (2 * math.pi * cutoff) * frequency)

    def apply(self, ns, scale, value):
        if self.last_ns is not None and self.last_ns >= ns:
            return value
        if self.raw is None:
            self.smooth, self.speed = value, 0.0
        else:
            frequency = 1e9 / (ns - self.last_ns)
            a = self.alpha(self.c.derivative_cutoff_hz, frequency)
            self.speed = a * (value - self.raw) * scale * frequency + (1 - a) * self.speed
            a = self.alpha(self.c.min_cutoff_hz + self.c.beta * abs(self.speed), frequency)
            self.smooth = a * value + (1 - a) * self.smooth
        self.raw, self.last_ns = value, ns
        return self.smooth


def pose(x=0.0, visibility=0.0, world=0.0, size=100.0):
    landmarks = np.full((33, 4), x, np.float32)
    landmarks[:, 3] = visibility
    region = Region(0, 0, 5, 0)
    return Pose(landmarks, np.full((33, 3), world, np.float32), 1.0, region, Region(0, 0, size, 0))


class TestOneEuroFilter:
    @settings(max_examples=50)
    @given(
        st.lists(st.tuples(st.integers(-40, 200), st.floats(-500, 500), st.floats(50, 800)), min_size=1, max_size=20)
    )
    def test_agrees_with_the_scalar_filter_whatever_the_steps_of_time(self, samples):
        ours, theirs, now = OneEuroFilter(IMAGE_LANDMARKS), ScalarOneEuro(IMAGE_LANDMARKS), 10**9
        for step_ms, value, size in samples:
            now += step_ms * 1_000_000
            found = ours.update(np.array([[value, -value]]), now, size)
            expected = theirs.apply(now, 1 / size, value)
            np.testing.assert_allclose(found, [[expected, -expected]], rtol=1e-9, atol=1e-9)

    def test_the_first_values_pass_unchanged_even_at_time_zero(self):
        smooth = OneEuroFilter(WORLD_LANDMARKS)
        np.testing.assert_array_equal(smooth.update(np.array([1.0, 2.0]), 0), [1, 2])
        assert smooth.update(np.array([2.0, 2.0]), STEP_NS)[0] < 2

    def test_a_repeated_or_earlier_time_returns_the_input_and_is_forgotten(self):
        disturbed, plain = OneEuroFilter(WORLD_LANDMARKS), OneEuroFilter(WORLD_LANDMARKS)
        for smooth in (disturbed, plain):
            smooth.update(np.zeros(2), 5 * STEP_NS)
        np.testing.assert_array_equal(disturbed.update(np.array([9.0, 9.0]), 5 * STEP_NS), [9, 9])
        np.testing.assert_array_equal(disturbed.update(np.array([8.0, 8.0]), STEP_NS), [8, 8])
        later = np.array([1.0, 1.0])
        np.testing.assert_array_equal(disturbed.update(later, 6 * STEP_NS), plain.update(later, 6 * STEP_NS))

    def test_an_object_without_size_is_not_smoothed(self):
        smooth = OneEuroFilter(IMAGE_LANDMARKS)
        smooth.update(np.zeros(2), STEP_NS, 100)
        np.testing.assert_array_equal(smooth.update(np.array([7.0, 7.0]), 2 * STEP_NS, 0.0), [7, 7])

    def test_removes_jitter_and_follows_movement(self):
        jitter = np.random.default_rng(3).normal(0, 0.5, 300)
        smooth = OneEuroFilter(IMAGE_LANDMARKS)
        still = [float(smooth.update(np.array([v]), k * STEP_NS, 300)[0]) for k, v in enumerate(jitter)]
        assert np.std(still[100:]) < np.std(jitter) / 2
        smooth.reset()
        moving = [float(smooth.update(np.array([10.0 * k]), k * STEP_NS, 300)[0]) for k in range(60)]
        assert moving[-1] == pytest.approx(590, abs=5)

    def test_results_and_inputs_are_not_shared_with_the_filter(self):
        smooth = OneEuroFilter(WORLD_LANDMARKS)
        values = np.zeros(2)
        first = smooth.update(values, STEP_NS)
        first += 100
        values += 100
        np.testing.assert_allclose(smooth.update(np.zeros(2), 2 * STEP_NS), 0)


class TestPoseSmoother:
    def test_the_first_pose_passes_unchanged(self):
        landmarks, world = PoseSmoother().update(pose(5, 0.4, 2), STEP_NS)
        np.testing.assert_allclose(landmarks, pose(5, 0.4, 2).landmarks)
        np.testing.assert_allclose(world, 2)
        assert (landmarks.dtype, world.dtype) == (np.float32, np.float32)

    def test_each_signal_has_its_own_constants_and_the_next_region_is_the_scale(self):
        smoother, image, metric = PoseSmoother(), ScalarOneEuro(IMAGE_LANDMARKS), ScalarOneEuro(WORLD_LANDMARKS)
        for number, (x, m) in enumerate([(0, 0), (30, 0.2), (35, -0.1), (20, 0.4)], start=1):
            landmarks, world = smoother.update(pose(x, 0.5, m, size=250), number * STEP_NS)
            expected_x, expected_m = image.apply(number * STEP_NS, 1 / 250, x), metric.apply(number * STEP_NS, 1, m)
        np.testing.assert_allclose(landmarks[:, :3], expected_x, rtol=1e-5)
        np.testing.assert_allclose(world, expected_m, rtol=1e-5)

    def test_visibility_is_a_moving_average_of_a_tenth(self):
        smoother = PoseSmoother()
        for number, visibility in enumerate((1.0, 0.0, 0.0), start=1):
            landmarks, _ = smoother.update(pose(0, visibility), number * STEP_NS)
        np.testing.assert_allclose(landmarks[:, 3], 0.81, rtol=1e-6)

    def test_reset_forgets(self):
        smoother = PoseSmoother()
        smoother.update(pose(0, 0, 0), STEP_NS)
        smoother.reset()
        landmarks, world = smoother.update(pose(50, 1, 3), 2 * STEP_NS)
        np.testing.assert_allclose(landmarks[:, :3], 50)
        np.testing.assert_allclose(landmarks[:, 3], 1)
        np.testing.assert_allclose(world, 3)
