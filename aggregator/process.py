"""The aggregator: who leads folds and shows; who does not stands by and takes over.

Owns leadership, both threads of a time of leading, the watch on the config file and the heartbeat.
"""

import dataclasses
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from aggregator.database import parse_url
from aggregator.fold_loop import FoldFigures, FoldLoop
from aggregator.handover import CurrentSettings, Handover
from aggregator.live_loop import LiveLoop
from aggregator.webhook_loop import WebhookFigures, WebhookLoop
from core.addresses import sqlite_file
from core.clock import NANOSECONDS, mono_ns
from core.config_file import load_settings, resolved
from core.errors import ConfigError, StoreError
from core.messages import AggregatorHeartbeat
from core.runtime import Process, Pulse, StopRequest, disk_free_mb
from core.secrets import Address
from core.settings import Settings
from core.store import Store

log = logging.getLogger(__name__)

LEAD_TTL_S = 3.0
"""A leader that says nothing for this long is taken to be dead."""
ROUND_S = 0.5
FOLD_MAY_STAND_S = 20.0
"""A statement may take as long as the database's time-out allows; the picture goes on meanwhile."""
JOIN_S = 6.0


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """Where the settings come from."""

    path: Path
    folder: Path
    """What relative paths in it start from."""

    def load(self) -> Settings:
        """Read it; raises ``ConfigError``."""
        return resolved(load_settings(self.path, os.environ, may_miss=True), self.folder)

    def mark(self) -> tuple[int, int, int]:
        """Something that changes when the file does."""
        try:
            status = self.path.stat()
        except OSError:
            return 0, 0, 0
        return status.st_mtime_ns, status.st_size, status.st_ino


class _Term:
    """One time of leading: its threads and what they hand each other."""

    def __init__(self, redis: Address, database: Address, name: str, current: CurrentSettings) -> None:
        self.handover = Handover()
        self.live = LiveLoop(redis, name, current, self.handover)
        self.fold = FoldLoop(redis, database, name, current, self.handover)
        self.webhooks = WebhookLoop(database, current)
        self._stops = (StopRequest(), StopRequest(), StopRequest())
        runs = {"live": self.live.run, "fold": self.fold.run, "webhooks": self.webhooks.run}
        self._threads = [
            threading.Thread(target=run, args=(stop,), name=name, daemon=True)
            for (name, run), stop in zip(runs.items(), self._stops, strict=True)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End in the order of the flow: what the live thread found is still written."""
        self._stops[-1].set()  # what is put down from now on is told by whoever leads next
        for request, thread in zip(self._stops, self._threads, strict=True):
            request.set()
            thread.join(JOIN_S)
            if thread.is_alive():
                log.error("the thread %s does not end within %g s; it is left behind", thread.name, JOIN_S)
            else:
                request.close()


class Aggregator:
    """The process's main loop."""

    def __init__(self, process: Process, config: ConfigFile, redis: Address, database: Address | None) -> None:
        """``database``: in place of what the config says."""
        self._process = process
        self._config = config
        self._mark = config.mark()
        settings = config.load()
        self._current = CurrentSettings(settings)
        self._redis = redis
        self._database = database or settings.database.url
        parse_url(self._database)  # an unusable address is told at once
        url = self._database.reveal()
        self._file = sqlite_file(url) if url.startswith("sqlite:") else ""
        self._identity = f"{process.name} {uuid4().hex}"
        self._term: _Term | None = None
        self._config_problem = ""
        self._leading_trouble = ""
        self._was_standing_by = False
        self.alive_ns = mono_ns()

    def run(self) -> None:
        """Lead or stand by until asked to stop."""
        store = Store(self._redis)
        try:
            while not self._process.stopping.is_set():
                self.alive_ns = mono_ns()
                self._look_at_config()
                self._lead_or_stand_by(store)
                self._process.stopping.wait(ROUND_S)
        finally:
            self._end_term()
            self._stop_leading(store)
            store.close()

    # Leadership

    def _lead_or_stand_by(self, store: Store) -> None:
        try:
            leads = store.lead(self._identity, LEAD_TTL_S)
        except StoreError as error:
            # Whoever leads goes on: both threads wait for Redis by themselves, and folding twice changes nothing.
            self._say_leading(str(error))
            return
        self._say_leading("")
        if leads and self._term is None:
            log.info("leads")
            self._term = _Term(self._redis, self._database, self._process.name, self._current)
            self._term.start()
        elif not leads and self._term is not None:
            log.warning("another aggregator leads now; this one stands by")
            self._end_term()
        elif not leads and not self._was_standing_by:
            log.info("another aggregator leads; this one stands by")
        self._was_standing_by = not leads

    def _end_term(self) -> None:
        term, self._term = self._term, None
        if term is not None:
            term.stop()

    def _stop_leading(self, store: Store) -> None:
        try:
            store.stop_leading(self._identity)
        except StoreError as error:
            log.warning("another aggregator can lead only in %g s: %s", LEAD_TTL_S, error)

    def _say_leading(self, wrong: str) -> None:
        if wrong and not self._leading_trouble:
            log.warning("%s", wrong)
        elif self._leading_trouble and not wrong:
            log.info("Redis answers again")
        self._leading_trouble = wrong

    # Settings

    def _look_at_config(self) -> None:
        mark = self._config.mark()
        if mark == self._mark:
            return
        self._mark = mark
        try:
            settings = self._config.load()
        except ConfigError as error:
            self._config_problem = str(error).splitlines()[0]
            log.error("the settings before stay in force: %s", error)
            return
        self._config_problem = ""
        self._current.replace(settings)
        log.info("the settings are read anew")

    # Heartbeat

    def heartbeat(self) -> AggregatorHeartbeat:
        """What the process says of itself now."""
        term = self._term
        figures = term.fold.figures if term is not None else FoldFigures()
        webhooks = term.webhooks.figures if term is not None else WebhookFigures()
        trouble = self._leading_trouble or (term.live.trouble if term is not None else "") or figures.redis
        return AggregatorHeartbeat(
            **dataclasses.asdict(self._process.vitals()),
            state="stopping" if self._process.stopping.is_set() else "running",
            trouble=trouble or self._config_problem or webhooks.trouble,
            leads=term is not None,
            events=figures.events,
            folded_per_s=figures.folded_per_s,
            waiting=figures.waiting,
            dead_letters=figures.dead_letters,
            webhooks_waiting=webhooks.waiting,
            webhooks_given_up=webhooks.given_up,
            database=figures.database,
            disk_free_mb=disk_free_mb(Path(self._file)) if self._file else None,
        )

    def alive(self) -> int:
        """When the slowest of the loops last went round, monotonic ns; folding may stand still for longer."""
        term = self._term
        if term is None:
            return self.alive_ns
        patience_ns = round(FOLD_MAY_STAND_S * NANOSECONDS)
        patient_ns = min(term.fold.figures.alive_ns, term.webhooks.figures.alive_ns)
        return min(self.alive_ns, term.live.alive_ns, patient_ns + patience_ns)


def run_aggregator(process: Process, config: ConfigFile, redis: Address | None, database: Address | None) -> None:
    """Run the aggregator until asked to stop; raises ``ConfigError`` for settings that cannot be used."""
    if redis is None:
        redis = config.load().redis.url
    if redis is None:
        raise ConfigError(f"{config.path} names no Redis; set redis.url, or say --redis URL")
    aggregator = Aggregator(process, config, redis, database)
    pulse = Pulse(redis, aggregator.heartbeat, aggregator.alive)
    pulse.start()
    stopped = False
    try:
        aggregator.run()
        stopped = True
    finally:
        pulse.stop(forget=stopped)
