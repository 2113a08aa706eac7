"""ZeroMQ: the only file that imports it.

Sockets are described as data and made in the thread that uses them. Options are set before bind and connect. Nothing
here waits without a time-out, and every frame that is not delivered is counted with its reason.
"""

import errno
import random
import secrets
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zmq
from numpy.typing import NDArray
from zmq.utils import z85

from core.clock import NANOSECONDS, mono_ns
from core.curve_keys import Keys, allowed_keys, is_key, read_keys, write_keys
from core.endpoints import IPC, IpcAddress, TcpAddress, check_reachable, in_use, parse_bind, remove_leftover
from core.errors import ConfigError, OutOfReachError, WireError
from core.held_frames import Held, HeldFrames
from core.messages import FrameHeader, Gap
from core.subscription import Subscription, parse_subscription
from core.wire import CHANNELS, as_jpeg, encode, frame_parts, parse_header, parse_picture

__all__ = [
    "Arrived", "FramePublisher", "FrameSubscriber", "Keys", "PublisherSpec", "allowed_keys", "new_keys", "read_keys",
    "unreadable", "write_keys",
]  # fmt: skip

SEND_QUEUE = 8
"""Messages that wait for one worker; more would only grow old there: what matters is held for a replay."""
RECEIVE_QUEUE = 8
"""Messages of one camera that wait in a worker."""
TAKE_AT_MOST = 64
"""Messages of one camera taken out of the queue at a time, so that a fast camera does not starve the others."""
TAKE_HELD_BYTES = 48_000_000
"""Of held pictures taken out at a time, decoded: none of them is dropped, so they come in portions."""
REQUESTS_AT_A_TIME = 128
"""Subscriptions or connections answered before the camera goes on, however many more there are."""
MOST_WORKERS = 32
"""Workers that one camera serves; beyond it somebody plays tricks."""
PROBE_AFTER_S, PROBE_EACH_S, PROBES = 3, 2, 3
SILENCE_MS = 10_000
"""A machine that the network does not reach for so long is gone: its connection is made anew. A process that merely
stands still has its frames counted as dropped; after this time Linux ends its TCP connection too, and the process makes
another one when it goes on."""
LINGER_MS = 500
RECONNECT_MS, RECONNECT_MAX_MS = 100, 2000
CONNECT_TIMEOUT_MS = 3000
LARGEST_REQUEST = 4096
"""Bytes of what a worker may send to a camera: subscriptions and the handshake."""
LARGEST_MESSAGE = 256 * 2**20
"""Bytes of what a camera may send to a worker; a raw 8K picture has 100 MB."""
ZAP_ENDPOINT, ZAP_VERSION, ZAP_DOMAIN = "inproc://zeromq.zap.01", b"1.0", b"frames"
CATCH_UP_HOLDS = 2.0
"""A replay ends after this many times ``hold_s``, and at the earliest after ``CATCH_UP_LEAST_S``: a worker that is
slower than the camera would otherwise stay behind for ever."""
CATCH_UP_LEAST_S = 4.0
SUBSCRIBE, UNSUBSCRIBE = b"\x01", b"\x00"


@dataclass(frozen=True, slots=True)
class PublisherSpec:
    """Where and how one camera's frames are published."""

    camera: str
    bind: str
    """``ipc://PATH``, ``tcp://ADDRESS:PORT`` or ``tcp://ADDRESS:FIRST-LAST``."""
    advertise: str | None = None
    keys: Keys | None = None
    allowed: tuple[str, ...] = ()
    """Public keys of the workers that may connect; needed with ``keys``."""
    hold_s: float = 6.0
    hold_bytes: int = 96_000_000


@dataclass(slots=True)
class _Worker:
    """One worker that has subscribed: everything before its position is sent, or will never be."""

    position: int
    catching_up: bool
    catch_up_until_ns: int = 0
    connections: int = 1
    """More than one while a lost connection has not been noticed and the worker is back already."""


class FramePublisher:
    """Publishes one camera's frames and holds the newest ones back for a worker that takes over.

    An XPUB socket. Each worker subscribes to a topic of its own, which may ask for the held frames after one that it
    knows (``core/subscription.py``); they are sent in order, and the live ones follow without a hole or a repetition.

    Raises ``ConfigError`` for an address beyond loopback without keys, ``OutOfReachError`` if it cannot be bound.
    """

    def __init__(self, spec: PublisherSpec) -> None:
        self._spec = spec
        self._workers: dict[bytes, _Worker] = {}
        self._held = HeldFrames(spec.hold_s, spec.hold_bytes, _as_jpeg)
        self._dropped: Counter[str] = Counter()
        address = parse_bind(spec.bind)
        check_reachable(address, spec.keys is not None, spec.advertise)
        self._context = zmq.Context()
        try:
            self._gate = _Gate(self._context, spec.allowed) if spec.keys else None
            self._socket = self._context.socket(zmq.XPUB)
            _set_up_publisher(self._socket, spec)
            self._endpoint = _bind(self._socket, address, spec.advertise)
        except BaseException:
            self._context.destroy(linger=0)
            raise

    @property
    def endpoint(self) -> str:
        """Where workers connect to."""
        return self._endpoint

    @property
    def server_key(self) -> str:
        """Public key; empty without encryption."""
        return self._spec.keys.public if self._spec.keys else ""

    @property
    def subscribers(self) -> int:
        """How many workers have subscribed to the camera."""
        return len(self._workers)

    @property
    def dropped(self) -> dict[str, int]:
        """Frames that were not sent to some worker so far, by reason.

        ``busy``: its queue was full; ``too far behind``: its replay was overtaken.
        """
        return dict(self._dropped)

    @property
    def refused(self) -> int:
        """Connections of keys that are not allowed, so far."""
        return self._gate.refused if self._gate else 0

    def publish(self, header: FrameHeader, picture: NDArray[np.uint8] | bytes) -> bool:
        """Send a frame without waiting; False if no worker could take it. The array must not be changed afterwards.

        The picture is (height, width, 3) BGR if raw, and the bytes of a JPEG, or an array of them, otherwise.
        Raises ``WireError`` if header and picture do not fit.
        """
        _, _, pixels = frame_parts(header, picture)
        # One frame object for all workers and the held ones: they share the memory. Only small pictures are copied.
        return self._publish(Held(header, zmq.Frame(pixels), len(pixels)))

    def publish_gap(self, gap: Gap) -> None:
        """Tell of a gap; also held."""
        self._publish(Held(gap, None, 0))

    def serve(self) -> None:
        """Answer subscriptions and replays that have come in; call a few times a second, without frames too."""
        if self._gate:
            self._gate.answer()
        self._take_subscriptions()
        for name, worker in self._workers.items():
            self._send_held(name, worker)

    def close(self) -> None:
        """Send what is queued for at most half a second, and close."""
        if self._context.closed:
            return
        if self._gate:
            self._gate.close()
        # ZeroMQ leaves the file behind. It goes while we still listen: afterwards it might be a successor's.
        if self._endpoint.startswith(IPC):
            Path(self._endpoint.removeprefix(IPC)).unlink(missing_ok=True)
        self._socket.close(linger=LINGER_MS)
        self._context.term()

    def __enter__(self) -> "FramePublisher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _publish(self, new: Held) -> bool:
        self.serve()
        position = self._held.end
        self._held.append(new)
        taken = False
        for name, worker in self._workers.items():
            if worker.catching_up:
                self._send_held(name, worker)
                taken = True
            elif self._send(name, new):
                worker.position = position + 1
                taken = True
            elif isinstance(new.header, Gap):
                # A gap is never dropped: from here on the worker is given what is held.
                self._catch_up(worker, position)
            else:
                worker.position = position + 1
                self._dropped["busy"] += 1
        self._held.fit()
        return taken

    def _take_subscriptions(self) -> None:
        for _ in range(REQUESTS_AT_A_TIME):
            if not _has_input(self._socket):
                return
            request = self._socket.recv(zmq.NOBLOCK)
            name = request[1:]
            if request[:1] == UNSUBSCRIBE:
                self._leave(name)
            elif request[:1] == SUBSCRIBE:
                self._enter(name)

    def _enter(self, name: bytes) -> None:
        try:
            wish = parse_subscription(name)
        except WireError:
            return
        known = self._workers.get(name)
        if wish.camera != self._spec.camera or (known is None and len(self._workers) >= MOST_WORKERS):
            return
        self._socket.setsockopt(zmq.SUBSCRIBE, name)
        worker = _Worker(self._held.end, catching_up=False, connections=known.connections + 1 if known else 1)
        if wish.after:
            self._catch_up(worker, self._held.position_after(*wish.after))
        self._workers[name] = worker

    def _leave(self, name: bytes) -> None:
        worker = self._workers.get(name)
        if worker:
            worker.connections -= 1
            self._socket.setsockopt(zmq.UNSUBSCRIBE, name)
            if not worker.connections:
                del self._workers[name]

    def _catch_up(self, worker: _Worker, position: int) -> None:
        worker.position = position
        worker.catching_up = True
        longest_s = max(CATCH_UP_HOLDS * self._spec.hold_s, CATCH_UP_LEAST_S)
        worker.catch_up_until_ns = mono_ns() + round(longest_s * NANOSECONDS)

    def _send_held(self, name: bytes, worker: _Worker) -> None:
        """Go on with a replay as far as the worker's queue takes it."""
        if not worker.catching_up:
            return
        if mono_ns() > worker.catch_up_until_ns:
            self._dropped["too far behind"] += self._held.end - worker.position
            worker.position = self._held.end
        elif worker.position < self._held.begin:
            self._dropped["too far behind"] += self._held.begin - worker.position
            worker.position = self._held.begin
        while worker.position < self._held.end:
            if not self._send(name, _as_held(self._held.at(worker.position))):
                return
            worker.position += 1
        worker.catching_up = False

    def _send(self, name: bytes, held: Held) -> bool:
        """Send to one worker; False if its queue is full."""
        parts = [name, encode(held.header)] + ([] if held.pixels is None else [held.pixels])
        try:
            self._socket.send_multipart(parts, zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return False
        return True


def _as_jpeg(held: Held) -> Held:
    """A raw picture in a twentieth of its bytes: so the seconds that a takeover needs fit, of a large picture too."""
    if not isinstance(held.header, FrameHeader) or held.header.encoding != "raw":
        return held
    jpeg = as_jpeg(parse_picture(held.header, held.pixels.buffer))
    if len(jpeg) >= held.size:
        return held
    return Held(msgspec.structs.replace(held.header, encoding="jpeg"), zmq.Frame(jpeg), len(jpeg))


def _as_held(held: Held) -> Held:
    if isinstance(held.header, Gap):
        return held
    return replace(held, header=msgspec.structs.replace(held.header, held=True))


class _Gate:
    """Lets only known keys in: answers ZeroMQ's question (RFC 27, ZAP) whenever the publisher is served."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], allowed: tuple[str, ...]) -> None:
        if not allowed:
            raise ConfigError(
                "no worker may connect: put the public keys of the workers' machines into the keys' folder authorized"
            )
        self._allowed = {_key_bytes(key) for key in allowed}
        self.refused = 0
        self._socket = context.socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDTIMEO, LINGER_MS)
        self._socket.bind(ZAP_ENDPOINT)

    def answer(self) -> None:
        """Answer all questions that have come in."""
        for _ in range(REQUESTS_AT_A_TIME):
            if not _has_input(self._socket):
                return
            version, request, domain, _address, _identity, mechanism, *credentials = self._socket.recv_multipart()
            known = (version, domain, mechanism) == (ZAP_VERSION, ZAP_DOMAIN, b"CURVE")
            let_in = known and len(credentials) == 1 and credentials[0] in self._allowed
            self.refused += not let_in
            status = [b"200", b"OK"] if let_in else [b"400", b"this key is not in the folder authorized"]
            self._socket.send_multipart([ZAP_VERSION, request, *status, b"", b""])

    def close(self) -> None:
        """Answer no more."""
        self._socket.close(linger=0)


def _set_up_publisher(publisher: zmq.Socket[bytes], spec: PublisherSpec) -> None:
    _set_up(publisher)
    publisher.setsockopt(zmq.LINGER, LINGER_MS)
    publisher.setsockopt(zmq.SNDHWM, SEND_QUEUE)
    publisher.setsockopt(zmq.MAXMSGSIZE, LARGEST_REQUEST)
    # MANUAL: nobody gets anything but by a subscription that was understood. NODROP: a full queue is told, not hidden.
    publisher.setsockopt(zmq.XPUB_MANUAL, 1)
    publisher.setsockopt(zmq.XPUB_NODROP, 1)
    if spec.keys:
        _set_up_keys(publisher, spec.keys)
        publisher.setsockopt(zmq.CURVE_SERVER, 1)
        publisher.setsockopt(zmq.ZAP_DOMAIN, ZAP_DOMAIN)


def _bind(publisher: zmq.Socket[bytes], address: IpcAddress | TcpAddress, advertise: str | None) -> str:
    """Bind, and return the endpoint that workers connect to."""
    if isinstance(address, IpcAddress):
        remove_leftover(address)
        if not _bind_to(publisher, address.endpoint):
            raise in_use(address.endpoint)
        # Whoever may connect sees the camera's pictures.
        address.path.chmod(0o600)
        return address.endpoint
    if address.host.version == 6:
        publisher.setsockopt(zmq.IPV6, 1)
    for port in random.sample(address.ports, len(address.ports)):
        if not _bind_to(publisher, address.endpoint(port)):
            continue
        bound = int(publisher.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2])
        return address.endpoint(bound, advertise)
    first, last = address.ports[0], address.ports[-1]
    if first == last:
        raise in_use(address.endpoint(first))
    raise OutOfReachError(
        f"all ports of {address.host} from {first} to {last} are in use; allow more of them in transport.bind"
    )


def _bind_to(publisher: zmq.Socket[bytes], endpoint: str) -> bool:
    """Bind; False if the address is in use, and ``OutOfReachError`` for every other reason."""
    try:
        publisher.bind(endpoint)
    except zmq.ZMQError as error:
        match error.errno:
            case errno.EADDRINUSE:
                return False
            case errno.EADDRNOTAVAIL | errno.ENODEV:
                reason = "this machine has no such address; see ip address"
            case errno.EACCES | errno.EPERM:
                reason = "this user may not; choose a port above 1023 or another folder"
            case _:
                reason = f"{error.strerror}"
        raise OutOfReachError(f"frames cannot be published on {endpoint}: {reason}") from error
    return True


def _has_input(socket: zmq.Socket[bytes]) -> bool:
    return bool(int(socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message about a camera, as it came."""

    camera: str
    header: FrameHeader | Gap
    pixels: NDArray[np.uint8] | None
    """(height, width, 3) uint8 BGR; None with a gap."""


class FrameSubscriber:
    """Receives the frames of the cameras that a worker owns; connects and subscribes camera by camera."""

    def __init__(self, keys: Keys | None = None) -> None:
        self._keys = keys
        self._context = zmq.Context()
        self._links: dict[str, _Link] = {}
        self._poller = zmq.Poller()

    def subscribe(
        self, camera: str, endpoint: str, server_key: str = "", *, after: tuple[str, int] | None = None
    ) -> None:
        """Connect to a camera; ``after`` (boot, sequence) asks for the held frames that follow.

        Replaces an earlier subscription. The camera need not be there yet, and may be restarted. Raises ``ConfigError``
        without keys for a camera that has some, ``OutOfReachError`` for an endpoint or key that is none.
        """
        self.unsubscribe(camera)
        problem = unreadable(camera, server_key, self._keys)
        if problem:
            raise ConfigError(problem)
        wish = Subscription(camera, secrets.token_hex(8), after)
        socket = self._context.socket(zmq.SUB)
        try:
            _set_up_subscriber(socket, self._keys if server_key else None, server_key, endpoint)
            socket.setsockopt(zmq.SUBSCRIBE, wish.topic())
            socket.connect(endpoint)
        except zmq.ZMQError as error:
            socket.close(linger=0)
            raise OutOfReachError(f"camera {camera} is said to be at {endpoint!r}: {error.strerror}") from error
        except BaseException:
            socket.close(linger=0)
            raise
        self._links[camera] = _Link(socket, wish)
        self._poller.register(socket, zmq.POLLIN)

    def unsubscribe(self, camera: str) -> None:
        """Take no more of this camera; forgets what is queued."""
        link = self._links.pop(camera, None)
        if link:
            self._poller.unregister(link.socket)
            link.socket.close(linger=0)

    def receive(self, wait_s: float, *, but: Collection[str] = ()) -> list[Arrived]:
        """Everything that has arrived, in order per camera; waits at most so long for the first.

        Cameras in ``but`` wait: what they hold for us stays with them until we go on.

        Decodes nothing that is older than a newer live frame of the same camera: such frames are counted as dropped.
        Held frames and gaps are never dropped. What cannot be understood is counted, and never raises. Pixels may be
        read-only.
        """
        if not self._links:
            time.sleep(max(0.0, wait_s))  # Nothing to wait for: the caller's round shall last as long as with a camera.
            return []
        ready = {socket for socket, _ in self._poller.poll(max(0, round(1000 * wait_s)))}
        ready -= {self._links[camera].socket for camera in but if camera in self._links}
        if but and not ready:
            time.sleep(max(0.0, wait_s))  # What waits there has ended the poll at once.
        return [arrived for link in self._links.values() if link.socket in ready for arrived in link.take()]

    def take_dropped(self, camera: str) -> dict[str, int]:
        """Frames of a camera dropped here so far, by reason (``late``, ``malformed``); counts from its subscription."""
        link = self._links.get(camera)
        return dict(+link.dropped) if link else {}

    def close(self) -> None:
        """Close at once."""
        for camera in list(self._links):
            self.unsubscribe(camera)
        self._context.term()

    def __enter__(self) -> "FrameSubscriber":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Link:
    """One camera's connection; a socket of its own, so that closing it frees all of it."""

    def __init__(self, socket: zmq.Socket[bytes], wish: Subscription) -> None:
        self.socket = socket
        self.dropped: Counter[str] = Counter()
        self._camera = wish.camera
        self._boot, self._sequence = wish.after or ("", -1)
        """The last frame that was seen."""
        self._gap_ns = -1
        """Capture time of the last gap of this boot."""

    def take(self) -> list[Arrived]:
        """All held frames and gaps and the newest live frame that have arrived, in order."""
        kept: list[tuple[FrameHeader | Gap, Any]] = []
        for header, pixels in self._headers():
            if isinstance(header, FrameHeader) and not header.held:
                before = len(kept)
                kept = [each for each in kept if isinstance(each[0], Gap) or each[0].held]
                self.dropped["late"] += before - len(kept)
            kept.append((header, pixels))
        return [arrived for header, pixels in kept if (arrived := self._arrived(header, pixels))]

    def _headers(self) -> "list[tuple[FrameHeader | Gap, Any]]":
        """What is new of the messages in the queue."""
        found: list[tuple[FrameHeader | Gap, Any]] = []
        held_bytes = 0
        for _ in range(TAKE_AT_MOST):
            try:
                parts = _receive_parts(self.socket) if held_bytes < TAKE_HELD_BYTES else []
            except zmq.Again:
                break
            if not parts:
                break
            try:
                header = parse_header(parts)
            except WireError:
                self.dropped["malformed"] += 1
                continue
            if self._is_new(header):
                found.append((header, parts[-1]))
                if isinstance(header, FrameHeader) and header.held:
                    held_bytes += header.width * header.height * CHANNELS
        return found

    def _is_new(self, header: FrameHeader | Gap) -> bool:
        """False for what a replay repeats; remembers the rest."""
        if header.boot != self._boot:
            self._boot, self._sequence, self._gap_ns = header.boot, -1, -1
        if header.sequence <= self._sequence:
            return False
        if isinstance(header, Gap):
            is_new = header.captured_ns > self._gap_ns
            self._gap_ns = max(self._gap_ns, header.captured_ns)
            return is_new
        self._sequence = header.sequence
        return True

    def _arrived(self, header: FrameHeader | Gap, pixels: Any) -> Arrived | None:  # noqa: ANN401
        if isinstance(header, Gap):
            return Arrived(self._camera, header, None)
        try:
            return Arrived(self._camera, header, parse_picture(header, pixels))
        except WireError:
            self.dropped["malformed"] += 1
            return None


def _receive_parts(socket: zmq.Socket[bytes]) -> list[Any]:
    """The buffers of one message; raises zmq.Again. ZeroMQ's own call asks the socket for what each part knows."""
    part = socket.recv(zmq.NOBLOCK, copy=False)
    parts = [part.buffer]
    while part.more:
        part = socket.recv(zmq.NOBLOCK, copy=False)
        parts.append(part.buffer)
    return parts


def _set_up_subscriber(socket: zmq.Socket[bytes], keys: Keys | None, server_key: str, endpoint: str) -> None:
    _set_up(socket)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVHWM, RECEIVE_QUEUE)
    socket.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
    socket.setsockopt(zmq.CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS)
    if "[" in endpoint:
        socket.setsockopt(zmq.IPV6, 1)
    if keys:
        if not is_key(server_key):
            raise OutOfReachError(f"the camera at {endpoint} tells a server key that is none; look at its process")
        _set_up_keys(socket, keys)
        socket.setsockopt(zmq.CURVE_SERVERKEY, server_key.encode())


def _set_up(socket: zmq.Socket[bytes]) -> None:
    """What both ends have in common.

    The kernel watches the connection, not ZeroMQ's heartbeats: those end the connection of a process whose queue is
    full, and ZeroMQ 4.3.5 aborts that process when it reads on ("Assertion failed: _input_stopped", its issue 3937).
    """
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, PROBE_AFTER_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, PROBE_EACH_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, PROBES)
    socket.setsockopt(zmq.TCP_MAXRT, SILENCE_MS)


def unreadable(camera: str, server_key: str, keys: Keys | None) -> str:
    """Why frames of a camera with this public key cannot be read, and what to do; empty if they can."""
    if server_key and keys is None:
        return f"camera {camera} sends encrypted frames and there are no keys here: set transport.keys, or say --keys"
    return ""


def _set_up_keys(socket: zmq.Socket[bytes], keys: Keys) -> None:
    if not is_key(keys.public) or not is_key(keys.secret) or _public_of(keys) != keys.public:
        raise ConfigError(f"the secret key does not belong to the public key {keys.public!r}; make a new pair")
    socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.public.encode())
    socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret.encode())


def _public_of(keys: Keys) -> str:
    try:
        return zmq.curve_public(keys.secret.encode()).decode()
    except (zmq.ZMQError, ValueError):
        return ""


def _key_bytes(key: str) -> bytes:
    if not is_key(key):
        raise ConfigError("an allowed key is no CURVE key (40 characters); copy the worker's public key anew")
    return bytes(z85.decode(key))


def new_keys() -> Keys:
    """Make a pair of CURVE keys."""
    public, secret = zmq.curve_keypair()
    return Keys(public.decode(), secret.decode())
