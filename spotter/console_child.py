"""The console of ``spotter run``, as a process of its own on this terminal: it may die, and the gym goes on."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

END_WITHIN_S = 3.0
LOOK_EVERY_S = 0.1
TRIES = 3
"""A console that fails so often at once is not started again; the gym goes on without one."""
FAILS_AT_ONCE_S = 10.0


class ConsoleChild:
    """Starts the console and starts it again if it dies; calls ``left`` when somebody leaves it."""

    def __init__(self, command: Sequence[str], left: Callable[[], None]) -> None:
        self._command = list(command)
        self._left = left
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="console", daemon=True)

    def start(self) -> None:
        """Take the terminal over."""
        self._thread.start()

    def stop(self) -> None:
        """End it; the terminal is as it was before."""
        self._ending.set()
        self._thread.join(2 * END_WITHIN_S)

    def _keep(self) -> None:
        failures = 0
        while not self._ending.is_set():
            started_s = time.monotonic()
            try:
                # What it draws goes where our standard output goes: ours may write its errors elsewhere meanwhile.
                process = subprocess.Popen(self._command, stdin=0, stdout=1, stderr=1)
            except OSError as error:
                log.error("the console cannot be started: %s", error)
                return
            code = self._wait(process)
            if code is None:
                return
            if code == 0:
                self._left()
                return
            failures = failures + 1 if time.monotonic() - started_s < FAILS_AT_ONCE_S else 1
            if failures >= TRIES:
                log.error("the console ended %d times with exit status %d: the gym goes on without it", failures, code)
                return
            log.warning("the console ended with exit status %d: starting it again", code)

    def _wait(self, process: "subprocess.Popen[bytes]") -> int | None:
        """Its exit status; None if it was ended by us."""
        while process.poll() is None:
            if self._ending.wait(LOOK_EVERY_S):
                process.terminate()
                try:
                    process.wait(END_WITHIN_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(END_WITHIN_S)
                return None
        return process.returncode
