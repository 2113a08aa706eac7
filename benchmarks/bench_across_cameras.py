"""Who is who across cameras, and how many repetitions all cameras together count, on a recorded scene.

    spotter rehearse floor --out floor
    python -m benchmarks.bench_across_cameras floor [--seen seen.bin]

Synthetic: the drawn gym, with exact truth. Each camera's recording goes through the worker's own pipeline; what it says
is kept in ``--seen``, so that the aggregator's part, which takes seconds, can be measured again without the rest. Then
all observations and events go to the identity keeper in the order in which they would arrive, and the sets are fused.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec
import numpy as np

from aggregator.fusion import FusedSet, SetView, Watch, fuse
from aggregator.identity import IdentityKeeper
from core.clock import NANOSECONDS
from core.errors import SpotterError
from core.messages import (
    AnyEvent,
    FrameHeader,
    Observation,
    SetChanged,
    TrackEnded,
    TrackJoined,
    TrackRef,
    TrackStarted,
)
from core.secrets import Address
from core.settings import Camera, FloorPoint, Settings
from ingest.rehearsal.truth import CameraTruth, RecordedScene, read_scene
from ingest.video import Recording
from spotter.scene_evaluation import true_people
from training.scoring.identity import identity_parts, idf1
from training.scoring.matching import FoundPeople, FramePairs, Matches, TruePeople, match_people
from workers.camera import CameraPipeline
from workers.exercise.catalogue import load_catalogue
from workers.people.finder import open_finder

DAY_NS = 1_700_000_000 * NANOSECONDS
DECIDE_EVERY_NS = NANOSECONDS // 2
EVENT_LATE_NS = NANOSECONDS // 5
NOBODY = 0


class SeenCamera(msgspec.Struct):
    """All that a worker says of one camera, one observation a frame."""

    camera: str
    observations: list[Observation]
    events: list[AnyEvent]


def watch_camera(scene: RecordedScene, camera: CameraTruth) -> SeenCamera:
    """Run the worker's pipeline over one recording."""
    scene_s = scene.frames(camera).scene_s
    seen = SeenCamera(camera.id, [], [])
    with Recording(scene.video(camera)) as recording:
        finder = open_finder()
        pipeline = CameraPipeline(camera.id, "worker:1", load_catalogue(), finder)
        try:
            for frame, at_s in zip(recording, scene_s, strict=False):
                header = FrameHeader(
                    sender=f"ingest:{camera.id}",
                    camera=camera.id,
                    boot="drawn",
                    sequence=frame.sequence,
                    captured_ns=frame.captured_ns,
                    captured_utc_ns=DAY_NS + round((float(at_s) + camera.clock_offset_s) * NANOSECONDS),
                    width=camera.width,
                    height=camera.height,
                )
                taken = pipeline.take(header, frame.pixels)
                if taken.observation is not None:
                    seen.observations.append(taken.observation)
                seen.events += taken.events
            seen.events += pipeline.close("stopped")
        finally:
            finder.close()
    return seen


@dataclass(frozen=True, slots=True)
class Truth:
    """One camera's found people beside the true ones."""

    true: TruePeople
    found: FoundPeople
    matches: Matches

    def owners(self) -> np.ndarray:
        """The true person of each found row; ``NOBODY`` for none."""
        owners = np.full(len(self.found.frame), NOBODY, np.int64)
        rows = self.matches.found_row
        owners[rows[rows >= 0]] = self.true.person[rows >= 0]
        return owners


def compare(scene: RecordedScene, camera: CameraTruth, seen: SeenCamera) -> Truth:
    """Lay what one camera found beside what is true."""
    size = np.array([camera.width, camera.height], np.float64)
    rows = [(at, person) for at, one in enumerate(seen.observations) for person in one.people]
    points = [np.frombuffer(person.points, "<f4").reshape(33, 3)[:, :2] * size for _, person in rows]
    found = FoundPeople(
        frame=np.array([at for at, _ in rows], np.int64),
        track=np.array([person.track for _, person in rows], np.int64),
        landmarks=np.array(points, np.float64).reshape(-1, 33, 2),
        box_px=np.array([person.box for _, person in rows], np.float64).reshape(-1, 4) * np.tile(size, 2),
    )
    true = true_people(scene.truth.people, camera, scene.frames(camera))
    return Truth(true, found, match_people(true, found))


def arrivals(scene: RecordedScene, seen: Sequence[SeenCamera]) -> Iterator[tuple[int, Observation | AnyEvent]]:
    """Everything in the order of the scene's time, in which events come a little later."""
    offset = {camera.id: round(camera.clock_offset_s * NANOSECONDS) for camera in scene.truth.cameras}
    everything: list[tuple[int, int, Observation | AnyEvent]] = []
    for one in seen:
        late = -offset[one.camera]
        everything += [(each.captured_utc_ns + late, 0, each) for each in one.observations]
        everything += [(each.captured_utc_ns + late + EVENT_LATE_NS, 1, each) for each in one.events]
    for at, _, what in sorted(everything, key=lambda each: each[:2]):
        yield at, what


class Deciders:
    """The decisions of a keeper that was given a whole scene."""

    def __init__(self, scene: RecordedScene, seen: Sequence[SeenCamera], *, with_floor: bool) -> None:
        uids = (f"person {number}" for number in itertools.count(1))
        keeper = IdentityKeeper(settings_of(scene, with_floor=with_floor), "aggregator:1", uid=lambda: next(uids))
        self._decisions: dict[TrackRef, list[TrackJoined]] = {}
        due = 0
        for at, what in arrivals(scene, seen):
            if isinstance(what, Observation):
                keeper.observe(what)
            else:
                keeper.apply(what)
            if at >= due:
                due = at + DECIDE_EVERY_NS
                self._take(keeper.decide(at))
        self._take(keeper.decide(due + NANOSECONDS))

    def _take(self, decisions: Sequence[TrackJoined]) -> None:
        for decision in decisions:
            self._decisions.setdefault(decision.who, []).append(decision)

    def person(self, who: TrackRef, at_utc_ns: int) -> str:
        """Whose the track is at a time, as the last word has it."""
        decisions = self._decisions.get(who, [])
        return next((each.person for each in reversed(decisions) if each.since_utc_ns <= at_utc_ns), "")


def settings_of(scene: RecordedScene, *, with_floor: bool) -> Settings:
    """The scene's cameras with their floor points, or without."""
    return Settings(
        camera=tuple(
            Camera(
                id=camera.id,
                source=Address("rehearsal:recorded"),
                floor=tuple(FloorPoint(pixel=p.pixel, metre=p.metre) for p in camera.floor) if with_floor else (),
            )
            for camera in scene.truth.cameras
        )
    )


def identity(seen: Sequence[SeenCamera], truths: Sequence[Truth], deciders: Deciders) -> float:
    """IDF1 over all cameras: every true person is to have one number everywhere."""
    numbers: dict[object, int] = {}
    frames = []
    for one, truth in zip(seen, truths, strict=True):
        found = np.array(
            [
                numbers.setdefault(deciders.person(who, each.captured_utc_ns) or who, len(numbers))
                for each in one.observations
                for person in each.people
                for who in [TrackRef(one.camera, each.epoch, person.track)]
            ],
            np.int64,
        )
        # The rows of a frame stand in the order of its people, so tracks may be renumbered row by row.
        renamed = FoundPeople(truth.found.frame, found, truth.found.landmarks, truth.found.box_px)
        frames += [_distinct(frame) for frame in match_people(truth.true, renamed).frames]
    return float(idf1(identity_parts(frames).sum(axis=0)))


def _distinct(frame: FramePairs) -> FramePairs:
    """One person found twice in one picture: the second is nobody's."""
    ids = frame.found_ids.copy()
    for at in range(1, len(ids)):
        if ids[at] in ids[:at]:
            ids[at] = -1 - at
    return FramePairs(frame.true_ids, ids, frame.similarity)


def fused_sets(seen: Sequence[SeenCamera], deciders: Deciders) -> list[FusedSet]:
    """The sets of all cameras together."""
    newest: dict[tuple[TrackRef, int], SetChanged] = {}
    started: dict[TrackRef, int] = {}
    watches = []
    for event in (event for one in seen for event in one.events):
        if isinstance(event, TrackStarted):
            started[event.who] = event.captured_utc_ns
        elif isinstance(event, SetChanged):
            before = newest.get((event.who, event.number))
            if before is None or before.revision < event.revision:
                newest[event.who, event.number] = event
        elif isinstance(event, TrackEnded):
            middle = (started[event.who] + event.captured_utc_ns) // 2
            person = deciders.person(event.who, middle)
            watches.append(Watch(event.who, person, started[event.who], event.captured_utc_ns))
    views = [
        SetView(who, deciders.person(who, (told.started_utc_ns + told.ended_utc_ns) // 2), told)
        for (who, _), told in newest.items()
    ]
    return fuse(views, watches)


def set_lines(
    scene: RecordedScene, seen: Sequence[SeenCamera], truths: Sequence[Truth], deciders: Deciders
) -> tuple[list[str], str]:
    """A line for every true set and every phantom, and the sums."""
    follows: dict[str, Counter[int]] = {}
    for one, truth in zip(seen, truths, strict=True):
        rows = ((each, found) for each in one.observations for found in each.people)
        for (each, found), owner in zip(rows, truth.owners(), strict=True):
            uid = deciders.person(TrackRef(one.camera, each.epoch, found.track), each.captured_utc_ns)
            follows.setdefault(uid, Counter())[int(owner)] += owner != NOBODY
    whose = {uid: counts.most_common(1)[0][0] for uid, counts in follows.items() if counts.total()}
    fused = [one for one in fused_sets(seen, deciders) if one.counted or one.hold_s]
    lines, used = [], set()
    exact = near = named = counted = 0
    for person in scene.truth.people:
        for true in person.sets:
            start, end = (DAY_NS + round(at_s * NANOSECONDS) for at_s in (true.start_s, true.end_s))
            mine = [
                (min(end, one.ended_utc_ns) - max(start, one.started_utc_ns), one)
                for one in fused
                if whose.get(one.person) == person.id
            ]
            mine = sorted((each for each in mine if each[0] > 0), key=lambda each: -each[0])
            used |= {one.key for _, one in mine}
            best = mine[0][1] if mine else None
            told = "; ".join(f"{one.exercise} {one.hold_s or one.counted:.4g}" for _, one in mine) or "nothing"
            lines.append(f"{person.name}: {true.exercise} {true.hold_s or len(true.rep_end_s):.4g}: {told}")
            if true.hold_s is None:
                wrong = abs((best.counted if best is not None else 0) - len(true.rep_end_s))
                counted, exact, near = counted + 1, exact + (wrong == 0), near + (wrong <= 1)
                named += best is not None and best.exercise == true.exercise
    phantoms = [one for one in fused if one.key not in used]
    lines += [f"phantom: {one.exercise} {one.hold_s or one.counted:.4g} ({', '.join(one.cameras)})" for one in phantoms]
    return lines, f"{counted} sets: exact {exact}, within one {near}, named {named}; phantom sets {len(phantoms)}"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seen", "kept", type=click.Path(dir_okay=False, path_type=Path), help="Where to keep what was seen.")
def main(folder: Path, kept: Path | None) -> None:
    """Measure identity and fusion on the scene recorded in FOLDER."""
    try:
        scene = read_scene(folder)
        if kept is not None and kept.exists():
            seen = msgspec.msgpack.decode(kept.read_bytes(), type=list[SeenCamera])
        else:
            seen = [watch_camera(scene, camera) for camera in scene.truth.cameras]
            if kept is not None:
                kept.write_bytes(msgspec.msgpack.encode(seen))
    except SpotterError as error:
        raise click.ClickException(str(error)) from error
    truths = [compare(scene, camera, one) for camera, one in zip(scene.truth.cameras, seen, strict=True)]
    deciders = Deciders(scene, seen, with_floor=True)
    lines, sums = set_lines(scene, seen, truths, deciders)
    for line in lines:
        print(line)
    print(sums)
    apart = identity(seen, truths, Deciders(scene, seen, with_floor=False))
    print(f"IDF1 across cameras {identity(seen, truths, deciders):.3f}; without floor points {apart:.3f}")


if __name__ == "__main__":
    main()
