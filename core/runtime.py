"""What every process does the same way: signals, logging, title, faulthandler, heartbeat and exit.

The only file that installs signal handlers or configures logging for a long-running process.
"""

import faulthandler
import logging
import os
import secrets
import select
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Protocol

import psutil
from setproctitle import setproctitle

from core.clock import NANOSECONDS, mono_ns, utc_ns
from core.errors import ConfigError, SpotterError, StoreError
from core.messages import AnyHeartbeat
from core.secrets import Address, without_secrets
from core.store import Store

log = logging.getLogger(__name__)

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
BUG = 1
"""Exit code of a bug."""
BEAT_EVERY_S = 1.0
BOOT_VARIABLE = "SPOTTER_BOOT"
"""Environment in which a supervisor tells a child the name of its run; the child takes it out for its own children."""
STALE_AFTER_S = 6.0
"""A heartbeat that is older is that of a dead or hung process: some beats may be late, and none for so long."""
PARENT_WATCH_S = 0.5
ORPHAN_ENDS_WITHIN_S = 5.0
OUR_LOGGERS = ("core", "ingest", "workers", "aggregator", "spotter", "tui", "__main__")
_PLAIN = {code: "?" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}


class Stopping(Protocol):
    """Whether the process was asked to stop."""

    def is_set(self) -> bool:
        """True once it was."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait at most so long; True once it was."""
        ...


class StopRequest:
    """A ``Stopping`` that a signal handler may set: a lock would hang if the handler came while it was held."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        self._set = False

    def set(self) -> None:
        """Ask to stop; wakes everybody who waits."""
        if not self._set:
            self._set = True
            os.write(self._writing, b"s")

    def is_set(self) -> bool:
        """True once it was asked."""
        return self._set

    def wait(self, timeout: float) -> bool:
        """Wait at most so many seconds; True once it was asked."""
        if not self._set and timeout > 0:
            # The byte is never read, so that it wakes every thread that waits, now and later.
            waiting = select.poll()
            waiting.register(self._reading, select.POLLIN)
            waiting.poll(timeout * 1000)
        return self._set

    def close(self) -> None:
        """Give the pipe back; only where a process has several of these, and after the last wait."""
        os.close(self._reading)
        os.close(self._writing)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What every heartbeat says of its process."""

    sender: str
    pid: int
    host: str
    started_utc_ns: int
    beat_utc_ns: int
    version: str
    rss_mb: float
    cpu_share: float
    boot: str = ""


class Process:
    """One long-running process: made first thing in its entry file.

    Sets title and logging, installs SIGINT and SIGTERM (the first asks to stop, the second kills), and watches that the
    parent lives where there is one (``--parent PID``): an orphan stops by itself, or is ended if it hangs.
    """

    def __init__(self, name: str, *, parent_pid: int | None = None, log_level: str = "INFO") -> None:
        self.name = name
        self.boot = os.environ.pop(BOOT_VARIABLE, "") or new_boot()
        """Names this run of the process."""
        self.stop_signal = 0
        """The signal that asked to stop; 0 for none."""
        self._stopping = StopRequest()
        self._thread_failed = False
        self._started_utc_ns = utc_ns()
        self._host = socket.gethostname()
        self._version = _version()
        self._figures = psutil.Process()
        self._figures.cpu_percent()
        # First of all, because the command line that the title replaces may hold an address with a password.
        setproctitle(f"spotter {name}")
        set_up_logging(name, log_level)
        _enable_faulthandler()
        threading.excepthook = self._thread_raised
        self._install_signals()
        if parent_pid is not None:
            watch = threading.Thread(target=self._watch_parent, args=(parent_pid,), name="parent", daemon=True)
            watch.start()

    @property
    def stopping(self) -> Stopping:
        """Asked by every loop."""
        return self._stopping

    def stop(self) -> None:
        """Ask the process to stop, as a signal does."""
        self._stopping.set()

    def vitals(self) -> Vitals:
        """Newest figures of this process."""
        return Vitals(
            sender=self.name,
            pid=os.getpid(),
            host=self._host,
            started_utc_ns=self._started_utc_ns,
            beat_utc_ns=utc_ns(),
            version=self._version,
            rss_mb=round(self._figures.memory_info().rss / 1e6, 1),
            cpu_share=round(self._figures.cpu_percent() / 100, 3),
            boot=self.boot,
        )

    def run(self, body: Callable[["Process"], int | None]) -> int:
        """Run to the end; a ``SpotterError`` becomes one line and its exit code, anything else a logged bug and 1."""
        try:
            code = body(self) or 0
        except SpotterError as error:
            log.error("%s", error)
            code = int(error.exit_code)
        except Exception:
            log.critical("this is a bug in Spotter", exc_info=True)
            code = BUG
        logging.shutdown()
        return code or (BUG if self._thread_failed else 0)

    def _install_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked)
        # A program under nohup is to outlive its terminal.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._asked)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.stop_signal = number
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        self._stopping.set()

    def _thread_raised(self, raised: threading.ExceptHookArgs) -> None:
        """A thread that died would not be missed: the whole process ends instead, and is started anew."""
        if raised.exc_type is SystemExit or raised.exc_value is None:
            return
        name = raised.thread.name if raised.thread else "?"
        log.critical("this is a bug in Spotter: thread %s died", name, exc_info=raised.exc_value)
        self._thread_failed = True
        self._stopping.set()

    def _watch_parent(self, parent_pid: int) -> None:
        while os.getppid() == parent_pid:
            if self._stopping.wait(PARENT_WATCH_S):
                # The wait returns at once from now on, and the parent may die while this process stops.
                time.sleep(PARENT_WATCH_S)
        log.warning("the parent process %d is gone: stopping", parent_pid)
        self._stopping.set()
        time.sleep(ORPHAN_ENDS_WITHIN_S)
        log.error("still here %g s after the parent process went: ending", ORPHAN_ENDS_WITHIN_S)
        os._exit(BUG)


class Pulse:
    """Writes a heartbeat each second from a thread of its own.

    ``make`` is asked for the newest heartbeat in that thread; ``alive`` is the time (monotonic, ns) at which the main
    loop last went round: when it stands still for ``stuck_s`` the pulse stops too, so that a hung process looks dead.
    A Redis that does not answer is tried again each second, and logged once each way.
    """

    def __init__(
        self, address: Address, make: Callable[[], AnyHeartbeat], alive: Callable[[], int], stuck_s: float = 5.0
    ) -> None:
        self._store = Store(address)
        self._make = make
        self._alive = alive
        self._stuck_ns = int(stuck_s * NANOSECONDS)
        self._ending = threading.Event()
        self._forget = False
        self._sender: str | None = None
        self._trouble = ""
        self._stuck = False
        self._thread = threading.Thread(target=self._beat_on, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin; the first heartbeat is written at once."""
        self._thread.start()

    def stop(self, *, forget: bool) -> None:
        """End; with ``forget`` the heartbeat is removed, as after a stop on purpose."""
        self._forget = forget
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(3.0)

    def _beat_on(self) -> None:
        try:
            while True:
                self._beat()
                if self._ending.wait(BEAT_EVERY_S):
                    break
            if self._forget and self._sender is not None:
                self._store.forget_process(self._sender)
        except StoreError as error:
            log.warning("the heartbeat is left behind: %s", error)
        finally:
            self._store.close()

    def _beat(self) -> None:
        if self._stands_still():
            return
        heartbeat = self._make()
        try:
            self._store.beat(heartbeat)
            self._sender = heartbeat.sender
            trouble = ""
        except StoreError as error:
            trouble = str(error)
        if bool(trouble) != bool(self._trouble):
            if trouble:
                log.warning("no heartbeat can be written: %s", trouble)
            else:
                log.info("heartbeats are written again")
        self._trouble = trouble

    def _stands_still(self) -> bool:
        still_ns = mono_ns() - self._alive()
        stuck = still_ns > self._stuck_ns
        if stuck and not self._stuck:
            log.error("the main loop stands still for %.1f s: the heartbeat stops", still_ns / NANOSECONDS)
        elif self._stuck and not stuck:
            log.info("the main loop goes on")
        self._stuck = stuck
        return stuck


def new_boot() -> str:
    """A name for one run of a process that nobody else has."""
    return secrets.token_hex(6)


def disk_free_mb(place: Path) -> float | None:
    """Room for this user on the disk of a file or folder, which need not exist yet; None if it cannot be told."""
    for known in (place, *place.absolute().parents):
        try:
            return round(shutil.disk_usage(known).free / 1e6, 1)
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def set_up_logging(name: str, level: str) -> None:
    """Log to standard error, one line a message, under the name of the process; raises ``ConfigError``."""
    if level.upper() not in LOG_LEVELS:
        raise ConfigError(f"--log-level {level}: write one of {', '.join(LOG_LEVELS)}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogLines(name))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for ours in OUR_LOGGERS:
        logging.getLogger(ours).setLevel(level.upper())
    logging.captureWarnings(True)
    # A reader of the log that went away must not be answered by more output.
    logging.raiseExceptions = False


class LogLines(logging.Formatter):
    """``2026-07-01T08:30:00.125Z INFO worker:1 text``, without secrets; further lines are indented.

    What comes from outside cannot forge a line or steer a terminal.
    """

    def __init__(self, name: str) -> None:
        super().__init__("%(message)s")
        self._name = name

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = without_secrets(super().format(record)).translate(_PLAIN).replace("\n", "\n    ")
        return f"{at} {record.levelname} {self._name} {text}"


def _enable_faulthandler() -> None:
    """Show where every thread is when the process crashes, or when somebody asks with SIGUSR1."""
    if sys.stderr is not None and sys.stderr.fileno() >= 0:
        faulthandler.enable()
        faulthandler.register(signal.SIGUSR1, all_threads=True)


def _version() -> str:
    try:
        return metadata.version("spotter")
    except metadata.PackageNotFoundError:
        return "unknown"
