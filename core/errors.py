"""The exception tree and the exit codes; every foreign exception is mapped to one of these where it enters.

A message is one sentence that names the thing that is wrong and says what to do about it.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means."""

    FINE = 0
    USAGE = 2
    """A wrong argument, option or config file."""
    OUT_OF_REACH = 3
    """A service or the network could not be reached."""
    UNUSABLE = 4
    """A camera, clip or model is unusable, or a result could not be written."""
    INTERRUPTED = 130


class SpotterError(Exception):
    """Base of all errors that are told to the user as one line; never a bug in the program."""

    exit_code = ExitCode.UNUSABLE


class ConfigError(SpotterError):
    """An argument, an option or a config file is wrong."""

    exit_code = ExitCode.USAGE


class OutOfReachError(SpotterError):
    """A service, the package index or the network does not answer."""

    exit_code = ExitCode.OUT_OF_REACH


class StoreError(OutOfReachError):
    """Redis does not answer, or not as asked; what is durable waits."""


class GroupLostError(StoreError):
    """Redis came back without the consumer group of the events: create it anew."""


class DatabaseError(OutOfReachError):
    """The database does not answer, is locked, or is of another version."""


class TablesLostError(DatabaseError):
    """The database came back without its tables, such as a new file in place of one put aside: make them anew."""


class WireError(SpotterError):
    """A message from another process cannot be understood; it is counted and dropped."""


class SourceError(SpotterError):
    """A camera gives no frames."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        """One of ``core.messages.FailureReason``."""


class ClipError(SpotterError):
    """A recording cannot be read, or not to its end."""


class ModelError(SpotterError):
    """Weights are missing, damaged or of a kind that is not understood."""


class OutputError(SpotterError):
    """A result cannot be written where it was asked for."""
