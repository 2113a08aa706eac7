"""Who gets which camera: fair, the same for everybody who looks, and no more moves than it takes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messages import CameraLoad, IngestHeartbeat, WorkerHeartbeat
from workers.leases import BETTER, Freshness, Shares, free_assigned, measured_loads, to_hand_over

WORKERS = st.lists(st.sampled_from(["worker:1", "worker:2", "worker:3", "worker:4"]), unique=True, min_size=1)


def beat(name: str, at: int = 1, **cameras: CameraLoad) -> WorkerHeartbeat:
    return WorkerHeartbeat(sender=name, pid=1, host="h", started_utc_ns=0, beat_utc_ns=at, version="0", cameras=cameras)


@st.composite
def situations(draw: st.DrawFn) -> Shares:
    cameras = tuple(f"c{number}" for number in range(draw(st.integers(0, 12))))
    workers = tuple(sorted(draw(WORKERS)))
    owners = {camera: draw(st.sampled_from([*workers, "dead:1"])) for camera in cameras if draw(st.booleans())}
    loads = {camera: draw(st.floats(0.0, 1.0)) for camera in cameras if draw(st.booleans())}
    return Shares(cameras, owners, loads, workers)


@given(situations())
def test_every_free_camera_is_meant_for_a_living_worker(shares: Shares) -> None:
    assigned = free_assigned(shares)
    assert assigned.keys() == {camera for camera in shares.cameras if camera not in shares.owners}
    assert set(assigned.values()) <= set(shares.workers)


@given(situations())
def test_moving_cameras_ends_and_never_makes_it_worse(shares: Shares) -> None:
    owners = {camera: owner for camera, owner in shares.owners.items() if owner != "dead:1"}
    for _ in range(60):
        now = Shares(shares.cameras, owners, shares.loads, shares.workers)
        givers = [(camera, worker) for worker in shares.workers if (camera := to_hand_over(now, worker))]
        if not givers:
            break
        [(camera, giver)] = givers
        peak = max(now.totals().values())
        owners = {each: owner for each, owner in owners.items() if each != camera}
        freed = Shares((camera, *owners), owners, shares.loads, shares.workers)
        taker = free_assigned(freed)[camera]
        assert taker != giver
        owners[camera] = taker
        after = Shares(shares.cameras, owners, shares.loads, shares.workers).totals()
        assert max(after[giver], after[taker]) <= BETTER * peak + 1e-9
    else:
        pytest.fail("cameras move for ever")


def test_equal_cameras_are_shared_equally() -> None:
    cameras = tuple(f"c{number}" for number in range(6))
    assigned = free_assigned(Shares(cameras, {}, {}, ("worker:1", "worker:2", "worker:3")))
    assert sorted(assigned.values()) == sorted(["worker:1", "worker:2", "worker:3"] * 2)


def test_one_heavy_camera_outweighs_three_light_ones() -> None:
    loads = {"a": 0.9, "b": 0.2, "c": 0.2, "d": 0.2}
    assigned = free_assigned(Shares(tuple(loads), {}, loads, ("worker:1", "worker:2")))
    assert assigned == {"a": "worker:1", "b": "worker:2", "c": "worker:2", "d": "worker:2"}


def test_a_new_worker_gets_one_of_two_cameras_and_a_lone_camera_stays() -> None:
    two = Shares(("a", "b"), {"a": "worker:1", "b": "worker:1"}, {"a": 0.2, "b": 0.2}, ("worker:1", "worker:2"))
    assert to_hand_over(two, "worker:1") == "a"
    assert to_hand_over(two, "worker:2") is None
    one = Shares(("a",), {"a": "worker:1"}, {"a": 0.9}, ("worker:1", "worker:2"))
    assert to_hand_over(one, "worker:1") is None


def test_who_stops_or_is_dead_gets_nothing() -> None:
    shares = Shares(("a",), {}, {}, ())
    assert free_assigned(shares) == {}


def test_loads_are_cost_by_rate() -> None:
    load = CameraLoad(token=1, cost_ms=20.0, fps=12.0, frames=100)
    unmeasured = CameraLoad(token=1, cost_ms=0.0, fps=0.0, frames=0)
    assert measured_loads([beat("worker:1", a=load, b=unmeasured)]) == {"a": pytest.approx(0.24)}


def test_a_worker_that_cannot_keep_up_is_as_loaded_as_the_frames_that_come() -> None:
    source = IngestHeartbeat(
        sender="ingest:a", pid=1, host="h", started_utc_ns=0, beat_utc_ns=1, version="0", camera="a", boot="b",
        endpoint="", fps=15.0,
    )  # fmt: skip
    slow = CameraLoad(token=1, cost_ms=100.0, fps=4.0, frames=100)
    assert measured_loads([beat("worker:1", a=slow), source]) == {"a": pytest.approx(1.5)}


def test_who_looks_at_another_moment_of_the_same_heartbeats_sees_the_same() -> None:
    cameras = [f"c{number}" for number in range(9)]
    loads = {camera: random.Random(camera).random() for camera in cameras}
    plans = set()
    for seed in range(5):
        shuffled = random.Random(seed).sample(cameras, 9)
        shares = Shares(tuple(shuffled), {}, {c: loads[c] for c in shuffled}, ("worker:1", "worker:2", "worker:3"))
        plans.add(tuple(sorted(free_assigned(shares).items())))
    assert len(plans) == 1


def test_a_heartbeat_that_does_not_change_grows_old_whatever_its_clock_says() -> None:
    freshness = Freshness()
    freshness.update({"worker:1": beat("worker:1", at=10**18), "worker:2": beat("worker:2", at=5)}, 0)
    freshness.update({"worker:1": beat("worker:1", at=10**18), "worker:2": beat("worker:2", at=4)}, 3 * 10**9)
    assert freshness.age_s("worker:1", 3 * 10**9) == 3.0
    assert freshness.age_s("worker:2", 3 * 10**9) == 0.0
    assert freshness.age_s("worker:3", 3 * 10**9) == float("inf")


def test_a_dead_workers_measure_counts_no_more() -> None:
    heavy = CameraLoad(token=1, cost_ms=90.0, fps=10.0, frames=100)
    light = CameraLoad(token=2, cost_ms=9.0, fps=10.0, frames=100)
    freshness = Freshness()
    freshness.update({"worker:1": beat("worker:1", a=heavy), "worker:2": beat("worker:2", at=1, a=light)}, 0)
    beats = {"worker:1": beat("worker:1", a=heavy), "worker:2": beat("worker:2", at=2, a=light)}
    freshness.update(beats, 3 * 10**9)
    living = freshness.living(beats, 3 * 10**9)
    assert measured_loads(living.values()) == {"a": pytest.approx(0.09)}


def test_who_cannot_read_a_camera_is_given_others() -> None:
    unable = {"worker:1": frozenset({"a", "b"})}
    shares = Shares(("a", "b", "c"), {}, {}, ("worker:1", "worker:2"), unable)
    assert free_assigned(shares) == {"a": "worker:2", "b": "worker:2", "c": "worker:1"}


def test_a_camera_that_nobody_can_read_is_meant_for_nobody() -> None:
    shares = Shares(("a",), {}, {}, ("worker:1",), {"worker:1": frozenset({"a"})})
    assert free_assigned(shares) == {}


def test_no_camera_is_handed_to_who_cannot_read_it() -> None:
    owners = {"a": "worker:1", "b": "worker:1"}
    only_b = {"worker:2": frozenset({"a"})}
    loads = {"a": 0.2, "b": 0.2}
    assert to_hand_over(Shares(("a", "b"), owners, loads, ("worker:1", "worker:2"), only_b), "worker:1") == "b"
    neither = {"worker:2": frozenset({"a", "b"})}
    assert to_hand_over(Shares(("a", "b"), owners, loads, ("worker:1", "worker:2"), neither), "worker:1") is None
