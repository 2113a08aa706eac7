"""Texts that may hold a password: they show themselves without it wherever they are printed, logged or raised."""

import re

_CREDENTIALS = re.compile(r"(?<=://)([^\s\"'<>]*)@")
"""Up to the last @ of the word: passwords with a plain @ or / in them are wrong in an address and written all the same.
What is hidden too much does no harm."""
_USER_PART = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)?(.*)@", re.DOTALL)
_QUERY_SECRET = re.compile(r"(?i)([?&](?:password|passwd|pwd|token|key|secret|auth)=)[^&#\s]*")
HIDDEN = "***"


def without_secrets(text: str) -> str:
    """Replace what looks like credentials in addresses inside a text, such as a foreign library's error message."""
    return _QUERY_SECRET.sub(rf"\1{HIDDEN}", _CREDENTIALS.sub(_hide_password, text))


def shown_address(text: str) -> str:
    """One address, right or wrong, without user and password; stricter than ``without_secrets``, as it is all of it."""
    hidden = _USER_PART.sub(lambda found: f"{found[1] or ''}{HIDDEN if found[2] else ''}@", text)
    return without_secrets(hidden)


def _hide_password(found: re.Match[str]) -> str:
    return f"{HIDDEN}@" if found[1] else "@"


class Address:
    """Where a camera, a database or Redis is; may carry a user and a password.

    Equal addresses compare equal, so that a changed password is a changed address.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The whole address, for the library that connects to it and for nothing else."""
        return self._text

    def __str__(self) -> str:
        return shown_address(self._text)

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Secret(Address):
    """A text of which nothing may be shown, such as a key to sign with."""

    __slots__ = ()

    def __str__(self) -> str:
        return HIDDEN

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"
