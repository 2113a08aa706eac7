"""What is wrong on the floor and with the machines at one moment; pure rules on the live state and the heartbeats.

Each gives conditions; for how long one must last, and what becomes of it, is the business of ``alerts``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from aggregator.alerts import Condition
from core.clock import NANOSECONDS, utc_datetime
from core.messages import (
    AggregatorHeartbeat,
    AnyHeartbeat,
    CameraLoad,
    IngestHeartbeat,
    LiveZone,
    ObservedPerson,
    SetChanged,
    SupervisorHeartbeat,
    WorkerHeartbeat,
)
from core.settings import Alerts, Camera, Gym, ZoneKind

STALE_S = 10.0
"""A heartbeat is written each second; one this old is of a process that is gone or stuck."""
MOVING_S = 3.0
"""A counter that has not grown for so long stands still; heartbeats come each second."""
LYING_ZONES: frozenset[ZoneKind] = frozenset({"mat", "bench"})
LYING_EXERCISES = frozenset({"push_up", "plank", "sit_up", "bench_press"})
UNDER_THE_BAR = frozenset({"bench_press", "squat"})
FAR_END = 0.7
"""Progress from here on is the bottom of a bench press or squat: the bar is on the chest, the hips are low."""
LYING_FLICKERS_S = 1.0
DATABASE_AWAY_S = 10.0
"""A lock or a restart of the server is over sooner; what happens waits in Redis in any case."""
DISK_FULL = re.compile(r"no space|disk (is )?(full|quota)|(full|out of).{0,20}disk|ENOSPC", re.IGNORECASE)
EVENT_SHOWN_S = 60.0
"""A repeated fault stays open for so long after the last faulty repetition that was reported."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One person on the floor, for the rules: how the cameras see them at this moment."""

    person: str
    title: str
    """What staff call the person."""
    place: str
    """Zone, or the camera's name."""
    looks: tuple[ObservedPerson, ...]
    """Best camera first."""
    zones: tuple[ZoneKind, ...]
    """Kinds of the zones in which the cameras see the person."""


def people_down(people: Iterable[Seen], rules: Alerts) -> Iterator[Condition]:
    """Somebody lies still where nobody trains or rests lying."""
    for one in people:
        if any(kind in LYING_ZONES for kind in one.zones):
            continue
        down = [look for look in one.looks if look.lying]
        if not down or len(down) * 2 < len(one.looks):
            continue
        if any(look.exercise in LYING_EXERCISES for look in one.looks):
            continue
        still_s = min(look.still_s for look in down)
        if still_s >= rules.lying_still_for:
            text = f"{one.title} lies still at {one.place} for {still_s:.0f} s: go and look."
            yield Condition("person down", "critical", one.title, text, LYING_FLICKERS_S, key=one.person)


def stuck_under_the_bar(people: Iterable[Seen], rules: Alerts) -> Iterator[Condition]:
    """A bench press or squat stays at the bottom in the middle of a set."""
    for one in people:
        best = one.looks[0]
        if best.exercise in UNDER_THE_BAR and best.progress is not None and best.progress >= FAR_END:
            name = best.exercise.replace("_", " ")
            text = f"{one.title} does not come up from a {name} at {one.place}: help now."
            yield Condition("stuck under the bar", "critical", one.title, text, rules.stuck_for, key=one.person)


def overcrowded(zones: Iterable[LiveZone], rules: Alerts) -> Iterator[Condition]:
    """A zone holds more people than it may."""
    for zone in zones:
        if zone.capacity is not None and zone.people > zone.capacity:
            text = f"{zone.zone} holds {zone.people} people; {zone.capacity} is the most."
            yield Condition("overcrowded zone", "warning", zone.zone, text, rules.overcrowded_for)


def after_hours(people: int, gym: Gym, rules: Alerts, now_utc_ns: int) -> Iterator[Condition]:
    """Somebody is on the floor while the gym is closed."""
    if people and not is_open(gym, utc_datetime(now_utc_ns)):
        who = "Somebody is" if people == 1 else f"{people} people are"
        text = f"{who} on the floor, and the gym is closed from {gym.closes} to {gym.opens}."
        yield Condition("after hours", "warning", gym.name, text, rules.after_hours_for)


def is_open(gym: Gym, now: datetime) -> bool:
    """Whether the gym is open at an aware time; always, without opening times or when both are the same."""
    if gym.opens is None or gym.closes is None or gym.opens == gym.closes:
        return True
    here = now.astimezone(gym.zone).time()
    opens, closes = time.fromisoformat(gym.opens), time.fromisoformat(gym.closes)
    if opens < closes:
        return opens <= here < closes
    return here >= opens or here < closes


@dataclass(slots=True)
class FaultWatch:
    """Form faults that repeat in one set; remembers them for a while, because a set tells of them once."""

    _open: dict[str, tuple[Condition, int]] = field(default_factory=dict)

    def take(self, told: SetChanged, person: str, title: str, rules: Alerts, now_utc_ns: int) -> None:
        """Look at the newest revision of a set; ``person`` is a uid or another stable name of whoever did it."""
        for rule, (count, cue) in _faults(told).items():
            if count < rules.faults_in_a_set or told.withdrawn:
                continue
            name = told.exercise.replace("_", " ")
            text = f"{title}: '{rule}' in {count} repetitions of one set of {name}."
            text += f" {cue}." if cue else ""
            key = f"{person}/{rule}/{told.started_utc_ns // (10 * NANOSECONDS)}"
            condition = Condition("repeated fault", "info", title, text, 0.0, key=f"{person}/{rule}", count=count)
            before = self._open.get(key)
            if before is None or before[0].count < count:
                self._open[key] = (condition, now_utc_ns)

    def forget(self, person: str) -> None:
        """Somebody was erased."""
        self._open = {key: one for key, one in self._open.items() if not key.startswith(f"{person}/")}

    def conditions(self, now_utc_ns: int) -> Iterator[Condition]:
        """The faults that were told of a short time ago."""
        old = [key for key, (_, at) in self._open.items() if now_utc_ns - at > EVENT_SHOWN_S * NANOSECONDS]
        for key in old:
            del self._open[key]
        yield from {condition.key: condition for condition, _ in self._open.values()}.values()


def _faults(told: SetChanged) -> dict[str, tuple[int, str]]:
    """How often each rule was broken in the sure repetitions, with its newest cue."""
    faults: dict[str, tuple[int, str]] = {}
    for rep in told.reps:
        for verdict in rep.verdicts:
            if verdict.verdict == "fault" and not rep.tentative:
                count, cue = faults.get(verdict.rule, (0, ""))
                faults[verdict.rule] = (count + 1, verdict.cue or cue)
    return faults


# The machines ---------------------------------------------------------------------------------------------------------


def cameras_without_frames(
    cameras: Sequence[Camera], processes: Mapping[str, AnyHeartbeat], rules: Alerts, now_utc_ns: int
) -> Iterator[Condition]:
    """Cameras that give no frames, and why."""
    beats = {beat.camera: beat for beat in processes.values() if isinstance(beat, IngestHeartbeat)}
    for camera in cameras:
        if not camera.enabled:
            continue
        beat = beats.get(camera.id)
        after_s = rules.camera_offline_after
        if beat is None or is_stale(beat, now_utc_ns):
            text = f"Camera {camera.title} is not read: its process does not answer."
            yield Condition("camera offline", "critical", camera.title, text, after_s, key=camera.id)
        elif beat.camera_state in ("offline", "starting"):
            why = beat.detail or beat.reason or "no connection yet"
            text = f"Camera {camera.title} gives no pictures: {why.rstrip('.')}."
            yield Condition("camera offline", "critical", camera.title, text, after_s, key=camera.id)
        elif beat.camera_state == "stalled":
            text = f"Camera {camera.title} is connected and sends no pictures."
            yield Condition("camera stalled", "warning", camera.title, text, after_s, key=camera.id)


def is_stale(beat: AnyHeartbeat, now_utc_ns: int) -> bool:
    """Whether a process has not renewed its heartbeat."""
    return now_utc_ns - beat.beat_utc_ns > STALE_S * NANOSECONDS


@dataclass(slots=True)
class _Counter:
    value: tuple[object, ...] = ()
    changed_ns: int = 0


@dataclass(slots=True)
class LagWatch:
    """Frames that go in against results that come out, by camera: the only health that counts."""

    _frames: dict[str, _Counter] = field(default_factory=dict)
    _results: dict[str, _Counter] = field(default_factory=dict)

    def conditions(
        self,
        cameras: Sequence[Camera],
        processes: Mapping[str, AnyHeartbeat],
        holders: Mapping[str, str],
        rules: Alerts,
        now_utc_ns: int,
    ) -> Iterator[Condition]:
        """Cameras that give pictures without results."""
        loads = _loads(processes, now_utc_ns)
        beats = {beat.camera: beat for beat in processes.values() if isinstance(beat, IngestHeartbeat)}
        for camera in cameras:
            beat = beats.get(camera.id)
            if beat is None or not camera.enabled:
                continue
            worker, load = loads.get(camera.id, ("", None))
            comes = _grows(self._frames, camera.id, (beat.boot, beat.frames_out), now_utc_ns)
            goes = load is not None and _grows(self._results, camera.id, (worker, load.epoch, load.frames), now_utc_ns)
            late_s = load.latency_ms / 1000 if load is not None else 0.0
            holder = holders.get(camera.id, "")
            if comes and not goes and not holder and _unable(camera.id, processes, now_utc_ns):
                why = "its frames are encrypted and no worker has keys for them; set transport.keys for the workers"
            elif comes and not goes and not holder:
                why = "no worker has taken it; start another worker"
            elif comes and not goes:
                why = f"{holder} gives no results"
            elif comes and late_s > rules.results_behind:
                why = f"results are {late_s:.0f} s old; the machine is too slow for so many cameras"
            else:
                continue
            text = f"Camera {camera.title} gives pictures, but {why}."
            yield Condition("results lagging", "critical", camera.title, text, rules.results_behind, key=camera.id)


def _loads(processes: Mapping[str, AnyHeartbeat], now_utc_ns: int) -> dict[str, tuple[str, CameraLoad]]:
    """By camera, the load with the newest lease."""
    loads: dict[str, tuple[str, CameraLoad]] = {}
    for name, beat in processes.items():
        if isinstance(beat, WorkerHeartbeat) and not is_stale(beat, now_utc_ns):
            for camera, load in beat.cameras.items():
                if camera not in loads or loads[camera][1].token < load.token:
                    loads[camera] = (name, load)
    return loads


def _unable(camera: str, processes: Mapping[str, AnyHeartbeat], now_utc_ns: int) -> bool:
    """Whether there are workers, and none of them can read a camera's frames."""
    workers = [
        beat for beat in processes.values() if isinstance(beat, WorkerHeartbeat) and not is_stale(beat, now_utc_ns)
    ]
    return bool(workers) and all(camera in worker.unable for worker in workers)


def _grows(counters: dict[str, _Counter], camera: str, value: tuple[object, ...], now_utc_ns: int) -> bool:
    counter = counters.get(camera)
    if counter is None:
        counters[camera] = _Counter(value, now_utc_ns)
        return True
    if counter.value != value:
        counter.value, counter.changed_ns = value, now_utc_ns
    return now_utc_ns - counter.changed_ns <= MOVING_S * NANOSECONDS


def troubled_processes(processes: Mapping[str, AnyHeartbeat], now_utc_ns: int) -> Iterator[Condition]:
    """Databases that are away, spools in use, dead letters, full disks, and edits of gym.toml that do not hold."""
    for name, beat in processes.items():
        if is_stale(beat, now_utc_ns):
            continue
        trouble = f"{beat.trouble} {beat.database if isinstance(beat, AggregatorHeartbeat) else ''}"
        if DISK_FULL.search(trouble):
            text = f"{name} on {beat.host} cannot write: {trouble.strip().rstrip('.')}."
            yield Condition("disk full", "critical", name, text, 0.0)
        if isinstance(beat, WorkerHeartbeat) and beat.spooled:
            text = f"{name} keeps {beat.spooled} events on its own disk, because Redis does not take them."
            yield Condition("spool in use", "warning", name, text, 2.0)
        if isinstance(beat, AggregatorHeartbeat) and beat.leads and beat.database:
            text = f"Nothing is stored: {beat.database.rstrip('.')}. {_waiting(beat.waiting)} in Redis meanwhile."
            yield Condition("database away", "critical", "database", text, DATABASE_AWAY_S)
        if isinstance(beat, AggregatorHeartbeat) and beat.leads and beat.dead_letters:
            number = beat.dead_letters
            what = "One event" if number == 1 else f"{number} events"
            text = f"{what} could not be understood and stay aside; 'spotter doctor' shows them."
            yield Condition("dead letter", "warning", "events", text, 0.0, count=number)
        if isinstance(beat, SupervisorHeartbeat) and beat.config_problem:
            text = f"The edited gym.toml is not in force: {beat.config_problem.rstrip('.')}."
            yield Condition("configuration", "warning", "gym.toml", text, 0.0, key=name)


def _waiting(events: int) -> str:
    return "What happens waits" if not events else "One event waits" if events == 1 else f"{events} events wait"


def floor_problems(problems: Mapping[str, str]) -> Iterator[Condition]:
    """Cameras whose floor points are unusable."""
    for camera, problem in problems.items():
        yield Condition("configuration", "warning", "gym.toml", f"{problem.rstrip('.')}.", 0.0, key=f"floor/{camera}")
