"""One clip brought into a folder: copied and checked, or written anew, or left where it is; then its frames.

A file appears under its name when it is whole. What lies there already, and is what it should be, is not fetched again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from core.errors import ClipError, OutputError
from core.names import shown_name
from training.dataset.clip import Clip, Part
from training.dataset.clip_contents import hash_file
from training.dataset.clip_processes import raise_if_given_up
from training.dataset.label_names import plain_label
from training.dataset.sampling import Size
from training.dataset.storage import chunks, is_address, local_path, shown_place, stored_file
from training.dataset.writing import write_clip, write_frames

FRAMES = "frames"
"""Folder of the pictures."""


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What becomes of the clips."""

    copy: bool = False
    """Local clips are copied too; otherwise they are only listed."""
    box: Size | None = None
    """Clips are written anew, shrunk to fit into this."""
    fps: float | None = None
    """Clips are written anew with this frame rate."""
    pictures_fps: float | None = None
    """Frames are written as pictures, so many a second."""

    @property
    def written_as(self) -> str:
        """What is done to the clips, for the manifest; empty where they stay as they are."""
        size = "" if self.box is None else f"{self.box[0]}x{self.box[1]}"
        rate = "" if self.fps is None else f"{self.fps:g} fps"
        return " ".join(filter(None, (size, rate)))


@dataclass(frozen=True, slots=True)
class FetchTask:
    """One clip to bring."""

    clip: Clip
    out: Path
    options: FetchOptions
    before: Mapping[str, str]
    """Its row in the manifest of an earlier run; empty if there is none."""


@dataclass(slots=True)
class Brought:
    """A clip that is there."""

    clip: Clip
    extra: dict[str, str]
    """Further cells of its row in the manifest."""
    fetched: bool = False
    """Whether it was copied or written now."""
    pictures: int = 0
    remarks: list[str] = field(default_factory=list)
    problem: str = ""
    """What is missing of it; empty if nothing."""


def fetch_one(task: FetchTask) -> Brought:
    """Bring one clip; raises SpotterError that says why not."""
    raise_if_given_up()
    clip, options = task.clip, task.options
    if not is_address(clip.location) and (not (options.copy or options.written_as) or _is_there(task)):
        sha256 = hash_file(clip.location)
        brought = Brought(replace(clip, sha256=sha256), {})
        if clip.sha256 and clip.sha256 != sha256:
            brought.remarks.append(f"{clip.name}: is not the file that the table was made of; it is used as it is now")
    else:
        brought = _brought(task)
    if options.pictures_fps is not None:
        _take_pictures(task, brought, options.pictures_fps)
    return brought


def target_of(clip: Clip, out: Path, options: FetchOptions) -> Path:
    """Where a clip's file goes: under its name, wherever a table says that it lies."""
    parts = [part.lstrip(".") for part in PurePosixPath(clip.name).parts if part.strip("./")]
    suffix = ".mp4" if options.written_as else PurePosixPath(clip.location).suffix or ".mp4"
    name = "/".join(parts) or "clip"
    return out / (name if name.endswith(suffix) else f"{name}{suffix}")


def _is_there(task: FetchTask) -> bool:
    target = target_of(task.clip, task.out, task.options)
    return not task.options.written_as and target.exists() and target.samefile(local_path(task.clip.location))


def _brought(task: FetchTask) -> Brought:
    clip = task.clip
    if is_address(clip.location):
        info = stored_file(clip.location)
        clip, version = replace(clip, size=info.size, md5=info.md5), info.version
    else:
        version = hash_file(clip.location)
    target = target_of(clip, task.out, task.options)
    extra = {
        "origin": _origin(clip),
        "origin_version": version,
        "written_as": task.options.written_as,
    }
    kept = _kept(task, clip, target, extra)
    if kept is not None:
        said = task.before.get("problem", "")
        return Brought(kept, {**extra, "problem": said}, problem=said)
    part = target.with_name(f".{target.name}.part{target.suffix}")
    origin = target.with_name(f".{target.name}.origin")
    problem = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not task.options.written_as:
            _copy(clip, part)
        elif is_address(clip.location):
            _copy(clip, origin)
            problem = write_clip(origin, part, task.options.box, task.options.fps)
        else:
            problem = write_clip(local_path(clip.location), part, task.options.box, task.options.fps)
        part.replace(target)
    except OSError as error:
        raise OutputError(f"{shown_name(target)}: cannot be written ({error.strerror or error})") from None
    finally:
        part.unlink(missing_ok=True)
        origin.unlink(missing_ok=True)
    said = "" if problem is None else f"{shown_place(clip.location)}: {problem}"
    there = replace(clip, location=str(target), size=target.stat().st_size, sha256=hash_file(str(target)))
    return Brought(there, {**extra, "problem": said}, fetched=True, problem=said)


def _origin(clip: Clip) -> str:
    return shown_place(clip.location if is_address(clip.location) else str(local_path(clip.location).absolute()))


def _kept(task: FetchTask, clip: Clip, target: Path, extra: Mapping[str, str]) -> Clip | None:
    """The clip as it lies there from an earlier run, None if it has to be brought."""
    if not target.is_file():
        return None
    size, sha256 = target.stat().st_size, hash_file(str(target))
    known = all(task.before.get(name, "") == text for name, text in extra.items())
    whole = task.before.get("sha256") == sha256
    if not (known and whole):
        # No row: an earlier run was killed before it could write one. A copy is known by itself.
        told = clip.sha256 == sha256 if clip.sha256 else clip.md5 is not None and clip.md5 == _md5(target)
        if task.options.written_as or not told:
            return None
    return replace(clip, location=str(target), size=size, sha256=sha256)


def _copy(clip: Clip, part: Path) -> None:
    """Copy a clip's bytes and compare them with what is known of them; raises ClipError if they are others."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with part.open("wb") as file:
        for piece in chunks(clip.location):
            raise_if_given_up()
            file.write(piece)
            sha256.update(piece)
            md5.update(piece)
            size += len(piece)
    where = shown_place(clip.location)
    if clip.size is not None and size != clip.size:
        raise ClipError(f"{where}: {size} bytes arrived of {clip.size}; try again")
    if (clip.md5 and md5.hexdigest() != clip.md5) or (clip.sha256 and sha256.hexdigest() != clip.sha256):
        raise ClipError(f"{where}: what arrived has another hash than it should; try again, or correct the table")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _take_pictures(task: FetchTask, brought: Brought, fps: float) -> None:
    """Write the frames of the labelled parts, unless they are there."""
    clip = brought.clip
    folders = [(part, folder_of(clip, part, task.out)) for part in clip.parts if part.label]
    said = f"{fps:g}"
    brought.extra[FRAMES] = said
    before = task.before
    if before.get("sha256") == clip.sha256 and before.get(FRAMES) == said and all(at.is_dir() for _, at in folders):
        brought.problem = brought.problem or before.get("problem", "")
        brought.extra["problem"] = brought.problem
        return
    brought.pictures, problem = write_frames(local_path(clip.location), folders, fps)
    if problem and not brought.problem:
        brought.problem = f"{shown_place(clip.location)}: {problem}"
        brought.extra["problem"] = brought.problem


def folder_of(clip: Clip, part: Part, out: Path) -> Path:
    """Where a part's pictures go: ``frames/LABEL/CLIP``; another movement's is ``frames/other/NAME/CLIP``."""
    names = [name for name in PurePosixPath(clip.name).parts if name.strip("./")]
    if len(names) > 1 and plain_label(names[0]) == part.label.removeprefix("other:"):
        names = names[1:]
    return out.joinpath(FRAMES, *part.label.split(":"), *names)
