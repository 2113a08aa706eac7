"""Begins a supervisor for a command: reads gym.toml, takes the lock, tells the terminal; ends with an exit code."""

import logging
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from core.addresses import sqlite_file
from core.durations import parse_duration
from core.errors import ConfigError, ExitCode, OutputError
from core.names import shown_name
from core.runtime import Process
from core.settings import Settings
from spotter.config_watch import Config, read_config
from spotter.console_child import ConsoleChild
from spotter.lineup import Plan
from spotter.places import Places, locked, network_file_system, places_of
from spotter.supervisor import Supervisor

log = logging.getLogger(__name__)

LONGEST_RUN_S = 366 * 86_400.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
"""Of a process: it is a part of keys in Redis and of the names of files."""


def checked_name(name: str) -> str:
    """The name of a process as it is; raises ``ConfigError`` for one that cannot be."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--name {name[:80]!r}: write letters, digits, and _ . : - only, at most 64")
    return name


def chosen_seconds(text: str | None) -> float | None:
    """A duration of the command line: ``90``, ``90s`` or ``2min``; raises ``ConfigError`` for what is none."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parse_duration(text)
        except ValueError as error:
            raise ConfigError(f"{text!r} {error}") from None
    if not 0 < seconds <= LONGEST_RUN_S:
        raise ConfigError(f"{text!r} must be more than nothing and at most {LONGEST_RUN_S / 86400:g} days, such as 90s")
    return seconds


def supervise(name: str, places: Places, config: Config, plan: Plan, *, console: bool = False) -> int:
    """Run a supervisor until it is asked to stop, or somebody leaves its console; the exit code is 130 after SIGINT."""
    with locked(places):
        process = Process(name, log_level=plan.log_level)
        code = process.run(lambda process: _body(process, places, config, plan, console))
    return code or (ExitCode.INTERRUPTED if process.stop_signal == signal.SIGINT else ExitCode.FINE)


def _body(process: Process, places: Places, config: Config, plan: Plan, console: bool) -> None:
    with ExitStack() as opened:
        supervisor = Supervisor(process, places, config, plan)
        warn_of_network_files(config.settings, plan)
        if console:
            child = ConsoleChild(_console_command(places, plan, supervisor), process.stop)
            opened.enter_context(_standard_error_to(places.logs / "supervisor.log"))
            child.start()
            opened.callback(child.stop)
        supervisor.run()


def _console_command(places: Places, plan: Plan, supervisor: Supervisor) -> list[str]:
    """A console on this terminal; passwords stay in gym.toml unless our own command line had them."""
    options = {"--config": str(places.config), "--data": str(places.data), "--parent": str(os.getpid())}
    redis = supervisor.redis.reveal()
    if plan.redis is not None or str(supervisor.redis) == redis:
        options["--redis"] = redis
    if plan.database is not None:
        options["--database"] = plan.database.reveal()
    line = [sys.executable, "-P", "-m", "spotter", "console", "--owns-gym"]
    for option, value in options.items():
        line += [option, value]
    return line


def warn_of_network_files(settings: Settings, plan: Plan) -> None:
    """SQLite on a network file system loses its locks, and data with them."""
    address = (plan.database or settings.database.url).reveal()
    if "aggregator" not in plan.roles or not address.startswith("sqlite:///"):
        return
    file = Path(sqlite_file(address))
    if kind := network_file_system(file):
        log.warning(
            "%s lies on a network file system (%s), where SQLite may lose data: put it on a local disk",
            shown_name(file),
            kind,
        )


@contextmanager
def _standard_error_to(file: Path) -> Iterator[None]:
    """Keep log lines off a terminal that a picture is drawn on."""
    try:
        target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise OutputError(f"{shown_name(file)}: cannot be written ({error.strerror})") from None
    sys.stderr.flush()
    terminal = os.dup(2)
    os.dup2(target, 2)
    os.close(target)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)


def become(module: str, options: Mapping[str, str | None]) -> NoReturn:
    """Become a process of the system instead of this command; does not return."""
    line = [sys.executable, "-P", "-m", module]
    for option, value in options.items():
        if value is not None:
            line += [option, value]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, line)


def places_and_config(config: Path, kind: str, data: Path | None, *, may_miss: bool = False) -> tuple[Places, Config]:
    """Read gym.toml first, so that nothing is made for one that is wrong; ``may_miss`` as in ``load_settings``."""
    read = read_config(config, os.environ, may_miss=may_miss)
    return places_of(config, kind, data), read
