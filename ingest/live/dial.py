"""Connects to a camera over the network and asks it, by HTTP or RTSP, whether it would give pictures.

The only file of ingest that opens sockets itself. OpenCV and FFmpeg tell nothing of a failure; this finds the reason.
Certificates are not checked: cameras sign their own.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from core.errors import SourceError
from core.secrets import Address
from ingest.failure import other_protocol, refused_request, silent, unreached
from ingest.live.credentials import Target, authorization_or_none, parse_target

MOST_REDIRECTS = 4
MOST_ANSWER_BYTES = 65_536
AGENT = "Spotter"


def connected(target: Target, timeout_s: float) -> socket.socket:
    """A connection to the camera, with TLS where the scheme asks for it; raises ``SourceError``."""
    try:
        plain = socket.create_connection((target.host, target.port), timeout_s)
    except UnicodeError as error:
        raise unreached(socket.gaierror(), target.shown, timeout_s) from error
    except OSError as error:
        raise unreached(error, target.shown, timeout_s) from error
    if target.scheme not in {"https", "rtsps"}:
        return plain
    try:
        return _unchecked_tls().wrap_socket(plain, server_hostname=target.host)
    except TimeoutError as error:
        plain.close()
        raise silent(target.shown, timeout_s) from error
    except OSError as error:
        plain.close()
        raise unreached(error, target.shown, timeout_s) from error


def _unchecked_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(slots=True)
class Answer:
    """An HTTP server's answer, its body not read yet."""

    target: Target
    """Where it came from, after redirects."""
    content_type: str
    _response: http.client.HTTPResponse
    _connection: http.client.HTTPConnection

    def read_some(self) -> bytes:
        """The next bytes of the body, as they come; empty at its end. Raises ``OSError`` or ``HTTPException``."""
        return self._response.read1(65_536)

    def close(self) -> None:
        """Hang up."""
        self._response.close()
        self._connection.close()


def get(address: Address, *, open_timeout_s: float, read_timeout_s: float) -> Answer:
    """Ask for an address by HTTP, with its name and password if the server wants them; follows redirects.

    Raises ``SourceError`` unless the answer is a success.
    """
    target = parse_target(address)
    for _ in range(MOST_REDIRECTS):
        answer, status, location = _get_with_credentials(target, open_timeout_s)
        moved = _moved(target, location) if 300 <= status < 400 and location else None
        failure = refused_request(status, target.shown, with_name=target.user is not None, location=location)
        if failure is None:
            if answer._connection.sock is not None:
                answer._connection.sock.settimeout(read_timeout_s)
            return answer
        answer.close()
        if moved is None:
            raise failure
        target = moved
    raise SourceError("unusable", f"{target.shown} redirects in a circle")


def _moved(target: Target, location: str) -> Target | None:
    """Where a redirect leads; None if not to HTTP. Name and password go along only to the same host."""
    new = urljoin(target.url, location)
    if urlsplit(new).scheme not in {"http", "https"}:
        return None
    moved = parse_target(Address(new))
    if moved.user is None and moved.host == target.host:
        return Target(moved.scheme, moved.host, moved.port, moved.path, target.user, target.password)
    return moved


def _get_with_credentials(target: Target, timeout_s: float) -> tuple[Answer, int, str]:
    answer, status, challenges, location = _get_once(target, timeout_s, None)
    if status == 401:
        authorization = authorization_or_none(challenges, target, "GET", target.path)
        if authorization is not None:
            answer.close()
            answer, status, _, location = _get_once(target, timeout_s, authorization)
    return answer, status, location


def _get_once(target: Target, timeout_s: float, authorization: str | None) -> tuple[Answer, int, list[str], str]:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout_s)
    connection.sock = connected(target, timeout_s)
    headers = {"User-Agent": AGENT, "Accept": "*/*"}
    if authorization is not None:
        headers["Authorization"] = authorization
    try:
        with _told(target, timeout_s, "HTTP"):
            connection.request("GET", target.path, headers=headers)
            response = connection.getresponse()
    except BaseException:
        connection.close()
        raise
    answer = Answer(target, response.getheader("Content-Type") or "", response, connection)
    challenges = response.headers.get_all("WWW-Authenticate") or []
    return answer, response.status, challenges, response.getheader("Location") or ""


@contextmanager
def _told(target: Target, timeout_s: float, protocol: str) -> Iterator[None]:
    """Turn what goes wrong in a conversation into a ``SourceError``."""
    try:
        yield
    except TimeoutError as error:
        raise silent(target.shown, timeout_s) from error
    except http.client.RemoteDisconnected as error:
        raise unreached(ConnectionResetError(), target.shown, timeout_s) from error
    except (http.client.HTTPException, ValueError) as error:
        # ``from None``: the foreign message may repeat the request, with what is secret in it.
        raise other_protocol(target.shown, protocol) from (None if isinstance(error, http.client.InvalidURL) else error)
    except OSError as error:
        raise unreached(error, target.shown, timeout_s) from error


def ask_rtsp(address: Address, timeout_s: float) -> None:
    """Ask an RTSP server to describe its stream; raises ``SourceError`` if it cannot be reached or does not want to."""
    target = parse_target(address)
    with connected(target, timeout_s) as sock, _told(target, timeout_s, "RTSP"):
        status, challenges = _describe(sock, target, 1, None)
        if status == 401:
            authorization = authorization_or_none(challenges, target, "DESCRIBE", target.url)
            if authorization is not None:
                status, _ = _describe(sock, target, 2, authorization)
    failure = refused_request(status, target.shown, with_name=target.user is not None)
    if failure is not None:
        raise failure


def _describe(sock: socket.socket, target: Target, number: int, authorization: str | None) -> tuple[int, list[str]]:
    lines = [f"DESCRIBE {target.url} RTSP/1.0", f"CSeq: {number}", f"User-Agent: {AGENT}", "Accept: application/sdp"]
    if authorization is not None:
        lines.append(f"Authorization: {authorization}")
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    received = b""
    while b"\r\n\r\n" not in received:
        data = sock.recv(4096)
        if not data and not received:
            raise ConnectionResetError
        received += data
        if not data or len(received) > MOST_ANSWER_BYTES or not received.startswith(b"RTSP/"[: len(received)]):
            raise ValueError("no answer of an RTSP server")
    head = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    status = int(head[0].split()[1])
    named = [line.partition(":") for line in head[1:]]
    return status, [value.strip() for name, _, value in named if name.strip().lower() == "www-authenticate"]
