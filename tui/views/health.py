"""What is wrong with the machines, and the figures behind it; pure: state in, rows out.

Health is results against frames, not a process that exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.clock import NANOSECONDS
from core.messages import AggregatorHeartbeat, AnyHeartbeat, IngestHeartbeat, SupervisorHeartbeat, WorkerHeartbeat
from tui import times
from tui.advice import FAILURES, LINES, STATES, Advice
from tui.plain import plain
from tui.state import STALE_AT_S, CameraNow, FloorState
from tui.views.rates import RateBook, totals

LATE_MS = 1000.0
"""Results that come this long after the picture are no help to somebody under a bar."""
LEFT_OUT = 0.5
"""Share of the published frames that may be left out; counts of fast movements suffer beyond it."""
LEAST_FPS = 2.0
"""Below, shares of frames say nothing."""
WAITING_MANY = 1000
"""Events that wait; the aggregator folds as many in about a second."""
CLOCK_OFF_S = 2.0
MEMORY_FULL = 0.9
DISK_LOW_MB = 1000.0

Level = Literal["bad", "warning"]


@dataclass(frozen=True, slots=True)
class RedLine:
    """Something that is wrong, what it means and what to do."""

    level: Level
    line: str
    """Key of ``advice.LINES``, or of what a camera says."""
    what: str
    """One plain sentence that names it."""
    advice: Advice
    camera: str = ""
    """The one that it is about; empty if none."""


def red_lines(state: FloorState, book: RateBook, now_utc_ns: int) -> list[RedLine]:
    """All that is wrong, the worst first."""
    found = [
        *_of_redis(state, now_utc_ns),
        *_of_config(state),
        *_of_processes(state, now_utc_ns),
        *_of_aggregator(state, now_utc_ns),
        *_of_workers(state, now_utc_ns),
        *_of_cameras(state, book, now_utc_ns),
    ]
    return sorted(found, key=lambda line: line.level != "bad")


def _line(level: Level, line: str, what: str) -> RedLine:
    return RedLine(level, line, plain(what), LINES[line])


def _of_redis(state: FloorState, now_utc_ns: int) -> Iterator[RedLine]:
    if state.trouble:
        away = f"away for {times.span(state.silent_s(now_utc_ns))}" if state.heard_utc_ns else "not there yet"
        yield _line("bad", "redis", f"Redis is {away}: {state.trouble}")
        return
    facts = state.server.facts
    if not facts:
        return
    used, most = size_mb(facts.get("memory", "")), size_mb(facts.get("most memory", ""))
    if used is not None and most and used > MEMORY_FULL * most:
        yield _line("bad", "redis memory", f"Redis uses {facts['memory']} of {facts['most memory']}")
    if facts.get("policy", "noeviction") not in ("noeviction", "unknown"):
        yield _line("bad", "redis policy", f"Redis drops data when it is full: {facts['policy']}")
    if facts.get("last write", "ok") not in ("ok", "unknown"):
        yield _line("bad", "redis disk", f"the last write of Redis to its disk failed: {facts['last write']}")
    if facts.get("persistence", "").startswith("snapshots"):
        yield _line("warning", "redis persistence", "Redis keeps snapshots only")


def size_mb(text: str) -> float | None:
    """What Redis calls ``1.50G``, in MB; None for what is no size."""
    units = {"B": 1e-6, "K": 1e-3, "M": 1.0, "G": 1e3, "T": 1e6}
    try:
        return float(text[:-1]) * units[text[-1].upper()]
    except (ValueError, KeyError, IndexError):
        return None


def _of_config(state: FloorState) -> Iterator[RedLine]:
    supervisor = state.supervisor
    problem = state.config_problem or (supervisor.config_problem if supervisor is not None else "")
    if problem:
        yield _line("bad", "configuration", f"gym.toml is broken: {problem.splitlines()[0]}")


def _of_processes(state: FloorState, now_utc_ns: int) -> Iterator[RedLine]:
    hosts: dict[str, float] = {}
    for name, beat in sorted(state.processes.items()):
        if not state.lives(name, now_utc_ns):
            if _is_wanted(beat, state):
                silent = times.span(state.beat_age_s(name, now_utc_ns))
                yield _line("bad", "process", f"{name} on {beat.host} has not answered for {silent}")
            continue
        hosts[beat.host] = state.skew_ns(beat.host) / NANOSECONDS
        if (beat.state == "failed" or beat.trouble) and not isinstance(beat, IngestHeartbeat):
            yield _line("warning", "trouble", f"{name}: {beat.trouble or 'it failed'}")
        if isinstance(beat, SupervisorHeartbeat):
            for child, times_started in sorted(beat.restarts.items()):
                if times_started > 1 or beat.children.get(child) == "failed":
                    is_down = beat.children.get(child) == "failed"
                    what = f"{child} was started anew {times_started} times"
                    yield _line(
                        "bad" if is_down else "warning", "restarts", what + (" and is given up" if is_down else "")
                    )
        free_mb = disk_free_mb(beat)
        if free_mb is not None and free_mb < DISK_LOW_MB:
            yield _line("bad", "disk", f"{name} on {beat.host} has {free_mb:.0f} MB left on its disk")
    for host, off_s in sorted(hosts.items()):
        if abs(off_s) > CLOCK_OFF_S:
            side = "behind" if off_s > 0 else "ahead of"
            yield _line("warning", "clocks", f"the clock of {host} is {abs(off_s):.0f} s {side} this one")


def _is_wanted(beat: AnyHeartbeat, state: FloorState) -> bool:
    """Not so a process that was told to stop; what is wrong with a camera is told for the camera."""
    return beat.state != "stopping" and not isinstance(beat, IngestHeartbeat)


def disk_free_mb(beat: AnyHeartbeat) -> float | None:
    """Room where a process writes; None if it does not say."""
    return beat.disk_free_mb if isinstance(beat, WorkerHeartbeat | AggregatorHeartbeat) else None


def _of_aggregator(state: FloorState, now_utc_ns: int) -> Iterator[RedLine]:
    leader = state.leader
    if not state.processes or state.trouble:
        return
    if leader is None or not state.lives(leader.sender, now_utc_ns):
        yield _line("bad", "no aggregator", "no aggregator leads")
    elif leader.database:
        yield _line("bad", "database", f"database: {leader.database}")
    elif state.floor is not None and state.floor_age_s(now_utc_ns) > STALE_AT_S:
        yield _line("bad", "old floor", f"live state is {times.span(state.floor_age_s(now_utc_ns))} old")
    backlog = state.server.backlog
    if backlog is not None and backlog.lag + backlog.pending > WAITING_MANY:
        yield _line("warning", "backlog", f"{backlog.lag + backlog.pending} events wait to be stored")
    dead = max(leader.dead_letters if leader is not None else 0, len(state.server.dead_letters))
    if dead:
        yield _line("warning", "dead letters", f"{dead} event{'s' if dead > 1 else ''} could not be stored")


def _of_workers(state: FloorState, now_utc_ns: int) -> Iterator[RedLine]:
    workers = [each for each in state.heartbeats_of(WorkerHeartbeat) if state.lives(each.sender, now_utc_ns)]
    if not workers and state.processes and any(not each.is_well for each in state.cameras.values()):
        yield _line("bad", "no worker", "no worker runs")
    for worker in workers:
        if worker.spooled:
            yield _line("bad", "spool", f"{worker.sender} keeps {worker.spooled} events on its disk")


def _of_cameras(state: FloorState, book: RateBook, now_utc_ns: int) -> Iterator[RedLine]:
    for name, camera in state.cameras.items():
        title = plain(camera.title)
        if camera.state == "unwatched":
            yield RedLine("bad", "unwatched", f"{title}: frames come and nobody takes them", LINES["unwatched"], name)
        elif not camera.is_well and camera.state != "starting":
            yield RedLine(
                "bad", "camera", f"{title}: {camera_words(camera)}", advice_of(camera) or LINES["camera"], name
            )
        elif camera.state == "online" and camera.load is not None:
            yield from _of_load(name, camera, title, book, state.settings.alerts.results_behind * 1000)


def _of_load(name: str, camera: CameraNow, title: str, book: RateBook, behind_ms: float) -> Iterator[RedLine]:
    latency_ms = camera.load.latency_ms if camera.load is not None else 0.0
    if latency_ms > LATE_MS:
        level: Level = "bad" if latency_ms > behind_ms else "warning"
        yield RedLine(level, "late", f"{title}: results are {latency_ms / 1000:.1f} s late", LINES["late"], name)
    out, done = book.per_s(name, "out"), book.per_s(name, "results")
    if out is not None and done is not None and out >= LEAST_FPS and done < (1 - LEFT_OUT) * out:
        what = f"{title}: {done:.1f} of {out:.1f} frames a second become results"
        yield RedLine("warning", "drops", what, LINES["drops"], name)


def camera_words(camera: CameraNow) -> str:
    """What is the matter with a camera, in its process's own words where it has some."""
    if camera.state in {"offline", "stalled", "starting", "ended"} and (camera.detail or camera.reason):
        said = plain(camera.detail) or camera.reason
        return f"{camera.reason}: {said}" if camera.reason and camera.detail else said
    return STATES[camera.state].means if camera.state in STATES else camera.state


def advice_of(camera: CameraNow) -> Advice | None:
    """What to do about a camera; None if nothing is wrong with it."""
    if camera.state in {"offline", "stalled"} and camera.reason in FAILURES:
        return FAILURES[camera.reason]
    return STATES.get(camera.state)


# Figures ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process."""

    name: str
    state: str
    is_well: bool
    pid: int
    host: str
    beat_age_s: float
    up_s: float
    cpu_share: float
    rss_mb: float
    note: str


def process_rows(state: FloorState, now_utc_ns: int) -> list[ProcessRow]:
    """Every process that wrote a heartbeat; those in trouble first, then by name."""
    rows = [_process_row(name, beat, state, now_utc_ns) for name, beat in state.processes.items()]
    return sorted(rows, key=lambda row: (row.is_well, row.name))


def _process_row(name: str, beat: AnyHeartbeat, state: FloorState, now_utc_ns: int) -> ProcessRow:
    lives = state.lives(name, now_utc_ns)
    return ProcessRow(
        name=plain(name),
        state=beat.state if lives else "no heartbeat" if beat.state != "stopping" else "stopped",
        is_well=lives and beat.state != "failed" and not beat.trouble,
        pid=beat.pid,
        host=plain(beat.host),
        beat_age_s=state.beat_age_s(name, now_utc_ns),
        up_s=max(beat.beat_utc_ns - beat.started_utc_ns, 0) / NANOSECONDS,
        cpu_share=beat.cpu_share,
        rss_mb=beat.rss_mb,
        note=plain(beat.trouble) or _note(beat, state),
    )


def _note(beat: AnyHeartbeat, state: FloorState) -> str:
    if isinstance(beat, IngestHeartbeat):
        return f"{beat.camera_state}, {beat.fps:.1f} frames/s" if beat.camera in state.cameras else "not in gym.toml"
    if isinstance(beat, WorkerHeartbeat):
        held = ", ".join(sorted(beat.cameras)) or "no camera"
        return (
            held + ("" if beat.accepts else " (takes no more)") + (f", {beat.spooled} spooled" if beat.spooled else "")
        )
    if isinstance(beat, AggregatorHeartbeat):
        return plain(beat.database) or ("leads" if beat.leads else "stands by") + f", {beat.folded_per_s:.0f} events/s"
    if isinstance(beat, SupervisorHeartbeat):
        running = sum(each == "running" for each in beat.children.values())
        return f"{running} of {len(beat.children)} children run"
    return ""


@dataclass(frozen=True, slots=True)
class StageRow:
    """The way of one camera's frames: a second, and how late."""

    camera: str
    """Id; empty for the sum of all."""
    title: str
    lease: str
    taken_in: float | None
    published: float | None
    processed: float | None
    dropped: float | None
    latency_ms: float | None
    """From capture to observation."""
    age_s: float | None
    """Of what is shown now, live state and waiting included."""
    cost_ms: float | None
    people: int


def stage_rows(state: FloorState, book: RateBook, now_utc_ns: int) -> list[StageRow]:
    """A row a camera in the order of gym.toml, and the sum of all last if there are several."""
    rows = [_stage_row(name, camera, state, book, now_utc_ns) for name, camera in state.cameras.items()]
    if len(rows) > 1:
        rows.append(_sum_of(rows))
    return rows


def _stage_row(name: str, camera: CameraNow, state: FloorState, book: RateBook, now_utc_ns: int) -> StageRow:
    lease = state.server.leases.get(name)
    load = camera.load
    return StageRow(
        camera=name,
        title=plain(camera.title),
        lease=f"{lease.sender} #{lease.token % 10000}" if lease is not None else camera.worker or "nobody",
        taken_in=book.per_s(name, "in"),
        published=book.per_s(name, "out"),
        processed=book.per_s(name, "results"),
        dropped=totals(book, [name], "dropped at camera"),
        latency_ms=load.latency_ms if load is not None and load.frames else None,
        age_s=camera.age_s(now_utc_ns) if camera.seen_utc_ns else None,
        cost_ms=load.cost_ms if load is not None and load.frames else None,
        people=len(camera.live.observation.people) if camera.live is not None else 0,
    )


def _sum_of(rows: list[StageRow]) -> StageRow:
    def total(values: Iterator[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    def worst(values: Iterator[float | None]) -> float | None:
        return max((value for value in values if value is not None), default=None)

    return StageRow(
        camera="",
        title="all",
        lease="",
        taken_in=total(row.taken_in for row in rows),
        published=total(row.published for row in rows),
        processed=total(row.processed for row in rows),
        dropped=total(row.dropped for row in rows),
        latency_ms=worst(row.latency_ms for row in rows),
        age_s=worst(row.age_s for row in rows),
        cost_ms=None,
        people=sum(row.people for row in rows),
    )


Fact = tuple[str, str]


def fact_rows(state: FloorState, book: RateBook, now_utc_ns: int) -> list[Fact]:
    """Queues, spool, Redis, database and disks, in words."""
    backlog, leader = state.server.backlog, state.leader
    workers = [each for each in state.heartbeats_of(WorkerHeartbeat) if state.lives(each.sender, now_utc_ns)]
    told = totals(book, [each.sender for each in workers], "events")
    rows = [("events from workers", _per_s(told))]
    if leader is not None:
        rows.append(("events stored", f"{leader.folded_per_s:.1f}/s, {leader.events} since it leads"))
        rows.append(("database", plain(leader.database) or "takes everything"))
    if backlog is not None:
        rows.append(("events that wait", f"{backlog.lag} unread, {backlog.pending} in work, {backlog.length} kept"))
    rows.append(("spool of workers", f"{sum(each.spooled for each in workers)} events"))
    rows.append(("dead letters", str(max(leader.dead_letters if leader else 0, len(state.server.dead_letters)))))
    rows += [(f"disk of {plain(name)}", f"{free / 1000:.1f} GB free on {plain(beat.host)}")
             for name, beat in sorted(state.processes.items()) if (free := disk_free_mb(beat)) is not None]  # fmt: skip
    rows += [(f"Redis {name}", plain(value)) for name, value in state.server.facts.items()]
    return rows


def _per_s(rate: float | None) -> str:
    return "not known yet" if rate is None else f"{rate:.1f}/s"


def dead_letter_rows(state: FloorState) -> list[tuple[int, str, str]]:
    """Time, entry and error of what could not be stored, the newest first."""
    return [(each.at_utc_ns, plain(each.entry), plain(each.error)) for each in state.server.dead_letters]
