"""Reads one connection of a camera in a thread of its own, and keeps the newest frame for the loop.

A blocking read must not stop the heartbeat. The thread cannot be killed: when it does not come back in time, only the
end of the process helps, which the loop decides.
"""

import logging
import threading
import traceback
from dataclasses import dataclass

from core.clock import NANOSECONDS, mono_ns
from core.errors import SourceError, SpotterError
from core.frame import Frame
from core.messages import GapReason
from core.settings import Camera
from ingest.live.source import Break, Source
from ingest.sources import open_source

logger = logging.getLogger(__name__)

NAME_SERVICE_S = 30.0
"""A name service that is down takes this long to say so, and cannot be hurried."""
GRACE_S = 3.0
MOST_BREAKS = 4
"""Breaks between two frames that were taken: more say nothing new."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What has come since the last look."""

    breaks: tuple[GapReason, ...] = ()
    """Told by the source, before the frame."""
    frame: Frame | None = None
    """The newest; None if none has come."""


class Reader:
    """One connection: opens the source, reads until it ends, fails or is stopped."""

    def __init__(self, camera: Camera, *, start_mono_ns: int | None = None) -> None:
        self._camera, self._start_mono_ns = camera, start_mono_ns
        self._news = threading.Condition()
        self._stopped = threading.Event()
        self._frame: Frame | None = None
        self._breaks: tuple[GapReason, ...] = ()
        self._source: Source | None = None
        self._back_by_ns: int | None = None
        self._thread = threading.Thread(target=self._run, name=f"read {camera.id}", daemon=True)
        self.frames = 0
        """How many the source gave."""
        self.overwritten = 0
        """How many of them a newer one replaced before they were taken."""
        self.finished = False
        """It will give no more."""
        self.failure: SourceError | None = None
        """Why it finished; None if the source came to its end, or the reader was stopped."""

    def start(self) -> None:
        """Begin to open the source."""
        limit_s = 3 * self._camera.open_timeout + NAME_SERVICE_S + GRACE_S
        self._back_by_ns = mono_ns() + round(limit_s * NANOSECONDS)
        self._thread.start()

    @property
    def is_live(self) -> bool:
        """Whether the source is open and gives frames when it likes."""
        return self._source is not None and self._source.live and not self.finished

    @property
    def dropped(self) -> dict[str, int]:
        """Frames that were left out here or by the source, by reason."""
        dropped = dict(self._source.dropped) if self._source is not None else {}
        if self.overwritten:
            dropped["late"] = dropped.get("late", 0) + self.overwritten
        return dropped

    def is_hung(self, now_ns: int) -> bool:
        """Whether the thread has been inside the camera's library for longer than that ever may take."""
        back_by_ns = self._back_by_ns
        return back_by_ns is not None and not self.finished and now_ns > back_by_ns

    def excuse(self, paused_ns: int) -> None:
        """The whole process stood still: the thread could not come back meanwhile."""
        if self._back_by_ns is not None:
            self._back_by_ns += paused_ns

    def take(self, wait_s: float) -> Taken:
        """The newest frame, if one comes within the time."""
        with self._news:
            self._news.wait_for(lambda: self._frame is not None or self.finished, wait_s)
            if self._frame is None:
                return Taken()
            taken = Taken(self._breaks, self._frame)
            self._frame, self._breaks = None, ()
            return taken

    def stop(self, wait_s: float) -> bool:
        """Ask the thread to end; False if it has not within the time."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        failure: SourceError | None = None
        try:
            with open_source(self._camera, stop=self._stopped.is_set, start_mono_ns=self._start_mono_ns) as source:
                self._source = source
                self._read(source)
        except SourceError as error:
            failure = error
        except SpotterError as error:
            failure = SourceError("unusable", str(error))
        except Exception as error:  # noqa: BLE001  # top of the thread
            # Without the message, which may be a foreign one that holds the camera's password.
            place = "".join(traceback.format_tb(error.__traceback__))
            logger.error("this is a bug in Spotter: reading failed with %s\n%s", type(error).__name__, place)
            failure = SourceError("unusable", f"a fault in Spotter itself stopped the reading ({type(error).__name__})")
        with self._news:
            self.failure = failure
            self.finished = True
            self._news.notify_all()

    def _read(self, source: Source) -> None:
        # A paced source sleeps for as long as its own times say.
        limit_s = 2 * self._camera.read_timeout + GRACE_S if source.live else None
        self._expect_back(limit_s)
        for item in source:
            self._expect_back(limit_s)
            with self._news:
                if isinstance(item, Break):
                    # A frame from before the break that nobody has taken yet would now be told after it.
                    self.overwritten += self._frame is not None
                    self._frame = None
                    self._breaks = (*self._breaks, item.reason)[-MOST_BREAKS:]
                    continue
                self.frames += 1
                self.overwritten += self._frame is not None
                self._frame = item
                self._news.notify_all()
            if self._stopped.is_set():
                return

    def _expect_back(self, limit_s: float | None) -> None:
        self._back_by_ns = None if limit_s is None else mono_ns() + round(limit_s * NANOSECONDS)
