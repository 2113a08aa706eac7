"""How labels are spelled: capitals, spaces and hyphens do not matter. Pure; knows no file and no synonym."""

import re

from training.classes import OTHER

UNLABELLED_WORDS = frozenset({"", "mixed", "unlabelled", "unlabeled"})
"""Recordings that show several things, or nobody knows what: their people have no label."""


def plain_label(text: str) -> str:
    """A label in small letters, with ``_`` for spaces, hyphens and runs of them; empty for one that says nothing.

    ``other:Hip Thrust`` becomes ``other:hip_thrust``.
    """
    kind, colon, name = text.partition(":")
    words = [re.sub(r"[\s_\-–]+", "_", part.strip().casefold()).strip("_") for part in (kind, name)]
    if words[0] == OTHER and colon and words[1]:
        return f"{OTHER}:{words[1]}"
    whole = re.sub(r"[\s_\-–:]+", "_", text.strip().casefold()).strip("_")
    return "" if whole in UNLABELLED_WORDS else whole
