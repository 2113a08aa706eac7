"""The archive of key-points: how people moved in their sets, to replay them. Off unless gym.toml asks for it.

Owns how they are packed: float16, so that a position is exact to a pixel of a large picture, zlib, one row for each set
and camera. Holds no picture and nothing but the 33 landmarks that a worker told.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, insert, select, update

from aggregator.forgetting import refused_tracks
from aggregator.keypoint_reading import LANDMARKS, unpacked_times
from aggregator.schema import Keypoints, Track, utc_ns_of
from core.clock import NANOSECONDS, utc_datetime
from core.messages import Observation, TrackRef

POINT_BYTES = LANDMARKS * 3 * 4
"""x, y, visibility as float32, as workers send them."""
CHUNK = 900
"""Frames of one set that are handed on at a time; a minute, of which a crash loses the rest."""
LONGEST = 9_000
"""Frames of one set and camera; ten minutes. What comes after is left out."""
UNSEEN_S = 10.0
"""A set of which nothing is seen for so long is handed on as it is."""
LEVEL = 6


@dataclass(frozen=True, slots=True)
class KeypointRow:
    """Some frames of one set, as one camera saw it."""

    who: TrackRef
    number: int
    """Of the set within the track."""
    times_utc_ns: tuple[int, ...]
    points: bytes
    """float16, (frames, 33, 3)."""


@dataclass(slots=True)
class _Take:
    number: int
    times_utc_ns: list[int] = field(default_factory=list)
    points: list[bytes] = field(default_factory=list)
    frames: int = 0
    """Of the whole set, those handed on included."""
    last_utc_ns: int = 0


class Recorder:
    """Gathers key-points of people who are in a set; owns no clock and no database."""

    def __init__(self) -> None:
        self._takes: dict[TrackRef, _Take] = {}
        self._done: list[KeypointRow] = []

    def observe(self, seen: Observation) -> None:
        """Take who was seen in one frame."""
        for person in seen.people:
            who = TrackRef(seen.camera, seen.epoch, person.track)
            take = self._takes.get(who)
            if take is not None and take.number != person.set_number:
                self._hand_on(who)
                del self._takes[who]
                take = None
            if person.set_number and len(person.points) == POINT_BYTES:
                take = take or self._takes.setdefault(who, _Take(person.set_number))
                self._add(who, take, seen.captured_utc_ns, person.points)
        for who, take in list(self._takes.items()):
            unseen_ns = seen.captured_utc_ns - take.last_utc_ns
            if who.camera == seen.camera and (unseen_ns > UNSEEN_S * NANOSECONDS or who.epoch != seen.epoch):
                self._hand_on(who)
                del self._takes[who]

    def _add(self, who: TrackRef, take: _Take, at_utc_ns: int, points: bytes) -> None:
        if at_utc_ns <= take.last_utc_ns:
            return
        take.last_utc_ns = at_utc_ns
        if take.frames >= LONGEST:
            return
        take.times_utc_ns.append(at_utc_ns)
        take.points.append(np.frombuffer(points, "<f4").astype("<f2").tobytes())
        take.frames += 1
        if len(take.times_utc_ns) >= CHUNK:
            self._hand_on(who)

    def _hand_on(self, who: TrackRef) -> None:
        take = self._takes[who]
        if take.times_utc_ns:
            self._done.append(KeypointRow(who, take.number, tuple(take.times_utc_ns), b"".join(take.points)))
            take.times_utc_ns, take.points = [], []

    def forget(self, tracks: Iterable[TrackRef]) -> None:
        """Somebody was erased."""
        gone = set(tracks)
        self._takes = {who: take for who, take in self._takes.items() if who not in gone}
        self._done = [row for row in self._done if row.who not in gone]

    def tracks(self) -> list[TrackRef]:
        """Whose key-points are held now."""
        return list({*self._takes, *(row.who for row in self._done)})

    def take(self, *, everything: bool = False) -> list[KeypointRow]:
        """What is complete since the last time; with ``everything``, also what is not."""
        if everything:
            for who in self._takes:
                self._hand_on(who)
        done, self._done = self._done, []
        return done


# Rows ----------------------------------------------------------------------------------------------------------------


def write_keypoints(connection: Connection, rows: Sequence[KeypointRow]) -> None:
    """Add frames to the rows of their sets; of tracks that the database does not know, or that were erased, none."""
    if not rows:
        return
    refused = refused_tracks(connection, {row.who for row in rows})
    for row in rows:
        if row.who in refused and row.times_utc_ns[0] < refused[row.who]:
            continue
        key = {"camera_id": row.who.camera, "epoch": row.who.epoch, "track": row.who.track}
        track = connection.scalar(select(Track.id).filter_by(**key))
        if track is not None:
            _write(connection, track, row)


def _write(connection: Connection, track: int, row: KeypointRow) -> None:
    of_set = (Keypoints.track_id == track) & (Keypoints.number == row.number)
    known = connection.execute(
        select(Keypoints.id, Keypoints.started_at, Keypoints.times, Keypoints.points).where(of_set)
    ).one_or_none()
    times, points = np.array(row.times_utc_ns, np.int64), row.points
    if known is not None:
        before = unpacked_times(utc_ns_of(known.started_at), known.times)
        later = times >= before[-1] + 1_000_000  # what is stored is exact to the millisecond, rounded down
        points = zlib.decompress(known.points) + np.frombuffer(points, "<f2").reshape(len(times), -1)[later].tobytes()
        times = np.concatenate([before, times[later]])
    first = int(times[0]) // 1000 * 1000  # as exact as it is stored
    values = {
        "started_at": utc_datetime(first),
        "ended_at": utc_datetime(int(times[-1])),
        "frames": len(times),
        "times": zlib.compress(((times - first) // 1_000_000).astype("<i4").tobytes(), LEVEL),
        "points": zlib.compress(points, LEVEL),
    }
    if known is None:
        connection.execute(insert(Keypoints).values(track_id=track, number=row.number, **values))
    else:
        connection.execute(update(Keypoints).where(Keypoints.id == known.id).values(values))
