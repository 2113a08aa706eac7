"""Rows that do not come out of the stream of events: cameras, alerts, camera status, occupancy of zones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from aggregator.alerts import AlertChange
from aggregator.local_days import local_day, local_values
from aggregator.schema import Alert, Camera, CameraStatus, ZoneOccupancy, utc_ns_of
from aggregator.zones import OccupancyRow
from core.clock import utc_datetime
from core.messages import AcknowledgeAlert, IngestHeartbeat, LiveAlert, SnoozeAlert
from core.settings import Settings

UTC_ZONE = ZoneInfo("UTC")


def add_cameras(connection: Connection, cameras: Iterable[str]) -> None:
    """Add cameras that the database does not have, under their ids."""
    wanted = set(cameras)
    known = set(connection.scalars(select(Camera.id).where(Camera.id.in_(wanted))))
    values = [{"id": camera, "name": camera, "enabled": True} for camera in sorted(wanted - known)]
    if values:
        connection.execute(insert(Camera), values)


def write_cameras(connection: Connection, settings: Settings) -> None:
    """Write the configured cameras; one that is no longer configured stays, disabled, for the sets that it saw."""
    add_cameras(connection, (camera.id for camera in settings.camera))
    connection.execute(update(Camera).values(enabled=False))
    for camera in settings.camera:
        values = {"name": camera.title, "enabled": camera.enabled}
        connection.execute(update(Camera).where(Camera.id == camera.id).values(values))


# Alerts --------------------------------------------------------------------------------------------------------------


def write_alerts(connection: Connection, changes: Iterable[AlertChange]) -> None:
    """Write what became of alerts, in order; who has seen one first stays."""
    for change in changes:
        alert = change.alert
        values: dict[str, Any] = {
            "alert": alert.alert,
            "severity": alert.severity,
            "subject": alert.subject,
            "text": alert.text,
            "since_at": utc_datetime(alert.since_utc_ns),
            "last_at": utc_datetime(alert.last_utc_ns),
            "count": alert.count,
        }
        if change.change == "resolved":
            values["resolved_at"] = utc_datetime(change.at_utc_ns)
        changed = connection.execute(update(Alert).where(Alert.uid == alert.uid).values(values))
        if changed.rowcount == 0:
            connection.execute(insert(Alert).values(uid=alert.uid, acknowledged_by="", **values))
        if change.change == "acknowledged":
            _mark_seen(connection, alert.uid, alert.acknowledged_by, change.at_utc_ns)


def acknowledge(connection: Connection, command: AcknowledgeAlert) -> None:
    """Keep who has seen an alert first; of an alert that is not stored yet, that it was seen."""
    _have_alert(connection, command)
    _mark_seen(connection, command.uid, command.by, command.at_utc_ns)


def snooze(connection: Connection, command: SnoozeAlert) -> None:
    """Keep until when nobody is to be told of an alert; what was said last holds."""
    _have_alert(connection, command)
    until = utc_datetime(command.until_utc_ns) if command.until_utc_ns else None
    said = (utc_datetime(command.at_utc_ns), command.by, until is not None, until)
    query = select(Alert.snoozed_at, Alert.snoozed_by, Alert.snoozed_until_at).where(Alert.uid == command.uid)
    at, by, before = connection.execute(query).one()
    if at is None or (at, by or "", before is not None, before or said[0]) < (*said[:3], until or said[0]):
        values = {"snoozed_at": said[0], "snoozed_by": command.by, "snoozed_until_at": until}
        connection.execute(update(Alert).where(Alert.uid == command.uid).values(values))


def _have_alert(connection: Connection, command: AcknowledgeAlert | SnoozeAlert) -> None:
    if connection.scalar(select(Alert.uid).where(Alert.uid == command.uid)) is None:
        at = utc_datetime(command.at_utc_ns)
        # The alert itself follows, and fills in the rest.
        values = {"alert": "", "severity": "info", "subject": "", "text": "", "since_at": at, "last_at": at, "count": 1}
        connection.execute(insert(Alert).values(uid=command.uid, acknowledged_by="", **values))


def _mark_seen(connection: Connection, uid: str, by: str, at_utc_ns: int) -> None:
    at = utc_datetime(at_utc_ns)
    row = connection.execute(select(Alert.acknowledged_at, Alert.acknowledged_by).where(Alert.uid == uid)).one()
    if row.acknowledged_at is None or (at, by) < (row.acknowledged_at, row.acknowledged_by):
        connection.execute(update(Alert).where(Alert.uid == uid).values(acknowledged_by=by, acknowledged_at=at))


def open_alerts(connection: Connection) -> list[LiveAlert]:
    """Alerts that are not over."""
    rows = connection.execute(
        select(Alert.__table__)
        .where(Alert.resolved_at.is_(None), Alert.alert != "")
        .order_by(Alert.since_at, Alert.uid)
    )
    return [
        LiveAlert(
            uid=row.uid,
            alert=row.alert,
            severity=row.severity,
            subject=row.subject,
            text=row.text,
            since_utc_ns=utc_ns_of(row.since_at),
            last_utc_ns=utc_ns_of(row.last_at),
            count=row._mapping["count"],  # a row is a tuple and has a method of this name
            acknowledged_by=row.acknowledged_by,
            snoozed_until_utc_ns=utc_ns_of(row.snoozed_until_at) if row.snoozed_until_at is not None else 0,
            snoozed_by=(row.snoozed_by or "") if row.snoozed_until_at is not None else "",
        )
        for row in rows
    ]


# Status and occupancy ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusRow:
    """What a camera's process said at one time."""

    at_utc_ns: int
    beat: IngestHeartbeat


class StatusHistory:
    """Which heartbeats of cameras are worth a row: every change of state, and one a minute."""

    EVERY_NS = 60 * 10**9

    def __init__(self) -> None:
        self._written: dict[str, StatusRow] = {}

    def look(self, beats: Iterable[IngestHeartbeat], now_utc_ns: int) -> list[StatusRow]:
        """The rows that are due."""
        due = []
        for beat in beats:
            before = self._written.get(beat.camera)
            same = before is not None and _state(before.beat) == _state(beat)
            if before is None or not same or abs(now_utc_ns - before.at_utc_ns) >= self.EVERY_NS:
                self._written[beat.camera] = row = StatusRow(now_utc_ns, beat)
                due.append(row)
        return due


def _state(beat: IngestHeartbeat) -> tuple[str, str]:
    return beat.camera_state, beat.reason


def write_status(connection: Connection, rows: Sequence[StatusRow], zone: ZoneInfo = UTC_ZONE) -> None:
    """Write what cameras did; ``zone``: of the gym's days."""
    if not rows:
        return
    add_cameras(connection, {row.beat.camera for row in rows})
    values = [
        {
            "camera_id": row.beat.camera,
            "at": utc_datetime(row.at_utc_ns),
            "state": row.beat.camera_state,
            "reason": row.beat.reason,
            "detail": row.beat.detail,
            "fps": row.beat.fps,
            "frames_in": row.beat.frames_in,
            "frames_out": row.beat.frames_out,
            "dropped": sum(row.beat.dropped.values()),
            "reconnects": row.beat.reconnects_last_hour,
            "day": local_day(utc_datetime(row.at_utc_ns), zone),
        }
        for row in rows
    ]
    connection.execute(insert(CameraStatus), values)


def write_occupancy(connection: Connection, rows: Iterable[OccupancyRow], zone: ZoneInfo = UTC_ZONE) -> None:
    """Write minutes of zones; of a minute that two aggregators saw in part, the mean of both and the larger maximum."""
    for row in rows:
        minute = utc_datetime(row.minute_utc_ns)
        where = (ZoneOccupancy.zone == row.zone) & (ZoneOccupancy.minute == minute)
        before = connection.execute(
            select(ZoneOccupancy.people_mean, ZoneOccupancy.people_max).where(where)
        ).one_or_none()
        if before is None:
            values = {"zone": row.zone, "minute": minute, "people_mean": row.mean, "people_max": row.most}
            connection.execute(insert(ZoneOccupancy).values(values | local_values(minute, zone)))
        else:
            mean, most = (before.people_mean + row.mean) / 2, max(before.people_max, row.most)
            connection.execute(update(ZoneOccupancy).where(where).values(people_mean=mean, people_max=most))
