"""What the console keeps for its user between starts: the chosen view; in a small file, and never anything of the gym.

A file that cannot be read or written costs the saved view and nothing else.
"""

import logging
import os
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from core.names import shown_name

log = logging.getLogger(__name__)

Sort = Literal["number", "place", "exercise", "reps", "set", "tempo", "seen", "problem"]
Group = Literal["none", "camera", "zone", "exercise"]
Layout = Literal["both", "cameras", "people"]
ShortText = Annotated[str, Meta(max_length=200)]


class Memory(Struct, kw_only=True):
    """The saved view; every option has a default, and unknown ones are skipped."""

    theme: ShortText = "spotter-dark"
    twelve_hours: bool = False
    sort: Sort = "number"
    descending: bool = False
    group: Group = "none"
    problems_only: bool = False
    layout: Layout = "both"
    bell: bool = False
    """Ring when a critical alert begins."""
    sql: list[str] = []
    """Statements that were asked in the history, the newest last."""


MOST_STATEMENTS = 100


def with_statement(known: list[str], statement: str) -> list[str]:
    """The statements with this one as the newest; each once, and the oldest go when there are too many."""
    return [*(each for each in known if each != statement), statement][-MOST_STATEMENTS:]


def memory_file() -> Path:
    """In the user's folder for state."""
    import platformdirs

    return Path(platformdirs.user_state_dir("spotter")) / "console.json"


def load(file: Path) -> Memory:
    """What was saved; the defaults if there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("the saved view in %s is not used: %s", shown_name(file), error)
        return Memory()


def save(memory: Memory, file: Path) -> str:
    """Replace what was saved, whole or not at all; gives why it failed, or nothing."""
    scratch = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(msgspec.json.format(msgspec.json.encode(memory)) + b"\n")
        scratch.replace(file)
    except OSError as error:
        return f"{shown_name(file)}: cannot be written ({error.strerror})"
    return ""
