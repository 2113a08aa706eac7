import math
import struct
from contextlib import suppress
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from core.errors import WireError
from core.messages import (
    PROTOCOL,
    AnyDurable,
    AnyHeartbeat,
    AnyLive,
    Checkpoint,
    DeadLetter,
    FrameHeader,
    Gap,
    Lease,
    LiveFloor,
    Observation,
    TrackJoined,
    TrackRef,
    TrackStarted,
)
from core.wire import LARGEST_SIDE_PX, decode, encode, frame_parts, parse_header, parse_picture, topic

EVERYTHING = AnyDurable | AnyHeartbeat | AnyLive | FrameHeader | Gap | Observation | DeadLetter | Lease | Checkpoint


def parse_parts(parts: list[Any]) -> tuple[FrameHeader | Gap, Any]:
    """A message as a worker takes it: its header, then its picture, if it has one."""
    found = parse_header(parts)
    return found, None if isinstance(found, Gap) else parse_picture(found, parts[2])


def header(**changes: Any) -> FrameHeader:
    fields = {
        "sender": "ingest:racks", "camera": "racks", "boot": "b1", "sequence": 7, "captured_ns": 70,
        "captured_utc_ns": 700, "width": 4, "height": 2,
    }  # fmt: skip
    return FrameHeader(**(fields | changes))


def gap(**changes: Any) -> Gap:
    fields = {
        "sender": "ingest:racks", "camera": "racks", "boot": "b1", "sequence": 8, "captured_ns": 80,
        "captured_utc_ns": 800, "reason": "stalled",
    }  # fmt: skip
    return Gap(**(fields | changes))


def picture(width: int = 4, height: int = 2) -> np.ndarray:
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def jpeg(width: int = 32, height: int = 24) -> bytes:
    return cv2.imencode(".jpg", np.full((height, width, 3), 100, np.uint8))[1].tobytes()


SCALARS: dict[type[inspect.Type], st.SearchStrategy[Any]] = {
    inspect.IntType: st.integers(-(2**63), 2**63 - 1),
    inspect.FloatType: st.floats(allow_nan=False),
    inspect.StrType: st.text(max_size=20),
    inspect.BytesType: st.binary(max_size=20),
    inspect.BoolType: st.booleans(),
    inspect.NoneType: st.none(),
}


HUGE_JPEG = jpeg().replace(b"\x08\x00\x18\x00\x20\x03", b"\x08\x75\x30\x75\x30\x03")
"""Few bytes that claim to be 30000x30000 pixels."""


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Anything that a type of msgspec's may hold."""
    match kind:
        case inspect.Metadata():
            return values(kind.type)
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.UnionType():
            return st.one_of([values(each) for each in kind.types])
        case inspect.VarTupleType():
            return st.lists(values(kind.item_type), max_size=2).map(tuple)
        case inspect.TupleType():
            return st.tuples(*(values(each) for each in kind.item_types))
        case inspect.DictType():
            return st.dictionaries(values(kind.key_type), values(kind.value_type), max_size=2)
        case inspect.StructType():
            return st.builds(kind.cls, **{field.name: values_of_field(field) for field in kind.fields})
        case _:
            return SCALARS[type(kind)]


def values_of_field(field: inspect.Field) -> st.SearchStrategy[Any]:
    return st.just(PROTOCOL) if field.name == "protocol" else values(field.type)


ANY_MESSAGE = st.deferred(lambda: values(inspect.type_info(EVERYTHING)))


@settings(max_examples=100, deadline=None)
@given(ANY_MESSAGE)
def test_every_message_comes_back_as_it_was(message: Any) -> None:
    assert decode(encode(message), EVERYTHING) == message


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_wire_error(payload: bytes) -> None:
    with suppress(WireError):
        decode(payload, EVERYTHING)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_message_is_a_message_or_a_wire_error(data: st.DataObject) -> None:
    payload = bytearray(encode(data.draw(ANY_MESSAGE)))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(payload)))
    with suppress(WireError):
        decode(bytes(payload[:cut]), EVERYTHING)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.binary(max_size=40) | st.just(encode(header())) | st.just(encode(gap())) | st.just(b"racks/"), max_size=4
    )
)
def test_any_parts_are_a_frame_or_a_wire_error(parts: list[bytes]) -> None:
    with suppress(WireError):
        parse_parts(parts)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x91" * 100_000,
        b"\x81\xa5later" + b"\x91" * 100_000,
        b"\x82\xa4kind\xabobservation\xa6people\xdd\xff\xff\xff\xff",
        b"\x82\xa4kind\xa5frame\xa6camera\xdb\xff\xff\xff\xff",
        b"\x82\xa4kind\xa5frame\xa6sender\xa2\xff\xff",
    ],
    ids=["deep", "deep in an unknown field", "endless list", "endless text", "no text"],
)
def test_hostile_bytes_are_a_wire_error(payload: bytes) -> None:
    with pytest.raises(WireError, match="cannot be read"):
        decode(payload, EVERYTHING)


def test_a_field_of_a_later_version_is_skipped() -> None:
    fields = msgspec.msgpack.decode(encode(header()))
    assert decode(msgspec.msgpack.encode(fields | {"mood": "good"}), FrameHeader) == header()


def test_the_error_names_the_field() -> None:
    fields = msgspec.msgpack.decode(encode(header()))
    with pytest.raises(WireError, match=r"\$\.sequence"):
        decode(msgspec.msgpack.encode(fields | {"sequence": "seven"}), FrameHeader | Gap)


def test_a_message_of_another_kind_is_refused() -> None:
    with pytest.raises(WireError, match="frame"):
        decode(encode(header()), LiveFloor)


@pytest.mark.parametrize("changes", [{}, {"sequence": {"now": "a map"}}], ids=["readable", "not readable any more"])
def test_another_protocol_is_named_and_refused(changes: dict[str, Any]) -> None:
    fields = msgspec.msgpack.decode(encode(header()))
    with pytest.raises(WireError, match="'frame' speaks protocol 99, and this program 1: install the same version"):
        decode(msgspec.msgpack.encode(fields | {"protocol": 99} | changes), FrameHeader | Gap)


def test_the_protocol_is_always_sent() -> None:
    assert msgspec.msgpack.decode(encode(header()))["protocol"] == PROTOCOL


def test_a_union_gives_each_its_own_kind() -> None:
    who = TrackRef("racks", "e1", 3)
    started = TrackStarted(sender="worker:1", who=who, captured_utc_ns=1)
    joined = TrackJoined(sender="aggregator", who=who, captured_utc_ns=1, person="p", decision=1, why="new")
    assert [decode(encode(each), AnyDurable) for each in (started, joined)] == [started, joined]


def test_points_that_are_no_number_survive() -> None:
    points = struct.pack("<3f", math.nan, 1.0, 0.5)
    floor = Checkpoint(
        sender="worker:1", camera="racks", epoch="e", boot="b", sequence=1, captured_ns=1, captured_utc_ns=1,
        format="1", state=points,
    )  # fmt: skip
    assert decode(encode(floor), Checkpoint).state == points


def test_no_topic_is_the_beginning_of_anothers() -> None:
    assert not topic("cam10").startswith(topic("cam1"))


def test_a_raw_frame_comes_back_without_a_copy() -> None:
    pixels = picture()
    parts = frame_parts(header(), pixels)
    assert np.shares_memory(np.frombuffer(parts[2], np.uint8), pixels)
    found, back = parse_parts(parts)
    assert found == header()
    assert back is not None
    assert np.shares_memory(back, pixels)
    np.testing.assert_array_equal(back, pixels)


def test_a_picture_that_lies_elsewhere_in_memory_is_packed() -> None:
    wide = picture(8, 2)
    _, back = parse_parts(frame_parts(header(), wide[:, ::2]))
    np.testing.assert_array_equal(back, wide[:, ::2])


def test_a_gap_comes_back_without_a_picture() -> None:
    assert parse_parts([b"racks/", encode(gap())]) == (gap(), None)


def test_jpeg_is_decoded() -> None:
    found, back = parse_parts(frame_parts(header(width=32, height=24, encoding="jpeg"), jpeg()))
    assert back is not None
    assert isinstance(found, FrameHeader)
    assert back.shape == (24, 32, 3)
    assert abs(int(back.mean()) - 100) < 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no whole JPEG"),
        (b"not a picture", "no whole JPEG"),
        (jpeg()[:-40], "no whole JPEG"),
        (b"\xff\xd8" + b"\x00" * 50 + b"\xff\xd9", "is 0x0 pixels"),
        (HUGE_JPEG, "is 30000x30000 pixels"),
        (jpeg(32, 24)[:300] + b"\xff\xd9", "cannot be decoded"),
        (jpeg(16, 24), "is 16x24 pixels, and its header says 32x24"),
    ],
)
def test_a_bad_jpeg_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(WireError, match=f"racks.*frame 7.*{says}"):
        parse_parts([b"racks/", encode(header(width=32, height=24, encoding="jpeg")), data])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"width": 0}, "claims 0x2"),
        ({"height": -2}, "claims 4x-2"),
        ({"width": LARGEST_SIDE_PX + 1}, "claims 16385x2"),
        ({"width": 5}, "has 24 bytes instead of 30"),
        ({"sequence": -1}, "sequence number -1"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_on_both_sides(changes: dict[str, int], says: str) -> None:
    with pytest.raises(WireError, match=says):
        frame_parts(header(**changes), picture())
    with pytest.raises(WireError, match=says):
        parse_parts([b"racks/", encode(header(**changes)), picture().tobytes()])


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([b"racks/"], "1 parts instead of 2 or 3"),
        ([b"racks/", encode(header())], "2 parts instead of 3"),
        ([b"racks/", encode(gap()), b"pixels"], "3 parts instead of 2"),
        ([b"bench/", encode(gap())], "'racks' came under the topic b'bench/'"),
        ([b"racks", encode(gap())], "'racks' came under the topic"),
        ([b"/", encode(gap(camera=""))], "camera ''"),
        ([b"racks/", encode(gap(sequence=-3))], "sequence number -3"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: list[bytes], says: str) -> None:
    with pytest.raises(WireError, match=says):
        parse_parts(parts)
