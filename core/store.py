"""Redis: the only file that imports it.

Knows streams, leases and heartbeats as the system uses them, and maps every foreign error to ``StoreError``. Every
call returns within a second or raises; nothing here retries for long, because each caller knows better what to do
meanwhile. One ``Store`` belongs to one thread.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.messages import (
    AnyDurable,
    AnyHeartbeat,
    AnyLive,
    Checkpoint,
    DeadLetter,
    Lease,
    LiveCamera,
    LiveFloor,
    Observation,
)
from core.secrets import Address


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the stream of events."""

    id: str
    payload: bytes | None
    """None where the entry was trimmed before it was read."""
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the stream of events."""

    length: int
    pending: int
    """Delivered and not acknowledged."""
    lag: int
    """Not delivered yet."""


class Store:
    """One connection to Redis; connects when first used, and anew after a failure.

    Every method raises ``StoreError`` when Redis does not answer in time, asks for a password, is out of memory or too
    old; the message names the address without its secrets and says what to do.
    """

    def __init__(self, address: Address, *, timeout_s: float = 0.8) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection; may be called twice."""
        raise NotImplementedError

    def check(self) -> str:
        """Connect and return the server's version; refuses one older than 6.2."""
        raise NotImplementedError

    def run_id(self) -> str:
        """Name of this run of the server: another one means that it was restarted, maybe empty."""
        raise NotImplementedError

    # Heartbeats

    def beat(self, heartbeat: AnyHeartbeat) -> None:
        """Write a process's heartbeat."""
        raise NotImplementedError

    def processes(self) -> dict[str, AnyHeartbeat]:
        """The newest heartbeat of every process that wrote one, stale ones included; unreadable ones are left out."""
        raise NotImplementedError

    def forget_process(self, name: str) -> None:
        """Remove the heartbeat of a process that was stopped on purpose."""
        raise NotImplementedError

    # Leases and checkpoints

    def acquire(self, camera: str, owner: str, ttl_s: float, now_utc_ns: int) -> Lease | None:
        """Take a free camera, with a new token; None if somebody owns it."""
        raise NotImplementedError

    def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Hold a lease for longer; False if it is another's by now, or was lost and nobody has it."""
        raise NotImplementedError

    def release(self, lease: Lease) -> None:
        """Give a lease back, if it is still this one."""
        raise NotImplementedError

    def leases(self, cameras: Iterable[str]) -> dict[str, Lease]:
        """Who owns these cameras; free ones are left out."""
        raise NotImplementedError

    def save_checkpoint(self, checkpoint: Checkpoint, ttl_s: float) -> None:
        """Replace a camera's checkpoint."""
        raise NotImplementedError

    def load_checkpoint(self, camera: str) -> Checkpoint | None:
        """The newest checkpoint; None if there is none, or none that can be read."""
        raise NotImplementedError

    # Observations and events, from workers

    def observe(self, observations: Sequence[Observation], keep: int = 600) -> None:
        """Append to the capped stream, in one round trip."""
        raise NotImplementedError

    def append_events(self, events: Sequence[AnyDurable]) -> None:
        """Append durable events in order, in one round trip: all or, after an error, an unknown part of them."""
        raise NotImplementedError

    def append_payloads(self, payloads: Sequence[bytes]) -> None:
        """Append events that are encoded already, as they come out of a spool."""
        raise NotImplementedError

    # Events and observations, to the aggregator

    def ensure_group(self) -> bool:
        """Create the consumer group at the beginning of the stream; False if it was there."""
        raise NotImplementedError

    def own_pending(self, consumer: str, after: str = "0", count: int = 200) -> list[Entry]:
        """Entries delivered to this consumer earlier and not acknowledged, after an id."""
        raise NotImplementedError

    def claim_abandoned(self, consumer: str, idle_s: float, count: int = 200) -> list[Entry]:
        """Take over entries that another consumer has left unacknowledged for so long."""
        raise NotImplementedError

    def read_events(self, consumer: str, count: int = 200, wait_s: float = 0.0) -> list[Entry]:
        """New entries; waits at most ``wait_s`` for the first. Raises ``GroupLostError`` if the group is gone."""
        raise NotImplementedError

    def acknowledge(self, ids: Sequence[str]) -> None:
        """Mark entries as folded."""
        raise NotImplementedError

    def trim_folded(self, keep_s: float) -> None:
        """Drop acknowledged entries that are older than this; never one that is not acknowledged."""
        raise NotImplementedError

    def bury(self, letter: DeadLetter, entry_id: str) -> None:
        """Move a poisonous entry to the dead-letter stream and acknowledge it, in one transaction."""
        raise NotImplementedError

    def dead_letters(self, count: int = 100) -> list[DeadLetter]:
        """The newest dead letters."""
        raise NotImplementedError

    def backlog(self) -> Backlog:
        """What waits in the stream of events."""
        raise NotImplementedError

    def read_observations(
        self, after: str = "$", count: int = 500, wait_s: float = 0.0
    ) -> tuple[str, list[Observation]]:
        """Observations after an id of the stream (``$``: from now on), and the id to go on from.

        Unreadable ones are left out. An id that is ahead of a restarted, empty stream starts anew.
        """
        raise NotImplementedError

    # Live state

    def lead(self, name: str, ttl_s: float) -> bool:
        """Become or stay the leading aggregator; False if another leads."""
        raise NotImplementedError

    def stop_leading(self, name: str) -> None:
        """Let another aggregator lead."""
        raise NotImplementedError

    def show(self, live: Sequence[AnyLive]) -> None:
        """Replace the live state of these cameras or of the floor, and tell the subscribers, in one round trip."""
        raise NotImplementedError

    def hide_camera(self, camera: str) -> None:
        """Remove the live state of a camera that is gone."""
        raise NotImplementedError

    def live_cameras(self) -> dict[str, LiveCamera]:
        """Snapshot: what every camera saw last."""
        raise NotImplementedError

    def live_floor(self) -> LiveFloor | None:
        """Snapshot: the floor; None before the first."""
        raise NotImplementedError

    def follow_live(self, take: Callable[[AnyLive], None], stopped: Callable[[], bool]) -> None:
        """Give every live message to ``take`` until ``stopped``; blocks, so it belongs in a thread of its own.

        Raises ``StoreError`` when the connection is lost: read the snapshot then, and follow again.
        """
        raise NotImplementedError


def server_facts(store: Store) -> Mapping[str, str]:
    """Version, memory, persistence and policy of the server, for ``spotter doctor`` and the health screen."""
    raise NotImplementedError
