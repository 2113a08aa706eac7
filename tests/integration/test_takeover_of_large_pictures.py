"""A worker takes over a camera of large raw pictures: with the default memory, no frame of the last seconds is lost."""

import time
from pathlib import Path

import numpy as np
import pytest

from core.messages import FrameHeader, Lease, Observation
from core.settings import Transport
from core.sockets import FramePublisher, FrameSubscriber, PublisherSpec
from workers.camera import Taken
from workers.slot import MOST_QUEUED_BYTES, CameraSlot

WIDTH, HEIGHT, FPS = 1920, 1080, 12
HOLD = Transport().hold


class Reader:
    """A pipeline that notes what it was given, and is about as slow as a real one."""

    epoch, people, passed_over = "e", 0, 0

    def __init__(self) -> None:
        self.last: FrameHeader | None = None
        self.seen: list[tuple[int, int]] = []

    def take(self, header: FrameHeader, pixels: np.ndarray) -> Taken:
        self.seen.append((header.sequence, round(float(pixels[::40, ::40].mean()))))
        self.last = header
        time.sleep(0.005)
        observed = Observation(
            sender="worker:2", camera="racks", epoch="e", boot="b", sequence=header.sequence,
            captured_ns=header.captured_ns, captured_utc_ns=header.captured_utc_ns, width=WIDTH, height=HEIGHT,
        )  # fmt: skip
        return Taken(observed, [])

    def checkpoint(self) -> None:
        return None


def header(sequence: int) -> FrameHeader:
    at_ns = round(sequence / FPS * 1e9)
    return FrameHeader(
        sender="ingest:racks", camera="racks", boot="b", sequence=sequence, captured_ns=at_ns, captured_utc_ns=at_ns,
        width=WIDTH, height=HEIGHT,
    )  # fmt: skip


def shade(sequence: int) -> int:
    return 20 + 2 * sequence


def test_nothing_is_lost_at_1080p(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sockets.CATCH_UP_LEAST_S", 300.0)
    count = round(HOLD * FPS)
    spec = PublisherSpec(
        "racks", f"ipc://{tmp_path}/racks.ipc", hold_s=HOLD, hold_bytes=Transport().hold_mb * 1_000_000
    )
    reader = Reader()
    slot = CameraSlot(Lease(sender="worker:2", camera="racks", token=1, granted_utc_ns=0), lambda: reader)
    with FramePublisher(spec) as publisher, FrameSubscriber() as subscriber:
        for sequence in range(count):
            publisher.publish(header(sequence), np.full((HEIGHT, WIDTH, 3), shade(sequence), np.uint8))
            assert publisher._held.bytes <= spec.hold_bytes
        subscriber.subscribe("racks", publisher.endpoint, after=("b", 2))
        end_s = time.monotonic() + 60.0
        while not reader.seen or reader.seen[-1][0] < count - 1:
            assert time.monotonic() < end_s
            publisher.serve()
            for arrived in subscriber.receive(0.0 if slot.waiting else 0.01, but=["racks"] if slot.is_full else ()):
                slot.arrive(arrived.header, arrived.pixels)
            assert slot._queued_bytes <= MOST_QUEUED_BYTES
            slot.step(time.monotonic_ns(), 0)
    assert [sequence for sequence, _ in reader.seen] == list(range(3, count))
    assert all(abs(found - shade(sequence)) <= 2 for sequence, found in reader.seen)
    assert slot.load(0).dropped == {}
    assert publisher.dropped == {}
