"""Why a camera gives no frames: what an error or an answer means, as a class and as one sentence. Pure.

Never puts a name, a password or a query into a sentence; those may be secrets.
"""

import errno
import socket
import ssl
from urllib.parse import urlsplit

from core.errors import SourceError
from core.messages import FailureReason

_NETWORK_ERRNOS = frozenset(
    (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL)
)
_RESETS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


def unreached(error: OSError, where: str, timeout_s: float) -> SourceError:
    """What it means that ``where`` (host and port) could not be connected to, or broke off."""
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return _failure(
            "time-out",
            f"{where} does not answer within {timeout_s:g} s; is the camera on, and is this its address?",
        )
    if isinstance(error, ConnectionRefusedError):
        return _failure(
            "refused", f"{where} refuses the connection; the host is there, but nothing listens on this port"
        )
    if isinstance(error, socket.gaierror):
        return _failure("unreachable", f"the name in {where} is not known to the network; check its spelling")
    if isinstance(error, ssl.SSLError):
        return _failure(
            "unusable", f"{where} does not speak TLS; try http:// or rtsp:// instead of https:// or rtsps://"
        )
    if isinstance(error, _RESETS):
        return _failure("refused", f"{where} accepts the connection and breaks it off; is it the right port?")
    if error.errno in _NETWORK_ERRNOS:
        return _failure("unreachable", f"there is no way to {where} from this machine; check network and address")
    return _failure("unreachable", f"{where} cannot be connected to ({error.strerror or type(error).__name__})")


def silent(where: str, timeout_s: float) -> SourceError:
    """The host accepted the connection and then said nothing."""
    return _failure("time-out", f"{where} accepts the connection and says nothing within {timeout_s:g} s")


_STATUSES: dict[int, tuple[FailureReason, str]] = {
    403: ("unauthorised", "forbids this user to see the pictures"),
    404: ("not found", "has nothing at this path; look it up in the camera's manual"),
    410: ("not found", "has nothing at this path any more"),
    453: ("refused", "has no bandwidth left; it may allow no further viewer"),
    454: ("unusable", "has forgotten the session"),
    503: ("refused", "is busy; it may allow no further viewer"),
}


def refused_request(status: int, where: str, *, with_name: bool, location: str = "") -> SourceError | None:
    """What an HTTP or RTSP status means; None if it is a success."""
    if 200 <= status < 300:
        return None
    if status in {401, 407}:
        if with_name:
            return _failure("unauthorised", f"{where} does not accept the name and password in the address")
        return _failure("unauthorised", f"{where} asks for a name and a password; put USER:PASSWORD@ before the host")
    if 300 <= status < 400:
        to = f" to {_place(location)}" if location else ""
        return _failure("unusable", f"{where} redirects{to} ({status}); use that address")
    general = "has a fault of its own" if 500 <= status < 600 else "does not accept the request"
    reason, sentence = _STATUSES.get(status, ("unusable", general))
    return _failure(reason, f"{where} {sentence} ({status})")


def _place(location: str) -> str:
    """A redirect's target without what may be secret."""
    try:
        parts = urlsplit(location)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}{port}{parts.path}" if parts.scheme else parts.path


def wrong_content(content_type: str, where: str) -> SourceError | None:
    """What an HTTP content that holds no moving pictures is; None if it may hold some."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        return _failure(
            "unusable", f"{where} answers with a web page, not with pictures; use the address of its video stream"
        )
    if kind.startswith("image/"):
        return _failure(
            "unusable", f"{where} gives a single picture, not a stream; use the address of its video stream"
        )
    if (kind.startswith("text/") or kind in {"application/json", "application/xml"}) and "mpegurl" not in kind:
        return _failure("unusable", f"{where} answers with {kind}, not with pictures")
    return None


def other_protocol(where: str, protocol: str) -> SourceError:
    """What answers is no server of this protocol."""
    return _failure("unusable", f"what answers at {where} does not speak {protocol}; check port and scheme")


def undecodable(where: str) -> SourceError:
    """The camera answers, but no decoder finds pictures."""
    return _failure(
        "codec", f"{where} answers, but its stream holds no video that can be decoded; set the camera to H.264 or MJPEG"
    )


def no_more_frames(where: str, waited_s: float, timeout_s: float) -> SourceError:
    """A connected camera gave no frame any more: it closed the connection, or fell silent."""
    if waited_s >= 0.9 * timeout_s:
        return _failure("stalled", f"{where} is connected and has sent no frame for {waited_s:.0f} s")
    return _failure("ended", f"{where} closed the connection")


def _failure(reason: FailureReason, sentence: str) -> SourceError:
    return SourceError(reason, sentence)
