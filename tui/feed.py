"""Reads the live state in a thread of its own and keeps the newest of it.

Owns its connection to Redis. It asks at its own pace instead of listening to everything that is published, so that
what it costs does not grow with the frames of the cameras, and a slow terminal makes nothing wait: what nobody took is
replaced. A Redis that does not answer is a glimpse with trouble, never an exception; it is asked again for ever.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from core.errors import StoreError
from core.messages import AnyHeartbeat, IngestHeartbeat, LiveCamera, LiveFloor, Preview
from core.secrets import Address
from core.settings import Settings
from core.store import Store, server_facts
from tui.ports import Glimpse, GymSource, Server

log = logging.getLogger(__name__)

EVERY_S = 0.25
"""Four looks a second: people read no faster, and a slower one makes skeletons jerk."""
PROCESSES_EVERY_S = 1.0
"""Heartbeats and gym.toml."""
SERVER_EVERY_S = 2.0
PREVIEW_EVERY_S = 0.5
MANY_PREVIEWS_EVERY_S = 1.0
"""Of more than two cameras: each is a larger thing to read than all skeletons together."""
PREVIEW_WISH_S = 3.0
"""So long after the last look the camera makes no more pictures."""
AGAIN_AFTER_S = 1.0
"""Pause after a failure."""
STOP_WITHIN_S = 3.0
SHOWN_DEAD_LETTERS = 50


class Feed:
    """One console's eyes; ``start`` and ``stop`` once."""

    def __init__(self, address: Address, gym: GymSource, clock: Callable[[], int], every_s: float = EVERY_S) -> None:
        self._store = Store(address)
        self._gym = gym
        self._clock = clock
        self._every_s = every_s
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._newest: Glimpse | None = None
        self._thread = threading.Thread(target=self._read_on, name="feed", daemon=True)
        self._tell: Callable[[], None] = lambda: None
        self._heard_utc_ns = 0
        self._cameras: Mapping[str, LiveCamera] = {}
        self._floor: LiveFloor | None = None
        self._processes: Mapping[str, AnyHeartbeat] = {}
        self._server = Server()
        self._settings, self._problem = Settings(), ""
        self._processes_due_s = self._server_due_s = 0.0
        self._was_lost = False
        self._watched: tuple[str, ...] = ()
        self._previews: dict[str, Preview] = {}
        self._previews_due_s: dict[str, float] = {}

    def start(self, tell: Callable[[], None]) -> None:
        """Begin; ``tell`` is called in the feed's thread when there is something to take and nobody was told."""
        self._tell = tell
        self._thread.start()

    def take(self) -> Glimpse | None:
        """The newest that was not taken yet."""
        with self._lock:
            glimpse, self._newest = self._newest, None
        return glimpse

    def watch(self, *cameras: str) -> None:
        """Ask for pictures of these cameras from now on, and of no others."""
        self._watched = cameras

    def stop(self) -> None:
        """End; waits at most a few seconds."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_WITHIN_S)

    def _read_on(self) -> None:
        try:
            while not self._ending.is_set():
                started_s = time.monotonic()
                trouble = self._look(started_s)
                self._put(trouble)
                spent_s = time.monotonic() - started_s
                self._ending.wait(AGAIN_AFTER_S if trouble else max(self._every_s - spent_s, self._every_s / 5))
        finally:
            self._store.close()

    def _look(self, now_s: float) -> str:
        """Read what is due; gives why it failed, or nothing."""
        if now_s >= self._processes_due_s or self._was_lost:
            self._settings, self._problem = self._gym.look()
        try:
            self._read(now_s)
        except StoreError as error:
            if not self._was_lost:
                log.warning("no live state: %s", error)
            self._was_lost = True
            return str(error)
        if self._was_lost:
            log.info("live state again")
        self._was_lost = False
        return ""

    def _read(self, now_s: float) -> None:
        cameras, floor = self._store.live_cameras(), self._store.live_floor()
        if now_s >= self._processes_due_s or self._was_lost:
            self._processes = self._store.processes()
            self._processes_due_s = now_s + PROCESSES_EVERY_S
        if now_s >= self._server_due_s:
            self._server = self._read_server()
            self._server_due_s = now_s + SERVER_EVERY_S
        self._read_previews(now_s, self._watched)
        self._cameras, self._floor = cameras, floor
        self._heard_utc_ns = self._clock()

    def _read_previews(self, now_s: float, watched: tuple[str, ...]) -> None:
        """A few at each look, in turn, so that neither the reading nor the drawing comes all at once."""
        every_s = PREVIEW_EVERY_S if len(watched) <= 2 else MANY_PREVIEWS_EVERY_S
        due_s = {camera: self._previews_due_s.get(camera, 0.0) for camera in watched}
        previews = {camera: self._previews[camera] for camera in watched if camera in self._previews}
        at_a_time = -(-len(watched) // max(round(every_s / self._every_s), 1))
        for camera in sorted((each for each in watched if due_s[each] <= now_s), key=lambda each: due_s[each])[
            :at_a_time
        ]:
            due_s[camera] = now_s + every_s
            self._store.wish_preview(camera, PREVIEW_WISH_S)
            preview = self._store.preview(camera)
            if preview is not None:
                previews[camera] = preview
            else:
                previews.pop(camera, None)
        self._previews, self._previews_due_s = previews, due_s

    def _read_server(self) -> Server:
        asked = {camera.id for camera in self._settings.camera}
        asked |= {each.camera for each in self._processes.values() if isinstance(each, IngestHeartbeat)}
        store = self._store
        return Server(
            server_facts(store), store.backlog(), store.leases(sorted(asked)), store.dead_letters(SHOWN_DEAD_LETTERS)
        )

    def _put(self, trouble: str) -> None:
        glimpse = Glimpse(
            heard_utc_ns=self._heard_utc_ns,
            cameras=self._cameras,
            floor=self._floor,
            processes=self._processes,
            server=self._server,
            settings=self._settings,
            config_problem=self._problem,
            trouble=trouble,
            previews=self._previews,
        )
        with self._lock:
            nobody_was_told, self._newest = self._newest is None, glimpse
        if nobody_was_told and not self._ending.is_set():
            self._tell()
