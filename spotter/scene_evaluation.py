"""Recorded scenes with everybody's truth: the analysis of every camera laid beside what is true.

Owns what counts as seen, and whose a counted repetition is. Everything in a scene is drawn, so every figure from here
is synthetic.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from core.errors import ConfigError
from core.frame import Frame
from ingest.rehearsal.gym import Gym
from ingest.rehearsal.recording import record_scene
from ingest.rehearsal.scene_file import load_scene
from ingest.rehearsal.truth import (
    CameraTruth,
    FrameTruths,
    PersonTruth,
    SceneTruth,
    SetTruth,
    read_scene,
)
from ingest.video import Recording
from spotter.analysis import ClipAnalysis, Finder, Seen, analyze_recording
from training.scoring.detection import PointErrors, Sighted, point_errors, sighted
from training.scoring.matching import FoundPeople, FramePairs, Matches, TruePeople, match_people
from training.scoring.sets import (
    AROUND_SET_S,
    IDLE,
    CountedRep,
    FoundSet,
    IdleScore,
    Person,
    SetScore,
    TrueSet,
    score_idle,
    score_sets,
)
from workers.exercise.catalogue import load_catalogue
from workers.exercise.classifier import open_classifier
from workers.exercise.results import ExerciseSet, FormVerdict, Rep
from workers.exercise.trainee import Trainee
from workers.people.finder import open_finder

NOBODY = -1

SEEN_SHARE = 0.9
"""Of a set's frames in which enough of the person can be seen; of a set seen for less, no camera could count all."""

Array = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CameraScore:
    """All that is to be said of one camera."""

    camera: str
    frames: int
    fps: float
    tracks: int
    """Numbers that were given to people; one person may have had several."""
    people: Sighted
    points: PointErrors
    pairs: list[FramePairs]
    sets: list[SetScore]
    idle: list[IdleScore]
    unseen_sets: int
    """Sets of people whom the camera does not see well enough to count; not scored."""
    nobodys_reps: int
    """Repetitions of something that is no person, or of somebody who cannot be seen."""


@dataclass(frozen=True, slots=True)
class SceneScore:
    """A whole scene."""

    scene: str
    scene_seed: int
    duration_s: float
    people: int
    cameras: list[CameraScore]


@dataclass(slots=True)
class FoundRows:
    """Collects who was found where; a sink of ``analyze_recording``."""

    times_s: list[float] = field(default_factory=list)
    _rows: list[tuple[int, int]] = field(default_factory=list)
    _landmarks: list[NDArray[np.float32]] = field(default_factory=list)
    _boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def add(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Take one frame."""
        self.times_s.append(time_s)
        for one in seen:
            self._rows.append((frame.sequence, one.person.track))
            self._landmarks.append(one.person.landmarks[:, :2].copy())
            self._boxes.append(one.person.box_px)

    def people(self) -> FoundPeople:
        """All rows."""
        rows = np.array(self._rows, np.int64).reshape(-1, 2)
        landmarks = np.array(self._landmarks, np.float64).reshape(-1, 33, 2)
        return FoundPeople(rows[:, 0], rows[:, 1], landmarks, np.array(self._boxes, np.float64).reshape(-1, 4))


class HasId(Protocol):
    """A camera, planned or recorded."""

    @property
    def id(self) -> str:
        """Its name in the scene."""
        ...


AnyCamera = TypeVar("AnyCamera", bound=HasId)


def chosen_cameras(cameras: Sequence[AnyCamera], wanted: Sequence[str]) -> list[AnyCamera]:
    """The wanted cameras of a scene, all if none is named; raises ConfigError for one that it does not have."""
    known = {camera.id: camera for camera in cameras}
    for name in wanted:
        if name not in known:
            raise ConfigError(f"--camera {name}: the scene has no such camera; it has {', '.join(known)}")
    return [known[name] for name in wanted] if wanted else list(known.values())


@dataclass(frozen=True, slots=True)
class Recorder:
    """How to record a scene that is not recorded yet."""

    scene: str
    """Name of a scene that ships, or path of a scene file."""
    seconds: float | None = None
    """None for the scene's own length."""
    seed: int | None = None
    """None for the scene's own."""

    def record(self, folder: Path, cameras: Sequence[str] = (), jobs: int = 1) -> None:
        """Draw the scene and write its recordings and their truth.

        :raises ConfigError: if there is no such scene or camera, or the scene file makes no sense
        :raises OutputError: if the folder cannot be written to
        """
        scene = load_scene(self.scene)
        chosen = chosen_cameras(scene.cameras, cameras)
        record_scene(Gym(scene, seed=self.seed, duration_s=self.seconds), folder, chosen, jobs=jobs)


def evaluate_scene(folder: Path, cameras: Sequence[str] = (), jobs: int = 1) -> SceneScore:
    """Analyze the cameras of a recorded scene in processes of their own and score them.

    :raises ClipError: if the folder or a recording in it cannot be read
    :raises ConfigError: if a camera does not exist
    """
    scene = read_scene(folder)
    names = [camera.id for camera in chosen_cameras(scene.truth.cameras, cameras)]
    scores: dict[str, CameraScore] = {}
    with ProcessPoolExecutor(min(jobs, len(names)), mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(evaluate_camera, folder, name) for name in names]
        console = Console(stderr=True)
        for done in track(
            as_completed(waiting), "cameras", total=len(names), console=console, disable=not sys.stderr.isatty()
        ):
            score = done.result()
            scores[score.camera] = score
    told = scene.truth
    return SceneScore(told.scene, told.seed, told.duration_s, len(told.people), [scores[name] for name in names])


def evaluate_camera(folder: Path, name: str, new_finder: Callable[[], Finder] = open_finder) -> CameraScore:
    """Analyze one camera's recording as ``spotter analyze`` does and score it.

    :raises ClipError: if the recording or its truth cannot be read
    """
    scene = read_scene(folder)
    camera = chosen_cameras(scene.truth.cameras, [name])[0]
    catalogue, classifier, rows = load_catalogue(), open_classifier(), FoundRows()
    path = scene.video(camera)
    with Recording(path) as recording:
        finder = new_finder()
        try:
            analysis = analyze_recording(
                recording, str(path), finder, lambda: Trainee(catalogue, classifier), (rows.add,)
            )
        finally:
            finder.close()
    return score_camera(scene.truth, camera, scene.frames(camera), rows, analysis)


def score_camera(
    scene: SceneTruth, camera: CameraTruth, truths: FrameTruths, rows: FoundRows, analysis: ClipAnalysis
) -> CameraScore:
    """Lay what was found of one camera beside what is true."""
    true, found = true_people(scene.people, camera, truths), rows.people()
    matches = match_people(true, found)
    clock = SceneClock(np.array(rows.times_s), truths.scene_s)
    whose = Followed(true, found, matches, truths.scene_s)
    found_sets, nobodys = owned_sets(analysis, clock, whose)
    sets, idle, unseen = [], [], 0
    for person in scene.people:
        seen = _is_seen(true, person.id, len(truths.scene_s))
        within = [done for done in (cut_to(each, truths.scene_s[-1]) for each in person.sets) if done is not None]
        well = [_share_seen(each, seen, truths.scene_s) >= SEEN_SHARE for each in within]
        unseen += well.count(False)
        trained = np.array([_is_in(each, truths.scene_s) for each in within]).reshape(-1, len(truths.scene_s)).any(0)
        idle_s = float((seen & ~trained).sum()) / camera.fps
        scored, others = (
            tuple(_true_set(each) for each, is_well in zip(within, well, strict=True) if is_well == wanted)
            for wanted in (True, False)
        )
        mine = tuple(found_sets.get(person.id, []))
        before = Person((camera.id, person.id), scored, mine, idle_s, others)
        sets += score_sets(before)
        idle.append(score_idle(before))
    return CameraScore(
        camera=camera.id,
        frames=analysis.frames,
        fps=camera.fps,
        tracks=len(np.unique(found.track)),
        people=sighted(camera.id, true, _doing(scene.people, true, truths.scene_s), matches),
        points=point_errors(camera.id, true, found, matches),
        pairs=matches.frames,
        sets=sets,
        idle=idle,
        unseen_sets=unseen,
        nobodys_reps=nobodys,
    )


def true_people(people: Sequence[PersonTruth], camera: CameraTruth, truths: FrameTruths) -> TruePeople:
    """Everybody of whom any part is in the picture, as rows; boxes are cut to the frame."""
    frame, person = np.nonzero(truths.in_view)
    depth_m = truths.depth_m[frame, person][:, 23:25].mean(1)
    tall_m = np.array([each.height_m for each in people])[person]
    low, high = np.zeros(4), np.array([camera.width, camera.height] * 2, np.float64)
    return TruePeople(
        frame=frame.astype(np.int64),
        person=np.array([each.id for each in people], np.int64)[person],
        landmarks=truths.landmarks[frame, person].astype(np.float64),
        visible=truths.visible[frame, person],
        covered=(1 - (1 - truths.occlusion) * (1 - truths.truncation))[frame, person].astype(np.float64),
        box_px=np.clip(truths.box_px[frame, person].astype(np.float64), low, high),
        # Whose hips are beside or behind the camera is in no sense of some height; nobody is nearer than half a metre.
        height_px=tall_m * camera.camera_matrix[0][0] / np.maximum(depth_m, 0.5),
    )


class SceneClock:
    """From a recording's time to the scene's, which is another by the moment at which the recording starts."""

    def __init__(self, recorded_s: Array, scene_s: Array) -> None:
        """``recorded_s`` and ``scene_s`` are the two times of every frame, seconds, ascending."""
        frames = min(len(recorded_s), len(scene_s))
        self._recorded_s, self._scene_s = recorded_s[:frames], scene_s[:frames]

    def scene_s(self, recorded_s: float) -> float:
        """The scene's time, seconds."""
        return float(np.interp(recorded_s, self._recorded_s, self._scene_s))


class Followed:
    """Whom a track follows at any time."""

    def __init__(self, true: TruePeople, found: FoundPeople, matches: Matches, scene_s: Array) -> None:
        self._scene_s = scene_s
        owner = np.full(len(found.frame), NOBODY, np.int64)
        is_found = matches.found_row >= 0
        owner[matches.found_row[is_found]] = true.person[is_found]
        self._of = {
            int(number): (found.frame[mine], owner[mine])
            for number in np.unique(found.track)
            for mine in [found.track == number]
        }

    def between(self, number: int, start_s: float, end_s: float) -> int:
        """The person whom track ``number`` follows most in a time of the scene; ``NOBODY`` if nobody."""
        frames, owners = self._of[number]
        first, last = np.searchsorted(self._scene_s, [start_s - 1e-6, end_s + 1e-6])
        votes = Counter(owners[(frames >= first) & (frames < last)].tolist())
        votes.pop(NOBODY, None)
        return votes.most_common(1)[0][0] if votes else NOBODY


def owned_sets(analysis: ClipAnalysis, clock: SceneClock, whose: Followed) -> tuple[dict[int, list[FoundSet]], int]:
    """The found sets by true person, in the scene's time, and how many repetitions are nobody's.

    A set is cut where its track goes over to somebody else. Sets of nothing but doubtful repetitions are left out.
    """
    result: dict[int, list[FoundSet]] = {}
    nobodys = 0
    for person in analysis.people:
        for done in (each for each in person.sets if each.counted or each.hold_s):
            start_s, end_s = clock.scene_s(done.start_s), clock.scene_s(done.end_s)
            main = whose.between(person.person, start_s, end_s)
            by_owner: dict[int, list[CountedRep]] = {main: []}
            for rep in done.counted:
                counted = _counted(rep, done.exercise, clock)
                by_owner.setdefault(whose.between(person.person, counted.start_s, counted.end_s), []).append(counted)
            nobodys += len(by_owner.pop(NOBODY, []))
            for owner, reps in by_owner.items():
                span = (start_s, end_s) if owner == main else (reps[0].start_s, reps[-1].end_s)
                result.setdefault(owner, []).append(_found_set(done, span, reps, with_hold=owner == main))
    return result, nobodys


def _found_set(
    done: ExerciseSet, span: tuple[float, float], reps: Sequence[CountedRep], *, with_hold: bool
) -> FoundSet:
    return FoundSet(
        done.exercise,
        *span,
        tuple(reps),
        done.hold_s if with_hold else None,
        _rules(done.hold_verdicts, "fault") if with_hold else frozenset(),
        _rules(done.hold_verdicts, "cannot tell") if with_hold else frozenset(),
    )


def _counted(rep: Rep, exercise: str, clock: SceneClock) -> CountedRep:
    return CountedRep(
        clock.scene_s(rep.start_s),
        clock.scene_s(rep.end_s),
        clock.scene_s(rep.counted_s),
        exercise,
        _rules(rep.verdicts, "fault"),
        _rules(rep.verdicts, "cannot tell"),
    )


def _rules(verdicts: Sequence[FormVerdict], which: str) -> frozenset[str]:
    return frozenset(verdict.rule for verdict in verdicts if verdict.verdict == which)


def cut_to(true: SetTruth, last_s: float) -> SetTruth | None:
    """A set as far as a recording that ends at ``last_s`` shows it; None if it begins later."""
    if true.start_s >= last_s:
        return None
    end_s = min(true.end_s, last_s)
    hold_s = None if true.hold_s is None else max(0.0, true.hold_s - (true.end_s - end_s))
    ends = tuple(rep_s for rep_s in true.rep_end_s if rep_s <= last_s)
    return SetTruth(true.exercise, true.start_s, end_s, ends, true.faults, hold_s, true.aborted_s, true.station)


def _true_set(true: SetTruth) -> TrueSet:
    return TrueSet(true.exercise, true.start_s, true.end_s, true.rep_end_s, true.faults, true.hold_s)


def _is_seen(true: TruePeople, person: int, frames: int) -> NDArray[np.bool_]:
    """(frames,) whether enough of a person can be seen."""
    seen = np.zeros(frames, np.bool_)
    seen[true.frame[(true.person == person) & true.countable]] = True
    return seen


def _share_seen(true: SetTruth, seen: NDArray[np.bool_], scene_s: Array) -> float:
    inside = (scene_s >= true.start_s) & (scene_s <= true.end_s)
    return float(seen[inside].mean()) if inside.any() else 0.0


def _is_in(true: SetTruth, scene_s: Array) -> NDArray[np.bool_]:
    return np.asarray((scene_s >= true.start_s - AROUND_SET_S) & (scene_s <= true.end_s + AROUND_SET_S))


def _doing(people: Sequence[PersonTruth], true: TruePeople, scene_s: Array) -> list[str]:
    """What the person of each true row does: an exercise, or ``idle``."""
    doing = np.full(len(true.frame), IDLE, dtype=object)
    times = scene_s[true.frame]
    for person in people:
        for done in person.sets:
            doing[(true.person == person.id) & (times >= done.start_s) & (times <= done.end_s)] = done.exercise
    return [str(what) for what in doing]
