"""Edits gym.toml as a person would: remarks, order and line breaks stay, and only a file without problems is written.

The only writer of gym.toml. An edit is made on the text, then checked twice: the new text says exactly what the old one
said plus the edit, and it has no problem. Secrets are not needed to edit, so the environment is not asked.
"""

import copy
import fcntl
import os
import re
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.exceptions

from core.config_file import read_settings, read_text
from core.errors import ConfigError
from core.names import shown_name
from core.toml_lines import toml_lines
from core.toml_tables import suggestion
from spotter.replacing import ReplacingFile, output_errors

Document = dict[str, Any]
Way = Callable[[str], str]
"""Makes the new text of the old one; may fail with any of ``_NO_WAY``."""

HEADER = """\
# What Spotter is told of this gym. All options: docs/configuration.md; check it with: spotter config check
# Secrets come from the environment: source = "rtsp://${RACKS_USER}:${RACKS_PASSWORD}@10.0.0.21/stream2"

[gym]
name = "Gym"
timezone = "UTC"  # such as "Europe/Berlin"
"""
"""How a new file begins."""
LOCK_WAIT_S = 5.0
_LOCK_LOOK_S = 0.05
_NO_WAY = (ValueError, LookupError, TypeError, AttributeError, tomlkit.exceptions.TOMLKitError)


def add_camera(path: Path, options: Mapping[str, Any]) -> None:
    """Add a camera with these options, ``id`` and ``source`` among them, at the end of the file; begins a new file.

    :raises ConfigError: if the file has problems or would then have some, or if there is a camera of this id
    """

    def wanted(document: Document) -> None:
        if any(camera.get("id") == options["id"] for camera in document.get("camera", ())):
            raise ConfigError(f"there is a camera '{options['id']}' already in {shown_name(path)}; remove it first")
        document.setdefault("camera", []).append(dict(options))

    ways = (lambda text: _appended(text, options), lambda text: _appended_by_tomlkit(text, options))
    _edit(path, wanted, ways, begins=True)


def remove_camera(path: Path, identity: str) -> None:
    """Remove a camera with its zones and the remarks right above it.

    :raises ConfigError: if the file has problems, or if there is no such camera
    """

    def wanted(document: Document) -> None:
        del document["camera"][_number(path, document, identity)]
        if not document["camera"]:
            del document["camera"]

    def by_lines(text: str) -> str:
        return _without_camera(text, _number(path, tomllib.loads(text), identity))

    def by_tomlkit(text: str) -> str:
        document = tomlkit.parse(text)
        cameras: Any = document["camera"]
        del cameras[_number(path, tomllib.loads(text), identity)]
        if not cameras:
            del document["camera"]
        return tomlkit.dumps(document)

    _edit(path, wanted, (by_lines, by_tomlkit))


def enable_camera(path: Path, identity: str, *, enabled: bool) -> None:
    """Pause a camera or let it go on.

    :raises ConfigError: if the file has problems, or if there is no such camera
    """

    def wanted(document: Document) -> None:
        document["camera"][_number(path, document, identity)]["enabled"] = enabled

    def by_lines(text: str) -> str:
        return _with_line(text, _number(path, tomllib.loads(text), identity), f"enabled = {str(enabled).lower()}")

    def by_tomlkit(text: str) -> str:
        document: Any = tomlkit.parse(text)
        document["camera"][_number(path, tomllib.loads(text), identity)]["enabled"] = enabled
        return tomlkit.dumps(document)

    # A new key would come after the remarks at the end of the camera, which are about what follows it; so that
    # is left to the second way, for cameras that stand in an array.
    _edit(path, wanted, (by_lines, by_tomlkit))


def change_camera(path: Path, identity: str, options: Mapping[str, Any], leave_out: Collection[str] = ()) -> None:
    """Give a camera these options and leave out others, whose remarks on the same line go with them.

    :raises ConfigError: if the file has problems or would then have some, or if there is no such camera
    """

    def wanted(document: Document) -> None:
        camera = document["camera"][_number(path, document, identity)]
        camera.update(options)
        for name in leave_out:
            camera.pop(name, None)

    def by_lines(text: str) -> str:
        number = _number(path, tomllib.loads(text), identity)
        for name in leave_out:
            text = _with_value(text, number, name, None)
        for name, value in reversed(list(options.items())):
            text = _with_value(text, number, name, value)
        return text

    def by_tomlkit(text: str) -> str:
        document: Any = tomlkit.parse(text)
        camera = document["camera"][_number(path, tomllib.loads(text), identity)]
        camera.update(options)
        for name in leave_out:
            camera.pop(name, None)
        return tomlkit.dumps(document)

    # The second way is for cameras that stand in an array; it may move tables that lie between cameras.
    _edit(path, wanted, (by_lines, by_tomlkit))


def camera_number(known: Sequence[str], identity: str, path: Path) -> int:
    """The place of an id among those of a file; raises ``ConfigError`` that names the nearest if it has no such."""
    if identity in known:
        return known.index(identity)
    if not known:
        raise ConfigError(f"there is no camera in {shown_name(path)}; add one with: spotter camera add ID SOURCE")
    raise ConfigError(f"there is no camera '{shown_name(identity)}' in {shown_name(path)}{suggestion(identity, known)}")


def _number(path: Path, document: Document, identity: str) -> int:
    return camera_number([camera["id"] for camera in document.get("camera", ())], identity, path)


# The edit -----------------------------------------------------------------------------------------------------------


def _edit(path: Path, wanted: Callable[[Document], None], ways: Sequence[Way], *, begins: bool = False) -> None:
    """Make an edit by the first way that says exactly what is wanted, and write it; ``begins`` a file if there is none.

    Nothing is written if the file says so already.
    """
    target = path.resolve()  # what a link points to is replaced, not the link
    with _locked(target):
        is_new = begins and not target.exists()
        old = HEADER if is_new else read_text(path)
        _refuse(old, path, "has problems already; mend them first")
        expected = copy.deepcopy(tomllib.loads(old))
        wanted(expected)
        if expected == tomllib.loads(old):
            return
        new = _made(old, expected, ways)
        if new is None:
            raise ConfigError(f"{shown_name(path)}: is written in a way that cannot be edited safely; edit it by hand")
        _refuse(new, path, "stays as it is; with this edit it would have problems")
        if not is_new and read_text(path) != old:
            raise ConfigError(f"{shown_name(path)}: was changed by somebody else just now; try again")
        _write(target, new, is_new=is_new)


def _made(old: str, expected: Document, ways: Sequence[Way]) -> str | None:
    line_break = "\r\n" if "\r\n" in old else "\n"
    for way in ways:
        try:
            new = way(old.replace("\r\n", "\n")).replace("\n", line_break)
            if tomllib.loads(new) == expected:
                return new
        except _NO_WAY:
            # Whatever a way stumbles over, the next one is tried, and without any the file stays as it is.
            continue
    return None


def _refuse(text: str, path: Path, verdict: str) -> None:
    try:
        read_settings(text, shown_name(path), None)
    except ConfigError as error:
        raise ConfigError(f"{shown_name(path)} {verdict}:\n{error}") from None


def _write(target: Path, text: str, *, is_new: bool) -> None:
    replacing = ReplacingFile(target)
    try:
        with output_errors(target), replacing.path.open("wb") as file:
            file.write(_byte_order_mark(target, is_new=is_new) + text.encode("utf-8"))
            # A power cut right after the edit must not leave a gym without settings.
            file.flush()
            os.fsync(file.fileno())
        replacing.commit(None if is_new else target.stat())
    finally:
        replacing.discard()


def _byte_order_mark(target: Path, *, is_new: bool) -> bytes:
    mark = b"\xef\xbb\xbf"
    return mark if not is_new and target.read_bytes().startswith(mark) else b""


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Keep other editors of ours out, by a lock on the file itself, or on its folder while there is no file."""
    deadline_s = time.monotonic() + LOCK_WAIT_S
    with output_errors(target):
        while True:
            place = target if target.exists() else target.parent
            number = os.open(place, os.O_RDONLY)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_still(place, target, number):
                    break
            except BlockingIOError:
                pass
            except BaseException:
                os.close(number)
                raise
            os.close(number)
            if time.monotonic() > deadline_s:
                raise ConfigError(f"{shown_name(target)}: another command edits it; try again")
            time.sleep(_LOCK_LOOK_S)
    try:
        yield
    finally:
        os.close(number)


def _is_still(place: Path, target: Path, number: int) -> bool:
    """Whether the locked file is still the one of that name: an edit puts another in its place."""
    held = os.fstat(number)
    now = place.stat() if place.exists() else None
    is_same = now is not None and (held.st_dev, held.st_ino) == (now.st_dev, now.st_ino)
    return is_same and (place == target) == target.exists()


# Ways ---------------------------------------------------------------------------------------------------------------


def _appended(text: str, options: Mapping[str, Any]) -> str:
    lines = [f"{name} = {tomlkit.item(value).as_string()}" for name, value in options.items()]
    before = text.rstrip("\n")
    return (f"{before}\n\n" if before else "") + "\n".join(["[[camera]]", *lines, ""])


def _appended_by_tomlkit(text: str, options: Mapping[str, Any]) -> str:
    """For cameras that stand in an array."""
    document: Any = tomlkit.parse(text)
    table = tomlkit.inline_table()
    table.update(options)
    document["camera"].append(table)
    return tomlkit.dumps(document)


def _without_camera(text: str, number: int) -> str:
    """Leave out the lines of a camera, from the remarks right above it to those of what follows."""
    found = toml_lines(text)
    lines = text.split("\n")
    start = found["camera", number]
    after = [line for path, line in found.items() if path[:2] != ("camera", number) and line > start]
    end = min(after, default=len(lines) + 1)
    first, last = _with_remarks(lines, start), _with_remarks(lines, end) if after else len(lines) + 1
    kept = lines[: first - 1] + lines[last - 1 :]
    return "\n".join(kept).rstrip("\n") + "\n"


def _with_remarks(lines: Sequence[str], line: int) -> int:
    """The first line, from 1, of the remarks right above a line; those at the top of the file are about all of it."""
    first = line
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return line if first == 1 else first


def _with_line(text: str, number: int, line: str) -> str:
    """Put a line in the place of the camera's own of that key, before its remark; else right below its source."""
    found = toml_lines(text)
    lines = text.split("\n")
    key = line.split(" ", 1)[0]
    own = found.get(("camera", number, key))
    if own is None:
        return _below_source(text, number, line)
    lines[own - 1] = re.sub(rf"\b{key}\s*=\s*(true|false)", line, lines[own - 1], count=1)
    return "\n".join(lines)


def _below_source(text: str, number: int, line: str) -> str:
    """Put a line right below the camera's source."""
    lines = text.split("\n")
    at = toml_lines(text)["camera", number, "source"]
    end = _last_line(lines, at)
    indent = lines[at - 1][: len(lines[at - 1]) - len(lines[at - 1].lstrip())]
    return "\n".join([*lines[:end], indent + line, *lines[end:]])


def _with_value(text: str, number: int, key: str, value: object | None) -> str:
    """Give a camera's key a value, before its remark, below the source if the key is new; None leaves it out."""
    own = toml_lines(text).get(("camera", number, key))
    if own is None:
        return text if value is None else _below_source(text, number, f"{key} = {tomlkit.item(value).as_string()}")
    lines = text.split("\n")
    end = _last_line(lines, own)
    pair = tomlkit.parse("\n".join(lines[own - 1 : end]))
    if value is None:
        return "\n".join(lines[: own - 1] + lines[end:])
    pair[key] = value
    return "\n".join([*lines[: own - 1], tomlkit.dumps(pair), *lines[end:]])


def _last_line(lines: Sequence[str], first: int) -> int:
    """The line on which the value of the key on a line ends; raises ``LookupError`` if the key is not alone there."""
    for last in range(first, len(lines) + 1):
        if _is_toml("\n".join(lines[first - 1 : last])):
            return last
    raise LookupError(f"line {first} is no pair of its own")


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
