"""One signed HTTP request to a webhook, and what its answer means.

Knows no database and no clock: the time to sign is handed in. Follows no redirect, uses no proxy, reads no more of an
answer than its head. Neither address nor key nor answer ever stands in a message.
"""

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from core.settings import Webhook

CONNECT_S = 5.0
ANSWER_S = 10.0
"""For the whole request; a program that has more to do answers first and works afterwards."""
LONGEST_WAIT_S = 3600.0
"""What a program may ask for with Retry-After."""
REDIRECTS = {301, 302, 303, 307, 308}
SIGNATURE, TIMESTAMP, DELIVERY, EVENT = (
    "Spotter-Signature",
    "Spotter-Timestamp",
    "Spotter-Delivery",
    "Spotter-Event",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one request ended."""

    status: int | None
    """None if no answer came."""
    problem: str
    """What is wrong, the end of a sentence; empty if it was taken."""
    wait_s: float = 0.0
    """How long the program asks to be left alone."""

    @property
    def taken(self) -> bool:
        """Whether the program has taken it."""
        return not self.problem


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256, in hexadecimal digits, of the timestamp, a full stop and the body."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def delivery_key(webhook: str, event: str, subject: str) -> str:
    """The same for every attempt to tell a webhook the same, in this and every other process."""
    return hashlib.sha256("\0".join((webhook, event, subject)).encode()).hexdigest()[:32]


def body_of(told: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8, on one line."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


class Request:
    """One attempt; ``send`` belongs in a thread of its own, ``abort`` ends it from another."""

    def __init__(self, webhook: Webhook, event: str, key: str, body: bytes, now_s: int) -> None:
        """``now_s``: UTC in seconds since 1970, to sign."""
        self._webhook = webhook
        self._body = body
        timestamp = str(now_s)
        self._headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "spotter",
            "Connection": "close",
            EVENT: event.replace(" ", "-"),
            DELIVERY: key,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(webhook.secret.reveal(), timestamp, body),
        }
        self._connection: http.client.HTTPConnection | None = None
        self._aborted = threading.Event()

    def abort(self) -> None:
        """End a request that takes too long; whoever drips bytes would hold it for ever."""
        self._aborted.set()
        connection = self._connection
        held = connection.sock if connection is not None else None
        if held is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself

    def send(self) -> Outcome:
        """Send it once and wait for the answer's head; never raises."""
        if "${" in self._webhook.url.reveal() or "${" in self._webhook.secret.reveal():
            return Outcome(None, "needs an environment variable that is not set where the aggregator runs")
        try:
            return self._exchange()
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = self._aborted.is_set() or isinstance(error, TimeoutError)
            return Outcome(None, f"does not answer within {ANSWER_S:g} s" if late else _said(error))
        finally:
            if self._connection is not None:
                self._connection.close()

    def _exchange(self) -> Outcome:
        parts = urlsplit(self._webhook.url.reveal())
        host = parts.hostname or ""
        if parts.scheme.lower() == "https":
            self._connection = http.client.HTTPSConnection(
                host, parts.port, timeout=CONNECT_S, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(host, parts.port, timeout=CONNECT_S)
        headers = dict(self._headers)
        if parts.username is not None:
            who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = "Basic " + b64encode(who.encode()).decode()
        self._connection.connect()
        if self._aborted.is_set():
            raise TimeoutError
        self._connection.sock.settimeout(ANSWER_S)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connection.request("POST", path, self._body, headers)
        return _judged(self._connection.getresponse())


def _said(error: Exception) -> str:
    """What an exchange that came to no answer says of the program, the end of a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not to be trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"does not speak TLS as it should ({error.reason or 'no reason told'})"
    if isinstance(error, ConnectionRefusedError):
        return "refuses the connection; does the program run?"
    if isinstance(error, socket.gaierror):
        return "has a host that nobody knows"
    return f"breaks the connection off ({type(error).__name__})"


def _judged(answer: http.client.HTTPResponse) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Outcome(status, "")
    if status in REDIRECTS:
        return Outcome(status, f"answers {status}, a redirect, which is not followed; name where it leads in url")
    return Outcome(status, f"answers {status} ({http.client.responses.get(status, 'unknown')})", _wait_s(answer))


def _wait_s(answer: http.client.HTTPResponse) -> float:
    """What Retry-After says in seconds; dates are not read."""
    told = (answer.getheader("Retry-After") or "").strip()
    return min(float(told), LONGEST_WAIT_S) if told.isdecimal() and len(told) < 10 else 0.0
