import pytest

from core.messages import CameraLoad, IngestHeartbeat, WorkerHeartbeat
from spotter.health import HeartbeatWatch, ResultsWatch

COMMON = {"host": "h", "started_utc_ns": 1, "version": "1", "pid": 1}


def ingest(camera, frames):
    return IngestHeartbeat(
        sender=f"ingest:{camera}", beat_utc_ns=1, camera=camera, boot="b", endpoint="ipc:///x",
        frames_out=frames, **COMMON,
    )  # fmt: skip


def worker(frames, *, beat=1, boot="b7", token=1):
    cameras = {camera: CameraLoad(token=token, cost_ms=1.0, fps=1.0, frames=count) for camera, count in frames.items()}
    return WorkerHeartbeat(sender="worker:1", boot=boot, beat_utc_ns=beat, cameras=cameras, **COMMON)


class TestHeartbeats:
    def test_one_that_stops_is_stale_whatever_the_wall_clock_says(self):
        watch = HeartbeatWatch()
        watch.look({"worker:1": worker({}, beat=10**18)}, 100.0)
        watch.look({"worker:1": worker({}, beat=5)}, 101.0)
        assert not watch.is_stale("b7", 106.9)
        watch.look({"worker:1": worker({}, beat=5)}, 107.5)
        assert watch.is_stale("b7", 107.5)

    def test_that_of_another_process_says_nothing(self):
        watch = HeartbeatWatch()
        watch.look({"worker:1": worker({}, boot="b3")}, 0.0)
        assert not watch.is_stale("b7", 1000.0)
        assert not watch.has_beaten("b7")
        assert watch.has_beaten("b3")
        assert not watch.is_stale("b8", 1000.0)

    def test_two_machines_with_one_name_and_one_process_id_are_two(self):
        watch = HeartbeatWatch()
        for second in range(20):
            here = worker({}, beat=min(second, 5), boot="here")
            there = worker({}, beat=second, boot="there")
            watch.look({"worker:1": here if second % 2 else there}, float(second))
        assert watch.is_stale("here", 20.0)
        assert not watch.is_stale("there", 20.0)

    def test_a_restarted_container_is_not_blamed_for_its_predecessor(self):
        watch = HeartbeatWatch()
        for second in range(20):
            watch.look({"worker:1": worker({}, boot="before")}, float(second))
        assert not watch.has_beaten("after")
        assert not watch.is_stale("after", 20.0)

    def test_an_outage_of_redis_is_forgiven(self):
        watch = HeartbeatWatch()
        watch.look({"worker:1": worker({})}, 0.0)
        watch.forgive(30.0)
        assert not watch.is_stale("b7", 35.0)
        assert watch.is_stale("b7", 36.5)

    def test_who_cannot_get_its_own_through_knows_it_before_others_look_stale(self):
        watch = HeartbeatWatch()
        watch.look({"supervisor": worker({}, boot="b9"), "worker:1": worker({})}, 0.0)
        assert not watch.is_mute("b9", 2.0)
        assert watch.is_mute("b9", 3.0)
        assert not watch.is_stale("b7", 3.0)
        assert not watch.is_mute("b10", 3.0)


class TestResults:
    def run(self, seconds, published, worked, *, behind_s=10.0, cameras=("door",)):
        """Second in which the worker is first blamed; None if it never is."""
        watch = ResultsWatch()
        for second in range(seconds):
            processes = {f"ingest:{camera}": ingest(camera, published(camera, second)) for camera in cameras}
            processes["worker:1"] = worker({camera: worked(camera, second) for camera in cameras})
            if watch.look(processes, behind_s, float(second)):
                return second
        return None

    def test_results_that_follow_are_fine(self):
        assert self.run(60, lambda camera, s: 25 * s, lambda camera, s: 5 * s) is None

    def test_frames_without_results(self):
        assert 10 <= self.run(60, lambda camera, s: 25 * s, lambda camera, s: 0) <= 12
        assert 30 <= self.run(90, lambda camera, s: 25 * s, lambda camera, s: 9 * min(s, 20)) <= 32

    def test_no_frames_no_blame(self):
        assert self.run(60, lambda camera, s: 100, lambda camera, s: 0) is None

    def test_frames_that_have_just_come_back(self):
        assert self.run(40, lambda camera, s: 25 * max(s - 30, 0), lambda camera, s: 0) is None
        assert 40 <= self.run(60, lambda camera, s: 25 * max(s - 30, 0), lambda camera, s: 0) <= 43

    def test_one_starving_camera_of_two_gets_longer(self):
        blamed = self.run(
            80, lambda camera, s: 25 * s, lambda camera, s: 0 if camera == "door" else s, cameras=("door", "racks")
        )
        assert 29 <= blamed <= 32

    def test_a_new_lease_begins_anew(self):
        watch = ResultsWatch()
        said = [
            watch.look({"i": ingest("door", s), "worker:1": worker({"door": 0}, token=s // 5)}, 10.0, float(s))
            for s in range(40)
        ]
        assert not any(said)

    def test_that_of_another_machine_with_the_same_name_blames_nobody_here(self):
        watch = ResultsWatch()
        for s in range(30):
            said = watch.look({"i": ingest("door", s), "worker:1": worker({"door": 0}, boot="there")}, 10.0, float(s))
        assert set(said) == {"there"}

    def test_it_says_which_camera(self):
        watch = ResultsWatch()
        for s in range(30):
            said = watch.look({"i": ingest("door", s), "worker:1": worker({"door": 0})}, 10.0, float(s))
        assert said["b7"].startswith("frames of door come and results have not for 29")


@pytest.mark.parametrize("restarted", [True, False])
def test_a_count_that_begins_again_is_no_standstill(restarted):
    watch = ResultsWatch()
    blamed = {}
    for s in range(14):
        frames = s * 10 if s < 7 or not restarted else (s - 7) * 10
        blamed |= watch.look({"i": ingest("door", frames), "worker:1": worker({"door": frames})}, 5.0, float(s))
    assert not blamed
