"""What one option of gym.toml alone cannot show: contradictions, shapes without area, places that do not exist.

Works on tables as they were read, so that a wrong value in one place does not hide a problem in another.
"""

import math
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from core.addresses import check_bind, check_database, check_redis, check_webhook, is_beyond_loopback, source_kind
from core.config_reading import Found, shown_value
from core.secrets import Address
from core.toml_lines import Path
from core.toml_tables import Problems, path_text, suggestion

XY = tuple[float, float]
FLOOR_POINTS = 4
MOST_WEBHOOKS = 8
"""Each has a thread while it is told something."""
_THIN = 1e-3
"""How far from a line a point counts as on it, as a share of the extent of all: about a pixel. With less, points that
lie on a line in truth seem not to, as hands are not steadier; with more, a long and narrow floor is refused."""
_SMALLEST_AREA = 1e-6
"""Of a polygon, as a share of the picture: two pixels of Full HD; less is a slip of the pen."""


def check(top: Found, document: Mapping[str, Any], problems: Problems) -> None:
    """Note everything that contradicts itself; ``document`` is the file as it was written."""
    checks = _Checks(document, problems)
    checks.gym(top.get("gym"))
    checks.address(top.get("database"), "url", check_database)
    checks.address(top.get("redis"), "url", check_redis)
    checks.transport(top.get("transport"))
    checks.webhooks(top.get("webhook") or ())
    checks.cameras(top.get("camera") or ())


class _Checks:
    def __init__(self, document: Mapping[str, Any], problems: Problems) -> None:
        self._document = document
        self._problems = problems

    def _say(self, found: Found, name: str, message: str, *, value: bool = True) -> None:
        """Note a problem with an option; with the value as the file has it."""
        path = (*found.path, name)
        what = f"{shown_value(self._raw(path))} " if value else ""
        self._problems.add(path, f"{what}{message}")

    def _raw(self, path: Path) -> Any:  # noqa: ANN401  # any value of TOML
        value: Any = self._document
        for part in path:
            value = value[part]
        return value

    def address(
        self, found: Found | None, name: str, check_one: Callable[[str], object], *, value_shown: bool = True
    ) -> None:
        """Check one address or bind that the file gives."""
        value = found.get(name) if found else None
        if found is None or value is None or name not in found.given:
            return
        try:
            check_one(value.reveal() if isinstance(value, Address) else value)
        except ValueError as error:
            self._say(found, name, str(error), value=value_shown)

    def gym(self, gym: Found | None) -> None:
        if gym is None:
            return
        zone = gym.get("timezone")
        if zone is not None and not _is_time_zone(zone):
            hint = suggestion(zone, sorted(zoneinfo.available_timezones()))
            hint = hint if "did you mean" in hint else "; it is a name such as Europe/Berlin"
            self._say(gym, "timezone", f"is no time zone{hint}")
        for name, other in (("opens", "closes"), ("closes", "opens")):
            if name in gym.given and other not in gym.given:
                self._say(gym, name, f"needs '{other}' beside it", value=False)
        if gym.get("opens") is not None and gym.get("opens") == gym.get("closes"):
            self._say(gym, "closes", "is also when the gym opens; leave both out if it never closes")

    def transport(self, transport: Found | None) -> None:
        if transport is None:
            return
        self.address(transport, "bind", check_bind)
        bind = transport.get("bind")
        if bind is not None and "keys" not in transport.given and is_beyond_loopback(bind):
            self._say(transport, "bind", "is open to other machines; make keys (spotter keys new) and name 'keys'")

    def webhooks(self, webhooks: Sequence[Found]) -> None:
        first: dict[str, Found] = {}
        for webhook in webhooks:
            self.address(webhook, "url", check_webhook, value_shown=False)  # its path may be all that lets in
            name = webhook.get("name")
            if name is not None and first.setdefault(name, webhook) is not webhook:
                self._say(webhook, "name", "is the name of another webhook too; names are unique")
        for webhook in webhooks[MOST_WEBHOOKS:]:
            self._problems.add(webhook.path, f"is one too many; there may be {MOST_WEBHOOKS}")

    def cameras(self, cameras: Sequence[Found]) -> None:
        first: dict[str, Found] = {}
        for camera in cameras:
            identity = camera.get("id")
            if identity is not None and first.setdefault(identity, camera) is not camera:
                self._say(camera, "id", f"is already the id of {path_text(first[identity].path)}")
            self.address(camera, "source", source_kind)
            self._floor(camera)
            for number, polygon in enumerate(camera.get("mask") or ()):
                self._polygon(polygon, (*camera.path, "mask", number))
            self._zones(camera.get("zone") or ())

    def _zones(self, zones: Sequence[Found]) -> None:
        first: dict[str, Found] = {}
        for zone in zones:
            name = zone.get("name")
            if name is not None and first.setdefault(name, zone) is not zone:
                self._say(zone, "name", f"is already the name of {path_text(first[name].path)}")
            if zone.get("polygon") is not None:
                self._polygon(zone.get("polygon"), (*zone.path, "polygon"))

    def _polygon(self, corners: Sequence[XY], path: Path) -> None:
        message = polygon_problem(corners)
        if message:
            self._problems.add(path, message)

    def _floor(self, camera: Found) -> None:
        size = camera.get("floor_size")
        if size is not None and min(size) < 1:
            self._say(camera, "floor_size", "must be the width and height of a picture, such as [1280, 720]")
            size = None
        points: Sequence[Found] = camera.get("floor") or ()
        for point in points:
            pixel = point.get("pixel")
            if size and pixel and not (0 <= pixel[0] <= size[0] and 0 <= pixel[1] <= size[1]):
                self._say(point, "pixel", f"is outside of 'floor_size', {size[0]}x{size[1]}")
        given = len(self._raw((*camera.path, "floor"))) if "floor" in camera.given and points else 0
        if not given:
            return
        if given < FLOOR_POINTS:
            self._say(camera, "floor", f"needs at least {FLOOR_POINTS} points, and has {given}", value=False)
            return
        for name in ("pixel", "metre"):
            places = [point.get(name) for point in points]
            if given == len(places) and None not in places and not spread_out(places):
                message = f"needs four points of which no three lie on one line, and has none by '{name}'"
                self._say(camera, "floor", message, value=False)


def _is_time_zone(name: str) -> bool:
    """Whether there is such a zone; a hundred times as fast as the list of all."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def polygon_problem(corners: Sequence[XY]) -> str:
    """What is wrong with a polygon, as the end of a sentence; empty if nothing is."""
    sides = [*pairwise(corners), (corners[-1], corners[0])]
    for number, (start, end) in enumerate(sides):
        if start == end:
            return f"corner {(number + 1) % len(sides) + 1} repeats the one before; a polygon closes by itself"
    for (number, one), (other_number, other) in combinations(enumerate(sides), 2):
        are_neighbours = other_number - number in (1, len(sides) - 1)
        if not are_neighbours and _cross(one, other):
            ends = [f"{first + 1}-{(first + 1) % len(sides) + 1}" for first in (number, other_number)]
            return f"crosses itself: side {ends[0]} and side {ends[1]}; list the corners in order around it"
    area = abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in sides)) / 2
    return "" if area > _SMALLEST_AREA else "has no area; its corners lie on one line"


def spread_out(points: Sequence[XY]) -> bool:
    """Whether there are four points of which no three lie on one line, as a homography needs.

    There are, unless one line holds all points but one. Such a line holds two of any three points, so that three lines
    are all that need a look.
    """
    places = sorted(set(points))
    if len(places) < FLOOR_POINTS:
        return False
    a, b = max(combinations(places, 2), key=lambda pair: math.dist(*pair))
    c = max(places, key=lambda place: min(math.dist(place, a), math.dist(place, b)))
    off = _THIN * math.dist(a, b)
    return all(
        sum(abs(_turn(start, end, place)) > off * math.dist(start, end) for place in places) > 1
        for start, end in ((a, b), (a, c), (b, c))
    )


def _turn(a: XY, b: XY, c: XY) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _cross(one: tuple[XY, XY], other: tuple[XY, XY]) -> bool:
    """Whether two sides touch or cross."""
    (a, b), (c, d) = one, other
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    return any(
        turn == 0 and _between(p, side)
        for turn, p, side in zip(turns, (c, d, a, b), (one, one, other, other), strict=True)
    )


def _between(point: XY, side: tuple[XY, XY]) -> bool:
    """Whether a point on the line of a side lies on the side."""
    (ax, ay), (bx, by) = side
    return min(ax, bx) <= point[0] <= max(ax, bx) and min(ay, by) <= point[1] <= max(ay, by)
