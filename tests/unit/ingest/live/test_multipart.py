import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.live.multipart import MultipartError, MultipartPictures, boundary_or_none

PICTURES = [b"\xff\xd8one\xff\xd9", b"\xff\xd8two\r\n--not the mark\r\n\xff\xd9", b"\xff\xd8three\xff\xd9"]


def stream(with_length, newline=b"\r\n"):
    parts = []
    for picture in PICTURES:
        header = [b"--frame", b"Content-Type: image/jpeg"]
        if with_length:
            header.append(b"content-length: %d" % len(picture))
        parts.append(newline.join(header) + newline * 2 + picture + newline)
    return b"".join(parts) + b"--frame" + newline


@pytest.mark.parametrize("with_length", [True, False])
@given(cuts=st.lists(st.integers(1, 60), max_size=30))
def test_pictures_come_out_however_the_stream_is_cut(with_length, cuts):
    data, found, parser = stream(with_length), [], MultipartPictures(b"frame")
    for cut in [*cuts, len(data)]:
        found += parser.feed(data[:cut])
        data = data[cut:]
    assert [picture.removesuffix(b"\r") for picture in found] == PICTURES


def test_plain_line_feeds_are_understood():
    assert MultipartPictures(b"frame").feed(stream(True, b"\n")) == PICTURES


def test_what_stands_before_the_first_mark_is_skipped():
    assert MultipartPictures(b"frame").feed(b"hello\r\n" + stream(True)) == PICTURES


@given(st.binary(max_size=3000))
def test_garbage_never_raises_anything_else(data):
    parser = MultipartPictures(b"f")
    try:
        parser.feed(data)
        parser.feed(data)
    except MultipartError:
        pass


def test_a_header_without_end_is_refused():
    with pytest.raises(MultipartError, match="header"):
        MultipartPictures(b"frame").feed(b"--frame\r\n" + b"X: y\r\n" * 5000)


def test_an_absurd_length_is_refused():
    with pytest.raises(MultipartError, match="999999999999 bytes"):
        MultipartPictures(b"frame").feed(b"--frame\r\nContent-Length: 999999999999\r\n\r\n")


def test_garbage_without_a_mark_does_not_fill_the_memory():
    parser = MultipartPictures(b"frame")
    for _ in range(200):
        assert parser.feed(b"x" * 65_536) == []
    assert len(parser._held) < 100_000


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ("multipart/x-mixed-replace;boundary=--frame", b"frame"),
        ('multipart/x-mixed-replace; boundary="my frame"', b"my frame"),
        ("Multipart/X-Mixed-Replace; Boundary=ipcamera", b"ipcamera"),
        ("multipart/x-mixed-replace", b""),
        ("text/html", None),
        ("", None),
    ],
)
def test_the_boundary_is_read_as_cameras_write_it(content_type, boundary):
    assert boundary_or_none(content_type) == boundary
