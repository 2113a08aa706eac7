"""Brings a list of clips into a folder and lists them in its ``clips.csv``, whatever becomes of single ones.

Never overwrites what another wrote, nor the clips it is given.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ClipError, ConfigError, OutputError
from core.names import shown_name
from training.dataset.clip import Clip, ClipList
from training.dataset.clip_contents import told, without_doubles
from training.dataset.clip_processes import Bar, StoppedError, in_processes, no_bar
from training.dataset.clip_table import cells, table_rows, write_table
from training.dataset.clips import MANIFEST
from training.dataset.fetch_one import FRAMES, Brought, FetchOptions, FetchTask, fetch_one, folder_of, target_of
from training.dataset.storage import is_address, local_path

EXTRA = ("origin", "origin_version", "written_as", FRAMES, "problem")
"""Columns of the manifest beyond those of every table of clips: where a clip came from, and what was made of it."""
SAVE_S = 10.0
"""So much work is lost when the program is killed; more often costs time with many clips."""


Earlier = dict[str, list[dict[str, str]]]
"""Rows of an earlier run by the clip's name."""


@dataclass(slots=True)
class Fetched:
    """What became of the clips."""

    clips: list[Clip] = field(default_factory=list)
    fetched: int = 0
    """How many were copied or written now."""
    pictures: int = 0
    remarks: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def fetch_clips(found: ClipList, out: Path, options: FetchOptions, *, jobs: int = 1, bar: Bar = no_bar) -> Fetched:
    """Bring clips into ``out`` and write the table of them; a clip that fails is told and the others are brought.

    Raises ConfigError if ``out`` holds something else, OutputError if it cannot be written, ClipError if no clip came.
    """
    before = _earlier(out, found, options)
    tasks = [FetchTask(clip, out, options, before.get(clip.name, [{}])[0]) for clip in found.clips]
    brought: dict[str, Brought] = {}
    problems: dict[str, str] = {}
    saved_s = time.monotonic()
    # From now on the folder is known as ours, also to the run after one that was killed.
    _save(out, found.clips, brought, before)
    try:
        with bar(len(tasks)) as on_done, closing(_results(tasks, jobs)) as results:
            for task, outcome in results:
                on_done()
                if isinstance(outcome, (OutputError, StoppedError)):
                    raise outcome
                if isinstance(outcome, Exception):
                    problems[task.clip.name] = told(task.clip, outcome)
                else:
                    brought[task.clip.name] = outcome
                if time.monotonic() > saved_s + SAVE_S:
                    saved_s = time.monotonic()
                    _save(out, found.clips, brought, before)
    except BaseException:
        # What is there is listed, so that the next run goes on from here.
        _save(out, found.clips, brought, before)
        raise
    return _concluded(out, found, brought, problems)


def _concluded(out: Path, found: ClipList, brought: dict[str, Brought], problems: dict[str, str]) -> Fetched:
    clips, doubles = without_doubles([brought[clip.name].clip for clip in found.clips if clip.name in brought])
    result = Fetched(clips, remarks=[*found.remarks], left_out=[*found.left_out])
    for clip in found.clips:
        one = brought.get(clip.name)
        if one is None:
            result.left_out.append(problems[clip.name])
            continue
        result.fetched += one.fetched
        result.pictures += one.pictures
        result.remarks += one.remarks
        result.left_out += [one.problem] if one.problem else []
    result.remarks += doubles.remarks
    result.left_out += doubles.left_out
    if not clips:
        reasons = "".join(f"\n{reason}" for reason in result.left_out)
        raise ClipError(f"{shown_name(out)}: no clip is there that could be used{reasons}")
    _save(out, clips, brought, {})
    return result


def _results(tasks: Sequence[FetchTask], jobs: int) -> Generator[tuple[FetchTask, Brought | Exception], None, None]:
    """Each task with its outcome; with one job in this process."""
    if jobs > 1:
        yield from in_processes(fetch_one, tasks, jobs)
        return
    for task in tasks:
        try:
            outcome: Brought | Exception = fetch_one(task)
        except Exception as error:  # noqa: BLE001  # as of a process of its own: told, and the next clip goes on
            outcome = error
        yield task, outcome


def _save(out: Path, clips: Sequence[Clip], brought: dict[str, Brought], before: Earlier) -> None:
    """Write the table of what is there; of clips whose turn has not come, what an earlier run wrote."""
    rows: list[Mapping[str, str]] = []
    for clip in clips:
        one = brought.get(clip.name)
        if one is None:
            rows += before.get(clip.name, [])
        else:
            rows += [{**row, **one.extra} for row in table_rows(one.clip, out)]
    try:
        write_table(out / MANIFEST, rows, EXTRA)
    except OSError as error:
        raise OutputError(f"{shown_name(out / MANIFEST)}: cannot be written ({error.strerror})") from None


def _earlier(out: Path, found: ClipList, options: FetchOptions) -> Earlier:
    """Make the folder; gives the rows of an earlier run, by name. Raises ConfigError if the folder is another's."""
    manifest = out / MANIFEST
    name = shown_name(out)
    earlier: Earlier = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        is_empty = not any(out.iterdir())
    except FileExistsError:
        raise ConfigError(f"{name}: is a file; --out names a folder") from None
    except OSError as error:
        raise OutputError(f"{name}: cannot be written ({error.strerror})") from None
    if manifest.exists():
        columns, rows = cells(manifest)
        if not set(EXTRA) <= set(columns):
            raise ConfigError(
                f"{shown_name(manifest)}: was not written by `spotter dataset import`; name another folder"
            )
        for row in rows:
            earlier.setdefault(row["name"], []).append(row)
    elif not is_empty and _writes(found, options):
        raise ConfigError(f"{name}: holds other files; name a new folder for the clips")
    _refuse_overwriting(found, out, options)
    return earlier


def _writes(found: ClipList, options: FetchOptions) -> bool:
    """Whether anything but the table is written."""
    far = any(is_address(clip.location) for clip in found.clips)
    return bool(options.copy or options.written_as or options.pictures_fps is not None or far)


def _refuse_overwriting(found: ClipList, out: Path, options: FetchOptions) -> None:
    """Raise ConfigError where a clip would be written over itself, or over another's file or pictures."""
    owner: dict[Path, str] = {}
    for clip in found.clips:
        target = target_of(clip, out, options)
        is_here = not is_address(clip.location)
        if options.written_as and is_here and target.exists() and target.samefile(local_path(clip.location)):
            raise ConfigError(f"{shown_name(target)}: would be overwritten by itself; name another folder with --out")
        places = {target} if options.copy or options.written_as or not is_here else set()
        if options.pictures_fps is not None:
            places |= {folder_of(clip, part, out) for part in clip.parts if part.label}
        for place in places:
            if owner.setdefault(place, clip.name) != clip.name:
                raise ConfigError(
                    f"{shown_name(place)}: {owner[place]} and {clip.name} would both be written there; "
                    "give one of them another name in the table"
                )
