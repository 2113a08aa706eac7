"""Reads gym.toml strictly: every problem at once, in the order of the file, with line, value and nearest spelling.

``core.settings`` declares what the file may say; nothing here knows an option that is not declared there. Never shows a
secret: a problem shows a value as the file has it, without user and password, and nothing from the environment.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.addresses import source_kind, sqlite_file
from core.config_checks import check
from core.config_reading import Reader
from core.errors import ConfigError
from core.names import shown_name
from core.secrets import Address
from core.settings import Camera, Settings
from core.toml_tables import Problems

SIZE_LIMIT_BYTES = 1 << 20
NO_CLASSIFIER = "none"
"""Stands where a classifier's file would be named."""
"""Of the file; a hundred cameras with all their zones take a tenth of it."""
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load_settings(path: Path, environ: Mapping[str, str] | None, *, may_miss: bool = False) -> Settings:
    """Read a file; paths in it stay as they are written, ``resolved`` makes them absolute.

    :param environ: gives the values of ``${NAME}``; None leaves all as they stand, to edit or list without secrets
    :param may_miss: a variable that is not set is no problem: what takes it stays as it stands, and unjudged; for
        whoever needs only some of the file, such as a worker, which has no use for the passwords of cameras
    :raises ConfigError: if it cannot be read, or with all that is wrong with it, one line a problem
    """
    return read_settings(read_text(path), shown_name(path), environ, may_miss=may_miss)


def read_text(path: Path) -> str:
    """The text of a file, line breaks as they are; raises ``ConfigError`` if there is none."""
    name = shown_name(path)
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT_BYTES + 1)
        if len(raw) > SIZE_LIMIT_BYTES:
            raise ConfigError(f"{name}: is larger than {SIZE_LIMIT_BYTES >> 20} MB; name the gym's gym.toml")
        return raw.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{name}: there is no such file; 'spotter camera add' begins one") from error
    except IsADirectoryError as error:
        raise ConfigError(
            f"{name}: is a folder; name the file in it, such as {shown_name(path / 'gym.toml')}"
        ) from error
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line} is not UTF-8 text; save the file as UTF-8") from error


def read_settings(
    text: str, source_name: str, environ: Mapping[str, str] | None, *, may_miss: bool = False
) -> Settings:
    """Read the text of a file; ``source_name`` is how messages name it, the rest is as in ``load_settings``.

    :raises ConfigError: with all that is wrong with it, one line a problem
    """
    document = _document(text, source_name)
    # TOML knows line breaks as LF and CRLF; the latter would only disturb the search for lines.
    problems = Problems(source_name, text.replace("\r\n", "\n"))
    may_miss = may_miss or environ is None
    top = Reader(problems, environ or {}, Settings, may_miss=may_miss).table(Settings, document, ())
    check(top, document, problems)
    if problems:
        raise ConfigError(problems.told())
    settings = top.built()
    if not isinstance(settings, Settings):
        raise TypeError(f"read {type(settings).__name__} instead of Settings")
    return settings


def _document(text: str, source_name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.search(str(error))
        last = text.count("\n") + (not text.endswith("\n"))
        line = found[1] if found and found[1] else str(last)
        what = _TOML_PLACE.sub("", str(error))
        raise ConfigError(f"{source_name}:{line} is not valid TOML: {what[:1].lower()}{what[1:]}") from None
    except (ValueError, RecursionError):
        raise ConfigError(
            f"{source_name}: is not valid TOML: a number or an array in it is beyond all bounds"
        ) from None


def resolved(settings: Settings, folder: Path) -> Settings:
    """The same settings with every path absolute, relative ones taken from ``folder``, where gym.toml lies."""
    database, transport, workers = settings.database, settings.transport, settings.workers
    return msgspec.structs.replace(
        settings,
        database=msgspec.structs.replace(database, url=_resolved_database(database.url, folder)),
        transport=msgspec.structs.replace(transport, keys=_absolute_or_none(transport.keys, folder)),
        workers=msgspec.structs.replace(
            workers,
            exercises=_absolute_or_none(workers.exercises, folder),
            classifier=_classifier(workers.classifier, folder),
        ),
        camera=tuple(_resolved_camera(camera, folder) for camera in settings.camera),
    )


def _resolved_camera(camera: Camera, folder: Path) -> Camera:
    return msgspec.structs.replace(camera, source=resolved_source(camera.source, folder))


def resolved_source(source: Address, folder: Path) -> Address:
    """A camera's source with the path in it absolute; raises ``ConfigError`` if it is no source."""
    text = source.reveal()
    try:
        kind = source_kind(text)
    except ValueError as error:
        raise ConfigError(f"{source} {error}") from None
    if kind == "path":
        return Address(_absolute(text, folder))
    if kind == "rehearsal":
        scene, _, identity = text.removeprefix("rehearsal:").rpartition("#")
        if scene.endswith(".toml") or "/" in scene:
            return Address(f"rehearsal:{_absolute(scene, folder)}#{identity}")
    return source


def _resolved_database(url: Address, folder: Path) -> Address:
    text = url.reveal()
    if not text.startswith("sqlite:"):
        return url
    file = sqlite_file(text)
    return Address(text.replace(f"sqlite:///{file}", f"sqlite:///{_absolute(file, folder)}", 1))


def _classifier(text: str | None, folder: Path) -> str | None:
    return text if text == NO_CLASSIFIER else _absolute_or_none(text, folder)


def _absolute_or_none(text: str | None, folder: Path) -> str | None:
    return None if text is None else _absolute(text, folder)


def _absolute(text: str, folder: Path) -> str:
    path = Path(text)
    if text.startswith("~"):
        path = path.expanduser()
    return str(folder.absolute() / path)
