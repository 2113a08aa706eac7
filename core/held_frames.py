"""The newest frames of a camera, held for a worker that takes over from a dead one; plain data, no socket."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.clock import NANOSECONDS
from core.messages import FrameHeader, Gap


@dataclass(frozen=True, slots=True)
class Held:
    """One frame or gap as it can be sent again."""

    header: FrameHeader | Gap
    pixels: Any
    """What the socket sends; None with a gap."""
    size: int
    """Bytes of the pixels."""


class HeldFrames:
    """Frames and gaps in the order in which they were published; each has a position that counts from 0 for ever.

    Never holds more than ``hold_s`` by capture time, nor, once ``fit`` was called, more than ``hold_bytes`` of pixels:
    the oldest are made smaller first, and then they go.
    """

    MOST = 16_384
    """Of anything, so that gaps, which have no pixels, are bounded too."""

    def __init__(self, hold_s: float, hold_bytes: int, smaller: Callable[[Held], Held] = lambda held: held) -> None:
        """``smaller``: the same frame in fewer bytes, or as it was."""
        self._smaller = smaller
        self._made_smaller = 0
        """Position before which all are as small as they can be."""
        self._hold_ns = round(hold_s * NANOSECONDS)
        self._hold_bytes = hold_bytes if hold_s > 0 else 0
        self._held: deque[Held] = deque(maxlen=self.MOST)
        self._bytes = 0
        self.end = 0
        """Position of what will be published next."""

    @property
    def begin(self) -> int:
        """Position of the oldest that is held; ``end`` if none is."""
        return self.end - len(self._held)

    @property
    def bytes(self) -> int:
        """Size of all pixels held."""
        return self._bytes

    def append(self, held: Held) -> None:
        """Hold one more, and let go of what is too old."""
        if len(self._held) == self.MOST:
            self._drop_oldest()
        self._held.append(held)
        self._bytes += held.size
        self.end += 1
        oldest_ns = held.header.captured_ns - self._hold_ns
        while self._held and self._held[0].header.captured_ns < oldest_ns:
            self._drop_oldest()

    def fit(self) -> None:
        """Keep within the memory that is allowed; takes time, so call it when the new frame is on its way."""
        while self._bytes > self._hold_bytes:
            position = max(self._made_smaller, self.begin)
            if position < self.end and self._hold_bytes:
                before = self._held[position - self.begin]
                after = self._held[position - self.begin] = self._smaller(before)
                self._bytes += after.size - before.size
                self._made_smaller = position + 1
            else:
                self._drop_oldest()

    def at(self, position: int) -> Held:
        """What is held at a position from ``begin`` up to but not including ``end``."""
        return self._held[position - self.begin]

    def position_after(self, boot: str, sequence: int) -> int:
        """Where to begin for somebody who has seen a frame: behind it, or at the oldest of another boot."""
        for position, held in enumerate(self._held, self.begin):
            if held.header.boot != boot or held.header.sequence > sequence:
                return position
        return self.end

    def _drop_oldest(self) -> None:
        self._bytes -= self._held.popleft().size
