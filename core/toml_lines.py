"""Where things stand in a TOML text: the line of every key and element, for messages about a config file.

Only for text that ``tomllib`` has accepted; of anything else the lines mean nothing.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and indices from the top of the document, as in ``document["camera"][0]["fps"]``."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
_STRINGS = (
    re.compile(r'"""(?:\\.|[^\\])*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\])*"'),
    re.compile(r"'[^']*'"),
)
_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")


def toml_lines(text: str) -> Mapping[Path, int]:
    """The line, counted from 1, of each table, key and array element of a valid TOML text."""
    return _Locator(text).located()


class _Locator:
    """Walks through the text once; keeps no values."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._lines: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}
        """How many tables an array of tables has so far."""

    def located(self) -> Mapping[Path, int]:
        table: Path = ()
        self._skip(_GAP)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_GAP)
        return self._lines

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"not valid TOML at character {self._at}")
        self._at = found.end()
        return found.group()

    def _note(self, path: Path) -> None:
        self._lines.setdefault(path, bisect_left(self._breaks, self._at) + 1)

    def _header(self) -> Path:
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        start = self._at
        self._at += brackets
        path = self._inside(self._keys())
        self._at = self._text.index("]", self._at) + brackets
        end, self._at = self._at, start
        if brackets == 2:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            self._note(path)
            path = (*path, number)
        self._note(path)
        self._at = end
        return path

    def _inside(self, keys: tuple[str, ...]) -> Path:
        """The path of a header: a key of an array of tables on the way means its newest table."""
        path: Path = ()
        for at, key in enumerate(keys):
            path = (*path, key)
            if at < len(keys) - 1 and path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _keys(self) -> tuple[str, ...]:
        keys = []
        while True:
            self._skip(_BLANK)
            keys.append(self._string() if self._text[self._at] in "\"'" else self._skip(_BARE))
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return tuple(keys)
            self._at += 1

    def _string(self) -> str:
        for pattern in _STRINGS:
            found = pattern.match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return found.group()[1:-1]
        raise ValueError(f"not valid TOML at character {self._at}")

    def _pair(self, table: Path) -> None:
        start = self._at
        keys = self._keys()
        after, self._at = self._at, start
        for count in range(1, len(keys) + 1):
            self._note((*table, *keys[:count]))
        self._at = after + 1  # the equals sign
        self._value((*table, *keys))

    def _value(self, path: Path) -> None:
        self._skip(_GAP)
        char = self._text[self._at]
        if char == "{":
            self._at += 1
            while not self._closed("}"):
                self._pair(path)
        elif char == "[":
            self._at += 1
            number = 0
            while not self._closed("]"):
                self._note((*path, number))
                self._value((*path, number))
                number += 1
        elif char in "\"'":
            self._string()
        else:
            self._skip(_SCALAR)

    def _closed(self, bracket: str) -> bool:
        """Skip what separates elements; whether the end of the array or inline table was there."""
        self._skip(_GAP)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_GAP)
        if self._text[self._at] == bracket:
            self._at += 1
            return True
        return False
