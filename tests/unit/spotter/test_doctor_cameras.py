import socket
import threading
from pathlib import Path

import pytest

from core.errors import ExitCode
from core.secrets import Address
from core.settings import Camera, Settings, Transport
from core.sockets import new_keys, write_keys
from spotter.doctor import cameras


def camera(source, **more):
    return Camera(id="racks", source=Address(str(source)), **more)


@pytest.fixture
def answering():
    """A server that answers each connection with the given bytes; gives its port."""
    servers, threads = [], []

    def start(answer):
        server = socket.create_server(("127.0.0.1", 0))

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        servers.append(server)
        threads.append(thread)
        return server.getsockname()[1]

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join(5)


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = cameras.look_at(camera(f"rtsp://gym:s3cret@127.0.0.1:{port}/1"))
    assert (found.check, found.state, found.code) == ("camera racks", "problem", ExitCode.OUT_OF_REACH)
    assert found.text.startswith("refused: ")
    assert "s3cret" not in found.text


def test_a_camera_that_wants_a_password(answering):
    port = answering(b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n")
    found = cameras.look_at(camera(f"rtsp://127.0.0.1:{port}/1"))
    assert found.text.startswith("unauthorised: ")
    assert found.code == ExitCode.UNUSABLE


def test_a_camera_that_would_give_pictures(answering):
    port = answering(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")
    found = cameras.look_at(camera(f"rtsp://gym:s3cret@127.0.0.1:{port}/1"))
    assert found.state == "ok"
    assert "s3cret" not in found.text


def test_a_server_without_that_path(answering):
    port = answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    assert cameras.look_at(camera(f"http://127.0.0.1:{port}/video")).text.startswith("not found: ")


@pytest.mark.parametrize("source", ["usb:987", "/nowhere/clip.mp4"])
def test_what_is_not_there(source):
    found = cameras.look_at(camera(source))
    assert (found.state, found.code) == ("problem", ExitCode.UNUSABLE)
    assert found.text.startswith("not found: ")


def test_a_drawn_camera_and_one_that_the_scene_lacks():
    assert cameras.look_at(camera("rehearsal:floor#cam-1")).state == "ok"
    found = cameras.look_at(camera("rehearsal:floor#cam-99"))
    assert (found.state, found.code) == ("problem", ExitCode.USAGE)


def test_devices():
    assert cameras.device_file("usb:2") == Path("/dev/video2")
    assert cameras.device_file("usb:/dev/video7") == Path("/dev/video7")


def test_paused_cameras_are_left_alone():
    settings = Settings(camera=(camera("/nowhere", enabled=False),))
    (found,) = cameras.look_at_cameras(settings)
    assert (found.check, found.state) == ("cameras", "warning")


def test_opening_a_recording_shows_its_size(make_clip):
    found = cameras.open_camera(camera(make_clip(size=(160, 120))))
    assert found.state == "ok"
    assert "160x120" in found.text


def test_opening_what_is_no_recording(tmp_path):
    (tmp_path / "clip.mp4").write_text("no film")
    assert cameras.open_camera(camera(tmp_path / "clip.mp4")).state == "problem"


# Keys ----------------------------------------------------------------------------------------------------------------


def test_keys_are_not_needed_on_one_machine():
    assert cameras.check_keys(Transport()).state == "ok"
    assert cameras.check_keys(Transport(bind="tcp://127.0.0.1:5600")).state == "ok"


def test_frames_that_go_out_need_keys(tmp_path):
    out = "tcp://10.0.0.5:5600"
    assert cameras.check_keys(Transport(bind=out)).code == ExitCode.USAGE
    assert cameras.check_keys(Transport(bind=out, keys=str(tmp_path))).state == "problem"


def test_keys_let_in_only_workers_whose_key_is_known(tmp_path):
    transport = Transport(bind="tcp://10.0.0.5:5600", keys=str(tmp_path))
    write_keys(tmp_path, "ingest", new_keys())
    found = cameras.check_keys(transport)
    assert found.state == "problem"
    assert "authorized" in found.text
    (tmp_path / "authorized").mkdir()
    (tmp_path / "authorized" / "worker.pub").write_text(new_keys().public)
    assert cameras.check_keys(transport).state == "ok"


def test_a_secret_key_that_others_read(tmp_path):
    secret, _ = write_keys(tmp_path, "ingest", new_keys())
    secret.chmod(0o644)
    found = cameras.check_keys(Transport(bind="tcp://10.0.0.5:5600", keys=str(tmp_path)))
    assert "chmod 600" in found.text


def test_a_machine_of_workers_needs_the_keys_of_workers_alone(tmp_path):
    write_keys(tmp_path, "worker", new_keys())
    assert cameras.check_keys(Transport(bind="tcp://10.0.0.5:5600", keys=str(tmp_path))).state == "ok"
