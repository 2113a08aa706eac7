"""A list of labelled clips: from folders ``label/clip.mp4``, or from a CSV; on local disk or in a bucket.

Reads names and tables, never a clip itself. What is wrong with a clip or a row is told beside the list, and the others
stay in it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from core.errors import ConfigError
from core.names import shown_name, valid_text
from training.dataset.clip import Clip, ClipList, Part, Reading, check_pattern, group_of
from training.dataset.clip_table import read_table
from training.dataset.label_reading import LabelReader
from training.dataset.storage import StoredFile, is_address, is_folder, joined, list_files, local_path, shown_place

MANIFEST = "clips.csv"
"""Name of the table of clips in a folder that has one."""
VIDEO_SUFFIXES = frozenset({
    ".3gp", ".asf", ".avi", ".divx", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts",
    ".ogv", ".ts", ".vob", ".webm", ".wmv",
})  # fmt: skip
SPLIT_FOLDERS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test", "testing"})


def list_clips(source: str, reading: Reading | None = None) -> ClipList:
    """The clips of a folder, of a CSV, or of a folder with a ``clips.csv``.

    Raises ConfigError if there is no such place, or nothing in it is a clip; OutOfReachError if a bucket is silent.
    """
    reading = reading or Reading()
    check_pattern(reading.group_pattern)
    labels = LabelReader(reading.renames)
    if not is_folder(source):
        if PurePosixPath(source).suffix.lower() in VIDEO_SUFFIXES:
            raise ConfigError(
                f"{shown_place(source)}: is a clip; name the folder above its label (LABEL/CLIP.mp4), or a CSV of clips"
            )
        found = read_table(source, reading, labels)
    else:
        files = list_files(source)
        if any(str(file.path) == MANIFEST for file in files) and not reading.by_folders:
            found = read_table(joined(source, MANIFEST), reading, labels)
            _note_unlisted(files, found)
        else:
            found = _from_folders(source, files, reading, labels)
    found.remarks[:0] = labels.remarks()
    if not found.clips:
        reasons = "".join(f"\n{reason}" for reason in found.left_out[:20])
        raise ConfigError(f"{shown_place(source)}: no clip in it can be used{reasons}")
    if len(found.clips) > 1 and all(clip.group == clip.name for clip in found.clips):
        found.remarks.append(
            "nothing tells who the clips show, so each counts as a person of its own; if several show one person, sort "
            "them as LABEL/PERSON/CLIP.mp4, name the person in a column group, or take it from the name with "
            "--group-pattern"
        )
    found.remarks += _thin_classes(found.clips)
    return found


def _from_folders(folder: str, files: Sequence[StoredFile], reading: Reading, labels: LabelReader) -> ClipList:
    found = ClipList()
    videos = [file for file in files if file.path.suffix.lower() in VIDEO_SUFFIXES]
    stems = Counter(file.path.with_suffix("") for file in videos)
    for file in videos:
        problem = _unfit(file)
        if problem:
            found.left_out.append(f"{shown_place(file.location)}: {problem}")
            continue
        name = str(file.path.with_suffix("") if stems[file.path.with_suffix("")] == 1 else file.path)
        # LABEL/PERSON/CLIP: whoever sorts by person says who must stay together.
        group = "/".join(file.path.parts[1:-1]) or name
        part = Part(labels.name(file.path.parts[0]))
        clip = Clip(name, file.location, group_of(name, group, reading), (part,), size=file.size, md5=file.md5)
        found.clips.append(clip)
    _note_other_files(files, videos, found)
    _note_folders(folder, files, videos, found)
    return found


def _unfit(file: StoredFile) -> str:
    """Why a clip cannot be listed; empty if it can."""
    if len(file.path.parts) < 2:
        return "lies in no folder of a label; move it into one"
    if valid_text(str(file.path)) != str(file.path):
        return "its name is not UTF-8, and tables of clips are; rename it"
    return ""


def _note_other_files(files: Sequence[StoredFile], videos: Sequence[StoredFile], found: ClipList) -> None:
    others = Counter(file.path.suffix.lower() or "no suffix" for file in files) - Counter(
        file.path.suffix.lower() for file in videos
    )
    if others:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
        found.remarks.append(f"files that are no clips were passed over: {kinds}")


def _note_folders(folder: str, files: Sequence[StoredFile], videos: Sequence[StoredFile], found: ClipList) -> None:
    """Tell of label folders without a clip, and of splits taken for labels."""
    labels = {file.path.parts[0] for file in videos if len(file.path.parts) > 1}
    folders = {file.path.parts[0] for file in files if len(file.path.parts) > 1}
    if not is_address(folder):
        folders |= {path.name for path in local_path(folder).iterdir() if path.is_dir() and path.name[0] != "."}
    found.remarks += [f"the class {name!r} is empty: its folder holds no clip" for name in sorted(folders - labels)]
    splits = sorted(name for name in labels if name.casefold() in SPLIT_FOLDERS)
    if splits:
        found.remarks.append(
            f"{', '.join(splits)}: taken for labels, but they look like splits; give each of these folders by itself"
        )


def _note_unlisted(files: Sequence[StoredFile], found: ClipList) -> None:
    listed = {clip.location for clip in found.clips}
    more = [file for file in files if file.path.suffix.lower() in VIDEO_SUFFIXES and file.location not in listed]
    if more:
        found.remarks.append(
            f"{len(more)} clips in the folder are not in its {MANIFEST}, such as {more[0].path}; "
            "`spotter dataset import` lists them"
        )


def _thin_classes(clips: Sequence[Clip]) -> list[str]:
    groups: dict[str, set[str]] = defaultdict(set)
    for clip in clips:
        for part in clip.parts:
            # All other movements are one class together.
            groups[part.label.partition(":")[0]].add(clip.group)
    return [
        f"the class {label} has a single person or recording ({shown_name(next(iter(of_label)))}): it cannot be split"
        for label, of_label in sorted(groups.items())
        if label and len(of_label) == 1
    ]
