"""Which processes run on one machine, and the command line of each; starts none."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.clock import NANOSECONDS, mono_ns
from core.errors import ConfigError
from core.secrets import Address
from core.settings import Camera, Settings
from spotter.child import ChildSpec, Stage
from spotter.places import Places
from spotter.redis_server import server_address

Role = Literal["redis", "ingest", "workers", "aggregator"]
FIRST_FRAME_AFTER_S = 3.0
"""All cameras of a rehearsal begin together, when every process has had time to start."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one supervisor runs."""

    roles: frozenset[Role]
    cameras: frozenset[str] | None = None
    """Only these; None: all that are enabled."""
    worker_names: Callable[[int], str] = field(default=lambda number: f"worker:{number}")
    worker_count: int = 0
    """0: as gym.toml says."""
    redis: Address | None = None
    """Instead of the one in gym.toml."""
    database: Address | None = None
    """Instead of the one in gym.toml."""
    log_level: str = "INFO"
    logs_to_files: bool = False
    stop_after_s: float | None = None
    first_frame_mono_ns: int | None = None
    """When the cameras of a drawn gym begin together, by the monotonic clock; None: soon after the start."""
    python: tuple[str, ...] = (sys.executable, "-P", "-m")
    """What starts a module; -P: a file in the working directory must not stand in for one."""


class Lineup:
    """The processes that a plan and the settings ask for; Redis stays where it is at the start."""

    def __init__(self, places: Places, plan: Plan, settings: Settings) -> None:
        self._places = places
        self._plan = plan
        self._first_frame_ns = plan.first_frame_mono_ns or mono_ns() + int(FIRST_FRAME_AFTER_S * NANOSECONDS)
        named = plan.redis or settings.redis.url
        self.has_own_redis = named is None
        """Whether a Redis is to be started here."""
        if named is None and "redis" not in plan.roles:
            raise ConfigError(
                f"spotter {places.kind} needs the Redis of the other machines: name it with --redis URL, or under "
                "[redis] in gym.toml"
            )
        self.redis = named or server_address(places.redis_socket)
        """Where Redis is, or will be."""

    def specs(self, settings: Settings) -> list[ChildSpec]:
        """What should run, besides Redis; the aggregator first, because it creates what the others fill."""
        roles = self._plan.roles
        specs = [self._aggregator(settings)] if "aggregator" in roles else []
        if "workers" in roles:
            specs += [self._worker(number, settings) for number in range(1, self._worker_count(settings) + 1)]
        if "ingest" in roles:
            specs += [self._ingest(camera, settings) for camera in settings.camera if self._wanted(camera)]
        return specs

    def log_file(self, name: str) -> Path | None:
        """Where a child writes its log; None: to standard error."""
        return self._places.logs / f"{name.replace(':', '-')}.log" if self._plan.logs_to_files else None

    def _wanted(self, camera: Camera) -> bool:
        return camera.enabled and (self._plan.cameras is None or camera.id in self._plan.cameras)

    def _worker_count(self, settings: Settings) -> int:
        from spotter.doctor.machine import usable_cores, worker_count

        return self._plan.worker_count or worker_count(usable_cores(), settings)

    def _ingest(self, camera: Camera, settings: Settings) -> ChildSpec:
        options = {
            "--camera": camera.id,
            "--socket-folder": str(self._places.sockets),
            "--start-mono-ns": str(self._first_frame_ns),
        }
        return self._spec(f"ingest:{camera.id}", Stage.INGEST, "ingest", options, settings)

    def _worker(self, number: int, settings: Settings) -> ChildSpec:
        name = self._plan.worker_names(number)
        return self._spec(name, Stage.WORKER, "workers", {"--name": name, "--spool": str(self._places.spool)}, settings)

    def _aggregator(self, settings: Settings) -> ChildSpec:
        options = self._shown("--database", self._plan.database, settings.database.url)
        return self._spec("aggregator", Stage.AGGREGATOR, "aggregator", options, settings)

    def _spec(self, name: str, stage: Stage, module: str, options: Mapping[str, str], settings: Settings) -> ChildSpec:
        all_options = {
            "--config": str(self._places.running_config),
            "--config-folder": str(self._places.folder),
            **self._shown("--redis", self._plan.redis or self._own_redis(), settings.redis.url),
            "--parent": str(os.getpid()),
            "--log-level": self._plan.log_level,
            **options,
        }
        line = [*self._plan.python, module]
        for option, value in all_options.items():
            line += [option, value]
        return ChildSpec(name, stage, line, log_file=self.log_file(name))

    def _own_redis(self) -> Address | None:
        return self.redis if self.has_own_redis else None

    @staticmethod
    def _shown(option: str, named: Address | None, configured: Address | None) -> dict[str, str]:
        """An address for a command line, which everybody on this machine may read.

        One with a password stays in the config, unless it was given on our own command line.
        """
        if named is not None:
            return {option: named.reveal()}
        if configured is None or str(configured) != configured.reveal():
            return {}
        return {option: configured.reveal()}
