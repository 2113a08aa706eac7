"""What is known of the floor: ages, clocks of other machines, states of cameras, tempo."""

import msgspec
import pytest
from console_world import NOW, World, replaced

from core.clock import NANOSECONDS
from core.messages import IngestHeartbeat, LiveCamera
from tui.ports import Glimpse
from tui.state import FloorState, freshness


def after(world: World, seconds: float, state: FloorState, **changes: object) -> None:
    """Let time pass and take what is to be seen then."""
    world.move(seconds)
    state.take(world.glimpse(**changes), world.now_utc_ns)


def test_nothing_is_known_at_first():
    state = FloorState()
    assert state.floor_age_s(NOW) == float("inf")
    assert state.silent_s(NOW) == float("inf")
    assert state.people == ()


@pytest.mark.parametrize(("age_s", "says"), [(0.1, "live"), (3.1, "old"), (10.1, "stale"), (float("inf"), "never")])
def test_what_an_age_means(age_s, says):
    assert freshness(age_s) == says


def test_a_camera_without_news_gets_old():
    world, state = World(), FloorState()
    state.take(world.glimpse(), world.now_utc_ns)
    first = world.live_cameras()
    assert state.cameras["cam1"].freshness(world.now_utc_ns) == "live"
    after(world, 5.0, state, cameras=first)
    assert state.cameras["cam1"].freshness(world.now_utc_ns) == "old"
    after(world, 6.0, state, cameras=first)
    assert state.cameras["cam1"].freshness(world.now_utc_ns) == "stale"
    assert state.cameras["cam1"].age_s(world.now_utc_ns) == pytest.approx(11.1)


def test_a_picture_from_yesterday_is_old_at_once():
    world = World()
    yesterday = world.live_cameras()
    world.move(86_400.0)
    state = FloorState()
    state.take(world.glimpse(cameras=yesterday), world.now_utc_ns)
    assert state.cameras["cam1"].freshness(world.now_utc_ns) == "stale"


def remote(world: World, behind_s: float) -> Glimpse:
    """As if the cameras' machine had a clock that is behind."""
    shift = int(behind_s * NANOSECONDS)
    glimpse = world.glimpse()
    processes = {
        name: msgspec.structs.replace(beat, beat_utc_ns=beat.beat_utc_ns - shift, host="far")
        if isinstance(beat, IngestHeartbeat)
        else beat
        for name, beat in glimpse.processes.items()
    }

    def shifted(live: LiveCamera) -> LiveCamera:
        captured = live.observation.captured_utc_ns - shift
        return msgspec.structs.replace(
            live, observation=msgspec.structs.replace(live.observation, captured_utc_ns=captured)
        )

    cameras = {name: shifted(live) for name, live in glimpse.cameras.items()}
    return replaced(glimpse, processes=processes, cameras=cameras)


@pytest.mark.parametrize("behind_s", [40.0, -40.0])
def test_the_clock_of_another_machine_makes_nothing_old_or_young(behind_s):
    world, state = World(), FloorState()
    for _ in range(3):
        world.move(1.0)
        state.take(remote(world, behind_s), world.now_utc_ns)
    camera = state.cameras["cam1"]
    assert camera.state == "online"
    assert camera.age_s(world.now_utc_ns) == pytest.approx(0.1, abs=0.2)
    last = remote(world, behind_s)
    world.move(20.0)
    state.take(replaced(last, heard_utc_ns=world.now_utc_ns), world.now_utc_ns)
    assert camera.age_s(world.now_utc_ns) == pytest.approx(20.1, abs=0.2)
    assert state.cameras["cam1"].state == "no heartbeat"


def test_a_heartbeat_of_a_dead_process_says_nothing_about_clocks():
    world = World()
    old = world.processes()
    world.move(600.0)
    state = FloorState()
    for _ in range(3):
        world.move(1.0)
        state.take(world.glimpse(processes=old), world.now_utc_ns)
    assert state.beat_age_s("worker:1", world.now_utc_ns) > 600
    assert not state.lives("worker:1", world.now_utc_ns)


def test_without_redis_everything_stays_and_gets_old():
    world, state = World(), FloorState()
    state.take(world.glimpse(), world.now_utc_ns)
    heard = world.now_utc_ns
    for _ in range(4):
        world.move(5.0)
        state.take(world.glimpse(trouble="Redis is gone", heard_utc_ns=heard), world.now_utc_ns)
    assert state.trouble == "Redis is gone"
    assert state.silent_s(world.now_utc_ns) == pytest.approx(20.0)
    assert len(state.people) == world.people
    assert state.cameras["cam1"].freshness(world.now_utc_ns) == "stale"
    assert state.cameras["cam1"].state == "online", "a heartbeat is judged by when Redis answered last"
    after(world, 1.0, state)
    assert state.trouble == ""
    assert state.cameras["cam1"].freshness(world.now_utc_ns) == "live"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"camera_state": "offline"}, "offline"),
        ({"camera_state": "stalled"}, "stalled"),
        ({"beat_utc_ns": NOW - 60 * NANOSECONDS}, "no heartbeat"),
    ],
)
def test_states_of_a_camera(change, says):
    world = World(cameras=1)
    processes = world.processes()
    processes["ingest:cam1"] = msgspec.structs.replace(processes["ingest:cam1"], **change)
    state = FloorState()
    state.take(world.glimpse(processes=processes), world.now_utc_ns)
    assert state.cameras["cam1"].state == says
    assert not state.cameras["cam1"].is_well


def test_a_camera_that_nobody_processes_or_started_or_that_is_paused():
    world = World(cameras=3, states={2: "paused"})
    processes = world.processes()
    del processes["ingest:cam1"]
    processes["worker:1"] = msgspec.structs.replace(processes["worker:1"], cameras={})
    state = FloorState()
    state.take(world.glimpse(processes=processes), world.now_utc_ns)
    assert [camera.state for camera in state.cameras.values()] == ["not started", "unwatched", "paused"]
    assert [camera.is_well for camera in state.cameras.values()] == [False, False, True]


def test_a_removed_camera_goes_and_one_of_another_machine_comes():
    world, state = World(cameras=2), FloorState()
    state.take(world.glimpse(), world.now_utc_ns)
    world.cameras = 1
    processes = world.processes()
    processes["ingest:yard"] = msgspec.structs.replace(processes["ingest:cam1"], sender="ingest:yard", camera="yard")
    after(world, 1.0, state, processes=processes)
    assert list(state.cameras) == ["cam1", "yard"]
    assert state.cameras["yard"].title == "yard"


def test_changes_of_state_are_remembered():
    world, state = World(cameras=1), FloorState()
    state.take(world.glimpse(), world.now_utc_ns)
    world.states[0] = "offline"
    after(world, 1.0, state)
    after(world, 1.0, state)
    assert [(change.state, change.reason) for change in state.cameras["cam1"].changes] == [
        ("online", ""),
        ("offline", "unreachable"),
    ]


def test_samples_come_once_a_second_and_are_bounded():
    world, state = World(cameras=1), FloorState()
    for _ in range(1400):
        after(world, 0.25, state)
    assert len(state.cameras["cam1"].trail) == 300


def test_tempo_stands_while_somebody_rests_within_a_set():
    world, state = World(people=1, cameras=1), FloorState()
    person = msgspec.structs.replace
    base = world.live_person(0)
    start = base.set_started_utc_ns

    def floor(reps: int, seen_s: float) -> object:
        one = person(base, reps=reps, seen_utc_ns=start + int(seen_s * NANOSECONDS))
        return person(world.floor(), people=(one,))

    for reps, seen_s in ((0, 1.0), (4, 10.0), (4, 30.0)):
        after(world, 1.0, state, floor=floor(reps, seen_s))
    assert state.tempo_s("p0") == pytest.approx(2.5)
    assert state.tempo_s("nobody") is None
