"""Makes the two pairs of CURVE keys of a gym in one folder, and lets the workers' pair in.

Whose key is whose: ``ingest`` serves frames, ``worker`` asks for them. Never prints or replaces a key unless asked to.
"""

from collections.abc import Sequence
from pathlib import Path

from core.curve_keys import AUTHORIZED, read_keys, write_keys
from core.errors import OutputError
from core.names import shown_name
from core.sockets import new_keys
from spotter.replacing import output_errors

SERVER, WORKER = "ingest", "worker"


def make_keys(folder: Path, *, replace: bool) -> Sequence[Path]:
    """Make what is missing of both pairs; returns the files that were made.

    :raises ConfigError: if a key that is there is damaged or half missing
    :raises OutputError: if the folder cannot be written
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{shown_name(folder)}: cannot be written, it is no folder")
    made: list[Path] = []
    for role in (SERVER, WORKER):
        files = [folder / f"{role}.key", folder / f"{role}.pub"]
        with output_errors(folder):
            if replace:
                for file in files:
                    file.unlink(missing_ok=True)
            are_here = any(file.exists() for file in files)
        if are_here:
            read_keys(folder, role)
        else:
            made += write_keys(folder, role, new_keys())
    return [*made, *_let_in(folder)]


def _let_in(folder: Path) -> Sequence[Path]:
    """Put the workers' public key among those that may connect."""
    public = read_keys(folder, WORKER).public + "\n"
    file = folder / AUTHORIZED / f"{WORKER}.pub"
    with output_errors(file):
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if file.exists() and file.read_text(encoding="utf-8") == public:
            return []
        file.write_text(public, encoding="utf-8")
        file.chmod(0o644)
    return [file]
