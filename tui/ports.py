"""What the console needs of the rest of the system, as protocols; the wiring stands in ``spotter.console``.

Everything here that may wait (a database, a file, a camera) is called from a worker thread, never from a handler, and
raises ``SpotterError`` with a sentence that can be shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.history import PastReader, SqlAnswer
from core.messages import AnyHeartbeat, DeadLetter, Lease, LiveCamera, LiveFloor, Preview, TrackRef
from core.settings import Settings
from core.store import Backlog
from tui.editing import GymEditor

Answer = SqlAnswer
"""Rows of the database; times are text."""


@dataclass(frozen=True, slots=True)
class Server:
    """What Redis says of itself and of what waits in it; asked every few seconds."""

    facts: Mapping[str, str] = field(default_factory=dict)
    backlog: Backlog | None = None
    leases: Mapping[str, Lease] = field(default_factory=dict)
    """By camera; cameras that nobody holds are left out."""
    dead_letters: Sequence[DeadLetter] = ()
    """The newest first."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Everything live at one time, as the feed read it; the newest replaces all before."""

    heard_utc_ns: int
    """When Redis answered last, by this machine's clock; 0 if it never did."""
    cameras: Mapping[str, LiveCamera] = field(default_factory=dict)
    floor: LiveFloor | None = None
    processes: Mapping[str, AnyHeartbeat] = field(default_factory=dict)
    server: Server = field(default_factory=Server)
    settings: Settings = field(default_factory=Settings)
    config_problem: str = ""
    """What is wrong with gym.toml now; the settings are those before."""
    trouble: str = ""
    """Why Redis does not answer, in one sentence; empty while it does."""
    previews: Mapping[str, Preview] = field(default_factory=dict)
    """By camera: of those that are watched and whose config allows pictures."""


class LiveFeed(Protocol):
    """Reads live state in a thread of its own and keeps only the newest."""

    def start(self, tell: Callable[[], None]) -> None:
        """Begin; ``tell`` is called from another thread whenever there is something to take and nobody was told."""
        ...

    def take(self) -> Glimpse | None:
        """The newest that was not taken yet."""
        ...

    def watch(self, *cameras: str) -> None:
        """Ask for pictures of these cameras from now on, and of no others."""
        ...

    def stop(self) -> None:
        """End; waits at most a few seconds."""
        ...


class GymSource(Protocol):
    """gym.toml as it is now; asked once a second, in the feed's thread."""

    def look(self) -> tuple[Settings, str]:
        """The settings in force, and what is wrong with the file since (empty if nothing is)."""
        ...


class History(PastReader, Protocol):
    """Reads the database; never writes."""

    def ask(self, statement: str, most_rows: int = 1000) -> Answer:
        """Answer one SQL statement that only reads."""
        ...


class StaffActions(Protocol):
    """What staff say; durable, audited, and done by the aggregator."""

    def acknowledge(self, alert: str, by: str) -> None:
        """Somebody has seen an alert."""
        ...

    def snooze(self, alert: str, seconds: float, by: str) -> None:
        """Do not show an alert for a while."""
        ...

    def rename(self, person: str, nickname: str, member_number: str, by: str, before: str = "") -> None:
        """Give a person a nickname and a member number; empty: none."""
        ...

    def merge(self, person: str, into: str, by: str, before: str = "") -> None:
        """Two people are one; an empty ``into`` takes that back."""
        ...

    def split(self, track: TrackRef, by: str) -> str:
        """A track is somebody else; gives the uid of the new person."""
        ...

    def give_track(self, track: TrackRef, person: str, by: str) -> None:
        """A track is this person after all: takes a split back."""
        ...

    def correct(self, set_uid: str, reps: int | None, exercise: str | None, by: str, before: str = "") -> None:
        """A set was another than was counted; neither of both takes that back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All that the console stands on. What is None is said to be missing, where it would have been used."""

    feed: LiveFeed
    clock: Callable[[], int]
    """UTC in ns."""
    history: History | None = None
    staff: StaffActions | None = None
    editor: GymEditor | None = None
    user: str = "staff"
    """Who is recorded as the one who did something."""
    read_only: bool = False
    ascii: bool = False
    """Draw with nothing but ASCII."""
    config: str = "gym.toml"
    """Name of the file, to be shown."""
    stops_gym: bool = False
    """Leaving the console stops the gym, as in ``spotter run``."""
