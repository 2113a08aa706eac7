"""The table of the built-in exercises for the documentation, written from the catalogue.

``python -m workers.exercise.reference docs/exercises.md`` puts it into the page, between its two marks.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from workers.exercise.catalogue import Exercise, load_catalogue
from workers.exercise.features import DEGREES, RATIO
from workers.exercise.form import FormRule
from workers.exercise.statistics import unit_of

BEGIN, END = "<!-- written from the catalogue: begin -->", "<!-- written from the catalogue: end -->"
_NO_LIMIT = 3.0
"""Limits of a form rule that are this large or larger stand for none, except of angles: no arm is as long."""


def exercise_table() -> str:
    """The built-in exercises as a Markdown table."""
    rows = [_row(exercise) for exercise in load_catalogue().exercises.values()]
    head = ("Exercise", "Signal", "Smallest range", "Length", "Sides", "Form: fault, what is judged, what is fine")
    return "\n".join(_line(cells) for cells in (head, ["---"] * len(head), *rows))


def with_table(page: str) -> str:
    """The page with what stands between its marks replaced by the present table; raises ValueError without marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{exercise_table()}\n{END}{after}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(exercise: Exercise) -> tuple[str, ...]:
    rules = "<br>".join(_rule(rule) for rule in exercise.form) or "none"
    if exercise.kind == "hold":
        return f"`{exercise.name}`", "held", "", f"from {exercise.min_s:g} s", "", rules
    active = "high" if exercise.active_high else "low"
    start = ", from either end" if exercise.starts_either_end else ""
    return (
        f"`{exercise.name}`",
        f"`{exercise.signal}`, {active} in the middle{start}",
        _amount(exercise.min_range, unit_of(exercise.signal)),
        f"{exercise.min_s:g} to {exercise.max_s:g} s",
        "each" if exercise.each_side else "together",
        rules,
    )


def _rule(rule: FormRule) -> str:
    unit = unit_of(rule.statistic.rsplit(".", 1)[0])
    low, high = rule.allowed
    largest = 180.0 if unit == DEGREES else _NO_LIMIT
    if high >= largest:
        fine = f"at least {_amount(low, unit)}"
    elif low <= (0.0 if unit == DEGREES else -_NO_LIMIT):
        fine = f"at most {_amount(high, unit)}"
    else:
        fine = f"{low:g} to {_amount(high, unit)}"
    return f"{rule.fault}: `{rule.statistic}` {fine}"


def _amount(value: float, unit: str) -> str:
    return f"{value:g}{unit if unit == DEGREES else '' if unit == RATIO else f' {unit}'}"


def main() -> None:
    """Rewrite the page that is named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
