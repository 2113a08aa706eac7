"""ZeroMQ: the only file that imports it.

Sockets are described as data and made in the thread that uses them. Options are set before bind and connect. Nothing
here waits without a time-out, and every frame that is not delivered is counted with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.messages import FrameHeader, Gap


@dataclass(frozen=True, slots=True)
class Keys:
    """CURVE keys of one machine's role, Z85 text."""

    public: str
    secret: str

    def __repr__(self) -> str:
        return f"Keys(public={self.public!r}, secret=***)"


@dataclass(frozen=True, slots=True)
class PublisherSpec:
    """Where and how one camera's frames are published."""

    camera: str
    bind: str
    """``ipc://PATH``, ``tcp://ADDRESS:PORT`` or ``tcp://ADDRESS:FIRST-LAST``."""
    advertise: str | None = None
    keys: Keys | None = None
    allowed: tuple[str, ...] = ()
    """Public keys of the workers that may connect; needed with ``keys``."""
    hold_s: float = 6.0
    hold_bytes: int = 96_000_000


class FramePublisher:
    """Publishes one camera's frames and holds the newest ones back for a worker that takes over.

    An XPUB socket: a worker asks for held frames by subscribing to ``replay/CAMERA/BOOT/SEQUENCE``, and gets all held
    frames after that number, in order, ahead of the live ones.

    Raises ``ConfigError`` for an address beyond loopback without keys, ``OutOfReachError`` if it cannot be bound.
    """

    def __init__(self, spec: PublisherSpec) -> None:
        raise NotImplementedError

    @property
    def endpoint(self) -> str:
        """Where workers connect to."""
        raise NotImplementedError

    @property
    def server_key(self) -> str:
        """Public key; empty without encryption."""
        raise NotImplementedError

    @property
    def subscribers(self) -> int:
        """How many workers have subscribed to the camera."""
        raise NotImplementedError

    def publish(self, header: FrameHeader, picture: NDArray[np.uint8] | bytes) -> bool:
        """Send a frame without waiting; False if no worker could take it. The array must not be changed afterwards."""
        raise NotImplementedError

    def publish_gap(self, gap: Gap) -> None:
        """Tell of a gap; also held."""
        raise NotImplementedError

    def serve(self) -> None:
        """Answer subscriptions and replays that have come in; call a few times a second, without frames too."""
        raise NotImplementedError

    def close(self) -> None:
        """Send what is queued for at most half a second, and close."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message about a camera, as it came."""

    camera: str
    header: FrameHeader | Gap
    pixels: NDArray[np.uint8] | None
    """(height, width, 3) uint8 BGR; None with a gap."""


class FrameSubscriber:
    """Receives the frames of the cameras that a worker owns; connects and subscribes camera by camera."""

    def __init__(self, keys: Keys | None = None) -> None:
        raise NotImplementedError

    def subscribe(
        self, camera: str, endpoint: str, server_key: str = "", *, after: tuple[str, int] | None = None
    ) -> None:
        """Connect to a camera; ``after`` (boot, sequence) asks for the held frames that follow."""
        raise NotImplementedError

    def unsubscribe(self, camera: str) -> None:
        """Take no more of this camera; forgets what is queued."""
        raise NotImplementedError

    def receive(self, wait_s: float) -> list[Arrived]:
        """Everything that has arrived, in order per camera; waits at most so long for the first.

        Decodes nothing that is older than a newer live frame of the same camera: such frames are counted as dropped.
        Held frames and gaps are never dropped. What cannot be understood is counted, and never raises.
        """
        raise NotImplementedError

    def take_dropped(self, camera: str) -> dict[str, int]:
        """Frames of a camera dropped here so far, by reason (``late``, ``malformed``)."""
        raise NotImplementedError

    def close(self) -> None:
        """Close at once."""
        raise NotImplementedError


def new_keys() -> Keys:
    """Make a pair of CURVE keys."""
    raise NotImplementedError


def read_keys(folder: Path, role: str) -> Keys:
    """Read ``ROLE.key`` and ``ROLE.pub``; raises ``ConfigError`` if missing, damaged or readable by others."""
    raise NotImplementedError


def write_keys(folder: Path, role: str, keys: Keys) -> Sequence[Path]:
    """Write a pair, the secret one readable by its owner alone; refuses to replace one."""
    raise NotImplementedError


def allowed_keys(folder: Path) -> tuple[str, ...]:
    """The public keys of all workers in the folder ``authorized``."""
    raise NotImplementedError
