"""The loop of an ingest process: keeps one camera connected, and publishes its frames.

Owns the connection and the numbering of frames. Thins, masks and encodes frames, says gaps, and tells how the camera
is. Knows neither Redis nor workers. Only the loop's thread touches the socket; the heartbeat's thread only reads.
"""

import logging
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.clock import NANOSECONDS, SteadyUtc, mono_ns, utc_ns
from core.errors import SourceError
from core.frame import Frame
from core.messages import Encoding, FrameHeader, Gap, GapReason, IngestHeartbeat
from core.runtime import Stopping, Vitals, new_boot
from core.settings import Camera, Transport
from core.sockets import FramePublisher
from core.wire import as_jpeg
from ingest.masks import Masks
from ingest.pacing import Backoff, Rate, Thinner
from ingest.reader import Reader, Taken
from ingest.status import CameraStatus, Missing

logger = logging.getLogger(__name__)

ROUND_S = 0.05
"""Longest wait in a round: subscriptions are answered and a stop is seen so often."""
STEADY_NS = 10 * NANOSECONDS
"""A connection that has lasted so long counts as a success; a camera that breaks off at once is not hurried."""
PAUSED_NS = 2 * NANOSECONDS
"""A round takes at most a small part of it."""
STOP_S = 1.0


class CameraLoop:
    """One camera from its source to its socket."""

    def __init__(
        self,
        camera: Camera,
        publisher: FramePublisher,
        *,
        sender: str,
        boot: str = "",
        encoding: Encoding,
        jpeg_quality: int = 90,
        start_mono_ns: int | None = None,
        show: Callable[[NDArray[np.uint8], int], None] | None = None,
    ) -> None:
        """``show`` is given every published frame, masked, with its UTC; it must be quick and change nothing."""
        self._camera, self._publisher, self._sender = camera, publisher, sender
        self._encoding, self._jpeg_quality = encoding, jpeg_quality
        self._start_mono_ns, self._show = start_mono_ns, show
        self.boot = boot or new_boot()
        now_ns = mono_ns()
        self._utc = SteadyUtc(now_ns, utc_ns())
        self._status = CameraStatus(now_ns, camera.stall_after)
        self._thinner, self._masks = Thinner(camera.fps), Masks(camera.mask)
        self._rate, self._backoff = Rate(), Backoff()
        self._reader: Reader | None = None
        self._try_at_ns = now_ns
        self._connected_ns: int | None = None
        self._first_sequence = 0
        self._next_sequence = 0
        self._last_captured_ns = 0
        self._size: tuple[int, int] | None = None
        self._frames_out = 0
        self._dropped: dict[str, int] = {}
        self._before_in, self._before_dropped = 0, dict[str, int]()
        self._told = ""
        self._lock = threading.Lock()
        self.alive_ns = now_ns
        """When the loop last went round."""
        self.reader_is_stuck = False
        """A thread is left inside the camera's library: the process must not end in the ordinary way."""

    def run(self, stopping: Stopping) -> None:
        """Go round until asked to stop; raises ``SourceError`` when the camera's library has hung."""
        try:
            while not stopping.is_set():
                self._look_for_pause()
                self._publisher.serve()
                self._round(stopping)
        finally:
            if self._reader is not None and not self._reader.stop(STOP_S):
                self.reader_is_stuck = True

    def heartbeat(self, vitals: Vitals) -> IngestHeartbeat:
        """How the camera is; may be called from another thread."""
        with self._lock:
            now_ns, status = mono_ns(), self._status
            to_utc_ns = utc_ns() - now_ns
            width, height = self._size or (0, 0)
            dropped = self._all_dropped()
            return IngestHeartbeat(
                sender=vitals.sender,
                pid=vitals.pid,
                host=vitals.host,
                started_utc_ns=vitals.started_utc_ns,
                beat_utc_ns=vitals.beat_utc_ns,
                version=vitals.version,
                rss_mb=vitals.rss_mb,
                cpu_share=vitals.cpu_share,
                trouble=status.detail if status.state in {"offline", "stalled"} else "",
                camera=self._camera.id,
                boot=self.boot,
                endpoint=self._publisher.endpoint,
                server_key=self._publisher.server_key,
                camera_state=status.state,
                reason=status.reason,
                detail=status.detail,
                width=width,
                height=height,
                fps=round(self._rate.per_second(now_ns), 2),
                frames_in=self._frames_out + sum(dropped.values()),
                frames_out=self._frames_out,
                dropped=dropped,
                reconnects_last_hour=status.reconnects_last_hour(now_ns),
                state_since_utc_ns=status.since_ns + to_utc_ns,
                last_frame_utc_ns=0 if status.last_frame_ns is None else status.last_frame_ns + to_utc_ns,
            )

    def _look_for_pause(self) -> None:
        """Note that the loop goes round; after SIGSTOP or a frozen machine, nobody else is to blame for being late."""
        now_ns = mono_ns()
        if now_ns - self.alive_ns > PAUSED_NS and self._reader is not None:
            self._reader.excuse(now_ns - self.alive_ns)
        self.alive_ns = now_ns

    def _all_dropped(self) -> dict[str, int]:
        total = dict(self._dropped)
        for more in (self._before_dropped, self._reader.dropped if self._reader is not None else {}):
            for reason, frames in more.items():
                total[reason] = total.get(reason, 0) + frames
        return total

    def _drop(self, reason: str) -> None:
        self._dropped[reason] = self._dropped.get(reason, 0) + 1

    def _round(self, stopping: Stopping) -> None:
        reader = self._reader
        if reader is None:
            if self._status.state == "ended" or mono_ns() < self._try_at_ns:
                stopping.wait(ROUND_S)
            else:
                self._connect()
            return
        taken = reader.take(ROUND_S)
        with self._lock:
            now_ns = mono_ns()
            if self._connected_ns is None and reader.is_live:
                self._connected_ns = now_ns
                self._status.connected(now_ns)
            if taken.frame is not None:
                self._take(taken, taken.frame, now_ns)
            elif reader.finished:
                self._conclude(reader, now_ns)
            elif self._status.watch(now_ns):
                logger.warning("stalled: %s", self._status.detail)
        if reader.is_hung(now_ns) and now_ns - self.alive_ns < PAUSED_NS:
            raise SourceError(
                "stalled", f"camera {self._camera.id}: its library hangs and cannot be stopped; this process must be "
                "started anew"
            )  # fmt: skip

    def _connect(self) -> None:
        self._first_sequence = self._next_sequence
        self._connected_ns = None
        with self._lock:
            self._reader = Reader(self._camera, start_mono_ns=self._start_mono_ns)
        self._reader.start()

    def _conclude(self, reader: Reader, now_ns: int) -> None:
        """The connection is over: count what it gave, and say when the next one is tried."""
        reader.stop(STOP_S)
        for reason, frames in reader.dropped.items():
            self._before_dropped[reason] = self._before_dropped.get(reason, 0) + frames
        self._reader = None
        if reader.failure is None:
            self._publish_gap("ended", self._next_sequence, now_ns, self._utc.update(now_ns, utc_ns()))
            self._status.ended(now_ns)
            logger.info("ended: %s", self._status.detail)
            return
        self._status.failed(now_ns, reader.failure)
        wait_s = self._backoff.next_s()
        self._try_at_ns = now_ns + round(wait_s * NANOSECONDS)
        # The same again every half a minute would bury everything else in the log.
        level = logging.DEBUG if self._told == self._status.detail else logging.WARNING
        self._told = self._status.detail
        logger.log(level, "offline (%s): %s; tried again until it works", self._status.reason, self._status.detail)

    def _take(self, taken: Taken, frame: Frame, now_ns: int) -> None:
        """Publish a frame, after what is missing before it, unless there are more than enough."""
        sequence = self._first_sequence + frame.sequence
        self._next_sequence = sequence + 1
        captured_ns = max(frame.captured_ns, self._last_captured_ns + 1)
        self._last_captured_ns = captured_ns
        captured_utc_ns = self._utc.update(now_ns, utc_ns()) - (now_ns - captured_ns)
        for missing in self._missing_before(taken, frame, now_ns):
            self._publish_gap(missing.reason, sequence, captured_ns, captured_utc_ns, missing.lasted_s)
            self._thinner.restart()
        if not self._thinner.passes(captured_ns):
            self._drop("paced")
            return
        height, width = frame.pixels.shape[:2]
        header = FrameHeader(
            sender=self._sender,
            camera=self._camera.id,
            boot=self.boot,
            sequence=sequence,
            captured_ns=captured_ns,
            captured_utc_ns=captured_utc_ns,
            width=width,
            height=height,
            encoding=self._encoding,
        )
        self._masks.blacken(frame.pixels)
        if self._show is not None:
            self._show(frame.pixels, captured_utc_ns)
        sent = self._publisher.publish(header, self._encoded(frame.pixels))
        self._rate.count(now_ns)
        if sent:
            self._frames_out += 1
        else:
            self._drop("busy" if self._publisher.subscribers else "no subscriber")

    def _missing_before(self, taken: Taken, frame: Frame, now_ns: int) -> list[Missing]:
        before = self._status.state
        missing = self._status.frame(now_ns)
        found = [missing] if missing is not None else []
        found += [Missing(reason, 0.0) for reason in taken.breaks]
        size = (frame.pixels.shape[1], frame.pixels.shape[0])
        if self._size not in {None, size}:
            found.append(Missing("resized", 0.0))
        if before != "online" or self._size != size:
            logger.info("online: %dx%d", *size)
            self._told = ""
        self._size = size
        if self._connected_ns is not None and now_ns - self._connected_ns > STEADY_NS:
            self._backoff.reset()
        return found

    def _publish_gap(
        self, reason: GapReason, sequence: int, captured_ns: int, captured_utc_ns: int, lasted_s: float = 0.0
    ) -> None:
        self._publisher.publish_gap(
            Gap(
                sender=self._sender,
                camera=self._camera.id,
                boot=self.boot,
                sequence=sequence,
                captured_ns=captured_ns,
                captured_utc_ns=captured_utc_ns,
                reason=reason,
                lasted_s=lasted_s,
            )
        )

    def _encoded(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | bytes:
        if self._encoding == "raw":
            return np.ascontiguousarray(pixels)
        return as_jpeg(pixels, self._jpeg_quality)


def encoding_of(transport: Transport) -> Encoding:
    """How frames travel; JPEG where they leave the machine, unless the config says otherwise."""
    if transport.encoding != "auto":
        return transport.encoding
    return "raw" if transport.bind == "ipc" else "jpeg"
