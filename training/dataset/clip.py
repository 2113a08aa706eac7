"""A labelled clip and a list of them: the types that the readers, the import and the extraction share. Pure."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a clip with one label."""

    label: str
    """Empty where nothing is known."""
    start_s: float = 0.0
    end_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording and what is done in it."""

    name: str
    """Unique in the list; becomes ``source`` in a file of landmarks."""
    location: str
    """Local path or address."""
    group: str
    """Person or recording that must stay on one side of a split."""
    parts: tuple[Part, ...]
    view: str = ""
    size: int | None = None
    """Bytes, where known."""
    sha256: str = ""
    """As the table tells it; empty where it does not."""
    md5: str | None = None
    """As the bucket tells it."""


@dataclass(slots=True)
class ClipList:
    """The clips that can be used, and what was noticed on the way."""

    clips: list[Clip] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What the user should know, and what was decided."""
    left_out: list[str] = field(default_factory=list)
    """What should be in the list and is not, with the reason."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a place."""

    group_column: str = "group"
    """Of a CSV: the column that tells who or which recording a clip shows."""
    group_pattern: str = ""
    """Regular expression searched in the clip's name; what its first bracket (or all of it) matches is the group."""
    renames: Mapping[str, str] = field(default_factory=dict)
    """Labels to use instead of those given, as ``label_reading.read_renames`` gives them."""
    by_folders: bool = False
    """Look at the folders, even where there is a ``clips.csv``."""


def check_pattern(pattern: str) -> None:
    """Raise ConfigError for a pattern of groups that is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"--group-pattern {pattern}: is no regular expression ({error})") from None


def group_of(name: str, default: str, reading: Reading) -> str:
    """The group of the clip of this name: by the pattern where it is found, else the default."""
    found = re.search(reading.group_pattern, name) if reading.group_pattern else None
    if found is None:
        return default
    return (found[1] if found.re.groups else found[0]) or default
