"""Opens whatever frames can be read from by name: a recording, or a camera of the rehearsal gym."""

import os

from core.names import shown_name
from ingest.rehearsal.source import RehearsalSource, is_rehearsal
from ingest.video import Recording

Readable = Recording | RehearsalSource


def open_recording(name: str | os.PathLike[str], threads: int = 1) -> Readable:
    """A recording by its path, or the drawn scene that ``rehearsal:SCENE#CAMERA`` means.

    :raises ClipError: if nothing of a recording can be read
    :raises ConfigError: if a rehearsal camera does not exist
    """
    text = os.fsdecode(name)
    if is_rehearsal(text):
        return RehearsalSource(text)
    return Recording(name, threads)


def source_title(name: str | os.PathLike[str]) -> str:
    """A short name to show: the last part of a path, the whole of a rehearsal camera."""
    text = os.fsdecode(name)
    return shown_name(text if is_rehearsal(text) else os.path.basename(text))  # noqa: PTH119  # bytes of any kind
