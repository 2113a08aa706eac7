"""The life of alerts: what is wrong becomes an alert that is raised, updated and resolved, and does not storm.

What is wrong is found by ``alert_rules``. Here stands when it is told: after it has lasted, not right after a start,
and not again and again. Durations are measured on a clock of its own that follows the given time only in small steps,
so that a wall clock that is set raises nothing.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from core.clock import NANOSECONDS
from core.messages import AcknowledgeAlert, AlertKind, LiveAlert, Severity, SnoozeAlert

LONGEST_STEP_NS = 5 * NANOSECONDS
"""The clock follows a longer step only so far: the aggregator was stopped, or the time was set."""
CLEAR_S = 5.0
"""What is wrong must be gone for so long to be over. Shorter, and one lost frame resolves an alert."""
SETTLE_S = 30.0
"""After a start, alerts of before stay open for so long: what they are about is not heard of yet."""
UPDATE_EVERY_S = 30.0
"""An alert that only lasts is written so often."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong at this moment."""

    alert: AlertKind
    severity: Severity
    subject: str
    """What it is about, for staff: a camera, a zone, a person or a process."""
    text: str
    """One plain sentence for staff."""
    lasts_s: float
    """For how long it must be so before staff are told."""
    key: str = ""
    """Tells conditions of one kind about one subject apart; the subject itself if empty."""
    count: int = 0
    """How often it happened, where that is counted here; 0 to count how often the alert came back."""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """Something that the database is to know of an alert; keyed by ``alert.uid``."""

    change: Literal["raised", "updated", "resolved", "acknowledged"]
    """``updated`` also opens an alert again that was resolved a short time ago."""
    alert: LiveAlert
    at_utc_ns: int
    """For ``resolved`` and ``acknowledged``: when."""


@dataclass(slots=True)
class _Case:
    """One kind of alert about one subject."""

    since_ns: int
    """Our clock; of the present stretch in which it is so."""
    since_utc_ns: int
    last_ns: int
    alert: LiveAlert | None = None
    open: bool = False
    resolved_ns: int = 0
    told_ns: int = 0
    restored: bool = False
    """Known from before a restart, and not seen since."""


PERSONAL: tuple[AlertKind, ...] = ("person down", "stuck under the bar", "repeated fault")
"""Kinds of alerts whose subject is a person."""


def person_title(number: int, nickname: str) -> str:
    """What alerts call a person."""
    return nickname or f"Person {number}"


class AlertBook:
    """All alerts that are open or were a short time ago."""

    def __init__(self, started_utc_ns: int, uid: Callable[[], str] = lambda: secrets.token_hex(6)) -> None:
        self._uid = uid
        self._clock_ns = 0
        self._last_utc_ns = started_utc_ns
        self._cases: dict[tuple[str, str], _Case] = {}

    def restore(self, alerts: Iterable[LiveAlert]) -> None:
        """Go on after a restart with the alerts that were open."""
        known = {case.alert.uid for case in self._cases.values() if case.alert is not None}
        # One that was raised while the database was away is in it by now, and goes on as it is.
        for alert in [alert for alert in alerts if alert.uid not in known]:
            case = _Case(self._clock_ns, alert.since_utc_ns, self._clock_ns, alert, open=True, restored=True)
            self._cases[alert.alert, f"restored {alert.uid}"] = case

    def judge(
        self, conditions: Iterable[Condition], now_utc_ns: int, *, quiet_s: float, cooldown_s: float
    ) -> list[AlertChange]:
        """Take all that is wrong now; gives what changes.

        ``quiet_s``: no alert is raised for so long after the start; ``cooldown_s``: what comes back within this time is
        the same alert again.
        """
        self._clock_ns += min(max(now_utc_ns - self._last_utc_ns, 0), LONGEST_STEP_NS)
        self._last_utc_ns = now_utc_ns
        changes = []
        for condition in conditions:
            change = self._is_so(condition, now_utc_ns, quiet_s, cooldown_s)
            if change is not None:
                changes.append(change)
        changes += self._resolve(now_utc_ns)
        self._forget(cooldown_s)
        return changes

    def forget(self, person: str, title: str) -> None:
        """Somebody was erased: no alert is about them any more; ``title``: what alerts of before a start call them."""

        def is_about(key: str, case: _Case) -> bool:
            named = case.restored and case.alert is not None and title and case.alert.subject == title
            return key == person or key.startswith(f"{person}/") or bool(named)

        self._cases = {key: case for key, case in self._cases.items() if not is_about(key[1], case)}

    def open(self) -> tuple[LiveAlert, ...]:
        """The alerts that are not over, worst and oldest first."""
        found = [case.alert for case in self._cases.values() if case.open and case.alert is not None]
        rank = {"critical": 0, "warning": 1, "info": 2}
        return tuple(sorted(found, key=lambda alert: (rank[alert.severity], alert.since_utc_ns, alert.uid)))

    def acknowledge(self, command: AcknowledgeAlert) -> list[AlertChange]:
        """Somebody has seen an alert; nothing if it is over, unknown or acknowledged already."""
        for case in self._cases.values():
            if case.open and case.alert is not None and case.alert.uid == command.uid:
                if case.alert.acknowledged_by:
                    return []
                case.alert = replace(case.alert, acknowledged_by=command.by)
                return [AlertChange("acknowledged", case.alert, command.at_utc_ns)]
        return []

    def snooze(self, command: SnoozeAlert) -> list[AlertChange]:
        """Somebody does not want to be told of an alert for a while; nothing if it is over or unknown."""
        for case in self._cases.values():
            if case.open and case.alert is not None and case.alert.uid == command.uid:
                by = command.by if command.until_utc_ns else ""
                rested = replace(case.alert, snoozed_until_utc_ns=command.until_utc_ns, snoozed_by=by)
                is_news = rested != case.alert
                case.alert = rested
                return [AlertChange("updated", rested, command.at_utc_ns)] if is_news else []
        return []

    def _is_so(self, condition: Condition, now_utc_ns: int, quiet_s: float, cooldown_s: float) -> AlertChange | None:
        key = (condition.alert, condition.key or condition.subject)
        case = self._cases.get(key) or self._restored(key, condition)
        if case is None:
            case = self._cases[key] = _Case(self._clock_ns, now_utc_ns, self._clock_ns)
        elif not case.open and self._clock_ns - case.last_ns > CLEAR_S * NANOSECONDS:
            case.since_ns, case.since_utc_ns = self._clock_ns, now_utc_ns
        case.last_ns = self._clock_ns
        if case.open and case.alert is not None:
            return self._update(case, condition, now_utc_ns)
        lasted_ns = self._clock_ns - case.since_ns
        if lasted_ns < condition.lasts_s * NANOSECONDS or self._clock_ns < quiet_s * NANOSECONDS:
            return None
        return self._raise(case, condition, now_utc_ns, cooldown_s)

    def _restored(self, key: tuple[str, str], condition: Condition) -> _Case | None:
        """The alert of before the restart that this is, from now on under its own key."""
        for other, case in self._cases.items():
            known = case.alert
            if case.restored and known is not None and (known.alert, known.subject) == (key[0], condition.subject):
                case.restored = False
                self._cases[key] = self._cases.pop(other)
                return case
        return None

    def _raise(self, case: _Case, condition: Condition, now_utc_ns: int, cooldown_s: float) -> AlertChange:
        case.open, case.told_ns = True, self._clock_ns
        before = case.alert
        if before is not None and self._clock_ns - case.resolved_ns < cooldown_s * NANOSECONDS:
            case.alert = replace(
                before,
                severity=condition.severity,
                text=condition.text,
                last_utc_ns=now_utc_ns,
                count=max(before.count + 1, condition.count),
            )
            return AlertChange("updated", case.alert, now_utc_ns)
        case.alert = LiveAlert(
            uid=self._uid(),
            alert=condition.alert,
            severity=condition.severity,
            subject=condition.subject,
            text=condition.text,
            since_utc_ns=case.since_utc_ns,
            last_utc_ns=now_utc_ns,
            count=max(1, condition.count),
        )
        return AlertChange("raised", case.alert, now_utc_ns)

    def _update(self, case: _Case, condition: Condition, now_utc_ns: int) -> AlertChange | None:
        if case.alert is None:
            return None
        before = case.alert
        case.alert = replace(
            before,
            text=condition.text,
            severity=condition.severity,
            last_utc_ns=now_utc_ns,
            count=max(before.count, condition.count),
        )
        is_news = case.alert.count != before.count or case.alert.severity != before.severity
        if is_news or self._clock_ns - case.told_ns >= UPDATE_EVERY_S * NANOSECONDS:
            case.told_ns = self._clock_ns
            return AlertChange("updated", case.alert, now_utc_ns)
        return None

    def _resolve(self, now_utc_ns: int) -> list[AlertChange]:
        over_before_ns = self._clock_ns - round(CLEAR_S * NANOSECONDS)
        changes = []
        for case in self._cases.values():
            settles = case.restored and self._clock_ns < SETTLE_S * NANOSECONDS
            if case.open and case.alert is not None and case.last_ns < over_before_ns and not settles:
                case.open, case.resolved_ns = False, self._clock_ns
                changes.append(AlertChange("resolved", case.alert, now_utc_ns))
        return changes

    def _forget(self, cooldown_s: float) -> None:
        """Drop what cannot come back as the same alert any more."""
        keep_ns = round(max(cooldown_s, 60.0) * NANOSECONDS)
        gone = [
            key
            for key, case in self._cases.items()
            if not case.open and self._clock_ns - max(case.last_ns, case.resolved_ns) > keep_ns
        ]
        for key in gone:
            del self._cases[key]
