"""A plain picture of the running system on a terminal: cameras, people, alerts; reads Redis, changes nothing."""

import logging
import threading
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from core.clock import NANOSECONDS, utc_ns
from core.errors import StoreError
from core.messages import (
    AnyHeartbeat,
    CameraState,
    IngestHeartbeat,
    LiveCamera,
    LiveFloor,
    SupervisorHeartbeat,
    WorkerHeartbeat,
)
from core.secrets import Address
from core.store import Store

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
STALE_AFTER_S = 6.0
MOST_ROWS = 40
_COLOURS: dict[CameraState, str] = {
    "online": "green",
    "starting": "yellow",
    "stalled": "red",
    "offline": "red",
    "ended": "bright_black",
    "paused": "bright_black",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Redis says at one time."""

    processes: dict[str, AnyHeartbeat] = field(default_factory=dict)
    cameras: dict[str, LiveCamera] = field(default_factory=dict)
    floor: LiveFloor | None = None
    trouble: str = ""


class Overview:
    """Draws twice a second, in a thread of its own, from ``start`` to ``stop``."""

    def __init__(self, address: Address, console: Console, hint: str) -> None:
        self._store = Store(address)
        self._hint = hint
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._draw_on, name="overview", daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        self._live.start()
        self._thread.start()

    def stop(self) -> None:
        """End, and give the terminal back as it was."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(3.0)
        self._live.stop()

    def _draw_on(self) -> None:
        snapshot = Snapshot()
        while not self._ending.wait(LOOK_EVERY_S):
            snapshot = self._look(snapshot)
            try:
                self._live.update(picture(snapshot, utc_ns(), self._hint), refresh=True)
            except Exception:
                # The terminal may be gone; the gym is watched without it.
                log.exception("the overview cannot be drawn")
                break
        self._store.close()

    def _look(self, before: Snapshot) -> Snapshot:
        try:
            return Snapshot(self._store.processes(), self._store.live_cameras(), self._store.live_floor())
        except StoreError as error:
            return Snapshot(before.processes, before.cameras, before.floor, str(error))


def picture(snapshot: Snapshot, now_utc_ns: int, hint: str) -> Group:
    """All that is shown; pure."""
    parts: list[Table | Text] = [_cameras(snapshot, now_utc_ns), _people(snapshot.floor, now_utc_ns)]
    parts += [Text(text, style="bold red") for text in troubles(snapshot)]
    parts.append(Text(hint, style="dim"))
    return Group(*parts)


def troubles(snapshot: Snapshot) -> list[str]:
    """What is wrong, a line each."""
    said = [snapshot.trouble] if snapshot.trouble else []
    for heartbeat in snapshot.processes.values():
        if isinstance(heartbeat, SupervisorHeartbeat) and heartbeat.config_problem:
            said.append(f"gym.toml is broken, the one before is in force: {heartbeat.config_problem.splitlines()[0]}")
        if heartbeat.trouble:
            said.append(f"{heartbeat.sender}: {heartbeat.trouble}")
    if snapshot.floor is not None:
        said += [f"{alert.severity}: {alert.text}" for alert in snapshot.floor.alerts]
    return said[:MOST_ROWS]


def _cameras(snapshot: Snapshot, now_utc_ns: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("camera", "state", "worker"):
        table.add_column(heading)
    for heading in ("fps", "drops", "delay", "people"):
        table.add_column(heading, justify="right")
    heartbeats = sorted(snapshot.processes.values(), key=lambda each: each.sender)
    workers = [
        each for each in heartbeats if isinstance(each, WorkerHeartbeat) and _age_s(each, now_utc_ns) < STALE_AFTER_S
    ]
    for ingest in heartbeats:
        if not isinstance(ingest, IngestHeartbeat):
            continue
        owner = next((each for each in workers if ingest.camera in each.cameras), None)
        load = owner.cameras[ingest.camera] if owner else None
        age_s = _age_s(ingest, now_utc_ns)
        state = ingest.camera_state if age_s < STALE_AFTER_S else f"no heartbeat for {age_s:.0f} s"
        colour = _COLOURS[ingest.camera_state] if age_s < STALE_AFTER_S else "red"
        live = snapshot.cameras.get(ingest.camera)
        drops = sum(ingest.dropped.values()) + (sum(load.dropped.values()) if load else 0)
        table.add_row(
            Text(ingest.camera),
            Text(f"{state} ({ingest.reason})" if ingest.reason else state, style=colour),
            Text(owner.sender if owner else "none", style="" if owner else "yellow"),
            f"{load.fps:.1f}" if load else f"{ingest.fps:.1f}",
            str(drops),
            f"{load.latency_ms:.0f} ms" if load else "",
            str(len(live.observation.people)) if live else "",
        )
    return table


def _people(floor: LiveFloor | None, now_utc_ns: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("person", "exercise", "reps", "zone", "seen", "hint"):
        table.add_column(heading, justify="right" if heading == "reps" else "left")
    for person in floor.people[:MOST_ROWS] if floor else ():
        reps = f"{person.reps}" if person.hold_s is None else f"{person.hold_s:.0f} s"
        age_s = max(now_utc_ns - person.seen_utc_ns, 0) / NANOSECONDS
        table.add_row(
            Text(person.nickname or (str(person.number) if person.number else "…")),
            Text(person.exercise),
            Text(f"{reps} +{person.tentative}?" if person.tentative else reps if person.exercise else ""),
            Text(person.zone),
            Text("now" if age_s < 2.0 else f"{age_s:.0f} s ago"),
            Text(person.cue),
        )
    return table


def _age_s(heartbeat: AnyHeartbeat, now_utc_ns: int) -> float:
    return max(now_utc_ns - heartbeat.beat_utc_ns, 0) / NANOSECONDS
