"""CURVE keys as files: ``ROLE.key`` (secret), ``ROLE.pub``, and ``authorized/*.pub`` for the workers let in.

Never shows a secret key in a message, and never replaces one.
"""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError, OutputError

_Z85_KEY = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
"""32 bytes in ZeroMQ's printable form (RFC 32)."""
AUTHORIZED = "authorized"


@dataclass(frozen=True, slots=True)
class Keys:
    """CURVE keys of one machine's role, Z85 text."""

    public: str
    secret: str

    def __repr__(self) -> str:
        return f"Keys(public={self.public!r}, secret=***)"


def is_key(text: str) -> bool:
    """Whether a text has the form of a CURVE key."""
    return _Z85_KEY.fullmatch(text) is not None


def read_keys(folder: Path, role: str) -> Keys:
    """Read ``ROLE.key`` and ``ROLE.pub``; raises ``ConfigError`` if missing, damaged or readable by others."""
    secret_file = folder / f"{role}.key"
    secret = _read_key(secret_file)
    if stat.S_IMODE(secret_file.stat().st_mode) & 0o077:
        raise ConfigError(f"the secret key {secret_file} can be read by others; say chmod 600 {secret_file}")
    return Keys(_read_key(folder / f"{role}.pub"), secret)


def write_keys(folder: Path, role: str, keys: Keys) -> Sequence[Path]:
    """Write a pair, the secret one readable by its owner alone; refuses to replace one."""
    secret_file, public_file = folder / f"{role}.key", folder / f"{role}.pub"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if public_file.exists():
            raise FileExistsError
        _create(secret_file, keys.secret, 0o600)
        _create(public_file, keys.public, 0o644)
    except FileExistsError:
        raise ConfigError(f"{folder} holds keys of {role} already; remove both to make new ones") from None
    except OSError as error:
        raise OutputError(f"the keys cannot be written to {folder}: {error.strerror}") from error
    return secret_file, public_file


def allowed_keys(folder: Path) -> tuple[str, ...]:
    """The public keys of all workers in the folder ``authorized``; raises ``ConfigError`` if one is damaged."""
    return tuple(_read_key(file) for file in sorted((folder / AUTHORIZED).glob("*.pub")))


def _read_key(file: Path) -> str:
    try:
        text = file.read_text("utf-8").strip()
    except FileNotFoundError:
        raise ConfigError(f"the key {file} is missing; make a pair with spotter keys new") from None
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise ConfigError(f"the key {file} cannot be read: {error.strerror}") from error
    if not is_key(text):
        raise ConfigError(
            f"{file} holds no CURVE key (40 characters); copy it anew, or make a pair with spotter keys new"
        )
    return text


def _create(file: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as opened:
        opened.write(text + "\n")
