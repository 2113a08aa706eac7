"""What the structs of ``core.settings`` declare, as data: the reader, the documentation and the JSON schema walk it.

Holds no option and no text of its own; reads no file.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta, Struct


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value has to be, beyond its type; None is no limit."""

    least: float | None = None
    most: float | None = None
    least_length: int | None = None
    most_length: int | None = None
    pattern: str | None = None
    duration: bool = False
    wanted: str | None = None
    """Ends the message about a wrong value, such as ``must be a time, such as "06:30"``."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of a value: ``kind`` without what annotates it, and the limits that annotated it."""

    kind: Any
    limits: Limits
    description: str = ""
    examples: tuple[Any, ...] = ()
    unit: str = ""
    """Of a number or a text, in words; durations carry theirs in the file."""


@dataclass(frozen=True, slots=True)
class Option:
    """One key of a table."""

    name: str
    shape: Shape
    default: Any
    """``msgspec.NODEFAULT`` if the option must be given."""

    @property
    def required(self) -> bool:
        """Whether the file must give it."""
        return self.default is NODEFAULT


@cache
def options(section: type[Struct]) -> Mapping[str, Option]:
    """The options of a table, by name, in the order in which they are declared."""
    hints = get_type_hints(section, include_extras=True)
    found = {}
    for field in msgspec.structs.fields(section):
        default = field.default if field.default_factory is NODEFAULT else field.default_factory()
        found[field.name] = Option(field.name, shape_of(hints[field.name]), default)
    return found


def shape_of(annotated: Any) -> Shape:  # noqa: ANN401  # a type expression
    """Take a type expression apart; ``X | None`` is X, as TOML has no null."""
    metas: list[Meta] = []
    kind = annotated
    while True:
        if get_origin(kind) is Annotated:
            kind, *annotations = get_args(kind)
            metas = [each for each in annotations if isinstance(each, Meta)] + metas
        elif get_origin(kind) in (Union, types.UnionType):
            (kind,) = (each for each in get_args(kind) if each is not type(None))
        else:
            return _shape(kind, metas)


def is_section(kind: Any) -> bool:  # noqa: ANN401  # a type expression
    """Whether a kind is a table of options."""
    return isinstance(kind, type) and issubclass(kind, Struct)


def item_of(kind: Any) -> Any:  # noqa: ANN401  # a type expression
    """What an array of any length holds, for ``tuple[X, ...]``; None for any other kind."""
    if get_origin(kind) is tuple and get_args(kind)[1:] == (Ellipsis,):
        return get_args(kind)[0]
    return None


def _shape(kind: Any, metas: list[Meta]) -> Shape:  # noqa: ANN401  # a type expression
    extra: dict[str, Any] = {}
    for meta in metas:
        extra.update(meta.extra or {})

    def last(name: str) -> Any:  # noqa: ANN401  # as Meta declares it
        return next((value for meta in reversed(metas) if (value := getattr(meta, name)) is not None), None)

    limits = Limits(
        least=last("ge"),
        most=last("le"),
        least_length=last("min_length"),
        most_length=last("max_length"),
        pattern=last("pattern"),
        duration=bool(extra.get("duration")),
        wanted=extra.get("wanted"),
    )
    return Shape(kind, limits, last("description") or "", tuple(last("examples") or ()), extra.get("unit", ""))
