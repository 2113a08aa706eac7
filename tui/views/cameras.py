"""The cameras of the floor as tiles: what each says in words, and who is drawn in it; pure."""

from dataclasses import dataclass, replace

from tui import texts
from tui.editing import Picture
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
    picture: Picture | None = None
    """Instead of the figures."""


def tiles(state: FloorState, now_utc_ns: int, *, pictures: bool = False) -> list[TileView]:
    """All cameras, in the order of gym.toml; with ``pictures``, those that have a new one and may show it show it."""
    views = [tile_view(camera, now_utc_ns) for camera in state.cameras.values()]
    return [with_picture(view, state) for view in views] if pictures else views


def with_picture(view: TileView, state: FloorState) -> TileView:
    """The same with its picture, where gym.toml allows one and the camera is live."""
    preview = state.previews.get(view.camera)
    if preview is None or view.fresh != "live" or not allows_pictures(state.cameras[view.camera]):
        return view
    return replace(view, picture=Picture(preview.width, preview.height, preview.rgb))


def allows_pictures(camera: CameraNow) -> bool:
    """Whether gym.toml says so now."""
    return camera.settings is not None and camera.settings.preview


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
