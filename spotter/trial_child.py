"""The process in which the console tries a camera; so a camera that hangs, and the models, never touch the console.

Reads one line of JSON with the text of a gym.toml that holds one camera, and writes lines of JSON: what is being done,
and at last what was seen, with one small picture. Ends when its input ends, as whoever asked is then gone. Secrets come
by that input and the environment, never by arguments. Nothing is stored.
"""

import base64
import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.config_file import read_settings, resolved
from core.errors import ExitCode, SourceError, SpotterError
from core.frame import Frame
from core.settings import Camera, Workers
from ingest.masks import Masks
from spotter.camera_trial import open_people_finder, try_camera
from workers.people.finder import PeopleFinder

PICTURE_WIDTH = 240
"""Widest picture in pixels: what half-blocks of a wall screen can show."""


def main() -> int:
    """Try the camera and say what was seen."""
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, name="input", daemon=True).start()
    try:
        settings = resolved(read_settings(asked["text"], "camera", os.environ), Path(asked["folder"]))
        _say(_tried(settings.camera[0], settings.workers, asked["seconds"], people=asked["people"]))
    except SpotterError as error:
        _say({"error": str(error), "reason": error.reason if isinstance(error, SourceError) else ""})
    return ExitCode.FINE


def _tried(camera: Camera, workers: Workers, seconds: float, *, people: bool) -> dict[str, Any]:
    finder, trouble = _finder(workers) if people else (None, "")
    newest: list[Frame] = []

    def take(frame: Frame) -> None:
        newest[:] = [frame]

    _say({"doing": "opening the camera"})
    try:
        trial = try_camera(camera, seconds, finder, take)
    finally:
        if finder is not None:
            finder.close()
    return {"trial": asdict(trial), "people_trouble": trouble, "picture": picture_of(newest[-1].pixels, camera)}


def _finder(workers: Workers) -> tuple[PeopleFinder | None, str]:
    _say({"doing": "loading what finds people"})
    try:
        return open_people_finder(workers), ""
    except SpotterError as error:
        return None, str(error)  # the camera can be judged without


def picture_of(pixels: NDArray[np.uint8], camera: Camera) -> dict[str, Any]:
    """A frame (height, width, 3) BGR made small, with the camera's masks blackened, as JSON can hold it."""
    shown = np.array(pixels)
    Masks(camera.mask).blacken(shown)
    height, width = shown.shape[:2]
    scale = min(1.0, PICTURE_WIDTH / width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.cvtColor(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    return {"width": size[0], "height": size[1], "rgb": base64.b64encode(small.tobytes()).decode()}


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
