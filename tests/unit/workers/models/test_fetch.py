"""Downloads from a real server on this machine: resumed, bounded, and every failure one clear sentence."""

import http.server
import socket
import threading
import time

import pytest

from core.errors import ModelError, OutOfReachError
from workers.models.fetch import download, require_reachable

CONTENT = bytes(range(256)) * 2000


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; the path says how it misbehaves."""

    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        if self.path == "/missing":
            self.send_error(404)
            return
        start = self._start()
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        end = start + 100_000 if self.path == "/breaks-off" else len(CONTENT)
        self.wfile.write(CONTENT[start:end])

    def _start(self):
        asked = self.headers.get("Range")
        return int(asked.removeprefix("bytes=").split("-")[0]) if asked and self.path != "/no-ranges" else 0

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.ranges = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=10)


def test_a_download_tells_its_progress_and_leaves_nothing(server, tmp_path):
    seen = []
    part = tmp_path / "new folder" / "x.part"
    assert download(f"{server.url}/x", part, lambda done, total: seen.append((done, total))) == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert not part.exists()


def test_a_broken_download_is_kept_and_resumed(server, tmp_path):
    part = tmp_path / "x.part"
    with pytest.raises(OutOfReachError, match="could not be fetched"):
        download(f"{server.url}/breaks-off", part)
    kept = part.stat().st_size
    assert 0 < kept < len(CONTENT)
    assert CONTENT.startswith(part.read_bytes())
    assert download(f"{server.url}/x", part) == CONTENT
    assert server.ranges == [None, f"bytes={kept}-"]


def test_a_server_that_cannot_resume_sends_all_anew(server, tmp_path):
    part = tmp_path / "x.part"
    part.write_bytes(CONTENT[:1000])
    assert download(f"{server.url}/no-ranges", part) == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(server, tmp_path):
    part = tmp_path / "x.part"
    part.write_bytes(CONTENT + b"more")
    assert download(f"{server.url}/x", part) == CONTENT


def test_an_answer_of_the_server_is_passed_on(server, tmp_path):
    with pytest.raises(OutOfReachError, match="the server answers 404"):
        download(f"{server.url}/missing", tmp_path / "x.part")


def test_an_unwritable_folder_is_said_clearly(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"cannot write .*SPOTTER_CACHE"):
        download(f"{server.url}/x", tmp_path / "file" / "x.part")


def test_nobody_there_is_found_out_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        started = time.monotonic()
        with pytest.raises(OutOfReachError, match=r"127.0.0.1 does not answer; check the network"):
            download(f"http://127.0.0.1:{port}/x", tmp_path / "x.part")
        assert time.monotonic() - started < 5
    with pytest.raises(OutOfReachError, match=r"nowhere.invalid is not known here"):
        require_reachable("https://nowhere.invalid/x")
    assert list(tmp_path.iterdir()) == []


def test_behind_a_proxy_the_proxy_is_asked_and_not_the_host(monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    require_reachable("https://nowhere.invalid/x")
