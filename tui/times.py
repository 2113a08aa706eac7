"""Times and durations as people read them, in the gym's time zone; pure."""

from zoneinfo import ZoneInfo

from core.clock import NANOSECONDS, utc_datetime


def clock(at_utc_ns: int, zone: ZoneInfo, *, twelve: bool = False, seconds: bool = False) -> str:
    """Time of day: ``17:05`` or ``5:05 pm``."""
    at = utc_datetime(at_utc_ns).astimezone(zone)
    if not twelve:
        return at.strftime("%H:%M:%S" if seconds else "%H:%M")
    hour = at.hour % 12 or 12
    return f"{hour}:{at.strftime('%M:%S' if seconds else '%M')} {'am' if at.hour < 12 else 'pm'}"


def day(at_utc_ns: int, zone: ZoneInfo) -> str:
    """Date: ``2026-07-01``."""
    return utc_datetime(at_utc_ns).astimezone(zone).strftime("%Y-%m-%d")


def seconds_between(since_utc_ns: int, now_utc_ns: int) -> float:
    """Never negative: a clock of another machine may be a little ahead."""
    return max(now_utc_ns - since_utc_ns, 0) / NANOSECONDS


def span(seconds: float) -> str:
    """How long: ``4 s``, ``3:05``, ``1 h 20``, ``3 d``; at most six cells."""
    if seconds < 60.0:
        return f"{seconds:.0f} s" if seconds < 59.5 else "1:00"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    if whole < 100 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02}"
    return f"{whole // 86400} d"


def age(seconds: float) -> str:
    """How old what is shown is: tenths as long as they matter."""
    return f"{seconds:.1f} s" if seconds < 9.95 else span(seconds)
