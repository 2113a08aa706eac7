"""What is wrong with the machines, without a screen."""

from dataclasses import replace

import msgspec
import pytest
from console_world import NOW, World

from core.clock import NANOSECONDS
from core.store import Backlog
from tui.advice import ALERTS, FAILURES, LINES, STATES
from tui.ports import Server
from tui.state import FloorState
from tui.views.health import dead_letter_rows, fact_rows, process_rows, red_lines, size_mb, stage_rows
from tui.views.rates import Counter, RateBook

FACTS = {"memory": "1.00M", "most memory": "no limit", "policy": "noeviction", "persistence": "append-only file"}


def state_of(world, beats=None, **glimpse):
    """The state after a glimpse; ``beats`` changes heartbeats by sender, None removes one."""
    state = FloorState()
    processes = dict(world.processes())
    for name, changes in (beats or {}).items():
        if changes is None:
            del processes[name]
        else:
            processes[name] = msgspec.structs.replace(processes[name], **changes)
    server = Server(FACTS, Backlog(10, 0, 0))
    state.take(replace(world.glimpse(), **{"processes": processes, "server": server, **glimpse}), world.now_utc_ns)
    return state


def lines_of(state, book=None, now=NOW):
    return {line.line: line for line in red_lines(state, book or RateBook(), now)}


def test_nothing_is_wrong_with_a_gym_that_works():
    assert red_lines(state_of(World()), RateBook(), NOW) == []


def old(seconds=60):
    return {"beat_utc_ns": NOW - seconds * NANOSECONDS}


@pytest.mark.parametrize(
    ("line", "beats", "said"),
    [
        ("process", {"supervisor": old()}, "supervisor on box has not answered for 1:00"),
        ("trouble", {"supervisor": {"trouble": "x is y"}}, "supervisor: x is y"),
        ("restarts", {"supervisor": {"restarts": {"worker:1": 3}}}, "worker:1 was started anew 3 times"),
        ("configuration", {"supervisor": {"config_problem": "gym.toml:3 fsp\nmore"}}, "broken: gym.toml:3 fsp"),
        ("no aggregator", {"aggregator": None}, "no aggregator leads"),
        ("no aggregator", {"aggregator": old()}, "no aggregator leads"),
        ("database", {"aggregator": {"database": "disk full"}}, "database: disk full"),
        ("dead letters", {"aggregator": {"dead_letters": 2}}, "2 events could not be stored"),
        ("spool", {"worker:1": {"spooled": 7}}, "worker:1 keeps 7 events on its disk"),
        ("no worker", {"worker:1": None}, "no worker runs"),
        ("unwatched", {"worker:1": {"cameras": {}}}, "cam2: frames come and nobody takes them"),
        ("disk", {"aggregator": {"disk_free_mb": 500.0}}, "aggregator on box has 500 MB left on its disk"),
    ],
)  # fmt: skip
def test_each_trouble_has_its_line_with_what_to_do(line, beats, said):
    found = lines_of(state_of(World(), beats))[line]
    assert said in found.what
    assert found.advice.means
    assert found.advice.do


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("redis memory", {"memory": "950.00M", "most memory": "1.00G"}),
        ("redis policy", {"policy": "allkeys-lru"}),
        ("redis disk", {"last write": "err"}),
        ("redis persistence", {"persistence": "snapshots only: a crash may lose events"}),
    ],
)
def test_what_redis_says_of_itself_is_judged(line, facts):
    server = Server(FACTS | facts, Backlog(10, 0, 0))
    assert set(lines_of(state_of(World(), server=server))) == {line}


def test_a_redis_that_is_away_is_the_one_thing_said_of_it():
    state = state_of(World())
    state.take(replace(World().glimpse(), trouble="Redis does not answer"), NOW + 90 * NANOSECONDS)
    lines = lines_of(state, now=NOW + 90 * NANOSECONDS)
    assert lines["redis"].what == "Redis is away for 1:30: Redis does not answer"
    assert "no aggregator" not in lines
    assert "process" not in lines


def test_a_backlog_is_a_line():
    state = state_of(World(), server=Server(FACTS, Backlog(5000, 10, 4000)))
    assert "4010 events wait" in lines_of(state)["backlog"].what


def test_a_camera_that_fails_says_why_and_what_to_do():
    state = state_of(World(states={0: "offline"}))
    line = lines_of(state)["camera"]
    assert line.what == "cam1: unreachable: no route to the camera"
    assert line.advice == FAILURES["unreachable"]
    assert line.camera == "cam1"


def test_paused_cameras_and_stopped_processes_are_no_trouble():
    beats = {"supervisor": {**old(), "state": "stopping"}}
    assert red_lines(state_of(World(states={1: "paused"}), beats), RateBook(), NOW) == []


def moved(world, book, frames_out, results, seconds=8):
    """Let so many frames a second go out and become results."""
    state = None
    for step in range(seconds + 1):
        processes = world.processes()
        ingest, worker = processes["ingest:cam1"], processes["worker:1"]
        load = msgspec.structs.replace(worker.cameras["cam1"], frames=round(results * step))
        beats = {
            "ingest:cam1": {"frames_out": round(frames_out * step), "frames_in": round(frames_out * step)},
            "worker:1": {"cameras": {"cam1": load}, "events": 2 * step},
        }
        assert ingest.camera == "cam1"
        state = state_of(world, beats)
        book.take(state)
        book.take(state)  # the same glimpse again changes nothing
        world.move(1.0)
    return state


def test_rates_come_from_counters_and_drops_are_a_line():
    world, book = World(cameras=1), RateBook()
    state = moved(world, book, frames_out=12, results=3)
    assert book.per_s("cam1", "out") == pytest.approx(12.0)
    assert book.per_s("cam1", "results") == pytest.approx(3.0)
    assert book.per_s("worker:1", "events") == pytest.approx(2.0)
    assert len(book.history("cam1", "out")) == 8
    assert "3.0 of 12.0 frames a second" in lines_of(state, book, world.now_utc_ns)["drops"].what
    (row,) = stage_rows(state, book, world.now_utc_ns)
    assert (row.published, row.processed, row.latency_ms) == (12.0, 3.0, 80.0)


def test_results_that_come_late_are_a_line():
    world = World(cameras=1)
    load = msgspec.structs.replace(world.processes()["worker:1"].cameras["cam1"], latency_ms=4000.0)
    line = lines_of(state_of(world, {"worker:1": {"cameras": {"cam1": load}}}))["late"]
    assert (line.level, line.what) == ("warning", "cam1: results are 4.0 s late")


def test_a_counter_that_begins_anew_is_no_negative_rate():
    counter = Counter()
    for second, value in enumerate((100, 110, 120, 5, 15)):
        counter.take(second * NANOSECONDS, value)
    assert counter.per_s == pytest.approx(10.0)
    assert not counter.take(4 * NANOSECONDS, 15)


def test_the_sum_of_all_stands_below_several_cameras():
    rows = stage_rows(state_of(World(cameras=3)), RateBook(), NOW)
    assert [row.title for row in rows] == ["cam1", "cam2", "cam3", "all"]
    assert (rows[-1].people, rows[-1].latency_ms) == (5, 80.0)


def test_processes_in_trouble_stand_first():
    rows = process_rows(state_of(World(), {"worker:1": old(), "supervisor": {**old(), "state": "stopping"}}), NOW)
    assert [(row.name, row.state) for row in rows[:2]] == [("supervisor", "stopped"), ("worker:1", "no heartbeat")]
    assert {row.state for row in rows[2:]} == {"running"}


def test_facts_are_words():
    facts = dict(fact_rows(state_of(World(), {"aggregator": {"disk_free_mb": 41_000.0}}), RateBook(), NOW))
    assert facts["events that wait"] == "0 unread, 0 in work, 10 kept"
    assert facts["disk of aggregator"] == "41.0 GB free on box"
    assert facts["Redis policy"] == "noeviction"
    assert dead_letter_rows(state_of(World())) == []


def test_sizes_of_redis_are_read():
    assert size_mb("1.50G") == 1500.0
    assert size_mb("820.5K") == pytest.approx(0.8205)
    assert size_mb("no limit") is None
    assert size_mb("") is None


def test_everything_that_can_be_wrong_is_explained_in_the_documentation():
    from pathlib import Path

    text = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    for name in (*LINES, *ALERTS, *FAILURES, *STATES):
        assert f"| {name} |" in text or f"| {name}, " in text or f", {name} |" in text, name
