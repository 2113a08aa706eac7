"""Alerts as rows: sorted, storms of one kind under one row, snoozed ones apart; pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.clock import NANOSECONDS, utc_datetime
from core.history import AlertRow as StoredAlert
from core.messages import LiveAlert, LivePerson, Severity
from tui.plain import plain
from tui.state import FloorState
from tui.times import seconds_between

STORM_FROM = 4
"""So many alerts of one kind become one row: fewer are read one by one, more push everything else off the screen."""
RANK: dict[Severity, int] = {"critical": 0, "warning": 1, "info": 2}
SHOWN_SUBJECTS = 4


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One line: an alert, or a storm of one kind."""

    key: str
    """Uid of the alert; ``storm:KIND`` for a storm."""
    severity: Severity
    kind: str
    subject: str
    text: str
    since_utc_ns: int
    count: int
    """How often it came; of a storm, how many alerts it is."""
    note: str = ""
    """Who has seen it, or until when it rests."""
    alerts: tuple[LiveAlert, ...] = ()
    """The alert, or all of a storm."""
    is_storm: bool = False
    is_open: bool = False
    """Of a storm: its alerts follow."""
    is_inner: bool = False
    """Of an alert: it stands below its storm."""
    is_quiet: bool = False
    """Seen by somebody, or snoozed: drawn dim."""


def snoozed(alert: LiveAlert, now_utc_ns: int) -> bool:
    """Whether nobody is to be told of it now."""
    return alert.snoozed_until_utc_ns > now_utc_ns


def is_new(alert: LiveAlert, now_utc_ns: int) -> bool:
    """Whether it waits for somebody."""
    return not alert.acknowledged_by and not snoozed(alert, now_utc_ns)


def alert_rows(
    alerts: Iterable[LiveAlert],
    now_utc_ns: int,
    *,
    opened: Collection[str] = (),
    words: str = "",
    new_only: bool = False,
) -> list[AlertRow]:
    """Rows in the order in which somebody should look: new before seen before snoozed, worst and oldest first.

    ``opened``: keys of storms whose alerts are listed; ``words``: all must occur; ``new_only`` leaves out what is seen.
    """
    wanted = [each for each in alerts if _matches(each, words) and (not new_only or is_new(each, now_utc_ns))]
    ordered = sorted(wanted, key=lambda alert: _order(alert, now_utc_ns))
    by_kind: dict[str, list[LiveAlert]] = {}
    for alert in ordered:
        by_kind.setdefault(_storm_key(alert, now_utc_ns), []).append(alert)
    rows: list[AlertRow] = []
    for alert in ordered:
        key = _storm_key(alert, now_utc_ns)
        together = by_kind[key]
        if len(together) < STORM_FROM:
            rows.append(_row(alert, now_utc_ns))
        elif alert is together[0]:
            rows.append(_storm(key, together, is_open=key in opened))
            if key in opened:
                rows += [_row(each, now_utc_ns, is_inner=True) for each in together]
    return rows


def _storm_key(alert: LiveAlert, now_utc_ns: int) -> str:
    """Seen ones do not hide among new ones of the same kind."""
    return f"storm:{alert.alert}:{'new' if is_new(alert, now_utc_ns) else 'seen'}"


def _order(alert: LiveAlert, now_utc_ns: int) -> tuple[int, int, int, str]:
    rest = 2 if snoozed(alert, now_utc_ns) else 1 if alert.acknowledged_by else 0
    return rest, RANK[alert.severity], alert.since_utc_ns, alert.uid


def _matches(alert: LiveAlert, words: str) -> bool:
    text = f"{alert.alert} {alert.severity} {alert.subject} {alert.text}".casefold()
    return all(word in text for word in words.casefold().split())


def _row(alert: LiveAlert, now_utc_ns: int, *, is_inner: bool = False) -> AlertRow:
    note = f"seen by {plain(alert.acknowledged_by)}" if alert.acknowledged_by else ""
    if snoozed(alert, now_utc_ns):
        minutes = max(round((alert.snoozed_until_utc_ns - now_utc_ns) / NANOSECONDS / 60), 1)
        note = f"rests {minutes} min"
    return AlertRow(
        key=alert.uid,
        severity=alert.severity,
        kind=alert.alert,
        subject=plain(alert.subject),
        text=plain(alert.text),
        since_utc_ns=alert.since_utc_ns,
        count=alert.count,
        note=note,
        alerts=(alert,),
        is_inner=is_inner,
        is_quiet=not is_new(alert, now_utc_ns),
    )


def _storm(key: str, together: Sequence[LiveAlert], *, is_open: bool) -> AlertRow:
    subjects = list(dict.fromkeys(plain(alert.subject) for alert in together))
    more = len(subjects) - SHOWN_SUBJECTS
    shown = ", ".join(subjects[:SHOWN_SUBJECTS]) + (f" and {more} more" if more > 0 else "")
    return AlertRow(
        key=key,
        severity=min((alert.severity for alert in together), key=lambda severity: RANK[severity]),
        kind=together[0].alert,
        subject=f"{len(subjects)} of them",
        text=shown,
        since_utc_ns=min(alert.since_utc_ns for alert in together),
        count=len(together),
        alerts=tuple(together),
        is_storm=True,
        is_open=is_open,
        is_quiet=key.endswith(":seen"),
    )


def quiet_left_s(state: FloorState, now_utc_ns: int) -> float:
    """For how long no alert is raised still, after a start; 0 once it is over or nobody leads."""
    if state.floor is None:
        return 0.0
    return max(state.settings.alerts.quiet_after_start - seconds_between(state.floor.started_utc_ns, now_utc_ns), 0.0)


def newly_raised(alerts: Iterable[LiveAlert], known: Collection[str], now_utc_ns: int) -> list[LiveAlert]:
    """Alerts that nobody was told of, for the bell: new ones that are not among the known uids."""
    return [alert for alert in alerts if alert.uid not in known and is_new(alert, now_utc_ns)]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an alert leads to: at most one of these."""

    camera: str = ""
    person: str = ""
    health: bool = False


def target_of(alert: LiveAlert, state: FloorState) -> Target:
    """The camera, person or machine that an alert is about; nothing if it is gone."""
    for name, camera in state.cameras.items():
        if alert.subject in (camera.title, name) and alert.alert.startswith(("camera", "results")):
            return Target(camera=name)
    for person in state.people:
        if alert.subject in titles_of(person):
            return Target(person=person.person, camera=person.camera)
    for zone in state.zones:
        if alert.alert == "overcrowded zone" and zone.zone == alert.subject:
            return Target(camera=zone.camera)
    on_machines = {"results lagging", "spool in use", "database away", "dead letter", "disk full", "configuration"}
    return Target(health=alert.alert in on_machines or alert.alert.startswith("camera"))


def titles_of(person: LivePerson) -> tuple[str, ...]:
    """All that an alert may call somebody."""
    return tuple(title for title in (person.nickname, f"Person {person.number}" if person.number else "") if title)


# Those that are over --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResolvedAlert:
    """An alert of today that is over."""

    uid: str
    kind: str
    text: str
    resolved_utc_ns: int
    lasted_s: float
    seen_by: str


def today_utc_ns(now_utc_ns: int, zone: ZoneInfo) -> int:
    """Midnight in the gym."""
    midnight = utc_datetime(now_utc_ns).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return round(midnight.timestamp()) * NANOSECONDS


def resolved_alerts(stored: Iterable[StoredAlert], since_utc_ns: int) -> list[ResolvedAlert]:
    """Those that were over since then, the newest first."""
    over = [
        ResolvedAlert(
            uid=plain(each.uid),
            kind=plain(each.alert),
            text=plain(each.text),
            resolved_utc_ns=each.resolved_utc_ns,
            lasted_s=seconds_between(each.since_utc_ns, each.resolved_utc_ns),
            seen_by=plain(each.acknowledged_by),
        )
        for each in stored
        if each.resolved_utc_ns >= max(since_utc_ns, 1)
    ]
    return sorted(over, key=lambda alert: -alert.resolved_utc_ns)
