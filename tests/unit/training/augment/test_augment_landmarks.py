"""Variations of tracks: what they change, and above all what they leave alone."""

from dataclasses import fields, replace

import numpy as np
import pytest

from core.errors import ConfigError
from training.augment.build import PARTS, rebuilt, scaled
from training.augment.hiding import LEGS, LIMBS, cut_off, hidden
from training.augment.lag import lagged, smoothed
from training.augment.landmarks import LandmarkAugmenter, LandmarkOptions
from training.augment.noise import SIGMAS, misjudged, misjudged_depth, trembling
from training.augment.timing import resampled, warped, without_bursts, without_frames
from training.augment.view import MIRRORED, mirrored, pitched, pixels_per_metre, rolled, seen_from, yawed
from training.dataset.landmarks import Track
from workers.exercise.features import joint_flexions
from workers.exercise.pose_features import BLOCKS, frame_rows
from workers.people.oks import COCO_POINTS, COCO_SIGMAS
from workers.pose.pose import LANDMARKS
from workers.pose.smoothing import IMAGE_LANDMARKS, OneEuroFilter

WIDTH = 640
SCALE = 150.0


def body() -> np.ndarray:
    """A standing person who faces us, (33, 3) metres, y down."""
    points = np.zeros((33, 3))
    points[:11] = [0.0, -0.65, -0.08]
    for left, (x, y, z) in {
        11: (0.18, -0.5, 0.0), 13: (0.25, -0.25, 0.05), 15: (0.28, -0.02, -0.06), 17: (0.29, 0.05, -0.06),
        19: (0.28, 0.07, -0.08), 21: (0.26, 0.03, -0.08), 23: (0.11, 0.0, 0.0), 25: (0.12, 0.42, -0.03),
        27: (0.12, 0.84, 0.02), 29: (0.12, 0.88, 0.06), 31: (0.14, 0.9, -0.12),
    }.items():  # fmt: skip
        points[left] = (x, y, z)
        points[left + 1] = (-x, y, z)
    return points


def moving(count: int = 150, fps: float = 30.0, seed: int = 0) -> Track:
    """A person who waves the left arm, seen orthographically."""
    rng = np.random.default_rng(seed)
    times = np.arange(count) / fps
    world = np.repeat(body()[None], count, axis=0) + rng.normal(0, 0.002, (count, 33, 3))
    swing = 0.3 * np.sin(2 * np.pi * times / 2)[:, None]
    world[:, [15, 17, 19, 21], 1] -= swing
    world[:, [15, 17, 19, 21], 2] -= swing / 2
    pixels = world * SCALE + [300.0, 240.0, 0.0]
    seen = np.full((count, 33, 1), 0.9)
    labels = tuple("idle" if t < 1 else "squat" for t in times)
    return Track(
        source="clip",
        group="person",
        person=3,
        frames=np.arange(count, dtype=np.int32),
        times=times,
        labels=labels,
        landmarks=np.concatenate([pixels, seen], axis=2).astype(np.float32),
        world=world.astype(np.float32),
        view="front",
        width=WIDTH,
        height=480,
    )


@pytest.fixture
def track() -> Track:
    return moving()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def same(one: Track, two: Track, tolerance: float = 1e-4) -> None:
    assert one.labels == two.labels
    np.testing.assert_array_equal(one.frames, two.frames)
    np.testing.assert_allclose(one.times, two.times)
    np.testing.assert_allclose(one.landmarks, two.landmarks, atol=tolerance * 200)
    np.testing.assert_allclose(one.world, two.world, atol=tolerance)


def rows(track: Track, block: str) -> np.ndarray:
    return frame_rows(track.landmarks, track.world)[:, BLOCKS[block]]


def angles(track: Track) -> np.ndarray:
    return joint_flexions(track.world.astype(np.float64))


def test_the_partner_of_each_landmark_is_the_one_of_that_name():
    swap = {"left": "right", "right": "left"}
    for index, name in enumerate(LANDMARKS):
        partner = "_".join(swap.get(word, word) for word in name.split("_"))
        assert LANDMARKS[MIRRORED[index]] == partner


def test_mirrored_twice_is_the_track_itself(track):
    once = mirrored(track)
    assert not np.allclose(once.world, track.world, atol=0.01)
    same(mirrored(once), track, 1e-6)


def test_a_mirrored_track_moves_the_other_arm(track):
    wrists = mirrored(track).world[:, [15, 16], 1]
    assert wrists[:, 1].std() > 10 * wrists[:, 0].std()
    assert (mirrored(track).world[:, 11, 0] > 0).all(), "the left shoulder is still at the left side of who faces us"


def test_a_whole_turn_changes_nothing_and_half_a_turn_shows_the_back(track):
    same(yawed(track, 360.0), track)
    back = yawed(track, 180.0)
    assert (back.landmarks[:, 11, 0] < back.landmarks[:, 12, 0]).all()
    same(yawed(back, 180.0), track)


@pytest.mark.parametrize("angle", [-170.0, -90.0, 33.0, 90.0, 180.0])
def test_yaw_keeps_angles_heights_and_the_features_that_are_freed_of_heading(track, angle):
    turned = yawed(track, angle)
    np.testing.assert_allclose(angles(turned), angles(track), atol=0.02)
    np.testing.assert_allclose(turned.world[..., 1], track.world[..., 1], atol=1e-6)
    np.testing.assert_allclose(turned.landmarks[..., 1], track.landmarks[..., 1], atol=1e-3)
    np.testing.assert_allclose(rows(turned, "joints"), rows(track, "joints"), atol=2e-3)
    np.testing.assert_allclose(rows(turned, "angles"), rows(track, "angles"), atol=2e-3)
    assert turned.labels == track.labels


@pytest.mark.parametrize("change", [lambda t: yawed(t, 70.0), lambda t: pitched(t, 25.0), lambda t: rolled(t, 5.0)])
def test_the_picture_is_that_of_the_turned_body(track, change):
    turned = change(track)
    hips = turned.landmarks[:, 23:25, :2].mean(axis=1, keepdims=True)
    middle = turned.world[:, 23:25, :2].mean(axis=1, keepdims=True)
    offset = (turned.world[..., :2] - middle) * SCALE
    np.testing.assert_allclose(turned.landmarks[..., :2] - hips, offset, atol=0.2)
    np.testing.assert_allclose(hips, track.landmarks[:, 23:25, :2].mean(axis=1, keepdims=True), atol=1e-2)


def test_a_lifted_camera_sees_the_nose_nearer_and_lower(track):
    above = pitched(track, 30.0)
    assert (above.world[:, 0, 2] < track.world[:, 0, 2]).all()
    assert (above.landmarks[:, 0, 1] > track.landmarks[:, 0, 1]).all()
    np.testing.assert_allclose(angles(above), angles(track), atol=0.02)


def test_one_turn_is_the_three_one_after_the_other(track):
    same(seen_from(track, 70.0, 20.0, 5.0), rolled(pitched(yawed(track, 70.0), 20.0), 5.0), 1e-3)


def test_the_scale_is_that_of_the_picture(track):
    np.testing.assert_allclose(pixels_per_metre(track), SCALE, rtol=1e-3)


def test_a_larger_person_has_the_same_angles_in_the_same_place(track):
    larger = scaled(track, 1.2)
    np.testing.assert_allclose(angles(larger), angles(track), atol=0.02)
    np.testing.assert_allclose(
        larger.landmarks[:, 23:25].mean(axis=1), track.landmarks[:, 23:25].mean(axis=1), atol=0.01
    )
    np.testing.assert_allclose(pixels_per_metre(larger), SCALE, rtol=1e-3)
    assert np.linalg.norm(larger.world[0, 11] - larger.world[0, 23]) == pytest.approx(
        1.2 * np.linalg.norm(track.world[0, 11] - track.world[0, 23]), rel=1e-3
    )


def test_one_limb_is_longer_and_what_hangs_on_it_moves_along(track):
    longer = rebuilt(track, {"thigh": 1.3})

    def length(of: Track, first: int, second: int) -> np.ndarray:
        return np.linalg.norm(of.world[:, first] - of.world[:, second], axis=1)

    np.testing.assert_allclose(length(longer, 23, 25), 1.3 * length(track, 23, 25), rtol=1e-4)
    for first, second in ((25, 27), (27, 31), (11, 13), (11, 12), (26, 28)):
        np.testing.assert_allclose(length(longer, first, second), length(track, first, second), rtol=1e-4)
    np.testing.assert_allclose(angles(longer)[:, 6:], angles(track)[:, 6:], atol=0.05)


def test_parts_cover_all_landmarks(track):
    assert "forearm" in PARTS
    grown = rebuilt(track, dict.fromkeys(PARTS, 2.0))
    hips = track.world[:, 23:25].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(grown.world - hips, 2 * (track.world - hips), atol=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_warped_time_goes_on_within_its_limits(track, seed):
    other = warped(track, 0.7, 1.4, np.random.default_rng(seed))
    pace = np.diff(track.times) / np.diff(other.times)
    assert (np.diff(other.times) > 0).all()
    assert (pace >= 0.7 - 1e-9).all()
    assert (pace <= 1.4 + 1e-9).all()
    assert np.abs(np.diff(pace)).max() < 0.05, "the pace drifts, it does not leap"
    assert other.labels == track.labels
    assert other.times[0] == track.times[0]


def test_a_lower_rate_takes_frames_that_there_are(track):
    fewer = resampled(track, 10.0, 0.3)
    assert len(fewer) == pytest.approx(50, abs=2)
    assert fewer.frames[0] == 0
    assert fewer.frames[-1] == 149
    assert fewer.labels == tuple(track.labels[frame] for frame in fewer.frames)
    np.testing.assert_array_equal(fewer.world, track.world[fewer.frames])
    assert len(resampled(track, 60.0, 0.0)) == len(track)


def test_frames_go_missing_one_by_one_and_in_bursts(track, rng):
    some = without_frames(track, 0.3, rng)
    assert 80 < len(some) < 130
    holes = without_bursts(track, 2, 1.0, rng)
    assert len(holes) < len(track)
    for left in (some, holes):
        np.testing.assert_allclose(left.times, track.times[left.frames])
        assert left.labels == tuple(track.labels[frame] for frame in left.frames)
    assert len(without_frames(track, 1.0, rng)) == 2


@pytest.mark.parametrize("limb", LIMBS)
def test_a_hidden_limb_is_faint_for_a_while_and_the_rest_is_as_it_was(track, rng, limb):
    blind = hidden(track, limb, 1.0, 2.0, rng)
    joints = list(LIMBS[limb][1])
    within = (track.times >= 1.0) & (track.times <= 2.0)
    others = [joint for joint in range(33) if joint not in joints]
    assert (blind.landmarks[np.ix_(within, joints)][..., 3] <= 0.3).all()
    np.testing.assert_array_equal(blind.world[~within], track.world[~within])
    np.testing.assert_array_equal(blind.landmarks[:, others], track.landmarks[:, others])
    assert not np.allclose(blind.world[np.ix_(within, joints)], track.world[np.ix_(within, joints)], atol=0.01)
    offset = np.linalg.norm(blind.world - track.world, axis=2).max()
    assert offset < 0.9, "the guess stays near the body"


def test_a_guess_lies_in_the_picture_where_it_lies_in_the_world(track, rng):
    blind = hidden(track, "left_arm", 0.0, 5.0, rng)
    expected = blind.world[:, 13:23:2, :2] * SCALE + [300.0, 240.0]
    np.testing.assert_allclose(blind.landmarks[:, 13:23:2, :2], expected, atol=1.5)


def test_legs_outside_of_the_picture_hang_down_or_stay(track, rng):
    for standing in (0.0, 1.0):
        cut = cut_off(track, LEGS, standing, rng)
        assert (cut.landmarks[:, 25:33, 3] <= 0.3).all()
        assert (cut.landmarks[:, :25, 3] > 0.8).all()
        assert np.abs(cut.world[:, 27, 1] - 0.84).max() < 0.2


def test_errors_of_joints_are_as_rare_and_as_large_as_asked(rng):
    still = moving(3000)
    np.testing.assert_array_equal(SIGMAS[COCO_POINTS], COCO_SIGMAS)
    small, large = (np.linalg.norm(misjudged(still, s, rng).world - still.world, axis=2) for s in (0.2, 1.0))
    assert 0.0 < np.median(small) < np.median(large) < 0.1
    assert large[:, 23].mean() > 3 * large[:, 0].mean(), "hips are less sure than the nose"
    assert np.quantile(large[:, 27], 0.999) < 1.0
    swapped = np.linalg.norm(misjudged(still, 1.0, rng).world[:, 28] - still.world[:, 27], axis=1) < 0.1
    assert 0.01 < swapped.mean() < 0.15, "an ankle is now and then found at its partner's place"


def test_trembling_has_its_size_and_a_memory(rng):
    still = moving(3000)
    drift = (trembling(still, 0.02, rng).world - still.world).astype(np.float64)
    assert drift[..., :2].std() == pytest.approx(0.02 * 0.5, rel=0.1)
    assert drift[..., 2].std() == pytest.approx(2.5 * 0.02 * 0.5, rel=0.1)
    after = np.mean(drift[1:, :, 0] * drift[:-1, :, 0]) / np.mean(drift[..., 0] ** 2)
    assert after == pytest.approx(np.exp(-1 / 30 / 0.3), abs=0.03)


def test_pressed_depth_leaves_the_picture(track):
    flat = misjudged_depth(track, 0.5)
    np.testing.assert_allclose(flat.world[..., 2], track.world[..., 2] / 2)
    np.testing.assert_array_equal(flat.landmarks[..., :2], track.landmarks[..., :2])


def test_the_lag_is_that_of_the_trackers_filter(track, rng):
    uneven = trembling(without_frames(track, 0.3, rng), 0.05, rng)
    sizes = 300 + 20 * np.sin(uneven.times)
    theirs = OneEuroFilter(IMAGE_LANDMARKS)
    start_ns = 5_000_000_000
    expected = [
        theirs.update(values, start_ns + round(time_s * 1e9), size)
        for values, time_s, size in zip(uneven.landmarks[..., :3], uneven.times, sizes, strict=True)
    ]
    ours = smoothed(uneven.landmarks[..., :3], uneven.times, IMAGE_LANDMARKS, sizes[:, None, None])
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-3)
    late = lagged(track).world[:, 15, 1]
    assert np.abs(late - track.world[:, 15, 1]).max() < 0.1
    assert np.mean(np.diff(late) * np.diff(track.world[:, 15, 1])) > 0


def test_all_off_gives_the_track_itself(track, rng):
    result = LandmarkAugmenter(LandmarkOptions.off()).augment(track, rng)
    same(result, track, 1e-9)


def test_strength_zero_changes_nothing(track, rng):
    for result in (
        yawed(track, 0.0), pitched(track, 0.0), rolled(track, 0.0), scaled(track, 1.0), rebuilt(track, {}),
        warped(track, 1.0, 1.0, rng), without_frames(track, 0.0, rng), without_bursts(track, 0, 1.0, rng),
        misjudged(track, 0.0, rng), trembling(track, 0.0, rng), misjudged_depth(track, 1.0),
    ):  # fmt: skip
        same(result, track, 1e-5)


@pytest.mark.parametrize(
    "name", [f.name for f in fields(LandmarkOptions) if f.name not in ("untouched", "fastest_fps")]
)
def test_each_option_alone_changes_something(track, name):
    strength = {"yaw_deg": 90.0, "pitch_deg": 20.0, "roll_deg": 5.0, "slowest_fps": 8.0}.get(name, 0.9)
    options = replace(LandmarkOptions.off(), fastest_fps=30.0, **{name: strength})
    results = [LandmarkAugmenter(options).augment(track, np.random.default_rng(seed)) for seed in range(5)]
    assert any(
        len(result) != len(track)
        or not np.allclose(result.times, track.times)
        or not np.allclose(result.world, track.world, atol=1e-3)
        for result in results
    )


@pytest.mark.parametrize("seed", range(40))
def test_what_comes_out_is_whole(track, seed):
    before = (track.world.copy(), track.landmarks.copy(), track.times.copy())
    result = LandmarkAugmenter().augment(track, np.random.default_rng(seed))
    assert np.isfinite(result.landmarks).all()
    assert np.isfinite(result.world).all()
    assert (np.diff(result.times) > 0).all()
    assert len(result.labels) == len(result.frames) == len(result.times) == len(result.world) == len(result.landmarks)
    assert result.labels == tuple(track.labels[frame] for frame in result.frames)
    assert result.landmarks.dtype == result.world.dtype == np.float32
    assert (result.source, result.group, result.person, result.width) == ("clip", "person", 3, WIDTH)
    assert result.landmarks[..., 3].min() >= 0
    assert result.landmarks[..., 3].max() <= 1
    for old, now in zip(before, (track.world, track.landmarks, track.times), strict=True):
        np.testing.assert_array_equal(old, now)


def test_the_same_generator_gives_the_same_track(track):
    one, two = (LandmarkAugmenter().augment(track, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.landmarks, two.landmarks)
    np.testing.assert_array_equal(one.times, two.times)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_short_tracks_pass(count):
    short = moving(count)
    for seed in range(20):
        result = LandmarkAugmenter().augment(short, np.random.default_rng(seed))
        assert len(result) == min(count, len(result))
        assert np.isfinite(result.world).all()


def test_a_body_without_extent_stays_finite(track):
    flat = replace(track, world=np.zeros_like(track.world), landmarks=np.zeros_like(track.landmarks))
    for seed in range(20):
        result = LandmarkAugmenter().augment(flat, np.random.default_rng(seed))
        assert np.isfinite(result.landmarks).all()
        assert np.isfinite(result.world).all()


def test_frames_that_are_not_known_are_left_out_and_harm_no_others(track):
    world = track.world.copy()
    world[50] = np.nan
    whole = replace(LandmarkOptions(), untouched=0.0)
    for seed in range(20):
        result = LandmarkAugmenter(whole).augment(replace(track, world=world), np.random.default_rng(seed))
        assert np.isfinite(result.world).all()
        assert 50 not in result.frames
    unknown = replace(track, world=np.full_like(world, np.nan))
    assert LandmarkAugmenter(whole).augment(unknown, np.random.default_rng(0)) is unknown


def test_options_that_make_no_sense_are_named():
    with pytest.raises(ConfigError, match="mirror is 2"):
        LandmarkOptions(mirror=2.0)
    with pytest.raises(ConfigError, match="yaw_deg is -1"):
        LandmarkOptions(yaw_deg=-1.0)
    with pytest.raises(ConfigError, match="depth is 1"):
        LandmarkOptions(depth=1.0)
    with pytest.raises(ConfigError, match="slowest_fps is above"):
        LandmarkOptions(slowest_fps=31.0)
    weak = LandmarkOptions().weakened(0.5)
    assert weak.yaw_deg == 90.0
    assert weak.slowest_fps == 8.0
