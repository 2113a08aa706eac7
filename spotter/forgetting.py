"""Erases a person wherever Spotter keeps anything: database, streams, live state, checkpoints, spools; and proves it.

Searches before and after by the same words: uids, tracks up to the moment of the erasure, nickname, member number.
What cannot be reached is said, not passed over.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, or_, select

from aggregator.access import note_access
from aggregator.copies import copies
from aggregator.database import upgrade
from aggregator.forgetting import is_forgotten
from aggregator.purging import tidied
from aggregator.reading import open_reader
from aggregator.schema import Person, Track
from aggregator.staff_rows import track_of
from aggregator.traces import Traces, find_traces, texts_with
from core import keys
from core.clock import utc_datetime, utc_ns
from core.errors import ConfigError, DatabaseError, StoreError, WireError
from core.messages import (
    AnyDurable,
    Checkpoint,
    CorrectSet,
    DeadLetter,
    ForgetPerson,
    MergePeople,
    NamePerson,
    Observation,
    StaffAction,
    TrackJoined,
    TrackRef,
    WorkerHeartbeat,
)
from core.store import Store
from core.wire import decode
from spotter.gym_at_hand import Gym, do_action, leads_now, nobody_runs, opened
from spotter.redis_server import find_redis_server, server_command, stop_server, wait_until_ready
from workers import spool

SETTLES_WITHIN_S = 15.0
"""How long is waited for what workers still hold to arrive, and be refused."""
REWRITE_S = 60.0
SEARCH_S = 600.0


@dataclass(slots=True)
class Suspect:
    """By what a person is known in all places."""

    number: int
    uids: set[str]
    people: tuple[int, ...]
    """Numbers that staff know them by."""
    names: set[str]
    tracks: dict[TrackRef, tuple[int, int]]
    """From when until when each was theirs, UTC ns."""
    at_utc_ns: int

    def is_theirs(self, who: TrackRef, at_utc_ns: int) -> bool:
        """Whether a track was theirs at a time."""
        first, until = self.tracks.get(who, (0, 0))
        return first <= at_utc_ns < until

    def is_in(self, payload: bytes) -> bool:
        """Whether an event tells of them."""
        try:
            event: AnyDurable = decode(payload, AnyDurable)
        except WireError:
            return any(uid.encode() in payload for uid in self.uids)
        match event:
            case TrackJoined() if event.person in self.uids:
                return True
            case NamePerson() | ForgetPerson():
                return event.uid in self.uids
            case MergePeople():
                return bool({event.from_uid, event.into_uid} & self.uids)
            case CorrectSet():
                who = track_of(event.set_uid)
                return who in self.tracks and event.at_utc_ns < self.at_utc_ns
        return not isinstance(event, StaffAction) and self.is_theirs(event.who, event.captured_utc_ns)

    def is_in_letter(self, payload: bytes) -> bool:
        """Whether a dead letter tells of them."""
        try:
            return self.is_in(decode(payload, DeadLetter).payload)
        except WireError:
            return any(uid.encode() in payload for uid in self.uids)

    def is_seen_in(self, payload: bytes) -> bool:
        """Whether an observation shows them."""
        try:
            seen = decode(payload, Observation)
        except WireError:
            return False
        return self.is_on(seen)

    def is_on(self, seen: Observation) -> bool:
        """Whether an observation shows them."""
        return any(
            self.is_theirs(TrackRef(seen.camera, seen.epoch, person.track), seen.captured_utc_ns)
            for person in seen.people
        )

    def is_kept_in(self, kept: Checkpoint) -> bool:
        """Whether a checkpoint may hold them."""
        return kept.captured_utc_ns < self.at_utc_ns and any(
            (who.camera, who.epoch) == (kept.camera, kept.epoch) for who in self.tracks
        )


@dataclass(slots=True)
class Report:
    """What was found before, what after, and what could not be searched."""

    person: int
    people: tuple[int, ...] = ()
    found: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    done_by: str = ""
    """``aggregator`` or ``database``."""


def suspect_of(gym: Gym, number: int) -> tuple[Suspect, Traces]:
    """Everything that a person and those merged with them are known by; raises ``ConfigError`` for nobody."""
    with _reading(gym) as connection:
        uid = connection.scalar(select(Person.uid).where(Person.id == number))
        if uid is None:
            raise ConfigError(f"there is no person {number} in the database")
        traces = find_traces(connection, {uid})
    at = utc_ns() // 1000 * 1000
    tracks = {part.who: (part.first_ns, at if part.whole else min(part.until_ns, at)) for part in traces.parts}
    # What is known of a whole track may have begun before it became known.
    tracks |= {part.who: (0, at) for part in traces.parts if part.whole}
    uids = {uid, *traces.people.values()}
    return Suspect(number, uids, tuple(traces.people), traces.names, tracks, at), traces


@contextmanager
def _reading(gym: Gym) -> Iterator[Connection]:
    reader = open_reader(gym.database, SEARCH_S)
    try:
        with reader.connect() as connection:
            yield connection
    finally:
        reader.dispose()


# Searching -----------------------------------------------------------------------------------------------------------


def search(gym: Gym, suspect: Suspect, store: Store | None, *, erase: bool = False) -> dict[str, int]:
    """Where and how often a person is found; with ``erase``, outside the database no more afterwards."""
    found = {f"database: {table}": count for table, count in _search_database(gym, suspect).items()}
    if store is not None:
        found |= {f"Redis: {what}": count for what, count in _search_redis(store, suspect, erase=erase).items()}
    for file, count in spool.search(gym.places.spool, suspect.is_in, erase=erase).items():
        found[f"disk: {file.name}"] = count
    return {place: count for place, count in found.items() if count}


def _search_database(gym: Gym, suspect: Suspect) -> dict[str, int]:
    with _reading(gym) as connection:
        rows = dict(find_traces(connection, suspect.uids).rows)
        tracks = 0
        for who, (_, until) in suspect.tracks.items():
            row = connection.execute(
                select(Track.started_at, Track.person_id).filter_by(
                    camera_id=who.camera, epoch=who.epoch, track=who.track
                )
            ).one_or_none()
            # A track that two people shared stays, for the other one.
            began = row is not None and row.started_at is not None and row.started_at < utc_datetime(until)
            tracks += began and row is not None and row.person_id in (None, *suspect.people)
        rows["tracks"] = max(rows.get("tracks", 0), tracks)
        # What somebody else is called too proves nothing.
        also = select(Person.nickname, Person.member_number).where(
            Person.id.not_in(suspect.people),
            or_(Person.nickname.in_(suspect.names), Person.member_number.in_(suspect.names)),
        )
        others = {name for row in connection.execute(also) for name in row}
        for table, count in texts_with(connection, suspect.uids | (suspect.names - others)).items():
            rows[table] = max(rows.get(table, 0), count)
    return rows


def _search_redis(store: Store, suspect: Suspect, *, erase: bool) -> dict[str, int]:
    found = {
        "events": store.search_entries(keys.EVENTS, suspect.is_in, erase=erase),
        "dead letters": store.search_entries(keys.DEAD_EVENTS, suspect.is_in_letter, erase=erase),
        "observations": store.search_entries(keys.OBSERVATIONS, suspect.is_seen_in, erase=erase),
    }
    checkpoints = 0
    for camera in sorted({who.camera for who in suspect.tracks}):
        kept = store.load_checkpoint(camera)
        if kept is not None and suspect.is_kept_in(kept):
            checkpoints += 1
            if erase:
                store.erase_checkpoint(camera)
    live = 0
    for camera, shown in store.live_cameras().items():
        if suspect.is_on(shown.observation) or any(one.person in suspect.uids for one in shown.people.values()):
            live += 1
            if erase:
                store.hide_camera(camera)
    floor = store.live_floor()
    if floor is not None and any(one.person in suspect.uids for one in floor.people):
        live += 1
        if erase:
            store.erase_floor()
    return found | {"checkpoints": checkpoints, "live picture": live}


def learn_from_stream(store: Store, suspect: Suspect) -> None:
    """Add tracks of which only the stream knows yet whose they are."""

    def look(payload: bytes) -> bool:
        try:
            event: AnyDurable = decode(payload, AnyDurable)
        except WireError:
            return False
        if isinstance(event, TrackJoined) and event.person in suspect.uids:
            suspect.tracks.setdefault(event.who, (event.since_utc_ns, suspect.at_utc_ns))
        return False

    store.search_entries(keys.EVENTS, look, erase=False)


# Erasing -------------------------------------------------------------------------------------------------------------


def forget(gym: Gym, suspect: Suspect, by: str, report: Report, *, remove_copies: bool) -> None:
    """Erase everywhere and search again; the report says what was found and what is left."""
    with _redis_of(gym, report) as store:
        if store is not None:
            learn_from_stream(store, suspect)
        report.found = search(gym, suspect, store)
        uid = _uid_of(gym, suspect.number)
        action = ForgetPerson(sender="command", uid=uid, by=by, at_utc_ns=suspect.at_utc_ns)
        report.done_by = do_action(gym, action, lambda connection: is_forgotten(connection, uid))
        report.left = _until_nothing_is_left(gym, suspect, store)
        if store is not None:
            _note_spools_elsewhere(store, report)
            if not store.rewrite_file(REWRITE_S):
                report.notes.append("Redis has not written its file anew; its next rewrite takes out what was erased")
    with opened(gym) as engine:
        if not _is_tidied(engine):
            report.notes.append("the log of the database is in use; what was erased leaves it with the next checkpoint")
    _look_at_copies(gym, report, remove_copies=remove_copies)
    note_access(gym.database, "forget", f"person {suspect.number}", sum(report.found.values()))


def _is_tidied(engine: Engine) -> bool:
    try:
        return tidied(engine)
    except DatabaseError:
        return False  # somebody else tidies, or holds what is to be tidied


def _note_spools_elsewhere(store: Store, report: Report) -> None:
    """Workers on other machines may hold events; those are refused when they come."""
    for beat in store.processes().values():
        if isinstance(beat, WorkerHeartbeat) and beat.spooled and beat.host != socket.gethostname():
            report.notes.append(
                f"{beat.sender} holds {beat.spooled} events on the disk of {beat.host}; "
                "those of the person are refused when they come"
            )


def _uid_of(gym: Gym, number: int) -> str:
    with _reading(gym) as connection:
        return str(connection.scalar(select(Person.uid).where(Person.id == number)))


def _until_nothing_is_left(gym: Gym, suspect: Suspect, store: Store | None) -> dict[str, int]:
    """Erase until nothing is found any more; what is on its way arrives meanwhile, and is refused."""
    ends = time.monotonic() + SETTLES_WITHIN_S
    while True:
        search(gym, suspect, store, erase=True)
        left = search(gym, suspect, store)
        if not left or time.monotonic() > ends:
            return left
        time.sleep(0.3)


def _look_at_copies(gym: Gym, report: Report, *, remove_copies: bool) -> None:
    if gym.file is None:
        report.notes.append("copies of the database that pg_dump made still hold the person; remove those")
        return
    for copy in copies(gym.file):
        if remove_copies:
            copy.unlink(missing_ok=True)
            report.notes.append(f"the copy {copy} is removed")
        else:
            report.notes.append(f"the copy {copy} may still hold the person; --remove-copies removes it")


@contextmanager
def _redis_of(gym: Gym, report: Report) -> Iterator[Store | None]:
    """The gym's Redis; the embedded one is started for a moment where it does not run but has kept something."""
    with _started(gym):
        store = Store(gym.redis)
        try:
            try:
                store.check()
            except StoreError as error:
                if gym.settings.redis.url is not None or _has_kept(gym):
                    report.notes.append(f"Redis is not searched: {error}")
                yield None
                return
            yield store
        finally:
            store.close()


def _has_kept(gym: Gym) -> bool:
    return any(path.is_file() and path.stat().st_size for path in gym.places.redis.rglob("*aof*"))


@contextmanager
def _started(gym: Gym) -> Iterator[None]:
    if gym.settings.redis.url is not None or leads_now(gym) or not _has_kept(gym) or _answers(gym):
        yield
        return
    with nobody_runs(gym):
        command = server_command(find_redis_server(), gym.places.redis, gym.places.redis_socket)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(gym.redis, process)
        yield
    finally:
        stop_server(process)


def _answers(gym: Gym) -> bool:
    store = Store(gym.redis)
    try:
        store.check()
    except StoreError:
        return False
    else:
        return True
    finally:
        store.close()


def prepare(gym: Gym) -> None:
    """Bring the tables up to date where no aggregator does."""
    if not leads_now(gym):
        with nobody_runs(gym), opened(gym) as engine:
            upgrade(engine)
