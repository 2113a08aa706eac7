"""The cameras of the floor as tiles: what each says in words, and who is drawn in it; pure."""

from dataclasses import dataclass

from tui import texts
from tui.plain import plain
from tui.skeleton import Figure
from tui.state import CameraNow, FloorState, Freshness, ShownState
from tui.times import age

COLOURS = 8
"""Skeletons beside each other are told apart by so many colours."""


@dataclass(frozen=True, slots=True)
class TileView:
    """One camera's tile."""

    camera: str
    title: str
    sign: str
    state: str
    """In a word or two."""
    shown_state: ShownState
    fresh: Freshness
    notice: str
    """Why there is nothing to see, or why it must not be trusted; empty if all is well."""
    people: int
    age: str
    fps: str
    drops: str
    aspect: float
    figures: tuple[Figure, ...]


def tiles(state: FloorState, now_utc_ns: int) -> list[TileView]:
    """All cameras, in the order of gym.toml."""
    return [tile_view(camera, now_utc_ns) for camera in state.cameras.values()]


def is_problem(view: TileView) -> bool:
    """Whether somebody should look after the camera."""
    if view.shown_state in {"paused", "ended"}:
        return False
    return view.shown_state != "online" or view.fresh in {"old", "stale"}


def tile_view(camera: CameraNow, now_utc_ns: int) -> TileView:
    """One camera in words and figures."""
    sign, state = texts.CAMERA_STATES[camera.state]
    fresh, age_s = camera.freshness(now_utc_ns), camera.age_s(now_utc_ns)
    observation = camera.live.observation if camera.live is not None else None
    return TileView(
        camera=camera.id,
        title=plain(camera.title),
        sign=sign,
        state=state,
        shown_state=camera.state,
        fresh=fresh,
        notice=_notice(camera, fresh, age_s),
        people=len(observation.people) if observation is not None else 0,
        age="" if fresh == "never" else age(age_s),
        fps=f"{camera.fps:.0f}/s" if camera.fps >= 9.95 else f"{camera.fps:.1f}/s",
        drops=f"{camera.dropped} dropped" if camera.dropped else "",
        aspect=camera.aspect,
        figures=figures_of(camera),
    )


def figures_of(camera: CameraNow) -> tuple[Figure, ...]:
    """Everybody whom a camera sees, with the number over the head; one colour a person, whichever camera sees them."""
    if camera.live is None:
        return ()
    people = camera.live.people
    figures = []
    for seen in camera.live.observation.people:
        known = people.get(seen.track)
        number = known.number if known is not None else 0
        figures.append(Figure(seen.points, (number or seen.track) % COLOURS, str(number) if number else ""))
    return tuple(figures)


def _notice(camera: CameraNow, fresh: Freshness, age_s: float) -> str:
    why = plain(camera.detail or camera.reason)
    if camera.state in {"online", "starting"}:
        old = f"{age(age_s)} old" if fresh in {"old", "stale"} else ""
        return old or (texts.NOT_SEEN if fresh == "never" else "")
    if camera.state in {"paused", "ended"}:
        return camera.state
    return f"{texts.CAMERA_STATES[camera.state][1]}: {why}" if why else texts.CAMERA_STATES[camera.state][1]
