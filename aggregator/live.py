"""The live picture: who is on the floor now, doing what, and what is wrong.

Owns what is shown and nothing that is kept: every part of it comes back from the next observations. Ages are told by
capture time, because cameras on other machines have other clocks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator import alert_rules
from aggregator.alert_rules import FaultWatch, LagWatch, Seen
from aggregator.alerts import AlertBook, AlertChange, Condition, person_title
from aggregator.identity import IdentityKeeper
from aggregator.zones import Occupancy, OccupancyRow, ZoneWatch
from core.clock import NANOSECONDS
from core.messages import (
    AcknowledgeAlert,
    AnyDurable,
    AnyHeartbeat,
    LiveAlert,
    LiveCamera,
    LiveFloor,
    LivePerson,
    LiveZone,
    Observation,
    ObservedPerson,
    SetChanged,
    SnoozeAlert,
    TrackEnded,
    TrackRef,
)
from core.settings import Camera, Settings, Zone

VANISH_S = 3.0
"""Who is not seen for so long is not shown: shorter, and people blink behind a pillar."""
KEPT_CAMERA = 0.4
"""How much better another camera must see somebody to become the one that is shown; else reps flicker between views."""
OLD_SET_S = 30.0
"""Sets that ended longer ago are history, read after a restart: no alert about them helps anybody."""


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What the database tells about a person."""

    person: str
    number: int
    nickname: str = ""
    session_started_utc_ns: int = 0
    set_number: int = 0
    """Of the visit's newest set."""


@dataclass(frozen=True, slots=True)
class FloorTick:
    """What one look at the whole floor gave."""

    floor: LiveFloor
    alerts: list[AlertChange]
    occupancy: list[OccupancyRow]


@dataclass(slots=True)
class _CameraNow:
    """What is known of one camera's newest frame."""

    epoch: str = ""
    boot: str = ""
    captured_ns: int = 0
    """Tells old frames from new ones; the wall clock may be set."""
    captured_utc_ns: int = 0
    heard_of_ns: int = -1
    """The newest frame that a tick knew of, and that tick's time: how long nothing new has come."""
    heard_utc_ns: int = 0


@dataclass(slots=True)
class _TrackNow:
    """What one track showed last."""

    seen: ObservedPerson
    seen_ns: int
    """By the camera's monotonic clock."""
    seen_utc_ns: int
    zone: Zone | None


class Floor:
    """Owner of the live picture. Owns no clock, no database and no connection."""

    def __init__(self, settings: Settings, keeper: IdentityKeeper, sender: str, started_utc_ns: int) -> None:
        """``keeper`` is only asked here; feed it before the floor with every observation."""
        self._keeper = keeper
        self._sender = sender
        self._started_utc_ns = started_utc_ns
        self._settings = settings
        self._cameras: dict[str, Camera] = {}
        self._zones = ZoneWatch(settings)
        self._occupancy = Occupancy()
        self._now: dict[str, _CameraNow] = {}
        self._tracks: dict[TrackRef, _TrackNow] = {}
        self._best: dict[str, TrackRef] = {}
        self._known: dict[str, KnownPerson] = {}
        self._processes: Mapping[str, AnyHeartbeat] = {}
        self._holders: Mapping[str, str] = {}
        self._heard_processes = False
        self._faults = FaultWatch()
        self._lag = LagWatch()
        self._book = AlertBook(started_utc_ns)
        self._last_tick_utc_ns = started_utc_ns
        self.reload(settings)

    def reload(self, settings: Settings) -> None:
        """Take edited settings; gone cameras vanish."""
        self._settings = settings
        self._cameras = {camera.id: camera for camera in settings.camera}
        self._zones.reload(settings)
        for camera in self._now.keys() - self._cameras.keys():
            del self._now[camera]
        self._tracks = {who: track for who, track in self._tracks.items() if who.camera in self._cameras}

    def restore(self, alerts: Iterable[LiveAlert]) -> None:
        """Go on after a restart with the alerts that were open."""
        self._book.restore(alerts)

    def observe(self, observation: Observation) -> LiveCamera | None:
        """Take who was seen in one frame; None for one that is older than what is shown, or of an unknown camera."""
        camera = observation.camera
        if camera not in self._cameras:
            return None
        now = self._now.get(camera)
        if now is None:
            now = self._now[camera] = _CameraNow()
        elif observation.boot == now.boot and observation.captured_ns <= now.captured_ns:
            return None
        now.epoch, now.boot = observation.epoch, observation.boot
        now.captured_ns, now.captured_utc_ns = observation.captured_ns, observation.captured_utc_ns
        people: dict[int, LivePerson] = {}
        for seen in observation.people:
            who = TrackRef(camera, observation.epoch, seen.track)
            zone = self._zones.see(who, seen.feet)
            track = _TrackNow(seen, observation.captured_ns, observation.captured_utc_ns, zone)
            self._tracks[who] = track
            people[seen.track] = self._live_person(self._keeper.person_of(who), who, track, (who,))
        return LiveCamera(sender=self._sender, camera=camera, observation=observation, people=people)

    def apply(self, event: AnyDurable) -> None:
        """Take an event of the stream: repeated faults come from sets, and ended tracks vanish at once."""
        if isinstance(event, TrackEnded):
            self._forget(event.who)
        elif isinstance(event, SetChanged):
            if self._last_tick_utc_ns - event.captured_utc_ns > OLD_SET_S * NANOSECONDS:
                return
            person = self._keeper.person_of(event.who)
            title = self._title(person, event.who.camera)
            rules = self._settings.alerts
            self._faults.take(event, person or str(event.who), title, rules, self._last_tick_utc_ns)

    def acknowledge(self, command: AcknowledgeAlert) -> list[AlertChange]:
        """Somebody has seen an alert; nothing if it is over, unknown or acknowledged already."""
        return self._book.acknowledge(command)

    def snooze(self, command: SnoozeAlert) -> list[AlertChange]:
        """Somebody does not want to be told of an alert for a while; nothing if it is over or unknown."""
        return self._book.snooze(command)

    def learned(self, people: Iterable[KnownPerson]) -> None:
        """Take numbers, nicknames, visits and set numbers from the database."""
        self._known.update((known.person, known) for known in people)

    def forget_person(self, person: str) -> None:
        """Somebody was erased."""
        known = self._known.pop(person, None)
        self._best.pop(person, None)
        self._faults.forget(person)
        self._book.forget(person, person_title(known.number, known.nickname) if known is not None else "")

    def heartbeats(
        self, processes: Mapping[str, AnyHeartbeat], now_utc_ns: int, lease_holders: Mapping[str, str]
    ) -> None:
        """Take all heartbeats, stale ones included, and who holds which camera's lease (camera to process)."""
        self._processes, self._holders = processes, lease_holders
        self._heard_processes = True
        self._last_tick_utc_ns = max(self._last_tick_utc_ns, now_utc_ns)

    def tick(self, now_utc_ns: int) -> FloorTick:
        """The whole floor, twice a second, and what changed in alerts and occupancy."""
        self._last_tick_utc_ns = now_utc_ns
        self._drop_unseen(now_utc_ns)
        tracks = self._tracks_of_people()
        best = {person: self._best_of(person, mine) for person, mine in tracks.items()}
        self._best = best
        people = tuple(
            self._live_person(person, best[person], self._tracks[best[person]], tuple(sorted(mine)))
            for person, mine in sorted(tracks.items())
        )
        zones = self._live_zones(people)
        conditions = self._conditions(tracks, people, zones, now_utc_ns)
        rules = self._settings.alerts
        alerts = self._book.judge(conditions, now_utc_ns, quiet_s=rules.quiet_after_start, cooldown_s=rules.cooldown)
        floor = LiveFloor(
            sender=self._sender,
            at_utc_ns=now_utc_ns,
            started_utc_ns=self._started_utc_ns,
            people=people,
            zones=zones,
            alerts=self._book.open(),
        )
        rows = self._occupancy.count(now_utc_ns, {zone.zone: zone.people for zone in zones})
        return FloorTick(floor, alerts, rows)

    # Who is there

    def _drop_unseen(self, now_utc_ns: int) -> None:
        for now in self._now.values():
            if now.captured_ns != now.heard_of_ns:
                now.heard_of_ns, now.heard_utc_ns = now.captured_ns, now_utc_ns
        gone = []
        for who, track in self._tracks.items():
            camera = self._now.get(who.camera)
            if camera is None:
                gone.append(who)
                continue
            unseen_ns = camera.captured_ns - track.seen_ns + max(now_utc_ns - camera.heard_utc_ns, 0)
            if unseen_ns > VANISH_S * NANOSECONDS or who.epoch != camera.epoch:
                gone.append(who)
        for who in gone:
            self._forget(who)
        if len(self._known) > 1000:
            self._known = {person: known for person, known in self._known.items() if person in self._best}

    def _forget(self, who: TrackRef) -> None:
        self._tracks.pop(who, None)
        self._zones.forget(who)

    def _tracks_of_people(self) -> dict[str, list[TrackRef]]:
        """Tracks by person; who is not known yet is seen in the pictures only, else one would be two for a second."""
        tracks: dict[str, list[TrackRef]] = {}
        for who in self._tracks:
            person = self._keeper.person_of(who)
            if person:
                tracks.setdefault(person, []).append(who)
        return tracks

    def _best_of(self, person: str, mine: list[TrackRef]) -> TrackRef:
        """The track that sees a person best; the one of before, unless another is clearly better."""
        before = self._best.get(person)
        newest = max(self._tracks[who].seen_utc_ns for who in mine)

        def goodness(who: TrackRef) -> float:
            track = self._tracks[who]
            seen = track.seen
            trains = 0.0 if not seen.exercise else 0.3 if seen.exercise == "unknown" else 0.8
            late_s = (newest - track.seen_utc_ns) / NANOSECONDS
            size = min(1.0, seen.box[3] - seen.box[1])
            return trains + seen.presence + size - late_s + (KEPT_CAMERA if who == before else 0.0)

        return max(mine, key=lambda who: (goodness(who), who))

    def _live_person(self, person: str, who: TrackRef, track: _TrackNow, tracks: tuple[TrackRef, ...]) -> LivePerson:
        known = self._known.get(person)
        seen = track.seen
        zone = track.zone
        if zone is None:
            zone = next((z for each in tracks if (z := self._tracks[each].zone) is not None), None)
        return LivePerson(
            person=person,
            number=known.number if known is not None else 0,
            nickname=known.nickname if known is not None else "",
            tracks=tracks,
            camera=who.camera,
            zone=zone.name if zone is not None else "",
            floor_m=self._keeper.floor_of(who),
            exercise=seen.exercise,
            reps=seen.reps,
            tentative=seen.tentative,
            hold_s=seen.hold_s,
            progress=seen.progress,
            set_number=known.set_number if known is not None else 0,
            set_started_utc_ns=seen.set_started_utc_ns,
            cue=seen.cue,
            seen_utc_ns=track.seen_utc_ns,
            session_started_utc_ns=known.session_started_utc_ns if known is not None else 0,
        )

    def _live_zones(self, people: Iterable[LivePerson]) -> tuple[LiveZone, ...]:
        """One entry a name: the same name in two cameras is one zone, and people in it count once."""
        held: dict[str, int] = {}
        for person in people:
            held[person.zone] = held.get(person.zone, 0) + 1
        zones: dict[str, LiveZone] = {}
        for camera in self._cameras.values():
            for zone in camera.zone:
                before = zones.get(zone.name)
                if before is None or before.capacity is None:
                    zones[zone.name] = LiveZone(
                        camera=before.camera if before is not None else camera.id,
                        zone=zone.name,
                        zone_kind=zone.kind,
                        people=held.get(zone.name, 0),
                        capacity=zone.capacity,
                    )
        return tuple(zones.values())

    # What is wrong

    def _conditions(
        self,
        tracks: Mapping[str, list[TrackRef]],
        people: tuple[LivePerson, ...],
        zones: tuple[LiveZone, ...],
        now_utc_ns: int,
    ) -> list[Condition]:
        rules = self._settings.alerts
        seen = [self._seen(person, tracks[person.person]) for person in people]
        found = [
            *alert_rules.people_down(seen, rules),
            *alert_rules.stuck_under_the_bar(seen, rules),
            *alert_rules.overcrowded(zones, rules),
            *alert_rules.after_hours(len(people), self._settings.gym, rules, now_utc_ns),
            *alert_rules.floor_problems(self._keeper.problems),
            *self._faults.conditions(now_utc_ns),
        ]
        if self._heard_processes:
            cameras, processes = self._settings.camera, self._processes
            found += alert_rules.cameras_without_frames(cameras, processes, rules, now_utc_ns)
            found += self._lag.conditions(cameras, processes, self._holders, rules, now_utc_ns)
            found += alert_rules.troubled_processes(processes, now_utc_ns)
        return found

    def _seen(self, person: LivePerson, mine: list[TrackRef]) -> Seen:
        best = self._best[person.person]
        order = [best, *(who for who in sorted(mine) if who != best)]
        zones = [zone for who in order if (zone := self._tracks[who].zone) is not None]
        return Seen(
            person=person.person,
            title=self._title(person.person, person.camera),
            place=person.zone or self._cameras[person.camera].title,
            looks=tuple(self._tracks[who].seen for who in order),
            zones=tuple(zone.kind for zone in zones),
        )

    def _title(self, person: str, camera: str) -> str:
        known = self._known.get(person)
        if known is not None:
            return person_title(known.number, known.nickname)
        found = self._cameras.get(camera)
        return f"Somebody in camera {found.title if found is not None else camera}"
