"""What staff do on the console, as durable events in the stream; the aggregator folds and audits them.

Owns one connection to Redis, made when it is first needed. An event whose fate is unknown after an error is not sent
again by itself: who did it is told, and doing it again changes nothing.
"""

import secrets
import threading
from collections.abc import Callable

from core.clock import NANOSECONDS
from core.messages import (
    AcknowledgeAlert,
    AnyDurable,
    CorrectSet,
    MergePeople,
    NamePerson,
    SnoozeAlert,
    TrackJoined,
    TrackRef,
    staff_decision,
)
from core.secrets import Address
from core.store import Store

SENDER = "console"


class StreamActions:
    """``tui.ports.StaffActions`` over Redis; may be called from any thread. Every call may raise ``StoreError``."""

    def __init__(self, redis: Address, clock: Callable[[], int]) -> None:
        """``clock``: UTC in ns."""
        self._redis = redis
        self._clock = clock
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._last_ns = 0

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def acknowledge(self, alert: str, by: str) -> None:
        """Somebody has seen an alert."""
        self._tell(AcknowledgeAlert(sender=SENDER, uid=alert, by=by, at_utc_ns=self._now()))

    def snooze(self, alert: str, seconds: float, by: str) -> None:
        """Nobody is to be told of an alert for so long; 0 ends that."""
        now = self._now()
        until = now + round(seconds * NANOSECONDS) if seconds > 0 else 0
        self._tell(SnoozeAlert(sender=SENDER, uid=alert, by=by, at_utc_ns=now, until_utc_ns=until))

    def rename(self, person: str, nickname: str, member_number: str, by: str, before: str = "") -> None:
        """Give a person a nickname and a member number; empty: none."""
        self._tell(
            NamePerson(
                sender=SENDER,
                uid=person,
                nickname=nickname,
                member_number=member_number,
                by=by,
                at_utc_ns=self._now(),
                before=before,
            )
        )

    def merge(self, person: str, into: str, by: str, before: str = "") -> None:
        """Two people are one; an empty ``into`` takes that back."""
        now = self._now()
        self._tell(MergePeople(sender=SENDER, from_uid=person, into_uid=into, by=by, at_utc_ns=now, before=before))

    def split(self, track: TrackRef, by: str) -> str:
        """A track is somebody else; gives the uid of the new person."""
        uid = secrets.token_hex(6)
        self.give_track(track, uid, by)
        return uid

    def give_track(self, track: TrackRef, person: str, by: str) -> None:
        """A track is this person, whatever was decided before."""
        now = self._now()
        self._tell(
            TrackJoined(
                sender=SENDER,
                who=track,
                captured_utc_ns=now,
                person=person,
                decision=staff_decision(now),
                why="staff",
                by=by,
            )
        )

    def correct(self, set_uid: str, reps: int | None, exercise: str | None, by: str, before: str = "") -> None:
        """A set was another than was counted; neither of both takes that back."""
        self._tell(
            CorrectSet(
                sender=SENDER,
                set_uid=set_uid,
                reps=reps,
                exercise=exercise,
                by=by,
                at_utc_ns=self._now(),
                before=before,
            )
        )

    def _now(self) -> int:
        """Grows with every action, so that of two the later one holds; microseconds, as they are stored."""
        with self._lock:
            self._last_ns = max(self._clock() // 1000 * 1000, self._last_ns + 1000)
            return self._last_ns

    def _tell(self, event: AnyDurable) -> None:
        with self._lock:
            if self._store is None:
                self._store = Store(self._redis)
            self._store.append_events([event])
