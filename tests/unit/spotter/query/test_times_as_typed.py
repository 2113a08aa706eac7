from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from spotter.query.times import EVER, span_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
"""A Wednesday, half past two in Berlin."""


def since(words, zone=BERLIN, now=NOW):
    return span_of(words, None, zone, now).since


def until(words, zone=BERLIN, now=NOW):
    return span_of(None, words, zone, now).until


def utc(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2026-07-01", "2026-07-01T00:00+02:00"),
        ("2026-7-1", "2026-07-01T00:00+02:00"),
        ("2026-01-15", "2026-01-15T00:00+01:00"),
        ("2026-06", "2026-06-01T00:00+02:00"),
        ("2026-07-01 18:00", "2026-07-01T18:00+02:00"),
        ("2026-07-01T18:00:05.25", "2026-07-01T18:00:05.250+02:00"),
        ("2026-07-01T18:00Z", "2026-07-01T18:00+00:00"),
        ("2026-07-01T18:00:00-0530", "2026-07-01T18:00-05:30"),
        ("2026-07-01 24:00", "2026-07-02T00:00+02:00"),
        ("09:15", "2026-07-01T09:15+02:00"),
        ("today", "2026-07-01T00:00+02:00"),
        (" Yesterday ", "2026-06-30T00:00+02:00"),
        ("yesterday 18:00", "2026-06-30T18:00+02:00"),
        ("wednesday", "2026-07-01T00:00+02:00"),
        ("Thu", "2026-06-25T00:00+02:00"),
        ("monday 07:30", "2026-06-29T07:30+02:00"),
        ("now", "2026-07-01T12:30+00:00"),
        ("30m", "2026-07-01T12:00+00:00"),
        ("2h", "2026-07-01T10:30+00:00"),
        ("1h 30m ago", "2026-07-01T11:00+00:00"),
        ("1.5h", "2026-07-01T11:00+00:00"),
        ("3d", "2026-06-28T12:30+00:00"),
        ("2w", "2026-06-17T12:30+00:00"),
    ],
)
def test_words_are_times_of_the_gym(words, expected):
    assert since(words) == utc(expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2026-07-01", "2026-07-02T00:00+02:00"),
        ("2026-06", "2026-07-01T00:00+02:00"),
        ("2026-12", "2027-01-01T00:00+01:00"),
        ("yesterday", "2026-07-01T00:00+02:00"),
        ("2026-07-01 18:00", "2026-07-01T18:00+02:00"),
        ("2h", "2026-07-01T10:30+00:00"),
    ],
)
def test_a_day_at_the_end_is_meant_with_all_of_it(words, expected):
    assert until(words) == utc(expected)


def test_times_of_python():
    assert since(date(2026, 7, 1)) == utc("2026-07-01T00:00+02:00")
    assert until(date(2026, 7, 1)) == utc("2026-07-02T00:00+02:00")
    assert since(datetime(2026, 7, 1, 18)) == utc("2026-07-01T18:00+02:00")
    assert since(datetime(2026, 7, 1, 18, tzinfo=UTC)) == utc("2026-07-01T18:00+00:00")
    assert span_of(None, None, BERLIN, NOW) == EVER


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("2026-02-30", "February 2026 has 28 days"),
        ("2028-02-30", "February 2028 has 29 days"),
        ("2026-13-01", "there is no month 13"),
        ("2026-00", "there is no month 0"),
        ("2026-07-01 25:00", "a day has 24 hours"),
        ("2026-07-01 10:75", "60 minutes"),
        ("2026-07-01T10:00+25:00", "at most 23:59"),
        ("2026-07-01 noon", "write a date"),
        ("sometime", "write a date"),
        ("tomorow", "write a date"),
        ("", "write a date"),
        ("1.2.3h", "write a date"),
        ("٢h", "write a date"),
        ("' OR 1=1 --", "write a date"),
        ("0001-01-01", "out of range"),
        ("9999-12-31", "out of range"),
        ("999999999d", "out of range"),
        ("999999999w", "out of range"),
        ("900w 90000d", "out of range"),
    ],
)
def test_what_is_no_time_is_told_in_one_sentence(words, why):
    with pytest.raises(ConfigError) as caught:
        since(words)
    assert str(caught.value).startswith("--since '")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_clocks_that_go_forward_leave_out_an_hour():
    with pytest.raises(ConfigError, match="went past 02:30 on 2026-03-29; write 03:30"):
        since("2026-03-29 02:30")
    assert since("2026-03-29 03:00") == since("2026-03-29 02:00+01:00")
    day = span_of("2026-03-29", "2026-03-29", BERLIN, NOW)
    assert day.until - day.since == timedelta(hours=23)


def test_clocks_that_go_back_show_an_hour_twice():
    with pytest.raises(ConfigError, match=r"showed 02:30 on 2026-10-25 twice; write .*\+02:00 or .*\+01:00"):
        since("2026-10-25 02:30")
    first, second = since("2026-10-25T02:30+02:00"), since("2026-10-25T02:30+01:00")
    assert second - first == timedelta(hours=1)
    day = span_of("2026-10-25", "2026-10-25", BERLIN, NOW)
    assert day.until - day.since == timedelta(hours=25)


def test_days_ago_keep_the_time_of_day_over_a_change_of_clocks():
    now = datetime(2026, 3, 30, 8, 0, tzinfo=UTC)
    assert since("2d", now=now) == utc("2026-03-28T10:00+01:00")
    assert since("48h", now=now) == utc("2026-03-28T08:00+00:00")


def test_midnight_that_clocks_skip_and_a_day_that_a_country_left_out():
    santiago = ZoneInfo("America/Santiago")
    begin = since("2026-09-06", zone=santiago).astimezone(santiago)
    assert (begin.date(), begin.hour) == (date(2026, 9, 6), 1)
    with pytest.raises(ConfigError, match="left out this day"):
        since("2011-12-30", zone=ZoneInfo("Pacific/Apia"))


def test_an_end_before_the_beginning():
    with pytest.raises(ConfigError, match="--until 'yesterday' is not after --since 'today'"):
        span_of("today", "yesterday", BERLIN, NOW)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_one_sentence(words):
    try:
        assert since(words).tzinfo is not None
    except ConfigError as error:
        assert str(error).isprintable()  # noqa: PT017


@given(st.dates(date(1971, 1, 1), date(2100, 1, 1)), st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "UTC"]))
def test_days_follow_each_other_without_gap(day, zone):
    span = span_of(day, day, ZoneInfo(zone), NOW)
    assert span.until == since(day + timedelta(days=1), zone=ZoneInfo(zone))
    assert timedelta(hours=22) < span.until - span.since < timedelta(hours=26)
