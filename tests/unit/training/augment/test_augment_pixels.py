"""Variations of crops: size and kind stay, each change does what its name says, chance comes from the seed."""

from dataclasses import fields, replace

import cv2
import numpy as np
import pytest

from core.errors import ConfigError
from training.augment.pixels import (
    PixelAugmenter,
    PixelOptions,
    blurred,
    flipped,
    recoloured,
    relit,
    turned_and_cut,
)


@pytest.fixture
def picture() -> np.ndarray:
    """A smooth colourful picture with a bright block in its upper left corner."""
    y, x = np.mgrid[0:96, 0:96]
    pixels = np.stack([x * 2, y * 2, 190 - x - y // 2], axis=-1).astype(np.uint8)
    pixels[10:30, 10:30] = (250, 200, 40)
    return pixels


def test_flipped_twice_is_the_picture_itself(picture):
    np.testing.assert_array_equal(flipped(flipped(picture)), picture)
    np.testing.assert_array_equal(flipped(picture)[:, 0], picture[:, -1])


def test_a_turn_takes_the_corner_along_and_back(picture):
    left = turned_and_cut(picture, 90.0, 1.0, (0.5, 0.5))
    np.testing.assert_allclose(left, np.rot90(picture), atol=1)
    back = turned_and_cut(left, -90.0, 1.0, (0.5, 0.5))
    np.testing.assert_allclose(back, picture, atol=1)


def test_a_cut_is_the_part_enlarged(picture):
    for place, part in (((0.0, 0.0), picture[:48, :48]), ((1.0, 1.0), picture[48:, 48:])):
        expected = cv2.resize(part, (96, 96), interpolation=cv2.INTER_LINEAR)
        got = turned_and_cut(picture, 0.0, 0.5, place)
        np.testing.assert_allclose(got[2:-2, 2:-2], expected[2:-2, 2:-2], atol=3)


def test_light_and_contrast(picture):
    assert relit(picture, 0.2, 1.0).mean() > picture.mean() + 40
    assert relit(picture, 0.0, 0.5).std() == pytest.approx(picture.std() / 2, rel=0.05)
    assert relit(picture, 1.0, 1.0).max() == 255


def test_colour(picture):
    grey = recoloured(picture, 0.0, 0.0)
    assert np.ptp(grey, axis=2).max() == 0
    turned = recoloured(np.full((4, 4, 3), (200, 0, 0), np.uint8), 1.0, 120.0)
    np.testing.assert_array_equal(turned[0, 0], (0, 200, 0))
    np.testing.assert_allclose(recoloured(picture, 1.0, 360.0), picture, atol=8)


def test_blur_takes_detail_away(picture):
    assert np.abs(np.diff(blurred(picture, 0.03).astype(int), axis=1)).max() < 60
    assert np.abs(np.diff(picture.astype(int), axis=1)).max() > 100


def test_all_off_gives_the_picture_itself(picture):
    result = PixelAugmenter(PixelOptions.off()).augment(picture, np.random.default_rng(0))
    np.testing.assert_array_equal(result, picture)
    assert result is not picture


@pytest.mark.parametrize("name", [field.name for field in fields(PixelOptions) if field.name != "blur_share"])
def test_each_option_alone_changes_something(picture, name):
    strength = 30.0 if name.endswith("_deg") else 0.8
    options = replace(PixelOptions.off(), blur_share=0.05, **{name: strength})
    results = [PixelAugmenter(options).augment(picture, np.random.default_rng(seed)) for seed in range(5)]
    assert any((result != picture).any() for result in results)


def test_size_and_kind_stay_and_the_seed_decides(picture):
    before = picture.copy()
    for seed in range(20):
        one, two = (PixelAugmenter().augment(picture, np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(one, two)
        assert one.shape == picture.shape
        assert one.dtype == np.uint8
        assert one.flags.c_contiguous
    np.testing.assert_array_equal(picture, before)


def test_options_that_make_no_sense_are_named():
    for name, value in (
        ("flip", 1.5),
        ("rotate_deg", -1.0),
        ("hue_deg", 181.0),
        ("crop", 0.95),
        ("blur", float("nan")),
    ):
        with pytest.raises(ConfigError, match=name):
            PixelOptions(**{name: value})
