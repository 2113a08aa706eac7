"""Which zone somebody is in, and how many people each zone holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.messages import Relative, TrackRef
from core.settings import Camera, Settings, Zone


def zone_of(camera: Camera, feet: Relative | None) -> Zone | None:
    """The first zone of a camera whose polygon holds this point; None outside all, or if the point is not known."""
    raise NotImplementedError


class ZoneWatch:
    """Which zone every track is in, with a few frames of inertia; one who sways on a border does not flicker."""

    def __init__(self, settings: Settings) -> None:
        raise NotImplementedError

    def reload(self, settings: Settings) -> None:
        """Take edited zones; everybody's zone is told anew."""
        raise NotImplementedError

    def see(self, who: TrackRef, feet: Relative | None) -> Zone | None:
        """Where a track is after one more frame."""
        raise NotImplementedError

    def forget(self, who: TrackRef) -> None:
        """The track is over."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class OccupancyRow:
    """How many people one zone held in one minute."""

    zone: str
    minute_utc_ns: int
    """Beginning of the minute, UTC."""
    mean: float
    most: int


class Occupancy:
    """Counts the people of every zone, minute by minute."""

    def count(self, now_utc_ns: int, people: Mapping[str, int]) -> list[OccupancyRow]:
        """Take the people per zone now; gives the rows of the minutes that are over."""
        raise NotImplementedError
