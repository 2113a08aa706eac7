"""Messages as bytes and back; msgpack, tolerant, and never pickle."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.messages import FrameHeader, Gap, Message

M = TypeVar("M")

LARGEST_SIDE_PX = 16_384


def encode(message: Message) -> bytes:
    """One message as msgpack."""
    raise NotImplementedError


def decode(payload: bytes, kind: Any) -> Any:  # noqa: ANN401  # a type or a union of types, and an instance of it
    """Read one message of a type or union; raises ``WireError`` that names what is wrong.

    Also refuses a message of another protocol version.
    """
    raise NotImplementedError


def topic(camera: str) -> bytes:
    """First part of every multipart message about a camera; ends in ``/``, so that cam1 is no prefix of cam10."""
    raise NotImplementedError


def frame_parts(header: FrameHeader, picture: NDArray[np.uint8] | bytes) -> list[Any]:
    """``[topic, header, pixels]``; an array is passed on as it lies in memory, without a copy."""
    raise NotImplementedError


def parse_parts(parts: Sequence[Any]) -> tuple[FrameHeader, NDArray[np.uint8]] | tuple[Gap, None]:
    """What ``frame_parts`` made, checked: version, camera of the topic, size against bytes; JPEG is decoded.

    The array is a view of the message's memory where it is raw. Raises ``WireError``.
    """
    raise NotImplementedError
