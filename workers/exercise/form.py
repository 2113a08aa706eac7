"""Form rules: what a repetition should look like, judged once per repetition.

A rule answers *ok*, *fault* or *cannot tell*. It cannot tell where the view does not show what it measures, where the
landmarks that it needs are not seen, and where the value is closer to the limit than the error of the measurement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.exercise.features import INDEX
from workers.exercise.results import FormVerdict, Verdict
from workers.exercise.statistics import RepStatistics, unit_of


@dataclass(frozen=True, slots=True)
class FormRule:
    """One thing that may be wrong with a repetition."""

    fault: str
    cue: str
    """What to tell the person."""
    statistic: str
    """The statistic that is judged, as ``feature.kind``."""
    allowed: tuple[float, float]
    margin: float
    """Error of the measurement: closer to a limit than this, on the wrong side, nothing is said."""
    yaw: tuple[float, float]
    """Views from which it can be seen, degrees: 0 from the front, 90 from the side, 180 from behind."""
    source: str


def judge(rules: Sequence[FormRule], statistics: RepStatistics) -> tuple[FormVerdict, ...]:
    """The verdict of every rule on one repetition, in the order of the rules."""
    return tuple(_verdict(rule, statistics) for rule in rules)


def _verdict(rule: FormRule, statistics: RepStatistics) -> FormVerdict:
    if not rule.yaw[0] <= float(statistics.rest[INDEX["yaw"]]) <= rule.yaw[1] or not statistics.sees(rule.statistic):
        return FormVerdict(rule.fault, "cannot tell", "")
    value = statistics.value(rule.statistic)
    outside = max(rule.allowed[0] - value, value - rule.allowed[1])
    answer: Verdict = "ok" if outside <= 0 else "fault" if outside >= rule.margin else "cannot tell"
    limit = min(rule.allowed, key=lambda bound: abs(bound - value))
    unit = unit_of(rule.statistic.rsplit(".", 1)[0])
    return FormVerdict(rule.fault, answer, rule.cue if answer == "fault" else "", value, limit, unit)
