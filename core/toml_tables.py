"""Reads the tables of a TOML file strictly and notes every problem with its line instead of stopping at the first."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.durations import parse_duration
from core.toml_lines import Path, toml_lines

MOST_TOLD = 100
"""Problems of one file; whoever has more has one that repeats itself, and the message travels to screens and logs."""


def suggestion(value: str, known: Sequence[str]) -> str:
    """The nearest known spelling, or the whole list, as the end of a message."""
    close = difflib.get_close_matches(value, known, n=1, cutoff=0.55)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known are {', '.join(known)}" if known else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a line of the file."""

    line: int
    text: str


class Problems:
    """All that is wrong with one file."""

    def __init__(self, source: str, text: str) -> None:
        self._source = source
        self._lines = toml_lines(text)
        self._found: list[Problem] = []

    def add(self, path: Path, message: str) -> None:
        """Note a problem at a place; the nearest place around it that stands in the file gives the line."""
        around = path
        while around not in self._lines:
            around = around[:-1]
        self._found.append(Problem(self._lines[around], f"{path_text(path)}: {message}" if path else message))

    def __bool__(self) -> bool:
        return bool(self._found)

    def told(self) -> str:
        """All problems, one a line, in the order of the file; beyond ``MOST_TOLD`` only their number."""
        ordered = sorted(self._found, key=lambda problem: problem.line)
        lines = [f"{self._source}:{problem.line} {_on_one_line(problem.text)}" for problem in ordered[:MOST_TOLD]]
        if len(ordered) > MOST_TOLD:
            lines.append(f"{self._source}: and {len(ordered) - MOST_TOLD} problems more")
        return "\n".join(lines)


def _on_one_line(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def path_text(path: Path) -> str:
    """Write a path as ``camera[0].fps``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


class Table:
    """One table; each reading gives a value that can be worked with, whatever stands in the file.

    A value that is missing, of the wrong kind or out of bounds is noted, and the default (or the ``instead``) is given.
    """

    def __init__(self, value: Mapping[str, Any], path: Path, problems: Problems) -> None:
        self._table = value
        self.path = path
        self._problems = problems

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def keys(self) -> tuple[str, ...]:
        """The keys that stand in the table."""
        return tuple(self._table)

    def problem(self, message: str, *keys: str | int) -> None:
        """Note a problem with the table, or with what is at the keys in it."""
        self._problems.add((*self.path, *keys), message)

    def value_problem(self, key: str, wanted: str) -> None:
        """Note that a value is not what it has to be."""
        self.problem(f"{shown(self._table.get(key))} {wanted}", key)

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Note every key that is none of the known ones."""
        for key in self._table:
            if key not in known:
                self.problem(f"no such option{suggestion(key, known)}", key)

    def _missing(self, key: str) -> None:
        self.problem(f"'{key}' is missing")

    def text(self, key: str, default: str | None = None) -> str:
        """A text of at least one character."""
        if key not in self._table and default is not None:
            return default
        value = self._table.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self._missing(key) if key not in self._table else self.value_problem(key, "must be text in quotes")
        return default or ""

    def choice(self, key: str, known: Sequence[str], default: str | None = None) -> str | None:
        """One of the known texts; None if it is not."""
        if key not in self._table and default is not None:
            return default
        value = self.text(key)
        if value in known:
            return value
        if value:
            self.value_problem(key, f"is not known{suggestion(value, known)}")
        return default

    def number(
        self, key: str, default: float | None = None, low: float = -1e6, high: float = 1e6, *, instead: float = 1.0
    ) -> float:
        """A number between two bounds, inclusive."""
        if key not in self._table and default is not None:
            return default
        value = self._table.get(key)
        if key not in self._table:
            self._missing(key)
        elif not isinstance(value, (int, float)) or isinstance(value, bool):
            self.value_problem(key, "must be a number")
        elif not low <= value <= high:
            self.value_problem(key, f"must be a number from {low:g} to {high:g}")
        else:
            return float(value)
        return instead if default is None else default

    def whole(self, key: str, default: int | None = None, low: int = 0, high: int = 1_000_000) -> int:
        """A whole number between two bounds, inclusive."""
        if key not in self._table and default is not None:
            return default
        value = self._table.get(key)
        if key not in self._table:
            self._missing(key)
        elif isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        else:
            self.value_problem(key, f"must be a whole number from {low} to {high}")
        return max(low, 1) if default is None else default

    def seconds(
        self, key: str, default: float | None = None, low: float = 0.05, high: float = 3600.0, *, instead: float = 1.0
    ) -> float:
        """A duration with its unit, such as "500ms" or "3s", in seconds."""
        if key not in self._table and default is not None:
            return default
        value = self._table.get(key)
        if key not in self._table:
            self._missing(key)
            return instead if default is None else default
        try:
            seconds = parse_duration(value if isinstance(value, str) else "")
        except ValueError:
            self.value_problem(key, 'must be a duration with its unit, such as "2.5s" or "300ms"')
        else:
            if low <= seconds <= high:
                return seconds
            self.value_problem(key, f"must be a duration from {low:g} s to {high:g} s")
        return instead if default is None else default

    def numbers(
        self, key: str, count: int, default: tuple[float, ...] | None = None, low: float = -1e4, high: float = 1e4
    ) -> tuple[float, ...]:
        """An array of so many numbers."""
        if key not in self._table and default is not None:
            return default
        value = self._table.get(key)
        if key not in self._table:
            self._missing(key)
        elif not is_numbers(value, count):
            self.value_problem(key, f"must be {count} numbers, such as {shown([1.5] * count)}")
        elif not all(low <= each <= high for each in value or ()):
            self.value_problem(key, f"must be {count} numbers from {low:g} to {high:g}")
        else:
            return tuple(float(each) for each in value or ())
        return (1.0,) * count if default is None else default

    def point(self, key: str, default: tuple[float, float] | None = None) -> tuple[float, float]:
        """A point of the floor, metres."""
        x, y = self.numbers(key, 2, default)
        return x, y

    def points(self, key: str) -> tuple[tuple[float, float], ...]:
        """Points of the floor, metres; none if the key is missing."""
        value = self._table.get(key, [])
        if isinstance(value, list) and all(is_numbers(each, 2) for each in value):
            return tuple((float(x), float(y)) for x, y in value)
        self.value_problem(key, "must be points, such as [[1.0, 2.0], [3.0, 2.5]]")
        return ()

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self._table.get(key, default)
        if isinstance(value, bool):
            return value
        self.value_problem(key, "must be true or false")
        return default

    def raw(self, key: str) -> Any:  # noqa: ANN401  # as it stands in the file
        """The value as it stands in the file; None if it does not."""
        return self._table.get(key)

    def table(self, key: str, *, needed: bool = False) -> "Table":
        """A table inside; an empty one if it is missing."""
        value = self._table.get(key, {})
        if not isinstance(value, dict):
            self.value_problem(key, f"must be a table, such as [{path_text((*self.path, key))}]")
            value = {}
        elif needed and key not in self._table:
            self._missing(key)
        return Table(value, (*self.path, key), self._problems)

    def tables(self, key: str, *, needed: bool = False) -> "list[Table]":
        """The tables of an array; what is no table is noted and left out."""
        value = self._table.get(key, [])
        if not isinstance(value, list):
            self.value_problem(key, "must be an array of tables")
            return []
        if needed and not value:
            self._missing(key) if key not in self._table else self.value_problem(key, "needs at least one entry")
        found = []
        for number, each in enumerate(value):
            if isinstance(each, dict):
                found.append(Table(each, (*self.path, key, number), self._problems))
            else:
                self.problem(f"{shown(each)} must be a table", key, number)
        return found


def is_numbers(value: object, count: int) -> bool:
    """Whether a value is an array of so many numbers."""
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in value)
    )


def shown(value: object) -> str:
    """A value as it would stand in the file, short enough for a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = ..." for key in list(value)[:4]) + " }"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
