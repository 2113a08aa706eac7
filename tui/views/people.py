"""The people on the floor as rows: chosen, sorted, grouped; pure."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.messages import LivePerson
from tui.memory import Group, Memory, Sort
from tui.plain import plain
from tui.state import FloorState, Freshness, freshness
from tui.times import seconds_between, span

SEEN_NOW_S = 2.0
SORTS: tuple[Sort, ...] = ("number", "place", "exercise", "reps", "set", "tempo", "seen", "problem")
GROUPS: tuple[Group, ...] = ("none", "zone", "camera", "exercise")
NOWHERE = "no zone"
RESTING = "resting"
BAR_CELLS = 5


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person, in words."""

    uid: str
    name: str
    place: str
    exercise: str
    phase: str
    reps: str
    tentative: str
    """Doubtful repetitions, to be drawn dimmed behind ``reps``."""
    set: str
    tempo: str
    form: str
    seen: str
    visit: str
    fresh: Freshness
    is_problem: bool
    group: str


@dataclass(frozen=True, slots=True)
class PeopleView:
    """What the table shows."""

    rows: tuple[PersonRow, ...]
    """In order; rows of one group stand together."""
    of: int
    """How many are on the floor."""


def name_of(person: LivePerson) -> str:
    """What staff call somebody: nickname, number, or a word for somebody who has none yet."""
    return plain(person.nickname) if person.nickname else f"#{person.number}" if person.number else "new"


def exercise_text(name: str) -> str:
    """Name of an exercise as words."""
    return plain(name.replace("_", " "))


def people_view(state: FloorState, memory: Memory, wanted: str, now_utc_ns: int) -> PeopleView:
    """The people of the floor that fit the filter, in the order and groups that were chosen."""
    alarmed = {alert.subject for alert in state.alerts}
    keep = filter_of(wanted)
    found: list[tuple[LivePerson, PersonRow]] = []
    for person in state.people:
        row = _row(state, person, alarmed, memory.group, now_utc_ns)
        if (row.is_problem or not memory.problems_only) and keep(_words(row)):
            found.append((person, row))
    order = _order(memory.sort, state)
    found.sort(key=lambda pair: pair[0].number)
    found.sort(key=lambda pair: order(pair[0], pair[1]), reverse=memory.descending)
    if memory.group != "none":
        found.sort(key=lambda pair: pair[1].group.casefold())
    return PeopleView(tuple(row for _, row in found), len(state.people))


def filter_of(wanted: str) -> Callable[[str], bool]:
    """Every word must be there, and none that begins with ``!``; upper and lower case are the same."""
    words = wanted.casefold().split()
    there = [word for word in words if not word.startswith("!")]
    absent = [word[1:] for word in words if len(word) > 1 and word.startswith("!")]
    return lambda text: all(word in text for word in there) and not any(word in text for word in absent)


def phase_bar(progress: float | None, *, cells: int = BAR_CELLS) -> str:
    """How far in the repetition: full cells of a bar."""
    if progress is None or math.isnan(progress):
        return ""
    full = round(min(max(progress, 0.0), 1.0) * cells)
    return "█" * full + "░" * (cells - full)


def _row(state: FloorState, person: LivePerson, alarmed: set[str], group: Group, now_utc_ns: int) -> PersonRow:
    trains = bool(person.exercise)
    unseen_s = state.unseen_s(person, now_utc_ns)
    tempo_s = state.tempo_s(person.person)
    alarm = bool(alarmed & {person.nickname, f"Person {person.number}"} - {""})
    cue = plain(person.cue)
    camera = state.cameras.get(person.camera)
    place = plain(person.zone) or plain(camera.title if camera is not None else person.camera)
    reps, tentative = _amount(person) if trains else ("", "")
    return PersonRow(
        uid=person.person,
        name=name_of(person),
        place=place,
        exercise=exercise_text(person.exercise),
        phase=phase_bar(person.progress) if trains else "",
        reps=reps,
        tentative=tentative,
        set=str(person.set_number) if trains and person.set_number else "",
        tempo=f"{tempo_s:.1f} s" if trains and tempo_s is not None and person.hold_s is None else "",
        form=("‼ see Alerts" if alarm else f"▲ {cue}" if cue else "ok" if trains and reps not in {"", "0"} else ""),
        seen="now" if unseen_s < SEEN_NOW_S else span(unseen_s),
        visit=span(seconds_between(person.session_started_utc_ns, now_utc_ns)) if person.session_started_utc_ns else "",
        fresh=freshness(unseen_s),
        is_problem=alarm or bool(cue) or freshness(unseen_s) == "stale",
        group=_group_of(state, person, group),
    )


def _amount(person: LivePerson) -> tuple[str, str]:
    if person.hold_s is not None:
        return f"{person.hold_s:.0f} s", ""
    return str(person.reps), f"+{person.tentative}?" if person.tentative else ""


def _group_of(state: FloorState, person: LivePerson, group: Group) -> str:
    if group == "zone":
        return plain(person.zone) or NOWHERE
    if group == "camera":
        camera = state.cameras.get(person.camera)
        return plain(camera.title if camera is not None else person.camera)
    return (exercise_text(person.exercise) or RESTING) if group == "exercise" else ""


def _words(row: PersonRow) -> str:
    return f"{row.name} {row.place} {row.exercise or RESTING} {row.form} {row.group}".casefold()


def _order(sort: Sort, state: FloorState) -> Callable[[LivePerson, PersonRow], tuple[float, str]]:
    """What is sorted by; numbers, then texts."""
    orders: dict[Sort, Callable[[LivePerson, PersonRow], tuple[float, str]]] = {
        "number": lambda person, row: (float(person.number or 1_000_000), ""),
        "place": lambda person, row: (0.0, row.place.casefold()),
        "exercise": lambda person, row: (0.0 if row.exercise else 1.0, row.exercise.casefold()),
        "reps": lambda person, row: (float(person.reps) if person.exercise else -1.0, ""),
        "set": lambda person, row: (float(person.set_number), ""),
        "tempo": lambda person, row: (state.tempo_s(person.person) or 0.0, ""),
        "seen": lambda person, row: (-float(person.seen_utc_ns // 1_000_000_000), ""),
        "problem": lambda person, row: (0.0 if row.is_problem else 1.0, row.form.casefold()),
    }
    return orders[sort]


def groups_of(rows: Iterable[PersonRow]) -> list[tuple[str, list[PersonRow]]]:
    """Rows by group, in their order."""
    groups: dict[str, list[PersonRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return list(groups.items())
