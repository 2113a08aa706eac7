"""The people of the floor as rows: filter, sort, groups, problems, hostile names."""

import msgspec
import pytest
from console_world import World, alert
from rich.cells import cell_len

from core.clock import NANOSECONDS
from tui.memory import Memory
from tui.state import FloorState
from tui.views.people import filter_of, groups_of, people_view, phase_bar


def view(world: World, wanted: str = "", **memory: object):
    return people_view(world.state(), Memory(**memory), wanted, world.now_utc_ns)


def names(found) -> list[str]:
    return [row.name for row in found.rows]


def test_everybody_by_number():
    assert names(view(World(people=4))) == ["#1", "#2", "#3", "#4"]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("squat", ["#1", "#7"]),
        ("SQUAT zone", ["#1", "#7"]),
        ("!squat !zone", []),
        ("resting", ["#6"]),
        ("#3", ["#3"]),
        ("zone 2 !deadlift", ["#5"]),
        ("!", ["#1", "#2", "#3", "#4", "#5", "#6", "#7"]),
    ],
)
def test_filter(wanted, shown):
    found = view(World(people=7), wanted)
    assert names(found) == shown
    assert found.of == 7


@pytest.mark.parametrize(
    ("sort", "first"),
    [("number", "#1"), ("exercise", "#3"), ("reps", "#6"), ("problem", "#1"), ("place", "#1"), ("set", "#6")],
)
def test_sorts(sort, first):
    world = World(people=6)
    assert names(view(world, sort=sort))[0] == first
    forth, back = (view(world, sort=sort, descending=each) for each in (False, True))
    assert sorted(names(forth)) == sorted(names(back))
    assert names(forth) != names(back)


def test_groups_stand_together_in_their_order():
    found = view(World(people=6), group="exercise")
    assert [title for title, _ in groups_of(found.rows)] == [
        "bench press", "biceps curl", "deadlift", "plank", "resting", "squat",
    ]  # fmt: skip
    found = view(World(people=6, cameras=2, titles={1: "A"}), group="camera", descending=True)
    assert [(title, [row.name for row in rows]) for title, rows in groups_of(found.rows)] == [
        ("A", ["#6", "#4", "#2"]), ("cam1", ["#5", "#3", "#1"]),
    ]  # fmt: skip


def test_problems_only_are_cues_alerts_and_who_is_not_seen():
    world = World(people=5, nicknames={3: "Ada"}, alerts=(alert(subject="Ada", alert="person down"),))
    found = view(world, problems_only=True)
    assert names(found) == ["#1", "Ada"]
    assert found.rows[0].form == "▲ Go deeper"
    assert found.rows[1].form == "‼ see Alerts"


def test_who_is_not_seen_is_not_shown_as_live():
    world = World(people=1)
    state = FloorState()
    floor = world.floor()
    gone = msgspec.structs.replace(floor.people[0], seen_utc_ns=world.now_utc_ns - 12 * NANOSECONDS)
    state.take(world.glimpse(floor=msgspec.structs.replace(floor, people=(gone,))), world.now_utc_ns)
    row = people_view(state, Memory(), "", world.now_utc_ns).rows[0]
    assert (row.seen, row.fresh, row.is_problem) == ("12 s", "stale", True)


def test_tentative_repetitions_stand_apart_and_holds_are_seconds():
    rows = view(World(people=5)).rows
    assert (rows[1].reps, rows[1].tentative) == ("1", "+1?")
    assert (rows[4].exercise, rows[4].reps) == ("plank", "12 s")


def test_hostile_texts_are_harmless():
    world = World(people=1, nicknames={1: "\x1b]0;owned\x07" + "😀" * 100 + "[red]" * 20})
    name = view(world).rows[0].name
    assert "\x1b" not in name
    assert "\x07" not in name
    assert cell_len(name) > 200


def test_somebody_without_a_number_yet():
    world = World(people=1)
    nobody = msgspec.structs.replace(world.live_person(0), number=0)
    state = FloorState()
    state.take(world.glimpse(floor=msgspec.structs.replace(world.floor(), people=(nobody,))), world.now_utc_ns)
    assert people_view(state, Memory(), "", world.now_utc_ns).rows[0].name == "new"


def test_a_filter_of_nothing_keeps_all():
    assert filter_of("   ")("anything")


@pytest.mark.parametrize(
    ("progress", "bar"),
    [(None, ""), (0.0, "░░░░░"), (0.5, "██░░░"), (1.0, "█████"), (7.0, "█████"), (float("nan"), "")],
)
def test_phase(progress, bar):
    assert phase_bar(progress) == bar
