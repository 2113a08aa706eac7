"""Who is who: the tracks of all cameras become people.

Tracks of cameras with floor points are joined where they stand at the same place for a second and more; a track that
begins where somebody was lost goes on as that person; every other one is somebody new. A join that turns out wrong is
undone when the tracks part. People are numbered, never recognised: a uid means nothing outside this gym.
"""

import math
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from aggregator.floor_evidence import Evidence, cells_of, evidence, parted_since_ns
from aggregator.floor_plan import FloorPlan, Place, floor_plan
from aggregator.returning import OVERLAP_S, Sameness, return_cost
from aggregator.seen_track import SeenTrack
from aggregator.zones import zone_of
from core.clock import NANOSECONDS
from core.errors import ConfigError
from core.messages import (
    AnyDurable,
    ForgetPerson,
    MergePeople,
    Observation,
    ObservedPerson,
    Relative,
    SetChanged,
    StaffAction,
    TrackEnded,
    TrackJoined,
    TrackRef,
    TrackStarted,
)
from core.settings import Camera, Settings

DECIDE_AFTER_S = 1.0
"""A track is decided when it is this old; a shorter one with nothing counted never becomes a person."""
COMPARED_S = 1.5
"""A track that stood on the floor for so long and joined nobody is somebody new: other cameras had their second."""
PATIENCE_S = 3.0
"""Somebody whose feet are hidden is waited for so long before being taken for somebody new."""
LOST_S = 1.0
"""Who is not seen for so long, while the camera sees others or nobody, is lost."""
SILENT_S = 3.0
"""A camera of which nothing is heard for so long sees nobody."""
MERGE_SCORE = -1.0
"""Two people become one only on better evidence than a new track needs, and on more of it."""
MERGE_S = 2.0
JOIN_S, PART_S = 4.0, 2.0
"""Newest time that is looked at to join, and to see that tracks have parted."""
PARTED_M, PARTED_SQUARED = 1.5, 14.0
"""Farther apart than this in metres, and than errors explain, is elsewhere. Smaller would part who lies down: feet in
the air are metres off."""
PARTED_FOR_S = 1.5
PARTED_TRAINING_FOR_S = 6.0
"""Who trains does not walk away: one that hangs from a bar or lies on a bench only looks elsewhere to some cameras."""
UNSURE_S = 2.0
"""When two bodies were at one place, nobody can tell at which moment the track went over from one to the other."""
REFUSED_FOR_S = 10.0
FOR_EVER_NS = 2**62
CLOTHES_WEIGHT = 2.0
"""Of one minus the likeness, against the score of the floor: enough to choose between two who stand close together, too
little to part one person whom two cameras see in other colours."""
CLOCK_STEP_S = 2.0
"""A camera whose UTC and monotonic time differ by more from one frame to the next had its wall clock set."""
HIDDEN_FEET_DOUBT = 2.5
"""How much worse feet are known that the pose model only guesses."""
ANKLES = (27, 28)
Why = Literal["new", "floor", "return"]
CLOSED = 1e6
"""Cost of what must not be."""


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """What the database still knows of a track after a restart."""

    who: TrackRef
    person: str
    """Uid; empty if nothing was decided."""
    decision: int
    """Number of the newest decision, 0 if there is none."""
    by_staff: bool
    started_utc_ns: int
    last_utc_ns: int
    """End of the track, or the newest time at which anything is known of it."""
    ended: bool
    counted: bool
    """Whether it holds a set."""
    feet: Relative | None = None
    """Last place, for example that of its last set."""
    since_utc_ns: int = 0
    """Of the newest decision."""


def new_uid() -> str:
    """A short random name of a person: twelve hexadecimal digits, which do not collide in a gym's lifetime."""
    return secrets.token_hex(6)


class IdentityKeeper:
    """Decides whose track it is. Owns no clock, no database and no connection.

    Feed it every observation (any may be missing or come twice) and every event of the stream, own decisions included;
    ask for decisions about twice a second, append them to the stream, and hand them back through ``apply`` as folded.
    After a start, fold what waits in the stream before asking for decisions.
    """

    def __init__(self, settings: Settings, sender: str, uid: Callable[[], str] = new_uid) -> None:
        """``sender``: name of the aggregator's process, for its decisions; ``uid`` names new people."""
        self._sender = sender
        self._uid = uid
        self._tracks: dict[TrackRef, SeenTrack] = {}
        self._past: list[SeenTrack] = []
        """What tracks were before they went over to another body."""
        self._merged: dict[str, str] = {}
        """Whom staff merged into whom; people of long ago cost a line of memory each."""
        self._forgotten: set[str] = set()
        """Uids of people who were erased; what comes late about them is not believed."""
        self._newest: dict[str, int] = {}
        self._frames: dict[str, tuple[str, int]] = {}
        """Boot and monotonic time of every camera's newest frame."""
        self._heard: dict[str, tuple[int, int]] = {}
        self._plans: dict[tuple[str, int, int], FloorPlan | None] = {}
        self._cameras: dict[str, Camera] = {}
        self.problems: dict[str, str] = {}
        """What is wrong with a camera's floor points, by camera."""
        self.reload(settings)

    def reload(self, settings: Settings) -> None:
        """Take edited settings; decisions stand."""
        self._settings = settings
        self._cameras = {camera.id: camera for camera in settings.camera}
        self._plans.clear()
        self.problems.clear()

    def restore(self, tracks: Iterable[KnownTrack]) -> None:
        """Go on after a restart, with the tracks of open visits and those that ended within ``returns_within``."""
        for known in tracks:
            seen = self._tracks.get(known.who)
            if seen is not None:
                # Observed before the database answered.
                seen.began(known.started_utc_ns)
                seen.counted = seen.counted or known.counted
                if known.decision > seen.decision:
                    seen.person, seen.decision, seen.by_staff = known.person, known.decision, known.by_staff
                continue
            self._tracks[known.who] = SeenTrack(
                who=known.who,
                started_utc_ns=max(known.started_utc_ns, known.since_utc_ns),
                since_utc_ns=known.since_utc_ns,
                last_utc_ns=known.last_utc_ns,
                ended=known.ended,
                counted=known.counted,
                person=known.person,
                decision=known.decision,
                by_staff=known.by_staff,
                joined_utc_ns=known.started_utc_ns,
                feet=known.feet,
            )

    def observe(self, observation: Observation) -> None:
        """Take who was seen in one frame of a camera."""
        camera, at = observation.camera, observation.captured_utc_ns
        if camera not in self._cameras:
            return
        if not self._is_news(observation):
            return
        plan = self._plan(camera, observation.width, observation.height)
        aspect = observation.width / max(observation.height, 1)
        for person in observation.people:
            who = TrackRef(camera, observation.epoch, person.track)
            track = self._tracks.get(who)
            if track is None:
                track = self._tracks[who] = SeenTrack(who, at, at)
            elif at <= track.last_utc_ns and track.frames:
                continue
            track.see(person, at, aspect)
            if plan is not None:
                place = _place(plan, person, track.body, aspect)
                if place is not None:
                    track.stand(place, at)

    def apply(self, event: AnyDurable) -> None:
        """Take an event of the stream: tracks that start and end, sets that count, decisions of staff or our own."""
        if isinstance(event, StaffAction):
            self._take_action(event)
            return
        if isinstance(event, TrackJoined) and event.person in self._forgotten:
            return
        track = self._tracks.get(event.who)
        if track is None:
            if isinstance(event, TrackEnded):
                track = SeenTrack(event.who, event.started_utc_ns, event.captured_utc_ns)
            else:
                track = SeenTrack(event.who, event.captured_utc_ns, event.captured_utc_ns)
            self._tracks[event.who] = track
        match event:
            case TrackStarted():
                track.began(event.captured_utc_ns)
            case TrackEnded():
                track.began(event.started_utc_ns)
                track.last_utc_ns = max(track.last_utc_ns, event.captured_utc_ns)
                track.frames = max(track.frames, event.frames)
                track.ended, track.training = True, False
            case SetChanged():
                self._count(track, event)
            case TrackJoined():
                by_staff = event.why == "staff"
                if event.decision > track.decision or (by_staff and event.decision == track.decision):
                    if by_staff:
                        # What staff part stays parted, however near the two stand to each other.
                        track.refused.pop(event.person, None)
                        if track.person not in {"", event.person}:
                            track.refused[track.person] = FOR_EVER_NS
                    track.decision, track.person, track.by_staff = event.decision, event.person, by_staff
                    track.joined_utc_ns = event.captured_utc_ns

    def _take_action(self, action: StaffAction) -> None:
        if isinstance(action, MergePeople):
            self._merged.pop(action.from_uid, None)
            self._merged[action.from_uid] = action.into_uid  # in the order in which they came
        if isinstance(action, ForgetPerson):
            self._forget_person(action.uid, action.at_utc_ns)

    def _forget_person(self, person: str, at_utc_ns: int) -> None:
        """Somebody was erased: whoever of them is still seen is nobody yet, from then on."""
        self._forgotten.add(person)
        self._past = [track for track in self._past if track.person != person]
        for who, track in list(self._tracks.items()):
            track.refused.pop(person, None)
            if self._merged_into(track.person) != person and track.person != person:
                continue
            if track.ended:
                del self._tracks[who]
                continue
            fresh = SeenTrack(who, min(max(at_utc_ns, track.started_utc_ns), track.last_utc_ns), track.last_utc_ns)
            fresh.since_utc_ns, fresh.decision = fresh.started_utc_ns, track.decision
            self._tracks[who] = fresh
        self._merged = {one: into for one, into in self._merged.items() if person not in (one, into)}

    def decide(self, now_utc_ns: int) -> list[TrackJoined]:
        """Decisions that are due, each to be appended to the stream of events; they hold here at once."""
        self.tidy(now_utc_ns)
        look = _Look.at(self._active(now_utc_ns))
        parted = self._part(look)
        return [
            *self._join_on_the_floor(look, parted),
            *self._take_returns(look),
            *self._merge(look),
        ]

    def tidy(self, now_utc_ns: int) -> None:
        """Forget who cannot come back; for the time in which nothing may be decided yet."""
        self._listen(now_utc_ns)
        self._forget(now_utc_ns)

    def person_of(self, who: TrackRef) -> str:
        """Uid of the person whose track it is; empty while that is not known."""
        track = self._tracks.get(who)
        return self._merged_into(track.person) if track is not None else ""

    def _merged_into(self, person: str) -> str:
        """Whom staff say that a person is; themselves if nothing was said."""
        path = [person]
        while into := self._merged.get(path[-1], ""):
            if into in path:
                # Of a circle, the latest merge does not count, as in the database.
                order = list(self._merged)
                return max(path[path.index(into) :], key=order.index)
            path.append(into)
        return path[-1]

    def floor_of(self, who: TrackRef) -> tuple[float, float] | None:
        """Where on the floor plan the track was seen last, metres; None without floor points."""
        track = self._tracks.get(who)
        place = track.place if track is not None else None
        return (place.x, place.y) if place is not None else None

    # What is known

    def _is_news(self, observation: Observation) -> bool:
        """Whether a frame is later than the last of its camera; follows a camera whose wall clock was set."""
        camera, at = observation.camera, observation.captured_utc_ns
        boot, captured_ns = self._frames.get(camera, ("", 0))
        before = self._newest.get(camera, at)
        if boot == observation.boot:
            if observation.captured_ns <= captured_ns:
                return False
            step_ns = at - before - (observation.captured_ns - captured_ns)
        else:
            step_ns = min(at - before, 0)
        if abs(step_ns) > CLOCK_STEP_S * NANOSECONDS:
            for track in (*self._tracks.values(), *self._past):
                if track.who.camera == camera:
                    track.shift(step_ns)
        self._frames[camera] = (observation.boot, observation.captured_ns)
        self._newest[camera] = at
        return True

    def _plan(self, camera: str, width: int, height: int) -> FloorPlan | None:
        key = (camera, width, height)
        if width <= 0 or height <= 0:
            return None
        if key not in self._plans:
            try:
                self._plans[key] = floor_plan(self._cameras[camera], width, height)
            except ConfigError as error:
                self._plans[key] = None
                self.problems[camera] = str(error)
        return self._plans[key]

    def _count(self, track: SeenTrack, event: SetChanged) -> None:
        track.began(event.started_utc_ns)
        track.last_utc_ns = max(track.last_utc_ns, event.ended_utc_ns)
        if not event.withdrawn:
            counted = any(not rep.tentative for rep in event.reps) or bool(event.hold_s)
            track.counted = track.counted or counted
        if track.feet is None:
            track.feet = event.feet

    def _listen(self, now_utc_ns: int) -> None:
        """Note which cameras have told something new."""
        for camera, newest in self._newest.items():
            if self._heard.get(camera, (0, 0))[0] != newest:
                self._heard[camera] = (newest, now_utc_ns)

    def _forget(self, now_utc_ns: int) -> None:
        """Drop tracks that nobody can return to any more."""
        keep_ns = round(max(self._settings.sessions.returns_within, 30.0) * NANOSECONDS)
        gone = [who for who, track in self._tracks.items() if self._unseen_ns(track, now_utc_ns) > keep_ns]
        for who in gone:
            del self._tracks[who]
        self._past = [
            track for track in self._past if track.who in self._tracks and self._unseen_ns(track, now_utc_ns) <= keep_ns
        ]

    def _unseen_ns(self, track: SeenTrack, now_utc_ns: int) -> int:
        """For how long a track was not seen, by its own camera's clock, however wrong that is."""
        newest, heard_ns = self._heard.get(track.who.camera, (now_utc_ns, now_utc_ns))
        return newest - track.last_utc_ns + max(now_utc_ns - heard_ns, 0)

    def _active(self, now_utc_ns: int) -> list[SeenTrack]:
        """Tracks that are seen now, oldest first."""
        hearing = {
            camera for camera, (_, at) in self._heard.items() if now_utc_ns - at <= SILENT_S * NANOSECONDS
        } & self._cameras.keys()
        tracks = [
            track
            for track in self._tracks.values()
            if not track.ended
            and track.who.camera in hearing
            and track.frames
            and self._newest[track.who.camera] - track.last_utc_ns <= LOST_S * NANOSECONDS
        ]
        return sorted(tracks, key=lambda track: (track.started_utc_ns, track.who))

    def _people(self) -> dict[str, list[SeenTrack]]:
        people: dict[str, list[SeenTrack]] = {}
        for track in (*self._tracks.values(), *self._past):
            if track.person:
                people.setdefault(track.person, []).append(track)
        return people

    # What follows from it

    def _decided(self, track: SeenTrack, person: str, why: Why) -> TrackJoined:
        track.person = person
        track.decision += 1
        track.joined_utc_ns = track.last_utc_ns
        track.parted_utc_ns = 0
        return self._joined(track, track.decision, why)

    def _joined(self, track: SeenTrack, decision: int, why: Why) -> TrackJoined:
        return TrackJoined(
            sender=self._sender,
            who=track.who,
            captured_utc_ns=track.last_utc_ns,
            person=track.person,
            decision=decision,
            why=why,
            since_utc_ns=track.since_utc_ns,
        )

    def _moved(self, track: SeenTrack, person: str) -> list[TrackJoined]:
        """A track of somebody who turned out to be somebody else; a past stretch needs what follows said again."""
        if track not in self._past:
            return [self._decided(track, person, "floor")]
        now = self._tracks[track.who]
        later = sorted(
            (each for each in self._past if each.who == track.who and each.since_utc_ns > track.since_utc_ns),
            key=lambda each: each.since_utc_ns,
        )
        track.person = person
        decided = []
        for each in (track, *later, now):
            now.decision += 1
            decided.append(self._joined(each, now.decision, "floor"))
        return decided

    def _divide(self, track: SeenTrack, others: Sequence[SeenTrack]) -> None:
        """The track goes over to another body where it parted; what it was before stays with its person."""
        since = parted_since_ns(track, others)
        if since is None or since - track.started_utc_ns < DECIDE_AFTER_S * NANOSECONDS:
            return
        sure = max(track.started_utc_ns, since - round(UNSURE_S * NANOSECONDS))
        self._past.append(replace(track, last_utc_ns=sure, ended=True, training=False, cells=track.cells.copy()))
        track.since_utc_ns = track.started_utc_ns = since
        track.clothing = None

    def _part(self, look: "_Look") -> list[SeenTrack]:
        """The tracks that have walked away from the rest of their person; one a person at a time."""
        active, proof = look.active, look.recent
        elsewhere = _elsewhere(proof)
        together = np.isfinite(proof.apart_m) & ~elsewhere
        by_person: dict[str, list[int]] = {}
        for at, track in enumerate(active):
            if track.person:
                by_person.setdefault(track.person, []).append(at)
        parted = []
        for mine in by_person.values():
            if any(active[at].by_staff for at in mine):
                continue
            alone = [at for at in mine if elsewhere[at, mine].any() and not together[at, mine].any()]
            # With nobody left in the middle, who came last goes.
            leaver = max(alone, key=lambda at: (active[at].joined_utc_ns, -active[at].lived_ns), default=None)
            for at in mine:
                track = active[at]
                if at != leaver:
                    track.parted_utc_ns = 0
                    continue
                track.parted_utc_ns = track.parted_utc_ns or track.last_utc_ns
                wait_s = PARTED_FOR_S
                if any(active[other].training for other in mine) and not _fits_elsewhere(at, active, proof):
                    wait_s = PARTED_TRAINING_FOR_S
                if track.last_utc_ns - track.parted_utc_ns >= wait_s * NANOSECONDS:
                    track.refused[track.person] = track.last_utc_ns + round(REFUSED_FOR_S * NANOSECONDS)
                    self._divide(track, [active[other] for other in mine if other != at])
                    parted.append(track)
        return parted

    def _join_on_the_floor(self, look: "_Look", parted: Sequence[SeenTrack]) -> list[TrackJoined]:
        """Camera by camera: tracks without a person, and those that have parted, to people whom others see."""
        active, loose = look.active, set(parted)
        waiting = [track for track in active if track in loose or (not track.person and self._is_due(track))]
        # Those who parted were elsewhere before: only the newest time tells where they belong.
        proof = look.recent if parted else look.joined
        decided = []
        for camera in sorted({track.who.camera for track in waiting}):
            mine = [track for track in waiting if track.who.camera == camera]
            present = self._present(active, loose, without=camera)
            found = _assigned(mine, present, lambda track, others: self._floor_cost(track, others, proof, look.row))
            for track in mine:
                uid = found.get(track)
                if uid is not None:
                    decided.append(self._decided(track, uid, "floor"))
                elif track in loose:
                    decided.append(self._decided(track, self._uid(), "new"))
                loose.discard(track)
        return decided

    def _present(self, active: Sequence[SeenTrack], loose: set[SeenTrack], without: str) -> dict[str, list[SeenTrack]]:
        """People whom other cameras see now and this one does not."""
        people: dict[str, list[SeenTrack]] = {}
        taken = {track.person for track in active if track.who.camera == without and track not in loose}
        for track in active:
            if track.person and track.person not in taken and track not in loose:
                people.setdefault(track.person, []).append(track)
        return people

    def _floor_cost(
        self, track: SeenTrack, others: Sequence[SeenTrack], proof: Evidence, row: dict[SeenTrack, int]
    ) -> float:
        """Mean score of a track against those of one person; ``CLOSED`` where they cannot be one."""
        if track.refused.get(others[0].person, 0) > track.last_utc_ns:
            return CLOSED
        if self._was_beside(track, others[0].person):
            return CLOSED
        mine, theirs = row[track], [row[other] for other in others]
        score = _weighted(proof.score[mine, theirs], proof.cells[mine, theirs])
        if math.isnan(score):
            return CLOSED
        alike = [value for value in (track.likeness(other) for other in others) if value is not None]
        return score + (CLOTHES_WEIGHT * (1 - sum(alike) / len(alike)) - 0.5 if alike else 0.0)

    def _was_beside(self, track: SeenTrack, person: str) -> bool:
        """Whether this camera saw the person and the track at once: then they are two."""
        return any(
            other.person == person
            and other.who.camera == track.who.camera
            and other is not track
            and track.overlaps(other, round(OVERLAP_S * NANOSECONDS))
            for other in (*self._tracks.values(), *self._past)
        )

    def _is_due(self, track: SeenTrack) -> bool:
        return track.lived_ns >= DECIDE_AFTER_S * NANOSECONDS or track.counted

    def _take_returns(self, look: "_Look") -> list[TrackJoined]:
        """Tracks without a person: somebody who was lost, somebody new, or not yet."""
        waiting = [track for track in self._tracks.values() if not track.person and self._is_due(track)]
        if not waiting:
            return []
        waiting.sort(key=lambda track: (track.started_utc_ns, track.who))
        found = _assigned(waiting, self._people(), lambda track, others: self._return_cost(track, others, look))
        decided = []
        for track in waiting:
            uid = found.get(track)
            if uid is not None:
                decided.append(self._decided(track, uid, "return"))
            elif self._is_somebody_new(track, active=track in look.row):
                decided.append(self._decided(track, self._uid(), "new"))
        return decided

    def _return_cost(self, track: SeenTrack, others: Sequence[SeenTrack], look: "_Look") -> float:
        """Cost below 0 where the track may be the return of a person; ``CLOSED`` where it cannot."""
        if any(
            other.overlaps(track, round(OVERLAP_S * NANOSECONDS)) and other.who.camera == track.who.camera
            for other in others
        ):
            return CLOSED
        if track.refused.get(others[0].person, 0) > track.last_utc_ns:
            return CLOSED
        if look.stands_on_another(track, others[0].person):
            return CLOSED
        elsewhere = [other for other in others if other in look.row]
        if elsewhere and not look.may_be_with(track, elsewhere):
            return CLOSED
        within_s = self._settings.sessions.returns_within
        # Whoever is seen elsewhere now is lost in this camera only.
        lost = [other for other in others if not elsewhere or other.who.camera == track.who.camera]
        costs = [
            cost
            for other in lost
            if other not in look.row
            and (cost := return_cost(track, other, Sameness(self._same_zone(track, other)), within_s)) is not None
        ]
        return min(costs) - 4.0 if costs else CLOSED

    def _same_zone(self, track: SeenTrack, other: SeenTrack) -> bool:
        one, two = (self._cameras.get(each.who.camera) for each in (track, other))
        if one is None or two is None:
            return False
        here, there = zone_of(one, track.feet), zone_of(two, other.feet)
        return here is not None and there is not None and here.name == there.name and here.kind != "door"

    def _is_somebody_new(self, track: SeenTrack, *, active: bool) -> bool:
        """Whether there is nothing more to wait for."""
        if track.counted or not active or track.lived_ns >= PATIENCE_S * NANOSECONDS:
            return True
        camera = self._cameras.get(track.who.camera)
        return camera is None or not camera.floor or len(track.cells) >= cells_of(COMPARED_S)

    def _merge(self, look: "_Look") -> list[TrackJoined]:
        """Two people who stand at the same place in different cameras for long enough are one; the older one stays."""
        proof = look.joined
        rows: dict[str, list[int]] = {}
        for track, at in look.row.items():
            if track.person:
                rows.setdefault(track.person, []).append(at)
        near = {
            (look.active[one].person, look.active[two].person)
            for one, two in np.argwhere(proof.score < MERGE_SCORE)
            if one < two
        }
        pairs: list[tuple[float, int, str, str]] = []
        for one, two in sorted(near, key=lambda pair: [rows.get(uid, [-1])[0] for uid in pair]):
            if not one or not two or one == two:
                continue
            block = np.ix_(rows[one], rows[two])
            if proof.cells[block].max() < cells_of(MERGE_S):
                continue
            score = _weighted(proof.score[block].ravel(), proof.cells[block].ravel())
            if score < MERGE_SCORE:
                pairs.append((score, len(pairs), one, two))
        people = self._people()
        decided: list[TrackJoined] = []
        gone: set[str] = set()
        for _, _, one, two in sorted(pairs):
            if gone & {one, two} or not self._may_merge(people[one], people[two]):
                continue
            stays, goes = sorted((one, two), key=lambda uid: min(track.started_utc_ns for track in people[uid]))
            if any(track.by_staff for track in people[goes]):
                stays, goes = goes, stays
            gone |= {stays, goes}
            decided += [joined for track in people[goes] for joined in self._moved(track, stays)]
        return decided

    def _may_merge(self, one: Sequence[SeenTrack], two: Sequence[SeenTrack]) -> bool:
        overlap_ns = round(OVERLAP_S * NANOSECONDS)
        if any(track.by_staff for track in one) and any(track.by_staff for track in two):
            return False
        for track in one:
            for other in two:
                if track.who.camera == other.who.camera and track.overlaps(other, overlap_ns):
                    return False
                if max(track.refused.get(other.person, 0), other.refused.get(track.person, 0)) > track.last_utc_ns:
                    return False
        return True


def _place(plan: FloorPlan, person: ObservedPerson, body: float, aspect: float) -> Place | None:
    if person.feet is not None:
        return plan.place(person.feet, body, aspect)
    guessed = _guessed_feet(person.points)
    return plan.place(guessed, body, aspect, HIDDEN_FEET_DOUBT) if guessed is not None else None


def _guessed_feet(points: bytes) -> Relative | None:
    """Middle of the ankles where the pose model believes them to be, hidden or not."""
    if len(points) != 33 * 3 * 4:
        return None
    values = np.frombuffer(points, "<f4").reshape(33, 3)[ANKLES, :2].mean(axis=0)
    x, y = float(values[0]), float(values[1])
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


@dataclass(frozen=True, slots=True)
class _Look:
    """The tracks that are seen at one moment, and how well they agree on the floor."""

    active: list[SeenTrack]
    row: dict[SeenTrack, int]
    """Where each stands in ``active``."""
    joined: Evidence
    recent: Evidence

    @staticmethod
    def at(active: list[SeenTrack]) -> "_Look":
        row = {track: number for number, track in enumerate(active)}
        return _Look(active, row, evidence(active, cells_of(JOIN_S)), evidence(active, cells_of(PART_S)))

    def stands_on_another(self, track: SeenTrack, person: str) -> bool:
        """Whether other cameras see somebody else exactly where the track is."""
        mine = self.row.get(track)
        if mine is None:
            return False
        near = np.flatnonzero(self.joined.score[mine] < MERGE_SCORE)
        return any(self.active[at].person not in ("", person) for at in near)

    def may_be_with(self, track: SeenTrack, others: Sequence[SeenTrack]) -> bool:
        """Whether nothing on the floor says that a track is not where other cameras see a person now."""
        mine = self.row.get(track)
        if mine is None:
            return False
        theirs = [self.row[other] for other in others]
        apart = _elsewhere(self.recent)[mine, theirs]
        known = np.isfinite(self.recent.apart_m[mine, theirs])
        return not apart.any() and bool(known.any() or not track.cells)


def _elsewhere(proof: Evidence) -> NDArray[np.bool_]:
    """(N, N) whether two tracks are farther apart than errors explain."""
    return np.asarray((proof.apart_m > PARTED_M) & (proof.squared > PARTED_SQUARED))


def _fits_elsewhere(at: int, active: Sequence[SeenTrack], proof: Evidence) -> bool:
    """Whether a track is just where another camera sees somebody else."""
    return any(
        other.person not in ("", active[at].person) and proof.score[at, number] < MERGE_SCORE
        for number, other in enumerate(active)
    )


def _weighted(values: NDArray[np.float64], weights: NDArray[np.int64]) -> float:
    known = np.isfinite(values)
    total = float(weights[known].sum())
    return float((values[known] * weights[known]).sum()) / total if total > 0 else math.nan


def _assigned(
    tracks: Sequence[SeenTrack],
    people: dict[str, list[SeenTrack]],
    cost: Callable[[SeenTrack, Sequence[SeenTrack]], float],
) -> dict[SeenTrack, str]:
    """Whom each track joins: the assignment of least cost, one to one, of pairs whose cost is below 0."""
    uids = list(people)
    if not uids or not tracks:
        return {}
    costs = np.array([[min(cost(track, people[uid]), 0.0) for uid in uids] for track in tracks])
    rows, columns = linear_sum_assignment(costs)
    return {tracks[row]: uids[column] for row, column in zip(rows, columns, strict=True) if costs[row, column] < 0}
