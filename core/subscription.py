"""What a worker subscribes to: a topic of its own, which says whose frames it wants and from where on.

Each worker has its own topic, so that held frames reach only the one that asked, and a worker that hangs fills only
its own queue.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from core.errors import WireError
from core.wire import topic

LONGEST_TOPIC = 512
"""Bytes; longer ones are not ours."""
LARGEST_SEQUENCE = 2**63


@dataclass(frozen=True, slots=True)
class Subscription:
    """One worker's wish."""

    camera: str
    worker: str
    """Unlike that of any other subscription: random."""
    after: tuple[str, int] | None = None
    """Boot and sequence of the last frame that is known already: held frames after it are wanted."""

    def topic(self) -> bytes:
        """``CAMERA/live/WORKER/`` or ``CAMERA/replay/WORKER/BOOT/SEQUENCE/``."""
        if self.after is None:
            return topic(self.camera) + f"live/{self.worker}/".encode()
        boot, sequence = self.after
        return topic(self.camera) + f"replay/{self.worker}/{quote(boot, safe='')}/{sequence}/".encode()


def parse_subscription(text: bytes) -> Subscription:
    """Read a topic that ``Subscription.topic`` made; raises ``WireError``."""
    if len(text) <= LONGEST_TOPIC and text.isascii():
        match text.decode("ascii").split("/"):
            case [camera, "live", worker, ""] if camera and worker:
                return Subscription(camera, worker)
            case [camera, "replay", worker, boot, sequence, ""] if camera and worker and sequence.isdecimal():
                return Subscription(camera, worker, (unquote(boot), min(int(sequence), LARGEST_SEQUENCE)))
    raise WireError(f"{text[:80]!r} is no subscription that is known")
