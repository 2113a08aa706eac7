"""One camera in a worker: its queue, its pipeline and its figures; restarts the pipeline when it fails.

No sockets: takes what arrived, gives what came of it. Belongs to the worker's main thread.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.clock import NANOSECONDS
from core.errors import SpotterError, WireError
from core.messages import AnyEvent, CameraLoad, Checkpoint, FrameHeader, Gap, Lease, Observation
from workers.camera import CameraPipeline

log = logging.getLogger(__name__)

CHECKPOINT_EVERY_S = 1.0
CHECKPOINT_BYTES_PER_S = 400_000
"""A camera with many people who train is saved less often, so that Redis and its disk are not busy with it."""
MOST_QUEUED = 400
MOST_QUEUED_BYTES = 160_000_000
ENOUGH_QUEUED_BYTES = 80_000_000
"""Of held frames: seven seconds at 640x480 and 12 frames a second. Those that follow wait at the camera, as JPEG."""
LONGEST_BEHIND_S = 5.0
"""Live frames that wait while held ones are gone over: later than this they are dropped."""
LIVE_AGAIN_S = 3.0
"""After the last held frame: who has not caught up by then is too slow to, and the newest frame wins again."""
FIRST_REST_S, LONGEST_REST_S = 1.0, 60.0
"""After a failure; twice as long after each further one, until it went well for a while."""
RECOVERED_S = 60.0
_WEIGHT = 0.1
"""Of the newest frame in cost and latency: a mean of the last second or so."""
FPS_OVER_S = 5.0

Arrival = tuple[FrameHeader | Gap, NDArray[np.uint8] | None]


@dataclass(slots=True)
class Result:
    """What one step gave."""

    events: list[AnyEvent] = field(default_factory=list)
    observation: Observation | None = None
    checkpoint: Checkpoint | None = None


class CameraSlot:
    """A camera that this worker holds the lease of."""

    def __init__(self, lease: Lease, new_pipeline: Callable[[], CameraPipeline]) -> None:
        self.lease = lease
        self.camera = lease.camera
        self.errors = 0
        self._new_pipeline = new_pipeline
        self._pipeline = new_pipeline()
        self._queue: deque[Arrival] = deque()
        self._queued_bytes = 0
        self._catching_up = False
        self._live_since_ns: int | None = None
        """Since when live frames are gone over while catching up, monotonic."""
        self._dropped: Counter[str] = Counter()
        self._received_dropped: dict[str, int] = {}
        self._frames = 0
        self._people = 0
        self._cost_ms = 0.0
        self._latency_ms = 0.0
        self._done_ns: deque[int] = deque()
        self._checkpoint_due_ns = 0
        self._saved_sequence = -1
        self._rest_until_ns = 0
        self._rest_s = FIRST_REST_S
        self._failed_ns = 0

    def restore(self, checkpoint: Checkpoint | None) -> tuple[str, int] | None:
        """Go on where another worker was; returns the boot and sequence after which frames are asked for."""
        if checkpoint is None:
            return None
        try:
            self._pipeline.restore(checkpoint)
        except WireError as error:
            log.warning("camera %s: %s", self.camera, error)
            return None
        except Exception:
            # Else it would end one worker after the other, as long as it is kept.
            log.exception("camera %s: its checkpoint cannot be gone on with; it begins anew", self.camera)
            self.errors += 1
            self._pipeline = self._new_pipeline()
            return None
        log.info("camera %s: goes on after frame %d", self.camera, checkpoint.sequence)
        return checkpoint.boot, checkpoint.sequence

    @property
    def after(self) -> tuple[str, int] | None:
        """The last frame that was taken or waits, for asking for those that follow."""
        for header, _ in reversed(self._queue):
            if isinstance(header, FrameHeader):
                return header.boot, header.sequence
        last = self._pipeline.last
        return None if last is None else (last.boot, last.sequence)

    @property
    def waiting(self) -> bool:
        """Whether a step would do something."""
        return bool(self._queue)

    @property
    def is_full(self) -> bool:
        """Whether so many held frames wait that more of them shall wait at the camera."""
        return self._catching_up and self._queued_bytes > ENOUGH_QUEUED_BYTES

    def arrive(self, header: FrameHeader | Gap, pixels: NDArray[np.uint8] | None) -> None:
        """Put what came into the queue; a live frame replaces one that waits, a held one does not."""
        live = isinstance(header, FrameHeader) and not header.held
        if isinstance(header, FrameHeader) and header.held:
            self._catching_up, self._live_since_ns = True, None
        if live and not self._catching_up:
            self._drop("late", keep=lambda waiting: isinstance(waiting, Gap))
        self._queue.append((header, pixels))
        self._queued_bytes += _size(pixels)
        oldest_ns = header.captured_ns - round(LONGEST_BEHIND_S * NANOSECONDS)
        if self._catching_up and live:
            self._drop(
                "late",
                keep=lambda waiting: isinstance(waiting, Gap) or waiting.held or waiting.captured_ns >= oldest_ns,
            )
        if len(self._queue) > MOST_QUEUED or self._queued_bytes > MOST_QUEUED_BYTES:
            self._drop("queue full", keep=lambda waiting: isinstance(waiting, Gap) or waiting is header)

    def count_received(self, dropped: dict[str, int]) -> None:
        """Note what the receiving socket dropped so far."""
        self._received_dropped = dropped

    def step(self, now_ns: int, utc_ns: int) -> Result:
        """Process the oldest of what waits; ``now_ns`` monotonic. A failure is logged and counted, never raised."""
        result = Result()
        if not self._queue:
            return result
        header, pixels = self._queue.popleft()
        self._queued_bytes -= _size(pixels)
        self._end_catching_up(header, now_ns)
        if now_ns < self._rest_until_ns:
            self._dropped["failing"] += isinstance(header, FrameHeader)
            return result
        try:
            if isinstance(header, Gap):
                result.events = self._pipeline.gap(header)
            elif pixels is not None:
                self._take(header, pixels, result, utc_ns)
            self._done(now_ns, result)
        except Exception:
            log.exception("camera %s: failed at frame %d; it begins anew", self.camera, header.sequence)
            self._fail(now_ns, result)
        return result

    def last_checkpoint(self) -> Checkpoint | None:
        """For the successor; None where nothing is to be gone on with."""
        try:
            return self._pipeline.checkpoint()
        except Exception:
            log.exception("camera %s: no checkpoint could be made", self.camera)
            return None

    def close(self) -> list[AnyEvent]:
        """The camera is gone for good: the events that close everything."""
        try:
            return self._pipeline.close("stopped")
        except Exception:
            log.exception("camera %s: its tracks could not be closed", self.camera)
            return []

    def load(self, now_ns: int) -> CameraLoad:
        """For the heartbeat."""
        while self._done_ns and now_ns - self._done_ns[0] > FPS_OVER_S * NANOSECONDS:
            self._done_ns.popleft()
        return CameraLoad(
            token=self.lease.token,
            cost_ms=round(self._cost_ms, 3),
            fps=round(len(self._done_ns) / FPS_OVER_S, 2),
            frames=self._frames,
            dropped=dict(self._dropped + Counter(self._received_dropped) + Counter(old=self._pipeline.passed_over)),
            people=self._people,
            latency_ms=round(self._latency_ms, 1),
            epoch=self._pipeline.epoch,
        )

    def _take(self, header: FrameHeader, pixels: NDArray[np.uint8], result: Result, utc_ns: int) -> None:
        taken = self._pipeline.take(header, pixels)
        result.events, result.observation = taken.events, taken.observation
        if taken.observation is None:
            return
        weight = _WEIGHT if self._frames else 1.0
        self._frames += 1
        self._people = len(taken.observation.people)
        self._cost_ms += weight * (taken.observation.cost_ms - self._cost_ms)
        if not header.held:
            latency_ms = (utc_ns - header.captured_utc_ns) / 1e6
            self._latency_ms += weight * (latency_ms - self._latency_ms)

    def _end_catching_up(self, header: FrameHeader | Gap, now_ns: int) -> None:
        if not self._catching_up or isinstance(header, Gap) or header.held:
            return
        self._live_since_ns = now_ns if self._live_since_ns is None else self._live_since_ns
        too_slow = now_ns - self._live_since_ns > LIVE_AGAIN_S * NANOSECONDS
        if not self._queue or too_slow:
            self._catching_up = False
            newest = self._queue[-1][0] if self._queue else None
            self._drop("late", keep=lambda waiting: isinstance(waiting, Gap) or waiting is newest)

    def _done(self, now_ns: int, result: Result) -> None:
        if result.observation is not None:
            self._done_ns.append(now_ns)
        if self._failed_ns and now_ns - self._failed_ns > RECOVERED_S * NANOSECONDS:
            self._rest_s, self._failed_ns = FIRST_REST_S, 0
        last = self._pipeline.last
        if now_ns < self._checkpoint_due_ns or last is None or last.sequence == self._saved_sequence:
            return
        result.checkpoint = self._pipeline.checkpoint()
        self._saved_sequence = last.sequence
        size = len(result.checkpoint.state) if result.checkpoint is not None else 0
        every_s = max(CHECKPOINT_EVERY_S, size / CHECKPOINT_BYTES_PER_S)
        self._checkpoint_due_ns = now_ns + round(every_s * NANOSECONDS)

    def _fail(self, now_ns: int, result: Result) -> None:
        self.errors += 1
        result.events = [*result.events, *self.close()]
        result.checkpoint = None
        self._rest_until_ns = now_ns + round(self._rest_s * NANOSECONDS)
        self._rest_s, self._failed_ns = min(2 * self._rest_s, LONGEST_REST_S), now_ns
        try:
            self._pipeline = self._new_pipeline()
        except SpotterError:
            log.exception("camera %s: its pipeline cannot be made anew", self.camera)
        self._people = 0

    def _drop(self, reason: str, keep: Callable[[FrameHeader | Gap], bool]) -> None:
        kept = [each for each in self._queue if keep(each[0])]
        if len(kept) < len(self._queue):
            self._dropped[reason] += len(self._queue) - len(kept)
            self._queue = deque(kept)
            self._queued_bytes = sum(_size(pixels) for _, pixels in kept)


def _size(pixels: NDArray[np.uint8] | None) -> int:
    return 0 if pixels is None else pixels.nbytes
