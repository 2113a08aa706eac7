"""A made-up floor for tests of the console: cameras, people and processes as the feed would tell them, without Redis.

``World`` holds the clock; ``glimpse()`` is what the feed would have read now, ``StandStillFeed`` hands glimpses on.
"""

import math
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from textual.pilot import Pilot

from core.clock import NANOSECONDS
from core.messages import (
    AggregatorHeartbeat,
    AnyHeartbeat,
    CameraLoad,
    IngestHeartbeat,
    Lease,
    LiveAlert,
    LiveCamera,
    LiveFloor,
    LivePerson,
    LiveZone,
    Observation,
    ObservedPerson,
    SupervisorHeartbeat,
    TrackRef,
    WorkerHeartbeat,
)
from core.secrets import Address
from core.settings import Camera, Gym, Settings, Zone
from core.store import Backlog
from tui.app import ConsoleApp
from tui.memory import Memory
from tui.ports import Glimpse, Ports, Server
from tui.state import FloorState

NOW = 1_782_918_300 * NANOSECONDS
"""2026-07-01 15:05 UTC, 17:05 in Berlin."""
EPOCH = "e1"
EXERCISES = ("squat", "deadlift", "bench_press", "biceps_curl", "plank", "")
STANDING = {
    0: (0.0, 0.06), 7: (0.03, 0.07), 8: (-0.03, 0.07), 11: (0.11, 0.2), 12: (-0.11, 0.2), 13: (0.15, 0.36),
    14: (-0.15, 0.36), 15: (0.16, 0.5), 16: (-0.16, 0.5), 23: (0.07, 0.52), 24: (-0.07, 0.52), 25: (0.08, 0.74),
    26: (-0.08, 0.74), 27: (0.08, 0.95), 28: (-0.08, 0.95), 31: (0.12, 0.98), 32: (-0.12, 0.98),
}  # fmt: skip
"""x from the middle, y from the top, as shares of the body's height."""


def standing(x: float, top: float, height: float, bend: float = 0.0) -> bytes:
    """33 x (x, y, visibility) of somebody who stands, ``bend`` 0-1 into a squat."""
    points: list[float] = []
    for index in range(33):
        dx, y = STANDING.get(index, (0.0, 0.06))
        drop = bend * 0.25 * (1.0 - y) if y < 0.9 else 0.0
        points += [x + dx * height * 0.75, top + (y + drop) * height, 0.95 if index in STANDING else 0.4]
    return struct.pack("<99f", *points)


@dataclass
class World:
    """So many cameras and people at a time that stands until it is moved."""

    cameras: int = 2
    people: int = 5
    now_utc_ns: int = NOW
    timezone: str = "Europe/Berlin"
    nicknames: dict[int, str] = field(default_factory=dict)
    """By number."""
    titles: dict[int, str] = field(default_factory=dict)
    """Names of cameras, by their place from 0."""
    alerts: tuple[LiveAlert, ...] = ()
    trouble: str = ""
    step: int = 0
    """Frames so far; people move with it."""
    states: dict[int, str] = field(default_factory=dict)
    """State of cameras that are not online."""

    def clock(self) -> int:
        return self.now_utc_ns

    def move(self, seconds: float = 0.25) -> None:
        """Let time pass, and everybody move."""
        self.now_utc_ns += int(seconds * NANOSECONDS)
        self.step += 1

    def camera_id(self, place: int) -> str:
        return f"cam{place + 1}"

    def zone_of(self, person: int) -> str:
        return f"Zone {person % 3 + 1}"

    @property
    def settings(self) -> Settings:
        zone = Zone(name="Zone 1", polygon=((0.1, 0.5), (0.5, 0.5), (0.5, 0.95), (0.1, 0.95)), kind="mat", capacity=4)
        cameras = tuple(
            Camera(
                id=self.camera_id(place), source=Address("usb:0"), name=self.titles.get(place), zone=(zone,),
                enabled=self.states.get(place) != "paused",
            )
            for place in range(self.cameras)
        )  # fmt: skip
        return Settings(gym=Gym(name="Eastside", timezone=self.timezone), camera=cameras)

    def track(self, person: int) -> TrackRef:
        return TrackRef(self.camera_id(person % max(self.cameras, 1)), EPOCH, person)

    def observed(self, person: int) -> ObservedPerson:
        wave = 0.5 - 0.5 * math.cos(self.step / 4 + person)
        exercise = EXERCISES[person % len(EXERCISES)]
        here = person // max(self.cameras, 1)
        x = 0.12 + 0.76 * ((here * 0.37) % 1.0)
        return ObservedPerson(
            track=person, points=standing(x, 0.2 + 0.03 * (person % 3), 0.6, wave if exercise == "squat" else 0.0),
            box=(x - 0.1, 0.2, x + 0.1, 0.85), presence=0.9, feet=(x, 0.85), exercise=exercise,
            set_number=1 if exercise else 0, reps=(self.step // 8 + person) if exercise else 0,
            tentative=int(person % 4 == 1),
            progress=wave if exercise else None, hold_s=12.0 + self.step / 4 if exercise == "plank" else None,
            cue="Go deeper" if person % 5 == 0 and exercise else "",
            set_started_utc_ns=NOW - 20 * NANOSECONDS if exercise else 0,
        )  # fmt: skip

    def live_person(self, person: int) -> LivePerson:
        seen = self.observed(person)
        who = self.track(person)
        return LivePerson(
            person=f"p{person}", number=person + 1, nickname=self.nicknames.get(person + 1, ""), tracks=(who,),
            camera=who.camera, zone=self.zone_of(person), exercise=seen.exercise, reps=seen.reps,
            tentative=seen.tentative, hold_s=seen.hold_s, progress=seen.progress, set_number=2 if seen.exercise else 0,
            set_started_utc_ns=seen.set_started_utc_ns, cue=seen.cue, seen_utc_ns=self.now_utc_ns - 100_000_000,
            session_started_utc_ns=NOW - 600 * NANOSECONDS,
        )  # fmt: skip

    def live_cameras(self) -> dict[str, LiveCamera]:
        lives: dict[str, LiveCamera] = {}
        for place in range(self.cameras):
            name = self.camera_id(place)
            here = [person for person in range(self.people) if person % self.cameras == place]
            observation = Observation(
                sender="worker:1", camera=name, epoch=EPOCH, boot="b1", sequence=self.step, captured_ns=self.now_utc_ns,
                captured_utc_ns=self.now_utc_ns - 100_000_000, width=640, height=480,
                people=tuple(self.observed(person) for person in here), cost_ms=20.0,
            )  # fmt: skip
            people = {person: self.live_person(person) for person in here}
            lives[name] = LiveCamera(sender="aggregator", camera=name, observation=observation, people=people)
        return lives

    def floor(self) -> LiveFloor:
        people = tuple(self.live_person(person) for person in range(self.people)) if self.cameras else ()
        zones = tuple(LiveZone(camera="cam1", zone=f"Zone {n}", people=1, capacity=4) for n in (1, 2, 3))
        return LiveFloor(
            sender="aggregator", at_utc_ns=self.now_utc_ns, started_utc_ns=NOW - 3600 * NANOSECONDS, people=people,
            zones=zones, alerts=self.alerts,
        )  # fmt: skip

    def processes(self) -> dict[str, AnyHeartbeat]:
        vitals = {
            "host": "box", "started_utc_ns": NOW - 3600 * NANOSECONDS, "beat_utc_ns": self.now_utc_ns,
            "version": "0.1.0", "rss_mb": 120.0, "cpu_share": 0.25,
        }  # fmt: skip
        beats: list[AnyHeartbeat] = [
            SupervisorHeartbeat(sender="supervisor", pid=1, children={"worker:1": "running"}, **vitals),
            AggregatorHeartbeat(sender="aggregator", pid=2, leads=True, events=100, folded_per_s=2.0, **vitals),
        ]
        loads = {}
        for place in range(self.cameras):
            name, state = self.camera_id(place), self.states.get(place, "online")
            if state != "paused":
                beats.append(
                    IngestHeartbeat(
                        sender=f"ingest:{name}",
                        pid=10 + place,
                        camera=name,
                        boot="b1",
                        endpoint="ipc:///tmp/x",
                        camera_state=state,
                        reason="" if state == "online" else "unreachable",
                        detail="" if state == "online" else "no route to the camera",
                        width=640,
                        height=480,
                        fps=12.0,
                        frames_in=1000,
                        frames_out=990,
                        dropped={"late": 10},
                        last_frame_utc_ns=self.now_utc_ns,
                        **vitals,
                    )
                )
            loads[name] = CameraLoad(token=1, cost_ms=20.0, fps=12.0, frames=900, latency_ms=80.0, epoch=EPOCH)
        beats.append(WorkerHeartbeat(sender="worker:1", pid=3, cameras=loads, events=50, **vitals))
        return {beat.sender: beat for beat in beats}

    def glimpse(self, **changes: object) -> Glimpse:
        """What the feed reads now."""
        leases = {
            self.camera_id(place): Lease(sender="worker:1", camera=self.camera_id(place), token=1, granted_utc_ns=NOW)
            for place in range(self.cameras)
        }
        facts = {"version": "7.2.0", "memory": "2.1M", "persistence": "append-only file"}
        made = Glimpse(
            heard_utc_ns=self.now_utc_ns, cameras=self.live_cameras(), floor=self.floor(), processes=self.processes(),
            server=Server(facts, Backlog(10, 0, 0), leases), settings=self.settings, trouble=self.trouble,
        )  # fmt: skip
        return replaced(made, **changes)

    def state(self) -> FloorState:
        """The state after one glimpse."""
        state = FloorState()
        state.take(self.glimpse(), self.now_utc_ns)
        return state


def replaced(glimpse: Glimpse, **changes: object) -> Glimpse:
    """The same with other fields."""
    import dataclasses

    return dataclasses.replace(glimpse, **changes)


def alert(number: int = 1, **changes: object) -> LiveAlert:
    """An alert that began a minute ago."""
    made = LiveAlert(
        uid=f"a{number}", alert="camera offline", severity="warning", subject="cam1",
        text="Camera cam1 gives no frames",
        since_utc_ns=NOW - 60 * NANOSECONDS, last_utc_ns=NOW,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


class StandStillFeed:
    """Hands on the glimpses that a test gives it; reads nothing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stopped = False
        self.watched = ""
        self._newest: Glimpse | None = None
        self._tell: Callable[[], None] = lambda: None

    def start(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self.show()

    def show(self, glimpse: Glimpse | None = None) -> None:
        """Let the console see the world as it is now, or another glimpse."""
        self._newest = glimpse or self.world.glimpse()
        self._tell()

    def take(self) -> Glimpse | None:
        glimpse, self._newest = self._newest, None
        return glimpse

    def watch(self, *cameras: str) -> None:
        self.watched = " ".join(cameras)

    def stop(self) -> None:
        self.stopped = True


def console(world: World, memory: Memory | None = None, **ports: object) -> tuple[ConsoleApp, StandStillFeed]:
    """A console on a made-up world, and the feed to move it: ``async with app.run_test(size=…) as pilot``."""
    feed = StandStillFeed(world)
    return ConsoleApp(Ports(feed=feed, clock=world.clock, **ports), memory), feed  # type: ignore[arg-type]


def screen_text(app: ConsoleApp) -> str:
    """What is on the screen now, as lines of text."""
    width, _ = app.size
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip()[:width] for strip in lines)


async def until(pilot: Pilot[int], words: str, within_s: float = 10.0, *, gone: bool = False) -> str:
    """The screen once it shows these words, or no longer does."""
    deadline_s = time.monotonic() + within_s
    while (words in screen_text(pilot.app)) == gone:
        assert time.monotonic() < deadline_s, screen_text(pilot.app)
        await pilot.pause(0.02)
    return screen_text(pilot.app)
