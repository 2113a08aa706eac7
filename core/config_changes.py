"""What differs between two states of gym.toml, so that an edit touches only what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Changes:
    """The way from old settings to new ones; the order of cameras in the file does not matter."""

    added: tuple[str, ...]
    """Ids of cameras, in the order of the new file."""
    changed: Mapping[str, tuple[str, ...]]
    """Id of each camera that differs, with the options that do, in the order of the new file."""
    removed: tuple[str, ...]
    """Ids of cameras, in the order of the old file."""
    unchanged: tuple[str, ...]
    """Ids of cameras, in the order of the new file."""
    sections: Mapping[str, tuple[str, ...]]
    """Name of each other table that differs, such as ``alerts``, with the options that do; of webhooks, which."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.sections)


def diff(old: Settings, new: Settings) -> Changes:
    """Compare two settings; a changed password counts as a change of ``source``."""
    before = {camera.id: camera for camera in old.camera}
    after = {camera.id: camera for camera in new.camera}
    kept = {identity: differing(before[identity], camera) for identity, camera in after.items() if identity in before}
    sections = {name: _differing_in(old, new, name) for name in differing(old, new) if name != "camera"}
    return Changes(
        added=tuple(identity for identity in after if identity not in before),
        changed={identity: names for identity, names in kept.items() if names},
        removed=tuple(identity for identity in before if identity not in after),
        unchanged=tuple(identity for identity, names in kept.items() if not names),
        sections=sections,
    )


def _differing_in(old: Settings, new: Settings, table: str) -> tuple[str, ...]:
    """The options in which a table differs; of tables of which there may be several, the names of those that do."""
    before, after = getattr(old, table), getattr(new, table)
    if isinstance(before, Struct):
        return differing(before, after)
    held = ({each.name: each for each in several} for several in (before, after))
    known, wanted = held
    return tuple(name for name in {**known, **wanted} if known.get(name) != wanted.get(name))


def differing(old: Struct, new: Struct) -> tuple[str, ...]:
    """The names of the fields in which two structs of one type differ."""
    names = (field.name for field in msgspec.structs.fields(type(old)))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))
