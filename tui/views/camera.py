"""One camera as texts: facts, what is dropped and why, the history of its states; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from core.clock import NANOSECONDS
from core.history import CameraStateRow, Selection
from core.messages import Preview
from tui import texts, times
from tui.desk import Desk
from tui.editing import Picture
from tui.plain import plain
from tui.skeleton import Figure
from tui.state import CameraNow, FloorState, StateChange
from tui.views.health import advice_of, camera_words
from tui.views.sight import Outline, View

DROP_REASONS = {
    "paced": "more than fps asks for",
    "late": "a newer one was there",
    "damaged": "it came broken",
    "unreadable": "it came broken",
    "no subscriber": "no worker had taken the camera",
    "busy": "the worker did not take it",
    "too far behind": "the worker was too slow",
    "malformed": "it could not be read",
    "failing": "the worker failed on it",
    "old": "it was seen already",
}
"""What the reasons mean that most often stand beside dropped frames; others say it themselves."""
HISTORY_DAYS = 7
MOST_CHANGES = 200
NAME_CELLS = 11
"""Of the names of facts."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what stands behind it."""

    name: str
    text: str
    kind: str = "text"
    """``text``, ``bad`` or ``muted``."""


def camera_facts(camera: CameraNow, desk: Desk) -> list[Fact]:
    """What is known of a camera, a line each."""
    now = desk.now_utc_ns
    beat, load, config = camera.heartbeat, camera.load, camera.settings
    age_s = camera.age_s(now)
    seen = texts.NOT_SEEN if age_s == float("inf") else f"{times.age(age_s)} ago"
    fresh = camera.freshness(now)
    facts = [
        Fact("seen", seen, "text" if fresh == "live" else "bad" if fresh == "stale" else "muted"),
        Fact("people", str(len(camera.live.observation.people)) if camera.live is not None else "-"),
        Fact("worker", plain(camera.worker) or "nobody", "text" if camera.worker else "bad"),
        Fact("frames", f"{beat.fps:.1f} in, {camera.fps:.1f} done /s" if beat is not None else "-"),
        Fact("delay", f"{load.latency_ms:.0f} ms to the result" if load is not None and load.frames else "-"),
        Fact("cost", f"{load.cost_ms:.1f} ms a frame" if load is not None and load.frames else "-"),
    ]
    if beat is not None:
        size = f"{beat.width}x{beat.height}" if beat.width else "not known yet"
        facts += [
            Fact("picture", size),
            Fact("boot", f"{plain(beat.boot)}, pid {beat.pid} on {plain(beat.host)}"),
            Fact("reconnects", f"{beat.reconnects_last_hour} in the last hour"),
        ]
    if config is not None:
        limit = f"at most {config.fps:g}/s" if config.fps is not None else "all frames"
        facts += [
            Fact("source", plain(str(config.source))),
            Fact("asked for", limit + (", pictures allowed" if config.preview else ", no pictures")),
            Fact("zones", ", ".join(plain(zone.name) for zone in config.zone) or "none"),
        ]
        if config.mask:
            facts.append(Fact("masks", f"{len(config.mask)} blacked out"))
    return facts


def trouble_lines(camera: CameraNow) -> list[tuple[str, str]]:
    """What is wrong with a camera and what to do, as name and text; empty if nothing is."""
    if camera.is_well and camera.state == "online":
        return []
    advice = advice_of(camera)
    said = [("state", camera_words(camera))]
    if advice is not None:
        said += [("means", advice.means), ("do", advice.do)]
    return said


def drop_lines(camera: CameraNow) -> list[str]:
    """Frames that were left out since the processes began, by reason, most first."""
    counts: dict[str, int] = {}
    for dropped in (
        camera.heartbeat.dropped if camera.heartbeat is not None else {},
        camera.load.dropped if camera.load is not None else {},
    ):
        for reason, count in dropped.items():
            counts[reason] = counts.get(reason, 0) + count
    ordered = sorted(((count, reason) for reason, count in counts.items() if count), reverse=True)
    return [f"{count} {plain(reason)}: {DROP_REASONS.get(reason, 'left out')}" for count, reason in ordered]


# History ------------------------------------------------------------------------------------------------------------


def chosen_history(camera: str, now_utc_ns: int) -> Selection:
    """The last days of a camera."""
    since = now_utc_ns - HISTORY_DAYS * 86400 * NANOSECONDS
    return Selection(camera=camera, from_utc_ns=since, limit=MOST_CHANGES)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A camera got into a state."""

    at_utc_ns: int
    state: str
    reason: str
    detail: str
    lasted_s: float | None
    """None for the newest, which lasts still."""


def stored_changes(stored: Iterable[CameraStateRow]) -> list[HistoryRow]:
    """What the database says."""
    return [
        HistoryRow(each.at_utc_ns, plain(each.state), plain(each.reason), plain(each.detail), None) for each in stored
    ]


def history_rows(stored: Sequence[HistoryRow], seen: Iterable[StateChange]) -> list[HistoryRow]:
    """Stored and seen changes together, the newest first; what both tell stands there once."""
    rows = sorted(stored, key=lambda row: -row.at_utc_ns)
    newest_ns = rows[0].at_utc_ns if rows else 0
    own = [HistoryRow(each.at_utc_ns, each.state, each.reason, "", None) for each in seen]
    for row in sorted(own, key=lambda row: row.at_utc_ns):
        same = rows and (rows[0].state, rows[0].reason) == (row.state, row.reason)
        if row.at_utc_ns > newest_ns and not same:
            rows.insert(0, row)
    lasting = [None, *(rows[index - 1].at_utc_ns for index in range(1, len(rows)))]
    return [
        HistoryRow(row.at_utc_ns, row.state, row.reason, row.detail,
                   None if until is None else times.seconds_between(row.at_utc_ns, until))
        for row, until in zip(rows, lasting, strict=True)
    ]  # fmt: skip


# What it sees -------------------------------------------------------------------------------------------------------


def camera_view(name: str, camera: CameraNow | None, state: FloorState, now_utc_ns: int) -> View:
    """People, zones and masks of a camera; what is old is said and drawn as old, and nobody is drawn who is stale."""
    if camera is None:
        return View(heading=plain(name), words=(texts.CAMERA_GONE,))
    fresh = camera.freshness(now_utc_ns)
    config = camera.settings
    counts = {zone.zone: (zone.people, zone.capacity) for zone in state.zones}
    zones = tuple(Outline(zone.polygon, _zone_label(zone.name, counts)) for zone in (config.zone if config else ()))
    return View(
        figures=() if fresh in ("stale", "never") else _figures(camera),
        zones=zones,
        masks=config.mask if config is not None else (),
        aspect=camera.aspect,
        heading=_heading(camera, now_utc_ns),
        words=_words(camera, now_utc_ns),
        is_old=fresh != "live",
    )


def with_picture(view: View, previews: Mapping[str, Preview], camera: str) -> View:
    """The same with a picture instead of skeletons; says so while there is none yet."""
    preview = previews.get(camera)
    if preview is None:
        return replace(view, words=view.words or (texts.PICTURE_COMES,))
    return replace(view, picture=Picture(preview.width, preview.height, preview.rgb))


def _zone_label(name: str, counts: Mapping[str, tuple[int, int | None]]) -> str:
    people, capacity = counts.get(name, (0, None))
    return f"{plain(name)} {people}/{capacity}" if capacity is not None else f"{plain(name)} {people or ''}".rstrip()


def _figures(camera: CameraNow) -> tuple[Figure, ...]:
    if camera.live is None:
        return ()
    figures = []
    for seen in camera.live.observation.people:
        person = camera.live.people.get(seen.track)
        number = person.number if person is not None else 0
        figures.append(Figure(seen.points, number or seen.track, f"#{number}" if number else "?"))
    return tuple(figures)


def _heading(camera: CameraNow, now_utc_ns: int) -> str:
    people = len(camera.live.observation.people) if camera.live is not None else 0
    fresh = camera.freshness(now_utc_ns)
    if fresh == "never":
        return ""
    if fresh == "stale":
        return f"last picture {times.span(camera.age_s(now_utc_ns))} ago"
    words = f"{people} {'person' if people == 1 else 'people'}"
    return words if fresh == "live" else f"{words}, {times.age(camera.age_s(now_utc_ns))} ago"


def _words(camera: CameraNow, now_utc_ns: int) -> tuple[str, ...]:
    fresh = camera.freshness(now_utc_ns)
    if fresh not in ("stale", "never"):
        return ()
    _, state = texts.CAMERA_STATES[camera.state]
    seen = texts.NOT_SEEN if fresh == "never" else f"nothing for {times.span(camera.age_s(now_utc_ns))}"
    return (state, seen)


def next_words(what: str, title: str, state: FloorState, now_utc_ns: int) -> str:
    """What happens after an edit of gym.toml; ``what`` is a key of ``texts.CHANGED``."""
    supervisor = state.supervisor
    runs = supervisor is not None and state.lives(supervisor.sender, now_utc_ns)
    return (texts.CHANGED[what] if runs else texts.NOBODY_TAKES_IT_UP).format(camera=title)


def hanging(text: str, width: int) -> str:
    """A fact behind its name, wrapped under itself, in a column of so many cells."""
    indent = " " * NAME_CELLS
    return "\n".join(wrap(text, width, initial_indent=indent, subsequent_indent=indent))[NAME_CELLS:] + "\n"
