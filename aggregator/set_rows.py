"""Rows of sets with their repetitions, faults and rejected movements: written where they differ from what is there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, delete, or_, select

from aggregator.fusion import FusedSet
from aggregator.local_days import local_values
from aggregator.many_rows import KEY, add_rows, among, update_rows
from aggregator.records import add_cameras
from aggregator.schema import Fault, RejectedRep, Rep, Set
from aggregator.staff_rows import Corrected, correction_values
from aggregator.webhook_rows import put_down
from core.clock import NANOSECONDS, utc_datetime
from core.messages import RuleVerdict


@dataclass(frozen=True, slots=True)
class Placed:
    """A set, and where it belongs."""

    fused: FusedSet
    time_zone: ZoneInfo
    session: int
    person: int
    number: int
    zone: str
    open: bool
    correction: Corrected | None
    """What staff saw of it; kept beside what was counted."""


def write_sets(
    connection: Connection,
    wanted: Sequence[Placed],
    sessions: Collection[int],
    kept: Collection[str] = (),
    told_of_ends: Sequence[str] = (),
) -> dict[str, int]:
    """Make ``wanted``, and those whose uids are in ``kept``, all the sets of these sessions; gives ids by uid.

    ``told_of_ends``: webhooks that are to be told of each set that has ended with this.
    """
    uids = {placed.fused.key: placed for placed in wanted}
    query = select(Set.uid, Set.id, Set.digest, Set.session_id, Set.person_id, Set.number, Set.open)
    theirs = or_(among(connection, Set.session_id, sessions), among(connection, Set.uid, uids))
    stored = {row.uid: row for row in connection.execute(query.where(theirs))}
    gone = [row.id for uid, row in stored.items() if uid not in uids and uid not in kept]
    if gone:
        connection.execute(delete(Set).where(Set.id.in_(gone)))
    ids = {uid: row.id for uid, row in stored.items() if uid in uids}
    added, changed, moved = [], [], []
    for uid, placed in uids.items():
        values = _values(placed)
        row = stored.get(uid)
        if row is None:
            added.append(values)
        elif row.digest != values["digest"]:
            changed.append({KEY: row.id, **values})
        elif tuple(row)[3:] != (placed.session, placed.person, placed.number, placed.open):
            moved.append({KEY: row.id, **values})
    ids |= _add(connection, added)
    update_rows(connection, Set.__table__, changed + moved)
    ended = [
        (uid, utc_datetime(placed.fused.ended_utc_ns))
        for uid, placed in uids.items()
        if not placed.open and (uid not in stored or stored[uid].open)
    ]
    put_down(connection, told_of_ends, "set ended", ended)
    _write_children(connection, {ids[one["uid"]]: uids[one["uid"]].fused for one in added + changed}, bool(changed))
    return ids


def _values(placed: Placed) -> dict[str, Any]:
    one, corrected = placed.fused, placed.correction
    content = msgspec.msgpack.encode((one, placed.zone) if corrected is None else (one, placed.zone, corrected))
    return {
        "uid": one.key,
        "session_id": placed.session,
        "person_id": placed.person,
        "camera_id": one.camera,
        "zone": placed.zone,
        "exercise": one.exercise,
        "number": placed.number,
        "started_at": utc_datetime(one.started_utc_ns),
        "ended_at": utc_datetime(one.ended_utc_ns),
        "duration_s": (one.ended_utc_ns - one.started_utc_ns) / NANOSECONDS,
        "reps": one.counted,
        "tentative_reps": len(one.reps) - one.counted,
        "hold_s": one.hold_s,
        **_means(one),
        "confidence": one.confidence,
        "quality": one.quality,
        "cameras": len(one.cameras),
        "open": placed.open,
        **correction_values(corrected),
        **local_values(utc_datetime(one.started_utc_ns), placed.time_zone),
        "digest": blake2b(content, digest_size=12).hexdigest(),
    }


def _means(one: FusedSet) -> dict[str, Any]:
    """What is asked of a set most, kept with it: looked up in the repetitions, a month would take seconds."""
    counted = [rep for rep in one.reps if not rep.tentative]
    verdicts = [verdict for rep in one.reps for verdict in rep.verdicts] + list(one.hold_verdicts)
    return {
        "faulty_reps": sum(bool(_faults(rep.verdicts)) for rep in counted),
        "form_faults": len(_faults(verdicts)),
        "tempo_s": fmean((rep.ended_utc_ns - rep.started_utc_ns) / NANOSECONDS for rep in counted) if counted else None,
        "range_of_motion": fmean(rep.span for rep in counted) if counted else None,
        "unit": one.unit if counted else None,
    }


def _add(connection: Connection, added: Sequence[dict[str, Any]]) -> dict[str, int]:
    if not added:
        return {}
    add_cameras(connection, {values["camera_id"] for values in added})
    add_rows(connection, Set.__table__, added)
    query = select(Set.uid, Set.id).where(among(connection, Set.uid, [values["uid"] for values in added]))
    return {row.uid: row.id for row in connection.execute(query)}


def _write_children(connection: Connection, sets: dict[int, FusedSet], replace: bool) -> None:
    """Write repetitions, faults and rejected movements of these sets, in place of those that there are."""
    if replace:
        for table in (Fault, Rep, RejectedRep):
            connection.execute(delete(table).where(among(connection, table.set_id, sets)))
    add_rows(connection, Rep.__table__, [values for row, one in sets.items() for values in _reps(row, one)])
    faulty = {
        (row, number): faults
        for row, one in sets.items()
        for number, rep in enumerate(one.reps, start=1)
        if (faults := _faults(rep.verdicts))
    }
    rep_ids = _rep_ids(connection, faulty)
    faults = [
        {"set_id": key[0], "rep_id": rep_ids[key], **fault} for key, several in faulty.items() for fault in several
    ]
    faults += [
        {"set_id": row, "rep_id": None, **fault} for row, one in sets.items() for fault in _faults(one.hold_verdicts)
    ]
    add_rows(connection, Fault.__table__, faults)
    rejected = [
        {"set_id": row, "at": utc_datetime(one_rejected.at_utc_ns), "reason": one_rejected.reason}
        for row, one in sets.items()
        for one_rejected in one.rejected
    ]
    add_rows(connection, RejectedRep.__table__, rejected)


def _rep_ids(connection: Connection, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Ids of these repetitions, and of others of their sets, by set and number."""
    if not wanted:
        return {}
    query = select(Rep.set_id, Rep.number, Rep.id).where(among(connection, Rep.set_id, {row for row, _ in wanted}))
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def _reps(row: int, one: FusedSet) -> list[dict[str, Any]]:
    return [
        {
            "set_id": row,
            "number": number,
            "started_at": utc_datetime(rep.started_utc_ns),
            "ended_at": utc_datetime(rep.ended_utc_ns),
            "duration_s": (rep.ended_utc_ns - rep.started_utc_ns) / NANOSECONDS,
            "range_of_motion": rep.span,
            "unit": one.unit,
            "tentative": rep.tentative,
            "cameras": len(rep.cameras),
        }
        for number, rep in enumerate(one.reps, start=1)
    ]


def _faults(verdicts: Sequence[RuleVerdict]) -> list[dict[str, Any]]:
    return [
        {
            "rule": verdict.rule,
            "cue": verdict.cue,
            "value": verdict.value,
            "limit": verdict.limit,
            "unit": verdict.unit,
        }
        for verdict in verdicts
        if verdict.verdict == "fault"
    ]
