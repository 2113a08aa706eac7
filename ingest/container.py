"""What a recording's container says of itself, read from its own bytes: how much it promises, and what is missing.

OpenCV tells neither why a file cannot be opened nor whether a recording ended or broke off. The few fields needed for
that are read here: ISO base media (ISO/IEC 14496-12), RIFF/AVI (Microsoft's AVI RIFF File Reference) and
Matroska (RFC 9559). Decodes nothing, and never raises on a damaged file.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

HEAD_BYTES = 65536
"""Enough for the headers of AVI and Matroska, and to tell text from pixels."""
MAX_INDEX_BYTES = 256 * 2**20
"""A longer ``moov`` would be days of video; refusing it keeps a damaged length from filling the memory."""
EBML_MAGIC = b"\x1a\x45\xdf\xa3"
SEGMENT, TRACKS, TRACK_ENTRY, TRACK_TYPE = 0x18538067, 0x1654AE6B, 0xAE, 0x83
MATROSKA_VIDEO = 1


@dataclass(frozen=True, slots=True)
class Container:
    """The promises of a container; None where it makes none."""

    has_video: bool | None = None
    has_index: bool = True
    """False for an MP4 whose ``moov`` is missing: it was never finished."""
    missing_bytes: int = 0
    """How many bytes the container announces beyond the end of the file."""
    frames: int | None = None
    """Pictures in the first video track, less those that an edit list hides."""
    duration_s: float | None = None
    """Length of the first video track as announced, edit list applied."""
    timed: bool = True
    """False if the header gives every picture a duration of zero."""


def read_container(file: BinaryIO) -> Container:
    """Read what a container says of itself from a file opened for reading in binary; seeks freely."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    try:
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return _read_mp4(file, size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            return _read_avi(file, size, head)
        if head[:4] == EBML_MAGIC:
            return _read_matroska(size, head)
    except (struct.error, IndexError, OverflowError):
        return Container()
    return Container()


def why_unreadable(head: bytes, container: Container) -> str:
    """Say in a few words why a file that no decoder opens is not a recording.

    ``head`` is the beginning of the file.
    """
    if not head:
        return "the file is empty"
    if not container.has_index:
        return "it was cut off before it was finished (its index is missing), so nothing of it can be read"
    if container.has_video is False or _is_sound(head):
        return "it holds no video stream"
    if _is_picture(head):
        return "it is a picture, not a recording"
    if _is_text(head):
        return "it is a text file, not a recording"
    return "it is not a recording of a known kind, or is damaged"


def _is_sound(head: bytes) -> bool:
    magics = (b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\xff\xf9", b"FORM", b".snd")
    return head.startswith(magics) or (head[:4] == b"RIFF" and head[8:12] == b"WAVE") or head[28:36] == b"OpusHead"


def _is_picture(head: bytes) -> bool:
    magics = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    return head.startswith(magics) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _is_text(head: bytes) -> bool:
    try:
        # The last bytes may be half a character.
        text = head[: max(len(head) - 3, 1)].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in "\t\r\n\f\x1b\ufeff" for char in text)


@dataclass(frozen=True, slots=True)
class _Box:
    """A box of an ISO base media file: positions in the file (or in the buffer it was found in)."""

    kind: bytes
    body: int
    end: int


def _box_at(header: bytes, at: int, limit: int) -> _Box:
    """Parse the box whose header, at least 8 and up to 16 bytes, begins at ``at``; 0 means up to ``limit``."""
    length, kind = struct.unpack_from(">I4s", header)
    body = at + 8
    if length == 1:
        (length,) = struct.unpack_from(">Q", header, 8)
        body = at + 16
    if length == 0:
        return _Box(kind, body, limit)
    return _Box(kind, body, max(at + length, body))


def _children(data: bytes, start: int, end: int) -> Iterator[_Box]:
    at = start
    while at + 8 <= end:
        box = _box_at(data[at : at + 16], at, end)
        yield replace(box, end=min(box.end, end))
        at = box.end


def _find(data: bytes, box: _Box, *path: bytes) -> _Box | None:
    """Walk down a path of box names, taking the first of each name."""
    for kind in path:
        found = next((child for child in _children(data, box.body, box.end) if child.kind == kind), None)
        if found is None:
            return None
        box = found
    return box


def _read_mp4(file: BinaryIO, size: int) -> Container:
    at, missing, moov = 0, 0, b""
    fragmented = False
    while at + 8 <= size:
        file.seek(at)
        box = _box_at(file.read(16), at, size)
        missing = max(missing, box.end - size)
        if box.kind == b"moov" and box.end <= size and box.end - at <= MAX_INDEX_BYTES:
            file.seek(box.body)
            moov = file.read(box.end - box.body)
        fragmented = fragmented or box.kind == b"moof"
        at = box.end
    if not moov:
        return Container(has_index=False, missing_bytes=missing)
    track = _first_video_track(moov)
    if track is None:
        return Container(has_video=False, missing_bytes=missing)
    promised = Container(has_video=True, missing_bytes=missing)
    return promised if fragmented else _with_sample_table(promised, moov, track)


def _first_video_track(moov: bytes) -> _Box | None:
    whole = _Box(b"moov", 0, len(moov))
    for track in _children(moov, 0, whole.end):
        handler = _find(moov, track, b"mdia", b"hdlr") if track.kind == b"trak" else None
        if handler is not None and moov[handler.body + 8 : handler.body + 12] == b"vide":
            return track
    return None


def _with_sample_table(promised: Container, moov: bytes, track: _Box) -> Container:
    """Add the numbers of frames and seconds that the video track's tables announce."""
    header = _find(moov, track, b"mdia", b"mdhd")
    sizes = _find(moov, track, b"mdia", b"minf", b"stbl", b"stsz")
    times = _find(moov, track, b"mdia", b"minf", b"stbl", b"stts")
    if header is None or sizes is None or times is None:
        return promised
    long_fields = moov[header.body] == 1
    scale, ticks = struct.unpack_from(">IQ" if long_fields else ">II", moov, header.body + (20 if long_fields else 12))
    (frames,) = struct.unpack_from(">I", moov, sizes.body + 8)
    (runs,) = struct.unpack_from(">I", moov, times.body + 4)
    runs = min(runs, (times.end - times.body - 8) // 8)
    table = struct.unpack_from(f">{2 * runs}I", moov, times.body + 8)
    media_s = ticks / scale if scale else 0.0
    if frames == 0 or media_s <= 0:
        return promised
    shown_s = _edited_s(moov, track)
    share = min(shown_s / media_s, 1.0) if shown_s else 1.0
    return replace(promised, frames=round(frames * share), duration_s=media_s * share, timed=any(table[1::2]))


def _edited_s(moov: bytes, track: _Box) -> float | None:
    """Seconds of the track that its edit list shows; None without an edit list that shows anything."""
    movie = _find(moov, _Box(b"moov", 0, len(moov)), b"mvhd")
    edits = _find(moov, track, b"edts", b"elst")
    if movie is None or edits is None:
        return None
    (scale,) = struct.unpack_from(">I", moov, movie.body + (20 if moov[movie.body] == 1 else 12))
    (count,) = struct.unpack_from(">I", moov, edits.body + 4)
    entry = struct.Struct(">Qqi" if moov[edits.body] == 1 else ">Iii")
    count = min(count, (edits.end - edits.body - 8) // entry.size)
    entries = [entry.unpack_from(moov, edits.body + 8 + index * entry.size) for index in range(count)]
    # A media time of -1 is an empty edit: it delays the track and shows nothing of it.
    ticks = sum(duration for duration, media_time, _rate in entries if media_time >= 0)
    return ticks / scale if scale and ticks else None


def _read_avi(file: BinaryIO, size: int, head: bytes) -> Container:
    at, end = 0, 0
    while at + 8 <= size:
        file.seek(at)
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind != b"RIFF":
            break
        end = at + 8 + length
        at = end + length % 2
    # A recorder that was killed leaves a length of 0; then the container promises nothing.
    return Container(has_video=b"strh" not in head or b"vids" in head, missing_bytes=max(end - size, 0))


def _read_matroska(size: int, head: bytes) -> Container:
    _ident, length, at = _element(head, 0)
    ident, length, at = _element(head, at + (length or 0))
    if ident != SEGMENT:
        return Container()
    missing = max(at + length - size, 0) if length is not None else 0
    types: list[int] = []
    end = len(head)
    while at < end - 12:
        ident, length, body = _element(head, at)
        if length is None:
            break
        if ident == TRACKS:
            types = _track_types(head, body, min(body + length, end))
            break
        at = body + length
    return Container(has_video=MATROSKA_VIDEO in types if types else None, missing_bytes=missing)


def _track_types(data: bytes, at: int, end: int) -> list[int]:
    types = []
    while at < end:
        ident, length, body = _element(data, at)
        if ident == TRACK_ENTRY:
            end = min(end, len(data))
            at = body
            continue
        if ident == TRACK_TYPE and length:
            types.append(data[body])
        at = body + (length or 0)
    return types


def _element(data: bytes, at: int) -> tuple[int, int | None, int]:
    """Parse an EBML element's header: its id, the length of its body (None if unknown) and where its body begins."""
    id_bytes = 9 - data[at].bit_length()
    ident = int.from_bytes(data[at : at + id_bytes], "big")
    at += id_bytes
    size_bytes = 9 - data[at].bit_length()
    mask = (1 << (7 * size_bytes)) - 1
    length = int.from_bytes(data[at : at + size_bytes], "big") & mask
    return ident, None if length == mask else length, at + size_bytes
