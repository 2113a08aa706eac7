"""How each transport sends and receives a frame, behind one small interface; each as its own documentation shows it."""

import importlib
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from core.clock import mono_ns, utc_ns
from core.errors import ConfigError
from core.messages import FrameHeader
from core.sockets import FramePublisher, FrameSubscriber, PublisherSpec

Transport = Literal["spotter", "imagezmq PUB/SUB", "imagezmq REQ/REP", "NetGear PUB/SUB", "NetGear PAIR"]
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
Encoding = Literal["raw", "jpeg"]
NETGEAR_PATTERNS = {"NetGear PAIR": 0, "NetGear PUB/SUB": 2}
CAMERA = "bench"

Send = Callable[[NDArray[np.uint8]], None]
"""Sends one picture, (height, width, 3) uint8 BGR; or one JPEG picture, (bytes,) uint8."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where two processes meet; raw pictures over ipc and JPEG over tcp, as in a gym on one and on many machines."""

    folder: str
    port: int
    encoding: Encoding
    width: int
    height: int

    @property
    def endpoint(self) -> str:
        """As ZeroMQ spells it."""
        return f"ipc://{self.folder}/frames" if self.encoding == "raw" else f"tcp://127.0.0.1:{self.port}"

    @property
    def is_jpeg(self) -> bool:
        """Whether pictures are compressed."""
        return self.encoding == "jpeg"


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_installed(transports: tuple[Transport, ...]) -> None:
    """Raise ``ConfigError`` if a peer is not installed."""
    for each in transports:
        if each.startswith("imagezmq"):
            _peer("imagezmq", "imagezmq")
        elif each.startswith("NetGear"):
            _peer("vidgear.gears.netgear", "vidgear")


def make_sender(transport: Transport, place: Place, open_things: ExitStack) -> Send:
    """Open the camera's end."""
    if transport == "spotter":
        return _make_own_sender(place, open_things)
    if transport in NETGEAR_PATTERNS:
        send_array: Send = _netgear(transport, place, receive_mode=False).send
        return send_array
    sender = _peer("imagezmq", "imagezmq").ImageSender(place.endpoint, REQ_REP=transport == "imagezmq REQ/REP")
    send = sender.send_jpg if place.is_jpeg else sender.send_image
    return lambda picture: send(CAMERA, picture)


def receive(transport: Transport, place: Place) -> Iterator[tuple[NDArray[np.uint8] | None, int]]:
    """Open the worker's end, and give each picture as it comes, decoded; and how many were left out before it."""
    if transport == "spotter":
        yield from _receive_own(place)
        return
    if transport in NETGEAR_PATTERNS:
        gear = _netgear(transport, place, receive_mode=True)
        while (found := gear.recv()) is not None:
            yield _decoded(found, place), 0
        return
    hub = _peer("imagezmq", "imagezmq").ImageHub(place.endpoint, REQ_REP=transport == "imagezmq REQ/REP")
    while True:
        _, found = hub.recv_jpg() if place.is_jpeg else hub.recv_image()
        if transport == "imagezmq REQ/REP":
            hub.send_reply(b"OK")
        yield _decoded(found, place), 0


def _make_own_sender(place: Place, open_things: ExitStack) -> Send:
    publisher = open_things.enter_context(FramePublisher(PublisherSpec(CAMERA, place.endpoint)))
    sent = 0

    def send(picture: NDArray[np.uint8]) -> None:
        nonlocal sent
        header = FrameHeader(
            sender="ingest:bench",
            camera=CAMERA,
            boot="bench",
            sequence=sent,
            captured_ns=mono_ns(),
            captured_utc_ns=utc_ns(),
            width=place.width,
            height=place.height,
            encoding=place.encoding,
        )
        publisher.publish(header, picture)
        sent += 1

    return send


def _receive_own(place: Place) -> Iterator[tuple[NDArray[np.uint8] | None, int]]:
    late = 0
    with FrameSubscriber() as subscriber:
        subscriber.subscribe(CAMERA, place.endpoint)
        while True:
            for arrived in subscriber.receive(1.0):
                left_out = subscriber.take_dropped(CAMERA).get("late", 0) - late
                late += left_out
                yield arrived.pixels, left_out


def _netgear(transport: Transport, place: Place, receive_mode: bool) -> Any:  # noqa: ANN401  # a foreign class
    netgear = _peer("vidgear.gears.netgear", "vidgear").NetGear
    return netgear(
        address="127.0.0.1" if place.is_jpeg else f"{place.folder}/frames",
        port=str(place.port),
        protocol="tcp" if place.is_jpeg else "ipc",
        pattern=NETGEAR_PATTERNS[transport],
        receive_mode=receive_mode,
        # Its own JPEG needs another package; all transports are given the same JPEG pictures instead.
        jpeg_compression=False,
    )


def _decoded(found: Any, place: Place) -> NDArray[np.uint8] | None:  # noqa: ANN401  # an array or a buffer
    if not place.is_jpeg:
        return np.asarray(found, np.uint8)
    picture = cv2.imdecode(np.frombuffer(found, np.uint8), cv2.IMREAD_COLOR)
    return None if picture is None else np.asarray(picture, np.uint8)


def _peer(module: str, distribution: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"{distribution} is not installed: say pip install {distribution}, or leave it out"
        ) from error
