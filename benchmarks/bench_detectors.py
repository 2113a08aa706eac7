"""Recall and cost of the person detectors: on annotated pictures, on small people, on clips with several people.

``python -m benchmarks.bench_detectors`` prints the tables of docs/people.md. It needs pictures and clips that are not
part of the repository: ``SPOTTER_IMAGES`` names a folder with folders of pictures and COCO key-point files,
``SPOTTER_CLIPS`` one with clips and their ``truth.csv``. What is absent is left out, and said so.

A person counts as found when the whole path finds him: detector, landmarks, and the tests that a new track must pass.
"""

import csv
import itertools
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import SpotterError
from core.frame import Frame
from ingest.opencv import set_up_opencv
from ingest.video import Recording
from workers.people.finder import PeopleFinder, open_finder
from workers.people.regions import Look, tiles, whole
from workers.pose.pose import Pose

HEIGHTS_PX = (0, 60, 120, 240, 100_000)
SMALL_HEIGHTS_PX = (80, 120, 160, 240)
SMALL_CANVAS = (1920, 1080)
SMALL_SIDES = ((0.05, 0.1), (0.45, 0.6), (0.8, 0.35))
"""Where in the canvas small people are put, as shares of the room left."""
MATCH_IOU = 0.3
"""Of the annotated box with the box of the landmarks: landmarks end at the ankles and the eyes, boxes at hair and
soles, so that a perfect pose has about 0.7."""
Looks = Callable[[int, int], list[Look]]
Box = tuple[float, float, float, float]


def look_whole(width: int, height: int) -> list[Look]:
    """The whole frame only."""
    return [Look(whole(width, height))]


def look_tiles(width: int, height: int) -> list[Look]:
    """The whole frame and all tiles, as over one round of the search."""
    return [Look(whole(width, height)), *(Look(tile) for tile in tiles(width, height))]


def look_round(width: int, height: int) -> list[Look]:
    """The same and the turned frame."""
    frame = whole(width, height)
    return [*look_tiles(width, height), Look(frame, 1), Look(frame, -1)]


WAYS: dict[str, Looks] = {"whole": look_whole, "whole + tiles": look_tiles, "whole + tiles + turned": look_round}


@dataclass(slots=True)
class Score:
    """What one way of searching found."""

    found: dict[str, int] = field(default_factory=dict)
    """Per class of people, for example their height."""
    people: dict[str, int] = field(default_factory=dict)
    false_people: int = 0
    pictures: int = 0
    cpu_ms: float = 0.0

    def add(self, boxes: Sequence[tuple[str, Box]], poses: Sequence[Pose], cpu_ms: float) -> None:
        """Compare the poses of one picture with the annotated boxes and their classes."""
        free = [box_of(pose) for pose in poses]
        for kind, box in boxes:
            self.people[kind] = self.people.get(kind, 0) + 1
            best = max(free, key=lambda other: iou(box, other), default=None)
            if best is not None and iou(box, best) >= MATCH_IOU:
                free.remove(best)
                self.found[kind] = self.found.get(kind, 0) + 1
        self.false_people += len(free)
        self.pictures += 1
        self.cpu_ms += cpu_ms

    def row(self, kinds: Sequence[str]) -> str:
        """As cells of a table: recall per class, false people per picture, CPU ms per picture."""
        shares = [
            f"{self.found.get(kind, 0) / self.people[kind]:.2f} ({self.people[kind]})" if self.people.get(kind) else "-"
            for kind in kinds
        ]
        count = max(self.pictures, 1)
        return " | ".join([*shares, f"{self.false_people / count:.2f}", f"{self.cpu_ms / count:.0f}"])


def box_of(pose: Pose) -> Box:
    """x0, y0, x1, y1 around the landmarks."""
    low, high = pose.landmarks[:, :2].min(axis=0), pose.landmarks[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def iou(one: Box, two: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, two))
    return width * height / (areas - width * height)


def height_class(height_px: float) -> str:
    """The class of people of this height."""
    for low, high in itertools.pairwise(HEIGHTS_PX):
        if low <= height_px < high:
            return f"{low}-{high} px" if high < HEIGHTS_PX[-1] else f"over {low} px"
    raise ValueError(f"no height: {height_px}")


def searched(finder: PeopleFinder, pixels: NDArray[np.uint8], looks: Sequence[Look]) -> tuple[list[Pose], float]:
    """Everyone found in one picture, and the CPU ms it took."""
    start_s = time.process_time()
    poses = finder.search(Frame(pixels, 0, 0), looks)
    return poses, (time.process_time() - start_s) * 1e3


def annotated(folder: Path) -> Iterator[tuple[NDArray[np.uint8], list[tuple[str, Box]]]]:
    """Pictures and their people with at least five annotated key-points, from all COCO key-point files below."""
    for file in sorted(folder.rglob("*.json")):
        content = json.loads(file.read_text())
        for image in content["images"]:
            pixels = cv2.imread(str(file.parent / image["file_name"]))
            if pixels is None:
                raise click.ClickException(f"{file} names {image['file_name']}, which cannot be read; add the picture")
            boxes = [
                (height_class(h), (x, y, x + w, y + h))
                for a in content["annotations"]
                if a["image_id"] == image["id"] and a["num_keypoints"] >= 5
                for x, y, w, h in [a["bbox"]]
            ]
            yield np.asarray(pixels, np.uint8), boxes


def small_people(clips: Path, count: int) -> Iterator[tuple[NDArray[np.uint8], list[tuple[str, Box]]]]:
    """People of real clips, shrunk to known heights, in a picture of 1920x1080; their boxes from the clip itself."""
    width, height = SMALL_CANVAS
    grain = np.random.default_rng(0).integers(70, 110, (height // 40, width // 40, 3)).astype(np.uint8)
    canvas = cv2.resize(grain, SMALL_CANVAS, interpolation=cv2.INTER_CUBIC)
    finder = open_finder()
    for name in single_person_clips(clips)[:count]:
        finder.restart()
        with Recording(clips / f"{name}.mp4") as recording:
            frame = next(iter(recording))
        poses = finder.search(frame, look_whole(frame.pixels.shape[1], frame.pixels.shape[0]))
        if len(poses) != 1:
            continue
        box = box_of(poses[0])
        for person_px in SMALL_HEIGHTS_PX:
            scale = person_px / (box[3] - box[1])
            small = cv2.resize(frame.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            if small.shape[0] > height or small.shape[1] > width:
                continue
            for across, down in SMALL_SIDES:
                x, y = int(across * (width - small.shape[1])), int(down * (height - small.shape[0]))
                picture = np.array(canvas, np.uint8)
                picture[y : y + small.shape[0], x : x + small.shape[1]] = small
                x0, y0, x1, y1 = (edge * scale for edge in box)
                yield picture, [(f"{person_px} px", (x0 + x, y0 + y, x1 + x, y1 + y))]


def truth_rows(clips: Path) -> list[dict[str, str]]:
    """The rows of the clips' ``truth.csv``."""
    with (clips / "truth.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def single_person_clips(clips: Path) -> list[str]:
    """Uncut clips of one person in full view who stands, one of each source, so that all are different people."""
    standing = {"squat", "lateral_raise", "biceps_curl", "shoulder_press", "jumping_jack", "deadlift", "lunge"}
    rows = [
        row
        for row in truth_rows(clips)
        if row["people_max"] == "1"
        and row["cuts"] == "False"
        and row["full_body"] == "True"
        and row["label"] in standing
    ]
    return [row["clip"] for row in rows]


def picture_table(
    pictures: Sequence[tuple[NDArray[np.uint8], list[tuple[str, Box]]]], detectors: Sequence[str], kinds: Sequence[str]
) -> Iterator[str]:
    """One row for each detector and way of searching."""
    head = ["detector", "searched", *kinds, "false people", "CPU ms"]
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for detector in detectors:
        finder = open_finder(detector=detector)
        for way, looks in WAYS.items():
            score = Score()
            for pixels, boxes in pictures:
                finder.restart()
                score.add(boxes, *searched(finder, pixels, looks(pixels.shape[1], pixels.shape[0])))
            yield f"| {detector} | {way} | {score.row(kinds)} |"
        finder.close()


def clip_table(clips: Path, detectors: Sequence[str], seconds: float) -> Iterator[str]:
    """Per clip with several people and detector: people seen, tracks and cost of the whole finder."""
    head = ["clip", "people", "at most", *(f"{d}: seen, tracks, CPU ms" for d in detectors)]
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    named = [(r["clip"], r["people"], r["people_max"]) for r in truth_rows(clips) if int(r["people_max"] or 0) >= 2]
    cameras = sorted((clips / "multicamera").glob("*.mp4"))
    for name, people, most in [*named, *((f"multicamera/{c.stem}", "2-3", "3") for c in cameras)]:
        cells = []
        for detector in detectors:
            seen, tracks, cpu_ms = follow(clips / f"{name}.mp4", detector, seconds)
            cells.append(f"{seen:.2f}, {tracks}, {cpu_ms:.1f}")
        yield f"| {' | '.join([name, people, most, *cells])} |"


def follow(clip: Path, detector: str, seconds: float) -> tuple[float, int, float]:
    """Mean number of people reported, number of tracks, CPU ms per frame."""
    finder = open_finder(detector=detector)
    seen, tracks, cpu_s, frames = 0, set[int](), 0.0, 0
    with Recording(clip) as recording:
        for frame in recording:
            if frame.captured_ns > seconds * 1e9:
                break
            start_s = time.process_time()
            people = finder.update(frame)
            cpu_s += time.process_time() - start_s
            frames += 1
            seen += len(people)
            tracks |= {person.track for person in people}
    finder.close()
    return seen / max(frames, 1), len(tracks), cpu_s * 1e3 / max(frames, 1)


def folder_or_none(variable: str) -> Path | None:
    """The folder that an environment variable names, or None with a word about it."""
    named = os.environ.get(variable)
    if named and Path(named).is_dir():
        return Path(named)
    click.echo(f"(left out: {variable} names no folder)\n")
    return None


def echo_table(rows: Iterator[str]) -> None:
    """Print a table row by row, as they come."""
    for row in rows:
        click.echo(row)
    click.echo()


@click.command()
@click.option("--detector", "detectors", multiple=True, default=["blazepose"], show_default=True, help="Repeatable.")
@click.option("--seconds", default=8.0, show_default=True, help="Of each clip.")
@click.option("--small", default=12, show_default=True, help="Clips whose people are shrunk.")
def main(detectors: tuple[str, ...], seconds: float, small: int) -> None:
    """Print recall and cost of person detectors as tables."""
    set_up_opencv()
    try:
        images, clips = folder_or_none("SPOTTER_IMAGES"), folder_or_none("SPOTTER_CLIPS")
        if images is not None:
            kinds = [height_class(low) for low in HEIGHTS_PX[:-1]]
            click.echo("Annotated pictures: recall (people) by height\n")
            echo_table(picture_table(list(annotated(images)), detectors, kinds))
        if clips is not None:
            kinds = [f"{person_px} px" for person_px in SMALL_HEIGHTS_PX]
            click.echo("People shrunk into 1920x1080: recall (people) by height\n")
            echo_table(picture_table(list(small_people(clips, small)), detectors, kinds))
            click.echo("Clips with several people\n")
            echo_table(clip_table(clips, detectors, seconds))
    except SpotterError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
