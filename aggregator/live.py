"""The live picture: who is on the floor now, doing what, and what is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.alerts import AlertChange
from aggregator.identity import IdentityKeeper
from aggregator.zones import OccupancyRow
from core.messages import AcknowledgeAlert, AnyEvent, AnyHeartbeat, LiveAlert, LiveCamera, LiveFloor, Observation
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What the database tells about a person."""

    person: str
    number: int
    nickname: str = ""
    session_started_utc_ns: int = 0
    set_number: int = 0
    """Of the visit's newest set."""


@dataclass(frozen=True, slots=True)
class FloorTick:
    """What one look at the whole floor gave."""

    floor: LiveFloor
    alerts: list[AlertChange]
    occupancy: list[OccupancyRow]


class Floor:
    """Owner of the live picture. Owns no clock, no database and no connection."""

    def __init__(self, settings: Settings, keeper: IdentityKeeper, sender: str, started_utc_ns: int) -> None:
        """``keeper`` is only asked here; feed it before the floor with every observation."""
        raise NotImplementedError

    def reload(self, settings: Settings) -> None:
        """Take edited settings; gone cameras vanish."""
        raise NotImplementedError

    def restore(self, alerts: Iterable[LiveAlert]) -> None:
        """Go on after a restart with the alerts that were open."""
        raise NotImplementedError

    def observe(self, observation: Observation) -> LiveCamera | None:
        """Take who was seen in one frame; None for one that is older than what is shown, or of an unknown camera."""
        raise NotImplementedError

    def apply(self, event: AnyEvent) -> None:
        """Take an event of the stream: repeated faults come from sets."""
        raise NotImplementedError

    def acknowledge(self, command: AcknowledgeAlert) -> list[AlertChange]:
        """Somebody has seen an alert; nothing if it is over, unknown or acknowledged already."""
        raise NotImplementedError

    def learned(self, people: Iterable[KnownPerson]) -> None:
        """Take numbers, nicknames, visits and set numbers from the database."""
        raise NotImplementedError

    def heartbeats(
        self, processes: Mapping[str, AnyHeartbeat], now_utc_ns: int, lease_holders: Mapping[str, str]
    ) -> None:
        """Take all heartbeats, stale ones included, and who holds which camera's lease (camera to process)."""
        raise NotImplementedError

    def tick(self, now_utc_ns: int) -> FloorTick:
        """The whole floor, twice a second, and what changed in alerts and occupancy."""
        raise NotImplementedError
