"""Whether people of the rehearsal gym are found as people are, and what drawing them costs.

    python -m benchmarks.bench_rehearsal [--exercise squat] [--frames 4] [--seed 0]

Synthetic: people of random build, clothes and distance, at a random phase of a repetition, on the equipment that the
exercise needs, seen from all sides but 30 degrees around the back. Counted are people of at least 150 px stature (as
they would stand there) of whom no more than three landmarks are hidden by something else than their own body. A person
is found when landmarks lie on average within half a torso of the truth.

"single" is one picture without memory: BlazePose's detector on the whole picture, its tiles and the picture turned by
a quarter both ways, as in one round of the finder's search, then the landmarks. "tracked" is the whole path on two
seconds of video, without its first half second.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_detectors import look_round
from core.errors import SpotterError
from core.frame import Frame
from ingest.opencv import set_up_opencv
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.equipment import fixed_solids
from ingest.rehearsal.mannequin import Look, shapes
from ingest.rehearsal.motions import EXERCISES, Moment, repetition
from ingest.rehearsal.raster import Canvas, Shape, Solid
from ingest.rehearsal.scenery import room
from ingest.rehearsal.skeleton import TRUNK, Body, Build, body
from workers.people.finder import open_finder

LEAST_STATURE_PX, MOST_STATURE_PX = 150, 330
MOST_HIDDEN = 3
"""Landmarks of 27, without fingers, behind plates, posts or a bench; with more, a person is not "unoccluded"."""
FOUND_WITHIN = 0.5
"""Of the torso's length: landmarks further off are of something else."""
HIDDEN_BEHIND_M = 0.02
NO_FINGERS = [*range(17), *range(23, 33)]
"""Landmarks that may count as hidden: fingers are behind whatever a hand holds."""
VIEWS: dict[str, tuple[int, ...]] = {
    "front": (0, -30, 30),
    "diagonal": (-60, 60),
    "side": (-90, 90),
    "rear diagonal": (-120, 120, -150, 150),
}
"""Yaw, degrees, of a person who looks into the camera at 0; within 60 degrees of the front and of the sides."""
STATIONS = {"bench_press": "bench", "pull_up": "bar", "push_up": "mat", "plank": "mat", "sit_up": "mat"}
LIGHT = (-0.45, -0.6, 1.0)
TRACKED_S, SETTLED_S, TRACKED_FPS = 2.0, 0.5, 12.5

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who trains in front of a camera."""

    exercise: str
    yaw: float
    build: Build
    look: Look
    camera: Camera
    phase: float
    """Of a repetition, at the first frame."""
    background: int
    """Seed of the room."""

    def moment(self, after_s: float) -> Moment:
        """Posture so long after the first frame."""
        exercise = EXERCISES[self.exercise]
        rep, phase = divmod(self.phase + after_s / exercise.period_s, 1.0)
        side = int(rep + self.background) % 2 if exercise.steps else None
        return repetition(self.exercise, self.build, phase, side=side)

    def body(self, moment: Moment) -> Body:
        """The body in the world; it trains at the origin."""
        return body(self.build, moment.stance, np.zeros(2), 180.0 + self.yaw)

    def solids(self) -> tuple[Solid, ...]:
        """The equipment that the exercise needs."""
        kind = STATIONS.get(self.exercise)
        return fixed_solids(kind, (0.0, 0.0), float(np.radians(180.0 + self.yaw))) if kind else ()

    @property
    def torso_px(self) -> float:
        """Length of the trunk in the picture if it stood upright at the origin."""
        depth_m = float(self.camera.seen(np.array([0.0, 0.0, 1.0]))[2])
        return TRUNK * self.build.height_m * self.camera.focal_px / depth_m


def subject(exercise: str, yaw: float, rng: np.random.Generator) -> Subject:
    """Somebody at random: build, clothes, distance, height of the camera and phase of the repetition."""
    build = Build(float(rng.uniform(1.55, 1.95)), float(rng.uniform(0.92, 1.08)), float(rng.uniform(0.88, 1.2)))
    # Who reaches up is seen whole from further away.
    high = exercise in ("pull_up", "clean_and_jerk")
    stature_px = float(rng.uniform(LEAST_STATURE_PX, MOST_STATURE_PX * (0.75 if high else 1.0)))
    distance_m = build.height_m * Camera().focal_px / stature_px
    up_m = float(rng.uniform(1.3, 2.4))
    aside_m = float(rng.uniform(-0.15, 0.15)) * distance_m
    away_m = float(np.sqrt(max(distance_m**2 - (up_m - 0.9) ** 2, 4.0)))
    camera = Camera(
        (aside_m, -away_m, up_m), (float(rng.uniform(-0.5, 0.5)), 0.0, float(rng.uniform(0.8, 1.1)) + 0.3 * high)
    )
    return Subject(exercise, yaw + float(rng.uniform(-8, 8)) * (abs(yaw) < 150), build, random_look(rng), camera,
                   float(rng.uniform(0, 1)), int(rng.integers(1000)))  # fmt: skip


def random_look(rng: np.random.Generator) -> Look:
    """Skin, hair and clothes as people have them."""
    skins = ((140, 172, 222), (105, 135, 185), (70, 96, 140), (160, 190, 235), (52, 70, 104))
    hairs = ((32, 42, 62), (22, 24, 30), (60, 100, 150), (110, 112, 116))
    shirts = ((60, 70, 190), (120, 150, 60), (190, 190, 195), (60, 56, 52), (160, 90, 50), (70, 160, 210))
    shorts = ((70, 58, 48), (50, 45, 90), (40, 40, 44), (130, 125, 120))
    shoes = ((220, 220, 225), (60, 60, 70), (60, 90, 220))
    skin, hair, shirt, short, shoe = (
        each[int(rng.integers(len(each)))] for each in (skins, hairs, shirts, shorts, shoes)
    )
    return Look(skin, hair, shirt, short, shoe)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture of a subject with its truth."""

    frame: Frame
    landmarks: Array
    """(33, 2) pixels."""
    hidden: int
    """Landmarks outside the picture or behind something else than the own body."""


def drawn(who: Subject, times_s: Sequence[float], rng: np.random.Generator) -> Iterator[Drawn]:
    """Pictures of a subject, with a sensor's noise."""
    camera = who.camera
    empty, canvas, solids = room(camera, who.background), Canvas(camera, LIGHT), who.solids()
    others = Canvas(camera, LIGHT)
    for sequence, time_s in enumerate(times_s):
        moment = who.moment(time_s)
        figure = who.body(moment)
        own = shapes(figure, who.build, who.look)
        things: list[Shape] = [*shapes(figure, who.build, who.look, held=moment.held)[len(own) :], *solids]
        pixels = empty.copy()
        canvas.draw(pixels, [*own, *things])
        others.draw(pixels.copy(), things)
        noise = np.round(rng.normal(0, camera.noise, pixels.shape)).astype(np.int16)
        noisy = cv2.add(cv2.GaussianBlur(pixels, (3, 3), 0.6), noise, dtype=cv2.CV_8U)
        seen = camera.seen(figure.landmarks)
        landmarks = camera.projected(seen)
        frame = Frame(np.asarray(noisy, np.uint8), round(time_s * 1e9), sequence)
        yield Drawn(frame, landmarks, hidden_landmarks(camera, landmarks, seen[:, 2], others.depth))


def hidden_landmarks(camera: Camera, landmarks: Array, depth_m: Array, others: NDArray[np.float32]) -> int:
    """Landmarks, (33, 2) px, outside the picture or behind ``others``, a depth picture without the person."""
    x, y = np.round(landmarks).astype(int).T
    outside = (x < 0) | (x >= camera.width) | (y < 0) | (y >= camera.height)
    before = others[np.clip(y, 0, camera.height - 1), np.clip(x, 0, camera.width - 1)]
    return int((outside | (before < depth_m - HIDDEN_BEHIND_M))[NO_FINGERS].sum())


class Way(Protocol):
    """One way to look for people."""

    def errors(self, who: Subject, rng: np.random.Generator) -> Iterator[float]:
        """Median landmark error, in torsos, of every picture that counts; NaN where nobody was found."""
        ...

    def close(self) -> None:
        """Release the models."""
        ...


class Single:
    """One picture without memory: one round of the finder's search, the whole picture, its tiles, and turned."""

    def __init__(self) -> None:
        self._finder = open_finder()

    def errors(self, who: Subject, rng: np.random.Generator) -> Iterator[float]:
        """As in ``Way``."""
        for each in drawn(who, [0.0], rng):
            if each.hidden <= MOST_HIDDEN:
                yield error_of(each.landmarks, self.landmarks(each.frame), who.torso_px)

    def landmarks(self, frame: Frame) -> list[NDArray[np.float32]]:
        """(33, 2) pixels of everyone who is found in a picture."""
        self._finder.restart()
        height, width = frame.pixels.shape[:2]
        return [pose.landmarks[:, :2] for pose in self._finder.search(frame, look_round(width, height))]

    def close(self) -> None:
        """Release the models."""
        self._finder.close()


class Tracked:
    """The whole path on a short video."""

    def __init__(self) -> None:
        self._finder = open_finder()

    def errors(self, who: Subject, rng: np.random.Generator) -> Iterator[float]:
        """As in ``Way``."""
        self._finder.restart()
        for each in drawn(who, np.arange(0, TRACKED_S, 1 / TRACKED_FPS).tolist(), rng):
            people = self._finder.update(each.frame)
            if each.frame.captured_ns >= SETTLED_S * 1e9 and each.hidden <= MOST_HIDDEN:
                yield error_of(each.landmarks, [person.landmarks[:, :2] for person in people], who.torso_px)

    def close(self) -> None:
        """Release the models."""
        self._finder.close()


def error_of(truth: Array, found: Sequence[NDArray[np.float32]], torso_px: float) -> float:
    """Median distance of the nearest person's landmarks, in torsos, or NaN if that is somebody or something else."""
    apart = [float(np.median(np.linalg.norm(each - truth, axis=1))) / torso_px for each in found]
    best = min(apart, default=float("nan"))
    return best if best < FOUND_WITHIN else float("nan")


@dataclass(slots=True)
class Cell:
    """One exercise seen from one side."""

    errors: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the pictures that count in which the person was found; NaN without any."""
        return float(np.isfinite(self.errors).mean()) if self.errors else float("nan")

    @property
    def median(self) -> float:
        """Median error where found, torsos."""
        found = [error for error in self.errors if np.isfinite(error)]
        return float(np.median(found)) if found else float("nan")

    def text(self) -> str:
        """Recall, median error in per cent of the torso, and n."""
        if not self.errors:
            return "- (0)"
        return f"{self.recall:.3f}, {100 * self.median:.1f} % ({len(self.errors)})"


def measured(way: Way, exercises: Sequence[str], frames: int, seed: int) -> dict[tuple[str, str], Cell]:
    """Cells by exercise and view; the same people for the same seed, whatever else is measured."""
    cells: dict[tuple[str, str], Cell] = {}
    for name, (view, yaws) in itertools.product(exercises, VIEWS.items()):
        cell = cells[name, view] = Cell()
        for yaw, number in itertools.product(yaws, range(frames)):
            rng = np.random.default_rng((seed, list(EXERCISES).index(name), yaw + 360, number))
            cell.errors += way.errors(subject(name, yaw, rng), rng)
    return cells


def rows(cells: dict[tuple[str, str], Cell], exercises: Sequence[str]) -> Iterator[str]:
    """The table, one row an exercise, and all together."""
    yield f"| exercise | {' | '.join(VIEWS)} | all |"
    yield f"|{'---|' * (len(VIEWS) + 2)}"
    for name in (*exercises, "all"):
        names = exercises if name == "all" else [name]
        by_view = [Cell([e for each in names for e in cells[each, view].errors]) for view in VIEWS]
        whole = Cell([error for cell in by_view for error in cell.errors])
        yield f"| {name} | {' | '.join(cell.text() for cell in (*by_view, whole))} |"


def drawing_cost(seed: int, frames: int = 120) -> tuple[float, float]:
    """Median CPU ms of a 640x480 frame with three people, and of its bodies alone."""
    rng = np.random.default_rng(seed)
    camera = Camera()
    people = [subject(name, yaw, rng) for name, yaw in (("squat", 20), ("biceps_curl", -30), ("push_up", 80))]
    canvas = Canvas(camera, LIGHT, room(camera, seed), fixed_solids("bench", (1.8, 0.8), 2.0))
    whole, bodies = [], []
    for at in range(frames):
        start = time.process_time()
        parts: list[Shape] = []
        for who, x in zip(people, (-1.2, 0.0, 1.3), strict=True):
            moment = who.moment(at / 25)
            figure = body(who.build, moment.stance, np.array([x, 0.0]), 180 + who.yaw)
            parts += shapes(figure, who.build, who.look, held=moment.held)
        posed = time.process_time()
        canvas.picture(parts)
        whole.append(time.process_time() - start)
        bodies.append(posed - start)
    return float(np.median(whole)) * 1e3, float(np.median(bodies)) * 1e3


@click.command()
@click.option("--exercise", "exercises", multiple=True, type=click.Choice(list(EXERCISES)), help="Repeatable; all.")
@click.option("--frames", default=6, show_default=True, help="Single pictures for each exercise and yaw.")
@click.option("--videos", default=1, show_default=True, help="Videos for each exercise and yaw.")
@click.option("--seed", default=0, show_default=True)
def main(exercises: tuple[str, ...], frames: int, videos: int, seed: int) -> None:
    """Print recall, landmark error and the cost of drawing."""
    set_up_opencv()
    names = exercises or tuple(EXERCISES)
    ways: list[tuple[str, type[Single] | type[Tracked], int]] = [
        ("single", Single, frames),
        ("tracked", Tracked, videos),
    ]
    try:
        for title, way, count in ways:
            if count:
                click.echo(f"synthetic, {title}, seed {seed}: recall, median landmark error / torso (n)\n")
                looking = way()
                cells = measured(looking, names, count, seed)
                looking.close()
                for row in rows(cells, names):
                    click.echo(row)
                click.echo()
        whole_ms, bodies_ms = drawing_cost(seed)
        click.echo(
            f"640x480 with three people: {whole_ms:.1f} ms CPU a frame, of which {bodies_ms:.1f} ms for the bodies"
        )
    except SpotterError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
