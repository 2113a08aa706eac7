"""Small pictures for the console: only of a camera whose config allows them, and only while somebody looks.

The one place from which a picture leaves for Redis. A camera without ``preview = true`` never starts what is here. A
picture is small, masked, replaced by the next one, and gone within seconds of the last look.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import StoreError
from core.messages import Preview
from core.secrets import Address
from core.settings import Camera
from core.store import Store

log = logging.getLogger(__name__)

EVERY_S = 0.6
"""Between two pictures; half-blocks show no more, and people want to see that it moves."""
TTL_S = 3.0
WIDTH = 192
"""Widest picture in pixels: a wall screen has no more half-blocks, and nobody can be known by it."""
STOP_S = 2.0

Show = Callable[[NDArray[np.uint8], int], None]
"""Takes a frame (height, width, 3) BGR and the UTC of its capture."""


@contextmanager
def previews(camera: Camera, redis: Address, sender: str) -> Iterator[Show | None]:
    """What to give the frames of a camera to; None where its config allows no pictures."""
    if not camera.preview:
        yield None
        return
    shown = Previews(camera.id, redis, sender)
    shown.start()
    try:
        yield shown.show
    finally:
        shown.stop()


class Previews:
    """Looks now and then whether somebody looks, in a thread of its own, and shows the newest frame then."""

    def __init__(self, camera: str, redis: Address, sender: str) -> None:
        self._camera, self._redis, self._sender = camera, redis, sender
        self._newest: tuple[NDArray[np.uint8], int] | None = None
        self._wished = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._show_on, name="previews", daemon=True)

    def start(self) -> None:
        """Begin to look for wishes."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits at most a few seconds."""
        self._ending.set()
        self._thread.join(STOP_S)

    def show(self, pixels: NDArray[np.uint8], captured_utc_ns: int) -> None:
        """Keep the newest frame while somebody looks; never waits."""
        if self._wished:
            self._newest = pixels, captured_utc_ns

    def _show_on(self) -> None:
        store = Store(self._redis)
        try:
            while not self._ending.wait(EVERY_S):
                try:
                    self._look(store)
                except StoreError as error:
                    # The heartbeat tells of a Redis that is away; a picture less harms nobody.
                    log.debug("no picture is shown: %s", error)
        finally:
            store.close()

    def _look(self, store: Store) -> None:
        self._wished = store.is_preview_wished(self._camera)
        newest, self._newest = self._newest, None
        if self._wished and newest is not None:
            store.show_preview(small(*newest, camera=self._camera, sender=self._sender), TTL_S)


def small(pixels: NDArray[np.uint8], captured_utc_ns: int, *, camera: str, sender: str) -> Preview:
    """A frame (height, width, 3) BGR as the message that is shown."""
    height, width = pixels.shape[:2]
    scale = min(1.0, WIDTH / width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    rgb = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    return Preview(
        sender=sender,
        camera=camera,
        captured_utc_ns=captured_utc_ns,
        width=size[0],
        height=size[1],
        rgb=rgb.tobytes(),
    )
