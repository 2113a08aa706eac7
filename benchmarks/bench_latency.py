"""How old what the console shows is: from the capture of a frame to its live state, with 1, 2, 4 and 8 cameras.

The whole system runs as ``spotter run`` starts it, on recordings of a drawn room with two people (synthetic), looped,
640x480 at 12 frames/s. Measured where a console stands: at the subscription to the live state in Redis. Beside it the
frames that were processed and dropped, and the processor time and memory of every kind of process; then the same for
a camera that shows an empty, still room.
"""

import json
import statistics
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import psutil

from benchmarks.bench_pose import machine_kind
from benchmarks.running_gym import RunningGym, drawn_clip, running_gym
from core.clock import utc_ns
from core.messages import AnyLive, LiveCamera, WorkerHeartbeat
from core.store import Store

WARM_UP_S = 5.0
KINDS = ("ingest", "worker", "aggregator", "supervisor", "redis")


@dataclass(frozen=True, slots=True)
class Row:
    """One number of cameras."""

    cameras: int
    scene: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    shown_fps: float
    """Live states a second and camera."""
    dropped_share: float
    """Of the frames that the workers received."""
    cpu: dict[str, float]
    """Of one core, all processes of a kind together."""
    rss_mb: dict[str, float]
    """Of the largest process of a kind, at the end."""
    rss_growth_mb: dict[str, float]
    """From the end of the warm-up to the end, of the process that grew most."""


@click.command(help=__doc__)
@click.option("--cameras", "counts", type=int, multiple=True, default=(1, 2, 4, 8), show_default=True)
@click.option("--seconds", type=float, default=30.0, show_default=True, help="Measured, after a warm-up.")
@click.option("--workers", type=int, default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(counts: tuple[int, ...], seconds: float, workers: int, as_json: bool) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="spotter-bench-") as name:
        folder = Path(name)
        pair, empty = drawn_clip(folder, people=True), drawn_clip(folder, people=False)
        rows = [_measure(folder / f"run-{count}", [pair] * count, "two people", seconds, workers) for count in counts]
        rows.append(_measure(folder / "run-empty", [empty], "empty room", seconds, workers))
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine_kind()}, {workers} workers, {seconds:g} s each (synthetic)")
    print("cameras  scene       p50 ms  p95 ms  p99 ms  shown/s  dropped    CPU of one core: " + " ".join(KINDS))
    for row in rows:
        print(
            f"{row.cameras:7d}  {row.scene:10s}  {row.p50_ms:6.0f}  {row.p95_ms:6.0f}  {row.p99_ms:6.0f}  "
            f"{row.shown_fps:7.1f}  {row.dropped_share:7.1%}    "
            + "  ".join(f"{kind} {row.cpu[kind]:.2f}" for kind in KINDS)
        )
    print("largest process, MB (growth while measured)")
    for row in rows:
        told = ", ".join(f"{kind} {row.rss_mb[kind]:.0f} ({row.rss_growth_mb[kind]:+.1f})" for kind in KINDS)
        print(f"{row.cameras:7d}  {row.scene:10s}  {told}")


def _measure(folder: Path, clips: list[Path], scene: str, seconds: float, workers: int) -> Row:
    with running_gym(folder, clips, workers) as gym:
        time.sleep(WARM_UP_S)
        before, cpu_before, rss_before = _frames(gym), _cpu_s(gym), _rss_mb(gym)
        ages_ms = _ages_ms(gym, seconds)
        after, cpu_after, rss_after = _frames(gym), _cpu_s(gym), _rss_mb(gym)
    done, dropped = after[0] - before[0], after[1] - before[1]
    centiles = statistics.quantiles(ages_ms, n=100) if len(ages_ms) > 1 else [float("nan")] * 99
    return Row(
        cameras=len(clips),
        scene=scene,
        p50_ms=centiles[49],
        p95_ms=centiles[94],
        p99_ms=centiles[98],
        shown_fps=len(ages_ms) / seconds / len(clips),
        dropped_share=dropped / max(done + dropped, 1),
        cpu={kind: _sum(cpu_after, kind, cpu_before) / seconds for kind in KINDS},
        rss_mb={kind: max((mb for (k, _), mb in rss_after.items() if k == kind), default=0.0) for kind in KINDS},
        rss_growth_mb={
            kind: max((mb - rss_before.get((k, p), mb) for (k, p), mb in rss_after.items() if k == kind), default=0.0)
            for kind in KINDS
        },
    )


def _ages_ms(gym: RunningGym, seconds: float) -> list[float]:
    """Age of every live state when it arrives at a subscriber."""
    ages: list[float] = []
    end_s = time.monotonic() + seconds
    ended = threading.Event()

    def take(live: AnyLive) -> None:
        if isinstance(live, LiveCamera):
            ages.append((utc_ns() - live.observation.captured_utc_ns) / 1e6)

    store = Store(gym.redis)
    try:
        store.follow_live(take, lambda: ended.is_set() or time.monotonic() >= end_s)
    finally:
        store.close()
    return ages


def _frames(gym: RunningGym) -> tuple[int, int]:
    """Frames processed and dropped by all workers so far."""
    loads = [
        load
        for beat in gym.store.processes().values()
        if isinstance(beat, WorkerHeartbeat)
        for load in beat.cameras.values()
    ]
    return sum(load.frames for load in loads), sum(sum(load.dropped.values()) for load in loads)


def _family(gym: RunningGym) -> list[tuple[str, psutil.Process]]:
    supervisor = psutil.Process(gym.supervisor.pid)
    return [("supervisor", supervisor), *((_kind(each), each) for each in supervisor.children(recursive=True))]


def _kind(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    return next((kind for kind in ("ingest", "worker", "aggregator", "redis") if kind in line), "other")


def _cpu_s(gym: RunningGym) -> dict[tuple[str, int], float]:
    found = {}
    for kind, process in _family(gym):
        times = process.cpu_times()
        found[kind, process.pid] = times.user + times.system
    return found


def _rss_mb(gym: RunningGym) -> dict[tuple[str, int], float]:
    return {(kind, process.pid): process.memory_info().rss / 1e6 for kind, process in _family(gym)}


def _sum(after: dict[tuple[str, int], float], kind: str, before: dict[tuple[str, int], float]) -> float:
    return sum(value - before.get(key, 0.0) for key, value in after.items() if key[0] == kind)


if __name__ == "__main__":
    main()
