"""The exercises that Spotter knows, read from the catalogue file and from a gym's own.

All problems of a file are told at once, each with the nearest spelling of what was probably meant.
"""

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.names import shown_name
from workers.exercise.features import JOINTS, NAMES
from workers.exercise.form import FormRule
from workers.exercise.results import UNKNOWN
from workers.exercise.statistics import STATISTICS

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Exercise:
    """One entry of the catalogue; the file's header says what each field means."""

    name: str
    title: str
    kind: str
    """``reps`` or ``hold``."""
    signal: str
    active_high: bool
    each_side: bool
    starts_either_end: bool
    min_range: float
    min_s: float
    max_s: float
    min_reps: int
    posture: Mapping[str, Bounds]
    signature: Mapping[str, Bounds]
    form: tuple[FormRule, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Exercises by name."""

    exercises: Mapping[str, Exercise]

    def title(self, name: str) -> str:
        """The title to show for an exercise's name; the name itself where the catalogue lacks it."""
        return self.exercises[name].title if name in self.exercises else name


def load_catalogue(extra: Path | None = None) -> Catalogue:
    """The built-in exercises, with those of ``extra`` added or replacing them.

    Raises ConfigError that names the file and every problem in it.
    """
    exercises = dict(_built_in())
    if extra is not None:
        exercises |= _parse(_read(extra), shown_name(extra))
    return Catalogue(exercises)


@cache
def _built_in() -> Mapping[str, Exercise]:
    file = resources.files("workers.exercise") / "catalogue.toml"
    return _parse(tomllib.loads(file.read_text(encoding="utf-8")), "catalogue.toml")


def _read(path: Path) -> Mapping[str, Any]:
    name = shown_name(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{name}: the exercise file cannot be read ({error.strerror}); check its name") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: the exercise file is not UTF-8 text; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from error


def _parse(document: Mapping[str, Any], source: str) -> dict[str, Exercise]:
    problems: list[str] = []
    exercises = {}
    for name, table in document.items():
        if not isinstance(table, dict):
            problems.append(f"{name}: must be a table of options, such as [{name}]")
        elif name == UNKNOWN:
            problems.append(f"{name}: is what a movement without a name is called; give the exercise another name")
        else:
            exercises[name] = _exercise(name, _TableReader(name, table, problems))
    if problems:
        raise ConfigError("\n".join(f"{source}: {problem}" for problem in problems))
    return exercises


OPTIONS = (
    "title", "kind", "signal", "active", "sides", "starts", "min_range", "min_s", "max_s", "min_reps", "posture",
    "signature", "form",
)  # fmt: skip
"""Options of an entry."""
FORM_OPTIONS = ("fault", "cue", "statistic", "ok", "margin", "yaw", "source")
"""Options of a form rule."""
_SIGNALS = (*JOINTS, *NAMES, "rise_m")


def _exercise(name: str, read: "_TableReader") -> Exercise:
    read.refuse_unknown(OPTIONS)
    kind = read.choice("kind", ("reps", "hold"), "reps")
    held = kind == "hold"
    shortest, longest = read.duration_limits(math.inf if held else 20.0)
    return Exercise(
        name=name,
        title=read.text("title", name.replace("_", " ").capitalize()),
        kind=kind,
        signal=read.choice("signal", _SIGNALS, None if not held else "trunk"),
        active_high=read.choice("active", ("high", "low"), "high") == "high",
        each_side=read.choice("sides", ("together", "each"), "together") == "each",
        starts_either_end=read.choice("starts", ("rest", "first"), "rest") == "first",
        min_range=read.number("min_range", None if not held else 1.0),
        min_s=shortest,
        max_s=longest,
        min_reps=read.whole_number("min_reps", 1),
        posture=read.bounds("posture", NAMES),
        signature=read.bounds("signature", STATISTICS),
        form=read.form(),
    )


class _TableReader:
    """Reads one table of the file and notes every problem instead of stopping at the first."""

    def __init__(self, name: str, table: Mapping[str, Any], problems: list[str]) -> None:
        self._name = name
        self._table = table
        self._problems = problems

    def refuse_unknown(self, known: tuple[str, ...]) -> None:
        for key in self._table:
            if key not in known:
                self._problem(f"{key}: no such option{_suggestion(key, known)}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._table.get(key, default)
        if isinstance(value, str) and value.strip():
            return value
        self._problem(f"{key}: missing; give a text" if value is None else f"{key} = {value!r}: must be text")
        return default or ""

    def choice(self, key: str, choices: tuple[str, ...], default: str | None) -> str:
        value = self._table.get(key, default)
        if value in choices:
            return str(value)
        if value is None:
            self._problem(f"{key}: missing; give one of {', '.join(choices[:8])}{' …' if len(choices) > 8 else ''}")
        else:
            self._problem(f"{key} = {value!r}: not one of the known values{_suggestion(str(value), choices)}")
        return choices[0]

    def number(self, key: str, default: float | None) -> float:
        value = self._table.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return float(value)
        wanted = "a number above 0"
        self._problem(f"{key}: missing; give {wanted}" if value is None else f"{key} = {value!r}: must be {wanted}")
        return 1.0

    def whole_number(self, key: str, default: int) -> int:
        value = self._table.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self._problem(f"{key} = {value!r}: must be a whole number above 0")
        return default

    def duration_limits(self, default_max_s: float) -> Bounds:
        before = len(self._problems)
        shortest, longest = self.number("min_s", 0.25), self.number("max_s", default_max_s)
        if shortest >= longest and len(self._problems) == before:
            self._problem(f"min_s = {shortest:g}: must be below max_s, which is {longest:g}")
        return shortest, longest

    def bounds(self, key: str, known: tuple[str, ...]) -> dict[str, Bounds]:
        table = self._table.get(key, {})
        if not isinstance(table, dict):
            self._problem(f"{key}: must be a table of feature = [low, high]")
            return {}
        result = {}
        for feature, value in table.items():
            if feature not in known:
                self._problem(f"{key}.{feature}: no such feature{_suggestion(feature, known)}")
            elif not _is_interval(value):
                self._problem(f"{key}.{feature} = {value!r}: must be [low, high] with low below high")
            else:
                result[feature] = (float(value[0]), float(value[1]))
        return result

    def form(self) -> tuple[FormRule, ...]:
        rules = self._table.get("form", [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            self._problem("form: must be a list of tables, written [[NAME.form]]")
            return ()
        return tuple(self._form_rule(rule, number) for number, rule in enumerate(rules))

    def _form_rule(self, rule: Mapping[str, Any], number: int) -> FormRule:
        reader = _TableReader(f"{self._name}.form[{number}]", rule, self._problems)
        reader.refuse_unknown(FORM_OPTIONS)
        statistic = reader.choice("statistic", STATISTICS, None)
        allowed = reader.interval("ok", None)
        return FormRule(
            fault=reader.text("fault"),
            cue=reader.text("cue"),
            statistic=statistic,
            allowed=allowed,
            margin=reader.number("margin", 6.0),
            yaw=reader.interval("yaw", (0.0, 180.0)),
            source=reader.text("source", "house rule"),
        )

    def interval(self, key: str, default: Bounds | None) -> Bounds:
        value = self._table.get(key, default)
        if _is_interval(value):
            return float(value[0]), float(value[1])
        wanted = "[low, high] with low below high"
        self._problem(f"{key}: missing; give {wanted}" if value is None else f"{key} = {value!r}: must be {wanted}")
        return 0.0, 1.0

    def _problem(self, text: str) -> None:
        self._problems.append(f"{self._name}.{text}")


def _is_interval(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(isinstance(number, int | float) and not isinstance(number, bool) for number in value)
        and value[0] < value[1]
    )


def _suggestion(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
