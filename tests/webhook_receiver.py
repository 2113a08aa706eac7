"""A real HTTP server that takes webhooks, and behaves as badly as it is told to."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """``behave`` gets the number of the request, from 1, and the handler; by default all are taken."""

    def __init__(self, behave: Callable[[int, BaseHTTPRequestHandler], None] | None = None) -> None:
        self.received: list[Received] = []
        self.behave = behave or (lambda number, handler: answer(handler, 204))
        self.ends = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 20

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(self.path, dict(self.headers), body))
                receiver.behave(len(receiver.received), self)

            def do_GET(self) -> None:
                receiver.received.append(Received(self.path, dict(self.headers), b""))
                answer(self, 200)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = False

            def handle_error(self, *_: object) -> None:
                pass  # whoever calls may break off

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=only-for-spotter"

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    # How it may behave

    def hang(self, _number: int, handler: BaseHTTPRequestHandler) -> None:
        """Take the message and never answer."""
        self.ends.wait(15)

    def drip(self, _number: int, handler: BaseHTTPRequestHandler) -> None:
        """Answer a byte at a time, without end."""
        while not self.ends.wait(0.05):
            try:
                handler.wfile.write(b"H")
                handler.wfile.flush()
            except OSError:
                return


def answer(handler: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
