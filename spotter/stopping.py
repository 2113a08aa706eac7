"""Being told to stop by a signal, so that the program unwinds and removes what is half-written.

The request is remembered: a signal that arrives while a compiled module is being imported comes out of the import as
some other exception, and would be taken for a bug.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """The program was told to stop; not an ``Exception``, so that nothing but the top catches it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.exit_code = 128 + signal_number
        """What a shell reports for a program that the signal ended; 130 for Ctrl-C."""


class _Request:
    """The signal that was received first; 0 for none."""

    number = 0


def raise_if_stopped() -> None:
    """Raise ``Stopped`` if the program was told to stop; called where any exception is handled."""
    if _Request.number:
        raise Stopped(_Request.number)


@contextmanager
def stopping_raises() -> Iterator[None]:
    """While in this context, signals that ask to stop raise ``Stopped``; a second one kills, as it does by default."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        _Request.number = number
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        raise Stopped(number)

    _Request.number = 0
    try:
        before = {each: signal.signal(each, stop) for each in STOP_SIGNALS}
    except ValueError:
        # Only the main thread may set this up; another one's owner has its own way to stop it.
        yield
        return
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
