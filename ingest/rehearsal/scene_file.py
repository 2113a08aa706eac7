"""Reads a scene file (TOML) strictly: every problem at once, in the order of the file, with line, value and spelling.

``docs/rehearsal.md`` describes the file. What a value means on the floor (walls in the way, stations that overlap) is
judged by ``scene_checks`` once all values make sense.
"""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.names import shown_name
from core.toml_tables import Problems, Table, shown, suggestion
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.equipment import EQUIPMENT
from ingest.rehearsal.mannequin import Look
from ingest.rehearsal.scene import Floor, LightChange, Scene, SceneCamera, ScenePerson, Station, Wall
from ingest.rehearsal.scene_checks import check
from ingest.rehearsal.script import Performer
from ingest.rehearsal.script_file import read_script
from ingest.rehearsal.skeleton import Build

BUILDS: Mapping[str, tuple[float, float]] = {
    "slim": (0.95, 0.90),
    "average": (1.0, 1.0),
    "athletic": (1.06, 1.04),
    "sturdy": (1.06, 1.14),
}
"""Breadth of shoulders and hips, and girth of limbs and trunk, beside the average."""
COLOURS: Mapping[str, str] = {
    "black": "#26262a", "white": "#e6e6e4", "grey": "#8a8c90", "silver": "#c4c6ca", "red": "#b8383a",
    "maroon": "#7a2430", "orange": "#d87a2e", "yellow": "#d8bc3e", "green": "#3f8f4e", "olive": "#7a7a3c",
    "teal": "#2f8a8a", "blue": "#3560b4", "navy": "#28345e", "purple": "#6e4a96", "pink": "#d088a4",
    "brown": "#6a4a34", "beige": "#cdb894", "pale": "#e4bfa4", "fair": "#d8ac88", "tan": "#bc8a62",
    "dark": "#7e5638", "deep": "#553828", "blond": "#c8a468", "auburn": "#6e3a22",
}  # fmt: skip
"""Names of colours, red, green and blue in hexadecimal."""
_PARTS = ("skin", "hair", "shirt", "shorts", "shoes")
KEYS: Mapping[str, tuple[str, ...]] = {
    "scene": ("title", "duration", "seed"),
    "floor": ("size", "wall_height", "door"),
    "wall": ("from", "to", "height"),
    "light": ("at", "level", "over"),
    "station": ("name", "kind", "position", "heading"),
    "camera": (
        "id",
        "position",
        "look_at",
        "field_of_view",
        "size",
        "fps",
        "clock_offset",
        "noise",
        "light",
        "shutter",
    ),
    "person": ("name", "height", "build", "colours", "start", "facing", "script"),
}
"""The tables of a scene file and their keys."""


def scene_names() -> tuple[str, ...]:
    """The scenes that ship, in alphabetical order."""
    files = _folder().iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def load_scene(name: str) -> Scene:
    """A scene that ships, by its name, or a scene file, by its path.

    :raises ConfigError: if there is none, or with all that is wrong with it, one line a problem
    """
    if name in scene_names():
        return read_scene_text((_folder() / f"{name}.toml").read_text(encoding="utf-8"), name, f"{name}.toml")
    path = Path(name)
    if not path.suffix and not path.exists():
        close = difflib.get_close_matches(name, scene_names(), n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(scene_names())}, or name a .toml file"
        raise ConfigError(f"there is no scene '{shown_name(name)}'; {hint}")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{shown_name(name)}: the scene file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown_name(name)}: the scene file is not UTF-8 text; save it as UTF-8") from error
    return read_scene_text(text, path.stem, shown_name(name))


def _folder() -> Traversable:
    return resources.files("ingest.rehearsal") / "scenes"


def read_scene_text(text: str, name: str, source: str) -> Scene:
    """A scene from the text of its file; ``source`` is how messages name the file.

    :raises ConfigError: with all that is wrong with it, one line a problem
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from error
    # TOML knows line breaks as LF and CRLF; the latter would only disturb the search for lines.
    problems = Problems(source, text.replace("\r\n", "\n"))
    scene = _scene(Table(document, (), problems), name)
    if not problems:
        check(scene, problems)
    if problems:
        raise ConfigError(problems.told())
    return scene


def _scene(top: Table, name: str) -> Scene:
    top.refuse_unknown(tuple(KEYS))
    about = top.table("scene", needed=True)
    about.refuse_unknown(KEYS["scene"])
    stations = [_station(each) for each in top.tables("station")]
    by_name = {station.name: station for station in stations}
    cameras = tuple(_camera(each) for each in top.tables("camera", needed=True))
    people = [_person(each, by_name) for each in top.tables("person")]
    _refuse_twice(top, "station", "name")
    _refuse_twice(top, "camera", "id")
    _refuse_twice(top, "person", "name")
    return Scene(
        name=name,
        title=about.text("title", name),
        duration_s=about.seconds("duration", low=1.0, instead=60.0),
        seed=about.whole("seed", 0),
        floor=_floor(top),
        stations=tuple(stations),
        cameras=cameras,
        people=tuple(people),
        lights=tuple(_light(each) for each in top.tables("light")),
    )


def _refuse_twice(top: Table, kind: str, key: str) -> None:
    seen: dict[str, int] = {}
    for table in top.tables(kind):
        value = table.raw(key)
        if not isinstance(value, str):
            continue
        # Names become names of files, and some file systems take A for a.
        if value.casefold() in seen:
            table.problem(f"{shown(value)} is the name of {kind}[{seen[value.casefold()]}] too; give each its own", key)
        seen.setdefault(value.casefold(), table.path[-1] if isinstance(table.path[-1], int) else 0)


def _floor(top: Table) -> Floor:
    table = top.table("floor", needed=True)
    table.refuse_unknown(KEYS["floor"])
    east, north = table.numbers("size", 2, low=2.0, high=60.0)
    return Floor(
        (east, north),
        table.number("wall_height", 3.2, 2.0, 12.0),
        table.point("door", (0.0, 0.0)),
        tuple(_wall(each) for each in top.tables("wall")),
    )


def _wall(table: Table) -> Wall:
    table.refuse_unknown(KEYS["wall"])
    start, end = table.point("from"), table.point("to")
    if start == end and "from" in table and "to" in table:
        table.problem("a wall from a point to itself", "to")
    return Wall(start, end, table.number("height", 2.5, 0.2, 12.0))


def _light(table: Table) -> LightChange:
    table.refuse_unknown(KEYS["light"])
    return LightChange(
        table.seconds("at", low=0.0),
        table.number("level", None, 0.1, 2.0),
        table.seconds("over", 1.0, low=0.0),
    )


def _station(table: Table) -> Station:
    table.refuse_unknown(KEYS["station"])
    return Station(
        table.text("name"),
        table.choice("kind", EQUIPMENT) or EQUIPMENT[0],
        table.point("position"),
        table.number("heading", 0.0, -360.0, 360.0),
    )


def _camera(table: Table) -> SceneCamera:
    table.refuse_unknown(KEYS["camera"])
    identity = table.text("id")
    if identity and not all(char.isalnum() or char in "-_" for char in identity):
        table.value_problem("id", "may hold letters, digits, - and _: it becomes the name of a file")
    x, y, z = table.numbers("position", 3)
    to_x, to_y, to_z = table.numbers("look_at", 3)
    width, height = _whole_size(table) if "size" in table else (640, 480)
    camera = Camera(
        (x, y, z),
        (to_x, to_y, to_z),
        table.number("field_of_view", 70.0, 10.0, 120.0),
        width,
        height,
        table.number("fps", 15.0, 1.0, 60.0),
        table.number("noise", 3.0, 0.0, 40.0),
        table.number("shutter", 0.0, 0.0, 1.0),
    )
    return SceneCamera(
        identity, camera, table.seconds("clock_offset", 0.0, low=-10.0, high=10.0), table.number("light", 1.0, 0.1, 2.0)
    )


def _whole_size(table: Table) -> tuple[int, int]:
    width, height = table.numbers("size", 2, low=64, high=3840)
    if width % 2 or height % 2:
        table.value_problem("size", "must be two even whole numbers: video stores colours for blocks of 2 by 2 pixels")
        return 640, 480
    return int(width), int(height)


def _person(table: Table, stations: Mapping[str, Station]) -> ScenePerson:
    table.refuse_unknown(KEYS["person"])
    build = table.choice("build", tuple(BUILDS), "average") or "average"
    breadth, girth = BUILDS[build]
    steps = read_script(table, stations)
    performer = Performer(
        start_m=table.point("start"),
        facing=table.number("facing", 0.0, -360.0, 360.0),
        actions=tuple(action for action, _ in steps),
        build=Build(table.number("height", 1.72, 1.2, 2.2), breadth, girth),
        look=_look(table.table("colours")),
    )
    return ScenePerson(table.text("name"), performer, tuple(number for _, number in steps))


def _look(table: Table) -> Look:
    table.refuse_unknown(_PARTS)
    chosen: dict[str, Any] = {part: _colour(table, part) for part in _PARTS if part in table}
    return Look(**chosen)


def _colour(table: Table, part: str) -> tuple[int, int, int]:
    value = table.text(part)
    text = COLOURS.get(value, value)
    try:
        if not text.startswith("#") or len(text) != 7:
            raise ValueError(text)
        red, green, blue = bytes.fromhex(text[1:])
    except ValueError:
        if value:
            table.value_problem(part, f'is no colour; write "#b8383a" or a name{_colour_hint(value)}')
        return (128, 128, 128)
    return blue, green, red


def _colour_hint(value: str) -> str:
    return suggestion(value, tuple(COLOURS)) if not value.startswith("#") else ""


def known_scenes() -> Sequence[Scene]:
    """All scenes that ship."""
    return [load_scene(name) for name in scene_names()]
