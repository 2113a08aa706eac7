"""Takes the pictures out of a stream of ``multipart/x-mixed-replace``, as MJPEG cameras send it. Pure.

Cameras disagree on details (RFC 2046 leaves no doubt, they do): the boundary may be quoted, may or may not begin with
the dashes that are not part of it, and ``Content-Length`` may be missing.
"""

from email.message import Message

MOST_PICTURE_BYTES = 64 * 2**20
"""A part that is longer never ends: garbage, or an attack on the memory."""
MOST_HEADER_BYTES = 16_384


class MultipartError(Exception):
    """The stream is not what its header said."""


def boundary_or_none(content_type: str) -> bytes | None:
    """The boundary that a ``Content-Type`` names, without its leading dashes; None if it is not multipart."""
    header = Message()
    header["Content-Type"] = content_type
    if header.get_content_maintype() != "multipart":
        return None
    return str(header.get_param("boundary", "") or "").strip().lstrip("-").encode("latin-1", "replace")


class MultipartPictures:
    """Gives the bodies of the parts of a stream that is fed in pieces of any size."""

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"--" + boundary
        self._held = bytearray()
        self._body_bytes: int | None = None
        """Length of the part's body; -1 where it is not said; None before the part's header is complete."""
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; give every body that is complete now. Raises ``MultipartError``."""
        self._held += data
        found: list[bytes] = []
        while True:
            if self._body_bytes is None and not self._take_header():
                return found
            body = self._take_body()
            if body is None:
                return found
            if body:
                found.append(body)

    def _take_header(self) -> bool:
        start = self._held.find(self._mark)
        if start < 0:
            # Keeps what may be the beginning of a boundary.
            del self._held[: max(len(self._held) - MOST_HEADER_BYTES, 0)]
            return False
        end = _blank_line(self._held, start)
        if end is None:
            if len(self._held) - start > MOST_HEADER_BYTES:
                raise MultipartError("the header of a part does not end")
            return False
        self._body_bytes = _content_length(bytes(self._held[start:end]))
        if self._body_bytes > MOST_PICTURE_BYTES:
            raise MultipartError(f"a part says that it is {self._body_bytes} bytes long")
        del self._held[:end]
        self._searched = 0
        return True

    def _take_body(self) -> bytes | None:
        length = self._body_bytes if self._body_bytes is not None else -1
        if length < 0:
            length = self._held.find(b"\n" + self._mark, self._searched)
            if length < 0:
                self._searched = max(len(self._held) - len(self._mark) - 1, 0)
                if len(self._held) > MOST_PICTURE_BYTES:
                    raise MultipartError("a part does not end")
                return None
        elif len(self._held) < length:
            return None
        body = bytes(self._held[:length])
        del self._held[:length]
        self._body_bytes = None
        return body


def _blank_line(held: bytearray, start: int) -> int | None:
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := held.find(mark, start)) >= 0]
    return min(ends) if ends else None


def _content_length(header: bytes) -> int:
    for line in header.split(b"\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value.strip()[:12])
    return -1
