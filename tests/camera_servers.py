"""Small real cameras for tests: HTTP servers that send MJPEG or misbehave, and an RTSP server that sends RTP/JPEG."""

import contextlib
import hashlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

USER, PASSWORD = "warden", "s3cr&t/pass"
ESCAPED = "warden:s3cr%26t%2Fpass"
MULTIPART = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=--frame\r\n\r\n"
DIGEST = 'Digest realm="cam", nonce="abc123", qop="auth", algorithm=MD5'

Talk = Callable[[socket.socket, threading.Event], None]


def jpeg(number: int, width: int = 160, height: int = 120) -> bytes:
    """A grey picture whose level tells its number."""
    pixels = np.full((height, width, 3), (10 * number) % 250, np.uint8)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


class CameraServer:
    """Accepts connections at a free port of 127.0.0.1 and talks to each in a thread of its own; a context manager."""

    def __init__(self, talk: Talk) -> None:
        self._talk, self._ended = talk, threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.05)
        self.port = self._listening.getsockname()[1]
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> "CameraServer":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive(), "a camera of a test does not end"
        self._listening.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:
                continue
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(2)
            self._talk(connection, self._ended)


def read_request(connection: socket.socket) -> str:
    """The head of one request; empty when the client has hung up."""
    received = b""
    while b"\r\n\r\n" not in received:
        data = connection.recv(4096)
        if not data:
            return ""
        received += data
    return received.decode("latin-1")


def part(picture: bytes, *, with_length: bool = True) -> bytes:
    length = b"Content-Length: %d\r\n" % len(picture) if with_length else b""
    return b"--frame\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n" + picture + b"\r\n"


def answers(reply: bytes) -> Talk:
    """Answers every request with the same bytes, and hangs up."""

    def talk(connection: socket.socket, ended: threading.Event) -> None:
        read_request(connection)
        connection.sendall(reply)

    return talk


def silent(connection: socket.socket, ended: threading.Event) -> None:
    """Accepts and says nothing."""
    ended.wait(30)


def mjpeg(
    frames: int = 10_000,
    fps: float = 50,
    then: str = "close",
    size_at: Callable[[int], tuple[int, int]] = lambda number: (160, 120),
    with_length: bool = True,
    body: Callable[[int, tuple[int, int]], bytes] = lambda number, size: jpeg(number, *size),
) -> Talk:
    """Sends so many pictures and then closes, or hangs in the middle of a picture."""

    def talk(connection: socket.socket, ended: threading.Event) -> None:
        read_request(connection)
        connection.sendall(MULTIPART)
        for number in range(frames):
            connection.sendall(part(body(number, size_at(number)), with_length=with_length))
            if ended.wait(1 / fps):
                return
        if then == "hang":
            connection.sendall(part(jpeg(0))[:200])
            ended.wait(30)

    return talk


def guarded(inner: Talk, challenge: str, protocol: str = "HTTP/1.1") -> Talk:
    """Asks for a name and a password, and checks them, before it talks on."""

    def talk(connection: socket.socket, ended: threading.Event) -> None:
        request = _peek_request(connection)
        found = re.search(r"(?im)^authorization: (.*)\r$", request)
        if found and _is_right(found[1], request.split()[0]):
            inner(connection, ended)
            return
        read_request(connection)
        head = f"{protocol} 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())

    return talk


def _peek_request(connection: socket.socket) -> str:
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        received = connection.recv(4096, socket.MSG_PEEK)
        if b"\r\n\r\n" in received or not received:
            return received.decode("latin-1")
    return ""


def _is_right(authorization: str, method: str) -> bool:
    if authorization.startswith("Basic "):
        import base64

        return base64.b64decode(authorization[6:]).decode() == f"{USER}:{PASSWORD}"
    said = dict(re.findall(r'(\w+)="?([^",]*)"?', authorization))

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    secret, request = md5(USER, "cam", PASSWORD), md5(method, said["uri"])
    if "qop" in said:
        return said["response"] == md5(secret, "abc123", said["nc"], said["cnonce"], "auth", request)
    return said["response"] == md5(secret, "abc123", request)


class RtspCamera:
    """Talks RTSP and sends RTP/JPEG (RFC 2435) interleaved in the same connection."""

    def __init__(
        self, *, frames: int = 10_000, fps: float = 25, needs_password: bool = False, status: int = 200, sdp: str = ""
    ) -> None:
        self._frames, self._fps, self._needs_password = frames, fps, needs_password
        self._status = status
        media = "m=video 0 RTP/AVP 26\r\na=control:track1\r\n"
        self._sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n" + (sdp or media)

    def __call__(self, connection: socket.socket, ended: threading.Event) -> None:
        while not ended.is_set():
            try:
                request = read_request(connection)
            except TimeoutError:
                continue
            if not request:
                return
            method = request.split()[0]
            number = re.search(r"(?im)^cseq: *(\d+)", request)
            head = f"CSeq: {number[1] if number else 0}\r\n"
            connection.sendall(self._answer(method, head, request).encode())
            if method == "PLAY":
                self._play(connection, ended)
                ended.wait(30)
                return

    def _answer(self, method: str, head: str, request: str) -> str:
        if method == "OPTIONS":
            return f"RTSP/1.0 200 OK\r\n{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n"
        found = re.search(r"(?im)^authorization: (.*)\r$", request)
        if self._needs_password and not (found and _is_right(found[1], method)):
            return f"RTSP/1.0 401 Unauthorized\r\n{head}WWW-Authenticate: {DIGEST}\r\n\r\n"
        if self._status != 200:
            return f"RTSP/1.0 {self._status} No\r\n{head}\r\n"
        if method == "DESCRIBE":
            length = f"Content-Type: application/sdp\r\nContent-Length: {len(self._sdp)}\r\n"
            return f"RTSP/1.0 200 OK\r\n{head}{length}\r\n{self._sdp}"
        if method == "SETUP":
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            return f"RTSP/1.0 200 OK\r\n{head}{transport}Session: 7\r\n\r\n"
        return f"RTSP/1.0 200 OK\r\n{head}Session: 7\r\n\r\n"

    def _play(self, connection: socket.socket, ended: threading.Event) -> None:
        sequence = 0
        for number in range(self._frames):
            for packet in _rtp_packets(jpeg(number, 320, 240), sequence, round(number * 90_000 / self._fps)):
                connection.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
                sequence += 1
            if ended.wait(1 / self._fps):
                return


def _rtp_packets(picture: bytes, sequence: int, at: int) -> Iterator[bytes]:
    tables, width, height, scan = _taken_apart(picture)
    offset = 0
    while offset < len(scan):
        piece = scan[offset : offset + 1300]
        is_last = offset + len(piece) == len(scan)
        rtp = struct.pack(">BBHII", 0x80, 26 | (0x80 if is_last else 0), sequence & 0xFFFF, at & 0xFFFFFFFF, 7)
        head = struct.pack(">IBBBB", offset, 1, 255, width // 8, height // 8)
        if offset == 0:
            head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        yield rtp + head + piece
        offset += len(piece)
        sequence += 1


def _taken_apart(picture: bytes) -> tuple[bytes, int, int, bytes]:
    """Quantisation tables, width, height and scan of a baseline JPEG of OpenCV (4:2:0, standard Huffman tables)."""
    tables, width, height, at = b"", 0, 0, 2
    while True:
        marker, length = picture[at + 1], struct.unpack_from(">H", picture, at + 2)[0]
        body = picture[at + 4 : at + 2 + length]
        if marker == 0xDB:
            while body:
                tables, body = tables + body[1:65], body[65:]
        elif marker == 0xC0:
            height, width = struct.unpack_from(">HH", body, 1)
        elif marker == 0xDA:
            return tables, width, height, picture[at + 2 + length : -2]
        at += 2 + length
