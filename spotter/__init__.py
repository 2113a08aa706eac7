"""The command line; the only package that imports all others."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spotter.database_api import open_database as open  # noqa: F401  # the public name

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """``spotter.open`` reads a database; imported late, so that the command starts fast."""
    if name == "open":
        from spotter.database_api import open_database

        return open_database
    raise AttributeError(f"module 'spotter' has no attribute '{name}'")
