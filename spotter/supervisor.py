"""Starts the processes of one machine, keeps them running, follows gym.toml, and stops them in order.

Reads heartbeats and settings, never frames or events. One thread does everything; whatever it waits for has a time-out.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from core.clock import mono_ns, utc_ns
from core.config_changes import Changes, diff
from core.errors import OutputError, StoreError
from core.messages import AnyHeartbeat, SupervisorHeartbeat
from core.runtime import Process, Pulse
from core.secrets import without_secrets
from core.store import Store
from spotter import redis_server
from spotter.child import Child, ChildSpec, Stage, stop_all
from spotter.config_watch import Config, ConfigWatch, write_running
from spotter.health import HeartbeatWatch, ResultsWatch
from spotter.lineup import Lineup, Plan
from spotter.log_files import keep_small
from spotter.places import Places

log = logging.getLogger(__name__)

ROUND_S = 0.1
CONFIG_EVERY_S = 0.3
"""An edit is believed when it was seen twice, and in force well within two seconds."""
HEALTH_EVERY_S = 1.0
LOGS_EVERY_S = 5.0
"""Between two looks at the sizes of the logs."""
READY_WITHIN_S = 30.0
HOPELESS_AFTER_S = 120.0
"""A child without a first heartbeat for so long hangs in its start."""
AWAY_AFTER_S = 3.0
"""A round that took longer means that this process, or the machine, slept."""
STOP_WITHIN_S = {Stage.INGEST: 1.0, Stage.WORKER: 1.5, Stage.AGGREGATOR: 1.3, Stage.REDIS: 0.8}
"""Together under five seconds."""

ONLY_SHOWN = frozenset({"name", "floor", "floor_size", "zone"})
"""Options of a camera that its ingest process does not use."""


class Supervisor:
    """The children of one machine."""

    def __init__(self, process: Process, places: Places, config: Config, plan: Plan) -> None:
        self._process = process
        self._places = places
        self._config = config
        self._plan = plan
        self._children: dict[str, Child] = {}
        self._watch = ConfigWatch(places.config, os.environ, config)
        self._beats = HeartbeatWatch()
        self._results = ResultsWatch()
        self._loaded_utc_ns = utc_ns()
        self._unwritten = False
        """Whether there is a valid edit that cannot be put in force."""
        self._round_ns = mono_ns()
        self._unready: set[str] = set()
        self._started_s = time.monotonic()
        self._forgiven_s = 0.0
        self._trouble = ""
        self._rivals = ""
        """Other processes with the names of children, in words."""
        self._ready_told = False
        self._unready_told = False
        self._removed: list[str] = []
        self._lineup = Lineup(places, plan, config.settings)
        self.redis = self._lineup.redis
        """Where Redis is, or will be."""
        self._store = Store(self.redis)

    def run(self) -> None:
        """Start everything, keep it running until the process is asked to stop, and stop everything."""
        pulse = Pulse(self.redis, self._heartbeat, lambda: self._round_ns)
        try:
            write_running(self._config, self._places.running_config)
            self._start_redis()
            pulse.start()
            self._start_others()
            self._supervise()
        finally:
            self._stop(pulse)

    # Start and stop

    def _start_redis(self) -> None:
        if not self._lineup.has_own_redis:
            return
        places = self._places
        redis_server.end_orphan(places.redis, places.redis_socket)
        command = redis_server.server_command(redis_server.find_redis_server(), places.redis, places.redis_socket)
        log_file = self._lineup.log_file("redis")
        # Whoever shuts it down, such as another service's script, leaves everybody else without it.
        child = self._add(ChildSpec("redis", Stage.REDIS, command, beats=False, may_end=False, log_file=log_file))
        if child.process is not None:
            redis_server.wait_until_ready(self.redis, child.process, stopped=self._process.stopping.is_set)

    def _start_others(self) -> None:
        specs = self._lineup.specs(self._config.settings)
        if "ingest" in self._plan.roles and not any(spec.stage == Stage.INGEST for spec in specs):
            log.warning("no camera is enabled: add one with spotter camera add, or enable one in gym.toml")
        for spec in specs:
            if self._process.stopping.is_set():
                return
            self._add(spec)
            self._unready.add(spec.name)

    def _add(self, spec: ChildSpec) -> Child:
        child = Child(spec)
        self._children[spec.name] = child
        child.start(time.monotonic())
        return child

    def _stop(self, pulse: Pulse) -> None:
        log.info("stopping %d processes", sum(child.process is not None for child in self._children.values()))
        ordinary = [child for child in self._children.values() if child.spec.stage != Stage.REDIS]
        killed = stop_all(ordinary, STOP_WITHIN_S)
        with suppress(StoreError):
            for name in killed:
                self._store.forget_process(name)
        pulse.stop(forget=True)
        self._store.close()
        stop_all([child for child in self._children.values() if child.spec.stage == Stage.REDIS], STOP_WITHIN_S)
        log.info("stopped")

    # Every round

    def _supervise(self) -> None:
        ends_s = None if self._plan.stop_after_s is None else time.monotonic() + self._plan.stop_after_s
        next_look_s = next_health_s = next_logs_s = last_s = time.monotonic()
        while not self._process.stopping.wait(ROUND_S):
            now_s = time.monotonic()
            self._round_ns = mono_ns()
            if now_s - last_s > AWAY_AFTER_S:
                self._forgive(now_s)
            last_s = now_s
            for child in list(self._children.values()):
                child.poll(now_s)
            self._drop_retired()
            if now_s >= next_look_s:
                next_look_s = now_s + CONFIG_EVERY_S
                self._follow_config(now_s)
            if now_s >= next_logs_s and self._plan.logs_to_files:
                next_logs_s = now_s + LOGS_EVERY_S
                keep_small(self._places.logs)
            if now_s >= next_health_s:
                next_health_s = now_s + HEALTH_EVERY_S
                self._judge_health(now_s)
            if ends_s is not None and now_s >= ends_s:
                return

    def _drop_retired(self) -> None:
        """Forget children that were retired while the others run on."""
        for name in [name for name in self._removed if self._children[name].process is None]:
            self._removed.remove(name)
            del self._children[name]
            self._unready.discard(name)
            with suppress(StoreError):
                self._store.forget_process(name)

    def _forgive(self, now_s: float) -> None:
        self._forgiven_s = now_s
        self._beats.forgive(now_s)
        self._results.forgive()

    # Health

    def _judge_health(self, now_s: float) -> None:
        try:
            processes = self._store.processes()
        except StoreError as error:
            if not self._trouble:
                log.error("%s", error)
            self._trouble = str(error)
            self._forgive(now_s)
            return
        if self._trouble:
            log.info("Redis answers again")
            self._trouble = ""
        # What others of the same names left in Redis is not ours to judge: heartbeats count by boot.
        self._beats.look(processes, now_s)
        if self._beats.is_mute(self._process.boot, now_s):
            # Redis answers and takes nothing, because its memory or its disk is full: no process is to blame.
            self._forgive(now_s)
        behind = self._results.look(processes, self._config.settings.alerts.results_behind, now_s)
        rivals: list[str] = []
        for child in self._children.values():
            if child.pid is not None and child.spec.beats and not child.is_ending:
                self._judge_child(child, processes.get(child.name), behind.get(child.boot, ""), now_s, rivals)
        self._tell_rivals(rivals)
        self._tell_ready(now_s)

    def _judge_child(
        self, child: Child, newest: AnyHeartbeat | None, behind: str, now_s: float, rivals: list[str]
    ) -> None:
        rival = newest is not None and newest.boot != child.boot and not self._beats.is_mute(newest.boot, now_s)
        silent_s = now_s - max(child.started_s, self._forgiven_s)
        why = ""
        if self._beats.is_stale(child.boot, now_s):
            why = "its heartbeat stopped"
        elif not self._beats.has_beaten(child.boot) and silent_s > HOPELESS_AFTER_S:
            why = f"no heartbeat came for {HOPELESS_AFTER_S:.0f} s after its start"
        if why and rival and newest is not None:
            rivals.append(f"{child.name} on {newest.host}")
        elif why:
            child.condemn(why, now_s)
        elif self._beats.has_beaten(child.boot):
            self._unready.discard(child.name)
            if behind:
                child.condemn(behind, now_s)
                self._results.forgive()

    def _tell_rivals(self, rivals: Sequence[str]) -> None:
        """Heartbeats that others of the same names replace are no failure, and starting anew would not help."""
        told = (
            f"other processes have the names of these here: {', '.join(rivals)}; name them otherwise" if rivals else ""
        )
        if told and told != self._rivals:
            log.error("%s", told)
        self._rivals = told

    def _tell_ready(self, now_s: float) -> None:
        """Say once that all processes live, or which do not."""
        took_s = now_s - self._started_s
        if not self._ready_told and not self._unready:
            self._ready_told = True
            log.info("all %d processes are ready after %.1f s", len(self._children), took_s)
        elif self._unready and took_s > READY_WITHIN_S and not self._unready_told:
            self._unready_told = True
            log.warning("no heartbeat yet after %.0f s from %s", took_s, ", ".join(sorted(self._unready)))

    def _heartbeat(self) -> SupervisorHeartbeat:
        children = list(self._children.values())
        failed = [child.name for child in children if child.state == "failed"]
        vitals = self._process.vitals()
        return SupervisorHeartbeat(
            sender=vitals.sender,
            pid=vitals.pid,
            host=vitals.host,
            started_utc_ns=vitals.started_utc_ns,
            beat_utc_ns=vitals.beat_utc_ns,
            version=vitals.version,
            rss_mb=vitals.rss_mb,
            cpu_share=vitals.cpu_share,
            state="stopping" if self._process.stopping.is_set() else "running",
            boot=vitals.boot,
            trouble=f"given up for now: {', '.join(failed)}" if failed else self._rivals,
            children={child.name: child.state for child in children},
            restarts={child.name: child.restarts.count for child in children if child.restarts.count},
            config_problem=without_secrets(self._watch.problem),
            config_loaded_utc_ns=self._loaded_utc_ns,
        )

    # Config

    def _follow_config(self, now_s: float) -> None:
        before = self._watch.problem
        config = self._watch.look()
        if self._watch.problem and self._watch.problem != before:
            log.error("gym.toml is broken, and the one before stays in force:\n%s", self._watch.problem)
        if config is None or not self._put_in_force(config):
            return
        changes = diff(self._config.settings, config.settings)
        if before:
            log.info("gym.toml is in order again")
        self._config = config
        self._loaded_utc_ns = utc_ns()
        if changes:
            self._apply(changes, now_s)

    def _put_in_force(self, config: Config) -> bool:
        """Give a valid edit to the children; False where it cannot be written, and is tried again."""
        try:
            write_running(config, self._places.running_config)
        except OutputError as error:
            if not self._unwritten:
                log.error("the edited gym.toml is not in force yet: %s", error)
            self._unwritten = True
            self._watch.refuse(str(error))
            return False
        self._unwritten = False
        return True

    def _apply(self, changes: Changes, now_s: float) -> None:
        """Start, restart and retire just the children that an edit concerns."""
        log.info("gym.toml was edited: %s", told(changes))
        if "redis" in changes.sections:
            log.warning("[redis] counts from the next start on: stop spotter and start it again")
        concerned = self._concerned(changes)
        specs = {spec.name: spec for spec in self._lineup.specs(self._config.settings)}
        for name, spec in specs.items():
            child = self._children.get(name)
            if child is None:
                self._add(spec)
            elif name in self._removed or concerned(spec):
                with suppress(ValueError):
                    self._removed.remove(name)
                child.renew(spec, now_s)
        for name, child in self._children.items():
            if name not in specs and child.spec.stage != Stage.REDIS and name not in self._removed:
                child.retire(now_s)
                self._removed.append(name)

    def _concerned(self, changes: Changes) -> Callable[[ChildSpec], bool]:
        """Whether an edit needs a child to be started anew; the aggregator follows most of it by itself."""
        sections = changes.sections
        cameras = {f"ingest:{name}" for name, options in changes.changed.items() if not ONLY_SHOWN.issuperset(options)}
        stages = {
            Stage.INGEST: "transport" in sections,
            Stage.WORKER: "workers" in sections or "transport" in sections,
            Stage.AGGREGATOR: "database" in sections and self._plan.database is None,
        }
        return lambda spec: stages.get(spec.stage, False) or spec.name in cameras


def told(changes: Changes) -> str:
    """What an edit changes, in a line."""
    parts = [f"{name} added" for name in changes.added]
    parts += [f"{name} changed ({', '.join(options)})" for name, options in changes.changed.items()]
    parts += [f"{name} removed" for name in changes.removed]
    parts += [f"[{name}] {', '.join(options)}" for name, options in changes.sections.items()]
    return "; ".join(parts)
