import os
import struct
import wave

import cv2
import numpy as np
import pytest
from PIL import Image

from core.errors import ClipError
from ingest.video import Recording

ROTATIONS = {
    90: (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30),
    180: (-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30),
    270: (0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30),
}


def read_all(path):
    with Recording(path) as recording:
        frames = list(recording)
    return recording, frames


def boxes(data, start, end):
    while start + 8 <= end:
        (length,) = struct.unpack_from(">I", data, start)
        yield start, data[start + 4 : start + 8], length
        start += length


def index_first(data):
    """Move the index of an MP4 before its pictures, as streaming servers and phones' uploads have it."""
    parts = {kind: data[at : at + length] for at, kind, length in boxes(data, 0, len(data))}
    moov = bytearray(parts[b"moov"])
    at = moov.find(b"stco") + 4
    (count,) = struct.unpack_from(">I", moov, at + 4)
    for entry in range(at + 8, at + 8 + 4 * count, 4):
        struct.pack_into(">I", moov, entry, struct.unpack_from(">I", moov, entry)[0] + len(moov))
    order = [kind for _at, kind, _length in boxes(data, 0, len(data)) if kind != b"moov"]
    return b"".join([parts[order[0]], bytes(moov), *(parts[kind] for kind in order[1:])])


def test_every_frame_comes_in_order_with_its_time(make_clip):
    recording, frames = read_all(make_clip(frames=50, fps=30, codec="FFV1", name="clip.avi"))
    assert [frame.sequence for frame in frames] == list(range(50))
    assert [int(frame.pixels[-1, -1, 0]) for frame in frames] == [10 + 8 * (index % 25) for index in range(50)]
    assert frames[-1].captured_ns == pytest.approx(49 / 30 * 1e9, abs=2e6)
    assert recording.frames_per_second == pytest.approx(30, rel=1e-3)
    assert recording.duration_s == pytest.approx(50 / 30, rel=1e-3)
    assert (recording.width, recording.height, recording.frame_count_or_none) == (160, 120, 50)
    assert recording.truncated is None
    assert recording.notes == []


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mkv", "FFV1"), ("a.webm", "VP90"), ("a.avi", "MJPG"), ("a.mov", "png ")]
)
def test_usual_containers(make_clip, name, codec):
    recording, frames = read_all(make_clip(name, codec))
    assert len(frames) == 20
    assert recording.frames_per_second == pytest.approx(25, rel=1e-3)
    assert recording.truncated is None


def test_the_nominal_rate_is_exact_where_stamps_are_rounded_to_milliseconds(make_clip):
    with Recording(make_clip("a.mkv", "FFV1", fps=30)) as recording:
        assert recording.nominal_frames_per_second == pytest.approx(30)


@pytest.mark.parametrize("bits", [8, 16])
def test_grey_becomes_colour(make_clip, bits):
    _recording, frames = read_all(make_clip("grey.mkv", "FFV1", grey=True, bits=bits))
    pixels = frames[3].pixels
    assert pixels.shape == (120, 160, 3)
    assert pixels.dtype == np.uint8
    assert pixels[-1, -1].tolist() == pytest.approx([34, 34, 34], abs=2)


def test_alpha_and_variable_rate(tmp_path):
    path = tmp_path / "alpha.gif"
    pictures = [Image.new("RGBA", (64, 48), (255, 40 * index, 0, 128 + index)) for index in range(5)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 300, 50, 200, 100], disposal=2)
    recording, frames = read_all(path)
    assert [round(frame.captured_ns / 1e6) for frame in frames] == [0, 100, 400, 450, 650]
    assert all(frame.pixels.shape == (48, 64, 3) for frame in frames)
    assert recording.frames_per_second == pytest.approx(4 / 0.65)


@pytest.mark.parametrize(("degrees", "corner"), [(90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_rotation_metadata_gives_upright_frames(make_clip, degrees, corner):
    path = make_clip()
    data = bytearray(path.read_bytes())
    struct.pack_into(">9i", data, data.find(b"tkhd") + 44, *ROTATIONS[degrees])
    path.write_bytes(data)
    recording, frames = read_all(path)
    size = (120, 160) if degrees != 180 else (160, 120)
    assert (recording.width, recording.height) == size
    assert frames[0].pixels.shape == (size[1], size[0], 3)
    corners = {at: int(frames[0].pixels[at].mean()) for at in ((0, 0), (0, -1), (-1, 0), (-1, -1))}
    assert max(corners, key=corners.__getitem__) == corner


def test_a_header_of_1000_frames_per_second(make_clip):
    recording, frames = read_all(make_clip("fast.avi", "MJPG", fps=1000))
    assert frames[1].captured_ns == 40_000_000
    assert recording.duration_s == pytest.approx(0.8)
    assert recording.notes == ["the frame rate is unusable (1000); 25 frames/s are assumed"]


@pytest.mark.parametrize("delta", [0, 1])
def test_a_header_rate_of_zero_or_thousands_yields_to_the_stated_length(make_clip, delta):
    path = make_clip(fps=10)
    data = bytearray(path.read_bytes())
    struct.pack_into(">I", data, data.find(b"stts") + 16, delta)
    path.write_bytes(data)
    recording, frames = read_all(path)
    assert len(frames) == 20
    assert recording.frames_per_second == pytest.approx(10)
    assert "evenly spaced at 10 frames/s" in recording.notes[0]


def test_a_cut_off_recording_gives_what_is_there_and_says_so(make_clip):
    path = make_clip(frames=100)
    whole = index_first(path.read_bytes())
    path.write_bytes(whole[: int(len(whole) * 0.7)])
    recording, frames = read_all(path)
    assert 10 < len(frames) < 95
    assert "bytes are missing at its end" in recording.truncated
    assert f"{len(frames)} frames" in recording.truncated
    assert "of 4.0 s" in recording.truncated


def test_the_index_may_come_first(make_clip):
    path = make_clip(frames=100)
    path.write_bytes(index_first(path.read_bytes()))
    recording, frames = read_all(path)
    assert len(frames) == 100
    assert recording.truncated is None


def test_pictures_that_do_not_decode_are_a_truncation_even_if_no_byte_is_missing(make_clip):
    path = make_clip(frames=100)
    data = bytearray(index_first(path.read_bytes()))
    start = data.find(b"mdat") + 4
    half = start + (len(data) - start) // 2
    data[half:] = bytes(len(data) - half)
    path.write_bytes(data)
    recording, frames = read_all(path)
    assert len(frames) < 95
    assert "of 100 announced frames" in recording.truncated


@pytest.mark.parametrize("name", ["cut.avi", "cut.mkv"])
def test_other_containers_cut_off(make_clip, name):
    path = make_clip(name, "FFV1", frames=50)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    recording, frames = read_all(path)
    assert 5 < len(frames) < 45
    assert "bytes are missing" in recording.truncated


def test_a_clip_trimmed_by_its_edit_list_is_whole(make_clip):
    path = make_clip(frames=100)
    data = bytearray(path.read_bytes())
    struct.pack_into(">I", data, data.find(b"elst") + 12, 1000)
    path.write_bytes(data)
    recording, frames = read_all(path)
    assert len(frames) == pytest.approx(25, abs=3)
    assert recording.truncated is None


NAMES = (
    "with space.mp4", "quote'\".mp4", "two\nlines.mp4", "-dash.mp4", "img%03d.png", "100%d.mp4", "http:x.mp4",
    "a|b;c.mp4", "noext", "ümlaut.mp4", os.fsdecode(b"bad\xff\xfe.mp4"),
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_is_just_a_name(make_clip, tmp_path, monkeypatch, name):
    make_clip().rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(read_all(name)[1]) == 20


def refused(path):
    with pytest.raises(ClipError) as caught:
        Recording(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_recording_is_refused_with_its_name_and_reason(tmp_path):
    text = tmp_path / "plan.txt"
    text.write_text("Monday: squat\n" * 30)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    still = tmp_path / "still.jpg"
    Image.new("RGB", (100, 100)).save(still)
    sound = tmp_path / "sound.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000))
    assert refused(tmp_path / "no\nsuch.mp4") == f"{tmp_path}/no\\nsuch.mp4: there is no such file"
    assert refused(tmp_path) == f"{tmp_path}: it is a folder, not a recording"
    assert refused(text) == f"{text}: it is a text file, not a recording"
    assert refused(empty) == f"{empty}: the file is empty"
    assert refused(still) == f"{still}: it is a picture, not a recording"
    assert refused(sound) == f"{sound}: it holds no video stream"
    assert refused("/dev/null") == "/dev/null: it is not a regular file"
    assert "no such file" in refused("rtsp://127.0.0.1/stream")
    assert "cannot be read" in refused("nul\0byte.mp4")


def test_a_file_without_permission_is_refused_unless_the_system_grants_it(make_clip):
    path = make_clip()
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser reads everything: then the rule cannot be seen at work on a file
        assert len(read_all(path)[1]) == 20
    else:
        assert refused(path) == f"{path}: no permission to read it"


def test_a_playlist_is_not_followed(make_clip, tmp_path):
    make_clip()
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nclip.mp4\n#EXT-X-ENDLIST\n")
    assert "it is a text file" in refused(playlist)


def test_no_frames(make_clip):
    assert "no frame that can be decoded" in refused(make_clip("zero.avi", "MJPG", frames=0))


def test_an_unfinished_recording(make_clip):
    path = make_clip()
    path.write_bytes(path.read_bytes()[:1000])
    assert "cut off before it was finished" in refused(path)


def test_a_single_pixel(tmp_path):
    path = tmp_path / "dot.gif"
    dots = [Image.new("RGB", (1, 1), (index, 0, 0)) for index in range(0, 200, 50)]
    dots[0].save(path, save_all=True, append_images=dots[1:], duration=100)
    assert refused(path) == f"{path}: 1x1 pixels are too few to see anybody"


def test_8k(make_clip):
    _recording, frames = read_all(make_clip("8k.avi", "MJPG", frames=2, size=(7680, 4320)))
    assert [frame.pixels.shape for frame in frames] == [(4320, 7680, 3)] * 2


def test_a_change_of_the_picture_size_is_scaled_to_the_first(make_clip):
    small, large = make_clip("s.avi", "MJPG", frames=3), make_clip("l.avi", "MJPG", frames=3, size=(320, 240))
    with Recording(small) as recording:
        pixels = [frame.pixels for frame in recording]
        other = cv2.VideoCapture(str(large)).read()[1]
        assert recording._of_one_size(other).shape == pixels[0].shape
    assert "size of the picture changes" in recording.notes[0]


def test_nothing_is_printed(make_clip, capfd):
    path = make_clip(frames=100)
    whole = index_first(path.read_bytes())
    path.write_bytes(whole[: int(len(whole) * 0.7)])
    read_all(path)
    assert capfd.readouterr() == ("", "")
