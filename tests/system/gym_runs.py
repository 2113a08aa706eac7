"""A whole gym, run as a user runs it: ``spotter run --headless`` on a folder, watched through Redis and SQL.

What disturbs it (signals, edits, a Redis that is stopped) is done by the tests; what is compared is the database.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy

from aggregator.database import open_engine
from core.errors import StoreError
from core.messages import AggregatorHeartbeat, AnyHeartbeat, IngestHeartbeat, WorkerHeartbeat
from core.secrets import Address
from core.store import Store
from spotter.places import places_of

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

SCENE = """
[scene]
title = "Two people who train beside each other"
duration = "31s"
seed = 5

[floor]
size = [7.0, 6.0]
door = [0.4, 3.0]

[[camera]]
id = "front"
position = [3.5, 0.2, 1.7]
look_at = [3.5, 4.0, 0.9]
field_of_view = 66
size = [480, 360]
fps = 12

[[person]]
name = "Ada"
height = 1.69
colours = { skin = "tan", hair = "black", shirt = "teal", shorts = "navy", shoes = "white" }
start = [2.4, 3.9]
facing = 165
script = [
  { rest = "1.5s", facing = 165 },
  { exercise = "squat", reps = 5, tempo = "2.3s", facing = 165 },
  { rest = "9s", facing = 165 },
  { exercise = "squat", reps = 3, tempo = "2.3s", facing = 165 },
]

[[person]]
name = "Ben"
height = 1.82
colours = { skin = "fair", hair = "brown", shirt = "maroon", shorts = "grey", shoes = "black" }
start = [4.6, 3.9]
facing = 190
script = [
  { rest = "2s", facing = 190 },
  { exercise = "lateral_raise", reps = 8, tempo = "2.3s", facing = 190 },
]
"""
DURATION_S = 31.0

NOT_THERE = ("no such table", "locked", "does not exist", "connection failed", "not a database", "unable to open")
"""What a database says that has nothing to tell yet, or now."""

Amounts = list[tuple[str, int]]
"""Exercise and repetitions of every set, sorted."""


def spotter(*arguments: str, cwd: Path, within_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "spotter", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=within_s
    )


def record_pair(folder: Path) -> Path:
    """Draw the scene above, once; gives the recording of its camera."""
    (folder / "pair.toml").write_text(SCENE)
    ran = spotter("rehearse", "pair.toml", "--out", "drawn", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return folder / "drawn" / "front.mp4"


def analyzed(clip: Path) -> Amounts:
    """What the analysis of the recording gives, undisturbed and at its own pace."""
    ran = spotter("analyze", clip.name, "--json", cwd=clip.parent)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    clips = told.get("clips", [told])
    sets = [each for one in clips for person in one["people"] for each in person["sets"]]
    return sorted((each["exercise"], counted(each)) for each in sets)


def counted(told: dict[str, Any]) -> int:
    """Repetitions beyond doubt of a set in the JSON document."""
    reps = told["reps"]
    return reps if isinstance(reps, int) else sum(not rep.get("tentative", False) for rep in reps)


def clip_camera(clip: Path | str, identity: str = "front", **more: str) -> str:
    """A camera of gym.toml that plays the recording once."""
    options = {"loop": "false", **more}
    return "\n".join(
        [
            "[[camera]]",
            f'id = "{identity}"',
            f'source = "{clip}"',
            *(f"{key} = {value}" for key, value in options.items()),
        ]
    )


class GymRun:
    """One ``spotter run --headless`` and the eyes on it; a context manager that leaves nothing running."""

    def __init__(
        self,
        folder: Path,
        config: str,
        *arguments: str,
        redis: Address | None = None,
        database: Address | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Writes gym.toml; ``redis`` and ``database`` are where to look, if not where the config's defaults are."""
        self.folder = folder
        self.config = folder / "gym.toml"
        self.config.write_text(config)
        self.places = places_of(self.config)
        self.arguments = arguments
        self.redis = redis or Address(f"unix://{self.places.redis_socket}")
        self.store = Store(self.redis)
        self.database = database or Address(f"sqlite:///{folder / 'gym.db'}")
        self._environment = environment or {}
        self._log = folder / "run.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._family: set[psutil.Process] = set()

    def __enter__(self) -> "GymRun":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            if self.is_running:
                self.stop()
        finally:
            self._kill_all()
            self.store.close()

    @property
    def is_running(self) -> bool:
        """Whether the supervisor lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The supervisor."""
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Start the system."""
        command = [sys.executable, "-m", "spotter", "run", "--headless", "-c", str(self.config), *self.arguments]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env={**ENVIRONMENT, **self._environment}, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def stop(self, signal_number: int = signal.SIGINT) -> tuple[int, float]:
        """Ask it to stop; its exit status, and the seconds that it took."""
        self.family()
        start_s = time.monotonic()
        self.process.send_signal(signal_number)
        code = self.process.wait(15)
        return code, time.monotonic() - start_s

    def family(self) -> set[psutil.Process]:
        """The supervisor and all that it ever started, as far as seen."""
        if self.is_running:
            parent = psutil.Process(self.process.pid)
            self._family |= {parent, *parent.children(recursive=True)}
        return self._family

    def left_over(self) -> list[str]:
        """What of it still runs."""
        return [" ".join(each.cmdline()) for each in self._family if each.is_running() and each.status() != "zombie"]

    def _kill_all(self) -> None:
        for each in self.family():
            try:
                each.resume()
                each.kill()
            except psutil.NoSuchProcess:
                continue

    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(errors="replace")

    # What it says

    def heartbeats(self) -> dict[str, AnyHeartbeat]:
        """The newest of every process; none while Redis is away."""
        try:
            return self.store.processes()
        except StoreError:
            return {}

    def worker(self, name: str = "worker:1") -> WorkerHeartbeat | None:
        """A worker's heartbeat."""
        beat = self.heartbeats().get(name)
        return beat if isinstance(beat, WorkerHeartbeat) else None

    def camera(self, identity: str = "front") -> IngestHeartbeat | None:
        """A camera's heartbeat."""
        beat = self.heartbeats().get(f"ingest:{identity}")
        return beat if isinstance(beat, IngestHeartbeat) else None

    def aggregator(self) -> AggregatorHeartbeat | None:
        """The aggregator's heartbeat."""
        found = [beat for beat in self.heartbeats().values() if isinstance(beat, AggregatorHeartbeat)]
        return max(found, key=lambda beat: beat.beat_utc_ns, default=None)

    def owner(self, camera: str = "front") -> str:
        """Name of the worker that holds a camera; empty if none does."""
        try:
            lease = self.store.leases([camera]).get(camera)
        except StoreError:
            return ""
        return lease.sender if lease is not None else ""

    def token(self, camera: str = "front") -> int:
        """Number of a camera's lease, which grows with every owner; 0 while nobody has it."""
        try:
            lease = self.store.leases([camera]).get(camera)
        except StoreError:
            return 0
        return lease.token if lease is not None else 0

    def pid(self, name: str) -> int:
        """Process id by the process's name."""
        return self.wait(lambda: getattr(self.heartbeats().get(name), "pid", 0), 20, f"{name} beats")

    # What it has stored

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database; nothing while there is none."""
        engine = open_engine(self.database)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(sqlalchemy.text(statement))]
        except sqlalchemy.exc.DBAPIError as error:
            if any(text in str(error) for text in NOT_THERE):
                return []
            raise
        finally:
            engine.dispose()

    def amounts(self) -> Amounts:
        """Exercise and repetitions of every stored set, sorted."""
        return sorted((exercise, reps) for exercise, reps in self.rows("select exercise, reps from sets"))

    def reps(self) -> int:
        """Repetitions that are stored."""
        return sum(reps for _, reps in self.amounts())

    def is_settled(self) -> bool:
        """Whether everything that was seen is stored: no set is open, nothing waits."""
        beat = self.aggregator()
        if beat is None or beat.waiting:
            return False
        ended = self.rows("select count(*) from tracks where ended_at is not null")
        running = self.rows("select count(*) from tracks where ended_at is null")
        still_open = self.rows("select count(*) from sets where open")
        return bool(ended and ended[0][0]) and running[0][0] == 0 and still_open[0][0] == 0

    def wait(self, asked: Callable[[], Any], within_s: float, what: str) -> Any:  # what was asked for
        """Ask until the answer is true; fails with the log if it never is."""
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s:
            answer = asked()
            if answer:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"not within {within_s:g} s: {what}\n{self.log()[-6000:]}")

    def finish(self, within_s: float = DURATION_S + 40) -> Amounts:
        """Wait until the recording is over and all of it stored."""
        self.wait(lambda: getattr(self.camera(), "camera_state", "") == "ended", within_s, "the recording ends")
        self.wait(self.is_settled, 25, "everything is stored")
        return self.amounts()
