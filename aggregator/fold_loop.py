"""From the stream of events into the database: fold, commit, and only then acknowledge.

Owns the engine and one connection to Redis, in a thread of its own. Drops no event: one that cannot be folded is moved
to the dead letters, everything else waits until Redis and the database are there again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold, sighted
from aggregator.forgetting import told_of_all
from aggregator.handover import CurrentSettings, Folded, Handover, Restored
from aggregator.keypoints import write_keypoints
from aggregator.live import KnownPerson
from aggregator.local_days import DayFiller
from aggregator.people_rows import known_people, load_people, load_tracks
from aggregator.purging import Purge
from aggregator.records import open_alerts, write_alerts, write_cameras, write_occupancy, write_status
from aggregator.refusals import refuse_impossible
from aggregator.staff_rows import told_anew
from aggregator.visits import FoldRules, fold_rules, sweep
from aggregator.webhook_rows import put_down_alerts
from core.clock import NANOSECONDS, SteadyUtc, mono_ns, utc_ns
from core.errors import DatabaseError, GroupLostError, StoreError, TablesLostError, WireError
from core.messages import AnyDurable, DeadLetter
from core.runtime import Stopping
from core.secrets import Address
from core.store import Entry, Store
from core.wire import decode

log = logging.getLogger(__name__)

BATCH = 200
WAIT_S = 0.2
"""Longest wait for a new event; rows of the live thread are written at least this often."""
GATHER_S = 0.1
"""Pause after a batch that is not full: several events in one transaction cost a third of what they cost singly."""
MOST_TRIES = 3
"""Attempts at one entry that fails by itself, before it goes to the dead letters."""
GROUP_PAUSE_S = 0.5
"""Before a lost group is made anew: a Redis that restarts may still be loading its data."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
SWEEP_EVERY_S, TRIM_EVERY_S, BACKLOG_EVERY_S = 5.0, 60.0, 2.0
PURGE_EVERY_S = 86_400.0
KEEP_FOLDED_S = 600.0
"""How long folded events stay in the stream, to look at."""
UPGRADE_MAY_TAKE_S = 3600.0
"""Years of rows are rewritten by some upgrades; who is ended in the middle of one begins it again, for ever."""
RATE_OVER_S = 5.0


@dataclass(slots=True)
class FoldFigures:
    """What the heartbeat tells; written by the folding thread alone."""

    alive_ns: int = 0
    events: int = 0
    folded_per_s: float = 0.0
    waiting: int = 0
    dead_letters: int = 0
    database: str = ""
    """What is wrong with the database; empty if nothing is."""
    redis: str = ""


@dataclass(slots=True)
class _Due:
    """When something that is done now and then is done next, monotonic ns."""

    every_s: float
    at_ns: int = 0

    def is_due(self, now_ns: int) -> bool:
        if now_ns < self.at_ns:
            return False
        self.at_ns = now_ns + round(self.every_s * NANOSECONDS)
        return True


@dataclass(slots=True)
class _Held:
    """Entries that were read and are not acknowledged yet."""

    entries: list[Entry] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)


class FoldLoop:
    """One time of leading; ``run`` belongs in a thread."""

    def __init__(
        self, redis: Address, database: Address, consumer: str, current: CurrentSettings, handover: Handover
    ) -> None:
        self.figures = FoldFigures(alive_ns=mono_ns())
        self._engine: Engine = open_engine(database)
        self._redis = redis
        self._consumer = consumer
        self._current = current
        self._handover = handover
        self._clock = SteadyUtc(mono_ns(), utc_ns())
        self._held = _Held()
        self._version = -1
        self._rules: FoldRules
        self._ready = False
        self._caught_up = False
        """Whether all that had happened before this time of leading is in the database."""
        self._recovered = False
        """Whether the group is there, as far as is known."""
        self._pending_first = True
        """Whether there may be entries that were delivered, to this consumer or a dead one, and not acknowledged."""
        self._days, self._filling = DayFiller(current.held[1].gym.zone), True
        self._purge: Purge | None = None
        self._purging = _Due(PURGE_EVERY_S)
        self._sweep, self._trim, self._backlog = _Due(SWEEP_EVERY_S), _Due(TRIM_EVERY_S), _Due(BACKLOG_EVERY_S)
        self._rate_since = (mono_ns(), 0)

    def run(self, stopping: Stopping) -> None:
        """Fold until asked to stop; what was read and folded is acknowledged before the end."""
        store = Store(self._redis)
        pause_s = FIRST_PAUSE_S
        try:
            while not stopping.is_set():
                self.figures.alive_ns = mono_ns()
                if self._round(store, stopping):
                    pause_s = FIRST_PAUSE_S
                else:
                    stopping.wait(pause_s)
                    pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            self._write_last_rows()
        finally:
            store.close()
            self._engine.dispose()

    def _round(self, store: Store, stopping: Stopping) -> bool:
        """One round; False if something is away, so that a pause is due."""
        try:
            self._look_at_redis(store)
            self._get_ready()
            self._write_rows()
            self._read(store)
            read = len(self._held.entries)
            if read:
                self._fold_held(store)
            # Not only when nothing comes: in a full gym, there is never a moment without an event.
            if read < BATCH and not self._held.entries and not self._pending_first:
                self._beside_events(store)
            self._look_at_database()
            if 0 < read < BATCH:
                stopping.wait(GATHER_S)
        except GroupLostError:
            log.warning("Redis has lost the group of the events; it is made anew")
            stopping.wait(GROUP_PAUSE_S)
            self._recovered = False
        except StoreError as error:
            self._say_redis(str(error))
            self._recovered = False
            return False
        except DatabaseError as error:
            self._say_database(str(error))
            # A file that was put aside stays open, and would be written to, as long as its connections are.
            self._engine.dispose()
            if isinstance(error, TablesLostError):
                self._ready, self._version = False, -1
            self._count_backlog(store)
            return False
        return not self._held.tries

    # Preparation

    def _get_ready(self) -> None:
        """Bring the tables up to date once, and the cameras in them after every change of settings."""
        if not self._ready:
            self.figures.alive_ns = mono_ns() + round(UPGRADE_MAY_TAKE_S * NANOSECONDS)
            upgrade(self._engine)
            self.figures.alive_ns = mono_ns()
            self._ready = True
        version, settings = self._current.held
        if version != self._version:
            with writing(self._engine) as connection:
                write_cameras(connection, settings)
            self._rules = fold_rules(settings)
            if settings.gym.zone != self._days.zone:
                self._days, self._filling = DayFiller(settings.gym.zone), True
            self._version = version

    def _look_at_database(self) -> None:
        """After a failure, believe that the database is back once it has taken all that was there to write."""
        if self.figures.database:
            with writing(self._engine):
                self._say_database("")

    def _look_at_redis(self, store: Store) -> None:
        if not self._recovered:
            store.ensure_group()
            if self.figures.dead_letters == 0:
                self.figures.dead_letters = len(store.dead_letters(1000))
            self._pending_first = self._recovered = True
        self._say_redis("")
        self._count_backlog(store)

    # Reading

    def _read(self, store: Store) -> None:
        if self._held.entries:
            return
        if self._pending_first:
            # Only one aggregator leads: whatever is delivered and not acknowledged is its to fold, and at once.
            pending = store.own_pending(self._consumer, "0", BATCH)
            self._held.entries = pending or store.claim_abandoned(self._consumer, 0.0, BATCH)
            self._pending_first = bool(self._held.entries)
        if not self._held.entries:
            self._held.entries = store.read_events(self._consumer, BATCH, WAIT_S)

    # Folding

    def _fold_held(self, store: Store) -> None:
        """Fold what is held, then acknowledge it; what the database refuses for its content is singled out."""
        readable = self._readable(store)
        folded: list[str] = [entry.id for entry in self._held.entries if entry.payload is None]
        try:
            self._commit([event for _, event in readable])
            folded += [entry.id for entry, _ in readable]
        except DatabaseError:
            raise
        except Exception:  # one bad entry must not hold up all others
            log.warning("a batch of %d events cannot be folded; each is tried by itself", len(readable), exc_info=True)
            folded += self._fold_singly(store, readable)
        store.acknowledge(folded)
        done = set(folded)
        self._held.entries = [entry for entry in self._held.entries if entry.id not in done]

    def _readable(self, store: Store) -> list[tuple[Entry, AnyDurable]]:
        readable = []
        for entry in list(self._held.entries):
            if entry.payload is None:
                log.error("the event %s was trimmed from the stream before it was folded: it is lost", entry.id)
                continue
            try:
                event = decode(entry.payload, AnyDurable)
                refuse_impossible(event)
            except WireError as error:
                self._bury(store, entry, str(error))  # trying again would not change a byte of it
            else:
                readable.append((entry, event))
        return readable

    def _commit(self, events: Sequence[AnyDurable]) -> None:
        if not events:
            return
        with writing(self._engine) as connection:
            forgotten = told_of_all(connection, events)
            people = fold(connection, events, self._rules)
            anew = told_anew(connection, events)
        self._count(len(events))
        self._handover.to_live(Folded([*events, *forgotten, *anew], people))

    def _fold_singly(self, store: Store, readable: Sequence[tuple[Entry, AnyDurable]]) -> list[str]:
        folded = []
        for entry, event in readable:
            self.figures.alive_ns = mono_ns()
            try:
                self._commit([event])
                folded.append(entry.id)
                self._held.tries.pop(entry.id, None)
            except DatabaseError:
                raise
            except Exception as error:
                tries = self._held.tries[entry.id] = self._held.tries.get(entry.id, 0) + 1
                if tries >= MOST_TRIES:
                    log.exception("the event %s cannot be folded", entry.id)
                    self._bury(store, entry, f"{type(error).__name__}: {error}")
        return folded

    def _bury(self, store: Store, entry: Entry, error: str) -> None:
        log.error("the event %s goes to the dead letters: %s", entry.id, error)
        letter = DeadLetter(
            sender=self._consumer,
            entry=entry.id,
            error=error[:1000],
            deliveries=max(entry.deliveries, self._held.tries.get(entry.id, 1)),
            at_utc_ns=self._now_utc_ns(),
            payload=entry.payload or b"",
        )
        store.bury(letter, entry.id)
        self.figures.dead_letters += 1
        self._held.tries.pop(entry.id, None)
        self._held.entries.remove(entry)

    # Beside the events

    def _write_rows(self) -> None:
        """Write what the live thread found: in a transaction of its own, so that it cannot hold up events."""
        rows = self._handover.take_rows()
        if not rows:
            return
        try:
            with writing(self._engine) as connection:
                write_alerts(connection, rows.alerts)
                put_down_alerts(connection, self._current.held[1].webhook, rows.alerts)
                write_status(connection, rows.status, self._rules.time_zone)
                write_occupancy(connection, rows.occupancy, self._rules.time_zone)
                write_keypoints(connection, rows.keypoints)
                people = sighted(connection, rows.sightings, self._rules) if rows.sightings else []
        except DatabaseError:
            self._handover.put_back(rows)
            raise
        except Exception:  # such rows would fail for ever, and hold up all that come after
            log.exception("rows of alerts, status and occupancy cannot be written and are given up")
            return
        if people:
            self._handover.to_live(Folded((), people))

    def _write_last_rows(self) -> None:
        try:
            if self._ready:
                self._write_rows()
        except DatabaseError as error:
            log.warning("the last rows of alerts and status are not written: %s", error)

    def _beside_events(self, store: Store) -> None:
        """All that waited is folded: tell the live thread what is known, end visits, drop what was folded long ago."""
        now_ns = mono_ns()
        if not self._caught_up:
            self._end_visits("interrupted")
            self._restore_live()
            self._caught_up = True
        elif self._sweep.is_due(now_ns):
            self._end_visits("left")
        if self._trim.is_due(now_ns):
            store.trim_folded(KEEP_FOLDED_S)
        self._tidy(now_ns)
        self._count(0)

    def _tidy(self, now_ns: int) -> None:
        """One short step of what can wait: days that are not filled in yet, and what is too old to be kept."""
        try:
            self._tidy_a_little(now_ns)
        except DatabaseError:
            raise
        except Exception:  # a row that cannot be removed must not hold up events
            log.exception("what is too old cannot be removed; it is tried again tomorrow")
            self._filling, self._purge = False, None

    def _tidy_a_little(self, now_ns: int) -> None:
        if self._filling:
            self._filling = self._days.step(self._engine)
        elif self._purge is not None:
            if not self._purge.step(self._engine):
                gone = ", ".join(f"{count} of {table}" for table, count in sorted(self._purge.removed.items()))
                log.info("what is too old is removed: %s", gone or "nothing was")
                self._purge = None
        elif self._purging.is_due(now_ns):
            self._filling = True
            self._purge = Purge(self._current.held[1].privacy, self._now_utc_ns())

    def _end_visits(self, reason: str) -> None:
        people: list[KnownPerson] = []
        with writing(self._engine) as connection:
            now_utc_ns = self._now_utc_ns()
            ahead = self._handover.times.ahead_ns(mono_ns(), now_utc_ns)
            over = sweep(connection, now_utc_ns, self._rules, reason=reason, ahead_ns=ahead)
            people = known_people(connection, over)
        if people:
            self._handover.to_live(Folded((), people))

    def _restore_live(self) -> None:
        _, settings = self._current.held
        with writing(self._engine) as connection:
            tracks = load_tracks(connection, self._now_utc_ns(), settings.sessions.returns_within)
            restored = Restored(tracks, load_people(connection), open_alerts(connection))
        self._handover.to_live(restored)
        log.info("caught up: %d tracks, %d visits go on", len(tracks), len(restored.people))

    # What the heartbeat tells

    def _now_utc_ns(self) -> int:
        return self._clock.update(mono_ns(), utc_ns())

    def _count(self, events: int) -> None:
        self.figures.events += events
        since_ns, before = self._rate_since
        passed_s = (mono_ns() - since_ns) / NANOSECONDS
        if passed_s >= RATE_OVER_S:
            self.figures.folded_per_s = round((self.figures.events - before) / passed_s, 1)
            self._rate_since = (mono_ns(), self.figures.events)

    def _count_backlog(self, store: Store) -> None:
        if not self._backlog.is_due(mono_ns()):
            return
        try:
            backlog = store.backlog()
            self.figures.waiting = backlog.pending + backlog.lag
        except StoreError as error:
            self._say_redis(str(error))

    def _say_database(self, wrong: str) -> None:
        if wrong and wrong != self.figures.database:
            log.error("%s; events wait in Redis", wrong)
        elif self.figures.database and not wrong:
            log.info("the database takes events again")
        self.figures.database = wrong

    def _say_redis(self, wrong: str) -> None:
        if wrong and not self.figures.redis:
            log.warning("events cannot be read: %s", wrong)
        elif self.figures.redis and not wrong:
            log.info("events are read again")
        self.figures.redis = wrong
