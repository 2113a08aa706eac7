"""Removes what is older than gym.toml lets it be, a little at a time, so that nobody waits for it.

Owns what "old" means for each table. A visit goes as a whole, with its sets and repetitions; a set whose camera's words
were removed stays as it is.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, exists, func, or_, select
from sqlalchemy.exc import DBAPIError

from aggregator.database import explain, told, writing
from aggregator.schema import (
    AccessEntry,
    Alert,
    AuditEntry,
    CameraStatus,
    Correction,
    Keypoints,
    Merge,
    Person,
    PersonName,
    RejectedRep,
    Session,
    Set,
    SetView,
    Track,
    TrackDecision,
    ZoneOccupancy,
)
from core.clock import utc_datetime
from core.errors import DatabaseError
from core.settings import Privacy

FIRST_ROWS, MOST_ROWS = 100, 5000
STEP_S = 0.05
"""A transaction should take so long; whoever waits for it must not notice."""
FREED_PAGES = 200
"""Given back to the disk at a time; 0.8 MB."""


@dataclass(frozen=True, slots=True)
class _Old:
    """Rows of a table that are too old."""

    table: str
    key: Any
    """A column."""
    where: ColumnElement[bool]
    order: Any = None


def _olds(privacy: Privacy, now: datetime) -> list[_Old]:
    """What is to go, in this order."""

    def before(seconds: float) -> datetime:
        return now - timedelta(seconds=seconds)

    olds = []
    if privacy.sessions is not None:
        gone = before(privacy.sessions)
        olds += [
            _Old("sessions", Session.id, Session.ended_at < gone, Session.ended_at),
            _Old("tracks", Track.id, (Track.ended_at < gone) & Track.session_id.is_(None), Track.ended_at),
            _Old("people", Person.id, _nobody_since(gone)),
        ]
    rejected, status = before(privacy.rejected_reps), before(privacy.camera_status)
    zones, alerts = before(privacy.zone_occupancy), before(privacy.alerts)
    return [
        *olds,
        _Old("keypoints", Keypoints.id, Keypoints.ended_at < before(privacy.keypoints), Keypoints.ended_at),
        _Old("rejected_reps", RejectedRep.id, RejectedRep.at < rejected, RejectedRep.at),
        _Old("camera_status", CameraStatus.id, CameraStatus.at < status, CameraStatus.at),
        _Old("zone_occupancy", ZoneOccupancy.minute, ZoneOccupancy.minute < zones, ZoneOccupancy.minute),
        _Old("alerts", Alert.uid, Alert.resolved_at < alerts, Alert.resolved_at),
        _Old("audit", AuditEntry.uid, AuditEntry.at < before(privacy.audit), AuditEntry.at),
        _Old("access_log", AccessEntry.id, AccessEntry.at < before(privacy.access_log), AccessEntry.at),
    ]


def _nobody_since(gone: datetime) -> ColumnElement[bool]:
    """People of whom nothing else is left."""
    return (
        or_(Person.last_seen_at < gone, Person.last_seen_at.is_(None))
        & ~exists().where(Session.person_id == Person.id)
        & ~exists().where(Track.person_id == Person.id)
        & ~exists().where(or_(TrackDecision.person_id == Person.id, TrackDecision.decided_id == Person.id))
        & ~exists().where((PersonName.person_id == Person.id) & (PersonName.at >= gone))
        & ~exists().where(or_(Merge.from_id == Person.id, Merge.into_id == Person.id) & (Merge.at >= gone))
    )


_OVER = case((Track.session_id.is_not(None), Session.ended_at), else_=Track.ended_at)
"""When a track's visit was over: what several cameras told of one set goes together."""


@dataclass(slots=True)
class Purge:
    """One purge, a step at a time; what is too old is decided when it begins."""

    privacy: Privacy
    now_utc_ns: int
    removed: dict[str, int] = field(default_factory=dict)
    longest_s: float = 0.0
    """The slowest of its transactions."""
    _olds: list[_Old] = field(init=False)
    _after: int = field(default=0, init=False)
    """Id of the last of what cameras told that was looked at."""
    _rows: int = field(default=FIRST_ROWS, init=False)
    _views_done: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._olds = _olds(self.privacy, utc_datetime(self.now_utc_ns))

    def step(self, engine: Engine) -> bool:
        """One short transaction; False once nothing old is left."""
        if not self._olds and self._views_done:
            return self._give_back_room(engine)
        began = time.monotonic()
        with writing(engine) as connection:
            done = self._remove_views(connection) if not self._views_done else self._remove(connection, self._olds[0])
        if done:
            if not self._views_done:
                self._views_done = True
            else:
                self._olds.pop(0)
        took = time.monotonic() - began
        self.longest_s = max(self.longest_s, took)
        self._rows = max(FIRST_ROWS, min(MOST_ROWS, self._rows * 2 if took < STEP_S / 2 else self._rows))
        if took > STEP_S:
            self._rows = max(FIRST_ROWS // 10, self._rows // 4)
        return True

    def run(self, engine: Engine, stopped: Callable[[], bool] = lambda: False) -> None:
        """All of it, with room for others in between."""
        while not stopped() and self.step(engine):
            time.sleep(0.005)

    def count(self, connection: Connection) -> dict[str, int]:
        """How many rows would go now; visits take their sets, tracks and people with them."""
        found = {
            old.table: connection.scalar(select(func.count()).select_from(old.key.class_).where(old.where)) or 0
            for old in self._olds
        }
        views = select(func.count()).select_from(SetView).join(Track, Track.id == SetView.track_id)
        views = views.outerjoin(Session, Session.id == Track.session_id)
        found["set_views"] = connection.scalar(views.where(self._views_before() > _OVER)) or 0
        return {table: count for table, count in found.items() if count}

    def _views_before(self) -> datetime:
        return utc_datetime(self.now_utc_ns) - timedelta(seconds=self.privacy.set_views)

    def _remove(self, connection: Connection, old: _Old) -> bool:
        """Remove some rows; True if those were the last."""
        # A visit has hundreds of rows below it.
        most = max(self._rows // 50, 1) if old.table in ("sessions", "tracks") else self._rows
        query = select(old.key).where(old.where).distinct().limit(most)
        if old.order is not None and old.order is not old.key:
            query = select(old.key).where(old.where).order_by(old.order).limit(most)
        keys = list(connection.scalars(query))
        if not keys:
            return True
        table = old.key.class_
        if old.table == "sessions":
            self._remove_corrections(connection, keys)
        gone = connection.execute(delete(table).where(old.key.in_(keys))).rowcount
        self.removed[old.table] = self.removed.get(old.table, 0) + gone
        return len(keys) < most

    def _remove_corrections(self, connection: Connection, sessions: Sequence[int]) -> None:
        uids = select(Set.uid).where(Set.session_id.in_(sessions))
        connection.execute(delete(Correction).where(Correction.view_uid.in_(uids)))

    def _remove_views(self, connection: Connection) -> bool:
        """Remove some of what cameras told of sets, in the order in which they told it."""
        query = (
            select(SetView.id, _OVER)
            .join(Track, Track.id == SetView.track_id)
            .outerjoin(Session, Session.id == Track.session_id)
            .where(SetView.id > self._after)
            .order_by(SetView.id)
            .limit(self._rows)
        )
        rows = connection.execute(query).all()
        if not rows:
            return True
        self._after = rows[-1][0]
        before = self._views_before()
        old = [row[0] for row in rows if row[1] is not None and row[1] < before]
        if old:
            connection.execute(delete(SetView).where(SetView.id.in_(old)))
            self.removed["set_views"] = self.removed.get("set_views", 0) + len(old)
        # They come nearly in order of time: where none of many is old, none is that comes after.
        return not old and len(rows) >= FIRST_ROWS

    def _give_back_room(self, engine: Engine) -> bool:
        if engine.dialect.name != "sqlite" or not self.removed:
            return False
        return give_back_room(engine, FREED_PAGES)


def give_back_room(engine: Engine, pages: int) -> bool:
    """Give free pages of a SQLite file back to the disk; False if there are none, or the file cannot."""
    with writing(engine) as connection:
        free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
        able = connection.exec_driver_sql("PRAGMA auto_vacuum").scalar_one()
        if not free or able != 2:
            return False
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()  # a step of it for each page
        return bool(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def compacted(engine: Engine) -> int:
    """Write a SQLite file anew while nobody else uses it; gives the bytes freed. In Postgres, vacuum."""
    if engine.dialect.name != "sqlite":
        with told(engine), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
        return 0
    with told(engine):
        raw = engine.raw_connection()
        try:
            driver = raw.driver_connection
            assert driver is not None
            try:
                before = _size(driver)
                driver.execute("PRAGMA auto_vacuum = INCREMENTAL")
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                return before - _size(driver)
            except sqlite3.Error as error:
                raise DatabaseError(explain(DBAPIError(None, None, error), engine.url)) from error
        finally:
            raw.close()


def _size(driver: Any) -> int:  # noqa: ANN401  # a connection of the driver
    (pages,) = driver.execute("PRAGMA page_count").fetchone()
    (size,) = driver.execute("PRAGMA page_size").fetchone()
    return int(pages * size)


def tidied(engine: Engine) -> bool:
    """Take what was deleted out of the files as well, as far as nobody else is in the way; False if somebody was."""
    if engine.dialect.name != "sqlite":
        with told(engine), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM")
        return True
    with told(engine):
        raw = engine.raw_connection()
        try:
            driver = raw.driver_connection
            assert driver is not None
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        finally:
            raw.close()
