"""What is known of the floor now, put together from glimpses; pure: no clock, no socket, no screen.

Owns how old everything is. Ages come from capture times, corrected by how far the clock of the camera's machine is off,
which its heartbeats tell.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from core.clock import NANOSECONDS
from core.messages import (
    AggregatorHeartbeat,
    AnyHeartbeat,
    CameraLoad,
    Heartbeat,
    IngestHeartbeat,
    LiveAlert,
    LiveCamera,
    LiveFloor,
    LivePerson,
    LiveZone,
    ObservedPerson,
    Preview,
    SupervisorHeartbeat,
    TrackRef,
    WorkerHeartbeat,
)
from core.runtime import STALE_AFTER_S
from core.settings import Camera, Settings
from tui.ports import Glimpse, Server
from tui.times import seconds_between

OLD_AFTER_S = 3.0
"""What is older is drawn grey."""
STALE_AT_S = 10.0
"""What is older is marked and not to be acted upon."""
SKEW_COUNTS_FROM_S = 1.5
"""Heartbeats come once a second: a smaller difference of clocks cannot be told from waiting."""
TRAIL_LENGTH = 300
"""Samples, one a second."""

Beat = TypeVar("Beat", bound=Heartbeat)
Freshness = Literal["live", "old", "stale", "never"]
ShownState = Literal[
    "online", "starting", "stalled", "offline", "ended", "paused", "no heartbeat", "not started", "unwatched"
]
"""``unwatched``: frames come and no worker takes them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures of a camera at one time, for plots."""

    at_utc_ns: int
    fps: float
    latency_ms: float
    people: int


@dataclass(frozen=True, slots=True)
class StateChange:
    """A camera got into another state, as far as this console saw."""

    at_utc_ns: int
    state: ShownState
    reason: str


@dataclass(slots=True)
class CameraNow:
    """Everything about one camera."""

    id: str
    settings: Camera | None = None
    """None for one that is not in this gym.toml, such as one of another machine's."""
    heartbeat: IngestHeartbeat | None = None
    load: CameraLoad | None = None
    worker: str = ""
    """Name of the process that holds it; empty if none does."""
    live: LiveCamera | None = None
    seen_utc_ns: int = 0
    """When the newest picture was captured, by this machine's clock; 0: nothing was ever seen."""
    state: ShownState = "not started"
    trail: deque[Sample] = field(default_factory=lambda: deque(maxlen=TRAIL_LENGTH))
    changes: deque[StateChange] = field(default_factory=lambda: deque(maxlen=100))

    @property
    def title(self) -> str:
        """What people call it; a text from outside."""
        return self.settings.title if self.settings is not None else self.id

    @property
    def is_well(self) -> bool:
        """Nothing is wrong with it; a paused one or a recording that has ended is as it was asked for."""
        return self.state in {"online", "paused", "ended"}

    @property
    def reason(self) -> str:
        """Why it gives no frames, in a word or two."""
        return self.heartbeat.reason if self.heartbeat is not None else ""

    @property
    def detail(self) -> str:
        """The same in words."""
        return self.heartbeat.detail if self.heartbeat is not None else ""

    @property
    def fps(self) -> float:
        """Frames a second that become results; what the camera gives while nobody processes it."""
        return self.load.fps if self.load is not None else self.heartbeat.fps if self.heartbeat is not None else 0.0

    @property
    def aspect(self) -> float:
        """Width by height of its picture; a usual one while that is not known."""
        seen = self.live.observation if self.live is not None else self.heartbeat
        return seen.width / seen.height if seen is not None and seen.width > 0 and seen.height > 0 else 4 / 3

    @property
    def dropped(self) -> int:
        """Frames that were not processed, since the processes started."""
        at_ingest = sum(self.heartbeat.dropped.values()) if self.heartbeat is not None else 0
        return at_ingest + (sum(self.load.dropped.values()) if self.load is not None else 0)

    def age_s(self, now_utc_ns: int) -> float:
        """How old the newest picture is; infinite if there was none."""
        return seconds_between(self.seen_utc_ns, now_utc_ns) if self.seen_utc_ns else float("inf")

    def freshness(self, now_utc_ns: int) -> Freshness:
        """Whether what is known of it may be shown as live."""
        return freshness(self.age_s(now_utc_ns))


def freshness(age_s: float) -> Freshness:
    """What an age means."""
    if age_s == float("inf"):
        return "never"
    return "live" if age_s <= OLD_AFTER_S else "old" if age_s <= STALE_AT_S else "stale"


@dataclass(slots=True)
class _Pace:
    """When somebody's set got its newest repetition."""

    set_started_utc_ns: int
    reps: int
    last_rep_utc_ns: int


class FloorState:
    """The newest of everything; ``take`` is the only way in."""

    def __init__(self) -> None:
        self.cameras: dict[str, CameraNow] = {}
        """In the order of gym.toml, then others by name."""
        self.floor: LiveFloor | None = None
        self.floor_seen_utc_ns = 0
        """When the aggregator wrote the floor, by this machine's clock."""
        self.processes: dict[str, AnyHeartbeat] = {}
        self.server = Server()
        self.settings = Settings()
        self.config_problem = ""
        self.trouble = ""
        """Why Redis does not answer."""
        self.heard_utc_ns = 0
        """When Redis answered last; 0: never."""
        self.previews: Mapping[str, Preview] = {}
        """Of the camera that the feed watches."""
        self.glimpses = 0
        """How many were taken."""
        self._beats: dict[str, tuple[int, int]] = {}
        """Newest beat of each process, and when it was first heard of."""
        self._skews: dict[str, deque[int]] = {}
        """By machine: how much later its newest beats were heard than they say."""
        self._paces: dict[str, _Pace] = {}
        """By uid of the person."""
        self._sampled_utc_ns = 0

    # What is asked

    @property
    def people(self) -> tuple[LivePerson, ...]:
        """Everybody on the floor."""
        return self.floor.people if self.floor is not None else ()

    @property
    def zones(self) -> tuple[LiveZone, ...]:
        """All zones."""
        return self.floor.zones if self.floor is not None else ()

    @property
    def alerts(self) -> tuple[LiveAlert, ...]:
        """All alerts that are not over."""
        return self.floor.alerts if self.floor is not None else ()

    def person(self, uid: str) -> LivePerson | None:
        """Somebody on the floor; None for somebody who is gone."""
        return next((person for person in self.people if person.person == uid), None)

    def seen(self, who: TrackRef) -> ObservedPerson | None:
        """What a camera sees of a track now; None if it does not."""
        camera = self.cameras.get(who.camera)
        if camera is None or camera.live is None or camera.live.observation.epoch != who.epoch:
            return None
        return next((each for each in camera.live.observation.people if each.track == who.track), None)

    def person_of(self, who: TrackRef) -> LivePerson | None:
        """Whose track it is, as the camera's live state says."""
        camera = self.cameras.get(who.camera)
        return camera.live.people.get(who.track) if camera is not None and camera.live is not None else None

    def unseen_s(self, person: LivePerson, now_utc_ns: int) -> float:
        """How long ago the cameras saw somebody last."""
        camera = self.cameras.get(person.camera)
        host = camera.heartbeat.host if camera is not None and camera.heartbeat is not None else ""
        return seconds_between(person.seen_utc_ns + self.skew_ns(host), now_utc_ns)

    def tempo_s(self, uid: str) -> float | None:
        """Seconds a repetition in somebody's set so far, up to the newest; None before the first."""
        pace = self._paces.get(uid)
        if pace is None or not pace.reps:
            return None
        return seconds_between(pace.set_started_utc_ns, pace.last_rep_utc_ns) / pace.reps

    def floor_age_s(self, now_utc_ns: int) -> float:
        """How old the list of people is; infinite if there is none."""
        return seconds_between(self.floor_seen_utc_ns, now_utc_ns) if self.floor is not None else float("inf")

    def silent_s(self, now_utc_ns: int) -> float:
        """For how long Redis has not answered; infinite if it never did."""
        return seconds_between(self.heard_utc_ns, now_utc_ns) if self.heard_utc_ns else float("inf")

    def beat_age_s(self, name: str, now_utc_ns: int) -> float:
        """How old a process's newest heartbeat is, whatever its clock says."""
        heartbeat = self.processes.get(name)
        if heartbeat is None:
            return float("inf")
        return seconds_between(heartbeat.beat_utc_ns + self.skew_ns(heartbeat.host), now_utc_ns)

    def lives(self, name: str, now_utc_ns: int) -> bool:
        """Whether a process beats; while Redis is away, as it was when Redis answered last."""
        return self.beat_age_s(name, min(now_utc_ns, self.heard_utc_ns or now_utc_ns)) <= STALE_AFTER_S

    def skew_ns(self, host: str) -> int:
        """How far the clock of a machine is behind this one's; 0 where it cannot be told from waiting."""
        heard = self._skews.get(host)
        least = min(heard, default=0) if heard else 0
        return least if abs(least) > SKEW_COUNTS_FROM_S * NANOSECONDS else 0

    def heartbeats_of(self, kind: type[Beat]) -> list[Beat]:
        """All of one kind, stale ones included, by name."""
        return sorted(
            (each for each in self.processes.values() if isinstance(each, kind)), key=lambda each: each.sender
        )

    @property
    def supervisor(self) -> SupervisorHeartbeat | None:
        """The one of ``spotter run``."""
        found = self.processes.get("supervisor")
        return found if isinstance(found, SupervisorHeartbeat) else None

    @property
    def leader(self) -> AggregatorHeartbeat | None:
        """The aggregator that leads; of several that say so, the newest."""
        leading = [each for each in self.heartbeats_of(AggregatorHeartbeat) if each.leads]
        return max(leading, key=lambda each: each.beat_utc_ns, default=None)

    # What is taken

    def take(self, glimpse: Glimpse, now_utc_ns: int) -> None:
        """Take what the feed read; one that failed changes nothing but the trouble."""
        self.glimpses += 1
        self.trouble, self.config_problem = glimpse.trouble, glimpse.config_problem
        self.settings = glimpse.settings
        self.previews = glimpse.previews if not glimpse.trouble else {}
        if not glimpse.trouble:
            self.heard_utc_ns = glimpse.heard_utc_ns
            self.server = glimpse.server
            self._take_processes(glimpse, now_utc_ns)
            if glimpse.floor is not None:
                writer = self.processes.get(glimpse.floor.sender)
                self.floor_seen_utc_ns = glimpse.floor.at_utc_ns + (self.skew_ns(writer.host) if writer else 0)
            self.floor = glimpse.floor
            self._take_paces()
        self._take_cameras(glimpse, now_utc_ns)

    def _take_processes(self, glimpse: Glimpse, now_utc_ns: int) -> None:
        for name, heartbeat in glimpse.processes.items():
            before = self._beats.get(name)
            if before is None or before[0] != heartbeat.beat_utc_ns:
                self._beats[name] = (heartbeat.beat_utc_ns, glimpse.heard_utc_ns)
                if before is not None:
                    # Only a beat that came while we watched says something about its machine's clock.
                    heard = self._skews.setdefault(heartbeat.host, deque(maxlen=60))
                    heard.append(glimpse.heard_utc_ns - heartbeat.beat_utc_ns)
        self.processes = dict(glimpse.processes)
        self._beats = {name: beat for name, beat in self._beats.items() if name in self.processes}
        if len(self._skews) > 100:
            self._skews.clear()

    def _take_paces(self) -> None:
        before, self._paces = self._paces, {}
        for person in self.people:
            if not person.exercise or not person.set_started_utc_ns:
                continue
            pace = before.get(person.person)
            if pace is None or pace.set_started_utc_ns != person.set_started_utc_ns or pace.reps != person.reps:
                pace = _Pace(person.set_started_utc_ns, person.reps, person.seen_utc_ns)
            self._paces[person.person] = pace

    def _take_cameras(self, glimpse: Glimpse, now_utc_ns: int) -> None:
        ingests = {each.camera: each for each in self.heartbeats_of(IngestHeartbeat)}
        holders = {
            camera: (worker.sender, load)
            for worker in self.heartbeats_of(WorkerHeartbeat)
            if self.lives(worker.sender, now_utc_ns)
            for camera, load in worker.cameras.items()
        }
        lives = glimpse.cameras if not glimpse.trouble else {name: c.live for name, c in self.cameras.items() if c.live}
        configured = {camera.id: camera for camera in glimpse.settings.camera}
        names = [*configured, *sorted(ingests.keys() - configured.keys())]
        self.cameras = {name: self.cameras.get(name) or CameraNow(name) for name in names}
        samples = seconds_between(self._sampled_utc_ns, now_utc_ns) >= 1.0
        if samples:
            self._sampled_utc_ns = now_utc_ns
        for name, camera in self.cameras.items():
            camera.settings, camera.heartbeat = configured.get(name), ingests.get(name)
            camera.worker, camera.load = holders.get(name, ("", None))
            self._see(camera, lives.get(name))
            self._judge(camera, now_utc_ns)
            if samples:
                people = len(camera.live.observation.people) if camera.live is not None else 0
                latency_ms = camera.load.latency_ms if camera.load is not None else 0.0
                camera.trail.append(Sample(now_utc_ns, camera.fps, latency_ms, people))

    def _see(self, camera: CameraNow, live: LiveCamera | None) -> None:
        camera.live = live
        if live is None:
            camera.seen_utc_ns = 0
            return
        host = camera.heartbeat.host if camera.heartbeat is not None else ""
        camera.seen_utc_ns = live.observation.captured_utc_ns + self.skew_ns(host)

    def _judge(self, camera: CameraNow, now_utc_ns: int) -> None:
        state = self._state_of(camera, now_utc_ns)
        if not camera.changes or camera.state != state:
            camera.changes.append(StateChange(now_utc_ns, state, camera.reason))
        camera.state = state

    def _state_of(self, camera: CameraNow, now_utc_ns: int) -> ShownState:
        beat = camera.heartbeat
        if camera.settings is not None and not camera.settings.enabled:
            return "paused"
        if beat is None:
            return "not started"
        if not self.lives(beat.sender, now_utc_ns):
            return "no heartbeat"
        if beat.camera_state == "online" and not camera.worker:
            return "unwatched"
        return beat.camera_state


def problems(state: FloorState, now_utc_ns: int) -> Iterable[CameraNow]:
    """Cameras with which something is wrong."""
    return (each for each in state.cameras.values() if not each.is_well or each.freshness(now_utc_ns) == "stale")
