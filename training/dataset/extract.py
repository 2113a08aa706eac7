"""Landmarks of a list of clips, in one file: what is new is extracted, what is known is kept, labels are put on.

Each clip's landmarks lie in a file of their own beside the output until all are there, so that a run that was
interrupted, or killed, goes on where it was. The output is the same whatever the number of processes.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from core.errors import ClipError, ConfigError, ModelError, OutputError
from core.names import shown_name
from training.dataset.boxes import main_person
from training.dataset.clip import Clip, ClipList
from training.dataset.clip_contents import told
from training.dataset.clip_processes import Bar, StoppedError, in_processes, no_bar
from training.dataset.landmarks import Track, TrackFile, TrackWriter, require_pyarrow, write_tracks
from training.dataset.pose_path import PoseOptions, read_poses
from training.dataset.storage import is_address, shown_place
from workers.models.store import file_sha256, pose_models

EXTRACTION_VERSION = 1
"""Raised when the same clip, options and weights give other landmarks than before."""
RECORDS = "clips"
"""Of the file's metadata: what is known of each clip, as JSON."""


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """What a file of landmarks knows of one clip."""

    name: str
    key: str
    """Of content, options and weights: equal keys have equal landmarks."""
    sha256: str
    frames: int = 0
    seconds: float = 0.0
    people: int = 0
    truncated: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Extracted:
    """What became of the clips."""

    records: list[ClipRecord] = field(default_factory=list)
    new: int = 0
    """How many were extracted now; the others were known already."""
    rows: int = 0
    people: int = 0
    left_out: list[str] = field(default_factory=list)
    """Clips that are missing from the file or end too early in it, with the reason."""
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Task:
    clip: Clip
    record: ClipRecord
    file: Path
    options: PoseOptions


def extract_landmarks(
    found: ClipList,
    out: Path,
    options: PoseOptions,
    *,
    jobs: int = 1,
    everybody: bool = False,
    drop: bool = False,
    bar: Bar = no_bar,
) -> Extracted:
    """Write the landmarks of hashed clips to ``out``; clips that fail are told and the others are written.

    Args:
        found: The clips, with their hashes.
        out: The file of landmarks; what it holds already is not extracted again.
        options: How to look at the clips.
        jobs: Processes.
        everybody: The label belongs to all people of a clip, not only to the main one.
        drop: Clips that ``out`` holds and the list lacks may go.
        bar: Shows how far the extraction is.

    Raises ConfigError if ``out`` is something else or would lose clips, ModelError without weights, OutputError.
    """
    require_pyarrow()
    before, known = _known(out)
    weights = _weights(options)
    records = [ClipRecord(clip.name, _key(clip, options, weights), clip.sha256) for clip in found.clips]
    if not drop:
        _refuse_loss(out, known.values(), records)
    folder = _work_folder(out)
    tasks = [
        _Task(clip, record, _part(folder, record.key), options)
        for clip, record in zip(found.clips, records, strict=True)
        if record.key not in known and not _part(folder, record.key).exists()
    ]
    result = Extracted(remarks=list(found.remarks), left_out=list(found.left_out))
    with bar(len(tasks)) as on_done:
        result.left_out += _extract(tasks, jobs, on_done)
    result.new = sum(task.file.exists() for task in tasks)
    _merge(_Merge(found.clips, records, out, folder, before, known, everybody), result)
    shutil.rmtree(folder, ignore_errors=True)
    return result


def _extract(tasks: Sequence[_Task], jobs: int, on_done: Callable[[], None]) -> list[str]:
    """Extract clips into files of their own; gives what went wrong, in the order of the clips."""
    problems: dict[str, str] = {}
    # The largest first, so that no process waits for the last one.
    ordered = sorted(tasks, key=lambda task: -(task.clip.size or 0))
    if ordered:
        with closing(in_processes(_extract_one, ordered, jobs)) as results:
            for task, outcome in results:
                on_done()
                if isinstance(outcome, (ModelError, OutputError, StoppedError)):
                    # Without weights or room on the disk the next clip would fare no better.
                    raise outcome
                if isinstance(outcome, Exception):
                    problems[task.clip.name] = told(task.clip, outcome)
    return [problems[task.clip.name] for task in tasks if task.clip.name in problems]


def _extract_one(task: _Task) -> None:
    """Extract one clip; runs in a process of its own."""
    reading = read_poses(task.clip.location, task.options)
    record = replace(
        task.record,
        frames=reading.frames,
        seconds=round(reading.seconds, 3),
        people=len(reading.tracks),
        truncated=reading.truncated,
        notes=reading.notes,
    )
    write_tracks(task.file, reading.tracks, {RECORDS: json.dumps([asdict(record)])})


@dataclass(frozen=True, slots=True)
class _Merge:
    clips: Sequence[Clip]
    records: Sequence[ClipRecord]
    out: Path
    folder: Path
    before: TrackFile | None
    known: dict[str, ClipRecord]
    everybody: bool


def _merge(merge: _Merge, result: Extracted) -> None:
    """Put the landmarks of all clips into the output, in the order of the list, with today's labels."""
    result.records = [record for record in map(partial(_complete, merge), merge.records) if record is not None]
    if not result.records:
        reasons = "".join(f"\n{reason}" for reason in result.left_out)
        raise ClipError(f"{shown_name(merge.out)}: not written, since no clip could be extracted{reasons}")
    by_name = {record.name: record for record in result.records}
    said = {RECORDS: json.dumps([asdict(record) for record in result.records]), "made_by": "spotter dataset extract"}
    with TrackWriter(merge.out, said) as writer:
        for clip in merge.clips:
            record = by_name.get(clip.name)
            if record is None:
                continue
            tracks = list(labelled(_tracks_of(merge, record), clip, everybody=merge.everybody))
            for track in tracks:
                writer.write(track)
                result.rows += len(track)
            result.people += len(tracks)
            _judge(clip, record, tracks, result)


def _complete(merge: _Merge, record: ClipRecord) -> ClipRecord | None:
    """What was found out about a clip, under its present name; None if it could not be extracted."""
    part = _part(merge.folder, record.key)
    done = _records(TrackFile(part))[0] if part.exists() else merge.known.get(record.key)
    return None if done is None else replace(done, name=record.name)


def _tracks_of(merge: _Merge, record: ClipRecord) -> list[Track]:
    part = _part(merge.folder, record.key)
    if part.exists():
        return TrackFile(part).tracks("")
    if merge.before is None:
        return []
    return merge.before.tracks(merge.known[record.key].name)


def labelled(tracks: Sequence[Track], clip: Clip, *, everybody: bool = False) -> Iterator[Track]:
    """The people of a clip with its name, group, view and labels.

    The label of a part belongs to the main person of that part, or to everybody.
    """
    mains = [main_person(tracks, part.start_s, part.end_s) for part in clip.parts]
    for track in tracks:
        labels = np.full(len(track), "", object)
        for part, main in zip(clip.parts, mains, strict=True):
            if everybody or track.person == main:
                labels[(track.times >= part.start_s) & (track.times < part.end_s)] = part.label
        yield replace(track, source=clip.name, group=clip.group, view=clip.view, labels=tuple(labels.tolist()))


def _judge(clip: Clip, record: ClipRecord, tracks: Sequence[Track], result: Extracted) -> None:
    """Tell what is wrong with an extracted clip."""
    if record.truncated:
        result.left_out.append(f"{shown_place(clip.location)}: {record.truncated}")
    result.remarks += [f"{clip.name}: {note}" for note in record.notes]
    if not tracks:
        result.remarks.append(f"{clip.name}: nobody was seen in it")
        return
    for part in clip.parts:
        if part.start_s >= record.seconds:
            result.remarks.append(f"{clip.name}: its part from {part.start_s:g} s on lies behind its end")
        elif part.label and not any(part.label in track.labels for track in tracks):
            result.remarks.append(f"{clip.name}: nobody was seen while it is {part.label}")


def _known(out: Path) -> tuple[TrackFile | None, dict[str, ClipRecord]]:
    """The file as it is, and what it knows of clips, by key; raises ConfigError if it is something else."""
    if not out.exists():
        return None, {}
    before = TrackFile(out)
    if RECORDS not in before.metadata:
        raise ConfigError(f"{shown_name(out)}: was not made by `spotter dataset extract`; name another file")
    return before, {record.key: record for record in _records(before)}


def _records(file: TrackFile) -> list[ClipRecord]:
    return [ClipRecord(**{**fields, "notes": tuple(fields["notes"])}) for fields in json.loads(file.metadata[RECORDS])]


def _refuse_loss(out: Path, known: Iterable[ClipRecord], records: Iterable[ClipRecord]) -> None:
    listed = {record.sha256 for record in records}
    lost = [record.name for record in known if record.sha256 not in listed]
    if lost:
        raise ConfigError(
            f"{shown_name(out)}: holds {len(lost)} clips that are not in this list ({lost[0]}, ...); "
            "name another file, or say --drop to let them go"
        )


def _work_folder(out: Path) -> Path:
    folder = out.with_name(f".{out.name}.clips")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{shown_name(out)}: cannot be written ({error.strerror})") from None
    return folder


def _part(folder: Path, key: str) -> Path:
    return folder / f"{key}.parquet"


def _weights(options: PoseOptions) -> str:
    paths = pose_models(options.variant)
    return f"{file_sha256(paths.detector)} {file_sha256(paths.landmarks)}"


def _key(clip: Clip, options: PoseOptions, weights: str) -> str:
    text = json.dumps([EXTRACTION_VERSION, clip.sha256, asdict(options), weights])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def require_local(place: str) -> None:
    """Raise ConfigError for a place in a bucket: decoding needs clips here."""
    if is_address(place):
        raise ConfigError(
            f"{shown_place(place)}: lies in a bucket; fetch the clips first: spotter dataset import SOURCE --out FOLDER"
        )
