"""Reads from a gym's SQLite file what a demonstration compares with the truth; changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Connection

from aggregator.database import open_engine
from aggregator.schema import Set, Track, utc_ns_of
from core.clock import NANOSECONDS
from core.secrets import Address
from spotter.stored_truth import StoredSet


def stored_sets(database: Path, starts_utc_ns: int) -> list[StoredSet]:
    """All sets in order of time, in seconds from the scene's beginning."""

    def seconds(at: datetime) -> float:
        return (utc_ns_of(at) - starts_utc_ns) / NANOSECONDS

    columns = (Set.person_id, Set.exercise, Set.started_at, Set.ended_at, Set.reps, Set.hold_s, Set.zone, Set.camera_id)
    with _reading(database) as connection:
        rows = connection.execute(select(*columns).order_by(Set.started_at, Set.id)).all()
    return [
        StoredSet(person, exercise, seconds(started), seconds(ended), reps, hold_s, zone, camera)
        for person, exercise, started, ended, reps, hold_s, zone, camera in rows
    ]


def processed_fps(database: Path) -> float | None:
    """Frames a second in which people were followed, over all tracks; None if there is none."""
    with _reading(database) as connection:
        rows = connection.execute(select(Track.frames, Track.started_at, Track.ended_at)).all()
    ended = [(frames, (last - first).total_seconds()) for frames, first, last in rows if frames and first and last]
    seconds = sum(lasted_s for _, lasted_s in ended)
    return sum(frames for frames, _ in ended) / seconds if seconds else None


@contextmanager
def _reading(database: Path) -> Iterator[Connection]:
    engine = open_engine(Address(f"sqlite:///{database}"))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
