"""Edits the zones of a camera in gym.toml; all writing is done by ``gym_file.edit``, which checks the new text."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from core.errors import ConfigError
from core.names import shown_name
from core.toml_tables import suggestion
from spotter.gym_file import Document, edit, number_of
from spotter.gym_lines import inserted, with_value, without_table


def add_zone(path: Path, camera: str, options: Mapping[str, Any]) -> None:
    """Give a camera one more zone, ``name`` and ``polygon`` among its options.

    :raises ConfigError: if the file has problems or would then have some, or if there is no such camera
    """

    def wanted(document: Document) -> None:
        document["camera"][number_of(path, document, camera)].setdefault("zone", []).append(dict(options))

    def by_lines(text: str) -> str:
        place = number_of(path, tomllib.loads(text), camera)
        return inserted(text, ("camera", place), "[[camera.zone]]", options)

    def by_tomlkit(text: str) -> str:
        document: Any = tomlkit.parse(text)
        table = tomlkit.inline_table()
        table.update(options)
        of_camera = document["camera"][number_of(path, tomllib.loads(text), camera)]
        if "zone" in of_camera:
            of_camera["zone"].append(table)
        else:
            of_camera["zone"] = tomlkit.array()
            of_camera["zone"].append(table)
        return tomlkit.dumps(document)

    # The second way is for zones, or cameras, that stand in an array.
    edit(path, wanted, (by_lines, by_tomlkit))


def change_zone(
    path: Path, camera: str, name: str, options: Mapping[str, Any], leave_out: Collection[str] = ()
) -> None:
    """Give a zone of a camera these options, another ``name`` perhaps, and leave out others.

    :raises ConfigError: if the file has problems or would then have some, or if there is no such camera or zone
    """

    def wanted(document: Document) -> None:
        zone = _zone(path, document, camera, name)
        zone.update(options)
        for each in leave_out:
            zone.pop(each, None)

    def by_lines(text: str) -> str:
        place, number = _places(path, tomllib.loads(text), camera, name)
        table = ("camera", place, "zone", number)
        for each in leave_out:
            text = with_value(text, table, each, None, below="name")
        for each, value in reversed(list(options.items())):
            text = with_value(text, table, each, value, below="name")
        return text

    def by_tomlkit(text: str) -> str:
        document: Any = tomlkit.parse(text)
        place, number = _places(path, tomllib.loads(text), camera, name)
        zone = document["camera"][place]["zone"][number]
        zone.update(options)
        for each in leave_out:
            zone.pop(each, None)
        return tomlkit.dumps(document)

    edit(path, wanted, (by_lines, by_tomlkit))


def remove_zone(path: Path, camera: str, name: str) -> None:
    """Remove a zone of a camera with the remarks right above it; what was recorded of it stays.

    :raises ConfigError: if the file has problems, or if there is no such camera or zone
    """

    def wanted(document: Document) -> None:
        place, number = _places(path, document, camera, name)
        of_camera = document["camera"][place]
        del of_camera["zone"][number]
        if not of_camera["zone"]:
            del of_camera["zone"]

    def by_lines(text: str) -> str:
        place, number = _places(path, tomllib.loads(text), camera, name)
        return without_table(text, ("camera", place, "zone", number))

    def by_tomlkit(text: str) -> str:
        document: Any = tomlkit.parse(text)
        place, number = _places(path, tomllib.loads(text), camera, name)
        of_camera = document["camera"][place]
        del of_camera["zone"][number]
        if not of_camera["zone"]:
            del of_camera["zone"]
        return tomlkit.dumps(document)

    edit(path, wanted, (by_lines, by_tomlkit))


def _zone(path: Path, document: Document, camera: str, name: str) -> dict[str, Any]:
    place, number = _places(path, document, camera, name)
    found: dict[str, Any] = document["camera"][place]["zone"][number]
    return found


def _places(path: Path, document: Document, camera: str, name: str) -> tuple[int, int]:
    """Of the camera among cameras, and of the zone among those of the camera."""
    place = number_of(path, document, camera)
    names = [zone["name"] for zone in document["camera"][place].get("zone", ())]
    if name not in names:
        known = suggestion(name, names) if names else ""
        raise ConfigError(
            f"camera '{shown_name(camera)}' has no zone '{shown_name(name)}' in {shown_name(path)}{known}"
        )
    return place, names.index(name)
