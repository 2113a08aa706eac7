import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.container import Container, read_container, why_unreadable


def box(kind, body=b""):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind, *fields, form=">"):
    return box(kind, b"\0\0\0\0" + struct.pack(form + "I" * len(fields), *fields))


def mp4(handler=b"vide", frames=100, delta=40, ticks=4000, edit_ms=None):
    """An MP4 without pictures: 1000 ticks a second in the track and in the movie."""
    edits = box(b"edts", full(b"elst", 1, edit_ms, 0, 0x10000)) if edit_ms is not None else b""
    table = box(b"stbl", full(b"stts", 1, frames, delta) + full(b"stsz", 0, frames))
    media = box(
        b"mdia",
        full(b"mdhd", 0, 0, 1000, ticks, 0) + box(b"hdlr", b"\0" * 8 + handler + b"\0" * 13) + box(b"minf", table),
    )
    movie = box(b"moov", full(b"mvhd", 0, 0, 1000, ticks) + box(b"trak", edits + media))
    return box(b"ftyp", b"isom") + movie + box(b"mdat", b"x" * 500)


def read(data):
    return read_container(io.BytesIO(data))


def test_mp4_promises():
    assert read(mp4()) == Container(has_video=True, frames=100, duration_s=4.0)


def test_an_edit_list_shortens_the_promise():
    container = read(mp4(edit_ms=1000))
    assert (container.frames, container.duration_s) == (25, 1.0)


def test_a_cut_off_mp4_misses_bytes():
    assert read(mp4()[:-100]).missing_bytes == 100


def test_an_unfinished_mp4_lacks_its_index():
    data = box(b"ftyp", b"isom") + struct.pack(">I4s", 100000, b"mdat") + b"x" * 500
    container = read(data)
    assert not container.has_index
    assert "index is missing" in why_unreadable(data[:100], container)


def test_an_mp4_of_sound_alone_has_no_video():
    data = mp4(handler=b"soun")
    assert read(data).has_video is False
    assert why_unreadable(data, read(data)) == "it holds no video stream"


def test_pictures_without_duration_are_said():
    assert read(mp4(delta=0)).timed is False
    assert read(mp4()).timed is True


def test_a_cut_off_avi_misses_bytes():
    data = b"RIFF" + struct.pack("<I", 1000) + b"AVI LIST....hdrlstrhvids" + b"\0" * 100
    assert read(data) == Container(has_video=True, missing_bytes=1008 - len(data))


def ebml(ident, body, length=None):
    return bytes.fromhex(ident) + struct.pack(">Q", (1 << 56) | (len(body) if length is None else length)) + body


@pytest.mark.parametrize(("track_type", "has_video"), [(1, True), (2, False)])
def test_matroska_tracks_and_missing_bytes(track_type, has_video):
    tracks = ebml("1654ae6b", ebml("ae", ebml("d7", b"\1") + ebml("83", bytes([track_type]))))
    segment = ebml("18538067", tracks + ebml("ec", b"\0" * 20), length=5000)
    data = ebml("1a45dfa3", b"\0" * 10) + segment
    body = len(tracks) + len(ebml("ec", b"\0" * 20))
    assert read(data) == Container(has_video=has_video, missing_bytes=5000 - body)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "the file is empty"),
        (b"Training plan\n1. squat\n", "it is a text file, not a recording"),
        ("Übungen\n".encode() * 20000, "it is a text file, not a recording"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "it is a picture, not a recording"),
        (b"RIFF\0\0\0\0WAVEfmt ", "it holds no video stream"),
        (bytes(range(256)), "it is not a recording of a known kind, or is damaged"),
    ],
)
def test_why_unreadable(head, reason):
    assert why_unreadable(head[:65536], read(head)) == reason


@given(st.binary(max_size=300), st.sampled_from([b"\0\0\0\x18ftyp", b"RIFF\0\0\0\0AVI ", b"\x1a\x45\xdf\xa3", b""]))
def test_damaged_bytes_never_raise(junk, start):
    assert isinstance(read(start + junk), Container)


@given(st.integers(0, 700), st.binary(min_size=1, max_size=8))
def test_a_damaged_mp4_never_raises(at, junk):
    data = bytearray(mp4(edit_ms=1000))
    data[at : at + len(junk)] = junk
    assert isinstance(read(bytes(data)), Container)
