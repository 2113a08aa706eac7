"""Stands in for ingest, workers and aggregator under a supervisor: beats, and misbehaves when a file says so.

``NAME.do`` beside gym.toml holds what to do: ``exit N``, ``freeze`` (no heartbeat, ignores SIGTERM) or ``fork``
(leave a grandchild).
"""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.clock import mono_ns
from core.messages import Heartbeat
from core.runtime import Process, Pulse
from core.secrets import Address


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    for option in (
        "config",
        "config-folder",
        "redis",
        "parent",
        "log-level",
        "camera",
        "socket-folder",
        "start-mono-ns",
    ):
        parser.add_argument(f"--{option}")
    for option in ("name", "spool", "database"):
        parser.add_argument(f"--{option}")
    options = parser.parse_args()
    name = f"ingest:{options.camera}" if options.camera else options.name or "aggregator"
    process = Process(name, parent_pid=int(options.parent), log_level=options.log_level)
    return process.run(lambda process: body(process, options, Path(options.config_folder) / f"{name}.do"))


def body(process, options, order):
    assert Path(options.config).is_file()
    frozen = []
    vitals = process.vitals()
    pulse = Pulse(
        Address(options.redis),
        lambda: Heartbeat(
            sender=process.name,
            pid=vitals.pid,
            host=vitals.host,
            started_utc_ns=vitals.started_utc_ns,
            beat_utc_ns=time.time_ns(),
            version="1",
            boot=vitals.boot,
        ),
        lambda: 0 if frozen else mono_ns(),
    )
    pulse.start()
    while not process.stopping.wait(0.02):
        if not order.exists():
            continue
        what, _, number = order.read_text().partition(" ")
        order.unlink()
        if what == "exit":
            sys.exit(int(number))
        elif what == "freeze":
            frozen.append(True)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        elif what == "fork":
            child = subprocess.Popen(["sleep", "60"])
            order.with_suffix(".forked").write_text(str(child.pid))
    pulse.stop(forget=True)


if __name__ == "__main__":
    sys.exit(main())
