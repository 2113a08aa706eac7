"""Reads the archive of key-points; apart from what writes it, so that a console need not load all of the aggregator."""

import zlib

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from aggregator.schema import Keypoints, SetView, Track, utc_ns_of
from core.errors import DatabaseError
from core.history import Recording
from core.messages import TrackRef

LANDMARKS = 33


def unpacked_times(started_utc_ns: int, packed: bytes) -> NDArray[np.int64]:
    """(N,) int64: ns of frames that are stored as milliseconds since the first."""
    offsets = np.frombuffer(zlib.decompress(packed), "<i4").astype(np.int64)
    return offsets * 1_000_000 + started_utc_ns


def read_keypoints(connection: Connection, set_id: int) -> list[Recording]:
    """All that is archived of a set, a camera each; raises ``DatabaseError`` for what cannot be unpacked."""
    query = (
        select(Track.camera_id, Track.epoch, Track.track, Keypoints.started_at, Keypoints.times, Keypoints.points)
        .join(Track, Track.id == Keypoints.track_id)
        .join(SetView, (SetView.track_id == Keypoints.track_id) & (SetView.number == Keypoints.number))
        .where(SetView.set_id == set_id)
        .order_by(Track.camera_id, Track.track)
    )
    return [
        _unpacked(TrackRef(camera, epoch, track), utc_ns_of(started), times, points)
        for camera, epoch, track, started, times, points in connection.execute(query)
    ]


def _unpacked(who: TrackRef, started_utc_ns: int, times: bytes, points: bytes) -> Recording:
    try:
        at = unpacked_times(started_utc_ns, times)
        frames = np.frombuffer(zlib.decompress(points), "<f2").astype(np.float32).reshape(len(at), LANDMARKS, 3)
    except (zlib.error, ValueError) as error:
        raise DatabaseError(f"the key-points of track {who} are damaged and cannot be shown ({error})") from None
    return Recording(who, at, frames)
