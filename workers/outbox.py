"""What a worker gives to Redis: one thread owns the connection for events, observations, checkpoints and leases.

An event is never dropped once it is here: it goes to Redis in order, or to the spool while Redis is away. A checkpoint
goes out only after all events that its frames caused. Observations are lossy: the newest of a camera replaces the one
before. Nothing is sent for a camera that somebody else may have by now.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.clock import NANOSECONDS, mono_ns, utc_ns
from core.errors import OutputError, StoreError, WireError
from core.messages import AnyDurable, AnyEvent, Checkpoint, IngestHeartbeat, Lease, Observation
from core.secrets import Address
from core.store import Store
from core.wire import decode, encode
from workers.leases import LeaseKeeper, Lost, Order
from workers.spool import Spool

log = logging.getLogger(__name__)

SIBLINGS_START_S = 0.6
"""Workers that start together see each other before they share the cameras; the first would take them all, and hand
them over one by one."""
TURN_S = 0.04
"""Longest wait of the thread; what is put wakes it at once."""
PROBE_EVERY_NS = NANOSECONDS // 2
"""Between two tries while Redis is away."""
MOST_WAITING = 20_000
"""Events in memory, where the disk takes none; then no frame is processed until there is room."""
BATCH = 500
BATCHES_A_TURN = 10
"""Out of the spool; leases have to be renewed in between."""
ADOPT_EVERY_NS = 5 * NANOSECONDS
"""Between two looks for what dead workers left on the disk."""
RUN_ID_EVERY_NS = 2 * NANOSECONDS
"""Between two looks at whether Redis was restarted; a quick restart may fail no call."""
CHECKPOINT_TTL_S = 600.0
"""Who takes a camera over later than this cannot close the sets that were open; the aggregator ends them with the
visit."""
HANGS_AFTER_NS = 6 * NANOSECONDS
"""A main loop that neither asks for orders nor gives anything for so long hangs in a frame: its cameras are left to
others. Far longer than the slowest frame takes on a machine that is overloaded."""
SENT_AGAIN_NS = 30 * NANOSECONDS
MOST_SENT_AGAIN = 2000
"""What was sent so recently is sent again to a Redis that was restarted: it may have lost it, and whoever reads knows
the ids."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the heartbeat says of the outbox."""

    spooled: int = 0
    spooled_since_utc_ns: int = 0
    sent: int = 0
    superseded: int = 0
    trouble: str = ""
    unable: tuple[str, ...] = ()
    """Cameras that are left to others, because their frames cannot be read here."""


@dataclass(slots=True)
class _Leaving:
    """A camera that is given back once everything of it is out."""

    camera: str
    checkpoint: Checkpoint | None


class Outbox:
    """Made and closed by the main thread; its methods may be called from there at any time and never wait long."""

    def __init__(
        self,
        address: Address,
        name: str,
        spool: Spool,
        unreadable: Callable[[IngestHeartbeat], str] = lambda source: "",
    ) -> None:
        """``unreadable``: why this worker cannot read a camera's frames, and what to do; empty if it can."""
        self._store = Store(address)
        self._spool = spool
        self._keeper = LeaseKeeper(self._store, name, unreadable)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending_ns: int | None = None
        self._events: deque[AnyEvent] = deque()
        self._observations: dict[str, Observation] = {}
        self._checkpoints: dict[str, Checkpoint] = {}
        self._leaving: list[_Leaving] = []
        self._orders: deque[Order] = deque()
        self._heard_ns = mono_ns()
        """When the main loop was heard of last, monotonic."""
        # Below: of the thread alone.
        self._unsent: deque[AnyEvent] = deque()
        self._unsaved: dict[str, Checkpoint] = {}
        self._unreleased: list[_Leaving] = []
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=MOST_SENT_AGAIN)
        self._away = True
        """Until the first answer; Redis need not be there at the start."""
        self._told_away = False
        self._tried_ns = 0
        self._run_id = ""
        self._asked_ns = 0
        self._contact_ns = 0
        self._adopted_ns = 0
        self._disk_trouble = ""
        self._unreadable = ""
        self._figures = Figures()
        self._thread = threading.Thread(target=self._run, name="outbox")

    def start(self) -> None:
        """Begin to hold leases and to send."""
        self._keeper.leave_time_to_owners(mono_ns(), SIBLINGS_START_S)
        self._thread.start()

    def put(self, events: Sequence[AnyEvent], observation: Observation | None) -> None:
        """Give what one frame brought."""
        self._heard_ns = mono_ns()
        with self._lock:
            self._events.extend(events)
            if observation is not None:
                self._observations[observation.camera] = observation
        self._wake.set()

    def put_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Give a camera's newest checkpoint, after the events of its frames."""
        with self._lock:
            self._checkpoints[checkpoint.camera] = checkpoint
        self._wake.set()

    def give_back(self, camera: str, checkpoint: Checkpoint | None) -> None:
        """Release a camera, after everything that was put so far is out."""
        with self._lock:
            self._leaving.append(_Leaving(camera, checkpoint))
            self._checkpoints.pop(camera, None)
        self._wake.set()

    def orders(self) -> list[Order]:
        """What the leases say has to be done, in order; each once."""
        self._heard_ns = mono_ns()
        with self._lock:
            orders = list(self._orders)
            self._orders.clear()
        return orders

    def has_room(self) -> bool:
        """Whether events that frames may cause can be kept; False: process no frame."""
        return len(self._events) + len(self._unsent) < MOST_WAITING

    def figures(self) -> Figures:
        """Newest figures."""
        return self._figures

    def accept_none(self) -> None:
        """Take no more cameras: the worker stops."""
        self._keeper.accepts = False

    def stop(self, within_s: float) -> None:
        """Send what is left, or spool it, and end; waits at most a little longer than ``within_s``."""
        self._ending_ns = mono_ns() + round(within_s * NANOSECONDS)
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(within_s + 3.0)
        else:
            self._store.close()
        if not self._thread.is_alive():
            self._spool.close()

    # Below: the thread

    def _run(self) -> None:
        try:
            while not self._is_done():
                self._wake.wait(TURN_S)
                self._wake.clear()
                self._turn()
        finally:
            # Whatever came since the last turn too, and also after a bug: nobody else has it.
            self._collect()
            self._spool_rest()
            if self._unsent:
                log.error("%d events are lost at the end: neither Redis nor the disk takes them", len(self._unsent))
            self._store.close()

    def _is_done(self) -> bool:
        if self._ending_ns is None:
            return False
        with self._lock:
            waiting = bool(self._events or self._leaving or self._checkpoints)
        nothing_left = not waiting and not self._unsent and not self._unreleased and not self._unsaved
        return mono_ns() >= self._ending_ns or nothing_left or (self._away and self._tried_ns > 0)

    def _turn(self) -> None:
        observations = self._collect()
        now_ns = mono_ns()
        if not self._away or now_ns - self._tried_ns >= PROBE_EVERY_NS or self._tried_ns == 0:
            self._tried_ns = now_ns
            try:
                self._exchange(observations)
                self._came_back()
            except StoreError as error:
                self._went_away(error)
        if self._away:
            self._spool_rest()
        self._tell_unreadable()
        self._count()

    def _collect(self) -> list[Observation]:
        with self._lock:
            self._unsent.extend(self._events)
            self._events.clear()
            observations = list(self._observations.values())
            self._observations.clear()
            self._unsaved.update(self._checkpoints)
            self._checkpoints.clear()
            self._unreleased.extend(self._leaving)
            self._leaving.clear()
        return observations

    def _exchange(self, observations: Sequence[Observation]) -> None:
        """One round with Redis: leases first, because they decide what may be sent."""
        restarted = self._is_restarted()
        if restarted or self._told_away:
            self._keeper.leave_time_to_owners(mono_ns())
        self._look_for_hang()
        self._order(self._keeper.renew(mono_ns(), utc_ns(), even_early=self._away or restarted))
        if restarted:
            self._send_again()
        if self._flush_spool():
            self._send_events()
        mine = [each for each in observations if self._is_mine(each.camera)]
        if mine:
            self._store.observe(mine)
        if self._unsent:
            # Checkpoints come after all events before them.
            return self._order(self._keeper.look(mono_ns(), utc_ns()))
        for camera, checkpoint in list(self._unsaved.items()):
            if self._is_mine(camera):
                self._store.save_checkpoint(checkpoint, CHECKPOINT_TTL_S)
            del self._unsaved[camera]
        while self._unreleased:
            leaving = self._unreleased[0]
            if leaving.checkpoint is not None and self._is_mine(leaving.camera):
                self._store.save_checkpoint(leaving.checkpoint, CHECKPOINT_TTL_S)
            self._keeper.release(leaving.camera)
            self._unreleased.pop(0)
        return self._order(self._keeper.look(mono_ns(), utc_ns()))

    def _look_for_hang(self) -> None:
        works = self._ending_ns is not None or mono_ns() - self._heard_ns < HANGS_AFTER_NS
        if self._keeper.works and not works:
            log.error("the main loop hangs: its cameras are left to other workers")
        self._keeper.works = works

    def _is_mine(self, camera: str) -> bool:
        """Whether the camera is still this worker's; asks Redis if the last answer is too old."""
        if not self._keeper.is_sure(camera, mono_ns()):
            self._order(self._keeper.renew(mono_ns(), utc_ns(), only=camera))
        return self._keeper.is_sure(camera, mono_ns())

    def _order(self, orders: Sequence[Order]) -> None:
        for order in orders:
            if isinstance(order, Lost):
                self._unsaved.pop(order.camera, None)
                self._unreleased = [each for each in self._unreleased if each.camera != order.camera]
                log.warning("camera %s is processed by another worker now", order.camera)
        if orders:
            with self._lock:
                self._orders.extend(orders)

    def _send_events(self) -> None:
        while self._unsent:
            batch = [self._unsent[number] for number in range(min(BATCH, len(self._unsent)))]
            doubtful = {event.who.camera for event in batch if not self._is_mine(event.who.camera)}
            kept = self._without_superseded(batch, doubtful)
            self._send([encode(event) for event in kept])
            for _ in batch:
                self._unsent.popleft()

    def _send(self, payloads: Sequence[bytes]) -> None:
        if not payloads:
            return
        self._store.append_payloads(payloads)
        now_ns = mono_ns()
        self._recent.extend((now_ns, payload) for payload in payloads)
        self._figures = _with(self._figures, sent=self._figures.sent + len(payloads))

    def _flush_spool(self) -> bool:
        """Send what is on the disk, a part at a time; True once nothing is left there."""
        try:
            now_ns = mono_ns()
            if self._away or now_ns - self._adopted_ns >= ADOPT_EVERY_NS:
                self._adopted_ns = now_ns
                adopted = self._spool.adopt(utc_ns())
                if adopted:
                    log.warning("%d events that a worker before left on the disk are sent now", adopted)
            for _ in range(BATCHES_A_TURN):
                if not self._spool.waiting:
                    return True
                payloads = self._spool.peek(BATCH)
                events = [event for payload in payloads if (event := _event_or_none(payload)) is not None]
                kept = self._without_superseded(events, {event.who.camera for event in events})
                self._send([encode(event) for event in kept])
                self._spool.done(payloads)
        except OutputError as error:
            # What cannot be read now is tried again; what comes new need not wait for it.
            self._tell_disk_trouble(str(error))
            return True
        self._wake.set()
        return not self._spool.waiting

    def _without_superseded(self, events: Sequence[AnyEvent], doubtful: set[str]) -> list[AnyEvent]:
        """Leave out what was made of frames that another worker had by then: it has told of them."""
        grants = self._store.grants(sorted(doubtful)) if doubtful else {}
        kept = [event for event in events if not _is_superseded(event, grants.get(event.who.camera, ()))]
        superseded = len(events) - len(kept)
        if superseded:
            log.warning("%d events are left out: another worker has told of those frames", superseded)
            self._figures = _with(self._figures, superseded=self._figures.superseded + superseded)
        return kept

    def _is_restarted(self) -> bool:
        """Whether this is another run of Redis than at the last look, maybe an empty one."""
        now_ns = mono_ns()
        if not self._away and now_ns - self._asked_ns < RUN_ID_EVERY_NS:
            return False
        run_id, before = self._store.run_id(), self._run_id
        self._asked_ns = now_ns
        if before in (run_id, ""):
            self._run_id = run_id
        return before not in (run_id, "")

    def _send_again(self) -> None:
        since_ns = self._contact_ns - SENT_AGAIN_NS
        again = [payload for sent_ns, payload in self._recent if sent_ns >= since_ns]
        if again:
            log.info("Redis was restarted: the last %d events are sent again", len(again))
            self._store.append_payloads(again)
        self._run_id = self._store.run_id()

    def _went_away(self, error: StoreError) -> None:
        if not self._told_away:
            log.warning("%s; events are kept on the disk until it is back", error)
            self._told_away = True
        self._away = True

    def _came_back(self) -> None:
        if self._told_away:
            log.info("Redis is back")
            self._told_away = False
        self._away, self._contact_ns = False, mono_ns()

    def _spool_rest(self) -> None:
        """Put what waits in memory on the disk; it stays in memory while the disk takes none."""
        trouble = ""
        try:
            if self._unsent:
                self._spool.append([encode(event) for event in self._unsent], utc_ns())
                self._unsent.clear()
            self._spool.sync(mono_ns())
        except OutputError as error:
            trouble = str(error)
        self._tell_disk_trouble(trouble)

    def _tell_disk_trouble(self, trouble: str) -> None:
        if trouble and not self._disk_trouble:
            log.error("%s", trouble)
        self._disk_trouble = trouble

    def _count(self) -> None:
        waiting = self._spool.waiting + (len(self._unsent) if self._away else 0)
        since_utc_ns = self._figures.spooled_since_utc_ns or self._spool.since_utc_ns or utc_ns()
        self._figures = _with(
            self._figures,
            spooled=waiting,
            spooled_since_utc_ns=since_utc_ns if waiting else 0,
            trouble=self._disk_trouble or self._unreadable,
            unable=tuple(sorted(self._keeper.unable)),
        )

    def _tell_unreadable(self) -> None:
        """Say which cameras nobody watches because their frames cannot be read here."""
        reasons = [why for camera in self._keeper.unwatched if (why := self._keeper.unable.get(camera))]
        told = f"nobody watches {len(reasons)} cameras: {reasons[0]}" if len(reasons) > 1 else "".join(reasons)
        if told and told != self._unreadable:
            log.error("%s", told)
        self._unreadable = told


def _with(figures: Figures, **changes: int | str | tuple[str, ...]) -> Figures:
    values = {name: getattr(figures, name) for name in Figures.__slots__}
    return Figures(**(values | changes))


def _is_superseded(event: AnyEvent, grants: Sequence[Lease]) -> bool:
    """Whether somebody else had got the camera before the event's frame, and the event's sender not again since."""
    holder = next((lease for lease in reversed(grants) if lease.granted_utc_ns < event.captured_utc_ns), None)
    return holder is not None and holder.sender != event.sender


def _event_or_none(payload: bytes) -> AnyEvent | None:
    try:
        event: AnyDurable = decode(payload, AnyDurable)
    except WireError as error:
        log.error("an event on the disk is left out: %s", error)
        return None
    return event if isinstance(event, AnyEvent) else None
