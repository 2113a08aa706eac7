"""Reads the values of gym.toml by the types of ``core.settings``; notes every problem and never stops at the first.

No value from the environment ever stands in a message: problems show what the file says, and that without secrets.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from msgspec import Struct

from core.config_options import Limits, Option, Shape, is_section, item_of, options, shape_of
from core.durations import EXAMPLES, duration_text, parse_duration
from core.secrets import HIDDEN, Address, Secret, shown_address, without_secrets
from core.toml_lines import Path
from core.toml_tables import Problems, path_text, shown, suggestion

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Wrong:
    """Stands for a value whose problem is noted already."""


WRONG = _Wrong()


@dataclass(slots=True)
class Found:
    """One table as it was read: what the file gives, and the defaults of what it leaves out."""

    kind: type[Struct]
    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    """Without the options that are wrong or missing; tables inside are ``Found``."""
    given: set[str] = field(default_factory=set)
    """The options that the file gives, right or wrong."""
    unjudged: set[str] = field(default_factory=set)
    """The options that take a variable which is not set, where that is no problem."""

    def get(self, name: str) -> Any:  # noqa: ANN401  # as the option is declared
        """The value of an option; None if it is wrong, missing, left out or not to be judged."""
        return None if name in self.unjudged else self.values.get(name)

    def built(self) -> Any:  # noqa: ANN401  # the struct of this table
        """The struct; only once the file has no problem."""
        return self.kind(**{name: _built(value) for name, value in self.values.items()})


def _built(value: Any) -> Any:  # noqa: ANN401  # as the option is declared
    if isinstance(value, Found):
        return value.built()
    if isinstance(value, tuple):
        return tuple(_built(each) for each in value)
    return value


def _as_it_stands(raw: str, option: Option) -> Any:  # noqa: ANN401  # as the option is declared
    """What an option is while a variable that it takes is not set."""
    if option.shape.kind in (Address, Secret):
        return option.shape.kind(raw)
    return raw if option.shape.kind is str or option.required else option.default


def shown_value(raw: object) -> str:
    """A value as the file has it, without user and password, for a message."""
    return without_secrets(shown(shown_address(raw) if isinstance(raw, str) else raw))


class Reader:
    """Reads tables by their declarations.

    Where variables may be missing, addresses and texts with one that is stay as they stand, other options with one get
    their default, and nobody judges what they would become.
    """

    def __init__(
        self, problems: Problems, environ: Mapping[str, str], root: type[Struct], *, may_miss: bool = False
    ) -> None:
        self._problems = problems
        self._environ = environ
        self._may_miss = may_miss
        self._homes = _homes(root)

    def table(self, kind: type[Struct], raw: Mapping[str, Any], path: Path) -> Found:
        """One table with all its options."""
        found = Found(kind, path, given=set(raw))
        known = options(kind)
        for name in raw:
            if name not in known:
                self._problems.add((*path, name), f"no such option{self._hint(name, tuple(known), path)}")
        for name, option in known.items():
            if self._may_miss and self._misses_a_variable(raw.get(name)):
                self._expanded(raw[name], (*path, name))
                found.values[name] = _as_it_stands(raw[name], option)
                found.unjudged.add(name)
            elif name in raw:
                value = self._value(raw[name], option.shape, (*path, name))
                if value is not WRONG:
                    found.values[name] = value
            elif option.required:
                self._problems.add(path, f"'{name}' is missing")
            else:
                found.values[name] = self._left_out(option, path)
        return found

    def _left_out(self, option: Option, path: Path) -> Any:  # noqa: ANN401  # as the option is declared
        if is_section(option.shape.kind):
            return self.table(option.shape.kind, {}, (*path, option.name))
        return option.default

    def _hint(self, name: str, known: Sequence[str], path: Path) -> str:
        """The nearest option of this table; or the table to which an option of exactly this name belongs."""
        homes = [home for home in self._homes.get(name, ()) if home != _generic(path)]
        if name not in known and len(homes) == 1:
            return f" here; it belongs to {_header(homes[0])}"
        return suggestion(name, known)

    def _value(self, raw: Any, shape: Shape, path: Path) -> Any:  # noqa: ANN401  # any value of TOML
        kind = shape.kind
        if is_section(kind):
            return self._inner_table(raw, kind, path)
        if get_origin(kind) is tuple:
            return self._array(raw, shape, path)
        if isinstance(raw, str):
            expanded = self._expanded(raw, path)
            if isinstance(expanded, _Wrong):
                return WRONG
            try:
                return _from_text(expanded, raw, shape)
            except ValueError as error:
                return self._wrong(raw, str(error), path, kind)
        try:
            return _from_plain(raw, shape)
        except ValueError as error:
            return self._wrong(raw, str(error), path, kind)

    def _inner_table(self, raw: Any, kind: type[Struct], path: Path) -> Any:  # noqa: ANN401  # any value of TOML
        if isinstance(raw, dict):
            return self.table(kind, raw, path)
        if isinstance(raw, list):
            return self._say(f"there is only one; write {_header(_generic(path), array=False)}", path)
        return self._wrong(raw, f"must be a table, such as {_header(_generic(path), array=False)}", path)

    def _array(self, raw: Any, shape: Shape, path: Path) -> Any:  # noqa: ANN401  # any value of TOML
        item = item_of(shape.kind)
        parts = get_args(shape.kind)
        if not isinstance(raw, list):
            if is_section(item) and isinstance(raw, dict):
                return self._say(f"there may be several; write {_header(_generic(path), array=True)}", path)
            return self._wrong(raw, f"must be an array{_such_as(shape)}", path)
        if item is None and len(raw) != len(parts):
            return self._wrong(raw, f"must be an array of {len(parts)} values{_such_as(shape)}", path)
        limits = shape.limits
        if limits.least_length is not None and len(raw) < limits.least_length:
            return self._wrong(raw, f"needs at least {limits.least_length} entries", path)
        kinds = parts if item is None else (item,) * len(raw)
        values = tuple(
            self._value(each, shape_of(kind), (*path, number))
            for number, (each, kind) in enumerate(zip(raw, kinds, strict=True))
        )
        if is_section(item):
            return tuple(value for value in values if value is not WRONG)
        return WRONG if any(value is WRONG for value in values) else values

    def _misses_a_variable(self, raw: object) -> bool:
        names = (
            [] if not isinstance(raw, str) else [found[1] for found in _REFERENCE.finditer(raw) if found[0] != "$${"]
        )
        return any(name is None or name not in self._environ for name in names)

    def _expanded(self, raw: str, path: Path) -> str | _Wrong:
        """The text with ``${NAME}`` replaced from the environment; ``$${`` stands for ``${``."""
        missing = []

        def replaced(found: re.Match[str]) -> str:
            if found[0] == "$${":
                return "${"
            name = found[1]
            if name is None or not _NAME.fullmatch(name):
                missing.append(f"{shown_value(found[0])} must be ${{NAME}}; write $${{ for a plain ${{")
                return ""
            if name not in self._environ and self._may_miss:
                return found[0]
            if name not in self._environ:
                missing.append(f"the environment variable {name} is not set")
                return ""
            return self._environ[name]

        expanded = _REFERENCE.sub(replaced, raw)
        for problem in missing:
            self._problems.add(path, problem)
        return WRONG if missing else expanded

    def _wrong(self, raw: Any, message: str, path: Path, kind: Any = None) -> _Wrong:  # noqa: ANN401  # any value
        return self._say(f"{HIDDEN if kind is Secret else shown_value(raw)} {message}", path)

    def _say(self, message: str, path: Path) -> _Wrong:
        self._problems.add(path, message)
        return WRONG


def _from_text(text: str, raw: str, shape: Shape) -> Any:  # noqa: ANN401  # as the option is declared
    """The value that a text means; raises ``ValueError`` with the end of a sentence."""
    kind, limits = shape.kind, shape.limits
    if limits.duration:
        return _within(_duration(text, raw), limits)
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise ValueError(f"is not known{suggestion(raw, get_args(kind))}")
        return text
    if kind in (Address, Secret, str):
        if not text.strip():
            raise ValueError("must not be empty")
        if limits.least_length is not None and len(text) < limits.least_length:
            raise ValueError(f"must have at least {limits.least_length} characters")
        if limits.most_length is not None and len(text) > limits.most_length:
            raise ValueError(f"must have at most {limits.most_length} characters")
        if not text.isprintable():
            raise ValueError("must be on one line, without control characters")
        if limits.pattern is not None and not re.fullmatch(limits.pattern, text):
            raise ValueError(limits.wanted or f"must match {limits.pattern}")
        return text if kind is str else kind(text)
    raise ValueError(f"must be {_noun(shape)}, without quotes")


def _duration(text: str, raw: str) -> float:
    try:
        return parse_duration(text)
    except ValueError:
        if text == raw:
            raise
        # Its message would show what stands in the environment.
        raise ValueError(f"must be a duration with its unit, such as {EXAMPLES}") from None


def _from_plain(raw: Any, shape: Shape) -> Any:  # noqa: ANN401  # any value of TOML
    """The value that a number or a flag means; raises ``ValueError`` with the end of a sentence."""
    kind, limits = shape.kind, shape.limits
    is_number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    if limits.duration:
        needs = f'needs a unit, such as "{raw}s"' if is_number else f"must be a duration, such as {EXAMPLES}"
        raise ValueError(needs)
    if kind is bool and isinstance(raw, bool):
        return raw
    if kind is int and is_number and isinstance(raw, int):
        return int(_within(raw, limits))
    if kind is float and is_number:
        return _within(_float(raw), limits)
    raise ValueError(f"must be {_noun(shape)}")


def _float(raw: float) -> float:
    try:
        return float(raw)
    except OverflowError:
        return math.inf


def _within(value: float, limits: Limits) -> float:
    low, high = limits.least, limits.most
    if (
        (isinstance(value, int) or math.isfinite(value))
        and (low is None or value >= low)
        and (high is None or value <= high)
    ):
        return value
    words = [duration_text(each) if limits.duration else f"{each:g}" for each in (low, high) if each is not None]
    hint = f"; {limits.wanted}" if limits.wanted else ""
    if not words:
        raise ValueError("must be a finite number")
    if len(words) == 2:
        raise ValueError(f"must be from {words[0]} to {words[1]}{hint}")
    raise ValueError(f"must be at {'least' if high is None else 'most'} {words[0]}{hint}")


def _noun(shape: Shape) -> str:
    if get_origin(shape.kind) is Literal:
        return "one of " + ", ".join(f'"{each}"' for each in get_args(shape.kind))
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(shape.kind, "text in quotes")


def _such_as(shape: Shape) -> str:
    return f", such as {shape.examples[0]}" if shape.examples else ""


def _generic(path: Path) -> tuple[str, ...]:
    return tuple(part for part in path if isinstance(part, str))


def _header(path: tuple[str, ...], *, array: bool | None = None) -> str:
    """How the header of a table is written."""
    if not path:
        return "the top of the file"
    many = path[0] in ("camera", "webhook") if array is None else array
    return f"[[{path_text(path)}]]" if many else f"[{path_text(path)}]"


def _homes(root: type[Struct], path: tuple[str, ...] = ()) -> dict[str, list[tuple[str, ...]]]:
    """In which tables an option of each name stands."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, option in options(root).items():
        inner = option.shape.kind if is_section(option.shape.kind) else item_of(option.shape.kind)
        if is_section(inner):
            for key, homes in _homes(inner, (*path, name)).items():
                found.setdefault(key, []).extend(homes)
        if path:
            found.setdefault(name, []).append(path)
    return found
