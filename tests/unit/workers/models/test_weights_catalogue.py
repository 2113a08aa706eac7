"""The catalogue: every hash is a hash, no file belongs to two networks."""

import re

from workers.models.catalogue import (
    BUNDLE_SHA256,
    DETECTOR,
    LANDMARKS,
    VARIANTS,
    bundle_variant_or_none,
    weights_or_none,
)


def test_every_pinned_hash_is_a_sha256_and_names_one_thing():
    of_weights = [digest for weights in (DETECTOR, *LANDMARKS.values()) for digest in weights.sha256]
    of_bundles = [digest for known in BUNDLE_SHA256.values() for digest in known]
    everything = of_weights + of_bundles
    assert len(set(everything)) == len(everything)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in everything)


def test_every_variant_has_weights_and_a_bundle_with_a_pinned_hash():
    assert set(LANDMARKS) == set(BUNDLE_SHA256) == set(VARIANTS)
    for variant in VARIANTS:
        assert LANDMARKS[variant].sha256
        assert BUNDLE_SHA256[variant]
        assert LANDMARKS[variant].variant == variant


def test_look_up_by_hash():
    assert weights_or_none("0" * 64) is None
    assert bundle_variant_or_none("0" * 64) is None
    for weights in (DETECTOR, *LANDMARKS.values()):
        assert all(weights_or_none(digest) is weights for digest in weights.sha256)
    for variant, known in BUNDLE_SHA256.items():
        assert all(bundle_variant_or_none(digest) == variant for digest in known)
