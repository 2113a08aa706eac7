"""What the thread that folds and the thread that shows hand each other; every box is bounded.

The live picture must never wait for a database, and the database must not miss an alert because the picture went on.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from aggregator.alerts import AlertChange
from aggregator.camera_times import CameraTimes
from aggregator.identity import KnownTrack
from aggregator.keypoints import KeypointRow
from aggregator.live import KnownPerson
from aggregator.records import StatusRow
from aggregator.zones import OccupancyRow
from core.messages import AnyDurable, LiveAlert, TrackRef
from core.settings import Settings

log = logging.getLogger(__name__)

MOST_ROWS = 10_000
"""Rows of one kind that wait for a database that is away: at ten cameras, more than half a day of status."""
MOST_KEYPOINTS = 200
"""Pieces of the archive that wait, a minute of somebody each: some 40 MB."""
MOST_FOLDED = 2_000
"""Folded batches that wait for the live thread; it takes all of them ten times a second."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What the database knew when this aggregator began to lead."""

    tracks: Sequence[KnownTrack]
    people: Sequence[KnownPerson]
    alerts: Sequence[LiveAlert]


@dataclass(frozen=True, slots=True)
class Folded:
    """Events that are in the database now, and what follows for people."""

    events: Sequence[AnyDurable]
    people: Sequence[KnownPerson]


@dataclass(slots=True)
class Rows:
    """Rows for the database that do not come out of the stream."""

    alerts: list[AlertChange] = field(default_factory=list)
    status: list[StatusRow] = field(default_factory=list)
    occupancy: list[OccupancyRow] = field(default_factory=list)
    sightings: dict[TrackRef, int] = field(default_factory=dict)
    keypoints: list[KeypointRow] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.status or self.occupancy or self.sightings or self.keypoints)


class Handover:
    """Both directions; one for each time of leading."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows = Rows()
        self._told: deque[Restored | Folded] = deque(maxlen=MOST_FOLDED)
        self.times = CameraTimes()
        """What time it is by the cameras' clocks."""
        self.lost_rows = 0
        """Rows that were given up because the database was away for too long."""

    def to_database(self, rows: Rows) -> None:
        """Give rows to the folding thread; where too many wait, the oldest go."""
        with self._lock:
            self._rows.alerts += rows.alerts
            self._rows.status += rows.status
            self._rows.occupancy += rows.occupancy
            self._rows.keypoints = (self._rows.keypoints + rows.keypoints)[-MOST_KEYPOINTS:]
            for who, seen in rows.sightings.items():
                self._rows.sightings[who] = max(seen, self._rows.sightings.get(who, 0))
            self._bound()

    def take_rows(self) -> Rows:
        """All rows that wait."""
        with self._lock:
            rows, self._rows = self._rows, Rows()
            return rows

    def put_back(self, rows: Rows) -> None:
        """Rows that could not be written come first again."""
        with self._lock:
            newer, self._rows = self._rows, rows
        self.to_database(newer)

    def _bound(self) -> None:
        before = self.lost_rows
        for waiting in (self._rows.alerts, self._rows.status, self._rows.occupancy):
            spare = len(waiting) - MOST_ROWS
            if spare > 0:
                del waiting[:spare]
                self.lost_rows += spare
        while len(self._rows.sightings) > MOST_ROWS:
            # The dictionary is in order of arrival: the first is the one longest unseen.
            del self._rows.sightings[next(iter(self._rows.sightings))]
        if self.lost_rows and not before:
            log.error("the database is away for too long: the oldest rows of alerts, status and occupancy are given up")

    def to_live(self, told: Restored | Folded) -> None:
        """Tell the live thread."""
        self._told.append(told)

    def take_told(self) -> list[Restored | Folded]:
        """All that was told, in order."""
        told = []
        while self._told:
            told.append(self._told.popleft())
        return told


class CurrentSettings:
    """The configuration in force; replaced as a whole, and compared by version."""

    def __init__(self, settings: Settings) -> None:
        self._held = (0, settings)

    @property
    def held(self) -> tuple[int, Settings]:
        """Version and settings, as one."""
        return self._held

    def replace(self, settings: Settings) -> None:
        """Put other settings in force."""
        self._held = (self._held[0] + 1, settings)
