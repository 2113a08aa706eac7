from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from aggregator.alerts import CLEAR_S, AlertBook, AlertChange, Condition
from core.messages import AcknowledgeAlert, SnoozeAlert

NS = 1_000_000_000
DAY = 1_700_000_000 * NS


class Clock:
    """A book whose time is turned by hand, half a second a step."""

    def __init__(self, quiet_s: float = 0.0, cooldown_s: float = 60.0) -> None:
        numbers = count(1)
        self.book = AlertBook(DAY, uid=lambda: f"alert{next(numbers)}")
        self.now = DAY
        self.quiet_s, self.cooldown_s = quiet_s, cooldown_s

    def turn(self, seconds: float, *conditions: Condition) -> list[AlertChange]:
        changes = []
        for _ in range(round(seconds * 2)):
            self.now += NS // 2
            changes += self.book.judge(conditions, self.now, quiet_s=self.quiet_s, cooldown_s=self.cooldown_s)
        return changes


def offline(lasts_s: float = 10.0, **changed: object) -> Condition:
    values: dict = {
        "alert": "camera offline",
        "severity": "critical",
        "subject": "Racks",
        "text": "Camera Racks gives no pictures.",
        "lasts_s": lasts_s,
    }
    return Condition(**values | changed)


def named(changes: list[AlertChange]) -> list[str]:
    return [change.change for change in changes]


def test_what_lasts_is_raised_once_updated_and_resolved() -> None:
    clock = Clock()
    assert clock.turn(9.5, offline()) == []
    (raised,) = clock.turn(2, offline())
    assert (raised.change, raised.alert.subject, raised.alert.count) == ("raised", "Racks", 1)
    assert raised.alert.since_utc_ns == DAY + NS // 2
    assert [alert.uid for alert in clock.book.open()] == [raised.alert.uid]
    assert named(clock.turn(60, offline())) == ["updated", "updated"]
    assert clock.turn(CLEAR_S - 1) == []
    (resolved,) = clock.turn(5)
    assert (resolved.change, resolved.alert.uid) == ("resolved", raised.alert.uid)
    assert clock.book.open() == ()


def test_what_passes_is_not_told() -> None:
    clock = Clock()
    for _ in range(10):
        assert clock.turn(8, offline()) == []
        assert clock.turn(CLEAR_S + 1) == []


def test_a_gap_of_a_moment_does_not_begin_anew() -> None:
    clock = Clock()
    clock.turn(6, offline())
    clock.turn(2)
    assert named(clock.turn(4, offline())) == ["raised"]


def test_flapping_is_one_alert_that_counts() -> None:
    clock = Clock(cooldown_s=60)
    changes = []
    for _ in range(5):
        changes += clock.turn(12, offline())
        changes += clock.turn(10)
    assert len({change.alert.uid for change in changes}) == 1
    assert named(changes) == ["raised", "resolved", *["updated", "resolved"] * 4]
    assert changes[-1].alert.count == 5


def test_after_the_cooldown_it_is_a_new_alert() -> None:
    clock = Clock(cooldown_s=20)
    (first,) = clock.turn(11, offline())
    clock.turn(30)
    (second,) = clock.turn(11, offline())
    assert second.change == "raised"
    assert second.alert.uid != first.alert.uid


def test_nothing_is_raised_right_after_a_start() -> None:
    clock = Clock(quiet_s=120)
    assert clock.turn(119, offline()) == []
    assert named(clock.turn(2, offline())) == ["raised"]


def test_who_has_seen_an_alert_is_told_once() -> None:
    clock = Clock()
    (raised,) = clock.turn(11, offline())
    seen = AcknowledgeAlert(sender="console", uid=raised.alert.uid, by="Ines", at_utc_ns=clock.now)
    (change,) = clock.book.acknowledge(seen)
    assert (change.change, change.alert.acknowledged_by) == ("acknowledged", "Ines")
    assert clock.book.acknowledge(seen) == []
    assert clock.book.open()[0].acknowledged_by == "Ines"
    clock.turn(20)
    assert clock.book.acknowledge(seen) == []


def test_an_alert_rests_and_stays_open() -> None:
    clock = Clock()
    (raised,) = clock.turn(11, offline())
    rest = SnoozeAlert(sender="console", uid=raised.alert.uid, by="Ines", at_utc_ns=clock.now, until_utc_ns=DAY * 2)
    (change,) = clock.book.snooze(rest)
    assert (change.change, change.alert.snoozed_until_utc_ns, change.alert.snoozed_by) == ("updated", DAY * 2, "Ines")
    assert clock.book.snooze(rest) == []
    clock.turn(3, offline())
    assert clock.book.open()[0].snoozed_by == "Ines"
    over = SnoozeAlert(sender="console", uid=raised.alert.uid, by="Ines", at_utc_ns=clock.now, until_utc_ns=0)
    assert clock.book.snooze(over)[0].alert.snoozed_by == ""


def test_a_higher_count_is_told_at_once() -> None:
    clock = Clock()
    clock.turn(1, offline(0.0, count=3))
    (change,) = clock.turn(3, offline(0.0, count=4))
    assert (change.change, change.alert.count) == ("updated", 4)


def test_a_restart_goes_on_with_open_alerts() -> None:
    clock = Clock()
    (raised,) = clock.turn(11, offline(key="racks"))
    after = Clock(quiet_s=120)
    after.book.restore([raised.alert])
    assert after.turn(20) == []
    assert after.turn(5, offline(key="racks")) == []
    assert [alert.uid for alert in after.book.open()] == [raised.alert.uid]
    assert named(after.turn(40)) == ["resolved"]


def test_an_alert_of_before_that_is_over_is_resolved_after_a_while() -> None:
    clock = Clock()
    (raised,) = clock.turn(11, offline())
    after = Clock()
    after.book.restore([raised.alert])
    (change,) = after.turn(40)
    assert (change.change, change.alert.uid) == ("resolved", raised.alert.uid)


def test_a_clock_that_is_set_raises_and_resolves_nothing() -> None:
    clock = Clock()
    clock.turn(2, offline())
    clock.now += 3600 * NS
    assert clock.turn(1, offline()) == []
    clock.now -= 7200 * NS
    assert clock.turn(1, offline()) == []


def test_the_worst_stands_first() -> None:
    clock = Clock()
    clock.turn(1, offline(0.0, severity="info", subject="a"), offline(0.0, subject="b"))
    assert [alert.subject for alert in clock.book.open()] == ["b", "a"]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30)), max_size=25))
def test_changes_tell_a_story_that_makes_sense(stretches: list[tuple[bool, int]]) -> None:
    clock = Clock(cooldown_s=30)
    is_open: dict[str, bool] = {}
    for is_so, seconds in stretches:
        for change in clock.turn(seconds, *([offline(3.0)] if is_so else [])):
            uid = change.alert.uid
            if change.change == "raised":
                assert uid not in is_open
                is_open[uid] = True
            elif change.change == "resolved":
                assert is_open[uid]
                is_open[uid] = False
            else:
                is_open[uid] = True
    assert {alert.uid for alert in clock.book.open()} == {uid for uid, value in is_open.items() if value}
    assert sum(is_open.values()) <= 1


def test_one_that_was_raised_before_the_database_came_back_is_not_known_twice() -> None:
    clock = Clock()
    (raised,) = clock.turn(11, offline())
    clock.book.restore([raised.alert])
    assert [alert.uid for alert in clock.book.open()] == [raised.alert.uid]
    assert "resolved" not in named(clock.turn(60, offline()))
