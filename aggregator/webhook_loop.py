"""Tells webhooks what they are to be told: takes it from the database, sends it, and notes how it ended.

Owns an engine in a thread of its own, and one short-lived thread for each webhook that is being told something: one
that hangs delays no other. Never holds a transaction while it sends, and never holds up the fold.
"""

import logging
import queue
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from aggregator.database import open_engine, writing
from aggregator.handover import CurrentSettings
from aggregator.webhook_requests import ANSWER_S, CONNECT_S, Outcome, Request, body_of, delivery_key
from aggregator.webhook_rows import Figures, Waiting, due, put_off, settle, tidy, told
from core.clock import NANOSECONDS, mono_ns, utc_datetime, utc_ns
from core.errors import DatabaseError
from core.runtime import Stopping
from core.secrets import Address
from core.settings import Webhook

log = logging.getLogger(__name__)

ROUND_S = 1.0
AT_ONCE = 20
"""Messages to one webhook before its outcomes are noted; at worst so many are sent again after a crash."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 900.0
"""Between two attempts at one message; doubled each time."""
LONGEST_SILENCE_S = 60.0
"""Between two attempts at a webhook that took nothing the last time: whatever waits, it is asked no more often."""
TIDY_EVERY_S = 30.0
DATABASE_PAUSE_S = 2.0
"""The fold says what is wrong with the database; here it is only waited for."""
MAY_TAKE_NS = round((CONNECT_S + ANSWER_S + 1.0) * NANOSECONDS)


@dataclass(slots=True)
class _Line:
    """What is known of one webhook."""

    failures: int = 0
    """In a row."""
    quiet_until_ns: int = 0
    problem: str = ""
    busy: "_Batch | None" = None


@dataclass(slots=True)
class _Batch:
    """What one thread sends to one webhook, one after the other, until the first that is not taken."""

    webhook: Webhook
    waiting: list[tuple[Waiting, bytes]]
    ended: "queue.SimpleQueue[tuple[_Batch, list[tuple[Waiting, Outcome]]]]"
    request: Request | None = None
    since_ns: int = 0
    stopped: bool = False
    thread: threading.Thread | None = None

    def run(self) -> None:
        """Send."""
        outcomes: list[tuple[Waiting, Outcome]] = []
        for one, body in self.waiting:
            if self.stopped:
                break
            key = delivery_key(one.webhook, one.event, one.subject)
            self.since_ns = mono_ns()
            self.request = Request(self.webhook, one.event, key, body, utc_ns() // NANOSECONDS)
            outcome = self.request.send()
            outcomes.append((one, outcome))
            if not outcome.taken:
                break
        self.ended.put((self, outcomes))

    def abort(self) -> None:
        """Begin no other request, and end the present one."""
        self.stopped = True
        if self.request is not None:
            self.request.abort()


@dataclass(slots=True)
class WebhookFigures:
    """What the heartbeat tells; written by the thread of webhooks alone."""

    alive_ns: int = 0
    waiting: int = 0
    given_up: int = 0
    trouble: str = ""
    """In one sentence; empty if every webhook takes what it is told."""


@dataclass(slots=True)
class Backoff:
    """How long to wait after so many failures, in seconds, with jitter: many messages must not come back at once."""

    first_s: float
    longest_s: float
    draw: Callable[[], float] = field(default=random.random)

    def pause_s(self, failures: int) -> float:
        """Between half and one and a half of the doubled pause."""
        return min(self.first_s * 2.0 ** min(failures - 1, 30), self.longest_s) * (0.5 + self.draw())


class WebhookLoop:
    """One time of leading; ``run`` belongs in a thread."""

    def __init__(self, database: Address, current: CurrentSettings) -> None:
        self.figures = WebhookFigures(alive_ns=mono_ns())
        self._engine: Engine = open_engine(database)
        self._current = current
        self._lines: dict[str, _Line] = {}
        self._ended: queue.SimpleQueue[tuple[_Batch, list[tuple[Waiting, Outcome]]]] = queue.SimpleQueue()
        self._message = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._silence = Backoff(FIRST_PAUSE_S, LONGEST_SILENCE_S)
        self._tidy_ns = 0
        self._unnoted: list[tuple[_Batch, list[tuple[Waiting, Outcome]]]] = []
        """Outcomes that the database did not take yet."""

    def run(self, stopping: Stopping) -> None:
        """Tell until asked to stop; what is on its way then is sent again later."""
        try:
            while not stopping.is_set():
                self.figures.alive_ns = mono_ns()
                stopping.wait(self._round())
            self._end()
        finally:
            self._engine.dispose()

    def _round(self) -> float:
        """One round; gives how long to wait for the next."""
        try:
            self._note_ended()
            self._abort_late()
            _, settings = self._current.held
            known = {webhook.name: webhook for webhook in settings.webhook if webhook.enabled}
            self._lines = {name: self._lines.get(name, _Line()) for name in known}
            if mono_ns() >= self._tidy_ns:
                self._tidy(list(known))
            sent = [self._begin(webhook, self._lines[name]) for name, webhook in known.items()]
        except DatabaseError:
            return DATABASE_PAUSE_S
        except Exception:  # one odd row must not end it
            log.exception("this is a bug in Spotter: webhooks are tried again")
            return DATABASE_PAUSE_S
        finally:
            self._say()
        return 0.02 if any(sent) else ROUND_S

    # What goes out

    def _begin(self, webhook: Webhook, line: _Line) -> bool:
        """Send what is due to a webhook that is not busy; True if it is busy now."""
        if line.busy is not None:
            return True
        if mono_ns() < line.quiet_until_ns:
            return False
        now = utc_datetime(utc_ns())
        _, settings = self._current.held
        with writing(self._engine) as connection:
            found = due(connection, webhook.name, now, 1 if line.failures else AT_ONCE)
            bodies = []
            for one in found:
                content = told(connection, one, settings.gym, names=webhook.names)
                if content is None:
                    settle(connection, one.id, "void", now, None, "")
                else:
                    key = delivery_key(one.webhook, one.event, one.subject)
                    bodies.append((one, body_of({"delivery": key, **content})))
        if not bodies:
            return False
        batch = _Batch(webhook, bodies, self._ended, since_ns=mono_ns())
        # Not waited for at the end of the process: a look-up of a host cannot be ended.
        batch.thread = threading.Thread(target=batch.run, name=f"webhook {webhook.name}", daemon=True)
        line.busy = batch
        batch.thread.start()
        return True

    def _abort_late(self) -> None:
        for line in self._lines.values():
            if line.busy is not None and mono_ns() - line.busy.since_ns > MAY_TAKE_NS:
                line.busy.abort()

    # What comes back

    def _note_ended(self) -> None:
        while True:
            try:
                self._unnoted.append(self._ended.get_nowait())
            except queue.Empty:
                break
        while self._unnoted:
            batch, outcomes = self._unnoted[0]
            self._note(outcomes)
            del self._unnoted[0]
            line = self._lines.get(batch.webhook.name)
            if line is not None and line.busy is batch:
                line.busy = None
                self._learn(batch.webhook.name, line, outcomes)

    def _note(self, outcomes: list[tuple[Waiting, Outcome]]) -> None:
        if not outcomes:
            return
        now = utc_datetime(utc_ns())
        with writing(self._engine) as connection:
            for one, outcome in outcomes:
                if outcome.taken:
                    settle(connection, one.id, "taken", now, outcome.status, "")
                else:
                    until = self._next(now, one.attempts + 1, outcome.wait_s)
                    put_off(connection, one.id, until, outcome.status, outcome.problem)

    def _next(self, now: datetime, attempts: int, wait_s: float) -> datetime:
        return now + timedelta(seconds=max(self._message.pause_s(attempts), wait_s))

    def _learn(self, name: str, line: _Line, outcomes: list[tuple[Waiting, Outcome]]) -> None:
        if not outcomes:
            return
        last = outcomes[-1][1]
        if last.taken:
            if line.failures:
                log.info("the webhook %s takes what it is told again", name)
            line.failures, line.problem = 0, ""
            return
        if last.problem != line.problem:
            log.warning("the webhook %s %s; it is tried again", name, last.problem)
        # Something was taken before the last one: this one message may be to blame, not the program.
        line.failures = 1 if len(outcomes) > 1 else line.failures + 1
        line.problem = last.problem
        pause_s = max(self._silence.pause_s(line.failures), last.wait_s)
        line.quiet_until_ns = mono_ns() + round(pause_s * NANOSECONDS)

    # Beside it

    def _tidy(self, known: list[str]) -> None:
        with writing(self._engine) as connection:
            figures: Figures = tidy(connection, known, utc_datetime(utc_ns()))
        if figures.given_up > self.figures.given_up:
            log.error("%d messages to webhooks were given up in the last days", figures.given_up)
        self.figures.waiting, self.figures.given_up = figures.waiting, figures.given_up
        self._tidy_ns = mono_ns() + round(TIDY_EVERY_S * NANOSECONDS)

    def _say(self) -> None:
        bad = next(((name, line.problem) for name, line in self._lines.items() if line.problem), None)
        if bad is not None:
            waiting = f"; {self.figures.waiting} messages wait" if self.figures.waiting else ""
            self.figures.trouble = f"the webhook {bad[0]} {bad[1]}{waiting}"
        elif self.figures.given_up:
            self.figures.trouble = f"{self.figures.given_up} messages to webhooks were given up in the last seven days"
        else:
            self.figures.trouble = ""

    def _end(self) -> None:
        """Note what has ended; a request on its way is broken off, and sent again by whoever leads next."""
        threads = []
        for line in self._lines.values():
            if line.busy is not None:
                line.busy.abort()
                threads.append(line.busy.thread)
        for thread in threads:
            if thread is not None:
                thread.join(1.0)
        try:
            self._note_ended()
        except DatabaseError as error:
            log.warning("what was sent last to webhooks is not noted, and is sent again: %s", error)
