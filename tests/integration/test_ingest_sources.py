"""Network cameras that work and that fail, each in its own way, with real servers."""

import logging
import socket
import time
from itertools import islice

import pytest
from camera_servers import (
    DIGEST,
    ESCAPED,
    MULTIPART,
    PASSWORD,
    CameraServer,
    RtspCamera,
    answers,
    guarded,
    jpeg,
    mjpeg,
    part,
    silent,
)

from core.errors import SourceError
from core.secrets import Address
from core.settings import Camera
from ingest.sources import open_source


def camera(url, **options):
    defaults = {"open_timeout": 1.0, "read_timeout": 1.0} | options
    return Camera(id="racks", source=Address(url), **defaults)


def frames_of(url, count, **options):
    with open_source(camera(url, **options), stop=lambda: False) as source:
        return list(islice(source, count))


def failure_of(url, **options):
    """Why a camera gives nothing, or nothing any more; nothing secret may be anywhere in it."""
    with pytest.raises(SourceError) as caught, open_source(camera(url, **options), stop=lambda: False) as source:
        for _ in source:
            pass
    error = caught.value
    while error is not None:
        assert PASSWORD not in str(error)
        assert ESCAPED not in str(error)
        error = error.__cause__
    return caught.value


def test_mjpeg_gives_frames_with_the_time_of_their_arrival():
    with CameraServer(mjpeg(fps=20)) as server:
        frames = frames_of(f"http://127.0.0.1:{server.port}/live", 10)
    assert frames[3].pixels.shape == (120, 160, 3)
    assert [int(frame.pixels[0, 0, 0]) for frame in frames[:4]] == pytest.approx([0, 10, 20, 30], abs=2)
    took_s = (frames[-1].captured_ns - frames[0].captured_ns) / 1e9
    assert took_s == pytest.approx(9 / 20, abs=0.3)
    assert server.connections == 1


def test_mjpeg_without_lengths():
    with CameraServer(mjpeg(with_length=False)) as server:
        assert len(frames_of(f"http://127.0.0.1:{server.port}/", 5)) == 5


def test_what_is_no_mjpeg_is_read_by_ffmpeg(make_clip):
    video = make_clip("clip.ts", codec="mpg1").read_bytes()
    head = f"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\nContent-Length: {len(video)}\r\n\r\n".encode()
    with CameraServer(answers(head + video)) as server:
        frames = frames_of(f"http://127.0.0.1:{server.port}/live.ts", 5)
    assert frames[0].pixels.shape == (120, 160, 3)


def test_a_playlist_cannot_make_it_read_a_file(make_clip):
    clip = make_clip("clip.ts", codec="mpg1")
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{clip}\n#EXT-X-ENDLIST\n".encode()
    head = b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n"
    with CameraServer(answers(head + playlist)) as server:
        assert failure_of(f"http://127.0.0.1:{server.port}/live.m3u8").reason == "codec"


def test_a_size_that_changes_is_seen():
    with CameraServer(mjpeg(size_at=lambda number: (160, 120) if number < 3 else (320, 180))) as server:
        shapes = [frame.pixels.shape for frame in frames_of(f"http://127.0.0.1:{server.port}/", 6)]
    assert shapes == [(120, 160, 3)] * 3 + [(180, 320, 3)] * 3


def test_a_damaged_picture_is_counted_and_left_out():
    body = lambda number, size: b"\xff\xd8no" if number == 2 else jpeg(number)  # noqa: E731
    with (
        CameraServer(mjpeg(body=body)) as server,
        open_source(camera(f"http://127.0.0.1:{server.port}/"), stop=lambda: False) as source,
    ):
        frames = list(islice(source, 4))
        assert source.dropped == {"damaged": 1}
    assert [frame.sequence for frame in frames] == [0, 1, 3, 4]


@pytest.mark.parametrize("challenge", ['Basic realm="cam"', DIGEST, 'Digest realm="cam", nonce="abc123"'])
def test_http_with_a_password(challenge):
    with CameraServer(guarded(mjpeg(), challenge)) as server:
        place = f"127.0.0.1:{server.port}/live"
        assert len(frames_of(f"http://{ESCAPED}@{place}", 3)) == 3
        assert failure_of(f"http://{place}").reason == "unauthorised"
        assert "asks for a name" in str(failure_of(f"http://{place}"))
        assert "does not accept" in str(failure_of(f"http://warden:{PASSWORD[:3]}@{place}"))


def test_a_redirect_is_followed_and_the_password_stays_at_home():
    seen = []

    def elsewhere(connection, ended):
        from camera_servers import read_request

        seen.append(read_request(connection))
        connection.sendall(b"HTTP/1.0 404 No\r\n\r\n")

    with CameraServer(guarded(mjpeg(), DIGEST)) as behind:
        moved = f"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:{behind.port}/x\r\n\r\n".encode()
        with CameraServer(answers(moved)) as front:
            assert len(frames_of(f"http://{ESCAPED}@127.0.0.1:{front.port}/", 2)) == 2
    with CameraServer(elsewhere) as stranger:
        moved = f"HTTP/1.0 302 Found\r\nLocation: http://localhost:{stranger.port}/x\r\n\r\n".encode()
        with CameraServer(answers(moved)) as front:
            assert failure_of(f"http://{ESCAPED}@127.0.0.1:{front.port}/").reason == "not found"
    assert "authorization" not in seen[0].lower()


@pytest.mark.parametrize(
    ("talk", "reason", "said"),
    [
        (answers(b"HTTP/1.0 404 No\r\n\r\n"), "not found", "nothing at this path"),
        (answers(b"HTTP/1.0 403 No\r\n\r\n"), "unauthorised", "forbids"),
        (answers(b"HTTP/1.0 503 Busy\r\n\r\n"), "refused", "no further viewer"),
        (answers(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"), "unusable", "web page"),
        (answers(b"HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg(1)), "unusable", "single picture"),
        (answers(b"HTTP/1.0 200 OK\r\n\r\n" + b"no video" * 999), "codec", "can be decoded"),
        (answers(b"\x15\x03\x01\x00\x02\x02\x28 garbage\r\n\r\n"), "unusable", "does not speak HTTP"),
        (answers(b""), "refused", "breaks it off"),
        (answers(b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"), "unusable", "redirects"),
        (answers(MULTIPART + b"x" * 200), "ended", "closed the connection"),
        (answers(MULTIPART + part(b"no picture") * 40), "codec", "no JPEG"),
        (answers(MULTIPART + b"--frame\r\nContent-Length: 99999999999\r\n\r\n"), "codec", "no MJPEG"),
        (silent, "time-out", "says nothing"),
        (mjpeg(frames=4), "ended", "closed the connection"),
        (mjpeg(frames=4, then="hang"), "stalled", "no frame for 1 s"),
    ],
)
def test_each_failure_of_http_has_its_reason(talk, reason, said):
    with CameraServer(talk) as server:
        began_s = time.monotonic()
        failure = failure_of(f"http://{ESCAPED}@127.0.0.1:{server.port}/live")
    assert (failure.reason, said in str(failure)) == (reason, True), str(failure)
    assert f"127.0.0.1:{server.port}" in str(failure)
    assert time.monotonic() - began_s < 4


def test_a_server_that_drips_is_stalled():
    def drips(connection, ended):
        connection.recv(4096)
        connection.sendall(MULTIPART + b"--frame\r\nContent-Length: 5000\r\n\r\n")
        while not ended.wait(0.1):
            connection.sendall(b"x")

    with CameraServer(drips) as server:
        assert failure_of(f"http://127.0.0.1:{server.port}/").reason == "stalled"


@pytest.mark.parametrize("scheme", ["http", "rtsp", "https", "rtsps"])
def test_a_port_where_nothing_listens(scheme):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    assert failure_of(f"{scheme}://{ESCAPED}@127.0.0.1:{port}/x").reason == "refused"


def test_a_name_that_nobody_knows():
    failure = failure_of("rtsp://camera.invalid/x")
    assert (failure.reason, "check its spelling" in str(failure)) == ("unreachable", True)


def test_no_tls_where_tls_is_expected():
    def plain(connection, ended):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    with CameraServer(plain) as server:
        assert "does not speak TLS" in str(failure_of(f"https://127.0.0.1:{server.port}/"))
    with CameraServer(silent) as server:
        assert "says nothing" in str(failure_of(f"https://127.0.0.1:{server.port}/"))


def test_rtsp_gives_frames():
    with CameraServer(RtspCamera()) as server:
        frames = frames_of(f"rtsp://127.0.0.1:{server.port}/live", 5, open_timeout=5)
    assert frames[0].pixels.shape == (240, 320, 3)
    times = [frame.captured_ns for frame in frames]
    assert times == sorted(set(times))


def test_rtsp_with_a_password():
    with CameraServer(RtspCamera(needs_password=True)) as server:
        place = f"127.0.0.1:{server.port}/live"
        assert len(frames_of(f"rtsp://{ESCAPED}@{place}", 3, open_timeout=5)) == 3
        assert "asks for a name" in str(failure_of(f"rtsp://{place}"))
        failure = failure_of(f"rtsp://warden:{PASSWORD[:3]}@{place}")
    assert (failure.reason, "does not accept" in str(failure)) == ("unauthorised", True)


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (RtspCamera(status=404), "not found"),
        (RtspCamera(status=403), "unauthorised"),
        (RtspCamera(status=454), "unusable"),
        (RtspCamera(status=453), "refused"),
        (RtspCamera(sdp="m=audio 0 RTP/AVP 0\r\na=control:track1\r\n"), "codec"),
        (answers(b"HTTP/1.0 400 Bad\r\n\r\n"), "unusable"),
        (answers(b"garbage garbage\r\n\r\n"), "unusable"),
        (answers(b""), "refused"),
        (silent, "time-out"),
    ],
)
def test_each_failure_of_rtsp_has_its_reason(talk, reason):
    with CameraServer(talk) as server:
        failure = failure_of(f"rtsp://{ESCAPED}@127.0.0.1:{server.port}/live")
    assert failure.reason == reason, str(failure)
    assert f"127.0.0.1:{server.port}" in str(failure)


def test_rtsp_that_stops_sending_is_stalled():
    with CameraServer(RtspCamera(frames=40)) as server:
        assert failure_of(f"rtsp://127.0.0.1:{server.port}/live", open_timeout=5).reason == "stalled"


def test_no_library_prints_the_password(capfd, caplog, monkeypatch):
    monkeypatch.setenv("OPENCV_FFMPEG_DEBUG", "1")
    monkeypatch.setenv("OPENCV_FFMPEG_LOGLEVEL", "56")
    caplog.set_level(logging.DEBUG)
    with CameraServer(RtspCamera(status=404)) as server:
        failure_of(f"rtsp://{ESCAPED}@127.0.0.1:{server.port}/live?token=hunter2")
    with CameraServer(answers(b"HTTP/1.0 200 OK\r\n\r\n" + b"no video" * 999)) as server:
        failure_of(f"http://{ESCAPED}@127.0.0.1:{server.port}/live?token=hunter2")
    printed = "".join(capfd.readouterr()) + caplog.text
    assert "hunter2" not in printed
    assert PASSWORD not in printed
    assert ESCAPED not in printed
