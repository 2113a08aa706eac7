"""Frames over real ZeroMQ sockets, on both transports."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zmq

from core.errors import ConfigError, OutOfReachError, WireError
from core.messages import FrameHeader, Gap
from core.sockets import MOST_WORKERS, Arrived, FramePublisher, FrameSubscriber, Keys, PublisherSpec, new_keys

DEADLINE_S = 10.0
QUIET_S = 0.4
"""For how long nothing may arrive where nothing must; some time-outs of a connection are shorter."""
FRAME_NS = 40_000_000
WIDTH, HEIGHT = 64, 48

MakePublisher = Callable[..., FramePublisher]
MakeSubscriber = Callable[..., FrameSubscriber]


def close_in_time(thing: FramePublisher | FrameSubscriber) -> None:
    """A socket that is left open makes its context wait for ever."""
    closing = threading.Thread(target=thing.close, daemon=True)
    closing.start()
    closing.join(DEADLINE_S)
    assert not closing.is_alive(), f"{thing} does not close: a socket is left open"


@pytest.fixture(params=["ipc", "tcp"])
def bind(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/racks.sock" if request.param == "ipc" else "tcp://127.0.0.1:20000-29999"


@pytest.fixture
def make_publisher(bind: str) -> Iterator[MakePublisher]:
    made: list[FramePublisher] = []

    def make(**changes: Any) -> FramePublisher:
        made.append(FramePublisher(PublisherSpec(**({"camera": "racks", "bind": bind} | changes))))
        return made[-1]

    yield make
    for publisher in made:
        close_in_time(publisher)


@pytest.fixture
def make_subscriber() -> Iterator[MakeSubscriber]:
    made: list[FrameSubscriber] = []

    def make(keys: Keys | None = None) -> FrameSubscriber:
        made.append(FrameSubscriber(keys))
        return made[-1]

    yield make
    for subscriber in made:
        close_in_time(subscriber)


def header(sequence: int, camera: str = "racks", boot: str = "b1", **changes: Any) -> FrameHeader:
    fields: dict[str, Any] = {
        "sender": f"ingest:{camera}", "camera": camera, "boot": boot, "sequence": sequence,
        "captured_ns": sequence * FRAME_NS, "captured_utc_ns": sequence * FRAME_NS, "width": WIDTH, "height": HEIGHT,
    }  # fmt: skip
    return FrameHeader(**(fields | changes))


def gap(sequence: int, boot: str = "b1", after_ns: int = 0) -> Gap:
    at_ns = sequence * FRAME_NS + after_ns
    return Gap(
        sender="ingest:racks", camera="racks", boot=boot, sequence=sequence, captured_ns=at_ns, captured_utc_ns=at_ns,
        reason="stalled",
    )  # fmt: skip


def picture(sequence: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    return np.full((height, width, 3), sequence % 251, np.uint8)


def publish(publisher: FramePublisher, *sequences: int, boot: str = "b1") -> None:
    for sequence in sequences:
        publisher.publish(header(sequence, boot=boot), picture(sequence))


def until(condition: Callable[[], bool], serve: FramePublisher | None = None) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        if serve:
            serve.serve()
        time.sleep(0.002)


def joined(publisher: FramePublisher, count: int = 1) -> None:
    """Wait until so many workers are there."""
    until(lambda: publisher.subscribers == count, serve=publisher)


def collect(
    subscriber: FrameSubscriber, publisher: FramePublisher, wanted: int, during: Callable[[], None] = lambda: None
) -> list[Arrived]:
    """Receive until so much has come, and for a moment longer, for what must not come."""
    arrived: list[Arrived] = []

    def step() -> bool:
        during()
        arrived.extend(subscriber.receive(0.01))
        return len(arrived) >= wanted

    until(step, serve=publisher)
    quiet_until = time.monotonic() + 0.05
    while time.monotonic() < quiet_until:
        publisher.serve()
        arrived += subscriber.receive(0.01)
    return arrived


def sequences(arrived: list[Arrived]) -> list[int]:
    return [each.header.sequence for each in arrived]


def nothing_comes(subscriber: FrameSubscriber, publisher: FramePublisher, first: int = 0) -> None:
    quiet_until, sequence = time.monotonic() + QUIET_S, first
    while time.monotonic() < quiet_until:
        publish(publisher, sequence)
        sequence += 1
        assert subscriber.receive(0.01) == []


def test_frames_come_in_order_and_unchanged(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    for sequence in range(30):
        pixels = np.random.default_rng(sequence).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
        assert publisher.publish(header(sequence), pixels)
        [arrived] = collect(subscriber, publisher, 1)
        assert arrived.camera == "racks"
        assert arrived.header == header(sequence)
        np.testing.assert_array_equal(arrived.pixels, pixels)
    assert subscriber.take_dropped("racks") == {}


def test_jpeg_comes_decoded(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    publisher.publish(header(0, encoding="jpeg"), cv2.imencode(".jpg", picture(100))[1].tobytes())
    [arrived] = collect(subscriber, publisher, 1)
    assert arrived.pixels is not None
    assert abs(int(arrived.pixels.mean()) - 100) < 3


def test_without_a_worker_a_frame_is_not_taken(make_publisher: MakePublisher) -> None:
    publisher = make_publisher()
    assert publisher.subscribers == 0
    assert not publisher.publish(header(0), picture(0))


def test_a_frame_that_does_not_fit_its_header_is_not_sent(make_publisher: MakePublisher) -> None:
    with pytest.raises(WireError, match="bytes instead of"):
        make_publisher().publish(header(0), picture(0, width=WIDTH + 1))


def test_the_newest_frame_wins_and_the_others_are_counted(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    publish(publisher, *range(8))
    time.sleep(0.2)  # Until all eight are there: what is tested is that only one of them is taken.
    arrived = collect(subscriber, publisher, 1)
    late = subscriber.take_dropped("racks").get("late", 0)
    assert sequences(arrived)[-1] == 7
    assert len(arrived) + late == 8
    assert late >= 5


def test_gaps_are_never_dropped(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    gaps = [gap(number, after_ns=number) for number in range(1, 61)]
    for each in gaps:
        publish(publisher, each.sequence - 1)
        publisher.publish_gap(each)
    arrived = collect(subscriber, publisher, 60)
    until(lambda: not arrived.extend(subscriber.receive(0.01)) and len(arrived) >= 60, serve=publisher)
    assert [each.header for each in arrived if isinstance(each.header, Gap)] == gaps


def test_a_worker_that_hangs_costs_only_itself(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher, hung, busy = make_publisher(hold_s=0), make_subscriber(), make_subscriber()
    hung.subscribe("racks", publisher.endpoint)
    busy.subscribe("racks", publisher.endpoint)
    joined(publisher, 2)
    got: list[int] = []
    for sequence in range(300):
        assert publisher.publish(header(sequence, width=640, height=480), picture(sequence, 640, 480))
        got += sequences(busy.receive(1.0))
    assert got == list(range(300))
    assert 200 < publisher.dropped["busy"] < 300


@pytest.mark.parametrize("camera", ["cam1", "cam10"])
def test_a_camera_whose_name_begins_alike_is_another(
    camera: str, make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    other = {"cam1": "cam10", "cam10": "cam1"}[camera]
    publisher, subscriber = make_publisher(camera=camera), make_subscriber()
    subscriber.subscribe(other, publisher.endpoint)
    quiet_until = time.monotonic() + QUIET_S
    while time.monotonic() < quiet_until:
        assert not publisher.publish(header(0, camera=camera), picture(0))
        assert subscriber.receive(0.01) == []
    assert publisher.subscribers == 0


def test_held_frames_come_first_and_nothing_is_lost_or_repeated(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, subscriber = make_publisher(hold_s=30), make_subscriber()
    publish(publisher, *range(149))
    publisher.publish_gap(gap(150))
    live = iter(range(150, 300))
    subscriber.subscribe("racks", publisher.endpoint, after=("b1", 20))
    arrived: list[Arrived] = []

    def camera_goes_on() -> bool:
        publish(publisher, *[sequence for sequence in [next(live, None)] if sequence is not None])
        arrived.extend(subscriber.receive(0.01))
        return bool(arrived) and arrived[-1].header.sequence == 299

    until(camera_goes_on, serve=publisher)
    held = [each for each in arrived if isinstance(each.header, Gap) or each.header.held]
    assert sequences(arrived[: len(held)]) == [*range(21, 149), 150, *range(150, 150 + len(held) - 129)]
    assert arrived[: len(held)] == held
    after = sequences(arrived[len(held) :])
    assert after == sorted(set(after))
    assert len(arrived) + subscriber.take_dropped("racks").get("late", 0) + publisher.dropped.get("busy", 0) == 279
    for each in arrived:
        if each.pixels is not None:
            np.testing.assert_array_equal(each.pixels, picture(each.header.sequence))


def test_live_frames_are_not_marked_as_held(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    publish(publisher, *range(5))
    subscriber.subscribe("racks", publisher.endpoint, after=("b1", 2))
    assert [each.header.held for each in collect(subscriber, publisher, 2)] == [True, True]  # type: ignore[union-attr]
    publish(publisher, 5)
    assert [each.header.held for each in collect(subscriber, publisher, 1)] == [False]  # type: ignore[union-attr]


def test_a_replay_reaches_only_the_worker_that_asks(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, one, other = make_publisher(), make_subscriber(), make_subscriber()
    one.subscribe("racks", publisher.endpoint)
    joined(publisher)
    publish(publisher, 0)
    assert sequences(collect(one, publisher, 1)) == [0]
    other.subscribe("racks", publisher.endpoint, after=("b0", 0))
    assert sequences(collect(other, publisher, 1)) == [0]
    assert one.receive(0.1) == []


def test_without_a_wish_nothing_held_comes(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    publish(publisher, 0, 1)
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    publish(publisher, 2)
    assert sequences(collect(subscriber, publisher, 1)) == [2]


def test_a_replay_is_no_longer_than_what_is_held(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, subscriber = make_publisher(hold_s=10 * FRAME_NS / 1e9), make_subscriber()
    publish(publisher, *range(100))
    subscriber.subscribe("racks", publisher.endpoint, after=("b1", 20))
    assert sequences(collect(subscriber, publisher, 11)) == list(range(89, 100))


def test_after_a_restart_of_the_camera_all_is_held(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    publish(publisher, *range(5), boot="b2")
    subscriber.subscribe("racks", publisher.endpoint, after=("b1", 1000))
    assert sequences(collect(subscriber, publisher, 5)) == list(range(5))


def test_a_worker_slower_than_the_camera_comes_back_to_now(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sockets.CATCH_UP_LEAST_S", 0.05)
    monkeypatch.setattr("core.sockets.CATCH_UP_HOLDS", 0.0)
    publisher, subscriber = make_publisher(), make_subscriber()
    big = {"width": 640, "height": 480}
    for sequence in range(100):
        publisher.publish(header(sequence, **big), picture(sequence, 640, 480))
    subscriber.subscribe("racks", publisher.endpoint, after=("b1", 0))
    joined(publisher)
    time.sleep(0.1)
    publisher.publish(header(100, **big), picture(100, 640, 480))
    assert publisher.dropped["too far behind"] > 0
    collect(subscriber, publisher, 1)
    publisher.publish(header(101, **big), picture(101, 640, 480))
    arrived = collect(subscriber, publisher, 1)
    assert sequences(arrived)[-1] == 101
    assert not arrived[-1].header.held  # type: ignore[union-attr]


WORKER = """
import sys
from core.sockets import FrameSubscriber
subscriber = FrameSubscriber()
subscriber.subscribe("racks", sys.argv[1])
while True:
    for arrived in subscriber.receive(1.0):
        print(arrived.header.sequence, flush=True)
"""


def test_a_successor_goes_on_where_a_killed_worker_stopped(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, publisher.endpoint], stdout=subprocess.PIPE, text=True
    ) as worker:
        try:
            joined(publisher)
            publish(publisher, 0)
            assert worker.stdout is not None
            assert worker.stdout.readline() == "0\n"
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(DEADLINE_S)
    publish(publisher, *range(1, 40))
    joined(publisher, 0)
    subscriber.subscribe("racks", publisher.endpoint, after=("b1", 0))
    assert sequences(collect(subscriber, publisher, 39)) == list(range(1, 40))


def test_a_restarted_camera_is_found_again(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    first, subscriber = make_publisher(), make_subscriber()
    endpoint = first.endpoint
    subscriber.subscribe("racks", endpoint)
    joined(first)
    publish(first, 7)
    assert sequences(collect(subscriber, first, 1)) == [7]
    first.close()
    second = make_publisher(bind=endpoint)
    until(lambda: subscriber.receive(0.01) == [] and second.subscribers == 1, serve=second)
    publish(second, 0, boot="b2")
    [arrived] = collect(subscriber, second, 1)
    assert (arrived.header.boot, arrived.header.sequence) == ("b2", 0)


def test_a_replay_that_comes_again_after_a_lost_connection_repeats_nothing(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    first, subscriber = make_publisher(), make_subscriber()
    endpoint = first.endpoint
    publish(first, *range(5))
    first.publish_gap(gap(5))
    subscriber.subscribe("racks", endpoint, after=("b1", 1))
    assert sequences(collect(subscriber, first, 4)) == [2, 3, 4, 5]
    first.close()
    again = make_publisher(bind=endpoint)
    publish(again, *range(5))
    again.publish_gap(gap(5))
    publish(again, *range(5, 10))
    assert sequences(collect(subscriber, again, 5)) == list(range(5, 10))
    assert subscriber.take_dropped("racks") == {}


STILL_S = 4.0
"""Longer than any time-out that might tear the connection of a worker that is merely busy, e.g. loads its models."""
BUSY_WORKER = WORKER.replace("while True:", "sys.stdin.readline()\nwhile True:")


@pytest.mark.parametrize("busy", [False, True], ids=["stopped", "busy"])
def test_a_worker_that_stands_still_costs_only_its_own_frames_and_goes_on(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber, busy: bool
) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    command = [sys.executable, "-c", BUSY_WORKER if busy else WORKER, publisher.endpoint]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        try:
            subscriber.subscribe("racks", publisher.endpoint)
            joined(publisher, 2)
            if not busy:
                os.kill(worker.pid, signal.SIGSTOP)
            large = picture(0, 640, 480)
            sequence, seen, until_s = 0, [], time.monotonic() + STILL_S
            while time.monotonic() < until_s:
                publisher.publish(header(sequence, width=640, height=480), large)
                seen += sequences(collect(subscriber, publisher, 1))
                sequence += 1
            assert seen == list(range(sequence))
            assert publisher.dropped["busy"] > 0
            assert publisher.subscribers == 2
            if busy:
                worker.stdin.write(b"\n")
                worker.stdin.flush()
            else:
                os.kill(worker.pid, signal.SIGCONT)
            os.set_blocking(worker.stdout.fileno(), False)
            told: list[bytes] = []

            def goes_on() -> bool:
                nonlocal sequence
                publish(publisher, sequence)
                sequence += 1
                told.extend(worker.stdout.readlines())
                return bool(told) and int(told[-1]) > len(seen)

            until(goes_on, serve=publisher)
            assert worker.poll() is None
        finally:
            worker.kill()


def test_the_order_of_start_does_not_matter(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber, tmp_path: Path
) -> None:
    subscriber = make_subscriber()
    endpoint = f"ipc://{tmp_path}/later.sock"
    subscriber.subscribe("racks", endpoint)
    assert subscriber.receive(0.01) == []
    publisher = make_publisher(bind=endpoint)
    joined(publisher)
    publish(publisher, 0)
    assert sequences(collect(subscriber, publisher, 1)) == [0]


def test_after_unsubscribing_nothing_comes_and_the_camera_knows(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    publish(publisher, 0)
    subscriber.unsubscribe("racks")
    subscriber.unsubscribe("racks")
    assert subscriber.receive(0.05) == []
    joined(publisher, 0)
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    publish(publisher, 1)
    assert sequences(collect(subscriber, publisher, 1)) == [1]


def test_one_worker_takes_several_cameras(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber, bind: str
) -> None:
    publishers = {
        camera: make_publisher(camera=camera, bind=bind.replace("racks", camera)) for camera in ("racks", "bench")
    }
    subscriber = make_subscriber()
    for camera, publisher in publishers.items():
        subscriber.subscribe(camera, publisher.endpoint)
        joined(publisher)
        publisher.publish(header(3, camera=camera), picture(3))
    arrived: list[Arrived] = []
    until(lambda: len(arrived) == 2 or bool(arrived.extend(subscriber.receive(0.1))))
    assert sorted(each.camera for each in arrived) == ["bench", "racks"]


def test_receive_waits_no_longer_than_asked(make_subscriber: MakeSubscriber) -> None:
    subscriber = make_subscriber()
    begin = time.monotonic()
    assert subscriber.receive(0.05) == []
    assert 0.04 < time.monotonic() - begin < 2.0


def test_garbage_is_counted_and_harms_nothing(make_subscriber: MakeSubscriber, tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/garbage.sock"
    subscriber = make_subscriber()
    subscriber.subscribe("racks", endpoint)
    with zmq.Context() as context, context.socket(zmq.XPUB) as camera:
        camera.setsockopt(zmq.LINGER, 0)
        camera.setsockopt(zmq.RCVTIMEO, int(1000 * DEADLINE_S))
        camera.bind(endpoint)
        mine = camera.recv()[1:]
        for parts in ([], [b"\xc1"], [b"\x91" * 5000, b""], [b"", b"", b"", b""], [b"\x80", b"pixels"]):
            camera.send_multipart([mine, *parts])
        until(lambda: subscriber.receive(0.01) == [] and subscriber.take_dropped("racks").get("malformed") == 5)


class _Raw:
    """A stranger's socket that subscribes to whatever it likes."""

    def __init__(self, kind: int, endpoint: str) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVTIMEO, int(1000 * QUIET_S))
        self.socket.connect(endpoint)

    def __enter__(self) -> zmq.Socket[bytes]:
        return self.socket

    def __exit__(self, *_: object) -> None:
        self.context.destroy(linger=0)


def test_strangers_who_do_not_speak_properly_get_nothing_and_harm_nothing(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    publisher, subscriber = make_publisher(), make_subscriber()
    with _Raw(zmq.XSUB, publisher.endpoint) as stranger:
        for text in (
            b"\x01",
            b"\x01racks/",
            b"hello",
            b"\x01" + b"x" * 3000,
            b"\x00racks/live/w/",
            b"",
            b"\x02\x01\x00",
        ):
            stranger.send(text)
        # Something sensible at the end, so that all before it has been read when it is answered.
        stranger.send(b"\x01racks/live/stranger/")
        joined(publisher)
        subscriber.subscribe("racks", publisher.endpoint)
        joined(publisher, 2)
        publish(publisher, 0)
        assert sequences(collect(subscriber, publisher, 1)) == [0]
        assert stranger.recv_multipart()[0] == b"racks/live/stranger/"
        with pytest.raises(zmq.Again):
            stranger.recv_multipart()


def test_no_more_workers_are_served_than_make_sense(make_publisher: MakePublisher) -> None:
    publisher = make_publisher()
    with _Raw(zmq.SUB, publisher.endpoint) as stranger:
        for number in range(MOST_WORKERS + 5):
            stranger.setsockopt(zmq.SUBSCRIBE, b"racks/live/%d/" % number)
        joined(publisher, MOST_WORKERS)
        quiet_until = time.monotonic() + 0.1
        while time.monotonic() < quiet_until:
            publisher.serve()
        assert publisher.subscribers == MOST_WORKERS
        stranger.setsockopt(zmq.UNSUBSCRIBE, b"racks/live/0/")
        joined(publisher, MOST_WORKERS - 1)


def test_an_allowed_key_is_let_in(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    camera, worker = new_keys(), new_keys()
    publisher = make_publisher(keys=camera, allowed=(new_keys().public, worker.public))
    subscriber = make_subscriber(worker)
    assert publisher.server_key == camera.public
    publish(publisher, 0)
    subscriber.subscribe("racks", publisher.endpoint, publisher.server_key, after=("b0", 0))
    joined(publisher)
    publish(publisher, 1)
    assert sequences(collect(subscriber, publisher, 2)) == [0, 1]
    assert publisher.refused == 0


def test_an_unknown_key_is_refused(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher = make_publisher(keys=new_keys(), allowed=(new_keys().public,))
    subscriber = make_subscriber(new_keys())
    subscriber.subscribe("racks", publisher.endpoint, publisher.server_key, after=("b0", 0))
    nothing_comes(subscriber, publisher)
    until(lambda: publisher.refused > 0, serve=publisher)
    assert publisher.subscribers == 0


def test_no_key_at_all_is_refused(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    publisher, subscriber = make_publisher(keys=new_keys(), allowed=(new_keys().public,)), make_subscriber()
    subscriber.subscribe("racks", publisher.endpoint, after=("b0", 0))
    nothing_comes(subscriber, publisher)
    assert publisher.subscribers == 0


def test_a_camera_with_another_key_than_it_told_is_not_listened_to(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber
) -> None:
    worker = new_keys()
    publisher, subscriber = make_publisher(keys=new_keys(), allowed=(worker.public,)), make_subscriber(worker)
    subscriber.subscribe("racks", publisher.endpoint, new_keys().public)
    nothing_comes(subscriber, publisher)


def test_keys_of_two_pairs_are_refused(make_publisher: MakePublisher) -> None:
    with pytest.raises(ConfigError, match="does not belong"):
        make_publisher(keys=Keys(new_keys().public, new_keys().secret), allowed=(new_keys().public,))


def test_keys_without_anybody_who_may_connect_are_refused(make_publisher: MakePublisher) -> None:
    with pytest.raises(ConfigError, match="authorized"):
        make_publisher(keys=new_keys())


def test_beyond_loopback_keys_are_needed(make_publisher: MakePublisher) -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        make_publisher(bind="tcp://0.0.0.0:20000-29999", advertise="gym.example")


def test_with_keys_all_addresses_may_be_bound(make_publisher: MakePublisher, make_subscriber: MakeSubscriber) -> None:
    worker = new_keys()
    publisher = make_publisher(
        bind="tcp://0.0.0.0:20000-29999", advertise="localhost", keys=new_keys(), allowed=(worker.public,)
    )
    assert publisher.endpoint.startswith("tcp://localhost:2")
    subscriber = make_subscriber(worker)
    subscriber.subscribe("racks", publisher.endpoint, publisher.server_key)
    joined(publisher)


def test_an_encrypted_camera_without_own_keys_is_told(make_subscriber: MakeSubscriber) -> None:
    with pytest.raises(ConfigError, match=r"racks.*transport\.keys"):
        make_subscriber().subscribe("racks", "tcp://127.0.0.1:1", new_keys().public)


@pytest.mark.parametrize(
    ("endpoint", "key"), [("nonsense", ""), ("tcp://127.0.0.1:x", ""), ("tcp://127.0.0.1:1", "short")]
)
def test_an_endpoint_that_is_none_is_told(endpoint: str, key: str, make_subscriber: MakeSubscriber) -> None:
    with pytest.raises(OutOfReachError, match="camera"):
        make_subscriber(new_keys()).subscribe("racks", endpoint, key)


def test_an_address_in_use_is_told(make_publisher: MakePublisher) -> None:
    first = make_publisher()
    with pytest.raises(OutOfReachError, match="in use by another process"):
        make_publisher(bind=first.endpoint)
    joined(first, 0)


def test_a_range_without_a_free_port_is_told(make_publisher: MakePublisher) -> None:
    first = make_publisher(bind="tcp://127.0.0.1:20000-29999")
    port = first.endpoint.rpartition(":")[2]
    with pytest.raises(OutOfReachError, match="in use"):
        make_publisher(bind=f"tcp://127.0.0.1:{port}-{port}")


def test_an_address_of_another_machine_is_told(make_publisher: MakePublisher) -> None:
    with pytest.raises(OutOfReachError, match="no such address"):
        make_publisher(bind="tcp://192.0.2.1:20000-20100", keys=new_keys(), allowed=(new_keys().public,))


def test_the_socket_of_a_killed_process_is_taken_over(
    make_publisher: MakePublisher, make_subscriber: MakeSubscriber, tmp_path: Path
) -> None:
    path = tmp_path / "left.sock"
    code = (
        f"import os, signal, zmq; s = zmq.Context().socket(zmq.XPUB); s.bind('ipc://{path}'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, timeout=DEADLINE_S)
    assert path.is_socket()
    publisher, subscriber = make_publisher(bind=f"ipc://{path}"), make_subscriber()
    subscriber.subscribe("racks", publisher.endpoint)
    joined(publisher)
    assert path.stat().st_mode & 0o077 == 0
    publisher.close()
    assert not path.exists()
