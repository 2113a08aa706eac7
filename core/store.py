"""Redis: the only file that imports it.

Knows streams, leases and heartbeats as the system uses them, and maps every foreign error to ``StoreError``. Every
call returns within a second or raises, save the waits that a caller asks for; nothing here retries, because each
caller knows better what to do meanwhile. One ``Store`` belongs to one thread.
"""

import logging
import re
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry

from core import keys
from core.clock import NANOSECONDS
from core.errors import ConfigError, GroupLostError, StoreError, WireError
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
    Preview,
)
from core.secrets import Address, without_secrets
from core.wire import decode, encode

log = logging.getLogger(__name__)

OLDEST_VERSION = (6, 2)
"""The first Redis that has XAUTOCLAIM and trims a stream by id."""
FIELD = b"m"
"""The only field of a stream's entries: the message."""
ZERO_ID = "0-0"
MOST_DEAD_LETTERS = 10_000
COUNTED_LAG = 10_000
"""An old Redis does not tell how much is unread; it is counted up to here, and bounded from above beyond."""
CLAIM_ROUNDS = 10
SEARCHED_AT_ONCE = 500
"""Entries of a stream; a part of a millisecond of the server's time."""
KEPT_GRANTS = 64
"""Of one camera: at one each 5 s, the most that fair sharing gives, those of five minutes; mostly those of weeks."""
PING_S = 1.0
"""How often a quiet subscription is asked whether its connection lives."""

# A token is one more than the last; a Redis that came back empty goes on from the time, so that no token comes twice.
_ACQUIRE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return -1 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('RPUSH', KEYS[3], ARGV[3])
redis.call('LTRIM', KEYS[3], -ARGV[5], -1)
return 1
"""
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
_LEAD = """
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
# What the next second replaces would wear out the disk if it went into the append-only file; where a server does not
# allow that choice, it goes there after all.
_UNWRITTEN = """
if redis.replicate_commands then redis.replicate_commands() end
pcall(redis.set_repl, redis.REPL_NONE)
"""
_SAVE = _UNWRITTEN + "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])"
_BEAT = _UNWRITTEN + "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])"
_OBSERVE = (
    _UNWRITTEN
    + """
for number = 3, #ARGV do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', ARGV[2], ARGV[number])
end
"""
)
_SHOW = (
    _UNWRITTEN
    + """
for number = 2, #ARGV, 2 do
  local camera, live = ARGV[number], ARGV[number + 1]
  if camera == '' then redis.call('SET', KEYS[2], live) else redis.call('HSET', KEYS[1], camera, live) end
  redis.call('PUBLISH', ARGV[1], live)
end
"""
)
_COUNT_AFTER = "return #redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])"


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
    old; the message names the address without its secrets and says what to do. An address that cannot be one of Redis
    is a ``ConfigError`` at once.
    """

    def __init__(self, address: Address, *, timeout_s: float = 0.8) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._client: Any = self._connected(timeout_s)
        self._patient: Any = None
        """For reads that wait: its connection times out later than the server ends the wait."""
        self._patience_s = 0.0

    def close(self) -> None:
        """Close the connections; may be called twice."""
        self._client.connection_pool.disconnect()
        if self._patient is not None:
            self._patient.connection_pool.disconnect()

    def check(self) -> str:
        """Connect and return the server's version; refuses one older than 6.2."""
        version = self._info("server").get("redis_version", "unknown")
        numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
        if numbers < OLDEST_VERSION:
            raise StoreError(f"Redis at {self.address} is {version}, which is too old: install 6.2 or newer")
        return version

    def run_id(self) -> str:
        """Name of this run of the server: another one means that it was restarted, maybe empty."""
        return self._info("server").get("run_id", "")

    # Heartbeats

    def beat(self, heartbeat: AnyHeartbeat) -> None:
        """Write a process's heartbeat."""
        self._do("EVAL", _BEAT, 1, keys.PROCESSES, heartbeat.sender, encode(heartbeat))

    def processes(self) -> dict[str, AnyHeartbeat]:
        """The newest heartbeat of every process that wrote one, stale ones included; unreadable ones are left out."""
        return self._hash_of(keys.PROCESSES, AnyHeartbeat)

    def forget_process(self, name: str) -> None:
        """Remove the heartbeat of a process that was stopped on purpose."""
        self._do("HDEL", keys.PROCESSES, name)

    # Leases and checkpoints

    def acquire(
        self, camera: str, owner: str, ttl_s: float, now_utc_ns: int, granted_utc_ns: int | None = None
    ) -> Lease | None:
        """Take a free camera, with a new token; None if somebody owns it.

        ``granted_utc_ns``: now, by the clock of the camera's host, if that is known to be another.
        """
        key = keys.lease(camera)
        while True:
            taken, newest = self._do_all(("EXISTS", key), ("GET", keys.LEASE_TOKEN))
            if taken:
                return None
            token = 1 + (int(newest) if newest else now_utc_ns // NANOSECONDS)
            granted = now_utc_ns if granted_utc_ns is None else granted_utc_ns
            lease = Lease(sender=owner, camera=camera, token=token, granted_utc_ns=granted)
            arguments = (newest or b"", token, encode(lease), _ms(ttl_s), KEPT_GRANTS)
            answer = self._do("EVAL", _ACQUIRE, 3, key, keys.LEASE_TOKEN, keys.grants(camera), *arguments)
            if answer == 1:
                return lease
            if answer == 0:
                return None
            # Somebody took another camera in between and had this token: each round, one of the takers gets on.

    def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Hold a lease for longer; False if it is another's by now, or was lost and nobody has it."""
        return bool(self._do("EVAL", _RENEW, 1, keys.lease(lease.camera), encode(lease), _ms(ttl_s)))

    def release(self, lease: Lease) -> None:
        """Give a lease back, if it is still this one."""
        self._do("EVAL", _RELEASE, 1, keys.lease(lease.camera), encode(lease))

    def leases(self, cameras: Iterable[str]) -> dict[str, Lease]:
        """Who owns these cameras; free ones are left out."""
        asked = list(cameras)
        if not asked:
            return {}
        held = self._do("MGET", *(keys.lease(camera) for camera in asked))
        found = {camera: self._read(payload, Lease) for camera, payload in zip(asked, held, strict=True) if payload}
        return {camera: lease for camera, lease in found.items() if lease is not None}

    def grants(self, cameras: Iterable[str]) -> dict[str, list[Lease]]:
        """The newest leases of these cameras, those that are over included, in the order in which they were taken."""
        asked = list(cameras)
        lists = self._do_all(*(("LRANGE", keys.grants(camera), 0, -1) for camera in asked))
        read = [[self._read(payload, Lease) for payload in payloads] for payloads in lists]
        return {
            camera: [lease for lease in leases if lease is not None] for camera, leases in zip(asked, read, strict=True)
        }

    def save_checkpoint(self, checkpoint: Checkpoint, ttl_s: float) -> None:
        """Replace a camera's checkpoint; a restart of Redis itself forgets it, and the owner writes it anew."""
        self._do("EVAL", _SAVE, 1, keys.checkpoint(checkpoint.camera), encode(checkpoint), _ms(ttl_s))

    def load_checkpoint(self, camera: str) -> Checkpoint | None:
        """The newest checkpoint; None if there is none, or none that can be read."""
        payload = self._do("GET", keys.checkpoint(camera))
        return self._read(payload, Checkpoint) if payload else None

    # Observations and events, from workers

    def observe(self, observations: Sequence[Observation], keep: int = 600) -> None:
        """Append to the capped stream, in one round trip."""
        if observations:
            self._do("EVAL", _OBSERVE, 1, keys.OBSERVATIONS, keep, FIELD, *map(encode, observations))

    def append_events(self, events: Sequence[AnyDurable]) -> None:
        """Append durable events in order, in one round trip: all or, after an error, an unknown part of them."""
        self.append_payloads([encode(event) for event in events])

    def append_payloads(self, payloads: Sequence[bytes]) -> None:
        """Append events that are encoded already, as they come out of a spool."""
        self._do_all(*(("XADD", keys.EVENTS, "*", FIELD, payload) for payload in payloads))

    # Events and observations, to the aggregator

    def ensure_group(self) -> bool:
        """Create the consumer group at the beginning of the stream; False if it was there."""
        try:
            self._do("XGROUP", "CREATE", keys.EVENTS, keys.EVENTS_GROUP, "0", "MKSTREAM")
        except _GroupExistsError:
            return False
        return True

    def own_pending(self, consumer: str, after: str = "0", count: int = 200) -> list[Entry]:
        """Entries delivered to this consumer earlier and not acknowledged, after an id.

        A read that failed may have delivered entries: ask for them here before reading on.
        """
        return self._read_group(self._client, consumer, after, count)

    def claim_abandoned(self, consumer: str, idle_s: float, count: int = 200) -> list[Entry]:
        """Take over entries that another consumer has left unacknowledged for so long.

        Entries that were trimmed meanwhile are left out here; ``own_pending`` names them.
        """
        start, claimed = ZERO_ID, list[Any]()
        for _ in range(CLAIM_ROUNDS):
            answer = self._do(
                "XAUTOCLAIM",
                keys.EVENTS,
                keys.EVENTS_GROUP,
                consumer,
                round(idle_s * 1000),
                start,
                "COUNT",
                count - len(claimed),
            )
            start = answer[0].decode()
            claimed += [entry for entry in answer[1] if entry is not None]
            if start == ZERO_ID or len(claimed) >= count:
                break
        return self._with_deliveries(consumer, claimed)

    def read_events(self, consumer: str, count: int = 200, wait_s: float = 0.0) -> list[Entry]:
        """New entries; waits at most ``wait_s`` for the first. Raises ``GroupLostError`` if the group is gone."""
        return self._read_group(self._waiting(wait_s), consumer, ">", count, *_block(wait_s))

    def acknowledge(self, ids: Sequence[str]) -> None:
        """Mark entries as folded."""
        if ids:
            self._do("XACK", keys.EVENTS, keys.EVENTS_GROUP, *ids)

    def trim_folded(self, keep_s: float) -> None:
        """Drop acknowledged entries that are older than this; never one that is not acknowledged."""
        group = self._group()
        if group is None:
            return
        pending, (seconds, _) = self._do_all(("XPENDING", keys.EVENTS, keys.EVENTS_GROUP), ("TIME",))
        oldest_wanted = [f"{max(int((int(seconds) - keep_s) * 1000), 0)}-0", group["last-delivered-id"].decode()]
        if pending[0]:
            oldest_wanted.append(pending[1].decode())
        self._do("XTRIM", keys.EVENTS, "MINID", min(oldest_wanted, key=_order))

    def bury(self, letter: DeadLetter, entry_id: str) -> None:
        """Move a poisonous entry to the dead-letter stream and acknowledge it, in one transaction."""
        self._do_all(
            ("XADD", keys.DEAD_EVENTS, "MAXLEN", "~", MOST_DEAD_LETTERS, "*", FIELD, encode(letter)),
            ("XACK", keys.EVENTS, keys.EVENTS_GROUP, entry_id),
            transaction=True,
        )

    def dead_letters(self, count: int = 100) -> list[DeadLetter]:
        """The newest dead letters, the newest first."""
        entries = self._do("XREVRANGE", keys.DEAD_EVENTS, "+", "-", "COUNT", count)
        letters = (self._read(payload, DeadLetter) for payload in map(_payload, entries) if payload is not None)
        return [letter for letter in letters if letter is not None]

    def backlog(self) -> Backlog:
        """What waits in the stream of events."""
        length = int(self._do("XLEN", keys.EVENTS))
        group = self._group()
        if group is None:
            return Backlog(length, 0, length)
        pending = int(group["pending"])
        lag = group.get("lag")
        if lag is None:
            after = "(" + group["last-delivered-id"].decode()
            lag = self._do("EVAL", _COUNT_AFTER, 1, keys.EVENTS, after, COUNTED_LAG)
            if int(lag) >= COUNTED_LAG:
                lag = max(length - pending, COUNTED_LAG)
        return Backlog(length, pending, int(lag))

    def read_observations(
        self, after: str = "$", count: int = 500, wait_s: float = 0.0
    ) -> tuple[str, list[Observation]]:
        """Observations after an id of the stream (``$``: from now on), and the id to go on from.

        Unreadable ones are left out. An id that is ahead of a restarted, empty stream starts anew.
        """
        since = self._newest_observation() if after == "$" else after
        command = ("XREAD", "COUNT", count, *_block(wait_s), "STREAMS", keys.OBSERVATIONS, since)
        answer = self._ask(self._waiting(wait_s), *command)
        if not answer:
            newest = self._newest_observation()
            return (ZERO_ID if _order(newest) < _order(since) else since), []
        entries = answer[0][1]
        payloads = [payload for payload in map(_payload, entries) if payload is not None]
        observations = [self._read(payload, Observation) for payload in payloads]
        return entries[-1][0].decode(), [each for each in observations if each is not None]

    # Live state

    def lead(self, name: str, ttl_s: float) -> bool:
        """Become or stay the leading aggregator; False if another leads."""
        return bool(self._do("EVAL", _LEAD, 1, keys.LEADER, name, _ms(ttl_s)))

    def stop_leading(self, name: str) -> None:
        """Let another aggregator lead."""
        self._do("EVAL", _RELEASE, 1, keys.LEADER, name)

    def show(self, live: Sequence[AnyLive]) -> None:
        """Replace the live state of these cameras or of the floor, and tell the subscribers, in one round trip."""
        if not live:
            return
        told: list[str | bytes] = []
        for each in live:
            told += [each.camera if isinstance(each, LiveCamera) else "", encode(each)]
        self._do("EVAL", _SHOW, 2, keys.LIVE_CAMERAS, keys.LIVE_FLOOR, keys.LIVE_CHANNEL, *told)

    def hide_camera(self, camera: str) -> None:
        """Remove the live state of a camera that is gone."""
        self._do("HDEL", keys.LIVE_CAMERAS, camera)

    def live_cameras(self) -> dict[str, LiveCamera]:
        """Snapshot: what every camera saw last."""
        return self._hash_of(keys.LIVE_CAMERAS, LiveCamera)

    def live_floor(self) -> LiveFloor | None:
        """Snapshot: the floor; None before the first."""
        payload = self._do("GET", keys.LIVE_FLOOR)
        return self._read(payload, LiveFloor) if payload else None

    def follow_live(self, take: Callable[[AnyLive], None], stopped: Callable[[], bool]) -> None:
        """Give every live message to ``take`` until ``stopped``; blocks, so it belongs in a thread of its own.

        Raises ``StoreError`` when the connection is lost: read the snapshot then, and follow again.
        """
        subscription = self._client.pubsub()
        try:
            self._mapped(lambda: subscription.subscribe(keys.LIVE_CHANNEL))
            heard_s = asked_s = time.monotonic()
            while not stopped():
                message = self._mapped(lambda: subscription.get_message(timeout=0.1))
                now_s = time.monotonic()
                if message is not None:
                    heard_s = now_s
                    live = self._read(message["data"], AnyLive) if message["type"] == "message" else None
                    if live is not None:
                        take(live)
                elif now_s - heard_s > PING_S + self._timeout_s:
                    raise StoreError(self._silent(self._timeout_s))
                elif now_s - max(heard_s, asked_s) > PING_S:
                    asked_s = now_s
                    self._mapped(subscription.ping)
        finally:
            subscription.close()

    # Pictures, of cameras whose config allows them

    def wish_preview(self, camera: str, ttl_s: float) -> None:
        """Say that somebody looks at pictures of a camera, for so long."""
        self._do("SET", keys.preview_wish(camera), b"1", "PX", _ms(ttl_s))

    def is_preview_wished(self, camera: str) -> bool:
        """Whether somebody looks at pictures of a camera."""
        return bool(self._do("EXISTS", keys.preview_wish(camera)))

    def show_preview(self, preview: Preview, ttl_s: float) -> None:
        """Replace the picture of a camera, for so long."""
        self._do("SET", keys.preview(preview.camera), encode(preview), "PX", _ms(ttl_s))

    def preview(self, camera: str) -> Preview | None:
        """The newest picture of a camera; None if there is none now."""
        payload = self._do("GET", keys.preview(camera))
        return self._read(payload, Preview) if payload else None

    # Erasing

    def search_entries(self, stream: str, is_wanted: Callable[[bytes], bool], *, erase: bool) -> int:
        """How many entries of a stream (a key of ``core.keys``) are wanted; with ``erase`` they are gone afterwards."""
        after, found = "-", 0
        while True:
            entries = self._do("XRANGE", stream, after, "+", "COUNT", SEARCHED_AT_ONCE)
            wanted = [entry[0] for entry in entries if (payload := _payload(entry)) is not None and is_wanted(payload)]
            found += len(wanted)
            if wanted and erase:
                self._do("XDEL", stream, *wanted)
            if len(entries) < SEARCHED_AT_ONCE:
                return found
            after = "(" + entries[-1][0].decode()

    def erase_checkpoint(self, camera: str) -> None:
        """Remove a camera's checkpoint: whoever takes the camera over begins anew."""
        self._do("DEL", keys.checkpoint(camera))

    def erase_floor(self) -> None:
        """Remove the live state of the floor; the leading aggregator writes it anew."""
        self._do("DEL", keys.LIVE_FLOOR)

    def rewrite_file(self, within_s: float) -> bool:
        """Let the server write its append-only file anew, without what was erased; False if that takes too long."""
        if self._info("persistence").get("aof_enabled") != "1":
            return True
        self._do("BGREWRITEAOF")
        ends_s = time.monotonic() + within_s
        while time.monotonic() < ends_s:
            facts = self._info("persistence")
            if facts.get("aof_rewrite_in_progress") == "0" and facts.get("aof_rewrite_scheduled") == "0":
                return facts.get("aof_last_bgrewrite_status") == "ok"
            time.sleep(0.05)
        return False

    # The server

    def server_information(self) -> dict[str, str]:
        """What ``INFO`` says of the server, its memory and its disk."""
        return self._info("server", "memory", "persistence")

    # The connection

    def _connected(self, timeout_s: float) -> Any:  # noqa: ANN401  # the library is typed in part
        """A client that tries once; connects when first used."""
        try:
            pool = ConnectionPool.from_url(
                self.address.reveal(),
                socket_timeout=timeout_s,
                socket_connect_timeout=min(timeout_s, self._timeout_s),
                retry=Retry(NoBackoff(), 0),
                # The newer protocol brings nothing that is used here, and older servers and proxies lack it.
                protocol=2,
            )
            pool.connection_class(**pool.connection_kwargs)
        except (ValueError, TypeError, ssl.SSLError, exceptions.RedisError) as error:
            raise ConfigError(
                f"{self.address} is no address of a Redis ({without_secrets(str(error))}): "
                "write redis://HOST:PORT/0, rediss://… or unix:///PATH"
            ) from None
        client = Redis(connection_pool=pool)
        # Answers stay as Redis gives them, so that no version of the library decides their shape.
        client.response_callbacks.clear()
        return client

    def _waiting(self, wait_s: float) -> Any:  # noqa: ANN401  # the library is typed in part
        """The client for a read that lets the server wait so long."""
        if wait_s <= 0.0:
            return self._client
        if self._patient is None or wait_s > self._patience_s:
            if self._patient is not None:
                self._patient.connection_pool.disconnect()
            self._patient = self._connected(wait_s + self._timeout_s)
            self._patience_s = wait_s
        return self._patient

    def _do(self, *command: Any) -> Any:  # noqa: ANN401  # as Redis answers
        return self._ask(self._client, *command)

    def _ask(self, client: Any, *command: Any) -> Any:  # noqa: ANN401  # as Redis answers
        return self._mapped(lambda: client.execute_command(*command))

    def _do_all(self, *commands: tuple[Any, ...], transaction: bool = False) -> list[Any]:
        """All commands in one round trip; the first error of any is raised."""
        if not commands:
            return []
        with self._client.pipeline(transaction=transaction) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            answers: list[Any] = self._mapped(pipeline.execute)
        return answers

    def _mapped(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  # as Redis answers
        try:
            return call()
        except (exceptions.RedisError, OSError, UnicodeError) as error:
            raise self._as_ours(error) from None

    def _info(self, *sections: str) -> dict[str, str]:
        lines = "\n".join(answer.decode() for answer in self._do_all(*(("INFO", each) for each in sections)))
        return {name: value for name, _, value in (line.strip().partition(":") for line in lines.split("\n")) if value}

    def _group(self) -> dict[str, Any] | None:
        """What Redis says of the consumer group; None if there is none."""
        try:
            groups = self._do("XINFO", "GROUPS", keys.EVENTS)
        except _NoKeyError:
            return None
        for fields in groups:
            group = {name.decode(): value for name, value in zip(fields[::2], fields[1::2], strict=True)}
            if group["name"] == keys.EVENTS_GROUP.encode():
                return group
        return None

    def _read_group(self, client: Any, consumer: str, after: str, count: int, *block: Any) -> list[Entry]:  # noqa: ANN401
        group = ("XREADGROUP", "GROUP", keys.EVENTS_GROUP, consumer, "COUNT", count)
        answer = self._ask(client, *group, *block, "STREAMS", keys.EVENTS, after)
        entries = answer[0][1] if answer else []
        if after == ">":
            return [Entry(entry[0].decode(), _payload(entry)) for entry in entries]
        return self._with_deliveries(consumer, entries)

    def _with_deliveries(self, consumer: str, entries: list[Any]) -> list[Entry]:
        """Say of each entry how often it was delivered."""
        if not entries:
            return []
        first, last = entries[0][0], entries[-1][0]
        rows = self._do("XPENDING", keys.EVENTS, keys.EVENTS_GROUP, first, last, 10 * len(entries), consumer)
        deliveries = {row[0]: int(row[3]) for row in rows}
        return [Entry(entry[0].decode(), _payload(entry), deliveries.get(entry[0], 1)) for entry in entries]

    def _newest_observation(self) -> str:
        newest = self._do("XREVRANGE", keys.OBSERVATIONS, "+", "-", "COUNT", 1)
        return newest[0][0].decode() if newest else ZERO_ID

    def _hash_of(self, key: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401  # a type or a union
        flat = self._do("HGETALL", key)
        read = {name.decode(): self._read(payload, kind) for name, payload in zip(flat[::2], flat[1::2], strict=True)}
        return {name: message for name, message in read.items() if message is not None}

    def _read(self, payload: bytes, kind: Any) -> Any:  # noqa: ANN401  # a type or a union, and an instance
        """A message, or None if it cannot be understood."""
        try:
            return decode(payload, kind)
        except WireError as error:
            log.debug("left out a message in Redis: %s", error)
            return None

    # Errors

    def _silent(self, timeout_s: float) -> str:
        return f"Redis at {self.address} does not answer within {timeout_s:g} s: see whether it hangs or is overloaded"

    def _as_ours(self, error: Exception) -> StoreError:
        """A foreign error as one sentence that says what to do."""
        at = f"Redis at {self.address}"
        # A pipeline puts the command, which may hold anything, in front of the server's words.
        said = str(error).rpartition("of pipeline caused error: ")[2]
        for kinds, start, made, sentence in _SENTENCES:
            if isinstance(error, kinds) and said.startswith(start):
                return made(sentence.format(at=at))
        if isinstance(error, exceptions.TimeoutError | TimeoutError):
            return StoreError(self._silent(self._timeout_s))
        if isinstance(error, exceptions.InvalidResponse):
            return StoreError(f"what answers at {self.address} is not Redis: correct the address")
        why = without_secrets(" ".join(said.split())) or type(error).__name__
        if isinstance(error, exceptions.ConnectionError | OSError | UnicodeError):
            return StoreError(f"{at} cannot be reached ({why}): start it, or correct the address")
        return StoreError(f"{at} refused a command ({why[:200]})")


class _GroupExistsError(StoreError):
    pass


class _NoKeyError(StoreError):
    pass


_PASSWORD = "{at} asks for a user and password, or for others: write them into its address"
_FULL = "{at} is out of memory (maxmemory) and takes nothing: give it more memory"
_OLD = "{at} does not know a command that Redis has since 6.2: install 6.2 or newer"
_KIND = "{at} holds something of another kind under one of Spotter's keys: give Spotter a database of its own"
_SENTENCES: tuple[tuple[type[Exception], str, type[StoreError], str], ...] = (
    (exceptions.AuthenticationError, "", StoreError, _PASSWORD),
    (exceptions.ResponseError, "NOAUTH", StoreError, _PASSWORD),
    (exceptions.ResponseError, "WRONGPASS", StoreError, _PASSWORD),
    (exceptions.NoPermissionError, "", StoreError, "{at} forbids this user what Spotter needs: correct the user's ACL"),
    (exceptions.ResponseError, "DENIED", StoreError, "{at} is in protected mode: give it a password, or let it bind"),
    (exceptions.OutOfMemoryError, "", StoreError, _FULL),
    (exceptions.ResponseError, "OOM", StoreError, _FULL),
    (exceptions.ReadOnlyError, "", StoreError, "{at} is a read-only replica: name its primary instead"),
    (exceptions.BusyLoadingError, "", StoreError, "{at} still loads its data: it answers when it is done"),
    (exceptions.ResponseError, "LOADING", StoreError, "{at} still loads its data: it answers when it is done"),
    (exceptions.ResponseError, "BUSYGROUP", _GroupExistsError, "{at} has the consumer group already"),
    (exceptions.ResponseError, "BUSY", StoreError, "{at} is busy with somebody's script: end it (SCRIPT KILL)"),
    (exceptions.ResponseError, "NOGROUP", GroupLostError, "{at} has lost the consumer group of the events"),
    (exceptions.ResponseError, "UNBLOCKED", GroupLostError, "{at} has lost the stream of the events"),
    (exceptions.ResponseError, "no such key", _NoKeyError, "{at} has no such key"),
    (exceptions.ResponseError, "unknown command", StoreError, _OLD),
    (exceptions.ResponseError, "syntax error", StoreError, _OLD),
    (exceptions.ResponseError, "WRONGTYPE", StoreError, _KIND),
    (
        exceptions.ResponseError,
        "MISCONF",
        StoreError,
        "{at} cannot write to its disk and takes nothing: see its log, and whether its disk is full",
    ),
)
"""Kind of a foreign error, how the server's words begin, and what is told instead; the first that fits."""


def _ms(seconds: float) -> int:
    """Whole milliseconds, at least one: Redis refuses zero."""
    return max(round(seconds * 1000), 1)


def _block(wait_s: float) -> tuple[Any, ...]:
    return ("BLOCK", _ms(wait_s)) if wait_s > 0.0 else ()


def _payload(entry: Any) -> bytes | None:  # noqa: ANN401  # as Redis answers
    """The message in an entry of a stream: nil when it was trimmed, empty bytes for a foreign entry without one."""
    fields = entry[1]
    if not fields:
        return None
    return next((bytes(value) for name, value in zip(fields[::2], fields[1::2], strict=True) if name == FIELD), b"")


def _order(entry_id: str) -> tuple[int, int]:
    """Ids of a stream in their order."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)


def server_facts(store: Store) -> Mapping[str, str]:
    """Version, memory, persistence and policy of the server, for ``spotter doctor`` and the health screen."""
    facts = store.server_information()
    appended = facts.get("aof_enabled") == "1"
    return {
        "version": facts.get("redis_version", "unknown"),
        "memory": facts.get("used_memory_human", "unknown"),
        "most memory": facts.get("maxmemory_human", "unknown") if facts.get("maxmemory", "0") != "0" else "no limit",
        "policy": facts.get("maxmemory_policy", "unknown"),
        "persistence": "append-only file" if appended else "snapshots only: a crash may lose events",
        "last write": facts.get("aof_last_write_status" if appended else "rdb_last_bgsave_status", "unknown"),
        "up": f"{facts.get('uptime_in_seconds', '?')} s",
    }
