"""Frames a second and CPU time a frame of our transport beside imagezmq and vidgear's NetGear, in the same run.

Camera and worker are processes of their own. In each round every contender takes its turn, so that a machine that slows
down slows all of them. Two things are measured. *At most*: frames a second while only a few are under way, so that
nothing is dropped and no queue hides what lags. *At a camera's pace*: the CPU time of both processes, all threads
together, per frame that arrives decoded. JPEG pictures are made once before, and decoded with OpenCV by all. What
copying a frame once in memory takes stands beside: no transport between two processes does with less than two copies.
"""

import json
import logging
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Semaphore
from typing import Any

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_pose import Spread, machine_kind
from benchmarks.transports import (
    TRANSPORTS,
    Encoding,
    Place,
    Transport,
    check_installed,
    free_port,
    make_sender,
    receive,
)
from core.errors import SpotterError

SIZES = ((640, 480), (1920, 1080))
ENCODINGS: tuple[Encoding, ...] = ("raw", "jpeg")
JPEG_QUALITY = 90
LOST_S = 0.1
"""A frame that has not arrived by then never will."""
PACE_FPS = 30.0
PICTURES = 8
TIMEOUT_S = 30.0
"""A contender that is silent for this long has died or hangs."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contender did once."""

    most_fps: float
    camera_ms: float
    """CPU time a frame at the camera's pace."""
    worker_ms: float
    arrived: float
    """Share of the frames at the camera's pace that arrived."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contender with one kind of pictures, over the rounds."""

    transport: Transport
    most_fps: Spread
    camera_ms: Spread
    worker_ms: Spread
    fps_over: Spread
    """Our frames a second over the contender's, round by round."""
    cpu_over: Spread
    """Our CPU time of both processes over the contender's, round by round."""
    arrived: float


@dataclass(frozen=True, slots=True)
class Table:
    """All contenders with one kind of pictures."""

    width_px: int
    height_px: int
    encoding: Encoding
    frame_bytes: int
    copy_ms: float
    """To copy the bytes of one frame once in memory."""
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the benchmark found."""

    rounds: int
    seconds: float
    date: str
    machine: str
    tables: list[Table]


def measure(
    rounds: int,
    seconds: float,
    transports: tuple[Transport, ...] = TRANSPORTS,
    sizes: Sequence[tuple[int, int]] = SIZES,
    encodings: Sequence[Encoding] = ENCODINGS,
) -> Report:
    """Let all contenders take turns; raises SpotterError if one is missing or falls silent."""
    check_installed(transports)
    return Report(
        rounds=rounds,
        seconds=seconds,
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=machine_kind(),
        tables=[
            _measure_pictures(rounds, seconds, transports, size, encoding) for encoding in encodings for size in sizes
        ],
    )


def _measure_pictures(
    rounds: int, seconds: float, transports: tuple[Transport, ...], size: tuple[int, int], encoding: Encoding
) -> Table:
    turns: dict[Transport, list[Turn]] = {each: [] for each in transports}
    for number in range(rounds):
        first = number % len(transports)
        for each in transports[first:] + transports[:first]:
            turns[each].append(_take_turn(each, size, encoding, seconds))
    picture = pictures(size, encoding)[0]
    return Table(*size, encoding, picture.nbytes, _copy_ms(picture), [_row(each, turns) for each in transports])


def _row(transport: Transport, turns: dict[Transport, list[Turn]]) -> Row:
    own, mine = turns[TRANSPORTS[0]], turns[transport]
    pairs = list(zip(own, mine, strict=True))
    return Row(
        transport,
        _spread([each.most_fps for each in mine]),
        _spread([each.camera_ms for each in mine]),
        _spread([each.worker_ms for each in mine]),
        _spread([one.most_fps / other.most_fps for one, other in pairs]),
        _spread([(one.camera_ms + one.worker_ms) / (other.camera_ms + other.worker_ms) for one, other in pairs]),
        statistics.median(each.arrived for each in mine),
    )


def pictures(size: tuple[int, int], encoding: Encoding) -> list[NDArray[np.uint8]]:
    """Some pictures of a size, soft noise that compresses as a room does; raw (height, width, 3), JPEG (bytes,)."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(PICTURES):
        coarse = rng.integers(0, 256, (size[1] // 8, size[0] // 8, 3), np.uint8)
        picture = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        if encoding == "jpeg":
            picture = np.asarray(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1], np.uint8)
        made.append(picture)
    return made


def _copy_ms(picture: NDArray[np.uint8]) -> float:
    other = np.empty_like(picture)
    spent = []
    for _ in range(50):
        begin = time.perf_counter()
        np.copyto(other, picture)
        spent.append(1000 * (time.perf_counter() - begin))
    return statistics.median(spent)


def _take_turn(transport: Transport, size: tuple[int, int], encoding: Encoding, seconds: float) -> Turn:
    """Start both processes, let frames flow, and end them."""
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_things:
        place = Place(folder, free_port(), encoding, *size)
        room, arrived = spawn.Semaphore(0), spawn.Value("q", 0)
        link, theirs = spawn.Pipe()
        open_things.callback(link.close)
        worker = spawn.Process(target=_work, args=(transport, place, room, arrived), daemon=True)
        camera = spawn.Process(target=_film, args=(transport, place, room, arrived, theirs), daemon=True)
        for process in (worker, camera):
            process.start()
            open_things.callback(_end, process)
        _answer(link, transport)
        link.send(("most", seconds))
        frames, spent_s = _answer(link, transport)
        link.send(("pace", seconds))
        before = [_cpu_s(camera), _cpu_s(worker)]
        sent, paced = _answer(link, transport)
        camera_s, worker_s = _cpu_s(camera) - before[0], _cpu_s(worker) - before[1]
        return Turn(frames / spent_s, 1000 * camera_s / sent, 1000 * worker_s / max(paced, 1), paced / sent)


def _answer(link: Connection, transport: Transport) -> Any:  # noqa: ANN401  # what the camera's process sends
    if not link.poll(TIMEOUT_S):
        raise SpotterError(f"the contender {transport} has been silent for {TIMEOUT_S:.0f} s; run again")
    try:
        return link.recv()
    except EOFError:
        raise SpotterError(f"the contender {transport} ended unexpectedly; its reason stands above") from None


def _end(process: BaseProcess) -> None:
    process.kill()
    process.join(TIMEOUT_S)


def _cpu_s(process: BaseProcess) -> float:
    """CPU time of another process so far, all its threads; Linux numbers these clocks by process."""
    assert process.pid is not None
    return time.clock_gettime((~process.pid << 3) | 2)


def _work(transport: Transport, place: Place, room: Semaphore, arrived: Any) -> None:  # noqa: ANN401  # a shared int
    """Take frames for ever."""
    logging.disable()  # NetGear reports on standard error whatever it was not asked for.
    cv2.setNumThreads(1)
    for picture, left_out in receive(transport, place):
        assert picture is not None
        assert picture.shape == (place.height, place.width, 3)
        arrived.value += 1
        for _ in range(1 + left_out):
            room.release()


def _film(transport: Transport, place: Place, room: Semaphore, arrived: Any, link: Connection) -> None:  # noqa: ANN401
    """Send frames as asked."""
    logging.disable()
    made = pictures((place.width, place.height), place.encoding)
    with ExitStack() as open_things:
        send = make_sender(transport, place, open_things)
        begin = time.monotonic()
        while not room.acquire(timeout=0.1):  # Until somebody listens; what is published before is lost.
            assert time.monotonic() < begin + TIMEOUT_S
            send(made[0])
        _settle(room)
        link.send("ready")
        while True:
            what, seconds = link.recv()
            before, sent = arrived.value, 0
            begin = time.monotonic()
            while time.monotonic() < begin + seconds:
                if what == "most":
                    send(made[sent % PICTURES])
                    room.acquire(timeout=LOST_S)
                else:
                    time.sleep(max(0.0, begin + sent / PACE_FPS - time.monotonic()))
                    send(made[sent % PICTURES])
                sent += 1
            spent_s = time.monotonic() - begin
            _settle(room)
            link.send((arrived.value - before, spent_s) if what == "most" else (sent, arrived.value - before))


def _settle(room: Semaphore) -> None:
    """Wait until nothing arrives any more."""
    while room.acquire(timeout=0.3):
        pass


def _spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def lines(report: Report) -> list[str]:
    """The report for a terminal."""
    rows = [f"{report.rounds} rounds of {report.seconds:g} s; {report.date}, {report.machine}"]
    for table in report.tables:
        over = "ipc" if table.encoding == "raw" else "tcp"
        size = f"{table.width_px}x{table.height_px}"
        rows += [
            "",
            f"{size} {table.encoding} over {over}, {table.frame_bytes / 1e6:.2f} MB a frame; "
            f"copied once in memory: {table.copy_ms:.3f} ms",
            f"  {'':<18} frames/s at most (least-most)   CPU ms a frame at {PACE_FPS:.0f}/s: camera + worker   "
            "arrived   ours over it: frames/s, CPU",
        ]
        for row in table.rows:
            fps = f"{row.most_fps.median:7.0f} ({row.most_fps.low:.0f}-{row.most_fps.high:.0f})"
            cpu = f"{row.camera_ms.median:6.2f} + {row.worker_ms.median:5.2f}"
            ratios = f"{row.fps_over.median:5.2f}, {row.cpu_over.median:.2f}"
            rows.append(f"  {row.transport:<18} {fps:<30}   {cpu:<42}   {row.arrived:6.1%}    {ratios}")
    return rows


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each contender takes its turn.")
@click.option("--seconds", default=1.5, show_default=True, help="How long frames flow, at most and at a camera's pace.")
@click.option("--only", type=click.Choice(TRANSPORTS), multiple=True, help="Leave the other peers out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(rounds: int, seconds: float, only: tuple[Transport, ...], as_json: bool) -> None:
    """Measure our transport beside imagezmq and NetGear."""
    chosen = tuple(each for each in TRANSPORTS if not only or each in only or each == TRANSPORTS[0])
    try:
        report = measure(rounds, seconds, chosen)
    except SpotterError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(asdict(report)) if as_json else "\n".join(lines(report)))


if __name__ == "__main__":
    main()
