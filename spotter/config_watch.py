"""Watches gym.toml while the system runs: a valid edit is handed on, a broken one is told and changes nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.config_file import read_settings, read_text, resolved
from core.errors import ConfigError, OutputError
from core.names import shown_name
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Config:
    """A valid gym.toml."""

    text: str
    settings: Settings
    """With absolute paths."""
    may_miss: bool = False
    """Whether it was read so that secrets of others may be missing."""


def read_config(file: Path, environ: Mapping[str, str], *, may_miss: bool = False) -> Config:
    """Read gym.toml; ``may_miss`` as in ``load_settings``. Raises ``ConfigError`` with all that is wrong with it."""
    text = read_text(file)
    settings = read_settings(text, shown_name(file), environ, may_miss=may_miss)
    return Config(text, resolved(settings, file.absolute().parent), may_miss)


def write_running(config: Config, target: Path) -> None:
    """Replace the copy that the children read, whole or not at all."""
    scratch = target.with_suffix(".new")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(config.text)
        scratch.replace(target)
    except OSError as error:
        raise OutputError(f"{shown_name(target)}: cannot be written ({error.strerror})") from None


class ConfigWatch:
    """Looks at the file a few times a second; believes what it sees twice, because editors write in steps."""

    def __init__(self, file: Path, environ: Mapping[str, str], in_force: Config) -> None:
        self._file = file
        self._environ = environ
        self._may_miss = in_force.may_miss
        self._judged: bytes | None = in_force.text.encode()
        self._seen_once: tuple[bytes | None] | None = None
        self.problem = ""
        """What is wrong with the file now; empty if nothing is."""

    def look(self) -> Config | None:
        """The new config if the file was edited validly; sets or clears ``problem``."""
        content = _content(self._file)
        if content == self._judged:
            self._seen_once = None
            return None
        if self._seen_once != (content,):
            self._seen_once = (content,)
            return None
        self._judged, self._seen_once = content, None
        try:
            config = read_config(self._file, self._environ, may_miss=self._may_miss)
        except ConfigError as error:
            self.problem = str(error)
            return None
        self.problem = ""
        return config

    def refuse(self, problem: str) -> None:
        """What was given last cannot be put in force; it is given again."""
        self.problem, self._judged = problem, None


def _content(file: Path) -> bytes | None:
    """Its bytes; None if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None
