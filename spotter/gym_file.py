"""Edits gym.toml as a person would: remarks, order and line breaks stay, and only a file without problems is written.

The only writer of gym.toml; ``gym_zones`` edits zones through its ``edit``. An edit is made on the text, then checked
twice: the new text says exactly what the old one said plus the edit, and it has no problem. Secrets are not needed to
edit, so the environment is not asked.
"""

import copy
import fcntl
import os
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
from core.toml_tables import suggestion
from spotter.gym_lines import appended, with_flag, with_value, without_table
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

    ways = (lambda text: appended(text, "[[camera]]", options), lambda text: _appended_by_tomlkit(text, options))
    edit(path, wanted, ways, begins=True)


def remove_camera(path: Path, identity: str) -> None:
    """Remove a camera with its zones and the remarks right above it.

    :raises ConfigError: if the file has problems, or if there is no such camera
    """

    def wanted(document: Document) -> None:
        del document["camera"][number_of(path, document, identity)]
        if not document["camera"]:
            del document["camera"]

    def by_lines(text: str) -> str:
        return without_table(text, ("camera", number_of(path, tomllib.loads(text), identity)))

    def by_tomlkit(text: str) -> str:
        document = tomlkit.parse(text)
        cameras: Any = document["camera"]
        del cameras[number_of(path, tomllib.loads(text), identity)]
        if not cameras:
            del document["camera"]
        return tomlkit.dumps(document)

    edit(path, wanted, (by_lines, by_tomlkit))


def enable_camera(path: Path, identity: str, *, enabled: bool) -> None:
    """Pause a camera or let it go on.

    :raises ConfigError: if the file has problems, or if there is no such camera
    """

    def wanted(document: Document) -> None:
        document["camera"][number_of(path, document, identity)]["enabled"] = enabled

    def by_lines(text: str) -> str:
        camera = ("camera", number_of(path, tomllib.loads(text), identity))
        return with_flag(text, camera, "enabled", value=enabled, below="source")

    def by_tomlkit(text: str) -> str:
        document: Any = tomlkit.parse(text)
        document["camera"][number_of(path, tomllib.loads(text), identity)]["enabled"] = enabled
        return tomlkit.dumps(document)

    # A new key would come after the remarks at the end of the camera, which are about what follows it; so that
    # is left to the second way, for cameras that stand in an array.
    edit(path, wanted, (by_lines, by_tomlkit))


def change_camera(path: Path, identity: str, options: Mapping[str, Any], leave_out: Collection[str] = ()) -> None:
    """Give a camera these options and leave out others, whose remarks on the same line go with them.

    :raises ConfigError: if the file has problems or would then have some, or if there is no such camera
    """

    def wanted(document: Document) -> None:
        camera = document["camera"][number_of(path, document, identity)]
        camera.update(options)
        for name in leave_out:
            camera.pop(name, None)

    def by_lines(text: str) -> str:
        camera = ("camera", number_of(path, tomllib.loads(text), identity))
        for name in leave_out:
            text = with_value(text, camera, name, None, below="source")
        for name, value in reversed(list(options.items())):
            text = with_value(text, camera, name, value, below="source")
        return text

    def by_tomlkit(text: str) -> str:
        document: Any = tomlkit.parse(text)
        camera = document["camera"][number_of(path, tomllib.loads(text), identity)]
        camera.update(options)
        for name in leave_out:
            camera.pop(name, None)
        return tomlkit.dumps(document)

    # The second way is for cameras that stand in an array; it may move tables that lie between cameras.
    edit(path, wanted, (by_lines, by_tomlkit))


def camera_number(known: Sequence[str], identity: str, path: Path) -> int:
    """The place of an id among those of a file; raises ``ConfigError`` that names the nearest if it has no such."""
    if identity in known:
        return known.index(identity)
    if not known:
        raise ConfigError(f"there is no camera in {shown_name(path)}; add one with: spotter camera add ID SOURCE")
    raise ConfigError(f"there is no camera '{shown_name(identity)}' in {shown_name(path)}{suggestion(identity, known)}")


def number_of(path: Path, document: Document, identity: str) -> int:
    """The place of a camera in a document as ``tomllib`` reads it; raises ``ConfigError`` if there is no such."""
    return camera_number([camera["id"] for camera in document.get("camera", ())], identity, path)


# The edit -----------------------------------------------------------------------------------------------------------


def edit(path: Path, wanted: Callable[[Document], None], ways: Sequence[Way], *, begins: bool = False) -> None:
    """Make an edit by the first way that says exactly what is wanted, and write it; ``begins`` a file if there is none.

    Nothing is written if the file says so already.

    :raises ConfigError: if the file has problems or would then have some, or if no way says what is wanted
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


def _appended_by_tomlkit(text: str, options: Mapping[str, Any]) -> str:
    """For cameras that stand in an array."""
    document: Any = tomlkit.parse(text)
    table = tomlkit.inline_table()
    table.update(options)
    document["camera"].append(table)
    return tomlkit.dumps(document)
