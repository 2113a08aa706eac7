"""Two worker processes, a publisher and a Redis: killed, stopped, frozen and emptied in the middle of a set."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis_service import RedisService

from core.clock import mono_ns, utc_ns
from core.messages import AnyDurable, FrameHeader, IngestHeartbeat, Observation, SetChanged, TrackStarted
from core.sockets import FramePublisher, PublisherSpec
from core.store import Store
from core.wire import decode
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, draw_clip
from ingest.rehearsal.script import Performer, Rest, Train
from workers.camera import CameraPipeline
from workers.exercise.catalogue import load_catalogue
from workers.people.finder import open_finder

FPS = 12.0
SCENE = Scene(
    (Performer((0.0, 0.0), 200.0, (Rest(1.0), Train("squat", 5, tempo_s=1.8, facing=200.0), Rest(1.0))),),
    Camera(width=320, height=240, fps=FPS),
    seed=3,
)


@pytest.fixture(scope="module")
def drawn() -> list:
    return [frame.pixels for frame, _ in draw_clip(SCENE)]


@pytest.fixture(scope="module")
def undisturbed(drawn) -> int:
    """Repetitions that one worker counts without a disturbance."""
    finder = open_finder()
    live = CameraPipeline("racks", "worker:0", load_catalogue(), finder)
    events = []
    for number, pixels in enumerate(drawn):
        captured_ns = 10**12 + round(number / FPS * 1e9)
        header = FrameHeader(
            sender="ingest:racks", camera="racks", boot="x", sequence=number, captured_ns=captured_ns,
            captured_utc_ns=captured_ns, width=320, height=240,
        )  # fmt: skip
        events += live.take(header, pixels).events
    events += live.close("stopped")
    finder.close()
    sets = [event for event in events if isinstance(event, SetChanged) and event.exercise == "squat"]
    return len(max(sets, key=lambda each: each.revision).reps)


class Floor:
    """A camera that plays the scene in real time, and workers to be disturbed."""

    def __init__(self, folder: Path, redis: RedisService, drawn: list) -> None:
        self.folder, self.redis, self.drawn = folder, redis, drawn
        self.workers: dict[str, subprocess.Popen] = {}
        self.config = folder / "gym.toml"
        self.config.write_text('[gym]\nname = "Test"\n')
        self.sent = 0
        self._go, self._stop = threading.Event(), threading.Event()
        self.finished, self._heard = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

    def start(self, name: str) -> None:
        command = [
            sys.executable, "-m", "workers", "--config", str(self.config), "--redis", self.redis.address.reveal(),
            "--name", name, "--spool", str(self.folder / "spool"), "--parent", str(os.getpid()),
        ]  # fmt: skip
        with (self.folder / f"{name}.log").open("wb") as log:
            self.workers[name] = subprocess.Popen(command, stderr=log)

    def play(self) -> None:
        self.until(self._heard.is_set)
        self._go.set()

    def owner(self) -> str:
        return self.ask(lambda store: lease.sender if (lease := store.leases(["racks"]).get("racks")) else "")

    def ask(self, question: Callable):
        store = Store(self.redis.address)
        try:
            return question(store)
        finally:
            store.close()

    def events(self) -> list:
        def read(store: Store) -> list:
            answer = store._do("XRANGE", "spotter:events", "-", "+")
            return [decode(fields[1], AnyDurable) for _, fields in answer]

        return self.ask(read)

    def observations(self) -> list[Observation]:
        return self.ask(lambda store: store.read_observations("0-0", count=5000)[1])

    def until(self, true: Callable[[], bool], within_s: float = 30.0) -> float:
        started_s = time.monotonic()
        while not true():
            assert time.monotonic() - started_s < within_s, self.logs()
            time.sleep(0.05)
        return time.monotonic() - started_s

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def close(self) -> None:
        self._stop.set()
        self._go.set()
        self._thread.join()
        for worker in self.workers.values():
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            worker.wait()

    def _play(self) -> None:
        spec = PublisherSpec("racks", f"ipc://{self.folder}/racks.ipc", hold_s=8.0)
        with FramePublisher(spec) as publisher:
            beat_ns, first_ns = 0, 0
            while not self._stop.is_set():
                publisher.serve()
                if publisher.subscribers:
                    self._heard.set()
                if mono_ns() - beat_ns > 5e8:
                    beat_ns = mono_ns()
                    self._beat(publisher)
                due = self._go.is_set() and self.sent < len(self.drawn)
                first_ns = first_ns if self._go.is_set() and first_ns else mono_ns()
                if due and mono_ns() >= first_ns + self.sent / FPS * 1e9:
                    captured_ns = 10**12 + round(self.sent / FPS * 1e9)
                    header = FrameHeader(
                        sender="ingest:racks", camera="racks", boot="b1", sequence=self.sent, captured_ns=captured_ns,
                        captured_utc_ns=utc_ns(), width=320, height=240,
                    )  # fmt: skip
                    publisher.publish(header, self.drawn[self.sent])
                    self.sent += 1
                elif not due and self._go.is_set():
                    self.finished.set()
                time.sleep(0.005)

    def _beat(self, publisher: FramePublisher) -> None:
        from core.errors import StoreError

        beat = IngestHeartbeat(
            sender="ingest:racks", pid=1, host="h", started_utc_ns=1, beat_utc_ns=utc_ns(), version="0", camera="racks",
            boot="b1", endpoint=publisher.endpoint, camera_state="online", fps=FPS,
        )  # fmt: skip
        try:
            self.ask(lambda store: store.beat(beat))
        except StoreError:
            return


@pytest.fixture
def floor(tmp_path: Path, own_redis: RedisService, drawn: list) -> Iterator[Floor]:
    made = Floor(tmp_path, own_redis, drawn)
    yield made
    made.close()


def squats(events: list) -> list[SetChanged]:
    return [event for event in events if isinstance(event, SetChanged) and event.exercise == "squat"]


def check_whole(floor: Floor, undisturbed: int, events: list) -> None:
    """One epoch, one track, one set with all repetitions."""
    assert len({event.who.epoch for event in events}) == 1, floor.logs()
    assert {event.who.track for event in events} == {1}
    newest = max(squats(events), key=lambda each: each.revision)
    assert len(newest.reps) == undisturbed
    assert {each.number for each in squats(events) if not each.withdrawn} == {newest.number}


def test_killed_in_the_middle_of_a_set_the_other_goes_on(floor: Floor, undisturbed: int) -> None:
    floor.start("worker:1")
    floor.until(lambda: floor.owner() == "worker:1")
    floor.start("worker:2")
    floor.until(lambda: "worker:2" in floor.ask(lambda store: store.processes()))
    floor.play()
    floor.until(lambda: any(len(each.reps) >= 2 for each in squats(floor.events())))
    floor.workers["worker:1"].kill()
    assert floor.until(lambda: floor.owner() == "worker:2") < 3.0
    floor.until(floor.finished.is_set)
    floor.until(lambda: bool(squats(floor.events())) and len(squats(floor.events())[-1].reps) == undisturbed, 10)
    check_whole(floor, undisturbed, floor.events())
    assert sum(isinstance(event, TrackStarted) for event in floor.events()) == 1
    assert {observed.sender for observed in floor.observations()} == {"worker:1", "worker:2"}


def test_a_clean_stop_hands_over_at_once(floor: Floor, undisturbed: int) -> None:
    floor.start("worker:1")
    floor.until(lambda: floor.owner() == "worker:1")
    floor.start("worker:2")
    floor.until(lambda: "worker:2" in floor.ask(lambda store: store.processes()))
    floor.play()
    floor.until(lambda: any(len(each.reps) >= 2 for each in squats(floor.events())))
    floor.workers["worker:1"].terminate()
    assert floor.until(lambda: floor.owner() == "worker:2") < 1.5
    assert floor.workers["worker:1"].wait(5) == 0
    assert "worker:1" not in floor.ask(lambda store: store.processes())
    floor.until(floor.finished.is_set)
    floor.until(lambda: len(squats(floor.events())[-1].reps) == undisturbed, 10)
    events = floor.events()
    check_whole(floor, undisturbed, events)
    # Nothing was gone over twice: the successor began where the other ended.
    assert len({event.id for event in events}) == len(events)
    sequences = [observed.sequence for observed in floor.observations()]
    assert len(set(sequences)) == len(sequences)


def test_redis_gone_and_back_empty_loses_no_event(floor: Floor, undisturbed: int) -> None:
    floor.start("worker:1")
    floor.until(lambda: floor.owner() == "worker:1")
    floor.play()
    floor.until(lambda: any(len(each.reps) >= 2 for each in squats(floor.events())))
    before = floor.events()
    floor.redis.kill()
    floor.until(lambda: any((floor.folder / "spool").glob("*.spool")))
    time.sleep(3.0)
    floor.redis.empty()
    floor.redis.start()
    floor.until(lambda: floor.owner() == "worker:1")
    floor.until(floor.finished.is_set)
    floor.until(lambda: bool(squats(floor.events())) and len(squats(floor.events())[-1].reps) == undisturbed, 10)
    after = floor.events()
    check_whole(floor, undisturbed, [*before, *after])
    # What Redis forgot was sent again, so that the second run alone holds everything.
    assert {event.id for event in before} <= {event.id for event in after}
    assert len({event.id for event in after}) == len(after)


def test_frozen_and_thawed_the_first_worker_says_nothing_more(floor: Floor, undisturbed: int) -> None:
    floor.start("worker:1")
    floor.until(lambda: floor.owner() == "worker:1")
    floor.start("worker:2")
    floor.until(lambda: "worker:2" in floor.ask(lambda store: store.processes()))
    floor.play()
    floor.until(lambda: any(len(each.reps) >= 2 for each in squats(floor.events())))
    floor.workers["worker:1"].send_signal(signal.SIGSTOP)
    floor.until(lambda: floor.owner() == "worker:2")
    granted_ns = floor.ask(lambda store: store.leases(["racks"]))["racks"].granted_utc_ns
    floor.until(lambda: any(each.sender == "worker:2" for each in floor.observations()))
    floor.workers["worker:1"].send_signal(signal.SIGCONT)
    floor.until(floor.finished.is_set)
    floor.until(lambda: len(max(squats(floor.events()), key=lambda each: each.revision).reps) == undisturbed, 10)
    check_whole(floor, undisturbed, floor.events())
    late = [event for event in floor.events() if event.sender == "worker:1" and event.captured_utc_ns > granted_ns]
    assert late == []
    assert "another worker" in (floor.folder / "worker:1.log").read_text()


def test_an_address_without_a_redis_is_waited_for(tmp_path: Path, own_redis: RedisService, drawn: list) -> None:
    own_redis.kill()
    floor = Floor(tmp_path, own_redis, drawn)
    try:
        floor.start("worker:1")
        time.sleep(2.0)
        assert floor.workers["worker:1"].poll() is None
        own_redis.start()
        floor.until(lambda: floor.owner() == "worker:1")
    finally:
        floor.close()
