"""A camera's machine that vanishes and comes back at the same address, while the connection to it seems to live on."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from drawn_people import performance
from redis_service import RedisService
from seen_people import TrueBackend, pipeline

from core.clock import utc_ns
from core.messages import FrameHeader, IngestHeartbeat
from core.runtime import StopRequest
from core.sockets import FramePublisher, FrameSubscriber, PublisherSpec
from core.store import Store
from ingest.rehearsal.script import Rest
from workers.camera import CameraPipeline
from workers.outbox import Outbox
from workers.process import Worker
from workers.spool import Spool

WIDTH, HEIGHT = 64, 48


class Wire:
    """A way to a publisher that can die without a word: old connections stay open, and nothing comes through them."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        self.target = 0
        self._open: list[socket.socket] = []
        self._cut: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def cut(self) -> None:
        """Nothing more comes through the connections of now; they stay open."""
        self._cut.update(self._open)

    def close(self) -> None:
        for each in [self._listening, *self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _run(self, body: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=body, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                self._open += [near, far]
                self._run(self._carry, near, far)
                self._run(self._carry, far, near)

    def _carry(self, giver: socket.socket, taker: socket.socket) -> None:
        with suppress(OSError):
            while data := giver.recv(65536):
                if giver in self._cut:
                    return
                taker.sendall(data)


class Machine:
    """A worker in a thread, and cameras one after the other behind one address."""

    def __init__(self, redis: RedisService, folder: Path, pipeline: Callable[[str], CameraPipeline]) -> None:
        self.wire, self.store = Wire(), Store(redis.address)
        self._outbox = Outbox(redis.address, "worker:1", Spool(folder / "spool", "worker:1"))
        self._stopping, self._ready = StopRequest(), threading.Event()
        self._pipeline = pipeline
        self.publisher: FramePublisher | None = None
        self.sequence = 0
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        assert self._ready.wait(10)

    def _work(self) -> None:
        with FrameSubscriber() as subscriber:
            self._worker = Worker("worker:1", subscriber, self._outbox, self._pipeline)
            self._outbox.start()
            self._ready.set()
            self._worker.run(self._stopping)
        self._outbox.stop(1.0)

    def camera(self, boot: str) -> None:
        """A new run of the camera's process; the one before is gone without having closed anything."""
        if self.publisher is not None:
            self.wire.cut()
            self.publisher.close()
        self.boot, self.sequence = boot, 0
        self.publisher = FramePublisher(PublisherSpec("racks", "tcp://127.0.0.1:20000-29999"))
        self.wire.target = int(self.publisher.endpoint.rpartition(":")[2])

    def beat(self) -> None:
        """Frames and a heartbeat, as from a camera."""
        assert self.publisher is not None
        header = FrameHeader(
            sender="ingest:racks", camera="racks", boot=self.boot, sequence=self.sequence,
            captured_ns=time.monotonic_ns(), captured_utc_ns=utc_ns(), width=WIDTH, height=HEIGHT,
        )  # fmt: skip
        self.publisher.publish(header, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        self.sequence += 1
        self.store.beat(
            IngestHeartbeat(
                sender="ingest:racks",
                pid=1,
                host="h",
                started_utc_ns=1,
                beat_utc_ns=utc_ns(),
                version="0",
                camera="racks",
                boot=self.boot,
                endpoint=self.wire.endpoint,
                camera_state="online",
                fps=20.0,
            )
        )
        time.sleep(0.05)

    def boots_seen(self) -> set[str]:
        return {each.boot for each in self.store.read_observations("0-0", count=5000)[1]}

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(20)
        self._stopping.close()
        if self.publisher is not None:
            self.publisher.close()
        self.wire.close()
        self.store.close()


@pytest.fixture
def machine(own_redis: RedisService, tmp_path: Path) -> Iterator[Machine]:
    backend = TrueBackend(performance(Rest(1.0)))
    made = Machine(own_redis, tmp_path, lambda camera: pipeline(backend))
    yield made
    made.close()


def test_a_worker_finds_the_new_run_of_a_camera_behind_the_same_address(machine: Machine) -> None:
    end_s = time.monotonic() + 60.0
    for boot in ("first", "second", "third"):
        machine.camera(boot)
        while boot not in machine.boots_seen():
            assert time.monotonic() < end_s
            machine.beat()
