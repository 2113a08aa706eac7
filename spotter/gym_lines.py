"""Edits of a TOML text line by line, so that remarks, order and line breaks stay; pure.

Works for tables that stand by themselves, such as ``[[camera]]`` and ``[[camera.zone]]``. Whoever uses it checks that
the new text says what was wanted: these functions look at lines, and a file may be written in ways they do not expect.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit

from core.toml_lines import Path, toml_lines


def pairs(options: Mapping[str, Any]) -> list[str]:
    """A line for every option."""
    return [f"{name} = {tomlkit.item(value).as_string()}" for name, value in options.items()]


def appended(text: str, header: str, options: Mapping[str, Any]) -> str:
    """Put a table at the end."""
    before = text.rstrip("\n")
    return (f"{before}\n\n" if before else "") + "\n".join([header, *pairs(options), ""])


def inserted(text: str, inside: Path, header: str, options: Mapping[str, Any]) -> str:
    """Put a table behind everything of the table that it belongs to, before the remarks about what follows."""
    found, lines = toml_lines(text), text.split("\n")
    indent = re.match(r"\s*", lines[found[inside] - 1])
    pad = indent[0] if indent is not None else ""
    end = _end(found, lines, inside)
    kept = lines[: end - 1]
    while kept and not kept[-1].strip():
        kept.pop()
    rest = lines[end - 1 :] if end <= len(lines) else []
    new = ["", *(pad + line for line in (header, *pairs(options))), ""]
    return "\n".join([*kept, *new, *rest])


def without_table(text: str, table: Path) -> str:
    """Leave out the lines of a table, from the remarks right above it to those of what follows."""
    found, lines = toml_lines(text), text.split("\n")
    first = _with_remarks(lines, found[table])
    kept = lines[: first - 1] + lines[_end(found, lines, table) - 1 :]
    return "\n".join(kept).rstrip("\n") + "\n"


def with_flag(text: str, table: Path, key: str, *, value: bool, below: str) -> str:
    """Give a table's key true or false, before its remark; a new one comes right below another key."""
    line = f"{key} = {str(value).lower()}"
    own = toml_lines(text).get((*table, key))
    if own is None:
        return _below(text, (*table, below), line)
    lines = text.split("\n")
    lines[own - 1] = re.sub(rf"\b{key}\s*=\s*(true|false)", line, lines[own - 1], count=1)
    return "\n".join(lines)


def with_value(text: str, table: Path, key: str, value: object | None, *, below: str) -> str:
    """Give a table's key a value, before its remark, below another key if it is new; None leaves it out."""
    own = toml_lines(text).get((*table, key))
    if own is None:
        return text if value is None else _below(text, (*table, below), *pairs({key: value}))
    lines = text.split("\n")
    end = _last_line(lines, own)
    pair = tomlkit.parse("\n".join(lines[own - 1 : end]))
    if value is None:
        return "\n".join(lines[: own - 1] + lines[end:])
    pair[key] = value
    return "\n".join([*lines[: own - 1], tomlkit.dumps(pair), *lines[end:]])


def _end(found: Mapping[Path, int], lines: Sequence[str], table: Path) -> int:
    """The line, from 1, on which what follows a table begins, its remarks included."""
    start = found[table]
    after = [line for path, line in found.items() if path[: len(table)] != table and line > start]
    return _with_remarks(lines, min(after)) if after else len(lines) + 1


def _with_remarks(lines: Sequence[str], line: int) -> int:
    """The first line, from 1, of the remarks right above a line; those at the top of the file are about all of it."""
    first = line
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return line if first == 1 else first


def _below(text: str, key: Path, line: str) -> str:
    """Put a line right below a key."""
    lines = text.split("\n")
    at = toml_lines(text)[key]
    end = _last_line(lines, at)
    indent = lines[at - 1][: len(lines[at - 1]) - len(lines[at - 1].lstrip())]
    return "\n".join([*lines[:end], indent + line, *lines[end:]])


def _last_line(lines: Sequence[str], first: int) -> int:
    """The line on which the value of the key on a line ends; raises ``LookupError`` if the key is not alone there."""
    for last in range(first, len(lines) + 1):
        if _is_toml("\n".join(lines[first - 1 : last])):
            return last
    raise LookupError(f"line {first} is no pair of its own")


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
