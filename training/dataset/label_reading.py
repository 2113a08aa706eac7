"""Reads the labels of one data set as ours, and tells every decision: joined, renamed, taken for another movement.

A label that means no class of a recogniser becomes ``other:NAME``: a movement to leave alone.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from core.errors import ConfigError
from training.classes import CLASSES, OTHER
from training.dataset.foreign_labels import known_label
from training.dataset.label_names import plain_label


def read_renames(pairs: Iterable[str]) -> dict[str, str]:
    """Renames given as ``OLD=NEW``; raises ConfigError for one that is not of this form or names no class as NEW."""
    renames = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not equals or not old.strip():
            raise ConfigError(f"--rename {pair}: write it as OLD=NEW, for example 'hip thrust=other:hip_thrust'")
        name = plain_label(new)
        if name and not _is_ours(name):
            raise ConfigError(f"--rename {pair}: {_unknown(new.strip(), name)}; another movement is other:NAME")
        renames[plain_label(old)] = name
    return renames


class LabelReader:
    """Reads the labels of one data set and remembers how they were spelled."""

    def __init__(self, renames: Mapping[str, str] | None = None) -> None:
        """``renames``: names to use instead, as ``read_renames`` gives them."""
        self._renames = renames or {}
        self._spellings: dict[str, set[str]] = defaultdict(set)
        self._unknown: dict[str, str] = {}

    def name(self, text: str) -> str:
        """The label to use for one of the data set; empty for one that says nothing."""
        plain = plain_label(text)
        if plain in self._renames:
            return self._renames[plain]
        name = plain if not plain or _is_ours(plain) else known_label(plain)
        if name is None:
            self._unknown[plain] = text.strip()
            name = f"{OTHER}:{plain}"
        self._spellings[name].add(text.strip())
        return name

    def remarks(self) -> list[str]:
        """One sentence for each label that was joined with another, read as one of ours, or is none of ours."""
        joined = [
            f"the label{'s' * (len(spellings) > 1)} {', '.join(repr(each) for each in sorted(spellings))} "
            f"{'are' if len(spellings) > 1 else 'is'} taken as {name}"
            for name, spellings in sorted(self._spellings.items())
            if name
            and (len(spellings) > 1 or plain_label(min(spellings)) not in (name, name.removeprefix(f"{OTHER}:")))
        ]
        unknown = [
            f"{_unknown(text, name)}; kept as {OTHER}:{name}; if it is one of ours, say --rename '{text}=NAME'"
            for name, text in sorted(self._unknown.items())
        ]
        return joined + unknown


def _is_ours(name: str) -> bool:
    return name in CLASSES or name.startswith(f"{OTHER}:")


def _unknown(text: str, name: str) -> str:
    close = difflib.get_close_matches(name, CLASSES, n=1, cutoff=0.6)
    return f"no class is called {text!r}" + (f" (the nearest is {close[0]})" if close else "")
