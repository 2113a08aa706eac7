"""Edits the cameras of gym.toml for the console, and tries them in a process of their own.

All writing is done by ``gym_file`` and ``gym_zones``. Never shows a secret: a source is given without user and
password, and one that the console does not change stays as the file has it.
"""

import base64
import contextlib
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from core.config_file import load_settings, read_settings, read_text
from core.errors import ConfigError, SourceError, SpotterError
from core.secrets import Address
from core.settings import Settings
from spotter.gym_file import add_camera, camera_number, change_camera, enable_camera, remove_camera
from spotter.gym_zones import add_zone, change_zone, remove_zone
from tui.editing import CameraTrial, Options, Picture

TRIAL_S = 4.0
"""For how long a camera is measured after its first frame."""
LONGEST_TRIAL_S = 180.0
"""Loading the models, opening at its time-outs, and measuring; past that something hangs."""
_LOOK_S = 0.1
_OWN_TABLES = ("zone", "mask", "floor")
"""What is no option of the form: zones have a screen of their own, the others are drawn better with an editor."""
_PROBLEM = re.compile(r"^[^\n]*?:\d+ camera\[\d+\](?:\.([a-z_]+)[^:]*)?: (.*)$")
_ZONE_PROBLEM = re.compile(r"^[^\n]*?:\d+ camera\[\d+\]\.zone\[\d+\](?:\.([a-z_]+)[^:]*)?: (.*)$")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class FileEditor:
    """One gym.toml; what the console knows as ``GymEditor``."""

    def __init__(self, path: Path, *, trial_s: float = TRIAL_S, people: bool = True) -> None:
        self._path = path
        self._trial_s = trial_s
        self._people = people

    def settings(self) -> Settings:
        """What the file says now, secrets as ``${NAME}``; raises ``ConfigError``."""
        return load_settings(self._path, None)

    def options(self, camera: str) -> dict[str, Any]:
        """What the file says of a camera, without its zones; the source without user and password."""
        raw = self._raw(camera)
        shown = {name: value for name, value in raw.items() if name not in _OWN_TABLES}
        return shown | {"source": str(Address(str(raw.get("source", ""))))}

    def problems(self, options: Options, camera: str | None) -> dict[str, str]:
        """What would be wrong with these options, by option; ``""`` for what is about no single one."""
        try:
            taken = self._taken_ids() - {camera}
            read_settings(self._text(options, camera), "", None)
        except ConfigError as error:
            return _by_option(str(error))
        if options.get("id") in taken:
            return {"id": f"there is a camera '{options['id']}' already"}
        return {}

    def warnings(self, options: Options) -> dict[str, str]:
        """What is allowed and unwise, by option."""
        source = str(options.get("source", ""))
        if str(Address(source)) != source and "${" not in source:
            return {"source": "the password would stand in the file; write ${NAME} and set it in the environment"}
        missing = sorted({name for name in _VARIABLE.findall(source) if name not in os.environ})
        if missing:
            return {"source": f"{', '.join(missing)} is not set here: a trial needs it, and so does the running system"}
        return {}

    def add(self, options: Options) -> None:
        """Add a camera at the end of the file, which is begun if there is none."""
        add_camera(self._path, options)

    def change(self, camera: str, options: Options, leave_out: Collection[str] = ()) -> None:
        """Give a camera these options, and leave out others."""
        change_camera(self._path, camera, options, leave_out)

    def enable(self, camera: str, *, enabled: bool) -> None:
        """Pause a camera, or let it go on."""
        enable_camera(self._path, camera, enabled=enabled)

    def remove(self, camera: str) -> None:
        """Remove a camera with its zones; what was recorded of it stays."""
        remove_camera(self._path, camera)

    def zones(self, camera: str) -> list[dict[str, Any]]:
        """What the file says of a camera's zones, in its order."""
        return [dict(zone) for zone in self._raw(camera).get("zone", ())]

    def zone_problems(self, camera: str, options: Options, name: str | None) -> dict[str, str]:
        """What would be wrong with a zone, by option; ``""`` for what is about no single one."""
        try:
            known = self.zones(camera)
            place = next((at for at, zone in enumerate(known) if zone["name"] == name), len(known))
            changed = (known[place] if place < len(known) else {}) | dict(options)
            zones = [*known[:place], changed, *known[place + 1 :]]
            read_settings(self._text({"zone": zones}, camera), "", None)
        except ConfigError as error:
            return _by_option(str(error), _ZONE_PROBLEM)
        return {}

    def add_zone(self, camera: str, options: Options) -> None:
        """Add a zone behind the camera's others."""
        add_zone(self._path, camera, options)

    def change_zone(self, camera: str, name: str, options: Options, leave_out: Collection[str] = ()) -> None:
        """Give a zone these options, and leave out others."""
        change_zone(self._path, camera, name, options, leave_out)

    def remove_zone(self, camera: str, name: str) -> None:
        """Remove a zone; what was recorded of it stays."""
        remove_zone(self._path, camera, name)

    def try_out(
        self, options: Options, camera: str | None, tell: Callable[[str], None], stopped: Callable[[], bool]
    ) -> CameraTrial:
        """Open a camera for a few seconds as it would be with these options, without saving anything."""
        asked = {
            "text": self._text(options, camera),
            "folder": str(self._path.absolute().parent),
            "seconds": self._trial_s,
            "people": self._people,
        }
        for said in _said_by_child(json.dumps(asked), stopped):
            if "doing" in said:
                tell(said["doing"])
            elif "error" in said:
                raise _as_error(said)
            else:
                return _as_trial(said)
        raise SpotterError("the trial of the camera ended without an answer; try 'spotter camera test'")

    def _raw(self, camera: str) -> dict[str, Any]:
        cameras = tomllib.loads(self._readable()).get("camera", [])
        found: dict[str, Any] = cameras[camera_number([each["id"] for each in cameras], camera, self._path)]
        return found

    def _taken_ids(self) -> set[str | None]:
        return {camera.id for camera in self.settings().camera} if self._path.exists() else set()

    def _readable(self) -> str:
        """The text of the file; raises ``ConfigError`` if it has problems."""
        self.settings()
        return read_text(self._path)

    def _text(self, options: Options, camera: str | None) -> str:
        """A gym.toml with this camera alone, and what the workers are told."""
        document: dict[str, Any] = {}
        if self._path.exists():
            workers = tomllib.loads(self._readable()).get("workers")
            document = {"workers": workers} if workers else {}
        before = self._raw(camera) if camera is not None else {}
        return tomlkit.dumps({**document, "camera": [before | dict(options)]})


def _by_option(told: str, pattern: re.Pattern[str] = _PROBLEM) -> dict[str, str]:
    """Problems as the reader of the file tells them, the first of each option."""
    problems: dict[str, str] = {}
    for line in told.splitlines():
        found = pattern.match(line)
        if found is None:
            problems.setdefault("", line)
        elif found[1] is None:
            missing = re.match(r"'([a-z_]+)' is missing", found[2])
            problems.setdefault(missing[1] if missing else "", "must not be empty" if missing else found[2])
        else:
            problems.setdefault(found[1], found[2])
    return problems


# The trial ----------------------------------------------------------------------------------------------------------


def _said_by_child(asked: str, stopped: Callable[[], bool]) -> Iterator[Mapping[str, Any]]:
    """Start a trial and give what it says, line by line; the process is gone when this ends."""
    child = subprocess.Popen(
        [sys.executable, "-m", "spotter.trial_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a Ctrl-C is the console's
    )
    lines: queue.Queue[str] = queue.Queue(maxsize=100)
    reader = threading.Thread(target=_read_on, args=(child, lines), name="trial", daemon=True)
    reader.start()
    try:
        _write(child, asked)
        deadline_s = time.monotonic() + LONGEST_TRIAL_S
        while True:
            if stopped():
                raise SpotterError("the trial was stopped")
            if time.monotonic() > deadline_s:
                raise SourceError("time-out", f"the trial did not end within {LONGEST_TRIAL_S:.0f} s and was given up")
            try:
                line = lines.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if not line:
                return
            yield json.loads(line)
    finally:
        child.kill()
        child.wait(5.0)
        reader.join(5.0)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _write(child: "subprocess.Popen[str]", asked: str) -> None:
    """Ask; the input stays open, as the child ends with it."""
    if child.stdin is not None:
        with contextlib.suppress(OSError):  # a child that is dead already says nothing, which is told then
            child.stdin.write(asked + "\n")
            child.stdin.flush()


def _read_on(child: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
    if child.stdout is not None:
        for line in child.stdout:
            if line.startswith("{"):
                lines.put(line)
    lines.put("")


def _as_error(said: Mapping[str, Any]) -> SpotterError:
    if said["reason"]:
        return SourceError(said["reason"], said["error"])
    problems = _by_option(said["error"])
    return ConfigError("; ".join(f"{name}: {text}" if name else text for name, text in problems.items()))


def _as_trial(said: Mapping[str, Any]) -> CameraTrial:
    trial, picture = said["trial"], said["picture"]
    return CameraTrial(
        width=trial["width"],
        height=trial["height"],
        frames_per_second=trial["frames_per_second"],
        first_frame_after_s=trial["first_frame_after_s"],
        delay_s=trial["delay_s"],
        people=trial["people"],
        people_trouble=said["people_trouble"],
        dropped=trial["dropped"],
        picture=Picture(picture["width"], picture["height"], base64.b64decode(picture["rgb"])),
    )
