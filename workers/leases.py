"""Which worker processes which camera: everybody computes the same fair share from what all can read in Redis.

Owns the leases of one worker. The sharing is pure; the keeper asks and tells Redis, and decides nothing by itself.
A camera that is not known to be this worker's, by a lease renewed within its time to live, is another's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.clock import NANOSECONDS
from core.errors import StoreError
from core.messages import AnyHeartbeat, Checkpoint, IngestHeartbeat, Lease, WorkerHeartbeat
from core.store import Store

TTL_S = 2.5
RENEW_EVERY_S = 1.0
LOOK_EVERY_S = 0.35
ALIVE_S = 2.5
"""Without a new heartbeat for this long a worker gets no camera any more."""
ORPHAN_S = 0.5
"""A camera that was free for this long is taken by whoever sees it: who it was meant for does not."""
SETTLE_S = 5.0
"""After a camera came or went, the load is measured anew for this long before another one is handed over."""
GONE_S = 5.0
"""A camera without any heartbeat, not even an old one, for this long was removed or paused."""
BETTER = 0.75
"""A camera moves only if the more loaded of two workers has at most this share of its load afterwards."""
BASE_LOAD = 0.01
"""Of a core: what a camera costs that sees nothing, so that idle cameras are shared evenly too."""
SAME_CLOCK_S = 2.0
"""A camera's clock that differs by less is taken for this machine's: a heartbeat tells it no more exactly."""
UNKNOWN_LOAD = 0.15
"""Of a core: a camera that nobody has measured, where no other was measured either."""


@dataclass(frozen=True, slots=True)
class Shares:
    """All that the sharing depends on; the same for every worker that looks."""

    cameras: tuple[str, ...]
    owners: Mapping[str, str]
    """Worker by camera; free ones are left out."""
    loads: Mapping[str, float]
    """Measured load by camera, of a core."""
    workers: tuple[str, ...]
    """Those that live and take cameras."""
    unable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By worker: cameras whose frames it cannot read, because it has no keys for them."""

    def load(self, camera: str) -> float:
        """Load of a camera; the mean of the others where it was not measured yet."""
        if camera in self.loads:
            return self.loads[camera] + BASE_LOAD
        known = self.loads.values()
        return (sum(known) / len(known) if known else UNKNOWN_LOAD) + BASE_LOAD

    def totals(self) -> dict[str, float]:
        """Load by worker."""
        totals = dict.fromkeys(self.workers, 0.0)
        for camera, owner in self.owners.items():
            if owner in totals:
                totals[owner] += self.load(camera)
        return totals

    def able(self, camera: str) -> list[str]:
        """The workers that can read a camera's frames."""
        return [worker for worker in self.workers if camera not in self.unable.get(worker, ())]


def free_assigned(shares: Shares) -> dict[str, str]:
    """Which worker each free camera is meant for: the heaviest camera first, to the least loaded that can read it.

    One that nobody can read is left out.
    """
    totals, assigned = shares.totals(), dict[str, str]()
    free = [camera for camera in shares.cameras if camera not in shares.owners and shares.able(camera)]
    for camera in sorted(free, key=lambda camera: (-shares.load(camera), camera)):
        worker = min(shares.able(camera), key=lambda name: (totals[name], name))
        assigned[camera] = worker
        totals[worker] += shares.load(camera)
    return assigned


def to_hand_over(shares: Shares, me: str) -> str | None:
    """The camera that this worker should give to a less loaded one; None while the shares are fair enough."""
    totals = shares.totals()
    if len(totals) < 2 or me not in totals or max(totals, key=lambda name: (totals[name], name)) != me:
        return None
    most, peaks = totals[me], dict[str, float]()
    for camera in sorted(camera for camera, owner in shares.owners.items() if owner == me):
        takers = [totals[worker] for worker in shares.able(camera) if worker != me]
        if takers:
            peaks[camera] = max(most - shares.load(camera), min(takers) + shares.load(camera))
    best = min(peaks, key=lambda camera: (peaks[camera], camera), default=None)
    return best if best is not None and peaks[best] <= BETTER * most else None


def measured_loads(heartbeats: Iterable[AnyHeartbeat]) -> dict[str, float]:
    """Load by camera, of a core: the measured cost of a frame at the rate at which frames come.

    Give heartbeats of living processes alone: what a dead one measured last stays in Redis and is not so any more.
    Not at the rate at which they are processed: a worker that cannot keep up would look less loaded than it is.
    """
    beats = list(heartbeats)
    rates = {beat.camera: beat.fps for beat in beats if isinstance(beat, IngestHeartbeat)}
    loads: dict[str, float] = {}
    for beat in beats:
        if isinstance(beat, WorkerHeartbeat):
            for camera, load in beat.cameras.items():
                if load.frames:
                    share = load.cost_ms * max(load.fps, rates.get(camera, 0.0)) / 1000.0
                    loads[camera] = max(loads.get(camera, 0.0), share)
    return loads


@dataclass(slots=True)
class Freshness:
    """Who still writes heartbeats: told by their change, so that no clock but one's own is trusted."""

    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def update(self, heartbeats: Mapping[str, AnyHeartbeat], now_ns: int) -> None:
        """Take what was read now (monotonic)."""
        self._seen = {
            name: self._seen[name] if name in self._seen and self._seen[name][0] == beat.beat_utc_ns
            else (beat.beat_utc_ns, now_ns)
            for name, beat in heartbeats.items()
        }  # fmt: skip

    def living(self, heartbeats: Mapping[str, AnyHeartbeat], now_ns: int) -> dict[str, AnyHeartbeat]:
        """Those of processes that still write."""
        return {name: beat for name, beat in heartbeats.items() if self.age_s(name, now_ns) < ALIVE_S}

    def age_s(self, name: str, now_ns: int) -> float:
        """Since the last new heartbeat was read."""
        return (now_ns - self._seen[name][1]) / NANOSECONDS if name in self._seen else float("inf")


# What the keeper tells the worker's main loop ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Take:
    """The camera is this worker's now."""

    lease: Lease
    source: IngestHeartbeat
    checkpoint: Checkpoint | None


@dataclass(frozen=True, slots=True)
class Source:
    """The camera's frames come from another place now, or from another run of its process."""

    source: IngestHeartbeat


@dataclass(frozen=True, slots=True)
class HandOver:
    """Finish the frame, save a checkpoint and let the camera go."""

    camera: str


@dataclass(frozen=True, slots=True)
class Remove:
    """The camera is gone for good: close its tracks and let it go."""

    camera: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody else has the camera: forget it at once."""

    camera: str


Order = Take | Source | HandOver | Remove | Lost


@dataclass(slots=True)
class _Held:
    lease: Lease
    renewed_ns: int
    """When the last renewal that Redis confirmed was sent, monotonic."""
    source: IngestHeartbeat
    missing_ns: int | None = None
    """Since when no heartbeat of the camera is there, monotonic; a Redis that was restarted empty gets them again."""
    leaving: bool = False


class LeaseKeeper:
    """Holds one worker's leases; every method raises ``StoreError`` while Redis is away, and may be called again."""

    def __init__(
        self, store: Store, name: str, unreadable: Callable[[IngestHeartbeat], str] = lambda source: ""
    ) -> None:
        """``unreadable``: why this worker cannot read a camera's frames, and what to do; empty if it can."""
        self._store = store
        self._name = name
        self._unreadable = unreadable
        self.unable: Mapping[str, str] = {}
        """Cameras that this worker leaves to others, with the reason."""
        self.unwatched: tuple[str, ...] = ()
        """Those of them that nobody has."""
        self._held: dict[str, _Held] = {}
        self._free_since: dict[str, int] = {}
        self._freshness = Freshness()
        self._looked_ns: int | None = None
        self._settled_ns = 0
        self._patient_until_ns = 0
        self._clocks: dict[str, tuple[int, int]] = {}
        """By camera: the time of its newest heartbeat, and by how much its clock is ahead of this machine's, ns."""
        self._untold: list[Order] = []
        """Orders that are returned next: Redis may go away in the middle of a round, and what was decided until then
        must not be forgotten."""
        self.accepts = True
        """Whether cameras are taken; False while the worker stops."""
        self.works = True
        """Whether the worker goes over frames; False while it hangs: its leases run out, and others take over."""

    @property
    def cameras(self) -> tuple[str, ...]:
        """Those that are held, in order of name."""
        return tuple(sorted(self._held))

    def lease(self, camera: str) -> Lease | None:
        """The lease of a camera; None if it is not held."""
        return self._held[camera].lease if camera in self._held else None

    def is_sure(self, camera: str, now_ns: int) -> bool:
        """Whether nobody else can have the camera by now."""
        return camera in self._held and now_ns - self._held[camera].renewed_ns < TTL_S * NANOSECONDS

    def renew(self, now_ns: int, utc_ns: int, *, only: str | None = None, even_early: bool = False) -> list[Order]:
        """Renew what is due; a lease that was lost while Redis was away is taken again if nobody has it.

        ``even_early``: renew everything, because Redis may have been restarted.
        """
        for camera, held in list(self._held.items()) if self.works else []:
            due = even_early or now_ns - held.renewed_ns >= RENEW_EVERY_S * NANOSECONDS
            if (only is not None and camera != only) or not due:
                continue
            if self._store.renew(held.lease, TTL_S):
                held.renewed_ns = now_ns
                continue
            again = self._store.acquire(camera, self._name, TTL_S, utc_ns, self._camera_utc_ns(camera, utc_ns))
            if again is None:
                del self._held[camera]
                self._untold.append(Lost(camera))
            else:
                held.lease, held.renewed_ns = again, now_ns
        return self._orders()

    def look(self, now_ns: int, utc_ns: int) -> list[Order]:
        """Look for cameras to take, to hand over and to let go; does nothing when it looked a moment ago."""
        if self._looked_ns is not None and now_ns - self._looked_ns < LOOK_EVERY_S * NANOSECONDS:
            return self._orders()
        self._looked_ns = now_ns
        heartbeats = self._store.processes()
        self._freshness.update(heartbeats, now_ns)
        sources = {beat.camera: beat for beat in heartbeats.values() if isinstance(beat, IngestHeartbeat)}
        self.unable = {camera: why for camera, beat in sources.items() if (why := self._unreadable(beat))}
        self._compare_clocks(sources, utc_ns)
        self._follow_sources(sources, now_ns)
        wanted = tuple(sorted(camera for camera, beat in sources.items() if beat.camera_state != "paused"))
        shares = self._shares(heartbeats, wanted, now_ns)
        self.unwatched = tuple(sorted(set(wanted) & set(self.unable) - set(shares.owners)))
        self._take_free(shares, sources, now_ns, utc_ns)
        self._rebalance(shares, now_ns)
        return self._orders()

    def leave_time_to_owners(self, now_ns: int, for_s: float = TTL_S) -> None:
        """Take no free camera for a while: Redis was away, and whoever works on one has yet to find it back.

        A restarted, empty Redis calls every camera free; who takes one then tears a set apart that goes on elsewhere.
        """
        self._patient_until_ns = now_ns + round(for_s * NANOSECONDS)

    def release(self, camera: str) -> None:
        """Give a camera back."""
        if camera in self._held:
            self._store.release(self._held[camera].lease)
            del self._held[camera]

    def _compare_clocks(self, sources: Mapping[str, IngestHeartbeat], utc_ns: int) -> None:
        clocks: dict[str, tuple[int, int]] = {}
        for camera, beat in sources.items():
            before_utc_ns, ahead_ns = self._clocks.get(camera, (beat.beat_utc_ns, 0))
            # Only one that is new tells what time it is there now.
            clocks[camera] = (
                beat.beat_utc_ns,
                ahead_ns if before_utc_ns == beat.beat_utc_ns else beat.beat_utc_ns - utc_ns,
            )
        self._clocks = clocks

    def _camera_utc_ns(self, camera: str, utc_ns: int) -> int:
        """What time it is by the clock that dates the camera's frames."""
        _, ahead_ns = self._clocks.get(camera, (0, 0))
        return utc_ns + ahead_ns if abs(ahead_ns) > SAME_CLOCK_S * NANOSECONDS else utc_ns

    def _orders(self) -> list[Order]:
        orders, self._untold = self._untold, []
        return orders

    def _shares(self, heartbeats: Mapping[str, AnyHeartbeat], cameras: tuple[str, ...], now_ns: int) -> Shares:
        living = self._freshness.living(heartbeats, now_ns)
        unable = {
            name: frozenset(beat.unable)
            for name, beat in living.items()
            if isinstance(beat, WorkerHeartbeat) and beat.accepts
        }
        workers = set(unable)
        workers.discard(self._name)
        if self.accepts and self.works:
            workers.add(self._name)
        owners = {camera: lease.sender for camera, lease in self._store.leases(cameras).items()}
        unable[self._name] = frozenset(self.unable)
        return Shares(cameras, owners, measured_loads(living.values()), tuple(sorted(workers)), unable)

    def _follow_sources(self, sources: Mapping[str, IngestHeartbeat], now_ns: int) -> None:
        for camera, held in self._held.items():
            source = sources.get(camera)
            if held.leaving:
                continue
            if source is None or source.camera_state == "paused":
                held.missing_ns = held.missing_ns or now_ns
                if now_ns - held.missing_ns >= GONE_S * NANOSECONDS:
                    held.leaving = True
                    self._untold.append(Remove(camera))
                continue
            held.missing_ns = None
            if _place(source) != _place(held.source):
                held.source = source
                held.leaving = camera in self.unable
                self._untold.append(HandOver(camera) if held.leaving else Source(source))

    def _take_free(self, shares: Shares, sources: Mapping[str, IngestHeartbeat], now_ns: int, utc_ns: int) -> None:
        free = [camera for camera in shares.cameras if camera not in shares.owners and camera not in self._held]
        self._free_since = {camera: self._free_since.get(camera, now_ns) for camera in free}
        if not self.accepts or not self.works or now_ns < self._patient_until_ns:
            return
        assigned = free_assigned(shares)
        for camera in [camera for camera in free if camera not in self.unable]:
            orphan = now_ns - self._free_since[camera] >= ORPHAN_S * NANOSECONDS
            if assigned.get(camera) != self._name and not orphan:
                continue
            lease = self._store.acquire(camera, self._name, TTL_S, utc_ns, self._camera_utc_ns(camera, utc_ns))
            if lease is None:
                continue
            self._held[camera] = _Held(lease, now_ns, sources[camera])
            self._settled_ns = now_ns
            try:
                checkpoint = self._store.load_checkpoint(camera)
            except StoreError:
                # Held and not told to anybody: without being renewed it would be nobody's.
                del self._held[camera]
                raise
            self._untold.append(Take(lease, sources[camera], checkpoint))

    def _rebalance(self, shares: Shares, now_ns: int) -> None:
        if now_ns - self._settled_ns < SETTLE_S * NANOSECONDS:
            return
        camera = to_hand_over(shares, self._name)
        if camera is None or camera not in self._held or self._held[camera].leaving:
            return
        self._settled_ns = now_ns
        self._held[camera].leaving = True
        self._untold.append(HandOver(camera))


def _place(source: IngestHeartbeat) -> Sequence[str]:
    # Another boot: the connection may be one to a machine that is gone, which TCP alone notices late or never.
    return source.endpoint, source.server_key, source.boot
