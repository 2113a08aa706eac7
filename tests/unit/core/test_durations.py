import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.durations import UNITS, duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("3s", 3),
        (" 2.5 s ", 2.5),
        ("10min", 600),
        ("12h", 43200),
        ("30d", 2592000),
        ("0s", 0),
        ("-1s", -1),
    ],
)
def test_a_duration_is_seconds(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3", 'needs a unit, such as "3s" or "3min"'),
        ("3 sec", "has a unit that is not known, 'sec'; did you mean 's'?"),
        ("5m", "has a unit that is not known, 'm'; did you mean 'min'?"),
        ("2D", "has a unit that is not known, 'D'; did you mean 'd'?"),
        ("2 weeks", "has a unit that is not known, 'weeks'; known are ms, s, min, h, d"),
        ("1h30min", "must be a duration with its unit"),
        ("", "must be a duration with its unit"),
        ("soon", "must be a duration with its unit"),
        ("1e3s", "must be a duration with its unit"),
        ("9" * 400 + "s", "is too long"),
    ],
)
def test_what_is_no_duration_says_why(text, message):
    with pytest.raises(ValueError, match=r".") as raised:
        parse_duration(text)
    assert str(raised.value).startswith(message)


@given(st.integers(1, 100_000), st.sampled_from(sorted(UNITS)))
def test_a_written_duration_reads_the_same(count, unit):
    seconds = count * UNITS[unit]
    assert parse_duration(duration_text(seconds)) == pytest.approx(seconds, rel=1e-5)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "250ms"), (2.5, "2.5s"), (60, "1min"), (90, "90s"), (86400, "1d"), (5400, "90min")],
)
def test_a_duration_is_written_in_its_largest_whole_unit(seconds, text):
    assert duration_text(seconds) == text
