"""What is in the files of a list of clips: their hashes, and clips that are the same one under two names."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.errors import SpotterError
from training.dataset.clip import Clip, ClipList, Part
from training.dataset.storage import chunks, shown_place


def hash_file(place: str) -> str:
    """SHA-256 in hexadecimal; raises as ``storage.chunks``."""
    digest = hashlib.sha256()
    for piece in chunks(place):
        digest.update(piece)
    return digest.hexdigest()


def hash_clips(found: ClipList, on_done: Callable[[Clip], None] = lambda clip: None) -> ClipList:
    """The list with hashes of what lies there now; clips that cannot be read, and doubles, are left out and told."""
    hashed, left_out = [], list(found.left_out)
    remarks = list(found.remarks)
    for clip in found.clips:
        try:
            sha256 = hash_file(clip.location)
        except SpotterError as error:
            left_out.append(str(error))
            continue
        finally:
            on_done(clip)
        if clip.sha256 and clip.sha256 != sha256:
            remarks.append(f"{clip.name}: is not the file that the table was made of; it is used as it is now")
        hashed.append(replace(clip, sha256=sha256))
    clips, doubles = without_doubles(hashed)
    return ClipList(clips, remarks + doubles.remarks, left_out + doubles.left_out)


def without_doubles(clips: Sequence[Clip]) -> tuple[list[Clip], ClipList]:
    """Keep each content once, and tell what was dropped.

    Of equal clips that say the same the first stays. Under two labels nobody knows which is right: none stays.
    """
    by_content: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_content[clip.sha256].append(clip)
    told = ClipList()
    dropped: set[str] = set()
    for same in by_content.values():
        if len(same) == 1:
            continue
        names = ", ".join(clip.name for clip in same)
        if len({clip.parts for clip in same}) > 1:
            labels = " and ".join(sorted({_words(clip.parts) for clip in same}))
            told.left_out.append(f"{names}: are the same recording, labelled {labels}; all are left out")
            dropped |= {clip.name for clip in same}
            continue
        groups = sorted({clip.group for clip in same} - {clip.name for clip in same})
        under = f" in the groups {', '.join(groups)}" if len(groups) > 1 else ""
        told.remarks.append(f"{names}: are the same recording{under}; only {same[0].name} is used")
        dropped |= {clip.name for clip in same[1:]}
    return [clip for clip in clips if clip.name not in dropped], told


def _words(parts: Sequence[Part]) -> str:
    return ", ".join(part.label or "nothing" for part in parts)


def told(clip: Clip, error: Exception) -> str:
    """The line that says why a clip is missing."""
    if not isinstance(error, SpotterError):
        return f"{clip.name}: could not be worked on, by a bug in Spotter ({type(error).__name__}: {error})"
    text = str(error)
    return text if text.startswith(shown_place(clip.location)) else f"{shown_place(clip.location)}: {text}"
