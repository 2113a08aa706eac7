"""Which checks are made, and in which order; makes none itself."""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.clock import utc_datetime, utc_ns
from core.config_file import load_settings, resolved
from core.errors import ConfigError, StoreError
from core.secrets import Address
from core.settings import Settings
from core.store import Store
from spotter.doctor import cameras, machine, services
from spotter.doctor.finding import Finding, ok, problem, warning
from spotter.places import DATA_FOLDER, places_of
from spotter.redis_server import server_address

GYM_TOML = "gym.toml"
LOOK_AGAIN_S = 1.5
"""Processes beat each second: those that live have beaten between two looks."""
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    config: Path | None
    """gym.toml; None if none was named and none is here."""
    redis: Address | None = None
    database: Address | None = None
    open_cameras: bool = False


def read_config(config: Path | None) -> tuple[Settings, Finding]:
    """The settings, with absolute paths, and what is wrong with them; the defaults where they cannot be read."""
    if config is None:
        said = "there is no gym.toml here, so no camera is known"
        return Settings(), warning("config", said, "name one with -c, or begin one with spotter camera add")
    try:
        settings = resolved(load_settings(config, os.environ), config.absolute().parent)
    except ConfigError as error:
        first, *more = str(error).splitlines()
        said = f"{first} (and {len(more)} more problems)" if more else first
        return Settings(), problem("config", said, "see all with spotter config check", error.exit_code)
    count = len(settings.camera)
    return settings, ok("config", f"{config}, {count} {'camera' if count == 1 else 'cameras'}")


def examine(patient: Patient, tell: Callable[[Finding], None]) -> list[Finding]:
    """Make all checks and tell each finding as it is found."""
    settings, finding = read_config(patient.config)
    found = [finding]
    tell(finding)
    for check in _checks(patient, settings):
        for each in check():
            found.append(each)
            tell(each)
    return found


Check = Callable[[], Iterable[Finding]]


def _checks(patient: Patient, settings: Settings) -> list[Check]:
    redis = patient.redis or settings.redis.url or running_redis(patient.config)
    database = patient.database or settings.database.url
    checks: list[Check] = [
        lambda: _machine(settings),
        lambda: _libraries(settings),
        lambda: _folders(patient.config),
        lambda: services.check_redis(redis) if redis else [services.check_own_redis()],
        lambda: _clocks(redis),
        lambda: services.check_database(database),
        lambda: [cameras.check_keys(settings.transport)],
    ]
    if patient.config is not None:
        checks.append(
            lambda: cameras.open_cameras(settings) if patient.open_cameras else cameras.look_at_cameras(settings)
        )
    return checks


def data_folder(config: Path | None) -> Path:
    """Where ``spotter run`` keeps what it needs, by the rule of ``spotter.places``; makes nothing."""
    beside = Path.cwd() if config is None else config.absolute().parent
    there = next((folder for folder in (beside, Path.cwd()) if os.access(folder, os.W_OK)), beside)
    return there / DATA_FOLDER


def running_redis(config: Path | None) -> Address | None:
    """The Redis that a ``spotter run`` with this gym.toml has started; None if none runs."""
    folder = data_folder(config)
    if not folder.is_dir():
        return None
    socket = places_of(config or Path(GYM_TOML), data=folder).redis_socket
    return server_address(socket) if socket.is_socket() else None


def _machine(settings: Settings) -> Iterable[Finding]:
    memory = psutil.virtual_memory()
    cores = machine.usable_cores()
    yield machine.check_python(sys.version_info[:3])
    yield machine.check_cores(cores, settings)
    yield machine.check_memory(memory.total // MEGABYTE, memory.available // MEGABYTE, cores, settings)
    yield machine.check_open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0], len(settings.camera))


def _libraries(settings: Settings) -> Iterable[Finding]:
    yield machine.check_opencv(machine.opencv_distributions())
    yield machine.check_weights(settings.workers.model)
    if settings.workers.detector != "blazepose":
        yield machine.check_detector(settings.workers.detector)
    yield from machine.check_files_named(settings)


def _folders(config: Path | None) -> Iterable[Finding]:
    folder = data_folder(config)
    yield machine.check_writable("data", folder)
    yield machine.check_disk("disk", folder)
    yield machine.check_socket_folder(os.environ.get("XDG_RUNTIME_DIR", ""))


def _clocks(redis: Address | None) -> Iterable[Finding]:
    yield machine.check_year(utc_datetime(utc_ns()).year)
    if redis is None:
        return
    try:
        with closing(Store(redis)) as store:
            before = store.processes()
            if not before:
                return
            time.sleep(LOOK_AGAIN_S)
            after, now_ns = store.processes(), utc_ns()
    except (StoreError, ConfigError):
        # Told by the check of Redis already.
        return
    yield services.judge_clocks(services.clock_differences(before, after, now_ns, 1.0))


def examine_process(name: str, redis: Address, max_age_s: float) -> Finding:
    """Whether one process lives, by its heartbeat; for health checks, so nothing else is looked at."""
    try:
        with closing(Store(redis)) as store:
            return services.check_heartbeat(name, store.processes(), utc_ns(), max_age_s)
    except (StoreError, ConfigError) as error:
        return problem(name, str(error), "", error.exit_code)
