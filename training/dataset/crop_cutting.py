"""Cuts the people of a file of landmarks out of their recordings: where they are and what they do is known already."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np

from core.errors import ClipError, ConfigError, OutputError
from core.names import shown_name
from ingest.video import Recording
from training.dataset.boxes import visible_boxes
from training.dataset.clip import Clip, ClipList
from training.dataset.clip_contents import told
from training.dataset.clip_processes import Bar, StoppedError, in_processes, no_bar, raise_if_given_up
from training.dataset.crops import MARGIN, SIDE_PX, Crop, CropWriter, cut_square, read_crops, square_around, to_jpeg
from training.dataset.extract import RECORDS
from training.dataset.landmarks import Track, TrackFile, read_tracks


@dataclass(frozen=True, slots=True)
class CropOptions:
    """What is cut."""

    fps: float = 2.0
    """Crops a second of each person: pictures in quick succession show the same and teach little."""
    side_px: int = SIDE_PX
    margin: float = MARGIN
    unlabelled: bool = False
    """Also people and frames without a label."""


@dataclass(slots=True)
class Cut:
    """What became of the recordings."""

    crops: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How many, by label."""
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One crop to cut, in shares of the picture: the landmarks may come from a smaller one."""

    frame: int
    time_s: float
    person: int
    label: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Task:
    clip: Clip
    group: str
    view: str
    wanted: tuple[_Wanted, ...]
    file: Path
    options: CropOptions


def cut_crops(
    landmarks: Path, found: ClipList, out: Path, options: CropOptions, *, jobs: int = 1, bar: Bar = no_bar
) -> Cut:
    """Write crops of the labelled people of ``landmarks``; recordings that fail are told, the others are cut.

    Raises ConfigError if the landmarks are no such file or there is nothing to cut, OutputError.
    """
    result = Cut(left_out=list(found.left_out))
    try:
        folder = tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent)
    except OSError as error:
        raise OutputError(f"{shown_name(out)}: cannot be written ({error.strerror})") from None
    with folder:
        tasks = list(_tasks(landmarks, found, Path(folder.name), options, result))
        with bar(len(tasks)) as on_done, closing(in_processes(_cut_one, tasks, jobs)) as results:
            problems = {}
            for task, outcome in results:
                on_done()
                if isinstance(outcome, (OutputError, StoppedError)):
                    raise outcome
                problems[task.clip.name] = told(task.clip, outcome) if isinstance(outcome, Exception) else outcome
        result.left_out += [problems[task.clip.name] for task in tasks if problems[task.clip.name]]
        _join([task.file for task in tasks if task.file.exists()], out, options, result)
    return result


def _join(files: Sequence[Path], out: Path, options: CropOptions, result: Cut) -> None:
    said = {"fps": f"{options.fps:g}", "margin": f"{options.margin:g}", "made_by": "spotter dataset crops"}
    with CropWriter(out, options.side_px, said) as writer:
        for file in files:
            for crop in read_crops(file):
                writer.write(crop)
                result.crops[crop.label] += 1
        if not result.crops:
            reasons = "".join(f"\n{reason}" for reason in result.left_out)
            raise ConfigError(f"{shown_name(out)}: not written, since there is nobody with a label to cut out{reasons}")


def _tasks(landmarks: Path, found: ClipList, folder: Path, options: CropOptions, result: Cut) -> Iterator[_Task]:
    """What to cut out of each recording of the file that is in the list."""
    clips = {clip.name: clip for clip in found.clips}
    known = TrackFile(landmarks).metadata.get(RECORDS, "[]")
    hashes = {record["name"]: record["sha256"] for record in json.loads(known)}
    for number, (source, tracks) in enumerate(groupby(read_tracks(landmarks), key=lambda track: track.source)):
        people = list(tracks)
        wanted = tuple(sorted(_wanted(people, options), key=lambda one: (one.frame, one.person)))
        if not wanted:
            continue
        clip = clips.get(source)
        if clip is None:
            result.left_out.append(f"{source}: has landmarks, but is not among the clips")
        elif clip.sha256 and hashes.get(source, clip.sha256) != clip.sha256:
            result.left_out.append(f"{source}: is not the recording that its landmarks come from; extract them again")
        else:
            yield _Task(clip, people[0].group, people[0].view, wanted, folder / f"{number}.parquet", options)


def _wanted(tracks: Sequence[Track], options: CropOptions) -> Iterator[_Wanted]:
    for track in tracks:
        boxes = visible_boxes(track) / np.array([track.width, track.height] * 2, np.float32).clip(1)
        due_s = -np.inf
        for at, time_s in enumerate(track.times.tolist()):
            label = track.labels[at]
            if time_s < due_s or not (label or options.unlabelled) or not np.isfinite(boxes[at]).all():
                continue
            due_s = time_s + (1 - 1e-3) / options.fps
            x0, y0, x1, y1 = boxes[at].tolist()
            yield _Wanted(int(track.frames[at]), time_s, track.person, label, (x0, y0, x1, y1))


def _cut_one(task: _Task) -> str:
    """Cut one recording's people; gives what went wrong, empty if nothing. Runs in a process of its own."""
    by_frame: dict[int, list[_Wanted]] = defaultdict(list)
    for one in task.wanted:
        by_frame[one.frame].append(one)
    last, problem = task.wanted[-1].frame, ""
    with Recording(task.clip.location) as recording, CropWriter(task.file, task.options.side_px) as writer:
        scale = np.array([recording.width, recording.height] * 2)
        try:
            for frame in recording:
                raise_if_given_up()
                for one in by_frame.pop(frame.sequence, ()):
                    x0, y0, x1, y1 = (np.array(one.box) * scale).tolist()
                    square = square_around((x0, y0, x1, y1), task.options.margin)
                    jpeg = to_jpeg(cut_square(frame.pixels, *square, task.options.side_px))
                    name, group, view = task.clip.name, task.group, task.view
                    writer.write(Crop(name, group, one.person, one.frame, one.time_s, one.label, jpeg, view))
                if frame.sequence >= last:
                    break
        except ClipError as error:
            problem = str(error)
    if by_frame:
        ends = f"ends before {len(by_frame)} of the frames that have landmarks; what could be read is kept"
        return problem or f"{shown_name(task.clip.location)}: {ends}"
    return problem
