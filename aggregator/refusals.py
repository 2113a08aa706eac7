"""What no table should hold: times of a broken clock, numbers and texts beyond all bounds. Pure."""

from core.errors import WireError
from core.messages import (
    AnyDurable,
    AnyStaffAction,
    CorrectSet,
    ForgetPerson,
    MergePeople,
    NamePerson,
    SetChanged,
    SnoozeAlert,
    StaffAction,
    TrackEnded,
    TrackJoined,
)

EARLIEST_NS = 946_684_800 * 10**9
LATEST_NS = 7_258_118_400 * 10**9
"""2000 to 2200: a time outside is a broken clock, and would tear all visits apart."""
LARGEST = 2**53
MOST_REPS = 100_000
LONGEST_TEXT = 300
"""Characters in what somebody types."""


def refuse_impossible(event: AnyDurable) -> None:
    """Raise ``WireError`` for what no table should hold."""
    if isinstance(event, StaffAction):
        _refuse_action(event)
        return
    _refuse_time("capture time", event.captured_utc_ns)
    _refuse("track", event.who.track, 0, LARGEST)
    if isinstance(event, TrackEnded):
        _refuse_time("start", event.started_utc_ns)
        _refuse("frames", event.frames, 0, LARGEST)
    elif isinstance(event, TrackJoined):
        _refuse("decision", event.decision, 1, LARGEST)
        if event.since_utc_ns:
            _refuse_time("moment of change", event.since_utc_ns)
    elif isinstance(event, SetChanged):
        _refuse("number", event.number, 0, LARGEST)
        _refuse("revision", event.revision, 0, LARGEST)
        times = [event.started_utc_ns, event.ended_utc_ns]
        times += [at for rep in event.reps for at in (rep.started_utc_ns, rep.ended_utc_ns)]
        times += [rejected.at_utc_ns for rejected in event.rejected]
        for at in times:
            _refuse_time("time", at)


def _refuse_action(action: AnyStaffAction) -> None:
    _refuse_time("time", action.at_utc_ns)
    texts = {"by": action.by}
    match action:
        case SnoozeAlert():
            if action.until_utc_ns:
                _refuse_time("end", action.until_utc_ns)
        case NamePerson():
            texts |= {"uid": action.uid, "nickname": action.nickname, "member number": action.member_number}
            _refuse_empty("uid", action.uid)
        case MergePeople():
            texts |= {"from_uid": action.from_uid, "into_uid": action.into_uid}
            _refuse_empty("from_uid", action.from_uid)
            if action.from_uid == action.into_uid:
                raise WireError("the event merges a person into the same person")
        case ForgetPerson():
            texts |= {"uid": action.uid}
            _refuse_empty("uid", action.uid)
        case CorrectSet():
            texts |= {"set_uid": action.set_uid, "exercise": action.exercise or ""}
            _refuse("reps", action.reps or 0, 0, MOST_REPS)
    for what, text in texts.items():
        if len(text) > LONGEST_TEXT or "\0" in text:
            raise WireError(f"the event's {what} is longer than {LONGEST_TEXT} characters or holds a zero byte")


def _refuse_empty(what: str, text: str) -> None:
    if not text:
        raise WireError(f"the event's {what} is empty")


def _refuse_time(what: str, at_utc_ns: int) -> None:
    _refuse(what, at_utc_ns, EARLIEST_NS, LATEST_NS)


def _refuse(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise WireError(f"the event's {what} is {value}, which is not between {least} and {most}")
