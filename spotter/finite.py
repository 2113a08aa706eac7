"""Numbers of the command line that must be numbers: ``nan`` passes every comparison of a range, and is none."""

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A range of numbers; ``nan`` and ``inf`` are refused like any other word."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401  # as click declares it
        """The number; fails as click's ranges do."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number of this range.", param, ctx)
        return number
