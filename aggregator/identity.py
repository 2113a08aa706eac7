"""Who is who: the tracks of all cameras become people."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.messages import AnyEvent, Observation, Relative, TrackJoined, TrackRef
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """What the database still knows of a track after a restart."""

    who: TrackRef
    person: str
    """Uid; empty if nothing was decided."""
    decision: int
    """Number of the newest decision, 0 if there is none."""
    by_staff: bool
    started_utc_ns: int
    last_utc_ns: int
    """End of the track, or the newest time at which anything is known of it."""
    ended: bool
    counted: bool
    """Whether it holds a set."""
    feet: Relative | None = None
    """Last place, for example that of its last set."""


class IdentityKeeper:
    """Decides whose track it is. Owns no clock, no database and no connection.

    Feed it every observation (any may be missing or come twice) and every event of the stream, own decisions included;
    ask for decisions about twice a second, append them to the stream, and hand them back through ``apply`` as folded.
    """

    def __init__(self, settings: Settings, sender: str) -> None:
        """``sender``: name of the aggregator's process, for its decisions."""
        raise NotImplementedError

    def reload(self, settings: Settings) -> None:
        """Take edited settings; decisions stand."""
        raise NotImplementedError

    def restore(self, tracks: Iterable[KnownTrack]) -> None:
        """Go on after a restart, with the tracks of open visits and those that ended within ``returns_within``."""
        raise NotImplementedError

    def observe(self, observation: Observation) -> None:
        """Take who was seen in one frame of a camera."""
        raise NotImplementedError

    def apply(self, event: AnyEvent) -> None:
        """Take an event of the stream: tracks that start and end, sets that count, decisions of staff or our own."""
        raise NotImplementedError

    def decide(self, now_utc_ns: int) -> list[TrackJoined]:
        """Decisions that are due, each to be appended to the stream of events; they hold here at once."""
        raise NotImplementedError

    def person_of(self, who: TrackRef) -> str:
        """Uid of the person whose track it is; empty while that is not known."""
        raise NotImplementedError

    def floor_of(self, who: TrackRef) -> tuple[float, float] | None:
        """Where on the floor plan the track was seen last, metres; None without floor points."""
        raise NotImplementedError
