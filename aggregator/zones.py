"""Which zone somebody is in, and how many people each zone holds.

A zone is a polygon in one camera's picture; the same name in two cameras is one zone, and whoever stands in both views
of it counts once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.messages import Relative, TrackRef
from core.settings import Camera, Settings, Zone

INERTIA_FRAMES = 3
"""So many frames in a row say the same before somebody changes zones. Fewer, and who sways on a border flickers; more,
and a slow camera reports a walk late."""
MINUTE_NS = 60_000_000_000


def zone_of(camera: Camera, feet: Relative | None) -> Zone | None:
    """The first zone of a camera whose polygon holds this point; None outside all, or if the point is not known."""
    if feet is None:
        return None
    return next((zone for zone in camera.zone if holds(zone.polygon, feet)), None)


def holds(polygon: tuple[Relative, ...], point: Relative) -> bool:
    """Whether a point lies in a polygon (even-odd rule); of a shared edge, exactly one neighbour holds it."""
    x, y = point
    inside = False
    before_x, before_y = polygon[-1]
    for corner_x, corner_y in polygon:
        if (corner_y > y) != (before_y > y) and x < (before_x - corner_x) * (y - corner_y) / (
            before_y - corner_y
        ) + corner_x:
            inside = not inside
        before_x, before_y = corner_x, corner_y
    return inside


@dataclass(slots=True)
class _Whereabouts:
    """One track's zone and what the last frames say against it."""

    zone: Zone | None
    instead: Zone | None = None
    frames: int = 0
    """In a row that say ``instead``."""


class ZoneWatch:
    """Which zone every track is in, with a few frames of inertia; one who sways on a border does not flicker."""

    def __init__(self, settings: Settings) -> None:
        self._cameras: dict[str, Camera] = {}
        self._tracks: dict[TrackRef, _Whereabouts] = {}
        self.reload(settings)

    def reload(self, settings: Settings) -> None:
        """Take edited zones; everybody's zone is told anew where the camera's zones have changed."""
        before, self._cameras = self._cameras, {camera.id: camera for camera in settings.camera}
        self._tracks = {
            who: where
            for who, where in self._tracks.items()
            if who.camera in before
            and who.camera in self._cameras
            and before[who.camera].zone == self._cameras[who.camera].zone
        }

    def see(self, who: TrackRef, feet: Relative | None) -> Zone | None:
        """Where a track is after one more frame; feet that are not seen leave it where it was."""
        where = self._tracks.get(who)
        camera = self._cameras.get(who.camera)
        if camera is None or not camera.zone:
            return None
        if feet is None:
            return where.zone if where is not None else None
        zone = zone_of(camera, feet)
        if where is None:
            self._tracks[who] = _Whereabouts(zone)
            return zone
        if zone is where.zone:
            where.frames = 0
        else:
            where.frames = where.frames + 1 if zone is where.instead and where.frames else 1
            where.instead = zone
            if where.frames >= INERTIA_FRAMES:
                where.zone, where.frames = zone, 0
        return where.zone

    def zone(self, who: TrackRef) -> Zone | None:
        """Where a track was last."""
        where = self._tracks.get(who)
        return where.zone if where is not None else None

    def forget(self, who: TrackRef) -> None:
        """The track is over."""
        self._tracks.pop(who, None)


@dataclass(frozen=True, slots=True)
class OccupancyRow:
    """How many people one zone held in one minute."""

    zone: str
    minute_utc_ns: int
    """Beginning of the minute, UTC."""
    mean: float
    most: int


@dataclass(slots=True)
class _Count:
    sum: int = 0
    most: int = 0


@dataclass(slots=True)
class Occupancy:
    """Counts the people of every zone, minute by minute; a minute without any look gives no row."""

    _minute_utc_ns: int = 0
    _looks: int = 0
    _zones: dict[str, _Count] = field(default_factory=dict)

    def count(self, now_utc_ns: int, people: Mapping[str, int]) -> list[OccupancyRow]:
        """Take the people per zone now; gives the rows of a minute that is over.

        A clock that is set back goes on in the minute that it is in.
        """
        minute = now_utc_ns - now_utc_ns % MINUTE_NS
        rows = self.finish() if self._looks and minute > self._minute_utc_ns else []
        if not self._looks:
            self._minute_utc_ns = minute
        self._looks += 1
        for zone, number in people.items():
            count = self._zones.setdefault(zone, _Count())
            count.sum += number
            count.most = max(count.most, number)
        return rows

    def finish(self) -> list[OccupancyRow]:
        """The rows of the minute so far; the next look begins anew."""
        rows = [
            OccupancyRow(zone, self._minute_utc_ns, count.sum / self._looks, count.most)
            for zone, count in sorted(self._zones.items())
        ]
        self._looks, self._zones = 0, {}
        return rows
