"""Times as people write them: dates, times of day, "yesterday", "2h", names of weekdays; in the gym's time zone. Pure.

A day given as an end is meant with all of it. What no calendar or clock shows is refused in one sentence.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import ConfigError
from core.names import shown_name

FIRST_YEAR, LAST_YEAR = 1970, 9998
KNOWN = (
    "a date (2026-07-01), a month (2026-07), a time (2026-07-01 18:00, 18:00), now, today, yesterday, a weekday "
    "(monday) or how long ago (30m, 2h, 3d, 2w)"
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[t ]+(.+))?")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?\s*(z|utc|[+-][0-9]{2}:?[0-9]{2})?")
_AGO = re.compile(r"((?:[0-9]{1,9}(?:\.[0-9]{1,6})?\s*[smhdw]\s*)+)(?:\s*ago)?")
_PART = re.compile(r"([0-9.]+)\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DAYS = {"d": 1, "w": 7}

Moment = str | datetime | date
"""What may be given as a time: words, or Python's own; a datetime without a zone is one of the gym's."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in UTC; None: open on that side."""

    since: datetime | None = None
    until: datetime | None = None
    """Not included."""


EVER = Span()


def span_of(since: Moment | None, until: Moment | None, zone: ZoneInfo, now: datetime) -> Span:
    """The stretch between two times; a whole day, or month, given as the end is included.

    Raises ``ConfigError`` for what is no time, and for an end that is not after the beginning.
    """
    first = None if since is None else _moment(since, zone, now, "--since")[0]
    last = None if until is None else _moment(until, zone, now, "--until")[1]
    if first is not None and last is not None and last <= first:
        raise ConfigError(f"--until {_said(until)} is not after --since {_said(since)}: nothing lies between")
    return Span(first, last)


def _said(moment: Moment | None) -> str:
    return f"'{shown_name(moment) if isinstance(moment, str) else moment}'"


def _moment(given: Moment, zone: ZoneInfo, now: datetime, option: str) -> tuple[datetime, datetime]:
    """Beginning and end in UTC; both the same for what is a moment and not a day."""
    try:
        if isinstance(given, datetime):
            at = given.astimezone(UTC) if given.tzinfo is not None else _from_wall(given, zone)
            return at, at
        if isinstance(given, date):
            return _day(given, zone)
        return _words(" ".join(given.lower().split()), zone, now)
    except _NoTimeError as error:
        why = f": {error}" if str(error) else f"; write {KNOWN}"
        raise ConfigError(f"{option} {_said(given)} is no time{why}") from None
    except OverflowError:
        raise ConfigError(f"{option} {_said(given)} is out of range: {FIRST_YEAR} to {LAST_YEAR} are known") from None


class _NoTimeError(Exception):
    """Why the words are no time; empty if they are none at all."""


def _words(text: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    here = now.astimezone(zone)
    if text == "now":
        return now, now
    ago = _AGO.fullmatch(text)
    if ago:
        at = _before(ago[1], zone, now)
        return at, at
    month = _MONTH.fullmatch(text)
    if month:
        return _month(int(month[1]), int(month[2]), zone)
    found = _DATE.fullmatch(text)
    if found:
        day, clock = _calendar_day(int(found[1]), int(found[2]), int(found[3])), found[4]
    else:
        word, _, clock = text.partition(" ")
        named = _named_day(word, here.date())
        if named is None:
            if not _CLOCK.fullmatch(text):
                raise _NoTimeError
            named, clock = here.date(), text
        day = named
    if not clock:
        return _day(day, zone)
    at = _at_clock(day, clock, zone)
    return at, at


def _named_day(word: str, today: date) -> date | None:
    if word in ("today", "yesterday"):
        return today - timedelta(days=word == "yesterday")
    for number, name in enumerate(WEEKDAYS):
        if word in (name, name[:3]):
            return today - timedelta(days=(today.weekday() - number) % 7)
    return None


def _calendar_day(year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OverflowError
    if not 1 <= month <= 12:
        raise _NoTimeError(f"there is no month {month}")
    days = calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise _NoTimeError(f"{calendar.month_name[month]} {year} has {days} days")
    return date(year, month, day)


def _month(year: int, month: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = _calendar_day(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return _begin(first, zone), _begin(after, zone)


def _day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise OverflowError
    first, after = _begin(day, zone), _begin(day + timedelta(days=1), zone)
    if first.astimezone(zone).date() != day:
        raise _NoTimeError(f"{zone.key} left out this day")
    return first, after


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day; where clocks skip midnight, the moment after."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _at_clock(day: date, clock: str, zone: ZoneInfo) -> datetime:
    found = _CLOCK.fullmatch(clock)
    if not found:
        raise _NoTimeError
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if hour == 24 and minute == second == 0:
        return _day(day, zone)[1]
    if hour > 23 or minute > 59 or second > 59:
        raise _NoTimeError("a day has 24 hours, an hour 60 minutes, a minute 60 seconds")
    wall = datetime.combine(day, time(hour, minute, second, int((found[4] or "0")[:6].ljust(6, "0"))))
    if found[5] is None:
        return _from_wall(wall, zone)
    return (wall - _offset(found[5])).replace(tzinfo=UTC)


def _offset(text: str) -> timedelta:
    if text in ("z", "utc"):
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        raise _NoTimeError("the offset from UTC is at most 23:59")
    return (-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes)


def _from_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """What the gym's clock showed then; refuses what it did not show, or showed twice."""
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise OverflowError
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    shown = f"{wall:%H:%M} on {wall:%Y-%m-%d}"
    if early < late:
        both = [wall.replace(tzinfo=zone, fold=fold).isoformat(timespec="minutes") for fold in (0, 1)]
        raise _NoTimeError(f"clocks in {zone.key} showed {shown} twice; write {both[0]} or {both[1]}")
    after = early.astimezone(zone)
    raise _NoTimeError(f"clocks in {zone.key} went past {shown}; write {after:%H:%M}, which came then")


def _before(parts: str, zone: ZoneInfo, now: datetime) -> datetime:
    """So long before now: hours as they pass, days by the calendar, at the same time of day."""
    at = now
    for number, unit in _PART.findall(parts):
        try:
            amount = float(number)
        except ValueError:
            raise _NoTimeError from None
        if unit in _SECONDS:
            at -= timedelta(seconds=amount * _SECONDS[unit])
        else:
            at = (at.astimezone(zone) - timedelta(days=amount * _DAYS[unit])).astimezone(UTC)
    if at.year < FIRST_YEAR:
        raise OverflowError
    return at
