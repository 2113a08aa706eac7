"""Which days a report is about, in the gym's time zone; knows no clock, the present moment is handed in."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import ConfigError
from core.names import shown_name

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.IGNORECASE)
_AGO = re.compile(r"(\d{1,4})d")
LONGEST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the last one included."""

    first: date
    last: date
    zone: ZoneInfo
    now: datetime

    @property
    def days(self) -> list[str]:
        """Every day, as the database has them."""
        count = (self.last - self.first).days + 1
        return [(self.first + timedelta(days=number)).isoformat() for number in range(count)]

    @property
    def since(self) -> datetime:
        """The first moment, UTC."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """The first moment afterwards, UTC."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)

    @property
    def is_day(self) -> bool:
        """Whether it is one day alone."""
        return self.first == self.last

    @property
    def goes_on(self) -> bool:
        """Whether it is not over."""
        return self.now < self.until

    @property
    def minutes_so_far(self) -> int:
        """How long it lasted until now; a day in which clocks change has 23 or 25 hours."""
        return max(0, round((min(self.until, self.now) - self.since).total_seconds() / 60))

    @property
    def title(self) -> str:
        """In words."""
        if self.is_day:
            return f"{self.first:%A}, {self.first.day} {self.first:%B %Y}"
        calendar = self.first.isocalendar()
        number = f"Week {calendar.week}: " if (self.last - self.first).days == 6 and calendar.weekday == 1 else ""
        of_first = "" if self.first.month == self.last.month else " %B"
        of_first = of_first if self.first.year == self.last.year else " %B %Y"
        return f"{number}{self.first.day}{self.first.strftime(of_first)} to {self.last.day} {self.last:%B %Y}"

    @property
    def week_before(self) -> "Period":
        """The same days one week earlier: a gym lives by the week."""
        week = timedelta(days=7)
        return Period(self.first - week, self.last - week, self.zone, self.now)


def period_of(words: str, zone: ZoneInfo, now: datetime) -> Period:
    """A day or a week, such as ``yesterday``, ``2026-07-01``, ``2026-W27`` or ``last-week``.

    Raises ``ConfigError`` for what is neither, and for what has not begun.
    """
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    known = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1),) * 2,
        "this-week": (monday, monday + timedelta(days=6)),
        "last-week": (monday - timedelta(days=7), monday - timedelta(days=1)),
    }
    try:
        first, last = known.get(words.strip().lower()) or _calendar(words.strip())
    except (ValueError, OverflowError):
        raise ConfigError(
            f"'{shown_name(words)}' is no day and no week; say such as yesterday, 2026-07-01, last-week or 2026-W27"
        ) from None
    return _begun(Period(first, last, zone, now))


def last_days(words: str, zone: ZoneInfo, now: datetime) -> Period:
    """The days up to today, such as ``30d``; raises ``ConfigError`` for what says no number of days."""
    found = _AGO.fullmatch(words.strip().lower())
    count = int(found[1]) if found else 0
    if not 1 <= count <= LONGEST_DAYS:
        raise ConfigError(f"'{shown_name(words)}' is no number of days; say such as 30d, at most {LONGEST_DAYS}d")
    today = now.astimezone(zone).date()
    return Period(today - timedelta(days=count - 1), today, zone, now)


def _calendar(words: str) -> tuple[date, date]:
    if found := _DAY.fullmatch(words):
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return day, day
    if found := _WEEK.fullmatch(words):
        return date.fromisocalendar(int(found[1]), int(found[2]), 1), date.fromisocalendar(
            int(found[1]), int(found[2]), 7
        )
    raise ValueError


def _begun(period: Period) -> Period:
    if not 2000 <= period.first.year <= 2200:
        raise ConfigError(f"{period.first} is out of all bounds; say a day from 2000 on")
    if period.since > period.now:
        raise ConfigError(f"{period.title} has not begun yet; say an earlier day or week")
    return period
