"""Rows of what webhooks are told: put down in the transaction in which it happens, and what is told of it.

What is told is read when it is sent, so that an erased person is erased here too, and a corrected set is told as
corrected. The same is never put down twice, however often events are folded.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.alerts import AlertChange
from aggregator.schema import Alert, Fault, Person, Set, WebhookDelivery
from core.clock import utc_datetime
from core.settings import Gym, Webhook, WebhookEvent

MOST_WAITING = 10_000
"""Of one webhook: a busy week. Of more, the oldest are given up."""
GIVE_UP_AFTER = timedelta(days=1)
KEEP_DONE = timedelta(days=7)
"""Longer than anything is told: a row says that it was."""
FORGET_EVERY = 1000
"""Rows deleted at a time, so that no event waits for it."""


def wanting(webhooks: Iterable[Webhook], event: WebhookEvent) -> tuple[str, ...]:
    """Names of those that are told of it."""
    return tuple(webhook.name for webhook in webhooks if webhook.enabled and event in webhook.events)


def put_down(
    connection: Connection, webhooks: Collection[str], event: WebhookEvent, happened: Iterable[tuple[str, datetime]]
) -> None:
    """Note that these webhooks are to be told; ``happened``: uids of sets or alerts, and when."""
    values = [
        {
            "webhook": webhook,
            "event": event,
            "subject": subject,
            "at": at,
            "due_at": at,
            "state": "waiting",
            "attempts": 0,
            "problem": "",
        }
        for subject, at in happened
        for webhook in webhooks
    ]
    if not values:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(WebhookDelivery).on_conflict_do_nothing(), values)


def put_down_alerts(connection: Connection, webhooks: Sequence[Webhook], changes: Iterable[AlertChange]) -> None:
    """Note what became of alerts that webhooks are to be told."""
    raised, resolved = wanting(webhooks, "alert raised"), wanting(webhooks, "alert resolved")
    for change in changes:
        if change.change == "raised":
            put_down(connection, raised, "alert raised", [(change.alert.uid, utc_datetime(change.alert.since_utc_ns))])
        elif change.change == "resolved":
            put_down(connection, resolved, "alert resolved", [(change.alert.uid, utc_datetime(change.at_utc_ns))])


# What waits ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to tell."""

    id: int
    webhook: str
    event: str
    """One of ``core.settings.WebhookEvent``."""
    subject: str
    at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How it stands with all webhooks."""

    waiting: int
    given_up: int
    """In the last seven days."""


def due(connection: Connection, webhook: str, now: datetime, limit: int) -> list[Waiting]:
    """What is to be sent to a webhook now, the longest due first."""
    row = WebhookDelivery
    query = (
        select(row.id, row.webhook, row.event, row.subject, row.at, row.attempts)
        .where(row.state == "waiting", row.webhook == webhook, row.due_at <= now)
        .order_by(row.due_at, row.id)
        .limit(limit)
    )
    return [Waiting(*found) for found in connection.execute(query)]


def settle(connection: Connection, delivery: int, state: str, now: datetime, answer: int | None, problem: str) -> None:
    """Note how one ended: ``taken``, ``given up`` or ``void``."""
    values = {"state": state, "done_at": now, "answer": answer, "problem": problem}
    if state == "taken":
        values["attempts"] = WebhookDelivery.attempts + 1
    connection.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery).values(values))


def put_off(connection: Connection, delivery: int, until: datetime, answer: int | None, problem: str) -> None:
    """Note that one was not taken, and when it is sent again."""
    values = {"due_at": until, "answer": answer, "problem": problem, "attempts": WebhookDelivery.attempts + 1}
    connection.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery).values(values))


def tidy(connection: Connection, known: Collection[str], now: datetime) -> Figures:
    """Give up what is too old, too much or for nobody; delete what was done long ago; count the rest."""
    row = WebhookDelivery
    waits = row.state == "waiting"
    done: dict[str, Any] = {"state": "given up", "done_at": now}
    connection.execute(update(row).where(waits, row.at < now - GIVE_UP_AFTER, row.attempts > 0).values(done))
    # What is put down only now and happened long ago is news to nobody: no program has failed to take it.
    connection.execute(update(row).where(waits, row.at < now - GIVE_UP_AFTER).values(done | {"state": "void"}))
    connection.execute(update(row).where(waits, row.webhook.not_in(known)).values(done | {"state": "void"}))
    for webhook in known:
        held = select(row.id).where(waits, row.webhook == webhook).order_by(row.id.desc()).offset(MOST_WAITING)
        spare = list(connection.scalars(held.limit(FORGET_EVERY)))
        if spare:
            too_many = done | {"problem": f"more than {MOST_WAITING} waited"}
            connection.execute(update(row).where(row.id.in_(spare)).values(too_many))
    old = select(row.id).where(row.state != "waiting", row.done_at < now - KEEP_DONE).limit(FORGET_EVERY)
    connection.execute(delete(row).where(row.id.in_(list(connection.scalars(old)))))
    counted = connection.execute(select(row.state, func.count()).group_by(row.state))
    counts: dict[str, int] = {state: number for state, number in counted}  # noqa: C416  # rows are no pairs for mypy
    return Figures(counts.get("waiting", 0), counts.get("given up", 0))


# What is told --------------------------------------------------------------------------------------------------------


def told(connection: Connection, one: Waiting, gym: Gym, *, names: bool) -> dict[str, Any] | None:
    """The content of the message; None if what it is about is there no more."""
    content = _set(connection, one.subject, names) if one.event == "set ended" else _alert(connection, one.subject)
    if content is None:
        return None
    kind = "set" if one.event == "set ended" else "alert"
    return {"event": one.event, "at": _time(one.at), "gym": gym.name, kind: content}


def _set(connection: Connection, uid: str, names: bool) -> dict[str, Any] | None:
    query = select(Set.__table__, Person.nickname, Person.member_number).join(Person, Person.id == Set.person_id)
    row = connection.execute(query.where(Set.uid == uid)).one_or_none()
    if row is None:
        return None
    faults = (
        select(Fault.rule, Fault.cue, func.count())
        .where(Fault.set_id == row.id)
        .group_by(Fault.rule, Fault.cue)
        .order_by(func.count().desc(), Fault.rule)
    )
    person: dict[str, Any] = {"number": row.person_id}
    if names:
        person |= {"nickname": row.nickname, "member_number": row.member_number or ""}
    return {
        "uid": uid,
        "person": person,
        "camera": row.camera_id,
        "zone": row.zone,
        "exercise": row.corrected_exercise if row.corrected_exercise is not None else row.exercise,
        "number_in_visit": row.number,
        "reps": row.corrected_reps if row.corrected_reps is not None else row.reps,
        "doubtful_reps": row.tentative_reps,
        "hold_s": row.hold_s,
        "started_at": _time(row.started_at),
        "ended_at": _time(row.ended_at),
        "duration_s": round(row.duration_s, 3),
        "confidence": round(row.confidence, 3),
        "faults": [{"rule": rule, "cue": cue, "count": count} for rule, cue, count in connection.execute(faults)],
    }


def _alert(connection: Connection, uid: str) -> dict[str, Any] | None:
    row = connection.execute(select(Alert.__table__).where(Alert.uid == uid)).one_or_none()
    if row is None:
        return None
    return {
        "uid": uid,
        "alert": row.alert,
        "severity": row.severity,
        "subject": row.subject,
        "text": row.text,
        "since": _time(row.since_at),
        "resolved_at": _time(row.resolved_at) if row.resolved_at is not None else None,
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
