"""CPU time per person-frame of our pose path beside MediaPipe's PoseLandmarker, on the same frames in the same run.

Each contender runs in a process of its own; the parent lets them take turns, round by round, so that a machine that
slows down slows all of them. What is measured is the CPU time of the whole process, all threads together, from a BGR
frame in memory to landmarks (smoothed, except by MediaPipe with more than one pose, which cannot), with the detector's
share as it falls in that clip. Decoding the clip and loading the models are not measured.
"""

import itertools
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import get_args

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.single_person import Agreement, Contender, Followed, agreement, follow, make_follower
from core.errors import SpotterError
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, draw_clip
from ingest.rehearsal.script import Performer, Train
from ingest.video import Recording
from workers.models.catalogue import VARIANTS, Variant
from workers.models.task_bundle import task_bundle

CONTENDERS: tuple[Contender, ...] = get_args(Contender)
TARGETS: dict[Contender, float] = {"mediapipe num_poses=1": 0.60, "mediapipe num_poses=4": 0.40}
"""What our CPU time over the peer's may be at most."""
TARGET_MEAN_PX, TARGET_WITHIN_2_PX = 0.5, 0.99
WIDTH_PX, HEIGHT_PX = 640, 480
DEFAULT_CLIP = "c328.mp4"
"""One person in full view, not too fast: where the person wavers between two readings, nothing agrees, not even
MediaPipe with itself (docs/decisions/0004-pose-backends.md)."""
ROUND_TIMEOUT_S = 300.0
"""A round takes seconds; a contender that is silent for this long has died or hangs."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one contender did with all frames once."""

    cpu_s: float
    people: list[list[Followed]]
    """Per frame."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over the rounds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the benchmark found."""

    clip: str
    frames: int
    width_px: int
    height_px: int
    rounds: int
    date: str
    machine: str
    cpu_ms_per_frame: dict[Contender, Spread]
    people_per_frame: dict[Contender, float]
    ours_over: dict[Contender, Spread]
    """Ratio of the CPU times, round by round."""
    agreement: Agreement
    """Of our path with ``mediapipe num_poses=1``."""
    floor: Agreement
    """Of ``mediapipe num_poses=1`` with itself when frames are touched, see ``touched``: what can be asked of
    anybody."""


def measure(frames: NDArray[np.uint8], clip: str, models: Variant, task_bundle: Path, rounds: int) -> Report:
    """Let all contenders take turns over (N, height, width, 3) uint8 BGR frames; raises SpotterError."""
    done: dict[Contender, list[Round]] = {contender: [] for contender in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_things:
        stored, stored_touched = Path(folder) / "frames.npy", Path(folder) / "touched.npy"
        np.save(stored, frames)
        np.save(stored_touched, touched(frames))
        with _Child("mediapipe num_poses=1", stored_touched, models, task_bundle) as child:
            other_start = child.round().people
        links = {name: open_things.enter_context(_Child(name, stored, models, task_bundle)) for name in CONTENDERS}
        for number in range(rounds):
            turn = number % len(CONTENDERS)
            # Another order each round: each finds the caches as another one left them.
            for contender in CONTENDERS[turn:] + CONTENDERS[:turn]:
                done[contender].append(links[contender].round())
    ms = {name: [1000 * each.cpu_s / len(frames) for each in runs] for name, runs in done.items()}
    return Report(
        clip=clip,
        frames=len(frames),
        width_px=frames.shape[2],
        height_px=frames.shape[1],
        rounds=rounds,
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=machine_kind(),
        cpu_ms_per_frame={name: _spread(values) for name, values in ms.items()},
        people_per_frame={
            name: sum(len(people) for people in runs[0].people) / len(frames) for name, runs in done.items()
        },
        ours_over={
            peer: _spread([ours / theirs for ours, theirs in zip(ms["onnx"], ms[peer], strict=True)])
            for peer in TARGETS
        },
        agreement=agreement(done["onnx"][0].people, done["mediapipe num_poses=1"][0].people),
        floor=agreement(other_start, done["mediapipe num_poses=1"][0].people),
    )


def touched(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same frames, except that in every 30th 2 % of the values are changed by one grey level.

    The region of each frame comes from the landmarks of the last, so a difference that nobody can see spreads: after it
    MediaPipe no longer agrees with itself.
    """
    rng = np.random.default_rng(0)
    changed = frames.copy()
    for pixels in changed[::30]:
        pixels[rng.random(pixels.shape) < 0.02] ^= 1
    return changed


class _Child:
    """A contender in its own process; a context manager that ends the process."""

    def __init__(self, contender: Contender, frames: Path, models: Variant, task_bundle: Path) -> None:
        self._name = contender
        self._link, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, contender, frames, models, task_bundle), daemon=True
        )

    def __enter__(self) -> "_Child":
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join(ROUND_TIMEOUT_S)
        self._link.close()

    def round(self) -> Round:
        """Let the contender process all frames once; raises SpotterError with its reason if it cannot."""
        self._link.send("round")
        if not self._link.poll(ROUND_TIMEOUT_S):
            raise SpotterError(f"the contender {self._name} has been silent for {ROUND_TIMEOUT_S:.0f} s; run again")
        try:
            answer = self._link.recv()
        except EOFError:
            raise SpotterError(f"the contender {self._name} ended unexpectedly; its reason stands above") from None
        if isinstance(answer, SpotterError):
            raise answer
        assert isinstance(answer, Round)
        return answer


def _serve(link: Connection, contender: Contender, frames: Path, models: Variant, task_bundle: Path) -> None:
    """Process all frames whenever asked, from a fresh start each time, so that all rounds do the same work."""
    cv2.setNumThreads(1)
    pixels = np.ascontiguousarray(np.load(frames))
    while True:
        try:
            link.recv()
        except EOFError:
            return
        try:
            follower = make_follower(contender, models, task_bundle)
        except SpotterError as error:
            link.send(error)
            return
        begin = time.process_time()
        people = follow(follower, pixels)
        cpu_s = time.process_time() - begin
        follower.close()
        link.send(Round(cpu_s, people))


def load_frames(clip: Path, count: int) -> NDArray[np.uint8]:
    """The first frames of a clip, fitted into 640x480 with black margins, (N, 480, 640, 3) uint8 BGR."""
    with Recording(clip) as recording:
        frames = [fitted(frame.pixels) for frame in itertools.islice(recording, count)]
    return np.stack(frames)


def fitted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame in the middle of a black 640x480 picture, as large as it fits, proportions kept."""
    height, width = pixels.shape[:2]
    scale = min(WIDTH_PX / width, HEIGHT_PX / height)
    size = round(width * scale), round(height * scale)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    picture = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    left, top = (WIDTH_PX - size[0]) // 2, (HEIGHT_PX - size[1]) // 2
    picture[top : top + size[1], left : left + size[0]] = small
    return picture


def find_task_bundle(models: Variant) -> Path:
    """MediaPipe's bundle: the one named by SPOTTER_TASK_BUNDLE, else one made of the cached weights."""
    named = os.environ.get("SPOTTER_TASK_BUNDLE")
    return Path(named) if named else task_bundle(models)


def default_frames(count: int) -> tuple[NDArray[np.uint8], str]:
    """A real clip of one person from the folder SPOTTER_CLIPS, else a drawn one; and its name."""
    folder = os.environ.get("SPOTTER_CLIPS")
    if folder:
        return load_frames(Path(folder) / DEFAULT_CLIP, count), DEFAULT_CLIP
    return drawn_frames(count), "drawn mannequin"


def drawn_frames(count: int) -> NDArray[np.uint8]:
    """Somebody drawn who does squats in full view of the camera, (N, 480, 640, 3) uint8 BGR."""
    camera = Camera(position_m=(0.0, -4.0, 1.4), width=WIDTH_PX, height=HEIGHT_PX, fps=30.0)
    performer = Performer((0.0, 0.0), 180.0, (Train("squat", reps=2 + count // 20),))
    scene = Scene((performer,), camera, duration_s=count / camera.fps)
    return np.stack([frame.pixels for frame, _ in draw_clip(scene)])


def machine_kind() -> str:
    """Processor and number of cores, for the reader of a figure."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"


def _spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def lines(report: Report) -> list[str]:
    """The report for a terminal."""
    size = f"{report.width_px}x{report.height_px}"
    rows = [
        f"{report.clip}, {report.frames} frames {size}, {report.rounds} rounds; {report.date}, {report.machine}",
        "",
        f"{'CPU ms per frame, one person in view':<40} median   (least-most)   poses a frame",
    ]
    for name, ms in report.cpu_ms_per_frame.items():
        people = report.people_per_frame[name]
        rows.append(f"  {name:<38} {ms.median:6.2f}   ({ms.low:.2f}-{ms.high:.2f})   {people:.2f}")
    rows += ["", f"{'onnx over':<40} median   (least-most)   target"]
    for name, ratio in report.ours_over.items():
        verdict = "met" if ratio.median <= TARGETS[name] else "missed"
        rows.append(
            f"  {name:<38} {ratio.median:6.2f}   ({ratio.low:.2f}-{ratio.high:.2f})   <= {TARGETS[name]:.2f} {verdict}"
        )
    found = report.agreement
    met = found.mean_px <= TARGET_MEAN_PX and found.within_2_px >= TARGET_WITHIN_2_PX
    target = f"target mean <= {TARGET_MEAN_PX} px, {100 * TARGET_WITHIN_2_PX:.0f} % within 2 px"
    rows += [
        "",
        f"landmarks of onnx and mediapipe num_poses=1, same smoothing: mean {found.mean_px:.2f} px,"
        f" 99 % within {found.p99_px:.2f} px, {100 * found.within_2_px:.1f} % within 2 px"
        f" over {found.frames} frames ({found.disputed_frames} seen by one only);"
        f" {target}: {'met' if met else 'missed'}",
        f"mediapipe with itself, one grey level changed in 2 % of every 30th frame: mean {report.floor.mean_px:.2f} px,"
        f" 99 % within {report.floor.p99_px:.2f} px, {100 * report.floor.within_2_px:.1f} % within 2 px",
    ]
    return rows


@click.command()
@click.option("--clip", type=click.Path(path_type=Path, dir_okay=False), help="A clip of one person.")
@click.option("--frames", default=150, show_default=True, help="How many of its frames.")
@click.option("--rounds", default=5, show_default=True, help="How often each contender takes its turn.")
@click.option("--models", type=click.Choice(VARIANTS), default="full", show_default=True, help="Weights of both.")
@click.option("--task-bundle", type=click.Path(path_type=Path, dir_okay=False), help="Other weights for mediapipe.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(clip: Path | None, frames: int, rounds: int, models: Variant, task_bundle: Path | None, as_json: bool) -> None:
    """Measure our pose path beside mediapipe's."""
    try:
        pixels, name = (load_frames(clip, frames), clip.name) if clip else default_frames(frames)
        report = measure(pixels, name, models, task_bundle or find_task_bundle(models), rounds)
    except SpotterError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(asdict(report)) if as_json else "\n".join(lines(report)))


if __name__ == "__main__":
    main()
