"""Wires the console to the rest: Redis, the database, gym.toml, the user's folders; and runs it on this terminal."""

import asyncio
import gc
import getpass
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace
from setproctitle import setproctitle

from aggregator.queries import Past
from core.clock import SteadyUtc, mono_ns, utc_ns
from core.config_file import resolved
from core.errors import ConfigError, ExitCode, OutputError
from core.names import shown_name
from core.runtime import BUG, LogLines
from core.secrets import Address, without_secrets
from core.settings import Settings
from spotter.config_watch import Config, ConfigWatch, read_config
from spotter.console_editor import FileEditor
from spotter.places import Places, places_of
from spotter.staff_actions import StreamActions
from tui import memory
from tui.app import ConsoleApp
from tui.feed import Feed
from tui.ports import Ports

log = logging.getLogger(__name__)

PARENT_WATCH_S = 0.5
TERMINAL_LOOK_S = 1.0
LEAVE_WITHIN_S = 3.0
"""Closing connections and threads; past that something waits for a terminal that is not there."""
SETTLED_AFTER_S = 2.0
"""The first screen is drawn by then."""
OUR_LOGGERS = ("core", "spotter", "tui", "aggregator")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says."""

    config: Path
    redis: Address | None = None
    database: Address | None = None
    data: Path | None = None
    read_only: bool = False
    ascii: bool = False
    owns_gym: bool = False
    """Leaving the console stops the gym."""
    parent_pid: int | None = None


class GymFile:
    """gym.toml as the console follows it: what is wrong with it is told, a missing one is an empty gym."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._settings = Settings()
        config = Config("", self._settings, may_miss=True)
        self.problem = ""
        if file.exists():
            try:
                config = read_config(file, os.environ, may_miss=True)
            except ConfigError as error:
                self.problem = str(error)
        self._settings = config.settings
        self._watch = ConfigWatch(file, os.environ, config)

    def look(self) -> tuple[Settings, str]:
        """The last valid settings, and what is wrong with the file since."""
        config = self._watch.look()
        if config is not None:
            self._settings, self.problem = config.settings, ""
        elif self._watch.problem:
            self.problem = self._watch.problem
        return self._settings, without_secrets(self.problem) if self._file.exists() else ""


def run_console(wanted: Wanted) -> int:
    """Show the console until somebody leaves it; gives an exit code. Raises ``ConfigError`` without a terminal."""
    _need_terminal()
    setproctitle("spotter console")
    gym = GymFile(wanted.config)
    settings, _ = gym.look()
    places = places_of(wanted.config, "run", wanted.data)
    _log_to(places.logs / "console.log")
    redis = wanted.redis or settings.redis.url or Address(f"unix://{places.redis_socket}")
    clock = steady_clock()
    ports = _ports(wanted, places, gym, redis, clock)
    file = memory.memory_file()
    app = ConsoleApp(ports, memory.load(file), file)
    try:
        with TerminalWatch():
            code = asyncio.run(_run(app, wanted.parent_pid))
    finally:
        if ports.history is not None:
            ports.history.close()
        if isinstance(ports.staff, StreamActions):
            ports.staff.close()
    return code


def steady_clock() -> Callable[[], int]:
    """UTC that does not jump when somebody sets the clock; for one thread at a time."""
    steady, lock = SteadyUtc(mono_ns(), utc_ns()), threading.Lock()

    def now() -> int:
        with lock:
            return steady.update(mono_ns(), utc_ns())

    return now


def _ports(wanted: Wanted, places: Places, gym: GymFile, redis: Address, clock: Callable[[], int]) -> Ports:
    settings, _ = gym.look()
    return Ports(
        feed=Feed(redis, gym, clock),
        clock=clock,
        history=_past(wanted, settings, places),
        staff=StreamActions(redis, clock),
        editor=FileEditor(wanted.config),
        user=_user(),
        read_only=wanted.read_only,
        ascii=wanted.ascii or not _draws_unicode(),
        config=shown_name(wanted.config),
        stops_gym=wanted.owns_gym,
    )


def _past(wanted: Wanted, settings: Settings, places: Places) -> Past:
    """The database of this gym; raises ``ConfigError`` for an address that cannot be used."""
    return Past(wanted.database or resolved(replace(settings, camera=()), places.folder).database.url)


class TerminalWatch:
    """Ends the process when its terminal is gone, as when a connection broke: whoever draws then waits for ever."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="terminal", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(TERMINAL_LOOK_S)

    def _look_on(self) -> None:
        while not self._ending.wait(TERMINAL_LOOK_S):
            if not os.isatty(0):
                log.warning("the terminal is gone: leaving")
                if not self._ending.wait(LEAVE_WITHIN_S):
                    # Nothing is lost: a console only reads, and what staff did was told when they did it.
                    os._exit(int(ExitCode.FINE))
                return


async def _run(app: ConsoleApp, parent_pid: int | None) -> int:
    loop = asyncio.get_running_loop()
    # Textual gives the terminal back when it is asked to end, and not when a signal kills it.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.exit, int(ExitCode.FINE))
    loop.call_later(SETTLED_AFTER_S, _spare_what_stays)
    watch = asyncio.create_task(_watch_parent(app, parent_pid)) if parent_pid is not None else None
    try:
        code = await app.run_async()
    finally:
        if watch is not None:
            watch.cancel()
    return BUG if app.return_code else code or ExitCode.FINE


def _spare_what_stays() -> None:
    """Leave modules, styles and the first screen out of what Python looks through for garbage from now on.

    They stay until the end anyway, and looking through them takes a tenth of a second in which no key is answered.
    """
    gc.collect()
    gc.freeze()


async def _watch_parent(app: ConsoleApp, parent_pid: int) -> None:
    """A console whose gym is gone has nothing to own."""
    while os.getppid() == parent_pid:
        await asyncio.sleep(PARENT_WATCH_S)
    log.warning("the parent process %d is gone: leaving", parent_pid)
    app.exit(int(ExitCode.FINE))


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("spotter console needs a terminal: start it in one, or use `spotter run --headless`")
    if not sys.stderr.isatty():
        # Textual draws on standard error.
        os.dup2(sys.stdout.fileno(), 2)
    for fixed in ("COLUMNS", "LINES"):
        # Textual believes these before the terminal, and would then never see a resize.
        os.environ.pop(fixed, None)


def _log_to(file: Path) -> None:
    """Log lines would tear the screen."""
    try:
        handler = logging.FileHandler(file, encoding="utf-8", delay=True)
        file.touch(mode=0o600)
    except OSError as error:
        raise OutputError(
            f"{shown_name(file)}: cannot be written ({error.strerror}); name a folder with --data"
        ) from None
    handler.setFormatter(LogLines("console"))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for ours in OUR_LOGGERS:
        logging.getLogger(ours).setLevel(logging.INFO)
    logging.captureWarnings(True)


def _draws_unicode() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _user() -> str:
    """Who is recorded as the one who did something."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "staff"
