"""Times and durations as people read them."""

from zoneinfo import ZoneInfo

import pytest
from console_world import NOW

from tui.times import age, clock, day, seconds_between, span


def test_times_are_those_of_the_gym():
    assert clock(NOW, ZoneInfo("Europe/Berlin")) == "17:05"
    assert clock(NOW, ZoneInfo("America/New_York"), twelve=True) == "11:05 am"
    assert clock(NOW, ZoneInfo("Europe/Berlin"), twelve=True, seconds=True) == "5:05:00 pm"
    assert day(NOW, ZoneInfo("Pacific/Auckland")) == "2026-07-02"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0 s"), (59.4, "59 s"), (59.9, "1:00"), (185, "3:05"), (3599.4, "59:59"), (4800, "1 h 20"), (4e5, "4 d")],
)
def test_spans(seconds, text):
    assert span(seconds) == text


def test_ages_tell_tenths_only_while_they_matter():
    assert (age(0.14), age(9.9), age(9.96), age(75)) == ("0.1 s", "9.9 s", "10 s", "1:15")


def test_a_clock_that_is_ahead_makes_nothing_younger_than_now():
    assert seconds_between(NOW + 5, NOW) == 0.0
