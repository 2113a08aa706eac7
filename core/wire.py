"""Messages as bytes and back; msgpack, tolerant, and never pickle.

Whatever bytes come in, the answer is a checked message or a ``WireError`` that names what is wrong.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
from msgspec import msgpack
from numpy.typing import NDArray

from core.errors import WireError
from core.messages import PROTOCOL, FrameHeader, Gap, Message

LARGEST_SIDE_PX = 16_384
"""More is no camera's picture but a damaged header."""
CHANNELS = 3
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
JPEG_MARK = 0xFF
JPEG_FRAME_MARKS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start of frame, whatever the coding; the three left out say something else."""

_ENCODER = msgpack.Encoder()


class _Version(msgspec.Struct):
    """What can be read of a message of any version."""

    kind: str = "unnamed"
    protocol: int = PROTOCOL


_VERSION_DECODER = msgpack.Decoder(_Version)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, MemoryError)
"""What msgspec raises for bytes that are no message of the type."""


def encode(message: Message) -> bytes:
    """One message as msgpack."""
    return _ENCODER.encode(message)


def decode(payload: bytes | memoryview, kind: Any) -> Any:  # noqa: ANN401  # a type or union, and an instance of it
    """Read one message of a type or union; raises ``WireError`` that names what is wrong.

    Also refuses a message of another protocol version.
    """
    try:
        message = _decoder(kind).decode(payload)
    except _UNREADABLE as error:
        _check_version(_version_of(payload))
        raise WireError(f"a message of {len(payload)} bytes cannot be read: {error}") from error
    _check_version(message)
    return message


@cache
def _decoder(kind: Any) -> msgpack.Decoder[Any]:  # noqa: ANN401
    return msgpack.Decoder(kind)


def _version_of(payload: bytes | memoryview) -> _Version:
    try:
        return _VERSION_DECODER.decode(payload)
    except _UNREADABLE:
        return _Version()


def _check_version(message: Any) -> None:  # noqa: ANN401  # any struct with a protocol
    if message.protocol != PROTOCOL:
        kind = message.kind if isinstance(message, _Version) else message.__struct_config__.tag
        raise WireError(
            f"a message {kind!r} speaks protocol {message.protocol}, and this program {PROTOCOL}: "
            "install the same version of Spotter on all machines"
        )


def topic(camera: str) -> bytes:
    """First part of every multipart message about a camera; ends in ``/``, so that cam1 is no prefix of cam10."""
    return camera.encode() + b"/"


def frame_parts(header: FrameHeader, picture: NDArray[np.uint8] | bytes) -> list[Any]:
    """``[topic, header, pixels]``; an array is passed on as it lies in memory, without a copy.

    Raises ``WireError`` if header and picture do not fit, because the reader would refuse them.
    """
    _check_header(header)
    pixels = picture if isinstance(picture, bytes) else np.ascontiguousarray(picture).reshape(-1).view(np.uint8).data
    if header.encoding == "raw":
        _check_raw_size(header, len(pixels))
    return [topic(header.camera), encode(header), pixels]


def parse_header(parts: Sequence[Any]) -> FrameHeader | Gap:
    """The checked header of the parts (bytes or buffers), without looking into the pixels; raises ``WireError``."""
    if len(parts) not in (2, 3):
        raise WireError(f"a message about a camera has {len(parts)} parts instead of 2 or 3")
    header: FrameHeader | Gap = decode(parts[1], FrameHeader | Gap)
    if not header.camera or not bytes(parts[0]).startswith(topic(header.camera)):
        raise WireError(f"a message about camera {header.camera!r} came under the topic {bytes(parts[0])[:80]!r}")
    wanted = 2 if isinstance(header, Gap) else 3
    if len(parts) != wanted:
        raise WireError(f"camera {header.camera!r}: {len(parts)} parts instead of {wanted}")
    if isinstance(header, FrameHeader):
        _check_header(header)
        if header.encoding == "raw":
            _check_raw_size(header, memoryview(parts[2]).nbytes)
    elif header.sequence < 0:
        raise WireError(f"camera {header.camera!r}: a gap has the sequence number {header.sequence}")
    return header


def parse_picture(header: FrameHeader, pixels: Any) -> NDArray[np.uint8]:  # noqa: ANN401  # bytes or a buffer
    """The picture to a checked header, (height, width, 3) uint8 BGR; raises ``WireError``."""
    if header.encoding == "raw":
        return np.frombuffer(pixels, np.uint8).reshape(header.height, header.width, CHANNELS)
    return _decode_jpeg(header, pixels)


def as_jpeg(picture: NDArray[np.uint8], quality: int = 90) -> bytes:
    """A picture, (height, width, 3) uint8 BGR, as a JPEG."""
    import cv2

    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return jpeg.tobytes()


def _check_header(header: FrameHeader) -> None:
    if not (0 < header.width <= LARGEST_SIDE_PX and 0 < header.height <= LARGEST_SIDE_PX):
        raise WireError(
            f"camera {header.camera!r}: frame {header.sequence} claims {header.width}x{header.height} pixels; "
            f"a side is 1-{LARGEST_SIDE_PX}"
        )
    if header.sequence < 0:
        raise WireError(f"camera {header.camera!r}: a frame has the sequence number {header.sequence}")


def _check_raw_size(header: FrameHeader, found: int) -> None:
    wanted = header.width * header.height * CHANNELS
    if found != wanted:
        raise WireError(
            f"camera {header.camera!r}: frame {header.sequence} of {header.width}x{header.height} pixels has "
            f"{found} bytes instead of {wanted}"
        )


def _decode_jpeg(header: FrameHeader, pixels: Any) -> NDArray[np.uint8]:  # noqa: ANN401
    import cv2

    data = np.frombuffer(pixels, np.uint8)
    # Without its end a JPEG decodes to a picture that is grey from somewhere on, which would be taken for a scene.
    if data[:2].tobytes() != JPEG_START or data[-2:].tobytes() != JPEG_END:
        raise WireError(f"camera {header.camera!r}: frame {header.sequence} is no whole JPEG")
    # Before decoding: a picture that claims to be huge would take gigabytes first and be refused afterwards.
    _check_jpeg_size(header, _jpeg_size(data.data))
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise WireError(f"camera {header.camera!r}: frame {header.sequence} cannot be decoded: {error}") from error
    if picture is None:
        raise WireError(f"camera {header.camera!r}: frame {header.sequence} cannot be decoded")
    _check_jpeg_size(header, (picture.shape[1], picture.shape[0]))
    return np.asarray(picture, np.uint8)


def _check_jpeg_size(header: FrameHeader, size: tuple[int, int]) -> None:
    if size != (header.width, header.height):
        raise WireError(
            f"camera {header.camera!r}: frame {header.sequence} is {size[0]}x{size[1]} pixels, and its header says "
            f"{header.width}x{header.height}"
        )


def _jpeg_size(data: memoryview) -> tuple[int, int]:
    """Width and height as the frame header of a JPEG tells them (ITU T.81, B.2.2); 0, 0 if it has none."""
    at = len(JPEG_START)
    while at + 9 <= len(data) and data[at] == JPEG_MARK:
        mark, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if mark in JPEG_FRAME_MARKS:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + length
    return 0, 0
