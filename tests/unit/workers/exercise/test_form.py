"""Form rules: ok, fault, or cannot tell."""

import pytest
from test_exercise_statistics import of

from workers.exercise.form import FormRule, judge
from workers.exercise.statistics import RepStatistics


def rule(statistic: str = "knee.peak", **options: object) -> FormRule:
    given = {"allowed": (90.0, 180.0), "margin": 10.0, "yaw": (0.0, 180.0)} | options
    return FormRule(fault="shallow", cue="Lower your hips", statistic=statistic, source="house rule", **given)  # type: ignore[arg-type]


def squat(depth: float, **columns: float) -> RepStatistics:
    return of(knee_left=[0, 10, depth, 10, 0], knee_right=[0, 10, depth, 10, 0], **columns)


@pytest.mark.parametrize(
    ("depth", "verdict"),
    [(120, "ok"), (90, "ok"), (89, "cannot tell"), (81, "cannot tell"), (80, "fault"), (40, "fault")],
)
def test_a_value_outside_the_limits_is_a_fault_once_it_is_beyond_the_error(depth: float, verdict: str) -> None:
    [found] = judge([rule()], squat(depth))
    assert found.verdict == verdict
    assert found.rule == "shallow"
    assert found.cue == ("Lower your hips" if verdict == "fault" else "")


@pytest.mark.parametrize(("value", "verdict"), [(100, "ok"), (105, "cannot tell"), (112, "fault")])
def test_the_upper_limit_works_like_the_lower(value: float, verdict: str) -> None:
    assert judge([rule(allowed=(0.0, 100.0))], squat(value))[0].verdict == verdict


@pytest.mark.parametrize(("yaw", "verdict"), [(0, "cannot tell"), (49, "cannot tell"), (50, "fault"), (130, "fault")])
def test_a_rule_speaks_only_in_the_views_that_show_it(yaw: float, verdict: str) -> None:
    assert judge([rule(yaw=(50.0, 130.0))], squat(40, yaw=yaw))[0].verdict == verdict


def test_nothing_is_said_of_what_is_not_seen() -> None:
    hidden = squat(40, knee_visibility_left=0.1, knee_visibility_right=0.1)
    assert judge([rule()], hidden)[0].verdict == "cannot tell"


def test_one_verdict_a_rule_in_their_order() -> None:
    rules = [rule(allowed=(0.0, 30.0)), rule(), rule(yaw=(170.0, 180.0))]
    assert [found.verdict for found in judge(rules, squat(120))] == ["fault", "ok", "cannot tell"]
    assert judge([], squat(120)) == ()
