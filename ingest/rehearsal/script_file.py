"""Reads a person's script from a scene file: what the steps may be, and what each becomes.

A station named by ``walk_to`` is where the following steps are done, until the next walk.
"""

from collections.abc import Mapping

from core.errors import ConfigError
from core.toml_tables import Table, is_numbers, shown, suggestion
from ingest.rehearsal.equipment import EQUIPMENT, place_for
from ingest.rehearsal.motions import EXERCISES
from ingest.rehearsal.scene import Station
from ingest.rehearsal.script import (
    IDLE_ACTIONS,
    ON_TREADMILL,
    WALKING_M_S,
    Action,
    Hold,
    Idle,
    Leave,
    Rest,
    Spot,
    Train,
    Walk,
)

STEPS: Mapping[str, tuple[str, ...]] = {
    "walk_to": ("via", "speed"),
    "exercise": ("reps", "tempo", "range", "fatigue", "faults", "aborted", "alternating", "facing"),
    "hold": ("for", "fault", "facing"),
    "rest": ("facing",),
    "idle": ("for", "facing"),
    "leave": (),
}
"""The kinds of steps, and what each may say besides."""


def read_script(person: Table, stations: Mapping[str, Station]) -> list[tuple[Action, int]]:
    """The actions of a person's ``script``, each with the number of its step; what makes no sense is left out."""
    actions: list[tuple[Action, int]] = []
    at: Station | None = None
    steps = person.tables("script", needed=True)
    for number, step in enumerate(steps):
        kinds = [kind for kind in STEPS if kind in step]
        if len(kinds) != 1:
            _not_one_kind(step, kinds)
            continue
        kind = kinds[0]
        step.refuse_unknown((kind, *STEPS[kind]))
        if kind == "walk_to":
            walks, at = _walks(step, stations)
            actions += [(walk, number) for walk in walks]
        elif kind == "leave":
            if not step.flag("leave", default=True):
                step.value_problem("leave", "must be true")
            if number < len(steps) - 1:
                step.problem("somebody who has left can do nothing more; make it the last step", "leave")
            actions.append((Leave(), number))
        else:
            actions += [(action, number) for action in _done(kind, step, at)]
    return actions


def _not_one_kind(step: Table, kinds: list[str]) -> None:
    if kinds:
        step.problem(f"a step does one thing, and this one has {' and '.join(kinds)}; make it {len(kinds)} steps")
        return
    keys = step.keys()
    first = suggestion(keys[0], tuple(STEPS)) if keys else f"; known are {', '.join(STEPS)}"
    step.problem(f"{keys[0] if keys else 'an empty table'} is no step{first}", *keys[:1])


def _walks(step: Table, stations: Mapping[str, Station]) -> tuple[list[Action], Station | None]:
    goal, station = step.raw("walk_to"), None
    if isinstance(goal, str):
        station = stations.get(goal)
        if station is None:
            step.value_problem("walk_to", f"is no station{suggestion(goal, tuple(stations))}")
            return [], None
        to = station.spot("standing").place_m
    elif is_numbers(goal, 2):
        to = (float(goal[0]), float(goal[1]))
    else:
        step.value_problem("walk_to", "must be the name of a station or a point, such as [1.5, 2.0]")
        return [], None
    speed = step.number("speed", WALKING_M_S, 0.3, 2.5)
    return [Walk(each, speed) for each in (*step.points("via"), to)], station


def _done(kind: str, step: Table, at: Station | None) -> list[Action]:
    facing = step.number("facing", low=-360.0, high=360.0) if "facing" in step else None
    if kind == "rest":
        return [Rest(step.seconds("rest"), facing)]
    if kind == "idle":
        name = step.choice("idle", IDLE_ACTIONS)
        seconds = step.seconds("for")
        return [Idle(name, seconds, facing, _spot(step, "idle", name, at))] if name else []
    name = step.choice(kind, tuple(EXERCISES))
    if name and EXERCISES[name].hold != (kind == "hold"):
        right = f'{{ hold = "{name}", for = "20s" }}' if kind == "exercise" else f'{{ exercise = "{name}", reps = 8 }}'
        how = "held" if kind == "exercise" else "counted"
        step.value_problem(kind, f"is {how}; write {right}")
        return []
    spot = _spot(step, kind, name, at) if name else None
    if kind == "hold":
        seconds = step.seconds("for")
        fault = step.choice("fault", tuple(EXERCISES[name].faults)) if name and "fault" in step else None
        return [Hold(name, seconds, fault, facing, spot)] if name else []
    return _train(step, name, facing, spot)


def _spot(step: Table, kind: str, name: str | None, at: Station | None) -> Spot | None:
    """Where at the station it is done; None on the open floor, or where it needs no place of its own."""
    if name is None:
        return None
    if name == ON_TREADMILL and (at is None or at.kind != "treadmill"):
        step.value_problem(kind, "needs a treadmill; walk to one first")
        return None
    if at is None:
        needs = _needs_station(name)
        if needs:
            step.value_problem(kind, f"needs a {needs}; walk to one first")
        return None
    try:
        return at.spot(name)
    except ConfigError as error:
        step.problem(f"{error}", kind)
        return None


def _needs_station(name: str) -> str | None:
    """The only kind of equipment at which something can be done; None if it can be done at several or anywhere."""
    kinds = []
    for kind in EQUIPMENT:
        try:
            place_for(kind, name)
            kinds.append(kind)
        except ConfigError:
            continue
    return kinds[0] if len(kinds) == 1 else None


def _train(step: Table, name: str | None, facing: float | None, spot: Spot | None) -> list[Action]:
    reps = step.whole("reps", low=1, high=200)
    tempo = step.seconds("tempo", low=0.3, high=30.0) if "tempo" in step else None
    range_ = step.number("range", 1.0, 0.5, 1.2)
    fatigue = step.number("fatigue", 0.0, 0.0, 1.0)
    alternating = step.flag("alternating")
    faults = _faults(step, name, reps)
    aborted = _repetitions(step, step.raw("aborted"), reps, "aborted") if "aborted" in step else []
    if name is None:
        return []
    return [Train(name, reps, tempo, range_, faults, alternating, facing, fatigue, frozenset(aborted), spot)]


def _faults(step: Table, name: str | None, reps: int) -> dict[int, str]:
    table = step.table("faults")
    faults: dict[int, str] = {}
    if name is not None:
        known = tuple(EXERCISES[name].faults)
        for fault in table.keys():  # noqa: SIM118  # not a dict
            if fault not in known:
                table.problem(f"{name} has no such fault{suggestion(fault, known)}", fault)
    for fault in table.keys():  # noqa: SIM118  # not a dict
        for rep in _repetitions(step, table.raw(fault), reps, "faults", fault):
            if rep in faults:
                table.problem(f"repetition {rep} is {faults[rep]} already; a repetition has one fault", fault)
            faults[rep] = fault
    return faults


def _repetitions(step: Table, value: object, reps: int, *keys: str) -> list[int]:
    """Numbers of repetitions, all within the set."""
    if not isinstance(value, list) or not all(isinstance(rep, int) and not isinstance(rep, bool) for rep in value):
        step.problem(f"{shown(value)} must be numbers of repetitions, such as [3, 5]", *keys)
        return []
    for rep in value:
        if not 1 <= rep <= reps:
            step.problem(f"there is no repetition {rep}; the set has {reps}", *keys)
    return [rep for rep in value if 1 <= rep <= reps]
