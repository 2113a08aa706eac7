"""One child process of the supervisor: started, awaited, restarted, ended with all that it started itself.

Each child leads a session of its own, so that Ctrl-C in a terminal reaches the supervisor alone, which stops its
children in order.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Literal

from core.runtime import BOOT_VARIABLE, new_boot
from spotter.restarts import Restarts

log = logging.getLogger(__name__)

KILL_AFTER_S = 2.0
"""How long a child that was asked to end may take before it is killed."""
START_FAILED = 126
"""Stands for the exit status of a child that could not be started at all."""

CHILD_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
"""There is a process a core, and threads of numerical libraries would make them compete; nothing leaves the gym."""

State = Literal["running", "waiting", "failed", "stopped"]


class Stage(IntEnum):
    """Order in which children stop: with the flow, so that what is under way still arrives."""

    INGEST = 0
    WORKER = 1
    AGGREGATOR = 2
    REDIS = 3


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What is started."""

    name: str
    stage: Stage
    command: Sequence[str]
    beats: bool = True
    """Whether it writes heartbeats by which it is judged."""
    may_end: bool = True
    """Whether it stays stopped after a clean exit; else it is started anew."""
    log_file: Path | None = None
    """Where its standard error goes; None: where the supervisor's goes."""


class Child:
    """A child that is to run until it is retired."""

    def __init__(self, spec: ChildSpec, restarts: Restarts | None = None) -> None:
        self.spec = spec
        self.state: State = "stopped"
        self.restarts = restarts or Restarts()
        self.started_s = 0.0
        """Time of the last start, monotonic."""
        self.boot = ""
        """Names its present run, as its heartbeats do."""
        self._process: subprocess.Popen[bytes] | None = None
        self._intent: Literal["run", "renew", "condemned", "retire"] = "run"
        self._next_start_s = 0.0
        self._kill_at_s: float | None = None

    @property
    def name(self) -> str:
        """The same as in the log and in heartbeats."""
        return self.spec.name

    @property
    def pid(self) -> int | None:
        """Its process id; None while it does not run."""
        return None if self._process is None else self._process.pid

    @property
    def process(self) -> "subprocess.Popen[bytes] | None":
        """The running process."""
        return self._process

    @property
    def is_ending(self) -> bool:
        """Whether it was asked to end and has not yet."""
        return self._kill_at_s is not None

    def start(self, now_s: float) -> None:
        """Start it now; a failure counts as an end."""
        self._intent, self._kill_at_s = "run", None
        self.started_s = now_s
        self.restarts.started(now_s)
        try:
            self._process = self._spawned()
        except OSError as error:
            log.error("%s cannot be started: %s", self.name, error.strerror or error)
            self._judge(START_FAILED, now_s)
            return
        self.state = "running"
        log.debug("%s runs as process %d", self.name, self._process.pid)

    def poll(self, now_s: float) -> None:
        """See whether it ended, and start it if it is time."""
        if self._process is None:
            if self.state in ("waiting", "failed") and now_s >= self._next_start_s:
                self.start(now_s)
            return
        code = self._process.poll()
        if code is None:
            if self._kill_at_s is not None and now_s > self._kill_at_s:
                log.warning("%s does not end when asked: killing it", self.name)
                self.kill()
                self._kill_at_s = now_s + KILL_AFTER_S
            return
        self._sweep(self._process.pid)
        self._process, self._kill_at_s = None, None
        self._judge(code, now_s)

    def renew(self, spec: ChildSpec, now_s: float) -> None:
        """Run something else instead, as soon as the present one has ended; no failure, so it costs no budget."""
        self.spec = spec
        if self._process is None:
            self.start(now_s)
        else:
            self._end("renew", now_s)

    def condemn(self, why: str, now_s: float) -> None:
        """End it because it is of no use, and start it anew."""
        log.error("%s is started anew: %s", self.name, why)
        self._end("condemned", now_s)

    def retire(self, now_s: float, within_s: float = KILL_AFTER_S) -> None:
        """Ask it to end, for good."""
        if self._process is None:
            self.state = "stopped"
        self._end("retire", now_s, within_s)

    def kill(self) -> None:
        """End it and all that it started, at once."""
        if self._process is not None:
            self._sweep(self._process.pid)

    def _end(
        self, intent: Literal["renew", "condemned", "retire"], now_s: float, within_s: float = KILL_AFTER_S
    ) -> None:
        self._intent = intent
        if self._process is not None and self._kill_at_s is None:
            self._kill_at_s = now_s + within_s
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def _judge(self, code: int, now_s: float) -> None:
        if self._intent == "retire":
            self.state = "stopped"
            return
        if self._intent == "renew":
            self.start(now_s)
            return
        verdict = self.restarts.ended(now_s, code, asked=self._intent == "condemned" or not self.spec.may_end)
        self.state, self._next_start_s = verdict.state, now_s + verdict.wait_s
        if verdict.state == "stopped":
            log.info("%s has ended and stays so", self.name)
        elif verdict.state == "failed":
            log.error(
                "%s ends again and again (%s): given up for %.0f s", self.name, how_it_ended(code), verdict.wait_s
            )
        else:
            log.warning("%s %s: started anew in %.1f s", self.name, how_it_ended(code), verdict.wait_s)

    def _spawned(self) -> "subprocess.Popen[bytes]":
        if self.spec.log_file is None:
            return self._popen(None)
        self.spec.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.spec.log_file.open("ab") as written:
            return self._popen(written.fileno())

    def _popen(self, output: int | None) -> "subprocess.Popen[bytes]":
        self.boot = new_boot()
        return subprocess.Popen(
            list(self.spec.command),
            stdin=subprocess.DEVNULL,
            # Standard output belongs to the command that supervises.
            stdout=subprocess.DEVNULL if output is None else output,
            stderr=output,
            start_new_session=True,
            env={**CHILD_ENVIRONMENT, **os.environ, BOOT_VARIABLE: self.boot},
            umask=0o077,
        )

    @staticmethod
    def _sweep(group: int) -> None:
        """Kill the whole process group: what a child started must not outlive it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def stop_all(children: Sequence[Child], within_s: dict[Stage, float]) -> list[str]:
    """Stop children stage by stage and wait for their ends; gives the names of those that had to be killed."""
    killed = []
    for stage in Stage:
        mine = [child for child in children if child.spec.stage == stage]
        for child in mine:
            child.retire(time.monotonic(), within_s[stage])
        deadline_s = time.monotonic() + within_s[stage]
        while any(child.process for child in mine) and time.monotonic() < deadline_s:
            time.sleep(0.01)
            for child in mine:
                child.poll(time.monotonic())
        for child in mine:
            if child.process is not None:
                log.warning("%s does not end when asked: killing it", child.name)
                child.kill()
                child.process.wait(KILL_AFTER_S)
                child.poll(time.monotonic())
                killed.append(child.name)
    return killed


def how_it_ended(code: int) -> str:
    """An exit status in words."""
    if code < 0:
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"
    return f"ended with status {code}"
