"""What the console costs and how fast it answers: ``python -m benchmarks.bench_console``.

A made-up gym is written into a real Redis as the aggregator writes it; the real console runs in a real
pseudo-terminal. CPU and memory are those of its process, a key's latency is from the key to the words that it brings.
``--minutes 30`` looks whether its memory stays flat; what times its turns in there keeps nothing that grows.
"""

import argparse
import fcntl
import json
import math
import multiprocessing
import os
import platform
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from core.clock import utc_ns
from core.messages import (
    AggregatorHeartbeat,
    CameraLoad,
    IngestHeartbeat,
    LiveCamera,
    LiveFloor,
    LivePerson,
    Observation,
    ObservedPerson,
    TrackRef,
    WorkerHeartbeat,
)
from core.secrets import Address
from core.store import Store
from spotter.redis_server import find_redis_server, server_address, server_command, stop_server, wait_until_ready

BODY = {
    0: (0.0, 0.06), 7: (0.03, 0.07), 8: (-0.03, 0.07), 11: (0.11, 0.2), 12: (-0.11, 0.2), 13: (0.15, 0.36),
    14: (-0.15, 0.36), 15: (0.16, 0.5), 16: (-0.16, 0.5), 23: (0.07, 0.52), 24: (-0.07, 0.52), 25: (0.08, 0.74),
    26: (-0.08, 0.74), 27: (0.08, 0.95), 28: (-0.08, 0.95), 31: (0.12, 0.98), 32: (-0.12, 0.98),
}  # fmt: skip
"""x from the middle and y from the top of a body of height 1, by landmark."""
EXERCISES = ("squat", "deadlift", "bench_press", "biceps_curl")
SORTS = ("place", "exercise", "reps", "set", "tempo", "seen", "form", "person")
"""Titles of the columns that the key ``s`` goes through."""
LONG_TURN_MS = 10.0
"""A key that comes meanwhile waits noticeably."""
MOST_BYTES = 4_000_000
"""Kept of what was drawn: half a minute."""
MEMORY_LOOKS = 10
TOLD_MEANWHILE_FROM_S = 300.0
ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_]|\][^\x07]*\x07)")


class MadeUpGym:
    """Writes a gym's live state at a camera's pace; everybody moves in every frame."""

    def __init__(self, address: Address, cameras: int, people: int, seen_by: int, fps: float) -> None:
        self._store = Store(address)
        self._names = [f"cam{number}" for number in range(1, cameras + 1)]
        self._people = people
        self._seen_by = min(seen_by, cameras)
        self._fps = fps
        self._started_utc_ns = utc_ns()

    def config(self) -> str:
        """The gym.toml of this gym."""
        return "".join(f'[[camera]]\nid = "{name}"\nsource = "usb:{at}"\n' for at, name in enumerate(self._names))

    def go_on(self) -> None:
        """Live until the process is ended."""
        step, begun_s = 0, time.monotonic()
        while True:
            now = utc_ns()
            self._store.show([self._camera(name, step, now) for name in self._names])
            if step % max(round(self._fps / 2), 1) == 0:
                people = tuple(self._person(person, step, now) for person in range(self._people))
                floor = LiveFloor(
                    sender="aggregator", at_utc_ns=now, started_utc_ns=self._started_utc_ns, people=people
                )
                self._store.show([floor])
            if step % max(round(self._fps), 1) == 0:
                self._beat(now)
            step += 1
            time.sleep(max(begun_s + step / self._fps - time.monotonic(), 0.0))

    def _camera(self, name: str, step: int, now: int) -> LiveCamera:
        place = self._names.index(name)
        here = [p for p in range(self._people) if (place - p) % len(self._names) < self._seen_by]
        seen = tuple(self._seen(person, order / max(len(here), 1), step) for order, person in enumerate(here))
        observation = Observation(
            sender="worker:1", camera=name, epoch="e", boot="b", sequence=step, captured_ns=now, captured_utc_ns=now,
            width=640, height=480, people=seen, cost_ms=20.0,
        )  # fmt: skip
        known = {person: self._person(person, step, now) for person in here}
        return LiveCamera(sender="aggregator", camera=name, observation=observation, people=known)

    def _seen(self, person: int, share: float, step: int) -> ObservedPerson:
        bend = 0.5 - 0.5 * math.cos(step / self._fps * 2.5 + person)
        x = 0.08 + 0.84 * share
        points: list[float] = []
        for index in range(33):
            dx, y = BODY.get(index, (0.0, 0.06))
            points += [x + dx * 0.5, 0.2 + 0.6 * (y + bend * 0.25 * (1.0 - y)), 0.95 if index in BODY else 0.2]
        return ObservedPerson(
            track=person, points=struct.pack("<99f", *points), box=(x - 0.1, 0.2, x + 0.1, 0.85), presence=0.9,
            exercise=EXERCISES[person % 4], set_number=1, reps=step // 30, progress=bend,
        )  # fmt: skip

    def _person(self, person: int, step: int, now: int) -> LivePerson:
        camera = self._names[person % len(self._names)]
        return LivePerson(
            person=f"p{person}", number=person + 1, tracks=(TrackRef(camera, "e", person),), camera=camera,
            zone=f"Rack {person % 5}", exercise=EXERCISES[person % 4], reps=step // 30,
            progress=0.5 - 0.5 * math.cos(step / self._fps * 2.5 + person), set_number=2, seen_utc_ns=now,
            set_started_utc_ns=self._started_utc_ns, session_started_utc_ns=self._started_utc_ns,
            cue="Go deeper" if person % 7 == 0 else "",
        )  # fmt: skip

    def _beat(self, now: int) -> None:
        vitals = {"pid": 1, "host": "box", "started_utc_ns": now, "beat_utc_ns": now, "version": "0"}
        load = CameraLoad(token=1, cost_ms=20.0, fps=self._fps, frames=1, latency_ms=80.0)
        loads = dict.fromkeys(self._names, load)
        self._store.beat(WorkerHeartbeat(sender="worker:1", cameras=loads, **vitals))  # type: ignore[arg-type]
        self._store.beat(AggregatorHeartbeat(sender="aggregator", leads=True, **vitals))  # type: ignore[arg-type]
        for name in self._names:
            beat = IngestHeartbeat(
                sender=f"ingest:{name}", camera=name, boot="b", endpoint="", camera_state="online", fps=self._fps,
                **vitals,  # type: ignore[arg-type]
            )  # fmt: skip
            self._store.beat(beat)


class Terminal:
    """The console in a pseudo-terminal, read all the time."""

    def __init__(self, command: Sequence[str], cwd: Path, width: int, height: int) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        here = str(Path(__file__).parent.parent)
        environment = {
            **os.environ,
            "PYTHONPATH": here,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "HOME": str(cwd),
        }
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        self._read = bytearray()
        self.bytes = 0
        self._ending = threading.Event()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._drain, name="terminal", daemon=True)
        self._thread.start()

    def press(self, key: str, words: str, within_s: float = 5.0) -> float:
        """Seconds from a key to the words that it brings to the screen."""
        with self._news:
            self._read.clear()
        begun_s = time.perf_counter()
        os.write(self._master, key.encode())
        self.wait_for(words, within_s)
        return time.perf_counter() - begun_s

    def wait_for(self, words: str, within_s: float) -> None:
        """Until these words were drawn."""
        ends_s = time.monotonic() + within_s
        looked = 0
        with self._news:
            while True:
                # From a little before what is new: the words may come in two pieces.
                if words.encode() in ESCAPES.sub(b"", bytes(self._read[max(looked - 300, 0) :])):
                    return
                looked = len(self._read)
                if not self._news.wait(max(ends_s - time.monotonic(), 0.0)) and time.monotonic() > ends_s:
                    drawn = ESCAPES.sub(b"", bytes(self._read))[-2000:].decode(errors="replace")
                    raise TimeoutError(f"{words!r} was not drawn within {within_s:g} s, but:\n{drawn}")

    def close(self) -> None:
        """End the console."""
        self.process.terminate()
        self.process.wait(10)
        self._ending.set()
        self._thread.join(5)
        os.close(self._master)

    def _drain(self) -> None:
        while not self._ending.is_set():
            ready, _, _ = select.select([self._master], [], [], 0.2)
            if not ready:
                continue
            try:
                chunk = os.read(self._master, 1 << 16)
            except OSError:
                return
            with self._news:
                self.bytes += len(chunk)
                self._read += chunk
                if len(self._read) > MOST_BYTES:
                    self._read.clear()
                self._news.notify_all()


@contextmanager
def own_redis(folder: Path) -> Iterator[Address]:
    """A server of the benchmark's own."""
    folder.mkdir()
    socket = folder / "r.sock"
    process = subprocess.Popen(server_command(find_redis_server(), folder, socket), stdout=subprocess.DEVNULL)
    try:
        address = server_address(socket)
        wait_until_ready(address, process)
        yield address
    finally:
        stop_server(process)


def _gym(address: str, cameras: int, people: int, seen_by: int, fps: float) -> MadeUpGym:
    return MadeUpGym(Address(address), cameras, people, seen_by, fps)


def _live(*wanted: Any) -> None:  # noqa: ANN401  # as for _gym
    _gym(*wanted).go_on()


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Run once and print."""
    with own_redis(folder / "redis") as address:
        wanted = (address.reveal(), options.cameras, options.people, options.seen_by, options.fps)
        (folder / "gym.toml").write_text(_gym(*wanted).config())
        # In a process of its own, so that what it costs does not delay what is measured here.
        gym = multiprocessing.get_context("spawn").Process(target=_live, args=wanted, daemon=True)
        gym.start()
        turns = folder / "turns.json"
        command = [sys.executable, "-m", "benchmarks.console_turns", address.reveal(), str(turns)]
        terminal = Terminal(command, folder, options.width, options.height)
        try:
            terminal.wait_for("by person", 60)
            time.sleep(3.0)
            process = psutil.Process(terminal.process.pid)
            _tell_cost(process, terminal, 60.0 * options.minutes if options.minutes else options.seconds)
            _tell_keys(terminal, options.keys)
        finally:
            terminal.close()
            gym.terminate()
            gym.join(5)
        _tell_turns(json.loads(turns.read_text()))


def _tell_cost(process: psutil.Process, terminal: Terminal, seconds: float) -> None:
    memory_mb = [_memory_mb(process)]
    cpu_s, begun_s, drawn = sum(process.cpu_times()[:2]), time.monotonic(), terminal.bytes
    for part in range(1, MEMORY_LOOKS + 1):
        time.sleep(max(begun_s + seconds * part / MEMORY_LOOKS - time.monotonic(), 0.0))
        memory_mb.append(_memory_mb(process))
        if seconds > TOLD_MEANWHILE_FROM_S:
            print(f"  {(time.monotonic() - begun_s) / 60:.1f} min: {memory_mb[-1]:.1f} MB", flush=True)
    took_s = time.monotonic() - begun_s
    share = (sum(process.cpu_times()[:2]) - cpu_s) / took_s
    print(f"CPU {share:.1%} of one core over {took_s:.0f} s, {(terminal.bytes - drawn) / took_s / 1e3:.0f} kB/s drawn")
    first_mb, half_mb, last_mb = memory_mb[0], memory_mb[MEMORY_LOOKS // 2], memory_mb[-1]
    print(f"memory {first_mb:.1f} MB at first, {half_mb:.1f} MB half-way, {last_mb:.1f} MB at last")


def _memory_mb(process: psutil.Process) -> float:
    resident: int = process.memory_info().rss
    return resident / 1e6


def _tell_keys(terminal: Terminal, keys: int) -> None:
    took_s: list[float] = []
    for number in range(keys):
        took_s.append(terminal.press("s", f"by {SORTS[number % len(SORTS)]}"))
        time.sleep(0.13)
    took_s.sort()
    p95 = took_s[min(int(0.95 * len(took_s)), len(took_s) - 1)]
    middle_ms, p95_ms, worst_ms = 1e3 * median(took_s), 1e3 * p95, 1e3 * took_s[-1]
    print(f"key answered in {middle_ms:.0f} ms (median), {p95_ms:.0f} ms (p95), {worst_ms:.0f} ms (worst of {keys})")


def _tell_turns(turns: dict[str, Any]) -> None:
    """What the thread that answers keys did at a stretch; CPU time, as that is the same on a busy machine."""
    seconds, every = turns["seconds"], turns["all"]
    long = sum(count for ms, count in every["counts"] if ms > LONG_TURN_MS)
    print(
        f"the thread that answers keys: {every['sum_ms'] / seconds:.0f} ms CPU a second, longest turn "
        f"{every['longest_ms']:.0f} ms, {long / seconds:.1f} turns a second of more than {LONG_TURN_MS:g} ms"
    )
    for name, each in sorted(turns["named"].items(), key=lambda item: -item[1]["sum_ms"])[:6]:
        share = f"{each['sum_ms'] / seconds:6.1f} ms/s in {each['turns']:5} turns"
        print(f"  {share}, median {_middle(each['counts']):5.1f} ms, longest {each['longest_ms']:5.1f} ms: {name}")


def _middle(counts: Sequence[tuple[float, int]]) -> float:
    """The median of values that are counted, smallest first."""
    left = sum(count for _, count in counts) / 2
    for value, count in counts:
        left -= count
        if left <= 0:
            return value
    return 0.0


def main() -> None:
    """Measure and print, with date and kind of machine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--seen-by", type=int, default=2, help="cameras that see a person at a time")
    parser.add_argument("--fps", type=float, default=12.0, help="frames a second of every camera")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--minutes", type=float, default=0.0, help="instead of --seconds: for the memory, such as 30")
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--height", type=int, default=45)
    options = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    print(
        f"{options.cameras} cameras at {options.fps:g} frames/s, {options.people} people, each seen by "
        f"{options.seen_by}, on {options.width}x{options.height} cells (synthetic)"
    )
    with tempfile.TemporaryDirectory(prefix="spotter-console-") as folder:
        measure(options, Path(folder))


if __name__ == "__main__":
    main()
