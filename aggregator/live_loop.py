"""From observations and heartbeats to the live picture, alerts, and decisions on who is who.

Owns one connection to Redis, in a thread of its own. Never touches the database: what it is to know goes through the
hand-over, and the picture goes on while the database is away.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.handover import CurrentSettings, Handover, Restored, Rows
from aggregator.hearing import Hearing
from aggregator.identity import IdentityKeeper
from aggregator.keypoints import Recorder
from aggregator.live import Floor
from aggregator.records import StatusHistory, StatusRow
from core.clock import NANOSECONDS, SteadyUtc, mono_ns, utc_ns
from core.errors import StoreError
from core.messages import (
    AcknowledgeAlert,
    AnyDurable,
    AnyHeartbeat,
    ForgetPerson,
    IngestHeartbeat,
    LiveCamera,
    Observation,
    SnoozeAlert,
    TrackJoined,
    TrackRef,
)
from core.runtime import STALE_AFTER_S, Stopping
from core.secrets import Address
from core.store import Store

log = logging.getLogger(__name__)

TICK_S = 0.5
WAIT_S = 0.1
"""Longest wait for an observation."""
SIGHTINGS_EVERY_S = 10.0
"""How exactly the database knows when somebody was seen last, who trains nothing."""
TELL_AGAIN_AFTER_S = 10.0
"""A decision that is not folded by then is appended again: a Redis that came back empty has lost it."""
TELL_AGAIN_AT_MOST_S = 600.0
"""Less and less often: while the database is away, nothing is folded, and the stream must not fill up."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
BUG_EVERY_S = 10.0


@dataclass(slots=True)
class _Appended:
    """A decision that was made, and when it was appended to the stream last; 0 for never."""

    decision: TrackJoined
    at_ns: int = 0
    again_s: float = TELL_AGAIN_AFTER_S


class LiveLoop:
    """One time of leading; ``run`` belongs in a thread."""

    def __init__(self, redis: Address, sender: str, current: CurrentSettings, handover: Handover) -> None:
        self.alive_ns = mono_ns()
        self.trouble = ""
        """What is wrong now, in one sentence."""
        self._redis = redis
        self._current = current
        self._handover = handover
        self._version, self._settings = current.held
        self._clock = SteadyUtc(mono_ns(), utc_ns())
        self._keeper = IdentityKeeper(self._settings, sender)
        self._floor = Floor(self._settings, self._keeper, sender, self._clock.update(mono_ns(), utc_ns()))
        self._restored = False
        """Before the database has told what it knows, nothing is decided: it may be decided already."""
        self._cursor = "$"
        self._open: dict[str, _Appended] = {}
        """Own decisions that are not in the database yet."""
        self._history = StatusHistory()
        self._recorder = Recorder()
        self._hearing = Hearing()
        self._sightings: dict[TrackRef, int] = {}
        self._next_tick_ns = self._next_sightings_ns = self._next_bug_ns = 0
        self._tidied = False

    def run(self, stopping: Stopping) -> None:
        """Watch until asked to stop."""
        store = Store(self._redis)
        pause_s = FIRST_PAUSE_S
        try:
            while not stopping.is_set():
                self.alive_ns = mono_ns()
                try:
                    self._round(store)
                    pause_s = FIRST_PAUSE_S
                    self._say("")
                except StoreError as error:
                    self._say(str(error))
                    stopping.wait(pause_s)
                    pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                except Exception:  # the picture goes on: one odd message must not end it
                    self._say("a part of the live picture fails; the log of the aggregator says where")
                    if self._is_bug_due():
                        log.exception("this is a bug in Spotter")
                    stopping.wait(pause_s)
            self._handover.to_database(Rows(sightings=self._sightings, keypoints=self._recorder.take(everything=True)))
        finally:
            store.close()

    def _round(self, store: Store) -> None:
        self._take_settings(store)
        self._take_told()
        now_ns = mono_ns()
        wait_s = min(max((self._next_tick_ns - now_ns) / NANOSECONDS, 0.0), WAIT_S)
        self._cursor, observations = store.read_observations(self._cursor, wait_s=wait_s)
        seen = self._observe(observations)
        if seen:
            store.show(list(seen.values()))
        if mono_ns() >= self._next_tick_ns:
            self._next_tick_ns = mono_ns() + round(TICK_S * NANOSECONDS)
            self._tick(store)

    # What comes in

    def _take_settings(self, store: Store) -> None:
        version, settings = self._current.held
        if version != self._version:
            self._keeper.reload(settings)
            self._floor.reload(settings)
            self._version, self._settings = version, settings
            self._tidied = False
        if not self._tidied:
            configured = {camera.id for camera in settings.camera}
            for camera in store.live_cameras().keys() - configured:
                store.hide_camera(camera)
            self._tidied = True

    def _take_told(self) -> None:
        for told in self._handover.take_told():
            if isinstance(told, Restored):
                self._keeper.restore(told.tracks)
                self._floor.restore(told.alerts)
                self._floor.learned(told.people)
                self._restored = True
            else:
                self._apply(told.events)
                self._floor.learned(told.people)

    def _apply(self, events: Iterable[AnyDurable]) -> None:
        for event in events:
            if isinstance(event, AcknowledgeAlert):
                self._handover.to_database(Rows(alerts=self._floor.acknowledge(event)))
                continue
            if isinstance(event, SnoozeAlert):
                self._handover.to_database(Rows(alerts=self._floor.snooze(event)))
                continue
            if isinstance(event, ForgetPerson):
                theirs = [who for who in self._recorder.tracks() if self._keeper.person_of(who) == event.uid]
                self._recorder.forget(theirs)
                self._floor.forget_person(event.uid)
                self._open = {name: one for name, one in self._open.items() if one.decision.person != event.uid}
            self._open.pop(event.id, None)
            self._keeper.apply(event)
            self._floor.apply(event)

    def _observe(self, observations: Iterable[Observation]) -> Mapping[str, LiveCamera]:
        """Take observations; gives the newest picture of every camera."""
        newest: dict[str, LiveCamera] = {}
        for observation in observations:
            self._handover.times.hear(observation.camera, observation.captured_utc_ns, mono_ns())
            self._keeper.observe(observation)
            if self._settings.privacy.keypoints > 0:
                self._recorder.observe(observation)
            live = self._floor.observe(observation)
            if live is not None:
                newest[live.camera] = live
            for person in observation.people:
                who = TrackRef(observation.camera, observation.epoch, person.track)
                self._sightings[who] = max(observation.captured_utc_ns, self._sightings.get(who, 0))
        return newest

    # What goes out

    def _tick(self, store: Store) -> None:
        now_utc_ns = self._clock.update(mono_ns(), utc_ns())
        processes = self._hearing.dated(store.processes(), mono_ns(), now_utc_ns)
        leases = store.leases(camera.id for camera in self._settings.camera)
        self._floor.heartbeats(processes, now_utc_ns, {camera: lease.sender for camera, lease in leases.items()})
        tick = self._floor.tick(now_utc_ns)
        rows = Rows(alerts=tick.alerts, occupancy=tick.occupancy, status=self._status(processes, now_utc_ns))
        if mono_ns() >= self._next_sightings_ns:
            self._next_sightings_ns = mono_ns() + round(SIGHTINGS_EVERY_S * NANOSECONDS)
            rows.sightings, self._sightings = self._sightings, {}
            rows.keypoints = self._recorder.take()
        # Before it is shown: who acknowledges an alert must find it in the database.
        self._handover.to_database(rows)
        store.show([tick.floor])
        if self._restored:
            self._decide(store, now_utc_ns)
        else:
            self._keeper.tidy(now_utc_ns)

    def _status(self, processes: Mapping[str, AnyHeartbeat], now_utc_ns: int) -> list[StatusRow]:
        oldest = now_utc_ns - round(STALE_AFTER_S * NANOSECONDS)
        beats = [
            beat for beat in processes.values() if isinstance(beat, IngestHeartbeat) and beat.beat_utc_ns >= oldest
        ]
        return self._history.look(beats, now_utc_ns)

    def _decide(self, store: Store, now_utc_ns: int) -> None:
        """Append what is decided; again, if it does not come back folded."""
        for decision in self._keeper.decide(now_utc_ns):
            self._open[decision.id] = _Appended(decision)
        now_ns = mono_ns()
        due = [one for one in self._open.values() if one.at_ns == 0 or now_ns - one.at_ns > one.again_s * NANOSECONDS]
        if due:
            store.append_events([one.decision for one in due])
            for one in due:
                if one.at_ns:
                    one.again_s = min(2 * one.again_s, TELL_AGAIN_AT_MOST_S)
                one.at_ns = now_ns

    # What the heartbeat tells

    def _say(self, wrong: str) -> None:
        if wrong and not self.trouble:
            log.warning("the live picture stands still: %s", wrong)
        elif self.trouble and not wrong:
            log.info("the live picture goes on")
        self.trouble = wrong

    def _is_bug_due(self) -> bool:
        """Whether to log a bug once more: one that strikes ten times a second must not fill the disk."""
        due = mono_ns() >= self._next_bug_ns
        if due:
            self._next_bug_ns = mono_ns() + round(BUG_EVERY_S * NANOSECONDS)
        return due
