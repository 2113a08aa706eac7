"""The whole system as ``spotter run`` starts it, on recordings of a drawn gym, for benchmarks that watch it run."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import OutOfReachError, StoreError
from core.messages import IngestHeartbeat
from core.secrets import Address
from core.store import Store
from spotter.places import places_of

READY_WITHIN_S = 60.0
SCENE = """
[scene]
title = "Two people who train beside each other"
duration = "30s"
seed = 5

[floor]
size = [7.0, 6.0]
door = [0.4, 3.0]

[[camera]]
id = "front"
position = [3.5, 0.2, 1.7]
look_at = [3.5, 4.0, 0.9]
field_of_view = 66
size = [640, 480]
fps = 12
{people}"""
PEOPLE = """
[[person]]
name = "Ada"
start = [2.4, 3.9]
facing = 165
script = [{ exercise = "squat", reps = 12, tempo = "2.4s", facing = 165 }]

[[person]]
name = "Ben"
start = [4.6, 3.9]
facing = 190
script = [{ exercise = "lateral_raise", reps = 12, tempo = "2.4s", facing = 190 }]
"""


@dataclass(frozen=True, slots=True)
class RunningGym:
    """What a benchmark sees of it."""

    store: Store
    supervisor: "subprocess.Popen[bytes]"
    redis: Address


def drawn_clip(folder: Path, *, people: bool) -> Path:
    """Record 30 s of a drawn room at 640x480 and 12 frames/s, with two people who train or with nobody."""
    name = "pair" if people else "empty"
    (folder / f"{name}.toml").write_text(SCENE.format(people=PEOPLE if people else ""), encoding="utf-8")
    command = [sys.executable, "-m", "spotter", "rehearse", f"{name}.toml", "--out", name]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / name / "front.mp4"


@contextmanager
def running_gym(folder: Path, clips: list[Path], workers: int) -> Iterator[RunningGym]:
    """Start one camera for each recording, looped, and end everything afterwards.

    Raises ``OutOfReachError`` with the end of the log if the cameras are not online in time.
    """
    folder.mkdir(parents=True)
    cameras = "".join(f'[[camera]]\nid = "cam-{at}"\nsource = "{clip}"\n' for at, clip in enumerate(clips, 1))
    config = folder / "gym.toml"
    config.write_text(f"[workers]\ncount = {workers}\n{cameras}", encoding="utf-8")
    address = Address(f"unix://{places_of(config).redis_socket}")
    command = [sys.executable, "-m", "spotter", "run", "--headless", "--log-level", "WARNING", "-c", str(config)]
    log = folder / "run.log"
    with log.open("wb") as written:
        supervisor = subprocess.Popen(
            command, stdout=written, stderr=written, env={**os.environ, "OMP_NUM_THREADS": "1"}, start_new_session=True
        )
    store = Store(address)
    try:
        _wait_until_online(store, len(clips), supervisor, log)
        yield RunningGym(store, supervisor, address)
    finally:
        store.close()
        supervisor.terminate()
        supervisor.wait(15)


def _wait_until_online(store: Store, cameras: int, supervisor: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline_s and supervisor.poll() is None:
        try:
            beats = list(store.processes().values())
        except StoreError:
            beats = []
        online = [b for b in beats if isinstance(b, IngestHeartbeat) and b.camera_state == "online"]
        if len(online) == cameras:
            return
        time.sleep(0.2)
    raise OutOfReachError(f"the gym does not start: {log.read_text(errors='replace')[-400:]}")
